"""What happens on which event: every listener of the page, in one place.

    wire(page)        # after the tabs are built, inside the Blocks

Handlers are private, check what the browser sends, and answer bad input with a sentence in the notes; what was on the
page before stays.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial, wraps
from pathlib import Path
from typing import Any

import gradio as gr

from explorer import api
from explorer.pages import inspect as inspecting
from explorer.pages import play as playing
from explorer.pages import train as training
from explorer.pages.address import TABS, Place, read, values_of, write
from explorer.pages.inspect import InspectTab
from explorer.pages.play import Play
from explorer.pages.shared import Shared, key_of, notes_html
from explorer.pages.train import Train
from explorer.pages.view import USUAL, View, view_html
from explorer.presets import preset
from explorer.runs.settings import Settings
from explorer.runs.store import RunStore
from explorer.spec import RunSpec, SpecError, override

Listener = Callable[..., Any]
FOLDS = {"all-dials": playing.FOLDED, "more-training": training.MORE}
MOVED_BY_OTHERS = ("caption_completeness", "attribute_density", "tune")
"""Fields that `fit` may move, so their controls follow a move of another."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """All that the events join."""

    app: gr.Blocks
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
        """What follows from the dials, on both tabs."""
        return [*self.play.outputs, *self.train.dial_outputs, self.shared.notes, self.shared.address]

    @property
    def run_outputs(self) -> list[Any]:
        """What follows from which run is open."""
        return [self.shared.run, self.shared.address, *self.train.live_outputs, *self.train.list_outputs,
                self.train.difference, self.inspect.pick]  # fmt: skip

    @property
    def asking(self) -> dict[str, Any]:
        """QUICK for what may ask for a GPU: a visitor's ZeroGPU token comes only with what waits in the queue."""
        return QUICK | {"queue": self.settings.zero_gpu}

    def dial_values(self, spec: RunSpec, notes: list[str], tab: str, run: str, view: View = USUAL) -> tuple[Any, ...]:
        """The values of `dial_outputs`."""
        place = Place(tab=tab if tab in TABS else TABS[0], spec=spec, run=run, view=view)
        return (*playing.show(spec), *training.dialled(spec, self.store), notes_html(notes), write(place))

    def run_values(self, run: str, overlay: list[str], key: str, place: Place) -> tuple[Any, ...]:
        """The values of `run_outputs` for a run that is opened."""
        live = training.live(self.store, self.settings, run, overlay, "", key)
        listed = training.listed(self.store, self.settings, run, overlay, key)
        shown = [folder.run for folder in training.visible(self.store, self.settings, run, key)]
        pick = gr.update(choices=shown, value=run if run in shown else None)
        return (run, write(place), *live, *listed, training.compared(self.store, run, overlay), pick)

    def opened(self, run: str, tab: str, overlay: Any, key: str, dials: tuple[Any, ...]) -> tuple[Any, ...]:
        """The visitor's key, the notes, and everything that shows a run."""
        spec, notes = self.shared.spec(*dials)
        place = Place(tab=tab if tab in TABS else "train", spec=spec, run=run)
        shown = self.run_values(run, training.overlaid(overlay), key, place)
        look = inspecting.looked_at(self.store, run, "own", None, 1)
        return (key, notes_html(notes), *shown, *look, *inspecting.reported(self.store, run))


def wire(page: Page) -> None:
    """Attach every listener."""
    _wire_arrival(page)
    _wire_dials(page)
    _wire_tabs(page)
    _wire_runs(page)
    _wire_inspection(page)


# Before the page has read its address, a tab that shows itself is no turn of the reader's.
_TURN = """() => {
  const query = new URLSearchParams(location.search);
  if (!window.explorerHasArrived) return query.get('tab') || 'play';
  query.set('tab', 'TAB');
  history.replaceState(history.state, '', location.pathname + '?' + query.toString());
  return 'TAB';
}"""
UNCHECKED: dict[str, Any] = {"preprocess": False, "api_visibility": "private"}
"""For handlers that check all that they get. Gradio's own checks know choices and bounds only as this server has sent
them, and would refuse what an open page shows when the server was started anew."""
QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden", **UNCHECKED}
"""For handlers of milliseconds, which need no place in the queue and no spinner."""


