"""Views of data: scenes with captions, samples for the page, measured dials, the binding pairs.

    scenes(service, "web-like", {"saliency_bias": 0.5}, count=3, seed=0, size=64)[0]["caption"]
    answer = samples(service, "web-like", {"world": "icons"})
    answer["caption_levels"]["counts"]                    # [0, 0, 24]: attributes of none, of one, of several objects
    answer["cards"][0]                                    # {"image", "alt", "words", "untold", "trick", "no_trick"}
    facts(service, "web-like").measured["saliency_bias"]  # what the captions show of the dial, None where nothing

The page draws samples itself; it asks for those of worlds of pictures and of free placement, and for measured dials.
The samples are the first scenes of the train stream. A swapped caption is the trick question of the evaluation and not
part of the training data, so it stands in a separate field of the card.

Answers are cached as JSON, 10 kB each, which callers share and must not change; the pictures behind them take 1.2 MB.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Annotated, Any

import numpy as np
from pydantic import PlainValidator

from explorer.clip.pixels import png_uri, webp_uri
from explorer.codec import encode, whole_number
from explorer.errors import BusyError, UserError
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.evaluation.inspection import PICTURE_PIXELS, SEEN_PIXELS
from explorer.runs.specs import resolve
from explorer.spec import MAX_SEED, DataSpec, TrainSpec
from explorer.views.registry import in_range, view
from explorer.views.service import Service
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar
from explorer.world.imagefolder import PICTURE_SIZE_RANGE, check_scene_size, describe_scenes
from explorer.world.measure import MeasuredDial
from explorer.world.plan import make_plan
from explorer.world.preview import MAX_CACHED_SIZE, Preview, PreviewScene, cached_renderer, preview
from explorer.world.scenes import draw_scenes
from explorer.world.swaps import MarkedWord
from explorer.world.worlds import WORLDS, color_words, get_world

NUM_CAPTIONS = 24
"""Number of captions that are counted, and of scenes to show samples from."""
NUM_CARDS, SAMPLE_PIXELS = 3, 128
MAX_CACHED_ANSWERS = 512
"""Number of answers in a cache: those of a class of thirty."""
CAPTION_LEVELS = 3
"""Levels of a caption: it states attributes of no object, of one, of several."""


def _check_world(name: Any) -> str:
    if not isinstance(name, str) or name not in WORLDS:
        raise UserError("", name, "choose {choices}", choices=", ".join(WORLDS))
    return name


SeedNumber = Annotated[int, in_range(0, MAX_SEED)]
WorldName = Annotated[str, PlainValidator(_check_world)]
MAX_VIEWED_SCENES = 100
MAX_LARGE_DRAWINGS = 2
"""Calls of `scenes` at once with sprites too large to be kept: each takes up to 400 MB, and ten seconds of a core."""


@view(
    counts_as="questions",
    limits={
        "max_scenes": MAX_VIEWED_SCENES, "min_size": PICTURE_SIZE_RANGE[0], "max_size": PICTURE_SIZE_RANGE[1],
    },
)  # fmt: skip
def scenes(
    service: Service,
    preset: str,
    overrides: dict[str, Any],
    count: Annotated[int, PlainValidator(lambda value: value)] = 12,
    seed: SeedNumber = 0,
    size: Annotated[int, in_range(*PICTURE_SIZE_RANGE)] = 96,
) -> list[dict[str, Any]]:
    """Return the first scenes of a data set with their captions; each picture is a PNG data URI.

    Args:
        preset: name of a recipe, for example web-like
        overrides: fields of the recipe to change, for example {"saliency_bias": 0.5}
        count: how many scenes, from 1 to {max_scenes}
        seed: seed of scenes and captions
        size: pixels on a side, even, from {min_size} to {max_size}
    """
    data = resolve(preset, overrides).data
    # Read here, as its range is that of the server.
    count = whole_number("count", count, 1, min(MAX_VIEWED_SCENES, service.settings.most_scenes))
    check_scene_size(size)
    world = get_world(data.world)
    plan = make_plan(data, world, seed=seed)
    stream = Stream(seed=seed, name="train", index=np.arange(count))
    drawn = draw_scenes(plan, stream)
    with _turn_to_draw(size):
        renderer = cached_renderer(data, world, size)
        described = describe_scenes(plan, drawn, stream, Grammar(world, data), renderer.atlas)
        pictures = [{"image": png_uri(image)} for image in renderer.images(drawn)]
    return [picture | encode(record) for picture, record in zip(pictures, described, strict=True)]


_large_drawings = BoundedSemaphore(MAX_LARGE_DRAWINGS)


@contextmanager
def _turn_to_draw(size: int) -> Iterator[None]:
    """A context to draw scenes in; raise `BusyError` for large ones while as many are drawn as the memory holds."""
    if size <= MAX_CACHED_SIZE:
        yield
        return
    if not _large_drawings.acquire(blocking=False):
        wanted = "large scenes are being drawn for others; try again in a minute, or give at most {most}"
        raise BusyError("size", size, wanted, most=MAX_CACHED_SIZE)
    try:
        yield
    finally:
        _large_drawings.release()


@view(counts_as="questions")
def samples(
    service: Service,  # noqa: ARG001 which counts the call
    preset: str,
    overrides: dict[str, Any] | None = None,
    start: SeedNumber = 0,
) -> dict[str, Any]:
    """Return three samples of a data set with marked captions, and how much 24 of its captions tell.

    Args:
        preset: name of a recipe, for example web-like
        overrides: fields of the recipe to change, for example {"world": "icons"}
        start: number of the first sample
    """
    spec = resolve(preset, overrides or {})
    return _samples(spec.data, spec.train, start % NUM_CAPTIONS)


@dataclass(frozen=True, kw_only=True)
class DataFacts:
    """The dials as a data set shows them, None where its captions show nothing, and shares in a batch of `pairs`."""

    measured: Mapping[str, MeasuredDial | None]
    rates: Mapping[str, float]
    pairs: int


@view(counts_as="questions")
def facts(
    service: Service,  # noqa: ARG001 which counts the call
    preset: str,
    overrides: dict[str, Any] | None = None,
) -> DataFacts:
    """Measure the dials of a data set on its scenes and captions, and the rates of one batch.

    Args:
        preset: name of a recipe, for example web-like
        overrides: fields of the recipe to change, for example {"world": "icons"}
    """
    spec = resolve(preset, overrides or {})
    preview = _preview(spec.data, spec.train)
    return DataFacts(measured=preview.measured, rates=preview.rates, pairs=preview.num_pairs)


@lru_cache(maxsize=MAX_CACHED_ANSWERS)
def _samples(data: DataSpec, train: TrainSpec, start: int) -> dict[str, Any]:
    """Return the cards from scene `start` on, and the statistics of 24 captions."""
    scenes = _preview(data, train).scenes
    levels = [_caption_level(scene.words) for scene in scenes]
    card_scenes = [scenes[(start + index) % len(scenes)] for index in range(NUM_CARDS)]
    return {
        "start": start,
        "caption_levels": {"levels": levels, "counts": [levels.count(level) for level in range(CAPTION_LEVELS)]},
        "cards": [_sample_card(scene) for scene in card_scenes],
    }


@lru_cache(maxsize=4)
def _preview(data: DataSpec, train: TrainSpec) -> Preview:
    return preview(data, train, get_world(data.world), seed=train.seed, count=NUM_CAPTIONS, size=SAMPLE_PIXELS)


def _caption_level(words: Sequence[MarkedWord]) -> int:
    """Return the number of objects with a stated attribute; two stands for more as well."""
    things: list[list[MarkedWord]] = [[]]
    for word in words:
        things.append([]) if word["text"] == "and" else things[-1].append(word)
    return min(CAPTION_LEVELS - 1, sum(any(word["kind"] for word in thing) for thing in things))


def _sample_card(scene: PreviewScene) -> dict[str, object]:
    """Return one sample; boxes are fractions of the picture's side."""
    return {
        "image": png_uri(scene.image),
        "alt": " ".join(word["text"] for word in scene.words),
        "words": color_words(scene.words),
        "untold": [[round(part / SAMPLE_PIXELS, 4) for part in each.box] for each in scene.record.unmentioned],
        "trick": None if scene.swapped_words is None else color_words(scene.swapped_words),
        "no_trick": scene.no_swap,
    }


@dataclass(frozen=True, kw_only=True)
class PairPicture:
    """One picture of a binding pair for people, the pixels that a model sees, and the words of its caption."""

    image: str
    seen: str
    words: tuple[Mapping[str, Any], ...]


@view()
def pairs(world: WorldName = "things") -> Sequence[tuple[PairPicture, PairPicture]]:
    """Return the binding pairs of a world: two pictures each, whose captions differ in which object has which value.

    Args:
        world: name of a world, for example things
    """
    return _pairs(world)


@lru_cache(maxsize=8)
def _pairs(world: str) -> tuple[tuple[PairPicture, PairPicture], ...]:
    pairs = binding_pairs(get_world(world))
    images, pixels_seen = ([webp_uri(image) for image in pairs.images(side)] for side in (PICTURE_PIXELS, SEEN_PIXELS))
    drawn = [
        PairPicture(image=image, seen=pixels, words=color_words(words))
        for image, pixels, words in zip(images, pixels_seen, pairs.words(), strict=True)
    ]
    return tuple(zip(drawn[0::2], drawn[1::2], strict=True))
