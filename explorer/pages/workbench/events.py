"""Handlers of the Workbench: a dial, a recipe, a training, a look at a run, the ways on.

    wire_workbench(page, probe)              # after `page_events.wire`, inside the Blocks

Every event brings JSON of a browser, which `Wish` and `Asked` check, and is answered by {component: value}.
"""

from typing import Any

import gradio as gr

from explorer.errors import UserError
from explorer.pages.probe.build import ProbeTab
from explorer.pages.scene.build import question_of
from explorer.pages.shared.page_events import QUICK, Page
from explorer.pages.shared.state import key_of
from explorer.pages.workbench.dialed import Wish, dialed_state, problem, with_start
from explorer.pages.workbench.handlers import Answer, begun, dialed, payload, shown_by, with_errors
from explorer.pages.workbench.opened_run import Asked, training_state
from explorer.pages.workbench.sheet_events import wire_sheet


def wire_workbench(page: Page, probe: ProbeTab) -> None:
    """Attach every listener; a picture of one's own goes to `probe`."""
    _wire_dials(page)
    _wire_runs(page)
    wire_sheet(page)
    _wire_ways(page, probe)


def _wire_dials(page: Page) -> None:
    shared, bench = page.shared, page.bench

    def moved(event: gr.EventData, run: Any) -> Answer:
        record = payload(event)
        try:
            wish = with_start(page.store, Wish.from_event(record))
        except UserError as error:
            return {bench.data: problem(record, error)}
        return dialed(page, wish, run)

    # The page asks one question at a time, so none is ever dropped.
    outputs = [bench.data, shared.address, shared.notes]
    bench.data.dialed(moved, shared.run, outputs, trigger_mode="multiple", **QUICK)


def _wire_runs(page: Page) -> None:
    """Attach the listeners that start a run, stop it, follow it, and compare it."""
    shared, bench, answered = page.shared, page.bench, with_errors(page)
    outputs = shown_by(page)

    @answered
    def started(event: gr.EventData, visitor: Any) -> Answer:
        return begun(page, with_start(page.store, Wish.from_event(payload(event))), key_of(visitor))

    @answered
    def opposite(event: gr.EventData, visitor: Any) -> Answer:
        record = payload(event)
        values = record.get("values")
        seed = values.get("seed") if isinstance(values, dict) else None
        kept = {} if seed is None else {"seed": seed}
        wish = Wish.from_event({"preset": record.get("preset"), "values": kept})
        return begun(page, wish, key_of(visitor)) | {bench.data: dialed_state(page.store, page.settings, wish)}

    @answered
    def watched(event: gr.EventData, visitor: Any) -> Answer:
        asked = Asked.from_event(payload(event))
        return {bench.training: training_state(page.store, page.settings, asked, key_of(visitor))}

    @answered
    def stopped(event: gr.EventData, visitor: Any) -> Answer:
        asked, key = Asked.from_event(payload(event)), key_of(visitor)
        page.service.stop_run(asked.run, key)
        return {bench.training: training_state(page.store, page.settings, asked, key)}

    bench.training.started(started, shared.visitor, outputs, trigger_mode="once", **page.asking)
    bench.outcome.opposite(opposite, shared.visitor, outputs, trigger_mode="once", **page.asking)
    bench.training.stop(stopped, shared.visitor, outputs, trigger_mode="once", **page.asking)
    seen = [bench.training, shared.notes]
    bench.training.polled(watched, shared.visitor, seen, trigger_mode="once", **QUICK)
    bench.training.compared(watched, shared.visitor, seen, trigger_mode="multiple", **QUICK)


def _wire_ways(page: Page, probe: ProbeTab) -> None:
    """Attach the ways on: look inside, and a scene of one's own whose picture is asked of this model on Probe."""
    shared, inspect, bench = page.shared, page.inspect, page.bench

    def inside(event: gr.EventData, visitor: Any) -> Answer:
        run = str(payload(event).get("run") or "")
        pick = gr.update(choices=page.inspectable(run, key_of(visitor)), value=run)
        return {page.tabs: gr.update(selected="inspect"), inspect.pick: pick, **page.look(run)}

    def tried(event: gr.EventData) -> Answer:
        record = payload(event)
        run = str(record.get("run") or "")
        path, caption, other = question_of(record)
        return {
            page.tabs: gr.update(selected="probe"),
            probe.files: [path],
            probe.caption: caption,
            probe.others: other,
            probe.models: gr.update(choices=[run], value=[run]),
        }

    answered = with_errors(page)
    question = [probe.files, probe.caption, probe.others, probe.models]
    outputs = [page.tabs, inspect.pick, *page.looks, shared.notes, bench.training]
    bench.outcome.looked(answered(inside), shared.visitor, outputs, **QUICK)
    bench.outcome.tried(answered(tried), None, [page.tabs, *question, shared.notes, bench.training], **QUICK)
