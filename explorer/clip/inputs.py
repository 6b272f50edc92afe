"""Comparison of a user's captions with the context length of a model.

is_cut(clip, ["a " * 100])                      # [True]: more tokens than the model reads
"""

from collections.abc import Sequence
from typing import Any

from explorer.clip.clip import Clip

EDGES = 2
"""Tokens around the words of a caption, if a word is a token."""
WIDE = 64
"""Positions beyond four per byte, at which any caption ends with padding."""


def is_cut(clip: Clip, texts: Sequence[str]) -> list[bool]:
    """Return per text if the model truncates it."""
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
