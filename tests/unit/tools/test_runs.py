"""The `runs` commands on small stores, and training in the foreground that is interrupted and resumed."""

import json
import os
import signal
from pathlib import Path

import pytest

from explorer.runs.files import read_json, write_json
from explorer.runs.folder import RunFolder
from explorer.runs.store import RunStore
from explorer.tools import training
from tests.oracles.store import fill_store, stopped_clock
from tests.unit.tools.conftest import Shell
from tests.unit.toys import FEW, tiny_folder, tiny_spec, use_tiny_configs


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
    document = shell.document("runs", "list")
    assert [run["run"] for run in document["runs"]] == [other.run, folder.run]
    estimate = folder.report_json()["metrics"]["binding_accuracy"]
    assert [run["binding_accuracy"] for run in document["runs"]] == [None, estimate]
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
    "time", ['"yesterday"', "[]", "1e300", "-1e300", "1764700000000.0", "1e999", "NaN", "null", "true", "9" * 400]
)
def test_a_damaged_time_costs_no_run_its_row(time: str, shell: Shell, folder: RunFolder) -> None:
    path = folder.path / "status.json"
    record = read_json(path)
    for name in ("created", "queued", "started", "finished", "heartbeat"):
        path.write_text(json.dumps(record | {name: 0.125}).replace("0.125", time))
        status, out, err = shell("runs", "list")
        assert (status, err) == (0, "") and f"run: {folder.run}\n" in out
        (shown,) = shell.document("runs", "list")["runs"]
        assert (shown["run"], shown["status"]) == (folder.run, "stopped")


@pytest.mark.parametrize(
    ("command", "words"), [("stop", "its status is stopped"), ("resume", "has no checkpoint"), ("export", "out=no/x")]
)
def test_what_does_not_go_is_one_sentence(command: str, words: str, shell: Shell, folder: RunFolder) -> None:
    assert words in shell.refused("runs", command, folder.run, *(["no/x"] if command == "export" else []))


REFUSED_IN_STATES = {
    "stop finished": "only a waiting or running run can be stopped, its status is finished",
    "resume finished": "only an ended, unfinished run can be resumed, its status is finished",
    "resume failed": "has no checkpoint to go on from",
    "resume queued": "only an ended, unfinished run can be resumed, its status is queued",
    "export running out.zip": "export it when it has ended",
    "delete running": "it is running, stop it first",
}


@pytest.mark.slow
@pytest.mark.parametrize("line", REFUSED_IN_STATES)
def test_what_does_not_go_in_a_state_leaves_the_run_as_it_is(line: str, shell: Shell, tmp_path: Path) -> None:
    root = fill_store(tmp_path / "filled")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    with stopped_clock():  # a run that trains is one whose last sign is seconds old
        assert REFUSED_IN_STATES[line] in shell.refused("runs", *line.split(), "--runs", str(root))
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_a_run_is_written_and_read_by_the_names_of_the_values_too(shell: Shell, folder: RunFolder) -> None:
    document = shell.document("runs", "export", folder.run, "--out", "run.zip")
    assert document["run"] == folder.run and Path("run.zip").stat().st_size == document["bytes"]
    assert shell.document("runs", "show", "--run", folder.run)["status"] == "stopped"


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="ends by signal")
@pytest.mark.parametrize(
    ("number", "left"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)]
)
def test_training_that_is_broken_off_is_kept_and_goes_on(
    number: signal.Signals,
    left: int,
    shell: Shell,
    store: RunStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    use_tiny_configs(monkeypatch, tmp_path / "configs")
    # A shell that starts the tests in the background has them ignore Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    arguments = ["train", "--preset", "salient", "--set", "model=tiny", "--set", "batch_size=16", "--steps", 6]
    with monkeypatch.context() as patch:
        patch.setattr(training, "_log_step", lambda *_: signal.raise_signal(number))
        patch.setattr(training, "PROGRAM", "clip-binding")
        status, out, err = shell(*arguments, budget=FEW)
    (folder,) = store.all()
    step = folder.status().step
    assert (status, out, folder.status().status) == (left, "", "interrupted") and "Traceback" not in err
    assert f"clip-binding runs resume {folder.run} --runs {store.root}" in err and 0 < step < 6
    assert [record["step"] for record in folder.records()] == list(range(1, step + 1))
    assert shell.document("runs", "resume", folder.run, budget=FEW)["budget"]["steps"] == 6


BAD_SPECS = {
    "no spec": (["train", "--spec", "nope.json"], "spec=nope.json: cannot be read"),
    "no JSON": (["train", "--spec", "file"], "spec=file: is not JSON"),
    "a list": (["train", "--spec", "list.json"], "give an object"),
    "a preset and a spec": (
        ["train", "--preset", "salient", "--spec", "file"],
        "--preset and --spec: give one",
    ),
    "neither": (["train"], "--preset and --spec: give one"),
    "an illegal spec": (["train", "--spec", "illegal.json"], "steps=0"),
}


@pytest.mark.parametrize("name", BAD_SPECS)
def test_a_spec_that_cannot_be_trained_is_one_sentence(name: str, shell: Shell) -> None:
    arguments, words = BAD_SPECS[name]
    Path("file").write_text("x")
    Path("list.json").write_text("[]")
    Path("illegal.json").write_text('{"train": {"steps": 0}}')
    assert words in shell.refused(*arguments)
