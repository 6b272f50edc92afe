"""Parts that the handlers of the Workbench share, and that other pages use to show something on it.

    dials_values(page, dialed, run)          # {component: value}: the dials of a spec
    run_values(page, run, key)               # the run in the columns, with the dials that it was trained on
    start_run_values(page, dialed, key)      # a new run of the dials, in the columns

`run_components(page)` lists the components that they fill.
"""

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from explorer.errors import UserError
from explorer.pages.shared.page_events import Listener, Page, with_errors
from explorer.pages.shared.url_state import Place, write
from explorer.pages.workbench.dialed import DialedSpec, dialed_state
from explorer.service.run_list import check_new, spec_of
from explorer.views.runs import RunRequest, training_state

Answer = dict[Any, Any]


def payload(event: gr.EventData) -> Mapping[str, Any]:
    """Return the JSON of an event; an empty object for anything else."""
    return event._data if isinstance(event._data, dict) else {}


def with_training_errors(page: Page) -> Callable[[Listener], Listener]:
    """Return `with_errors` whose sentence also stands in the Training column."""
    return with_errors(page.shared.notes, also=lambda sentence: {page.bench.training: {"problem": sentence}})


def run_components(page: Page) -> list[Any]:
    """Return the components that `dials_values`, `run_values` and `start_run_values` fill."""
    shared, bench = page.shared, page.bench
    return [bench.training, bench.data, shared.run, shared.visitor, shared.address, shared.notes, page.inspect.pick]


def dials_values(page: Page, dialed: DialedSpec, run: Any) -> Answer:
    """Return the values of the Data column; the open run stays."""
    place = Place(tab="workbench", spec=dialed.spec, run=run if isinstance(run, str) else "")
    return {
        page.bench.data: dialed_state(page.store, page.settings, dialed),
        page.shared.address: write(place),
        page.shared.notes: "",
    }


def run_values(page: Page, run: Any, key: str) -> Answer:
    """Return the run in the columns, with its dials; raise `UserError` if it is gone."""
    folder = page.store.find(run)
    if folder is None:
        raise UserError("run", run, "there is no such run here", longest=80)
    dialed = DialedSpec.of_run(spec_of(folder))
    return dials_values(page, dialed, folder.run) | _column_values(page, folder.run, key)


def start_run_values(page: Page, dialed: DialedSpec, key: str, *, compare: str = "") -> Answer:
    """Queue a run of the dials and return it in the columns, with the run to compare if named; the dials stay."""
    spec = dialed.to_train
    check_new(page.store, spec, key)
    run = page.service.queue_run(spec, key)["run"]
    return _column_values(page, run, key, compare) | {
        page.shared.address: write(Place(tab="workbench", spec=dialed.spec, run=run)),
        page.shared.notes: "",
    }


def _column_values(page: Page, run: str, key: str, compare: str = "") -> Answer:
    """Return the run in columns 2 and 3, and as the choice of Inspect."""
    return {
        page.bench.training: training_state(page.store, page.settings, RunRequest(run=run, compare=compare), key),
        page.shared.run: run,
        page.shared.visitor: key,
        page.inspect.pick: gr.update(choices=page.inspectable(run, key), value=run),
    }
