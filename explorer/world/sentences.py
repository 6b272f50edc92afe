"""Captions as arrays: named objects, their order, and their named values.

    said = write_captions(plan, scenes, stream)
    said.nouns     # (N, P) the noun at each place, -1 beyond the last object named
    said.values    # (N, P, K) the value named for it in each kind, -1 if none is named

N captions, P places (one per object of the scene), K kinds. `grammar` turns a `Sentence` into words or token
ids, `swaps` into swapped, replaced and reordered ones. All arrays are numpy or all torch.
"""

from dataclasses import dataclass
from math import floor
from typing import Any

from array_api_compat import array_namespace, device

from explorer.world.counter_rng import Stream
from explorer.world.plan import Plan
from explorer.world.scenes import Scenes, by_place, table


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sentence:
    """Batch of captions (see the module)."""

    nouns: Any
    values: Any

    def __len__(self) -> int:
        return int(self.nouns.shape[0])

    def rows(self, rows: Any) -> "Sentence":
        """Return the captions of these rows, indices or a slice."""
        return Sentence(nouns=self.nouns[rows], values=self.values[rows])

    @property
    def count(self) -> Any:
        """Return (N,) the number of objects named."""
        return array_namespace(self.nouns).sum(self.nouns >= 0, axis=1, dtype=self.nouns.dtype)


def write_captions(plan: Plan, scenes: Scenes, stream: Stream) -> Sentence:
    """Write a caption per scene by the caption dials of `plan.data`."""
    named = named_objects(plan, scenes, stream)
    return write_sentence(scenes, stream, named, _named_kinds(plan, stream))


def write_sentence(scenes: Scenes, stream: Stream, named: Any, kinds: Any) -> Sentence:
    """Write the objects `named` (N, n) in random order, each with its values in its `kinds` (N, n, K)."""
    xp = stream.xp
    n = named.shape[1]
    keys = stream.bits("mention", n) * n + xp.arange(n, device=device(named))
    order = xp.argsort(xp.where(named, keys, keys + 2**60), axis=1)
    said = xp.where(kinds, scenes.values, -1)
    nouns = xp.where(named, scenes.nouns, -1)
    nouns = xp.take_along_axis(nouns, order, axis=1)
    values = by_place(said, order)
    return Sentence(nouns=nouns, values=xp.where(nouns[:, :, None] >= 0, values, -1))


def _num_named(plan: Plan, stream: Stream) -> Any:
    """Return (N,) the number k of objects named per caption: mean completeness times n, at least one."""
    n, mean = plan.num_objects, plan.data.caption_completeness * plan.num_objects
    if plan.data.caption_lengths == "mixed" and n > 1:
        said = stream.chance("count", (mean - 1) / (n - 1), n - 1)
        return 1 + stream.xp.sum(said, axis=1, dtype=stream.index.dtype)
    more = stream.chance("count", mean - floor(mean), 1)[:, 0]
    return stream.xp.where(more, floor(mean) + 1, floor(mean))


def named_objects(plan: Plan, scenes: Scenes, stream: Stream) -> Any:
    """Return (N, n) bool: the k largest with the probability of the dial, ties at random, else any k."""
    xp, n = stream.xp, plan.num_objects
    largest = scenes.areas * 2**32 + stream.bits("area_ties", n)
    salient = stream.chance("is_salient", plan.data.saliency_bias, 1)
    keys = xp.where(salient, largest, stream.bits("chosen", n))
    rank = rank_of(keys)
    return rank >= n - _num_named(plan, stream)[:, None]


def _named_kinds(plan: Plan, stream: Stream) -> Any:
    """Return (N, n, K) bool: floor or ceil of the density of the kinds that vary, chosen at random per object."""
    xp, density = stream.xp, plan.data.attribute_density
    shape = (plan.num_objects, len(plan.num_values))
    more = stream.chance("num_values", density - floor(density), plan.num_objects)
    count = xp.where(more, floor(density) + 1, floor(density))
    varies = table(plan.varies, stream.index)
    keys = xp.where(varies, stream.bits("named_kinds", *shape), -1)
    return (rank_of(keys) >= shape[1] - count[:, :, None]) & varies


def rank_of(keys: Any) -> Any:
    """Return the rank of each key along the last axis, 0 for the smallest; ties by place."""
    xp = array_namespace(keys)
    return xp.argsort(xp.argsort(keys, axis=-1), axis=-1)
