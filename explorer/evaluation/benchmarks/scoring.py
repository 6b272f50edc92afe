"""Cosines of a benchmark's items, and their scores by our rule and by that of its authors.

    # From embeddings (U, D) and (V, D); rows of missing pictures are NaN.
    items = compute_cosines(index, pictures, captions)
    AuthorsRule(rule="...").figure(items).value

With one picture, an item counts if every right caption is nearer to the picture than every wrong one. With two
pictures, caption i is of picture i (Winoground). Our rule counts a tie in expectation, as everywhere in this project.
NaN stands for a picture that is missing, or a caption that an item does not have.

    >>> right_and_wrong = np.array([[[0.9, 0.1]], [[0.4, 0.4]], [[0.3, 0.8]]])
    >>> one = np.array([1, 1, 1])  # the first caption of each is right
    >>> outcome = score_items(right_and_wrong, one)
    >>> outcome.scores["accuracy"], outcome.strict["accuracy"]
    (array([1. , 0.5, 0. ]), array([ True, False, False]))
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated

import numpy as np
from pydantic import Field

from explorer.codec import inline_fields
from explorer.evaluation.benchmarks.index import Index
from explorer.evaluation.metrics import cosine, normalize, winoground

COSINES_AT_ONCE = 4096


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ItemCosines:
    """The cosines of N items; NaN for a missing picture, or a caption that an item does not have.

    Attributes:
        cosines: (N, P, C).
        of_mean_picture: (N, P, C) cosines of the mean of all other pictures.
        of_captions: (N, C, C) cosines of captions with each other; None if no item has two right ones.
    """

    index: Index
    cosines: np.ndarray
    of_mean_picture: np.ndarray
    of_captions: np.ndarray | None = None

    def select(self, chosen: np.ndarray) -> "ItemCosines":
        """Return the items that `chosen` selects: a mask (N,) or indices."""
        return ItemCosines(
            index=self.index.select(chosen),
            cosines=self.cosines[chosen],
            of_mean_picture=self.of_mean_picture[chosen],
            of_captions=None if self.of_captions is None else self.of_captions[chosen],
        )

    def has_pictures(self) -> np.ndarray:
        """Return (N,) False for the items with a missing picture."""
        return np.asarray(~np.isnan(self.cosines[:, :, 0]).any(axis=1))


@inline_fields("further")
@dataclass(frozen=True, kw_only=True, slots=True)
class AuthorsFigure:
    """Figure by the authors' rule, by group too; `further` are their other scores, None without an item.

    `groups_counted` is the number of groups behind `value`, if it is a mean over groups.
    """

    rule: str
    value: float | None
    further: Mapping[str, float | None] = field(default_factory=dict)
    groups_counted: Annotated[int | None, Field(exclude_if=lambda count: count is None)] = None
    by_group: Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Outcome:
    """N items by our rule and with a tie counted as wrong: (N,) by the name of the score, the headline last.

    Attributes:
        tie: (N,) bool: the headline depends on two equal cosines.
        margin: (N,) the lowest cosine of a right caption minus the highest of a wrong one, the mean over two pictures.
    """

    scores: Mapping[str, np.ndarray]
    strict: Mapping[str, np.ndarray]
    tie: np.ndarray
    margin: np.ndarray

    @property
    def headline(self) -> np.ndarray:
        return list(self.scores.values())[-1]


def score_items(cosines: np.ndarray, right: np.ndarray) -> Outcome:
    """Score items from cosines (N, P, C), of whose captions the first `right` (N,) are right."""
    compared = _comparisons(cosines, right)
    (first_high, first_low), (high, low) = next(iter(compared.values())), list(compared.values())[-1]
    if cosines.shape[1] == 2:
        scores = winoground(cosines)
    else:
        is_right = np.arange(cosines.shape[2]) < right[:, None]
        level = cosines[:, 0] == high
        # Among equal cosines, the share of their orders in which every right one is above every wrong one.
        orders = binomials(level.sum(axis=1), (level & is_right).sum(axis=1))
        accuracy = np.where(high == low, 1 / orders[:, None], high > low)[:, 0]
        scores = {"accuracy": np.where(np.isnan(cosines[:, 0, 0]), np.nan, accuracy)}
    return Outcome(
        scores=scores,
        strict={name: np.asarray((each > other).all(axis=1)) for name, (each, other) in compared.items()},
        tie=(high == low).any(axis=1),
        margin=(first_high - first_low).mean(axis=1),
    )


def _comparisons(cosines: np.ndarray, right: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return, for each score, what has to be above what in each item (N, M); NaN where its picture is missing."""
    if cosines.shape[1] == 1:
        of_one, is_right = cosines[:, 0], np.arange(cosines.shape[2]) < right[:, None]
        there, missing = ~np.isnan(of_one), np.isnan(of_one[:, :1])
        lowest = np.where(is_right & there, of_one, np.inf).min(axis=1, keepdims=True)
        highest = np.where(~is_right & there, of_one, -np.inf).max(axis=1, keepdims=True)
        return {"accuracy": (np.where(missing, np.nan, lowest), np.where(missing, np.nan, highest))}
    own, of_caption = (np.diagonal(each, axis1=1, axis2=2) for each in (cosines, cosines[:, ::-1]))
    comparisons = {"text_score": (own, of_caption[:, ::-1]), "image_score": (own, of_caption)}
    high, low = (np.concatenate(each, axis=1) for each in zip(*comparisons.values(), strict=True))
    return comparisons | {"group_score": (high, low)}


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthorsRule:
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

    def figure(self, items: ItemCosines) -> AuthorsFigure:
        """Return the figure, with that of each group and, of several scores, all of them."""
        strict = score_items(items.cosines, items.index.right).strict
        right = strict[self.headline or list(strict)[-1]]
        by_group = items.index.by_group()
        groups = {name: _mean(right[chosen]) for name, chosen in by_group if self._is_counted(name, chosen)}
        if self.is_mean_of_groups:
            value = _mean(np.array(list(groups.values())))
            return AuthorsFigure(rule=self.rule, value=value, by_group=groups, groups_counted=len(groups))
        further = {name: _mean(each) for name, each in strict.items()} if len(strict) > 1 else {}
        if items.of_captions is not None:
            # The first two captions are nearer to each other than either to a later one.
            others = np.nan_to_num(items.of_captions[:, :2, 2:], nan=-np.inf).max(axis=(1, 2))
            further["text_only"] = _mean(items.of_captions[:, 0, 1] > others)
        return AuthorsFigure(rule=self.rule, value=_mean(right), further=further, by_group=groups)

    def _is_counted(self, group: str, chosen: np.ndarray) -> bool:
        return not self.is_mean_of_groups or (group not in self.without and bool(chosen.sum() >= self.at_least))


