"""`step`: pairs a second of our loop and of the peer's own, and how much of the machine ours uses.

For each device and batch size: the median step of our loop with its data (the first step left out), the median step of
open_clip's training script on the same pairs (see `peer`; decoding its files in data workers), and the utilization:
the floating-point operations of a step, as `torch.utils.flop_counter` counts them (matrix products and attention,
forward and backward; not those of the optimizer), a second, over those a second of a bare product of the shapes of the
image tower's widest layer in the same precision.

    shares(make_pieces(spec), steps=6)      # {"data": 0.1, "forward": 0.3, "backward": 0.45, "optimizer": 0.15}
"""

import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.utils.flop_counter import FlopCounterMode

from explorer.presets import preset
from explorer.spec import RunSpec
from explorer.training.loop import Batches
from tests.benchmarks.machine import devices, show, timed, use_worker_threads, wait_for
from tests.benchmarks.models_here import Pieces, make_pieces, with_train
from tests.benchmarks.peer import PeerRun, write_pairs

KEYS = ("images_per_s", "utilization", "ratio")
BATCHES = (64, 256, 1024)
HEADLINE = 256
PARTS = ("data", "forward", "backward", "optimizer")


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures; the keys without a batch are those of the default batch on the best device."""
    use_worker_threads()
    batches, steps = ((64,), 3) if quick else (BATCHES, 12)
    figures: dict[str, Any] = {"by_batch": {}}
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        pairs = write_pairs(Path(folder) / "pairs", preset("binding-friendly").spec, max(batches) * 4)
        for device in devices():
            for size in batches:
                spec = with_train(preset("binding-friendly").spec, batch_size=size, steps=10_000)
                found = measure(spec, device, steps)
                peer = PeerRun(Path(folder) / f"{device}-{size}", pairs, size, 1e-3, steps + 2, device=device)
                peer.wait()
                found["peer_images_per_s"] = peer.rate_per_s()
                found["ratio"] = found["images_per_s"] / found["peer_images_per_s"]
                show(f"step on {device}, batch {size}", found)
                figures["by_batch"][f"{device} {size}"] = found
    best = figures["by_batch"][f"{devices()[-1]} {HEADLINE if HEADLINE in batches else batches[-1]}"]
    return figures | {key: best[key] for key in KEYS}


def measure(spec: RunSpec, device: str, steps: int) -> dict[str, float]:
    """Our loop: pairs a second, floating-point operations a step, utilization."""
    pieces = make_pieces(spec, device=device)
    records = pieces.training().records()
    counted: list[int] = []
    with FlopCounterMode(display=False) as counter:
        # Until the optimizers begin: Muon's products are no work of the model.
        hook = register_optimizer_step_pre_hook(lambda *_: counted.append(counter.get_total_flops()))
        next(records)
        hook.remove()
    operations = counted[0]
    seconds = median(record.seconds for record in islice(records, steps))
    bare = bare_product(pieces, spec.train.batch_size, device)
    return {
        "images_per_s": spec.train.batch_size / seconds,
        "step_s": seconds,
        "gflop": operations / 1e9,
        "gflop_per_s": operations / seconds / 1e9,
        "bare_gflop_per_s": bare / 1e9,
        "utilization": operations / seconds / bare,
    }


def bare_product(pieces: Pieces, size: int, device: str) -> float:
    """Operations a second of (pairs x tokens, width) by (width, 4 width), in the precision of training there."""
    vision = pieces.config["vision_cfg"]
    tokens = (vision["image_size"] // vision["patch_size"]) ** 2 + 1
    precision = torch.bfloat16 if device == "cuda" else torch.float32
    width = vision["width"]
    a = torch.rand(size * tokens, width, device=device, dtype=precision)
    b = torch.rand(width, 4 * width, device=device, dtype=precision)
    seconds = median(timed(lambda: a @ b, 20, warm_up=3, device=device))
    return 2 * size * tokens * width * 4 * width / seconds


def shares(pieces: Pieces, steps: int) -> dict[str, float]:
    """The share of each of `PARTS` in the seconds of `steps` steps, after two that do not count.

    Timers stand around what any loop has to call: `Batches.draw`, `Tensor.backward` and the optimizers' steps; forward
    is the rest. Only what the loop's thread waits for counts: data that another one makes ahead costs it nothing.
    """
    spent: defaultdict[str, float] = defaultdict(float)
    began: list[float] = []
    loop = threading.get_ident()

    def now() -> float:
        wait_for(pieces.clip.device)
        return time.perf_counter()

    def timer(work: Callable[..., Any], part: str) -> Callable[..., Any]:
        def call(*values: Any, **named: Any) -> Any:
            if threading.get_ident() != loop:
                return work(*values, **named)
            start = now()
            answer = work(*values, **named)
            spent[part] += now() - start
            return answer

        return call

    def after(*_: Any) -> None:
        spent["optimizer"] += now() - began.pop()

    hooks = [register_optimizer_step_pre_hook(lambda *_: began.append(now())), register_optimizer_step_post_hook(after)]
    with (
        mock.patch.object(Batches, "draw", timer(Batches.draw, "data")),
        mock.patch.object(torch.Tensor, "backward", timer(torch.Tensor.backward, "backward")),
    ):
        records = pieces.training().records()
        for _ in islice(records, 2):
            pass
        spent.clear()
        total = sum(record.seconds for record in islice(records, steps))
    for hook in hooks:
        hook.remove()
    found = {part: spent[part] / total for part in PARTS if part != "forward"}
    return {part: found.get(part, max(0.0, 1 - sum(found.values()))) for part in PARTS}
