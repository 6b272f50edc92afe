"""A run folder is never seen half written, a killed writer loses one line at most, and an id is never a path."""

import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from explorer.codec import encode
from explorer.errors import DamagedFileError, UserError
from explorer.evaluation.results import Report, TrainingBudget
from explorer.evaluation_scenes import DEFAULT_SCENES, EvaluationScenes
from explorer.runs import run_lock
from explorer.runs.files import read_json, write_json
from explorer.runs.folder import RunFolder
from explorer.runs.run_lock import Process
from explorer.runs.run_status import RunStatus
from explorer.runs.store import RunStore
from explorer.sentences import Sentence, key_sentence
from explorer.spec import PROTOCOL_VERSION, DataSpec, RunSpec, TrainSpec
from explorer.views.service import Service

SPEC = RunSpec(train=TrainSpec(model="small", steps=7, batch_size=3), preset="salient")


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "deep" / "runs")


@pytest.fixture
def folder(store: RunStore) -> RunFolder:
    return store.create(RunSpec(preset="binding-friendly"))


def fail(*_: Any) -> None:
    raise OSError("disk full")


@contextmanager
def repeat_in_thread(work: Callable[[], None]) -> Iterator[None]:
    """Repeat the work in a thread; its errors come at the end."""
    stop, errors = threading.Event(), list[BaseException]()

    def repeat() -> None:
        try:
            while not stop.is_set():
                work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert errors == []


# ---- Making, finding and deleting


def test_a_new_run_is_queued_and_says_what_it_is(store: RunStore) -> None:
    spec = RunSpec(data=DataSpec(saliency_bias=0.5), train=TrainSpec(steps=7), preset="web-like")
    folder = store.create(spec)
    assert folder.run.startswith("web-like-") and folder.path == store.root / folder.run
    assert RunSpec.from_json(folder.spec_record()) == spec
    assert (folder.status().status, folder.status().step, folder.status().steps) == ("queued", 0, 7)
    assert {path.name for path in folder.path.iterdir()} == {"spec.json", "status.json"}
    assert list(folder.records()) == [] and store.create(spec).run != folder.run
    assert store.find(folder.run) == folder and store.find_run_model(folder.run) == folder.model
    assert store.find("web-like-000000000000") is None is store.find_run_model("web-like-000000000000")
    assert RunStore(store.root / "nowhere").find(folder.run) is None


@pytest.mark.parametrize(
    "preset", ["../../evil", "/evil", "..", "Web Like", "a/b", "x" * 300, "é", "", "a\0b", ".hidden", "-", "x" * 80]
)
def test_a_preset_of_any_text_makes_no_path(store: RunStore, preset: str) -> None:
    """The spec may come from a file that somebody brought."""
    folder = store.create(RunSpec(preset=preset))
    assert list(store.root.iterdir()) == [folder.path] and list(store.root.parent.iterdir()) == [store.root]
    assert store.find(folder.run) == folder and folder.spec_record()["preset"] == preset


def test_an_id_is_never_a_path(store: RunStore, folder: RunFolder, tmp_path: Path) -> None:
    """Each of these would be a run if names were joined to the root as they are."""
    outside, inside = tmp_path / "deep" / "outside", folder.path / "nested"
    for path in (outside, inside, store.root):
        path.mkdir(exist_ok=True)
        (path / "spec.json").write_text("{}")
    within = (f"{folder.run}/nested", f"{folder.run}/", f"../runs/{folder.run}")
    for name in ("../outside", str(outside), ".", "", "./", *within):
        assert (store.root / name / "spec.json").is_file(), name
        assert store.find(name) is None is store.find_run_model(name), name
    for name in ("x" * 5000, "é", "x\0", "run\n", "RUN", "-x", "١", "a b", "~", "x\\y", "C:", "\udc80", "%2e"):
        assert store.find(name) is None, name


@pytest.mark.parametrize("missing", ["spec.json", "status.json"])
def test_a_run_is_absent_until_both_its_files_are_there(store: RunStore, folder: RunFolder, missing: str) -> None:
    """As where somebody copies a folder file by file."""
    (folder.path / missing).rename(store.root / "later")
    assert store.find(folder.run) is None
    with pytest.raises(UserError, match="there is no such run"):
        store.get(folder.run)
    (store.root / "later").rename(folder.path / missing)
    assert store.find(folder.run) == folder


