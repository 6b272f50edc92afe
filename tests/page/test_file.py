"""What only a page in one file shows, in Node: its states as HTML, and the backend that answers from the file.

python -m tests.page.test_file writes the snapshots anew.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from explorer.resources import asset_text
from explorer.web import onefile
from tests.engine.node import node

HERE = Path(__file__).parent
SNAPSHOTS = HERE / "snapshots" / "file"
TIDY = {
    "metric": "binding accuracy",
    "form": "canonical",
    "value": 0.9998,
    "low": 0.98,
    "high": 1,
    "n": 1000,
    "chance": 0.5,
}


def rendered(folder: Path) -> dict[str, Any]:
    """Run Node once, with what a file of all views carries; worlds without their polygons."""
    given, found = folder / "fixtures.json", onefile.carried(onefile.site_content())
    usual = found["answers"]["catalog"]["found"][""]["presets"][0]["spec"]
    report = {"name": "tidy-3", "spec": usual, "rows": [TIDY, TIDY | {"form": "own", "low": None, "high": None}]}
    given.write_text(
        json.dumps({"carried": found, "report": report, "words": json.loads(asset_text("i18n/zh.json"))}),
        encoding="utf-8",
    )
    done = subprocess.run([node(), str(HERE / "file_run.js"), str(given)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return rendered(tmp_path_factory.mktemp("file"))


def test_every_state_looks_as_it_was_last_looked_at(found: dict[str, Any]) -> None:
    kept = {path.stem: path.read_text(encoding="utf-8") for path in SNAPSHOTS.glob("*.html")}
    assert found["english"] == kept, "look at them, then write them anew"


def test_no_english_is_left_in_chinese(found: dict[str, Any]) -> None:
    """What a script does not say itself is found in the table when it is shown."""
    table = json.loads(asset_text("i18n/zh.json"))
    for name, html in found["chinese"].items():
        page = re.sub(r'<dd translate="no">.*?</dd>', "", html)
        english = [
            text
            for text in re.split(r"<[^>]*>", page)
            if re.search("[A-Za-z]{3}", text) and not re.search("[\u4e00-\u9fff]", text) and text not in table
        ]
        assert english == [], name


def test_the_file_answers_as_a_backend(found: dict[str, Any]) -> None:
    assert found["failed"] == {}


if __name__ == "__main__":
    SNAPSHOTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        shown = rendered(Path(made))["english"]
    for old in SNAPSHOTS.glob("*.html"):
        if old.stem not in shown:
            old.unlink()
    for state, text in shown.items():
        (SNAPSHOTS / f"{state}.html").write_text(text, encoding="utf-8")
