"""Mean difference of two models' scores on the same scenes, with an interval of paired differences.

    >>> import numpy as np
    >>> paired_difference(np.array([1.0, 1.0, 0.5]), np.array([0.0, 1.0, 0.5])).value
    0.3333333333333333

Scenes that are hard for both models move both scores alike, so the interval of the pairs is narrower than that of two
means. Two models that agree on every scene still have an interval with a width.
"""

import math

import numpy as np

from explorer.evaluation.results import Estimate
from explorer.stats import Z


def paired_difference(one: np.ndarray, other: np.ndarray) -> Estimate:
    """Return the mean of `one` minus `other`, scores (N,) of the same scenes between 0 and 1, with a 95 % interval.

    The interval is Agresti and Min's (Statistics in Medicine 24, 2005): half a scene is added to each of the four
    outcomes of a pair, both right, one right, the other right, none right. Raises ValueError if lengths differ.
    """
    if one.shape != other.shape:
        raise ValueError(f"Scores of the same scenes have the same length, not {len(one)} and {len(other)}.")
    gaps, n = one - other, len(one)
    if n == 0:
        return Estimate(value=None, n=0, low=None, high=None, chance=0.0)
    center = float(gaps.sum()) / (n + 2)
    spread = (float((gaps**2).sum()) + 1) / (n + 2) - center**2
    reach = Z * math.sqrt(spread / (n + 2))
    low, high = max(-1.0, center - reach), min(1.0, center + reach)
    return Estimate(value=float(gaps.mean()), n=n, low=low, high=high, chance=0.0)
