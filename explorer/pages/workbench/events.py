"""What happens on the Workbench: a dial, a recipe, a training, a look at a run, the ways on.

    wire_workbench(page, bench, probe)       # after `wire`, inside the Blocks
    first_values(page, bench, query)         # {component: value} of the first paint, for the config of a request

Every event brings JSON of a browser, which `Wish` and `Asked` check, and is answered by {component: value}.
"""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from explorer.errors import UserError
from explorer.pages.inspect import build as inspecting
from explorer.pages.shared.page_events import QUICK, Page
from explorer.pages.shared.state import key_of
from explorer.pages.shared.url_state import Place, read_first, write
from explorer.pages.workbench.build import Workbench
from explorer.pages.workbench.dialed import Wish, dialed_state, problem, with_start
from explorer.pages.workbench.handlers import Answer, answered_by, payload
from explorer.pages.workbench.opened_run import Asked, training_state
from explorer.pages.workbench.sheet_events import wire_sheet
from explorer.service import endpoints
from explorer.service.run_list import check_new


def first_values(page: Page, bench: Workbench, query: Mapping[str, str], key: str = "") -> Answer:
    """What the columns show at first paint for the address `query`."""
    place, _ = read_first(query)
    asked = Asked(run=place.run)
    return {
        bench.data: dialed_state(page.store, page.settings, Wish.of(place.spec)),
        bench.training: training_state(page.store, page.settings, asked, key),
    }


def wire_workbench(page: Page, bench: Workbench, arrived: Any, probe_models: Any) -> None:
    """Attach every listener; `arrived` is the event that has read the address, `probe_models` the choice on Probe."""
    _wire_arrival(page, bench, arrived)
    others = page.app.first_values
    page.app.first_values = lambda query: {**(others(query) if others else {}), **first_values(page, bench, query)}
    _wire_dials(page, bench)
    _wire_runs(page, bench)
    wire_sheet(page, bench)
    _wire_ways(page, bench, probe_models)


def _wire_arrival(page: Page, bench: Workbench, arrived: Any) -> None:
    def opened(visitor: Any, request: gr.Request) -> Answer:
        return first_values(page, bench, dict(request.query_params), key_of(visitor))

    arrived.then(opened, page.shared.visitor, [bench.data, bench.training], **QUICK)


def _wire_dials(page: Page, bench: Workbench) -> None:
    shared = page.shared
    outputs = [bench.data, shared.address, shared.notes]

    def dialed(event: gr.EventData, run: str) -> Answer:
        record = payload(event)
        try:
            wish = with_start(page.store, Wish.from_event(record))
        except UserError as error:
            return {bench.data: problem(record, error)}
        place = Place(tab="workbench", spec=wish.spec, run=run if isinstance(run, str) else "")
        return {
            bench.data: dialed_state(page.store, page.settings, wish),
            shared.address: write(place),
            shared.notes: "",
        }

    # The page asks one question at a time, so none is ever dropped.
    bench.data.dialed(dialed, shared.run, outputs, trigger_mode="multiple", **QUICK)


def _wire_runs(page: Page, bench: Workbench) -> None:
    """Start, stop, look on, compare."""
    shared, answered = page.shared, answered_by(page, bench)
    outputs = [bench.training, bench.data, shared.run, shared.visitor, shared.address, shared.notes]

    def begin(wish: Wish, key: str) -> Answer:
        spec = wish.to_train
        check_new(page.store, spec, key)
        run = endpoints.queue_run(spec, key)["run"]
        place = Place(tab="workbench", spec=wish.spec, run=run)
        shown = training_state(page.store, page.settings, Asked(run=run), key)
        return {
            bench.training: shown,
            shared.run: run,
            shared.visitor: key,
            shared.address: write(place),
            shared.notes: "",
        }

    @answered
    def started(event: gr.EventData, visitor: Any) -> Answer:
        return begin(with_start(page.store, Wish.from_event(payload(event))), key_of(visitor))

    @answered
    def opposite(event: gr.EventData, visitor: Any) -> Answer:
        record = payload(event)
        values = record.get("values")
        seed = values.get("seed") if isinstance(values, dict) else None
        kept = {} if seed is None else {"seed": seed}
        wish = Wish.from_event({"preset": record.get("preset"), "values": kept})
        return begin(wish, key_of(visitor)) | {bench.data: dialed_state(page.store, page.settings, wish)}

    @answered
    def looked_on(event: gr.EventData, visitor: Any) -> Answer:
        asked = Asked.from_event(payload(event))
        return {bench.training: training_state(page.store, page.settings, asked, key_of(visitor))}

    @answered
    def stopped(event: gr.EventData, visitor: Any) -> Answer:
        asked, key = Asked.from_event(payload(event)), key_of(visitor)
        endpoints.stop_run(asked.run, key)
        return {bench.training: training_state(page.store, page.settings, asked, key)}

    bench.training.started(started, shared.visitor, outputs, trigger_mode="once", **page.asking)
    bench.outcome.opposite(opposite, shared.visitor, outputs, trigger_mode="once", **page.asking)
    bench.training.stop(stopped, shared.visitor, outputs, trigger_mode="once", **page.asking)
    bench.training.polled(looked_on, shared.visitor, [bench.training, shared.notes], trigger_mode="once", **QUICK)
    compared = bench.training.compared
    compared(looked_on, shared.visitor, [bench.training, shared.notes], trigger_mode="multiple", **QUICK)


def _wire_ways(page: Page, bench: Workbench, probe_models: Any) -> None:
    """Look inside, and try a picture of one's own on this model."""
    shared, inspect = page.shared, page.inspect
    look = [*inspect.outputs, *inspect.report_outputs]

    def inside(event: gr.EventData, visitor: Any) -> Answer:
        run = str(payload(event).get("run") or "")
        pick = gr.update(choices=page.inspectable(run, key_of(visitor)), value=run)
        values = (*inspecting.looked_at(page.store, run, "own", None, 1), *inspecting.reported(page.store, run))
        return {page.tabs: gr.update(selected="inspect"), inspect.pick: pick, **dict(zip(look, values, strict=True))}

    def tried(event: gr.EventData) -> Answer:
        run = str(payload(event).get("run") or "")
        return {page.tabs: gr.update(selected="probe"), probe_models: gr.update(choices=[run], value=[run])}

    answered = answered_by(page, bench)
    bench.outcome.looked(
        answered(inside), shared.visitor, [page.tabs, inspect.pick, *look, shared.notes, bench.training], **QUICK
    )
    bench.outcome.tried(answered(tried), None, [page.tabs, probe_models, shared.notes, bench.training], **QUICK)
