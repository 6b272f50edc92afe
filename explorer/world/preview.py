"""What dials make, at once: a few scenes with marked captions, the dials measured back, the rates of one batch.

    found = preview(data, train, world, seed=0, count=12)
    found.scenes[0].image, found.scenes[0].words      # uint8 (3, S, S); words as in `marked`
    found.measured["saliency_bias"]                   # {"value", "n", "low", "high"} or None
    found.rates["false_negatives"]                    # a share

The scenes are the first of the train stream, those that a run of this seed sees first. Plans and sprites are kept.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from explorer.spec.dials import DataSpec, TrainSpec
from explorer.world.appearance import World
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar
from explorer.world.highlighted_captions import Word, mark, why_no_swap
from explorer.world.imagefolder import records
from explorer.world.measure import Measured, facts_of_arrays, measure
from explorer.world.pairs import draw_pairs
from explorer.world.plan import Plan, make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes
from explorer.world.sentences import write_captions
from explorer.world.swaps import false_swap

MEASURED = 512
"""Scenes that the dials are measured on."""
MOST_PAIRS = 512
"""Of a larger batch this many pairs give the rates."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PreviewScene:
    """One scene; `record` is what `export.records` says of it.

    Where there is no swap, `swapped_words` is None and `no_swap` the sentence that tells why.
    """

    image: np.ndarray
    record: dict[str, Any]
    words: list[Word]
    swapped_words: list[Word] | None
    no_swap: str | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Preview:
    """What a spec makes (see the module); `num_pairs` is how many pairs the rates are of.

    `rates` are those that training logs, and "swappable": the share of captions that a hard negative can be made of.
    """

    scenes: tuple[PreviewScene, ...]
    measured: Measured
    rates: dict[str, float]
    num_pairs: int


def preview(data: DataSpec, train: TrainSpec, world: World, seed: int, count: int, size: int = 128) -> Preview:
    """`count` scenes of `size` pixels (even) of `data`, its dials measured, and the rates of a batch of `train`."""
    plan, grammar = _plan(data, world, seed), Grammar(world)
    renderer = _renderer(data.attribute_kinds, data.size_contrast, world, size)
    num_pairs = min(train.batch_size, MOST_PAIRS)
    share, check = train.hard_negatives, train.hard_negative_check
    pairs = draw_pairs(plan, _stream(seed, num_pairs), grammar, hard_negatives=share, check=check)
    swappable = {"swappable": float(pairs.exchanged.exists.mean())}
    return Preview(
        scenes=_scenes(plan, renderer, grammar, _stream(seed, count)),
        measured=_measured(plan, _stream(seed, MEASURED)),
        rates=pairs.rates() | swappable,
        num_pairs=num_pairs,
    )


def _stream(seed: int, count: int) -> Stream:
    return Stream(seed=seed, name="train", index=np.arange(count))


def _measured(plan: Plan, stream: Stream) -> Measured:
    scenes = draw_scenes(plan, stream)
    return measure(facts_of_arrays(plan.world, scenes, write_captions(plan, scenes, stream)))


def _scenes(plan: Plan, renderer: Renderer, grammar: Grammar, stream: Stream) -> tuple[PreviewScene, ...]:
    scenes = draw_scenes(plan, stream)
    said = write_captions(plan, scenes, stream)
    swapped = false_swap(said, scenes, stream)
    columns = (
        renderer.images(scenes),
        records(plan, scenes, stream, grammar, renderer.atlas),
        mark(said, swapped, grammar),
        why_no_swap(said, swapped, scenes),
    )
    return tuple(
        PreviewScene(image=image, record=record, words=words, swapped_words=other, no_swap=reason)
        for image, record, (words, other), reason in zip(*columns, strict=True)
    )


@lru_cache(maxsize=64)
def _plan(data: DataSpec, world: World, seed: int) -> Plan:
    return make_plan(data, world, seed=seed)


@lru_cache(maxsize=8)
def _renderer(kinds: tuple[str, ...], contrast: float, world: World, size: int) -> Renderer:
    """What draws all specs of these kinds and sizes: neither another dial nor the seed changes a sprite."""
    data = DataSpec(world=world.name, attribute_kinds=kinds, size_contrast=contrast)
    return Renderer(_plan(data, world, 0), size=size)
