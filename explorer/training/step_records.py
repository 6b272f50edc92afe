"""Record of one step of training, and statistics of the records of a run.

    pace(lines, 256)                  # {"rate": 700.0, "step_s": 0.41}
    mean_rates(records)               # {"hard_negatives": 0.5, ...}
    failed_to_train(records)          # True if the loss never left that of an untrained model

A line of metrics.jsonl is a record with more fields; `record_of` reads the record back.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from statistics import fmean
from typing import Any

LEFT_CHANCE = 0.2
"""Nats below the loss of an untrained model; a run that ends above has failed to train."""
PACE_RECORDS = 30
"""Number of steps for measuring the pace."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRecord:
    """Results of one step. `step` counts from 1; `chance_loss` is the loss of a model that scores every pair alike.

    The rates are shares: of images that got a hard negative, of hard negatives that are true of their image, of
    captions that repeat another, of off-diagonal pairs whose caption is true of the image.
    """

    step: int
    loss: float
    chance_loss: float
    learning_rate: float
    logit_scale: float
    gradient_norm: float
    seconds: float
    rates: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON."""
        return asdict(self)


def failed_to_train(records: list[StepRecord]) -> bool:
    """Return True if the loss of the last tenth of the steps stayed at that of an untrained model."""
    last = records[-max(1, len(records) // 10) :]
    return sum(record.chance_loss - record.loss for record in last) / len(last) < LEFT_CHANCE


def mean_rates(records: list[StepRecord]) -> dict[str, float]:
    """Average the shares that each step logs over the run."""
    return {name: sum(record.rates[name] for record in records) / len(records) for name in records[0].rates}


def pace(lines: list[dict[str, Any]], batch_size: int) -> dict[str, float]:
    """Return {"rate": pairs/s of the steps only, "step_s": seconds per step with evaluations} of the last steps."""
    last = lines[-PACE_RECORDS:]
    # The first step of a process is slow and says nothing of the next.
    computed = fmean(line["seconds"] for line in last[len(last) > 1 :])
    if len(last) == 1:
        return {"rate": batch_size / computed, "step_s": computed}
    whole = (last[-1]["elapsed_s"] - last[0]["elapsed_s"]) / (len(last) - 1)
    return {"rate": batch_size / computed, "step_s": whole}


def record_of(line: Mapping[str, Any]) -> StepRecord:
    """Return the record from which a line of metrics.jsonl was written."""
    return StepRecord(**{field.name: line[field.name] for field in fields(StepRecord)})
