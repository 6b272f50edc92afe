"""The factor by which a change of the data or of the training multiplies the time to binding, all else equal.

    changes = time_changes(rows.frozen_rows()).changes
    changes["density"].own             # Interval(value=0.54, low=0.46, high=0.62)
    changes["unread"].canonical.value  # 4.9

One lognormal model with right-censoring (see `time_model`) for each of two forms of caption, over every training from
scratch on two objects or more. Its terms are the ten changes. Intervals allow for conditions that the terms do not
describe: the scores of the seeds of a condition are summed before their spread is taken.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.codec import encode
from explorer.evaluation.sets import canonical_data
from explorer.spec import RunSpec
from explorer.world.things import THINGS
from research.asked_alike import share_read
from research.frozen_law import FREE_DIALS, Interval, changed_dials
from research.grouping import round_floats
from research.rows import Row, spec_of, training_of
from research.time_model import Likelihood

MIN_CONDITIONS = 5
"""Fewest conditions of a change that is shown."""
MIN_SHARE_READ = 0.005
"""Share of training captions in the canonical form below which it counts as never read."""
SpecTerm = Callable[[RunSpec], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class TimedChange:
    """A change in words, and the term that is larger by 1 after it."""

    words: str
    term: SpecTerm
    form: str = ""
    """The only form that has the term; empty for both."""


CHANGES: dict[str, TimedChange] = {
    "density": TimedChange(
        words="twice as many values told of each named object",
        term=lambda spec: math.log2(spec.data.attribute_density),
    ),
    "kinds": TimedChange(
        words="twice as many kinds that vary", term=lambda spec: math.log2(len(spec.data.attribute_kinds))
    ),
    "objects": TimedChange(
        words="twice as many objects in the image", term=lambda spec: math.log2(spec.data.objects_in_image)
    ),
    "completeness": TimedChange(
        words="twice as many of the objects named", term=lambda spec: math.log2(spec.data.caption_completeness)
    ),
    "saliency": TimedChange(words="only the largest objects named", term=lambda spec: spec.data.saliency_bias),
    "hard-negatives": TimedChange(words="a hard negative for every image", term=lambda spec: spec.train.hard_negatives),
    "masking": TimedChange(
        words="true captions of other images masked", term=lambda spec: float(spec.train.mask_false_negatives)
    ),
    "constant-rate": TimedChange(
        words="a constant learning rate",
        term=lambda spec: float(spec.train.learning_rate_schedule == "constant"),
    ),
    "batch": TimedChange(
        words="a batch four times as large, at equal pairs", term=lambda spec: math.log(spec.train.batch_size / 256, 4)
    ),
    "unread": TimedChange(
        words="no training caption has the form asked",
        term=lambda spec: float(share_read(canonical_data(THINGS), spec.data) < MIN_SHARE_READ),
        form="canonical",
    ),
}
_FREE_DIALS = {*FREE_DIALS, "hard_negatives", "mask_false_negatives", "learning_rate_schedule", "batch_size"}
"""Dials of the changes, and those that follow the budget; a training with another one turned is left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Multiplier:
    """The factor of one change in each form, with its interval; None in a form that has no such term.

    `num_conditions` have a term other than the most frequent one.
    """

    words: str
    own: Interval | None
    canonical: Interval | None
    num_conditions: int

    @property
    def is_shown(self) -> bool:
        """False for a change that so few conditions make that its interval means little."""
        return self.num_conditions >= MIN_CONDITIONS


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeChanges:
    """All changes by name, and what the models rest on; `sigma` of log time by form."""

    changes: Mapping[str, Multiplier]
    sigma: Mapping[str, float]
    bound: Mapping[str, int]
    trainings: int
    conditions: int

    def to_json(self) -> dict[str, Any]:
        return dict(round_floats(encode(self), 4))


def time_changes(rows: Sequence[Row]) -> TimeChanges:
    """Estimate every change from result rows, each run once."""
    usable = [row for row in rows if _is_usable(row)]
    specs = [spec_of(row) for row in usable]
    factors: dict[str, dict[str, Interval]] = {}
    sigma, bound, conditions = {}, {}, dict[str, RunSpec]()
    for form in ("own", "canonical"):
        terms = {name: change.term for name, change in CHANGES.items() if change.form in ("", form)}
        trainings = [training for row in usable if (training := training_of(row, form)) is not None]
        design = np.array([[1.0, *(term(spec) for term in terms.values())] for spec in specs])
        likelihood = Likelihood(
            design=design,
            log_times=np.log([each.time for each in trainings]),
            is_bound=np.array([each.is_bound for each in trainings]),
        )
        best = likelihood.maximize()
        errors = likelihood.clustered_errors(best, [each.condition for each in trainings])
        factors[form] = {name: Interval.from_log(best[i], errors[i]) for i, name in enumerate(terms, start=1)}
        sigma[form], bound[form] = math.exp(best[-1]), sum(each.is_bound for each in trainings)
        conditions = {each.condition: spec for each, spec in zip(trainings, specs, strict=True)}
    return TimeChanges(
        changes={
            name: Multiplier(
                words=change.words,
                own=factors["own"].get(name),
                canonical=factors["canonical"].get(name),
                num_conditions=_num_changed(change.term, conditions.values()),
            )
            for name, change in CHANGES.items()
        },
        sigma=sigma,
        bound=bound,
        trainings=len(specs),
        conditions=len(conditions),
    )


def _is_usable(row: Row) -> bool:
    """Return True for a data point that only the changes describe."""
    spec = spec_of(row)
    has_terms = spec.data.objects_in_image > 1 and spec.data.attribute_density > 0
    return row["is_point"] and has_terms and not changed_dials(spec, free=_FREE_DIALS)


def _num_changed(term: SpecTerm, specs: Iterable[RunSpec]) -> int:
    values = [round(term(spec), 6) for spec in specs]
    return len(values) - max(map(values.count, values))
