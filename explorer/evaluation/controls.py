"""Scorers that cannot bind, on the same sets: each must be at chance, or the set leaks.

caption_only(evaluation_set, grammar, counts)        # prefers the caption whose words and pairs are more frequent
damaged_images(clip, grammar, evaluation_set)        # {"shuffled_pixels": Estimate, "grey_boxes": Estimate}
untrained(clip, grammar, evaluation_set, seed=0)     # the same architecture with fresh weights

The names of controls are keys of stored reports, so the spelling of "grey_boxes" stays.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from explorer.clip.clip import Clip, new_clip
from explorer.evaluation import metrics
from explorer.evaluation.embed import embed_ids, embed_images
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import FULL, EvaluationSet
from explorer.world.counter_rng import Stream
from explorer.world.grammar import UNK, Grammar, Sentence, write_captions
from explorer.world.plan import Plan
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes

GRAY = 110


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CaptionCounts:
    """Frequencies in training captions of each word (vocabulary,) and of each value with each noun (I, K, V)."""

    words: np.ndarray
    pairs: np.ndarray


def count_captions(plan: Plan, grammar: Grammar, *, seed: int, count: int = FULL.captions_counted) -> CaptionCounts:
    """Count the words and pairs of the first `count` training captions of `plan`."""
    stream = Stream(seed=seed, name="train", index=np.arange(count))
    said = write_captions(plan, draw_scenes(plan, stream), stream)
    words = np.bincount(grammar.ids(said).ravel(), minlength=len(grammar.words))
    pairs = np.zeros(plan.allowed.shape, dtype=np.int64)
    np.add.at(pairs, _named_pairs(said), 1)
    return CaptionCounts(words=words, pairs=pairs)


def caption_only(evaluation_set: EvaluationSet, grammar: Grammar, counts: CaptionCounts) -> Estimate:
    """Return binding_accuracy of the sum of log frequencies of a caption's words and pairs, blind to the picture."""
    right, wrong = (
        _familiarity(said, grammar, counts) for said in (evaluation_set.caption, evaluation_set.swapped.said)
    )
    return metrics.preference(right, wrong, evaluation_set.swapped.exists)


def damaged_images(clip: Clip, grammar: Grammar, evaluation_set: EvaluationSet, *, seed: int) -> dict[str, Estimate]:
    """Return binding_accuracy on pictures that keep only their colors, or only the places of their objects."""
    renderer = Renderer(evaluation_set.plan, size=clip.image_size)
    images = renderer.images(evaluation_set.scenes)
    shuffled = _shuffled(images, np.random.default_rng(seed))
    boxed = _boxed(images, renderer.atlas.boxes(evaluation_set.scenes), evaluation_set.plan.world.background)
    binding = _binding(clip, grammar, evaluation_set)
    return {"shuffled_pixels": binding(shuffled), "grey_boxes": binding(boxed)}


def untrained_model(clip: Clip, *, seed: int) -> Clip | None:
    """Return the architecture of `clip` with fresh weights; None for a model that is not built here."""
    if clip.config is None or clip.words is None:
        return None
    fresh = new_clip(clip.config, words=clip.words, seed=seed)
    return replace(fresh, preprocess=clip.preprocess, model=fresh.model.to(clip.device))


def untrained(clip: Clip, grammar: Grammar, evaluation_set: EvaluationSet, *, seed: int) -> Estimate | None:
    fresh = untrained_model(clip, seed=seed)
    if fresh is None:
        return None
    images = Renderer(evaluation_set.plan, size=clip.image_size).images(evaluation_set.scenes)
    return _binding(fresh, grammar, evaluation_set)(images)


def _named_pairs(said: Sentence) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    caption, place, kind = np.nonzero(said.values >= 0)
    return said.nouns[caption, place], kind, said.values[caption, place, kind]


def _familiarity(said: Sentence, grammar: Grammar, counts: CaptionCounts) -> np.ndarray:
    """Return (N,) log frequencies, plus one, summed over words (without articles) and pairs."""
    ids = grammar.ids(said)
    articles = [grammar.words.index(word) for word in ("a", "an")]
    counted = (ids > UNK) & ~np.isin(ids, articles)
    # Sorted, so that two captions of the same words add the same numbers in the same order and tie exactly.
    totals = np.sort(np.where(counted, np.log1p(counts.words)[ids], 0.0), axis=1).sum(axis=1)
    rows = np.nonzero(said.values >= 0)[0]
    np.add.at(totals, rows, np.log1p(counts.pairs[_named_pairs(said)]))
    summed: np.ndarray = totals
    return summed


def _binding(clip: Clip, grammar: Grammar, evaluation_set: EvaluationSet) -> Callable[[np.ndarray], Estimate]:
    """Make a function from pictures to binding_accuracy; the set's captions are embedded once."""
    said = (evaluation_set.caption, evaluation_set.swapped.said)
    captions = np.stack([embed_ids(clip, grammar, grammar.ids(sentence)) for sentence in said], axis=1)

    def accuracy(images: np.ndarray) -> Estimate:
        right, wrong = metrics.cosine(embed_images(clip, images), captions).T
        return metrics.preference(right, wrong, evaluation_set.swapped.exists)

    return accuracy


def _shuffled(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    flat = images.reshape(*images.shape[:2], -1)
    order = rng.random((len(images), 1, flat.shape[2])).argsort(axis=2)
    return np.take_along_axis(flat, order, axis=2).reshape(images.shape)


def _boxed(images: np.ndarray, boxes: np.ndarray, background: int) -> np.ndarray:
    """Draw the background with a gray box over each object's box (N, n, 4)."""
    boxed = np.full_like(images, background)
    for image, scene in zip(boxed, boxes.tolist(), strict=True):
        for left, top, width, height in scene:
            image[:, top : top + height, left : left + width] = GRAY
    return boxed
