"""States of the whole process that the loading of a model needs, shared by the threads that load at once.

with offline(), quiet_libraries(): ...  # the first of the threads enters each, and the last one leaves it
"""

import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import wraps

from huggingface_hub import constants
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

_NOISY_LOGGERS = ("huggingface_hub", "transformers", "open_clip", "timm", "httpx", "httpx2", "httpcore", "urllib3")
_State = Callable[[], AbstractContextManager[None]]


def share_between_threads(state: _State) -> _State:
    """Let threads share a state of the process, a context manager: the first enters it, and the last one leaves it."""
    lock, users, held = threading.Lock(), 0, ExitStack()

    @contextmanager
    @wraps(state)
    def shared() -> Iterator[None]:
        nonlocal users
        with lock:
            if not users:
                held.enter_context(state())
            users += 1
        try:
            yield
        finally:
            with lock:
                users -= 1
                if not users:
                    held.close()

    return shared


@share_between_threads
@contextmanager
def offline() -> Iterator[None]:
    """Inside, only files that were fetched before count, for all threads of the process."""
    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


@share_between_threads
@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Silence the libraries that load and download, in all threads of the process; a terminal still shows a bar."""
    with ExitStack() as undo:
        undo.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        root, no_output = logging.getLogger(), logging.NullHandler()
        # With a handler there, the first message does not give the root one that writes to stderr for good.
        root.addHandler(no_output)
        undo.callback(root.removeHandler, no_output)
        # A filter, as a level of the root would also silence the loggers of this project in other threads.
        root.addFilter(_no_record)
        undo.callback(root.removeFilter, _no_record)
        for name in _NOISY_LOGGERS:
            logger = logging.getLogger(name)
            undo.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL + 1)
        if not sys.stderr.isatty() and not are_progress_bars_disabled():
            disable_progress_bars()
            undo.callback(enable_progress_bars)
        yield


def _no_record(_: logging.LogRecord) -> bool:
    return False
