"""`gpu`: what a CUDA device changes, in one command, for a machine of anybody's.

    python -m tests.benchmarks gpu                        # on the first CUDA device
    python -m tests.benchmarks gpu --device cpu --quick   # the same code where there is none: a test, no figure

Seconds from the first step to 99 % binding of both architectures; images a second, utilization, peer ratio and step
time in bf16 and fp32; copies between host and device within steps, counted by torch's profiler; ten runs of the study
against the CPU's.
"""

import tempfile
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from explorer.clip.zoo import pick_device
from explorer.evaluation.report import QuickEvaluation
from explorer.evaluation_scenes import DEFAULT_SCENES
from explorer.presets import get_preset
from explorer.spec import RunSpec
from explorer.world.worlds import WORLDS
from tests.benchmarks.machine import show_rows, wait_for_device
from tests.benchmarks.models_here import change_training, make_pieces
from tests.benchmarks.peer import write_pairs
from tests.benchmarks.step import measure_beside_peer

KEYS = ("device", "seconds_to_99", "images_per_s", "utilization", "ratio", "copies_per_step", "bf16_over_fp32",
        "cells")  # fmt: skip
MODELS = ("small", "large")
BATCH, STEPS, CHECK_EVERY = 256, 400, 20
CELLS = 10
AIM = 0.99
PROFILED = 5


def run(quick: bool, device: str | None = None) -> dict[str, Any]:
    """Rows and figures on `device`, else the best one of this computer."""
    name = device or pick_device().type
    batch, steps = (32, 3) if quick else (BATCH, STEPS)
    spec = change_training(get_preset("binding-friendly").spec, batch_size=batch, steps=steps)
    long = change_training(spec, steps=10_000)
    figures: dict[str, Any] = {
        "device": torch.cuda.get_device_name() if name == "cuda" else name,
        "seconds_to_99": {each: seconds_to_aim(spec, each, name, quick) for each in (MODELS[:1] if quick else MODELS)},
    }
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        step_figures = measure_beside_peer(
            long, name, 3 if quick else 12, write_pairs(Path(folder) / "pairs", spec, batch * 4)
        )
    figures |= {key: step_figures[key] for key in ("images_per_s", "utilization", "ratio")}
    figures["bf16_over_fp32"] = precision_ratio(long, name, 3 if quick else 20)
    figures["copies_per_step"] = copies_per_step(long, name)
    figures["cells"] = cells(spec, name, 1 if quick else CELLS)
    show_rows("gpu", figures)
    return figures


def seconds_to_aim(spec: RunSpec, model: str, device: str, quick: bool) -> float | None:
    """Seconds of training until a quick evaluation reaches `AIM`; None if no step of the budget does."""
    pieces = make_pieces(change_training(spec, model=model), device=device)
    quick_evaluation = QuickEvaluation(pieces.clip, WORLDS[spec.data.world], spec.data, seed=DEFAULT_SCENES.seed)
    used = 0.0
    for record in pieces.training().records():
        used += record.seconds
        if record.step % (1 if quick else CHECK_EVERY) == 0:
            metrics = quick_evaluation.measure_form("canonical")
            if metrics["binding_accuracy"].value >= AIM:
                return used
    return None


def precision_ratio(spec: RunSpec, device: str, steps: int) -> float:
    """Step time in fp32 over that in bf16; 2 means that bf16 takes half the time."""
    seconds = {}
    for precision in ("fp32", "bf16"):
        records = make_pieces(change_training(spec, precision=precision), device=device).training().records()
        next(records)
        seconds[precision] = median(record.seconds for record in islice(records, steps))
    return seconds["fp32"] / seconds["bf16"]


def copies_per_step(spec: RunSpec, device: str) -> float:
    """Copies from the device to the host a step, as the profiler counts them; 0 where there is no such copy.

    The loop reads its losses once in a while, so less than one a step proves that no step waits for the host.
    """
    records = make_pieces(spec, device=device).training().records()
    next(records)
    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if device == "cuda" else [])
    with profile(activities=activities) as seen:
        for _ in islice(records, PROFILED):
            pass
        wait_for_device(device)
    return sum(event.count for event in seen.key_averages() if "Memcpy DtoH" in event.key) / PROFILED


def cells(spec: RunSpec, device: str, count: int) -> list[dict[str, float]]:
    """Loss after the budget of the same specs on `device` and on the CPU: the first `count` seeds."""
    measured = []
    for seed in range(count):
        losses = {}
        for each in dict.fromkeys((device, "cpu")):
            pieces = make_pieces(change_training(spec, seed=seed), device=each)
            losses[each] = [record.loss for record in pieces.training().records()][-1]
        measured.append({"seed": seed, "loss": losses[device], "loss_on_cpu": losses["cpu"]})
    return measured
