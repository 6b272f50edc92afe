"""Cosines of a benchmark's items turn into its figures, by our rule and by that of its authors.

    answers = Answers(cosines=(N, P, 2), blind=(N, P, 2), words=(N, 2), groups=(N,), names=("swap_att", None))
    summarize(answers, macro(at_least=25, rule="..."))
    # {"n", "accuracy", "low", "high", "chance", "ties", "margin", "groups", "theirs", "blind", ...}

With one picture (P = 1) caption 0 is right and caption 1 wrong; with two, caption i is of picture i. Our rule counts a
tie in expectation, as everywhere in this project. NaN stands for a picture that is missing: such items are left out.

    >>> right_and_wrong = np.array([[[0.9, 0.1]], [[0.4, 0.4]], [[0.3, 0.8]]])
    >>> scores(right_and_wrong)["accuracy"], strict(right_and_wrong)["accuracy"], ties(right_and_wrong)
    (array([1. , 0.5, 0. ]), array([ True, False, False]), array([False,  True, False]))
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.evaluation.metrics import METRICS, mean, pairwise, share, winoground

HALF = 1 / 2
BLIND = {
    "mean_picture": "The picture is replaced by the mean of the model's embeddings of all other distinct pictures of"
    " the file (each at length 1): what the model prefers without having seen the picture.",
    "mean_picture of two": "Both pictures are replaced by the mean of the model's embeddings of all other distinct"
    " pictures of the file. Whoever sees the same twice is right about one of both, so that 0 is by design what"
    " preferring a caption alone gives here; more comes from ties.",
    "shorter_caption": "No model: the caption with fewer words is taken for the right one, ties half. The file gives"
    " nothing away by length at 1/2; towards 0 and 1 alike a scorer that only counts words would do well.",
}
OUR_RULE = {
    1: "an item counts 1 where cosine(picture, caption) > cosine(picture, negative caption), 1/2 where they are equal",
    2: "group score: both pictures nearer to their own caption, and both captions nearer to their own picture;"
    " among equal cosines, the share of their orders in which that holds",
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answers:
    """Cosines of N items, see the module; `blind` are the cosines of the mean picture, `words` lengths."""

    cosines: np.ndarray
    blind: np.ndarray
    words: np.ndarray
    groups: np.ndarray
    names: tuple[str | None, ...]

    def at(self, chosen: np.ndarray) -> "Answers":
        """Select items by a mask `chosen` (N,)."""
        parts = (self.cosines[chosen], self.blind[chosen], self.words[chosen], self.groups[chosen])
        return Answers(cosines=parts[0], blind=parts[1], words=parts[2], groups=parts[3], names=self.names)

    def by_group(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield each group with its items, in the order of the file; items without a group are in none."""
        return ((name, self.groups == code) for code, name in enumerate(self.names) if name is not None)


Theirs = Callable[[Answers], dict[str, Any]]


def scores(cosines: np.ndarray) -> dict[str, np.ndarray]:
    """Return each score of the items (N,) from cosines (N, P, 2), the headline last."""
    if cosines.shape[1] == 1:
        return {"accuracy": pairwise(cosines[:, 0, 0], cosines[:, 0, 1])}
    return winoground(cosines)


def strict(cosines: np.ndarray) -> dict[str, np.ndarray]:
    """Return the same with a tie counted as wrong, (N,) bool."""
    own, other = _own_and_other(cosines)
    text = np.logical_and.reduce(own > other, axis=1)
    if cosines.shape[1] == 1:
        return {"accuracy": text}
    image = np.logical_and.reduce(own > other[:, ::-1], axis=1)
    return {"text_score": text, "image_score": image, "group_score": text & image}


def ties(cosines: np.ndarray) -> np.ndarray:
    """Return (N,) bool: the item's score depends on two equal cosines."""
    own, other = _own_and_other(cosines)
    tied = (own == other).any(axis=1)
    return np.asarray(tied | (own == other[:, ::-1]).any(axis=1) if cosines.shape[1] == 2 else tied)


