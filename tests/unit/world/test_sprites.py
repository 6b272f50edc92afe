"""Sprites: equal areas, everything inside the box, weights that never overflow, and values that show."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from explorer.world.sprites import AREA, BACKGROUND, DOT_RADIUS, draw_labels, draw_sprite
from explorer.world.things import THINGS, Kind, Look, Noun, Value

BOX = 28
KINDS = {kind.name: kind for kind in THINGS.kinds}
ANGLES = (0.0, 27.0, 180.0)
every_noun = pytest.mark.parametrize("noun", THINGS.nouns, ids=lambda noun: noun.word)
every_kind = pytest.mark.parametrize("kind", THINGS.kinds, ids=lambda kind: kind.name)


def unmarked() -> Look:
    return look_of(*(kind.values[0] for kind in THINGS.kinds))


def look_of(*values: Value) -> Look:
    look = Look()
    for value in values:
        look = value.paint(look)
    return look


def all_shapes() -> list[Look]:
    """Every look but for its color."""
    return [look_of(*values) for values in product(*(kind.values for kind in THINGS.kinds[1:]))]


def in_color(planes: np.ndarray, look: Look) -> np.ndarray:
    """(3, S, S) the pixels as the module docstring of sprites defines them, before they are cut to a byte."""
    base, fill, accent = planes.astype(np.int64)
    levels = [round(level * 256 / 255) for level in (*look.fill, look.accent)]
    return np.stack([base + ((fill * level + accent * levels[3] + 128) >> 8) for level in levels[:3]])


def silhouette_area(noun: Noun, look: Look) -> float:
    """Share of the box that the labels of a look without texture and outline cover, on 512 x 512 points."""
    return float(np.mean(draw_labels(noun, look, 128) != BACKGROUND))


def covered(noun: Noun, look: Look, box: int) -> float:
    """Share of the box that a bare sprite covers, from its pixels: in a world of black behind and white details."""
    bright = replace(THINGS, background=0, ink=255, light=255)
    return float(draw_sprite(bright, noun, look, box).sum(axis=0, dtype=np.int64).sum()) / 255 / box**2


@every_noun
def test_nouns_cover_the_same_area_however_they_are_turned(noun: Noun) -> None:
    for angle in ANGLES:
        assert silhouette_area(noun, Look(angle=angle)) == pytest.approx(AREA, rel=0.01)


@every_noun
def test_pixels_cover_the_same_area(noun: Noun) -> None:
    for angle, texture in product(ANGLES, ("none", "stripes", "dots")):
        look = Look(angle=angle, texture=texture)  # type: ignore[arg-type]
        assert covered(noun, look, BOX) == pytest.approx(AREA, rel=0.04)
        assert covered(noun, look, 4 * BOX) == pytest.approx(AREA, rel=0.015)


@every_noun
def test_area_goes_with_the_square_of_the_scale(noun: Noun) -> None:
    assert silhouette_area(noun, Look(scale=0.5)) == pytest.approx(AREA / 4, rel=0.02)


@every_noun
def test_everything_lies_in_the_box(noun: Noun) -> None:
    """In a box drawn as part of a larger one, the objects at their largest leave the outside untouched."""
    for look in all_shapes():
        planes = draw_sprite(THINGS, noun, replace(look, scale=look.scale / 2), 4 * BOX)
        outside = np.ones((4 * BOX, 4 * BOX), dtype=bool)
        outside[BOX : 3 * BOX, BOX : 3 * BOX] = False
        assert (planes[0][outside] == THINGS.background).all()
        assert not planes[1:, outside].any()


@every_noun
def test_most_of_the_silhouette_takes_the_color(noun: Noun) -> None:
    planes = draw_sprite(THINGS, noun, Look(), 4 * BOX)
    assert planes[1].sum() / 255 / (4 * BOX) ** 2 > 0.55 * AREA


@every_noun
def test_weights_never_overflow(noun: Noun) -> None:
    brightest = Look(fill=(255, 255, 255), accent=255)
    for look in all_shapes():
        planes = draw_sprite(THINGS, noun, look, BOX)
        assert planes.shape == (3, BOX, BOX) and planes.dtype == np.uint8
        assert in_color(planes, brightest).max() <= 255


@every_noun
def test_whole_pixels_have_exactly_their_color(noun: Noun) -> None:
    look = Look(fill=(45, 200, 255))
    planes = draw_sprite(THINGS, noun, look, BOX)
    full = planes[1] == 255
    assert full.any()
    assert np.abs(in_color(planes, look)[:, full] - np.array(look.fill)[:, None]).max() <= 1


@every_kind
@every_noun
def test_values_of_a_kind_look_different(noun: Noun, kind: Kind) -> None:
    for color, box in product(KINDS["color"].values, (20, BOX)):
        looks = [value.paint(color.paint(unmarked())) for value in kind.values]
        pixels = [in_color(draw_sprite(THINGS, noun, look, box), look) for look in looks]
        for first, second in ((a, b) for n, a in enumerate(pixels) for b in pixels[:n]):
            changed = (np.abs(first - second).max(axis=0) > 40).mean()
            assert changed > (0.03 if kind.name != "color" else 0.1)


@every_noun
def test_textures_show_several_marks(noun: Noun) -> None:
    for texture, scale in product(("stripes", "dots"), (1.0, 0.7)):
        planes = draw_sprite(THINGS, noun, Look(texture=texture, scale=scale), BOX)  # type: ignore[arg-type]
        accent, fill = planes[2].sum(dtype=np.int64), planes[1].sum(dtype=np.int64)
        assert 0.12 < accent / (accent + fill) < 0.55


@every_noun
def test_dots_are_at_least_four(noun: Noun) -> None:
    """Counted as spots of accent: a dot covers this many pixels, and dots do not touch."""
    box = 8 * BOX
    accent = draw_sprite(THINGS, noun, Look(texture="dots"), box)[2].sum(dtype=np.int64) / 255
    assert accent / (np.pi * (DOT_RADIUS * box) ** 2) > 3.5


def test_nouns_look_different() -> None:
    """No two silhouettes agree on more than nine tenths of what either covers."""
    shapes = [draw_sprite(THINGS, noun, Look(), BOX)[0] != THINGS.background for noun in THINGS.nouns]
    for first, second in ((a, b) for n, a in enumerate(shapes) for b in shapes[:n]):
        assert (first & second).sum() / (first | second).sum() < 0.9


@every_noun
def test_an_outline_keeps_the_object_and_adds_around_it(noun: Noun) -> None:
    bare, ringed = (draw_sprite(THINGS, noun, Look(outline=width), 4 * BOX) for width in (0.0, 0.066))
    assert (bare[1:] == ringed[1:]).all()
    assert (ringed[0] != bare[0]).mean() > 0.1


@every_noun
def test_the_same_look_gives_the_same_bytes(noun: Noun) -> None:
    look = Look(texture="dots", outline=0.066, angle=27.0, scale=0.83)
    assert draw_labels(noun, look, BOX).tobytes() == draw_labels(noun, look, BOX).tobytes()