def binomials(counts: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    return np.array([math.comb(n, k) for n, k in zip(counts.tolist(), chosen.tolist(), strict=True)], dtype=float)


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def compute_cosines(index: Index, pictures: np.ndarray, captions: np.ndarray) -> ItemCosines:
    """Compute the cosines of all items, with their own pictures and with the mean of all others.

    Items are read in blocks, so that little is in memory at a time.
    """
    total, count = np.zeros(pictures.shape[1]), 0
    for start in range(0, len(pictures), COSINES_AT_ONCE):
        rows = pictures[start : start + COSINES_AT_ONCE]
        present = rows[~np.isnan(rows).any(axis=1)]
        total, count = total + normalize(present).sum(axis=0), count + len(present)
    items, num_captions = index.captions.shape
    cosines, of_mean_picture = (np.empty((items, index.pictures.shape[1], num_captions)) for _ in range(2))
    # Captions are compared with each other only if an item has two right ones.
    of_captions = np.empty((items, num_captions, num_captions)) if index.right.max() > 1 else None
    for start in range(0, items, COSINES_AT_ONCE):
        part = slice(start, start + COSINES_AT_ONCE)
        rows, absent = index.pictures[part], index.captions[part] < 0
        image, text = pictures[rows], captions[index.captions[part]].astype(np.float64)
        for number in range(rows.shape[1]):
            cosines[part, number] = np.where(absent, np.nan, cosine(image[:, number], text))
        of_mean_picture[part] = np.where(absent, np.nan, cosine(_sum_of_others(image, rows, total, count), text))[
            :, None
        ]
        if of_captions is not None:
            for number in range(num_captions):
                of_captions[part, number] = np.where(
                    absent | absent[:, [number]], np.nan, cosine(text[:, number], text)
                )
    return ItemCosines(index=index, cosines=cosines, of_mean_picture=of_mean_picture, of_captions=of_captions)


def _sum_of_others(seen: np.ndarray, rows: np.ndarray, total: np.ndarray, count: int) -> np.ndarray:
    """Return (n, D) the sum of all pictures but an item's own (n, P, D), NaN without any; its cosine is the mean's."""
    again = rows == rows[:, :1]
    again[:, 0] = False  # a picture that an item has twice is taken away once
    own = normalize(seen)
    own[again] = 0.0
    others = total - own.sum(axis=1)
    others[count - (~again).sum(axis=1) <= 0] = np.nan
    return others


def bag_of_words_cosines(items: ItemCosines) -> ItemCosines:
    """Return the items with the cosines of a perfect bag of words, which ignores the order of words."""
    bags = items.index.bags
    if items.cosines.shape[1] == 2:
        same = bags[:, 0] == bags[:, 1]
        return replace(items, cosines=np.where(same[:, None, None], 1.0, np.eye(2)))
    is_caption, numbers = bags >= 0, np.arange(bags.shape[1])
    is_right = numbers < items.index.right[:, None]
    equal = (bags[:, :, None] == bags[:, None, :]) & is_caption[:, None, :]
    shared = (equal & (is_right[:, :, None] != is_right[:, None, :])).any(axis=2)
    levels = np.where(shared, 1.0, np.where(is_right, 2.0, 0.0))
    return replace(items, cosines=np.where(is_caption, levels, np.nan)[:, None])
