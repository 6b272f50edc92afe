"""The same cells by torch, and how long they take beside the engine's: the ratio of times with its interval.

    train_by_torch(job)                            # TorchResult(pairs=92160, bound={"own": 14336, ...}, ...)
    time_ratio_of_engines(engine, torch)           # Interval(value=1.02, low=0.95, high=1.1): the engine's over torch's

Torch's rows stand in files of their own and are never pooled with the engine's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.clip.fresh import fresh_clip
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.report import QuickEvaluation
from explorer.spec import evaluated_steps
from explorer.training.loop import Trainer
from explorer.world.grammar import Grammar
from explorer.world.plan import make_plan
from explorer.world.worlds import WORLDS
from research.engine_results import EngineResult, Evaluation, Score, bound_pairs
from research.engine_runner import Job
from research.fourth import scene_seed
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


def train_by_torch(job: Job) -> TorchResult:
    """Train the last phase of a job by torch in this process, evaluated at the engine's steps on its scenes."""
    spec = job.specs[-1]
    world, train = WORLDS[spec.data.world], spec.train
    grammar = Grammar(world, spec.data)
    clip = fresh_clip(train, grammar)
    evaluation = QuickEvaluation(clip, world, spec.data, seed=scene_seed(job.seed))
    evaluated = evaluated_steps(train.steps)
    curve = [_curve_point(0, evaluation)]
    for record in Trainer(make_plan(spec.data, world, seed=train.seed), train, grammar, clip).records():
        if record.step in evaluated:
            curve.append(_curve_point(record.step, evaluation))
    return TorchResult(
        sweep=job.sweep.name,
        condition=job.cell.label,
        seed=job.seed,
        pairs=train.pairs,
        bound=bound_pairs(curve, train.batch_size),
        curve=tuple(curve),
    )


def _curve_point(step: int, evaluation: QuickEvaluation) -> Evaluation:
    forms = {}
    for form, metrics in evaluation.measure().items():
        binding = metrics["binding_accuracy"]
        assert binding.value is not None and binding.low is not None, "the forms have scenes with a swap"
        forms[form] = {"binding_accuracy": Score(round(binding.value, 5), round(binding.low, 5), binding.n)}
    return Evaluation(step=step, forms=forms)


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
