"""Analyses of a model on canonical scenes: preference biases, odds of captions, two axes of its features.

Biases: size, place, nouns, values and the order of mention are independent in the canonical scenes, which are drawn at
the model's own resolution, so a share other than 0.5 comes from the model. Size bias leaves out pairs of equal size.
"""

from dataclasses import replace

import numpy as np

from explorer.clip.clip import Clip
from explorer.clip.loading import no_progress
from explorer.evaluation import metrics
from explorer.evaluation.embed import ShareDone, embed_captions, embed_scenes
from explorer.evaluation.inspection import FormFeatures, Projection, project_features
from explorer.evaluation.metrics import share_nearer
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import EvaluationSet, canonical_data, make_canonical_set
from explorer.evaluation.text_map import embed_swappable
from explorer.world.counter_rng import Stream
from explorer.world.grammar import CaptionBatch, Grammar, write_captions
from explorer.world.plan import make_plan
from explorer.world.scenes import draw_scenes
from explorer.world.swaps import false_swap
from explorer.world.things import World

BIASES: dict[str, str] = metrics.MEASURE_WORDS["biases"]
BIAS_DEFINITIONS = BIASES | {"binding_accuracy": metrics.METRICS["binding_accuracy"].definition}
"""Definitions of `score_scenes`."""


def measure_bias(clip: Clip, world: World, *, seed: int, count: int) -> dict[str, Estimate]:
    """Measure the biases alone, on the canonical scenes."""
    estimates = score_scenes(clip, *embed_canonical(clip, world, seed=seed, count=count))
    return {name: estimates[name] for name in BIASES}


def embed_canonical(clip: Clip, world: World, *, seed: int, count: int) -> tuple[EvaluationSet, np.ndarray]:
    """Return the canonical scenes and the features of their pictures, (N, D) float32."""
    evaluation_set = make_canonical_set(world, seed=seed, count=count)
    return evaluation_set, embed_scenes(clip, evaluation_set.plan, evaluation_set.scenes)


def score_scenes(clip: Clip, evaluation_set: EvaluationSet, images: np.ndarray) -> dict[str, Estimate]:
    """Score binding accuracy and the biases on canonical scenes with the features `images` (N, D)."""
    first, differ = larger_positions(evaluation_set)
    captions = evaluation_set.caption
    # Columns of positions in the caption: one object alone, or both in an order.
    orders = (
        np.zeros_like(first),
        np.ones_like(first),
        first,
        1 - first,
        np.stack([first, 1 - first]),
        np.stack([1 - first, first]),
    )
    texts = [
        captions,
        *(captions_at_positions(captions, np.atleast_2d(positions).T) for positions in orders),
        evaluation_set.swapped.captions,
    ]
    grammar = Grammar(evaluation_set.plan.world)
    pair, one, other, larger, smaller, falling, rising, swapped = embed_captions(clip, grammar, texts)
    return {
        "binding_accuracy": share_nearer(images, pair, swapped, evaluation_set.swapped.exists),
        "size_bias": share_nearer(images, larger, smaller, differ),
        "mention_bias": share_nearer(pair, one, other),
        "larger_first_bias": share_nearer(images, falling, rising, differ),
    }


def scene_odds(clip: Clip, world: World, *, first: int, count: int, tell: ShareDone = no_progress) -> np.ndarray:
    """Return (count,) the logarithm of the odds of each scene's caption against its swap, NaN where it has none.

    The scenes are those from `first` on of the canonical form, as `make_set` draws them from 0 on.
    """
    plan = make_plan(canonical_data(world), world, seed=0)
    stream = Stream(seed=0, name="evaluation", index=np.arange(first, first + count))
    scenes = draw_scenes(plan, stream)
    captions = write_captions(plan, scenes, stream)
    swapped = false_swap(captions, scenes, stream)
    features = embed_swappable(clip, plan, scenes, captions, swapped, tell)
    odds = np.full(count, np.nan)
    cosines = metrics.cosine(features.images, np.stack([features.captions, features.swapped], axis=1))
    odds[swapped.exists] = clip.logit_scale * (cosines[:, 0] - cosines[:, 1])
    return odds


def larger_positions(evaluation_set: EvaluationSet) -> tuple[np.ndarray, np.ndarray]:
    """Return (N,) the position in the caption of the larger object, and a mask of scenes with two different sizes."""
    objects = evaluation_set.scenes.objects_of(evaluation_set.caption.nouns)
    areas = np.take_along_axis(evaluation_set.scenes.areas, objects, axis=1)
    return (areas[:, 1] > areas[:, 0]).astype(np.int64), areas[:, 0] != areas[:, 1]


def captions_at_positions(captions: CaptionBatch, positions: np.ndarray) -> CaptionBatch:
    """Make captions of the objects at (N, P) positions of others, in that order."""
    return replace(
        captions,
        nouns=np.take_along_axis(captions.nouns, positions, axis=1),
        values=np.take_along_axis(captions.values, positions[:, :, None], axis=1),
    )


def project_scenes(
    clip: Clip, world: World, *, seed: int, count: int
) -> tuple[Projection, list[str], list[str | None]]:
    """Project the first canonical scenes with their captions and swaps on their first two principal axes."""
    evaluation_set = make_canonical_set(world, seed=seed, count=count)
    grammar, both = Grammar(world), (evaluation_set.caption, evaluation_set.swapped.captions)
    captions, swapped = embed_captions(clip, grammar, both)
    images = embed_scenes(clip, evaluation_set.plan, evaluation_set.scenes)
    features = FormFeatures(images=images, captions=captions, swapped=swapped)
    own, exchanged = (grammar.texts(grammar.ids(each)) for each in both)
    swaps = [text if exists else None for text, exists in zip(exchanged, evaluation_set.swapped.exists, strict=True)]
    return project_features(features, evaluation_set.swapped.exists), own, swaps
