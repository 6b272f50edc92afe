"""The thread that gives queued runs to worker processes.

    supervisor = Supervisor(store, settings)
    supervisor.start()                   # ends the runs that an earlier server left behind, and starts waiting ones
    supervisor.close()                   # workers end as interrupted

    worker = spawn_worker(store, settings)     # imports torch, then waits
    worker.assign(folder)                      # claims the run in the worker's name; False if it is gone or taken
    write_end_of_dead_executor(worker)         # the status of a run whose worker could not write it

An executor has one run: a worker process, or a turn on a ZeroGPU Space (see `zero_gpu`). One spare worker has its
imports done in advance. It starts if a place is free, or during the evaluation of a run, which frees its place soon:
seconds of imports during a training would slow it down.
"""

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from explorer.errors import BusyError, UserError, word_reason
from explorer.resources import CHECKOUT
from explorer.runs.endings import end_if_abandoned
from explorer.runs.files import is_disk_full, try_folder
from explorer.runs.folder import RunFolder
from explorer.runs.queue import waiting_runs
from explorer.runs.run_lock import Process, release_claim
from explorer.runs.store import RunStore
from explorer.settings import Settings, core_count, gpu_ids

ROUNDS_SHARE, MAX_PAUSE_S = 0.1, 5.0
"""Share of a core that the rounds may take, and the longest pause for it: thousands of ended runs take long to read."""
FOLDER_POLL_S = 0.03
"""Pause between two reads of the time of the store's folder, which a new run changes."""
SPARE_PAUSE_S = 30.0
"""Pause before the next spare after one that died, so that a broken installation is not retried all the time."""


class Executor(Protocol):
    """The executor of one run, as a supervisor knows it."""

    folder: RunFolder | None
    gpu: str | None

    def assign(self, folder: RunFolder, gpu: str | None = None) -> bool:
        """Assign a queued run; return False if another process has it."""

    def returncode(self) -> int | None:
        """Return its exit status, None while it runs."""

    def request_end(self) -> None:
        """Ask it to end, with its run interrupted: a worker ends when its stdin is closed."""

    def end(self, patience_s: float) -> None:
        """Wait for its end, and force it after so many seconds where that can be done."""


@dataclass
class Worker:
    """One process and its assigned run: an `Executor`."""

    popen: "subprocess.Popen[bytes]"
    process: Process
    folder: RunFolder | None = None
    gpu: str | None = None

    def assign(self, folder: RunFolder, gpu: str | None = None) -> bool:
        if not folder.claim(self.process):
            return False
        # Before the process knows of it, so that a death from now on finds a run that was running.
        try:
            folder.set_status(status="running", host=self.process.host, pid=self.process.pid, started=time.time())
        except OSError:
            release_claim(folder.path, self.process)
            raise
        self.folder, self.gpu = folder, gpu
        assert self.popen.stdin is not None
        with suppress(OSError):  # it died while it waited: the next round writes the end of the run
            self.popen.stdin.write(f"{folder.run} {gpu or ''}".strip().encode() + b"\n")
            self.popen.stdin.flush()
        return True

    def returncode(self) -> int | None:
        return self.popen.poll()

    def request_end(self) -> None:
        assert self.popen.stdin is not None
        with suppress(OSError):
            self.popen.stdin.close()

    def end(self, patience_s: float) -> None:
        try:
            self.popen.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


