"""Scores of a benchmark's items by our rule and by that of its authors, and the figures of a file from them.

    index = index_items(source.items(), token_ids)
    # From embeddings (U, D) and (V, D); rows of missing pictures are NaN.
    answers = compute_answers(index, pictures, captions)
    # Part of what `benchmark` answers.
    encode(compute_figures(answers, AuthorsRule(rule="..."), rng=bootstrap_rng()))

Captions are compared by their token ids: two that the model reads alike get one embedding, so that they tie. A picture
is its name, its bytes and its box; of pictures only digests are kept.

With one picture, an item counts if every right caption is nearer to the picture than every wrong one. With two
pictures, caption i is of picture i (Winoground). Our rule counts a tie in expectation, as everywhere in this project.
NaN stands for a picture that is missing, or a caption that an item does not have.

    >>> right_and_wrong = np.array([[[0.9, 0.1]], [[0.4, 0.4]], [[0.3, 0.8]]])
    >>> one = np.array([1, 1, 1])  # the first caption of each is right
    >>> outcome = score_items(right_and_wrong, one)
    >>> outcome.scores["accuracy"], outcome.strict["accuracy"]
    (array([1. , 0.5, 0. ]), array([ True, False, False]))

Items of one picture are not independent. So an interval comes from a bootstrap that draws pictures, with all their
items, 1,000 times; 95 % of the means lie in it. If all pictures have the same score, no draw differs: then it is
Wilson's interval of as many draws as there are pictures.
"""

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from explorer.codec import encode, inline_fields
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.benchmarks.columns import Picture
from explorer.evaluation.benchmarks.reading import Item, in_blocks
from explorer.evaluation.metrics import (
    MEASURE_WORDS,
    METRICS,
    cosine,
    estimate_mean,
    estimate_share,
    normalize,
    winoground,
)
from explorer.evaluation.results import Estimate, add_definitions
from explorer.stats import CONFIDENCE, wilson_interval

