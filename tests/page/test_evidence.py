"""The evidence, Methods and a forecast in every state, as HTML, in Node; what their pages compute, beside Python.

python -m tests.page.test_evidence writes the snapshots anew.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from explorer.resources import asset_text
from tests.engine.node import node
from tests.page.evidence_fixture import evidence

HERE = Path(__file__).parent
SNAPSHOTS = HERE / "snapshots" / "evidence"
UNTRANSLATED = re.compile(
    r"<code>.*?</code>|<span class=\"ev-caption.*?</span>|<(?:p|span) class=\"ev-english.*?</(?:p|span)>", re.DOTALL
)
"""Captions, names of sweeps and steps of conditions, which are English in every language."""
SPOKEN = re.compile(r'(?:aria-label|title|placeholder|aria-valuetext|data-label)="([^"]*)"')
NAMES = re.compile(
    r"binding-friendly|web-like|[a-z]+(-[a-z]+)+|PNG|SVG|CSV|Parquet|COCO"
    r"|color|pattern|tilt|correlation|objects|incomplete"
)


def rendered(folder: Path) -> dict[str, Any]:
    """Run Node once; raise `AssertionError` with what it said."""
    (folder / "runs").mkdir()
    found = evidence(folder / "runs")
    found["claims"]["note"] = "form=bundle: choose canonical, own, complete; canonical is shown"
    given = folder / "fixtures.json"
    given.write_text(json.dumps(found | {"zh": json.loads(asset_text("i18n/zh.json"))}), encoding="utf-8")
    command = [node(), str(HERE / "evidence_run.js"), str(given)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return rendered(tmp_path_factory.mktemp("evidence"))


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


def english_in(html: str) -> list[str]:
    """Return the texts without a Chinese letter that are not only names."""
    page = UNTRANSLATED.sub("", html)
    said = {*re.split(r"<[^>]*>", page), *SPOKEN.findall(page)}
    return [
        text
        for text in said
        if re.search("[A-Za-z]{3}", NAMES.sub("", text)) and not re.search("[\u4e00-\u9fff]", text)
    ]


def test_no_english_is_left_in_chinese(found: dict[str, Any]) -> None:
    assert {name: left for name, html in found["chinese"].items() if (left := english_in(html))} == {}


def test_what_a_person_does_is_asked_and_shown(found: dict[str, Any]) -> None:
    assert found["failed"] == {}


def test_each_id_stands_once_and_labels_have_their_controls(found: dict[str, Any]) -> None:
    for name, html in found["english"].items():
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), name
        assert set(re.findall(r'<label for="([^"]+)"', html)) <= set(ids), name


if __name__ == "__main__":
    SNAPSHOTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        result = rendered(Path(made))
    print(json.dumps(result["failed"], indent=1))
    print(
        json.dumps(
            {name: left for name, html in result["chinese"].items() if (left := english_in(html))},
            indent=1,
            ensure_ascii=False,
        )
    )
    for old in SNAPSHOTS.glob("*.html"):
        if old.stem not in result["english"]:
            old.unlink()
    for name, html in result["english"].items():
        (SNAPSHOTS / f"{name}.html").write_text(html, encoding="utf-8")
