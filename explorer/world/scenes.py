"""Scenes as arrays, for any batch of scene indices.

    scenes = draw_scenes(plan, Stream(seed=0, name="train", index=np.arange(256)))
    scenes.nouns      # (N, n) noun of each object, distinct within a scene
    scenes.values     # (N, n, K) its value in each kind (0 if the kind does not vary)
    scenes.level      # (N, n) the drawn scale in permille
    scenes.side       # (N, n) the side of its box in permille of the largest: the scale times that of its values
    scenes.cell       # (N, n) its quarter of the image: 0 1 over 2 3
    scenes.offset     # (N, n, 2) its place within the slack of the quarter, down and across, of 2**16
    scenes.split      # (N, 4) of 2**16, the lines that part the image if objects are placed freely; else None

N scenes, n objects, K kinds. Scene i depends only on (seed, stream, i), with equal results in numpy and torch. Objects
are in drawing order; nouns, quarters, offsets and scales come from separate slots, so they are independent.

Where tidy pairs are mixed in, scenes have different numbers of objects. An object that is not there has the noun -1 and
the number 0 everywhere else, except in `cell`: its quarter stays empty.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from explorer.world.counter_rng import Stream
from explorer.world.plan import NUM_SCALE_LEVELS, ScenePlan

NUM_CELLS = 4
OFFSET_STEPS = 2**16
NUM_SPLITS = 4
"""Direction of the first line through the image, its place, and the places of the two lines on its sides."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scenes:
    """Batch of scenes (see the module); the arrays are int64, all numpy or all torch."""

    nouns: Any
    values: Any
    level: Any
    side: Any
    cell: Any
    offset: Any
    split: Any = None

    def __len__(self) -> int:
        return int(self.nouns.shape[0])

    def rows(self, rows: Any) -> "Scenes":
        """Return the scenes of these rows, indices or a slice."""
        parts = {each.name: getattr(self, each.name) for each in fields(self)}
        return Scenes(**{name: None if part is None else part[rows] for name, part in parts.items()})

    def first_objects(self, count: int) -> "Scenes":
        """Return the scenes with their first `count` objects, in drawing order."""
        parts = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "split"}
        return Scenes(**{name: part[:, :count] for name, part in parts.items()}, split=self.split)

    def objects_of(self, nouns: np.ndarray) -> np.ndarray:
        """Return (N, P) the objects whose nouns captions name at (N, P) places, in numpy; any where none is named."""
        return np.argmax(nouns[:, :, None] == self.nouns[:, None, :], axis=2)

    @property
    def areas(self) -> Any:
        """(N, n) drawn areas in millionths of the largest; sprites have equal area, so it is the side squared."""
        return self.side * self.side


def draw_scenes(plan: ScenePlan, stream: Stream) -> Scenes:
    """Draw the scenes of `stream` under `plan`."""
    if plan.tidy is None:
        return _draw_objects(plan, stream, plan.num_objects)
    # Numbers of one name are the same in both recipes, so a tidy scene differs in its values and in how many there are.
    most, is_tidy = max(plan.num_objects, plan.tidy.num_objects), tidy_rows(plan, stream)
    own, tidy = (_draw_objects(each, stream, most) for each in (plan, plan.tidy))
    count = stream.xp.where(is_tidy, plan.tidy.num_objects, plan.num_objects)
    is_there = stream.xp.arange(most, device=device(count)) < count[:, None]
    values, side = (choose_rows(is_tidy, *pair) for pair in ((tidy.values, own.values), (tidy.side, own.side)))
    return Scenes(
        nouns=stream.xp.where(is_there, own.nouns, -1),
        values=values * is_there[:, :, None],
        level=own.level * is_there,
        side=side * is_there,
        cell=own.cell,
        offset=own.offset * is_there[:, :, None],
        split=own.split,
    )


def tidy_rows(plan: ScenePlan, stream: Stream) -> Any:
    """Return (N,) bool: the pairs of `stream` that the tidy recipe draws."""
    return stream.chance("tidy", plan.data.tidy_share, 1)[:, 0]


