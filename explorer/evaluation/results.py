"""Result types of measurements, and their dictionaries in `report.json`.

An `Estimate` is one figure with its number of items, its 95 % interval and its chance; a `Row` is an Estimate of one
group of one breakdown. Both are plain values, as is the `Environment` that accompanies them: reading a report needs no
model and no torch.

    >>> Estimate(value=0.8, n=10, low=0.49, high=0.943, chance=0.5).to_json()
    {'value': 0.8, 'n': 10, 'low': 0.49, 'high': 0.943, 'chance': 0.5}
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

PARTS = ("value", "n", "low", "high", "chance")
MOST_DIGITS = 3  # of a percent
CHANCE = 0.5
"""Of a choice between two, as in binding accuracy."""


class EstimateDict(TypedDict):
    """An Estimate in `report.json`."""

    value: float | None
    n: int
    low: float | None
    high: float | None
    chance: float | None


class DefinedDict(EstimateDict):
    """A DefinedEstimate in a document."""

    definition: str


class RowDict(EstimateDict):
    """A Row in `report.json`."""

    form: str
    by: str
    group: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A figure measured on n items, with its 95 % interval [low, high] and its chance; fractions, not percent.

    value is None exactly if n is 0: nothing could be measured. low and high are None then, and if a single item leaves
    the spread unknown. chance is None if the metric has none.
    Raises ValueError if these disagree or a number is not finite (JSON has no NaN).
    """

    value: float | None
    n: int
    low: float | None
    high: float | None
    chance: float | None

    def __post_init__(self) -> None:
        if self.n < 0 or (self.value is None) != (self.n == 0):
            raise ValueError(f"An estimate has a value exactly when it has items: value {self.value}, n {self.n}.")
        if (self.low is None) != (self.high is None) or (self.value is None and self.low is not None):
            raise ValueError(f"An interval has two ends and a value: {self.low}, {self.value}, {self.high}.")
        if not all(math.isfinite(x) for x in (self.value, self.low, self.high, self.chance) if x is not None):
            raise ValueError(f"An estimate needs finite numbers: {self.value}, {self.low}, {self.high}, {self.chance}.")

    @classmethod
    def unmeasured(cls, chance: float | None = None) -> "Estimate":
        """Return the estimate of no items."""
        return cls(value=None, n=0, low=None, high=None, chance=chance)

    def to_json(self) -> EstimateDict:
        """Return {"value", "n", "low", "high", "chance"}, ready for JSON."""
        return {"value": self.value, "n": self.n, "low": self.low, "high": self.high, "chance": self.chance}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Estimate":
        """Invert `to_json`; further keys are ignored."""
        return cls(**{part: record[part] for part in PARTS})

    @property
    def is_off_chance(self) -> bool:
        """Return True if the interval excludes chance; False without an interval or a chance."""
        return (
            self.low is not None
            and self.high is not None
            and self.chance is not None
            and (not self.low <= self.chance <= self.high)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class DefinedEstimate:
    """An estimate with the sentence that defines it."""

    estimate: Estimate
    definition: str

    def to_json(self) -> DefinedDict:
        """Return {"value", "n", "low", "high", "chance", "definition"}, ready for JSON."""
        return {**self.estimate.to_json(), "definition": self.definition}


Defined = Mapping[str, DefinedEstimate]
"""Estimates by name, with their definitions."""


def with_definitions(found: Mapping[str, Estimate], definitions: Mapping[str, str]) -> Defined:
    """Add to each estimate the definition of its name."""
    return {name: DefinedEstimate(estimate=estimate, definition=definitions[name]) for name, estimate in found.items()}


def defined_json(found: Defined) -> dict[str, DefinedDict]:
    """Convert estimates by name with their definitions to JSON."""
    return {name: each.to_json() for name, each in found.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """Place of a set of captions on the axis of a property, with its interval and the name of the set."""

    label: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """Device and versions of packages with which numbers were computed."""

    device: str
    versions: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return {"device", "versions"}, ready for JSON."""
        return {"device": self.device, "versions": dict(self.versions)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Environment":
        """Invert `to_json`; further keys are ignored."""
        return cls(device=record["device"], versions=record["versions"])


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the breakdown: in the captions of `form`, the items of `group` when split `by` a property.

    For example form "own", by "kind", group "color".
    """

    form: str
    by: str
    group: str
    estimate: Estimate

    def to_json(self) -> RowDict:
        """Return the flat {"form", "by", "group", "value", "n", "low", "high", "chance"}, ready for JSON."""
        return {"form": self.form, "by": self.by, "group": self.group, **self.estimate.to_json()}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Row":
        """Invert `to_json`."""
        places = {part: str(record[part]) for part in ("form", "by", "group")}
        return cls(**places, estimate=Estimate.from_json(record))


def hundredths(share: float) -> str:
    """Format a share in percent: 81 for 0.81, and 99.8 or 99.98 if rounding would give all or nothing."""
    texts = [f"{100 * share:.{digits}f}" for digits in range(MOST_DIGITS + 1)]
    is_nearly = 0 < share < 1
    return next((text for text in texts if not (is_nearly and float(text) in (0, 100))), texts[-1])
