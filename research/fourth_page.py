"""Numbers of the fourth edition on the page of evidence, from the cells of `fourth_rows`: findings and theories.

    numbers = fourth_numbers(FROZEN_FOLDER)   # the content of `fourth.json`
    numbers["loop"]["state"]                  # "begun": some of its trainings have run, nothing is judged
    numbers["map"]["contrast"]["agreed"]      # None, until every seed of both cells has run

What judges (a headline, a score) comes of whole cells alone; of the others the page says how many seeds have run.
*Order* is here what a model reads first. Every training itself, with its curve, is in `dots.json`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from explorer.codec import encode
from explorer.contract import CONTRACT
from explorer.resources import FROZEN_FOLDER
from explorer.runs.files import write_json
from explorer.study.evidence_store import FOURTH_FILE
from research.engine_results import Score
from research.fourth import engine_sweeps, get_engine_sweep
from research.fourth_cells import (
    ARRANGED,
    CONTROL,
    DOSE_COLUMNS,
    DOSES,
    LOOP,
    NAMED,
    OTHER_RATES,
    RATE_CELLS,
    SHARES,
    SPARSE,
    arranged_cell,
    dose_cell,
    fresh_cell,
    map_cell,
)
from research.fourth_rows import AGREEING, CellNumbers, Rows, is_unbound_at_some_test
from research.theories import committed_forecasts
from research.theory_outcomes import theory_table

FindingState = Literal["none", "begun", "kept", "holds", "divided", "refuted"]
"""States of a finding: no row; some rows; one side is whole; as expected; in one way of asking only; not so."""
PANELS = {"fresh": fresh_cell("web"), "after": dose_cell("first", 46, "web"), "control": CONTROL}
"""Cells of the three figures on order."""
CARDS = {"A": map_cell(1, 1), "B": map_cell(0.5, 1), "C": arranged_cell("at-most-one", 0.5)}
"""Cells of the three captions. Each caption of B and C tells one color: they differ in the second thing being named."""


# ---- The loop


def _loop_numbers(rows: Rows) -> dict[str, Any]:
    """Return the way down and up of one model, trainings of fresh weights at the same shares, and where they part.

    Keys:
        state: Of the finding that a share keeps what it does not teach.
        down, up, fresh: Each a share told and its cell; fresh weights read four times the pairs of a step of the loop.
        kept: By form, the smallest share on the way down to which most seeds stayed bound, None for none.
        lost: The first share on the way down at which most were not, in canonical captions, None for none.
        regained: The first share on the way up at which most were bound again; None where nothing was lost.
        parted: The smallest share at which the model on its way down is bound and fresh weights are not.
    """
    ways: dict[str, list[tuple[float, CellNumbers]]] = {"down": [], "up": [], "fresh": []}
    for cell in get_engine_sweep(LOOP).cells:
        way, _, share = cell.label.partition(" to ")
        ways[way].append((float(share), rows.cell(LOOP, cell.label)))
    ways["fresh"] = [(share, rows.cell(*map_cell(1, share))) for share in SHARES]
    of_loop = [cell for way in ("down", "up") for _, cell in ways[way]]
    is_whole = all(cell.is_whole for cell in of_loop)
    kept = {form: _last_kept(ways["down"], form) if is_whole else None for form in AGREEING}
    lost = next((share for share, cell in ways["down"] if cell.forms["canonical"].is_kept is False), None)
    back = next((share for share, cell in ways["up"] if cell.forms["canonical"].is_kept), None)
    parted, divided = _shares_that_part(rows, ways)
    return {
        "state": _loop_state(of_loop, [cell for _, cell in ways["fresh"]], parted, divided),
        "ran": sum(cell.ran for cell in of_loop),
        "asked": sum(cell.seeds for cell in of_loop),
        **{way: [{"share": share, "cell": cell} for share, cell in cells] for way, cells in ways.items()},
        "kept": kept,
        "lost": lost if is_whole else None,
        "regained": back if is_whole and lost is not None else None,
        "parted": min(parted, default=None),
    }


def _last_kept(down: Sequence[tuple[float, CellNumbers]], form: str) -> float | None:
    kept = None
    for share, cell in down:
        if not cell.forms[form].is_kept:
            break
        kept = share
    return kept


def _shares_that_part(
    rows: Rows, ways: Mapping[str, Sequence[tuple[float, CellNumbers]]]
) -> tuple[list[float], list[float]]:
    """Return the shares at which one model keeps what fresh weights do not learn, in both forms, and in one only."""
    parted, divided = [], []
    on_the_way = dict(ways["down"])
    for share, fresh in ways["fresh"]:
        if (cell := on_the_way.get(share)) is not None:
            found = _contrast(rows, cell, fresh)
            if found == "holds":
                parted.append(share)
            elif found == "divided":
                divided.append(share)
    return parted, divided


def _contrast(rows: Rows, one: CellNumbers, other: CellNumbers) -> FindingState:
    """Say if most seeds of a cell are bound at the end and those of the other are not, and both forms say so."""
    if not (one.is_whole and other.is_whole):
        return "begun"
    compared = rows.compare((one.sweep, one.label), (other.sweep, other.label), "end")
    if not one.forms["canonical"].is_kept or other.forms["canonical"].is_kept or compared["canonical"] != "better":
        return "refuted"
    return "holds" if compared["agreed"] else "divided"


def _loop_state(
    loop: Sequence[CellNumbers], fresh: Sequence[CellNumbers], parted: Sequence[float], divided: Sequence[float]
) -> FindingState:
    if not any(cell.ran for cell in loop):
        return "none"
    if not all(cell.is_whole for cell in loop):
        return "begun"
    if parted:
        return "holds"
    if not all(cell.is_whole for cell in fresh):
        return "kept"
    return "divided" if divided else "refuted"


# ---- Order


def _order_numbers(rows: Rows) -> dict[str, Any]:
    """Return the three figures on order: fresh weights, tidy captions first, and the control; and the finding's state.

    A figure has its cell, and of the middle seed by its end, if the cell is whole: the seed, its binding at the end of
    the tidy pairs, its lowest afterwards, its end, and the pairs after which it was never bound again, None if it is.
    `lost` counts the seeds that were not bound at some test of the last phase.
    """
    figures = {name: _figure(rows, *key) for name, key in PANELS.items()}
    state = _contrast(rows, *(rows.cell(*PANELS[name]) for name in ("after", "fresh")))
    if not any(rows.of_cell(*key) for key in PANELS.values()):
        state = "none"
    return {"state": state, "compared": rows.compare(PANELS["after"], PANELS["fresh"], "end"), **figures}


def _dose_numbers(rows: Rows) -> list[dict[str, Any]]:
    """Return the cells of each dose by where it stands, None for one that no sweep has, after each sparse captions."""
    return [
        {
            "after": sparse,
            "rows": [
                {
                    "dose": dose,
                    "cells": {
                        column: _cell_if_declared(rows, *dose_cell(column, dose, sparse)) for column in DOSE_COLUMNS
                    },
                }
                for dose in DOSES
            ],
        }
        for sparse in SPARSE
    ]


def _cell_if_declared(rows: Rows, sweep: str, label: str) -> CellNumbers | None:
    is_declared = any(cell.label == label for cell in get_engine_sweep(sweep).cells)
    return rows.cell(sweep, label) if is_declared else None


def _figure(rows: Rows, sweep: str, label: str) -> dict[str, Any]:
    cell, results = rows.cell(sweep, label), rows.of_cell(sweep, label)
    middle = None
    if cell.is_whole:
        result = sorted(results, key=lambda each: each.end_share("canonical"))[len(results) // 2]
        curve = result.curve_by_pairs("canonical")
        before = result.curves_before
        middle = {
            "seed": result.seed,
            "start": before[-1][-1].scores["binding_accuracy"].value if before else None,
            "lowest": min(binding.value for _, binding in curve),
            "end": curve[-1][1].value,
            "forgotten": _forgotten_at(curve),
        }
    lost = sum(is_unbound_at_some_test(each) for each in results)
    return {"cell": cell, "middle": middle, "lost": lost if cell.is_whole else None}


def _forgotten_at(curve: Sequence[tuple[int, Score]]) -> int | None:
    """Return the pairs after which a model was never above the level again; None if it is at the end."""
    first = None
    for pairs, binding in reversed(curve):
        if binding.is_bound:
            break
        first = pairs
    return first


# ---- The map


def _map_numbers(rows: Rows) -> dict[str, Any]:
    """Return the grid of cells by share told and things named, arrangements, three cards, and comparisons by time.

    Keys:
        cards: The cell of each letter.
        contrast: Not naming a thing (B) beside naming it without its color (C).
        rows: For each share told its cells by things named, and one named compared with both named.
        arrangement: For each share told the cells in which values stand independently, together, and one at most; the
            second and the third are compared with the first.
        rates: The cells of a quarter told at the usual learning rate and at lower ones.
    """
    return {
        "cards": {letter: rows.cell(*key) for letter, key in CARDS.items()},
        "contrast": rows.compare(CARDS["B"], CARDS["C"], "time"),
        "rows": [
            {
                "share": share,
                "cells": [rows.cell(*map_cell(named, share)) for named in NAMED],
                "compared": rows.compare(map_cell(0.5, share), map_cell(1, share), "time"),
            }
            for share in SHARES
        ],
        "arrangement": [
            {
                "share": share,
                "cells": [
                    rows.cell(*key) for key in (map_cell(1, share), *(arranged_cell(kind, share) for kind in ARRANGED))
                ],
                "compared": [rows.compare(arranged_cell(kind, share), map_cell(1, share), "time") for kind in ARRANGED],
            }
            for share in SHARES
            if share <= 0.5
        ],
        "rates": [rows.cell(*key) for key in RATE_CELLS],
    }


# ---- All of it


def fourth_numbers(folder: Path) -> dict[str, Any]:
    """Return the numbers of the page as plain JSON, of the rows in `folder` and the frozen forecasts of the theories.

    Keys:
        engine: The version of the arithmetic that trained the rows.
        trainings: How many have `ran` and are `asked` for, by experiment in the order of running.
        order, doses, loop, map, theories: See `_order_numbers`, `_dose_numbers`, `_loop_numbers`, `_map_numbers`, and
            `theory_table`.
        slow_dose: The cell of tidy captions that come last, after a quarter told, at a quarter of the learning rate.
    """
    rows = Rows.read(folder)
    trainings: dict[str, dict[str, int]] = {}
    for name, sweep in engine_sweeps().items():
        counts = trainings.setdefault(sweep.experiment, {"ran": 0, "asked": 0})
        counts["ran"] += len(rows.results[name])
        counts["asked"] += sweep.num_trainings
    return dict(
        encode(
            {
                "engine": CONTRACT.engine_version,
                "trainings": trainings,
                "order": _order_numbers(rows),
                "doses": _dose_numbers(rows),
                "slow_dose": rows.cell(*OTHER_RATES["a quarter of the rate"][0]),
                "loop": _loop_numbers(rows),
                "map": _map_numbers(rows),
                "theories": theory_table(rows, committed_forecasts()),
            }
        )
    )


def write_fourth_page() -> Path:
    """Write the numbers into the folder of the evidence; return the path of the file."""
    write_json(FROZEN_FOLDER / FOURTH_FILE, fourth_numbers(FROZEN_FOLDER))
    return FROZEN_FOLDER / FOURTH_FILE
