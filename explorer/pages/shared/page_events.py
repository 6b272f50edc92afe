"""Listeners that belong to no page: the arrival with an address, and the tabs.

    wire(page)        # after the tabs are built, inside the Blocks

Handlers are private, check the browser's values, and answer bad input with a sentence in the notes; the rest of the
page stays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

import gradio as gr

from explorer.clip.card import SHIPPED
from explorer.errors import UserError
from explorer.pages.inspect import build as inspecting
from explorer.pages.inspect.build import InspectTab
from explorer.pages.server.fast_blocks import SkippingBlocks
from explorer.pages.server.static_files import PREFIX, plotly_name
from explorer.pages.shared.state import Shared, key_of, notes_html
from explorer.pages.shared.templates import js_listener
from explorer.pages.shared.url_state import Place, read_first, view_html, write
from explorer.pages.workbench.build import Workbench
from explorer.pages.workbench.dialed import DialedSpec, dialed_state
from explorer.pages.workbench.view import DRAWER
from explorer.presets import preset
from explorer.runs.files import NO_ROOM, is_full
from explorer.runs.store import RunStore
from explorer.service.run_list import is_readable, spec_of, start_choices, visible
from explorer.service.service import Service
from explorer.settings import Settings
from explorer.spec import DIALS, override
from explorer.views.inside import SHOWN_FIRST, is_shipped, subject_choices
from explorer.views.runs import RunRequest, training_state

Listener = Callable[..., Any]
DRAWN = ("inspect", "study")
"""Tabs with figures."""
UNCHECKED: dict[str, Any] = {"preprocess": False, "api_visibility": "private"}
"""Options of handlers that check all their inputs. Gradio's own checks know choices and bounds only as this server
has sent them, and would refuse the values of an open page after a restart of the server.
"""
QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden", **UNCHECKED}
"""Options of handlers of milliseconds, which need no place in the queue and no spinner."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything that the events connect."""

    app: SkippingBlocks
    service: Service
    shared: Shared
    tabs: Any
    tab_items: Mapping[str, gr.Tab]
    bench: Workbench
    inspect: InspectTab

    @property
    def store(self) -> RunStore:
        """Return the runs that the page shows."""
        return self.service.store

    @property
    def settings(self) -> Settings:
        """Return the settings of the server."""
        return self.service.settings

    @property
    def asking(self) -> dict[str, Any]:
        """Return QUICK, or the options of requests that may need a GPU.

        A visitor's ZeroGPU token comes only through the queue.
        """
        return QUICK | {"queue": self.settings.zero_gpu}

    def inspected(self, run: str) -> str:
        """Return what Inspect shows when `run` is opened: that run, or the first shipped model if there is none."""
        return run if self.store.find(run) else SHOWN_FIRST

    def inspectable(self, run: str, key: str) -> list[tuple[str, str]]:
        """Return the choices of Inspect: the visible runs, with `run`, and shipped models."""
        runs = [folder.run for folder in visible(self.store, self.settings, run, key)]
        return subject_choices(runs if run in runs or self.store.find(run) is None else [run, *runs])

    def look(self, run: str) -> dict[Any, Any]:
        """Return what Inspect shows of a run or a shipped model; raise `UserError` if its files are damaged."""
        values = (*inspecting.looked_at(self.store, run, "own", None, 1), *inspecting.reported(self.store, run))
        return dict(zip(self.looks, values, strict=True))

    @property
    def looks(self) -> list[Any]:
        """Return the components that `look` fills."""
        return [*self.inspect.outputs, *self.inspect.report_outputs]


def wire(page: Page) -> None:
    """Attach the listeners of the arrival and of the tabs."""
    _wire_arrival(page)
    _wire_tabs(page)


def with_errors(
    notes: Any, *, also: Callable[[str], Mapping[Any, Any]] = lambda _sentence: {}
) -> Callable[[Listener], Listener]:
    """Wrap a handler: a `UserError` or a full disk becomes a sentence in `notes`, the rest is kept.

    `also` returns the values of further components that show the sentence.
    """

    def decorate(handler: Listener) -> Listener:
        @wraps(handler)  # Gradio reads the annotations, to hand over a request or what was selected
        def answered(*values: Any) -> Any:
            try:
                return handler(*values)
            except UserError as error:
                sentence = str(error)
            except OSError as error:
                if not is_full(error):
                    raise
                sentence = NO_ROOM
            return {notes: notes_html([sentence]), **also(sentence)}

        return answered

    return decorate


