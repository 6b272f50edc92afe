"""Cosines of each item from embeddings on the disk, with its own pictures and with the mean of all others.

    answers = answer(index, pictures, captions)     # (U, D) and (V, D), rows of missing pictures NaN
    answers.cosines[n, p, c]                        # picture p of item n with its caption c

Items are read in blocks, so that little is in memory at a time.
"""

import numpy as np

from explorer.evaluation.benchmarks.index import Index
from explorer.evaluation.benchmarks.scoring import Answers
from explorer.evaluation.metrics import cosine, normalize

ITEMS_AT_ONCE = 4096


def answer(index: Index, pictures: np.ndarray, captions: np.ndarray) -> Answers:
    """Compute the cosines of all items."""
    total, count = _sum_of_pictures(pictures)
    shape = (*index.pictures.shape, 2)
    cosines, blind = np.empty(shape), np.empty(shape)
    for start in range(0, len(cosines), ITEMS_AT_ONCE):
        part = slice(start, start + ITEMS_AT_ONCE)
        rows = index.pictures[part]
        seen, said = pictures[rows], captions[index.captions[part]]
        for place in range(rows.shape[1]):
            cosines[part, place] = cosine(seen[:, place], said)
        blind[part] = cosine(_mean_of_others(seen, rows, total, count), said)[:, None]
    return Answers(cosines=cosines, blind=blind, words=index.words, groups=index.groups, names=index.names)


def _sum_of_pictures(pictures: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the sum of the normalized rows (D,) and their number, without the missing ones."""
    total, count = np.zeros(pictures.shape[1]), 0
    for start in range(0, len(pictures), ITEMS_AT_ONCE):
        rows = pictures[start : start + ITEMS_AT_ONCE]
        there = rows[~np.isnan(rows).any(axis=1)]
        total, count = total + normalize(there).sum(axis=0), count + len(there)
    return total, count


def _mean_of_others(seen: np.ndarray, rows: np.ndarray, total: np.ndarray, count: int) -> np.ndarray:
    """Return (n, D) the sum of all pictures but an item's own (n, P, D), whose cosines are the mean's.

    NaN without any.
    """
    again = rows == rows[:, :1]
    again[:, 0] = False  # a picture that an item has twice is taken away once
    own = normalize(seen)
    own[again] = 0.0
    others = total - own.sum(axis=1)
    others[count - (~again).sum(axis=1) <= 0] = np.nan
    return others
