"""A sheet of a world's things: each in three colors for people, and in one as a model sees it.

draw_sheet(world).save("sheet.png")
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from explorer.world.sprites import draw_sprite
from explorer.world.things import AttributeValue, Look, Noun, World

LARGE_PIXELS, MODEL_PIXELS = 96, 28
COLUMNS = 6
_GAP, _TEXT_HEIGHT, _INK = 8, 24, (30, 30, 34)
_COLORS = slice(0, 3)


def draw_sheet(world: World) -> Image.Image:
    """Draw all things, six in a row."""
    colors = world.kinds[0].values[_COLORS]
    wide = len(colors) * LARGE_PIXELS + MODEL_PIXELS + 4 * _GAP
    high = LARGE_PIXELS + _TEXT_HEIGHT + 2 * _GAP
    rows = -(-len(world.nouns) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * wide, rows * high), (250, 250, 248))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(16)
    for index, noun in enumerate(world.nouns):
        left, top = index % COLUMNS * wide + _GAP, index // COLUMNS * high + _GAP
        for column, value in enumerate(colors):
            sheet.paste(_paint(world, noun, value, LARGE_PIXELS), (left + column * LARGE_PIXELS, top))
        bottom = top + LARGE_PIXELS - MODEL_PIXELS
        sheet.paste(_paint(world, noun, colors[0], MODEL_PIXELS), (left + len(colors) * LARGE_PIXELS + _GAP, bottom))
        draw.text((left, top + LARGE_PIXELS + 2), noun.word, _INK, font)
    return sheet


def _paint(world: World, noun: Noun, value: AttributeValue, box: int) -> Image.Image:
    """Draw one thing in a color on the gray of its world."""
    look = value.paint(Look())
    base, fill, accent = draw_sprite(world, noun, look, box).astype(np.int64)
    levels = [(level * 512 + 255) // 510 for level in (*look.fill, look.accent)]
    mixed = [base + ((fill * level + accent * levels[3] + 128) >> 8) for level in levels[:3]]
    return Image.fromarray(np.stack(mixed, axis=2).astype(np.uint8))
