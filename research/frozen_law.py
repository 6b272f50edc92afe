"""The law of time by kappa as frozen numbers: what it reads of the data, where it is known, and what it expects.

    load_law().why_unknown(spec)                         # why nothing is known of a spec, None where the law is
    predict_time(find_preset("web-like").spec).unknown   # "Not known there: ..."

As a forecast it failed: no page and no command expects anything by it. The models are fitted and scored in
`research.time_model`; this module has the chosen one, which the evidence draws as a line among its trainings.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from explorer.resources import ASSETS
from explorer.runs.files import read_json
from explorer.spec import DataSpec, RunSpec, TrainSpec, spec_value
from explorer.stats import Z
from explorer.study.kappa import kappa, told_share

RATE_FACTORS = (0.4, 1.0, 2.5)
"""Learning rates that the searches of the study try, in units of the preset's."""
LAW_FILE = "time-law.json"
NamingPlace = tuple[float, float]
"""Told values per kind, and the mean number of objects that a caption names."""


FREE_DIALS = (
    *("objects_in_image", "attribute_kinds", "attribute_density", "caption_completeness", "caption_lengths"),
    *("saliency_bias", "learning_rate", "steps", "seed"),
)
"""Dials that may differ among the trainings to which a model is fitted."""
DEFAULT_DIALS = {each.name: getattr(part, each.name) for part in (DataSpec(), TrainSpec()) for each in fields(part)}
"""The defaults of all dials."""


def changed_dials(spec: RunSpec, *, free: Collection[str]) -> list[str]:
    """Return the dials, none of `free`, that are not at their defaults."""
    return [name for name, usual in DEFAULT_DIALS.items() if name not in free and spec_value(spec, name) != usual]


def is_plain(spec: RunSpec) -> bool:
    """Return True if the model of time applies: kappa is defined, and only dials of `FREE_DIALS` are turned."""
    data = spec.data
    has_kappa = bool(data.attribute_kinds) and data.attribute_density > 0 and data.objects_in_image > 1
    return has_kappa and not changed_dials(spec, free=FREE_DIALS)


def naming_place(data: DataSpec) -> NamingPlace:
    return told_share(data), data.objects_in_image * data.caption_completeness


def covering(place: NamingPlace, places: Iterable[NamingPlace]) -> list[NamingPlace]:
    """Return the places in which no less is told of as many named objects as here; their numbers are rounded."""
    told, named = place
    return [(most, least) for most, least in places if told <= most * (1 + 1e-4) and named >= least * (1 - 1e-4)]


# ---- Predictions


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """An estimate with its 95 % interval: a parameter, a factor, or the pairs at which 19 of 20 seeds bind."""

    value: float
    low: float
    high: float

    @classmethod
    def from_log(cls, value: float, error: float) -> "Interval":
        """Return e to the power of a normal estimate, with its interval."""
        low, high = (math.exp(value + sign * Z * error) for sign in (-1, 1))
        return cls(value=math.exp(value), low=low, high=high)


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """The forecast of a seed: median pairs if it ever binds, spread of the log time, and probability of never."""

    pairs: float
    spread: float
    never: float = 0.0

    @property
    def low(self) -> float:
        return self.pairs * math.exp(-Z * self.spread)

    @property
    def high(self) -> float:
        return self.pairs * math.exp(Z * self.spread)

    @property
    def interval(self) -> Interval:
        return Interval(value=self.pairs, low=self.low, high=self.high)

    def share_bound(self, pairs: float) -> float:
        """Return the probability that a seed is bound within so many pairs."""
        from scipy.special import ndtr

        return float((1 - self.never) * ndtr(math.log(pairs / self.pairs) / self.spread))


# ---- The law


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
        return is_low or bool(covering(naming_place(data), self.wrong))

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
                for told, named in covering(naming_place(spec.data), self.wrong)
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
    """When the line expects a training to bind in captions of its own form; as a forecast it has failed.

    Attributes:
        unknown: Why nothing is known there; None where it is.
        pairs: Pairs of image and caption; None where nothing is known.
        beyond: Pairs at which the line would put it, for data beyond the end of what has bound; else None.
    """

    unknown: str | None = None
    pairs: Interval | None = None
    beyond: float | None = None


def predict_time(spec: RunSpec, folder: Path = ASSETS / "study") -> ExpectedTime:
    """Return when a training of this spec would bind by the law that is frozen in the folder.

    Raises:
        UserError: kappa is not defined for its data.
    """
    law = load_law(folder)
    prediction = law.predict(spec.data)
    if (unknown := law.why_unknown(spec)) is not None:
        beyond = prediction.pairs if law.is_below(spec.data) and not changed_dials(spec, free=FREE_DIALS) else None
        return ExpectedTime(unknown=f"Not known there: {unknown}", beyond=beyond)
    return ExpectedTime(pairs=prediction.interval)
