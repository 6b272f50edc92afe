"""Engines of a sweep: its queued runs on the workers of this computer, or on a Slurm cluster by array jobs of submitit.

    engine = LocalEngine(store, settings)      # worker processes of this computer
    engine.start(runs); engine.look(); engine.close()

    make = slurm_engine(folder=out / "slurm", options={"partition": "gpu", "timeout_min": 240})
    Laboratory(..., engine=make)

`look` is called at every poll of the sweep, so that an engine can submit again what was lost.

Each task of an array takes about 20 runs, one after the other; the workers' number caps the tasks at once. All nodes
share the store. A task that is preempted is queued again by submitit and resumes its runs from their checkpoints;
runs of a task that was killed are submitted again, `TRIES` times.
"""

import math
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from explorer.errors import UserError
from explorer.runs.endings import end_if_abandoned
from explorer.runs.store import RunFolder, RunStore
from explorer.runs.supervisor import Supervisor, spawn, write_end_of_dead_worker
from explorer.settings import Settings


class Engine(Protocol):
    """Executor of the queued runs of a store.

    Attributes:
        tries: How often a run that was interrupted is queued again before it counts as broken off.
    """

    tries: int

    def start(self, runs: Sequence[str]) -> None:
        """Begin to execute the runs."""

    def look(self) -> None:
        """Check on the runs; called at every poll."""

    def close(self) -> None:
        """End what still runs."""


BATCH = 20
"""Most runs of one task: a scheduler serves few long tasks better than many short ones."""
MakeEngine = Callable[[RunStore, Settings], Engine]


class LocalEngine:
    """Worker processes of this computer."""

    tries = 1

    def __init__(self, store: RunStore, settings: Settings) -> None:
        self._supervisor = Supervisor(store, settings)

    def start(self, runs: Sequence[str]) -> None:  # noqa: ARG002
        self._supervisor.start()

    def look(self) -> None:
        """Do nothing: the supervisor has a thread of its own."""

    def close(self) -> None:
        self._supervisor.close()


def packed(runs: Sequence[str], tasks: int) -> list[tuple[str, ...]]:
    """Pack the runs into at least `tasks` batches of at most `BATCH`."""
    size = max(1, min(BATCH, math.ceil(len(runs) / max(1, tasks))))
    return [tuple(runs[place : place + size]) for place in range(0, len(runs), size)]


TRIES = 3
LOOK_S = 5.0
"""Seconds between two polls of the scheduler."""
TIMEOUT_MIN = 24 * 60
OPTIONS = {
    "partition": str, "account": str, "qos": str, "constraint": str, "gres": str, "mem": str, "exclude": str,
    "nodelist": str, "cpus_per_task": int, "gpus_per_node": int, "timeout_min": int,
}  # fmt: skip
"""Names of submitit that `--slurm NAME=VALUE` may set, with the types of their values."""
ANYWHERE = ("cpus_per_task", "gpus_per_node", "timeout_min")


@dataclass(frozen=True, kw_only=True)
class RunBatch:
    """The queued runs of one task, executed one after the other on a machine of a cluster, each by a worker process."""

    root: Path
    runs: tuple[str, ...]
    settings: Settings

    def __call__(self) -> list[str]:
        """Execute what has not ended; return the runs."""
        store = RunStore(self.root)
        for run in self.runs:
            self._execute(store, store.get(run))
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
                write_end_of_dead_worker(worker)
        finally:
            worker.request_end()
            worker.end(self.settings.close_s)


def queue_again(folder: RunFolder) -> None:
    """Queue a run again if it was interrupted, or if its process is gone."""
    end_if_abandoned(folder)
    if folder.status().status == "interrupted":
        with suppress(UserError):  # another process has just taken it
            folder.request_resume()


class ClusterEngine:
    """Tasks of a submitit executor."""

    def __init__(self, store: RunStore, settings: Settings, executor: Any) -> None:
        self._store, self._settings, self._executor = store, settings, executor
        self._tasks: list[tuple[Any, tuple[str, ...]]] = []
        self._tries: Counter[str] = Counter()
        self._looked = 0.0
        self.tries = TRIES

    def start(self, runs: Sequence[str]) -> None:
        tasks = packed(runs, self._settings.workers)
        batches = [RunBatch(root=self._store.root.resolve(), runs=each, settings=self._settings) for each in tasks]
        self._tries.update(runs)
        self._tasks += zip(self._executor.submit_array(batches), tasks, strict=True)

    def look(self) -> None:
        if time.monotonic() - self._looked < LOOK_S:
            return
        self._looked = time.monotonic()
        in_queue = tasks_in_queue(self._executor.cluster, [job for job, _ in self._tasks])
        self._tasks = [(job, runs) for job, runs in self._tasks if job.job_id in in_queue]
        held = {run for _, runs in self._tasks for run in runs}
        lost = [run for run in self._tries if run not in held and self._is_open(run)]
        again = [run for run in lost if self._tries[run] < TRIES]
        for run in set(lost) - set(again):
            with suppress(UserError):
                self._store.get(run).set_status(status="failed", reason=f"its task was lost {TRIES} times")
        if again:
            self.start(again)

    def close(self) -> None:
        for job, runs in self._tasks:
            if any(self._is_active(run) for run in runs):
                job.cancel()

    def _is_active(self, run: str) -> bool:
        folder = self._store.find(run)
        return folder is not None and folder.status().is_active

    def _is_open(self, run: str) -> bool:
        folder = self._store.find(run)
        if folder is None:
            return False
        queue_again(folder)
        return folder.status().status == "queued"


def tasks_in_queue(cluster: str, jobs: Sequence[Any]) -> set[str]:
    if cluster != "slurm":
        return {job.job_id for job in jobs if not job.done()}
    # Without accounting, a cluster knows ended tasks only by their absence from its queue.
    command = ["squeue", "--noheader", "--array", "--me", "--format=%i"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode:
        return {job.job_id for job in jobs}  # the scheduler does not answer now: nothing is lost for that
    return set(listed.stdout.split())


def slurm_engine(folder: Path, options: Mapping[str, Any], cluster: str = "slurm") -> MakeEngine:
    """Return the engine of a cluster; `UserError` if submitit or the scheduler is missing."""
    try:
        submitit = import_module("submitit")
    except ImportError:
        reason = "needs the package submitit: pip install 'clip-binding-explorer[slurm]'"
        raise UserError("engine", cluster, reason) from None
    try:
        executor = submitit.AutoExecutor(folder=str(folder / "%j"), cluster=cluster)
    except RuntimeError:
        raise UserError("engine", cluster, "finds no sbatch here; run it on a login node of the cluster") from None

    def make(store: RunStore, settings: Settings) -> Engine:
        given = {"cpus_per_task": settings.threads, "timeout_min": TIMEOUT_MIN, **options}
        # submitit's own names are those that every kind of cluster has.
        named = {name if name in ANYWHERE else f"slurm_{name}": value for name, value in given.items()}
        executor.update_parameters(name="clip-binding", slurm_array_parallelism=settings.workers, **named)
        return ClusterEngine(store, settings, executor)

    return make


def read_options(texts: Sequence[str]) -> dict[str, Any]:
    """Parse `--slurm NAME=VALUE`; raise `UserError` for another name or type."""
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        kind: Callable[[str], Any] | None = OPTIONS.get(name)
        if kind is None or not equals or not value:
            raise UserError("--slurm", text, f"give NAME=VALUE, with NAME one of {', '.join(OPTIONS)}")
        try:
            found[name] = kind(value)
        except ValueError:
            raise UserError("--slurm", text, "give a whole number") from None
    return found
