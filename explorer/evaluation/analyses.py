"""Unimodal and cross-modal read-outs: linear probes within images, within captions, and binding between them.

    found = look_inside(clip, world, seed=0, count=1000)
    found["within_images"], found["within_captions"]     # linear probes for the color of one noun, chance by the bag
    found["between"], found["mapped"]                    # binding accuracy, as it is and after a fitted text map
    project(clip, world, seed=0, count=150)              # images and captions on two axes, and the modality gap

The probes and the text map follow Koishigarina, Uselis and Oh, 2025, arXiv 2502.03566. An untrained model of the
architecture is probed too, as random features keep most of their input; `probe_reading` words the comparison. The
probes read the same scenes and are tested on combinations of the other object and the two colors that they were not
fitted on. A combination and its swap are on one side of the split, so no probe is tested on a caption that it was
fitted on.

Preference biases on the canonical scenes: for the larger object, and for the object that is named first.

    found = measure_bias(clip, world, seed=0, count=1000)
    found["size_bias"]                # Estimate, chance 0.5
    measure_scenes(clip, world, seed=0, count=1000)["binding_accuracy"]      # the same and binding, in one pass
    with_definitions(found, BIASES)   # {"size_bias": DefinedEstimate(...), ...}

Size, place, nouns, values and the order of mention are independent in these scenes, which are drawn at the model's own
resolution, so a share other than 0.5 comes from the model. Size bias leaves out pairs of equal size.

Work of an analysis in images and texts to embed: a forecast before it starts, and the time left while it runs.

    meter = Meter(Amount(images=5000, texts=2000), forecast(clip, world), tell=lambda meter: print(meter.left_s))
    embed_scenes(clip, renderer, scenes, meter)      # as embed_images, in blocks, with `tell` after each
    meter.left_s                                     # seconds, by the pace so far

`tell` may raise an error to cancel the work; the parts of an analysis that are done stay with the caller.

Linear map of a frozen model's text features, fitted to separate captions from their swaps.

    found = fit_text_map(clip, world, seed=0)
    found.before, found.after         # binding accuracy on the canonical scenes, two Estimates

If binding rises a lot, both encoders hold the binding information and only their alignment lacks it. The map is D by
D without bias, from the identity, with a temperature: a contrastive loss of images against captions and swaps, and of
captions against images, as in Koishigarina, Uselis and Oh, 2025 (arXiv 2502.03566). It is fitted on scenes of the
training stream and tested on those of the evaluation set: other scenes of the same nouns and values, so it says
nothing about new ones.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch.nn.functional import cross_entropy, normalize

from explorer.clip.clip import Clip
from explorer.evaluation import metrics
from explorer.evaluation.controls import untrained_model
from explorer.evaluation.embed import CAPTIONS_AT_ONCE, IMAGES_AT_ONCE, embed_ids, embed_images
from explorer.evaluation.inspection import FormFeatures, Projection, project_features
from explorer.evaluation.metrics import Floats
from explorer.evaluation.readouts import scenes_with
from explorer.evaluation.results import CHANCE, Estimate
from explorer.evaluation.sets import FULL, EvaluationSet, ProbeBudget, canonical_data, make_set
from explorer.evaluation.verdict import UNTRAINED
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar, Sentence, write_captions
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes, draw_scenes
from explorer.world.swaps import false_swap
from explorer.world.things import World

BIASES = {
    "size_bias": "Share of images nearer to the caption of their larger object alone than to that of the smaller.",
    "mention_bias": "Share of captions of two objects nearer to the text of the object mentioned first alone.",
    "larger_first_bias": "Share of images nearer to their caption with the larger object first than with it second.",
}
BIAS_DEFINITIONS = BIASES | {"binding_accuracy": metrics.METRICS["binding_accuracy"].definition}
"""Definitions of `measure_scenes`."""


def measure_bias(clip: Clip, world: World, *, seed: int, count: int) -> dict[str, Estimate]:
    """Measure the biases of `BIASES`, each with its n and 95 % interval."""
    found = measure_scenes(clip, world, seed=seed, count=count)
    return {name: found[name] for name in BIASES}


def measure_scenes(clip: Clip, world: World, *, seed: int, count: int) -> dict[str, Estimate]:
    """Measure binding accuracy on the canonical scenes, then the biases, from pictures that are embedded once."""
    found = make_set("canonical", canonical_data(world), world, seed=seed, count=count)
    grammar = Grammar(world)
    places, differ = by_size(found)
    said, exists = found.caption, found.swapped.exists
    first, second = alone(said, places * 0), alone(said, places * 0 + 1)
    larger, smaller = alone(said, places), alone(said, 1 - places)
    orders = (in_order(said, places), in_order(said, 1 - places))
    blocks = [grammar.ids(each) for each in (said, first, second, larger, smaller, *orders, found.swapped.said)]
    pair, *texts = embed_ids(clip, grammar, np.concatenate(blocks)).reshape(len(blocks), count, -1)
    images = embed_images(clip, Renderer(found.plan, size=clip.image_size).images(found.scenes))
    return {
        "binding_accuracy": nearer(images[exists], pair[exists], texts[6][exists]),
        "size_bias": nearer(images[differ], texts[2][differ], texts[3][differ]),
        "mention_bias": nearer(pair, texts[0], texts[1]),
        "larger_first_bias": nearer(images[differ], texts[4][differ], texts[5][differ]),
    }


def nearer(features: Floats, one: Floats, other: Floats) -> Estimate:
    """Return the share of the rows (N, D) that are nearer to `one` (N, D) than to `other`; ties count a half."""
    cosine = metrics.cosine(features, np.stack([one, other], axis=1))
    return metrics.share(metrics.pairwise(cosine[:, 0], cosine[:, 1]), CHANCE)


def by_size(found: EvaluationSet) -> tuple[np.ndarray, np.ndarray]:
    """Return (N,) the place in the caption of the larger object, and a mask of scenes with two different sizes."""
    objects = (found.scenes.nouns[:, None, :] == found.caption.nouns[:, :, None]).argmax(axis=2)
    areas = np.take_along_axis(found.scenes.areas, objects, axis=1)
    return (areas[:, 1] > areas[:, 0]).astype(np.int64), areas[:, 0] != areas[:, 1]


def alone(said: Sentence, places: np.ndarray) -> Sentence:
    """Make captions of the one object at (N,) places of each caption."""
    rows = np.arange(len(said))
    return Sentence(nouns=said.nouns[rows, places][:, None], values=said.values[rows, places][:, None])


def in_order(said: Sentence, first: np.ndarray) -> Sentence:
    """Make captions of two objects, starting with the one at (N,) `first`."""
    rows, order = np.arange(len(said))[:, None], np.stack([first, 1 - first], axis=1)
    return Sentence(nouns=said.nouns[rows, order], values=said.values[rows, order])


TRIED_IMAGES, TRIED_TEXTS = 16, 32
BLOCKS = 2
"""Slices of a block: models of the project's own words embed two in parallel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """Images and distinct texts."""

    images: int = 0
    texts: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(images=self.images + other.images, texts=self.texts + other.texts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """Seconds per image and per text."""

    image_s: float
    text_s: float

    def seconds(self, amount: Amount) -> float:
        """Return the seconds for an amount."""
        return amount.images * self.image_s + amount.texts * self.text_s


class Meter:
    """Counter of the work done; `tell` gets the meter after each block."""

    def __init__(self, total: Amount, pace: Pace, *, tell: Callable[["Meter"], None]) -> None:
        self.total, self.done, self.pace = total, Amount(), pace
        self._tell, self._began = tell, time.monotonic()

    def add(self, amount: Amount) -> None:
        """Count work that is done."""
        self.done += amount
        self._tell(self)

    @property
    def share(self) -> float:
        """Share of the work that is done, weighted by the pace of the forecast."""
        return min(1.0, self.pace.seconds(self.done) / max(self.pace.seconds(self.total), 1e-9))

    @property
    def left_s(self) -> float:
        """Seconds left: by the pace so far, before the first block by the forecast."""
        if self.share == 0:
            return self.pace.seconds(self.total)
        return (time.monotonic() - self._began) * (1 - self.share) / self.share


def no_meter() -> Meter:
    """Return a meter without reports."""
    return Meter(Amount(), Pace(image_s=0.0, text_s=0.0), tell=lambda _: None)


def forecast(clip: Clip, world: World) -> Pace:
    """Time a few canonical images and captions, after one call each that only warms up."""
    found = make_set("canonical", canonical_data(world), world, seed=0, count=TRIED_TEXTS)
    images = Renderer(found.plan, size=clip.image_size).images(found.scenes.rows(slice(TRIED_IMAGES)))
    grammar = Grammar(world)
    texts = np.unique(grammar.ids(found.caption), axis=0)
    image_s = _timed(partial(embed_images, clip, images)) / len(images)
    return Pace(image_s=image_s, text_s=_timed(partial(embed_ids, clip, grammar, texts)) / len(texts))


def _timed(work: Callable[[], object]) -> float:
    """Return the seconds of the second call."""
    work()
    began = time.monotonic()
    work()
    return time.monotonic() - began


def embed_scenes(clip: Clip, renderer: Renderer, scenes: Scenes, meter: Meter) -> np.ndarray:
    """Draw and embed N scenes in blocks, with the same slices as `embed_images` of all, as (N, D)."""
    parts = []
    for rows in _blocks(len(scenes), BLOCKS * IMAGES_AT_ONCE):
        images = renderer.images(scenes.rows(rows))
        parts.append(embed_images(clip, images))
        meter.add(Amount(images=len(images)))
    return np.concatenate(parts)


def embed_sentences(clip: Clip, grammar: Grammar, ids: np.ndarray, meter: Meter) -> np.ndarray:
    """Embed token ids (M, C) in blocks of distinct ones, with the same slices as `embed_ids` of all, as (M, D)."""
    distinct, where = np.unique(ids, axis=0, return_inverse=True)
    parts = []
    for rows in _blocks(len(distinct), BLOCKS * CAPTIONS_AT_ONCE):
        parts.append(embed_ids(clip, grammar, distinct[rows]))
        meter.add(Amount(texts=len(parts[-1])))
    return np.concatenate(parts)[where.reshape(-1)]


def _blocks(count: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, count, size))


