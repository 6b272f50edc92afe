"""A training in the tab, in Node: every state of the middle column as HTML, and the parts that need no browser.

python -m tests.page.test_tab writes the snapshots anew.
"""

import base64
import io
import json
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.codec import decode
from explorer.evaluation.results import PairAnswers
from explorer.resources import asset_text
from explorer.spec import RunSpec
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.engine.node import node

HERE = Path(__file__).parent
SNAPSHOTS = HERE / "snapshots" / "tab"


def rendered(folder: Path) -> dict[str, Any]:
    """Run Node once."""
    given = folder / "fixtures.json"
    catalog = entries()["catalog"].answer(Service.here("127.0.0.1", {"EXPLORER_RUNS": str(folder / "runs")}), {})
    given.write_text(
        json.dumps({"catalog": catalog, "words": json.loads(asset_text("i18n/zh.json"))}), encoding="utf-8"
    )
    done = subprocess.run([node(), str(HERE / "tab_run.js"), str(given)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return rendered(tmp_path_factory.mktemp("tab"))


def test_every_state_looks_as_it_was_last_looked_at(found: dict[str, Any]) -> None:
    kept = {path.stem: path.read_text(encoding="utf-8") for path in SNAPSHOTS.glob("*.html")}
    assert sorted(found["english"]) == sorted(kept)
    changed = [name for name, html in found["english"].items() if html != kept[name]]
    assert changed == [], "look at them, then write them anew"


def test_no_english_is_left_in_chinese(found: dict[str, Any]) -> None:
    for name, html in found["chinese"].items():
        said = {*re.split(r"<[^>]*>", html), *re.findall(r'(?:aria-label)="([^"]*)"', html)}
        english = [text for text in said if re.search("[A-Za-z]{3}", text) and not re.search("[\u4e00-\u9fff]", text)]
        assert set(english) <= {"NVIDIA T4"}, name


def test_the_parts_do_as_they_say(found: dict[str, Any]) -> None:
    assert found["failed"] == {}


def test_the_zip_has_a_run_s_files_as_python_reads_them(found: dict[str, Any]) -> None:
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(found["zip"]))) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    assert RunSpec.from_dict(json.loads(files["spec.json"])).train.steps == 12
    assert [json.loads(line)["step"] for line in files["metrics.jsonl"].splitlines()] == [*range(1, 13)]
    answers = [decode(PairAnswers, json.loads(line)) for line in files["pairs.jsonl"].splitlines()]
    assert [(each.step, each.asked) for each in answers] == [(step, "0123456789abcdef") for step in (0, 6, 12)]
    with np.load(io.BytesIO(files["snapshots/0000006.npz"]), allow_pickle=False) as arrays:
        assert (int(arrays["step"]), float(arrays["logit_scale"])) == (6, 14.5)
        assert arrays["canonical_images"].shape == (48, 1) and arrays["canonical_images"].dtype == np.float32


if __name__ == "__main__":
    SNAPSHOTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        result = rendered(Path(made))
    print(json.dumps(result["failed"], indent=1))
    for old in SNAPSHOTS.glob("*.html"):
        if old.stem not in result["english"]:
            old.unlink()
    for name, html in result["english"].items():
        (SNAPSHOTS / f"{name}.html").write_text(html, encoding="utf-8")