def told(outputs: list[Any], notes: Any) -> Callable[[Listener], Listener]:
    """Let a handler answer a `SpecError` with its sentence in `notes`, all other outputs unchanged."""

    def decorate(handler: Listener) -> Listener:
        @wraps(handler)  # Gradio reads the annotations, to hand over a request or what was selected
        def answered(*values: Any) -> Any:
            try:
                return handler(*values)
            except SpecError as error:
                return tuple(notes_html([str(error)]) if output is notes else gr.skip() for output in outputs)

        return answered

    return decorate


def _wire_arrival(page: Page) -> None:
    """The address and the browser's key, read when the page opens."""
    shared = page.shared
    outputs = [page.tabs, shared.tab, shared.view, shared.preset, *shared.controls.components, shared.visitor,
               *page.dial_outputs, *page.run_outputs, *page.inspect.outputs, *page.inspect.report_outputs]  # fmt: skip

    def about(place: Place, key: str) -> tuple[Any, ...]:
        look = inspecting.looked_at(page.store, place.run, "own", None, 1)
        return (*page.run_values(place.run, [], key, place), *look, *inspecting.reported(page.store, place.run))

    def arrive(visitor: Any, request: gr.Request) -> tuple[Any, ...]:
        place, notes = read(dict(request.query_params))
        key = key_of(visitor)
        folder = page.store.find(place.run) if place.run else None
        if place.run and folder is None:
            notes.append(f"run={place.run}: there is no such run here")
        place = _offered(page, replace(place, run=folder.run if folder else ""), key, notes)
        try:
            shown = about(place, key)
        except SpecError as error:  # a run whose files are damaged, which must not keep the page from opening
            notes.append(str(error))
            place = replace(place, run="")
            shown = about(place, key)
        spec = place.spec
        return (
            gr.update(selected=place.tab), place.tab, view_html(place.view, FOLDS), spec.preset,
            *_control_updates(page, spec, key), key,
            *page.dial_values(spec, notes, place.tab, place.run, place.view), *shown,
        )  # fmt: skip

    page.app.load(arrive, [shared.visitor], outputs, **QUICK)


def _offered(page: Page, place: Place, key: str, notes: list[str]) -> Place:
    """`place` with fresh weights where its link starts from a model that this page does not offer."""
    init = place.spec.train.init
    if init in {name for _, name in training.starts(page.store, page.settings, place.spec, key)}:
        return place
    notes.append(f"init={init[:80]}: is no model that can be started from here; fresh weights are chosen")
    return replace(place, spec=override(place.spec, {"init": "scratch", "tune": "all"}))


def _control_updates(page: Page, spec: RunSpec, key: str) -> list[Any]:
    """What each control shows for `spec`; the choices of init are the models that the visitor may start from."""
    values = values_of(spec)
    updates = {name: gr.update(value=values[name]) for name in page.shared.controls.names}
    updates["init"] = gr.update(choices=training.starts(page.store, page.settings, spec, key), value=spec.train.init)
    return list(updates.values())


