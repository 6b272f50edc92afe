"""Components of the Workbench: data, training and outcome in three columns, and the sheet of runs over them.

    bench = build_workbench(settings)
    bench.data, bench.training, bench.outcome      # drawn by scripts from the JSON that is the value of each

A column is one `gr.HTML`, into which `assets/page/app.js` draws; its script hands over what Gradio gives it. Every user
action returns as an event with JSON, which handlers check. The sheet opens from the Training column; its figures are
drawn when it is first in sight.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block

from explorer.evaluation.results import FOLLOWED_FORMS
from explorer.pages.server.static_files import PREFIX
from explorer.pages.shared.figure import figure_view
from explorer.pages.shared.templates import js_on_load
from explorer.pages.workbench.sheet import MOST_OVERLAID
from explorer.pages.workbench.view import catalog, header_html
from explorer.resources import asset_text
from explorer.settings import Settings
from explorer.views.runs import METRICS

PAIRS = f"{PREFIX}/workbench/pairs.json"
EMPTY = '<section class="wb-col" id="workbench-{name}"></section>'
"""A column until its script has come, in its place and as large as it will be."""
_HEAD = "<div class='wb-sheet-head'><h2>Runs</h2><button type='button' class='wb-btn'>Close</button></div>"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Components of the sheet; `about` to `difference` belong to the open run."""

    search: Any
    table: Any
    upload: Any
    opened: Any
    about: Any
    resume: Any
    delete: Any
    sure: Any
    gone: Any
    keep: Any
    overlay: Any
    differs: Any
    binding: Any
    recognition: Any
    loss: Any
    paired: Any
    metric: Any
    form: Any
    difference: Any

    @property
    def outputs(self) -> list[Any]:
        """Return the components that a listing fills."""
        figures = [self.binding, self.recognition, self.loss, self.paired, self.difference]
        return [self.table, self.opened, self.about, self.resume, self.delete, self.sure, self.overlay, self.differs,
                *figures]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """Components of the tab: three columns, and the sheet of runs that opens over them."""

    data: Any
    training: Any
    outcome: Any
    sheet: Sheet


def build_header() -> Any:
    """Build the header of every tab."""
    return gr.HTML(
        header_html(),
        elem_id="header",
        padding=False,
        apply_default_css=False,
        js_on_load=asset_text("js/header.js"),
    )


def build_workbench(settings: Settings) -> Workbench:
    """Build the tab, without values."""
    with gr.Column(elem_id="bench"):
        settings_of_page = {"pairs_address": PAIRS, "poll_ms": round(1000 * settings.page_poll_s)}
        data = _column("data", settings_of_page | {"catalog": catalog()})
        training, outcome = _column("training"), _column("outcome")
    return Workbench(data=data, training=training, outcome=outcome, sheet=build_sheet(settings))


def _column(name: str, settings: Mapping[str, object] | None = None) -> Any:
    return gr.HTML(
        None,
        elem_id=f"bench-{name}",
        html_template=EMPTY.format(name=name),
        js_on_load=js_on_load("workbench/column", column=name),
        apply_default_css=False,
        settings=dict(settings or {}),
    )


def build_sheet(settings: Settings) -> Sheet:
    """Build the sheet, empty: the open run with its verdict and figures, a table with a search, an import."""
    parts: dict[str, Block] = {}
    with gr.Column(elem_id="wb-runs"):
        gr.HTML(_HEAD, js_on_load=js_on_load("workbench/sheet"), apply_default_css=False)
        parts["search"] = gr.Textbox(
            label="Search", info="A recipe, a dial, a status, a part of a run's name.", max_length=80, elem_id="search"
        )
        parts["table"] = gr.HTML("", elem_id="runs", js_on_load=js_on_load("workbench/runs"))
        with gr.Column(visible=False, elem_id="opened-run") as parts["opened"]:
            parts |= _build_actions() | _build_figures()
        # Not on a shared server, which would load and keep the weights of strangers.
        with gr.Accordion("Bring a run from a file", open=False, visible=not settings.is_shared):
            parts["upload"] = gr.File(
                label="A run as a zip, as its export gives it", file_types=[".zip"], elem_id="import", height=110
            )
    return Sheet(**parts)


def _build_actions() -> dict[str, Block]:
    """Build the verdict of the open run, its export, and the buttons of its owner."""
    parts: dict[str, Block] = {"about": gr.HTML("", elem_id="about-run", padding=False)}
    with gr.Row():
        parts["resume"] = gr.Button("Resume", visible=False, elem_id="resume", size="md", scale=0, min_width=160)
        parts["delete"] = gr.Button("Delete", visible=False, elem_id="delete", size="md", scale=0, min_width=160)
    with gr.Row(visible=False, elem_id="sure") as parts["sure"]:
        parts["gone"] = gr.Button("Delete for good", variant="stop", elem_id="delete-for-good", size="md")
        parts["keep"] = gr.Button("Keep it", elem_id="keep", size="md")
    return parts


def _build_figures() -> dict[str, Block]:
    """Build the curves of the open run with others over it, and the paired difference from them."""
    parts: dict[str, Block] = {}
    parts["overlay"] = gr.Dropdown(
        [], multiselect=True, max_choices=MOST_OVERLAID, label="Compare with", elem_id="overlay",
        info="Runs drawn into the same figures.",
    )  # fmt: skip
    parts["differs"] = gr.HTML("", elem_id="difference", padding=False)
    with gr.Row():
        for name, label in (("binding", "Binding accuracy"), ("recognition", "Recognition accuracy"), ("loss", "Loss")):
            with gr.Column(min_width=300):
                parts[name] = figure_view(f"figure-{name}", label)
    with gr.Column(visible=False, elem_id="compare") as parts["paired"]:
        with gr.Row():
            parts["metric"] = gr.Radio(
                list(METRICS.items()), value="binding_accuracy", label="Difference in", elem_id="compare-metric",
                min_width=220,
            )  # fmt: skip
            parts["form"] = gr.Radio(
                list(FOLLOWED_FORMS), value=FOLLOWED_FORMS[0], label="Captions", elem_id="compare-form", min_width=220
            )
        parts["difference"] = figure_view("figure-difference", "Difference at the same steps")
    return parts
