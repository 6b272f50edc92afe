"""Sentences that warn of what a benchmark cannot tell about a model.

cautions(clip, index, captions, figures)   # ["2 of 10 negatives are read as their caption, ...", "0.522 is not ..."]

captions are the distinct ones, in the order of their numbers in the index.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from explorer.clip.clip import Clip
from explorer.errors import shown
from explorer.evaluation.benchmarks.index import Index
from explorer.evaluation.snapshots import unknown_words

MOST_WORDS = 8


def cautions(clip: Clip, index: Index, captions: Iterable[str], figures: Mapping[str, Any]) -> list[str]:
    """Return the sentences; none if captions are read whole, differ from negatives, and need the picture."""
    found = _same(index) + _unknown(clip, index, captions)
    blind = figures["blind_sentence"]
    by_group = [each["group"] for each in figures["groups"] if each["blind_sentence"]]
    if blind:
        found.append(blind)
    if by_group and (len(figures["groups"]) > 1 or not blind):
        most = ", ".join(shown(name, 30) for name in by_group[:MOST_WORDS])
        more = f" and {len(by_group) - MOST_WORDS} more" if len(by_group) > MOST_WORDS else ""
        found.append(f"An image-blind baseline is off chance in {len(by_group)} groups: {most}{more}.")
    return found


def _same(index: Index) -> list[str]:
    places = np.arange(index.captions.shape[1])
    is_right = places < index.right[:, None]
    equal = index.captions[:, :, None] == index.captions[:, None, :]
    wrong = ~is_right & (index.captions >= 0)
    same = np.flatnonzero((equal & is_right[:, :, None] & wrong[:, None, :]).any(axis=(1, 2)))
    if not len(same):
        return []
    what = "negative is" if len(same) == 1 else "negatives are"
    where = f"the first in item {int(same[0]) + 1}"
    return [f"{len(same)} of {len(index.captions)} {what} to this model the caption itself, {where}: a tie."]


def _unknown(clip: Clip, index: Index, captions: Iterable[str]) -> list[str]:
    if clip.words is None:  # it reads parts of words, so it knows any
        return []
    words: dict[str, None] = {}
    touched = 0
    for caption in captions:
        unknown = unknown_words(clip, caption)
        touched += bool(unknown)
        words |= dict.fromkeys(unknown)
    if not touched:
        return []
    first = ", ".join(shown(word, 20) for word in list(words)[:MOST_WORDS])
    more = f" and {len(words) - MOST_WORDS} more" if len(words) > MOST_WORDS else ""
    return [f"{touched} of {index.num_captions} captions have words that the model has never read: {first}{more}."]
