"""Work in the background with progress and cancellation, for jobs.

work = BackgroundWork(lambda tell: models.get(key, load, tell=tell))     # a thread of its own
work.progress, work.cancel(), work.result(timeout_s=60)
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from explorer.clip.loading import Cancelled, Progress, ProgressCallback


class BackgroundWork:
    """One call in a thread of its own, such as that of a function that loads a model and asks it."""

    def __init__(self, work: Callable[[ProgressCallback], Any]) -> None:
        self.progress = Progress(stage="find")
        self._gone, self._answer = threading.Event(), Future[Any]()
        # A thread of its own, which does not hold up the end of the process as one of a pool would.
        threading.Thread(target=self._run, args=(work,), name="work in the background", daemon=True).start()

    @property
    def is_done(self) -> bool:
        """True if it has answered, failed or was cancelled."""
        return self._answer.done()

    def cancel(self) -> None:
        """Stop at the next report of progress; one step, such as that of building a model, is not interrupted."""
        self._gone.set()

    def result(self, timeout_s: float | None = None) -> Any:
        """Return the answer; raise the error of `work`, `Cancelled`, or TimeoutError after `timeout_s`."""
        return self._answer.result(timeout_s)

    def _run(self, work: Callable[[ProgressCallback], Any]) -> None:
        try:
            self._answer.set_result(work(self._tell))
        except BaseException as error:  # raised again by `result`
            self._answer.set_exception(error)

    def _tell(self, progress: Progress) -> None:
        if self._gone.is_set():
            raise Cancelled("cancelled")
        self.progress = progress
