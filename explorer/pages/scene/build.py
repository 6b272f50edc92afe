"""Your own scene: a canvas that the browser's engine answers; only a question to Probe comes back to the server.

    tab = build_scene()
    wire_scene(page, tab, probe)        # after `wire`, inside the Blocks

The scripts of the page are fetched when the tab is first in sight. The scene stands in the address as `scene`, which
the browser writes and reads.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from explorer.errors import NO_VALUE, UserError
from explorer.pages.probe.build import ProbeTab
from explorer.pages.shared.page_events import QUICK, Page
from explorer.pages.shared.state import notes_html
from explorer.pages.shared.templates import js_on_load
from explorer.pages.workbench.handlers import Answer, payload
from explorer.service.probing import LONGEST_CAPTION, decode, from_data_uri

MOST_PIXELS = 512
"""Most pixels on a side of the picture that goes to Probe; the script draws fewer."""
_PLACE = "<div class='scene-place' id='own-scene'></div>"


def build_scene() -> Any:
    """Build the tab; its script draws everything."""
    return gr.HTML(
        None, html_template=_PLACE, js_on_load=js_on_load("scene/mount"), apply_default_css=False, elem_id="scene-tab"
    )


def wire_scene(page: Page, scene: Any, probe: ProbeTab) -> None:
    """Attach the one listener: a picture with its captions goes to Probe."""
    shared = page.shared

    def probed(event: gr.EventData) -> Answer:
        try:
            path, caption, other = question_of(payload(event))
        except UserError as error:
            return {shared.notes: notes_html([str(error)])}
        return {
            page.tabs: gr.update(selected="probe"),
            probe.files: [path],
            probe.caption: caption,
            probe.others: other,
            shared.notes: "",
        }

    outputs = [page.tabs, probe.files, probe.caption, probe.others, shared.notes]
    scene.probed(probed, None, outputs, trigger_mode="once", **QUICK)


def question_of(record: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the file of the picture, its caption and the other caption; raise `UserError` for anything else."""
    texts = record.get("texts")
    if not isinstance(texts, list) or len(texts) != 2:
        raise UserError("captions", NO_VALUE, "give two captions")
    caption, other = map(_caption, texts)
    return _kept(record.get("image")), caption, other


def _kept(uri: Any) -> str:
    """Decode the picture and write it to the folder of temporary files, from which Gradio takes it as an upload."""
    image = decode(from_data_uri(uri, "picture"), "picture").convert("RGB")
    if max(image.size) > MOST_PIXELS:
        raise UserError("picture", NO_VALUE, f"has {image.width} x {image.height} pixels, at most {MOST_PIXELS} fit")
    with tempfile.NamedTemporaryFile(prefix="scene-", suffix=".png", delete=False) as file:
        image.save(file, "PNG")
    return str(Path(file.name))


def _caption(text: Any) -> str:
    if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST_CAPTION:
        raise UserError("caption", text, f"give a text of 1 to {LONGEST_CAPTION} characters")
    return " ".join(text.split())
