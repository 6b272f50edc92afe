"""Play: the dials on the left, the scenes and captions that they yield on the right, measured against what was dialled.

    play = build_play(shared)
    play.show(spec)        # what the outputs `play.outputs` show for a spec

A move of a dial is answered by numpy alone, within a tenth of a second.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import gradio as gr

from explorer.pages.address import changed, values_of
from explorer.pages.scenes_html import scene_figure
from explorer.pages.shared import Shared
from explorer.presets import PRESETS, preset
from explorer.spec import DIALS, DataSpec, RunSpec, TrainSpec
from explorer.world.preview import Preview, preview
from explorer.world.worlds import WORLDS

SCENES, PIXELS = 12, 128
HERE = ("images", "captions", "loss")
"""The stages whose dials stand on this tab; those of the optimiser stand on Train."""
FOLDED = tuple(name for name, dial in DIALS.items() if dial.stage in HERE and not dial.is_main)
"""Those that stand in the closed part under the others."""
_UNSEEN = "nothing in these captions shows it"


@dataclass(frozen=True, kw_only=True)
class Play:
    """The components of the tab that answer a dial, and the button that leads on."""

    sentence: Any
    scenes: Any
    facts: Any
    train: Any
    reset: Any

    @property
    def outputs(self) -> list[Any]:
        """What `show` fills."""
        return [self.sentence, self.scenes, self.facts]


def build_play(shared: Shared, spec: RunSpec) -> Play:
    """The tab, showing `spec`."""
    first = show(spec)
    with gr.Row(elem_classes="play"):
        with gr.Column(scale=1, min_width=290, elem_classes="dials"):
            shared.preset.render()
            sentence = gr.HTML(first[0], elem_id="preset-sentence")
            for name in _here(main=True):
                shared.controls.add(name)
            with gr.Row():
                train = gr.Button("Train on this", variant="primary", elem_id="to-train")
                reset = gr.Button("Back to the preset", elem_id="reset")
            with gr.Accordion("All dials", open=False, elem_id="all-dials"):
                for name in _here(main=False):
                    shared.controls.add(name)
        with gr.Column(scale=3, min_width=320):
            scenes = gr.HTML(first[1], elem_id="scenes")
            facts = gr.HTML(first[2], elem_id="facts")
    return Play(sentence=sentence, scenes=scenes, facts=facts, train=train, reset=reset)


def show(spec: RunSpec) -> tuple[str, str, str]:
    """The preset's sentence, the scenes and the facts, as HTML."""
    found = _preview(spec.data, spec.train)
    return sentence_html(spec), found[0], _facts(spec, found[1])


def warm() -> None:
    """Draw every preset once, so that the first to choose one does not wait for its sprites."""
    for each in PRESETS.values():
        _preview(each.spec.data, each.spec.train)


def sentence_html(spec: RunSpec) -> str:
    """What the preset is for, and what was changed since."""
    base = preset(spec.preset or "")
    said = changed_text(spec)
    return f"<p>{escape(base.sentence)}</p>" + (f"<p class='quiet'>Changed: {said}.</p>" if said else "")


def changed_text(spec: RunSpec) -> str:
    """The dials that differ from the preset, in words, escaped."""
    fields = changed(spec)
    return ", ".join(f"{escape(DIALS[name].label.lower())} {value_text(value)}" for name, value in fields.items())


def _here(*, main: bool) -> Iterator[str]:
    return (name for name, dial in DIALS.items() if dial.stage in HERE and dial.is_main == main)


@lru_cache(maxsize=256)
def _preview(data: DataSpec, train: TrainSpec) -> tuple[str, Preview]:
    """The scenes as HTML and what they were made from."""
    found = preview(data, train, WORLDS[data.world], seed=train.seed, count=SCENES, size=PIXELS)
    figures = "".join(map(scene_figure, found.scenes))
    return f"<div class='scenes' data-count='{SCENES}'>{figures}</div>", found


def _facts(spec: RunSpec, found: Preview) -> str:
    """What was dialled beside what is measured, and what a batch of it is like."""
    rows = "".join(
        _row(name, value, found.measured.get(name)) for name, value in values_of(spec).items() if name in found.measured
    )
    head = "<tr><th>dial</th><th>dialled</th><th>measured</th><th>95 % interval</th><th>n</th></tr>"
    return f"<div class='facts'><h3>Dialled and measured</h3><table>{head}{rows}</table>{_rates(spec, found)}</div>"


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


def value_text(value: Any) -> str:
    """A dial's value as a person writes it, escaped."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    return escape(", ".join(value) if isinstance(value, list | tuple) else str(value))