FITTED, TESTED_CAPTIONS = 4000, 1000
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
    clip: Clip,
    world: World,
    *,
    seed: int,
    fitted: int = FITTED,
    tested: int = TESTED_CAPTIONS,
    meter: Meter | None = None,
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


def amount_of_map(world: World, *, fitted: int = FITTED, tested: int = TESTED_CAPTIONS) -> Amount:
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


TESTED = 4
"""One combination in this many is tested on."""
SOURCE = "Koishigarina, Uselis and Oh, 2025, arXiv 2502.03566"
PROBE_DEFINITIONS = {
    "within_images": "Accuracy of a linear probe on image embeddings for the color of one noun, on combinations that "
    "it was not fitted on; chance is what the set of colors alone gives.",
    "within_captions": "The same on the embeddings of the captions of the same scenes.",
    "within_images_untrained": "The probe on image embeddings, of an untrained model of the same architecture.",
    "within_captions_untrained": "The probe on caption embeddings, of an untrained model of the same architecture.",
    "between": metrics.METRICS["binding_accuracy"].definition,
    "mapped": "Binding accuracy with text embeddings behind a linear map that was fitted on other scenes.",
}


def look_inside(
    clip: Clip, world: World, *, seed: int, count: int, fitted: int = FITTED, budget: ProbeBudget = FULL.probe
) -> dict[str, Estimate]:
    """Measure the estimates of `DEFINITIONS`; `count` scenes test the map, `fitted` fit it.

    Those of an untrained model are there only for an architecture that is built here.
    """
    parts = parts_inside(clip, world, seed=seed, count=count, fitted=fitted, budget=budget)
    return {name: each for part in parts for name, each in part.items()}


