"""Drawings of recipes: a scene of a preset, and the content of its caption.

    drawing(preset("salient"))        # a large submarine in color, a faint bus; one bar for the caption

The nouns are those of the world, as polygons, so a drawing has the same shapes as the scenes. It is not a sample: the
nouns are fixed, and only the dials of the preset decide which of them are drawn, faint or named.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from explorer.spec.dials import DataSpec
from explorer.spec.presets import PRESETS, DrawnObject, Preset
from explorer.world.appearance import Look
from explorer.world.sprites import outlines
from explorer.world.things import COLOR, THINGS

SIZE = 100
"""Units across; a drawing is as wide and 8 higher, for the bars of the caption."""
_CAST = (("submarine", "yellow"), ("bus", "blue"), ("house", "red"), ("cat", "pink"))
_PLACES = {
    1: ((18, 12, 64),),
    2: ((0, -4, 64), (38, 34, 64)),
    3: ((0, 0, 52), (46, 0, 52), (24, 42, 52)),
    4: ((2, 0, 46), (54, 0, 46), (2, 46, 46), (54, 46, 46)),
}
"""(x, y, side) of each object, by their number."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One polygon of a noun; `role` chooses its paint."""

    role: str
    points: str


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One noun with its place.

    `is_told` is true if the caption names it, `fill` is its color, empty if none is named.
    """

    noun: str
    x: float
    y: float
    side: float
    is_told: bool
    fill: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One word of the caption: a value if `fill` is a color, else a noun."""

    x: float
    width: float
    fill: str


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """The objects, the bars of the caption, and a mark for a property of the training."""

    objects: tuple[Drawn, ...]
    bars: tuple[Bar, ...]
    mark: str


@lru_cache(maxsize=64)
def drawing(recipe: Preset) -> Drawing:
    """Return the recipe's own drawing if it has one, else one from its dials."""
    data, train = recipe.spec.data, recipe.spec.train
    picture = recipe.picture or _made(data)
    mark = "⇄" if train.hard_negatives else f"{train.batch_size:,}" if train.batch_size > 256 else ""
    return Drawing(objects=tuple(map(_object, picture)), bars=_bars(data, picture, is_narrow=bool(mark)), mark=mark)


def _made(data: DataSpec) -> tuple[DrawnObject, ...]:
    told = max(1, math.floor(data.caption_completeness * data.objects_in_image + 1e-9))
    valued = math.floor(data.attribute_density * told + 1e-9)
    cast = zip(_CAST, _PLACES[data.objects_in_image], strict=False)
    return tuple(
        DrawnObject(
            noun=noun, x=x, y=y, size=side, color=color if place < max(1, valued) else None, is_told=place < told
        )
        for place, ((noun, color), (x, y, side)) in enumerate(cast)
    )


def nouns() -> dict[str, tuple[Shape, ...]]:
    """Return the polygons of each noun in a drawing, so that a page holds them once."""
    cast = {each.noun for recipe in PRESETS.values() for each in drawing(recipe).objects}
    return {
        noun.word: tuple(
            Shape(role=role, points=" ".join(f"{100 * x:.1f},{100 * y:.1f}" for x, y in points))
            for role, points in outlines(noun, Look())
        )
        for noun in THINGS.nouns
        if noun.word in cast
    }


def _object(drawn: DrawnObject) -> Drawn:
    fill = _fill(drawn.color) if drawn.color and drawn.is_told else ""
    return Drawn(noun=drawn.noun, x=drawn.x, y=drawn.y, side=drawn.size, is_told=drawn.is_told, fill=fill)


def _bars(data: DataSpec, picture: tuple[DrawnObject, ...], *, is_narrow: bool) -> tuple[Bar, ...]:
    """Return a short bar per value that the caption names, a longer one per noun; narrow ones leave room for a mark."""
    named = [each for each in picture if each.is_told]
    values = round(data.attribute_density) if data.attribute_density > 1 else 1
    short, long = (9.0, 16.0) if is_narrow or len(named) * values > 2 else (12.0, 24.0)
    found, x = [], 6.0
    for each in named:
        for _ in range(values if each.color else 0):
            found.append(Bar(x=x, width=short, fill=_fill(each.color or "")))
            x += short + 3
        found.append(Bar(x=x, width=long, fill=""))
        x += long + 6
    return tuple(found)


def _fill(color: str) -> str:
    value = next(each for each in COLOR.values if each.word == color)
    red, green, blue = value.paint(Look()).fill
    return f"#{red:02x}{green:02x}{blue:02x}"
