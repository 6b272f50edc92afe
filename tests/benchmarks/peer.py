"""The peer: open_clip's own training script on the scenes that our run sees, and its checkpoints under our metric.

    pairs = write_pairs(folder, spec, count=20_480)        # PNG files and a CSV, as the script reads them
    run = PeerRun(folder / "long", pairs, batch_size=256, rate=1e-3, steps=400, every=10)
    run.wait(timeout_s=300); run.step_times(); run.weights()
    accuracy(spec, pairs, run.weights()[-1][1])             # our quick evaluation, canonical

What it is given:
- the scenes and captions of our run's train stream, written before its clock starts;
- our architecture with open_clip's own vocabulary (49,408), context (77), pooling and weight initialization, under a
  name with "vit" in it, for which its script takes the betas and epsilon of CLIP's paper;
- our batch size, and of three learning rates the best in a short run each;
- its defaults else: AdamW, weight decay 0.2, cosine schedule, random resized crops, normalization; but a warm-up of
  WARMUP steps in place of 10,000, which is more than the whole run has, float32 on a CPU (its default, float16 with a
  scaler, is for CUDA), and no more data workers than there are cores (its default is four).
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from PIL import Image

from explorer.clip.configs import CONFIGS
from explorer.clip.open_clip_import import open_clip
from explorer.evaluation.report import QuickEvaluation
from explorer.settings import core_count
from explorer.spec import RunSpec
from explorer.world.counter_rng import Stream
from explorer.world.pairs import draw_pairs
from explorer.world.render import Renderer
from explorer.world.worlds import WORLDS
from tests.benchmarks.machine import ROOT
from tests.benchmarks.models_here import load_open_clip, make_pieces

NAME = "vit-of-ours"
WARMUP = 50
RATES = (5e-4, 1e-3, 3e-3)
CHUNK = 512


@dataclass(frozen=True, kw_only=True)
class PeerPairs:
    """Input of the script: a table of `count` pairs, and the folder of its architecture."""

    table: Path
    configs: Path
    count: int


def write_pairs(folder: Path, spec: RunSpec, count: int) -> PeerPairs:
    """The first `count` scenes of the spec's train stream as PNG files under a table, and the architecture."""
    images, configs = folder / "images", folder / "configs"
    images.mkdir(parents=True)
    configs.mkdir()
    pieces, rows = make_pieces(spec), ["filepath\ttitle"]
    renderer = Renderer(pieces.plan, size=pieces.clip.image_size)
    for start in range(0, count, CHUNK):
        stream = Stream(seed=spec.train.seed, name="train", index=np.arange(start, min(start + CHUNK, count)))
        pairs = draw_pairs(pieces.plan, stream, pieces.grammar, hard_negatives=0.0)
        texts = pieces.grammar.texts(pairs.ids)
        for number, image, text in zip(stream.index.tolist(), renderer.images(pairs.scenes), texts, strict=True):
            path = images / f"{number:06}.png"
            Image.fromarray(image.transpose(1, 2, 0)).save(path, "PNG", compress_level=1)
            rows.append(f"{path}\t{text}")
    (folder / "pairs.csv").write_text("\n".join(rows) + "\n")
    # Ours, with the vocabulary and the context that open_clip has where nobody says.
    config = json.loads((CONFIGS / f"{spec.train.model}.json").read_text())
    text_cfg = config["text_cfg"] | {"context_length": 77, "vocab_size": 49408}
    architecture = {"embed_dim": config["embed_dim"], "vision_cfg": config["vision_cfg"], "text_cfg": text_cfg}
    (configs / f"{NAME}.json").write_text(json.dumps(architecture))
    return PeerPairs(table=folder / "pairs.csv", configs=configs, count=count)


@dataclass
class PeerRun:
    """One call of the script, which begins at once; see `peer_main`."""

    folder: Path
    pairs: PeerPairs
    batch_size: int
    rate: float
    steps: int
    every: int = 0
    warmup: int = WARMUP
    device: str = "cpu"

    def __post_init__(self) -> None:
        self.trace, log = self.folder / "trace", self.folder / "peer.log"
        self.folder.mkdir(parents=True)
        options = {
            "model": NAME, "dataset-type": "csv", "train-data": self.pairs.table, "batch-size": self.batch_size,
            "epochs": -(-self.steps // max(1, self.pairs.count // self.batch_size)), "lr": self.rate,
            "warmup": self.warmup, "seed": 0, "device": self.device, "workers": min(4, core_count()),
            "logs": self.folder, "name": "logs", "save-frequency": 0, "log-every-n-steps": 1,
        }  # fmt: skip
        command = [
            sys.executable, "-m", "tests.benchmarks.peer_main", self.pairs.configs, self.trace, self.every,
            self.steps, "--", *(part for name, value in options.items() for part in (f"--{name}", value)),
            *(() if self.device == "cuda" else ("--precision", "fp32")),
        ]  # fmt: skip
        visible = {} if self.device == "cuda" else {"CUDA_VISIBLE_DEVICES": ""}
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [str(part) for part in command], cwd=ROOT, env={**os.environ, **visible}, stdout=file, stderr=file
            )

    def wait(self, timeout_s: float | None = None) -> None:
        """Until it ends by itself or the time is up; what it said where it failed."""
        try:
            if self.process.wait(timeout_s):
                raise RuntimeError("the peer failed:\n" + (self.folder / "peer.log").read_text()[-2000:])
        except subprocess.TimeoutExpired:
            self.process.terminate()  # its data workers end with it, as it may close them
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def step_times(self) -> list[float]:
        """time.time() at the end of each step."""
        return [float(line) for line in self.trace.read_text().splitlines()] if self.trace.exists() else []

    def rate_per_s(self) -> float:
        """Images a second of its median step, without the first two."""
        return self.batch_size / float(np.median(np.diff(self.step_times()[1:])))

    def last_loss(self, steps: int) -> float:
        """The mean loss of its last `steps` steps, from its own log."""
        losses = re.findall(r" Loss: ([\d.]+|nan)", (self.folder / "logs" / "out.log").read_text())
        return fmean(map(float, losses[-steps:]))

    def weights(self) -> list[tuple[int, Path]]:
        """(step, file) of the weights that it left, in order."""
        return sorted((int(path.name.split(".")[1]), path) for path in self.folder.glob("trace.*.pt"))


def best_rate(folder: Path, pairs: PeerPairs, *, batch_size: int, steps: int) -> tuple[PeerRun, dict[float, float]]:
    """The best of short runs at each of RATES, warmed up over a quarter of their steps, and the loss of each."""
    runs = []
    for rate in RATES:
        runs.append(PeerRun(folder / f"rate-{rate:g}", pairs, batch_size, rate, steps, warmup=max(1, steps // 4)))
        runs[-1].wait()
    losses = {run.rate: run.last_loss(max(1, steps // 8)) for run in runs}
    return min(runs, key=lambda run: (np.isnan(losses[run.rate]), losses[run.rate])), losses


def accuracy(spec: RunSpec, pairs: PeerPairs, weights: Path) -> float:
    """Canonical binding accuracy of the weights that the script left, by the quick evaluation of a run."""
    open_clip.add_model_config(pairs.configs)
    model = open_clip.create_model(NAME)
    model.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
    clip = load_open_clip(NAME, model)
    measured = QuickEvaluation(clip, WORLDS[spec.data.world], spec.data, seed=0).measure()
    return float(measured["canonical"]["binding_accuracy"].value)
