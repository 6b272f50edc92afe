"""*Ask a real CLIP* in Node: every state of the page as HTML, and what its store asks and shows.

python -m tests.page.test_ask writes the snapshots anew.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.resources import asset_text
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.engine.node import node

HERE = Path(__file__).parent
SNAPSHOTS = HERE / "snapshots" / "ask"
CAPTIONS = ("a yellow submarine and a blue bus", "a red mug and a green book", "a red bus")
NEVER_READ = ["a red mug and a green book", "a green mug and a red book"]
CODE = re.compile(r'<code>.*?</code>|<textarea.*?</textarea>|<button[^>]*class="ask-chip chip".*?</button>', re.DOTALL)
"""Code and what is read of a caption."""
NAMES = {
    "OpenAI ViT-B/32", "LAION ViT-B/32", "SigLIP ViT-B/16", "hf-hub:laion/CLIP", "desk.jpg", "2.png", "bus", "car",
    "a large red bus and an old car", "a bus red",
}  # fmt: skip
"""Names of models, files and objects, and captions that no fixture has."""
SPOKEN = re.compile(r'(?:aria-label|title|placeholder)="([^"]*)"')
MADE = (
    "Its weights",
    "No network here",
    "605 MB do not",
    "The connection broke",
    "Nothing to swap",
    "It was too large",
)
"""Sentences that a state holds ready made; the page's observer translates those of Python."""


def fixtures(folder: Path) -> dict[str, Any]:
    """Return what Python sends to the page, and a picture with what Pillow makes of it."""
    here, views = Service.here("127.0.0.1", {"EXPLORER_RUNS": str(folder / "runs")}), entries()

    def ask(name: str, **values: Any) -> Any:
        return views[name].answer(here, values)

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
        "words": json.loads(asset_text("i18n/zh.json")),
        "squash": squash | {"expected": np.asarray(small).transpose(2, 0, 1).ravel().tolist()},
    }


def rendered(folder: Path) -> dict[str, Any]:
    """Run Node once."""
    given = folder / "fixtures.json"
    given.write_text(json.dumps(fixtures(folder)), encoding="utf-8")
    done = subprocess.run([node(), str(HERE / "ask_run.js"), str(given)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return rendered(tmp_path_factory.mktemp("ask"))


def test_every_state_looks_as_it_was_last_looked_at(found: dict[str, Any]) -> None:
    kept = {path.stem: path.read_text(encoding="utf-8") for path in SNAPSHOTS.glob("*.html")}
    assert sorted(found["english"]) == sorted(kept)
    changed = [name for name, html in found["english"].items() if html != kept[name]]
    assert changed == [], "look at them, then write them anew"


def test_no_state_shows_what_is_no_text(found: dict[str, Any]) -> None:
    for name, html in (found["english"] | found["chinese"]).items():
        texts = re.sub(r"<[^>]*>", "\n", html)
        assert not re.search(r"\b(undefined|null|NaN|Infinity)\b|^(true|false)$|\[object|\{\d?\}", texts, re.M), name
        assert not re.search(r"\b(NaN|undefined)\b", html), name


def test_no_english_is_left_in_chinese(found: dict[str, Any]) -> None:
    captions = {each for picture in entries()["examples"].answer(None, {})["pictures"] for each in picture["captions"]}
    for name, html in found["chinese"].items():
        page = CODE.sub("", html)
        said = {text.strip() for text in (*re.split(r"<[^>]*>", page), *SPOKEN.findall(page))} - captions - NAMES
        english = [text for text in said if re.search("[A-Za-z]{3}", text) and not re.search("[\u4e00-\u9fff]", text)]
        assert [text for text in english if text not in CAPTIONS and not text.startswith(MADE)] == [], name


def test_what_a_person_does_is_asked_and_shown(found: dict[str, Any]) -> None:
    assert found["failed"] == {}


def test_names_of_shipped_models_are_for_the_command_line_only(found: dict[str, Any]) -> None:
    for name, html in found["english"].items():
        shown = re.sub(r'<div class="ask-cosines.*?</ul>|<pre.*?</pre>', "", html, flags=re.DOTALL)
        assert "things-" not in re.sub(r"<[^>]*>", "", shown) and "canonical" not in shown, name


def test_each_id_stands_once_and_labels_have_their_controls(found: dict[str, Any]) -> None:
    for name, html in found["english"].items():
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), name
        assert set(re.findall(r'<label for="([^"]+)"', html)) <= set(ids), name
        assert {"ask-picture", "ask-caption", "ask-models", "add-model"} <= set(ids), name


if __name__ == "__main__":
    SNAPSHOTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        shown = rendered(Path(made))["english"]
    for old in SNAPSHOTS.glob("*.html"):
        if old.stem not in shown:
            old.unlink()
    for name, html in shown.items():
        (SNAPSHOTS / f"{name}.html").write_text(html, encoding="utf-8")
