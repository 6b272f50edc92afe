"""The same cells by torch.

train_by_torch(job)    # TorchResult(pairs=92160, bound={"own": 14336, ...}, ...)
"""

from explorer.clip.fresh import fresh_clip
from explorer.evaluation.report import QuickEvaluation
from explorer.spec import evaluated_steps
from explorer.training.loop import Trainer
from explorer.world.grammar import Grammar
from explorer.world.plan import make_plan
from explorer.world.worlds import WORLDS
from research.engine_results import Evaluation, Score, bound_pairs
from research.engine_runner import Job
from research.fourth import scene_seed
from research.torch_results import TorchResult


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
