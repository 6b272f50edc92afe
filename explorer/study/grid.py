"""Lookup of frozen evidence at or near the dials.

    grid = frozen_grid()                          # a Point for each condition of each sweep that has a score
    found = look_up(spec, grid)
    found.kind, found.points                      # "between", (the point below, the point above)
    along(spec, "saliency_bias", grid)            # the points that differ from the spec only in that dial, in order

A place is all dials but the budget, the learning rate and the seed. Nothing is interpolated: between two points both
are returned. If a place was measured with several budgets, the one nearest to the spec's counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from explorer.errors import UserError
from explorer.evaluation.results import Estimate
from explorer.spec import DIALS, RECIPE, DataSpec, RunSpec, override
from explorer.study.evidence_store import FROZEN, Condition, Evidence, SeedScores, load_all

Kind = Literal["measured", "between", "nearest", "nothing"]
Place = tuple[Any, ...]
METRIC = "binding_accuracy"
DATA = tuple(field.name for field in fields(DataSpec))
TRAINING = (
    "model",
    "init",
    "tune",
    "batch_size",
    "hard_negatives",
    "hard_negative_check",
    "mask_false_negatives",
    "loss",
    "optimizer",
    "learning_rate_schedule",
)
PLACE = (*DATA, *TRAINING)
"""The fields of a place, in the order of its values."""
SPANS = {name: high - (DIALS[name].low or 0.0) for name in PLACE if (high := DIALS[name].high) is not None}
"""The ordered dials with their ranges."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """Binding in one form: the mean over seeds with its t interval, and (seed, value) of each.

    `leak` is the score of the caption-only control if it is above chance: then the score is no evidence.
    """

    mean: Estimate
    seeds: tuple[tuple[int, float], ...]
    leak: float | None


@dataclass(frozen=True, kw_only=True)
class Point:
    """One measured condition with its cost; `scores` by form of caption."""

    sweep: str
    label: str
    spec: RunSpec
    scores: Mapping[str, Score]
    devices: str
    interval: str
    not_tested: str | None

    @property
    def pairs(self) -> int:
        return self.spec.train.steps * self.spec.train.batch_size

    @cached_property
    def place(self) -> Place:
        return place(self.spec)

    @property
    def num_seeds(self) -> int:
        return max((score.mean.n for score in self.scores.values()), default=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Result of a lookup.

    measured: one point; between: two that differ from the spec only in `dial`, below and above; nearest: one, which
    `differs` in these fields; nothing: no point at all.
    """

    kind: Kind
    points: tuple[Point, ...] = ()
    dial: str | None = None
    differs: tuple[str, ...] = ()


@lru_cache(maxsize=4)
def frozen_grid(folder: Path = FROZEN) -> tuple[Point, ...]:
    return read_grid(load_all(folder))


def read_grid(found: Mapping[str, Evidence | None]) -> tuple[Point, ...]:
    """Return the points of the evidence of each sweep; those of another recipe are left out."""
    points = (
        point
        for evidence in found.values()
        if evidence is not None
        for condition in evidence.conditions
        if (point := _point(evidence, condition)) is not None
    )
    return tuple(points)


def _point(evidence: Evidence, condition: Condition) -> Point | None:
    try:
        spec = condition.run_spec()
    except UserError:  # a dial that is no more
        return None
    scores = {
        form: _score(condition, form, metrics[METRIC]) for form, metrics in condition.forms.items() if METRIC in metrics
    }
    if not scores or spec.recipe != RECIPE:
        return None
    return Point(
        sweep=evidence.name,
        label=condition.label,
        spec=spec,
        scores=scores,
        devices=", ".join(evidence.devices),
        interval=evidence.interval,
        not_tested=condition.not_tested,
    )


def _score(condition: Condition, form: str, found: SeedScores) -> Score:
    control = condition.control("caption_only", form)
    return Score(
        mean=found.mean,
        seeds=tuple((point.seed, point.value or 0.0) for point in found.points),
        leak=control.value if control is not None and control.is_above_chance else None,
    )


