"""Handles of worker processes: start, assignment of one run, exit, and cleanup.

worker = spawn(store, settings)      # imports torch, then waits
worker.give(folder)                  # claims the run in the worker's name; False if it is gone or taken
worker.returncode()                  # None while it runs
settle(worker, closing=False)        # the status of a run whose worker died without writing one
"""

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from explorer.resources import CHECKOUT
from explorer.runs import run_lock
from explorer.runs.run_lock import Process
from explorer.runs.store import RunFolder, RunStore
from explorer.settings import Settings, cores

SERVER_STOPPED = "the server stopped"


class Hand(Protocol):
    """Interface of an executor of one run, for a supervisor."""

    folder: RunFolder | None
    gpu: str | None

    def give(self, folder: RunFolder, gpu: str | None = None) -> bool:
        """Assign a queued run; return False if another process has it."""

    def returncode(self) -> int | None:
        """Return its exit status, None while it runs."""

    def hang_up(self) -> None:
        """Ask it to end."""

    def end(self, patience_s: float) -> None:
        """Wait for its end."""


@dataclass
class Worker:
    """One process and its assigned run."""

    popen: "subprocess.Popen[bytes]"
    process: Process
    folder: RunFolder | None = None
    gpu: str | None = None

    def give(self, folder: RunFolder, gpu: str | None = None) -> bool:
        """Assign a queued run; return False if another process has it or this one is gone."""
        if not run_lock.take(folder.path, self.process):
            return False
        if folder.status()["status"] != "queued":
            run_lock.release(folder.path, self.process)
            return False
        # Before the process knows of it, so that a death from now on finds a run that was running.
        try:
            folder.set_status(status="running", host=self.process.host, pid=self.process.pid, started=time.time())
        except OSError:
            run_lock.release(folder.path, self.process)
            raise
        self.folder, self.gpu = folder, gpu
        assert self.popen.stdin is not None
        try:
            self.popen.stdin.write(f"{folder.run} {gpu or ''}".strip().encode() + b"\n")
            self.popen.stdin.flush()
        except OSError:
            pass  # it died while it waited: the next look at it settles the run
        return True

    def returncode(self) -> int | None:
        """Return its exit status, None while it runs."""
        return self.popen.poll()

    def hang_up(self) -> None:
        """Close its stdin: it ends by itself, with its run interrupted."""
        assert self.popen.stdin is not None
        with suppress(OSError):
            self.popen.stdin.close()

    def end(self, patience_s: float) -> None:
        """Wait for it to end, then kill it."""
        try:
            self.popen.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


def spawn(store: RunStore, settings: Settings) -> Worker:
    """Start a worker process, without setsid: niceness counts only between processes of one session."""
    options = ["--runs", str(store.root.resolve()), "--nice", str(settings.nice)]
    options += ["--checkpoint-s", str(settings.checkpoint_s)]
    popen = subprocess.Popen(
        [*settings.worker, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=environment(settings),
    )
    return Worker(popen=popen, process=Process.of(popen.pid))


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables of a worker: it finds the project from any folder, and idle threads sleep.

    Threads that spin while they wait for a descheduled one make a step several times slower on a busy computer.
    """
    threads = str(settings.threads or cores())
    path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
    wait = {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    # numpy's own threads always spin; its products are those of a batch's truth table, a millisecond in all.
    return {**os.environ, **wait, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": path}


def settle(worker: Hand, *, closing: bool) -> None:
    """Write the end of a run whose worker is gone and could not write it."""
    assert worker.folder is not None
    code = worker.returncode()
    if closing:
        _end(worker.folder, "interrupted", SERVER_STOPPED)
    elif code is not None and code < 0:
        _end(worker.folder, "failed", f"the worker was killed by signal {-code}{_hint(-code)}")
    else:
        _end(worker.folder, "failed", f"the worker ended with exit status {code}, see its worker.log")


def _hint(number: int) -> str:
    is_kill = number == getattr(signal, "SIGKILL", None)
    return ", as systems do that run out of memory" if is_kill else ""


def mend(folder: RunFolder) -> None:
    """End a run whose process, of an earlier server or a command, is gone."""
    if folder.status()["status"] in ("running", "stopping") and not run_lock.is_held(folder.path):
        _end(folder, "interrupted", SERVER_STOPPED)


def _end(folder: RunFolder, status: str, reason: str) -> None:
    """Write the last status of a run that is marked running without an executor."""
    if not folder.path.exists():
        return
    with run_lock.claimed(folder.path) as mine:
        if mine and folder.status()["status"] in ("running", "stopping"):
            folder.end(status, reason)
