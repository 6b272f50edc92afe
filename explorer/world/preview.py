"""Preview of a spec: a few scenes with marked captions, measured dials, and the rates of one batch; a sheet of several.

    drawn = preview(data, train, world, seed=0, count=12)
    drawn.scenes[0].image, drawn.scenes[0].words      # uint8 (3, S, S); words as in `mark_words`
    drawn.measured["saliency_bias"]                   # a MeasuredDial or None
    drawn.rates["false_negatives"]                    # a share

    example_sheet([Example(label="web-like", data=DataSpec(...)), ...]).save("examples.png")

The scenes are the first of the train stream, as a run of this seed sees them; a sheet shows the first of seed 0 for
each data spec, at the size of training and enlarged twice. Plans and sprites are cached.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from textwrap import wrap

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from explorer.spec import DataSpec, TrainSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar, write_captions
from explorer.world.imagefolder import SceneRecord, describe_scenes
from explorer.world.measure import MeasuredDials, measure_dials
from explorer.world.pairs import draw_pairs
from explorer.world.plan import ScenePlan, make_plan
from explorer.world.render import Renderer
from explorer.world.scene_arrays import arrays_of_scenes
from explorer.world.scenes import draw_scenes
from explorer.world.swaps import MarkedWord, false_swap, mark_words, why_no_swap
from explorer.world.things import World
from explorer.world.worlds import get_world

MEASURED_SCENES = 512
"""Number of scenes for measuring the dials."""
MAX_RATE_PAIRS = 512
"""Largest number of pairs of a batch for the rates."""
MAX_CACHED_SIZE = 128
"""Pixels of a side up to which a renderer is kept: its sprites take up to 40 MB, those of 512 pixels 250 MB."""
EXAMPLE_SIZE, ENLARGED_SIZE = 64, 128
SHEET_COLUMNS, CELL_WIDTH, CELL_HEIGHT, MARGIN = 6, 210, 232, 14
LABEL_WIDTH, CAPTION_WIDTH = 32, 33
"""Characters of a line."""
PAGE, TEXT, FAINT = (250, 250, 248), (30, 30, 34), (85, 85, 92)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PreviewScene:
    """One scene.

    Without a swap, `swapped_words` is None and `no_swap` is a sentence that gives the reason.
    """

    image: np.ndarray
    record: SceneRecord
    words: list[MarkedWord]
    swapped_words: list[MarkedWord] | None
    no_swap: str | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Preview:
    """Preview of a spec (see the module); `num_pairs` is the number of pairs behind the rates.

    `rates` are those that training logs, and "swappable": the share of captions that allow a hard negative.
    """

    scenes: tuple[PreviewScene, ...]
    measured: MeasuredDials
    rates: dict[str, float]
    num_pairs: int


def preview(data: DataSpec, train: TrainSpec, world: World, seed: int, count: int, size: int = 128) -> Preview:
    """Draw `count` scenes of `size` pixels (even), measure the dials, and compute the rates of one batch."""
    plan, grammar = _cached_plan(data, world, seed), Grammar(world, data)
    renderer = cached_renderer(data, world, size)
    num_pairs = min(train.batch_size, MAX_RATE_PAIRS)
    share, check = train.hard_negatives, train.hard_negative_check
    pairs = draw_pairs(plan, _stream(seed, num_pairs), grammar, hard_negatives=share, check=check)
    swappable = {"swappable": float(pairs.swapped.exists.mean())}
    looked_at = _stream(seed, MEASURED_SCENES)
    scenes = draw_scenes(plan, looked_at)
    return Preview(
        scenes=_preview_scenes(plan, renderer, grammar, _stream(seed, count)),
        measured=measure_dials(arrays_of_scenes(plan, scenes, write_captions(plan, scenes, looked_at), looked_at)),
        rates=pairs.rates() | swappable,
        num_pairs=num_pairs,
    )


def _stream(seed: int, count: int) -> Stream:
    return Stream(seed=seed, name="train", index=np.arange(count))


def _preview_scenes(plan: ScenePlan, renderer: Renderer, grammar: Grammar, stream: Stream) -> tuple[PreviewScene, ...]:
    scenes = draw_scenes(plan, stream)
    captions = write_captions(plan, scenes, stream)
    swapped = false_swap(captions, scenes, stream)
    columns = (
        renderer.images(scenes),
        describe_scenes(plan, scenes, stream, grammar, renderer.atlas),
        mark_words(captions, swapped, grammar),
        why_no_swap(captions, swapped, scenes),
    )
    return tuple(
        PreviewScene(image=image, record=record, words=words, swapped_words=other, no_swap=reason)
        for image, record, (words, other), reason in zip(*columns, strict=True)
    )


@lru_cache(maxsize=64)
def _cached_plan(data: DataSpec, world: World, seed: int) -> ScenePlan:
    return make_plan(data, world, seed=seed)


def cached_renderer(data: DataSpec, world: World, size: int) -> Renderer:
    """Return a renderer for scenes of `size` pixels (even); the last eight small ones are kept with their sprites."""
    make = _make_renderer if size <= MAX_CACHED_SIZE else _make_renderer.__wrapped__
    tidy = data.tidy_kinds if data.tidy_share > 0 else ()
    return make((*data.attribute_kinds, *data.untold_kinds, *tidy), data.size_contrast, world, size)


@lru_cache(maxsize=8)
def _make_renderer(kinds: tuple[str, ...], contrast: float, world: World, size: int) -> Renderer:
    """Return the renderer of all specs of these kinds: neither another dial nor the seed changes a sprite."""
    data = DataSpec(world=world.name, attribute_kinds=kinds, size_contrast=contrast)
    return Renderer(_cached_plan(data, world, 0), size=size)


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """The name of a condition, and its data."""

    label: str
    data: DataSpec


def first_example(data: DataSpec) -> tuple[np.ndarray, str]:
    """Return a scene, uint8 (3, 64, 64), and its caption."""
    world = get_world(data.world)
    plan, stream = _cached_plan(data, world, 0), _stream(0, 1)
    scenes = draw_scenes(plan, stream)
    grammar = Grammar(world, data)
    (caption,) = grammar.texts(grammar.ids(write_captions(plan, scenes, stream)))
    return cached_renderer(data, world, EXAMPLE_SIZE).images(scenes)[0], caption


def example_sheet(examples: Sequence[Example]) -> Image.Image:
    """Draw the sheet, `SHEET_COLUMNS` scenes per row."""
    rows = -(-len(examples) // SHEET_COLUMNS)
    sheet = Image.new("RGB", (2 * MARGIN + SHEET_COLUMNS * CELL_WIDTH, 2 * MARGIN + rows * CELL_HEIGHT), PAGE)
    for number, example in enumerate(examples):
        left = MARGIN + number % SHEET_COLUMNS * CELL_WIDTH
        _draw_example(sheet, example, left, MARGIN + number // SHEET_COLUMNS * CELL_HEIGHT)
    return sheet


def _draw_example(sheet: Image.Image, example: Example, left: int, top: int) -> None:
    picture, caption = first_example(example.data)
    image = Image.fromarray(picture.transpose(1, 2, 0)).resize((ENLARGED_SIZE, ENLARGED_SIZE), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(sheet)
    draw.text((left, top), "\n".join(wrap(example.label, LABEL_WIDTH)[:2]), TEXT, _font(12))
    sheet.paste(image, (left, top + 34))
    draw.text((left, top + 38 + ENLARGED_SIZE), "\n".join(wrap(caption, CAPTION_WIDTH)[:4]), FAINT, _font(11))


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
