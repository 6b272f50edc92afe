"""Estimates and tests over the seeds of one or two conditions, each interval one of 95 %.

    mean_over_seeds([0.9, 0.94, 0.92], chance=0.5)         # value 0.92, low 0.870, high 0.970, n 3 (seeds)
    mean_difference([0.5, 0.52, 0.51], [0.9, 0.94, 0.92])  # Welch: seeds of two conditions are not paired
    share_difference(start, end), log_rank_p(start, end)   # of `BindingTimes`, by which seeds were bound

All runs are scored on the same scenes, so intervals hold the variation by seed. Seeds that agree more closely than
draws of that many scenes are few, not certain: with `items`, the scenes behind each share, the spread is never taken as
less than that of such a draw. A single seed has no interval.

A seed that is not bound is right-censored at the end of the budget. Seeds of two conditions share scenes and first
weights: `spared_time` pairs them; the others treat them as independent, conservative for positively correlated pairs.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from explorer.evaluation.results import Estimate
from explorer.spec import MAX_EVALUATIONS
from explorer.stats import CONFIDENCE, t_quantile, welch_degrees_of_freedom, wilson_interval

SIGNIFICANCE = 0.05
"""Two-sided p value up to which a difference is shown; of several tests, their p value corrected by Holm."""

# ---- Scores


def mean_over_seeds(
    values: Sequence[float],
    *,
    chance: float | None,
    is_share: bool = True,
    items: int | None = None,
    least: float = 0.0,
) -> Estimate:
    """Return the mean of one score a seed with its t interval, that of a share kept within 0 and 1.

    The variance of the scores counts as `least` at least.
    """
    n = len(values)
    if not n:
        return Estimate.of_nothing(chance)
    mean = float(np.mean(values))
    if n == 1:
        return Estimate(value=mean, n=1, low=None, high=None, chance=chance)
    reach = t_quantile(n - 1) * math.sqrt(max(least, _variance(values, items)) / n)
    low, high = mean - reach, mean + reach
    if is_share:
        low, high = max(0.0, low), min(1.0, high)
    return Estimate(value=mean, n=n, low=low, high=high, chance=chance)


def _variance(values: Sequence[float], items: int | None) -> float:
    """Return that of the scores; at least that of a share of `items` drawn anew for each, where those are known."""
    spread = float(np.var(values, ddof=1))
    if not items:
        return spread
    # None or all of them is no certainty either: half an item is left.
    share = min(max(float(np.mean(values)), 0.5 / items), 1 - 0.5 / items)
    return max(spread, share * (1 - share) / items)


def mean_difference(start: Sequence[float], end: Sequence[float], *, items: int | None = None) -> Estimate:
    """Return the mean of `end` minus that of `start`, with Welch's interval; n is the smaller number of seeds."""
    n = min(len(start), len(end))
    if n == 0:
        return Estimate.of_nothing(0.0)
    value = float(np.mean(end) - np.mean(start))
    if n == 1:
        return Estimate(value=value, n=n, low=None, high=None, chance=0.0)
    parts = [_variance(values, items) / len(values) for values in (start, end)]
    total = sum(parts)
    # Without any spread the degrees of freedom are not defined, and the interval is a point.
    reach = t_quantile(welch_degrees_of_freedom(parts, (len(start), len(end)))) * math.sqrt(total) if total else 0.0
    return Estimate(value=value, n=n, low=value - reach, high=value + reach, chance=0.0)


# ---- Times


@dataclass(frozen=True, kw_only=True, slots=True)
class BindingTimes:
    """Times at which seeds were bound, as shares of one budget; None for a seed that was not.

    A seed is a number, or any key that pairs runs of two conditions.
    """

    by_seed: Mapping[Any, float | None]

    @property
    def num_bound(self) -> int:
        return sum(time is not None for time in self.by_seed.values())

    @property
    def num_seeds(self) -> int:
        return len(self.by_seed)

    @property
    def durations(self) -> list[float]:
        """The share of the budget in which each seed was unbound."""
        return [1.0 if time is None else time for time in self.by_seed.values()]


def share_bound(times: BindingTimes) -> Estimate:
    """Return the share of seeds that are bound at the end of the budget, with Wilson's interval."""
    if not times.num_seeds:
        return Estimate.of_nothing()
    low, high = wilson_interval(times.num_bound, times.num_seeds)
    return Estimate(value=times.num_bound / times.num_seeds, n=times.num_seeds, low=low, high=high, chance=None)