def spawn_worker(store: RunStore, settings: Settings) -> Worker:
    """Start a worker process, without setsid: niceness counts only between processes of one session."""
    options = ("--checkpoint-s", str(settings.checkpoint_s))
    popen = _start_process(store, settings, *options, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    return Worker(popen=popen, process=Process.of(popen.pid))


_evaluated_now: set[RunFolder] = set()
"""Imported runs that processes of this server evaluate, or that wait for their turn."""
_evaluating = threading.Lock()
_turn = threading.Lock()
"""Held during an evaluation: each takes the memory and the cores of a training."""


def is_being_evaluated(folder: RunFolder) -> bool:
    """Return True from `spawn_evaluation` of the run until its process has ended."""
    return folder in _evaluated_now


def spawn_evaluation(store: RunStore, folder: RunFolder, settings: Settings) -> None:
    """Evaluate an imported run in a process of its own, after those before it; its output goes to the log.

    The process leaves its report and ends. It ends with this server too, whose page can then ask for it again.

    Raises:
        BusyError: it is evaluated already, or waits for it.
    """
    with _evaluating:
        if folder in _evaluated_now:
            raise BusyError("run", folder.run, "is being evaluated already")
        _evaluated_now.add(folder)
    threading.Thread(target=_evaluate, args=(store, folder, settings), name="report", daemon=True).start()


def _evaluate(store: RunStore, folder: RunFolder, settings: Settings) -> None:
    streams = {"stdin": subprocess.PIPE, "stderr": subprocess.STDOUT}
    try:
        with _turn:
            if folder.path.is_dir():  # its owner may have deleted it while it waited
                with (
                    folder.log.open("ab") as log,
                    _start_process(store, settings, "--report", folder.run, stdout=log, **streams) as popen,
                ):
                    popen.wait()
    except OSError:
        logging.getLogger(__name__).exception("the evaluation of %s could not begin", folder.run)
    finally:
        _evaluated_now.discard(folder)


def _start_process(store: RunStore, settings: Settings, *options: str, **streams: Any) -> "subprocess.Popen[bytes]":
    command = [*settings.worker_command, "--runs", str(store.root.resolve()), "--nice", str(settings.nice), *options]
    return subprocess.Popen(command, env=worker_environment(settings), **streams)


def worker_environment(settings: Settings) -> dict[str, str]:
    """Return the variables of a worker: it finds the project from any folder, and idle threads sleep.

    Threads that spin while they wait for a descheduled one make a step several times slower on a busy computer.
    """
    threads = str(settings.threads or core_count())
    path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
    wait = {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    # numpy's own threads always spin; its products are those of a batch's truth table, a millisecond in all.
    return {**os.environ, **wait, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": path}


def write_end_of_dead_executor(executor: Executor) -> None:
    """Write the end of a run whose worker is gone and could not write it."""
    assert executor.folder is not None
    code = executor.returncode() or 0
    if code >= 0:
        reason = word_reason("the worker ended with exit status {status}, see its worker.log", status=code)
    elif -code == getattr(signal, "SIGKILL", None):
        killed = "the worker was killed by signal {signal}, as systems do that run out of memory"
        reason = word_reason(killed, signal=-code)
    else:
        reason = word_reason("the worker was killed by signal {signal}", signal=-code)
    executor.folder.end_abandoned("failed", reason)


class Supervisor:
    """Runs the queue of one store until it is closed."""

    def __init__(
        self, store: RunStore, settings: Settings, spawn: Callable[[RunStore, Settings], Executor] = spawn_worker
    ) -> None:
        self._store, self._settings, self._spawn = store, settings, spawn
        self._gpus = gpu_ids()
        self._max_busy = settings.workers or len(self._gpus) or 1
        self._busy: list[Executor] = []
        self._spare: Executor | None = None
        self._spare_after = 0.0
        self._closing = threading.Event()
        self._fault = ""
        self._thread = threading.Thread(target=self._work, name="supervisor", daemon=True)

    def start(self, *, spare_in_s: float = 0.0) -> None:
        """Start the thread; the first spare comes after `spare_in_s`."""
        if fault := try_folder(self._store.root):
            raise UserError("runs", self._store.root, "{fault}; name another folder with EXPLORER_RUNS", fault=fault)
        self._store.sweep()
        self._spare_after = time.monotonic() + spare_in_s
        self._thread.start()

    def close(self) -> None:
        """End every executor, with its run interrupted, and the thread."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        while not self._closing.is_set():
            seen, began = self._folder_time(), time.thread_time()
            try:
                self._run_round()
                self._fault = ""
            except Exception as error:  # a full disk, or a moved folder: the next round may succeed
                self._tell_once(error, "the queue of runs could not be looked at")
            # A new run begins the next round early: it changes the time of the store's folder.
            spent = time.thread_time() - began
            end = time.monotonic() + max(self._settings.poll_s, min(spent / ROUNDS_SHARE, MAX_PAUSE_S))
            while time.monotonic() < end and self._folder_time() == seen and not self._closing.wait(FOLDER_POLL_S):
                pass
        self._end_all()

    def _folder_time(self) -> int:
        try:
            return os.stat(self._store.root).st_mtime_ns
        except OSError:
            return 0

    def _tell_once(self, error: Exception, what: str) -> None:
        """Log an error once with what failed, because a full disk lasts for many rounds."""
        if str(error) != self._fault:
            self._fault = str(error)
            logging.getLogger(__name__).exception(what)

    def _run_round(self) -> None:
        """Run one round: ended workers, waiting runs, and a spare if it is due."""
        self._reap()
        ours = [executor.folder for executor in self._busy]
        others = [folder for folder, status in self._store.statuses() if status.is_active and folder not in ours]
        for folder in others:
            end_if_abandoned(folder)
        if others and len(self._busy) < self._max_busy:
            self._assign_waiting()
        if self._is_spare_due():
            self._spare = self._spawn(self._store, self._settings)

    def _reap(self) -> None:
        for executor in [executor for executor in self._busy if executor.returncode() is not None]:
            executor.request_end()
            try:
                write_end_of_dead_executor(executor)
            except OSError as error:
                if is_disk_full(error):  # only this process knows the reason, so it is written once there is room
                    raise
                self._tell_once(error, "the end of a run could not be written")
            self._busy.remove(executor)
        if self._spare is not None and self._spare.returncode() is not None:
            self._spare.request_end()
            self._spare, self._spare_after = None, time.monotonic() + SPARE_PAUSE_S

    def _assign_waiting(self) -> None:
        """Give waiting runs to free places, the spare first."""
        ours = [executor.folder for executor in self._busy]  # one that has just begun may still have the status queued
        free = [folder for folder in waiting_runs(self._store) if folder not in ours]
        for folder in free[: self._max_busy - len(self._busy)]:
            executor, self._spare = self._spare or self._spawn(self._store, self._settings), None
            taken = [each.gpu for each in self._busy]
            try:
                if executor.assign(folder, min(self._gpus, key=taken.count, default=None)):
                    self._busy.append(executor)
            finally:
                if executor not in self._busy:
                    self._keep(executor)

    def _keep(self, executor: Executor) -> None:
        """Keep an executor that was not needed as the spare."""
        if self._spare is None and self._settings.spare:
            self._spare = executor
        else:
            executor.request_end()
            executor.end(self._settings.close_s)

    def _is_spare_due(self) -> bool:
        if not self._settings.spare or self._spare is not None or time.monotonic() < self._spare_after:
            return False
        folders = [executor.folder for executor in self._busy]
        return len(folders) < self._max_busy or any(folder and folder.status().is_evaluating for folder in folders)

    def _end_all(self) -> None:
        """Close every pipe first, so that all workers end at the same time."""
        everyone = [*self._busy, *([self._spare] if self._spare else [])]
        for executor in everyone:
            executor.request_end()
        deadline = time.monotonic() + self._settings.close_s
        for executor in everyone:
            # One without a run has nothing to finish, and torch takes its time to end.
            executor.end(max(0.1, deadline - time.monotonic()) if executor.folder is not None else 0.0)
            if executor.folder is not None:
                with suppress(OSError):  # the next server will find it
                    end_if_abandoned(executor.folder)
