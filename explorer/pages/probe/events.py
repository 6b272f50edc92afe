"""Listeners of Probe: typed caption, chip, picture, and a question that runs in the background or changes.

    wire_probe(page, tab)        # after `wire`, inside the Blocks

A question is a generator: it yields the progress of a model, and each answer when it arrives. It works in a thread, so
that the page stays usable, and ends with the page or by Cancel.
"""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

from explorer.clip.loading import Loading, ProgressCallback
from explorer.errors import UserError
from explorer.evaluation.user_probe import ScoredPictures
from explorer.pages.probe import build as probing
from explorer.pages.probe.analysis_events import wire_more
from explorer.pages.probe.build import ProbeTab
from explorer.pages.probe.caption_chips import corrected, is_read, read_caption_of, with_confusions
from explorer.pages.probe.question import (
    OpenQuestions,
    Question,
    answered_text,
    pictures_html,
    progress_html,
    question,
    since,
    watched,
    without_example,
)
from explorer.pages.probe.view import answer_html
from explorer.pages.shared.page_events import QUICK, Page
from explorer.pages.shared.state import key_of, notes_html
from explorer.pages.shared.templates import js_listener, macro
from explorer.runs.store import RunStore
from explorer.service.probing import LONGEST_CAPTION, MOST_MAPPED, check_model, never_read, score_pictures
from explorer.wording import duration

MOST_READ, MOST_UNREAD = 4000, 12
"""Characters of the other captions that are read while one types, and words that are named."""
CANCELLED = "Cancelled."
NOT_ASKED, NO_ANSWER = "Not asked, see the notice.", "No model could answer."
EARLIER = "What stands here answers an earlier question."


def wire_probe(page: Page, tab: ProbeTab) -> None:
    """Attach every listener of the tab."""
    asked = OpenQuestions()
    _wire_caption(tab)
    _wire_unread(page, tab)
    _wire_question(page, tab, asked)
    _wire_changes(tab, asked)
    wire_more(page, tab, asked)

    notes = page.shared.notes

    def looked(files: Any) -> dict[Any, Any]:
        # A notice about a picture that was refused would be read as one about these.
        return {tab.pictures: pictures_html(files), notes: ""}

    # Gradio's own check stays on: it knows which paths are uploads.
    private = {**QUICK, "preprocess": True}
    tab.files.change(looked, tab.files, [tab.pictures, notes], trigger_mode="always_last", **private)

    def uploaded(caption: Any, others: Any) -> tuple[Any, Any]:
        return without_example(caption, others)

    # Not `change`: a scene brings a picture together with its own captions.
    tab.files.upload(uploaded, [tab.caption, tab.others], [tab.caption, tab.others], **QUICK)

    def offered(run: str, visitor: Any) -> Any:
        return gr.update(choices=probing.choices(page.store, page.settings, run, key_of(visitor)))

    page.tab_items["probe"].select(offered, [page.shared.run, page.shared.visitor], tab.models, **QUICK)

    def example_shown() -> dict[Any, Any]:
        return probing.example_values(tab)

    tab.example.click(example_shown, None, tab.example_outputs, **QUICK)

    def called_off(request: gr.Request) -> None:
        asked.cancel(str(request.session_hash))

    tab.cancel.click(called_off, None, None, **QUICK)


def _wire_caption(tab: ProbeTab) -> None:
    """Read a typed caption again; a chip removes or restores an attribute, a word is added to an object."""
    kept = [tab.caption, tab.corrections]

    def typed(caption: Any, corrections: Any, _others: Any) -> dict[Any, Any]:
        # Gradio tells of one change up to three times, and a late answer would undo a chip that was pressed meanwhile.
        if is_read(corrections, caption):
            return {tab.chips: gr.skip()}
        chips, swaps, corrections = read_caption_of(caption, corrections)
        offered = json.dumps({"caption": caption, "swaps": swaps})
        return {tab.chips: chips, tab.offered: offered, tab.corrections: corrections}

    # Not `input`, which a text that is pasted or filled in does not trigger.
    read = tab.caption.change(
        typed, [*kept, tab.others], [tab.chips, tab.offered, tab.corrections], trigger_mode="always_last",
        js=js_listener("pages/caption_typed"), **QUICK,
    )  # fmt: skip
    # What was written into the other box meanwhile stays.
    read.then(
        None, [tab.offered, tab.others], tab.others, js=js_listener("pages/swaps_offered"), api_visibility="private"
    )

    def pressed(event: gr.EventData, caption: Any, corrections: Any) -> dict[Any, str]:
        caption, chips, others, corrections = corrected(caption, corrections, event._data)
        return {tab.caption: caption, tab.chips: chips, tab.others: others, tab.corrections: corrections}

    tab.confuse.click(with_confusions, [*kept, tab.others], tab.others, **QUICK)
    tab.chips.select(pressed, kept, [tab.caption, tab.chips, tab.others, tab.corrections], **QUICK)


def _wire_unread(page: Page, tab: ProbeTab) -> None:
    """Warn, while one types, of words that a chosen model has never read in training."""

    def reading(caption: Any, others: Any, models: Any) -> Markup:
        lines = [str(caption or "")[:LONGEST_CAPTION], *str(others or "")[:MOST_READ].splitlines()]
        names = [name for name in models if isinstance(name, str)] if isinstance(models, list) else []
        by_models: dict[tuple[str, ...], list[str]] = {}
        for word, lacking in never_read(page.store, names, lines).items():
            by_models.setdefault(lacking, []).append(word)
        found = [(", ".join(words[:MOST_UNREAD]), ", ".join(lacking)) for lacking, words in by_models.items()]
        return macro("probe/parts.html", "unread", found)

    changes = [part.change for part in (tab.caption, tab.others, tab.models)]
    gr.on(changes, reading, [tab.caption, tab.others, tab.models], tab.unread, trigger_mode="always_last", **QUICK)


