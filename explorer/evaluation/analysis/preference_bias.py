"""Preference biases on the canonical scenes: for the larger object, and for the object that is named first.

    found = measure_bias(clip, world, seed=0, count=1000)
    found["size_bias"]                # Estimate, chance 0.5
    measure_scenes(clip, world, seed=0, count=1000)["binding_accuracy"]      # the same and binding, in one pass
    with_definitions(found, BIASES)   # {"size_bias": DefinedEstimate(...), ...}

Size, place, nouns, values and the order of mention are independent in these scenes, which are drawn at the model's own
resolution, so a share other than 0.5 comes from the model. Size bias leaves out pairs of equal size.
"""

import numpy as np

from explorer.clip.clip import Clip
from explorer.evaluation import metrics
from explorer.evaluation.embed import embed_ids, embed_images
from explorer.evaluation.metrics import Floats
from explorer.evaluation.results import CHANCE, Estimate
from explorer.evaluation.sets import EvaluationSet, canonical_data, make_set
from explorer.world.appearance import World
from explorer.world.grammar import Grammar, Sentence
from explorer.world.render import Renderer

BIASES = {
    "size_bias": "Share of images nearer to the caption of their larger object alone than to that of the smaller.",
    "mention_bias": "Share of captions of two objects nearer to the text of the object mentioned first alone.",
    "larger_first_bias": "Share of images nearer to their caption with the larger object first than with it second.",
}
DEFINITIONS = BIASES | {"binding_accuracy": metrics.METRICS["binding_accuracy"].definition}
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
