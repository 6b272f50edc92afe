"""Listeners of Probe: typed caption, chip, picture, and a question that runs in the background or changes.

    wire_probe(page, tab)        # after `wire`, inside the Blocks

A question is a generator: it yields the progress of a model, and each answer when it arrives. It works in a thread, so
that the page stays usable, and ends with the page or by Cancel.
"""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import gradio as gr

from explorer.clip.loading import Loading, ProgressCallback
from explorer.errors import UserError
from explorer.pages.probe import build as probing
from explorer.pages.probe.analysis_events import wire_more
from explorer.pages.probe.build import ProbeTab
from explorer.pages.probe.caption_chips import corrected, read_caption_of, with_confusions
from explorer.pages.probe.job import Asked, answered_text, progress_html, since, watched
from explorer.pages.probe.question import Question, pictures_html, question
from explorer.pages.probe.view import answer_html
from explorer.pages.shared.page_events import QUICK, Page
from explorer.pages.shared.scripts import js_listener
from explorer.pages.shared.state import key_of, notes_html
from explorer.pages.shared.values import duration
from explorer.runs.store import RunStore
from explorer.service.probing import MOST_MAPPED, check_model, score_pictures
from explorer.service.rate_limit import limit

CANCELLED = "Cancelled."
NOT_ASKED, NO_ANSWER = "Not asked, see the notice.", "No model could answer."
EARLIER = "What stands here answers an earlier question."


def wire_probe(page: Page, tab: ProbeTab) -> None:
    """Attach every listener of the tab."""
    asked = Asked()
    _wire_caption(tab)
    _wire_question(page, tab, asked)
    _wire_changes(tab, asked)
    wire_more(page, tab, asked)

    def looked(files: Any) -> str:
        return pictures_html(files)

    # Gradio's own check stays on: it knows which paths are uploads.
    private = {**QUICK, "preprocess": True}
    tab.files.change(looked, tab.files, tab.pictures, trigger_mode="always_last", **private)

    def offered(run: str, visitor: Any) -> Any:
        return gr.update(choices=probing.choices(page.store, page.settings, run, key_of(visitor)))

    page.tab_items["probe"].select(offered, [page.shared.run, page.shared.visitor], tab.models, **QUICK)
    tab.example.click(probing.example_values, None, tab.example_outputs, **QUICK)

    def called_off(request: gr.Request) -> None:
        asked.cancel(str(request.session_hash))

    tab.cancel.click(called_off, None, None, **QUICK)


def _wire_caption(tab: ProbeTab) -> None:
    """Read a typed caption again; a chip removes or restores an attribute, a word is added to an object."""
    kept = [tab.caption, tab.corrections]

    def typed(caption: Any, corrections: Any, _others: Any) -> dict[Any, str]:
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

    def pressed(event: gr.EventData, caption: Any, corrections: Any) -> tuple[str, str, str, str]:
        return corrected(caption, corrections, event._data)

    tab.confuse.click(with_confusions, [*kept, tab.others], tab.others, **QUICK)
    tab.chips.select(pressed, kept, [tab.caption, *tab.caption_outputs], **QUICK)


def _wire_question(page: Page, tab: ProbeTab, asked: Asked) -> None:
    """Attach Ask, which yields one answer per model."""
    notes = page.shared.notes
    outputs = [tab.progress, tab.cancel, tab.answer, notes, tab.answered]

    def ask(
        files: Any, caption: Any, others: Any, models: Any, own: Any, looks: Any, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        session = str(request.session_hash)
        gone = asked.begin(session)
        values = (files, caption, others, models, own, looks)
        try:
            found = question(files, caption, others, models)
            limit("questions")
            closed = not page.settings.any_start
            for *shown, said in answers(page.store, found, gone, closed=closed, own=bool(own), looks=bool(looks)):
                yield (*shown, gr.skip() if said is None else answered_text(values, said))
        except UserError as error:
            yield (*_ended(f"{NOT_ASKED} {EARLIER}", [str(error)], old=True), gr.skip())
        finally:
            gone.set()
            asked.end(session, gone)

    gr.on(
        [tab.ask.click, tab.caption.submit], ask, tab.inputs, outputs, show_progress="hidden", concurrency_limit=4,
        concurrency_id="probe", api_visibility="private",
    )  # fmt: skip


def _wire_changes(tab: ProbeTab, asked: Asked) -> None:
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


def answers(
    store: RunStore, asked: Question, gone: threading.Event, *, closed: bool, own: bool, looks: bool = False
) -> Iterator[tuple[Any, ...]]:
    """Yield the values of progress, Cancel, answer and notes, and a remark on a new answer."""
    documents: list[dict[str, Any]] = []
    notes: list[str] = []
    began = time.monotonic()
    for name in asked.models:
        work = Loading(lambda tell, name=name: _scored(store, asked, name, closed, looks, tell))  # type: ignore[misc]
        for text, share in watched(work, name, gone):
            told = progress_html(text, busy=True, share=share, old=not documents)
            yield told, gr.update(interactive=True), gr.skip(), "", None
        if gone.is_set():
            said = CANCELLED if documents else f"{CANCELLED} {EARLIER}"
            yield (*_ended(said, notes, old=not documents), CANCELLED if documents else None)
            return
        try:
            documents.append(work.result())
        except UserError as error:
            notes.append(str(error))
            continue
        shown = answer_html(documents, asked.thumbnails, own=own)
        yield gr.skip(), gr.skip(), shown, gr.skip(), None
    said = _said(documents, len(notes), time.monotonic() - began) if documents else f"{NO_ANSWER} {EARLIER}"
    yield (*_ended(said, notes, old=not documents), said if documents else None)


def _ended(text: str, notes: list[str], *, old: bool = False) -> tuple[Any, ...]:
    """Return the last step; the answer is kept, with `old` if it belongs to an earlier question."""
    return progress_html(text, old=old), gr.update(interactive=False), gr.skip(), notes_html(notes)


def _said(documents: Sequence[Mapping[str, Any]], failed: int, seconds: float) -> str:
    sizes, models = documents[0]["n"], len(documents)
    parts = [(sizes["images"], "picture"), (sizes["captions"], "caption"), (models, "model")]
    counted = ", ".join(f"{count} {name}{'s' * (count > 1)}" for count, name in parts)
    others = f"; {failed} could not answer, see the notice" if failed else ""
    return f"{counted}; answered in {duration(seconds)}{others}."


def _scored(
    store: RunStore, asked: Question, name: str, closed: bool, looks: bool, tell: ProgressCallback
) -> dict[str, Any]:
    """Return the document of one model; takes as long as the model takes to load."""
    check_model(store, name, closed=closed)
    return score_pictures(
        name, asked.names, asked.files, asked.captions, store=store, only_safe=True, hide_folder=closed,
        mapped=MOST_MAPPED * looks, tell=tell,
    )  # fmt: skip
