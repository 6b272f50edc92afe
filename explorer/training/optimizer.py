"""Optimizers and their schedule: parameter groups, AdamW with Muon, learning rates.

    optimizers = make_optimizers(model, train_spec)
    set_rate(optimizers, train_spec, step)      # warm-up, then decay; returns AdamW's rate

Muon takes the weight matrices of the transformer blocks, at `MUON_RATIO` times the learning rate. AdamW takes the rest,
and the parameters that lora and text-map add, which start at zero and need a larger rate. Matrices decay, vectors and
scalars do not. Runs are a few hundred steps long, so the running averages are short.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial, reduce
from typing import Any

import torch
from torch import Tensor

from explorer.clip.towers import run_in_turn
from explorer.spec import FINAL_SHARE, MUON_RATIO, TUNE_RATIO, TrainSpec

MOMENTUM = 0.9
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
NEWTON_SCHULZ_STEPS = 5
GRAM_STEPS = (3, 2)
"""The same five iterations, each part on its own m x m product. In one part, rounding grows a hundredfold in fp32."""
RunJobs = Callable[[Sequence[Callable[[], None]]], Any]
"""Runs independent jobs in any order."""


class Muon(torch.optim.Optimizer):
    """Orthogonalized Nesterov momentum times sqrt(max(1, rows / columns)); weights decay by lr * weight_decay."""

    def __init__(
        self, parameters: Iterable[Tensor], *, lr: float, weight_decay: float, run: RunJobs = run_in_turn
    ) -> None:
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay})
        self._run = run

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]  # no closure: nothing here evaluates the loss anew
        """Take one step along the available gradients."""
        for group in self.param_groups:
            shapes: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    shapes[parameter.shape].append(parameter)
            # The most expensive first, so that two threads end together.
            alike = sorted(shapes.values(), key=lambda each: -each[0].numel())
            self._run([partial(self._step_together, each, group["lr"], group["weight_decay"]) for each in alike])

    @torch.no_grad()  # again, as it holds for the thread that says so
    def _step_together(self, parameters: list[Tensor], rate: float, decay: float) -> None:
        gradients = torch.stack([p.grad for p in parameters if p.grad is not None])
        momenta = [self.state[p].setdefault("momentum", torch.zeros_like(p)) for p in parameters]
        torch._foreach_lerp_(momenta, list(gradients), 1 - MOMENTUM)
        updates = orthogonalize(gradients.lerp_(torch.stack(momenta), MOMENTUM))
        rows, columns = parameters[0].shape
        torch._foreach_mul_(parameters, 1 - rate * decay)
        torch._foreach_add_(parameters, list(updates), alpha=-rate * max(1, rows / columns) ** 0.5)


def orthogonalize(matrices: Tensor) -> Tensor:
    """Bring the singular values of matrices (N, R, C) near 1, by Newton and Schulz's iteration."""
    a, b, c = NEWTON_SCHULZ
    is_tall = matrices.shape[1] > matrices.shape[2]
    result = matrices.mT if is_tall else matrices
    result = result.to(torch.float32 if matrices.device.type == "cpu" else torch.bfloat16)
    result = result / result.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    # A Gram matrix needs more products, but only of the short side; and more digits than bfloat16 has.
    if result.dtype == torch.float32 and result.shape[2] >= 2 * result.shape[1]:
        for iterations in GRAM_STEPS:
            result = _iteration_factor(result @ result.mT, iterations) @ result
    else:
        for _ in range(NEWTON_SCHULZ_STEPS):
            gram = result @ result.mT
            result = torch.baddbmm(result, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), result, beta=a)
    return (result.mT if is_tall else result).to(matrices.dtype)


def _iteration_factor(gram: Tensor, iterations: int) -> Tensor:
    """Return F (N, m, m) such that F X is X after `iterations`, from X X^T = `gram`."""
    a, b, c = NEWTON_SCHULZ
    factors: list[Tensor] = []
    for _ in range(iterations):
        if factors:
            gram = factors[-1] @ gram @ factors[-1]
        factors.append(torch.baddbmm(gram, gram, gram, beta=b, alpha=c))
        factors[-1].diagonal(dim1=1, dim2=2).add_(a)
    # Polynomials of one matrix commute, so their order is free.
    return reduce(torch.matmul, factors)


BETAS = (0.9, 0.95)
WEIGHT_DECAY = 0.1
WARMUP_SHARE, MAX_WARMUP_STEPS = 0.15, 50


def make_optimizers(model: Any, train: TrainSpec, run: RunJobs = run_in_turn) -> list[torch.optim.Optimizer]:
    """Make the optimizers of the parameters that train; `run` executes the parts of a step."""
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    matrices = [p for name, p in trained if p.ndim == 2 and "resblocks." in name and "lora_" not in name]
    muon = matrices if train.optimizer == "muon" else []
    muon_ids = {id(p) for p in muon}
    rest = [p for _, p in trained if id(p) not in muon_ids]
    groups = [
        {"params": [p for p in rest if p.ndim >= 2], "weight_decay": WEIGHT_DECAY},
        {"params": [p for p in rest if p.ndim < 2], "weight_decay": 0.0},
    ]
    fused = all(p.device.type in ("cpu", "cuda") for p in rest)
    adamw = torch.optim.AdamW(groups, lr=train.learning_rate, betas=BETAS, eps=1e-6, fused=fused)
    optimizers: list[torch.optim.Optimizer] = [adamw]
    if muon:
        optimizers.append(Muon(muon, lr=train.learning_rate * MUON_RATIO, weight_decay=WEIGHT_DECAY, run=run))
    return optimizers


def rate_share(step: int, train: TrainSpec) -> float:
    """Return the share of the peak rate at `step`, from 0: linear warm-up, then the schedule of the spec.

    The schedule "cosine" falls by half a cosine to `FINAL_SHARE`, and "constant" stays at the peak.
    """
    warmup = min(MAX_WARMUP_STEPS, max(1, round(WARMUP_SHARE * train.steps)))
    if step < warmup:
        return (step + 1) / warmup
    if train.learning_rate_schedule == "constant":
        return 1.0
    through = (step - warmup) / max(1, train.steps - warmup)
    return FINAL_SHARE + (1 - FINAL_SHARE) * (1 + math.cos(math.pi * through)) / 2


def set_rate(optimizers: list[torch.optim.Optimizer], train: TrainSpec, step: int) -> float:
    """Set the rates of `step` and return AdamW's."""
    rate = train.learning_rate * rate_share(step, train) * TUNE_RATIO.get(train.tune, 1.0)
    for optimizer in optimizers:
        ratio = 1.0 if isinstance(optimizer, torch.optim.AdamW) else MUON_RATIO
        for group in optimizer.param_groups:
            group["lr"] = rate * ratio
    return rate
