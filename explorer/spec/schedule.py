"""The steps after which a training run is looked at: dense at the start, where most happens, the last always.

evaluated_steps(180)              # {3, 8, 13, ..., 180}
saved_steps(180)                  # {8, 18, 30, ..., 180}: every second of them
"""

import math

EVALUATIONS = 24
"""Quick evaluations on the way of a run, besides the full one at its end."""
SNAPSHOTS = 12
"""Snapshots on the way of a run at most, besides the one before its first step."""
EARLY = 1.3
"""Density of evaluations at the start, relative to the rest:"""


def evaluated_steps(steps: int) -> frozenset[int]:
    """The steps after which a run of `steps` is evaluated.

    One costs about half a step of the default run; one for four steps at most keeps them below a tenth or so.
    """
    count = min(EVALUATIONS, max(4, steps // 4))
    return frozenset(max(1, math.ceil(steps * (i / count) ** EARLY)) for i in range(1, count + 1))


def saved_steps(steps: int) -> frozenset[int]:
    """Return the evaluated steps that keep a snapshot."""
    evaluated = sorted(evaluated_steps(steps), reverse=True)
    return frozenset(evaluated[:: math.ceil(len(evaluated) / SNAPSHOTS)])
