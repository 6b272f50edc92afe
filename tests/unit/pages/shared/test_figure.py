"""The component of a figure: a plain gr.HTML whose template keeps its DOM, and whose value is the drawing."""

import gradio as gr

from explorer.figures.style import Drawing
from explorer.pages.server.static_files import plotly_name
from explorer.pages.shared.figure import figure_value, figure_view

DRAWING = Drawing(figure={"data": [], "layout": {}}, sentence="Nothing.", columns=("step",), rows=((1,),))


def test_the_template_does_not_hold_the_value() -> None:
    with gr.Blocks():
        view = figure_view("loss", "Loss", height=200, value=DRAWING)
    assert type(view) is gr.HTML, "a subclass would make Gradio write a file beside its source"
    assert "${" not in view.html_template and "{{" not in view.html_template
    assert 'style="height: 200px"' in view.html_template
    assert view.value == figure_value(DRAWING) == DRAWING.as_dict() and figure_value(None) is None


def test_a_table_is_open_where_it_is_to_be_read() -> None:
    with gr.Blocks():
        opened, folded = figure_view("dose", "Dose", open_table=True), figure_view("loss", "Loss")
    assert "<details open>" in opened.html_template and "<details>" in folded.html_template


def test_a_label_is_no_template_and_no_html() -> None:
    with gr.Blocks():
        view = figure_view("loss", "a `${x}` <b> {{y}}")
    assert (
        not set("`$\\") & set(view.html_template) and "<b>" not in view.html_template and "{{" not in view.html_template
    )


def test_the_script_loads_plotly_by_a_relative_address_and_reports_clicks() -> None:
    with gr.Blocks():
        view = figure_view("loss", "Loss")
        view.select(lambda: None)
    script = str(view.js_on_load)
    assert plotly_name() in script and "http" not in script.replace("http://www.w3.org/2000/svg", "")
    assert "innerHTML =" not in script and "react(" in script
