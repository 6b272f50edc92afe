"""Means, differences and slopes of scores by seed, each with a 95 % t interval.

    mean_over_seeds([0.9, 0.94, 0.92], chance=0.5)        # value 0.92, low 0.870, high 0.970, n 3 (seeds)
    mean_over_seeds([0.9, 0.9, 0.9], chance=0.5, items=400)       # not 0.9 to 0.9, but 0.863 to 0.937
    difference([0.5, 0.52, 0.51], [0.9, 0.94, 0.92])      # Welch: seeds of two conditions are not paired
    slope([[(1.0, 0.5), (2.0, 0.6), (3.0, 0.7)]])         # a line for each seed, one common slope

All runs are scored on the same scenes, so the intervals hold the variation by seed, not by scenes. Seeds that agree
more closely than draws of that many scenes are few, not certain: with `items`, the scenes behind each share, the
spread is never taken as less than that of such a draw. A single seed has no interval.
"""

import math
from collections.abc import Sequence

import numpy as np

from explorer.evaluation.results import Estimate
from explorer.stats import t_quantile, welch_freedom


def mean_over_seeds(
    values: Sequence[float], *, chance: float | None, is_share: bool = True, items: int | None = None
) -> Estimate:
    """The mean of one score a seed, n the number of seeds; the interval of a share is kept within 0 and 1."""
    if not values:
        return Estimate(value=None, n=0, low=None, high=None, chance=chance)
    mean = float(np.mean(values))
    if len(values) == 1:
        return Estimate(value=mean, n=1, low=None, high=None, chance=chance)
    reach = t_quantile(len(values) - 1) * math.sqrt(_variance(values, items) / len(values))
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
        return Estimate(value=None, n=0, low=None, high=None, chance=0.0)
    value = float(np.mean(end) - np.mean(start))
    if n == 1:
        return Estimate(value=value, n=n, low=None, high=None, chance=0.0)
    parts = [_variance(values, items) / len(values) for values in (start, end)]
    total = sum(parts)
    # No spread at all: the degrees of freedom do not matter, as the interval is a point.
    freedom = welch_freedom(parts, (len(start), len(end))) if total else math.inf
    reach = t_quantile(freedom) * math.sqrt(total) if total else 0.0
    return Estimate(value=value, n=n, low=value - reach, high=value + reach, chance=0.0)


def slope(curves: Sequence[Sequence[tuple[float, float]]]) -> Estimate:
    """Return the common slope of one line per seed through its points (x, y), each with its own intercept.

    N counts points.
    """
    usable = [np.asarray(points, dtype=float) for points in curves if len(points) > 1]
    n = sum(len(points) for points in usable)
    freedom = n - len(usable) - 1
    centered = [points - points.mean(axis=0) for points in usable]
    spread = float(sum((points[:, 0] ** 2).sum() for points in centered))
    if not usable or spread == 0:
        return Estimate(value=None, n=0, low=None, high=None, chance=0.0)
    value = float(sum((points[:, 0] * points[:, 1]).sum() for points in centered)) / spread
    if freedom < 1:
        return Estimate(value=value, n=n, low=None, high=None, chance=0.0)
    rest = float(sum(((points[:, 1] - value * points[:, 0]) ** 2).sum() for points in centered))
    reach = t_quantile(freedom) * math.sqrt(rest / freedom / spread)
    return Estimate(value=value, n=n, low=value - reach, high=value + reach, chance=0.0)
