"""Termination signals as exceptions, each with a sentence for the status.

on_terminate()            # SIGTERM raises Ended in the main thread, as Ctrl-C raises KeyboardInterrupt
end_with(stdin_fd)        # the same if the process at the other end of the pipe is gone
reason_of(error)          # one sentence for status.json
"""

import _thread
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from explorer.runs.files import FULL, is_full

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
