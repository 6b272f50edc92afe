"""A worker process with the tiny architecture, few scenes, and a pause after each step so that tests can meet it.

python tests/unit/runs/tiny_worker.py CONFIGS PAUSE_S --runs ROOT
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from explorer.clip import configs
from explorer.evaluation.sets import EvaluationBudget, ProbeBudget
from explorer.runs import worker
from explorer.training.loop import StepRecord, Trainer

FEW = EvaluationBudget(
    max_scenes=24,
    quick_scenes=24,
    captions_counted=200,
    probe=ProbeBudget(fit_per_value=20, test_per_value=10),
)
"""An evaluation that takes part of a second."""


class SlowTraining(Trainer):
    """Training that rests after each step."""

    pause_s = 0.0

    def records(self, start: int = 0) -> Iterator[StepRecord]:
        for record in super().records(start):
            yield record
            time.sleep(self.pause_s)


if __name__ == "__main__":
    folder, pause, *arguments = sys.argv[1:]
    configs.CONFIGS = Path(folder)
    SlowTraining.pause_s = float(pause)
    worker.Trainer = SlowTraining  # type: ignore[attr-defined, misc]
    worker.main(arguments, budget=FEW)
