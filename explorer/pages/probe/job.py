"""Waiting for a model beside the page: who waits, how it is called off, and what is said meanwhile.

    asked = Asked()
    gone = asked.begin(session)              # the sign by which the session's question is called off
    for text, share in watched(Loading(work), "things-bound", gone): ...

A session has one question at a time: a new one calls the one before off.
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
    """Who waits for an answer, by session, and may be told to wait no longer."""

    waiting: dict[str, threading.Event] = field(default_factory=dict)

    def begin(self, session: str) -> threading.Event:
        """The sign by which the session's question is called off."""
        self.cancel(session)
        gone = self.waiting[session] = threading.Event()
        return gone

    def cancel(self, session: str) -> None:
        """Call the session's question off."""
        if (gone := self.waiting.get(session)) is not None:
            gone.set()

    def is_busy(self, session: str) -> bool:
        """Whether the session waits for an answer."""
        return session in self.waiting

    def end(self, session: str, gone: threading.Event) -> None:
        """Forget a question that has ended."""
        if self.waiting.get(session) is gone:
            del self.waiting[session]


def watched(work: Loading, name: str, gone: threading.Event) -> Iterator[tuple[str, float | None]]:
    """What is said while a model is on its way, each thing once; ends with it, or when it is called off."""
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
