"""Worker processes, from start to cleanup, and the thread that gives them the queued runs.

worker = spawn(store, settings)      # imports torch, then waits
worker.give(folder)                  # claims the run in the worker's name; False if it is gone or taken
worker.returncode()                  # None while it runs
write_end_of_dead_worker(worker, closing=False)      # the status of a run whose worker could not write it

    supervisor = Supervisor(store, settings)
    supervisor.start()       # marks runs of an earlier server as interrupted, and starts waiting ones
    supervisor.close()       # workers end as interrupted

The supervisor is a thread of the web process that gives queued runs to workers, one at a time on a CPU. `spawn` makes
the executor of a run: a worker process, or a turn on a ZeroGPU Space (see `zero_gpu`).

One spare worker has its imports done in advance. It starts if a place is free, or during the evaluation of a run, which
frees its place soon: seconds of imports during a training would slow it down.

Termination signals as exceptions, each with a sentence for the status.

on_terminate()            # SIGTERM raises Ended in the main thread, as Ctrl-C raises KeyboardInterrupt
end_with(stdin_fd)        # the same if the process at the other end of the pipe is gone
reason_of(error)          # one sentence for status.json
"""

import _thread
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn, Protocol

from explorer.errors import UserError
from explorer.resources import CHECKOUT
from explorer.runs import run_lock
from explorer.runs.files import FULL, is_full
from explorer.runs.queue import waiting
from explorer.runs.run_lock import Process
from explorer.runs.store import RunFolder, RunStore
from explorer.settings import Settings, cores, gpus

SERVER_STOPPED = "the server stopped"
FOLDER_POLL_S = 0.03
"""Pause between two reads of the time of the store's folder, which a new run changes."""
SPARE_PAUSE_S = 30.0
"""Pause before the next spare after one that died, so that a broken installation is not retried all the time."""


class Executor(Protocol):
    """Interface of an executor of one run, for a supervisor."""

    folder: RunFolder | None
    gpu: str | None

    def give(self, folder: RunFolder, gpu: str | None = None) -> bool:
        """Assign a queued run; return False if another process has it."""

    def returncode(self) -> int | None:
        """Return its exit status, None while it runs."""

    def request_end(self) -> None:
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
        if folder.status().status != "queued":
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
            pass  # it died while it waited: the next round writes the end of the run
        return True

    def returncode(self) -> int | None:
        """Return its exit status, None while it runs."""
        return self.popen.poll()

    def request_end(self) -> None:
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


