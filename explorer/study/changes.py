"""What a change of the data or of the training multiplies the time to binding by, all else equal.

    found = time_changes(distinct(frozen_rows())).changes
    found["density"].own                   # Span(value=0.54, low=0.46, high=0.62)
    found["unread"].canonical.value        # 4.9

One lognormal model with right-censoring (see `time_model`) for each of two forms of caption, over every training from
scratch on two objects or more. Its terms are the ten changes. Intervals allow for conditions that the terms do not
describe: the scores of the seeds of a condition are summed before their spread is taken.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from explorer.spec import DataSpec, RunSpec, TrainSpec
from explorer.stats import Z
from explorer.study.rows import Row, as_training, quick_scenes
from explorer.study.time_model import Likelihood, Span, Training

FORMS = ("own", "canonical")
READ = 0.005
"""Share of training captions in the canonical form below which it counts as never read."""
Term = Callable[[RunSpec], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A change in words, and the term that is larger by 1 after it; `fields` are the dials that it may turn."""

    words: str
    term: Term
    form: str = ""
    """The only form that has the term; empty for both."""


CHANGES: dict[str, Change] = {
    "density": Change(
        words="twice as many values told of each named object",
        term=lambda spec: math.log2(spec.data.attribute_density),
    ),
    "kinds": Change(words="twice as many kinds that vary", term=lambda spec: math.log2(len(spec.data.attribute_kinds))),
    "objects": Change(
        words="twice as many objects in the image", term=lambda spec: math.log2(spec.data.objects_in_image)
    ),
    "completeness": Change(
        words="twice as many of the objects named", term=lambda spec: math.log2(spec.data.caption_completeness)
    ),
    "saliency": Change(words="only the largest objects named, not any", term=lambda spec: spec.data.saliency_bias),
    "hard-negatives": Change(words="a hard negative for every image", term=lambda spec: spec.train.hard_negatives),
    "masking": Change(
        words="true captions of other images masked", term=lambda spec: float(spec.train.mask_false_negatives)
    ),
    "constant-rate": Change(
        words="a constant learning rate",
        term=lambda spec: float(spec.train.learning_rate_schedule == "constant"),
    ),
    "batch": Change(
        words="a batch four times as large, at equal pairs", term=lambda spec: math.log(spec.train.batch_size / 256, 4)
    ),
    "unread": Change(
        words="no training caption has the form asked",
        term=lambda spec: float(share_read(spec.data) < READ),
        form="canonical",
    ),
}
_TURNED = {
    *("attribute_density", "attribute_kinds", "objects_in_image", "caption_completeness", "caption_lengths"),
    *("saliency_bias", "hard_negatives", "mask_false_negatives", "learning_rate_schedule", "batch_size"),
    *("learning_rate", "steps", "seed"),
}
"""Dials of the changes, and those that follow the budget; a training with another one turned is left out."""


def share_read(data: DataSpec) -> float:
    """Return the share of training captions that name two objects, each with its color and nothing else."""
    if "color" not in data.attribute_kinds:
        return 0.0
    mean, count = data.caption_completeness * data.objects_in_image, data.objects_in_image
    if data.caption_lengths == "mixed" and count > 1:
        more = (mean - 1) / (count - 1)
        two = (count - 1) * more * (1 - more) ** (count - 2)
    else:
        two = max(0.0, 1 - abs(mean - 2))
    color = max(0.0, 1 - abs(data.attribute_density - 1)) / len(data.attribute_kinds)
    return two * color**2


@dataclass(frozen=True, kw_only=True, slots=True)
class Multiplier:
    """The factor of one change in each form, with its interval; None in a form that has no such term.

    `num_conditions` have a term other than the most frequent one.
    """

    words: str
    own: Span | None
    canonical: Span | None
    num_conditions: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeChanges:
    """All changes by name, and what the models rest on; `sigma` of log time by form."""

    changes: Mapping[str, Multiplier]
    sigma: Mapping[str, float]
    bound: Mapping[str, int]
    trainings: int
    conditions: int

    def as_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            json.dumps(asdict(self)), parse_float=lambda text: float(f"{float(text):.4g}")
        )
        return found


