"""Scores of a benchmark's items, by our rule and by that of its authors.

    >>> right_and_wrong = np.array([[[0.9, 0.1]], [[0.4, 0.4]], [[0.3, 0.8]]])
    >>> one = np.array([1, 1, 1])  # the first caption of each is right
    >>> scores(right_and_wrong, one)["accuracy"], strict(right_and_wrong, one)["accuracy"]
    (array([1. , 0.5, 0. ]), array([ True, False, False]))

With one picture, the first captions of an item are right and all others wrong: an item counts if every right one is
nearer to the picture than every wrong one. With two pictures, caption i is of picture i (Winoground). Our rule counts
a tie in expectation, as everywhere in this project. NaN stands for a picture that is missing, or a caption that an
item does not have.

Items of a benchmark, and those of a file as rows of distinct pictures and captions, so that each is embedded once.

    Item(id="0", pictures=(Picture(name="bus.jpg"),), captions=("a red bus", "a blue bus"))  # caption 1 is wrong
    Item(id="1", pictures=(first, second), captions=(of_first, of_second))                   # caption i is of picture i

With one picture, the first `right` captions are true of it and all others are wrong.
A `Source` reads its items again on each call, so that a file of a million lines is never in memory as a whole.

    index = index_items(source.items(), token_ids)
    index.pictures, index.captions       # (N, P) and (N, C), numbered in the order of first appearance
    for picture in distinct_pictures(index, source.items(), start=0): ...
    answers = answer(index, pictures, captions)     # from embeddings (U, D) and (V, D), rows of missing pictures NaN

Captions are compared by their token ids: two that the model reads alike get one embedding, so that they tie. A picture
is its name, its bytes and its box. Of pictures only digests are kept.
"""

import hashlib
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from explorer.codec import flat
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.metrics import METRICS, cosine, normalize, winoground