def _wire_dials(page: Page) -> None:
    """A moved dial, a chosen preset, the way back to it."""
    shared, controls = page.shared, page.shared.controls
    followers = [controls.by_name[name] for name in MOVED_BY_OTHERS]
    outputs = [*page.dial_outputs, *followers]

    @told(outputs, shared.notes)
    def moved(tab: str, run: str, *dials: Any) -> tuple[Any, ...]:
        spec, notes = shared.spec(*dials)
        values, shown = values_of(spec), dict(zip(controls.names, dials[1:], strict=True))
        moves = {name: gr.update(value=values[name]) for name in MOVED_BY_OTHERS if values[name] != shown[name]}
        return (*page.dial_values(spec, notes, tab, run), *(moves.get(name, gr.skip()) for name in MOVED_BY_OTHERS))

    for control in controls.components:
        control.input(
            moved, [shared.tab, shared.run, *shared.spec_inputs], outputs, trigger_mode="always_last", **QUICK
        )

    all_outputs = [*controls.components, *page.dial_outputs]

    @told(all_outputs, shared.notes)
    def chosen(tab: str, run: str, visitor: Any, name: str) -> tuple[Any, ...]:
        spec = preset(str(name)).spec
        return (*_control_updates(page, spec, key_of(visitor)), *page.dial_values(spec, [], tab, run))

    inputs = [shared.tab, shared.run, shared.visitor, shared.preset]
    shared.preset.input(chosen, inputs, all_outputs, **QUICK)
    page.play.reset.click(chosen, inputs, all_outputs, **QUICK)


def _wire_tabs(page: Page) -> None:
    """A turn to another tab: the browser alone writes it into the address and into the box that handlers read."""
    for tab, item in page.tab_items.items():
        item.select(None, None, page.shared.tab, js=_TURN.replace("TAB", tab), api_visibility="private")
    page.play.train.click(lambda: gr.update(selected="train"), None, page.tabs, **QUICK)


def _wire_runs(page: Page) -> None:
    """Start, watch, stop, resume, delete, open, compare, bring."""
    shared, train = page.shared, page.train
    look = [*page.inspect.outputs, *page.inspect.report_outputs]
    outputs = [shared.visitor, shared.notes, *page.run_outputs, *look]
    common = [shared.visitor, shared.tab, train.overlay]

    @told(outputs, shared.notes)
    def start(visitor: Any, tab: str, overlay: list[str], *dials: Any) -> tuple[Any, ...]:
        key = key_of(visitor)
        spec, _ = shared.spec(*dials)
        training.check_new(page.store, spec, key)
        return page.opened(api.queue_run(spec, key)["run"], tab, overlay, key, dials)

    train.start.click(start, [*common, *shared.spec_inputs], outputs, **page.asking)

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
    for button, action in ((train.stop, api.stop_run), (train.resume, api.resume_run), (train.gone, api.delete_run)):
        button.click(partial(act, action), [*common, shared.run, *shared.spec_inputs], outputs, **page.asking)

    @told(outputs, shared.notes)
    def picked(run: Any, visitor: Any, tab: str, overlay: list[str], *dials: Any) -> tuple[Any, ...]:
        if not isinstance(run, str) or page.store.find(run) is None:
            raise SpecError(f"run={str(run)[:80]}: there is no such run here")
        return page.opened(run, tab, overlay, key_of(visitor), dials)

    page.inspect.pick.input(picked, [page.inspect.pick, *common, *shared.spec_inputs], outputs, **QUICK)

    @told(outputs, shared.notes)
    def clicked(event: gr.SelectData, visitor: Any, tab: str, overlay: list[str], *dials: Any) -> tuple[Any, ...]:
        cells = getattr(event, "row_value", None)
        return picked(cells[0] if isinstance(cells, list) and cells else "", visitor, tab, overlay, *dials)

    train.table.select(clicked, [*common, *shared.spec_inputs], outputs, **QUICK)

    @told(outputs, shared.notes)
    def brought(path: Any, visitor: Any, tab: str, overlay: list[str], *dials: Any) -> tuple[Any, ...]:
        key = key_of(visitor)
        folder = training.bring(page.store, page.settings, Path(str(path)), key)
        try:
            return page.opened(folder.run, tab, overlay, key, dials)
        except SpecError as error:
            page.store.delete(folder.run)
            raise SpecError(f"file={Path(str(path)).name[:80]}: is no zip of a run ({error})") from None

    train.upload.upload(brought, [train.upload, *common, *shared.spec_inputs], outputs, api_visibility="private")
    _wire_watch(page)


def _ask() -> Any:
    """Deleting takes a second click, on a button that was not under the first."""
    return gr.update(visible=True)


