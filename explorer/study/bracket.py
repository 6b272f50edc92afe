"""The measured end point at the dials, or the nearest one with the fields in which it differs.

    bracket = study_bracket(spec)
    bracket.value, bracket.low, bracket.high     # binding in the canonical form, mean over seeds with its t interval
    bracket.is_exact, bracket.fields             # False, ("caption_completeness",)

Nothing is interpolated: of two points on either side of a dial the nearer one counts, the lower one of equals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from explorer.spec import RunSpec
from explorer.study.grid import Found, Point, frozen_grid, look_up, value_at

FORM = "canonical"


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

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON."""
        names = ("value", "low", "high", "seeds", "budget_pairs", "learning_rate", "sweep", "device", "not_tested")
        plain = {name: getattr(self, name) for name in names}
        return plain | {"exact": self.is_exact, "fields": list(self.fields)}


def study_bracket(spec: RunSpec, grid: Sequence[Point] | None = None) -> StudyBracket | None:
    """Return the measured point at the dials of `spec` or nearest to them; None without any."""
    return _of_frozen(RunSpec(data=spec.data, train=spec.train)) if grid is None else _bracket(spec, grid)


@lru_cache(maxsize=512)
def _of_frozen(spec: RunSpec) -> StudyBracket | None:
    return _bracket(spec, frozen_grid())


def _bracket(spec: RunSpec, grid: Sequence[Point]) -> StudyBracket | None:
    scored = [point for point in grid if FORM in point.scores and point.scores[FORM].mean.value is not None]
    found = look_up(spec, scored)
    if not found.points:
        return None
    point = _nearer(spec, found)
    mean = point.scores[FORM].mean
    return StudyBracket(
        value=mean.value or 0.0,
        low=mean.low,
        high=mean.high,
        seeds=mean.n,
        is_exact=found.kind == "measured",
        fields=(found.dial,) if found.dial else found.differs,
        budget_pairs=point.pairs,
        learning_rate=point.spec.train.learning_rate,
        sweep=point.sweep,
        device=point.devices,
        not_tested=point.not_tested,
    )


def _nearer(spec: RunSpec, found: Found) -> Point:
    if found.dial is None:
        return found.points[0]
    dial, here = found.dial, value_at(spec, found.dial)
    return min(found.points, key=lambda point: abs(value_at(point.spec, dial) - here))
