"""Scores of a benchmark's items, by our rule and by that of its authors.

    >>> right_and_wrong = np.array([[[0.9, 0.1]], [[0.4, 0.4]], [[0.3, 0.8]]])
    >>> one = np.array([1, 1, 1])  # the first caption of each is right
    >>> scores(right_and_wrong, one)["accuracy"], strict(right_and_wrong, one)["accuracy"]
    (array([1. , 0.5, 0. ]), array([ True, False, False]))

With one picture, the first captions of an item are right and all others wrong: an item counts if every right one is
nearer to the picture than every wrong one. With two pictures, caption i is of picture i (Winoground). Our rule counts
a tie in expectation, as everywhere in this project. NaN stands for a picture that is missing, or a caption that an
item does not have.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from explorer.evaluation.metrics import METRICS, winoground

OUR_RULE = {
    1: "an item counts 1 if each right caption has a higher cosine with the picture than each wrong one; among equal"
    " cosines, the share of their orders in which that holds (1/2 for one right and one wrong caption)",
    2: "group score: both pictures nearer to their own caption, and both captions nearer to their own picture;"
    " among equal cosines, the share of their orders in which that holds",
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answers:
    """Cosines of N items of P pictures and up to C captions; see the module.

    Attributes:
        cosines: (N, P, C).
        blind: (N, P, C) cosines of the mean picture.
        between: (N, C, C) cosines of captions with each other; None if no item has two right ones.
        right: (N,) how many of the first captions are right.
        words: (N, C) numbers of words.
        bags: (N, C) numbers of multisets of words.
        pictures: (N,) number of the first picture; items of one picture are not independent.
        groups: (N,) numbers into `names`.
    """

    cosines: np.ndarray
    blind: np.ndarray
    between: np.ndarray | None
    right: np.ndarray
    words: np.ndarray
    bags: np.ndarray
    pictures: np.ndarray
    groups: np.ndarray
    names: tuple[str | None, ...]

    def at(self, chosen: np.ndarray) -> "Answers":
        """Select items by a mask `chosen` (N,)."""
        parts = ("cosines", "blind", "right", "words", "bags", "pictures", "groups")
        between = None if self.between is None else self.between[chosen]
        return replace(self, between=between, **{name: getattr(self, name)[chosen] for name in parts})

    def by_group(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield each group with its items, in the order of the file; items without a group are in none."""
        return ((name, self.groups == code) for code, name in enumerate(self.names) if name is not None)

    def there(self) -> np.ndarray:
        """Return (N,) False for the items with a missing picture."""
        return np.asarray(~np.isnan(self.cosines[:, :, 0]).any(axis=1))


@dataclass(frozen=True, kw_only=True, slots=True)
class TheirFigure:
    """Figure by the authors' rule, by group too; `further` are their other scores, None without an item."""

    rule: str
    value: float | None
    by_group: Mapping[str, float | None]
    further: Mapping[str, float | None] = field(default_factory=dict)
    groups_counted: int | None = None
    """Number of groups behind `value`, if it is a mean over groups."""

    def to_json(self) -> dict[str, Any]:
        """Convert to the key "theirs" of a document."""
        counted = {} if self.groups_counted is None else {"groups_counted": self.groups_counted}
        return {
            "rule": self.rule, "value": self.value, **self.further, **counted, "by_group": dict(self.by_group)
        }  # fmt: skip


Theirs = Callable[[Answers], TheirFigure]


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


def strict_share(rule: str, *, headline: str = "") -> Theirs:
    """Return the authors' figure as the share of items, with ties wrong; groups and further scores with it.

    `headline` names the score that is their figure, else the last one.
    """

    def theirs(answers: Answers) -> TheirFigure:
        found = strict(answers.cosines, answers.right)
        chosen = found[headline or list(found)[-1]]
        further = {name: _mean(each) for name, each in found.items()} if len(found) > 1 else {}
        if answers.between is not None:
            further["text_only"] = _mean(_captions_agree(answers.between))
        groups = {name: _mean(chosen[of_group]) for name, of_group in answers.by_group()}
        return TheirFigure(rule=rule, value=_mean(chosen), by_group=groups, further=further)

    return theirs


def macro(rule: str, *, at_least: int = 1, without: frozenset[str] = frozenset()) -> Theirs:
    """Return the authors' figure as the mean over groups with enough items, with ties wrong."""

    def theirs(answers: Answers) -> TheirFigure:
        right = strict(answers.cosines, answers.right)["accuracy"]
        groups = {
            name: _mean(right[chosen])
            for name, chosen in answers.by_group()
            if chosen.sum() >= at_least and name not in without
        }
        value = _mean(np.array(list(groups.values())))
        return TheirFigure(rule=rule, value=value, by_group=groups, groups_counted=len(groups))

    return theirs


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
    """Return (N,) the number of ways to choose `chosen` of `counts`."""
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
