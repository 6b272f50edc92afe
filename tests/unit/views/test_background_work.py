"""Work in the background tells how far it is, and ends when nobody waits any more."""

import threading

import pytest

from explorer.clip.loading import Cancelled, Progress, ProgressCallback
from explorer.views.background_work import BackgroundWork


def test_progress_is_seen_and_cancel_is_heeded() -> None:
    has_progress, go = threading.Event(), threading.Event()

    def load(tell: ProgressCallback) -> str:
        tell(Progress(stage="fetch", done=3, total=10))
        has_progress.set()
        go.wait(20)
        tell(Progress(stage="build"))
        return "the answer"

    work = BackgroundWork(load)
    assert has_progress.wait(20) and not work.is_done
    assert work.progress == Progress(stage="fetch", done=3, total=10)
    with pytest.raises(TimeoutError):
        work.result(0.01)
    work.cancel()
    go.set()
    with pytest.raises(Cancelled):
        work.result(20)
    assert work.is_done
