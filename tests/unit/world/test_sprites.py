"""Sprites: equal areas, everything inside the box, weights that never overflow, and values that show."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest

from explorer.world.sprites import BACKGROUND, SPRITE_AREA, draw_labels, draw_sprite
from explorer.world.things import THINGS, AttributeKind, AttributeValue, Look, Noun

BOX = 28
every_noun = pytest.mark.parametrize("noun", THINGS.nouns, ids=lambda noun: noun.word)
every_kind = pytest.mark.parametrize("kind", THINGS.kinds, ids=lambda kind: kind.name)


def look_of(*values: AttributeValue) -> Look:
    look = Look()
    for value in values:
        look = value.paint(look)
    return look


SHAPES = [look_of(*values) for values in product(*(kind.values for kind in THINGS.kinds[1:]))]
"""Every look but for its color."""


def composite(planes: np.ndarray, look: Look) -> np.ndarray:
    """(3, S, S) the pixels as the module docstring of sprites defines them, before they are cut to a byte."""
    base, fill, accent = planes.astype(np.int64)
    levels = [round(level * 256 / 255) for level in (*look.fill, look.accent)]
    return np.stack([base + ((fill * level + accent * levels[3] + 128) >> 8) for level in levels[:3]])


def covered_share(noun: Noun, look: Look, box: int) -> float:
    """Share of the box that a bare sprite covers, from its pixels: in a world of black behind and white details."""
    bright = replace(THINGS, background=0, ink=255, light=255)
    return float(draw_sprite(bright, noun, look, box).sum(axis=0, dtype=np.int64).sum()) / 255 / box**2


@every_noun
def test_nouns_cover_the_same_area_however_they_are_turned_and_textured(noun: Noun) -> None:
    for angle, scale in ((0.0, 1.0), (27.0, 1.0), (180.0, 1.0), (0.0, 0.5)):
        share = float(np.mean(draw_labels(noun, Look(angle=angle, scale=scale), 128) != BACKGROUND))
        assert share == pytest.approx(SPRITE_AREA * scale**2, rel=0.01 / scale)
    for angle, texture in product((0.0, 27.0), ("none", "stripes", "dots")):
        look = Look(angle=angle, texture=texture)  # type: ignore[arg-type]
        assert covered_share(noun, look, BOX) == pytest.approx(SPRITE_AREA, rel=0.04)
        assert covered_share(noun, look, 4 * BOX) == pytest.approx(SPRITE_AREA, rel=0.015)


@pytest.mark.slow
@every_noun
def test_everything_lies_in_the_box_and_weights_never_overflow(noun: Noun) -> None:
    """In a box drawn as part of a larger one, the objects at their largest leave the outside untouched."""
    brightest = Look(fill=(255, 255, 255), accent=255)
    outside = np.ones((4 * BOX, 4 * BOX), dtype=bool)
    outside[BOX : 3 * BOX, BOX : 3 * BOX] = False
    for look in SHAPES:
        planes = draw_sprite(THINGS, noun, replace(look, scale=look.scale / 2), 4 * BOX)
        assert (planes[0][outside] == THINGS.background).all() and not planes[1:, outside].any()
        planes = draw_sprite(THINGS, noun, look, BOX)
        assert planes.shape == (3, BOX, BOX) and planes.dtype == np.uint8
        assert composite(planes, brightest).max() <= 255


@every_kind
@every_noun
def test_values_of_a_kind_look_different(noun: Noun, kind: AttributeKind) -> None:
    unmarked = look_of(*(each.values[0] for each in THINGS.kinds))
    for color, box in product(THINGS.kinds[0].values, (20, BOX)):
        looks = [value.paint(color.paint(unmarked)) for value in kind.values]
        pixels = [composite(draw_sprite(THINGS, noun, look, box), look) for look in looks]
        for first, second in combinations(pixels, 2):
            changed = (np.abs(first - second).max(axis=0) > 40).mean()
            assert changed > (0.03 if kind.name != "color" else 0.1)


def test_nouns_look_different() -> None:
    """No two silhouettes agree on more than nine tenths of what either covers."""
    shapes = [draw_sprite(THINGS, noun, Look(), BOX)[0] != THINGS.background for noun in THINGS.nouns]
    for first, second in combinations(shapes, 2):
        assert (first & second).sum() / (first | second).sum() < 0.9
