"""A batch of queued runs, executed one after the other on a machine of a cluster.

    RunBatch(root=store.root, runs=("friendly-01", "friendly-02"), settings=settings)()
    python -m explorer.study.run_batch --runs ROOT --done DIR friendly-01 friendly-02

Each run has a worker process like those of a local sweep. With `--done`, an ended run is copied there, with a file
`complete` that counts its files and bytes, so that an incomplete copy is recognized.
"""

import argparse
import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.runs.store import RunFolder, RunStore
from explorer.runs.supervisor import end_if_abandoned, spawn, write_end_of_dead_worker
from explorer.settings import Settings, settings_for

COMPLETE = "complete"


@dataclass(frozen=True, kw_only=True)
class RunBatch:
    """The runs of one task; `done` is where ended ones are copied, if anywhere."""

    root: Path
    runs: tuple[str, ...]
    settings: Settings
    done: Path | None = None

    def __call__(self) -> list[str]:
        """Execute what has not ended; return the runs."""
        store = RunStore(self.root)
        for run in self.runs:
            folder = store.get(run)
            self._execute(store, folder)
            if self.done is not None and not folder.status().is_active:
                copy_whole(folder.path, self.done / run)
        return list(self.runs)

    def checkpoint(self) -> Any:
        """Return what submitit submits again after preemption or a timeout: the same runs, which resume."""
        return import_module("submitit.helpers").DelayedSubmission(self)

    def _execute(self, store: RunStore, folder: RunFolder) -> None:
        queue_again(folder)
        if folder.status().status != "queued":
            return
        worker = spawn(store, self.settings)
        try:
            if worker.give(folder):
                while worker.returncode() is None:
                    time.sleep(self.settings.poll_s)
                write_end_of_dead_worker(worker, closing=False)
        finally:
            worker.request_end()
            worker.end(self.settings.close_s)


def queue_again(folder: RunFolder) -> None:
    """Queue a run again if it was interrupted, or if its process is gone."""
    end_if_abandoned(folder)
    if folder.status().status == "interrupted":
        with suppress(UserError):  # another process has just taken it
            folder.request_resume()


def copy_whole(source: Path, target: Path) -> None:
    """Copy a folder, and mark the copy as complete."""
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("claim", "checkpoint"))
    (target / COMPLETE).unlink(missing_ok=True)
    (target / COMPLETE).write_text(measure_of(target))


def is_whole(folder: Path) -> bool:
    """Return True if every file of a copy has arrived."""
    try:
        return (folder / COMPLETE).read_text() == measure_of(folder)
    except OSError:
        return False


def measure_of(folder: Path) -> str:
    """Return the number of files and bytes of a copy, without its mark."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name != COMPLETE]
    return f"{len(sizes)} {sum(sizes)}"


def main() -> None:
    """Execute the runs that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m explorer.study.run_batch")
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--done", type=Path)
    parser.add_argument("run_ids", nargs="+")
    options = parser.parse_args()
    settings = settings_for(None, os.environ)
    RunBatch(root=options.runs, runs=tuple(options.run_ids), settings=settings, done=options.done)()


if __name__ == "__main__":
    main()
