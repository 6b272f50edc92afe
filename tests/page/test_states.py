"""The Workbench in every state, as HTML, in Node.

python -m tests.page.test_states writes the snapshots anew.
"""

import json
import re
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from explorer.pages.workbench.view import catalog
from explorer.resources import ASSETS
from tests.engine.node import node
from tests.page.fixtures import fixtures

HERE = Path(__file__).parent
SNAPSHOTS = HERE / "snapshots"
VENDORED = {
    ASSETS / "page/vendor/preact.js": "290dbc75e04e84858cd00dd80964d8cc1c646215363da0299f12bfc90f4eb28f",
    HERE / "vendor/render_to_string.js": "872da8e340dd8c9363f68cdd05ae81b74c6471737d817b5bb9ca747ccf9a33ea",
}
"""SHA-256 of code of others, which nobody edits."""
UNTRANSLATED = re.compile(
    r"<figcaption.*?</figcaption>|<p class=\"wb-cap\".*?</p>|<div class=\"wb-trick\">.*?</p>|<code>.*?</code>",
    re.DOTALL,
)
"""Captions, which are English in every language: the models read no other."""
SPOKEN = re.compile(r'(?:aria-label|title|placeholder|aria-valuetext)="([^"]*)"')


def rendered(folder: Path) -> dict[str, Any]:
    """Run Node once; raise `CalledProcessError` with what it said."""
    given = folder / "fixtures.json"
    given.write_text(json.dumps(fixtures(folder / "runs")), encoding="utf-8")
    done = subprocess.run([node(), str(HERE / "run.js"), str(given)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return rendered(tmp_path_factory.mktemp("page"))


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
    names = {choice["name"] for dial in catalog()["others"] for choice in dial["choices"]} | {"n"}
    for name, html in found["chinese"].items():
        page = UNTRANSLATED.sub("", html)
        said = {*re.split(r"<[^>]*>", page), *SPOKEN.findall(page)}
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


@pytest.mark.parametrize("path", VENDORED, ids=lambda path: path.name)
def test_code_of_others_is_as_it_came_and_has_its_license(path: Path) -> None:
    assert sha256(path.read_bytes()).hexdigest() == VENDORED[path]
    notices = (path.parent / "NOTICES").read_text(encoding="utf-8")
    assert path.name in notices and "Permission is hereby granted" in notices
    assert not re.search(r"\beval\(|\bFunction\(", path.read_text(encoding="utf-8")), "a strict policy forbids it"


if __name__ == "__main__":
    SNAPSHOTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        shown = rendered(Path(made))["english"]
    for old in SNAPSHOTS.glob("*.html"):
        if old.stem not in shown:
            old.unlink()
    for name, html in shown.items():
        (SNAPSHOTS / f"{name}.html").write_text(html, encoding="utf-8")
