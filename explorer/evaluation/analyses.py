"""Analyses of a model: preference biases, linear probes within each modality, a fitted text map, two axes.

Biases: size, place, nouns, values and the order of mention are independent in the canonical scenes, which are drawn at
the model's own resolution, so a share other than 0.5 comes from the model. Size bias leaves out pairs of equal size.

Probes and text map follow Koishigarina, Uselis and Oh, 2025, arXiv 2502.03566. An untrained model of the architecture
is probed too, as random features keep most of their input. The probes are tested on combinations of the other object
and the two colors that they were not fitted on; a combination and its swap are on one side of the split.

The text map is D by D without bias, from the identity, with a temperature: a contrastive loss of images against
captions and swaps, and of captions against images. If binding rises a lot, both encoders hold the binding information
and only their alignment lacks it. It is fitted on scenes of the training stream and tested on those of the evaluation
set: other scenes of the same nouns and values, so it says nothing about new ones.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch.nn.functional import cross_entropy, normalize

from explorer.clip.clip import Clip
from explorer.clip.loading import no_progress
from explorer.evaluation import metrics
from explorer.evaluation.embed import ShareDone, embed_captions, embed_scenes
from explorer.evaluation.inspection import FormFeatures, Projection, project_features
from explorer.evaluation.metrics import share_nearer
from explorer.evaluation.readouts import fit_and_test_probe, scenes_with_noun, untrained_model
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import (
    FULL_BUDGET,
    EvaluationSet,
    ProbeBudget,
    canonical_data,
    make_canonical_set,
)
from explorer.evaluation.verdict import UNTRAINED_SUFFIX
from explorer.world.counter_rng import Stream
from explorer.world.grammar import CaptionBatch, Grammar, write_captions
from explorer.world.plan import ScenePlan, make_plan
from explorer.world.scenes import Scenes, draw_scenes
from explorer.world.swaps import ChangedCaptions, false_swap
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
    orders = (first * 0, first * 0 + 1, first, 1 - first, np.stack([first, 1 - first]), np.stack([1 - first, first]))
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
    features = _swappable_features(clip, plan, scenes, captions, swapped, tell)
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


def _partial_progress(tell: ShareDone, start: float, end: float) -> ShareDone:
    """Return a callback for a part of the work, which reports shares from `start` to `end` of the whole."""
    return lambda share: tell(start + (end - start) * share)


NUM_FIT_SCENES = 4000
TEXT_TIME_SHARE = 0.2
"""Share of the texts in the time for scenes and their texts, roughly."""
FIT_BATCH_SIZE, FIT_STEPS, FIT_LEARNING_RATE = 256, 300, 0.01
START_TEMPERATURE = 0.07


def fit_text_map(
    clip: Clip, world: World, *, seed: int, fitted: int, tested: int, tell: ShareDone
) -> dict[str, Estimate]:
    """Return binding without and with the map: "before" and "after".

    Fit on `fitted` scenes of the training stream, test on `tested` of the canonical evaluation set.
    """
    most = fitted / (fitted + tested)
    plan = make_plan(canonical_data(world), world, seed=seed)
    stream = Stream(seed=seed, name="train", index=np.arange(fitted))
    scenes = draw_scenes(plan, stream)
    captions = write_captions(plan, scenes, stream)
    train = _swappable_features(
        clip, plan, scenes, captions, false_swap(captions, scenes, stream), _partial_progress(tell, 0, most)
    )
    evaluation_set = make_canonical_set(world, seed=seed, count=tested)
    test = _swappable_features(
        clip,
        evaluation_set.plan,
        evaluation_set.scenes,
        evaluation_set.caption,
        evaluation_set.swapped,
        _partial_progress(tell, most, 1),
    )
    weights = fit_map(train, generator=torch.Generator().manual_seed(seed))
    return {"before": binding_with_map(test, np.eye(len(weights))), "after": binding_with_map(test, weights)}


def fit_map(pairs: FormFeatures, *, generator: torch.Generator, steps: int = FIT_STEPS) -> np.ndarray:
    """Return the map (D, D), which multiplies text features from the right."""
    images, captions, swapped = (
        normalize(torch.from_numpy(np.asarray(each, dtype=np.float32)), dim=-1)
        for each in (pairs.images, pairs.captions, pairs.swapped)
    )
    weights = torch.eye(images.shape[1], requires_grad=True)
    scale = torch.tensor(np.log(1 / START_TEMPERATURE), dtype=torch.float32, requires_grad=True)
    optimizer = torch.optim.Adam([weights, scale], lr=FIT_LEARNING_RATE)
    right = torch.arange(min(FIT_BATCH_SIZE, len(images)))
    for _ in range(steps):
        rows = torch.randint(len(images), right.shape, generator=generator)
        texts = normalize(torch.cat([captions[rows] @ weights, swapped[rows] @ weights]), dim=-1)
        logits = scale.exp() * images[rows] @ texts.T
        # Images among captions and swaps, and captions among images.
        loss = (cross_entropy(logits, right) + cross_entropy(logits[:, : len(right)].T, right)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return weights.detach().numpy().astype(np.float64)


def binding_with_map(pairs: FormFeatures, weights: np.ndarray) -> Estimate:
    """Return binding accuracy with the map `weights` (D, D) applied to the text features."""
    right, wrong = (metrics.normalize(each) @ weights for each in (pairs.captions, pairs.swapped))
    return share_nearer(pairs.images, right, wrong)


def _swappable_features(
    clip: Clip, plan: ScenePlan, scenes: Scenes, captions: CaptionBatch, swapped: ChangedCaptions, tell: ShareDone
) -> FormFeatures:
    """Return the features of the scenes whose caption has a swap."""
    rows = np.flatnonzero(swapped.exists)
    texts = [each.rows(rows) for each in (captions, swapped.captions)]
    right, wrong = embed_captions(clip, Grammar(plan.world), texts, _partial_progress(tell, 0, TEXT_TIME_SHARE))
    images = embed_scenes(clip, plan, scenes.rows(rows), _partial_progress(tell, TEXT_TIME_SHARE, 1))
    return FormFeatures(images=images, captions=right, swapped=wrong)


TEST_EVERY = 4
"""One combination in this many is tested on."""
PROBE_SOURCE = "Koishigarina, Uselis and Oh, 2025, arXiv 2502.03566"
PROBE_DEFINITIONS: dict[str, str] = metrics.MEASURE_WORDS["probes"]


def probe_modalities(
    clip: Clip,
    world: World,
    *,
    seed: int,
    count: int,
    fitted: int = NUM_FIT_SCENES,
    budget: ProbeBudget = FULL_BUDGET.probe,
    tell: ShareDone = no_progress,
) -> Iterator[dict[str, Estimate]]:
    """Yield the estimates of `PROBE_DEFINITIONS` as soon as they are there.

    First the probes, then those of an untrained model, only for an architecture that is built here, then the text map,
    which `count` scenes test and `fitted` fit.
    """
    fresh = untrained_model(clip, seed=seed + 1)
    scenes = len(world.kinds[0].values) * budget.per_value
    total = scenes * (1 if fresh is None else 2) + fitted + count
    yield _probe_image_and_text(clip, world, seed=seed, budget=budget, tell=_partial_progress(tell, 0, scenes / total))
    if fresh is not None:
        of_fresh = _partial_progress(tell, scenes / total, 2 * scenes / total)
        untrained = _probe_image_and_text(fresh, world, seed=seed, budget=budget, tell=of_fresh)
        yield {name + UNTRAINED_SUFFIX: estimate for name, estimate in untrained.items()}
    of_map = _partial_progress(tell, 1 - (fitted + count) / total, 1)
    text_map = fit_text_map(clip, world, seed=seed, fitted=fitted, tested=count, tell=of_map)
    yield {"between": text_map["before"], "mapped": text_map["after"]}


def _probe_image_and_text(
    clip: Clip, world: World, *, seed: int, budget: ProbeBudget, tell: ShareDone
) -> dict[str, Estimate]:
    """Fit a probe on images and one on captions, of the same scenes with the same split."""
    plan = make_plan(canonical_data(world), world, seed=seed)
    scenes, values = scenes_with_noun(plan, 0, seed=seed, budget=budget)
    captions = write_captions(plan, scenes, Stream(seed=seed, name="evaluation", index=np.arange(len(values))))
    tested = is_test_scene(scenes, 0)
    images = embed_scenes(clip, plan, scenes, _partial_progress(tell, 0, 1 - TEXT_TIME_SHARE))
    (texts,) = embed_captions(clip, Grammar(world), [captions], _partial_progress(tell, 1 - TEXT_TIME_SHARE, 1))
    features = {"within_images": images, "within_captions": texts}
    return {name: fit_and_test_probe(rows, scenes, values, tested) for name, rows in features.items()}


def is_test_scene(scenes: Scenes, noun: int) -> np.ndarray:
    """Return (M,) bool for scenes of two objects, one of them `noun`; equal for the same other noun and two colors."""
    colors = np.sort(scenes.values[:, :, 0], axis=1)
    other = np.where(scenes.nouns[:, 0] == noun, scenes.nouns[:, 1], scenes.nouns[:, 0])
    # Every color meets every other in the tested part, whichever the other noun is.
    return np.asarray((other + colors[:, 0] + colors[:, 1]) % TEST_EVERY == 0)


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
    swaps = [text if there else None for text, there in zip(exchanged, evaluation_set.swapped.exists, strict=True)]
    return project_features(features, evaluation_set.swapped.exists), own, swaps
