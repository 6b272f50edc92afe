"""Captions of a person, measured against what a model reads.

is_cut(clip, ["a " * 100])                      # [True]: more tokens than the model reads
"""

from collections.abc import Sequence
from typing import Any

from explorer.clip.clip import Clip

EDGES = 2
"""Tokens that stand around the words of a caption, where a word is a token."""
WIDE = 64
"""Places beyond four a byte, in which any caption ends with padding."""


def is_cut(clip: Clip, texts: Sequence[str]) -> list[bool]:
    """Whether the model reads less than the whole of each text."""
    length = clip.context_length
    if length is None:
        return [False] * len(texts)
    if clip.words is not None:
        return [len(text.split()) + EDGES > length for text in texts]
    wide = length + WIDE + 4 * max((len(text.encode()) for text in texts), default=0)
    tokenizer: Any = clip.tokenizer
    rows = tokenizer(list(texts), context_length=wide)
    # Whatever a tokenizer pads with stands at the end of so wide a row.
    return [bool((row[length:] != row[-1]).any()) for row in rows]
