"""Optimizers and their schedule: parameter groups, AdamW with Muon, learning rates.

    optimizers = make_optimizers(model, train_spec)
    set_rate(optimizers, train_spec, step)      # warm-up, then decay; returns AdamW's rate

Muon takes the weight matrices of the transformer blocks, at ten times the learning rate. AdamW takes the rest, and the
parameters that lora and text-map add, which start at zero and need a larger rate. Matrices decay, vectors and scalars
do not. Runs are a few hundred steps long, so the running averages are short.
"""

import math
from typing import Any

import torch

from explorer.clip.parallel_towers import in_turn
from explorer.spec.dials import TrainSpec
from explorer.training.muon import Muon, Run

MUON_RATIO = 10.0
TUNE_RATIO = {"lora": 2.5, "text-map": 5.0}
"""Factor of AdamW's learning rate for these values of `tune`, 1 for the others; the map's is its authors' 0.01."""
BETAS = (0.9, 0.95)
WEIGHT_DECAY = 0.1
WARMUP_SHARE, MOST_WARMUP_STEPS = 0.15, 50
FINAL_SHARE = 0.05


def make_optimizers(model: Any, train: TrainSpec, run: Run = in_turn) -> list[torch.optim.Optimizer]:
    """Make the optimizers of the parameters that train; `run` executes the parts of a step."""
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    muon = [p for name, p in trained if train.optimizer == "muon" and _is_block_matrix(name, p)]
    taken = {id(p) for p in muon}
    rest = [p for _, p in trained if id(p) not in taken]
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


def _is_block_matrix(name: str, parameter: torch.nn.Parameter) -> bool:
    return parameter.ndim == 2 and "resblocks." in name and "lora_" not in name


def rate_at(step: int, train: TrainSpec) -> float:
    """Return the share of the peak rate at `step`, from 0: linear warm-up, then the schedule of the spec.

    cosine: half a cosine down to a twentieth; constant: the peak.
    """
    warmup = min(MOST_WARMUP_STEPS, max(1, round(WARMUP_SHARE * train.steps)))
    if step < warmup:
        return (step + 1) / warmup
    if train.learning_rate_schedule == "constant":
        return 1.0
    through = (step - warmup) / max(1, train.steps - warmup)
    return FINAL_SHARE + (1 - FINAL_SHARE) * (1 + math.cos(math.pi * through)) / 2


def set_rate(optimizers: list[torch.optim.Optimizer], train: TrainSpec, step: int) -> float:
    """Set the rates of `step` and return AdamW's."""
    rate = train.learning_rate * rate_at(step, train) * TUNE_RATIO.get(train.tune, 1.0)
    for optimizer in optimizers:
        ratio = 1.0 if isinstance(optimizer, torch.optim.AdamW) else MUON_RATIO
        for group in optimizer.param_groups:
            group["lr"] = rate * ratio
    return rate
