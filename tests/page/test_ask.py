"""*Ask a real CLIP* in Node: every state of the page as HTML, and what its store asks and shows."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from explorer.clip.names import model_error
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.page.parts import Part, said

CAPTIONS = ("a yellow submarine and a blue bus", "a red mug and a green book", "a red bus")
NEVER_READ = ["a red mug and a green book", "a green mug and a red book"]
NAMES = {
    "OpenAI ViT-B/32", "LAION ViT-B/32", "SigLIP ViT-B/16", "hf-hub:laion/CLIP", "desk.jpg", "2.png", "bus", "car",
    "a large red bus and an old car", "a bus red", "hf download timm/vit_base_patch32_clip_224.openai",
    "Its weights are not those of ViT-L-14",
}  # fmt: skip
"""Names of models, files and objects, captions that no fixture has, a command, and what a library says of a file."""


def fixtures(folder: Path) -> dict[str, Any]:
    """Return what Python sends to the page, and a picture with what Pillow makes of it."""
    service, views = Service.from_environment("127.0.0.1", {"EXPLORER_RUNS": str(folder / "runs")}), entries()

    def ask(name: str, **values: Any) -> Any:
        return views[name].answer(service, values)

    readings = {each: ask("swaps", caption=each, corrections={}) for each in CAPTIONS}
    readings["corrected"] = ask("swaps", caption="a large red bus and an old car", corrections={"off": [8]})
    examples = ask("examples")
    names = [each["name"] for each in examples["models"]]
    listed = [each for each in ask("models") if each["kind"] == "shipped" or each["name"].startswith("ViT-B-")]
    for each in listed:
        if each["kind"] == "pretrained":
            each |= {"on_disk": False, "bytes": None}
    pixels = np.random.default_rng(0).integers(0, 256, (37, 53, 4), dtype=np.uint8)
    small = Image.fromarray(pixels[..., :3]).resize((16, 16), Image.Resampling.BICUBIC)
    squash = {"width": 53, "height": 37, "side": 16, "rgba": pixels.ravel().tolist()}
    return {
        "examples": examples,
        "listed": listed,
        "readings": readings,
        "unread": ask("never_read", models=names, captions=NEVER_READ),
        "texts": {"fetched": said("job.fetched", done=212, size=605)} | _refusals(),
        "squash": squash | {"expected": np.asarray(small).transpose(2, 0, 1).ravel().tolist()},
    }


def _refusals() -> dict[str, Any]:
    """What a model is refused for while it is fetched."""
    far = "no network here; if you have the file, name it, or fetch it elsewhere by {command}"
    reasons: dict[str, tuple[str, dict[str, str]]] = {
        "far": (far, {"command": "`hf download timm/vit_base_patch32_clip_224.openai`"}),
        "large": ("{size} MB do not fit: {free} MB are free", {"size": "605", "free": "310"}),
        "broken": ("the connection broke off while it was fetched; try again", {}),
    }
    return {name: model_error("ViT-B-32/openai", text, **values).sentence for name, (text, values) in reasons.items()}


def is_name(text: str) -> bool:
    captions = {each for picture in entries()["examples"].answer(None, {})["pictures"] for each in picture["captions"]}
    return text in captions | NAMES or text in CAPTIONS or text in NEVER_READ[0].split()


def names_of_shipped_models_are_for_the_command_line_only(told: dict[str, Any]) -> None:
    for name, html in told["english"].items():
        shown = re.sub(r'<div class="ask-cosines.*?</ul>|<pre.*?</pre>', "", html, flags=re.DOTALL)
        assert "things-" not in re.sub(r"<[^>]*>", "", shown) and "canonical" not in shown, name


PART = Part(
    name="ask",
    fixtures=fixtures,
    untranslated=r"<code>.*?</code>|<textarea.*?</textarea>"
    r'|<span class="ask-known".*?</span>|<ul class="ask-said".*?</ul>|<span class="ask-said".*?</u></span>',
    is_name=is_name,
    rules=(names_of_shipped_models_are_for_the_command_line_only,),
)
