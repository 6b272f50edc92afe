"""Times to binding of seeds, censored at the budget: the share bound, differences, and a test of two conditions.

    start, end = Times(...), Times(...)
    share_bound(start)                    # Estimate at the budget, Wilson's interval
    curve(start)                          # share bound by the time, with a pointwise 95 % band
    share_difference(start, end)          # Estimate, Newcombe's interval
    spared_time(start, end)               # Estimate: the share of the budget by which seeds bind sooner
    log_rank(start, end)                  # p value; None if no seed of either is bound

Times are shares of the budget, so only conditions of one budget can be compared. Every seed that is not bound is
censored at the end of the budget. The seeds of two conditions share scenes and first weights: `spared_time` pairs them;
the share and the test treat them as independent, which is conservative for positively correlated pairs.
"""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.evaluation.results import Estimate
from explorer.stats import LEVEL, wilson
from explorer.study.intervals import mean_over_seeds


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """Times at which seeds were bound, as shares of the budget; None for a seed that was not.

    A seed is a number, or any key that pairs runs of two conditions.
    """

    by_seed: Mapping[Any, float | None]

    @property
    def num_bound(self) -> int:
        """Return the number of seeds bound within the budget."""
        return sum(time is not None for time in self.by_seed.values())

    @property
    def num_seeds(self) -> int:
        """Return the number of all seeds."""
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
        return Estimate(value=None, n=0, low=None, high=None, chance=None)
    low, high = wilson(times.num_bound, times.num_seeds)
    return Estimate(value=times.num_bound / times.num_seeds, n=times.num_seeds, low=low, high=high, chance=None)


def curve(times: Times) -> list[Point]:
    """The share bound by each time at which a seed was bound: one minus the Kaplan-Meier estimate, log-log band."""
    from scipy.stats import ecdf  # half a second, and the page reads none of it

    if not times.num_bound:
        return []
    found = ecdf(_censored(times)).cdf
    with warnings.catch_warnings():
        # Where every seed is bound the band is not defined, which `None` says.
        warnings.simplefilter("ignore", RuntimeWarning)
        band = found.confidence_interval(confidence_level=LEVEL, method="log-log")
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
        return Estimate(value=None, n=0, low=None, high=None, chance=0.0)
    assert one.low is not None and one.high is not None and other.low is not None and other.high is not None
    change = other.value - one.value
    low = change - math.hypot(other.value - other.low, one.high - one.value)
    high = change + math.hypot(other.high - other.value, one.value - one.low)
    return Estimate(value=change, n=min(one.n, other.n), low=low, high=high, chance=0.0)


def spared_time(start: Times, end: Times) -> Estimate:
    """Return the mean over seeds of the unbound time in `start` minus that in `end`, with a paired t interval.

    It uses the seeds that are in both; a seed that is never bound counts as the whole budget. Above 0, binding comes
    sooner.
    """
    shared = sorted(start.by_seed.keys() & end.by_seed.keys())
    gaps = [_unbound(start.by_seed[seed]) - _unbound(end.by_seed[seed]) for seed in shared]
    return mean_over_seeds(gaps, chance=0.0, is_share=False)


def log_rank(start: Times, end: Times) -> float | None:
    """Return the two-sided p value of the log-rank test; None if no seed is bound.

    1 if all seeds are bound at one moment, so that there is no order to compare.
    """
    from scipy.stats import logrank

    if not start.num_seeds or not end.num_seeds or not start.num_bound + end.num_bound:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        p = float(logrank(_censored(start), _censored(end)).pvalue)
    return p if math.isfinite(p) else 1.0


def _censored(times: Times) -> Any:
    from scipy.stats import CensoredData

    unbound = [time is None for time in times.by_seed.values()]
    return CensoredData.right_censored([_unbound(time) for time in times.by_seed.values()], unbound)


def _unbound(time: float | None) -> float:
    return 1.0 if time is None else time


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
