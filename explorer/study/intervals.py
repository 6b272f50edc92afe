"""Scores and times to binding by seed: means, differences, shares bound, each with a 95 % interval.

    mean_over_seeds([0.9, 0.94, 0.92], chance=0.5)        # value 0.92, low 0.870, high 0.970, n 3 (seeds)
    mean_over_seeds([0.9, 0.9, 0.9], chance=0.5, items=400)       # not 0.9 to 0.9, but 0.863 to 0.937
    difference([0.5, 0.52, 0.51], [0.9, 0.94, 0.92])      # Welch: seeds of two conditions are not paired

All runs are scored on the same scenes, so the intervals hold the variation by seed, not by scenes. Seeds that agree
more closely than draws of that many scenes are few, not certain: with `items`, the scenes behind each share, the
spread is never taken as less than that of such a draw. A single seed has no interval.

    start, end = Times(...), Times(...)
    share_bound(start)                    # Estimate at the budget, Wilson's interval
    curve(start)                          # share bound by the time, with a pointwise 95 % band
    share_difference(start, end)          # Estimate, Newcombe's interval
    spared_time(start, end)               # Estimate: the share of the budget by which seeds bind sooner
    log_rank(start, end)                  # exact p value; None if no seed of either is bound

Times are shares of the budget, so only conditions of one budget can be compared. Every seed that is not bound is
censored at the end of the budget. The seeds of two conditions share scenes and first weights: `spared_time` pairs them;
the share and the test treat them as independent, which is conservative for positively correlated pairs.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from explorer.evaluation.results import Estimate
from explorer.spec import EVALUATIONS
from explorer.stats import CONFIDENCE, t_quantile, welch_freedom, wilson


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """Times at which seeds were bound, as shares of the budget; None for a seed that was not.

    A seed is a number, or any key that pairs runs of two conditions.
    """

    by_seed: Mapping[Any, float | None]

    @property
    def num_bound(self) -> int:
        return sum(time is not None for time in self.by_seed.values())

    @property
    def num_seeds(self) -> int:
        return len(self.by_seed)


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """The share of seeds bound by a time, with the ends of its pointwise 95 % band; None if they are not defined."""

    time: float
    share: float
    low: float | None
    high: float | None


def share_bound(times: Times) -> Estimate:
    """Return the share of seeds that are bound at the end of the budget, with Wilson's interval."""
    if not times.num_seeds:
        return Estimate.unmeasured()
    low, high = wilson(times.num_bound, times.num_seeds)
    return Estimate(value=times.num_bound / times.num_seeds, n=times.num_seeds, low=low, high=high, chance=None)


def curve(times: Times) -> list[Point]:
    """The share bound by each time at which a seed was bound: one minus the Kaplan-Meier estimate, log-log band."""
    from scipy.stats import CensoredData, ecdf  # half a second, and the page reads none of it

    if not times.num_bound:
        return []
    unbound = [time is None for time in times.by_seed.values()]
    found = ecdf(CensoredData.right_censored([_unbound(time) for time in times.by_seed.values()], unbound)).cdf
    with warnings.catch_warnings():
        # Where every seed is bound the band is not defined, which `None` says.
        warnings.simplefilter("ignore", RuntimeWarning)
        band = found.confidence_interval(confidence_level=CONFIDENCE, method="log-log")
    rows = zip(
        found.quantiles.tolist(), found.probabilities.tolist(),
        band.low.probabilities.tolist(), band.high.probabilities.tolist(), strict=True,
    )  # fmt: skip
    bound = {time for time in times.by_seed.values() if time is not None}
    return [
        Point(time=time, share=share, low=_finite(low), high=_finite(high))
        for time, share, low, high in rows
        if time in bound
    ]


def share_difference(start: Times, end: Times) -> Estimate:
    """Return the share bound of `end` minus that of `start` (Newcombe, Statistics in Medicine 17, 1998, method 10)."""
    one, other = share_bound(start), share_bound(end)
    if one.value is None or other.value is None or None in (one.low, one.high, other.low, other.high):
        return Estimate.unmeasured(0.0)
    assert one.low is not None and one.high is not None and other.low is not None and other.high is not None
    change = other.value - one.value
    low = change - math.hypot(other.value - other.low, one.high - one.value)
    high = change + math.hypot(other.high - other.value, one.value - one.low)
    return Estimate(value=change, n=min(one.n, other.n), low=low, high=high, chance=0.0)


