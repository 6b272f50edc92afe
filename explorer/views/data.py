"""Views of data: scenes with captions, the binding pairs, a forecast of a training.

scenes(here, "web-like", {"saliency_bias": 0.5}, count=3, seed=0, size=64)[0]["caption"]
plan(here, "salient").seconds                        # (35.0, 70.0)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

import numpy as np

from explorer.clip.pixels import png_uri, small_uri
from explorer.codec import encode, whole_number
from explorer.errors import UserError
from explorer.evaluation.sets import binding_pairs
from explorer.runs.queue import check_size
from explorer.runs.specs import resolve
from explorer.runs.store import RunStore
from explorer.runs.zero_gpu import mode_sentence
from explorer.settings import Settings
from explorer.spec import LARGEST_SEED, RunSpec, saved_steps
from explorer.study.bracket import StudyBracket, study_bracket
from explorer.views.registry import Read, view, whole
from explorer.views.service import Service
from explorer.views.starts import TUNES, check_init, estimate, forecast, loaded_names
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar
from explorer.world.imagefolder import SIZES, records
from explorer.world.imagefolder import check_size as check_pixels
from explorer.world.plan import make_plan
from explorer.world.preview import renderer_of
from explorer.world.scenes import draw_scenes
from explorer.world.worlds import WORLDS, colored

Seed = Annotated[int, whole(0, LARGEST_SEED)]
World = Annotated[str, Read(lambda name: _world(name))]
MOST_SCENES = 100
PAIR_PIXELS, SEEN_PIXELS = 192, 64
"""Pixels on a side of a picture of a pair for people, and of one that the browser's engine scores."""


@view(limit="questions")
def scenes(
    here: Service,
    preset: str,
    overrides: dict[str, Any],
    count: Annotated[int, Read(lambda value: value)] = 12,
    seed: Seed = 0,
    size: Annotated[int, whole(*SIZES)] = 96,
) -> list[dict[str, Any]]:
    """The first scenes of a data set with their captions, each picture a PNG data URI.

    Args:
        preset: name of a recipe, for example web-like
        overrides: fields of the recipe to change, for example {"saliency_bias": 0.5}
        count: how many scenes, from 1 to 100
        seed: of scenes and captions
        size: pixels on a side, even, from 16 to 512
    """
    data = resolve(preset, overrides).data
    # Read here, as its range is that of the server.
    count = whole_number("count", count, 1, min(MOST_SCENES, here.settings.most_scenes))
    check_pixels(size)
    world = WORLDS[data.world]
    plan = make_plan(data, world, seed=seed)
    stream = Stream(seed=seed, name="train", index=np.arange(count))
    drawn = draw_scenes(plan, stream)
    renderer = renderer_of(data, world, size)
    described = records(plan, drawn, stream, Grammar(world), renderer.atlas)
    pictures = [{"image": png_uri(image)} for image in renderer.images(drawn)]
    return [picture | encode(record) for picture, record in zip(pictures, described, strict=True)]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A training that has not begun: the seconds it takes, or why it would not begin, and what the study measured.

    `seconds` run from low to high and `basis` says what they rest on; both are empty if `why_not` is not. `needs` says
    what memory a pretrained start takes, and `tunes` names the ways in which it can be tuned; empty for other starts.
    """

    spec: RunSpec
    seconds: tuple[float, float] | None
    basis: str
    why_not: str | None
    pairs: int
    saved_steps: tuple[int, ...]
    mode: str
    needs: str
    tunes: tuple[str, ...]
    study: StudyBracket | None


@view()
def plan(here: Service, preset: str, overrides: dict[str, Any] | None = None) -> Plan:
    """Forecast a training of a recipe: its seconds here, or why it would not begin, and what the study measured.

    Args:
        preset: name of a recipe, for example web-like
        overrides: fields of the recipe to change, for example {"steps": 300}
    """
    return planned(here.store, here.settings, resolve(preset, overrides or {}))


def planned(store: RunStore, settings: Settings, spec: RunSpec) -> Plan:
    """Return the forecast of a training of a spec."""
    seconds, basis, why_not = None, "", None
    is_loaded = spec.train.init in loaded_names(store)
    try:
        check_size(store, spec, settings)
        check_init(store, spec, any_start=settings.any_start)
        *ends, basis = estimate(store, spec)
        seconds = (ends[0], ends[1])
    except UserError as error:
        why_not = str(error)
    return Plan(
        spec=spec,
        seconds=seconds,
        basis=basis,
        why_not=why_not,
        pairs=spec.train.steps * spec.train.batch_size,
        saved_steps=(0, *sorted(saved_steps(spec.train.steps))),
        mode=mode_sentence(settings),
        needs=f"Tuned by {spec.train.tune}; {forecast(spec.train.init, spec, store=store).needs}." if is_loaded else "",
        tunes=TUNES if is_loaded else (),
        study=study_bracket(spec),
    )


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One picture of a binding pair for people, the pixels that a model sees, and the words of its caption."""

    image: str
    seen: str
    words: tuple[Mapping[str, Any], ...]


@view()
def pairs(world: World = "things") -> tuple[tuple[Pair, Pair], ...]:
    """The binding pairs of a world: two pictures each, whose captions differ only in who has which attribute.

    Args:
        world: name of a world, for example things
    """
    return _pairs(world)


@lru_cache(maxsize=8)
def _pairs(world: str) -> tuple[tuple[Pair, Pair], ...]:
    found = binding_pairs(WORLDS[world])
    images, seen = ([small_uri(image) for image in found.images(side)] for side in (PAIR_PIXELS, SEEN_PIXELS))
    drawn = [
        Pair(image=image, seen=pixels, words=colored(words))
        for image, pixels, words in zip(images, seen, found.words(), strict=True)
    ]
    return tuple(zip(drawn[0::2], drawn[1::2], strict=True))


def _world(name: Any) -> str:
    if not isinstance(name, str) or name not in WORLDS:
        raise UserError("", name, f"choose {', '.join(WORLDS)}")
    return name
