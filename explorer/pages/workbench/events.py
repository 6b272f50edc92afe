"""Handlers of the Workbench: a dial, a recipe, a training, a look at a run, the sheet of runs, the ways on.

    wire_workbench(page, probe)              # after `page_events.wire`, inside the Blocks

Every event brings JSON of a browser, which `DialedSpec` and `RunRequest` check, and is answered by {component: value}.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from explorer.errors import UserError
from explorer.pages.probe.build import ProbeTab
from explorer.pages.scene.build import question_of
from explorer.pages.shared.figure import figure_value
from explorer.pages.shared.page_events import QUICK, Page
from explorer.pages.shared.state import key_of
from explorer.pages.workbench.dialed import DialedSpec, dialed_state, problem, with_start
from explorer.pages.workbench.handlers import (
    Answer,
    dials_values,
    payload,
    run_components,
    run_values,
    start_run_values,
    with_training_errors,
)
from explorer.pages.workbench.sheet import compared, difference_html, overlaid, run_figures, table_html
from explorer.pages.workbench.view import rendered
from explorer.runs.store import ACTIVE, RunFolder
from explorer.service import endpoints
from explorer.service.outcome_types import recipe_words
from explorer.service.run_list import bring, run_rows, search, spec_of, visible
from explorer.service.service import Service
from explorer.views import runs
from explorer.views.runs import RunRequest, training_state


def wire_workbench(page: Page, probe: ProbeTab) -> None:
    """Attach every listener; a picture of one's own goes to `probe`."""
    _wire_dials(page)
    _wire_runs(page)
    _wire_sheet(page)
    _wire_ways(page, probe)


def _wire_dials(page: Page) -> None:
    shared, bench = page.shared, page.bench

    def moved(event: gr.EventData, run: Any) -> Answer:
        record = payload(event)
        try:
            dialed = with_start(page.store, DialedSpec.from_event(record))
        except UserError as error:
            return {bench.data: problem(record, error)}
        return dials_values(page, dialed, run)

    # The page asks one question at a time, so none is ever dropped.
    outputs = [bench.data, shared.address, shared.notes]
    bench.data.dialed(moved, shared.run, outputs, trigger_mode="multiple", **QUICK)


def _wire_runs(page: Page) -> None:
    """Attach the listeners that start a run, stop it, follow it, and compare it."""
    shared, bench, answered = page.shared, page.bench, with_training_errors(page)
    outputs = run_components(page)

    @answered
    def started(event: gr.EventData, visitor: Any) -> Answer:
        record = payload(event)
        compare = RunRequest.from_event(record).compare
        return start_run_values(
            page, with_start(page.store, DialedSpec.from_event(record)), key_of(visitor), compare=compare
        )

    @answered
    def opposite(event: gr.EventData, visitor: Any) -> Answer:
        record = payload(event)
        values = record.get("values")
        seed = values.get("seed") if isinstance(values, dict) else None
        kept = {} if seed is None else {"seed": seed}
        dialed = DialedSpec.from_event({"preset": record.get("preset"), "values": kept})
        compare = RunRequest.from_event(record).compare
        return start_run_values(page, dialed, key_of(visitor), compare=compare) | {
            bench.data: dialed_state(page.store, page.settings, dialed)
        }

    @answered
    def watched(event: gr.EventData, visitor: Any) -> Answer:
        asked = RunRequest.from_event(payload(event))
        return {bench.training: training_state(page.store, page.settings, asked, key_of(visitor))}

    @answered
    def stopped(event: gr.EventData, visitor: Any) -> Answer:
        asked, key = RunRequest.from_event(payload(event)), key_of(visitor)
        runs.stop(page.service, asked.run, key)
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

    answered = with_training_errors(page)
    question = [probe.files, probe.caption, probe.others, probe.models]
    outputs = [page.tabs, inspect.pick, *page.looks, shared.notes, bench.training]
    bench.outcome.looked(answered(inside), shared.visitor, outputs, **QUICK)
    bench.outcome.tried(answered(tried), None, [page.tabs, *question, shared.notes, bench.training], **QUICK)


def _wire_sheet(page: Page) -> None:
    """Attach the listeners of the sheet of runs: search, compare, open, resume, delete, import."""
    shared, bench, sheet, answered = page.shared, page.bench, page.bench.sheet, with_training_errors(page)
    asked = [shared.visitor, shared.run, sheet.search, sheet.overlay, sheet.metric, sheet.form]
    outputs = [*sheet.outputs, bench.training, shared.notes]

    @answered
    def listed(visitor: Any, run: Any, *wanted: Any) -> Answer:
        return sheet_values(page, run, key_of(visitor), *wanted)

    bench.training.listed(listed, asked, outputs, trigger_mode="always_last", **QUICK)
    for event in (sheet.search.input, sheet.overlay.input, sheet.metric.input, sheet.form.input):
        event(listed, asked, outputs, trigger_mode="always_last", **QUICK)
    sheet.delete.click(lambda: gr.update(visible=True), None, sheet.sure, **QUICK)
    sheet.keep.click(lambda: gr.update(visible=False), None, sheet.sure, **QUICK)
    _wire_changes(page, asked)