BLIND_SCORERS = {
    "mean_picture": "`mean_picture`, which sees no picture,",
    "shorter_caption": "a scorer that takes the shorter caption",
    "longer_caption": "a scorer that takes the longer caption",
}
MAX_GROUPS, MAX_LETTERS = 2000, 200
ITEMS_AT_ONCE = 1000
ANSWERS_AT_ONCE = 4096
BOOTSTRAP_DRAWS = 1000
NUMBERS_AT_ONCE = 20_000_000
TokenIds = Callable[[Sequence[str]], np.ndarray]


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
        """Return the items that `chosen` selects: a mask (N,) or indices."""
        parts = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(self, **{name: part[chosen] for name, part in parts.items() if isinstance(part, np.ndarray)})

    def by_group(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield each group with its items, in the order of the file; items without a group are in none."""
        return ((name, self.groups == code) for code, name in enumerate(self.names) if name is not None)

    def there(self) -> np.ndarray:
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
        orders = _take_choices(level.sum(axis=1), (level & is_right).sum(axis=1))
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

    def figure(self, answers: Answers) -> AuthorsFigure:
        """Return the figure, with that of each group and, of several scores, all of them."""
        strict = score_items(answers.cosines, answers.right).strict
        right = strict[self.headline or list(strict)[-1]]
        groups = {name: _mean(right[chosen]) for name, chosen in answers.by_group() if self._counts(name, chosen)}
        if self.is_mean_of_groups:
            value = _mean(np.array(list(groups.values())))
            return AuthorsFigure(rule=self.rule, value=value, by_group=groups, groups_counted=len(groups))
        further = {name: _mean(each) for name, each in strict.items()} if len(strict) > 1 else {}
        if answers.between is not None:
            # The first two captions are nearer to each other than either to a later one.
            others = np.nan_to_num(answers.between[:, :2, 2:], nan=-np.inf).max(axis=(1, 2))
            further["text_only"] = _mean(answers.between[:, 0, 1] > others)
        return AuthorsFigure(rule=self.rule, value=_mean(right), further=further, by_group=groups)

    def _counts(self, group: str, items: np.ndarray) -> bool:
        return not self.is_mean_of_groups or (group not in self.without and bool(items.sum() >= self.at_least))


def _take_choices(counts: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    return np.array([math.comb(n, k) for n, k in zip(counts.tolist(), chosen.tolist(), strict=True)], dtype=float)


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


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
                texts += [caption] * (len(captions) > len(texts))
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


def text_ids(texts: Sequence[str]) -> np.ndarray:
    """Return (N, 1) texts in the place of token ids, for figures that need no model."""
    return np.array([text.encode(errors="replace") for text in texts], dtype=object)[:, None].astype("S")


def compute_answers(index: Index, pictures: np.ndarray, captions: np.ndarray) -> Answers:
    """Compute the cosines of all items, with their own pictures and with the mean of all others.

    Items are read in blocks, so that little is in memory at a time.
    """
    total, count = np.zeros(pictures.shape[1]), 0
    for start in range(0, len(pictures), ANSWERS_AT_ONCE):
        rows = pictures[start : start + ANSWERS_AT_ONCE]
        there = rows[~np.isnan(rows).any(axis=1)]
        total, count = total + normalize(there).sum(axis=0), count + len(there)
    items, places = index.captions.shape
    cosines, blind = (np.empty((items, index.pictures.shape[1], places)) for _ in range(2))
    # Captions are compared with each other only if an item has two right ones.
    between = np.empty((items, places, places)) if index.right.max() > 1 else None
    for start in range(0, items, ANSWERS_AT_ONCE):
        part = slice(start, start + ANSWERS_AT_ONCE)
        rows, absent = index.pictures[part], index.captions[part] < 0
        image, text = pictures[rows], captions[index.captions[part]].astype(np.float64)
        for number in range(rows.shape[1]):
            cosines[part, number] = np.where(absent, np.nan, cosine(image[:, number], text))
        blind[part] = np.where(absent, np.nan, cosine(_sum_of_others(image, rows, total, count), text))[:, None]
        if between is not None:
            for number in range(places):
                between[part, number] = np.where(absent | absent[:, [number]], np.nan, cosine(text[:, number], text))
    return _make_answers(index, cosines=cosines, blind=blind, between=between)


def _make_answers(
    index: Index, *, cosines: np.ndarray, blind: np.ndarray, between: np.ndarray | None = None
) -> Answers:
    """Return the index with the cosines of its items."""
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


def _sum_of_others(seen: np.ndarray, rows: np.ndarray, total: np.ndarray, count: int) -> np.ndarray:
    """Return (n, D) the sum of all pictures but an item's own (n, P, D), NaN without any; its cosine is the mean's."""
    again = rows == rows[:, :1]
    again[:, 0] = False  # a picture that an item has twice is taken away once
    own = normalize(seen)
    own[again] = 0.0
    others = total - own.sum(axis=1)
    others[count - (~again).sum(axis=1) <= 0] = np.nan
    return others


Figures = dict[str, Any]
"""Figures of some items, with estimates where a document has objects."""


def _blind_sentence(accuracy: Estimate, blind: Mapping[str, Estimate]) -> str | None:
    """Return a sentence if an image-blind baseline is above chance, None if none is."""
    chance = accuracy.chance or 0.0
    best = _best_blind_scorer(blind, chance)
    if best is None or accuracy.value is None:
        return None
    reach, scorer = best
    if accuracy.low is None or reach >= accuracy.low:
        return f"{accuracy.value:.3f} is not evidence of seeing: {scorer} reaches {reach:.3f}."
    return f"Of {accuracy.value:.3f}, {reach:.3f} is no evidence of seeing: {scorer} reaches it (chance {chance:.3f})."


def _best_blind_scorer(blind: Mapping[str, Estimate], chance: float) -> tuple[float, str] | None:
    """Return the best image-blind baseline above chance, its score and its description; None if none is."""
    reached = (_reach(name, each.value, chance) for name, each in blind.items() if each.is_off_chance)
    return max((each for each in reached if each[0] > chance), default=None)


def _reach(name: str, value: float | None, chance: float) -> tuple[float, str]:
    """Return the score of a baseline with its description; of a pair of captions the opposite choice counts too."""
    value = value or 0.0
    if name == "mean_picture" and value < chance == 1 / 2:
        return 1 - value, f"a scorer that decides against {BLIND_SCORERS[name]}"
    return value, BLIND_SCORERS[name]


def bootstrap_rng() -> np.random.Generator:
    """Return the generator of all intervals: the same in every call, so that a resumed run ends alike."""
    return np.random.default_rng(0)


def compute_figures(answers: Answers, theirs: AuthorsRule | None, *, rng: np.random.Generator) -> Figures:
    """Return the figures of all items and of each group; items with a missing picture are left out of both."""
    there, has_two = answers.there(), answers.cosines.shape[1] == 2
    present = answers.at(there)
    of_all = _compute_group_figures(present, theirs, rng)
    return of_all | {
        "missing": int((~there).sum()),
        "rule": str(MEASURE_WORDS["rules"]["two_pictures" if has_two else "one_picture"]),
        "blind": add_definitions(of_all["blind"], MEASURE_WORDS["blind_to_two" if has_two else "blind"]),
        "theirs": theirs and theirs.figure(present),
        "groups": [
            {"group": name} | _compute_group_figures(present.at(chosen), theirs, rng)
            for name, chosen in present.by_group()
        ],
    }


def compute_cell_figures(
    answers: Answers, cells: Sequence[str | None], names: Sequence[str], *, rng: np.random.Generator
) -> dict[str, Figures]:
    """Return the figures of the items of each cell; items with a missing picture are left out."""
    there, of_item = answers.there(), np.array(cells, dtype=object)
    return {name: _compute_group_figures(answers.at(there & (of_item == name)), None, rng) for name in names}


def audit_items(index: Index, theirs: AuthorsRule | None, *, rng: np.random.Generator) -> dict[str, Any]:
    """Return what needs neither a model nor a picture: chance, ceiling, and baselines of length, per group too."""
    shape = (len(index.captions), index.pictures.shape[1], index.captions.shape[1])
    nothing = np.broadcast_to(np.where(index.captions >= 0, 0.0, np.nan)[:, None], shape)
    figures = compute_figures(_make_answers(index, cosines=nothing, blind=nothing), theirs, rng=rng)
    groups = [{"group": each["group"]} | _audit_figures(each) for each in figures["groups"]]
    return {**_audit_figures(figures), "rule": figures["rule"], "groups": groups}


def _audit_figures(figures: Figures) -> dict[str, Any]:
    chance, blind = figures["chance"], {name: each for name, each in figures["blind"].items() if name != "mean_picture"}
    best = _best_blind_scorer(blind, chance or 0.0)
    sentence = best and f"{best[1]} reaches {best[0]:.3f} without a picture or a model; chance is {chance:.3f}."
    return {
        **{name: figures[name] for name in ("n", "pictures", "chance", "ceiling")},
        "blind": encode(blind),
        "blind_sentence": sentence and sentence[0].upper() + sentence[1:],
    }


def order_free_answers(answers: Answers) -> Answers:
    """Return the answers of a perfect scorer that ignores the order of words."""
    if answers.cosines.shape[1] == 2:
        same = answers.bags[:, 0] == answers.bags[:, 1]
        return replace(answers, cosines=np.where(same[:, None, None], 1.0, np.eye(2)))
    there, places = answers.bags >= 0, np.arange(answers.bags.shape[1])
    is_right = places < answers.right[:, None]
    equal = (answers.bags[:, :, None] == answers.bags[:, None, :]) & there[:, None, :]
    shared = (equal & (is_right[:, :, None] != is_right[:, None, :])).any(axis=2)
    levels = np.where(shared, 1.0, np.where(is_right, 2.0, 0.0))
    return replace(answers, cosines=np.where(there, levels, np.nan)[:, None])


def bootstrap_intervals(
    values: Mapping[str, np.ndarray], pictures: np.ndarray, *, rng: np.random.Generator
) -> dict[str, tuple[float, float]]:
    """Return the bootstrap interval of the mean of each (N,) by picture (N,); NaN is left out, and nothing has none."""
    _, cluster = np.unique(pictures, return_inverse=True)
    count = int(cluster.max()) + 1 if len(cluster) else 0
    if not count:
        return {}
    there = {name: ~np.isnan(each) for name, each in values.items()}
    sums = np.stack([np.bincount(cluster, np.nan_to_num(each), count) for each in values.values()], axis=1)
    sizes = np.stack([np.bincount(cluster, there[name], count) for name in values], axis=1)
    drawn, at_once = [], max(1, NUMBERS_AT_ONCE // count)
    for start in range(0, BOOTSTRAP_DRAWS, at_once):
        chances, draws = np.full(count, 1 / count), min(at_once, BOOTSTRAP_DRAWS - start)
        times = rng.multinomial(count, chances, size=draws).astype(np.float64)
        with np.errstate(invalid="ignore"):
            drawn.append(times @ sums / (times @ sizes))
    intervals = {}
    for name, means, size in zip(values, np.concatenate(drawn).T, sizes.T, strict=True):
        known = means[~np.isnan(means)]
        if size.sum() > 1 and len(known):
            low, high = np.quantile(known, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)).tolist()
            intervals[name] = (low, high)
    return intervals


def _compute_group_figures(answers: Answers, theirs: AuthorsRule | None, rng: np.random.Generator) -> Figures:
    """Compute accuracy with its interval, ties, margin, ceiling, further scores and blind baselines of some items.

    "accuracy" is the headline: that of items of one picture, else the group score. "ceiling" is the score of a perfect
    scorer without word order, by our rule and by theirs, and the number of items whose captions it cannot tell apart.
    """
    outcome, oracle = score_items(answers.cosines, answers.right), order_free_answers(answers)
    by_ceiling = score_items(oracle.cosines, answers.right)
    guess = 1 / _take_choices((answers.words >= 0).sum(axis=1), answers.right)  # of items of one picture
    chance = {name: METRICS[name].chance if name in METRICS else guess for name in outcome.scores}
    unseen = _blind_headlines(answers)
    values = {**outcome.scores, "margin": outcome.margin, **{f"blind {name}": each for name, each in unseen.items()}}
    ends = bootstrap_intervals(values, answers.pictures[:, 0], rng=rng)
    pictures = len(np.unique(answers.pictures[:, 0]))
    known = {
        name: _estimate_by_picture(each, chance[name], ends.get(name), pictures)
        for name, each in outcome.scores.items()
    }
    last, headline = list(known.items())[-1]
    blind = {
        name: _estimate_by_picture(each, chance[last], ends.get(f"blind {name}"), pictures)
        for name, each in unseen.items()
    }
    ceiling = {
        "value": estimate_share(by_ceiling.headline, None).value,
        "theirs": theirs.figure(oracle).value if theirs is not None else None,
        "same_words": int(by_ceiling.tie.sum()),
    }
    return {
        "accuracy": headline.value,
        **{name: getattr(headline, name) for name in ("n", "low", "high", "chance")},
        "pictures": pictures,
        "ties": int(outcome.tie.sum()),
        "blind_sentence": _blind_sentence(headline, blind),
        "ceiling": ceiling,
        "margin": _replace_interval(estimate_mean(outcome.margin, 0.0), ends.get("margin")),
        "blind": blind,
        **(known if len(known) > 1 else {}),
    }


def _blind_headlines(answers: Answers) -> dict[str, np.ndarray]:
    """Return the headline (N,) of scorers that do not see the picture; NaN if there is only one picture."""
    seen = {"mean_picture": answers.blind}
    # With two pictures each caption is the right one once, so length is no cue.
    if answers.cosines.shape[1] == 1:
        words = np.where(answers.words >= 0, answers.words, np.nan)[:, None]
        seen |= {"shorter_caption": -words, "longer_caption": words}
    return {name: score_items(each, answers.right).headline for name, each in seen.items()}


def _estimate_by_picture(
    values: np.ndarray, chance: float | np.ndarray | None, ends: tuple[float, float] | None, pictures: int
) -> Estimate:
    there = ~np.isnan(values)
    estimate = estimate_share(values[there], chance[there] if isinstance(chance, np.ndarray) else chance)
    if estimate.value is None:
        # Chance is that of a pair if there is no item to tell it.
        return replace(estimate, chance=estimate.chance if estimate.chance is not None else 1 / 2)
    if ends is None or ends[0] == ends[1]:
        ends = wilson_interval(estimate.value * pictures, pictures)
    return _replace_interval(estimate, ends)


def _replace_interval(estimate: Estimate, ends: tuple[float, float] | None) -> Estimate:
    """Replace the interval, which holds the value even if rounding says otherwise."""
    if estimate.value is None or ends is None:
        return replace(estimate, low=None, high=None)
    return replace(estimate, low=min(estimate.value, ends[0]), high=max(estimate.value, ends[1]))
