"""The rivals' committed forecasts beside the rows of the fourth edition: outcomes of whole cells, and scores.

outcomes_of(sweep, results, forecasts)   # [SeedOutcomes(times=(14336, ...), ...), ...]
score_experiments(results_folder)        # {"a": {"threshold": TheoryScore(...), ...}, ...}
missed_cells(rows, forecasts)            # [MissedCell(label="...", bound=0, seeds=5, ...), ...]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.codec import Json
from research.engine_results import EngineResult
from research.engine_runner import whole_results
from research.fourth import EngineSweep, engine_sweeps
from research.fourth_rows import CellNumbers, Rows
from research.grouping import group_by
from research.seed_statistics import SIGNIFICANCE
from research.theories import THEORIES, SeedOutcomes, TheoryScore, committed_forecasts, rank_theories

REPLICATIONS = ("torch",)
"""Experiments whose cells repeat data that torch's editions have: no new data for a theory."""


def outcomes_of(sweep: EngineSweep, results: Sequence[EngineResult], forecasts: Json) -> list[SeedOutcomes]:
    """Return what came of each cell of which every seed has run, beside its committed forecasts."""
    committed, outcomes = forecasts["sweeps"][sweep.name]["cells"], []
    for label, seeds in group_by(results, lambda each: each.condition).items():
        if len(seeds) < sweep.seeds:
            continue
        about = {"forecasts": committed[label]["forecasts"], "budget": sweep.cell(label).pairs}
        if sweep.judges == "end":
            outcomes.append(SeedOutcomes(**about, ends=tuple(each.is_bound_at_end(sweep.form) for each in seeds)))
        else:
            outcomes.append(SeedOutcomes(**about, times=tuple(each.bound[sweep.form] for each in seeds)))
    return outcomes


def score_experiments(results: Path) -> dict[str, dict[str, TheoryScore]]:
    """Return the scores of all theories by experiment, the best first, over the cells of which every seed has run."""
    forecasts = committed_forecasts()
    by_experiment: dict[str, list[SeedOutcomes]] = {}
    for sweep in engine_sweeps().values():
        outcomes = outcomes_of(sweep, whole_results(sweep, results), forecasts)
        by_experiment.setdefault(sweep.experiment, []).extend(outcomes)
    return {experiment: rank_theories(outcomes) for experiment, outcomes in by_experiment.items() if outcomes}


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

    A probability is refuted if twice the smaller tail of the exact binomial test of the seeds is below the level.
    """

    sweep: str
    label: str
    bound: int
    seeds: int
    probabilities: Mapping[str, float]


def missed_cells(rows: Rows, forecasts: Json, *, level: float = SIGNIFICANCE) -> list[MissedCell]:
    """Return the whole cells in which the committed probability of some theory is refuted at a level."""
    missed = []
    for sweep, cell in _asked_of_theories(rows):
        bound = cell.forms[sweep.form].bound_at_end
        forecast = forecasts["sweeps"][sweep.name]["cells"][cell.label]["forecasts"]
        refuted = {
            name: numbers["bound"]
            for name, numbers in forecast.items()
            if _tail(bound, cell.ran, numbers["bound"]) < level / 2
        }
        if refuted:
            missed.append(
                MissedCell(sweep=sweep.name, label=cell.label, bound=bound, seeds=cell.ran, probabilities=refuted)
            )
    return missed


def count_tests(rows: Rows, forecasts: Json) -> int:
    """Return how many tests `missed_cells` makes: one of each theory in each whole cell that asks how models end."""
    return len(_asked_of_theories(rows)) * len(forecasts["theories"])


def _asked_of_theories(rows: Rows) -> list[tuple[EngineSweep, CellNumbers]]:
    """Return the whole cells that ask how models end, with their sweeps."""
    cells = (
        (sweep, rows.cell(sweep.name, cell.label))
        for sweep in engine_sweeps().values()
        if sweep.judges == "end"
        for cell in sweep.cells
    )
    return [(sweep, cell) for sweep, cell in cells if cell.is_whole]


def _tail(bound: int, seeds: int, probability: float) -> float:
    """Return the smaller tail of the exact binomial test.

    SciPy's two-sided p-value adds only outcomes of the other tail that are no likelier, so that .503 would be refuted
    by 0 of 5 and .5 not.
    """
    from scipy.stats import binomtest

    return min(binomtest(bound, seeds, probability, side).pvalue for side in ("less", "greater"))
