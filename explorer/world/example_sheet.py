"""A sheet of example scenes with their captions, one per data spec.

    example_sheet([Example(label="web-like", data=DataSpec(...)), ...]).save("examples.png")

Each picture is the first scene of the train stream of seed 0 with the caption that training would show with it, at the
size of training and enlarged twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from textwrap import wrap

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from explorer.spec.dials import DataSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar, write_captions
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes
from explorer.world.worlds import WORLDS

SIZE, ENLARGED = 64, 128
COLUMNS, CELL_WIDTH, CELL_HEIGHT, MARGIN = 6, 210, 232, 14
LABEL_WIDTH, CAPTION_WIDTH = 32, 33
"""Characters of a line."""
PAGE, TEXT, FAINT = (250, 250, 248), (30, 30, 34), (85, 85, 92)


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """The name of a condition, and its data."""

    label: str
    data: DataSpec


def example_of(data: DataSpec, *, index: int = 0) -> tuple[np.ndarray, str]:
    """Return a scene, uint8 (3, 64, 64), and its caption."""
    world = WORLDS[data.world]
    plan, stream = make_plan(data, world, seed=0), Stream(seed=0, name="train", index=np.arange(index, index + 1))
    scenes = draw_scenes(plan, stream)
    grammar = Grammar(world)
    (caption,) = grammar.texts(grammar.ids(write_captions(plan, scenes, stream)))
    return Renderer(plan, size=SIZE).images(scenes)[0], caption


def example_sheet(examples: Sequence[Example]) -> Image.Image:
    """Draw the sheet, `COLUMNS` scenes per row."""
    rows = -(-len(examples) // COLUMNS)
    sheet = Image.new("RGB", (2 * MARGIN + COLUMNS * CELL_WIDTH, 2 * MARGIN + rows * CELL_HEIGHT), PAGE)
    for number, example in enumerate(examples):
        left = MARGIN + number % COLUMNS * CELL_WIDTH
        _draw(sheet, example, left, MARGIN + number // COLUMNS * CELL_HEIGHT)
    return sheet


def _draw(sheet: Image.Image, example: Example, left: int, top: int) -> None:
    picture, caption = example_of(example.data)
    image = Image.fromarray(picture.transpose(1, 2, 0)).resize((ENLARGED, ENLARGED), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(sheet)
    draw.text((left, top), "\n".join(wrap(example.label, LABEL_WIDTH)[:2]), TEXT, _font(12))
    sheet.paste(image, (left, top + 34))
    draw.text((left, top + 38 + ENLARGED), "\n".join(wrap(caption, CAPTION_WIDTH)[:4]), FAINT, _font(11))


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
