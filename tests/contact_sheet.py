"""A picture of everything that a world can draw: nouns, values, and every noun in every value of the first kind.

    contact_sheet(THINGS).save("contact-sheet.png")      # 1520 pixels wide

`python -m tests.contact_sheet OUT.png` writes it for the world `things`.
"""

import sys
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from explorer.world.sprites import draw_sprite
from explorer.world.things import THINGS, AttributeValue, Look, Noun, World

LARGE, SMALL = 100, 28
"""Sides of the sprites in pixels; the small ones have the size of a training image."""

WIDTH, MARGIN, GAP, ROW = 1520, 40, 12, 6
PAGE, TEXT, FAINT = (250, 250, 248), (30, 30, 34), (105, 105, 112)

Values = Sequence[AttributeValue]


def contact_sheet(world: World) -> Image.Image:
    """Draw the whole picture; its height depends on the world."""
    sheet = Image.new("RGB", (WIDTH, 3000), PAGE)
    bottom = _nouns(sheet, world, _heading(sheet, MARGIN, "Each noun, with values drawn together", LARGE))
    bottom = _values(sheet, world, _heading(sheet, bottom, "One value at a time", LARGE))
    title = f"Each noun in each {world.kinds[0].name}"
    bottom = _table(sheet, world, _heading(sheet, bottom, title, SMALL))
    return sheet.crop((0, 0, WIDTH, bottom))


def _nouns(sheet: Image.Image, world: World, top: int) -> int:
    """Draw all nouns, six per row, with values assigned in turn; return the top of the next section."""
    for number, noun in enumerate(world.nouns):
        turns = [number + 3 * (number // ROW), *(number * (k + 2) // (k + 3) for k in range(1, len(world.kinds)))]
        values = [kind.values[turn % len(kind.values)] for kind, turn in zip(world.kinds, turns, strict=True)]
        marked = [value for kind, value in zip(world.kinds, values, strict=True) if value != kind.values[0]]
        named = dict.fromkeys([values[0].word, *(value.word for value in marked)])
        _tile(sheet, world, (number % ROW, ROW, top + number // ROW * 180), noun, values, ", ".join(named))
    return top + -(-len(world.nouns) // ROW) * 180


def _values(sheet: Image.Image, world: World, top: int) -> int:
    """Draw the values of all kinds but the first in one row, each kind on its own noun."""
    shown = [(k, value) for k, kind in enumerate(world.kinds[1:]) for value in kind.values]
    for column, (k, value) in enumerate(shown):
        base, noun = world.kinds[0].values[k % len(world.kinds[0].values)], world.nouns[(7 * k + 2) % len(world.nouns)]
        _tile(sheet, world, (column, len(shown), top), noun, [base, value], value.word)
    return top + 180


def _tile(
    sheet: Image.Image, world: World, place: tuple[int, int, int], noun: Noun, values: Values, words: str
) -> None:
    """Draw a panel with one large sprite in column `place[0]` of `place[1]`, and its words below."""
    column, columns, top = place
    pitch = (WIDTH - 2 * MARGIN + GAP) / columns
    left, right = round(MARGIN + column * pitch), round(MARGIN + (column + 1) * pitch) - GAP
    draw = ImageDraw.Draw(sheet)
    draw.rounded_rectangle((left, top, right, top + LARGE + 20), 10, fill=(world.background,) * 3)
    sheet.paste(_paint_object(world, noun, values, LARGE), ((left + right - LARGE) // 2, top + 10))
    middle = (left + right) // 2
    draw.text((middle, top + LARGE + 28), noun.word, TEXT, _font(16), anchor="ma")
    draw.text((middle, top + LARGE + 48), words, FAINT, _font(12), anchor="ma")


def _table(sheet: Image.Image, world: World, top: int) -> int:
    """Draw nouns across and values of the first kind down, at the size of a training image."""
    draw, pitch, left = ImageDraw.Draw(sheet), (WIDTH - 2 * MARGIN - 90) / len(world.nouns), MARGIN + 90
    height = 36 * len(world.kinds[0].values)
    draw.rounded_rectangle((left, top + 24, WIDTH - MARGIN, top + 32 + height), 10, fill=(world.background,) * 3)
    for column, noun in enumerate(world.nouns):
        middle = round(left + (column + 0.5) * pitch)
        draw.text((middle, top + 2), noun.word, TEXT, _font(13), anchor="ma")
        for row, value in enumerate(world.kinds[0].values):
            sheet.paste(_paint_object(world, noun, [value], SMALL), (middle - SMALL // 2, top + 32 + 36 * row))
    for row, value in enumerate(world.kinds[0].values):
        draw.text((left - 14, top + 46 + 36 * row), value.word, TEXT, _font(14), anchor="rm")
    return top + 32 + height + MARGIN


def _paint_object(world: World, noun: Noun, values: Values, box: int) -> Image.Image:
    """Draw one object with these values, in color."""
    look = Look()
    for value in values:
        look = value.paint(look)
    base, fill, accent = draw_sprite(world, noun, look, box).astype(np.int64)[..., None]
    levels = np.round(np.array([*look.fill, look.accent]) * 256 / 255).astype(np.int64)
    return Image.fromarray((base + ((fill * levels[:3] + accent * levels[3] + 128) >> 8)).astype(np.uint8))


def _heading(sheet: Image.Image, top: int, text: str, box: int) -> int:
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, top), text, TEXT, _font(22))
    draw.text((WIDTH - MARGIN, top + 8), f"drawn in {box} x {box} pixels", FAINT, _font(13), anchor="ra")
    return top + 40


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


if __name__ == "__main__":
    contact_sheet(THINGS).save(sys.argv[1], optimize=True)
