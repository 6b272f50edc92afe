"""A condition in one form of caption, and two of them compared: seeds bound, time spared, final accuracy.

    start, end = side(ref, "own", sweeps), side(other, "own", sweeps)
    start.bound.value, share_difference(start.times, end.times)
    paired(start, end, "own.binding_accuracy")          # Estimate, over the runs of both

Runs are paired if seed and evaluation scenes agree. A run that failed to train, or diverged, is not a seed of its
condition and is counted.

A run is bound by the rule of `binding_step` in a form that was evaluated during its training. In the other forms, and
in the first edition, it is bound if the lower Wilson bound of its final accuracy lies above the rule's level; all that
is known of its time is then that it lies within the budget.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.evaluation.results import BINDING_LEVEL, Estimate
from explorer.study.claims import ConditionRef
from explorer.study.intervals import Times, mean_over_seeds, share_bound
from explorer.study.rows import Row, estimate_of

TIMED = ("canonical", "own")
METRIC = "binding_accuracy"
SOON = 0.25
"""Share of the budget: if every seed is bound by then, nothing can come sooner."""
CONTROL_SHARE = 0.5
"""Share of its seeds in which a control has to bind."""
Run = tuple[int, int, int]
"""Seed of the training, seed and number of the evaluation scenes: the key by which runs are paired."""
Sweeps = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One condition in one form: its data points that were asked in it, and when each was bound."""

    ref: ConditionRef
    rows: Sequence[Row]
    times: Times
    num_failed: int

    @property
    def bound(self) -> Estimate:
        """Return the share of seeds that are bound at the budget."""
        return share_bound(self.times)

    def final(self, name: str) -> dict[Run, float]:
        """Return the final value of a metric, such as "own.binding_accuracy", for each run that has one."""
        found = ((run_of(row), estimate_of(row, name)) for row in self.rows)
        return {run: each.value for run, each in found if each is not None and each.value is not None}


def side(ref: ConditionRef, form: str, sweeps: Sweeps) -> Side:
    """Return a condition in a form; without runs if it has none."""
    rows = [row for row in sweeps.get(ref.sweep, ()) if row["condition"] == ref.label and row["stage"] == "result"]
    points = [row for row in rows if row["is_point"]]
    asked = [row for row in points if estimate_of(row, f"{form}.{METRIC}") is not None]
    times = Times(by_seed={run_of(row): bound_time(row, form) for row in asked})
    return Side(ref=ref, rows=asked, times=times, num_failed=len(rows) - len(points))


def run_of(row: Row) -> Run:
    """Return the key by which a row is paired."""
    return int(row["seed"]), int(row.get("evaluation.seed") or 0), int(row.get("evaluation.count") or 0)


def binding_time(row: Row, form: str) -> float | None:
    """Return the time at which the run was bound, as a share of its steps, which equals that of its pairs."""
    step = row.get(f"bound.{form}.step")
    return None if step is None else float(step) / float(row["steps"])


def bound_time(row: Row, form: str) -> float | None:
    """Return the time at which the run was bound, the whole budget if only that is known; None if it was not."""
    if form in TIMED and f"bound.{form}.step" in row:
        return binding_time(row, form)
    low = row[f"{form}.{METRIC}.low"]
    return 1.0 if low is not None and float(low) > BINDING_LEVEL else None


def paired(start: Side, end: Side, name: str) -> Estimate:
    """Return the mean difference of a metric over the runs of both, with a paired t interval."""
    one, other = start.final(name), end.final(name)
    gaps = [other[run] - one[run] for run in sorted(one.keys() & other.keys())]
    return mean_over_seeds(gaps, chance=0.0, is_share=False)
