"""Intervals over seeds against worked examples and against scipy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from explorer.study.intervals import difference, mean_over_seeds

SHARES = st.lists(st.floats(0, 1), min_size=2, max_size=12)


def test_a_mean_by_hand() -> None:
    # Spread 0.02, so the reach is 4.303 * 0.02 / sqrt(3) = 0.0497.
    found = mean_over_seeds([0.90, 0.94, 0.92], chance=0.5)
    assert (found.value, found.n, found.chance) == (pytest.approx(0.92), 3, 0.5)
    assert found.low == pytest.approx(0.8703, abs=1e-4) and found.high == pytest.approx(0.9697, abs=1e-4)


def test_seeds_that_agree_are_no_certainty() -> None:
    # A share of 0.9 of 400 scenes spreads by sqrt(0.09 / 400) = 0.015: the reach is 4.303 * 0.015 / sqrt(3) = 0.0373.
    found = mean_over_seeds([0.9, 0.9, 0.9], chance=0.5, items=400)
    assert found.low == pytest.approx(0.8627, abs=1e-4) and found.high == pytest.approx(0.9373, abs=1e-4)
    assert mean_over_seeds([0.5, 0.7, 0.9], chance=0.5, items=400) == mean_over_seeds([0.5, 0.7, 0.9], chance=0.5)
    every = mean_over_seeds([1.0, 1.0], chance=0.5, items=100)
    assert every.low is not None and 0 < every.low < 1 and every.high == 1
    # Two such parts: Welch has 4 degrees of freedom, 2.776 * sqrt(2 * 0.000225 / 3) = 0.0340.
    change = difference([0.9, 0.9, 0.9], [0.9, 0.9, 0.9], items=400)
    assert change.low == pytest.approx(-0.0340, abs=1e-4) and change.high == pytest.approx(0.0340, abs=1e-4)


def test_shares_stay_shares_and_a_margin_need_not() -> None:
    values = [0.5, 1.0]
    assert (mean_over_seeds(values, chance=0.5).low, mean_over_seeds(values, chance=0.5).high) == (0.0, 1.0)
    wide = mean_over_seeds(values, chance=0.0, is_share=False)
    assert wide.low is not None and wide.high is not None and wide.low < 0 and wide.high > 1


def test_few_seeds() -> None:
    assert mean_over_seeds([], chance=0.5).value is None
    one = mean_over_seeds([0.7], chance=0.5)
    assert (one.value, one.n, one.low, one.high) == (0.7, 1, None, None)
    assert difference([], [0.5]).value is None and difference([0.5], [0.7, 0.9]).low is None


@given(SHARES, SHARES)
def test_a_difference_is_welchs(start: list[float], end: list[float]) -> None:
    found = difference(start, end)
    assert found.value == pytest.approx(np.mean(end) - np.mean(start), abs=1e-9)
    assert found.low is not None and found.high is not None and found.low <= found.high
    if min(np.std(start), np.std(end)) > 1e-3:
        exact = stats.ttest_ind(end, start, equal_var=False).confidence_interval()
        # Whole degrees of freedom are rounded down, which is never narrower.
        assert found.low <= exact.low + 1e-3 and found.high >= exact.high - 1e-3


def test_a_difference_without_spread_is_a_point() -> None:
    found = difference([0.5, 0.5], [1.0, 1.0])
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)
