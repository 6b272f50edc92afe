"""Commands of the fourth edition: `plan`, `run` and `repeat` its trainings, forecast and score them, freeze its rows.

python -m research plan                                 # trainings and hours of a core, by experiment
python -m research run loop map --jobs 2                # what is missing of them; again after any interruption
python -m research run --json                           # every experiment, in their order
python -m research repeat --rows 10 --seed 7 --json     # {"repeated": 10, "equal": 10, ...}
"""

import os
from dataclasses import asdict
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import Annotated, Any, Literal

import numpy as np

from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError
from explorer.replication.ledger import Ledger
from explorer.replication.questions import OPEN_LIST, read_open_list
from explorer.resources import FROZEN_FOLDER
from explorer.tools.options import Document, print_to_stderr
from explorer.views.registry import in_range
from research.browser_repeat import train_in_browser
from research.cells import write_cells
from research.dots import write_dots
from research.engine_results import open_results, read_results
from research.engine_rows import freeze_results
from research.engine_runner import (
    MAX_REPEATED_PAIRS,
    Job,
    Train,
    open_jobs,
    repeat_rows,
    run_sweeps,
    train_in_node,
)
from research.fourth import ORDER_OF_RUNNING, EngineSweep, chain_key, engine_sweeps, get_engine_sweep
from research.fourth_cells import TORCH_SWEEP
from research.fourth_page import write_fourth_page
from research.judge_open import freeze_judged, judge_answered, retrain
from research.theories import make_theory_forecasts, write_theories
from research.theory_outcomes import score_experiments
from research.torch_results import read_torch_results, time_ratio_of_engines, torch_name

RESULTS = FROZEN_FOLDER / "fourth"
"""One line a result, committed as they come."""
SCRATCH = Path("sweeps") / "chains"
CORE_S_PER_PAIR = 0.0011
"""Cost of a training of the model `small` with its evaluations, beside other programs, until results tell it."""


def plan(*, out: Path = RESULTS) -> Document:
    """Count what is missing of the fourth edition: trainings, pairs and hours of a core, by experiment.

    Args:
        out: folder of results
    """
    pace = seconds_per_pair(out)
    experiments: dict[str, Any] = {}
    counted = set[str]()
    for sweep in engine_sweeps().values():
        trainings, pairs = _count_missing(open_jobs(sweep, out), counted)
        about = experiments.setdefault(sweep.experiment, {"sweeps": [], "trainings": 0, "pairs": 0})
        about["sweeps"].append(sweep.name)
        about["trainings"] += trainings
        about["pairs"] += pairs
    for about in experiments.values():
        about["core_hours"] = round(about["pairs"] * pace / 3600, 1)
    return {
        "experiments": experiments,
        "core_hours": round(sum(each["pairs"] for each in experiments.values()) * pace / 3600, 1),
        "core_s_per_1000_pairs": round(1000 * pace, 3),
        "order": [each for each in ORDER_OF_RUNNING if each in experiments],
    }


def _count_missing(jobs: list[Job], counted: set[str]) -> tuple[int, int]:
    """Return the trainings that jobs need beside those counted already, and their pairs."""
    trainings = pairs = 0
    for job in jobs:
        for index, phase in enumerate(job.cell.phases):
            key = chain_key(job.specs[: index + 1], seed=job.seed)
            if key not in counted:
                counted.add(key)
                trainings, pairs = trainings + 1, pairs + phase.pairs
    return trainings, pairs


def seconds_per_pair(out: Path) -> float:
    """Return the seconds of a core that a pair took in the results so far, else a guess."""
    phases = [phase for name in engine_sweeps() for each in read_results(out, name) for phase in each.phases]
    pairs = sum(each.spec.train.pairs for each in phases)
    return sum(each.core_s for each in phases) / pairs if pairs else CORE_S_PER_PAIR


def run(
    *names: str,
    jobs: Annotated[int, in_range(1, 64)] = 2,
    out: Path = RESULTS,
    scratch: Path = SCRATCH,
    most: Annotated[int, in_range(1, 100_000)] | None = None,
) -> Document:
    """Train what is missing of sweeps of the fourth edition by the browser's engine, one line a result.

    Args:
        names: sweeps or letters of experiments; default all, in their order
        jobs: trainings at a time, one thread each
        out: folder of results
        scratch: folder of weights from which further phases go on
        most: end after so many results
    """
    return run_sweeps(_chosen_sweeps(names), results=out, scratch=scratch, jobs=jobs, tell=print_to_stderr, most=most)


def _chosen_sweeps(names: tuple[str, ...]) -> list[EngineSweep]:
    """Return the sweeps of these names or experiments, all without any."""
    chosen = list[EngineSweep]()
    for name in names:
        of_experiment = [each for each in engine_sweeps().values() if each.experiment == name]
        chosen += of_experiment or [get_engine_sweep(name)]
    return chosen or list(engine_sweeps().values())