def parts_inside(
    clip: Clip,
    world: World,
    *,
    seed: int,
    count: int,
    fitted: int = FITTED,
    budget: ProbeBudget = FULL.probe,
    meter: Meter | None = None,
) -> Iterator[dict[str, Estimate]]:
    """Yield the estimates of `look_inside` as soon as they are there: probes, those of an untrained model, the map."""
    yield probe_both(clip, world, seed=seed, budget=budget, meter=meter)
    fresh = untrained_model(clip, seed=seed + 1)
    if fresh is not None:
        untrained = probe_both(fresh, world, seed=seed, budget=budget, meter=meter)
        yield {name + UNTRAINED: found for name, found in untrained.items()}
    text_map = fit_text_map(clip, world, seed=seed, fitted=fitted, tested=count, meter=meter)
    yield {"between": text_map.before, "mapped": text_map.after}


def amount_inside(
    clip: Clip, world: World, *, count: int, fitted: int = FITTED, budget: ProbeBudget = FULL.probe
) -> Amount:
    """Return the work of `look_inside`."""
    scenes = len(world.kinds[0].values) * budget.per_value
    times = 2 if clip.config is not None and clip.words is not None else 1
    return Amount(images=times * scenes, texts=times * scenes) + amount_of_map(world, fitted=fitted, tested=count)


