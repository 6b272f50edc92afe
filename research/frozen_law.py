"""The law of time by kappa as frozen numbers: the line that the evidence draws among its trainings.

    load_law().mean_log_pairs(0.5)      # 9.66: the log of about 15,700 pairs

As a forecast it failed: no page and no command expects anything by it. The models are fitted and scored in
`research.time_model`, and `research.law` writes the chosen one.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from explorer.resources import FROZEN_FOLDER
from explorer.runs.files import read_json
from explorer.spec import DataSpec, RunSpec, TrainSpec, spec_value
from explorer.stats import Z

RATE_FACTORS = (0.4, 1.0, 2.5)
"""Learning rates that the searches of the study try, in units of the preset's."""
LAW_FILE = "time-law.json"
FREE_DIALS = (
    "objects_in_image",
    "attribute_kinds",
    "attribute_density",
    "caption_completeness",
    "caption_lengths",
    "saliency_bias",
    "learning_rate",
    "steps",
    "seed",
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

    The interval of the slope allows for conditions. `kappa` are the least and the greatest of data of which most seeds
    bound. `assets/page/evidence/law.js` draws the line with the interval of 19 in 20 trainings.
    """

    intercept: float
    slope: Interval
    sigma: float
    covariance: tuple[tuple[float, ...], ...]
    kappa: tuple[float, float]

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Law":
        """Read the content of `LAW_FILE`."""
        estimates = document["estimates"]
        return cls(
            intercept=estimates["intercept"][0],
            slope=Interval(**dict(zip(("value", "low", "high"), estimates["log kappa"], strict=True))),
            sigma=estimates["sigma"][0],
            covariance=tuple(map(tuple, document["covariance"])),
            kappa=tuple(document["kappa"]),
        )

    def mean_log_pairs(self, kappa: float) -> float:
        """Return the mean of the natural log of the pairs until a model binds, on data of this kappa."""
        return self.intercept + self.slope.value * math.log(kappa)


def load_law(folder: Path = FROZEN_FOLDER) -> Law:
    return Law.from_json(read_json(folder / LAW_FILE))
