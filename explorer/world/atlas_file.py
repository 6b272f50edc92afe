"""Pack every sprite of a world into one file, from which a browser composites the same pixels as `render`.

    packed = pack_atlas(WORLDS["things"], size=64)      # bytes

The file is a little-endian uint32 (the length of a JSON header), the header, then the sprites in the order noun,
variant, side. A sprite is four signed bytes (top, left, height, width; top and left are relative to the middle of the
sprite) and four planes of height x width bytes: how many of the 16 subpixels of a pixel are background, ink, light and
accent. The body has the rest. From these counts follow the three planes of `sprites`, and how much of what lies behind
an object shows.

The atlas holds the sides that scenes draw from, and smaller and larger ones for scenes that a person lays out.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.spec.dials import DataSpec
from explorer.world.appearance import Look, Noun, World
from explorer.world.atlas import Atlas
from explorer.world.plan import Plan, make_plan
from explorer.world.sprites import ACCENT, BACKGROUND, GRID, INK, LIGHT, draw_labels

SMALLER = tuple(range(250, 501, 50))
LARGER = (1075, 1150, 1225, 1300, 1400, 1500)
"""Sides in permille of the largest in training, which no scene of a plan shows."""
COUNTED = (BACKGROUND, INK, LIGHT, ACCENT)


def pack_atlas(world: World, *, size: int) -> bytes:
    """Return the atlas of `world` for pictures of `size` x `size` pixels (even)."""
    kinds = tuple(kind.name for kind in world.kinds)
    plan = make_plan(DataSpec(world=world.name, attribute_kinds=kinds), world, seed=0)
    box = Atlas(plan, size=size).box
    variants, trained = _variants(plan), _trained_sides(plan)
    sides = sorted({*trained, *SMALLER, *LARGER})
    header = {
        "world": world.name,
        "size": size,
        "box": box,
        "subpixels": GRID**2,
        "sides": sides,
        "trained_sides": trained,
        "variants": [_variant_fields(look) for look in variants],
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    sprites = (_sprite(noun, look, side, box) for noun, look, side in product(world.nouns, variants, sides))
    return b"".join([len(text).to_bytes(4, "little"), text, *sprites])


def _trained_sides(plan: Plan) -> list[int]:
    """Return the sides in permille that scenes of the world draw from."""
    return sorted({level * scale // 1000 for scale in plan.scales.tolist() for level in plan.levels.tolist()})


def _variants(plan: Plan) -> list[Look]:
    """Return the distinct looks, colors and scale left out."""
    plain = Look()
    bare = (replace(look, fill=plain.fill, accent=plain.accent, scale=plain.scale) for look in plan.looks)
    return list(dict.fromkeys(bare))


def _variant_fields(look: Look) -> dict[str, Any]:
    return {"texture": look.texture, "outline": look.outline, "angle": look.angle}


def _sprite(noun: Noun, look: Look, side: int, box: int) -> bytes:
    """Return one sprite, cropped to what is not background."""
    # What is larger than the box is drawn in one of twice its side, about the same middle.
    grown = 1 + (side > 1000)
    labels = draw_labels(noun, replace(look, scale=side / 1000 / grown), box * grown)
    counts = _counts(labels, COUNTED)
    rows, columns = np.nonzero(counts[0] < GRID**2)
    top, left, bottom, right = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
    middle = box * grown // 2
    place = np.array([top - middle, left - middle, bottom - top, right - left], dtype=np.int8)
    return place.tobytes() + counts[:, top:bottom, left:right].tobytes()


def _counts(labels: NDArray[np.uint8], wanted: Iterable[int]) -> NDArray[np.uint8]:
    """Return (labels, S, S): how many subpixels of each pixel bear each wanted label."""
    side = len(labels) // GRID
    blocks = labels.reshape(side, GRID, side, GRID)
    return np.stack([(blocks == label).sum(axis=(1, 3)) for label in wanted]).astype(np.uint8)
