"""Features of an evaluation set: every picture once, every distinct caption once.

features = embed_set(clip, grammar, evaluation_set)
features.images                       # (N, D) float32, not normalized
features.captions["swapped"]          # (N, D)
features.twins, features.ways         # (M, D) and (M, P!, D) of the first M scenes, at most `most_twins`

    environment(torch.device("cpu"))     # Environment(device="cpu (AMD EPYC, 2 threads)", versions={"torch": ..., ...})

Device and versions accompany every number.
"""

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer.clip.clip import Clip
from explorer.clip.towers import ParallelTowers
from explorer.evaluation.results import Environment
from explorer.evaluation.sets import FULL, EvaluationSet, sentences
from explorer.world.grammar import Grammar
from explorer.world.render import Renderer

IMAGES_AT_ONCE, CAPTIONS_AT_ONCE = 250, 500
PACKAGES = ("torch", "open_clip_torch", "transformers", "numpy", "scikit-learn")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Features:
    """Features of an evaluation set; see the module."""

    images: np.ndarray
    twins: np.ndarray
    captions: dict[str, np.ndarray]
    ways: np.ndarray


def embed_set(
    clip: Clip,
    grammar: Grammar,
    evaluation_set: EvaluationSet,
    images: np.ndarray | None = None,
    *,
    most_twins: int = FULL.most_twins,
) -> Features:
    """Embed all pictures and captions of `evaluation_set`; known `images` are reused."""
    renderer = Renderer(evaluation_set.plan, size=clip.image_size)
    count, few = len(evaluation_set), slice(most_twins)
    said = dict(sentences(evaluation_set))
    blocks = [grammar.ids(sentence) for sentence in said.values()]
    ways = [grammar.ids(way.rows(few)) for way in evaluation_set.ways]
    rows = embed_ids(clip, grammar, np.concatenate([*blocks, *ways]))
    captions, assigned = np.split(rows, [len(said) * count])
    return Features(
        images=embed_images(clip, renderer.images(evaluation_set.scenes)) if images is None else images,
        twins=embed_images(clip, renderer.images(evaluation_set.twins.rows(few))),
        captions=dict(zip(said, captions.reshape(len(said), count, -1), strict=True)),
        ways=assigned.reshape(len(ways), min(count, most_twins), -1).transpose(1, 0, 2),
    )


def embed_images(clip: Clip, images: np.ndarray) -> np.ndarray:
    """Embed uint8 (N, 3, S, S) as image_features (N, D) float32."""
    return _in_parts(clip, clip.encode_images, torch.from_numpy(images), IMAGES_AT_ONCE)


def embed_pixels(clip: Clip, pixels: torch.Tensor) -> np.ndarray:
    """Embed normalized floats (N, 3, S, S) as image_features (N, D) float32, in one batch."""
    return _in_parts(clip, clip.encode_pixels, pixels, max(1, len(pixels)))


def embed_ids(clip: Clip, grammar: Grammar, ids: np.ndarray) -> np.ndarray:
    """Embed word token ids (M, C) as text_features (M, D) float32; equal captions are encoded once."""
    distinct, where = np.unique(ids, axis=0, return_inverse=True)
    own = clip.own_ids(torch.from_numpy(distinct), grammar.words, grammar.texts)
    return _in_parts(clip, clip.encode_ids, own, CAPTIONS_AT_ONCE)[where.reshape(-1)]


def embed_texts(clip: Clip, texts: Sequence[str]) -> np.ndarray:
    """Embed any M texts with the model's own tokenizer as text_features (M, D) float32."""
    return _in_parts(clip, clip.encode_ids, clip.ids(texts), CAPTIONS_AT_ONCE)


def _in_parts(clip: Clip, encode: Callable[[torch.Tensor], torch.Tensor], rows: torch.Tensor, size: int) -> Any:
    """Apply `encode` to slices, without gradients and in evaluation mode; restore the mode.

    Models of the project's own words are small: two slices run in parallel. Operations of larger ones fill all cores.
    """
    was_training = clip.model.training
    clip.model.eval()
    jobs = [partial(_features, encode, rows[start : start + size]) for start in range(0, len(rows), size)]
    if clip.words is None:
        parts = [job() for job in jobs]
    else:
        side = ParallelTowers(clip.device)
        with side.halved():
            parts = side.all(jobs)
    clip.model.train(was_training)
    return torch.cat(parts).numpy()


def _features(encode: Callable[[torch.Tensor], torch.Tensor], rows: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():  # which holds for one thread
        return encode(rows).float().cpu()


def cpu_name(info: Path = Path("/proc/cpuinfo")) -> str:
    """Return the model of the processor as Linux tells it, elsewhere the platform's name of it."""
    lines = info.read_text().splitlines() if info.is_file() else []
    told = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(told, "") or platform.processor() or platform.machine()


def environment(device: torch.device) -> Environment:
    """Return the device and versions of a report."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else cpu_name()
    return Environment(
        device=f"{device.type} ({name}, {torch.get_num_threads()} threads)",
        versions={"python": platform.python_version(), **{package: version(package) for package in PACKAGES}},
    )
