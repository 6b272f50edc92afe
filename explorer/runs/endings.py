"""Ends of runs before their last step: by a signal, with its server, or by an error.

with ending_on_terminate(): ...       # SIGTERM raises Ended in the main thread, as Ctrl-C raises KeyboardInterrupt
end_when_closed(stdin_fd)             # the same once the process at the other end of the pipe is gone
ending_after_error(error, folder.path)  # RunEnd(status="failed", reason=...), which status.json gets
end_if_abandoned(run)                 # interrupted, if the process that trained it is gone
end_if_lost(run, 3)                   # failed, if no process has it: a cluster has lost its task three times
"""

import _thread
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from explorer.errors import UserError, word_reason
from explorer.runs.files import DISK_FULL, is_disk_full
from explorer.runs.folder import RunFolder

SERVER_STOPPED = "the server stopped"
EXIT_PATIENCE_S = 10.0
"""Seconds for a process without its server to write its status."""
TERMINATED_CODE = 128 + signal.SIGTERM


class Ended(SystemExit):
    """Termination of this process; its text gives the reason."""

    def __init__(self, sentence: str) -> None:
        super().__init__(TERMINATED_CODE)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


class Paused(Ended):
    """End of a turn, between two steps; the run waits for the next one."""


@contextmanager
def ending_on_terminate() -> Iterator[None]:
    """Raise `Ended` on SIGTERM; for the main thread of a process that trains."""
    before = signal.getsignal(signal.SIGTERM)
    _on_terminate("it was terminated (SIGTERM)")
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def end_when_closed(pipe: int) -> None:
    """End this process, by `Ended` and then by force, after the other end of the pipe is closed."""

    def watch() -> None:
        while os.read(pipe, 4096):
            pass
        _thread.interrupt_main(signal.SIGTERM)
        time.sleep(EXIT_PATIENCE_S)
        os._exit(TERMINATED_CODE)

    _on_terminate(SERVER_STOPPED)
    threading.Thread(target=watch, daemon=True).start()


def _on_terminate(sentence: str) -> None:
    """Raise `Ended` on SIGTERM from now on."""

    def handle(_number: int, _frame: FrameType | None) -> NoReturn:
        raise Ended(sentence)

    signal.signal(signal.SIGTERM, handle)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunEnd:
    """How a run broke off: one of `ENDED_STATUSES`, and the reason in one clause."""

    status: str
    reason: str


def ending_after_error(error: BaseException, path: Path) -> RunEnd:
    """Return how a run ends that broke off by this error; `path` is its folder."""
    if isinstance(error, Ended):
        return RunEnd(status="interrupted", reason=str(error))
    if isinstance(error, KeyboardInterrupt | GeneratorExit | SystemExit):
        return RunEnd(status="interrupted", reason="it was interrupted")
    words = " ".join(str(error).split())[:300]
    if is_disk_full(error, path):
        return RunEnd(status="failed", reason=DISK_FULL)
    if isinstance(error, MemoryError) or "out of memory" in words or "can't allocate memory" in words:
        return RunEnd(status="failed", reason="there is not enough memory: lower batch_size or choose a smaller model")
    if isinstance(error, UserError) and error.sentence == words:
        return RunEnd(status="failed", reason=error.sentence)
    named = words if isinstance(error, ValueError) and words else f"{type(error).__name__}: {words}".removesuffix(": ")
    return RunEnd(status="failed", reason=named)


def end_if_abandoned(folder: RunFolder) -> None:
    """End a run whose process, of an earlier server or a command, is gone."""
    folder.end_abandoned("interrupted", SERVER_STOPPED)


def end_if_lost(folder: RunFolder, times: int) -> None:
    """End a run whose task, in which it waited or was trained, a cluster has lost so many times."""
    reason = word_reason("its task was lost {times} times", times=times)
    folder.end_abandoned("failed", reason, waiting=reason)
