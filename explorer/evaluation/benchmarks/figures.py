"""Figures of a benchmark with intervals by picture, image-blind baselines, and the ceiling of an order-free scorer.

    found = figures_of(answers, Theirs(rule="..."), rng=np.random.default_rng(0))
    found.all.headline                                    # an Estimate
    dict(found.groups)["replace_obj"].blind["mean_picture"]
    found.document()                                      # part of the document of the command `benchmark`

Items of one picture are not independent. So an interval comes from a bootstrap that draws pictures, with all their
items, 1,000 times; 95 % of the means lie in it. If all pictures have the same score, no draw differs: then it is
Wilson's interval of as many draws as there are pictures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explorer.codec import encode
from explorer.evaluation.benchmarks.scoring import (
    OUR_RULE,
    Answers,
    Index,
    TheirFigure,
    Theirs,
    answers_of,
    chances,
    margins,
    scores,
    ties,
)
from explorer.evaluation.metrics import mean, share
from explorer.evaluation.results import Defined, Estimate, with_definitions
from explorer.stats import CONFIDENCE, wilson

BLIND = {
    "mean_picture": "The picture is replaced by the mean of the model's embeddings of all other distinct pictures of"
    " the file (each at length 1): what the model prefers without having seen the picture.",
    "mean_picture of two": "Both pictures are replaced by the mean of the model's embeddings of all other distinct"
    " pictures of the file. The same picture twice gives right answers for one of both, so that preferring a caption"
    " gives 0 here by design; more comes from ties.",
    "shorter_caption": "No model: captions with fewer words are taken for the right ones, ties in expectation.",
    "longer_caption": "No model: captions with more words are taken for the right ones, ties in expectation. If it or"
    " its opposite is above chance, counting words is enough to beat chance.",
}
SCORERS = {
    "mean_picture": "`mean_picture`, which sees no picture,",
    "shorter_caption": "a scorer that takes the shorter caption",
    "longer_caption": "a scorer that takes the longer caption",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ceiling:
    """Score of a perfect scorer without word order, by our rule and by theirs; items whose captions it cannot tell."""

    value: float | None
    theirs: float | None
    same_words: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Figures of some items: scores by name, the headline last, and the headline of each image-blind baseline."""

    scores: Mapping[str, Estimate]
    pictures: int
    ties: int
    ceiling: Ceiling
    margin: Estimate
    blind: Mapping[str, Estimate]

    @property
    def headline(self) -> Estimate:
        """Accuracy of items of one picture, else the group score."""
        return list(self.scores.values())[-1]

    @property
    def chance(self) -> float:
        return self.headline.chance or 0.0

    @property
    def blind_sentence(self) -> str | None:
        """Sentence if an image-blind baseline is above chance, None if none is."""
        found, best = self.headline, best_blind(self.blind, self.chance)
        if best is None or found.value is None:
            return None
        reach, scorer = best
        if found.low is None or reach >= found.low:
            return f"{found.value:.3f} is not evidence of seeing: {scorer} reaches {reach:.3f}."
        of_it = f"Of {found.value:.3f}, {reach:.3f} is no evidence of seeing"
        return f"{of_it}: {scorer} reaches it (chance {self.chance:.3f})."

    @property
    def accuracy(self) -> dict[str, Any]:
        found = encode(self.headline)
        return {"accuracy": found.pop("value"), **found}

    def document(self) -> dict[str, Any]:
        parts = {"ceiling": self.ceiling, "margin": self.margin, "blind": self.blind}
        if len(self.scores) > 1:
            parts |= self.scores
        counts = {"pictures": self.pictures, "ties": self.ties, "blind_sentence": self.blind_sentence}
        return {**self.accuracy, **counts, **encode(parts)}


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchmarkFigures:
    """Figures of all items and of each group; `missing` items without their picture are left out of both."""

    all: Figures
    missing: int
    pictures_per_item: int
    theirs: TheirFigure | None
    groups: tuple[tuple[str, Figures], ...]

    @property
    def rule(self) -> str:
        return OUR_RULE[self.pictures_per_item]

    @property
    def blind(self) -> Defined:
        of_two = " of two" * (self.pictures_per_item == 2)
        return with_definitions(self.all.blind, {name: BLIND[name + of_two] for name in self.all.blind})

    def document(self) -> dict[str, Any]:
        return {
            **self.all.document(),
            "missing": self.missing,
            "rule": self.rule,
            "blind": encode(self.blind),
            "theirs": encode(self.theirs),
            "groups": [{"group": name} | each.document() for name, each in self.groups],
        }


def best_blind(blind: Mapping[str, Estimate], chance: float) -> tuple[float, str] | None:
    """Return the best image-blind baseline above chance, its score and its description; None if none is."""
    reached = (_reach(name, each.value, chance) for name, each in blind.items() if each.is_off_chance)
    return max((each for each in reached if each[0] > chance), default=None)


def _reach(name: str, value: float | None, chance: float) -> tuple[float, str]:
    """Return the score of a baseline with its description; of a pair of captions the opposite choice counts too."""
    value = value or 0.0
    if name == "mean_picture" and value < chance == 1 / 2:
        return 1 - value, f"a scorer that decides against {SCORERS[name]}"
    return value, SCORERS[name]


DRAWS = 1000
NUMBERS_AT_ONCE = 20_000_000


def fixed_draws() -> np.random.Generator:
    """Return the generator of all intervals: the same in every call, so that a resumed run ends alike."""
    return np.random.default_rng(0)


