"""The Workbench: data, training and outcome in three columns on one screen.

    bench = build_workbench(shared, settings)
    bench.data, bench.training, bench.outcome      # a skeleton each, filled by scripts from the JSON that is its value

A column is one `gr.HTML`: its skeleton comes from a template, and `assets/js/workbench/mount.js` passes its value to a
module that knows no Gradio. Every user action returns as an event with JSON, which handlers check.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import gradio as gr

from explorer.pages.server.plotly_routes import PREFIX
from explorer.pages.workbench.runs_table import runs_view
from explorer.pages.workbench.view import data_html, header_html, outcome_html, training_html
from explorer.resources import ASSETS
from explorer.settings import Settings

PAIRS = f"{PREFIX}/workbench/pairs.json"
_STICKY = "<div class='wb-sticky'></div>"


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """Components of the tab: three columns, and the sheet of runs that opens over them."""

    data: Any
    training: Any
    outcome: Any
    sheet: Any
    search: Any
    table: Any
    resume: Any
    delete: Any
    sure: Any
    gone: Any
    keep: Any
    upload: Any


def build_header() -> Any:
    """Build the header of every tab."""
    return gr.HTML(
        header_html(), elem_id="header", padding=False, apply_default_css=False, js_on_load=_script("header")
    )


def build_workbench(settings: Settings) -> Workbench:
    """Build the tab, without values."""
    with gr.Column(elem_id="bench"):
        data = _column(data_html(), "mountData", settings)
        training = _column(training_html(), "mountTraining", settings)
        outcome = _column(outcome_html() + _STICKY, "mountOutcomeColumn", settings)
    return Workbench(data=data, training=training, outcome=outcome, **_build_sheet(settings))


def _column(html: str, mount: str, settings: Settings) -> Any:
    return gr.HTML(
        None,
        html_template=html,
        js_on_load=_script("workbench/mount"),
        apply_default_css=False,
        settings={"mount": mount, "pairs": PAIRS, "poll_ms": round(1000 * settings.page_poll_s)},
    )


def _build_sheet(settings: Settings) -> dict[str, Any]:
    """Build the sheet of runs: a table with a search, the actions on the open run, and the import of a file."""
    parts: dict[str, Any] = {}
    with gr.Column(elem_id="wb-runs") as parts["sheet"]:
        gr.HTML("<div class='wb-sheet-head'><h2>Runs</h2><button type='button' class='wb-btn'>Close</button></div>",
                js_on_load=_script("workbench/sheet"), apply_default_css=False)  # fmt: skip
        parts["search"] = gr.Textbox(
            label="Search", info="A recipe, a dial, a status, a part of a run's name.", max_length=80
        )
        parts["table"] = runs_view("wb-table")
        with gr.Row():
            parts["resume"] = gr.Button("Resume the open run", visible=False, size="md")
            parts["delete"] = gr.Button("Delete the open run", visible=False, size="md")
        with gr.Row(visible=False) as parts["sure"]:
            parts["gone"] = gr.Button("Delete for good", variant="stop", size="md")
            parts["keep"] = gr.Button("Keep it", size="md")
        # Not where strangers are: weights of anybody's would be loaded and kept.
        parts["upload"] = gr.File(
            label="Bring a run: a zip, as Export gives it",
            file_types=[".zip"],
            visible=not settings.is_shared,
            height=110,
        )
    return parts


@lru_cache
def _script(name: str) -> str:
    return (ASSETS / "js" / f"{name}.js").read_text(encoding="utf-8")
