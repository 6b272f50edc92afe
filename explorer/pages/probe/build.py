"""Probe: a user's pictures and captions scored by any CLIP, with the same captions with exchanged attributes.

    tab = build_probe(settings)
    example_values(tab)     # {component: value} for the example
    choices(store, settings, run, key)          # the models to choose from

torch is imported at the first question; the answer to the example was computed before.
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block
from markupsafe import Markup

from explorer.clip.catalog import Listed
from explorer.clip.names import shipped_names, weights_of
from explorer.pages.probe import example
from explorer.pages.probe.analyses import More, build_more
from explorer.pages.probe.caption_chips import read_caption_of
from explorer.pages.probe.question import MOST_MODELS, MOST_PICTURES, answered_text, pictures_html, progress_html
from explorer.pages.probe.view import answer_html
from explorer.pages.shared.templates import macro
from explorer.resources import asset_text
from explorer.runs.store import RunStore
from explorer.service.probing import LONGEST_CAPTION, models_here
from explorer.service.run_list import visible
from explorer.settings import Settings

MOST_SHOWN = 4
"""Number of models that are chosen at first."""
FETCHED = "Type to search. A real CLIP: type ViT-B-32/openai; it is fetched from the internet once, 605 MB."
OF_EXAMPLE = "The example, as the shipped models answer it."


@dataclass(frozen=True, kw_only=True)
class ProbeTab:
    """Components of the tab."""

    files: Any
    pictures: Any
    caption: Any
    chips: Any
    corrections: Any
    offered: Any
    others: Any
    confuse: Any
    unread: Any
    own: Any
    looks: Any
    models: Any
    ask: Any
    cancel: Any
    example: Any
    progress: Any
    answer: Any
    answered: Any
    more: More

    @property
    def inputs(self) -> list[Any]:
        """Return the components of a question."""
        return [self.files, self.caption, self.others, self.models, self.own, self.looks]

    @property
    def example_outputs(self) -> list[Any]:
        """Return the components that `example_values` fills."""
        return [self.files, self.pictures, self.caption, self.chips, self.others, self.corrections, self.models,
                self.own, self.looks, self.progress, self.answer, self.answered]  # fmt: skip


def build_probe(settings: Settings) -> ProbeTab:
    """Build the tab with the example and its answer."""
    parts: dict[str, Block] = {}
    with gr.Row(elem_classes="probe"):
        with gr.Column(scale=2, min_width=300, elem_classes="probe-question"):
            gr.HTML(heading("Your question"))
            parts |= _build_question(settings)
        with gr.Column(scale=3, min_width=320, elem_classes="probe-reply"):
            gr.HTML(heading("Its answer"))
            with gr.Row(elem_id="probe-ask-row"):
                parts["ask"] = gr.Button("Ask", variant="primary", elem_id="probe-ask", min_width=90, scale=2)
                parts["cancel"] = gr.Button("Cancel", interactive=False, elem_id="probe-cancel", min_width=80)
                parts["example"] = gr.Button("Example", elem_id="probe-example", min_width=80)
            parts["progress"] = gr.HTML(example_progress(), elem_id="probe-progress")
            parts["answer"] = gr.HTML(
                example_answer(), elem_id="probe-answer", js_on_load=asset_text("js/pages/copy.js")
            )
            parts["answered"] = gr.Textbox(example_answered(), visible=False)
    return ProbeTab(**parts, more=build_more())


def _build_question(settings: Settings) -> dict[str, Block]:
    """Build pictures, captions, models and the buttons."""
    chips, others, kept = read_caption_of(example.CAPTIONS[0])
    parts: dict[str, Block] = {}
    parts["pictures"] = gr.HTML(pictures_html(None), elem_id="probe-pictures")
    parts["files"] = gr.File(
        label=f"Your own pictures, up to {MOST_PICTURES}", file_count="multiple", file_types=["image"], height=140,
        elem_id="probe-files",
    )  # fmt: skip
    parts["caption"] = gr.Textbox(
        example.CAPTIONS[0], label="Caption", info="In English, with two objects and what is said of them.",
        placeholder="What is true of your picture", max_length=LONGEST_CAPTION, max_lines=1, elem_id="probe-caption",
    )  # fmt: skip
    parts["chips"] = gr.HTML(chips, elem_id="probe-chips", js_on_load=asset_text("js/pages/chips.js"))
    parts["corrections"] = gr.Textbox(kept, visible=False)
    parts["offered"] = gr.Textbox("", visible=False, elem_id="probe-offered")
    parts["others"] = gr.Textbox(
        others, label="Other captions, one a line", info="The swaps of yours; change them, or write your own.",
        lines=2, max_lines=8, placeholder="What is wrong of it", elem_id="probe-others",
    )  # fmt: skip
    parts["confuse"] = gr.Button("Add captions with repeated attributes", size="sm", elem_id="probe-confuse")
    parts["unread"] = gr.HTML("", elem_id="probe-unread")
    parts["own"] = gr.Checkbox(
        True, label="The second picture shows the second caption, and so on", elem_id="probe-own", container=False,
        info="Where there are as many captions; else every picture shows the first.",
    )  # fmt: skip
    parts["looks"] = gr.Checkbox(
        True, label="Show where it looks", elem_id="probe-looks", container=False,
        info="A map for each of the first captions, of vision transformers.",
    )  # fmt: skip
    info = "Type to search. Shipped models and runs." if settings.is_shared else FETCHED
    parts["models"] = gr.Dropdown(
        list(shipped_names()), value=list(shipped_names())[:MOST_SHOWN], multiselect=True, max_choices=MOST_MODELS,
        label="Models", info=info, elem_id="probe-models",
        # What is not offered is answered by a sentence, here and on a server that was started anew.
        allow_custom_value=True,
    )  # fmt: skip
    return parts


def heading(words: str) -> Markup:
    """Return the heading of a column."""
    return macro("shared/parts.html", "heading", words)


def example_values(tab: ProbeTab) -> dict[Any, Any]:
    """Return the values of the tab for the example."""
    files, caption, _, models, own, looks = _example_inputs()
    chips, others, corrections = read_caption_of(caption)
    return {
        tab.files: files, tab.pictures: pictures_html(files), tab.caption: caption, tab.chips: chips,
        tab.others: others, tab.corrections: corrections, tab.models: models, tab.own: own, tab.looks: looks,
        tab.progress: example_progress(), tab.answer: example_answer(), tab.answered: example_answered(),
    }  # fmt: skip


def _example_inputs() -> tuple[Any, ...]:
    """Return the values of `ProbeTab.inputs` for the example."""
    caption = example.CAPTIONS[0]
    return None, caption, read_caption_of(caption)[1], list(shipped_names())[:MOST_SHOWN], True, True


def example_progress() -> str:
    """State which question the answer on the tab belongs to, if there is an answer."""
    return progress_html(OF_EXAMPLE if example.answers() else "")


def example_answered() -> str:
    """Mark the answer on the tab as the example's, or as that of no question."""
    return answered_text(_example_inputs(), OF_EXAMPLE) if example.answers() else ""


def example_answer() -> str:
    """Return the answer of the shipped models to the example."""
    return answer_html(example.answers(), example.uris(), own=True)


def choices(store: RunStore, settings: Settings, run: str, key: str) -> list[tuple[str, str]]:
    """Return the models to choose from, with their size and if they are on the disk."""
    listed = models_here(store, "", closed=not settings.any_start)
    known = {model.name for model in listed}
    # Where the list is closed: the visitor's own runs, and that of a link.
    own = [folder.run for folder in visible(store, settings, run, key) if weights_of(folder.model)]
    return [(model_text(model), model.name) for model in listed] + [
        (f"{name} · run", name) for name in own if name not in known
    ]


def model_text(model: Listed) -> str:
    """Format a model of the list in one line."""
    parts = [model.name]
    if model.parameters is not None:
        parts.append(f"{model.parameters / 1e6:,.1f} M parameters")
    size = "" if model.bytes is None else f", {model.bytes / 1e6:,.0f} MB"
    parts.append(f"on disk{size}" if model.on_disk else "to be fetched")
    return " · ".join(parts)
