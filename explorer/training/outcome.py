"""What the records of a run say about it: its pace, its mean rates, whether it trained at all, where to look at it.

pace(lines, 256)                  # {"rate": 700.0, "step_s": 0.41}
failed_to_train(records)          # the loss never left that of a model that knows nothing
evaluated_steps(180)              # {3, 8, 13, ..., 180}
saved_steps(180)                  # {8, 18, 30, ..., 180}: every second of them
"""

import math
from collections.abc import Mapping
from dataclasses import fields
from statistics import fmean
from typing import Any

from explorer.training.loop import StepRecord

EVALUATIONS = 24
"""Quick evaluations on the way of a run, besides the full one at its end."""
SNAPSHOTS = 12
"""Snapshots on the way of a run at most, besides the one before its first step."""
EARLY = 1.3
"""How much denser they are at the start, where most happens: evaluation i is at steps * (i / EVALUATIONS) ** EARLY."""
LEFT_CHANCE = 0.2
"""Nats below the loss of a model that knows nothing; a run that ends above has failed to train."""
PACE_RECORDS = 30
"""Steps over which the pace is measured."""


def evaluated_steps(steps: int) -> frozenset[int]:
    """The steps after which a run of `steps` is evaluated: dense at the start, the last always.

    One costs about half a step of the default run; one for four steps at most keeps them below a tenth or so.
    """
    count = min(EVALUATIONS, max(4, steps // 4))
    return frozenset(max(1, math.ceil(steps * (i / count) ** EARLY)) for i in range(1, count + 1))


def saved_steps(steps: int) -> frozenset[int]:
    """The evaluated steps of which a snapshot is kept: every so many, the last always."""
    evaluated = sorted(evaluated_steps(steps), reverse=True)
    return frozenset(evaluated[:: math.ceil(len(evaluated) / SNAPSHOTS)])


def failed_to_train(records: list[StepRecord]) -> bool:
    """Whether the loss of the last tenth of the steps stayed at what a model that knows nothing pays."""
    last = records[-max(1, len(records) // 10) :]
    return sum(record.chance_loss - record.loss for record in last) / len(last) < LEFT_CHANCE


def mean_rates(records: list[StepRecord]) -> dict[str, float]:
    """The shares that each step logs, averaged over the run."""
    return {name: sum(record.rates[name] for record in records) / len(records) for name in records[0].rates}


def pace(lines: list[dict[str, Any]], batch_size: int) -> dict[str, float]:
    """{"rate": pairs/s of the steps alone, "step_s": seconds a step with evaluations and all} of the last steps."""
    last = lines[-PACE_RECORDS:]
    # The first step of a process is slow and says nothing of the next.
    computed = fmean(line["seconds"] for line in last[len(last) > 1 :])
    if len(last) == 1:
        return {"rate": batch_size / computed, "step_s": computed}
    whole = (last[-1]["elapsed_s"] - last[0]["elapsed_s"]) / (len(last) - 1)
    return {"rate": batch_size / computed, "step_s": whole}


def record_of(line: Mapping[str, Any]) -> StepRecord:
    """The record that a line of metrics.jsonl was written from."""
    return StepRecord(**{field.name: line[field.name] for field in fields(StepRecord)})
