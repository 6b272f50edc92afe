"""Runs of a store whose training stands still at a step and goes on when a test says so; no process trains them."""

import os
import shutil
import time
from pathlib import Path
from typing import Any

from explorer.runs.folder import RunFolder
from explorer.runs.store import RunStore
from tests.oracles.store import change, hold_run, write_run


def write_finished_run(runs: Path, name: str, **spec: Any) -> RunFolder:
    """A finished run of the holder of `KEY`, of 12 steps, saved at 0, 2, 5, 9 and 12, with changes of its training."""
    write_run(runs / name, "finished", created=time.time())
    change(runs / name / "spec.json", "train", **spec)
    return RunStore(runs).get(name)


def write_active_run(runs: Path, name: str, step: int) -> RunFolder:
    """The same at a step of its training, held by a process of another computer that lives; in place of an earlier one.

    A test that is run once more finds what its first try has left.
    """
    made = runs.parent / f"{name}-{step}" / name
    for left in (made, runs / name):
        shutil.rmtree(left, ignore_errors=True)
    write_finished_run(made.parent, name)
    hold_run(made, step, heartbeat=time.time())
    runs.mkdir(parents=True, exist_ok=True)
    made.rename(runs / name)
    return RunStore(runs).get(name)


def train_on(run: RunFolder, step: int) -> None:
    """Let it train to a later step: what it saves comes before the line that tells of it."""
    later = write_active_run(run.path.parent.parent / "later" / str(step), run.run, step).path
    saved = sorted((later / "snapshots").iterdir())
    for path in (*saved, later / "pairs.jsonl", later / "metrics.jsonl", later / "status.json"):
        os.replace(path, run.path / path.relative_to(later))