def choose_rows(which: Any, one: Any, other: Any) -> Any:
    """Return the rows of `one` where `which` (N,) is true, else those of `other`, both (N, ...)."""
    return array_namespace(one).where(which.reshape(-1, *[1] * (one.ndim - 1)), one, other)


def _draw_objects(plan: ScenePlan, stream: Stream, n: int) -> Scenes:
    nouns = _random_order(stream, "nouns", len(plan.world.nouns))[:, :n]
    values = _draw_values(plan, stream, nouns)
    levels = table_like(plan.levels, stream.index)[stream.below("scale", NUM_SCALE_LEVELS, n)]
    return Scenes(
        nouns=nouns,
        values=values,
        level=levels,
        side=object_sides(plan, values, levels),
        cell=_random_order(stream, "cells", NUM_CELLS)[:, :n],
        offset=stream.below("offset", OFFSET_STEPS, n, 2),
        split=stream.below("split", OFFSET_STEPS, NUM_SPLITS) if plan.data.placement == "free" else None,
    )


def table_like(values: np.ndarray, like: Any) -> Any:
    """Return a numpy table as an array of the library and device of `like`."""
    return array_namespace(like).asarray(values, device=device(like))


def value_codes(plan: ScenePlan, values: Any) -> Any:
    """Return (N, n) the mixed-radix code of each object's values (N, n, K): an index into `plan.looks`."""
    return (values * table_like(plan.radix, values)).sum(-1)


def object_sides(plan: ScenePlan, values: Any, levels: Any) -> Any:
    """Return (N, n) permille: the drawn level of scale times the scale of the object's values."""
    return levels * table_like(plan.scales, values)[value_codes(plan, values)] // 1000


def _draw_values(plan: ScenePlan, stream: Stream, nouns: Any) -> Any:
    """Return (N, n, K): the noun's home value with the probability of the dial, else any allowed value of the noun."""
    shape = (nouns.shape[1], len(plan.num_values))
    pick = stream.below("value", table_like(plan.num_allowed, nouns)[nouns], *shape)
    flat = table_like(plan.allowed.reshape(-1, plan.allowed.shape[2]), nouns)
    rows = nouns[:, :, None] * shape[1] + stream.xp.arange(shape[1], device=device(nouns))
    free = flat[rows, pick]
    is_home = stream.chance("is_home", plan.data.attribute_object_correlation, *shape)
    return stream.xp.where(is_home, table_like(plan.home, nouns)[nouns], free)


def _random_order(stream: Stream, slot: str, count: int) -> Any:
    """Return (N, count) a random order of 0 .. count - 1; the low bits of the keys rule out ties."""
    keys = stream.bits(slot, count) * count + stream.xp.arange(count, device=device(stream.index))
    return stream.xp.argsort(keys, axis=1)


def exchange_values(plan: ScenePlan, scenes: Scenes, first: Any, second: Any, kinds: Any) -> Scenes:
    """Make the twin scenes, in which two objects exchange their values in `kinds` (N, K).

    `first` and `second` (N,) are the indices of the objects. The drawn level of scale stays with each object; its side
    follows from its new values.
    """
    order = transposition(scenes.nouns.shape[1], first, second)
    moved = reorder_rows(scenes.values, order)
    values = array_namespace(moved).where(kinds[:, None, :], moved, scenes.values)
    return replace(scenes, values=values, side=object_sides(plan, values, scenes.level))


def transposition(count: int, first: Any, second: Any) -> Any:
    """Return (N, count) the order 0 .. count - 1 with `first` (N,) and `second` (N,) exchanged."""
    xp = array_namespace(first)
    object_index = xp.arange(count, device=device(first))[None, :]
    first, second = first[:, None], second[:, None]
    return xp.where(object_index == first, second, xp.where(object_index == second, first, object_index))


def reorder_rows(values: Any, order: Any) -> Any:
    """Take rows of `values` (N, P, K) in the `order` (N, P)."""
    xp = array_namespace(values)
    return xp.take_along_axis(values, xp.broadcast_to(order[:, :, None], values.shape), axis=1)
