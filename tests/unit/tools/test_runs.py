"""The `runs` commands on small stores, and training in the foreground that is interrupted and resumed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from explorer.runs.files import write_json
from explorer.runs.store import RunFolder, RunStore
from tests.unit.tools.conftest import Shell
from tests.unit.toys import TINY, tiny_folder, tiny_spec

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(store: RunStore) -> RunFolder:
    """A stopped run of two steps with a model and the least of a report."""
    folder = store.create(tiny_spec(preset="salient"))
    tiny_folder(folder.model)
    for step in (1, 2):
        folder.append({"step": step})
    estimate = {"value": 0.75, "n": 4, "low": 0.3, "high": 0.95, "chance": 0.5}
    report = {"status": "stopped", "metrics": {"binding_accuracy": estimate}, "forms": {}, "controls": {}, "rates": {}}
    report |= {"budget": {}, "failed_to_train": False, "model": "m", "device": "cpu", "spec": {}, "breakdown": []}
    write_json(folder.path / "report.json", report)
    folder.set_status(status="stopped", step=2, device="cpu")
    return folder


def test_the_list(shell: Shell, store: RunStore, folder: RunFolder) -> None:
    other = store.create(tiny_spec())
    found = shell.document("runs", "list")
    assert [run["run"] for run in found["runs"]] == [other.run, folder.run]
    estimate = folder.report_json()["metrics"]["binding_accuracy"]
    assert [run["binding_accuracy"] for run in found["runs"]] == [None, estimate]
    _, out, _ = shell("runs", "list")
    shown = out.replace("\n  ", "\n").split("\n\n")
    assert f"run: {other.run}\nstatus: queued\nstep: 0\nsteps: 3" in shown[0] and "binding" not in shown[0]
    assert f"run: {folder.run}\npreset: salient\nstatus: stopped\nstep: 2" in shown[1]
    assert "binding_accuracy: 0.75 (0.3 to 0.95, n 4, chance 0.5)" in shown[1]
    assert shell("runs", "list", "--runs", "nowhere") == (0, f"folder: {Path('nowhere').resolve()}\n", "")
    shown = shell("runs", "show", other.run)[1]
    assert "status: queued\n" in shown and "place: 1\n" in shown


def test_a_run_whose_server_died_is_seen_as_interrupted(shell: Shell, store: RunStore) -> None:
    folder = store.create(tiny_spec())
    folder.set_status(status="running", step=1)
    (folder.path / "claim").write_text('{"host": "' + os.uname().nodename + '", "pid": 4194305, "process_start": 1.0}')
    assert shell.document("runs", "list")["runs"][0]["status"] == "interrupted"
    assert folder.status().reason == "the server stopped"


@pytest.mark.parametrize(
    ("command", "words"), [("stop", "its status is stopped"), ("resume", "has no checkpoint"), ("export", "out=no/x")]
)
def test_what_does_not_go_is_one_sentence(command: str, words: str, shell: Shell, folder: RunFolder) -> None:
    assert words in shell.refused("runs", command, folder.run, *(["no/x"] if command == "export" else []))


def test_a_run_is_written_and_read_by_the_names_of_the_values_too(shell: Shell, folder: RunFolder) -> None:
    found = shell.document("runs", "export", folder.run, "--out", "run.zip")
    assert found["run"] == folder.run and Path("run.zip").stat().st_size == found["bytes"]
    assert shell.document("runs", "show", "--run", folder.run)["status"] == "stopped"


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="ends by signal")
def test_training_that_is_terminated_says_how_to_go_on(store: RunStore, tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "tiny.json").write_text(json.dumps(TINY))
    start = "from pathlib import Path; from explorer.clip import names; names.CONFIGS = Path('configs')"
    arguments = ["train", "--preset", "salient", "--set", "model=tiny", "--set", "batch_size=16", "--steps", "100000"]
    code_text = f"{start}; from explorer.cli import main; main({arguments!r})"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", code_text], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as training:
        deadline = time.monotonic() + 100
        while not (runs := store.all()) or runs[0].status().step < 3:
            assert time.monotonic() < deadline and training.poll() is None
            time.sleep(0.05)
        training.send_signal(signal.SIGTERM)
        _, err = training.communicate(timeout=100)
    folder = store.all()[0]
    assert (training.returncode, folder.status().status) == (143, "interrupted"), err
    assert f"runs resume {folder.run} --runs" in err and "Traceback" not in err
    assert len(list(folder.records())) == folder.status().step
