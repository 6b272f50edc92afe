"""A world for a browser, which draws and words the same scenes: its facts as JSON, and its sprites in one file.

    describe_world(WORLDS["things"])["nouns"][0]["word"]     # "submarine"; with constants of scenes and streams
    packed = pack_atlas(WORLDS["things"], size=64)      # bytes

The file is a little-endian uint32 (the length of a JSON header), the header, then the sprites in the order noun,
variant, side. A sprite is four signed bytes (top, left, height, width; top and left are relative to the middle of the
sprite) and four planes of height x width bytes: how many of the 16 subpixels of a pixel are background, ink, light and
accent. The body has the rest. From these counts follow the three planes of `sprites`, and how much of what lies behind
an object shows.

The atlas holds the sides that scenes draw from, and smaller and larger ones for scenes that a person lays out.
"""

import json
from dataclasses import replace
from itertools import product

import numpy as np

from explorer.codec import encode
from explorer.spec import DIALS, DataSpec
from explorer.special_tokens import SPECIAL_TOKENS
from explorer.world import sprites
from explorer.world.counter_rng import SLOTS, STREAMS
from explorer.world.grammar import ANY_WORDS, MAX_NAMED_OBJECTS, Grammar
from explorer.world.plan import MIN_VALUES_TO_HOLD_OUT, NUM_SCALE_LEVELS, make_plan
from explorer.world.render import SLACK_SHARE, Atlas, sprite_look
from explorer.world.scenes import NUM_CELLS, OFFSET_STEPS
from explorer.world.things import Look, Noun, NounPart, World

POLYGON_DECIMALS = 4
"""Decimals of a polygon's corners: a tenth of a pixel in a picture of a thousand."""


def describe_world(world: World) -> dict[str, object]:
    """Return everything that a second implementation needs to draw and to word scenes of `world`."""
    grammar = Grammar(world)
    return {
        "name": world.name,
        "grays": {"background": world.background, "ink": world.ink, "light": world.light},
        "nouns": [
            {
                "word": noun.word,
                "factor": round(sprites.size_factor(noun), 6),  # what brings it to the common area
                "parts": [_part(part) for part in noun.parts],
                "dots": [_part(part) for part in sprites.place_dots(noun)],
            }
            for noun in world.nouns
        ],
        "kinds": encode(world.kinds),
        "look": encode(Look()),
        "words": list(grammar.words),
        "more_words": list(Grammar(world, ANY_WORDS).more_words),
        "num_special": len(SPECIAL_TOKENS),
        "context_length": grammar.context_length,
        "most_objects": MAX_NAMED_OBJECTS,
        "num_levels": NUM_SCALE_LEVELS,
        "usual": encode(DataSpec()),
        "dials": {name: {"is_tidy": dial.is_tidy, "tab": encode(dial.tab)} for name, dial in DIALS.items()},
        "num_cells": NUM_CELLS,
        "offset_steps": OFFSET_STEPS,
        "slack_share": SLACK_SHARE,
        "min_values_to_hold_out": MIN_VALUES_TO_HOLD_OUT,
        "streams": list(STREAMS),
        "slots": list(SLOTS),
        "drawing": {
            "subpixels": sprites.SUBPIXELS,
            "area": sprites.SPRITE_AREA,
            "extent": sprites.SPRITE_EXTENT,
            "max_turn": sprites.MAX_TURN,
            "rim_width": sprites.RIM_WIDTH,
        },
        "dots": {"period": sprites.DOT_PERIOD, "radius": sprites.DOT_RADIUS},
        "stripes": {"period": sprites.STRIPE_PERIOD, "share": sprites.STRIPE_SHARE, "slant": sprites.STRIPE_SLANT},
    }


def _part(part: NounPart) -> dict[str, object]:
    if part.box is not None:
        return {"role": part.role, "box": [round(edge, POLYGON_DECIMALS) for edge in part.box]}
    return {
        "role": part.role,
        "points": [[round(x, POLYGON_DECIMALS), round(y, POLYGON_DECIMALS)] for x, y in part.points],
    }


SMALLER_SIDES = tuple(range(250, 501, 50))
LARGER_SIDES = (1075, 1150, 1225, 1300, 1400, 1500)
"""Sides in permille of the largest in training, which no scene of a plan shows."""
COUNTED_LABELS = (sprites.BACKGROUND, sprites.INK, sprites.LIGHT, sprites.ACCENT)


def pack_atlas(world: World, *, size: int) -> bytes:
    """Return the atlas of `world` for pictures of `size` x `size` pixels (even)."""
    kinds = tuple(kind.name for kind in world.kinds)
    plan = make_plan(DataSpec(world=world.name, attribute_kinds=kinds), world, seed=0)
    box = Atlas(plan, size=size).box
    variants = list(dict.fromkeys(map(sprite_look, plan.looks)))
    trained = sorted({level * scale // 1000 for scale in plan.scales.tolist() for level in plan.levels.tolist()})
    sides = sorted({*trained, *SMALLER_SIDES, *LARGER_SIDES})
    header = {
        "world": world.name,
        "size": size,
        "box": box,
        "subpixels": sprites.SUBPIXELS**2,
        "sides": sides,
        "trained_sides": trained,
        "variants": [{name: getattr(look, name) for name in ("texture", "outline", "angle")} for look in variants],
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    drawn = (_pack_sprite(noun, look, side, box) for noun, look, side in product(world.nouns, variants, sides))
    return b"".join([len(text).to_bytes(4, "little"), text, *drawn])


def _pack_sprite(noun: Noun, look: Look, side: int, box: int) -> bytes:
    """Return one sprite, cropped to what is not background."""
    # What is larger than the box is drawn in one of twice its side, about the same middle.
    grown = 2 if side > 1000 else 1
    labels = sprites.draw_labels(noun, replace(look, scale=side / 1000 / grown), box * grown)
    blocks = labels.reshape(box * grown, sprites.SUBPIXELS, box * grown, sprites.SUBPIXELS)
    counts = np.stack([(blocks == label).sum(axis=(1, 3)) for label in COUNTED_LABELS]).astype(np.uint8)
    rows, columns = np.nonzero(counts[0] < sprites.SUBPIXELS**2)
    top, left, bottom, right = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
    middle = box * grown // 2
    bounds = np.array([top - middle, left - middle, bottom - top, right - left], dtype=np.int8)
    return bounds.tobytes() + counts[:, top:bottom, left:right].tobytes()
