"""Verdicts on measured differences, given a stated direction, in one word and one sentence.

    >>> change = Estimate(value=-0.4, n=3, low=-0.5, high=-0.3, chance=0.0)
    >>> end = Estimate(value=0.55, n=3, low=0.5, high=0.6, chance=0.5)
    >>> compare("falls", change, end).word
    'agrees'

`agrees` and `disagrees` need an interval that excludes the opposite; "not reliable" uses the level of the end, the
others the change. A change that is surely small is no effect. If the paper states nothing, the word is the measured
direction.
"""

from dataclasses import dataclass
from typing import Literal

from explorer.evaluation.results import Estimate
from explorer.study.sweeps import Direction

Word = Literal[
    "agrees",
    "disagrees",
    "no effect",
    "no difference within intervals",
    "undecided",
    "rises",
    "falls",
    "not tested",
    "no evidence",
    "too few seeds",
]
Trend = Literal["arrives", "still rising", "flat", "undecided"]
RELIABLE = 0.9
"""Least binding accuracy that is called reliable."""
SAME = 0.05
"""A change that is surely smaller is called no effect."""
FLAT = 0.1
"""A flat end rises by surely less than this in half as many steps again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """The word for code and tables, and the sentence for people."""

    word: Word
    sentence: str


def compare(
    direction: Direction,
    change: Estimate,
    end: Estimate,
    *,
    start: Estimate | None = None,
    blocked: tuple[Word, str] | None = None,
) -> Finding:
    """Compare a change from `start` to the score `end` with a stated direction.

    `blocked` is the reason why it says nothing, if there is one.
    """
    if blocked is not None:
        return Finding(word=blocked[0], sentence=blocked[1])
    if change.low is None or change.high is None or end.low is None or end.high is None:
        return Finding(word="too few seeds", sentence="Fewer than two seeds trained, so there is no interval.")
    if direction == "not reliable":
        return _reliability(start.value if start else None, change.low, end.low, end.high)
    if direction == "no effect":
        return _sameness(change.low, change.high)
    return _change(direction, change.low, change.high)


def _reliability(before: float | None, rise: float, low: float, high: float) -> Finding:
    """Return if binding ends reliable; binding that was reliable before says nothing about what was added."""
    if before is not None and before >= RELIABLE:
        return Finding(word="undecided", sentence=f"Binding was at {RELIABLE:.0%} or above before, so nothing shows.")
    if high < RELIABLE:
        rises = "rises and" if rise > 0 else "does not surely rise, and"
        return Finding(word="agrees", sentence=f"Binding {rises} stays below {RELIABLE:.0%}, so it is not reliable.")
    if low >= RELIABLE:
        return Finding(word="disagrees", sentence=f"Binding is at {RELIABLE:.0%} or above, so it is reliable.")
    return Finding(word="undecided", sentence=f"The interval over seeds holds {RELIABLE:.0%}.")


def _sameness(low: float, high: float) -> Finding:
    if low > -SAME and high < SAME:
        return Finding(word="agrees", sentence=f"The change is smaller than {SAME:.0%} either way.")
    if low > 0 or high < 0:
        return Finding(word="disagrees", sentence=f"Binding {'rises' if low > 0 else 'falls'}.")
    return Finding(word="undecided", sentence=f"The interval holds no change and changes of more than {SAME:.0%}.")


def _change(direction: Direction, low: float, high: float) -> Finding:
    if low > -SAME and high < SAME:
        return Finding(word="no effect", sentence=f"Any change is surely smaller than {100 * SAME:.0f} points.")
    measured: Word | None = "rises" if low > 0 else "falls" if high < 0 else None
    if measured is None:
        return Finding(word="no difference within intervals", sentence="The interval of the difference holds zero.")
    if direction == "ours":
        return Finding(word=measured, sentence=f"Binding {measured}; the paper's direction is not known to us.")
    word: Word = "agrees" if measured == direction else "disagrees"
    return Finding(word=word, sentence=f"Binding {measured}; the paper says that it {direction}.")


def trend(end: Estimate, slope: Estimate, length: float) -> Trend:
    """Classify the end of a long run: its level, and if its last third, `length` long, still rises.

    `arrives`: it is reliable at the end, so a flaw made it slower. `flat`: the end is surely not reliable, the slope is
    not above zero within its interval, and the slopes in the interval are small; only this may be called never, and
    only for this budget.
    """
    if end.low is not None and end.low >= RELIABLE:
        return "arrives"
    if slope.low is None or slope.high is None:
        return "undecided"
    if slope.low > 0:
        return "still rising"
    # Half as long again is one and a half of the last third.
    is_short = end.high is not None and end.high < RELIABLE
    return "flat" if is_short and slope.high * length * 1.5 < FLAT else "undecided"
