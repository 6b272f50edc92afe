"""A worker process with the tiny architecture, few scenes, and a pause after each step so that tests can meet it.

python tests/unit/runs/tiny_worker.py CONFIGS PAUSE_S --runs ROOT
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from explorer.clip import configs
from explorer.evaluation import controls, linear_probe, report
from explorer.runs import worker
from explorer.training.loop import StepRecord, Training

COUNT = 24


class SlowTraining(Training):
    """Training that rests after each step."""

    pause_s = 0.0

    def records(self, start: int = 0) -> Iterator[StepRecord]:
        for record in super().records(start):
            yield record
            time.sleep(self.pause_s)


def evaluate_few(*arguments: Any, count: int = COUNT, **others: Any) -> dict[str, Any]:
    """`report.evaluate` of few scenes, whatever the run asks for."""
    return report.evaluate(*arguments, count=min(count, COUNT), **others)


def make_quick() -> None:
    """Few scenes in every evaluation."""
    worker.evaluate = evaluate_few  # type: ignore[attr-defined]
    report.QUICK_COUNT = COUNT
    linear_probe.FIT_PER_VALUE, linear_probe.TEST_PER_VALUE = 20, 10
    controls.CAPTIONS_COUNTED = 200


if __name__ == "__main__":
    folder, pause, *arguments = sys.argv[1:]
    configs.CONFIGS = Path(folder)
    SlowTraining.pause_s = float(pause)
    worker.Training = SlowTraining  # type: ignore[attr-defined, misc]
    make_quick()
    worker.main(arguments)
