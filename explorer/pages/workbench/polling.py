"""Polling listeners of the Train tab: the timer, the table of runs, and the overlay.

wire_watch(page)        # after `page_events.wire`
"""

from typing import Any

import gradio as gr

from explorer.pages.inspect import build as inspecting
from explorer.pages.shared.page_events import QUICK, Page, told
from explorer.pages.shared.state import key_of
from explorer.pages.workbench import run_list_state
from explorer.pages.workbench import training_column as training


def wire_watch(page: Page) -> None:
    """Attach the timer, the overlay and the table's button, which show runs without choosing another."""
    shared, train = page.shared, page.train
    # The box of the search is left alone: somebody may be typing in it.
    lists = [*train.list_outputs[:-1], page.inspect.pick]

    def listed(visitor: Any, run: str, overlay: list[str], search: str) -> tuple[Any, ...]:
        """Return the values of `lists`."""
        key = key_of(visitor)
        found = training.listed(page.store, page.settings, run, training.overlaid(overlay), key, search)
        return (*found[:-1], gr.update(choices=page.inspectable(run, key)))

    outputs = [*train.live_outputs, *lists]

    @told(outputs, shared.notes)
    def tick(visitor: Any, run: str, overlay: list[str], seen: str, search: str, known: str) -> tuple[Any, ...]:
        key = key_of(visitor)
        live = training.live(page.store, page.settings, run, training.overlaid(overlay), seen, key)
        if run_list_state.known(page.store, page.settings, run, key) == known:
            return (*live, *[gr.skip()] * len(lists))
        return (*live, *listed(visitor, run, overlay, search))

    inputs = [shared.visitor, shared.run, train.overlay, train.seen, train.search, train.known]
    ticked = train.timer.tick(tick, inputs, outputs, trigger_mode="once", **QUICK)
    _wire_follow(page, ticked)

    compared = [*train.live_outputs, train.difference, shared.notes]

    @told(compared, shared.notes)
    def laid_over(visitor: Any, run: str, overlay: list[str]) -> tuple[Any, ...]:
        live = training.live(page.store, page.settings, run, training.overlaid(overlay), "", key_of(visitor))
        return (*live, training.compared(page.store, run, training.overlaid(overlay)), "")

    watched = [shared.visitor, shared.run, train.overlay]
    train.overlay.input(laid_over, watched, compared, **QUICK)

    def refreshed(visitor: Any, run: str, overlay: list[str], search: str) -> tuple[Any, ...]:
        is_active = run_list_state.is_any_active(page.store, page.settings, run, key_of(visitor))
        return (*listed(visitor, run, overlay, search), gr.Timer(active=is_active))

    # While another tab was open runs came and ended.
    for event in (train.refresh.click, train.search.input, page.tab_items["train"].select):
        event(refreshed, [*watched, train.search], [*lists, train.timer], trigger_mode="always_last", **QUICK)


def _wire_follow(page: Page, ticked: Any) -> None:
    """Update Inspect with the inspected run: its newest saved step, and its report."""
    shared, inspect = page.shared, page.inspect
    outputs = [*inspect.outputs, *inspect.report_outputs]

    @told(outputs, shared.notes)
    def followed(
        run: str, form: str, at: float, scene: float, unreported: str, follow: bool, tab: str
    ) -> tuple[Any, ...]:
        folder = page.store.find(run)
        steps = folder.snapshot_steps() if folder else ()
        if folder is None or not follow or tab != "inspect" or not steps:
            return (gr.skip(),) * len(outputs)
        reported = inspecting.reported(page.store, run)
        if steps[-1] != at:
            return (*inspecting.looked_at(page.store, run, form, None, scene), *reported)
        is_news = reported[-1] != unreported
        return (*[gr.skip()] * len(inspect.outputs), *(reported if is_news else [gr.skip()] * len(reported)))

    inputs = [inspect.pick, inspect.form, inspect.at, inspect.scene, inspect.unreported, inspect.follow, shared.tab]
    ticked.then(followed, inputs, outputs, **QUICK)
