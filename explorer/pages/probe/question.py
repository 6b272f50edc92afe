"""Question of Probe: uploaded pictures within their limits, captions and models; and its job in the background.

question(files, "a red bus", "a blue bus", ["things-bound"])        # a Question; UserError names the field
pictures_html(files)                                                    # the pictures, a sentence for a bad one
asked = OpenQuestions()
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
from pathlib import Path
from typing import Any

from markupsafe import Markup

from explorer.clip.loading import Loading, Progress
from explorer.errors import NO_VALUE, UserError
from explorer.pages.probe import example
from explorer.pages.shared.templates import macro
from explorer.service.probing import check_captions, read_file, thumbnail
from explorer.wording import duration

MOST_PICTURES, MOST_MODELS = 4, 8
SIDE = 160
"""Side of a thumbnail in pixels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Pictures by the field for errors, their names for the user, captions and models."""

    files: dict[str, bytes]
    names: tuple[str, ...]
    thumbnails: tuple[str, ...]
    captions: tuple[str, ...]
    models: tuple[str, ...]


def paths_of(files: Any) -> list[Path]:
    """Return the uploaded files, whose paths Gradio has checked to be uploads."""
    return [Path(str(file)) for file in files] if isinstance(files, list | tuple) else []


def pictures_html(files: Any) -> Markup:
    """Return the pictures of the question: the example's if there are none, and a sentence in place of a bad one."""
    paths = paths_of(files)
    if not paths:
        shown = [
            {"uri": uri, "alt": caption, "name": "the example"}
            for uri, caption in zip(example.uris(), example.CAPTIONS, strict=True)
        ]
        return macro("probe/parts.html", "pictures", shown, "")
    more = str(_too_many(len(paths))) if len(paths) > MOST_PICTURES else ""
    return macro("probe/parts.html", "pictures", list(map(_shown, paths[:MOST_PICTURES])), more)


def without_example(caption: Any, others: Any) -> tuple[Any, Any]:
    """Return both boxes for a picture of one's own: the example's captions are not true of it, so they go."""
    lines = set(str(others or "").splitlines())
    return ("" if caption in example.CAPTIONS else caption), ("" if lines <= set(example.CAPTIONS) else others)


def _shown(path: Path) -> dict[str, str]:
    """Return an uploaded picture, small, or the sentence that says what is wrong with it."""
    name = path.name[:40]
    try:
        uri = thumbnail(read_file(path, _field(path)), _field(path), side=SIDE)
        return {"uri": uri, "alt": path.name, "name": name}
    except UserError as error:
        return {"uri": "", "error": str(error), "name": name}


def _field(path: Path) -> str:
    return f"picture {path.name[:60]}"


def _too_many(count: int) -> UserError:
    return UserError("pictures", NO_VALUE, f"{count} were given, the most is {MOST_PICTURES}; take some away")


def models_of(models: Any) -> tuple[str, ...]:
    """Return the chosen models, each once."""
    if not isinstance(models, list) or not all(isinstance(name, str) for name in models):
        raise UserError("models", NO_VALUE, f"choose 1 to {MOST_MODELS}")
    names = tuple(dict.fromkeys(models))
    if not 1 <= len(names) <= MOST_MODELS:
        raise UserError("models", NO_VALUE, f"choose 1 to {MOST_MODELS}")
    return names


def question(files: Any, caption: Any, others: Any, models: Any) -> Question:
    """Validate the question of the tab; raise `UserError` for a fault."""
    lines = [line for line in str(others or "").splitlines() if line.strip()]
    captions = check_captions([caption, *(line for line in dict.fromkeys(lines) if line != caption)])
    names = models_of(models)
    paths = paths_of(files)
    if not paths:
        found = example.files()
        return Question(
            files=found, names=tuple(found), thumbnails=example.uris(), captions=tuple(captions), models=names
        )
    if len(paths) > MOST_PICTURES:
        raise _too_many(len(paths))
    # With its number, as two may have one name.
    fields = {f"picture {number}, {path.name[:60]}": path for number, path in enumerate(paths, start=1)}
    found = {field: read_file(path, field) for field, path in fields.items()}
    small = tuple(thumbnail(data, field, side=SIDE) for field, data in found.items())
    return Question(
        files=found,
        names=tuple(path.name for path in paths),
        thumbnails=small,
        captions=tuple(captions),
        models=names,
    )


STAGES = {
    "find": "getting ready",
    "fetch": "fetching",
    "build": "building it",
    "check": "checking it, then scoring",
    "measure": "measuring",
}


def progress_html(text: str, *, busy: bool = False, share: float | None = None, old: bool = False) -> Markup:
    """Return the progress, or the question of the answer, in a fixed place; `share` of a download fills a bar.

    `old` marks the answer below as that of another question.
    """
    return macro("probe/parts.html", "progress", text, busy, share or 0.0, old)


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
class OpenQuestions:
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
