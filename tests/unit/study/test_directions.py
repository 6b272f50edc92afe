"""Words for measured differences: each by an example, and the rules that hold for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.evaluation.results import Estimate
from explorer.study.directions import Trend, Word, compare, trend
from explorer.study.sweeps import Direction


def estimate(low: float | None, high: float | None) -> Estimate:
    value = 0.1 if low is None or high is None else (low + high) / 2
    return Estimate(value=value, n=3, low=low, high=high, chance=0.0)


END = estimate(0.5, 0.6)
EXAMPLES: list[tuple[Direction, tuple[float, float], tuple[float, float], Word]] = [
    ("falls", (-0.5, -0.3), (0.5, 0.6), "agrees"),
    ("falls", (0.1, 0.3), (0.5, 0.6), "disagrees"),
    ("falls", (-0.3, 0.01), (0.5, 0.6), "no difference within intervals"),
    ("rises", (0.1, 0.3), (0.5, 0.6), "agrees"),
    ("rises", (-0.3, -0.1), (0.5, 0.6), "disagrees"),
    ("rises", (0.0, 0.3), (0.5, 0.6), "no difference within intervals"),
    ("falls", (-0.03, -0.01), (0.5, 0.6), "no effect"),
    ("rises", (-0.02, 0.03), (0.5, 0.6), "no effect"),
    ("ours", (0.001, 0.002), (0.5, 0.6), "no effect"),
    ("ours", (0.1, 0.3), (0.5, 0.6), "rises"),
    ("ours", (-0.3, -0.1), (0.5, 0.6), "falls"),
    ("no effect", (-0.04, 0.04), (0.5, 0.6), "agrees"),
    ("no effect", (0.01, 0.04), (0.5, 0.6), "agrees"),
    ("no effect", (0.01, 0.2), (0.5, 0.6), "disagrees"),
    ("no effect", (-0.2, 0.2), (0.5, 0.6), "undecided"),
    ("not reliable", (0.1, 0.3), (0.6, 0.8), "agrees"),
    ("not reliable", (0.1, 0.5), (0.92, 1.0), "disagrees"),
    ("not reliable", (0.1, 0.5), (0.85, 0.95), "undecided"),
]


@pytest.mark.parametrize(("direction", "change", "end", "word"), EXAMPLES)
def test_words(direction: Direction, change: tuple[float, float], end: tuple[float, float], word: Word) -> None:
    found = compare(direction, estimate(*change), estimate(*end))
    assert found.word == word and found.sentence.endswith(".")


def test_what_was_reliable_before_says_nothing_of_what_was_added() -> None:
    change, end = estimate(0.01, 0.1), estimate(0.95, 0.99)
    assert compare("not reliable", change, end, start=estimate(0.89, 0.93)).word == "undecided"
    assert compare("not reliable", change, end, start=estimate(0.5, 0.6)).word == "disagrees"
    assert "rises and stays below" in compare("not reliable", change, END, start=estimate(0.4, 0.5)).sentence


def test_what_is_in_the_way_comes_first() -> None:
    sure = estimate(-0.5, -0.3)
    assert compare("falls", sure, END, blocked=("no evidence", "A leak.")).word == "no evidence"
    assert compare("falls", estimate(None, None), END).word == "too few seeds"
    assert compare("falls", sure, estimate(None, None)).word == "too few seeds"


@given(st.floats(-1, 1), st.floats(0, 1))
def test_rising_and_falling_are_mirror_images(low: float, width: float) -> None:
    up, down = estimate(low, low + width), estimate(-low - width, -low)
    assert compare("rises", up, END).word == compare("falls", down, END).word


TRENDS: list[tuple[tuple[float, float], tuple[float | None, float | None], Trend]] = [
    ((0.92, 1.0), (-0.1, 0.1), "arrives"),
    ((0.5, 0.6), (0.01, 0.05), "still rising"),
    ((0.5, 0.6), (-0.02, 0.03), "flat"),
    ((0.36, 1.0), (-0.02, 0.03), "undecided"),
    ((0.5, 0.6), (-0.2, 0.2), "undecided"),
    ((0.5, 0.6), (None, None), "undecided"),
]


@pytest.mark.parametrize(("end", "slope", "word"), TRENDS)
def test_slower_or_never(end: tuple[float, float], slope: tuple[float | None, float | None], word: Trend) -> None:
    assert trend(estimate(*end), estimate(*slope), 1.0) == word


def test_flat_asks_what_half_as_many_steps_would_add() -> None:
    # 0.06 in each third is 0.09 in half of the run; 0.07 is 0.105.
    assert trend(END, estimate(-0.01, 0.06), 1.0) == "flat"
    assert trend(END, estimate(-0.01, 0.07), 1.0) == "undecided"
