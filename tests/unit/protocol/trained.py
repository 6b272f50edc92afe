"""The part of the protocol that torch computes: steps of optimizers, losses of short runs, scores of shipped models.

    train_parts()["losses"]["siglip"][2]["loss"]      # the third step of a run with the sigmoid loss
    python -m tests.unit.protocol.trained [PART ...]   # the same as JSON

Another computer or another build of torch gives other last digits, so `golden` compares with a tolerance.
"""

import json
import sys
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import nn

from explorer.clip.card import SHIPPED
from explorer.clip.fresh import fresh_clip
from explorer.clip.zoo import load_clip
from explorer.evaluation import metrics
from explorer.evaluation.embed import embed_set
from explorer.evaluation.report import score_metrics, summarize_scores
from explorer.evaluation.sets import make_set
from explorer.presets import PRESETS
from explorer.spec import DataSpec, TrainSpec
from explorer.training.loop import Trainer
from explorer.training.optimizer import make_optimizers, set_rate
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar
from explorer.world.plan import make_plan
from explorer.world.worlds import WORLDS

STEPS = 3
RUNS: dict[str, tuple[DataSpec, TrainSpec]] = {
    "clip": (
        PRESETS["two-kinds"].spec.data,
        TrainSpec(batch_size=64, hard_negatives=1.0, steps=20, precision="fp32"),
    ),
    "siglip": (
        PRESETS["binding-friendly"].spec.data,
        TrainSpec(batch_size=64, loss="siglip", optimizer="adamw", learning_rate=2e-4, steps=20, precision="fp32"),
    ),
    "masked": (
        PRESETS["web-like"].spec.data,
        TrainSpec(batch_size=64, hard_negatives=0.5, mask_false_negatives=True, steps=20, precision="fp32"),
    ),
}
"""Both losses, both optimizers, hard negatives and masking; the warm-up of 20 steps ends at the third.

The sigmoid loss takes small steps here: at the usual rate it amplifies rounding a thousandfold within three steps.
"""

MODELS = ("things-bound", "things-web")
SCENES, COSINES, WEIGHTS = 200, 6, 4


def train_parts(parts: Sequence[str] = ()) -> dict[str, Any]:
    """Return the named parts, or all of them."""
    return {name: PARTS[name]() for name in parts or PARTS}


def record_losses() -> dict[str, list[dict[str, float]]]:
    """Return what the first steps of each run of `RUNS` record."""
    return {name: [_record(record) for record in _records(*RUNS[name])] for name in RUNS}


def _records(data: DataSpec, train: TrainSpec) -> Any:
    world = WORLDS[data.world]
    grammar = Grammar(world)
    clip = fresh_clip(train, grammar)
    return islice(Trainer(make_plan(data, world, seed=train.seed), train, grammar, clip).records(), STEPS)


def _record(record: Any) -> dict[str, float]:
    names = ("loss", "chance_loss", "learning_rate", "logit_scale", "gradient_norm")
    rates = ("hard_negatives", "hard_negatives_true", "duplicate_captions", "false_negatives")
    return {name: getattr(record, name) for name in names} | {name: record.rates[name] for name in rates}


class _FewWeights(nn.Module):
    """A matrix of a transformer block, and one parameter of each other kind that the optimizers tell apart."""

    def __init__(self) -> None:
        super().__init__()
        self.resblocks = nn.ParameterList([torch.empty(6, 4), torch.empty(4, 6), torch.empty(5)])
        self.embedding = nn.Parameter(torch.empty(5, 3))


def optimizer_steps() -> dict[str, dict[str, list[float]]]:
    """Return some weights after a whole schedule along given gradients, which keep rounding from growing."""
    return {name: _run_steps(TrainSpec(optimizer=name, learning_rate=0.01, steps=40)) for name in ("muon", "adamw")}


def _run_steps(train: TrainSpec) -> dict[str, list[float]]:
    model = _FewWeights()
    stream = Stream(seed=0, name="train", index=np.arange(train.steps + 1))
    sizes = [parameter.numel() for parameter in model.parameters()]
    rows = torch.as_tensor(stream.below("pick", 2001, sum(sizes)) / 1000 - 1, dtype=torch.float32).split(sizes, dim=1)
    with torch.no_grad():
        for parameter, values in zip(model.parameters(), rows, strict=True):
            parameter.copy_(values[train.steps].view_as(parameter))
    optimizers = make_optimizers(model, train)
    for step in range(train.steps):
        set_rate(optimizers, train, step)
        for parameter, values in zip(model.parameters(), rows, strict=True):
            parameter.grad = values[step].view_as(parameter).clone()
        for optimizer in optimizers:
            optimizer.step()
    return {name: parameter.detach().flatten()[:WEIGHTS].tolist() for name, parameter in model.named_parameters()}


def scores() -> dict[str, Any]:
    """Return the metrics and a few cosines of shipped models in the canonical form and in their own."""
    return {f"{name}.{form}": _scores(name, form) for name in MODELS for form in ("canonical", "own")}


def _scores(name: str, form: str) -> dict[str, Any]:
    data = SHIPPED[name].spec().data
    world = WORLDS[data.world]
    chosen = make_set(form, data, world, seed=0, count=SCENES)
    features = embed_set(load_clip(name, find_run_model=lambda _: None), Grammar(world), chosen)
    captions = np.stack([features.captions["caption"], features.captions["swapped"]], axis=1)
    estimates = summarize_scores(chosen, features, score_metrics(chosen, features))
    return {
        "cosines": metrics.cosine(features.images, captions)[:COSINES].ravel().tolist(),
        "metrics": {key: {"value": each.value, "n": each.n} for key, each in estimates.items()},
    }


PARTS: dict[str, Callable[[], Any]] = {"losses": record_losses, "optimizers": optimizer_steps, "scores": scores}


if __name__ == "__main__":
    print(json.dumps(train_parts(sys.argv[1:])))
