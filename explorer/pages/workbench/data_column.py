"""Play: a question with its answer by two models, then the dials, what training gave there, and the scenes they yield.

    play = build_play(shared, spec)
    show(spec)                     # what the outputs `play.outputs` show for a spec
    train_label(spec, store)       # what the primary button says

A move of a dial is answered by numpy and by frozen numbers alone, within a tenth of a second.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import gradio as gr

from explorer.pages.shared.scene_cards import scene_figure
from explorer.pages.shared.state import Shared
from explorer.pages.shared.url_state import TABS, values_of
from explorer.pages.shared.values import changed_text, duration, value_text
from explorer.pages.workbench.evidence_card import FOLLOW, measured_html
from explorer.pages.workbench.quiz_pairs import document
from explorer.pages.workbench.quiz_view import SCRIPT, first_html
from explorer.runs.queue import estimate_s
from explorer.runs.store import RunStore
from explorer.spec.dials import DIALS, DataSpec, TrainSpec
from explorer.spec.presets import PRESETS, preset
from explorer.spec.run_spec import RunSpec
from explorer.world.preview import Preview, preview
from explorer.world.worlds import WORLDS

SCENES, PIXELS = 12, 128
HERE = ("images", "captions", "loss")
"""The stages whose dials stand on this tab; those of the optimizer stand on Train."""
FOLDED = tuple(name for name, dial in DIALS.items() if dial.stage in HERE and not dial.is_main)
"""Those that stand in the closed part under the others."""
_UNSEEN = "nothing in these captions shows it"


@dataclass(frozen=True, kw_only=True)
class Play:
    """The components of the tab that answer a dial, and the buttons that lead on, by their tab."""

    sentence: Any
    scenes: Any
    facts: Any
    measured: Any
    train: Any
    reset: Any
    ways: Mapping[str, Any]

    @property
    def outputs(self) -> list[Any]:
        """What `show` fills."""
        return [self.sentence, self.scenes, self.facts, self.measured]


def build_play(shared: Shared, spec: RunSpec) -> Play:
    """The tab, showing `spec`."""
    sentence_text, scenes_text, facts_text, measured_text = show(spec)
    with gr.Row(elem_classes="play"):
        with gr.Column(min_width=320, elem_classes="play-first"):
            gr.HTML(first_html(document()), elem_id="first", js_on_load=SCRIPT)
        with gr.Column(min_width=320, elem_classes=["dials", "play-dials"]):
            parts = _build_dials(shared, measured_text)
        with gr.Column(min_width=320, elem_classes="play-scenes"):
            gr.HTML("<h2>What such data looks like</h2>")
            parts["sentence"] = gr.HTML(sentence_text, elem_id="preset-sentence")
            parts["scenes"] = gr.HTML(scenes_text, elem_id="scenes")
            parts["facts"] = gr.HTML(facts_text, elem_id="facts")
    return Play(**parts)


def _build_dials(shared: Shared, measured_text: str) -> dict[str, Any]:
    """The preset, the dials of the study, what was measured there, and the ways on."""
    with gr.Row(elem_classes="preset-row"):
        shared.preset.render()
        reset = gr.Button("Back to the preset", elem_id="reset", size="sm", scale=0, min_width=130)
    for name in _here(main=True):
        shared.controls.add(name)
    train = gr.Button("Train this yourself", variant="primary", elem_id="to-train")
    measured = gr.HTML(measured_text, elem_id="measured", js_on_load=FOLLOW)
    with gr.Row(elem_classes="ways"):
        ways = {
            "train": train,
            "probe": gr.Button("Probe your own picture", elem_id="to-probe", size="md", min_width=140),
            "study": gr.Button(
                "What the study found", elem_id="to-study", size="md", min_width=140, visible="study" in TABS
            ),
        }
    with gr.Accordion("All dials", open=False, elem_id="all-dials"):
        for name in _here(main=False):
            shared.controls.add(name)
    return {"reset": reset, "measured": measured, "train": train, "ways": ways}


def show(spec: RunSpec) -> tuple[str, str, str, str]:
    """The preset's sentence, the scenes, the facts and what was measured, as HTML."""
    found = _preview(spec.data, spec.train)
    return sentence_html(spec), found[0], _facts(spec, found[1]), measured_html(spec)


def train_label(spec: RunSpec, store: RunStore) -> str:
    """What the primary button says: how long a run of `spec` takes here."""
    low, high, _ = estimate_s(store, spec)
    return f"Train this yourself (about {duration((low + high) / 2)} here)"


def warm() -> None:
    """Draw every preset once, so that the first to choose one does not wait for its sprites."""
    for each in PRESETS.values():
        _preview(each.spec.data, each.spec.train)


def sentence_html(spec: RunSpec) -> str:
    """What the preset is for, and what was changed since."""
    base = preset(spec.preset or "")
    said = changed_text(spec)
    return f"<p>{escape(base.sentence)}</p>" + (f"<p class='quiet'>Changed: {said}.</p>" if said else "")


def _here(*, main: bool) -> Iterator[str]:
    return (name for name, dial in DIALS.items() if dial.stage in HERE and dial.is_main == main)


@lru_cache(maxsize=256)
def _preview(data: DataSpec, train: TrainSpec) -> tuple[str, Preview]:
    """The scenes as HTML and what they were made from."""
    found = preview(data, train, WORLDS[data.world], seed=train.seed, count=SCENES, size=PIXELS)
    figures = "".join(map(scene_figure, found.scenes))
    return f"<div class='scenes' data-count='{SCENES}'>{figures}</div>", found


def _facts(spec: RunSpec, found: Preview) -> str:
    """What was dialed beside what is measured, and what a batch of it is like."""
    rows = "".join(
        _row(name, value, found.measured.get(name)) for name, value in values_of(spec).items() if name in found.measured
    )
    head = "<tr><th>dial</th><th>dialed</th><th>measured</th><th>95 % interval</th><th>n</th></tr>"
    return f"<div class='facts'><h3>Dialed and measured</h3><table>{head}{rows}</table>{_rates(spec, found)}</div>"


def _row(name: str, value: Any, measured: Mapping[str, Any] | None) -> str:
    dial = DIALS[name]
    label = f"<td title='{escape(dial.help)}'>{escape(dial.label)}</td><td>{value_text(value)}</td>"
    if measured is None:
        return f"<tr>{label}<td colspan='3' class='quiet'>{_UNSEEN}</td></tr>"
    low, high = measured.get("low"), measured.get("high")
    span = "" if low is None else f"{low:.2f} to {high:.2f}"
    return f"<tr>{label}<td>{value_text(measured['value'])}</td><td>{span}</td><td>{measured['n']}</td></tr>"


def _rates(spec: RunSpec, found: Preview) -> str:
    """A batch in words."""
    rates, size = found.rates, found.num_pairs
    said = [
        f"{_percent(rates['swappable'])} of its captions have a swap",
        f"{_percent(rates['duplicate_captions'])} only repeat another caption",
        f"{_percent(rates['false_negatives'])} of the pairs of an image with another image's caption are true too",
    ]
    if spec.train.hard_negatives:
        said.append(
            f"{_percent(rates['hard_negatives'])} of its images get a hard negative, and"
            f" {_percent(rates['hard_negatives_true'])} of those are true of their own image"
        )
    items = "".join(f"<li>{sentence}.</li>" for sentence in said)
    return f"<h3>In a batch of {size} pairs</h3><ul id='rates'>{items}</ul>"


def _percent(share: float) -> str:
    return f"<b>{100 * share:.3g} %</b>"
