"""A Drawing as a figure on the page: its plot, its sentence and its table, updated in place.

    view = figure_view("loss", "Loss")                  # inside gr.Blocks
    timer.tick(lambda: figure_value(loss_curves(curves)), None, view, ...)
    view.select(chosen, None, other)                    # def chosen(event: gr.EventData): event._data["point"]

The script draws with Plotly.react, so that zoom and hover stay during updates. A hidden figure, in a tab for example,
is drawn when it becomes visible. If Plotly does not load, sentence and table remain.
"""

from typing import Any

import gradio as gr
from markupsafe import Markup, escape

from explorer.figures.style import ROLES, Drawing
from explorer.pages.server.static_files import plotly_name
from explorer.pages.shared.templates import js_on_load, rendered
from explorer.resources import asset_text

HEIGHT = 340  # px, kept free before the figure is drawn so that nothing jumps


def figure_view(
    elem_id: str,
    label: str,
    *,
    reading: str = "",
    height: int = HEIGHT,
    value: Drawing | None = None,
    open_table: bool = False,
) -> gr.HTML:
    """Return a component that shows a Drawing under a name, with one line on how to read it; height in px.

    Its value is the result of `figure_value`. A click triggers `select` with {"x", "y", "curve", "point"}, and "text"
    if the point has one; in a heatmap x and y are column and row, and point is [row, column].
    """
    settings = {"file": elem_id, "height": height, "plotly": plotly_name(), "roles": ROLES}
    return gr.HTML(
        figure_value(value),
        elem_id=elem_id,
        html_template=rendered(
            "shared/figure.html", label=_quoted(label), reading=_quoted(reading), height=height, is_open=open_table
        ),
        css_template=asset_text("css/figure.css"),
        js_on_load=js_on_load("figure", **settings),
        apply_default_css=False,
    )


def figure_value(drawing: Drawing | None) -> Any:
    """Return the value of a figure_view that shows the drawing; None shows nothing."""
    return None if drawing is None else drawing.as_dict()


def _quoted(label: str) -> Markup:
    """Quote a label for a template, which Gradio runs as a JavaScript template string after Handlebars."""
    return Markup("").join(Markup(f"&#{ord(mark)};") if mark in "${}`\\" else escape(mark) for mark in label)  # noqa: S704
