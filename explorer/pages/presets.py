"""The presets page: a preset to its sentence, its dials, and twelve scenes with their captions.

with gr.Blocks() as app:
    build_presets()
"""

import base64
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from explorer.api import resolve, scenes
from explorer.presets import PRESETS, preset
from explorer.spec import DIALS, SpecError, data_dict

QUESTION = "Can a CLIP tell “a yellow submarine and a blue bus” from “a blue submarine and a yellow bus”?"
CONTACT_SHEET = Path(__file__).parents[2] / "assets" / "contact-sheet.png"
STYLE = """<style>
.scenes {display: grid; grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)); gap: 16px; padding: 0; margin: 0}
.scenes figure {margin: 0}
.scenes img {width: 100%; aspect-ratio: 1; border-radius: 6px; display: block}
.scenes figcaption {margin-top: 6px; line-height: 1.35}
.scenes .swapped {color: #9a3412}
.dark .scenes .swapped {color: #fdba74}
.dials {display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 8px 0 14px}
.dials b {font-variant-numeric: tabular-nums}
.contact img {width: 100%; border-radius: 6px}
</style>"""


def build_presets() -> None:
    """The page's components and their one event."""
    gr.Markdown(f"# CLIP Binding Explorer\n{QUESTION}")
    first = next(iter(PRESETS))
    choice = gr.Radio(list(PRESETS), value=first, label="Preset", elem_id="preset")
    shown = gr.HTML(_show(first), elem_id="scenes")
    choice.change(_show, choice, shown, queue=False, show_progress="hidden", api_visibility="private")
    gr.HTML(_contact_sheet(), elem_id="contact-sheet")


@lru_cache(maxsize=len(PRESETS))
def _show(name: str) -> str:
    """The sentence, the dials and the scenes of a preset, as HTML."""
    try:
        found = preset(name)
        shown = scenes(name, {}, count=12, size=192)
    except SpecError as error:
        return f"<p role='alert'>{escape(str(error))}</p>"
    figures = "".join(map(_figure, shown))
    return f"{STYLE}<p>{escape(found.sentence)}</p>{_dials(name)}<div class='scenes'>{figures}</div>"


def _dials(name: str) -> str:
    """The data dials of a preset, side by side."""
    values = data_dict(resolve(name, {}).data)
    items = (f"<span>{escape(DIALS[field].label)} <b>{_value(value)}</b></span>" for field, value in values.items())
    return f"<div class='dials'>{''.join(items)}</div>"


def _value(value: Any) -> str:
    """A dial's value as a person writes it."""
    return escape(
        ", ".join(value) if isinstance(value, list) else f"{value:g}" if isinstance(value, float) else str(value)
    )


def _figure(scene: Mapping[str, Any]) -> str:
    """One scene with its caption and, where there is one, the caption swapped."""
    caption, swapped = escape(scene["caption"]), scene["swapped_caption"]
    wrong = f"<div class='swapped'>✗ {escape(swapped)}</div>" if swapped else ""
    return f"<figure><img src='{scene['image']}' alt='{caption}'><figcaption>✓ {caption}{wrong}</figcaption></figure>"


def _contact_sheet() -> str:
    """The picture of all nouns and values."""
    picture = base64.b64encode(CONTACT_SHEET.read_bytes()).decode()
    alt = "All nouns in all colors, sizes, patterns, outlines and tilts"
    return f"<div class='contact'><h3>The world</h3><img src='data:image/png;base64,{picture}' alt='{alt}'></div>"