def _unfollow() -> bool:
    return False


def _keep() -> Any:
    return gr.update(visible=False)


def _wire_watch(page: Page) -> None:
    """The timer, the overlay, the table's button: what shows runs without choosing another."""
    shared, train, inspect = page.shared, page.train, page.inspect

    outputs = [*train.live_outputs, *train.list_outputs]

    @told(outputs, shared.notes)
    def tick(visitor: Any, run: str, overlay: list[str], seen: str, search: str) -> tuple[Any, ...]:
        key = key_of(visitor)
        live = training.live(page.store, page.settings, run, training.overlaid(overlay), seen, key)
        if training.status_in(live[-2]) == training.status_in(seen):
            return (*live, *[gr.skip()] * len(train.list_outputs))
        listed = training.listed(page.store, page.settings, run, training.overlaid(overlay), key, search)
        return (*live, *listed[:2], gr.skip())

    inputs = [shared.visitor, shared.run, train.overlay, train.seen, train.search]
    ticked = train.timer.tick(tick, inputs, outputs, trigger_mode="once", **QUICK)

    looks = [*inspect.outputs, *inspect.report_outputs]

    @told(looks, shared.notes)
    def followed(run: str, form: str, step: float, scene: float, follow: bool, tab: str) -> tuple[Any, ...]:
        folder = page.store.find(run)
        steps = folder.snapshot_steps() if folder else ()
        if not follow or tab != "inspect" or not steps or steps[-1] == step:
            return (gr.skip(),) * len(looks)
        return (*inspecting.looked_at(page.store, run, form, None, scene), *inspecting.reported(page.store, run))

    ticked.then(followed, [shared.run, inspect.form, inspect.step, inspect.scene, inspect.follow, shared.tab],
                looks, **QUICK)  # fmt: skip

    compared = [*train.live_outputs, train.difference, shared.notes]

    @told(compared, shared.notes)
    def laid_over(visitor: Any, run: str, overlay: list[str]) -> tuple[Any, ...]:
        live = training.live(page.store, page.settings, run, training.overlaid(overlay), "", key_of(visitor))
        return (*live, training.compared(page.store, run, training.overlaid(overlay)), "")

    watched = [shared.visitor, shared.run, train.overlay]
    train.overlay.input(laid_over, watched, compared, **QUICK)

    def refreshed(visitor: Any, run: str, overlay: list[str], search: str) -> tuple[Any, ...]:
        # The box itself is left alone: somebody is typing in it.
        return training.listed(page.store, page.settings, run, training.overlaid(overlay), key_of(visitor), search)[:2]

    for event in (train.refresh.click, train.search.input):
        event(refreshed, [*watched, train.search], train.list_outputs[:2], trigger_mode="always_last", **QUICK)


def _wire_inspection(page: Page) -> None:
    """The scrubber, the form, the scene, a cell of the heatmap, a caption of one's own."""
    shared, inspect = page.shared, page.inspect
    inputs = [shared.run, inspect.form, inspect.step, inspect.scene]
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
    def turned(run: str, form: str, step: float, scene: float, follow: bool) -> tuple[Any, ...]:
        newest = inspecting.looked_at(page.store, run, form, None if follow else step, scene)
        return (*newest, *inspecting.reported(page.store, run))

    # While another tab was open the run went on.
    page.tab_items["inspect"].select(turned, [*inputs, inspect.follow], shown, **QUICK)

    answers = [inspect.answer, shared.notes]

    def scored(run: str, form: str, scene: float, text: str) -> tuple[str, str]:
        try:
            return inspecting.answer(page.store, run, form, scene, text), ""
        except SpecError as error:
            return "", notes_html([str(error)])

    typed = [shared.run, inspect.form, inspect.scene, inspect.caption]
    for event in (inspect.score.click, inspect.caption.submit):
        event(scored, typed, answers, concurrency_id="model", concurrency_limit=1, **UNCHECKED)
