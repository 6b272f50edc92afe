"""Items of a file as rows of distinct pictures and captions, so that each is embedded once.

    index = index_items(source.items(), token_ids)
    index.pictures, index.captions       # (N, P) and (N, 2), numbered in the order of first appearance
    for picture in distinct_pictures(index, source.items(), start=0): ...

Captions are compared by their token ids: two that the model reads alike get one embedding, so that they tie. A picture
is its name, its bytes and its box. Only digests of names and captions are kept.
"""

import hashlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.benchmarks.items import Item, Picture

MOST_GROUPS, MOST_LETTERS = 2000, 200
ITEMS_AT_ONCE = 1000
TokenIds = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Index:
    """N items of P pictures; see the module. `words` (N, 2) are counts, `groups` (N,) numbers into `names`."""

    pictures: np.ndarray
    captions: np.ndarray
    words: np.ndarray
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
    pictures, captions = bytearray(), bytearray()
    words, groups = array("q"), array("q")
    codes: dict[str | None, int] = {}
    for block in blocks(items, ITEMS_AT_ONCE):
        said = [caption for item in block for caption in item.captions]
        pictures += b"".join(_picture_digest(picture) for item in block for picture in item.pictures)
        captions += b"".join(_digest(row.tobytes()) for row in token_ids(said))
        words.extend(len(caption.split()) for caption in said)
        groups.extend(codes.setdefault(item.group, len(codes)) for item in block)
        if any(item.group is not None and len(item.group) > MOST_LETTERS for item in block):
            raise UserError("PATH", NO_VALUE, f"a group has a name of more than {MOST_LETTERS} letters")
        if len(codes) > MOST_GROUPS:
            raise UserError(
                "PATH", NO_VALUE, f"the items have more than {MOST_GROUPS} groups; leave the groups out or join some"
            )
    if not groups:
        raise UserError("PATH", NO_VALUE, "the file holds no item")
    return Index(
        pictures=_numbered(pictures).reshape(len(groups), -1),
        captions=_numbered(captions).reshape(len(groups), 2),
        words=np.array(words).reshape(-1, 2),
        groups=np.array(groups),
        names=tuple(codes),
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
        for number, thing in zip(row, of_item, strict=True):
            if number == following:
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
