"""The Workbench: data, training and outcome in three columns on one screen.

    bench = build_workbench(settings)
    bench.data, bench.training, bench.outcome      # a skeleton each, filled by scripts from the JSON that is its value

A column is one `gr.HTML`: its skeleton comes from a template, and `assets/js/workbench/mount.js` passes its value to a
module that knows no Gradio. Every user action returns as an event with JSON, which handlers check.
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from explorer.pages.server.static_files import PREFIX
from explorer.pages.workbench.sheet import Sheet, build_sheet
from explorer.pages.workbench.view import data_html, header_html, outcome_html, training_html
from explorer.resources import asset_text
from explorer.settings import Settings

PAIRS = f"{PREFIX}/workbench/pairs.json"
_STICKY = "<div class='wb-sticky'></div>"


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
        data = _column(data_html(), "mountData", settings)
        training = _column(training_html(), "mountTraining", settings)
        outcome = _column(outcome_html() + _STICKY, "mountOutcomeColumn", settings)
    return Workbench(data=data, training=training, outcome=outcome, sheet=build_sheet(settings))


def _column(html: str, mount: str, settings: Settings) -> Any:
    return gr.HTML(
        None,
        elem_id=f"bench-{mount.removeprefix('mount').removesuffix('Column').lower()}",
        html_template=html,
        js_on_load=asset_text("js/workbench/mount.js"),
        apply_default_css=False,
        settings={"mount": mount, "pairs": PAIRS, "poll_ms": round(1000 * settings.page_poll_s)},
    )
