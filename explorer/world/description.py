"""Describe a world as plain JSON, so that a browser draws and words the same scenes without a second list.

    describe(WORLDS["things"])["nouns"][0]["word"]      # "submarine"

The constants of scenes, captions and random streams are part of the description.
"""

from dataclasses import asdict
from typing import Any

from explorer.spec.dials import DataSpec
from explorer.world.appearance import Kind, Look, Noun, Part, World
from explorer.world.atlas import LARGEST_SHARE, ROOM_SHARE
from explorer.world.counter_rng import SLOTS, STREAMS
from explorer.world.grammar import MOST_OBJECTS, SPECIAL, Grammar
from explorer.world.plan import MIN_VALUES_TO_HOLD_OUT, NUM_LEVELS
from explorer.world.scenes import NUM_CELLS, OFFSET_STEPS
from explorer.world.sprites import (
    STRIPE_PERIOD,
    STRIPE_SHARE,
    STRIPE_SLANT,
    dots_of,
    size_factor,
)

DIGITS = 4
"""Decimals of a polygon's corners: a tenth of a pixel in a picture of a thousand."""


def describe(world: World) -> dict[str, Any]:
    """Return everything that a second implementation needs to draw and to word scenes of `world`."""
    grammar = Grammar(world)
    return {
        "name": world.name,
        "greys": {"background": world.background, "ink": world.ink, "light": world.light},
        "nouns": [_noun(noun) for noun in world.nouns],
        "kinds": [_kind(kind) for kind in world.kinds],
        "look": asdict(Look()),
        "words": list(grammar.words),
        "num_special": len(SPECIAL),
        "context_length": grammar.context_length,
        "most_objects": MOST_OBJECTS,
        "num_levels": NUM_LEVELS,
        "size_contrast": DataSpec().size_contrast,
        "num_cells": NUM_CELLS,
        "offset_steps": OFFSET_STEPS,
        "largest_share": LARGEST_SHARE,
        "room_share": ROOM_SHARE,
        "min_values_to_hold_out": MIN_VALUES_TO_HOLD_OUT,
        "streams": list(STREAMS),
        "slots": list(SLOTS),
        "stripes": {"period": STRIPE_PERIOD, "share": STRIPE_SHARE, "slant": STRIPE_SLANT},
    }


def _noun(noun: Noun) -> dict[str, Any]:
    """Return a noun's word, its parts and dots, and the factor that brings it to the common area."""
    return {
        "word": noun.word,
        "factor": round(size_factor(noun), 6),
        "parts": [_part(part) for part in noun.parts],
        "dots": [_part(part) for part in dots_of(noun)],
    }


def _part(part: Part) -> dict[str, Any]:
    if part.box is not None:
        return {"role": part.role, "box": [round(edge, DIGITS) for edge in part.box]}
    return {"role": part.role, "points": [[round(x, DIGITS), round(y, DIGITS)] for x, y in part.points]}


def _kind(kind: Kind) -> dict[str, Any]:
    return {"name": kind.name, "values": [{"word": value.word, "paints": dict(value.paints)} for value in kind.values]}