def _wire_changes(page: Page, asked: list[Any]) -> None:
    """Attach the listeners that open another run."""
    shared, sheet, answered = page.shared, page.bench.sheet, with_training_errors(page)
    outputs = [*sheet.outputs, *run_components(page)]

    def with_sheet(answer: Answer, run: str, key: str, wanted: Sequence[Any]) -> Answer:
        return sheet_values(page, run, key, *wanted) | answer

    @answered
    def picked(event: gr.EventData, visitor: Any, _run: Any, *wanted: Any) -> Answer:
        run, key = str(payload(event).get("run") or ""), key_of(visitor)
        return with_sheet(run_values(page, run, key), run, key, wanted)

    @answered
    def resumed(visitor: Any, run: Any, *wanted: Any) -> Answer:
        key = key_of(visitor)
        runs.resume(page.service, run, key)
        return with_sheet(run_values(page, run, key), run, key, wanted)

    @answered
    def removed(visitor: Any, run: Any, *wanted: Any) -> Answer:
        key = key_of(visitor)
        runs.delete(page.service, run, key)
        closed = {
            page.bench.training: training_state(page.store, page.settings, RunRequest(), key),
            shared.run: "",
            shared.address: "&run=",
            shared.notes: "",
        }
        return with_sheet(closed, "", key, wanted)

    @answered
    def brought(file: Any, visitor: Any, _run: Any, *wanted: Any) -> Answer:
        key = key_of(visitor)
        folder = bring(page.store, page.settings, Path(str(file)), key)
        try:
            page.look(folder.run)  # every file of a run that is shown somewhere must be readable
            return with_sheet(run_values(page, folder.run, key), folder.run, key, wanted)
        except UserError as error:
            page.store.delete(folder.run)
            raise UserError("file", Path(str(file)).name, f"is no zip of a run ({error})", longest=80) from None

    sheet.table.select(picked, asked, outputs, **QUICK)
    sheet.resume.click(resumed, asked, outputs, **page.asking)
    sheet.gone.click(removed, asked, outputs, **QUICK)
    sheet.upload.upload(brought, [sheet.upload, *asked], outputs, api_visibility="private")


def sheet_values(page: Page, run: Any, key: str, words: Any, overlay: Any, metric: Any, form: Any) -> Answer:
    """Return what the sheet shows of the runs that hold `words`, and of the open run with those of `overlay`."""
    sheet, store = page.bench.sheet, page.store
    folders = {folder.run: folder for folder in visible(store, page.settings, str(run), key)}
    rows = search(run_rows(folders.values(), key), str(words or ""))
    folder = store.find(run)
    others = [name for name in overlaid(overlay) if name in folders and name != run]
    table = table_html([(row, folders[row.run]) for row in rows], str(run), is_searched=bool(words))
    choices = [name for name in folders if name != run]
    return {
        sheet.table: table,
        sheet.opened: gr.update(visible=folder is not None),
        sheet.overlay: gr.update(choices=choices, value=others),
        **(_of_run(page, folder, key) if folder else {}),
        **(_figures(page, folder, others, metric, form) if folder else {}),
    }


def _of_run(page: Page, folder: RunFolder, key: str) -> Answer:
    sheet, status = page.bench.sheet, folder.status()
    has_ended = not status.is_active
    is_mine = has_ended and endpoints.may_change(folder, key, page.settings)
    return {
        sheet.about: about_html(page.service, folder),
        sheet.resume: gr.update(visible=is_mine and endpoints.is_resumable(folder)),
        sheet.delete: gr.update(visible=is_mine),
        sheet.sure: gr.update(visible=False),
    }


def about_html(service: Service, folder: RunFolder) -> str:
    """Return the name of a run, the verdict of its report, its budget, and the link to its export."""
    found, spec = runs.run_status(service, folder.run, since_step=runs.NO_RECORDS), spec_of(folder)
    train = spec.train
    return rendered(
        "run",
        run=folder.run,
        label=recipe_words(spec),
        verdict=found["verdict"],
        budget=f"{found['step']:,} of {train.steps:,} steps of {train.batch_size:,} pairs, seed {train.seed}",
        has_export=found["status"] not in ACTIVE and found["step"] > 0,
    )


def _figures(page: Page, folder: RunFolder, others: Sequence[str], metric: Any, form: Any) -> Answer:
    sheet, store = page.bench.sheet, page.store
    figures = run_figures(store, folder.run, others)
    paired = compared(store, folder.run, others, metric, form)
    together = [folder, *(other for name in others if (other := store.find(name)))]
    return {
        sheet.differs: difference_html(together),
        sheet.binding: figure_value(figures.binding),
        sheet.recognition: figure_value(figures.recognition),
        sheet.loss: figure_value(figures.loss),
        sheet.paired: gr.update(visible=paired is not None),
        sheet.difference: figure_value(paired),
    }
