"""Measured cells: what came of the study's trainings from fresh weights, and the cell that is nearest to a run's dials.

    near = nearest_cell(asked_spec(spec))
    near.cell.seeds[0].canonical    # 13056: pairs until it was bound; None if it was not within `near.cell.pairs`
    near.dial                       # None at the same coordinates, else the one dial that differs: "attribute_density"
    nearest_cell(other)             # None: nothing was measured near these dials
    cell_sentence(near, spec)       # "Measured at these dials: asked the canonical question, 5 of 5 trainings bound"

A cell holds the seeds of one kind of data and training, with one budget, trained by the page's engine or by torch. Its
coordinates are all dials that decide the result; a dial without effect on these captions has its resting value there.
A run gets the cell at its own coordinates. If there is none, it gets the nearest cell in which a single dial differs,
by no more than `CONTRACT.cells.near` says. Nothing is interpolated. Where two cells are equally near, the engine's
comes before torch's, then the one whose budget is nearest to the run's, then the one with more seeds.
`assets/page/dials/cells.js` does the same; tests/unit/study/cells.json holds both to it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any

from explorer.codec import decode
from explorer.contract import CONTRACT, NearRule
from explorer.evaluation.results import FollowedForm
from explorer.presets import PRESETS, TIDY_RECIPE
from explorer.rules import evaluate_expression
from explorer.spec import DIALS, OWN_WORLD, RunSpec, override, spec_value
from explorer.study.evidence_store import load_cell_document
from explorer.wording import format_percent

DECIDING_FIELDS = tuple(name for name in DIALS if name not in CONTRACT.cells.no_coordinate)
"""The names of the coordinates, in their order."""
COMPARED_DIGITS = 6
"""Behind the point: values and distances that agree so far are equal."""
Coordinates = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CellSeed:
    """A training: pairs until it was bound in captions like its own, and in the canonical question; None for not.

    `end` is its binding accuracy at the end, in the canonical question.
    """

    own: int | None
    canonical: int | None
    end: float

    def bound(self, form: FollowedForm) -> int | None:
        """Return the pairs until it was bound in a form."""
        return self.own if form == "own" else self.canonical


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredCell:
    """A kind of data and training with its budget in `spec`, and the seeds that were trained.

    `engine` is the version of the page's engine, None for torch; `edition` that of the study.
    """

    spec: RunSpec
    edition: int
    engine: int | None
    seeds: tuple[CellSeed, ...]

    @property
    def pairs(self) -> int:
        """The budget: pictures with their captions, over all steps."""
        return self.spec.train.pairs

    def median(self, form: FollowedForm) -> float:
        """Return the pairs until the middle seed is bound; infinity if it is not within the budget."""
        return median(math.inf if (at := seed.bound(form)) is None else at for seed in self.seeds)


@dataclass(frozen=True, kw_only=True, slots=True)
class NearCell:
    """The cell that stands for the dials of a run, and the dial in which it differs; None at the same coordinates."""

    cell: MeasuredCell
    dial: str | None


# ---- The frozen cells


@dataclass(frozen=True, kw_only=True)
class FrozenCell:
    """A cell as its file has it: fields that differ from the tidy recipe, and of each seed (own, canonical, end)."""

    differs: Mapping[str, Any]
    edition: int
    engine: int | None
    seeds: tuple[tuple[int | None, int | None, float], ...]


def load_cells(folder: Path | None = None) -> tuple[MeasuredCell, ...]:
    """Return the frozen cells; none where nothing is frozen."""
    return read_cells(load_cell_document(folder) or ())


def read_cells(document: Any) -> tuple[MeasuredCell, ...]:
    """Return the cells of a document as its file has them.

    Raises:
        UserError: It is none, or a dial does not take its value.
    """
    tidy = PRESETS[TIDY_RECIPE].spec
    return tuple(
        MeasuredCell(
            spec=override(tidy, each.differs),
            edition=each.edition,
            engine=each.engine,
            seeds=tuple(CellSeed(own=own, canonical=canonical, end=end) for own, canonical, end in each.seeds),
        )
        for each in decode(tuple[FrozenCell, ...], document)
    )


@lru_cache(maxsize=1)
def shipped_cells() -> tuple[MeasuredCell, ...]:
    """Return the cells of this copy, read once."""
    return load_cells()


# ---- The nearest one


def _coordinate_values(spec: RunSpec) -> dict[str, Any]:
    """Return the coordinates of a spec by name; a dial without effect on its captions has the value of its rest."""
    values = {name: spec_value(spec, name) for name in DIALS}
    resting = {each.dial: each.value for each in CONTRACT.cells.rest if evaluate_expression(each.test, values)}
    return {name: _plain(resting.get(name, values[name])) for name in DECIDING_FIELDS}


def _plain(value: Any) -> Any:
    """Return words sorted, and a number without what rounding left."""
    if isinstance(value, list | tuple):
        return tuple(sorted(value))
    return round(value, COMPARED_DIGITS) if isinstance(value, float) else value


@lru_cache(maxsize=4096)
def coordinates_of(spec: RunSpec) -> Coordinates:
    """Return the coordinates of a spec: its `DECIDING_FIELDS`, those without effect with their value of rest."""
    return tuple(_coordinate_values(spec).values())


def nearest_cell(spec: RunSpec, cells: Sequence[MeasuredCell] | None = None) -> NearCell | None:
    """Return the cell that stands for a spec, of the shipped ones if none are given; None where none is near."""
    known = shipped_cells() if cells is None else cells
    nearest: NearCell | None = None
    lowest = (math.inf, True, 0, 0)
    for cell in known:
        if (away := _distance(spec, cell.spec)) is None:
            continue
        far, dial = away
        rank = (far, cell.engine is None, abs(cell.pairs - spec.train.pairs), -len(cell.seeds))
        if rank < lowest:  # of equal ones the first
            nearest, lowest = NearCell(cell=cell, dial=dial), rank
    return nearest


def _distance(spec: RunSpec, other: RunSpec) -> tuple[float, str | None] | None:
    """Return how far apart two specs are, as a share of what is near, and the dial that differs; None if not near."""
    both = zip(DECIDING_FIELDS, coordinates_of(spec), coordinates_of(other), strict=True)
    apart = [name for name, one, two in both if one != two]
    if not apart:
        return 0.0, None
    rule = CONTRACT.cells.near.get(apart[0])
    if len(apart) > 1 or rule is None:
        return None
    here, there = _coordinate_values(spec), _coordinate_values(other)
    if rule.alike is not None and evaluate_expression(rule.alike, here) != evaluate_expression(rule.alike, there):
        return None
    far = round(_share_of_limit(rule, here[apart[0]], there[apart[0]]), COMPARED_DIGITS)
    return (far, apart[0]) if far <= 1 else None


def _share_of_limit(rule: NearRule, one: float, other: float) -> float:
    """Return the distance of two values as a share of what the rule allows."""
    if rule.by == "difference":
        return abs(one - other) / rule.most
    low, high = sorted((one, other))
    return math.log(high / low) / math.log(rule.most) if low > 0 else math.inf


# ---- In words

NOTHING_NEAR = "Nothing was measured near these dials."


def asked_spec(spec: RunSpec) -> RunSpec:
    """Return what is looked up for a run: the study trained from fresh weights, and the built-in things alone."""
    world = RunSpec().data.world if OWN_WORLD.fullmatch(spec.data.world) else spec.data.world
    return override(spec, {"init": "scratch", "tune": "all", "world": world})


def cell_sentence(near: NearCell | None, spec: RunSpec) -> str:
    """Say what came of the cell that stands for a spec, and where it differs."""
    if near is None:
        return NOTHING_NEAR
    cell, dial = near.cell, near.dial
    trainer = "torch" if cell.engine is None else "the page's engine"
    where = "Measured at these dials"
    if dial is not None:
        there, here = (spec_value(each, dial) for each in (cell.spec, spec))
        where = f"Measured nearest to these dials, where {dial} is {there:g} in place of {here:g}"
    start = "" if spec.train.init == "scratch" else ", from fresh weights"
    ends = [format_percent(end) for end in sorted({seed.end for seed in cell.seeds})]
    parts = [
        f"{where}{start}: asked the canonical question, {_outcome(cell, 'canonical')}",
        f"in captions like their own, {_outcome(cell, 'own')}",
        f"they read {cell.pairs:,} pairs, trained by {trainer}, and ended at "
        f"{' to '.join(dict.fromkeys([ends[0], ends[-1]]))}",
    ]
    others = " That was measured with other things." if OWN_WORLD.fullmatch(spec.data.world) else ""
    return f"{'; '.join(parts)}.{others}"


def _outcome(cell: MeasuredCell, form: FollowedForm) -> str:
    """Say how many seeds were bound, and after how many pairs each."""
    times = sorted(pairs for seed in cell.seeds if (pairs := seed.bound(form)) is not None)
    count = f"{len(times) or 'none'} of {len(cell.seeds)} trainings bound"
    if not times:
        return count
    *first, last = (f"{pairs:,}" for pairs in times)
    return f"{count}, after {', '.join(first)}{' and ' if first else ''}{last} pairs"
