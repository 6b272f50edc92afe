"""Times, shares and tests by hand and against published examples."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.stats import holm
from explorer.study.intervals import Times, curve, log_rank, share_bound, share_difference, spared_time

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=6)


def times(*values: float | None) -> Times:
    return Times(by_seed=dict(enumerate(values)))


def test_the_share_bound_by_hand() -> None:
    found = share_bound(times(0.5, None, 0.25, 0.5))
    # Wilson for 3 of 4: (0.75 + 0.48 -+ 1.96 sqrt(0.1875 / 4 + 0.24 / 4)) / 1.96 with z^2 = 3.84.
    assert (found.value, found.n) == (0.75, 4)
    assert (found.low, found.high) == (pytest.approx(0.3006, abs=1e-4), pytest.approx(0.9544, abs=1e-4))
    assert share_bound(times()).value is None


def test_the_curve_by_hand() -> None:
    """Four seeds, two bound: a quarter at 0.25, a half at 0.5, and then no more."""
    found = curve(times(0.5, None, 0.25, None))
    assert [(point.time, point.share) for point in found] == [(0.25, 0.25), (0.5, 0.5)]
    # The log-log band: S = 0.75, Greenwood's sum 1/12; theta = 1.96 sqrt(1/12) / ln 0.75 = -1.967.
    low, high = (1 - 0.75 ** math.exp(sign * 1.96 * math.sqrt(1 / 12) / math.log(0.75)) for sign in (1, -1))
    assert (found[0].low, found[0].high) == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))
    assert curve(times(None, None)) == []


def test_newcombes_published_example() -> None:
    """56 of 70 against 48 of 80: 0.2 with 0.0524 to 0.3339 (method 10, table II a)."""
    one = Times(by_seed={i: 0.5 if i < 48 else None for i in range(80)})
    other = Times(by_seed={i: 0.5 if i < 56 else None for i in range(70)})
    found = share_difference(one, other)
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))


def test_spared_time_by_hand() -> None:
    """Seed 0 spares a half, seed 1 nothing, seed 2 a quarter; seed 3 is in one condition only."""
    start, end = times(None, 0.5, 0.75, 0.1), times(0.5, 0.5, 0.5)
    found = spared_time(start, end)
    assert found.value == pytest.approx(0.25) and found.n == 3
    # t of two degrees 4.303, standard deviation 0.25.
    assert found.low == pytest.approx(0.25 - 4.303 * 0.25 / math.sqrt(3), abs=1e-3)


def test_equal_gaps_are_known_to_one_evaluation_only() -> None:
    """Two times on a grid of 1/24 have each an error of variance (1/24)²/12; t of 2 degrees of freedom is 4.303."""
    found = spared_time(Times(by_seed=dict.fromkeys(range(3), 0.75)), Times(by_seed=dict.fromkeys(range(3), 0.25)))
    reach = 4.303 * (1 / 24 / 6**0.5) / 3**0.5
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5 - reach, 0.5 + reach), abs=1e-4)


def test_two_conditions_that_never_bind_have_no_interval() -> None:
    never = Times(by_seed=dict.fromkeys(range(3)))
    found = spared_time(never, never)
    assert (found.value, found.low, found.high, found.n) == (0.0, None, None, 3)


def test_log_rank_by_hand() -> None:
    """Two seeds each: bound at 0.2 and 0.4 against never.

    The hazard is 1/4 at 0.2 and 1/3 at 0.4, so the scores are 3/4, 5/12, -7/12, -7/12; two of the six ways to deal them
    give a sum as far from 0 as 7/6.
    """
    assert log_rank(times(0.2, 0.4), times(None, None)) == pytest.approx(2 / 6)
    assert log_rank(times(None, None), times(0.2, 0.4)) == pytest.approx(2 / 6)
    assert log_rank(times(None), times(None)) is None
    assert log_rank(times(0.3, 0.3), times(0.3, 0.3)) == pytest.approx(1.0)


@pytest.mark.parametrize("seeds", [3, 5, 8])
def test_the_least_p_value_is_that_of_two_ways_among_all(seeds: int) -> None:
    early, never = times(*(0.1 + 0.01 * i for i in range(seeds))), times(*[None] * seeds)
    assert log_rank(early, never) == pytest.approx(2 / math.comb(2 * seeds, seeds))


@given(one=st.lists(st.sampled_from([0.25, 0.5, None]), min_size=2, max_size=4),
       other=st.lists(st.sampled_from([0.25, 0.5, None]), min_size=2, max_size=4))  # fmt: skip
def test_log_rank_has_no_side(one: list[float | None], other: list[float | None]) -> None:
    start, end = times(*one), times(*other)
    p = log_rank(start, end)
    assert p == (None if p is None else pytest.approx(log_rank(end, start) or 0.0))
    assert p is None or 0 < p <= 1


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([]) == []


@given(values=probabilities)
def test_holm_keeps_the_order_and_is_between_the_value_and_bonferroni(values: list[float]) -> None:
    found = holm(values)
    for p, adjusted in zip(values, found, strict=True):
        assert min(1.0, p) <= adjusted <= min(1.0, p * len(values)) + 1e-12
    order: Any = sorted(range(len(values)), key=lambda i: values[i])
    assert [found[i] for i in order] == sorted(found[i] for i in order)