@lru_cache(maxsize=4096)
def place(spec: RunSpec) -> Place:
    data = spec.data
    changes: dict[str, Any] = {"attribute_kinds": tuple(sorted(data.attribute_kinds))}
    if data.objects_in_image == 1:
        changes["caption_completeness"] = 1.0
    if is_complete(data):
        changes["saliency_bias"] = 0.0
    if is_complete(data) or data.objects_in_image == 2:  # with two objects both lengths are the same captions
        changes["caption_lengths"] = "fixed"
    values = {name: getattr(replace(data, **changes), name) for name in DATA}
    values |= {name: getattr(spec.train, name) for name in TRAINING}
    return tuple(round(value, 6) if isinstance(value, float) else value for value in values.values())


def is_complete(data: DataSpec) -> bool:
    """Return True if every object is named, so that saliency has nothing to choose."""
    return data.objects_in_image == 1 or data.caption_completeness > 1 - 1e-6


def look_up(spec: RunSpec, grid: Sequence[Point]) -> Found:
    """Return the point at the place of `spec`, or the two next to it in one dial, or the nearest one.

    The nearest one states the fields that differ.
    """
    here = place(spec)
    exact = [point for point in grid if point.place == here]
    if exact:
        return Found(kind="measured", points=(_of_budget(spec, exact),))
    beside = [(gap, dial, pair) for dial in SPANS if (found := _beside(spec, dial, grid)) for gap, pair in [found]]
    if beside:
        _, dial, pair = min(beside, key=lambda each: each[0])
        return Found(kind="between", points=pair, dial=dial)
    if not grid:
        return Found(kind="nothing")
    nearest = min(dict.fromkeys(point.place for point in grid), key=lambda there: _distance(here, there))
    point = _of_budget(spec, [point for point in grid if point.place == nearest])
    differs = tuple(name for name, one, other in zip(PLACE, here, nearest, strict=True) if one != other)
    return Found(kind="nearest", points=(point,), differs=differs)


def along(spec: RunSpec, dial: str, grid: Sequence[Point]) -> tuple[Point, ...]:
    """Return the points that `spec` would reach if only this dial moved, one per value, in order."""
    line = []
    for value in sorted({value_at(point.spec, dial) for point in grid}):
        there = place(override(spec, {dial: value}))
        points = [point for point in grid if value_at(point.spec, dial) == value and point.place == there]
        line += [_of_budget(spec, points)] if points else []
    return tuple(line)


def value_at(spec: RunSpec, name: str) -> Any:
    """Return the value of a field of data or training."""
    return getattr(spec.data if name in DATA else spec.train, name)


def _beside(spec: RunSpec, dial: str, grid: Sequence[Point]) -> tuple[float, tuple[Point, Point]] | None:
    """Return the nearest points below and above in one dial, and their distance as a share of its range."""
    here, line = value_at(spec, dial), along(spec, dial, grid)
    below = [point for point in line if value_at(point.spec, dial) < here]
    above = [point for point in line if value_at(point.spec, dial) > here]
    if not below or not above:
        return None
    pair = below[-1], above[0]
    return (value_at(pair[1].spec, dial) - value_at(pair[0].spec, dial)) / SPANS[dial], pair


def _of_budget(spec: RunSpec, points: Sequence[Point]) -> Point:
    """Return the point whose budget is nearest to the spec's; of equals the one with the most seeds."""
    pairs = spec.train.steps * spec.train.batch_size
    return min(points, key=lambda point: (abs(point.pairs - pairs), -point.num_seeds))


def _distance(here: Place, there: Place) -> tuple[int, float]:
    """Count the fields that differ, and sum the differences as shares of their ranges."""
    apart = [(name, a, b) for name, a, b in zip(PLACE, here, there, strict=True) if a != b]
    return len(apart), sum(abs(a - b) / SPANS[name] if name in SPANS else 1.0 for name, a, b in apart)
