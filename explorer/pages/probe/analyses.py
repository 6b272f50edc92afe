"""Further parts of Probe: leaderboard, preference biases, unimodal probes, and the user's captions.

    more = build_more()            # inside the tab; `analysis_events` attaches the listeners

Each part folds. It has a sentence on its meaning with the source, one button, a line of progress, and figures.
"""

from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from markupsafe import Markup

from explorer.figures.reports import chart_height
from explorer.pages.probe.question import progress_html
from explorer.pages.shared.figure import figure_view
from explorer.pages.shared.templates import macro

COUNT = 400
"""Number of canonical scenes."""
CURVES = {
    "Attribute density": "attribute_density",
    "Caption completeness": "caption_completeness",
    "Saliency bias": "saliency_bias",
}
LADDER = (
    f"Every model that is chosen above answers your question and {COUNT} canonical scenes, drawn at its own "
    "resolution; the one that binds best stands first. A model that is not on this disk is listed and not fetched."
)
BIASES = (
    f"CLIPs favor what is large in a picture and what a caption names first (Abbasi and others, CVPR 2025, arXiv "
    f"2502.19842). Asked on {COUNT} canonical scenes, in which size, order and everything else are independent."
)
INSIDE_WORDS = (
    "A linear probe asks what color one noun has, within image and within caption embeddings; binding asks the same "
    "across the two. Chance is what the colors alone give. An untrained model is probed too, and reads well above that "
    "chance: only what exceeds the untrained model was learned. The last bar fits a linear map of the text embeddings "
    "(after Koishigarina and others, 2025, arXiv 2502.03566)."
)
OWN = (
    "Captions of your own, as .csv with a column caption or as .jsonl, up to 10 MB and 5,000 rows, are read as English "
    "and placed on the study's curves. With objects and boxes of the pictures, completeness and saliency bias too."
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part: its button, its line of progress, and its results."""

    go: Any
    cancel: Any
    """Button that ends the question; None of a part without one."""
    progress: Any
    room: Any
    """Container of the results, visible after the first."""
    shown: tuple[Any, ...]

    @property
    def outputs(self) -> list[Any]:
        """Return the components that its handler fills."""
        return [self.progress, *([] if self.cancel is None else [self.cancel]), self.room, *self.shown]

    def can_cancel(self, busy: bool) -> dict[Any, Any]:
        """Return the value of the Cancel button, nothing of a part without one."""
        return {} if self.cancel is None else {self.cancel: gr.update(interactive=busy)}


@dataclass(frozen=True, kw_only=True)
class More:
    """The parts, and the inputs of the last one."""

    ladder: Part
    biases: Part
    inside: Part
    own: Part
    file: Any
    curve: Any


def build_more() -> More:
    """Build the folded parts."""
    with gr.Accordion("A ladder of models", open=False, elem_id="probe-ladder"):
        ladder = _part("ladder", LADDER, "Climb")
        with ladder.room:
            ladder_shown = _figure("ladder", "Binding accuracy by model"), gr.HTML("", elem_id="probe-ladder-table")
    with gr.Accordion("What it favors", open=False, elem_id="probe-biases"):
        biases = _part("biases", BIASES, "Measure")
        with biases.room:
            biases_shown = _figure("biases", "What the models favor"), gr.HTML("", elem_id="probe-biases-words")
    with gr.Accordion("Inside the embedding", open=False, elem_id="probe-inside"):
        inside = _part("inside", INSIDE_WORDS, "Look inside")
        with inside.room:
            inside_shown = (
                _figure("inside", "Within images, within captions, and between them"),
                gr.HTML("", elem_id="probe-inside-words"),
                figure_view("probe-map", "Images and captions of the first model on two axes", height=360),
            )
    with gr.Accordion("Your captions on our curves", open=False, elem_id="probe-own-data"):
        gr.HTML(quiet(OWN))
        with gr.Row():
            file = gr.File(
                label="Captions", file_types=[".csv", ".jsonl"], height=120, elem_id="probe-captions-file", scale=1
            )
            curve = gr.Radio(list(CURVES), value=next(iter(CURVES)), label="Curve", elem_id="probe-curve", scale=1)
        progress = gr.HTML(progress_html(""), elem_id="probe-own-data-progress")
        table = gr.HTML("", elem_id="probe-own-data-table")
        with gr.Column(visible=False) as room:
            drawn = figure_view("probe-own-data-figure", "The study's curve, with your captions on it")
    return More(
        ladder=replace(ladder, shown=ladder_shown),
        biases=replace(biases, shown=biases_shown),
        inside=replace(inside, shown=inside_shown),
        own=Part(go=None, cancel=None, progress=progress, room=room, shown=(table, drawn)),
        file=file,
        curve=curve,
    )


def quiet(words: str) -> Markup:
    """Return the explanation of a part."""
    return macro("shared/parts.html", "quiet", words)


def _part(name: str, words: str, button: str) -> Part:
    """Build a part with the container of its results, which is empty."""
    gr.HTML(quiet(words))
    with gr.Row():
        go = gr.Button(button, elem_id=f"probe-{name}-go", scale=0, min_width=170)
        cancel = gr.Button("Cancel", interactive=False, elem_id=f"probe-{name}-cancel", scale=0, min_width=90)
        # As wide as a sentence: next to the button, or below it on a phone.
        with gr.Column(min_width=240):
            progress = gr.HTML(progress_html(""), elem_id=f"probe-{name}-progress")
    return Part(go=go, cancel=cancel, progress=progress, room=gr.Column(visible=False), shown=())


def _figure(name: str, label: str) -> Any:
    return figure_view(f"probe-{name}-figure", label, height=chart_height(4))