def repeat(
    *,
    rows: Annotated[int, in_range(1, 1000)] = 10,
    seed: Annotated[int, in_range(0, 2**31)] = 0,
    most_pairs: Annotated[int, in_range(1, 10**9)] = MAX_REPEATED_PAIRS,
    jobs: Annotated[int, in_range(1, 64)] = 2,
    browser: Literal["chromium", "firefox"] | None = None,
    out: Path = RESULTS,
    scratch: Path = SCRATCH,
) -> Document:
    """Train random rows of the fourth edition once more, from fresh weights, and compare every digest.

    Each row is told as it ends, with its key, its seconds, and the saved step from which it differs if it does.

    Args:
        rows: number of rows
        seed: of the draw of rows
        most_pairs: rows of more, all their phases together, are not drawn
        jobs: trainings at a time
        browser: train them in this browser, in place of Node
        out: folder of results
        scratch: folder in which they are trained
    """
    # Cells of several sweeps share trainings, and one that is drawn twice would be trained in one folder by two.
    results = list(
        {
            each.key: each
            for name in engine_sweeps()
            for each in read_results(out, name)
            if each.all_pairs <= most_pairs and each.engine == CONTRACT.engine_version
        }.values()
    )
    if not results:
        raise UserError("out", NO_VALUE, f"holds no result of this engine with {most_pairs:,} pairs or fewer")
    order = np.random.default_rng(seed).permutation(len(results))[:rows]
    print_to_stderr(f"{len(order)} of {len(results)} rows are trained again in {browser or 'node'}, {jobs} at a time")
    train: Train = partial(train_in_node, scratch)
    if browser is not None:
        train = lambda specs, _: train_in_browser(browser, specs)  # noqa: E731
    repeats = repeat_rows([results[index] for index in order], train, jobs=jobs, tell=print_to_stderr)
    different = [each for each in repeats if each.first_difference is not None]
    return {
        "repeated": len(repeats),
        "equal": len(repeats) - len(different),
        "different": [
            {"sweep": each.sweep, "condition": each.condition, "seed": each.seed, "parts": each.first_difference}
            for each in different
        ],
        "rows": [
            {"sweep": each.sweep, "condition": each.condition, "seed": each.seed, "seconds": each.seconds}
            for each in repeats
        ],
        "drawn_from": len(results),
        "in": browser or "node",
        "engine": CONTRACT.engine_version,
    }


def torch(name: str = TORCH_SWEEP, /, *, out: Path = RESULTS) -> Document:
    """Train the cells of a sweep by torch, and state the ratio of the engine's times to torch's with its interval.

    Args:
        name: sweep of the fourth edition whose cells have one phase
        out: folder of results; torch's stand in a file of their own
    """
    from research.torch_side import train_by_torch

    sweep = get_engine_sweep(name)
    known = {(each.condition, each.seed) for each in read_torch_results(out, name)}
    with open_results(out, torch_name(name)) as append:
        for job in (Job(sweep=sweep, cell=cell, seed=seed) for seed in sweep.all_seeds for cell in sweep.cells):
            if (job.cell.label, job.seed) not in known:
                append(train_by_torch(job))
                print_to_stderr(f"{name}, {job.cell.label}, seed {job.seed}: trained by torch")
    by_torch, by_engine = read_torch_results(out, name), read_results(out, name)
    ratio = time_ratio_of_engines(by_engine, by_torch) if by_engine else None
    return {"torch": len(by_torch), "engine": len(by_engine), "ratio": ratio and asdict(ratio)}


def theory_scores(*, out: Path = RESULTS) -> Document:
    """Score the committed forecasts of every theory on the cells of which every seed has run, by experiment.

    Args:
        out: folder of results
    """
    scored = score_experiments(out)
    return {
        experiment: {name: asdict(each) for name, each in by_theory.items()} for experiment, by_theory in scored.items()
    }


def freeze(*, out: Path = RESULTS) -> Document:
    """Freeze the results of the fourth edition: rows of each sweep that has begun, and what the page draws and says.

    Args:
        out: folder of results
    """
    frozen, dots = freeze_results(out), write_dots(out, FROZEN_FOLDER)
    write_fourth_page()
    write_cells()
    return {"frozen": frozen, "dots": dots}


def page() -> Document:
    """Write what the page says of the fourth edition again, from rows that are frozen already."""
    return {"file": str(write_fourth_page())}


def judge_open(folder: Path, /, *, questions: Path = OPEN_LIST, jobs: Annotated[int, in_range(1, 64)] = 2) -> Document:
    """Audit the results of answered open questions, freeze their rows, and write the verdicts, once.

    Args:
        folder: folder of results of a server, `.open` in that of its runs
        questions: the list that it had
        jobs: trainings at a time
    """
    if not os.path.isdir(folder):  # which says no to a name that is too long, where pathlib raises
        raise UserError("FOLDER", folder, "is no folder of results")
    ledger = Ledger(folder, read_open_list(questions))
    judged = judge_answered(ledger, train=retrain, rng=SystemRandom(), jobs=jobs, tell=print_to_stderr)
    files = freeze_judged(ledger.listed, judged)
    return {
        "files": files,
        "questions": {
            each.question.name: {
                "verdict": each.verdict.sentence,
                "scores": dict(each.verdict.scores),
                "trainings": len(each.results),
                "audited": sorted(each.audited),
                "refuted": sorted(each.refuted),
            }
            for each in judged
        },
    }


def theory_forecasts() -> Document:
    """Write what every theory predicts of every cell of the fourth edition, before any of it runs."""
    forecasts = make_theory_forecasts()
    path = write_theories(forecasts)
    cells = sum(len(each["cells"]) for each in forecasts["sweeps"].values())
    return {"file": str(path), "theories": len(forecasts["theories"]), "cells": cells}