def spared_time(start: Times, end: Times) -> Estimate:
    """Return the mean over seeds of the unbound time in `start` minus that in `end`, with a paired t interval.

    It uses the seeds that are in both; a seed that is never bound counts as the whole budget. Above 0, binding comes
    sooner. Times are known to one of `EVALUATIONS` intervals, so equal ones still have the spread of two such errors.
    If no seed of either is bound there is no interval.
    """
    shared = sorted(start.by_seed.keys() & end.by_seed.keys())
    gaps = [_unbound(start.by_seed[seed]) - _unbound(end.by_seed[seed]) for seed in shared]
    if not start.num_bound + end.num_bound:
        return Estimate(value=0.0 if gaps else None, n=len(gaps), low=None, high=None, chance=0.0)
    return mean_over_seeds(gaps, chance=0.0, is_share=False, least=1 / (6 * EVALUATIONS**2))


def log_rank(start: Times, end: Times) -> float | None:
    """Return the two-sided p value of the log-rank test; None if no seed is bound.

    It is exact: twice the share of all ways to deal the seeds to the two conditions whose bound seeds are at least as
    far from the expected number on the same side. The normal approximation is far too small for a few seeds.

    Source: Peto and Peto, Journal of the Royal Statistical Society A 135, 1972.
    """
    if not start.num_seeds or not end.num_seeds or not start.num_bound + end.num_bound:
        return None
    return _exact_p(tuple(start.by_seed.values()), tuple(end.by_seed.values()))


@lru_cache(maxsize=1024)
def _exact_p(start: tuple[float | None, ...], end: tuple[float | None, ...]) -> float:
    from scipy.stats import permutation_test

    scores = _log_rank_scores([*start, *end])
    sides = scores[: len(start)], scores[len(start) :]
    found = permutation_test(
        sides,
        lambda one, _, axis: np.sum(one, axis=axis),
        vectorized=True,
        n_resamples=math.inf,
        rng=np.random.default_rng(0),
    )
    return float(found.pvalue)


def _log_rank_scores(times: Sequence[float | None]) -> Any:
    """Return for each seed 1 if it is bound, less the hazard up to its time; shape [seeds], sum 0.

    The sum over a condition is the number of its seeds that are bound, less the number expected.
    """
    ends = np.array([_unbound(time) for time in times])
    is_bound = np.array([time is not None for time in times])
    hazard = {
        moment: np.sum(is_bound & (ends == moment)) / np.sum(ends >= moment) for moment in np.unique(ends[is_bound])
    }
    return np.array(
        [
            float(bound) - sum(h for moment, h in hazard.items() if moment <= end)
            for end, bound in zip(ends, is_bound, strict=True)
        ]
    )


def _unbound(time: float | None) -> float:
    return 1.0 if time is None else time


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def mean_over_seeds(
    values: Sequence[float],
    *,
    chance: float | None,
    is_share: bool = True,
    items: int | None = None,
    least: float = 0.0,
) -> Estimate:
    """The mean of one score a seed, n the number of seeds; the interval of a share is kept within 0 and 1.

    The variance of the scores counts as `least` at least.
    """
    if not values:
        return Estimate.unmeasured(chance)
    mean = float(np.mean(values))
    if len(values) == 1:
        return Estimate(value=mean, n=1, low=None, high=None, chance=chance)
    reach = t_quantile(len(values) - 1) * math.sqrt(max(least, _variance(values, items)) / len(values))
    low, high = mean - reach, mean + reach
    if is_share:
        low, high = max(0.0, low), min(1.0, high)
    return Estimate(value=mean, n=len(values), low=low, high=high, chance=chance)


def _variance(values: Sequence[float], items: int | None) -> float:
    """Of the scores of seeds; at least that of a share of `items` drawn anew for each, where those are known."""
    spread = float(np.var(values, ddof=1))
    if not items:
        return spread
    # None or all of them is no certainty either: half an item is left.
    share = min(max(float(np.mean(values)), 0.5 / items), 1 - 0.5 / items)
    return max(spread, share * (1 - share) / items)


def difference(start: Sequence[float], end: Sequence[float], *, items: int | None = None) -> Estimate:
    """Mean of `end` minus mean of `start`, with Welch's interval; n is the smaller number of seeds."""
    n = min(len(start), len(end))
    if n == 0:
        return Estimate.unmeasured(0.0)
    value = float(np.mean(end) - np.mean(start))
    if n == 1:
        return Estimate(value=value, n=n, low=None, high=None, chance=0.0)
    parts = [_variance(values, items) / len(values) for values in (start, end)]
    total = sum(parts)
    # No spread at all: the degrees of freedom do not matter, as the interval is a point.
    freedom = welch_freedom(parts, (len(start), len(end))) if total else math.inf
    reach = t_quantile(freedom) * math.sqrt(total) if total else 0.0
    return Estimate(value=value, n=n, low=value - reach, high=value + reach, chance=0.0)
