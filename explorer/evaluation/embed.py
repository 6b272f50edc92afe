"""Features of an evaluation set: every picture once, every distinct caption once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from explorer.clip.clip import Clip
from explorer.clip.loading import no_progress
from explorer.clip.towers import ParallelTowers
from explorer.evaluation.sets import FULL_BUDGET, EvaluationSet
from explorer.world.grammar import CaptionBatch, Grammar
from explorer.world.plan import ScenePlan
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes

IMAGES_AT_ONCE, CAPTIONS_AT_ONCE = 250, 500
ShareDone = Callable[[float], None]
"""Callback for long work: receives the share that is done, and may raise an error to cancel the work."""


def partial_progress(tell: ShareDone, start: float, end: float) -> ShareDone:
    """Return a callback for a part of the work, which reports shares from `start` to `end` of the whole."""
    return lambda share: tell(start + (end - start) * share)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Features:
    """Features of an evaluation set, float32, not normalized.

    `images` (N, D) and each of the `captions` (N, D); `twins` (M, D) and `ways` (M, P!, D) of the first M scenes.
    """

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
    max_twins: int = FULL_BUDGET.max_twins,
) -> Features:
    """Embed a set; `images` are the features of its pictures, if they are known."""
    plan, count, few = evaluation_set.plan, len(evaluation_set), slice(max_twins)
    forms = evaluation_set.captions()
    blocks = [grammar.ids(captions) for captions in forms.values()]
    ways = [grammar.ids(way.rows(few)) for way in evaluation_set.ways]
    rows = _embed_ids(clip, grammar, np.concatenate([*blocks, *ways]))
    captions, assigned = np.split(rows, [len(forms) * count])
    return Features(
        images=embed_scenes(clip, plan, evaluation_set.scenes) if images is None else images,
        twins=embed_scenes(clip, plan, evaluation_set.twins.rows(few)),
        captions=dict(zip(forms, captions.reshape(len(forms), count, -1), strict=True)),
        ways=assigned.reshape(len(ways), min(count, max_twins), -1).transpose(1, 0, 2),
    )


def embed_scenes(clip: Clip, plan: ScenePlan, scenes: Scenes, tell: ShareDone = no_progress) -> np.ndarray:
    """Draw and embed N scenes, a few at a time, as image_features (N, D) float32."""
    renderer = Renderer(plan, size=clip.image_size)
    blocks = _blocks(len(scenes), IMAGES_AT_ONCE, tell)
    return np.concatenate([embed_images(clip, renderer.images(scenes.rows(rows))) for rows in blocks])


def embed_captions(
    clip: Clip, grammar: Grammar, captions: Sequence[CaptionBatch], tell: ShareDone = no_progress
) -> Any:
    """Embed K captions of each of N scenes as text_features (K, N, D) float32."""
    rows = _embed_ids(clip, grammar, np.concatenate([grammar.ids(each) for each in captions]), tell)
    return rows.reshape(len(captions), len(captions[0]), -1)


def embed_images(clip: Clip, images: np.ndarray) -> np.ndarray:
    """Embed uint8 (N, 3, S, S) as image_features (N, D) float32."""
    return _in_parts(clip, clip.encode_images, torch.from_numpy(images), IMAGES_AT_ONCE)


def embed_pixels(clip: Clip, pixels: torch.Tensor) -> np.ndarray:
    """Embed normalized floats (N, 3, S, S) as image_features (N, D) float32, in one batch."""
    return _in_parts(clip, clip.encode_pixels, pixels, max(1, len(pixels)))


def _embed_ids(clip: Clip, grammar: Grammar, ids: np.ndarray, tell: ShareDone = no_progress) -> np.ndarray:
    """Embed word token ids (M, C) as text_features (M, D) float32; equal captions are encoded once."""
    distinct, where = np.unique(ids, axis=0, return_inverse=True)
    own = clip.own_ids(torch.from_numpy(distinct), grammar.words, grammar.texts)
    blocks = _blocks(len(own), CAPTIONS_AT_ONCE, tell)
    parts = [_in_parts(clip, clip.encode_ids, own[rows], CAPTIONS_AT_ONCE) for rows in blocks]
    return np.concatenate(parts)[where.reshape(-1)]


def _blocks(count: int, at_once: int, tell: ShareDone) -> Iterator[slice]:
    """Yield blocks of two slices, which small models embed in parallel; tell the share that is done after each."""
    for start in range(0, count, 2 * at_once):
        yield slice(start, start + 2 * at_once)
        tell(min(1.0, (start + 2 * at_once) / count))


def embed_texts(clip: Clip, texts: Sequence[str]) -> np.ndarray:
    """Embed any M texts with the model's own tokenizer as text_features (M, D) float32."""
    return _in_parts(clip, clip.encode_ids, clip.ids(texts), CAPTIONS_AT_ONCE)


def embed_distinct_texts(clip: Clip, texts: Sequence[str]) -> np.ndarray:
    """Return (M, D) of texts, equal ones encoded once: the position in a batch may change the last bit."""
    indices = {text: index for index, text in enumerate(dict.fromkeys(texts))}
    return embed_texts(clip, list(indices))[[indices[text] for text in texts]]


def _in_parts(clip: Clip, encode: Callable[[torch.Tensor], torch.Tensor], rows: torch.Tensor, size: int) -> Any:
    """Apply `encode` to slices, without gradients and in evaluation mode; restore the mode.

    Models of the project's own words are small: two slices run in parallel. Operations of larger ones fill all cores.
    """
    was_training = clip.model.training
    clip.model.eval()
    jobs = [partial(_encode_features, encode, rows[start : start + size]) for start in range(0, len(rows), size)]
    if clip.words is None:
        parts = [job() for job in jobs]
    else:
        side = ParallelTowers(clip.device)
        with side.halve_threads():
            parts = side.run(jobs)
    clip.model.train(was_training)
    return torch.cat(parts).numpy()


def _encode_features(encode: Callable[[torch.Tensor], torch.Tensor], rows: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():  # which holds for one thread
        return encode(rows).float().cpu()
