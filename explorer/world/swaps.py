"""Changed captions: swap, replace, reorder; a test of a caption against a scene; and words marked for a page.

    "a red bus and a small submarine"   swap      ->  "a small bus and a red submarine"
    "a red bus"                         replace   ->  "a green bus"             (no object of the image is green)
    "a red bus and a blue submarine"    reorder   ->  "a blue submarine and a red bus"

Each function turns N captions into `ChangedCaptions`: another `CaptionBatch` and a mask of those that exist. The
exchanged objects or the replaced value are a function of the scene's stream, so two swaps restore the caption; if two
of three or more named objects have equal lists, the second swap may take another pair.

    (caption, swapped), ... = mark_words(captions, false_swap(captions, scenes, stream), grammar)
    caption     # [{"text": "a", "kind": None, ...}, {"text": "red", "kind": "color", "value": "red", "is_moved": True}
    swapped     # the same for the swapped caption, None if there is no swap
    why_no_swap(captions, swapped, scenes)       # [None, "The objects named have the same values.", ...]

Marked words joined with spaces are the text of the grammar.
"""

from dataclasses import dataclass, replace
from itertools import combinations, permutations
from typing import Any, TypedDict

import numpy as np
from array_api_compat import array_namespace, device

from explorer.world.counter_rng import Stream
from explorer.world.grammar import CaptionBatch, Grammar
from explorer.world.plan import ScenePlan
from explorer.world.scenes import Scenes, reorder_rows, table_like, transposition


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ChangedCaptions:
    """Changed captions; `exists` (N,) marks those that exist, the others are unchanged.

    `between` (N, 2) are the two positions of the caption, or in `swap_with_unnamed` the two objects of the scene, that
    exchange their values; they have no meaning if `exists` is false. It is None where a value is replaced, or the order
    changed.
    """

    captions: CaptionBatch
    exists: Any
    between: Any = None


def swap(captions: CaptionBatch, stream: Stream, *, kind: int | None = None) -> ChangedCaptions:
    """Exchange all told values, or those of one `kind`, between two named objects with different lists."""
    xp, positions = stream.xp, captions.nouns.shape[1]
    pairs = np.array(list(combinations(range(positions), 2)), dtype=np.int64).reshape(-1, 2)
    if len(pairs) == 0:
        zero = captions.count * 0
        return ChangedCaptions(captions=captions, exists=zero > 0, between=xp.stack([zero, zero], axis=1))
    compared = captions.values if kind is None else captions.values[:, :, kind : kind + 1]
    left, right = (table_like(pairs[:, side], captions.nouns) for side in (0, 1))
    differ = xp.any(compared[:, left] != compared[:, right], axis=2) & (captions.nouns[:, right] >= 0)
    chosen, exists = _choose_column(differ, stream.bits("swap", len(pairs)))
    first, second = left[chosen], right[chosen]
    exchanged = reorder_rows(captions.values, transposition(positions, first, second))
    moved = xp.where(exists[:, None, None], exchanged, captions.values)
    if kind is not None:
        only = table_like(np.arange(captions.values.shape[2]) == kind, captions.nouns)
        moved = xp.where(only, moved, captions.values)
    return ChangedCaptions(
        captions=replace(captions, values=moved),
        exists=exists,
        between=xp.stack([first, second], axis=1),
    )


def confuse(captions: CaptionBatch, swapped: ChangedCaptions) -> tuple[CaptionBatch, CaptionBatch]:
    """Give both objects of a swap of two named ones the values of the first, and those of the second.

    Captions without such a swap have no meaning in the result.
    """
    xp, positions = array_namespace(captions.nouns), captions.nouns.shape[1]
    position = xp.arange(positions, device=device(captions.nouns))[None, :]
    first, second = swapped.between[:, :1], swapped.between[:, 1:]
    sides = [xp.where((position == first) | (position == second), giver, position) for giver in (first, second)]
    one, other = (replace(captions, values=reorder_rows(captions.values, side)) for side in sides)
    return one, other


