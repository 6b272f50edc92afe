"""Share of a relevance map inside a box; on canonical scenes, a test if relevance follows the caption.

    mass_in(maps, boxes, size=64)              # maps (N, rows, columns), boxes (N, 4) -> (N,) the sum inside the box
    quarters(maps)                             # (N, rows, columns) -> (N, 4) top left, top right, bottom left, right
    measure_relevance(clip, world, seed=0, count=200)["named_share"]         # Estimate, chance = the share of area

A patch counts by the part of it that the box covers, so evenly spread relevance gives each object its share of the
area, which is the chance line. Boxes are left, top, width, height in pixels.
"""

from typing import Any

import numpy as np
import torch

from explorer.clip.clip import Clip
from explorer.evaluation import metrics
from explorer.evaluation.analysis.preference_bias import alone
from explorer.evaluation.analysis.relevance import relevance_maps
from explorer.evaluation.embed import embed_ids
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import canonical_data, make_set
from explorer.world.appearance import World
from explorer.world.grammar import Grammar
from explorer.world.render import Renderer

AT_ONCE = 50
DEFINITIONS = {
    "named_share": "Mean share of the relevance in the boxes of both objects that lies on the one that the caption "
    "names alone; chance is that object's share of their area.",
    "follows": "Mean of that share minus the same object's share when the caption names the other one; chance is 0.",
}


def measure_relevance(clip: Clip, world: World, *, seed: int, count: int) -> dict[str, Estimate]:
    """Measure the estimates of `DEFINITIONS` on the canonical scenes, with captions of one object each."""
    found = make_set("canonical", canonical_data(world), world, seed=seed, count=count)
    grammar, renderer = Grammar(world), Renderer(found.plan, size=clip.image_size)
    first, second = (alone(found.caption, np.full(count, place)) for place in (0, 1))
    ids = np.concatenate([grammar.ids(first), grammar.ids(second)])
    texts = embed_ids(clip, grammar, ids).reshape(2, count, -1).transpose(1, 0, 2)
    images, boxes = renderer.images(found.scenes), renderer.atlas.boxes(found.scenes)
    maps = np.concatenate([
        relevance_maps(
            clip, clip.pixels(torch.from_numpy(images[start : start + AT_ONCE])), texts[start : start + AT_ONCE]
        )
        for start in range(0, count, AT_ONCE)
    ])  # fmt: skip
    named = (found.scenes.nouns == found.caption.nouns[:, :1]).argmax(axis=1)
    rows = np.arange(count)
    return summarize(maps, boxes[rows, named], boxes[rows, 1 - named], size=clip.image_size)


def summarize(maps: np.ndarray, named: np.ndarray, other: np.ndarray, *, size: int) -> dict[str, Estimate]:
    """Summarize maps (N, 2, rows, columns) of captions of the object `named` and of the `other`; boxes are (N, 4)."""
    inside = np.stack(
        [[mass_in(maps[:, caption], boxes, size=size) for boxes in (named, other)] for caption in (0, 1)]
    )  # caption, box, scene
    known = (inside.sum(axis=1) > 0).all(axis=0)
    shares = inside[:, 0, known] / inside[:, :, known].sum(axis=1)
    areas = np.stack([boxes[known, 2] * boxes[known, 3] for boxes in (named, other)]).astype(np.float64)
    return {
        "named_share": metrics.mean(shares[0], areas[0] / areas.sum(axis=0)),
        "follows": metrics.mean(shares[0] - shares[1], 0.0),
    }


def mass_in(maps: np.ndarray, boxes: np.ndarray, *, size: int) -> np.ndarray:
    """Return (N,) the sum of each map inside its box, on a picture of `size` pixels per side."""
    down, across = (
        _covered(boxes[:, side], boxes[:, side + 2], count, size)
        for side, count in zip((1, 0), maps.shape[1:], strict=True)
    )
    return np.asarray(np.einsum("nrc,nr,nc->n", maps, down, across))


def quarters(maps: np.ndarray) -> np.ndarray:
    """Return (N, 4) the sum in each quarter of the picture."""
    boxes = np.array([[left, top, 0.5, 0.5] for top in (0, 0.5) for left in (0, 0.5)])
    return np.stack([mass_in(maps, np.broadcast_to(box, (len(maps), 4)), size=1) for box in boxes], axis=1)


def as_document(found: dict[str, Estimate]) -> dict[str, Any]:
    """Convert the estimates with their definitions to JSON."""
    return {name: {**estimate.as_dict(), "definition": DEFINITIONS[name]} for name, estimate in found.items()}


def _covered(start: np.ndarray, length: np.ndarray, count: int, size: int) -> np.ndarray:
    """Return (N, count) the part of each of `count` equal stretches of `size` within [start, start + length)."""
    edges = np.arange(count + 1) * (size / count)
    low, high = np.maximum(start[:, None], edges[:-1]), np.minimum((start + length)[:, None], edges[1:])
    return np.maximum(high - low, 0) / (size / count)
