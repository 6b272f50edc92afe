"""Listeners of arrival, dials, tabs and runs; `polling` and `inspect.events` add theirs.

    wire(page)        # after the tabs are built, inside the Blocks

Handlers are private, check the browser's values, and answer bad input with a sentence in the notes; the rest of the
page stays.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial, wraps
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from explorer.errors import UserError
from explorer.pages.inspect import build as inspecting
from explorer.pages.inspect.build import InspectTab
from explorer.pages.inspect.inspect_source import SHOWN_FIRST, is_shipped, subject_choices
from explorer.pages.server.fast_blocks import SkippingBlocks
from explorer.pages.server.plotly_routes import PREFIX, plotly_name
from explorer.pages.shared.dial_controls import nearest
from explorer.pages.shared.display_options import USUAL, View, view_html
from explorer.pages.shared.scripts import js_listener
from explorer.pages.shared.state import Shared, key_of, notes_html
from explorer.pages.shared.url_state import TABS, Place, read_first, values_of, write
from explorer.pages.workbench import data_column as playing
from explorer.pages.workbench import training_column as training
from explorer.pages.workbench.data_column import Play
from explorer.pages.workbench.training_column import Train
from explorer.runs.files import NO_ROOM, is_full
from explorer.runs.store import RunStore
from explorer.service import endpoints
from explorer.settings import Settings
from explorer.spec.presets import preset
from explorer.spec.run_spec import RunSpec, override

Listener = Callable[..., Any]
FOLDS = {"all-dials": playing.FOLDED, "more-training": training.MORE}
MOVED_BY_OTHERS = ("caption_completeness", "attribute_kinds", "attribute_density", "tune")
"""Fields that `fit` may move, so their controls follow a move of another."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything that the events connect."""

    app: SkippingBlocks
    store: RunStore
    settings: Settings
    shared: Shared
    tabs: Any
    tab_items: dict[str, Any]
    play: Play
    train: Train
    inspect: InspectTab

    @property
    def dial_outputs(self) -> list[Any]:
        """Return the components that depend on the dials, on both tabs."""
        return [*self.play.outputs, self.play.train, *self.train.dial_outputs, self.shared.notes, self.shared.address]

    @property
    def run_outputs(self) -> list[Any]:
        """Return the components that depend on the open run."""
        return [self.shared.run, self.shared.address, *self.train.live_outputs, *self.train.list_outputs,
                self.train.difference, self.inspect.pick]  # fmt: skip

    @property
    def opened_outputs(self) -> list[Any]:
        """Return the components that `opened` fills."""
        return [self.shared.visitor, self.shared.notes, *self.run_outputs, *self.inspect.outputs,
                *self.inspect.report_outputs]  # fmt: skip

    @property
    def asking(self) -> dict[str, Any]:
        """Return QUICK, or the options of requests that may need a GPU.

        A visitor's ZeroGPU token comes only through the queue.
        """
        return QUICK | {"queue": self.settings.zero_gpu}

    def dial_values(self, spec: RunSpec, notes: list[str], tab: str, run: str, view: View = USUAL) -> tuple[Any, ...]:
        """Return the values of `dial_outputs`."""
        place = Place(tab=tab if tab in TABS else TABS[0], spec=spec, run=run, view=view)
        shown = (*playing.show(spec), playing.train_label(spec, self.store))
        return (*shown, *training.dialed(spec, self.store, self.settings), notes_html(notes), write(place))

    def run_values(self, run: str, overlay: list[str], key: str, place: Place) -> tuple[Any, ...]:
        """Return the values of `run_outputs` for a run that is opened."""
        live = training.live(self.store, self.settings, run, overlay, "", key)
        listed = training.listed(self.store, self.settings, run, overlay, key)
        pick = gr.update(choices=self.inspectable(run, key), value=self.inspected(run))
        return (run, write(place), *live, *listed, training.compared(self.store, run, overlay), pick)

    def inspected(self, run: str) -> str:
        """Return what Inspect shows when `run` is opened: that run, or the first shipped model if there is none."""
        return run if self.store.find(run) else SHOWN_FIRST

    def inspectable(self, run: str, key: str) -> list[tuple[str, str]]:
        """Return the choices of Inspect: the runs of the table, with `run`, and shipped models."""
        runs = [folder.run for folder in training.visible(self.store, self.settings, run, key)]
        return subject_choices(runs if run in runs or self.store.find(run) is None else [run, *runs])

    def opened(self, run: str, tab: str, overlay: Any, key: str, dials: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the visitor's key, the notes, and everything that shows a run."""
        spec, notes = self.shared.spec(*dials)
        place = Place(tab=tab if tab in TABS else "train", spec=spec, run=run)
        shown = self.run_values(run, training.overlaid(overlay), key, place)
        inspected = self.inspected(run)
        look = inspecting.looked_at(self.store, inspected, "own", None, 1)
        return (key, notes_html(notes), *shown, *look, *inspecting.reported(self.store, inspected))


def wire(page: Page) -> Any:
    """Attach the listeners of arrival, dials, tabs and runs; returns the event that has read the address."""
    arrived = _wire_arrival(page)
    _wire_dials(page)
    _wire_tabs(page)
    _wire_runs(page)
    return arrived


DRAWN = ("train", "inspect", "study")
"""Tabs with figures."""
UNCHECKED: dict[str, Any] = {"preprocess": False, "api_visibility": "private"}
"""Options of handlers that check all their inputs. Gradio's own checks know choices and bounds only as this server
has sent them, and would refuse the values of an open page after a restart of the server.
"""
QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden", **UNCHECKED}
"""Options of handlers of milliseconds, which need no place in the queue and no spinner."""


def told(outputs: list[Any], notes: Any, place: Any = None) -> Callable[[Listener], Listener]:
    """Wrap a handler: a `UserError` or a full disk becomes a sentence in `notes` and `place`, the rest is kept."""

    def answer(output: Any, sentence: str) -> Any:
        if output is notes:
            return notes_html([sentence])
        return f"<p class='bad-value'>{escape(sentence)}</p>" if output is place else gr.skip()

    def decorate(handler: Listener) -> Listener:
        @wraps(handler)  # Gradio reads the annotations, to hand over a request or what was selected
        def answered(*values: Any) -> Any:
            try:
                return handler(*values)
            except UserError as error:
                return tuple(answer(output, str(error)) for output in outputs)
            except OSError as error:
                if not is_full(error):
                    raise
                return tuple(answer(output, NO_ROOM) for output in outputs)

        return answered

    return decorate


def _wire_arrival(page: Page) -> Any:
    """Read the address and the browser's key when the page opens."""
    shared = page.shared
    outputs = [page.tabs, shared.tab, shared.view, shared.preset, *shared.controls.components, shared.visitor,
               *page.dial_outputs, *page.run_outputs, *page.inspect.outputs, *page.inspect.report_outputs]  # fmt: skip

    def about(place: Place, key: str) -> tuple[Any, ...]:
        shown = page.run_values(place.run, [], key, place)
        if not place.run and place.tab != "inspect":  # its figures come when the tab is opened
            return (*shown, *[gr.skip()] * len(page.inspect.outputs + page.inspect.report_outputs))
        run = page.inspected(place.run)
        look = inspecting.looked_at(page.store, run, "own", None, 1)
        return (*shown, *look, *inspecting.reported(page.store, run))

    def arrive(visitor: Any, request: gr.Request) -> tuple[Any, ...]:
        return arrived(dict(request.query_params), key_of(visitor))

    def first_values(query: Mapping[str, str]) -> dict[Any, Any]:
        # Of a visitor whom nothing belongs to. The key, the address and what needs figures come with the load event.
        place, notes = read_first(query)
        key = key_of(None)
        place = _offered(page, place, key, notes)
        return {
            page.tabs: gr.update(selected=place.tab),
            shared.tab: place.tab,
            shared.view: view_html(place.view, FOLDS),
            shared.preset: place.spec.preset,
            shared.notes: notes_html(notes),
            **dict(zip(shared.controls.components, control_updates(page, place.spec, key), strict=True)),
        }

    def arrived(query: Mapping[str, str], key: str) -> tuple[Any, ...]:
        place, notes = read_first(query)
        folder = page.store.find(place.run) if place.run else None
        if place.run and folder is None:
            notes.append(f"run={place.run}: there is no such run here")
        place = _offered(page, replace(place, run=folder.run if folder else ""), key, notes)
        try:
            shown = about(place, key)
        except UserError as error:  # a run whose files are damaged, which must not keep the page from opening
            notes.append(str(error))
            place = replace(place, run="")
            shown = about(place, key)
        spec = place.spec
        return (
            gr.update(selected=place.tab), place.tab, view_html(place.view, FOLDS), spec.preset,
            *control_updates(page, spec, key), key,
            *page.dial_values(spec, notes, place.tab, place.run, place.view), *shown,
        )  # fmt: skip

    page.app.first_values = first_values
    return page.app.load(arrive, [shared.visitor], outputs, **QUICK)


def _offered(page: Page, place: Place, key: str, notes: list[str]) -> Place:
    """Return `place`, with fresh weights if its link starts from a model that this page does not offer."""
    init = place.spec.train.init
    if init in {name for _, name in training.starts(page.store, page.settings, place.spec, key)}:
        return place
    notes.append(f"init={init[:80]}: is no model that can be started from here; fresh weights are chosen")
    return replace(place, spec=override(place.spec, {"init": "scratch", "tune": "all"}))


def control_updates(page: Page, spec: RunSpec, key: str) -> list[Any]:
    """Return the value of each control for `spec`, and the models that the visitor may start from."""
    values = values_of(spec)
    updates = {name: gr.update(value=values[name]) for name in page.shared.controls.names}
    updates["init"] = gr.update(choices=training.starts(page.store, page.settings, spec, key), value=spec.train.init)
    return list(updates.values())


def _wire_dials(page: Page) -> None:
    """Attach listeners to dials, presets, and the reset to the preset."""
    shared, controls = page.shared, page.shared.controls
    followers = [controls.by_name[name] for name in MOVED_BY_OTHERS]
    outputs = [*page.dial_outputs, *followers]

    def answer(tab: str, run: str, dials: Sequence[Any], name: str = "") -> tuple[Any, ...]:
        spec, notes = shared.spec(*dials, moved=name)
        values, shown = values_of(spec), dict(zip(controls.names, dials[1:], strict=True))
        moves = {name: gr.update(value=values[name]) for name in MOVED_BY_OTHERS if values[name] != shown[name]}
        return (*page.dial_values(spec, notes, tab, run), *(moves.get(name, gr.skip()) for name in MOVED_BY_OTHERS))

    @told(outputs, shared.notes, page.train.budget)
    def moved(tab: str, run: str, *dials: Any) -> tuple[Any, ...]:
        return answer(tab, run, dials)

    @told(outputs, shared.notes, page.train.budget)
    def denser(tab: str, run: str, *dials: Any) -> tuple[Any, ...]:
        return answer(tab, run, dials, "attribute_density")

    for name, control in controls.by_name.items():
        listener = denser if name == "attribute_density" else moved
        inputs = [shared.tab, shared.run, *shared.spec_inputs]
        control.input(listener, inputs, outputs, trigger_mode="always_last", **QUICK)
        if isinstance(control, gr.Slider):
            _wire_settling(page, name, control, listener, outputs)

    all_outputs = [*controls.components, *page.dial_outputs]

    @told(all_outputs, shared.notes)
    def chosen(tab: str, run: str, visitor: Any, name: str) -> tuple[Any, ...]:
        spec = preset(str(name)).spec
        return (*control_updates(page, spec, key_of(visitor)), *page.dial_values(spec, [], tab, run))

    inputs = [shared.tab, shared.run, shared.visitor, shared.preset]
    shared.preset.input(chosen, inputs, all_outputs, **QUICK)
    page.play.reset.click(chosen, inputs, all_outputs, **QUICK)


def _wire_settling(page: Page, name: str, control: Any, listener: Listener, outputs: list[Any]) -> None:
    """Move a number that was typed beyond a slider's range to the nearest value when its box loses focus."""
    shared = page.shared
    place = 3 + shared.controls.names.index(name)  # behind the tab, the run and the preset
    shown = outputs if control in outputs else [*outputs, control]

    def settled(*values: Any) -> tuple[Any, ...]:
        # The browser may have brought it into range by itself, after the number beyond was refused.
        legal = nearest(name, values[place])
        answer = [*listener(*values[:place], legal, *values[place + 1 :]), *[gr.skip()] * (len(shown) - len(outputs))]
        own = shown.index(control)
        if legal != values[place] and answer[own] == gr.skip():
            answer[own] = gr.update(value=legal)
        return tuple(answer)

    inputs = [shared.tab, shared.run, *shared.spec_inputs]
    control.release(settled, inputs, shown, trigger_mode="always_last", **QUICK)


def _wire_tabs(page: Page) -> None:
    """Let the browser write the tab into the address and into the box that handlers read."""
    drawing = {"drawn": DRAWN, "script": f"{PREFIX}/{plotly_name()}"}
    for tab, item in page.tab_items.items():
        item.select(
            None, None, page.shared.tab, js=js_listener("pages/turned", tab=tab, **drawing), api_visibility="private"
        )


def _wire_runs(page: Page) -> None:
    """Attach Start, Stop, Resume, Delete and Open."""
    shared, train = page.shared, page.train
    look = [*page.inspect.outputs, *page.inspect.report_outputs]
    outputs = page.opened_outputs
    common = [shared.visitor, shared.tab, train.overlay]

    see_run(train.start.click(*starting(page), **page.asking))

    @told(outputs, shared.notes)
    def act(
        action: Callable[[str, str], Any], visitor: Any, tab: str, overlay: list[str], run: str, *dials: Any
    ) -> Any:
        key = key_of(visitor)
        notes = "" if page.store.find(run) else notes_html([f"run={str(run)[:80]}: there is no such run here any more"])
        if not notes:
            action(run, key)
        left = run if page.store.find(run) else ""
        return (key, notes, *page.opened(left, tab, overlay, key, dials)[2:])

    train.delete.click(_ask, None, train.sure, **QUICK)
    train.keep.click(_keep, None, train.sure, **QUICK)
    for button, action in (
        (train.stop, endpoints.stop_run),
        (train.resume, endpoints.resume_run),
        (train.gone, endpoints.delete_run),
    ):
        button.click(partial(act, action), [*common, shared.run, *shared.spec_inputs], outputs, **page.asking)

    @told(outputs, shared.notes)
    def picked(run: Any, visitor: Any, tab: str, overlay: list[str], *dials: Any) -> tuple[Any, ...]:
        if is_shipped(page.store, run):  # opens no run
            seen = inspecting.looked_at(page.store, run, "own", None, 1)
            return (*[gr.skip()] * (len(outputs) - len(look)), *seen, *inspecting.reported(page.store, run))
        if not isinstance(run, str) or page.store.find(run) is None:
            raise UserError("run", run, "there is no such run here", longest=80)
        return page.opened(run, tab, overlay, key_of(visitor), dials)

    page.inspect.pick.input(picked, [page.inspect.pick, *common, *shared.spec_inputs], outputs, **QUICK)

    @told(outputs, shared.notes)
    def clicked(event: gr.EventData, visitor: Any, tab: str, overlay: list[str], *dials: Any) -> tuple[Any, ...]:
        return picked(event._data.get("run") if isinstance(event._data, dict) else "", visitor, tab, overlay, *dials)

    train.table.select(clicked, [*common, *shared.spec_inputs], outputs, **QUICK)

    _wire_upload(page, outputs, common)


def starting(page: Page) -> tuple[Listener, list[Any], list[Any]]:
    """Return the listener that starts a run of the dials and opens it, with its inputs and outputs."""
    shared, outputs = page.shared, page.opened_outputs

    @told(outputs, shared.notes)
    def start(visitor: Any, _tab: str, overlay: list[str], *dials: Any) -> tuple[Any, ...]:
        key = key_of(visitor)
        spec, _ = shared.spec(*dials)
        training.check_new(page.store, spec, key)
        return page.opened(endpoints.queue_run(spec, key)["run"], "train", overlay, key, dials)

    return start, [shared.visitor, shared.tab, page.train.overlay, *shared.spec_inputs], outputs


def see_run(started: Any) -> None:
    """Scroll the card of a started run into view: on a phone it is below the button."""
    look = "() => requestAnimationFrame(() => document.querySelector('.card')?.scrollIntoView({block: 'nearest'}))"
    started.then(None, None, None, js=look, api_visibility="private")


def _wire_upload(page: Page, outputs: list[Any], common: list[Any]) -> None:
    """Attach the import of a run from a file."""
    shared, train = page.shared, page.train

    @told(outputs, shared.notes)
    def brought(path: Any, visitor: Any, tab: str, overlay: list[str], *dials: Any) -> tuple[Any, ...]:
        key = key_of(visitor)
        folder = training.bring(page.store, page.settings, Path(str(path)), key)
        try:
            return page.opened(folder.run, tab, overlay, key, dials)
        except UserError as error:
            page.store.delete(folder.run)
            raise UserError("file", Path(str(path)).name, f"is no zip of a run ({error})", longest=80) from None

    train.upload.upload(brought, [train.upload, *common, *shared.spec_inputs], outputs, api_visibility="private")


def _ask() -> Any:
    """Ask for a second click before a deletion, on a button at another place."""
    return gr.update(visible=True)


def _keep() -> Any:
    return gr.update(visible=False)
