"""The measured cells of all editions from their frozen rows, and how often the rule of the nearest cell is right.

    cells_document(FROZEN_FOLDER)   # the content of `cells.json`, which `explorer.study.cells` reads
    write_cells()                   # into the folder of the evidence
    judge_rule(cells, "canonical")  # Judgement(cells=133, said=83, called=76, timed=34, close=34)

A cell holds trainings from fresh weights on one kind of data with one budget, by torch in one edition or by the page's
engine. Seeds of two editions are never pooled, nor those of torch and the engine. Of the fourth edition a cell counts
once every seed that its sweep asks for has run. A pilot is no result.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.codec import Json
from explorer.evaluation.results import FOLLOWED_FORMS, FollowedForm
from explorer.presets import PRESETS
from explorer.resources import FROZEN_FOLDER
from explorer.runs.files import replace_file
from explorer.spec import DIALS, PROTOCOL_VERSION, RunSpec, spec_value
from explorer.study.cells import MeasuredCell, coordinates_of, nearest_cell
from explorer.study.evidence_store import CELLS_FILE
from research.engine_rows import frozen_results
from research.fourth import engine_sweeps
from research.grouping import group_by
from research.rows import PILOT, frozen_rows, spec_of
from research.sweeps import ALL_SWEEPS

FOURTH_EDITION = 4
END_DIGITS = 3
"""Behind the point of an accuracy."""
CLOSE = 2.0
"""A time is told well within this factor."""


# ---- From the rows


@dataclass(frozen=True, kw_only=True, slots=True)
class CellTraining:
    """A training of a cell: its spec, who trained it, and (pairs until bound in own and in canonical captions, end)."""

    spec: RunSpec
    edition: int
    engine: int | None
    outcome: tuple[int | None, int | None, float]

    @property
    def cell(self) -> tuple[Any, ...]:
        """The key that all trainings of a cell share."""
        return self.edition, self.engine or 0, coordinates_of(self.spec), self.spec.train.steps


def cells_document(folder: Path = FROZEN_FOLDER) -> dict[str, Any]:
    """Return the cells of a folder of frozen rows as plain JSON."""
    cells = group_by([*_torch_trainings(folder), *_engine_trainings(folder)], lambda each: each.cell)
    return {"cells": [_cell(trainings) for trainings in cells.values()]}


def write_cells(folder: Path = FROZEN_FOLDER) -> Path:
    """Write the cells into the folder of the evidence; return the path of the file."""
    replace_file(folder / CELLS_FILE, f"{json.dumps(cells_document(folder))}\n".encode())
    return folder / CELLS_FILE


def _torch_trainings(folder: Path) -> Iterable[CellTraining]:
    for row in frozen_rows(folder, sweeps=[name for name in ALL_SWEEPS if name != PILOT]):
        spec, end = spec_of(row), row.get("canonical.binding_accuracy.value")
        if not row["is_point"] or end is None or not _is_fresh(spec):
            continue
        steps = (row[f"bound.{form}.step"] for form in ("own", "canonical"))
        own, canonical = (None if step is None else int(step) * spec.train.batch_size for step in steps)
        outcome = own, canonical, round(end, END_DIGITS)
        yield CellTraining(spec=spec, edition=ALL_SWEEPS[row["sweep"]].edition, engine=None, outcome=outcome)


def _engine_trainings(folder: Path) -> Iterable[CellTraining]:
    for sweep in engine_sweeps().values():
        of_cell = group_by(frozen_results(sweep.name, folder), lambda each: each.condition)
        for results in of_cell.values():
            specs = [each.phases[-1].spec for each in results]
            has_phases = len(results[0].phases) > 1
            if has_phases or len(results) < sweep.seeds or not _is_fresh(specs[0]):
                continue
            for spec, each in zip(specs, results, strict=True):
                end = round(each.end_share("canonical"), END_DIGITS)
                outcome = each.bound["own"], each.bound["canonical"], end
                yield CellTraining(spec=spec, edition=FOURTH_EDITION, engine=each.engine, outcome=outcome)


def _is_fresh(spec: RunSpec) -> bool:
    return spec.train.init == "scratch" and spec.protocol == PROTOCOL_VERSION


def _cell(trainings: Sequence[CellTraining]) -> Json:
    """Return a cell as its file has it; two sweeps may have trained one seed, of which the later asked more finely."""
    first = trainings[0]
    by_seed = {each.spec.train.seed: each.outcome for each in trainings}
    usual = next(iter(PRESETS.values())).spec
    differs = {
        name: list(value) if isinstance(value, tuple) else value
        for name in DIALS
        if name != "seed" and (value := spec_value(first.spec, name)) != spec_value(usual, name)
    }
    seeds = [by_seed[seed] for seed in sorted(by_seed)]
    return {"differs": differs, "edition": first.edition, "engine": first.engine, "seeds": seeds}


# ---- Each left out


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """Outcome of telling cells that were left out, with others of their coordinates and budget, by the nearest cell.

    Attributes:
        cells: How many were left out.
        said: Of how many something was said.
        called: Of these, how often it was right that most seeds bind within the budget, or do not.
        timed: How often both the cell and the one that stood for it have a middle time.
        close: Of these, how often the two are within a factor of two.
    """

    cells: int
    said: int
    called: int
    timed: int
    close: int


def judge_rule(cells: Sequence[MeasuredCell], form: FollowedForm, *, is_elsewhere: bool = False) -> Judgement:
    """Leave out each cell, with those of equal place and budget, and tell it by the nearest of the others.

    Args:
        cells: All of them.
        form: What is asked.
        is_elsewhere: Leave out every cell of these coordinates, of other budgets too, so that others have to tell it.
    """
    said = called = timed = close = 0
    for cell in cells:
        others = [
            each
            for each in cells
            if coordinates_of(each.spec) != coordinates_of(cell.spec) or not (is_elsewhere or each.pairs == cell.pairs)
        ]
        near = nearest_cell(cell.spec, others)
        if near is None:
            continue
        told, seen = near.cell.median(form), cell.median(form)
        said += 1
        called += (told <= cell.pairs) == (seen <= cell.pairs)
        if math.isfinite(told) and math.isfinite(seen):
            timed += 1
            close += max(told, seen) <= CLOSE * min(told, seen)
    return Judgement(cells=len(cells), said=said, called=called, timed=timed, close=close)


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleFigures:
    """Numbers of cells and of places (their coordinates), and the judgement of the rule in each form of its sentence.

    `elsewhere` are told by other places alone, `all` by other budgets of their place too.
    """

    cells: int
    places: int
    elsewhere: Mapping[FollowedForm, Judgement]
    all: Mapping[FollowedForm, Judgement]


def judge_cells(cells: Sequence[MeasuredCell]) -> RuleFigures:
    return RuleFigures(
        cells=len(cells),
        places=len({coordinates_of(each.spec) for each in cells}),
        elsewhere={form: judge_rule(cells, form, is_elsewhere=True) for form in FOLLOWED_FORMS},
        all={form: judge_rule(cells, form) for form in FOLLOWED_FORMS},
    )
