"""The frozen law of time by kappa: where it is known, and when it expects a spec to bind.

    law_document(trainings)                              # the content of assets/study/time-law.json
    load_law().why_unknown(spec)                             # why nothing is known of a spec, None where the law is
    predict_time(find_preset("web-like").spec).sentence  # "Not known there: ..."

`time_model` fits and scores the models; this module has the chosen one as numbers, for pages and forecasts.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explorer.resources import ASSETS
from explorer.runs.files import read_json
from explorer.spec import DataSpec, RunSpec, TrainSpec
from explorer.study.sweeps import RATE_FACTORS
from explorer.study.time_model import (
    DEFAULT_DIALS,
    FREE_DIALS,
    MODEL_FORMS,
    Interval,
    Prediction,
    TimedTraining,
    changed_dials,
    condition_of,
    fit_model,
    group_by,
    is_mostly_bound,
    kappa,
    round_floats,
    spec_value,
    told_share,
)

LAW_DIGITS = 5
LAW_FILE = "time-law.json"
REFUTING_RATIO = 2.0
"""Multiple of the predicted median at which a condition whose seeds are mostly unbound speaks against the law."""
NamingPlace = tuple[float, float]
"""Told values per kind, and the mean number of objects that a caption names."""


def law_document(trainings: Sequence[TimedTraining]) -> dict[str, Any]:
    """Return the law of the first two editions, and where it is known by all of these trainings.

    Those of the third edition test its forecasts, so they do not move it. It is known among the conditions of which
    most seeds bound, and not where it called a condition wrong, or no more is told of as many named objects: most seeds
    were unbound at more than `REFUTING_RATIO` times its time.
    """
    fitted = [each for each in trainings if each.is_fitted]
    law = fit_model(MODEL_FORMS["law"], fitted)
    conditions = group_by(trainings, condition_of).values()
    bound = [seeds[0].data for seeds in conditions if is_mostly_bound(seeds)]
    late = [
        _naming_place(seeds[0].data)
        for seeds in conditions
        if not is_mostly_bound(seeds)
        and seeds[0].pairs > REFUTING_RATIO * law.predict(seeds[0].data, pairs=seeds[0].pairs).pairs
    ]
    wrong = {(round(told, LAW_DIGITS), round(named, LAW_DIGITS)) for told, named in late}
    numbers = law.as_numbers(LAW_DIGITS)
    slope = law.clustered_intervals(fitted)["log kappa"]
    numbers["estimates"]["log kappa"] = round_floats([slope.value, slope.low, slope.high], LAW_DIGITS)
    domain = {
        "covariance": law.covariance.tolist(),
        "trainings": len(fitted),
        "conditions": len(set(map(condition_of, fitted))),
        "kappa": [end(map(kappa, bound)) for end in (min, max)],
        "told_share": min(map(told_share, bound)),
        "wrong": [list(one) for one in sorted(wrong) if not _covering(one, wrong - {one})],
    }
    return {**numbers, **round_floats(domain, LAW_DIGITS)}


def _naming_place(data: DataSpec) -> NamingPlace:
    return told_share(data), data.objects_in_image * data.caption_completeness


def _covering(place: NamingPlace, places: Iterable[NamingPlace]) -> list[NamingPlace]:
    """Return the places in which no less is told of as many named objects as here; their numbers are rounded."""
    told, named = place
    return [(most, least) for most, least in places if told <= most * (1 + 1e-4) and named >= least * (1 - 1e-4)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Law:
    """Log pairs = intercept + slope * log kappa, with the variance of the noise and of the mean.

    The interval of the slope allows for conditions. The law is known from `kappa[0]` to `kappa[1]`, from
    `told_share` told values per kind on, and not where a pair of told values per kind and named objects is `wrong`:
    with no more told of as many. That is among trainings with the `usual` values of the dials that are not its own,
    at a `learning_rate` from low to high.
    """

    intercept: float
    slope: Interval
    sigma: float
    covariance: tuple[tuple[float, ...], ...]
    kappa: tuple[float, float]
    told_share: float
    wrong: tuple[NamingPlace, ...]
    usual: Mapping[str, Any]
    learning_rate: tuple[float, float]

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Law":
        """Read the content of `LAW_FILE`."""
        estimates, rate = document["estimates"], TrainSpec().learning_rate
        return cls(
            intercept=estimates["intercept"][0],
            slope=Interval(**dict(zip(("value", "low", "high"), estimates["log kappa"], strict=True))),
            sigma=estimates["sigma"][0],
            covariance=tuple(map(tuple, document["covariance"])),
            kappa=tuple(document["kappa"]),
            told_share=document["told_share"],
            wrong=tuple(map(tuple, document["wrong"])),
            usual={name: value for name, value in DEFAULT_DIALS.items() if name not in FREE_DIALS},
            learning_rate=(min(RATE_FACTORS) * rate, max(RATE_FACTORS) * rate),
        )

    def mean_log_pairs(self, kappa: float) -> float:
        """Return the mean log of the pairs."""
        return self.intercept + self.slope.value * math.log(kappa)

    def predict(self, data: DataSpec) -> Prediction:
        """Predict the pairs until a seed binds on these data; raise `UserError` where kappa is not defined."""
        row = np.array([1.0, math.log(kappa(data))])
        variance = self.sigma**2 + float(row @ np.array(self.covariance) @ row)
        return Prediction(pairs=math.exp(self.mean_log_pairs(kappa(data))), spread=math.sqrt(variance))

    def is_below(self, data: DataSpec) -> bool:
        """Return True for data beyond the end of what has bound; the numbers of the law are rounded."""
        is_low = told_share(data) < self.told_share * (1 - 1e-4) or kappa(data) < self.kappa[0] * (1 - 1e-4)
        return is_low or bool(_covering(_naming_place(data), self.wrong))

    def why_unknown(self, spec: RunSpec) -> str | None:
        """Return why nothing is known of a spec, None where the law is."""
        (low, high), rate, kappa_here = self.learning_rate, spec.train.learning_rate, kappa(spec.data)
        if dial := next(iter(changed_dials(spec, free=FREE_DIALS)), None):
            return f"{dial} is {spec_value(spec, dial)}, and that of all trainings {self.usual[dial]}"
        if not low <= rate <= high:
            return f"learning_rate is {rate:g}, and that of the trainings about {TrainSpec().learning_rate:g}"
        if self.is_below(spec.data):
            late = [
                f"; with {told:.2g} of {named:.2g} named objects far later than the line, or never"
                for told, named in _covering(_naming_place(spec.data), self.wrong)
            ]
            return (
                f"a named object's value of a kind is told with probability {told_share(spec.data):.2g}, and kappa is "
                f"{kappa_here:.2g}; most seeds bound only from {self.told_share:.2g} and {self.kappa[0]:.2g} on"
                f"{''.join(late[:1])}"
            )
        if kappa_here > self.kappa[1] * (1 + 1e-6):
            return f"kappa is {kappa_here:.2g}, and at most {self.kappa[1]:.2g} in the trainings"
        return None


def load_law(folder: Path = ASSETS / "study") -> Law:
    return Law.from_json(read_json(folder / LAW_FILE))


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedTime:
    """When a training is expected to bind in captions of its own form: a forecast of the study, not of the run.

    Attributes:
        source: The data from which it follows.
        unknown: Why nothing is known there; None where it is.
        pairs: Pairs of image and caption; None where nothing is known.
        steps: The same in batches.
        share_bound: Probability that a seed is bound at the budget of the spec; None where nothing is known.
        beyond: Pairs at which the line would put it, for data beyond the end of what has bound; else None.
    """

    source: str
    unknown: str | None = None
    pairs: Interval | None = None
    steps: Interval | None = None
    share_bound: float | None = None
    beyond: float | None = None

    @property
    def sentence(self) -> str:
        """Say after how many pairs and at which step it is expected, or why nothing is known."""
        if self.pairs is None or self.steps is None:
            return f"{self.unknown}."
        pairs, steps = self.pairs, self.steps
        return (
            f"Expected to bind after {pairs.value:,.0f} pairs ({pairs.low:,.0f} to {pairs.high:,.0f} in 19 of 20 "
            f"trainings), at step {steps.value:,.0f} ({steps.low:,.0f} to {steps.high:,.0f}); from {self.source}."
        )


def predict_time(spec: RunSpec, folder: Path = ASSETS / "study") -> ExpectedTime:
    """Predict when a training of this spec binds, by the law that is frozen in the folder.

    Raises:
        UserError: kappa is not defined for its data.
    """
    document = read_json(folder / LAW_FILE)
    law, size = Law.from_json(document), spec.train.batch_size
    prediction = law.predict(spec.data)
    source = f"{document['trainings']} trainings of {document['conditions']} conditions"
    if (unknown := law.why_unknown(spec)) is not None:
        beyond = prediction.pairs if law.is_below(spec.data) and not changed_dials(spec, free=FREE_DIALS) else None
        return ExpectedTime(source=source, unknown=f"Not known there: {unknown}", beyond=beyond)
    return ExpectedTime(
        source=source,
        pairs=prediction.interval,
        steps=Interval(value=prediction.pairs / size, low=prediction.low / size, high=prediction.high / size),
        share_bound=prediction.share_bound(spec.train.steps * size),
    )
