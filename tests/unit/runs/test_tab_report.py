"""A run that a tab has trained brings no report: whoever takes it in evaluates its model."""

import json
import os
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.codec import encode
from explorer.errors import UserError
from explorer.resources import CONFIGS
from explorer.runs.archive import import_zip
from explorer.runs.store import RunFolder, RunStore
from explorer.runs.supervisor import spawn_evaluation
from explorer.runs.worker import write_tab_report
from explorer.settings import LOCAL
from explorer.spec import RunSpec
from tests.unit.runs import tiny_worker
from tests.unit.runs.tiny_worker import FEW

TRAINED = Path(__file__).parents[2] / "oracles" / "trained.zip"
DEVICE = "browser tab, Firefox 153"


def hand_over(tmp_path: Path, change: Callable[[str, bytes], bytes] = lambda _, content: content) -> RunFolder:
    """The trained run as a tab would hand it over: without a report."""
    path = tmp_path / "tab.zip"
    with zipfile.ZipFile(TRAINED) as whole, zipfile.ZipFile(path, "w") as part:
        for name in set(whole.namelist()) - {"report.json"}:
            content = whole.read(name)
            if name == "status.json":
                content = json.dumps(json.loads(content) | {"device": DEVICE}).encode()
            part.writestr(name, change(name, content))
    return import_zip(RunStore(tmp_path / "runs"), path)


def own_report() -> dict[str, Any]:
    """The report that the server's own training of this run ended with."""
    with zipfile.ZipFile(TRAINED) as whole:
        return dict(json.loads(whole.read("report.json")))


def test_its_report_is_that_of_the_same_run_trained_here(tmp_path: Path) -> None:
    folder, expected = hand_over(tmp_path), own_report()
    del expected["metrics"]["probe_accuracy"]  # of more scenes
    expected["spec"] = RunSpec.from_json(expected["spec"]).to_json()  # written before the latest dial
    assert folder.awaits_report
    write_tab_report(RunStore(tmp_path / "runs"), folder, FEW)
    report = encode(folder.report())
    assert not folder.awaits_report
    for part in ("status", "recipe", "run", "spec", "metrics", "forms", "controls", "rates", "failed_to_train"):
        assert report[part] == expected[part], part
    assert report["evaluation"] == expected["evaluation"]
    assert report["device"] == DEVICE, "where it was trained, not where it was evaluated"
    assert (report["budget"]["steps"], report["budget"]["pairs"]) == (12, 384)


def test_a_run_of_another_device_is_left_alone(tmp_path: Path) -> None:
    assert not import_zip(RunStore(tmp_path / "runs"), TRAINED).awaits_report
    folder = hand_over(tmp_path)
    folder.set_status(status="interrupted")
    assert not folder.awaits_report


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("model/open_clip_model.safetensors", lambda content: content[:-400] + b"\xff" * 400),
        ("metrics.jsonl", lambda _: b'{"step": 1}\n'),
    ],
)
def test_what_cannot_be_evaluated_is_one_sentence(tmp_path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    folder = hand_over(tmp_path, lambda each, content: change(content) if each == name else content)
    with pytest.raises(UserError) as caught:
        write_tab_report(RunStore(tmp_path / "runs"), folder, FEW)
    assert "\n" not in str(caught.value)
    assert not (folder.path / "report.json").exists()


@pytest.mark.slow
def test_a_server_evaluates_it_in_a_process_of_its_own(tmp_path: Path) -> None:
    folder = hand_over(tmp_path)
    command = (sys.executable, tiny_worker.__file__, str(CONFIGS), "0")
    spawn_evaluation(RunStore(tmp_path / "runs"), folder, replace(LOCAL, worker=command))
    end = time.monotonic() + 120
    while folder.awaits_report and time.monotonic() < end:
        time.sleep(0.1)
    assert folder.report().scores.canonical["binding_accuracy"].n == own_report()["metrics"]["binding_accuracy"]["n"]
    assert os.path.getsize(folder.path / "worker.log") == 0
