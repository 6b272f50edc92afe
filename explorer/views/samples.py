"""Views of the dialed data as a server draws it: samples, statistics of 24 captions, and measured dials.

    found = samples("web-like", {"world": "icons"})
    found["told"]       # {"counts": [0, 0, 24], "levels": [2, 2, ...]}: attributes of none, of one, of several objects
    found["cards"][0]   # {"image", "alt", "words", "untold", "trick", "no_trick"}
    facts("web-like").measured["saliency_bias"]         # what the captions show of the dial, None where nothing

The page draws samples itself; it asks for those of worlds of pictures and of free placement, and for measured dials.
The samples are the first scenes of the train stream. A swapped caption is the trick question of the evaluation and not
part of the training data, so it stands in a separate field of the card.

Answers are cached as JSON, 10 kB each, which callers share and must not change; the pictures behind them take 1.2 MB.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from explorer.clip.pixels import png_uri
from explorer.presets import PRESETS
from explorer.runs.specs import resolve
from explorer.spec import DataSpec, RunSpec, TrainSpec
from explorer.views.registry import view, whole
from explorer.views.service import Service
from explorer.world.measure import MeasuredDial
from explorer.world.preview import Preview, PreviewScene, preview
from explorer.world.swaps import Word
from explorer.world.worlds import WORLDS, colored

CAPTIONS = 24
"""Number of captions that are counted, and of scenes to show samples from."""
CARDS, PIXELS = 3, 128
MOST_KEPT = 512
"""Number of answers in a cache: those of a class of thirty."""
LEVELS = 3
"""Levels of a caption: it states attributes of no object, of one, of several."""


@view(limit="questions")
def samples(
    here: Service,  # noqa: ARG001 whose limiter counts the call
    preset: str,
    overrides: dict[str, Any] | None = None,
    start: Annotated[int, whole(0, 2**31 - 1)] = 0,
) -> dict[str, Any]:
    """Three samples of a data set with marked captions, and how much 24 of its captions tell.

    Args:
        preset: name of a recipe, for example web-like
        overrides: fields of the recipe to change, for example {"world": "icons"}
        start: number of the first sample
    """
    return samples_of(resolve(preset, overrides or {}), start)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a data set shows of its dials, None where its captions show nothing, and shares in a batch of `pairs`."""

    measured: Mapping[str, MeasuredDial | None]
    rates: Mapping[str, float]
    pairs: int


@view(limit="questions")
def facts(
    here: Service,  # noqa: ARG001 whose limiter counts the call
    preset: str,
    overrides: dict[str, Any] | None = None,
) -> Facts:
    """The dials of a data set as its scenes and captions measure them, and the rates of one batch.

    Args:
        preset: name of a recipe, for example web-like
        overrides: fields of the recipe to change, for example {"world": "icons"}
    """
    found = preview_of(resolve(preset, overrides or {}))
    return Facts(measured=found.measured, rates=found.rates, pairs=found.num_pairs)


def samples_of(spec: RunSpec, start: int) -> dict[str, Any]:
    """Return the cards from scene `start` on, and the statistics of 24 captions."""
    return _samples(spec.data, spec.train, start % CAPTIONS)


def preview_of(spec: RunSpec) -> Preview:
    """Return scenes, measured dials and rates of a spec; the last few are kept."""
    return _preview(spec.data, spec.train)


@lru_cache(maxsize=MOST_KEPT)
def _samples(data: DataSpec, train: TrainSpec, start: int) -> dict[str, Any]:
    scenes = _preview(data, train).scenes
    levels = [_level(scene.words) for scene in scenes]
    shown = [scenes[(start + place) % len(scenes)] for place in range(CARDS)]
    return {
        "start": start,
        "told": {"levels": levels, "counts": [levels.count(level) for level in range(LEVELS)]},
        "cards": [_card(scene) for scene in shown],
    }


def warm() -> None:
    """Draw the samples of every recipe once, so that the first to choose one does not wait for its sprites."""
    for each in PRESETS.values():
        samples_of(each.spec, 0)
        preview_of(each.spec)


@lru_cache(maxsize=4)
def _preview(data: DataSpec, train: TrainSpec) -> Preview:
    return preview(data, train, WORLDS[data.world], seed=train.seed, count=CAPTIONS, size=PIXELS)


def _level(words: Sequence[Word]) -> int:
    """Return the number of objects with a stated attribute; two stands for more as well."""
    things: list[list[Word]] = [[]]
    for word in words:
        things.append([]) if word["text"] == "and" else things[-1].append(word)
    return min(LEVELS - 1, sum(any(word["kind"] for word in thing) for thing in things))


def _card(scene: PreviewScene) -> dict[str, object]:
    """Return one sample; boxes are fractions of the picture's side."""
    return {
        "image": png_uri(scene.image),
        "alt": " ".join(word["text"] for word in scene.words),
        "words": colored(scene.words),
        "untold": [[round(part / PIXELS, 4) for part in each.box] for each in scene.record.unmentioned],
        "trick": None if scene.swapped_words is None else colored(scene.swapped_words),
        "no_trick": scene.no_swap,
    }
