"""What happens in the sheet of runs: a table with a search, a run that is opened, resumed, deleted or brought.

wire_sheet(page, bench)       # after `wire`, inside the Blocks
"""

from pathlib import Path
from typing import Any

import gradio as gr

from explorer.errors import UserError
from explorer.pages.shared.page_events import QUICK, Page
from explorer.pages.shared.state import key_of
from explorer.pages.shared.url_state import Place, write
from explorer.pages.workbench import training_column as training
from explorer.pages.workbench.build import Workbench
from explorer.pages.workbench.dialed import Wish, dialed_state
from explorer.pages.workbench.handlers import Answer, answered_by, payload
from explorer.pages.workbench.opened_run import Asked, training_state
from explorer.runs.store import ACTIVE
from explorer.service import endpoints
from explorer.service.run_list import bring, spec_of


def wire_sheet(page: Page, bench: Workbench) -> None:
    """The table of runs, and what is done with the run that is open."""
    shared, answered = page.shared, answered_by(page, bench)
    buttons = [bench.resume, bench.delete, bench.sure]
    outputs = [bench.table, *buttons, bench.training, bench.data, shared.run, shared.visitor, shared.address]
    outputs.append(shared.notes)

    @answered
    def listed(visitor: Any, run: str, search: str) -> Answer:
        return _listing(page, bench, run, key_of(visitor), str(search))

    @answered
    def opened(event: gr.EventData, visitor: Any, search: str) -> Answer:
        run, key = str(payload(event).get("run") or ""), key_of(visitor)
        return _opening(page, bench, run, key) | _listing(page, bench, run, key, str(search))

    @answered
    def resumed(visitor: Any, run: str, search: str) -> Answer:
        key = key_of(visitor)
        endpoints.resume_run(run, key)
        return _opening(page, bench, run, key) | _listing(page, bench, run, key, str(search))

    @answered
    def removed(visitor: Any, run: str, search: str) -> Answer:
        key = key_of(visitor)
        endpoints.delete_run(run, key)
        state = training_state(page.store, page.settings, Asked(), key)
        return {bench.training: state, shared.run: "", shared.notes: "", **_listing(page, bench, "", key, str(search))}

    @answered
    def brought(file: Any, visitor: Any, search: str) -> Answer:
        key = key_of(visitor)
        folder = bring(page.store, page.settings, Path(str(file)), key)
        return _opening(page, bench, folder.run, key) | _listing(page, bench, folder.run, key, str(search))

    seen = [shared.visitor, shared.run, bench.search]
    shown = [bench.table, *buttons, bench.training, shared.notes]
    bench.training.listed(listed, seen, shown, **QUICK)
    bench.search.input(listed, seen, shown, trigger_mode="always_last", **QUICK)
    bench.table.select(opened, [shared.visitor, bench.search], outputs, **QUICK)
    bench.resume.click(resumed, seen, outputs, **page.asking)
    bench.delete.click(lambda: gr.update(visible=True), None, bench.sure, **QUICK)
    bench.keep.click(lambda: gr.update(visible=False), None, bench.sure, **QUICK)
    bench.gone.click(removed, seen, outputs, **QUICK)
    bench.upload.upload(brought, [bench.upload, shared.visitor, bench.search], outputs, api_visibility="private")


def _listing(page: Page, bench: Workbench, run: str, key: str, search: str) -> Answer:
    table = training.listed(page.store, page.settings, run, [], key, search)[0]
    folder = page.store.find(run)
    mine = folder is not None and endpoints.may_change(folder, key, page.settings)
    has_ended = folder is not None and folder.status()["status"] not in ACTIVE
    return {
        bench.table: table,
        bench.resume: gr.update(visible=mine and has_ended and folder is not None and endpoints.is_resumable(folder)),
        bench.delete: gr.update(visible=mine and has_ended),
        bench.sure: gr.update(visible=False),
    }


def _opening(page: Page, bench: Workbench, run: str, key: str) -> Answer:
    """The run in the columns, with the dials that it was trained on."""
    folder = page.store.find(run)
    if folder is None:
        raise UserError("run", run, "there is no such run here", longest=80)
    wish = Wish.of_run(spec_of(folder))
    place = Place(tab="workbench", spec=wish.spec, run=folder.run)
    shared = page.shared
    state = training_state(page.store, page.settings, Asked(run=folder.run), key)
    data = dialed_state(page.store, page.settings, wish)
    return {bench.training: state, bench.data: data, shared.run: folder.run, shared.visitor: key,
            shared.address: write(place), shared.notes: ""}  # fmt: skip
