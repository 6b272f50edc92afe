"""Answer of a model to a user's pictures and captions as frozen data, with verdicts on it; no torch.

Tables of numbers are [picture][caption]. A relevance map is [row][column] of patches.

The right caption of a picture is its own, in their order, if `has_own` is set and there are as many of both; else the
first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, computed_field

from explorer.clip.configs import Preprocessing
from explorer.codec import inline_fields
from explorer.evaluation.metrics import estimate_share
from explorer.evaluation.results import Environment
from explorer.sentences import Sentence
from explorer.wording import format_percent

NumberRow = tuple[float, ...]
NumberTable = tuple[NumberRow, ...]


def make_table(rows: Iterable[Iterable[float]]) -> NumberTable:
    return tuple(tuple(row) for row in rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderFree:
    """Scores of the words without their order: means over `orders` random orders of each caption's sorted words.

    `margin` and `spread` hold a number per picture; `spread` is the mean standard deviation over the orders.
    """

    cosine: NumberTable
    margin: NumberRow
    spread: NumberRow
    orders: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Confusion:
    """Comparison of the first caption with those in which two of its objects have the attributes of one.

    `captions` are their columns; `right` is 1 per picture if the first is above all of them, ties in expectation.
    """

    captions: tuple[int, ...]
    right: NumberRow
    chance: float


@dataclass(frozen=True, kw_only=True, slots=True)
class NoMaps:
    """Reason why a model has no relevance map, in one sentence."""

    why: Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, kw_only=True, slots=True)
class RelevanceMaps:
    """Relevance maps [picture][caption] of the first `captions` captions.

    `quarters` are the sums of each map at the top left, top right, bottom left and bottom right. `seen` are the
    pictures as the model sees them, as data URIs; it is empty if they were written to `file`.
    """

    why: Literal[""] = ""
    method: str
    captions: int
    maps: tuple[tuple[NumberTable, ...], ...]
    quarters: tuple[NumberTable, ...]
    seen: Annotated[tuple[str, ...], Field(exclude_if=lambda seen: not seen)] = ()
    file: Annotated[str | None, Field(exclude_if=lambda file: file is None)] = None


Relevance = RelevanceMaps | NoMaps


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureAnswer:
    """Numbers of a model for pictures and captions, and its properties.

    `margin` holds a number per picture. `margin` and `order_free` are None for a single caption, `pair_scores` for
    others than two pictures and two captions, `relevance` if no map was asked, `logit_bias` for a softmax model.
    """

    captions: tuple[str, ...]
    cosine: NumberTable
    margin: NumberRow | None
    probabilities: NumberTable
    order_free: OrderFree | None
    pair_scores: Mapping[str, float] | None
    model: str
    preprocessing: Preprocessing
    activation: str
    logit_scale: float
    logit_bias: float | None
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    definitions: Mapping[str, str]
    relevance: Relevance | None

    @property
    def picture_count(self) -> int:
        return len(self.cosine)

    @computed_field
    def n(self) -> Mapping[str, int]:
        """The numbers of pictures and of captions, by the names of the document."""
        return {"images": self.picture_count, "captions": len(self.captions)}


@inline_fields("answer", "environment")
@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredPictures:
    """Answer to pictures with the names `images`: the document of `score`.

    `snippet` is a script that computes the same. `confusion` is None if no caption is a confusion of the first.
    """

    answer: PictureAnswer
    confusion: Confusion | None = None
    images: tuple[str, ...]
    snippet: str
    environment: Environment


MARGIN_VERDICTS = {
    "beyond": "above the spread of word order (one picture proves nothing)",
    "spread": "no more than word order alone moves a cosine",
    "words": "not better than its word-order control",
    "tie": "a tie",
    "wrong": "another caption is nearer",
}
"""Words for the margin of one picture, by the kinds of `judge_margin`."""


def judge_margin(*, margin: float, control: float, spread: float) -> str:
    """Return the kind of verdict on one picture's margin, a key of `MARGIN_VERDICTS`.

    `control` is the margin of the words without their order, `spread` how much word order alone moves cosines.
    """
    if margin <= 0:
        return "wrong" if margin < 0 else "tie"
    if margin <= max(control, 0):
        return "words"
    return "spread" if margin - max(control, 0) <= spread else "beyond"


def right_caption(answer: PictureAnswer, picture: int, *, has_own: bool) -> int:
    """Return the index of the right caption of a picture; see the module for `has_own`."""
    return picture if has_own and answer.picture_count == len(answer.captions) else 0


def right_margin(cosines: Sequence[float], right: int) -> float | None:
    """Return the cosine of the right caption minus the highest of the others; None if there is no other."""
    others = [cosine for index, cosine in enumerate(cosines) if index != right]
    return cosines[right] - max(others) if others else None


def picture_verdicts(answer: PictureAnswer, *, has_own: bool) -> list[str]:
    """Return the kind of verdict per picture, none if there is one caption."""
    control = answer.order_free
    if control is None:
        return []
    verdicts = []
    for row, (cosines, words) in enumerate(zip(answer.cosine, control.cosine, strict=True)):
        right = right_caption(answer, row, has_own=has_own)
        margin, by_words = right_margin(cosines, right), right_margin(words, right)
        verdicts.append(judge_margin(margin=margin or 0.0, control=by_words or 0.0, spread=control.spread[row]))
    return verdicts


def summary_sentence(answer: PictureAnswer, *, has_own: bool) -> str:
    """Return one sentence on all pictures of a model, with n, interval and chance."""
    kinds, captions = picture_verdicts(answer, has_own=has_own), len(answer.captions)
    if not kinds:
        return "One caption has nothing to be compared with: add another."
    correct = estimate_share(np.array([{"wrong": 0.0, "tie": 0.5}.get(kind, 1.0) for kind in kinds]), 1 / captions)
    return Sentence(
        "score.summary",
        "Nearest to its right caption: {share} of {pictures} (95 % interval {low} to {high}, chance {chance});"
        " above the spread of word order: {beyond} of {n}."
        " A few pictures are only an example: `leaderboard` asks models about many scenes.",
        share=format_percent(correct.value),
        pictures="1 picture" if correct.n == 1 else Sentence("score.pictures", "{n} pictures", n=correct.n),
        low=format_percent(correct.low),
        high=format_percent(correct.high),
        chance=format_percent(correct.chance),
        beyond=kinds.count("beyond"),
        n=correct.n,
    )
