"""Background jobs of Probe: one question per session, its cancellation, and its progress.

    asked = Asked()
    gone = asked.begin(session)              # the event that cancels the session's question
    for text, share in watched(Loading(work), "things-bound", gone): ...

A session has one question at a time: a new one cancels the one before.
"""

import hashlib
import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from explorer.clip.loading import Loading, Progress
from explorer.pages.shared.values import duration

STAGES = {
    "find": "getting ready",
    "fetch": "fetching",
    "build": "building it",
    "check": "checking it, then scoring",
    "measure": "measuring",
}


def progress_html(text: str, *, busy: bool = False, share: float | None = None, old: bool = False) -> str:
    """Return the progress, or the question of the answer, in a fixed place; `share` of a download fills a bar.

    `old` marks the answer below as that of another question.
    """
    bar = f"<div class='bar'><div style='width:{100 * (share or 0.0):.0f}%'></div></div>"
    state = f"data-busy='{str(busy).lower()}' data-old='{str(old).lower()}'"
    return f"<div class='probing' {state}><p role='status'>{escape(text)}</p>{bar}</div>"


def progress_text(model: str, progress: Progress) -> tuple[str, float | None]:
    """Return the progress text of a model, and the share of its bytes."""
    said = f"{model}: {STAGES[progress.stage]}"
    if progress.stage == "measure" and progress.total and progress.left_s is not None:
        share = min(1.0, progress.done / progress.total)
        return f"{said}, about {duration(progress.left_s)} left", share
    if progress.stage != "fetch" or not progress.total:
        return said, None
    done, total = progress.done / 1e6, progress.total / 1e6
    return f"{said}, {done:,.0f} of {total:,.0f} MB", min(1.0, progress.done / progress.total)


CHANGED = "The question has changed: what stands here answers the one before. Press Ask."


def answered_text(values: Sequence[Any], said: str) -> str:
    """Return JSON of the question that `ProbeTab.inputs` made, and of the remark on its answer."""
    return json.dumps({"of": _digest(values), "said": said})


def since(values: Sequence[Any], kept: Any) -> tuple[str, bool]:
    """Return the remark on the answer, and True if its question is an earlier one; `kept` comes back from a browser."""
    try:
        found = json.loads(kept)
        of, said = str(found["of"]), str(found["said"])
    except (TypeError, ValueError, KeyError):
        return "", False
    return (said, False) if of == _digest(values) else (CHANGED, True)


def _digest(values: Sequence[Any]) -> str:
    """Return a digest of a question: uploads by their names, captions without the spaces around them."""
    files, caption, others, models, own, looks = values
    named = [str(file) for file in files] if isinstance(files, list | tuple) else []
    lines = [line.strip() for line in str(others or "").splitlines() if line.strip()]
    chosen = models if isinstance(models, list) else []
    asked = [named, str(caption or "").strip(), lines, chosen, bool(own), bool(looks)]
    return hashlib.sha256(json.dumps(asked, default=str).encode()).hexdigest()[:16]


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
