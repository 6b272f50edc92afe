"""Items of a benchmark, and those of a file as rows of distinct pictures and captions, so that each is embedded once.

    Item(id="0", pictures=(Picture(name="bus.jpg"),), captions=("a red bus", "a blue bus"))  # caption 1 is wrong
    Item(id="1", pictures=(first, second), captions=(of_first, of_second))                   # caption i is of picture i

With one picture, the first `right` captions are true of it and all others are wrong.
A `Source` reads its items again on each call, so that a file of a million lines is never in memory as a whole.

    index = index_items(source.items(), token_ids)
    index.pictures, index.captions       # (N, P) and (N, C), numbered in the order of first appearance
    for picture in distinct_pictures(index, source.items(), start=0): ...
    answers = answer(index, pictures, captions)     # from embeddings (U, D) and (V, D), rows of missing pictures NaN

Captions are compared by their token ids: two that the model reads alike get one embedding, so that they tie. A picture
is its name, its bytes and its box. Only digests of names and captions are kept.
"""

import hashlib
import os
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.benchmarks.scoring import Answers
from explorer.evaluation.metrics import cosine, normalize

MOST_GROUPS, MOST_LETTERS = 2000, 200
ITEMS_AT_ONCE = 1000
ANSWERS_AT_ONCE = 4096
TokenIds = Callable[[Sequence[str]], np.ndarray]
ENDINGS = ("", ".png", ".jpg", ".jpeg")  # of a name that has none of its own, as Winoground's


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture by its name below the folder of images, or by the bytes of its file; `box` is the part to crop.

    The box is left, top, right, bottom in pixels.
    """

    name: str
    content: bytes | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """Captions and their pictures; see the module."""

    id: str
    pictures: tuple[Picture, ...]
    captions: tuple[str, ...]
    right: int = 1
    group: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The files, the folder of the pictures, and the items of the files.

    `notes` list what is missing or left out; `columns` describes how the files are read; `skipped` counts the items
    that the last reading left out, by reason.
    """

    files: tuple[Path, ...]
    images: Path
    items: Callable[[], Iterator[Item]]
    notes: tuple[str, ...] = ()
    columns: str = ""
    skipped: Counter[str] = field(default_factory=Counter)

    def all_notes(self) -> list[str]:
        """Return the notes, with what the last reading of the items left out."""
        return [*self.notes, *(f"{count} items {reason} and are left out." for reason, count in self.skipped.items())]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Index:
    """N items of P pictures and up to C captions; see the module.

    Attributes:
        captions: (N, C), -1 after the last caption of an item.
        right: (N,) how many of the first captions are right.
        words: (N, C) numbers of words.
        bags: (N, C) numbers of the multisets of words, equal for captions that differ only in order.
        groups: (N,) numbers into `names`.
    """

    pictures: np.ndarray
    captions: np.ndarray
    right: np.ndarray
    words: np.ndarray
    bags: np.ndarray
    groups: np.ndarray
    names: tuple[str | None, ...]

    @property
    def num_pictures(self) -> int:
        """Number of distinct pictures."""
        return int(self.pictures.max()) + 1

    @property
    def num_captions(self) -> int:
        """Number of distinct captions."""
        return int(self.captions.max()) + 1


def index_items(items: Iterable[Item], token_ids: TokenIds) -> Index:
    """Index all items; raise `UserError` if there is none, or more groups than a table can show."""
    pictures, captions, bags = bytearray(), bytearray(), bytearray()
    words, groups, right, counts = (array("q") for _ in range(4))
    codes: dict[str | None, int] = {}
    for block in blocks(items, ITEMS_AT_ONCE):
        said = [caption for item in block for caption in item.captions]
        pictures += b"".join(_picture_digest(picture) for item in block for picture in item.pictures)
        captions += b"".join(_digest(row.tobytes()) for row in token_ids(said))
        bags += b"".join(_digest(" ".join(sorted(_words(caption))).encode()) for caption in said)
        words.extend(len(caption.split()) for caption in said)
        counts.extend(len(item.captions) for item in block)
        right.extend(item.right for item in block)
        groups.extend(codes.setdefault(item.group, len(codes)) for item in block)
        _check_groups(block, len(codes))
    if not groups:
        raise UserError("PATH", NO_VALUE, "the file holds no item")
    there = np.arange(max(counts)) < np.array(counts)[:, None]
    return Index(
        pictures=_numbered(pictures).reshape(len(groups), -1),
        captions=_padded(_numbered(captions), there),
        right=np.array(right),
        words=_padded(np.array(words), there),
        bags=_padded(_numbered(bags), there),
        groups=np.array(groups),
        names=tuple(codes),
    )


def letters(texts: Sequence[str]) -> np.ndarray:
    """Return (N, 1) texts in the place of token ids, for figures that need no model."""
    return np.array([text.encode(errors="replace") for text in texts], dtype=object)[:, None].astype("S")