def _wire_arrival(page: Page) -> None:
    """Read the address and the browser's key when the page opens."""
    shared, bench = page.shared, page.bench

    def arrive(visitor: Any, request: gr.Request) -> dict[Any, Any]:
        return arrived(page, dict(request.query_params), key_of(visitor))

    outputs = [page.tabs, shared.tab, shared.view, shared.visitor, shared.run, shared.address, shared.notes,
               bench.data, bench.training, page.inspect.pick, *page.looks]  # fmt: skip
    page.app.first_values = lambda query: first_values(page, query)
    page.app.load(arrive, [shared.visitor], outputs, **QUICK)


def first_values(page: Page, query: Mapping[str, str]) -> dict[Any, Any]:
    """Return the values of the first paint for an address, by component, of a visitor who owns nothing.

    The key, the address and figures come with the load event.
    """
    key = key_of(None)
    place, notes = _read(page, query)
    place = _offered(page, place, key, notes)
    try:
        return _placed(page, place, key, notes)
    except UserError:  # the load event names the file of the run that is damaged
        return _placed(page, replace(place, run=""), key, notes)


def arrived(page: Page, query: Mapping[str, str], key: str) -> dict[Any, Any]:
    """Return everything that an address shows to the holder of `key`."""
    shared = page.shared
    place, notes = _read(page, query)
    place = _offered(page, place, key, notes)
    folder = page.store.find(place.run)
    if place.run and folder is None:
        notes.append(f"run={place.run}: there is no such run here")
    try:
        shown = _placed(page, place, key, notes)
        place = replace(place, run=folder.run if folder else "")
        shown |= _inspected(page, place, key)
    except UserError as error:  # a run with damaged files must not keep the page from opening
        place = replace(place, run="")
        shown = _placed(page, place, key, [*notes, str(error)]) | _inspected(page, place, key)
    return shown | {shared.visitor: key, shared.run: place.run, shared.address: write(place)}


def _read(page: Page, query: Mapping[str, str]) -> tuple[Place, list[str]]:
    """Return the place of an address; one that names a run or shipped model and no dial has its dials."""
    place, notes = read_first(query)
    has_dials = bool({"preset", *DIALS} & set(query))
    if is_shipped(page.store, place.run):
        return _of_shipped(place, has_tab="tab" in query, has_dials=has_dials), notes
    folder = page.store.find(place.run)
    if folder is None or not is_readable(folder) or has_dials:
        return place, notes
    return replace(place, spec=DialedSpec.of_run(spec_of(folder)).spec), notes


def _of_shipped(place: Place, *, has_tab: bool, has_dials: bool) -> Place:
    """Return the place of an address whose run is a shipped model: Inspect, unless another tab is named."""
    name = place.run
    spec = place.spec if has_dials or name not in SHIPPED else preset(SHIPPED[name].preset).spec
    return replace(place, tab=place.tab if has_tab else "inspect", spec=spec, run="", shipped=name)


def _placed(page: Page, place: Place, key: str, notes: list[str]) -> dict[Any, Any]:
    """Return the tab, the view, the notes and the columns of a place; a run that is gone is named there."""
    shared, bench = page.shared, page.bench
    return {
        page.tabs: gr.update(selected=place.tab),
        shared.tab: place.tab,
        shared.view: view_html(place.view, DRAWER),
        shared.notes: notes_html(notes),
        bench.data: dialed_state(page.store, page.settings, DialedSpec.of(place.spec)),
        bench.training: training_state(page.store, page.settings, RunRequest(run=place.run), key),
    }


def _inspected(page: Page, place: Place, key: str) -> dict[Any, Any]:
    """Return the choice of Inspect, and its figures if a run is opened or the tab is."""
    run = place.shipped or page.inspected(place.run)
    pick = gr.update(choices=page.inspectable(place.run, key), value=run)
    is_seen = place.run or place.shipped or place.tab == "inspect"  # else its figures come when the tab is opened
    return {page.inspect.pick: pick} | (page.look(run) if is_seen else {})


def _offered(page: Page, place: Place, key: str, notes: list[str]) -> Place:
    """Return `place`, with fresh weights if its link starts from a model that this page does not offer."""
    init = place.spec.train.init
    if init in {each.name for each in start_choices(page.store, page.settings, init, key)}:
        return place
    notes.append(f"init={init[:80]}: is no model that can be started from here; fresh weights are chosen")
    return replace(place, spec=override(place.spec, {"init": "scratch", "tune": "all"}))


def _wire_tabs(page: Page) -> None:
    """Let the browser write the tab into the address and into the box that handlers read."""
    drawing = {"drawn": DRAWN, "script": f"{PREFIX}/{plotly_name()}"}
    for tab, item in page.tab_items.items():
        item.select(
            None, None, page.shared.tab, js=js_listener("pages/turned", tab=tab, **drawing), api_visibility="private"
        )
