"""The measured condition of the first edition at the dials of a recipe, or the nearest one and where it differs.

    bracket = find_bracket(spec)
    bracket.value, bracket.low, bracket.high  # binding in the canonical form, mean over seeds with its t interval
    bracket.is_exact, bracket.fields          # False, ("caption_completeness",)
    load_grid()                               # a GridPoint for each condition that has a score

A place of the grid is all dials but the budget, the learning rate and the seed. Nothing is interpolated: of two points
on either side of a dial the nearer one counts, the lower one of equals. If a place was measured with several budgets,
the one nearest to the spec's counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.evaluation.results import Estimate
from explorer.spec import DIALS, PROTOCOL_VERSION, RunSpec, override
from explorer.study.evidence_store import (
    FROZEN_FOLDER,
    Evidence,
    MeasuredCondition,
    first_edition_sweeps,
    load_evidence,
)
from explorer.study.law import DEFAULT_DIALS, spec_value

GRID_FORM, GRID_METRIC = "canonical", "binding_accuracy"
PLACE_FIELDS = tuple(name for name in DIALS if name not in ("steps", "learning_rate", "precision", "seed"))
"""The fields of a place, in the order of its values."""
DIAL_RANGES = {name: high - (DIALS[name].low or 0.0) for name in PLACE_FIELDS if (high := DIALS[name].high) is not None}
"""The ordered dials with their ranges."""
GridPlace = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class GridPoint:
    """One measured condition: its spec, and binding in the canonical form, the mean over seeds."""

    sweep: str
    spec: RunSpec
    mean: Estimate
    devices: str
    not_tested: str | None

    @property
    def pairs(self) -> int:
        """Budget: images with their captions, over all steps."""
        return self.spec.train.steps * self.spec.train.batch_size


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyBracket:
    """A measured mean with its interval (None for a single seed), and the fields in which its training differs.

    An exact point differs only in budget, learning rate and seed, which are not in `fields`. `budget_pairs` are images
    with a caption over all its steps; `not_tested` says why it is no evidence.
    """

    value: float
    low: float | None
    high: float | None
    seeds: int
    is_exact: bool
    fields: tuple[str, ...]
    budget_pairs: int
    learning_rate: float
    sweep: str
    device: str
    not_tested: str | None


@lru_cache(maxsize=4)
def load_grid(folder: Path = FROZEN_FOLDER) -> tuple[GridPoint, ...]:
    """Return the points of all frozen sweeps of the first edition; read once per folder."""
    return grid_points([load_evidence(name, folder) for name in first_edition_sweeps()])


def grid_points(evidences: Sequence[Evidence | None]) -> tuple[GridPoint, ...]:
    """Return the points of the evidence of each sweep; those of another recipe are left out."""
    points = (_point(evidence, each) for evidence in evidences if evidence for each in evidence.conditions)
    return tuple(point for point in points if point is not None)


def _point(evidence: Evidence, condition: MeasuredCondition) -> GridPoint | None:
    score = condition.score(GRID_FORM, GRID_METRIC)
    try:
        spec = condition.run_spec()
    except UserError:  # a dial that is no more
        return None
    if score is None or score.mean.value is None or spec.recipe != PROTOCOL_VERSION:
        return None
    return GridPoint(
        sweep=evidence.name,
        spec=spec,
        mean=score.mean,
        devices=", ".join(evidence.devices),
        not_tested=condition.not_tested,
    )


def find_bracket(spec: RunSpec, grid: Sequence[GridPoint] | None = None) -> StudyBracket | None:
    """Return the measured point at the dials of `spec` or nearest to them; None without any."""
    return _frozen_bracket(RunSpec(data=spec.data, train=spec.train)) if grid is None else _make_bracket(spec, grid)


@lru_cache(maxsize=512)
def _frozen_bracket(spec: RunSpec) -> StudyBracket | None:
    return _make_bracket(spec, load_grid())


def _make_bracket(spec: RunSpec, grid: Sequence[GridPoint]) -> StudyBracket | None:
    if not grid:
        return None
    point, differs = nearest_point(spec, grid)
    return StudyBracket(
        value=point.mean.value or 0.0,
        low=point.mean.low,
        high=point.mean.high,
        seeds=point.mean.n,
        is_exact=not differs,
        fields=differs,
        budget_pairs=point.pairs,
        learning_rate=point.spec.train.learning_rate,
        sweep=point.sweep,
        device=point.devices,
        not_tested=point.not_tested,
    )


def nearest_point(spec: RunSpec, grid: Sequence[GridPoint]) -> tuple[GridPoint, tuple[str, ...]]:
    """Return the point of the place of `spec`, else the nearer of two beside it in one dial, else the nearest of all.

    The fields come along in which it differs from the spec. The grid has a point at least.
    """
    place = grid_place(spec)
    if exact := [point for point in grid if grid_place(point.spec) == place]:
        return _nearest_budget(spec, exact), ()
    beside = [(neighbors, dial) for dial in DIAL_RANGES if (neighbors := _neighbors(spec, dial, grid))]
    if beside:
        (_, pair), dial = min(beside, key=lambda each: each[0][0])
        value = spec_value(spec, dial)
        return min(pair, key=lambda point: abs(spec_value(point.spec, dial) - value)), (dial,)
    nearest = min(dict.fromkeys(grid_place(point.spec) for point in grid), key=lambda other: _distance(place, other))
    point = _nearest_budget(spec, [point for point in grid if grid_place(point.spec) == nearest])
    return point, tuple(name for name, one, other in zip(PLACE_FIELDS, place, nearest, strict=True) if one != other)


@lru_cache(maxsize=4096)
def grid_place(spec: RunSpec) -> GridPlace:
    """Return the fields that decide the result; dials without effect on these captions are at rest."""
    data = spec.data
    is_complete = data.objects_in_image == 1 or data.caption_completeness > 1 - 1e-6
    kinds = ("attribute_kinds", "untold_kinds", "tidy_kinds")
    changes: dict[str, Any] = {name: tuple(sorted(getattr(data, name))) for name in kinds}
    if data.tidy_share == 0:
        changes["tidy_kinds"] = DEFAULT_DIALS["tidy_kinds"]
    if data.objects_in_image == 1:
        changes["caption_completeness"] = 1.0
    if is_complete:  # saliency has nothing to choose
        changes["saliency_bias"] = 0.0
    if is_complete or data.objects_in_image == 2:  # with two objects both lengths are the same captions
        changes["caption_lengths"] = "fixed"
    values = [changes.get(name, spec_value(spec, name)) for name in PLACE_FIELDS]
    return tuple(round(value, 6) if isinstance(value, float) else value for value in values)


def points_along(spec: RunSpec, dial: str, grid: Sequence[GridPoint]) -> tuple[GridPoint, ...]:
    """Return the points that `spec` would reach if only this dial moved, one per value, in order."""
    line = []
    for value in sorted({spec_value(point.spec, dial) for point in grid}):
        place = grid_place(override(spec, {dial: value}))
        points = [point for point in grid if spec_value(point.spec, dial) == value and grid_place(point.spec) == place]
        line += [_nearest_budget(spec, points)] if points else []
    return tuple(line)


def _neighbors(spec: RunSpec, dial: str, grid: Sequence[GridPoint]) -> tuple[float, tuple[GridPoint, GridPoint]] | None:
    """Return the distance of the nearest points below and above in one dial, as a share of its range, and these."""
    value, line = spec_value(spec, dial), points_along(spec, dial, grid)
    below = [point for point in line if spec_value(point.spec, dial) < value]
    above = [point for point in line if spec_value(point.spec, dial) > value]
    if not below or not above:
        return None
    pair = below[-1], above[0]
    return (spec_value(pair[1].spec, dial) - spec_value(pair[0].spec, dial)) / DIAL_RANGES[dial], pair


def _nearest_budget(spec: RunSpec, points: Sequence[GridPoint]) -> GridPoint:
    """Return the point whose budget is nearest to the spec's; of equals the one with the most seeds."""
    pairs = spec.train.steps * spec.train.batch_size
    return min(points, key=lambda point: (abs(point.pairs - pairs), -point.mean.n))


def _distance(place: GridPlace, other: GridPlace) -> tuple[int, float]:
    """Count the fields that differ, and sum the differences as shares of their ranges."""
    apart = [(name, a, b) for name, a, b in zip(PLACE_FIELDS, place, other, strict=True) if a != b]
    return len(apart), sum(abs(a - b) / DIAL_RANGES[name] if name in DIAL_RANGES else 1.0 for name, a, b in apart)