def time_changes(rows: Sequence[Row]) -> TimeChanges:
    """Estimate every change from result rows, each run once.

    Source: intervals from clustered scores, Lin and Wei, JASA 84, 1989.
    """
    kept = [(row, spec) for row in rows if (spec := _usable(row)) is not None]
    specs = [spec for _, spec in kept]
    found: dict[str, dict[str, Span]] = {}
    sigma, bound, names = {}, {}, list[str]()
    for form in FORMS:
        names = [name for name, change in CHANGES.items() if change.form in ("", form)]
        scenes = quick_scenes((row for row, _ in kept), form)
        trainings = [_timed(row, scenes, form) for row, _ in kept]
        design = np.array([[1.0, *(CHANGES[name].term(spec) for name in names)] for spec in specs])
        best, errors = _fit(design, trainings)
        found[form] = {name: _span(best[i], errors[i]) for i, name in enumerate(names, start=1)}
        sigma[form], bound[form] = math.exp(best[-1]), sum(each.is_bound for each in trainings)
    conditions = {each.condition: spec for each, spec in zip(trainings, specs, strict=True)}
    return TimeChanges(
        changes={
            name: Multiplier(
                words=change.words,
                own=found["own"].get(name),
                canonical=found["canonical"].get(name),
                num_conditions=_num_changed(change.term, conditions.values()),
            )
            for name, change in CHANGES.items()
        },
        sigma=sigma,
        bound=bound,
        trainings=len(specs),
        conditions=len(conditions),
    )


def _usable(row: Row) -> RunSpec | None:
    """Return the spec of a data point that only the changes describe, None for any other row."""
    spec = RunSpec.from_dict(json.loads(row["spec"]))
    if not row["is_point"] or spec.data.objects_in_image < 2 or not spec.data.attribute_density:
        return None
    return None if any(name not in _TURNED for name in _turned(spec)) else spec


def _turned(spec: RunSpec) -> list[str]:
    parts = ((spec.data, DataSpec()), (spec.train, TrainSpec()))
    return [name for part, usual in parts for name in usual.__slots__ if getattr(part, name) != getattr(usual, name)]


def _timed(row: Row, scenes: Mapping[DataSpec, int], form: str) -> Training:
    found = as_training(row, scenes, form)
    assert found is not None, "only data points are kept"
    return found


def _fit(design: np.ndarray, trainings: Sequence[Training]) -> tuple[np.ndarray, np.ndarray]:
    """Return the estimates and their standard errors, log sigma last."""
    log_times = np.log([each.time for each in trainings])
    is_bound = np.array([each.is_bound for each in trainings])
    likelihood = Likelihood(design=design, log_times=log_times, is_bound=is_bound)
    best = likelihood.best()
    members: dict[str, list[int]] = {}
    for place, each in enumerate(trainings):
        members.setdefault(each.condition, []).append(place)
    scores = np.array(
        [
            Likelihood(design=design[of], log_times=log_times[of], is_bound=is_bound[of]).gradient(best)
            for of in members.values()
        ]
    )
    inverse = np.linalg.inv(likelihood.hessian(best))
    spread = scores.T @ scores * len(scores) / (len(scores) - 1)
    return best, np.sqrt(np.diag(inverse @ spread @ inverse))


def _span(value: float, error: float) -> Span:
    ends = [math.exp(value + sign * Z * error) for sign in (-1, 1)]
    return Span(value=math.exp(value), low=ends[0], high=ends[1])


def _num_changed(term: Term, specs: Any) -> int:
    values = [round(term(spec), 6) for spec in specs]
    return len(values) - max(map(values.count, values))
