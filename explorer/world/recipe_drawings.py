"""Drawings of recipes: a scene of a preset and the content of its caption.

    draw_recipe(presets.get_preset("big-only"))  # a large submarine in color, a faint bus; one bar for the caption

Nouns are those of the world, as polygons. A drawing is not a sample: the nouns are fixed, and the dials of the preset
decide which are drawn, faint or named.
"""

import math
from functools import lru_cache
from typing import Any

from explorer.presets import PRESETS, DrawnObject, Preset
from explorer.spec import DataSpec
from explorer.world.sprites import outlines
from explorer.world.things import THINGS, Look
from explorer.world.worlds import fill_colors

_CAST = (("submarine", "yellow"), ("bus", "blue"), ("house", "red"), ("cat", "pink"))
_PLACES = {
    1: ((18, 12, 64),),
    2: ((0, -4, 64), (38, 34, 64)),
    3: ((0, 0, 52), (46, 0, 52), (24, 42, 52)),
    4: ((2, 0, 46), (54, 0, 46), (2, 46, 46), (54, 46, 46)),
}
"""(x, y, side) of each object, by their number."""


@lru_cache(maxsize=64)
def draw_recipe(recipe: Preset) -> dict[str, Any]:
    """Return the objects of a recipe, bars for its caption, and a mark for a property of the training.

    A drawing is 100 units wide and 108 high, with the bars below the objects. It is the recipe's own if it has one,
    else one from its dials.
    """
    data, train = recipe.spec.data, recipe.spec.train
    picture = recipe.picture or _compose(data)
    mark = "⇄" if train.hard_negatives else f"{train.batch_size:,}" if train.batch_size > 256 else ""
    bars = _caption_bars(data, picture, is_narrow=bool(mark))
    return {"objects": [object_facts(each) for each in picture], "bars": bars, "mark": mark}


def object_facts(drawn: DrawnObject) -> dict[str, Any]:
    """Return what a page draws an object from; `fill` is its color, empty if it has none."""
    facts = {"noun": drawn.noun, "x": drawn.x, "y": drawn.y, "side": drawn.side, "is_told": drawn.is_told}
    return facts | {"fill": fill_colors()[drawn.color] if drawn.color else ""}


def _compose(data: DataSpec) -> tuple[DrawnObject, ...]:
    num_named = max(1, math.floor(data.caption_completeness * data.objects_in_image + 1e-9))
    valued = math.floor(data.attribute_density * num_named + 1e-9)
    cast = zip(_CAST, _PLACES[data.objects_in_image], strict=False)
    return tuple(
        DrawnObject(
            noun=noun, x=x, y=y, side=side, color=color if index < max(1, valued) else None, is_told=index < num_named
        )
        for index, ((noun, color), (x, y, side)) in enumerate(cast)
    )


def noun_polygons() -> dict[str, list[dict[str, str]]]:
    """Return the polygons of each noun in a drawing, so that a page holds them once."""
    cast = {each["noun"] for recipe in PRESETS.values() for each in draw_recipe(recipe)["objects"]}
    return {noun.word: polygons_of(noun.word) for noun in THINGS.nouns if noun.word in cast}


@lru_cache(maxsize=64)
def polygons_of(noun: str) -> list[dict[str, str]]:
    """Return the polygons of a noun in percent of its side; a `kind` chooses the paint."""
    drawn = outlines(next(each for each in THINGS.nouns if each.word == noun), Look())
    return [
        {"kind": role, "points": " ".join(f"{100 * x:.1f},{100 * y:.1f}" for x, y in points)} for role, points in drawn
    ]


def _caption_bars(data: DataSpec, picture: tuple[DrawnObject, ...], *, is_narrow: bool) -> list[dict[str, Any]]:
    """Return a short bar per value that the caption names, a longer one per noun; narrow ones leave room for a mark."""
    named = [each for each in picture if each.is_told]
    values = round(data.attribute_density) if data.attribute_density > 1 else 1
    short, long = (9.0, 16.0) if is_narrow or len(named) * values > 2 else (12.0, 24.0)
    bars, x = [], 6.0
    for each in named:
        for _ in range(values if each.color else 0):
            bars.append({"x": x, "width": short, "fill": fill_colors()[each.color or ""]})
            x += short + 3
        bars.append({"x": x, "width": long, "fill": ""})
        x += long + 6
    return bars
