"""Numbers of the fourth edition on the page of evidence, from its frozen rows: cells, comparisons, and theories.

    numbers = fourth_numbers(FROZEN_FOLDER)   # the content of `fourth.json`
    numbers["loop"]["state"]                  # "begun": some of its trainings have run, nothing is judged
    numbers["map"]["contrast"]["agreed"]      # None, until every seed of both cells has run

A cell is *whole* once every seed that its sweep asks for has run. What judges (a median, a comparison, a headline, a
score) comes of whole cells alone; of the others the page says how many seeds have run. A comparison of two cells stands
only if the canonical pair and the single object say the same. *Order* is here what a model reads first. Every training
itself, with its curve, is in `dots.json`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

import numpy as np

from explorer.codec import Json, encode
from explorer.contract import CONTRACT
from explorer.evaluation.results import is_above_level
from explorer.runs.files import write_json
from explorer.study.evidence_store import FOURTH_FILE, FROZEN_FOLDER
from research.engine_rows import end_of, frozen_results, outcomes_of
from research.engine_runner import is_bound_at_end
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
    CellKey,
    arranged_cell,
    dose_cell,
    fresh_cell,
    map_cell,
)
from research.seed_statistics import SIGNIFICANCE
from research.theories import THEORIES, committed_forecasts, rank_theories

ComparisonWord = Literal["better", "worse", "same"]
"""One cell beside another: it is bound sooner, or binds higher at the end; the contrary; no difference is shown."""
FindingState = Literal["none", "begun", "kept", "holds", "divided", "refuted"]
"""States of a finding: no row; some rows; one side is whole; as expected; in one way of asking only; not so."""
FORMS = ("own", "canonical", "single")
AGREEING = ("canonical", "single")
"""The forms that must say the same of two cells."""
PANELS = {"fresh": fresh_cell("web"), "after": dose_cell("first", 46, "web"), "control": CONTROL}
"""Cells of the three figures on order."""
CARDS = {"A": map_cell(1, 1), "B": map_cell(0.5, 1), "C": arranged_cell("at-most-one", 0.5)}
"""Cells of the three captions. Each caption of B and C tells one color: they differ in the second thing being named."""
REPLICATIONS = ("torch",)
"""Experiments whose cells repeat data that torch's editions have: no new data for a theory."""


# ---- Cells


@dataclass(frozen=True, kw_only=True, slots=True)
class FormNumbers:
    """The ends and times of the seeds of a cell in one form of caption.

    Attributes:
        bound: Seeds that were bound in their last phase, by the usual rule.
        bound_at_end: Seeds that are bound at the end.
        median: Pairs until the middle seed is bound; None if it is not, or if the cell is not whole.
        end: Binding of the middle seed at the end; None if the cell is not whole, or nothing is asked in this form.
        is_kept: Whether most seeds are bound at the end; None if the cell is not whole.
    """

    bound: int
    bound_at_end: int
    median: float | None
    end: float | None
    is_kept: bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CellNumbers:
    """A cell: how many of its seeds have run, the pairs of each of its phases, and its numbers by form.

    `read` is the share of training captions in a form, 0 for one that it never read.
    """

    sweep: str
    label: str
    seeds: int
    ran: int
    phases: tuple[int, ...]
    read: Mapping[str, float]
    forms: Mapping[str, FormNumbers]

    @property
    def is_whole(self) -> bool:
        return self.ran >= self.seeds


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """The results of the sweeps, and the cells and comparisons that follow from them."""

    results: Mapping[str, Sequence[Json]]

    @classmethod
    def read(cls, folder: Path) -> "Rows":
        """Read what is frozen of every sweep."""
        return cls(results={name: frozen_results(name, folder) for name in engine_sweeps()})

    def of_cell(self, sweep: str, label: str) -> list[Json]:
        own = [each for each in self.results.get(sweep, ()) if each["condition"] == label]
        return sorted(own, key=lambda each: int(each["seed"]))

    def cell(self, sweep: str, label: str) -> CellNumbers:
        declared, own = get_engine_sweep(sweep), self.of_cell(sweep, label)
        is_whole = len(own) >= declared.seeds
        read = own[0]["read"] if own else {}
        return CellNumbers(
            sweep=sweep,
            label=label,
            seeds=declared.seeds,
            ran=len(own),
            phases=tuple(phase.pairs for phase in declared.cell(label).phases),
            read={form: read[form] for form in FORMS if form in read},
            forms={form: _form_numbers(own, form, is_whole) for form in FORMS},
        )

    def compare(self, one: CellKey, other: CellKey, judges: Literal["time", "end"]) -> dict[str, ComparisonWord | None]:
        """Compare one cell with another in the forms that must agree; `agreed` is what both say, else None.

        "time" asks which is bound sooner, "end" which binds higher at the end.
        """
        if not all(self.cell(*each).is_whole for each in (one, other)):
            return dict.fromkeys((*AGREEING, "agreed"))
        sides = [self.of_cell(*each) for each in (one, other)]
        found: dict[str, ComparisonWord | None] = {
            form: compare_seeds(*([_measure(each, form, judges) for each in side] for side in sides))
            for form in AGREEING
        }
        said = set(found.values())
        return {**found, "agreed": said.pop() if len(said) == 1 else None}


