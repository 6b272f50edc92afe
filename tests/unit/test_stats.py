"""Quantiles and intervals against published tables and scipy's own tests."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from explorer.stats import Z, sign_test, t_quantile, welch_degrees_of_freedom, wilson_interval


def test_the_normal_quantile_is_that_of_tables() -> None:
    assert pytest.approx(1.959964, abs=5e-7) == Z


@pytest.mark.parametrize(("freedom", "quantile"), [(1, 12.706), (2, 4.303), (4, 2.776), (7, 2.365), (30, 2.042)])
def test_t_quantiles_are_those_of_tables(freedom: int, quantile: float) -> None:
    assert t_quantile(freedom) == pytest.approx(quantile, abs=5e-4)


def test_a_fractional_number_of_degrees_lies_between_its_neighbors() -> None:
    assert t_quantile(3) < t_quantile(2.5) < t_quantile(2)


def test_welch_by_hand_and_by_scipy() -> None:
    one, other = [0.5, 0.52, 0.51], [0.9, 0.94, 0.92, 0.95]
    squares = [float(np.var(values, ddof=1)) / len(values) for values in (one, other)]
    welch = scipy_stats.ttest_ind(other, one, equal_var=False)
    freedom = welch_degrees_of_freedom(squares, (3, 4))
    assert freedom == pytest.approx(welch.df)
    reach = t_quantile(freedom) * math.sqrt(sum(squares))
    interval = welch.confidence_interval()
    center = np.mean(other) - np.mean(one)
    assert (center - reach, center + reach) == pytest.approx((interval.low, interval.high))


def test_equal_variances_and_counts_give_the_sum_of_degrees() -> None:
    assert welch_degrees_of_freedom([0.1, 0.1], (5, 5)) == pytest.approx(8)


def test_variances_whose_squares_vanish_have_the_degrees_of_their_ratio() -> None:
    assert welch_degrees_of_freedom([0.0, 1e-298], (2, 2)) == 1
    assert welch_degrees_of_freedom([5e-324, 5e-324], (5, 5)) == welch_degrees_of_freedom([1.0, 1.0], (5, 5))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17, 1998, table I, method 3
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718),
    ],
)  # fmt: skip
def test_wilson_is_that_of_published_tables_mirrors_and_holds_the_share(
    successes: int, n: int, low: float, high: float
) -> None:
    assert wilson_interval(successes, n) == pytest.approx((low, high), abs=5.1e-5)
    assert wilson_interval(n - successes, n) == pytest.approx((1 - high, 1 - low), abs=5.1e-5)
    assert (
        wilson_interval(0.3, 3)[0] <= 0.1 <= wilson_interval(0.3, 3)[1]
        and wilson_interval(n, n)[1] == 1
        and wilson_interval(0, n)[0] == 0
    )
    for outside in ((1, 0), (n + 1, n), (-1, n)):
        with pytest.raises(ValueError, match="successes"):
            wilson_interval(*outside)


@pytest.mark.parametrize(
    ("more", "fewer", "chance"), [(7, 0, 1 / 128), (1, 1, 0.75), (0, 3, 1.0), (3, 1, 5 / 16), (0, 0, 1.0)]
)
def test_the_sign_test_counts_tosses(more: int, fewer: int, chance: float) -> None:
    assert sign_test(more, fewer) == chance