def _wire_question(page: Page, tab: ProbeTab, asked: OpenQuestions) -> None:
    """Attach Ask, which yields one answer per model."""
    notes = page.shared.notes
    outputs = [tab.progress, tab.cancel, tab.answer, notes, tab.answered]

    def shown(step: AnswerProgress, values: tuple[Any, ...]) -> dict[Any, Any]:
        found: dict[Any, Any] = {tab.cancel: gr.update(interactive=step.busy)}
        if step.progress is not None:
            found[tab.progress] = step.progress
        if step.answer is not None:
            found[tab.answer] = step.answer
        if step.notes is not None:
            found[notes] = notes_html(list(step.notes))
        if step.said is not None:
            found[tab.answered] = answered_text(values, step.said)
        return found

    def ask(
        files: Any, caption: Any, others: Any, models: Any, own: Any, looks: Any, request: gr.Request
    ) -> Iterator[dict[Any, Any]]:
        session = str(request.session_hash)
        gone = asked.begin(session)
        values = (files, caption, others, models, own, looks)
        try:
            found = question(files, caption, others, models)
            page.service.limiter.limit("questions")
            closed = not page.settings.any_start
            for step in answers(page.store, found, gone, closed=closed, own=bool(own), looks=bool(looks)):
                yield shown(step, values)
        except UserError as error:
            yield shown(_ended(f"{NOT_ASKED} {EARLIER}", [str(error)], old=True), values)
        finally:
            gone.set()
            asked.end(session, gone)

    gr.on(
        [tab.ask.click, tab.caption.submit], ask, tab.inputs, outputs, show_progress="hidden", concurrency_limit=4,
        concurrency_id="probe", api_visibility="private",
    )  # fmt: skip


def _wire_changes(tab: ProbeTab, asked: OpenQuestions) -> None:
    """Mark the answer as stale while the question differs from its own."""

    def changed(request: gr.Request, *values: Any) -> Any:
        *inputs, kept = values
        said, old = since(inputs, kept)
        busy = asked.is_busy(str(request.session_hash))
        return gr.skip() if busy or not said else progress_html(said, old=old)

    gr.on(
        [part.change for part in (*tab.inputs, tab.answered)], changed, [*tab.inputs, tab.answered], tab.progress,
        trigger_mode="always_last", **{**QUICK, "preprocess": True},
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class AnswerProgress:
    """One step of a question: what changes of progress, answer and notes, None for what stays.

    `said` is the remark on a new answer; `busy` is True while models are asked.
    """

    progress: Markup | None = None
    answer: Markup | None = None
    notes: tuple[str, ...] | None = None
    said: str | None = None
    busy: bool = True


def answers(
    store: RunStore, asked: Question, gone: threading.Event, *, closed: bool, own: bool, looks: bool = False
) -> Iterator[AnswerProgress]:
    """Ask the models one after another; yield a step for each progress and each answer."""
    answered: list[ScoredPictures] = []
    notes: list[str] = []
    began = time.monotonic()
    for name in asked.models:
        work = Loading(lambda tell, name=name: _scored(store, asked, name, closed, looks, tell))  # type: ignore[misc]
        for text, share in watched(work, name, gone):
            yield AnswerProgress(progress=progress_html(text, busy=True, share=share, old=not answered), notes=())
        if gone.is_set():
            said = CANCELLED if answered else f"{CANCELLED} {EARLIER}"
            yield _ended(said, notes, old=not answered, said=CANCELLED if answered else None)
            return
        try:
            answered.append(work.result())
        except UserError as error:
            notes.append(str(error))
            continue
        yield AnswerProgress(answer=answer_html(answered, asked.thumbnails, own=own))
    said = _said(answered, len(notes), time.monotonic() - began) if answered else f"{NO_ANSWER} {EARLIER}"
    yield _ended(said, notes, old=not answered, said=said if answered else None)


def _ended(text: str, notes: list[str], *, old: bool = False, said: str | None = None) -> AnswerProgress:
    """Return the last step; the answer is kept, with `old` if it belongs to an earlier question."""
    return AnswerProgress(progress=progress_html(text, old=old), notes=tuple(notes), said=said, busy=False)


def _said(answered: Sequence[ScoredPictures], failed: int, seconds: float) -> str:
    first = answered[0].answer
    parts = [(first.picture_count, "picture"), (len(first.captions), "caption"), (len(answered), "model")]
    counted = ", ".join(f"{count} {name}{'s' * (count > 1)}" for count, name in parts)
    others = f"; {failed} could not answer, see the notice" if failed else ""
    return f"{counted}; answered in {duration(seconds)}{others}."


def _scored(
    store: RunStore, asked: Question, name: str, closed: bool, looks: bool, tell: ProgressCallback
) -> ScoredPictures:
    """Return the answer of one model; takes as long as the model takes to load."""
    check_model(store, name, closed=closed)
    return score_pictures(
        name, asked.names, asked.files, asked.captions, store=store, only_safe=True, hide_folder=closed,
        mapped=MOST_MAPPED * looks, tell=tell,
    )  # fmt: skip
