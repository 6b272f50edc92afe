"""Background jobs of Probe: one question per session, its cancellation, and its progress.

    asked = Asked()
    gone = asked.begin(session)              # the event that cancels the session's question
    for text, share in watched(Loading(work), "things-bound", gone): ...

A session has one question at a time: a new one cancels the one before.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from explorer.clip.loading import Loading
from explorer.pages.probe.progress import progress_text

POLL_S = 0.2


@dataclass
class Asked:
    """Open questions by session."""

    waiting: dict[str, threading.Event] = field(default_factory=dict)

    def begin(self, session: str) -> threading.Event:
        """Return the event that cancels the session's question."""
        self.cancel(session)
        gone = self.waiting[session] = threading.Event()
        return gone

    def cancel(self, session: str) -> None:
        """Cancel the session's question."""
        if (gone := self.waiting.get(session)) is not None:
            gone.set()

    def is_busy(self, session: str) -> bool:
        """Return True if the session has an open question."""
        return session in self.waiting

    def end(self, session: str, gone: threading.Event) -> None:
        """Remove a question that has ended."""
        if self.waiting.get(session) is gone:
            del self.waiting[session]


def watched(work: Loading, name: str, gone: threading.Event) -> Iterator[tuple[str, float | None]]:
    """Yield each new progress text of a loading model; ends with it, or when it is cancelled."""
    said: tuple[str, float | None] | None = None
    try:
        while not work.is_done and not gone.is_set():
            now = progress_text(name, work.progress)
            if now != said:
                yield now
            said = now
            time.sleep(POLL_S)
    finally:
        if not work.is_done:
            work.cancel()