def swap_with_unnamed(captions: CaptionBatch, scenes: Scenes, stream: Stream) -> ChangedCaptions:
    """Give the one named object, in the kinds told of it, the differing values of another object of the image."""
    xp = stream.xp
    told = captions.values[:, :1, :]
    replaced = xp.where(told >= 0, scenes.values, -1)
    other = (scenes.nouns >= 0) & (scenes.nouns != captions.nouns[:, :1]) & (captions.count == 1)[:, None]
    possible = other & xp.any(replaced != told, axis=2)
    chosen, exists = _choose_column(possible, stream.bits("swap_other", scenes.nouns.shape[1]))
    lent = xp.take_along_axis(replaced, xp.broadcast_to(chosen[:, None, None], told.shape), axis=1)
    first = xp.where(exists[:, None, None], lent, told)
    values = xp.concat([first, captions.values[:, 1:, :]], axis=1)
    own = xp.argmax(xp.astype(scenes.nouns == captions.nouns[:, :1], xp.int8), axis=1)
    return ChangedCaptions(
        captions=replace(captions, values=values),
        exists=exists,
        between=xp.stack([own, chosen], axis=1),
    )


def false_swap(captions: CaptionBatch, scenes: Scenes, stream: Stream) -> ChangedCaptions:
    """Make the swap for evaluation: with an unnamed object if only one is named, and never true of the image."""
    xp = stream.xp
    pair, with_unnamed = swap(captions, stream), swap_with_unnamed(captions, scenes, stream)
    names_one = captions.count == 1
    values = xp.where(names_one[:, None, None], with_unnamed.captions.values, pair.captions.values)
    changed = replace(captions, values=values)
    exists = xp.where(names_one, with_unnamed.exists, pair.exists) & ~is_true(changed, scenes)
    return ChangedCaptions(
        captions=changed, exists=exists, between=xp.where(names_one[:, None], with_unnamed.between, pair.between)
    )


def replace_value(plan: ScenePlan, captions: CaptionBatch, scenes: Scenes, stream: Stream) -> ChangedCaptions:
    """Replace one told value by one of its kind that no object of the image has."""
    xp, (positions, kinds) = stream.xp, captions.values.shape[1:]
    most = int(plan.num_values.max())
    every = xp.arange(most, device=device(captions.nouns))
    present = xp.any((scenes.values[:, :, :, None] == every) & (scenes.nouns >= 0)[:, :, None, None], axis=1)
    absent = ~present & (every < table_like(plan.num_values, captions.nouns)[:, None])
    possible = (captions.values >= 0) & xp.any(absent, axis=2)[:, None, :]
    where, exists = _choose_column(
        xp.reshape(possible, (len(captions), positions * kinds)), stream.bits("replace_where", positions * kinds)
    )
    kind = where % kinds
    of_kind = xp.take_along_axis(absent, xp.broadcast_to(kind[:, None, None], (len(captions), 1, most)), axis=1)[:, 0]
    value, _ = _choose_column(of_kind, stream.bits("replace_value", most))
    slots = xp.arange(positions * kinds, device=device(captions.nouns))
    changed = (slots == where[:, None]) & exists[:, None]
    flat = xp.where(changed, value[:, None], xp.reshape(captions.values, (len(captions), positions * kinds)))
    captions = replace(captions, values=xp.reshape(flat, captions.values.shape))
    return ChangedCaptions(captions=captions, exists=exists)


def reorder(captions: CaptionBatch, stream: Stream) -> ChangedCaptions:
    """Rotate the order of mention by one to k - 1 positions; objects and values stay the same."""
    xp, positions, count = stream.xp, captions.nouns.shape[1], captions.count
    exists = count > 1
    turn = 1 + (stream.bits("reorder") * xp.where(exists, count - 1, 1) >> 32)
    position = xp.arange(positions, device=device(captions.nouns))[None, :]
    turned = (position + turn[:, None]) % xp.where(exists, count, 1)[:, None]
    order = xp.where(exists[:, None] & (position < count[:, None]), turned, position)
    changed = replace(
        captions, nouns=xp.take_along_axis(captions.nouns, order, axis=1), values=reorder_rows(captions.values, order)
    )
    return ChangedCaptions(captions=changed, exists=exists)