def evaluate_apart(store: RunStore, folder: RunFolder, settings: Settings) -> None:
    """Evaluate a run of a tab in a process of its own, which leaves its report and ends; its output goes to the log."""
    options = ["--runs", str(store.root.resolve()), "--nice", str(settings.nice), "--report", folder.run]
    with (folder.path / "worker.log").open("ab") as log:
        popen = subprocess.Popen(
            [*settings.worker, *options], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(settings)
        )
    threading.Thread(target=popen.wait, name="report", daemon=True).start()  # so that it leaves no zombie


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables of a worker: it finds the project from any folder, and idle threads sleep.

    Threads that spin while they wait for a descheduled one make a step several times slower on a busy computer.
    """
    threads = str(settings.threads or cores())
    path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
    wait = {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    # numpy's own threads always spin; its products are those of a batch's truth table, a millisecond in all.
    return {**os.environ, **wait, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": path}


def write_end_of_dead_worker(worker: Executor, *, closing: bool) -> None:
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


def end_if_abandoned(folder: RunFolder) -> None:
    """End a run whose process, of an earlier server or a command, is gone."""
    if folder.status().is_executing and not run_lock.is_held(folder.path):
        _end(folder, "interrupted", SERVER_STOPPED)


def _end(folder: RunFolder, status: str, reason: str) -> None:
    """Write the last status of a run that is marked running without an executor."""
    if not folder.path.exists():
        return
    with run_lock.claimed(folder.path) as mine:
        if mine and folder.status().is_executing:
            folder.end(status, reason)


class Supervisor:
    """Runs the queue of one store until it is closed."""

    def __init__(
        self, store: RunStore, settings: Settings, spawn: Callable[[RunStore, Settings], Executor] = spawn
    ) -> None:
        self._store, self._settings, self._spawn = store, settings, spawn
        self._gpus = gpus()
        self.workers = settings.workers or len(self._gpus) or 1
        self._busy: list[Executor] = []
        self._spare: Executor | None = None
        self._spare_after = 0.0
        self._ended: dict[str, tuple[int, int]] = {}
        self._closing = threading.Event()
        self._fault = ""
        self._thread = threading.Thread(target=self._work, name="supervisor", daemon=True)

    def start(self, *, spare_in_s: float = 0.0) -> None:
        """Start the thread; the first spare comes after `spare_in_s`."""
        try:
            self._store.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = f"cannot be made ({error.strerror}); name another with EXPLORER_RUNS"
            raise UserError("runs", self._store.root, reason) from None
        if not os.access(self._store.root, os.W_OK | os.X_OK):
            raise UserError("runs", self._store.root, "cannot be written; name another with EXPLORER_RUNS")
        self._spare_after = time.monotonic() + spare_in_s
        self._thread.start()

    def close(self) -> None:
        """End every worker, with its run interrupted, and the thread."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        try:
            while not self._closing.is_set():
                seen = self._folder_time()
                try:
                    self._look()
                    self._fault = ""
                except Exception as error:  # a full disk, or a moved folder: the next round may succeed
                    self._tell_once(error)
                self._rest(seen)
        finally:
            self._end_all()

    def _rest(self, seen: int) -> None:
        """Wait for the next round, which a new run begins early: the time of the store's folder is not `seen` then."""
        end = time.monotonic() + self._settings.poll_s
        while (left := end - time.monotonic()) > 0 and self._folder_time() == seen:
            if self._closing.wait(min(left, FOLDER_POLL_S)):
                return

    def _folder_time(self) -> int:
        try:
            return os.stat(self._store.root).st_mtime_ns
        except OSError:
            return 0

    def _tell_once(self, error: Exception) -> None:
        """Log an error once, because a full disk lasts for many rounds."""
        if str(error) != self._fault:
            self._fault = str(error)
            logging.getLogger(__name__).exception("the queue of runs could not be looked at")

    def _look(self) -> None:
        """Run one round: ended workers, waiting runs, and a spare if it is due."""
        self._reap()
        active = list(self._active())
        ours = {worker.folder.run for worker in self._busy if worker.folder}
        for folder in active:
            if folder.run not in ours:
                end_if_abandoned(folder)
        if len(self._busy) < self.workers and any(folder.run not in ours for folder in active):
            self._give_out()
        if self._is_spare_due():
            self._spare = self._spawn(self._store, self._settings)

    def _reap(self) -> None:
        for worker in [worker for worker in self._busy if worker.returncode() is not None]:
            worker.request_end()
            is_told = True
            try:
                write_end_of_dead_worker(worker, closing=False)
            except OSError as error:
                is_told = not is_full(error)  # only this process knows the reason, so it is written once there is room
                raise
            finally:
                if is_told:
                    self._busy.remove(worker)
        if self._spare is not None and self._spare.returncode() is not None:
            self._spare.request_end()
            self._spare, self._spare_after = None, time.monotonic() + SPARE_PAUSE_S

    def _active(self) -> Iterator[RunFolder]:
        """Return the runs that have not ended; an ended one is not read again until its status file changes."""
        for entry in os.scandir(self._store.root):
            folder = RunFolder(self._store.root / entry.name)
            try:
                stat = os.stat(folder.path / "status.json")
            except OSError:
                continue
            mark = (stat.st_ino, stat.st_mtime_ns)
            if entry.name.startswith(".") or self._ended.get(entry.name) == mark:
                continue
            if folder.status().is_active:
                yield folder
            else:
                self._ended[entry.name] = mark

    def _give_out(self) -> None:
        """Give waiting runs to free places, the spare first.

        A run that has just started may still have the status queued.
        """
        ours = [worker.folder for worker in self._busy]
        free = [folder for folder in waiting(self._store) if folder not in ours]
        for folder in free[: self.workers - len(self._busy)]:
            worker, self._spare = self._spare or self._spawn(self._store, self._settings), None
            try:
                is_taken = worker.give(folder, self._free_gpu())
            except OSError:
                self._keep(worker)
                raise
            if is_taken:
                self._busy.append(worker)
            elif worker.returncode() is None:
                self._keep(worker)

    def _keep(self, worker: Executor) -> None:
        """Keep a worker that was not needed."""
        if self._spare is None and self._settings.spare:
            self._spare = worker
        else:
            worker.request_end()
            worker.end(self._settings.close_s)

    def _free_gpu(self) -> str | None:
        taken = [worker.gpu for worker in self._busy]
        return min(self._gpus, key=taken.count, default=None)

    def _is_spare_due(self) -> bool:
        if not self._settings.spare or self._spare is not None or time.monotonic() < self._spare_after:
            return False
        return len(self._busy) < self.workers or any(_is_ending(worker) for worker in self._busy)

    def _end_all(self) -> None:
        """Close every pipe first, so that all workers end at the same time."""
        everyone = [*self._busy, *([self._spare] if self._spare else [])]
        for worker in everyone:
            worker.request_end()
        deadline = time.monotonic() + self._settings.close_s
        for worker in everyone:
            # One without a run has nothing to finish, and torch takes its time to end.
            worker.end(max(0.1, deadline - time.monotonic()) if worker.folder is not None else 0.0)
            if worker.folder is not None:
                with suppress(OSError):  # the next server will find it
                    write_end_of_dead_worker(worker, closing=True)