OUR_RULE = {
    1: "an item counts 1 if each right caption has a higher cosine with the picture than each wrong one; among equal"
    " cosines, the share of their orders in which that holds (1/2 for one right and one wrong caption)",
    2: "group score: both pictures nearer to their own caption, and both captions nearer to their own picture;"
    " among equal cosines, the share of their orders in which that holds",
}


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


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answers(Index):
    """The items with their cosines; NaN for a missing picture, or a caption that an item does not have.

    Attributes:
        cosines: (N, P, C).
        blind: (N, P, C) cosines of the mean picture.
        between: (N, C, C) cosines of captions with each other; None if no item has two right ones.
    """

    cosines: np.ndarray
    blind: np.ndarray
    between: np.ndarray | None = None

    def at(self, chosen: np.ndarray) -> "Answers":
        parts = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(self, **{name: part[chosen] for name, part in parts.items() if isinstance(part, np.ndarray)})

    def by_group(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield each group with its items, in the order of the file; items without a group are in none."""
        return ((name, self.groups == code) for code, name in enumerate(self.names) if name is not None)

    def there(self) -> np.ndarray:
        """Return (N,) False for the items with a missing picture."""
        return np.asarray(~np.isnan(self.cosines[:, :, 0]).any(axis=1))


@flat("further")
@dataclass(frozen=True, kw_only=True, slots=True)
class TheirFigure:
    """Figure by the authors' rule, by group too; `further` are their other scores, None without an item.

    `groups_counted` is the number of groups behind `value`, if it is a mean over groups.
    """

    rule: str
    value: float | None
    further: Mapping[str, float | None] = field(default_factory=dict)
    groups_counted: Annotated[int | None, Field(exclude_if=lambda count: count is None)] = None
    by_group: Mapping[str, float | None]


def scores(cosines: np.ndarray, right: np.ndarray) -> dict[str, np.ndarray]:
    """Return each score of the items (N,) from cosines (N, P, C), the headline last."""
    if cosines.shape[1] == 1:
        return {"accuracy": _above(cosines[:, 0], right)}
    return winoground(cosines)


def strict(cosines: np.ndarray, right: np.ndarray) -> dict[str, np.ndarray]:
    """Return the same with a tie counted as wrong, (N,) bool."""
    if cosines.shape[1] == 1:
        lowest, highest = _ends(cosines[:, 0], right)
        return {"accuracy": lowest > highest}
    own, other = _own_and_other(cosines)
    text = np.logical_and.reduce(own > other, axis=1)
    image = np.logical_and.reduce(own > other[:, ::-1], axis=1)
    return {"text_score": text, "image_score": image, "group_score": text & image}


def chances(right: np.ndarray, captions: np.ndarray, pictures: int) -> dict[str, float | np.ndarray]:
    """Return the expected score of a guess, per item if items have different numbers of captions (N, C)."""
    if pictures == 1:
        counts = (captions >= 0).sum(axis=1)
        return {"accuracy": 1 / _choices(counts, right)}
    return {name: METRICS[name].chance or 0.0 for name in ("text_score", "image_score", "group_score")}


def ties(cosines: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return (N,) bool: the item's score depends on two equal cosines."""
    if cosines.shape[1] == 1:
        lowest, highest = _ends(cosines[:, 0], right)
        return np.asarray(lowest == highest)
    own, other = _own_and_other(cosines)
    return np.asarray((own == other).any(axis=1) | (own == other[:, ::-1]).any(axis=1))


def margins(cosines: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return (N,) the lowest cosine of a right caption minus the highest of a wrong one, the mean over two pictures."""
    if cosines.shape[1] == 1:
        lowest, highest = _ends(cosines[:, 0], right)
        return np.asarray(np.where(np.isnan(cosines[:, 0, 0]), np.nan, lowest - highest))
    own, other = _own_and_other(cosines)
    return np.asarray((own - other).mean(axis=1))


@dataclass(frozen=True, kw_only=True, slots=True)
class Theirs:
    """The authors' rule, in which a tie is wrong, and what their figure is: a share of the items, or a mean of groups.

    Attributes:
        rule: The rule in words.
        headline: The score that is their figure, the last one if empty.
        is_mean_of_groups: Their figure is the mean over the groups with `at_least` items that are not in `without`.
    """

    rule: str
    headline: str = ""
    is_mean_of_groups: bool = False
    at_least: int = 1
    without: frozenset[str] = frozenset()

    def figure(self, answers: Answers) -> TheirFigure:
        """Return the figure, with that of each group and, of several scores, all of them."""
        found = strict(answers.cosines, answers.right)
        right = found[self.headline or list(found)[-1]]
        groups = {name: _mean(right[chosen]) for name, chosen in answers.by_group() if self._counts(name, chosen)}
        if self.is_mean_of_groups:
            value = _mean(np.array(list(groups.values())))
            return TheirFigure(rule=self.rule, value=value, by_group=groups, groups_counted=len(groups))
        further = {name: _mean(each) for name, each in found.items()} if len(found) > 1 else {}
        if answers.between is not None:
            further["text_only"] = _mean(_captions_agree(answers.between))
        return TheirFigure(rule=self.rule, value=_mean(right), further=further, by_group=groups)

    def _counts(self, group: str, items: np.ndarray) -> bool:
        return not self.is_mean_of_groups or (group not in self.without and bool(items.sum() >= self.at_least))


def _ends(cosines: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (N,) the lowest cosine of the right captions and the highest of the wrong ones; of none, it fails."""
    is_right, there = np.arange(cosines.shape[1]) < right[:, None], ~np.isnan(cosines)
    lowest = np.where(is_right & there, cosines, np.inf).min(axis=1)
    highest = np.where(~is_right & there, cosines, -np.inf).max(axis=1)
    return np.where(there[:, 0], lowest, -np.inf), np.where(there[:, 0], highest, np.inf)


def _above(cosines: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return (N,) the share of the orders of equal cosines (N, C) in which every right one is above every wrong one."""
    lowest, highest = _ends(cosines, right)
    is_right = np.arange(cosines.shape[1]) < right[:, None]
    level = cosines == lowest[:, None]
    tied, tied_right = level.sum(axis=1), (level & is_right).sum(axis=1)
    found = np.where(lowest == highest, 1 / _choices(tied, tied_right), lowest > highest)
    return np.where(np.isnan(cosines[:, 0]), np.nan, found)


def _choices(counts: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    return np.array([math.comb(n, k) for n, k in zip(counts.tolist(), chosen.tolist(), strict=True)], dtype=float)


def _captions_agree(between: np.ndarray) -> np.ndarray:
    """Return (N,) bool: the first two captions are nearer to each other than either to a later one (N, C, C)."""
    others = np.nan_to_num(between[:, :2, 2:], nan=-np.inf).max(axis=(1, 2))
    return np.asarray(between[:, 0, 1] > others)


def _own_and_other(cosines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (N, P) cosines of each picture with its own caption and with the other one."""
    pictures = np.arange(cosines.shape[1])
    return cosines[:, pictures, pictures], cosines[:, pictures, 1 - pictures]


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


class _Numbers(dict[bytes, int]):
    """Numbers of things in the order of their first appearance; only their digests are kept."""

    def of(self, thing: bytes) -> int:
        return self.setdefault(hashlib.blake2b(thing, digest_size=16).digest(), len(self))


def index_items(items: Iterable[Item], token_ids: TokenIds) -> Index:
    """Index all items; raise `UserError` if there is none, or more groups than a table can show."""
    pictures, captions, bags, groups = _Numbers(), _Numbers(), _Numbers(), dict[str | None, int]()
    seen, said, of_bag, words = (list[list[int]]() for _ in range(4))
    right, of_group, texts = list[int](), list[int](), list[str]()
    for block in blocks(items, ITEMS_AT_ONCE):
        ids = iter(token_ids([caption for item in block for caption in item.captions]))
        for item in block:
            seen.append([pictures.of(_content(picture)) for picture in item.pictures])
            said.append([])
            for caption in item.captions:
                said[-1].append(captions.of(next(ids).tobytes()))
                texts += [caption] * (len(captions) > len(texts))
            of_bag.append([bags.of(" ".join(sorted(_words(caption))).encode()) for caption in item.captions])
            words.append([len(caption.split()) for caption in item.captions])
            right.append(item.right)
            of_group.append(groups.setdefault(item.group, len(groups)))
        _check_groups(groups)
    if not seen:
        raise UserError("PATH", NO_VALUE, "the file holds no item")
    return Index(
        pictures=np.array(seen),
        captions=_padded(said),
        right=np.array(right),
        words=_padded(words),
        bags=_padded(of_bag),
        groups=np.array(of_group),
        names=tuple(groups),
        texts=tuple(texts),
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
    parts = {each.name: getattr(index, each.name) for each in fields(index)}
    return Answers(**parts, cosines=cosines, blind=blind, between=between)


def distinct_pictures(index: Index, items: Iterable[Item], *, start: int) -> Iterator[Picture]:
    """Yield the pictures by number, from number `start` on, each where it appears first."""
    following = 0
    for numbers, item in zip(index.pictures.tolist(), items, strict=False):
        for number, picture in zip(numbers, item.pictures, strict=True):
            if number == following:
                following += 1
                if number >= start:
                    yield picture


def blocks(things: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield lists of `size` elements, the last one shorter."""
    iterator = iter(things)
    while block := list(islice(iterator, size)):
        yield block


def _content(picture: Picture) -> bytes:
    # Bytes are the picture itself; a name is only where it is found.
    content = picture.content if picture.content is not None else b"name " + picture.name.encode(errors="replace")
    return repr(picture.box).encode() + b" " + content


def _words(caption: str) -> list[str]:
    return re.findall(r"\w+(?:'\w+)*", caption.lower())


def _padded(rows: Sequence[Sequence[int]]) -> np.ndarray:
    """Return the rows as (N, C), -1 after the last caption of an item."""
    padded = np.full((len(rows), max(map(len, rows))), -1)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = row
    return padded


def _check_groups(groups: Mapping[str | None, int]) -> None:
    if any(name is not None and len(name) > MOST_LETTERS for name in groups):
        raise UserError("PATH", NO_VALUE, f"a group has a name of more than {MOST_LETTERS} letters")
    if len(groups) > MOST_GROUPS:
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
