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
from tests.unit.toys import TINY, tiny_folder, tiny_spec, use_tiny_configs

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


@pytest.mark.parametrize(
    ("folder", "words"), [("", "--runs: names no folder"), ("file", "runs=file: cannot be read (Not a direct")]
)
def test_runs_where_there_can_be_none_are_a_sentence(
    folder: str, words: str, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    status, out, err = shell("runs", "list", "--runs", folder)
    assert (status, out) == (2, "") and err.startswith(words) and err.count("\n") == 1


def test_one_run(shell: Shell, store: RunStore, folder: RunFolder) -> None:
    found = shell.document("runs", "show", folder.run)
    assert found["status"] == "stopped" and found["spec"] == folder.spec_record()
    assert found["report"]["metrics"]["binding_accuracy"]["value"] == 0.75
    _, out, _ = shell("runs", "show", folder.run)
    assert out.startswith(f"run: {folder.run}\npreset: salient\nstatus: stopped\nstep: 2\n") and "0.75" in out
    other = store.create(tiny_spec())
    assert (
        "status: queued\n" in shell("runs", "show", other.run)[1]
        and "place: 1\n" in shell("runs", "show", other.run)[1]
    )
    assert shell.document("runs", "show", other.run)["report"] is None


def test_stop_and_delete(shell: Shell, store: RunStore) -> None:
    folder = store.create(tiny_spec())
    assert shell.document("runs", "stop", folder.run)["status"] == "stopped"
    assert shell("runs", "delete", folder.run) == (0, f"run: {folder.run}\nstatus: deleted\n", "")
    assert store.all() == []


def test_out_and_in(shell: Shell, store: RunStore, folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny_configs(monkeypatch, store.root.parent / "configs")
    found = shell.document("runs", "export", folder.run, "run.zip")
    assert found == {"run": folder.run, "file": str(Path("run.zip").resolve()), "bytes": os.path.getsize("run.zip")}
    assert shell.document("runs", "import", "run.zip", "--runs", "other")["run"] == folder.run
    assert list(RunStore(Path("other")).get(folder.run).records()) == list(folder.records())


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


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="ends by signal")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_training_that_is_interrupted_says_how_to_go_on_and_does(
    number: signal.Signals, code: int, shell: Shell, store: RunStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "tiny.json").write_text(json.dumps(TINY))
    start = "from pathlib import Path; from explorer.clip import names; names.CONFIGS = Path('configs')"
    # A shell that runs the tests in the background has them ignore Ctrl-C, and what they start inherits that.
    start += "; import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
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
        training.send_signal(number)
        _, err = training.communicate(timeout=100)
    folder = store.all()[0]
    assert (training.returncode, folder.status().status) == (code, "interrupted"), err
    assert f"runs resume {folder.run} --runs" in err and "Traceback" not in err
    assert len(list(folder.records())) == folder.status().step
