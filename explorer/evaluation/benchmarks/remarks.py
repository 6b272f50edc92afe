"""Sentences on captions of a benchmark that a model cannot distinguish or has never read.

remarks(clip, index, captions)      # ["2 of 10 negatives are read as their caption, ...", "3 of 18 captions have ..."]

captions are the distinct ones, in the order of their numbers in the index.
"""

from collections.abc import Iterable

import numpy as np

from explorer.clip.clip import Clip
from explorer.errors import shown
from explorer.evaluation.benchmarks.index import Index
from explorer.evaluation.snapshots import unknown_words

MOST_WORDS = 8


def remarks(clip: Clip, index: Index, captions: Iterable[str]) -> list[str]:
    """Return the sentences; none if every caption is read whole and differs from its negative."""
    found = []
    same = np.flatnonzero(index.captions[:, 0] == index.captions[:, 1])
    if len(same):
        what = "negative is" if len(same) == 1 else "negatives are"
        where = f"the first in item {int(same[0]) + 1}"
        found.append(f"{len(same)} of {len(index.captions)} {what} to this model the caption itself, {where}: a tie.")
    if clip.words is None:  # it reads parts of words, so it knows any
        return found
    words: dict[str, None] = {}
    touched = 0
    for caption in captions:
        unknown = unknown_words(clip, caption)
        touched += bool(unknown)
        words |= dict.fromkeys(unknown)
    if touched:
        first = ", ".join(shown(word, 20) for word in list(words)[:MOST_WORDS])
        more = f" and {len(words) - MOST_WORDS} more" if len(words) > MOST_WORDS else ""
        found.append(
            f"{touched} of {index.num_captions} captions have words that the model has never read: {first}{more}."
        )
    return found
