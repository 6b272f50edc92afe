"""The Workbench in every state, as HTML, in Node; what a person does is driven there too.

python -m tests.page.test_bench writes the snapshots anew.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from explorer.resources import asset_text
from explorer.runs.outcome import TRAINED_BEFORE
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.views.registry import entries
from explorer.views.runs import GONE
from explorer.views.service import Service
from tests.engine.node import node

HERE = Path(__file__).parent
SNAPSHOTS = HERE / "snapshots" / "bench"
PICTURE = re.compile(r"^data:image/[^,]+,.*", re.DOTALL)
UNTRANSLATED = re.compile(
    r"<figcaption.*?</figcaption>|<p class=\"wb-cap\".*?</p>|<div class=\"wb-trick\">.*?</p>|<code>.*?</code>",
    re.DOTALL,
)
"""Captions, which are English in every language: the models read no other."""
SPOKEN = re.compile(r'(?:aria-label|title|placeholder|aria-valuetext)="([^"]*)"')
WORDS = [{"text": word, "kind": None, "color": None, "moved": False} for word in ("a", "bus")]
CARD = {"image": "picture.png", "alt": "a bus", "words": WORDS, "untold": [[0.1, 0.1, 0.2, 0.2]], "trick": None,
        "no_trick": "it names one object"}  # fmt: skip
SAMPLES = {"told": {"levels": [2] * 20 + [1] * 3 + [0], "counts": [1, 3, 20]}, "cards": [CARD] * 3}


def fixtures(folder: Path) -> dict[str, Any]:
    """Return what the views answer, and samples: without pictures, and what depends on the computer stands still."""
    here = Service.of(RunStore(folder), LOCAL)

    def view(name: str, **values: Any) -> Any:
        return _without_pictures(entries()[name].answer(here, values))

    catalog = view("catalog") | {"device": "CPU", "mode": "Runs train on the CPU of this computer (2 cores), also while"
                                 " the page is closed."}  # fmt: skip
    catalog["nouns"] = {"bus": [{"kind": "body", "points": "0,0 1,0 1,1"}]}
    models = {name: view("run", compare=of)["compare"] for name, of in
              {"asker": "things-web", "tidy": "binding-friendly", "web": "web-like"}.items()}  # fmt: skip
    texts = {"gone": GONE, "earlier": TRAINED_BEFORE}
    zh = json.loads(asset_text("i18n/zh.json"))
    return models | {"catalog": catalog, "pairs": view("pairs"), "samples": SAMPLES, "texts": texts, "zh": zh}


def _without_pictures(value: Any) -> Any:
    if isinstance(value, str):
        return PICTURE.sub("picture.png", value)
    if isinstance(value, dict):
        return {name: _without_pictures(each) for name, each in value.items()}
    return [_without_pictures(each) for each in value] if isinstance(value, list | tuple) else value


def rendered(folder: Path) -> dict[str, Any]:
    """Run Node once; raise `CalledProcessError` with what it said."""
    given = folder / "fixtures.json"
    given.write_text(json.dumps(fixtures(folder / "runs")), encoding="utf-8")
    done = subprocess.run(
        [node(), str(HERE / "bench_run.js"), str(given)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return rendered(tmp_path_factory.mktemp("bench"))


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


def test_no_english_is_left_in_chinese(found: dict[str, Any], tmp_path: Path) -> None:
    catalog = fixtures(tmp_path)["catalog"]
    choices = {each for dial in catalog["dials"].values() for each in dial["choices"] or ()}
    names = choices | {*catalog["kinds"], *catalog["architectures"], *catalog["kinds"]["things"], "n", "openai"}
    for name, html in found["chinese"].items():
        page = UNTRANSLATED.sub("", html)
        said = {*re.split(r"<[^>]*>", page), *SPOKEN.findall(page)} - {"Which one binds?"}
        english = [text for text in said if re.search("[A-Za-z]{3}", text) and not re.search("[\u4e00-\u9fff]", text)]
        # A dial's choice has its name in every language.
        assert [text for text in english if not set(re.findall(r"[a-z][a-z0-9-]*", text)) <= names] == [], name


def test_what_a_person_does_is_asked_and_shown(found: dict[str, Any]) -> None:
    assert found["failed"] == {}


def test_each_id_stands_once_and_labels_have_their_controls(found: dict[str, Any]) -> None:
    for name, html in found["english"].items():
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), name
        assert set(re.findall(r'<label for="([^"]+)"', html)) <= set(ids), name


def test_the_question_comes_first_in_the_document_of_a_narrow_window(found: dict[str, Any]) -> None:
    places = {
        name: [found["english"][name].index(f'id="workbench-{column}"') for column in ("outcome", "data", "training")]
        for name in ("a-first-opening", "a-first-opening-narrow")
    }
    outcome, data, training = places["a-first-opening-narrow"]
    assert outcome < data < training
    outcome, data, training = places["a-first-opening"]
    assert data < training < outcome


if __name__ == "__main__":
    SNAPSHOTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        shown = rendered(Path(made))
    for failed, why in shown["failed"].items():
        print(failed, why, file=sys.stderr)
    for old in SNAPSHOTS.glob("*.html"):
        if old.stem not in shown["english"]:
            old.unlink()
    for name, html in shown["english"].items():
        (SNAPSHOTS / f"{name}.html").write_text(html, encoding="utf-8")
