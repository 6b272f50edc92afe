"""A Drawing as a figure on the page: its plot, its sentence and its table, updated in place.

    view = figure_view("loss", "Loss")                  # inside gr.Blocks
    timer.tick(lambda: shown(loss_curves(curves)), None, view, ...)
    view.select(chosen, None, other)                    # def chosen(event: gr.EventData): event._data["point"]

The script draws with Plotly.react, so that zoom and hover stay during updates. A hidden figure, in a tab for example,
is drawn when it becomes visible. If Plotly does not load, sentence and table remain.
"""

import json
from functools import lru_cache
from html import escape
from typing import Any

import gradio as gr

from explorer.figures.style import ROLES, Drawing
from explorer.pages.server.plotly_routes import plotly_name
from explorer.resources import ASSETS

HEIGHT = 340  # px, kept free before the figure is drawn so that nothing jumps
TEMPLATE = """<div class="figure" data-ready="false" data-points="0">
  <h4 class="figure-title">{label}</h4>
  <div class="figure-plot" role="img" aria-label="{label}" style="height: {height}px"></div>
  <p class="figure-sentence"></p>
  <div class="figure-tools" hidden>
    <button type="button" data-do="png">PNG</button>
    <button type="button" data-do="svg">SVG</button>
    <button type="button" data-do="table">CSV</button>
    <button type="button" data-do="reset" hidden>Reset zoom</button>
    <details{opened}><summary>Table</summary>
      <div class="figure-table" tabindex="0" role="region" aria-label="{label}, table"></div>
    </details>
  </div>
  <div class="figure-card" hidden></div>
</div>"""


def figure_view(
    elem_id: str, label: str, *, height: int = HEIGHT, value: Drawing | None = None, open_table: bool = False
) -> gr.HTML:
    """Return a component that shows a Drawing under a name for screen readers and files; height in px.

    Its value is the result of `shown`. A click triggers `select` with {"x", "y", "curve", "point"}, and "text" if the
    point has one; in a heatmap x and y are column and row, and point is [row, column].
    """
    settings = {"label": label, "file": elem_id, "height": height, "plotly": plotly_name(), "roles": ROLES}
    return gr.HTML(
        shown(value),
        elem_id=elem_id,
        html_template=TEMPLATE.format(label=_quoted(label), height=height, opened=" open" if open_table else ""),
        css_template=_asset("css/figure.css"),
        js_on_load=f"const settings = {json.dumps(settings)};\n{_asset('js/figure.js')}",
        apply_default_css=False,
    )


def shown(drawing: Drawing | None) -> Any:
    """Return the value of a figure_view that shows the drawing; None shows nothing."""
    return None if drawing is None else drawing.as_dict()


def _quoted(label: str) -> str:
    """Quote a label for a template, which Gradio runs as a JavaScript template string after Handlebars."""
    return "".join(f"&#{ord(mark)};" if mark in "${}`\\" else mark for mark in escape(label))


@lru_cache
def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
