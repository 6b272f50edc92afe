"""Measured cells are those of the rows; the rule of the nearest one is judged on each that is left out."""

import json
import math
from pathlib import Path

import pytest

from explorer.contract import CONTRACT
from explorer.presets import PRESETS
from explorer.resources import FROZEN_FOLDER
from explorer.spec import override
from explorer.study.cells import CellSeed, MeasuredCell, coordinates_of, load_cells
from research.cells import Judgement, cells_document, judge_rule, write_cells
from research.engine_rows import freeze_results
from research.fourth_cells import ARRANGEMENT, LOOP, MAP
from research.rows import frozen_rows, spec_of
from research.tests.made_rows import made_cell, made_result, write_made


@pytest.mark.slow
def test_the_frozen_cells_are_those_of_the_rows() -> None:
    frozen = json.loads((FROZEN_FOLDER / "cells.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(cells_document())) == frozen, "run python -m research write"


def test_a_cell_has_each_seed_of_its_rows_once_by_hand() -> None:
    """Tidy captions, 46,080 pairs, the second edition: worked on the rows themselves."""
    rows = [
        row
        for row in frozen_rows(sweeps=["with-headroom", "naming-cliff"])
        if coordinates_of(spec_of(row)) == coordinates_of(next(iter(PRESETS.values())).spec) and row["pairs"] == 46_080
    ]
    by_seed = {row["seed"]: (row["bound.own.step"], row["canonical.binding_accuracy.value"]) for row in rows}
    [cell] = [
        each
        for each in load_cells()
        if each.edition == 2 and each.pairs == 46_080 and coordinates_of(each.spec) == coordinates_of(spec_of(rows[0]))
    ]
    assert len(cell.seeds) == len(by_seed) == 5 and cell.engine is None
    for seed, (step, end) in zip(cell.seeds, (by_seed[each] for each in sorted(by_seed)), strict=True):
        assert seed.own == step * 256 and abs(seed.end - end) <= 0.0005


def test_of_the_engine_only_whole_cells_of_one_phase_count(tmp_path: Path) -> None:
    made = [
        *made_cell(MAP, "named 1, told 1", [13_056, 14_848, 11_520, 13_056, None]),
        *made_cell(MAP, "named 1, told 0.5", [43_520, 39_424]),  # three of five seeds are missing
        *made_cell(ARRANGEMENT, "at-most-one, told 0.5", [None] * 5),
        *[made_result(LOOP, "down to 0.7", seed, bound=0) for seed in (40, 41, 42)],  # from a model that binds
    ]
    write_made(tmp_path, made)
    freeze_results(tmp_path, tmp_path)
    write_cells(tmp_path)
    cells = load_cells(tmp_path)
    assert [(each.edition, each.engine, each.pairs, len(each.seeds)) for each in cells] == [
        (4, CONTRACT.engine_version, 184_320, 5)
    ] * 2
    whole = next(each for each in cells if each.spec.data.told_together == "independent")
    assert sorted(seed.own or math.inf for seed in whole.seeds) == [11_520, 13_056, 13_056, 14_848, math.inf]
    assert whole.seeds[-1] == CellSeed(own=None, canonical=None, end=0.55)


def test_two_sweeps_that_trained_the_same_seeds_make_one_cell(tmp_path: Path) -> None:
    made = [
        *made_cell(MAP, "named 1, told 0.35", [None] * 5),
        *made_cell("wall", "told 0.35, 184 thousand pairs", [None] * 3),
    ]
    write_made(tmp_path, made)
    freeze_results(tmp_path, tmp_path)
    [cell] = cells_document(tmp_path)["cells"]
    assert len(cell["seeds"]) == 5 and cell["differs"] == {"attribute_density": 0.35, "steps": 720}


def test_a_rule_is_judged_on_what_others_say_of_a_cell() -> None:
    tidy = next(iter(PRESETS.values())).spec

    def cell(density: float, steps: int, *times: int | None) -> MeasuredCell:
        spec = override(tidy, {"attribute_density": density, "steps": steps})
        seeds = tuple(CellSeed(own=at, canonical=at, end=0.9) for at in times)
        return MeasuredCell(spec=spec, edition=2, engine=None, seeds=seeds)

    cells = [
        cell(1.0, 180, 13_000, 14_000, 15_000),  # told by 0.9: right, and close
        cell(0.9, 180, 20_000, 30_000, None),  # told by 1.0: right that most bind, not close
        cell(0.5, 180, None, None, 40_000),  # told by the longer one, whose middle seed is later: right
        cell(0.5, 720, 40_000, 50_000, 60_000),  # told by the shorter one, where most were not bound: wrong
        cell(0.1, 180, None),  # nothing is near
    ]
    assert judge_rule(cells, "own") == Judgement(cells=5, said=4, called=3, timed=2, close=0)
    assert judge_rule(cells, "own", is_elsewhere=True) == Judgement(cells=5, said=2, called=2, timed=2, close=0)
    cells[1] = cell(0.9, 180, 20_000, 21_000, None)
    assert judge_rule(cells, "canonical") == Judgement(cells=5, said=4, called=3, timed=2, close=2)


@pytest.mark.slow
def test_the_shipped_rule_is_right_where_it_speaks_of_another_place() -> None:
    """What docs/study-methods.md says of it; wider distances were not as good."""
    for form in ("own", "canonical"):
        judged = judge_rule(load_cells(), form, is_elsewhere=True)
        assert judged.said >= 30 and judged.called >= 0.9 * judged.said and judged.close >= 0.9 * judged.timed
