"""Verdicts on the scores of a user's pictures and captions, per picture and in one sentence; no torch.

    judge(margin=0.175, control=0.0, spread=0.056)      # "beyond"
    verdicts(answer, own=True)                          # ["beyond", "wrong"], of a `ProbeAnswer`
    summary(answer, own=True)                           # "50% of 2 pictures are nearest to their caption (95 % ..."
    of_binding(estimate)                                # "binds reliably", of the canonical scenes

The right caption of a picture is its own, in their order, if `own` is set and there are as many of both; else the
first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.evaluation.metrics import share
from explorer.evaluation.results import Estimate
from explorer.evaluation.user_probe.answer import ProbeAnswer
from explorer.evaluation.verdict import FAINT

VERDICTS = {
    "beyond": "better than its word-order control",
    "spread": "no more than word order alone moves a cosine",
    "words": "not better than its word-order control",
    "tie": "a tie",
    "wrong": "another caption is nearer",
}
"""Words for the margin of one picture, by the kinds of `judge`."""
RELIABLE = 0.9
"""Least binding accuracy that is called reliable, as in the study."""


def judge(*, margin: float, control: float, spread: float) -> str:
    """Return the kind of verdict on a margin, given the margin of the words and the spread by word order."""
    if margin <= 0:
        return "wrong" if margin < 0 else "tie"
    if margin <= max(control, 0):
        return "words"
    return "spread" if margin - max(control, 0) <= spread else "beyond"


def right_caption(answer: ProbeAnswer, picture: int, *, own: bool) -> int:
    """Return the index of the right caption of a picture."""
    return picture if own and answer.picture_count == len(answer.captions) else 0


def margin_of(cosines: Sequence[float], right: int) -> float | None:
    """Return the cosine of the right caption minus the highest of the others; None if there is no other."""
    others = [cosine for place, cosine in enumerate(cosines) if place != right]
    return cosines[right] - max(others) if others else None


def verdicts(answer: ProbeAnswer, *, own: bool) -> list[str]:
    """Return the kind of verdict per picture, none if there is one caption."""
    control = answer.order_free
    if control is None:
        return []
    found = []
    for row, (cosines, words) in enumerate(zip(answer.cosine, control.cosine, strict=True)):
        right = right_caption(answer, row, own=own)
        margin, by_words = margin_of(cosines, right), margin_of(words, right)
        found.append(judge(margin=margin or 0.0, control=by_words or 0.0, spread=control.spread[row]))
    return found


TOSS, LEANS, FAIRLY = 0.56, 0.75, 0.95
"""Shares of two captions below which an answer is a coin toss, leans, or is fairly sure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Answer of a model about one picture: the caption that it chooses, by the softmax over the captions.

    `most` is the share of the chosen one among it and the best other; `degree` is toss, leans, fairly or sure.
    """

    chosen: int
    is_right: bool
    most: float
    degree: str


def choices(answer: ProbeAnswer, *, own: bool) -> list[Choice]:
    """Return the choice per picture, none if there is one caption."""
    if len(answer.captions) < 2:
        return []
    return [_choice(shares, right_caption(answer, row, own=own)) for row, shares in enumerate(answer.probabilities)]


def _choice(shares: Sequence[float], right: int) -> Choice:
    first, second = sorted(range(len(shares)), key=lambda place: -shares[place])[:2]
    both = shares[first] + shares[second]
    most = shares[first] / both if both else 0.5
    degree = "toss" if most < TOSS else "leans" if most < LEANS else "fairly" if most < FAIRLY else "sure"
    return Choice(chosen=first, is_right=first == right and shares[first] > shares[second], most=most, degree=degree)


def summary(answer: ProbeAnswer, *, own: bool) -> str:
    """Return one sentence on all pictures of a model, with n, interval and chance."""
    kinds, captions = verdicts(answer, own=own), len(answer.captions)
    if not kinds:
        return "One caption has nothing to be compared with: add another."
    found = share(np.array([{"wrong": 0.0, "tie": 0.5}.get(kind, 1.0) for kind in kinds]), 1 / captions)
    interval = f"95 % interval {_percent(found.low)} to {_percent(found.high)}, chance {_percent(found.chance)}"
    beyond = kinds.count("beyond")
    return (
        f"Nearest to its right caption: {_percent(found.value)} of {found.n} picture{'s' * (found.n > 1)} ({interval});"
        f" by more than the word-order control: {beyond} of {found.n}."
    )


def of_binding(found: Estimate) -> str:
    """Word an estimate of binding accuracy.

    A share that is surely above chance is called binding only from `verdict.FAINT` on, as for a run.
    """
    low, high, value, chance = found.low, found.high, found.value, found.chance
    if low is None or high is None or value is None or chance is None:
        return "not measured"
    if low >= RELIABLE:
        return "binds reliably"
    if low > chance:
        return "binds, not reliably" if value >= FAINT else "barely above chance"
    return "prefers the swap" if high < chance else "at chance"


def _percent(share: float | None) -> str:
    return f"{100 * (share or 0.0):.0f} %"
