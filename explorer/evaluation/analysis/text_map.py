"""Linear map of a frozen model's text features, fitted to separate captions from their swaps.

    found = fit_text_map(clip, world, seed=0)
    found.before, found.after         # binding accuracy on the canonical scenes, two Estimates

If binding rises a lot, both encoders hold the binding information and only their alignment lacks it. The map is D by
D without bias, from the identity, with a temperature: a contrastive loss of images against captions and swaps, and of
captions against images, as in Koishigarina, Uselis and Oh, 2025 (arXiv 2502.03566). It is fitted on scenes of the
training stream and tested on those of the evaluation set: other scenes of the same nouns and values, so it says
nothing about new ones.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cross_entropy, normalize

from explorer.clip.clip import Clip
from explorer.evaluation import metrics
from explorer.evaluation.analysis.work import Amount, Meter, embed_scenes, embed_sentences, no_meter
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import canonical_data, make_set
from explorer.world.appearance import World
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar, write_captions
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes, draw_scenes
from explorer.world.swaps import false_swap

FITTED, TESTED = 4000, 1000
BATCH_SIZE, STEPS, LEARNING_RATE = 256, 300, 0.01
START_TEMPERATURE = 0.07


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pairs:
    """Features (N, D) of images, of their captions and of the captions swapped."""

    images: np.ndarray
    captions: np.ndarray
    swapped: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextMap:
    """The map (D, D), which multiplies text features from the right, and binding without and with it."""

    weights: np.ndarray
    before: Estimate
    after: Estimate


def fit_text_map(
    clip: Clip, world: World, *, seed: int, fitted: int = FITTED, tested: int = TESTED, meter: Meter | None = None
) -> TextMap:
    """Fit on `fitted` scenes of the training stream, test on `tested` of the canonical evaluation set."""
    meter = meter or no_meter()
    train, test = _training_pairs(clip, world, seed, fitted, meter), _test_pairs(clip, world, seed, tested, meter)
    weights = fit(train, generator=torch.Generator().manual_seed(seed))
    return TextMap(weights=weights, before=binding(test, np.eye(len(weights))), after=binding(test, weights))


def fit(pairs: Pairs, *, generator: torch.Generator, steps: int = STEPS) -> np.ndarray:
    """Fit the map (D, D) of normalized features."""
    images, captions, swapped = (
        normalize(torch.from_numpy(np.asarray(each, dtype=np.float32)), dim=-1)
        for each in (pairs.images, pairs.captions, pairs.swapped)
    )
    weights = torch.eye(images.shape[1], requires_grad=True)
    scale = torch.tensor(np.log(1 / START_TEMPERATURE), dtype=torch.float32, requires_grad=True)
    optimizer = torch.optim.Adam([weights, scale], lr=LEARNING_RATE)
    for _ in range(steps):
        rows = torch.randint(len(images), (min(BATCH_SIZE, len(images)),), generator=generator)
        loss = _loss(images[rows], captions[rows] @ weights, swapped[rows] @ weights, scale.exp())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return weights.detach().numpy().astype(np.float64)


def _loss(images: torch.Tensor, captions: torch.Tensor, swapped: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """Average the losses of images among captions and swaps, and of captions among images."""
    texts = normalize(torch.cat([captions, swapped]), dim=-1)
    logits = scale * images @ texts.T
    right = torch.arange(len(images))
    return (cross_entropy(logits, right) + cross_entropy(logits[:, : len(images)].T, right)) / 2


def binding(pairs: Pairs, weights: np.ndarray) -> Estimate:
    """Return the binding accuracy with mapped text features."""
    mapped = [metrics.normalize(each) @ weights for each in (pairs.captions, pairs.swapped)]
    cosine = metrics.cosine(pairs.images, np.stack(mapped, axis=1))
    chance = metrics.METRICS["binding_accuracy"].chance
    return metrics.share(metrics.pairwise(cosine[:, 0], cosine[:, 1]), chance)


def amount_of_map(world: World, *, fitted: int = FITTED, tested: int = TESTED) -> Amount:
    """Return the work of a fit: one image per scene, two texts, and no more than there are captions."""
    nouns, values = len(world.nouns), len(world.kinds[0].values)
    return Amount(images=fitted + tested, texts=min(2 * (fitted + tested), 2 * (nouns * values) ** 2))


def _training_pairs(clip: Clip, world: World, seed: int, count: int, meter: Meter) -> Pairs:
    plan = make_plan(canonical_data(world), world, seed=seed)
    stream = Stream(seed=seed, name="train", index=np.arange(count))
    scenes = draw_scenes(plan, stream)
    said = write_captions(plan, scenes, stream)
    swapped = false_swap(said, scenes, stream)
    renderer, grammar = Renderer(plan, size=clip.image_size), Grammar(world)
    return _pairs(clip, renderer, scenes, grammar, grammar.ids(said), grammar.ids(swapped.said), swapped.exists, meter)


def _test_pairs(clip: Clip, world: World, seed: int, count: int, meter: Meter) -> Pairs:
    found = make_set("canonical", canonical_data(world), world, seed=seed, count=count)
    grammar = Grammar(world)
    renderer = Renderer(found.plan, size=clip.image_size)
    ids = grammar.ids(found.caption), grammar.ids(found.swapped.said)
    return _pairs(clip, renderer, found.scenes, grammar, *ids, found.swapped.exists, meter)


def _pairs(
    clip: Clip,
    renderer: Renderer,
    scenes: Scenes,
    grammar: Grammar,
    ids: np.ndarray,
    swapped_ids: np.ndarray,
    exists: np.ndarray,
    meter: Meter,
) -> Pairs:
    """Return the features of the scenes whose caption has a swap."""
    texts = embed_sentences(clip, grammar, np.concatenate([ids[exists], swapped_ids[exists]]), meter)
    captions, swapped = np.split(texts, 2)
    images = embed_scenes(clip, renderer, scenes.rows(np.flatnonzero(exists)), meter)
    return Pairs(images=images, captions=captions, swapped=swapped)
