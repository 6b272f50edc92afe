"""`probe`: images and captions a second through a model that a person probes, and the memory that this takes.

Two models: a ViT-B-32 with random weights (random ones are as fast as any, and nothing is fetched) and a small one
that is shipped. Each is measured in a process of its own, whose memory before and after is told; the web process, which
has no torch before something is scored, and the spare worker stand beside it.

    python -m tests.benchmarks.probe MODEL BATCH REPEATS      # one line of JSON on one of them
"""

import json
import os
import subprocess
import sys
from statistics import median
from typing import Any

import open_clip
import torch

from explorer.clip.names import shipped_names
from explorer.clip.zoo import load, pick_device
from tests.benchmarks.machine import ROOT, memory_mb, show, timed, use_worker_threads
from tests.benchmarks.models_here import of_open_clip
from tests.benchmarks.server import app_server, wait_for_spare

KEYS = ("images_per_s", "captions_per_s", "memory_mb")
LARGE = "ViT-B-32"
CAPTION = "a yellow submarine and a blue bus"


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures, by model."""
    batch, repeats = (4, 1) if quick else (32, 5)
    figures: dict[str, Any] = {key: {} for key in KEYS}
    for name in (LARGE, shipped_names()[0]):
        command = [sys.executable, "-m", "tests.benchmarks.probe", name, str(batch), str(repeats)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        show(f"probe {name}, {batch} at once", found)
        figures["images_per_s"][name], figures["captions_per_s"][name] = found["images_per_s"], found["captions_per_s"]
        figures["memory_mb"][name] = found["memory_mb"]
    with app_server() as app:
        spare = wait_for_spare(app)
        figures["memory_mb"] |= {"web process": memory_mb(app.pid), "spare worker": memory_mb(spare.pid)}
    show("memory in MB", figures["memory_mb"])
    return figures


def measure(name: str, batch: int, repeats: int) -> dict[str, float]:
    """Both towers of one model in this process."""
    use_worker_threads()
    before = memory_mb(os.getpid())
    if name == LARGE:
        clip = of_open_clip(name, open_clip.create_model(name, device=pick_device()))
    else:
        clip = load(name, find_run=lambda _: None, device=pick_device())
    device = str(clip.device)
    images = torch.randint(0, 256, (batch, 3, clip.image_size, clip.image_size), dtype=torch.uint8)
    ids = clip.ids([CAPTION] * batch)
    with torch.inference_mode():
        image_s = median(timed(lambda: clip.encode_images(images), repeats, device=device))
        caption_s = median(timed(lambda: clip.encode_ids(ids), repeats, device=device))
    return {
        "images_per_s": batch / image_s,
        "captions_per_s": batch / caption_s,
        "memory_before_mb": before,
        "memory_mb": memory_mb(os.getpid()),
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
