"""What came as a file says so, and its model is evaluated here; one that a tab has trained brings no report."""

import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.codec import encode
from explorer.errors import BusyError, DamagedFileError, UserError
from explorer.resources import CONFIGS
from explorer.runs import supervisor, worker
from explorer.runs.archive import export_zip, import_zip
from explorer.runs.file_names import CLAIM_FILE
from explorer.runs.folder import RunFolder
from explorer.runs.run_lock import Process, is_claimed, take_claim
from explorer.runs.state import read_run
from explorer.runs.store import RunStore
from explorer.runs.supervisor import is_being_evaluated, spawn_evaluation
from explorer.runs.worker import write_tab_report
from explorer.settings import LOCAL
from explorer.spec import RunSpec
from explorer.views.run import report, run
from explorer.views.run_acts import evaluate_run
from explorer.views.runs import runs
from explorer.views.service import Service
from tests.unit.runs import tiny_worker
from tests.unit.runs.tiny_worker import FEW

TRAINED = Path(__file__).parents[2] / "oracles" / "trained.zip"
KEY = "0123456789abcdef" * 2
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


def about(value: Any) -> Any:
    """What a document on another processor equals: its sums differ in the last digits of 32-bit floats."""
    if isinstance(value, Mapping):
        return {key: about(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(about, value))
    return pytest.approx(value, abs=1e-5) if isinstance(value, float) else value


def test_its_report_is_that_of_the_same_run_trained_here(tmp_path: Path) -> None:
    folder, expected = hand_over(tmp_path), own_report()
    del expected["metrics"]["probe_accuracy"]  # of more scenes
    expected["spec"] = RunSpec.from_json(expected["spec"]).to_json()  # written before the latest dial
    assert folder.awaits_report
    service = Service(store=RunStore(tmp_path / "runs"), settings=replace(LOCAL, page_poll_s=0.0))
    digest = run(service)["listing_digest"]
    write_tab_report(service.store, folder, FEW)
    assert "%" in str(run(service, listing_digest=digest)["listing"]), "an open page has it with its score"
    report = encode(folder.report())
    assert not folder.awaits_report
    for part in ("status", "recipe", "run", "spec", "metrics", "forms", "controls", "rates", "failed_to_train"):
        assert report[part] == about(expected[part]), part
    assert report["evaluation"] == expected["evaluation"]
    assert report["device"] == DEVICE, "where it was trained, not where it was evaluated"
    assert (report["budget"]["steps"], report["budget"]["pairs"]) == (12, 384)


def test_a_run_of_another_device_is_left_alone(tmp_path: Path) -> None:
    assert not import_zip(RunStore(tmp_path / "runs"), TRAINED).awaits_report
    folder = hand_over(tmp_path)
    folder.set_status(status="interrupted")
    assert not folder.awaits_report


def test_weights_that_are_no_numbers_are_one_sentence(tmp_path: Path) -> None:
    weights = "model/open_clip_model.safetensors"
    folder = hand_over(tmp_path, lambda name, content: content[:-400] + b"\xff" * 400 if name == weights else content)
    with pytest.raises(UserError) as caught:
        write_tab_report(RunStore(tmp_path / "runs"), folder, FEW)
    assert "\n" not in str(caught.value)
    assert not (folder.path / "report.json").exists()


def test_a_run_that_another_process_has_is_left_alone(tmp_path: Path) -> None:
    folder = edited(tmp_path)
    files = {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert take_claim(folder.path, Process.of(other.pid))
        with pytest.raises(BusyError, match="another process executes it"):
            write_tab_report(RunStore(tmp_path / "runs"), folder, FEW)
        assert is_claimed(folder.path)
    (folder.path / CLAIM_FILE).unlink()
    assert {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()} == files


def test_records_of_another_shape_are_refused_before_the_evaluation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = hand_over(tmp_path)
    monkeypatch.setattr(worker, "evaluate", lambda *_, **__: pytest.fail("the model is evaluated"))
    for metrics in (b"", b'{"step": 1}\n'):
        folder.metrics.write_bytes(metrics)
        with pytest.raises(DamagedFileError, match=r"its metrics\.jsonl cannot be read"):
            write_tab_report(RunStore(tmp_path / "runs"), folder, FEW)
    assert not folder.has_report


def edited(tmp_path: Path, **status: Any) -> RunFolder:
    """The trained run whose file says that it binds in 99 %, on a large GPU."""
    path = tmp_path / "edited.zip"
    with zipfile.ZipFile(TRAINED) as whole, zipfile.ZipFile(path, "w") as part:
        for name in whole.namelist():
            content = whole.read(name)
            if name == "status.json":
                record = {"device": "NVIDIA H100", "imported": None, "evaluated": 1.0} | status
                content = json.dumps(json.loads(content) | record).encode()
            if name == "report.json":
                report = json.loads(content)
                for metrics in (report["metrics"], *report["forms"].values()):
                    metrics["binding_accuracy"] |= {"value": 0.99, "low": 0.98, "high": 1.0}
                content = json.dumps(report).encode()
            part.writestr(name, content)
    return import_zip(RunStore(tmp_path / "runs"), path)


def test_what_came_as_a_file_says_so_and_its_model_is_evaluated_on_request(tmp_path: Path) -> None:
    folder, store = edited(tmp_path), RunStore(tmp_path / "runs")
    service = Service(store=store, settings=LOCAL)
    folder.set_owner(KEY)
    said = folder.report().scores.canonical["binding_accuracy"]
    state = read_run(store, folder.run)
    assert (folder.status().origin, folder.status().evaluated, said.value) == ("file", None, 0.99)
    assert state.title.endswith(", from a file") and next(iter(runs(service).runs)).title == state.title
    assert report(service, folder.run)["origin"] == "file" and report(service, folder.run)["evaluated"] is None
    before = folder.pairs.read_bytes()
    folder.pairs.write_bytes(before.replace(b"0.", b"0.9"))
    write_tab_report(store, folder, FEW)
    found, expected = folder.report(), own_report()
    assert found.scores.canonical["binding_accuracy"].value == expected["metrics"]["binding_accuracy"]["value"]
    assert report(service, folder.run)["evaluated"] == folder.status().evaluated is not None
    saved = [each.cosines for each in read_run(store, folder.run).answers]
    folder.pairs.write_bytes(before)
    assert saved[-1] == about(read_run(store, folder.run).answers[-1].cosines) and saved[0] != about(saved[-1])
    assert read_run(store, folder.run).title == state.title, "nobody has seen it train all the same"
    export_zip(folder, tmp_path / "again.zip")
    assert import_zip(store, tmp_path / "again.zip").status().evaluated is None


def test_a_run_of_a_tab_has_no_report_before_it_is_evaluated(tmp_path: Path) -> None:
    folder = edited(tmp_path, device=DEVICE)
    assert folder.awaits_report and folder.status().origin == "tab"


def test_who_may_have_which_run_evaluated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    monkeypatch.setattr(supervisor, "_start_process", lambda *given, **_: started.append(given) or Waiting())
    folder, service = edited(tmp_path), Service(store=RunStore(tmp_path / "runs"), settings=LOCAL)
    folder.set_owner(KEY)
    with pytest.raises(UserError, match="^owner_key: "):
        evaluate_run(service, folder.run, "f" * 32)
    assert evaluate_run(service, folder.run, KEY)["status"] == "evaluating"
    assert run(service, folder.run, owner_key=KEY)["run"]["is_evaluated_now"]  # type: ignore[index]
    assert run(service, compare=folder.run)["compare"]["is_evaluated_now"]  # type: ignore[index]
    with pytest.raises(UserError, match="is being evaluated already"):
        evaluate_run(service, folder.run, KEY)
    Waiting.over.set()
    while is_being_evaluated(folder):
        time.sleep(0.01)
    folder.set_status(imported=None)
    with pytest.raises(UserError, match="was trained here"):
        evaluate_run(service, folder.run, KEY)
    assert len(started) == 1


class Waiting:
    """A process that ends when it is told."""

    over = threading.Event()

    def __enter__(self) -> "Waiting":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def wait(self) -> None:
        self.over.wait(10)


def test_imported_runs_are_evaluated_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who pressed a button fifty times had dozens of processes, which took 14 GB."""
    begun: list[str] = []
    first, second = threading.Event(), threading.Event()

    class Process(Waiting):
        def __init__(self, run: str) -> None:
            begun.append(run)
            self.over = first if len(begun) == 1 else second

    monkeypatch.setattr(supervisor, "_start_process", lambda _, __, ___, run, **____: Process(run))
    folders, store = [edited(tmp_path) for _ in range(3)], RunStore(tmp_path / "runs")
    for folder in folders:
        spawn_evaluation(store, folder, LOCAL)
    time.sleep(0.2)
    assert len(begun) == 1 and all(map(is_being_evaluated, folders))
    store.delete(folders[2].run)
    first.set()
    second.set()
    while any(map(is_being_evaluated, folders)):
        time.sleep(0.01)
    assert set(begun) == {folder.run for folder in folders[:2]}, "of the one that was deleted there is nothing left"


@pytest.mark.nightly
def test_an_evaluation_ends_with_its_server(tmp_path: Path) -> None:
    folder = hand_over(tmp_path)
    command = (sys.executable, tiny_worker.__file__, str(CONFIGS), "0", "--runs", str(tmp_path / "runs"))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen([*command, "--report", folder.run], stdin=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) != 0
    assert not folder.has_report


@pytest.mark.slow
def test_a_server_evaluates_it_in_a_process_of_its_own(tmp_path: Path) -> None:
    folder = hand_over(tmp_path)
    command = (sys.executable, tiny_worker.__file__, str(CONFIGS), "0")
    spawn_evaluation(RunStore(tmp_path / "runs"), folder, replace(LOCAL, worker_command=command))
    end = time.monotonic() + 120
    while folder.awaits_report and time.monotonic() < end:
        time.sleep(0.1)
    assert folder.report().scores.canonical["binding_accuracy"].n == own_report()["metrics"]["binding_accuracy"]["n"]
    assert os.path.getsize(folder.path / "worker.log") == 0