def margins(cosines: np.ndarray) -> np.ndarray:
    """Return (N,) the mean over an item's pictures of the cosine of its own caption minus that of the other."""
    own, other = _own_and_other(cosines)
    return np.asarray((own - other).mean(axis=1))


def shorter(words: np.ndarray) -> np.ndarray:
    """Return (N,) 1 if caption 0 has fewer words (N, 2), 1/2 if as many, else 0."""
    return pairwise(words[:, 1].astype(float), words[:, 0].astype(float))


def chance_of(name: str) -> float | None:
    """Return the expected score of a guess."""
    return HALF if name == "accuracy" else METRICS[name].chance


def summarize(answers: Answers, theirs: Theirs | None) -> dict[str, Any]:
    """Return the figures of a document; items with a missing picture are left out first."""
    there = ~np.isnan(answers.cosines).any(axis=(1, 2))
    found = answers.at(there)
    figures = _figures(found)
    of_two = " of two" * (answers.cosines.shape[1] == 2)
    blind = {name: figure | {"definition": BLIND[name + of_two]} for name, figure in figures.pop("blind").items()}
    return {
        **figures,
        "missing": int((~there).sum()),
        "rule": OUR_RULE[answers.cosines.shape[1]],
        "blind": blind,
        "theirs": theirs(found) if theirs is not None else None,
        "groups": [{"group": name} | _figures(found.at(chosen)) for name, chosen in found.by_group()],
    }


def _figures(answers: Answers) -> dict[str, Any]:
    """Return accuracy with its interval, ties, margin, further scores and blind controls of some items."""
    found = {name: share(each, chance_of(name)).as_dict() for name, each in scores(answers.cosines).items()}
    headline = list(found.values())[-1]
    further = found if len(found) > 1 else {}
    return {
        "accuracy": headline["value"],
        **{key: headline[key] for key in ("n", "low", "high", "chance")},
        "ties": int(ties(answers.cosines).sum()),
        "margin": mean(margins(answers.cosines), 0.0).as_dict(),
        **further,
        "blind": _blind(answers),
    }


def _blind(answers: Answers) -> dict[str, dict[str, Any]]:
    """Return the headline of scorers that do not see the picture; none if there is only one picture."""
    seen = ~np.isnan(answers.blind).any(axis=(1, 2))
    name, found = list(scores(answers.blind[seen]).items())[-1]
    blind: dict[str, dict[str, Any]] = {"mean_picture": dict(share(found, chance_of(name)).as_dict())}
    # With two pictures each caption is the right one once, so length is no cue.
    if answers.cosines.shape[1] == 1:
        blind["shorter_caption"] = dict(share(shorter(answers.words), HALF).as_dict())
    return blind


def _own_and_other(cosines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (N, P) cosines of each picture with its own caption and with the other one."""
    pictures = np.arange(cosines.shape[1])
    return cosines[:, pictures, pictures], cosines[:, pictures, 1 - pictures]


def strict_share(rule: str) -> Theirs:
    """Return the authors' figure as the share of items, with ties wrong; groups and further scores with it."""

    def theirs(answers: Answers) -> dict[str, Any]:
        found = {name: _mean(each) for name, each in strict(answers.cosines).items()}
        *_, headline = strict(answers.cosines).values()
        groups = {name: _mean(headline[chosen]) for name, chosen in answers.by_group()}
        further = found if len(found) > 1 else {}
        return {"rule": rule, "value": list(found.values())[-1], **further, "by_group": groups}

    return theirs


def macro(rule: str, *, at_least: int = 1, without: frozenset[str] = frozenset()) -> Theirs:
    """Return the authors' figure as the mean over groups with enough items, with ties wrong."""

    def theirs(answers: Answers) -> dict[str, Any]:
        right = strict(answers.cosines)["accuracy"]
        groups = {
            name: _mean(right[chosen])
            for name, chosen in answers.by_group()
            if chosen.sum() >= at_least and name not in without
        }
        value = _mean(np.array(list(groups.values())))
        return {"rule": rule, "value": value, "groups_counted": len(groups), "by_group": groups}

    return theirs


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None
