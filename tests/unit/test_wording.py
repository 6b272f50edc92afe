"""Numbers in words: nothing is rounded to all, to nothing or to a sign of zero; seconds at the edges of the units."""

import pytest

from explorer.evaluation.results import Estimate
from explorer.wording import (
    format_decimal,
    format_duration,
    format_fraction,
    format_interval,
    format_percent,
    format_points,
    format_probability,
    format_share,
    format_signed,
    format_signed_points,
)


def estimate(value: float | None, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(value=value, n=0 if value is None else 1000, low=low, high=high, chance=0.5)


@pytest.mark.parametrize(
    ("value", "words"),
    [(1.0, "100 %"), (0.997, "99.7 %"), (0.9998, "99.98 %"), (0.0, "0 %"), (0.004, "0.4 %"), (0.505, "50 %"),
     (None, "not measured"), (float("nan"), "not measured")],
)  # fmt: skip
def test_no_share_is_rounded_to_all_or_nothing(value: float | None, words: str) -> None:
    assert format_percent(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "< 0.1 %"), (0.0004, "< 0.1 %"), (0.0006, "0.1 %"), (0.5, "50.0 %"), (0.9994, "99.9 %"), (1.0, "> 99.9 %")],
)
def test_a_probability_is_never_certain(value: float, words: str) -> None:
    assert format_probability(value) == words


def test_a_share_tells_what_is_known_of_it() -> None:
    known = estimate(0.81, 0.79, 0.999)
    assert format_share(known) == "81 % (79 to 99.9 %)" and format_interval(0.79, 0.999) == "79 to 99.9 %"
    assert format_share(known, lead="95 % interval", n=1000) == "81 % (95 % interval 79 to 99.9 %, n 1000)"
    assert (
        format_share(estimate(0.81), lead="95 % interval", n=1) == "81 % (n 1)"
        and format_share(estimate(0.81)) == "81 %"
    )
    assert format_share(estimate(None), n=0) == "not measured"


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.4, "+40"), (-0.25, "−25"), (0.006, "+1"), (-0.004, "−0.4"), (0.0004, "0"), (-0.0004, "0"), (0.0, "0")],
)
def test_points_below_one_keep_their_sign_and_zero_has_none(value: float, words: str) -> None:
    assert format_signed_points(value) == words and format_signed_points(value, minus="-") == words.replace("−", "-")


def test_a_difference_has_the_interval_that_is_known() -> None:
    assert format_points(estimate(-0.4, -0.5, -0.3)) == "−40 points (−50 to −30)"
    assert format_points(estimate(-0.4, -0.5, -0.3), minus="-") == "-40 points (-50 to -30)"
    assert format_points(estimate(0.0, -0.004, 0.3)) == "0 points (−0.4 to +30)"
    assert format_points(estimate(0.1)) == "+10 points" and format_points(estimate(None)) == "-"


def test_decimals_have_a_real_minus() -> None:
    assert (
        format_decimal(-0.12345, 4) == "−0.1235"
        and format_signed(-0.12345, 4) == "−0.1235"
        and format_signed(-0.00001, 4) == "0"
    )
    assert (
        format_fraction(0.984, 0.973, 0.99) == "0.984 (0.973 to 0.990)"
        and format_fraction(0.5, None, None, n=3) == "0.500 (n 3)"
    )
    assert format_fraction(-0.5, -1, 0, digits=1, minus="-") == "-0.5 (-1.0 to 0.0)"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (0.4, "0 s"), (59.6, "60 s"), (89.4, "89 s"), (90, "2 min"), (125, "2 min"), (3600, "60 min"),
     (5369, "89 min"), (5400, "1 h 30 min"), (7800, "2 h 10 min"), (86_400, "24 h 0 min")],
)  # fmt: skip
def test_durations_as_a_person_says_them(seconds: float, words: str) -> None:
    assert format_duration(seconds) == words