def test_runs_come_newest_first_and_other_things_are_none(store: RunStore) -> None:
    assert store.all() == []
    folders = [store.create(RunSpec()) for _ in range(3)]
    for at, folder in enumerate(folders):
        folder.set_status(created=float(at + 1))
    for name in (".new-1", "empty", "unreadable"):
        (store.root / name).mkdir()
    (store.root / "unreadable" / "status.json").write_text("{")
    (store.root / "notes").write_text("mine")
    assert [each.run for each in store.all()] == [*(each.run for each in folders[::-1]), "unreadable"]


def test_runs_are_seen_whole_while_others_are_made_and_deleted(store: RunStore) -> None:
    """A thread looks at them."""
    kept, seen = store.create(RunSpec()), set[str]()

    def look() -> None:
        listed = store.statuses()
        assert kept in {folder for folder, _ in listed}
        assert {status.status for _, status in listed} == {"queued"}, "the status comes with the folder"
        seen.update(folder.run for folder, _ in listed)

    with repeat_in_thread(look):
        end = time.monotonic() + 60
        while len(seen) < 10 and time.monotonic() < end:
            store.delete(store.create(RunSpec(), owner_key="key").run)
    assert len(seen) >= 10


def test_a_run_that_cannot_be_made_leaves_nothing(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(UserError, match="cannot be written .disk full."):
        store.create(RunSpec())
    assert list(store.root.iterdir()) == [] and store.all() == []


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    """A file stands where a folder would have to be: no rights help there, root's neither."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="runs=.*file: cannot be read .Not a directory."):
        RunStore(tmp_path / "file").all()
    with pytest.raises(UserError, match=r"runs=.*: cannot be written \(Not a directory\); name a folder that can"):
        RunStore(tmp_path / "file" / "runs").create(RunSpec())


@pytest.mark.parametrize("environ", [{"EXPLORER_PUBLIC": "1"}, {"SYSTEM": "spaces"}, {"HOST": "0.0.0.0"}])
def test_strangers_are_not_told_where_runs_are_kept(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")

    def store(root: Path) -> RunStore:
        return Service.from_environment(None, environ | {"EXPLORER_RUNS": str(root)}).store

    below = store(tmp_path / "file" / "runs")
    for request in (lambda: below.create(RunSpec()), lambda: below.get("web-like-1"), store(tmp_path / "file").all):
        with pytest.raises(UserError) as caught:
            request()
        assert str(tmp_path) not in str(caught.value) and "the server's folder" in str(caught.value)
    monkeypatch.setenv("HOST", "0.0.0.0")
    with pytest.raises(UserError, match=re.escape(f"there is no such run in {tmp_path}")):
        RunStore(tmp_path).get("web-like-1")


def test_the_owner_is_known_by_a_key_that_is_not_on_disk(store: RunStore) -> None:
    folder = store.create(RunSpec(), owner_key="a secret")
    assert folder.is_owner("a secret") and not folder.is_owner("another") and not folder.is_owner("")
    assert all(b"a secret" not in path.read_bytes() for path in folder.path.iterdir())
    assert not store.create(RunSpec()).is_owner(""), "a run without an owner has none"
    assert not folder.is_owner("\udc80"), "any text may come in"
    for damaged in ("\u00e9", 7, None, "\ud800"):
        write_json(folder.path / "owner.json", {"sha256": damaged})
        assert not folder.is_owner("a secret")


def test_a_run_is_deleted_unless_somebody_executes_it(store: RunStore, folder: RunFolder) -> None:
    run_lock.take_claim(folder.path, Process.here())
    with pytest.raises(UserError, match=f"run={folder.run}: it is running, stop it first"):
        store.delete(folder.run)
    run_lock.release_claim(folder.path, Process.here())
    store.delete(folder.run)
    assert list(store.root.iterdir()) == [] == list(folder.records())
    with pytest.raises(UserError, match="there is no such run"):
        store.delete(folder.run)
    for look in (folder.status, folder.request_stop, folder.check_resumable):
        with pytest.raises(UserError, match=f"run={folder.run}: there is no such run here any more"):
            look()


# ---- The status


def test_a_new_status_is_written_as_it_always_was() -> None:
    status = RunStatus.of_new(SPEC, EvaluationScenes(seed=1003, count=4000))
    now = status.created
    times = {"created": now, "queued": now, "heartbeat": now}
    known = {"preset": "salient", "reason": None, "model": "small", "batch_size": 3, "recipe": PROTOCOL_VERSION}
    scenes = {"evaluation_seed": 1003, "evaluation_count": 4000}
    assert list(status.to_json().items()) == [
        *{"status": "queued", "step": 0, "steps": 7, **times, **known, **scenes}.items()
    ]
    assert RunStatus.from_json(status.to_json()) == status
    tuned = RunStatus.of_new(RunSpec(train=TrainSpec(init="things-bound")), DEFAULT_SCENES)
    assert tuned.model == "things-bound", "the model of a fine-tuned run is its start"


@pytest.mark.parametrize(
    ("name", "value"),
    [("rate", "fast"), ("rate", float("nan")), ("rate", True), ("batch_size", 2.5), ("preset", ["x"])]
    + [
        ("created", 1e300),
        ("start_evaluation", 3),
        ("reason", None),
        ("moons", 2),
        ("reason", {"parts": [1], "sign": ","}),
        ("evaluation_seed", "7"),
    ],
)
def test_a_value_of_another_type_counts_as_missing(name: str, value: Any) -> None:
    assert RunStatus.from_json({"status": "finished", name: value}) == RunStatus(status="finished")


@pytest.mark.parametrize("record", [[], 7, None, {"status": 3}, {"status": "running", "step": "4"}])
def test_what_is_no_status_is_refused(record: Any) -> None:
    with pytest.raises(ValueError, match="give"):
        RunStatus.from_json(record)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "\xff"])
def test_a_status_that_cannot_be_read_is_a_failed_run(text: str, store: RunStore, folder: RunFolder) -> None:
    (folder.path / "status.json").write_bytes(text.encode("latin1"))
    assert folder.status().status == "failed" and "cannot be read" in (folder.status().reason or "")
    assert store.all() == [folder]


def test_status_changes_field_by_field_and_keeps_those_of_a_newer_version(folder: RunFolder) -> None:
    path, first = folder.path / "status.json", folder.status().heartbeat
    write_json(path, {"moons": 2, **read_json(path)})
    names = list(read_json(path))
    folder.set_status(status="running", rate=12.5)
    folder.set_status(step=2)
    status = folder.status()
    assert (status.status, status.rate, status.step) == ("running", 12.5, 2)
    assert status.heartbeat and first and status.heartbeat >= first
    assert list(read_json(path)) == [*names, "rate"] and read_json(path)["moons"] == 2
    with pytest.raises(TypeError, match="a status has no stepp"):
        folder.set_status(stepp=3)
    assert {each.name for each in folder.path.iterdir()} == {"spec.json", "status.json"}


def test_a_reader_never_sees_half_a_status(folder: RunFolder) -> None:
    """One thread writes long and short statuses, as fast as it can, while this one reads."""
    seen: set[int] = set()

    def write() -> None:
        for size in (200_000, 1):
            folder.set_status(reason="x" * size)

    reads, end = 0, time.monotonic() + 60  # a busy computer may not let the writer run for a while
    with repeat_in_thread(write):
        while (reads < 100 or not {1, 200_000} <= seen) and time.monotonic() < end:
            seen.add(len(folder.status().reason or ""))
            reads += 1
    assert {1, 200_000} <= seen <= {0, 1, 200_000}


def test_threads_may_write_at_once(folder: RunFolder) -> None:
    """The pages run in threads of one process; who is last wins, and nobody fails."""
    with repeat_in_thread(lambda: folder.set_status(rate=1.0)), repeat_in_thread(lambda: folder.set_status(pid=1)):
        for step in range(100):
            folder.set_status(step=step)
    assert folder.status().status == "queued"


def test_of_three_statuses_within_a_tick_of_the_disks_clock_the_last_counts(folder: RunFolder) -> None:
    """The third may get the file number of the first, and its time."""
    path = folder.path / "status.json"
    written = path.stat()
    for step in range(1, 6):
        path.write_text(json.dumps(read_json(path) | {"step": step}))
        os.utime(path, ns=(time.time_ns(), written.st_mtime_ns))
        assert folder.status().step == step


def test_a_write_that_fails_leaves_the_old_file(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    before = folder.status()
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        folder.set_status(status="failed")
    assert folder.status() == before
    with pytest.raises(ValueError):
        write_json(folder.path / "report.json", {"value": float("nan")})
    assert not (folder.path / "report.json").exists()


# ---- Records and the report


def test_records_come_back_in_order(folder: RunFolder) -> None:
    written = [{"step": step, "loss": 1 / step, "word": "é"} for step in range(1, 6)]
    for record in written:
        folder.append(record)
    with pytest.raises(ValueError):
        folder.append({"step": 6, "loss": float("nan")})
    assert list(folder.records()) == written
    assert list(folder.records(since_step=3)) == written[3:] and list(folder.records(since_step=9)) == []
    assert len((folder.path / "metrics.jsonl").read_bytes().split(b"\n")) == 6


def add_torn_line(folder: RunFolder, line: bytes) -> None:
    """Add what a writer that was killed leaves."""
    with (folder.path / "metrics.jsonl").open("ab") as file:
        file.write(line)


@pytest.mark.parametrize("torn", [b'{"step": 2, "lo', b'{"step": 2}', b"{", b'{"word": "\xc3'])
@pytest.mark.parametrize("whole", [0, 1, 3])
def test_a_torn_last_line_is_left_out_and_whoever_goes_on_loses_nothing_else(
    folder: RunFolder, torn: bytes, whole: int
) -> None:
    for step in range(1, whole + 1):
        folder.append({"step": step})
    add_torn_line(folder, torn)
    assert [record["step"] for record in folder.records()] == list(range(1, whole + 1))
    for step in (whole + 1, whole + 2):
        folder.append({"step": step})
    assert [record["step"] for record in folder.records()] == list(range(1, whole + 3))


@pytest.mark.parametrize("damage", [b'{"step": 2, "lo', b"", b"[]", b"7", b'{"loss": 1}', b"\xff", b'{"step": "2"}'])
def test_a_damaged_line_in_the_middle_is_told_not_skipped(folder: RunFolder, damage: bytes) -> None:
    folder.append({"step": 1})
    add_torn_line(folder, damage + b"\n")
    folder.append({"step": 3})
    for since in (0, 1):
        with pytest.raises(UserError, match=rf"run={folder.run}: line 2 of metrics.jsonl is damaged"):
            list(folder.records(since_step=since))
    assert list(folder.records(since_step=3)) == []


def test_going_back_to_a_step_forgets_what_came_after(folder: RunFolder) -> None:
    for step in range(1, 5):
        folder.append({"step": step})
    folder.snapshot_path(0).parent.mkdir()
    for step in (0, 2, 4):
        folder.snapshot_path(step).touch()
    (folder.path / "snapshots" / "notes.txt").touch()
    add_torn_line(folder, b'{"step": 5')
    assert folder.snapshot_steps() == (0, 2, 4)
    folder.drop_after(2)
    assert list(folder.records()) == [{"step": 1}, {"step": 2}] and folder.snapshot_steps() == (0, 2)


def test_a_report_is_the_last_file(folder: RunFolder) -> None:
    with pytest.raises(UserError, match=f"run={folder.run}: has no report, its status is queued"):
        folder.report_json()
    write_json(folder.path / "report.json", {"status": "finished", "metrics": {"value": None}})
    assert folder.report_json() == {"status": "finished", "metrics": {"value": None}}
    with pytest.raises(DamagedFileError, match="report.json: is not a report of a run"):
        folder.report()
    report = Report(
        status="finished", rates={"hard_negatives": 0.5}, budget=TrainingBudget(steps=3, pairs=48, seconds=1.5)
    )
    folder.write_report(report)
    assert folder.report() == report and folder.report_json() == encode(report)


# ---- Requests


def test_a_waiting_run_stops_at_once_and_a_running_one_when_its_worker_has_heard(store: RunStore) -> None:
    waiting, running = store.create(RunSpec()), store.create(RunSpec())
    assert waiting.request_stop() == "stopped"
    assert waiting.status().reason == "stopped while it waited for its turn"
    assert not waiting.has_stop_request and not (waiting.path / "claim").exists()
    with pytest.raises(UserError, match="its status is stopped"):
        waiting.request_stop()
    assert running.claim(Process.here()) and not running.claim(Process.here())
    running.set_status(status="running")
    assert running.request_stop() == "stopping" == running.status().status
    assert read_json(running.path / "status.json")["status"] == "running", "only the holder of the claim writes it"
    running.set_status(step=3)
    assert running.status().status == "stopping"
    running.clear_stop_request()
    assert running.status().status == "running"


@pytest.mark.parametrize(
    ("status", "step", "has_checkpoint", "expected"),
    [
        ("interrupted", 3, False, None),
        ("stopped", 0, False, None),
        ("stopped", 3, True, None),
        ("failed", 3, True, None),
        ("stopped", 3, False, "has no checkpoint"),
        ("failed", 3, False, "has no checkpoint"),
        ("finished", 3, True, "its status is finished"),
        ("queued", 0, False, "its status is queued"),
        ("running", 3, True, "its status is stopping"),
    ],
)
def test_what_can_be_resumed(
    status: str, step: int, has_checkpoint: bool, expected: str | None, folder: RunFolder
) -> None:
    folder.set_status(status=status, step=step, reason="because", phase="evaluating", evaluating_since=1.0)
    if has_checkpoint:
        folder.checkpoint.mkdir()
    (folder.path / "stop").touch()
    assert folder.is_resumable == (expected is None)
    if expected is None:
        folder.request_resume()
        assert (folder.status().status, folder.status().reason) == ("queued", None)
        assert (folder.status().phase, folder.status().evaluating_since) == (None, None)
        assert not folder.has_stop_request
    else:
        with pytest.raises(UserError, match=expected):
            folder.request_resume()
    assert not (folder.path / "claim").exists()


def test_a_run_of_another_protocol_does_not_go_on(store: RunStore) -> None:
    old = store.create(RunSpec(protocol=1))
    old.set_status(status="interrupted")
    sentence = rf"run={old.run}: was begun by protocol version 1, training is now version {PROTOCOL_VERSION}"
    with pytest.raises(UserError, match=sentence):
        old.request_resume()
    assert old.status().status == "interrupted"


def test_a_run_that_broke_off_ends_at_its_last_record(folder: RunFolder) -> None:
    for step in (1, 2, 3):
        folder.append({"step": step, "loss": 5.0})
    folder.end_abandoned("failed", "because")
    assert folder.status().status == "queued", "it goes on waiting"
    assert folder.claim(Process.here())
    folder.set_status(status="running", step=2)
    folder.end_abandoned("failed", "because")
    assert folder.status().status == "running"
    run_lock.release_claim(folder.path, Process.here())
    folder.end_abandoned("failed", "because")
    assert (folder.status().status, folder.status().step, folder.status().reason) == ("failed", 3, "because")
    folder.set_status(status="queued")
    folder.end_abandoned("interrupted", "because", waiting="nobody came")
    assert (folder.status().status, folder.status().reason) == ("interrupted", "nobody came")


def test_a_reason_with_values_keeps_them_in_the_status_and_a_new_status_or_a_file_has_its_english(
    folder: RunFolder,
) -> None:
    sentence = UserError("learning_rate", "1", "the loss is not a number at step {step}", step=3).sentence
    folder.end("failed", sentence)
    assert isinstance(folder.status().reason, Sentence)
    assert key_sentence(folder.status().reason) == key_sentence(sentence)
    assert json.loads(json.dumps(folder.status().to_json()))["reason"] == sentence
    for strange in ({"id": 1}, {"kind": "duration"}, 7, ["a"]):
        folder.set_status(reason=strange)
        assert folder.status().reason is None
    folder.set_status(reason="as version 1.0 wrote it")
    assert folder.status().reason == "as version 1.0 wrote it"


def test_folders_that_a_killed_process_was_making_are_swept(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    made = store.create(RunSpec(data=DataSpec(), train=TrainSpec()))
    old, young = tmp_path / ".new-0123456789ab", tmp_path / ".new-ba9876543210"
    for each in (old, young):
        (each / "model").mkdir(parents=True)
        (each / "model" / "open_clip_model.safetensors").write_bytes(bytes(100))
    for each in (old, made.path):
        os.utime(each, (1.0, 1.0))
    store.sweep()
    assert not old.exists() and young.exists() and [run.run for run in store.all()] == [made.run]


def test_a_run_whose_deletion_broke_off_is_removed_by_the_next_start(
    store: RunStore, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        store.delete(folder.run)
    assert store.all() == [] and list(store.root.rglob("spec.json")), "hidden, and still on the disk"
    store.sweep()
    assert list(store.root.iterdir()) == []
