"""Listeners of Inspect: scrubber, form, scene, cell of the heatmap, typed caption.

wire_inspection(page)
"""

from typing import Any

import gradio as gr

from explorer.errors import UserError
from explorer.pages.inspect import build as inspecting
from explorer.pages.shared.page_events import QUICK, UNCHECKED, Page, told
from explorer.pages.shared.scripts import js_listener
from explorer.pages.shared.state import notes_html


def _unfollow() -> bool:
    return False


def wire_inspection(page: Page) -> None:
    """Attach the listeners of the scrubber, the form, the scene, a cell of the heatmap and a typed caption."""
    shared, inspect = page.shared, page.inspect
    inputs = [inspect.pick, inspect.form, inspect.step, inspect.scene]
    outputs = [*inspect.outputs, shared.notes]

    @told(outputs, shared.notes)
    def look(run: str, form: str, step: float, scene: float, before: Any = None) -> tuple[Any, ...]:
        return (*inspecting.looked_at(page.store, run, form, step, scene, before), "")

    for event in (inspect.form.input, inspect.scene.input):
        event(look, inputs, outputs, trigger_mode="always_last", **QUICK)
    inspect.step.input(look, [*inputs, inspect.at], outputs, trigger_mode="always_last", **QUICK)
    # Who looks back does not want to be carried on.
    inspect.step.input(_unfollow, None, inspect.follow, **QUICK)

    @told(outputs, shared.notes)
    def cell(event: gr.EventData, run: str, form: str, step: float, scene: float) -> tuple[Any, ...]:
        row = event._data.get("y") if isinstance(event._data, dict) else None
        return look(run, form, step, inspecting.scene_at(row, scene))

    inspect.heatmap.select(cell, inputs, outputs, **QUICK)

    shown = [*inspect.outputs, *inspect.report_outputs]

    @told(shown, shared.notes)
    def turned(run: str, form: str, step: float, scene: float, follow: bool, tab: str) -> tuple[Any, ...]:
        if tab != "inspect":
            return (gr.skip(),) * len(shown)
        newest = inspecting.looked_at(page.store, run, form, None if follow else step, scene)
        return (*newest, *inspecting.reported(page.store, run))

    # While another tab was open the run went on. The tab of an address selects itself before the address is read: the
    # page still holds the values of another run then, and the answer of the load event must not be replaced.
    opened = js_listener("pages/opened_by_reader", tab="inspect")
    page.tab_items["inspect"].select(turned, [*inputs, inspect.follow, shared.tab], shown, js=opened, **QUICK)

    answers = [inspect.answer, shared.notes]

    def scored(run: str, form: str, scene: float, text: str) -> tuple[str, str]:
        try:
            return inspecting.answer(page.store, run, form, scene, text), ""
        except UserError as error:
            return "", notes_html([str(error)])

    typed = [inspect.pick, inspect.form, inspect.scene, inspect.caption]
    for event in (inspect.score.click, inspect.caption.submit):
        event(scored, typed, answers, concurrency_id="model", concurrency_limit=1, **UNCHECKED)
