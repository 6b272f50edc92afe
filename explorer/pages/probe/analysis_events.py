"""Listeners of the further parts of Probe: each button asks its models one after another, in the background.

    wire_more(page, tab, asked)        # by `wire_probe`

A handler is a generator: it yields the progress of a model and the results so far. Each visitor has one question at a
time.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from explorer.errors import UserError
from explorer.pages.probe.analyses import Part
from explorer.pages.probe.analysis_steps import (
    AnalysisContext,
    AnalysisProgress,
    biases_steps,
    inside_steps,
    ladder_steps,
    own_steps,
)
from explorer.pages.probe.question import OpenQuestions, models_of, progress_html, question
from explorer.pages.shared.page_events import QUICK, Page
from explorer.pages.shared.state import notes_html
from explorer.service.rate_limit import Limiter

Steps = Callable[[threading.Event], Iterator[AnalysisProgress]]
_ASKED: dict[str, Any] = {
    "show_progress": "hidden",
    "concurrency_limit": 4,
    "concurrency_id": "probe",
    "api_visibility": "private",
}


def wire_more(page: Page, tab: Any, asked: OpenQuestions) -> None:
    """Attach the listeners of every part."""
    context, more, notes = (
        AnalysisContext(store=page.store, closed=not page.settings.any_start),
        tab.more,
        page.shared.notes,
    )

    def run(steps: Steps, part: Part, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from _run(steps, part, notes, asked, page.service.limiter, request)

    def climbed(files: Any, caption: Any, others: Any, models: Any, request: gr.Request) -> Iterator[dict[Any, Any]]:
        def steps(gone: threading.Event) -> Iterator[AnalysisProgress]:
            yield from ladder_steps(context, question(files, caption, others, models), gone)

        yield from run(steps, more.ladder, request)

    def favored(models: Any, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from run(lambda gone: biases_steps(context, models_of(models), gone), more.biases, request)

    def looked_inside(models: Any, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from run(lambda gone: inside_steps(context, models_of(models), gone), more.inside, request)

    def measured(file: Any, curve: Any, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from run(lambda gone: own_steps(file, curve, gone), more.own, request)

    asking = [tab.files, tab.caption, tab.others, tab.models]
    more.ladder.go.click(climbed, asking, [*more.ladder.outputs, notes], **_ASKED)
    more.biases.go.click(favored, tab.models, [*more.biases.outputs, notes], **_ASKED)
    more.inside.go.click(looked_inside, tab.models, [*more.inside.outputs, notes], **_ASKED)

    def called_off(request: gr.Request) -> None:
        asked.cancel(str(request.session_hash))

    for part in (more.ladder, more.biases, more.inside):
        part.cancel.click(called_off, None, None, **QUICK)
    gr.on([more.file.change, more.curve.input], measured, [more.file, more.curve], [*more.own.outputs, notes], **_ASKED)


def _run(
    steps: Steps, part: Part, notes: Any, asked: OpenQuestions, limiter: Limiter, request: gr.Request
) -> Iterator[dict[Any, Any]]:
    """Yield the values of a part and of the notes at each step."""
    session = str(request.session_hash)
    gone = asked.begin(session)
    kept: dict[Any, Any] = {}
    try:
        limiter.limit("questions")
        for step in steps(gone):
            # Sent again with every step: what has just become visible would lose its value to a step without one.
            if step.values:
                kept = {
                    part.room: gr.update(visible=step.has_drawing),
                    **dict(zip(part.shown, step.values, strict=True)),
                }
            told = progress_html(step.text, busy=step.busy, share=step.share)
            yield {part.progress: told, **part.can_cancel(step.busy), **kept, notes: notes_html(list(step.sentences))}
        if gone.is_set():
            yield {part.progress: progress_html("Cancelled."), **part.can_cancel(False), **kept}
    except UserError as error:
        told = progress_html("Not asked, see the notice.")
        yield {part.progress: told, **part.can_cancel(False), **kept, notes: notes_html([str(error)])}
    finally:
        gone.set()
        asked.end(session, gone)
