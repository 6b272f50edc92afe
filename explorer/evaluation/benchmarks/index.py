"""Items of a benchmark as arrays: which pictures and captions each has, by their numbers, and its group.

    index = index_items(source.items(), token_ids)
    index.pictures, index.captions                    # (N, P), (N, C) numbers
    distinct_pictures(index, source.items(), start=0)     # the pictures by number, each once

Captions are compared by their token ids: two that the model reads alike get one embedding, so that they tie. A picture
is its name, its bytes and its box; of pictures only digests are kept.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.benchmarks.columns import Picture
from explorer.evaluation.benchmarks.reading import Item, in_blocks

MAX_GROUPS, MAX_LETTERS = 2000, 200
ITEMS_AT_ONCE = 1000
TokenIds = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Index:
    """N items of P pictures and up to C captions.

    Attributes:
        captions: (N, C), -1 after the last caption of an item.
        right: (N,) how many of the first captions are right.
        words: (N, C) numbers of words.
        bags: (N, C) numbers of the multisets of words, equal for captions that differ only in order.
        groups: (N,) numbers into `names`.
        texts: The distinct captions, by number.
    """

    pictures: np.ndarray
    captions: np.ndarray
    right: np.ndarray
    words: np.ndarray
    bags: np.ndarray
    groups: np.ndarray
    names: tuple[str | None, ...]
    texts: tuple[str, ...]

    @property
    def num_pictures(self) -> int:
        return int(self.pictures.max()) + 1

    def select(self, chosen: np.ndarray) -> "Index":
        """Return the items that `chosen` selects: a mask (N,) or indices."""
        parts = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(self, **{name: part[chosen] for name, part in parts.items() if isinstance(part, np.ndarray)})

    def by_group(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield each group with a mask (N,) of its items, in the order of the file; items without one are in none."""
        return ((name, self.groups == code) for code, name in enumerate(self.names) if name is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemCells:
    """Cell of each item, None for none, with the names of all cells and what the document says of them."""

    of_item: tuple[str | None, ...]
    names: tuple[str, ...]
    about: Mapping[str, Any]


class _Numbers(dict[bytes, int]):
    """Numbers of things in the order of their first appearance, by their digests."""

    def of(self, thing: bytes) -> int:
        return self.setdefault(hashlib.blake2b(thing, digest_size=16).digest(), len(self))


def index_items(items: Iterable[Item], token_ids: TokenIds) -> Index:
    """Index all items; raise `UserError` if there is none, or more groups than a table can show."""
    pictures, captions, bags, groups = _Numbers(), _Numbers(), _Numbers(), dict[str | None, int]()
    of_picture, of_caption, of_bag, words = (list[list[int]]() for _ in range(4))
    right, of_group, texts = list[int](), list[int](), list[str]()
    for block in in_blocks(items, ITEMS_AT_ONCE):
        ids = iter(token_ids([caption for item in block for caption in item.captions]))
        for item in block:
            of_picture.append([pictures.of(_content(picture)) for picture in item.pictures])
            of_caption.append([])
            for caption in item.captions:
                of_caption[-1].append(captions.of(next(ids).tobytes()))
                if len(captions) > len(texts):
                    texts.append(caption)
            split = [sorted(re.findall(r"\w+(?:'\w+)*", caption.lower())) for caption in item.captions]
            of_bag.append([bags.of(" ".join(each).encode()) for each in split])
            words.append([len(caption.split()) for caption in item.captions])
            right.append(item.right)
            of_group.append(groups.setdefault(item.group, len(groups)))
        _check_groups(groups)
    if not of_picture:
        raise UserError("PATH", NO_VALUE, "the file holds no item")
    return Index(
        pictures=np.array(of_picture),
        captions=_pad(of_caption),
        right=np.array(right),
        words=_pad(words),
        bags=_pad(of_bag),
        groups=np.array(of_group),
        names=tuple(groups),
        texts=tuple(texts),
    )


def distinct_pictures(index: Index, items: Iterable[Item], *, start: int) -> Iterator[Picture]:
    """Yield the pictures by number, from number `start` on, each where it appears first."""
    following = 0
    for numbers, item in zip(index.pictures.tolist(), items, strict=False):
        for number, picture in zip(numbers, item.pictures, strict=True):
            if number == following:
                following += 1
                if number >= start:
                    yield picture


def text_ids(texts: Sequence[str]) -> np.ndarray:
    """Return (N, 1) texts in the place of token ids, for figures that need no model."""
    return np.array([text.encode(errors="replace") for text in texts], dtype=object)[:, None].astype("S")


def _content(picture: Picture) -> bytes:
    # Bytes are the picture itself; a name is only where it is found.
    content = picture.content if picture.content is not None else b"name " + picture.name.encode(errors="replace")
    return repr(picture.box).encode() + b" " + content


def _pad(rows: Sequence[Sequence[int]]) -> np.ndarray:
    """Return the rows as (N, C), -1 after the last caption of an item."""
    padded = np.full((len(rows), max(map(len, rows))), -1)
    for index, row in enumerate(rows):
        padded[index, : len(row)] = row
    return padded


def _check_groups(groups: Mapping[str | None, int]) -> None:
    if any(name is not None and len(name) > MAX_LETTERS for name in groups):
        raise UserError("PATH", NO_VALUE, f"a group has a name of more than {MAX_LETTERS} letters")
    if len(groups) > MAX_GROUPS:
        words = f"the items have more than {MAX_GROUPS} groups; leave the groups out or join some"
        raise UserError("PATH", NO_VALUE, words)
