"""Thread of the web process that gives queued runs to worker processes, one at a time on a CPU.

    supervisor = Supervisor(store, settings)
    supervisor.start()       # marks runs of an earlier server as interrupted, and starts waiting ones
    supervisor.close()       # workers end as interrupted

`spawn` makes the executor of a run: a worker process, or a turn on a ZeroGPU Space (see `zero_gpu`).

One spare worker has its imports done in advance. It starts if a place is free, or during the evaluation of a run, which
frees its place soon: seconds of imports during a training would slow it down.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from explorer.errors import UserError
from explorer.runs.files import is_full
from explorer.runs.queue import waiting
from explorer.runs.store import ACTIVE, RunFolder, RunStore
from explorer.runs.workers import Hand, mend, settle, spawn
from explorer.settings import Settings, gpus

SPARE_PAUSE_S = 30.0
"""Pause before the next spare after one that died, so that a broken installation is not retried all the time."""


class Supervisor:
    """Runs the queue of one store until it is closed."""

    def __init__(
        self, store: RunStore, settings: Settings, spawn: Callable[[RunStore, Settings], Hand] = spawn
    ) -> None:
        self._store, self._settings, self._spawn = store, settings, spawn
        self._gpus = gpus()
        self.workers = settings.workers or len(self._gpus) or 1
        self._busy: list[Hand] = []
        self._spare: Hand | None = None
        self._spare_after = 0.0
        self._ended: dict[str, tuple[int, int]] = {}
        self._closing = threading.Event()
        self._fault = ""
        self._thread = threading.Thread(target=self._work, name="supervisor", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        try:
            self._store.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = f"cannot be made ({error.strerror}); name another with EXPLORER_RUNS"
            raise UserError("runs", self._store.root, reason) from None
        if not os.access(self._store.root, os.W_OK | os.X_OK):
            raise UserError("runs", self._store.root, "cannot be written; name another with EXPLORER_RUNS")
        self._thread.start()

    def close(self) -> None:
        """End every worker, with its run interrupted, and the thread."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        try:
            while not self._closing.is_set():
                try:
                    self._look()
                    self._fault = ""
                except Exception as error:  # a full disk, or a moved folder: the next round may succeed
                    self._tell_once(error)
                self._closing.wait(self._settings.poll_s)
        finally:
            self._end_all()

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
                mend(folder)
        if len(self._busy) < self.workers and any(folder.run not in ours for folder in active):
            self._give_out()
        if self._is_spare_due():
            self._spare = self._spawn(self._store, self._settings)

    def _reap(self) -> None:
        for worker in [worker for worker in self._busy if worker.returncode() is not None]:
            worker.hang_up()
            is_told = True
            try:
                settle(worker, closing=False)
            except OSError as error:
                is_told = not is_full(error)  # only this process knows the reason, so it is written once there is room
                raise
            finally:
                if is_told:
                    self._busy.remove(worker)
        if self._spare is not None and self._spare.returncode() is not None:
            self._spare.hang_up()
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
            if folder.status()["status"] in ACTIVE:
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

    def _keep(self, worker: Hand) -> None:
        """Keep a worker that was not needed."""
        if self._spare is None and self._settings.spare:
            self._spare = worker
        else:
            worker.hang_up()
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
            worker.hang_up()
        deadline = time.monotonic() + self._settings.close_s
        for worker in everyone:
            worker.end(max(0.1, deadline - time.monotonic()))
            if worker.folder is not None:
                with suppress(OSError):  # the next server will find it
                    settle(worker, closing=True)


def _is_ending(worker: Hand) -> bool:
    return worker.folder is not None and worker.folder.status().get("phase") == "evaluating"