def figures_of(answers: Answers, theirs: Theirs | None, *, rng: np.random.Generator) -> BenchmarkFigures:
    """Compute all figures; items with a missing picture are left out first."""
    there = answers.there()
    found = answers.at(there)
    return BenchmarkFigures(
        all=_figures(found, theirs, rng),
        missing=int((~there).sum()),
        pictures_per_item=answers.cosines.shape[1],
        theirs=theirs.figure(found) if theirs is not None else None,
        groups=tuple((name, _figures(found.at(chosen), theirs, rng)) for name, chosen in found.by_group()),
    )


def cells_of(
    answers: Answers, cells: Sequence[str | None], names: Sequence[str], *, rng: np.random.Generator
) -> dict[str, Figures]:
    """Return the figures of the items of each cell; items with a missing picture are left out."""
    there, codes = answers.there(), np.array([names.index(cell) if cell is not None else -1 for cell in cells])
    return {name: _figures(answers.at(there & (codes == code)), None, rng) for code, name in enumerate(names)}


def audit(index: Index, theirs: Theirs | None, *, rng: np.random.Generator) -> dict[str, Any]:
    """Return what needs neither a model nor a picture: chance, ceiling, and baselines of length, per group too."""
    shape = (len(index.captions), index.pictures.shape[1], index.captions.shape[1])
    nothing = np.broadcast_to(np.where(index.captions >= 0, 0.0, np.nan)[:, None], shape)
    found = figures_of(answers_of(index, cosines=nothing, blind=nothing), theirs, rng=rng)
    groups = [{"group": name} | _audit(each, each.blind) for name, each in found.groups]
    return {**_audit(found.all, found.blind), "rule": found.rule, "groups": groups}


def _audit(found: Figures, blind: Mapping[str, Estimate]) -> dict[str, Any]:
    """Return the part of an audit on some items; `blind` are the baselines of these, of which only length is told."""
    blind = {name: each for name, each in blind.items() if name != "mean_picture"}
    best = best_blind(blind, found.chance)
    sentence = best and f"{best[1]} reaches {best[0]:.3f} without a picture or a model; chance is {found.chance:.3f}."
    return {
        "n": found.headline.n,
        "pictures": found.pictures,
        "chance": found.headline.chance,
        "ceiling": encode(found.ceiling),
        "blind": encode(blind),
        "blind_sentence": sentence and sentence[0].upper() + sentence[1:],
    }


def order_free(answers: Answers) -> Answers:
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


def intervals(
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
    drawn = np.concatenate([_means(sums, sizes, draws, rng) for draws in _batches(count)])
    tails = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
    found = {}
    for place, name in enumerate(values):
        means = drawn[:, place][~np.isnan(drawn[:, place])]
        if sizes[:, place].sum() > 1 and len(means):
            low, high = np.quantile(means, tails).tolist()
            found[name] = (low, high)
    return found


def _figures(answers: Answers, theirs: Theirs | None, rng: np.random.Generator) -> Figures:
    """Compute accuracy with its interval, ties, margin, ceiling, further scores and blind baselines of some items."""
    cosines, right = answers.cosines, answers.right
    by_name = scores(cosines, right)
    name = list(by_name)[-1]
    chance = chances(right, answers.words, cosines.shape[1])
    blind = _blind(answers, name)
    values = {**by_name, "margin": margins(cosines, right), **{f"blind {key}": each for key, each in blind.items()}}
    ends = intervals(values, answers.pictures[:, 0], rng=rng)
    pictures = len(np.unique(answers.pictures[:, 0]))
    oracle = order_free(answers)
    return Figures(
        scores={key: _share(each, chance[key], ends.get(key), pictures) for key, each in by_name.items()},
        pictures=pictures,
        ties=int(ties(cosines, right).sum()),
        ceiling=Ceiling(
            value=share(scores(oracle.cosines, right)[name], None).value,
            theirs=theirs.figure(oracle).value if theirs is not None else None,
            same_words=int(ties(oracle.cosines, right).sum()),
        ),
        margin=_with(mean(values["margin"], 0.0), ends.get("margin")),
        blind={key: _share(each, chance[name], ends.get(f"blind {key}"), pictures) for key, each in blind.items()},
    )


def _blind(answers: Answers, name: str) -> dict[str, np.ndarray]:
    """Return the headline (N,) of scorers that do not see the picture; NaN if there is only one picture."""
    found = {"mean_picture": scores(answers.blind, answers.right)[name]}
    # With two pictures each caption is the right one once, so length is no cue.
    if answers.cosines.shape[1] == 1:
        words = np.where(answers.words >= 0, answers.words, np.nan)[:, None]
        found["shorter_caption"] = scores(-words, answers.right)[name]
        found["longer_caption"] = scores(words, answers.right)[name]
    return found


def _share(values: np.ndarray, chance: float | np.ndarray, ends: tuple[float, float] | None, pictures: int) -> Estimate:
    there = ~np.isnan(values)
    found = share(values[there], chance[there] if isinstance(chance, np.ndarray) else chance)
    if found.value is None:
        # Chance is that of a pair if there is no item to tell it.
        return replace(found, chance=found.chance if found.chance is not None else 1 / 2)
    if ends is None or ends[0] == ends[1]:
        ends = wilson(found.value * pictures, pictures)
    return _with(found, ends)


def _with(found: Estimate, ends: tuple[float, float] | None) -> Estimate:
    """Replace the interval, which holds the value even if rounding says otherwise."""
    if found.value is None or ends is None:
        return replace(found, low=None, high=None)
    return replace(found, low=min(found.value, ends[0]), high=max(found.value, ends[1]))


def _means(sums: np.ndarray, sizes: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    count = len(sums)
    times = rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)
    with np.errstate(invalid="ignore"):
        return np.asarray(times @ sums / (times @ sizes))


def _batches(count: int) -> list[int]:
    """Return numbers of draws at a time that fit into memory."""
    most = max(1, NUMBERS_AT_ONCE // count)
    return [min(most, DRAWS - start) for start in range(0, DRAWS, most)]
