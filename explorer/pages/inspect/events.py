"""Listeners of Inspect: model, scrubber, form, scene, cell of the heatmap, typed caption, a run under way.

wire_inspection(page)
"""

from typing import Any

import gradio as gr

from explorer.errors import UserError
from explorer.pages.inspect import build as inspecting
from explorer.pages.shared.page_events import QUICK, UNCHECKED, Page, with_errors
from explorer.pages.shared.state import key_of, notes_html
from explorer.pages.shared.templates import js_listener
from explorer.pages.shared.url_state import write_run
from explorer.views.inside import is_shipped
from explorer.views.runs import RunRequest, training_state


def _unfollow() -> bool:
    return False


def wire_inspection(page: Page) -> None:
    """Attach the listeners of the tab."""
    _wire_look(page)
    _wire_pick(page)
    _wire_follow(page)


def _wire_look(page: Page) -> None:
    """Attach the listeners of the scrubber, the form, the scene, a cell of the heatmap and a typed caption."""
    shared, inspect = page.shared, page.inspect
    inputs = [inspect.pick, inspect.form, inspect.step, inspect.scene]
    outputs = [*inspect.outputs, shared.notes]

    @with_errors(shared.notes)
    def look(run: str, form: str, step: float, scene: float, before: Any = None) -> dict[Any, Any]:
        values = inspecting.looked_at(page.store, run, form, step, scene, before)
        return inspect.looks(values) | {shared.notes: ""}

    for event in (inspect.form.input, inspect.scene.input):
        event(look, inputs, outputs, trigger_mode="always_last", **QUICK)
    inspect.step.input(look, [*inputs, inspect.at], outputs, trigger_mode="always_last", **QUICK)
    # Who looks back does not want to be carried on.
    inspect.step.input(_unfollow, None, inspect.follow, **QUICK)

    @with_errors(shared.notes)
    def cell(event: gr.EventData, run: str, form: str, step: float, scene: float) -> dict[Any, Any]:
        row = event._data.get("y") if isinstance(event._data, dict) else None
        return look(run, form, step, inspecting.scene_at(row, scene))

    inspect.heatmap.select(cell, inputs, outputs, **QUICK)

    shown = [*inspect.outputs, *inspect.report_outputs]

    @with_errors(shared.notes)
    def turned(run: str, form: str, step: float, scene: float, follow: bool, tab: str) -> Any:
        if tab != "inspect":
            return gr.skip()
        newest = inspecting.looked_at(page.store, run, form, None if follow else step, scene)
        return inspect.looks(newest) | inspect.reports(inspecting.reported(page.store, run))

    # While another tab was open the run went on. The tab of an address selects itself before the address is read: the
    # page still holds the values of another run then, and the answer of the load event must not be replaced.
    opened = js_listener("pages/opened_by_reader", tab="inspect")
    page.tab_items["inspect"].select(
        turned, [*inputs, inspect.follow, shared.tab], [*shown, shared.notes], js=opened, **QUICK
    )

    answers = [inspect.answer, shared.notes]

    def scored(run: str, form: str, scene: float, text: str) -> dict[Any, str]:
        try:
            page.service.limiter.limit("questions")
            return {inspect.answer: inspecting.answer(page.store, run, form, scene, text), shared.notes: ""}
        except UserError as error:
            return {inspect.answer: "", shared.notes: notes_html([str(error)])}

    typed = [inspect.pick, inspect.form, inspect.scene, inspect.caption]
    for event in (inspect.score.click, inspect.caption.submit):
        event(scored, typed, answers, concurrency_id="model", concurrency_limit=1, **UNCHECKED)


def _wire_pick(page: Page) -> None:
    """Attach the choice of a model: a run is opened on the Workbench too, a shipped model only here.

    The address names one of them: the open run, without one the shipped model.
    """
    shared, inspect, bench = page.shared, page.inspect, page.bench
    outputs = [*page.looks, bench.training, shared.run, shared.visitor, shared.address, shared.notes]

    @with_errors(shared.notes)
    def picked(run: Any, visitor: Any, opened: Any) -> dict[Any, Any]:
        if is_shipped(page.store, run):
            address = {} if page.store.find(opened) else {shared.address: write_run(run)}
            return page.look(run) | address | {shared.notes: ""}
        folder, key = page.store.find(run), key_of(visitor)
        if folder is None:
            raise UserError("run", run, "there is no such run here", longest=80)
        return page.look(folder.run) | {
            bench.training: training_state(page.store, page.settings, RunRequest(run=folder.run), key),
            shared.run: folder.run,
            shared.visitor: key,
            shared.address: write_run(folder.run),
            shared.notes: "",
        }

    inspect.pick.input(picked, [inspect.pick, shared.visitor, shared.run], outputs, **QUICK)


def _wire_follow(page: Page) -> None:
    """Attach a timer that brings the newest saved step of an active run, and its report, while the tab is open."""
    shared, inspect = page.shared, page.inspect
    timer = gr.Timer(page.settings.page_poll_s, active=False)
    outputs = [*page.looks, timer]

    def is_active(run: Any) -> bool:
        folder = page.store.find(run)
        return folder is not None and folder.status().is_active

    @with_errors(shared.notes)
    def followed(
        run: str, form: str, at: float, scene: float, unreported: str, follow: bool, tab: str
    ) -> dict[Any, Any]:
        goes_on: dict[Any, Any] = {timer: gr.skip() if is_active(run) else gr.Timer(active=False)}
        folder = page.store.find(run)
        steps = folder.snapshot_steps() if folder else ()
        if not follow or tab != "inspect" or not steps:
            return goes_on
        reported = inspecting.reported(page.store, run)
        found = inspect.reports(reported)
        if steps[-1] != at:
            return goes_on | inspect.looks(inspecting.looked_at(page.store, run, form, None, scene)) | found
        return goes_on | (found if reported[-1] != unreported else {})

    inputs = [inspect.pick, inspect.form, inspect.at, inspect.scene, inspect.unreported, inspect.follow, shared.tab]
    timer.tick(followed, inputs, [*outputs, shared.notes], trigger_mode="once", **QUICK)

    def looked_for(run: Any) -> Any:
        return gr.Timer(active=is_active(run))

    for event in (page.tab_items["inspect"].select, inspect.pick.change):
        event(looked_for, inspect.pick, timer, **QUICK)