def _is_ending(worker: Executor) -> bool:
    return worker.folder is not None and worker.folder.status().is_evaluating


PATIENCE_S = 10.0
"""Seconds for a process without its server to write its status."""
TERMINATED = 128 + signal.SIGTERM


class Ended(SystemExit):
    """Termination of this process; `sentence` gives the reason."""

    def __init__(self, sentence: str) -> None:
        super().__init__(TERMINATED)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


class Paused(Ended):
    """End of a turn, between two steps; the run waits for the next one."""


@contextmanager
def ending_on_terminate() -> Iterator[None]:
    """Raise `Ended` on SIGTERM; for the main thread of a process that trains."""
    before = signal.getsignal(signal.SIGTERM)
    _raise_on_terminate("it was terminated (SIGTERM)")
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def end_with(pipe: int) -> None:
    """End this process, by `Ended` and then by force, after the other end of the pipe is closed."""

    def watch() -> None:
        while os.read(pipe, 4096):
            pass
        _thread.interrupt_main(signal.SIGTERM)
        time.sleep(PATIENCE_S)
        os._exit(TERMINATED)

    _raise_on_terminate("the server stopped")
    threading.Thread(target=watch, daemon=True).start()


def _raise_on_terminate(sentence: str) -> None:
    def handle(_number: int, _frame: FrameType | None) -> NoReturn:
        raise Ended(sentence)

    signal.signal(signal.SIGTERM, handle)


def is_interruption(error: BaseException) -> bool:
    """Return True if the run was ended from outside, without an error of its own."""
    return isinstance(error, KeyboardInterrupt | GeneratorExit | SystemExit)


def reason_of(error: BaseException) -> str:
    """Return one sentence without a traceback."""
    if isinstance(error, Ended):
        return error.sentence
    if is_interruption(error):
        return "it was interrupted"
    if is_full(error):
        return FULL
    words = " ".join(str(error).split())[:300]
    if isinstance(error, MemoryError) or "out of memory" in words or "can't allocate memory" in words:
        return "there is not enough memory: lower batch_size or choose a smaller model"
    return words if isinstance(error, ValueError) and words else f"{type(error).__name__}: {words}".removesuffix(": ")
