"""Work of an analysis in images and texts to embed: a forecast before it starts, and the time left while it runs.

    meter = Meter(Amount(images=5000, texts=2000), forecast(clip, world), tell=lambda meter: print(meter.left_s))
    embed_scenes(clip, renderer, scenes, meter)      # as embed_images, in blocks, with `tell` after each
    meter.left_s                                     # seconds, by the pace so far

`tell` may raise an error to cancel the work; the parts of an analysis that are done stay with the caller.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from explorer.clip.clip import Clip
from explorer.evaluation.embed import CAPTIONS_AT_ONCE, IMAGES_AT_ONCE, embed_ids, embed_images
from explorer.evaluation.sets import canonical_data, make_set
from explorer.world.appearance import World
from explorer.world.grammar import Grammar
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes

TRIED_IMAGES, TRIED_TEXTS = 16, 32
BLOCKS = 2
"""Slices of a block: models of the project's own words embed two in parallel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """Images and distinct texts."""

    images: int = 0
    texts: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(images=self.images + other.images, texts=self.texts + other.texts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """Seconds per image and per text."""

    image_s: float
    text_s: float

    def seconds(self, amount: Amount) -> float:
        """Return the seconds for an amount."""
        return amount.images * self.image_s + amount.texts * self.text_s


class Meter:
    """Counter of the work done; `tell` gets the meter after each block."""

    def __init__(self, total: Amount, pace: Pace, *, tell: Callable[["Meter"], None]) -> None:
        self.total, self.done, self.pace = total, Amount(), pace
        self._tell, self._began = tell, time.monotonic()

    def add(self, amount: Amount) -> None:
        """Count work that is done."""
        self.done += amount
        self._tell(self)

    @property
    def share(self) -> float:
        """Share of the work that is done, weighted by the pace of the forecast."""
        return min(1.0, self.pace.seconds(self.done) / max(self.pace.seconds(self.total), 1e-9))

    @property
    def left_s(self) -> float:
        """Seconds left: by the pace so far, before the first block by the forecast."""
        if self.share == 0:
            return self.pace.seconds(self.total)
        return (time.monotonic() - self._began) * (1 - self.share) / self.share


def no_meter() -> Meter:
    """Return a meter without reports."""
    return Meter(Amount(), Pace(image_s=0.0, text_s=0.0), tell=lambda _: None)


def forecast(clip: Clip, world: World) -> Pace:
    """Time a few canonical images and captions, after one call each that only warms up."""
    found = make_set("canonical", canonical_data(world), world, seed=0, count=TRIED_TEXTS)
    images = Renderer(found.plan, size=clip.image_size).images(found.scenes.rows(slice(TRIED_IMAGES)))
    grammar = Grammar(world)
    texts = np.unique(grammar.ids(found.caption), axis=0)
    image_s = _timed(partial(embed_images, clip, images)) / len(images)
    return Pace(image_s=image_s, text_s=_timed(partial(embed_ids, clip, grammar, texts)) / len(texts))


def _timed(work: Callable[[], object]) -> float:
    """Return the seconds of the second call."""
    work()
    began = time.monotonic()
    work()
    return time.monotonic() - began


def embed_scenes(clip: Clip, renderer: Renderer, scenes: Scenes, meter: Meter) -> np.ndarray:
    """Draw and embed N scenes in blocks, with the same slices as `embed_images` of all, as (N, D)."""
    parts = []
    for rows in _blocks(len(scenes), BLOCKS * IMAGES_AT_ONCE):
        images = renderer.images(scenes.rows(rows))
        parts.append(embed_images(clip, images))
        meter.add(Amount(images=len(images)))
    return np.concatenate(parts)


def embed_sentences(clip: Clip, grammar: Grammar, ids: np.ndarray, meter: Meter) -> np.ndarray:
    """Embed token ids (M, C) in blocks of distinct ones, with the same slices as `embed_ids` of all, as (M, D)."""
    distinct, where = np.unique(ids, axis=0, return_inverse=True)
    parts = []
    for rows in _blocks(len(distinct), BLOCKS * CAPTIONS_AT_ONCE):
        parts.append(embed_ids(clip, grammar, distinct[rows]))
        meter.add(Amount(texts=len(parts[-1])))
    return np.concatenate(parts)[where.reshape(-1)]


def _blocks(count: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, count, size))
