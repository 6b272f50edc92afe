"""Train: a budget, a button, and the run that follows: its card, its curves, the other runs.

    train = build_train(shared, store, settings)
    train.show(run, overlay)        # what `train.outputs` show for a run

The page only reads run folders; a worker beside the server writes them. A tick of the timer sends figures anew only
where the run has moved.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import gradio as gr

from explorer.errors import UserError
from explorer.figures.curves import Curve, binding_curves, loss_curves, recognition_curves
from explorer.pages.lesson.run_card import card
from explorer.pages.shared.dial_controls import FRESH
from explorer.pages.shared.figure import figure_view, shown
from explorer.pages.shared.state import Shared
from explorer.pages.shared.values import changed_text, duration
from explorer.pages.workbench.compare import Compare, build_compare
from explorer.pages.workbench.data_column import sentence_html
from explorer.pages.workbench.run_list_state import is_any_active, known
from explorer.pages.workbench.runs_table import (
    difference_html,
    rows,
    runs_view,
    short,
    table_html,
)
from explorer.runs.queue import check_size
from explorer.runs.store import ACTIVE, RunFolder, RunStore
from explorer.runs.zero_gpu import mode_sentence
from explorer.service import endpoints
from explorer.service.pretrained_start import estimate
from explorer.service.run_list import bring as bring
from explorer.service.run_list import check_new as check_new
from explorer.service.run_list import readable, spec_of, start_choices
from explorer.service.run_list import visible as visible
from explorer.settings import Settings
from explorer.spec.dials import DIALS
from explorer.spec.run_spec import RunSpec

IN_SIGHT = ("init", "steps", "seed")
MORE = tuple(name for name, dial in DIALS.items() if dial.stage == "optimizer" and name not in IN_SIGHT)
MOST_OVERLAID = 5


@dataclass(frozen=True, kw_only=True)
class Train:
    """The components of the tab."""

    summary: Any
    budget: Any
    start: Any
    card: Any
    stop: Any
    resume: Any
    delete: Any
    sure: Any
    gone: Any
    keep: Any
    figures: Any
    binding: Any
    loss: Any
    recognition: Any
    overlay: Any
    search: Any
    difference: Any
    compare: Compare
    table: Any
    seen: Any
    known: Any
    timer: Any
    upload: Any
    refresh: Any

    @property
    def dial_outputs(self) -> list[Any]:
        """What `dialed` fills."""
        return [self.summary, self.budget]

    @property
    def live_outputs(self) -> list[Any]:
        """What `live` fills."""
        buttons = [self.stop, self.resume, self.delete, self.sure]
        figures = [self.figures, self.binding, self.loss, self.recognition]
        return [self.card, *buttons, *figures, self.seen, self.timer]

    @property
    def list_outputs(self) -> list[Any]:
        """What `listed` fills."""
        return [self.table, self.overlay, self.known, self.search]


def build_train(shared: Shared, settings: Settings) -> Train:
    """The tab, without a run."""
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="train"):
        with gr.Column(scale=1, min_width=290, elem_classes="dials"):
            parts |= _build_start(shared)
        with gr.Column(scale=3, min_width=320):
            parts |= _build_live(settings)
    with gr.Row(elem_classes="list-tools"):
        parts["overlay"] = gr.Dropdown(
            [], multiselect=True, max_choices=MOST_OVERLAID, label="Compare with", elem_id="overlay",
            info="Runs drawn into the same figures.",
        )  # fmt: skip
        parts["search"] = gr.Textbox(
            label="Search the runs", info="A preset, a field, a status, a part of a run's name.", elem_id="search",
            max_length=80,
        )  # fmt: skip
        parts["refresh"] = gr.Button("Refresh the table", elem_id="refresh", size="md", scale=0, min_width=180)
    parts["difference"] = gr.HTML("", elem_id="difference", padding=False)
    parts["compare"] = build_compare()
    parts["table"] = runs_view()
    parts["known"] = gr.Textbox("", visible=False)
    # Not where strangers are: weights of anybody's would be loaded and kept.
    with gr.Accordion("Bring a run from a file", open=False, visible=not settings.is_shared):
        parts["upload"] = gr.File(label="A run as a zip, as Export gives it", file_types=[".zip"], elem_id="import")
    return Train(**parts)


def _build_start(shared: Shared) -> dict[str, Any]:
    """What is trained, for how long, and the button."""
    summary = gr.HTML("", elem_id="summary", padding=False)
    # Above the dials, so that it is in sight on a small screen: who comes from Play has dialed already.
    start = gr.Button("Start training", variant="primary", elem_id="start")
    budget = gr.HTML("", elem_id="budget", padding=False)
    for name in IN_SIGHT:
        shared.controls.add(name)
    with gr.Accordion("More about training", open=False, elem_id="more-training"):
        for name in MORE:
            shared.controls.add(name)
    gr.HTML(f"<p class='quiet'>{escape(mode_sentence(os.environ))}</p>", elem_id="mode", padding=False)
    return {"summary": summary, "budget": budget, "start": start}


def _build_live(settings: Settings) -> dict[str, Any]:
    """The run that is open."""
    parts: dict[str, Any] = {"card": gr.HTML(card(None), elem_id="card", padding=False)}
    with gr.Row():
        for name, label in (("stop", "Stop and evaluate"), ("resume", "Resume"), ("delete", "Delete")):
            parts[name] = gr.Button(label, visible=False, elem_id=name, size="md", scale=0, min_width=200)
    with gr.Row(visible=False, elem_id="sure") as parts["sure"]:
        parts["gone"] = gr.Button("Delete for good", variant="stop", elem_id="delete-for-good", size="md")
        parts["keep"] = gr.Button("Keep it", elem_id="keep", size="md")
    with gr.Column(visible=False) as parts["figures"]:
        parts["binding"] = figure_view("figure-binding", "Binding accuracy")
        with gr.Row():
            with gr.Column(min_width=300):
                parts["recognition"] = figure_view("figure-recognition", "Recognition accuracy")
            with gr.Column(min_width=300):
                parts["loss"] = figure_view("figure-loss", "Loss")
    parts["seen"] = gr.Textbox("", visible=False)
    parts["timer"] = gr.Timer(settings.page_poll_s, active=False)
    return parts


def dialed(spec: RunSpec, store: RunStore, settings: Settings) -> tuple[str, str]:
    """What Start would train, and how long it would take; why it would not, where it is more than is allowed."""
    title = f"<h3>Next run: {escape(spec.preset or 'no preset')}</h3>{sentence_html(spec)}"
    try:
        check_size(store, spec, settings)
        low, high, basis = estimate(store, spec)
    except UserError as error:
        return title, f"<p class='bad-value'>{escape(str(error))}</p>"
    pairs = spec.train.steps * spec.train.batch_size
    budget = (
        f"<p><b>{spec.train.steps:,} steps of {spec.train.batch_size:,} pairs</b> = {pairs:,} pairs:"
        f" about {_span(low, high)}.</p><p class='quiet'>{escape(basis)}</p>"
    )
    return title, f"<div id='budget-text'>{budget}</div>"


def _span(low: float, high: float) -> str:
    """40 s to 60 s; 2 min where both ends are that."""
    return " to ".join(dict.fromkeys([duration(low), duration(high)]))


def live(store: RunStore, settings: Settings, run: str, overlay: Sequence[str], seen: str, key: str) -> tuple[Any, ...]:
    """What `live_outputs` show for the run; the card alone where `seen` tells that the rest is up to date."""
    folder = store.find(run)
    is_watched = is_any_active(store, settings, run, key)
    if folder is None:
        missing = card(None, gone=run if isinstance(run, str) else "", is_any_active=is_watched)
        return (missing, *[gr.update(visible=False)] * 5, None, None, None, "", gr.Timer(active=is_watched))
    found = endpoints.run_status(run, since_step=endpoints.NO_RECORDS) | {"about": changed_text(spec_of(folder))}
    mine = endpoints.may_change(folder, key, settings)
    is_live = found["status"] in ACTIVE
    # Every pupil asks once a second: what has not changed is not sent, and the timer that asks is running.
    timer = gr.skip() if is_live or is_watched else gr.Timer(active=False)
    now = "|".join([found["status"], str(found["step"]), found["phase"] or "", run, *overlay])
    if now == seen:
        return (card(found), *[gr.skip()] * 8, now, timer)
    is_stoppable = found["status"] != "stopping" and found["phase"] != "evaluating"
    stop = "Take out of the queue" if found["place"] else "Stop and evaluate"
    buttons = (
        gr.update(visible=mine and is_live, interactive=is_stoppable, value=stop),
        gr.update(visible=mine and not is_live and endpoints.is_resumable(folder)),
        gr.update(visible=mine and not is_live),
    )
    sure, figures = gr.update(visible=False), gr.update(visible=True)
    return (
        card(found),
        *buttons,
        sure,
        figures,
        *draw(store, run, overlay),
        now,
        gr.Timer(active=is_live or is_watched),
    )


def status_in(seen: Any) -> str:
    """The status that `seen` holds."""
    return str(seen).partition("|")[0]


def overlaid(names: Any) -> list[str]:
    """The runs that the overlay names."""
    return [name for name in names if isinstance(name, str)][:MOST_OVERLAID] if isinstance(names, list) else []


def draw(store: RunStore, run: str, overlay: Sequence[str]) -> tuple[Any, Any, Any]:
    """Binding, loss and recognition of a run and of those laid over it; `UserError` where records are damaged."""
    names = dict.fromkeys([run, *overlay])
    folders = [folder for name in names if (folder := store.find(name))]
    if not folders:
        return None, None, None
    with readable(folders[0], "metrics.jsonl"):
        curves = [curve(folder) for folder in folders]
        return shown(binding_curves(curves)), shown(loss_curves(curves)), shown(recognition_curves(curves))


def curve(folder: RunFolder) -> Curve:
    """The records of a run for the figures."""
    train, path = spec_of(folder).train, folder.path / "metrics.jsonl"
    stat = path.stat() if path.exists() else None
    records = _records(folder, stat.st_size, stat.st_mtime_ns) if stat else []
    return Curve(name=short(folder.run), records=records, batch_size=train.batch_size, steps=train.steps)


@lru_cache(maxsize=32)
def _records(folder: RunFolder, _size: int, _time: int) -> list[dict[str, Any]]:
    """A class that watches one run reads it once a step, not once a pupil."""
    return list(folder.records())


def listed(
    store: RunStore, settings: Settings, run: str, overlay: Sequence[str], key: str, search: str = ""
) -> tuple[Any, Any, str, str]:
    """What `list_outputs` show: the runs that hold the words of `search`, the overlay's choices, `known`, the words."""
    # Before the rows are read, so that what changes meanwhile is seen at the next look.
    now = known(store, settings, run, key)
    folders = visible(store, settings, run, key)
    choices = [folder.run for folder in folders if folder.run != run]
    wanted = str(search).lower().split()
    found = [row for row in rows(folders) if all(word in " ".join(row).lower() for word in wanted)]
    chosen = gr.update(choices=choices, value=[name for name in overlay if name in choices])
    return table_html(found, run, searched=bool(wanted)), chosen, now, search


def compared(store: RunStore, run: str, overlay: Sequence[str]) -> str:
    """What differs between the specs of the run and those laid over it, as HTML."""
    found = dict.fromkeys(folder for name in (run, *overlay) if (folder := store.find(name)))
    return difference_html(list(found))


def starts(store: RunStore, settings: Settings, spec: RunSpec, key: str) -> list[tuple[str, str]]:
    """What a run may start from, as the choices of a control."""
    return [FRESH, *((each.label, each.name) for each in start_choices(store, settings, spec.train.init, key)[1:])]