def binding_curve(times: BindingTimes) -> list[dict[str, float | None]]:
    """Return one minus the Kaplan-Meier estimate at each time at which a seed was bound.

    Each point has its time, its share, and the ends of its pointwise log-log band, None where they are not defined.
    """
    from scipy.stats import CensoredData, ecdf  # half a second, and the page reads none of it

    if not times.num_bound:
        return []
    unbound = [time is None for time in times.by_seed.values()]
    distribution = ecdf(CensoredData.right_censored(times.durations, unbound)).cdf
    with warnings.catch_warnings():
        # Where every seed is bound the band is not defined, which `None` says.
        warnings.simplefilter("ignore", RuntimeWarning)
        band = distribution.confidence_interval(confidence_level=CONFIDENCE, method="log-log")
    columns = (distribution.quantiles, distribution.probabilities, band.low.probabilities, band.high.probabilities)
    return [
        {"time": time, "share": share, "low": _finite(low), "high": _finite(high)}
        for time, share, low, high in np.column_stack(columns).tolist()
        if time in times.by_seed.values()
    ]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def share_difference(start: BindingTimes, end: BindingTimes) -> Estimate:
    """Return the share bound of `end` minus that of `start` (Newcombe, Statistics in Medicine 17, 1998, method 10)."""
    if not start.num_seeds or not end.num_seeds:
        return Estimate.of_nothing(0.0)
    one, other = (times.num_bound / times.num_seeds for times in (start, end))
    ends = [wilson_interval(times.num_bound, times.num_seeds) for times in (start, end)]
    (one_low, one_high), (other_low, other_high) = ends
    return Estimate(
        value=other - one,
        n=min(start.num_seeds, end.num_seeds),
        low=other - one - math.hypot(other - other_low, one_high - one),
        high=other - one + math.hypot(other_high - other, one - one_low),
        chance=0.0,
    )


def spared_time(start: BindingTimes, end: BindingTimes) -> Estimate:
    """Return the mean over seeds of the unbound time in `start` minus that in `end`, with a paired t interval.

    It uses the seeds that are in both. Above 0, binding comes sooner. Times are known to one of `MAX_EVALUATIONS`
    intervals, so equal ones still have the spread of two such errors. If no seed of either is bound there is none.
    """
    before, after = (dict(zip(times.by_seed, times.durations, strict=True)) for times in (start, end))
    gaps = [before[seed] - after[seed] for seed in sorted(before.keys() & after.keys())]
    if not start.num_bound + end.num_bound:
        return Estimate(value=0.0 if gaps else None, n=len(gaps), low=None, high=None, chance=0.0)
    return mean_over_seeds(gaps, chance=0.0, is_share=False, least=1 / (6 * MAX_EVALUATIONS**2))


def log_rank_p(start: BindingTimes, end: BindingTimes) -> float | None:
    """Return the two-sided p value of the log-rank test; None if no seed is bound, or a side has a single one.

    It is exact: twice the share of all ways to deal the seeds to the two conditions whose bound seeds are at least as
    far from the expected number on the same side. The normal approximation is far too small for a few seeds.

    Source: Peto and Peto, Journal of the Royal Statistical Society A 135, 1972.
    """
    if min(start.num_seeds, end.num_seeds) < 2 or not start.num_bound + end.num_bound:
        return None
    return _permutation_p(tuple(start.by_seed.values()), tuple(end.by_seed.values()))


@lru_cache(maxsize=1024)
def _permutation_p(start: tuple[float | None, ...], end: tuple[float | None, ...]) -> float:
    from scipy.stats import permutation_test

    scores = _log_rank_scores([*start, *end])
    test = permutation_test(
        (scores[: len(start)], scores[len(start) :]),
        lambda one, _, axis: np.sum(one, axis=axis),
        vectorized=True,
        n_resamples=math.inf,
        rng=np.random.default_rng(0),
    )
    return float(test.pvalue)


def _log_rank_scores(times: Sequence[float | None]) -> np.ndarray:
    """Return for each seed 1 if it is bound, less the hazard up to its time; shape [seeds], sum 0.

    The sum over a condition is the number of its seeds that are bound, less the number expected.
    """
    ends = np.array([1.0 if time is None else time for time in times])
    is_bound = np.array([time is not None for time in times])
    moments = np.unique(ends[is_bound])
    hazards = [np.sum(is_bound & (ends == moment)) / np.sum(ends >= moment) for moment in moments]
    # Summed in the order of time, as each seed meets them.
    passed = [sum(hazard for moment, hazard in zip(moments, hazards, strict=True) if moment <= end) for end in ends]
    return is_bound - np.array(passed)
