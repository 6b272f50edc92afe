"""Figures of a benchmark as frozen data, and their JSON in the document of the command `benchmark`.

found.all.headline, found.all.margin, found.theirs          # of `figures.figures_of`
dict(found.groups)["replace_obj"].blind["mean_picture"]
found.to_json()
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.evaluation.benchmarks.scoring import OUR_RULE, TheirFigure
from explorer.evaluation.results import Defined, Estimate, defined_json, with_definitions

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

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON."""
        return {"value": self.value, "theirs": self.theirs, "same_words": self.same_words}


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
        """Chance of the headline."""
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

    def accuracy_json(self) -> dict[str, Any]:
        """Convert the headline to JSON."""
        found = self.headline
        return {"accuracy": found.value, "n": found.n, "low": found.low, "high": found.high, "chance": found.chance}

    def scores_json(self) -> dict[str, Any]:
        """Convert all but the baselines to JSON."""
        several = {name: each.to_json() for name, each in self.scores.items()} if len(self.scores) > 1 else {}
        return {
            **self.accuracy_json(),
            "pictures": self.pictures,
            "ties": self.ties,
            "ceiling": self.ceiling.to_json(),
            "margin": self.margin.to_json(),
            **several,
        }

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON, as of a group."""
        blind = {name: each.to_json() for name, each in self.blind.items()}
        return {**self.scores_json(), "blind": blind, "blind_sentence": self.blind_sentence}


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
        """Our rule."""
        return OUR_RULE[self.pictures_per_item]

    @property
    def blind(self) -> Defined:
        """Image-blind baselines with their definitions."""
        of_two = " of two" * (self.pictures_per_item == 2)
        return with_definitions(self.all.blind, {name: BLIND[name + of_two] for name in self.all.blind})

    def to_json(self) -> dict[str, Any]:
        """Convert to part of the document of the command `benchmark`."""
        return {
            **self.all.scores_json(),
            "blind_sentence": self.all.blind_sentence,
            "missing": self.missing,
            "rule": self.rule,
            "blind": defined_json(self.blind),
            "theirs": None if self.theirs is None else self.theirs.to_json(),
            "groups": [{"group": name} | each.to_json() for name, each in self.groups],
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
