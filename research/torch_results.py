"""Trainings by torch of cells of the fourth edition, and how long they take beside the engine's: the ratio of times.

    read_torch_results(folder, "torch-against-engine")    # [TorchResult(condition="both named, told 1", ...), ...]
    time_ratio_of_engines(engine, torch)                  # Interval(value=1.02, low=0.95, high=1.1): engine over torch

Torch's results stand in a file of their own and are never pooled with the engine's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from explorer.errors import NO_VALUE, UserError
from research.engine_results import EngineResult, Evaluation, read_lines, results_file
from research.frozen_law import Interval
from research.time_model import Likelihood


@dataclass(frozen=True, kw_only=True, slots=True)
class TorchResult:
    """A training by torch, with those fields of an `EngineResult` that are compared."""

    sweep: str
    condition: str
    seed: int
    by: Literal["torch"] = "torch"
    pairs: int
    bound: Mapping[str, int | None]
    curve: tuple[Evaluation, ...]


def torch_name(sweep: str) -> str:
    """Return the name under which torch's results of a sweep stand beside the engine's."""
    return f"{sweep}-by-torch"


def read_torch_results(folder: Path, sweep: str) -> list[TorchResult]:
    """Return torch's results of a sweep, none without the file; see `read_lines`."""
    return read_lines(results_file(folder, torch_name(sweep)), TorchResult)


def time_ratio_of_engines(engine: Sequence[EngineResult], torch: Sequence[TorchResult]) -> Interval:
    """Return the time of the engine's trainings over torch's, over all conditions with a bound seed on either side.

    Log times are normal around a mean of each condition, right-censored at the budget, and the engine shifts all by the
    same; the interval allows for conditions that it shifts by more or less.

    Raises:
        UserError: Fewer than two conditions have a bound seed.
    """
    sides: tuple[tuple[float, Sequence[EngineResult | TorchResult]], ...] = ((1.0, engine), (0.0, torch))
    rows = [(row, side) for side, results in sides for row in results]
    names = sorted({row.condition for row, _ in rows if row.bound["own"] is not None})
    used = [(row, side) for row, side in rows if row.condition in names]
    if len(names) < 2:
        raise UserError("results", NO_VALUE, "have fewer than two conditions with a bound seed, so there is no ratio")
    design = np.array([[side, *(float(row.condition == name) for name in names)] for row, side in used])
    likelihood = Likelihood(
        design=design,
        log_times=np.log([row.bound["own"] or row.pairs for row, _ in used]),
        is_bound=np.array([row.bound["own"] is not None for row, _ in used]),
    )
    best = likelihood.maximize()
    errors = likelihood.clustered_errors(best, [row.condition for row, _ in used])
    return Interval.from_log(float(best[0]), float(errors[0]))
