"""Rule for the step at which a training binds, from the quick evaluations of a run.

    binding_step([(10, 0.52), (20, 0.78), (30, 0.8), (40, 0.9)], has_ended=False)      # 20

A run binds at the first of `IN_A_ROW` consecutive evaluations with a lower Wilson bound above `LEVEL`. For a run that
has ended, the evaluations left at its end suffice, even a single last one. A run without such a step is censored at its
budget: it may bind later.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

LEVEL = 0.75
"""Level of binding accuracy, half of what there is above chance: a model that binds one object of two stays below."""
IN_A_ROW = 3


def binding_step(lower_bounds: Sequence[tuple[int, float]], *, has_ended: bool) -> int | None:
    """Return the step at which a run binds, None if it has not.

    `lower_bounds`: (step, lower end of the 95 % interval of binding accuracy) of each evaluation, the steps rising.
    """
    for first, (step, _) in enumerate(lower_bounds):
        run = lower_bounds[first : first + IN_A_ROW]
        is_whole = len(run) == IN_A_ROW or has_ended
        if is_whole and all(low > LEVEL for _, low in run):
            return step
    return None


def lower_bounds(records: Iterable[Mapping[str, Any]], form: str) -> list[tuple[int, float]]:
    """Return (step, lower bound) of the records of a run that were evaluated in `form`; see `binding_step`."""
    found = []
    for record in records:
        estimate = record.get("evaluation", {}).get(form, {}).get("binding_accuracy")
        if estimate is not None and estimate["low"] is not None:
            found.append((int(record["step"]), float(estimate["low"])))
    return found