def answer(index: Index, pictures: np.ndarray, captions: np.ndarray) -> Answers:
    """Compute the cosines of all items, with their own pictures and with the mean of all others.

    Items are read in blocks, so that little is in memory at a time.
    """
    total, count = _sum_of_pictures(pictures)
    items, places = index.captions.shape
    cosines, blind = (np.empty((items, index.pictures.shape[1], places)) for _ in range(2))
    # Captions are compared with each other only if an item has two right ones.
    between = np.empty((items, places, places)) if index.right.max() > 1 else None
    for start in range(0, items, ANSWERS_AT_ONCE):
        part = slice(start, start + ANSWERS_AT_ONCE)
        rows, absent = index.pictures[part], index.captions[part] < 0
        seen, said = pictures[rows], captions[index.captions[part]].astype(np.float64)
        for place in range(rows.shape[1]):
            cosines[part, place] = np.where(absent, np.nan, cosine(seen[:, place], said))
        blind[part] = np.where(absent, np.nan, cosine(_mean_of_others(seen, rows, total, count), said))[:, None]
        for place in range(places if between is not None else 0):
            assert between is not None
            between[part, place] = np.where(absent | absent[:, [place]], np.nan, cosine(said[:, place], said))
    return answers_of(index, cosines=cosines, blind=blind, between=between)


def answers_of(index: Index, *, cosines: np.ndarray, blind: np.ndarray, between: np.ndarray | None = None) -> Answers:
    """Join cosines with what the index says of the items."""
    return Answers(
        cosines=cosines,
        blind=blind,
        between=between,
        right=index.right,
        words=index.words,
        bags=index.bags,
        pictures=index.pictures[:, 0],
        groups=index.groups,
        names=index.names,
    )


def distinct_pictures(index: Index, items: Iterable[Item], *, start: int) -> Iterator[Picture]:
    """Yield the pictures by number, from number `start` on."""
    return _distinct(index.pictures, (item.pictures for item in items), start)


def distinct_captions(index: Index, items: Iterable[Item], *, start: int) -> Iterator[str]:
    """Yield the captions by number, from number `start` on."""
    return _distinct(index.captions, (item.captions for item in items), start)


def blocks(things: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield lists of `size` elements, the last one shorter."""
    iterator = iter(things)
    while block := list(islice(iterator, size)):
        yield block


def _distinct(numbers: np.ndarray, things: Iterable[Sequence[Any]], start: int) -> Iterator[Any]:
    """Yield the element of each number at its first appearance."""
    following = 0
    for row, of_item in zip(numbers.tolist(), things, strict=False):
        for number, thing in zip(row, of_item, strict=False):
            if number >= 0 and number == following:
                following += 1
                if number >= start:
                    yield thing


def _numbered(digests: bytearray) -> np.ndarray:
    """Number digests of 16 bytes in the order of first appearance, equal ones alike."""
    _, first, inverse = np.unique(np.frombuffer(bytes(digests), dtype="S16"), return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[first.argsort()] = np.arange(len(first))
    return rank[inverse.reshape(-1)]


def _picture_digest(picture: Picture) -> bytes:
    # Bytes are the picture itself; a name is only where it is found.
    content = picture.content if picture.content is not None else b"name " + picture.name.encode(errors="replace")
    return _digest(repr(picture.box).encode() + b" " + content)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _words(caption: str) -> list[str]:
    """Return the words without punctuation and capitals."""
    return re.findall(r"\w+(?:'\w+)*", caption.lower())


def _padded(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return values as (N, C), -1 after the last caption of an item."""
    padded = np.full(there.shape, -1, dtype=np.int64)
    padded[there] = values
    return padded


def _check_groups(block: Sequence[Item], num_groups: int) -> None:
    if any(item.group is not None and len(item.group) > MOST_LETTERS for item in block):
        raise UserError("PATH", NO_VALUE, f"a group has a name of more than {MOST_LETTERS} letters")
    if num_groups > MOST_GROUPS:
        words = f"the items have more than {MOST_GROUPS} groups; leave the groups out or join some"
        raise UserError("PATH", NO_VALUE, words)


def _sum_of_pictures(pictures: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the sum of the normalized rows (D,) and their number, without the missing ones."""
    total, count = np.zeros(pictures.shape[1]), 0
    for start in range(0, len(pictures), ANSWERS_AT_ONCE):
        rows = pictures[start : start + ANSWERS_AT_ONCE]
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


def file_of(name: str, folder: str | Path) -> str | None:
    """Return the file of a picture below the folder, by its path or a shorter end of it; None if there is none."""
    parts = name.split("/")
    tails = ("/".join(parts[start:]) for start in range(len(parts)))
    places = (os.path.join(folder, tail + ending) for tail in tails for ending in ENDINGS)
    return next((place for place in places if os.path.isfile(place)), None)
