"""Captions as lists of words for a page, each with its kind and if the swap exchanges it.

    (caption, swapped), ... = mark(said, false_swap(said, scenes, stream), grammar)
    caption     # [{"text": "a", "kind": None, ...}, {"text": "red", "kind": "color", "value": "red", "exchanged": True}
    swapped     # the same for the swapped caption, None if there is no swap

    why_no_swap(said, exchange, scenes)      # [None, "The objects named have the same values.", ...]

The words joined with spaces are the text of the grammar.
"""

from typing import TypedDict

import numpy as np

from explorer.world.grammar import AND, UNK, Grammar
from explorer.world.scenes import Scenes
from explorer.world.sentences import Sentence
from explorer.world.swaps import Exchange


class Word(TypedDict):
    """One word; kind and value are None for articles, nouns and "and"."""

    text: str
    kind: str | None
    value: str | None
    exchanged: bool


def mark(said: Sentence, exchange: Exchange, grammar: Grammar) -> list[tuple[list[Word], list[Word] | None]]:
    """Return (caption, swapped caption) of each of N numpy sentences.

    A value that keeps its object is not exchanged.
    """
    moved = said.values != exchange.said.values
    there = exchange.exists
    captions = _marked(said, moved & there[:, None, None], grammar)
    swapped = _marked(exchange.said, moved, grammar)
    return [(own, other if exists else None) for own, other, exists in zip(captions, swapped, there, strict=True)]


def _marked(said: Sentence, moved: np.ndarray, grammar: Grammar) -> list[list[Word]]:
    """Return the words of each sentence; `moved` (N, P, K) marks the exchanged values."""
    words = grammar.words
    kind_of = {
        int(offset) + v: k
        for k, (offset, kind) in enumerate(zip(grammar.value_offsets, grammar.world.kinds, strict=True))
        for v in range(len(kind.values))
    }
    rows = []
    for ids, flags in zip(grammar.ids(said).tolist(), moved.tolist(), strict=True):
        place, row = 0, []
        for i in ids:
            if i <= UNK:
                continue
            place += i == AND
            k = kind_of.get(i)
            if k is None:
                row.append(Word(text=words[i], kind=None, value=None, exchanged=False))
            else:
                name = grammar.world.kinds[k].name
                row.append(Word(text=words[i], kind=name, value=words[i], exchanged=flags[place][k]))
        rows.append(row)
    return rows


def why_no_swap(said: Sentence, exchange: Exchange, scenes: Scenes) -> list[str | None]:
    """Return for each of N numpy captions the reason why `exchange`, its false swap, does not exist; else None."""
    changed = (exchange.said.values != said.values).any(axis=(1, 2))
    no_value = ~(said.values >= 0).any(axis=(1, 2))
    alone, lonely = said.count == 1, np.full(len(said), scenes.nouns.shape[1] == 1)
    reasons = (
        (exchange.exists, None),
        (changed, "The exchanged caption is true of the image too."),
        (no_value & alone, "The caption names one object with no value."),
        (no_value, "The caption names no value."),
        (lonely, "The image shows one object: nothing to exchange with."),
        (alone, "No other object of the image has other values in the kinds named."),
        (np.full(len(said), True), "The objects named have the same values."),
    )
    first = np.stack([flags for flags, _ in reasons]).argmax(axis=0)
    return [reasons[number][1] for number in first.tolist()]