def probe_both(
    clip: Clip,
    world: World,
    *,
    seed: int,
    noun: int = 0,
    budget: ProbeBudget = FULL.probe,
    meter: Meter | None = None,
) -> dict[str, Estimate]:
    """Fit a probe on images and one on captions, of the same scenes with the same split."""
    meter = meter or no_meter()
    plan = make_plan(canonical_data(world), world, seed=seed)
    scenes, values = scenes_with(plan, noun, seed=seed, budget=budget)
    grammar = Grammar(world)
    said = write_captions(plan, scenes, Stream(seed=seed, name="evaluation", index=np.arange(len(values))))
    tested = is_tested(scenes, noun)
    chance = metrics.value_bag_chance(scenes.values[tested][:, :, 0])
    features = {
        "within_images": embed_scenes(clip, Renderer(plan, size=clip.image_size), scenes, meter),
        "within_captions": embed_sentences(clip, grammar, grammar.ids(said), meter),
    }
    return {name: read_out(rows, values, tested, chance) for name, rows in features.items()}


def read_out(features: np.ndarray, values: np.ndarray, tested: np.ndarray, chance: float) -> Estimate:
    """Return the accuracy on the rows `tested` (M,) of a probe fitted on the others.

    Features are (M, D), values (M,).
    """
    features = metrics.normalize(features)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    classifier.fit(features[~tested], values[~tested])
    right = (classifier.predict(features[tested]) == values[tested]).astype(float)
    return metrics.share(right, chance)


def is_tested(scenes: Scenes, noun: int) -> np.ndarray:
    """Return (M,) bool for scenes of two objects, one of them `noun`; equal for the same other noun and two colors."""
    colors = np.sort(scenes.values[:, :, 0], axis=1)
    other = np.where(scenes.nouns[:, 0] == noun, scenes.nouns[:, 1], scenes.nouns[:, 0])
    # Every color meets every other in the tested part, whichever the other noun is.
    return np.asarray((other + colors[:, 0] + colors[:, 1]) % TESTED == 0)


def project(clip: Clip, world: World, *, seed: int, count: int) -> tuple[Projection, list[str], list[str | None]]:
    """Project the first canonical scenes with their captions and swaps on their first two principal axes."""
    found = make_set("canonical", canonical_data(world), world, seed=seed, count=count)
    grammar = Grammar(world)
    ids = grammar.ids(found.caption), grammar.ids(found.swapped.said)
    captions, swapped = embed_ids(clip, grammar, np.concatenate(ids)).reshape(2, count, -1)
    images = embed_images(clip, Renderer(found.plan, size=clip.image_size).images(found.scenes))
    features = FormFeatures(images=images, captions=captions, swapped=swapped)
    said, exchanged = (grammar.texts(each) for each in ids)
    there = found.swapped.exists.tolist()
    return (
        project_features(features, found.swapped.exists),
        said,
        [text if exists else None for text, exists in zip(exchanged, there, strict=True)],
    )
