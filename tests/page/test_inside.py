"""Look inside and the sheet of runs, in Node: every state as HTML, in both languages, and what they compute.

python -m tests.page.test_inside writes the snapshots anew.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from explorer.resources import ASSETS
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.engine.node import node
from tests.oracles.store import CLOCK, KEY, fill_store, stopped_clock

HERE = Path(__file__).parent
SNAPSHOTS = HERE / "snapshots" / "inside"
STEPS: dict[str, dict[str, Any]] = {
    "running": {"name": "running"},
    "finished": {"name": "finished"},
    "queued": {"name": "queued"},
    "shipped": {"name": "things-web"},
    "own": {"name": "things-web", "form": "own"},
}
UNTRANSLATED = re.compile(
    r'<span class="in-words".*?</span>(?=<span class="in-cosine")|<pre.*?</pre>|<code>.*?</code>|alt="[^"]*"', re.DOTALL
)
"""Captions and code, which are English in every language."""
SPOKEN = re.compile(r'(?:aria-label|title|placeholder|aria-valuetext)="([^"]*)"')
NAMES = {
    "evaluating",
    "fine-tuning-shipped",
    "finished",
    "another-seed",
    "running",
    "things-web",
    "JSON",
    "open_clip",
    "PNG",
    "SVG",
    "CSV",
}


def fixtures(folder: Path) -> dict[str, Any]:
    """What Python answers for a store in which a run is in every state."""
    with stopped_clock():
        here = Service.of(RunStore(fill_store(folder / "runs")), LOCAL)

        def answer(view: str, **given: Any) -> Any:
            return entries()[view].answer(here, given)

        runs = answer("runs", owner_key=KEY)
        steps = {name: answer("inspect_steps", **given) for name, given in STEPS.items()}
        shares = [answer("inspect", name=run, step=step) for run in ("running", "finished") for step in (0, 2, 5)]
        return {
            "steps": steps,
            "drawn": {_key(each): each["binding_accuracy"]["value"] for each in shares},
            "models": [{"name": each["run"], "title": each["title"], "kind": "run"} for each in runs["runs"][:3]]
            + [{"name": "things-web", "title": "Web-like captions", "kind": "shipped"}],
            "runs": {**runs, "runs": [each | {"eta_s": each["eta_s"] and 40.0} for each in runs["runs"][:8]]},
            "compared": answer("compare", names=["finished", "another-seed", "running"]),
            "catalog": {"dials": answer("catalog")["dials"]},
            "zh": json.loads((ASSETS / "i18n" / "zh.json").read_text(encoding="utf-8")),
            "clock": CLOCK,
        }


def _key(inspected: dict[str, Any]) -> str:
    """The step, the number of pairs and the first cosine, by which the page's own count finds that of Python."""
    first = round(inspected["cosines"][0][0], 7)
    return f"{inspected['step']} {inspected['binding_accuracy']['n']} {first}"


def rendered(folder: Path) -> dict[str, Any]:
    """Run Node once."""
    given = folder / "fixtures.json"
    text = re.sub(r'"data:image/[^"]*"', '"picture.webp"', json.dumps(fixtures(folder)))
    given.write_text(text, encoding="utf-8")
    done = subprocess.run([node(), str(HERE / "inside_run.js"), str(given)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return rendered(tmp_path_factory.mktemp("inside"))


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
    left = {text for html in found["chinese"].values() for text in _english(UNTRANSLATED.sub("", html))}
    assert {text for text in left if not set(re.findall(r"[\w-]{3,}", text)) <= NAMES} == set()


def _english(html: str) -> set[str]:
    said = {*re.split(r"<[^>]*>", html), *SPOKEN.findall(html)}
    return {text for text in said if re.search("[A-Za-z]{3}", text) and not re.search("[一-鿿]", text)}


def test_the_numbers_are_right(found: dict[str, Any]) -> None:
    assert found["failed"] == {}


def test_each_id_stands_once_and_labels_have_their_controls(found: dict[str, Any]) -> None:
    for name, html in found["english"].items():
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), name
        assert set(re.findall(r'<label[^>]* for="([^"]+)"', html)) <= set(ids), name


if __name__ == "__main__":
    SNAPSHOTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        shown = rendered(Path(made))
    for old in SNAPSHOTS.glob("*.html"):
        old.unlink()
    for name, html in shown["english"].items():
        (SNAPSHOTS / f"{name}.html").write_text(html, encoding="utf-8")
