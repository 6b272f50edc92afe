"""Seconds in words, at the edges of the units."""

import doctest

import pytest

from explorer import durations
from explorer.durations import duration


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(durations).failed == 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (0.4, "0 s"), (59.6, "60 s"), (89.4, "89 s"), (90, "2 min"), (125, "2 min"), (3600, "60 min"),
     (5369, "89 min"), (5400, "1 h 30 min"), (7800, "2 h 10 min"), (86_400, "24 h 0 min")],
)  # fmt: skip
def test_durations_as_a_person_says_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words
