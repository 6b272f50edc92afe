"""Quantiles and intervals of the normal and Student's t distributions, the sign test, and Holm's correction.

    wilson_interval(8, 10)              # (0.490, 0.943)
    t_quantile(2)                       # 4.3027
    adjust_holm([0.01, 0.04, 0.03])     # [0.03, 0.06, 0.06]
    sign_test(7, 0)                     # 0.0078

`scipy.special` is imported at the first t quantile, because the web process needs none.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

from explorer.contract import CONTRACT

CONFIDENCE, Z = CONTRACT.confidence, CONTRACT.z
"""Confidence of every interval, and the quantile of the normal distribution that bounds it."""
MIN_SQUARED = 1e-150
"""Least number that is squared as it is: the square of a smaller one loses digits, and may be 0."""


def wilson_interval(successes: float, n: int) -> tuple[float, float]:
    """Return the interval of a share, successes of n (Wilson, JASA 22, 1927).

    Successes may be fractional. A fractional score varies less than a draw of 0 or 1 of the same mean, so with ties the
    interval is too wide rather than too narrow.

    Raises:
        ValueError: Unless 0 <= successes <= n and n > 0.
    """
    if n <= 0 or not 0 <= successes <= n:
        raise ValueError(f"Between 0 and n successes of n > 0 expected, got {successes} of {n}.")
    p, z2 = successes / n, Z * Z
    center = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # At p = 0 and p = 1 an end equals p but for rounding.
    return max(0.0, min(p, center - half)), min(1.0, max(p, center + half))


@lru_cache
def t_quantile(freedom: float) -> float:
    """Return the t of Student's distribution with `freedom` > 0 degrees that bounds the central `CONFIDENCE`."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def welch_degrees_of_freedom(variances: Sequence[float], counts: Sequence[int]) -> float:
    """Return the degrees of freedom of a difference of means (Welch, Biometrika 34, 1947).

    Args:
        variances: Squared standard errors of the means, not all 0.
        counts: Values behind each mean, at least 2.
    """
    if (largest := max(variances)) < MIN_SQUARED:
        variances = [variance / largest for variance in variances]
    shares = sum(variance**2 / (count - 1) for variance, count in zip(variances, counts, strict=True))
    return sum(variances) ** 2 / shares


def sign_test(more: int, fewer: int) -> float:
    """Return the chance that a fair coin tossed more + fewer times shows heads at least `more` times."""
    tosses = more + fewer
    return sum(math.comb(tosses, heads) for heads in range(more, tosses + 1)) / 2**tosses


def adjust_holm(values: Sequence[float]) -> list[float]:
    """Adjust p values for their number (Holm, Scandinavian Journal of Statistics 6, 1979), in the given order."""
    adjusted, worst = [0.0] * len(values), 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=lambda i: values[i])):
        worst = max(worst, min(1.0, values[index] * (len(values) - rank)))
        adjusted[index] = worst
    return adjusted
