"""`step`: pairs a second of our loop, of its data and of the peer's loop, and how much of the machine ours uses.

For each device and batch size: the median step of our loop with its data (the first step left out), that of drawing the
data alone, the median step of open_clip's training script on the same pairs (see `peer`; decoding its files in data
workers), and the utilization: the floating-point operations of a step, as `torch.utils.flop_counter` counts them
(matrix products and attention, forward and backward; not those of the optimizer), a second, over those a second of a
bare product of the shapes of the image tower's widest layer in the same precision. Then, at the default batch and
without the peer, with other numbers of objects in an image and other sizes of it.
"""

import tempfile
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.utils.flop_counter import FlopCounterMode

from explorer.presets import get_preset
from explorer.spec import RunSpec
from tests.benchmarks.machine import devices, show_rows, time_calls, use_worker_threads
from tests.benchmarks.models_here import Pieces, change_training, make_pieces
from tests.benchmarks.peer import PeerPairs, PeerRun, write_pairs

KEYS = ("images_per_s", "data_per_s", "utilization", "ratio", "by_batch", "by_scene")
HEADLINE = 256


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures; those without a batch are of the default batch on the best device."""
    use_worker_threads()
    batches, steps = ((64,), 3) if quick else ((64, HEADLINE, 1024), 12)
    base = change_training(get_preset("binding-friendly").spec, steps=10_000)
    by_batch, by_scene, best = {}, {}, devices()[-1]
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        pairs = write_pairs(Path(folder) / "pairs", base, max(batches) * 4)
        for device in devices():
            for size in batches:
                step_figures = measure_beside_peer(change_training(base, batch_size=size), device, steps, pairs)
                show_rows(f"step on {device}, batch {size}", step_figures)
                by_batch[f"{device} {size}"] = step_figures
    scenes = {f"{count} objects": (count, 64) for count in (1, 2, 4)} | {
        f"{size} pixels": (2, size) for size in (32, 128)
    }
    for name, (count, size) in list(scenes.items())[: 1 if quick else None]:
        spec = replace(base, data=replace(base.data, objects_in_image=count))
        by_scene[name] = measure(spec, best, steps, size)
        show_rows(f"step with {name}", by_scene[name])
    of_best = by_batch[f"{best} {HEADLINE if HEADLINE in batches else batches[-1]}"]
    return {key: of_best[key] for key in KEYS[:4]} | {"by_batch": by_batch, "by_scene": by_scene}


def measure_beside_peer(spec: RunSpec, device: str, steps: int, pairs: PeerPairs) -> dict[str, float]:
    """The figures of our loop with those of the peer's on the same pairs."""
    timing, size = measure(spec, device, steps), spec.train.batch_size
    peer = PeerRun(pairs.table.parent / f"{device}-{size}", pairs, size, 1e-3, steps + 2, device=device)
    peer.wait()
    theirs = peer.rate_per_s()
    return timing | {"peer_images_per_s": theirs, "ratio": timing["images_per_s"] / theirs}


def measure(spec: RunSpec, device: str, steps: int, image_size: int | None = None) -> dict[str, float]:
    """Our loop: pairs a second, with their data and of the data alone; floating-point operations, utilization."""
    pieces, size = make_pieces(spec, device=device, image_size=image_size), spec.train.batch_size
    batches, records = pieces.batches(), pieces.training().records()
    data_s = median(time_calls(lambda: batches.draw(0), steps))
    counted: list[int] = []
    with FlopCounterMode(display=False) as counter:
        # Until the optimizers begin: Muon's products are no work of the model.
        hook = register_optimizer_step_pre_hook(lambda *_: counted.append(counter.get_total_flops()))
        next(records)
        hook.remove()
    seconds = median(record.seconds for record in islice(records, steps))
    return {
        "images_per_s": size / seconds,
        "data_per_s": size / data_s,
        "step_s": seconds,
        "gflop": counted[0] / 1e9,
        "utilization": counted[0] / seconds / bare_product(pieces, size, device),
    }


def bare_product(pieces: Pieces, size: int, device: str) -> float:
    """Operations a second of (pairs x tokens, width) by (width, 4 width), in the precision of training there."""
    vision = pieces.config["vision_cfg"]
    rows, width = size * ((vision["image_size"] // vision["patch_size"]) ** 2 + 1), vision["width"]
    precision = torch.bfloat16 if device == "cuda" else torch.float32
    a = torch.rand(rows, width, device=device, dtype=precision)
    b = torch.rand(width, 4 * width, device=device, dtype=precision)
    seconds = median(time_calls(lambda: a @ b, 20, warm_up=3, device=device))
    return 8 * rows * width**2 / seconds