def _form_numbers(results: Sequence[Json], form: str, is_whole: bool) -> FormNumbers:
    times = [each["bound"].get(form) for each in results]
    bound_at_end = sum(is_bound_at_end(each, form) for each in results)
    ends = [end for each in results if (end := end_of(each, form)) is not None]
    middle = median(math.inf if time is None else time for time in times) if is_whole else math.inf
    return FormNumbers(
        bound=sum(time is not None for time in times),
        bound_at_end=bound_at_end,
        median=None if math.isinf(middle) else float(middle),
        end=median(ends) if is_whole and ends else None,
        is_kept=bound_at_end > len(results) / 2 if is_whole else None,
    )


def _measure(result: Json, form: str, judges: str) -> float:
    """Return what is smaller for a better seed: its time, infinity for never; or minus its binding at the end."""
    if judges == "time":
        time = result["bound"].get(form)
        return math.inf if time is None else float(time)
    return -(end_of(result, form) or 0.0)


def compare_seeds(one: Sequence[float], other: Sequence[float]) -> ComparisonWord:
    """Compare the seeds of two cells, of which smaller is better, by the exact rank-sum test; ties share their rank."""
    from scipy.stats import permutation_test, rankdata

    ranks = rankdata([*one, *other])
    groups = ranks[: len(one)], ranks[len(one) :]
    if np.ptp(ranks) == 0:
        return "same"
    test = permutation_test(
        groups,
        lambda first, _, axis: np.sum(first, axis=axis),
        vectorized=True,
        n_resamples=math.inf,
        rng=np.random.default_rng(0),
    )
    if test.pvalue > SIGNIFICANCE:
        return "same"
    return "better" if groups[0].mean() < groups[1].mean() else "worse"


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
        result = sorted(results, key=lambda each: end_of(each, "canonical") or 0.0)[len(results) // 2]
        curve = _canonical_curve(result)
        before = result["curves_before"]
        middle = {
            "seed": result["seed"],
            "start": before[-1][-1][1]["binding_accuracy"][0] if before else None,
            "lowest": min(curve, key=lambda at: at[1])[1],
            "end": curve[-1][1],
            "forgotten": _forgotten_at(curve),
        }
    lost = sum(is_unbound_at_some_test(each) for each in results)
    return {"cell": cell, "middle": middle, "lost": lost if cell.is_whole else None}


def _canonical_curve(result: Json) -> list[tuple[float, float, float]]:
    """Return (pairs, binding, its lower end) of the last phase of a result, in canonical captions."""
    batch = result["phases"][-1]["spec"]["train"]["batch_size"]
    return [(at["step"] * batch, *at["forms"]["canonical"]["binding_accuracy"][:2]) for at in result["curve"]]


def is_unbound_at_some_test(result: Json) -> bool:
    """Return True if a result was not bound at some test of its last phase, in canonical captions."""
    return any(not is_above_level(low) for _, _, low in _canonical_curve(result))


def _forgotten_at(curve: Sequence[tuple[float, float, float]]) -> float | None:
    """Return the pairs after which a model was never above the level again; None if it is at the end."""
    last = next((index for index in reversed(range(len(curve))) if is_above_level(curve[index][2])), -1)
    return None if last == len(curve) - 1 else curve[last + 1][0]


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


# ---- Theories


def theory_table(rows: Rows, forecasts: Json) -> dict[str, Any]:
    """Return the theories with what they say and how their committed forecasts met the whole cells, the best first.

    `cells` and `seeds` are those scored. `inside` and `judged` count cells that ask for a time; where a question is if
    a seed is bound at the end, the forecast is a probability, which has no inside.
    """
    outcomes = [
        outcome
        for sweep in engine_sweeps().values()
        if sweep.experiment not in REPLICATIONS
        for outcome in outcomes_of(sweep, rows.results.get(sweep.name, ()), forecasts)
    ]
    about = {name: {"name": name, "words": each.words, "number": each.number} for name, each in THEORIES.items()}
    if not outcomes:
        return {"cells": 0, "seeds": 0, "rows": list(about.values())}
    scores = rank_theories(outcomes)
    table = [
        {**about[name], "inside": score.inside, "judged": score.judged, "log_score": round(score.log_score, 3)}
        for name, score in scores.items()
    ]
    return {"cells": len(outcomes), "seeds": next(iter(scores.values())).seeds, "rows": table}


@dataclass(frozen=True, kw_only=True, slots=True)
class MissedCell:
    """A whole cell that asks how models end, and the probabilities that its seeds refute, by theory.

    A probability is refuted if the exact binomial test of the seeds says so at 5 %.
    """

    sweep: str
    label: str
    bound: int
    seeds: int
    probabilities: Mapping[str, float]


def missed_cells(rows: Rows, forecasts: Json) -> list[MissedCell]:
    """Return the whole cells in which the committed probability of some theory is refuted."""
    from scipy.stats import binomtest

    missed = []
    for sweep in engine_sweeps().values():
        cells = [cell.label for cell in sweep.cells] if sweep.judges == "end" else []
        for label in cells:
            cell = rows.cell(sweep.name, label)
            if not cell.is_whole:
                continue
            bound = cell.forms[sweep.form].bound_at_end
            forecast = forecasts["sweeps"][sweep.name]["cells"][label]["forecasts"]
            refuted = {
                name: numbers["bound"]
                for name, numbers in forecast.items()
                if binomtest(bound, cell.ran, numbers["bound"]).pvalue < SIGNIFICANCE
            }
            if refuted:
                missed.append(
                    MissedCell(sweep=sweep.name, label=label, bound=bound, seeds=cell.ran, probabilities=refuted)
                )
    return missed


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
