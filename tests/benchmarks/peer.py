"""The peer: open_clip's own training script on the scenes that our run sees, and its checkpoints under our metric.

    pairs = write_pairs(folder, spec, count=20_480)        # PNG files and a CSV, as the script reads them
    run = PeerRun(folder / "long", pairs, batch_size=256, rate=1e-3, steps=400, every=10)
    run.start(); run.wait(timeout_s=300); run.step_times(); run.weights()
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
import open_clip
import torch
from open_clip.model import get_model_preprocess_cfg
from PIL import Image

from explorer.clip.clip import Clip
from explorer.evaluation.report import QuickEvaluation
from explorer.settings import cores
from explorer.spec import RunSpec
from explorer.world.counter_rng import Stream
from explorer.world.render import Renderer
from explorer.world.swaps import draw_pairs
from explorer.world.worlds import WORLDS
from tests.benchmarks.machine import ROOT
from tests.benchmarks.models_here import config_of, make_pieces

NAME = "vit-of-ours"
WARMUP = 50
RATES = (5e-4, 1e-3, 3e-3)
WORKERS = 4
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
    pieces = make_pieces(spec)
    renderer = Renderer(pieces.plan, size=pieces.clip.image_size)
    rows = ["filepath\ttitle"]
    for start in range(0, count, CHUNK):
        index = np.arange(start, min(start + CHUNK, count))
        pairs = draw_pairs(
            pieces.plan, Stream(seed=spec.train.seed, name="train", index=index), pieces.grammar, hard_negatives=0.0
        )
        paths = [images / f"{number:06}.png" for number in index.tolist()]
        for path, image in zip(paths, renderer.images(pairs.scenes), strict=True):
            Image.fromarray(image.transpose(1, 2, 0)).save(path, "PNG", compress_level=1)
        texts = pieces.grammar.texts(pairs.ids)
        rows += [f"{path}\t{text}" for path, text in zip(paths, texts, strict=True)]
    (folder / "pairs.csv").write_text("\n".join(rows) + "\n")
    (configs / f"{NAME}.json").write_text(json.dumps(architecture(spec.train.model)))
    return PeerPairs(table=folder / "pairs.csv", configs=configs, count=count)


def architecture(name: str) -> dict[str, object]:
    """Ours, with the vocabulary and the context that open_clip has where nobody says."""
    config = config_of(name)
    text = config["text_cfg"] | {"context_length": 77, "vocab_size": 49408}
    return {"embed_dim": config["embed_dim"], "vision_cfg": config["vision_cfg"], "text_cfg": text}


@dataclass
class PeerRun:
    """One call of the script."""

    folder: Path
    pairs: PeerPairs
    batch_size: int
    rate: float
    steps: int
    every: int = 0
    warmup: int = WARMUP
    seed: int = 0
    device: str = "cpu"
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def trace(self) -> Path:
        """File in which it notes its steps."""
        return self.folder / "trace"

    def start(self) -> None:
        """Begin; see `peer_main`."""
        self.folder.mkdir(parents=True)
        own = [sys.executable, "-m", "tests.benchmarks.peer_main", str(self.pairs.configs), str(self.trace)]
        own += [str(self.every), str(self.steps), "--"]
        visible = {} if self.device == "cuda" else {"CUDA_VISIBLE_DEVICES": ""}
        with (self.folder / "peer.log").open("wb") as log:
            self.process = subprocess.Popen(
                own + self._options(), cwd=ROOT, env={**os.environ, **visible}, stdout=log, stderr=log
            )

    def _options(self) -> list[str]:
        epochs = -(-self.steps // max(1, self.pairs.count // self.batch_size))
        options = {
            "model": NAME, "dataset-type": "csv", "train-data": self.pairs.table, "batch-size": self.batch_size,
            "epochs": epochs, "lr": self.rate, "warmup": self.warmup, "seed": self.seed, "device": self.device,
            "workers": min(WORKERS, cores()), "logs": self.folder, "name": "logs", "save-frequency": 0,
            "log-every-n-steps": 1,
        }  # fmt: skip
        if self.device == "cpu":
            options["precision"] = "fp32"
        return [part for name, value in options.items() for part in (f"--{name}", str(value))]

    def wait(self, timeout_s: float | None = None) -> None:
        """Until it ends by itself or the time is up; what it said where it failed."""
        assert self.process is not None
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._end()
            return
        if code != 0:
            raise RuntimeError("the peer failed:\n" + (self.folder / "peer.log").read_text()[-2000:])

    def _end(self) -> None:
        """Its data workers end with it, as it may close them."""
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def step_times(self) -> list[float]:
        """time.time() at the end of each step."""
        lines = self.trace.read_text().splitlines() if self.trace.exists() else []
        return [json.loads(line)["time"] for line in lines]

    def last_loss(self, steps: int) -> float:
        """The mean loss of its last `steps` steps, from its own log."""
        found = re.findall(r" Loss: ([\d.]+|nan)", (self.folder / "logs" / "out.log").read_text())
        return fmean(map(float, found[-steps:]))

    def weights(self) -> list[tuple[int, Path]]:
        """(step, file) of the weights that it left, in order."""
        found = (path for path in self.folder.glob("trace.*.pt"))
        return sorted((int(path.name.split(".")[1]), path) for path in found)


def best_rate(folder: Path, pairs: PeerPairs, *, batch_size: int, steps: int) -> dict[float, float]:
    """The loss after `steps` steps at each of RATES, warmed up over a quarter of them, the best first."""
    losses: dict[float, float] = {}
    for rate in RATES:
        run = PeerRun(folder / f"rate-{rate:g}", pairs, batch_size, rate, steps, warmup=max(1, steps // 4))
        run.start()
        run.wait()
        losses[rate] = run.last_loss(max(1, steps // 8))
    return dict(sorted(losses.items(), key=lambda item: (item[1] != item[1], item[1])))


def accuracy(spec: RunSpec, pairs: PeerPairs, weights: Path) -> float:
    """Canonical binding accuracy of the weights that the script left, by the quick evaluation of a run."""
    if NAME not in open_clip.list_models():
        open_clip.add_model_config(pairs.configs)
    model = open_clip.create_model(NAME)
    model.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
    clip = Clip(
        name=NAME,
        model=model.eval(),
        config=None,
        preprocess=dict(get_model_preprocess_cfg(model)),
        words=None,
        tokenizer=open_clip.get_tokenizer(NAME),
    )
    measured = QuickEvaluation(clip, WORLDS[spec.data.world], spec.data, seed=0).measure()
    return float(measured["canonical"]["binding_accuracy"].value)