def is_true(captions: CaptionBatch, scenes: Scenes) -> Any:
    """Return (N,) bool: true if every object that caption i names is in scene i with the values told of it."""
    xp = array_namespace(captions.nouns)
    same_noun = captions.nouns[:, :, None] == scenes.nouns[:, None, :]
    told = captions.values[:, :, None, :]
    fits = xp.all((told < 0) | (told == scenes.values[:, None, :, :]), axis=3)
    return xp.all(xp.any(same_noun & fits, axis=2) | (captions.nouns < 0), axis=1)


def assignments(captions: CaptionBatch) -> tuple[list[CaptionBatch], Any]:
    """Return all ways to assign the lists of values to the named objects, the right one first.

    Returns P! batches and a bool array (N, P!) that is true for distinct ways.
    """
    xp, positions = array_namespace(captions.nouns), captions.nouns.shape[1]
    ways: list[CaptionBatch] = []
    valid: list[Any] = []
    for order in permutations(range(positions)):
        moved = captions.values[:, table_like(np.array(order), captions.nouns), :]
        # What is not named stays.
        new = xp.all(
            (captions.nouns >= 0) | (table_like(np.array(order) == np.arange(positions), captions.nouns)), axis=1
        )
        for earlier in ways:
            new = new & xp.any(moved != earlier.values, axis=(1, 2))
        ways.append(replace(captions, values=moved))
        valid.append(new)
    return ways, xp.stack(valid, axis=1)


def _choose_column(possible: Any, bits: Any) -> tuple[Any, Any]:
    """Choose one true column of `possible` (N, M) uniformly: its index (N,), and if there is one (N,)."""
    xp = array_namespace(possible)
    return xp.argmax(xp.where(possible, bits + 1, 0), axis=1), xp.any(possible, axis=1)


class MarkedWord(TypedDict):
    """One word; kind and value are None for articles, nouns and "and"."""

    text: str
    kind: str | None
    value: str | None
    is_moved: bool


def mark_words(
    captions: CaptionBatch, changed: ChangedCaptions, grammar: Grammar
) -> list[tuple[list[MarkedWord], list[MarkedWord] | None]]:
    """Return (caption, swapped caption) of each of N numpy captions.

    A value that keeps its object is not moved.
    """
    moved = captions.values != changed.captions.values
    own_words = _mark(captions, moved & changed.exists[:, None, None], grammar)
    columns = zip(own_words, _mark(changed.captions, moved, grammar), changed.exists, strict=True)
    return [(own, other if exists else None) for own, other, exists in columns]


def _mark(captions: CaptionBatch, moved: np.ndarray, grammar: Grammar) -> list[list[MarkedWord]]:
    """Return the words of each caption; `moved` (N, P, K) marks the values that change."""
    kinds = {value.word: (k, kind.name) for k, kind in enumerate(grammar.world.kinds) for value in kind.values}
    rows = []
    for text, flags in zip(grammar.texts(grammar.ids(captions)), moved.tolist(), strict=True):
        position, row = 0, []
        for word in text.split():
            position += word == "and"
            k, name = kinds.get(word, (0, None))
            row.append(
                MarkedWord(text=word, kind=name, value=name and word, is_moved=name is not None and flags[position][k])
            )
        rows.append(row)
    return rows


def why_no_swap(captions: CaptionBatch, swapped: ChangedCaptions, scenes: Scenes) -> list[str | None]:
    """Return for each of N numpy captions the reason why `swapped`, its false swap, does not exist; else None."""
    changed = (swapped.captions.values != captions.values).any(axis=(1, 2))
    no_value = ~(captions.values >= 0).any(axis=(1, 2))
    names_one, shows_one = captions.count == 1, (scenes.nouns >= 0).sum(axis=1) == 1
    reasons = (
        (swapped.exists, None),
        (changed, "The exchanged caption is true of the image too."),
        (no_value & names_one, "The caption names one object with no value."),
        (no_value, "The caption names no value."),
        (shows_one, "The image shows one object: nothing to exchange with."),
        (names_one, "No other object of the image has other values in the kinds named."),
        (np.full(len(captions), True), "The objects named have the same values."),
    )
    first = np.stack([flags for flags, _ in reasons]).argmax(axis=0)
    return [reasons[number][1] for number in first.tolist()]
