"""A run folder is never seen half written, a killed writer loses one line at most, and an id is never a path."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from platformdirs import user_data_path

from explorer.codec import encode
from explorer.errors import DamagedFileError, UserError
from explorer.evaluation.results import Budget, Report
from explorer.runs import run_lock
from explorer.runs.files import default_root, read_json, write_json
from explorer.runs.run_lock import Process
from explorer.runs.store import RunFolder, RunStore
from explorer.spec import RECIPE, DataSpec, RunSpec, TrainSpec
from explorer.views.service import Service

ROOT = Path(__file__).parents[3]


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "deep" / "runs")


@pytest.fixture
def folder(store: RunStore) -> RunFolder:
    return store.create(RunSpec(preset="binding-friendly"))


def test_a_new_run_is_queued_and_says_what_it_is(store: RunStore) -> None:
    spec = RunSpec(data=DataSpec(saliency_bias=0.5), train=TrainSpec(steps=7), preset="web-like")
    folder = store.create(spec)
    assert folder.run.startswith("web-like-")
    assert folder.path == store.root / folder.run
    assert RunSpec.from_dict(folder.spec_record()) == spec
    status = folder.status()
    assert (status.status, status.step, status.steps) == ("queued", 0, 7)
    assert status.is_active and not status.has_ended
    assert {path.name for path in folder.path.iterdir()} == {"spec.json", "status.json"}
    assert list(folder.records()) == []


def test_every_run_is_another(store: RunStore) -> None:
    runs = {store.create(RunSpec()).run for _ in range(20)}
    assert len(runs) == 20
    assert all(run.startswith("run-") for run in runs)


@pytest.mark.parametrize(
    "preset", ["../../evil", "/evil", "..", "Web Like", "a/b", "x" * 300, "é", "", "a\0b", ".hidden", "-", "x" * 80]
)
def test_a_preset_of_any_text_makes_no_path(store: RunStore, preset: str) -> None:
    """The spec may come from a file that somebody brought."""
    folder = store.create(RunSpec(preset=preset))
    assert folder.path.parent == store.root
    assert [path.name for path in store.root.iterdir()] == [folder.run]
    assert [path.name for path in store.root.parent.iterdir()] == ["runs"]
    assert store.find(folder.run) == folder
    assert folder.spec_record()["preset"] == preset


def test_a_run_is_found_by_its_id(store: RunStore, folder: RunFolder) -> None:
    assert store.find(folder.run) == folder
    assert store.find_model(folder.run) == folder.path / "model" == folder.model
    assert store.find("binding-friendly-000000000000") is None
    assert store.find_model("binding-friendly-000000000000") is None
    assert RunStore(store.root / "nowhere").find(folder.run) is None


def test_an_id_is_never_a_path(store: RunStore, folder: RunFolder, tmp_path: Path) -> None:
    """Each of these would be a run if names were joined to the root as they are."""
    outside = tmp_path / "deep" / "outside"
    inside = folder.path / "nested"
    for path in (outside, inside, store.root):
        path.mkdir(exist_ok=True)
        (path / "spec.json").write_text("{}")
    names = [
        "../outside",
        str(outside),
        ".",
        "",
        "./",
        f"{folder.run}/nested",
        f"{folder.run}/",
        f"../runs/{folder.run}",
    ]
    for name in names:
        assert (store.root / name / "spec.json").is_file(), name
        assert store.find(name) is None, name
        assert store.find_model(name) is None, name


@pytest.mark.parametrize(
    "name", ["x" * 5000, "é", "x\0", "run\n", "RUN", "-x", "١", "a b", "~", "x\\y", "C:", "\udc80", "%2e"]
)
def test_odd_ids_are_no_runs_and_no_errors(store: RunStore, name: str) -> None:
    assert store.find(name) is None


def test_a_folder_without_a_spec_is_no_run(store: RunStore) -> None:
    (store.root / "half-made").mkdir(parents=True)
    assert store.find("half-made") is None


@pytest.mark.parametrize("missing", ["spec.json", "status.json"])
def test_a_run_is_absent_until_both_its_files_are_there(store: RunStore, folder: RunFolder, missing: str) -> None:
    """As where somebody copies a folder file by file."""
    (folder.path / missing).rename(store.root / "later")
    assert store.find(folder.run) is None and store.find_model(folder.run) is None
    with pytest.raises(UserError, match="there is no such run"):
        store.get(folder.run)
    (store.root / "later").rename(folder.path / missing)
    assert store.find(folder.run) == folder


def test_a_root_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="runs=.*file: cannot be read .Not a directory."):
        RunStore(tmp_path / "file").all()
    assert RunStore(tmp_path / "nowhere").all() == []


def test_status_changes_field_by_field(folder: RunFolder) -> None:
    first = folder.status().heartbeat
    folder.set_status(status="running", pid=4)
    folder.set_status(step=2)
    status = folder.status()
    assert (status.status, status.pid, status.step) == ("running", 4, 2)
    assert status.heartbeat and first and status.heartbeat >= first


def test_a_reader_never_sees_half_a_status(folder: RunFolder) -> None:
    """One thread writes long and short statuses, as fast as it can, while this one reads."""
    stop = threading.Event()
    errors: list[Exception] = []

    def write() -> None:
        try:
            while not stop.is_set():
                for size in (200_000, 1):
                    folder.set_status(reason="x" * size)
        except Exception as error:
            errors.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    seen: set[int] = set()
    reads, long_enough = 0, time.monotonic() + 60  # a busy computer may not let the writer run for a while
    try:
        while reads < 300 or (len(seen) < 2 and time.monotonic() < long_enough):
            seen.add(len(folder.status().reason or ""))
            reads += 1
    finally:
        stop.set()
        writer.join()
    assert errors == []
    assert seen <= {0, 1, 200_000}
    assert len(seen) > 1


def test_two_threads_may_write_at_once(folder: RunFolder) -> None:
    """The pages run in threads of one process; who is last wins, and nobody fails."""
    errors: list[Exception] = []

    def write(name: str) -> None:
        try:
            for step in range(200):
                folder.set_status(**{name: step})
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("rate", "pid", "step_s", "tail_s")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert folder.status().status == "queued"


WRITER = """
import sys
from pathlib import Path
from explorer.runs import run_lock
from explorer.runs.store import RunFolder
folder = RunFolder(Path(sys.argv[1]))
assert run_lock.take(folder.path, run_lock.Process.here())
folder.set_status(status="running", step=0)
for step in range(1, 401):
    folder.set_status(step=step)
print("written")
input()
"""


def test_a_stop_that_is_asked_for_between_two_writes_of_another_process_is_not_lost(folder: RunFolder) -> None:
    command = [sys.executable, "-c", WRITER, str(folder.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        while folder.status().step < 20:
            assert other.poll() is None
        assert folder.request_stop() == "stopping"
        asked_at = folder.status().step
        assert other.stdout is not None and other.stdout.readline() == "written\n"
        assert asked_at < 400, "it was asked while the other wrote"
        assert (folder.status().status, folder.status().step) == ("stopping", 400)
        other.communicate("\n")


def test_a_write_that_fails_leaves_the_old_file(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    before = folder.status()

    def fail(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        folder.set_status(status="failed")
    assert folder.status() == before
    with pytest.raises(ValueError):
        write_json(folder.path / "report.json", {"value": float("nan")})
    assert not (folder.path / "report.json").exists()


def test_leftovers_of_writing_are_gone(folder: RunFolder) -> None:
    folder.set_status(step=1)
    write_json(folder.path / "report.json", {"status": "finished"})
    assert {path.name for path in folder.path.iterdir()} == {"spec.json", "status.json", "report.json"}


def test_records_come_back_in_order(folder: RunFolder) -> None:
    written = [{"step": step, "loss": 1 / step, "word": "é"} for step in range(1, 6)]
    for record in written:
        folder.append(record)
    assert list(folder.records()) == written
    assert list(folder.records(since_step=3)) == written[3:]
    assert list(folder.records(since_step=9)) == []
    assert len((folder.path / "metrics.jsonl").read_bytes().split(b"\n")) == 6


def test_a_record_without_a_number_is_refused_whole(folder: RunFolder) -> None:
    folder.append({"step": 1})
    with pytest.raises(ValueError):
        folder.append({"step": 2, "loss": float("nan")})
    assert list(folder.records()) == [{"step": 1}]


def tear(folder: RunFolder, line: bytes) -> None:
    """Add what a writer that was killed leaves."""
    with (folder.path / "metrics.jsonl").open("ab") as file:
        file.write(line)


@pytest.mark.parametrize("torn", [b'{"step": 2, "lo', b'{"step": 2}', b"{", b'{"word": "\xc3'])
def test_a_torn_last_line_is_left_out(folder: RunFolder, torn: bytes) -> None:
    folder.append({"step": 1})
    tear(folder, torn)
    assert list(folder.records()) == [{"step": 1}]


@pytest.mark.parametrize("whole", [0, 1, 3])
def test_whoever_goes_on_after_a_torn_line_loses_nothing_else(folder: RunFolder, whole: int) -> None:
    """A resumed run appends where the killed one stopped."""
    for step in range(1, whole + 1):
        folder.append({"step": step})
    tear(folder, b'{"step": 99, "lo')
    folder.append({"step": whole + 1})
    folder.append({"step": whole + 2})
    assert [record["step"] for record in folder.records()] == list(range(1, whole + 3))
    assert b"99" not in (folder.path / "metrics.jsonl").read_bytes()


@pytest.mark.parametrize("damage", [b'{"step": 2, "lo', b"", b"[]", b"7", b'{"loss": 1}', b"\xff", b'{"step": "2"}'])
def test_a_damaged_line_in_the_middle_is_told_not_skipped(folder: RunFolder, damage: bytes) -> None:
    folder.append({"step": 1})
    tear(folder, damage + b"\n")
    folder.append({"step": 3})
    with pytest.raises(UserError, match=rf"run={folder.run}: line 2 of metrics.jsonl"):
        list(folder.records())


@pytest.mark.parametrize("since", [1, 2])
def test_who_follows_a_run_is_told_of_damage_behind_the_step_that_was_seen(folder: RunFolder, since: int) -> None:
    folder.append({"step": 1})
    folder.append({"step": 2})
    tear(folder, b"[]\n")
    folder.append({"step": 4})
    with pytest.raises(UserError, match="line 3 of metrics.jsonl is damaged"):
        list(folder.records(since_step=since))
    assert list(folder.records(since_step=4)) == []


def test_runs_without_a_readable_status_come_last_and_folders_without_one_are_no_runs(store: RunStore) -> None:
    made = [store.create(RunSpec()) for _ in range(2)]
    for folder, created in zip(made, (5.0, 7.0), strict=True):
        folder.set_status(created=created)
    (store.root / "empty").mkdir()
    (store.root / "unreadable").mkdir()
    (store.root / "unreadable" / "status.json").write_text("{")
    assert [folder.run for folder in store.all()] == [made[1].run, made[0].run, "unreadable"]


def test_a_stray_file_in_the_folder_of_runs_is_no_run(store: RunStore, folder: RunFolder) -> None:
    (store.root / "notes").write_text("mine")
    assert store.all() == [folder] and store.find("notes") is None


def test_whoever_lists_runs_while_others_delete_theirs_sees_the_rest(store: RunStore) -> None:
    kept = store.create(RunSpec())
    is_over, seen = threading.Event(), []

    def look() -> None:
        while not is_over.is_set():
            seen.append({folder for folder, _ in store.statuses()})

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(60):
        store.delete(store.create(RunSpec()).run)
    is_over.set()
    reader.join()
    assert seen and all(kept in each for each in seen)


def test_a_run_that_breaks_off_between_a_record_and_its_status_has_the_step_of_the_record(folder: RunFolder) -> None:
    for step in (1, 2, 3):
        folder.append({"step": step, "loss": 5.0})
    folder.set_status(status="running", step=2)
    folder.end("interrupted", "it was interrupted")
    assert (folder.status().status, folder.status().step) == ("interrupted", 3)


def test_a_run_that_is_deleted_while_it_is_looked_at_is_told_in_a_sentence(store: RunStore, folder: RunFolder) -> None:
    store.delete(folder.run)
    for look in (folder.status, folder.request_stop, folder.check_resumable):
        with pytest.raises(UserError, match=f"run={folder.run}: there is no such run here any more"):
            look()
    assert list(folder.records()) == []


def test_of_three_statuses_within_a_tick_of_the_disks_clock_the_last_counts(folder: RunFolder) -> None:
    """The third may get the file number of the first, and its time."""
    path = folder.path / "status.json"
    written = path.stat()
    for step in range(1, 6):
        content = read_json(path) | {"step": step}
        path.write_text(json.dumps(content))
        os.utime(path, ns=(time.time_ns(), written.st_mtime_ns))
        assert folder.status().step == step


@pytest.mark.parametrize("environ", [{"EXPLORER_PUBLIC": "1"}, {"SYSTEM": "spaces"}, {"HOST": "0.0.0.0"}])
def test_strangers_are_not_told_where_runs_are_kept(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    def store(root: Path) -> RunStore:
        return Service.here(None, environ | {"EXPLORER_RUNS": str(root)}).store

    below = store(tmp_path / "file" / "runs")
    for asked in (lambda: below.create(RunSpec()), lambda: below.get("web-like-1"), store(tmp_path / "file").all):
        with pytest.raises(UserError) as told:
            asked()
        assert str(tmp_path) not in str(told.value) and "the server's folder" in str(told.value)


def test_on_ones_own_computer_the_folder_is_named_whatever_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    with pytest.raises(UserError, match=re.escape(f"there is no such run in {tmp_path}")):
        RunStore(tmp_path).get("web-like-1")


def test_a_report_is_the_last_file(folder: RunFolder) -> None:
    with pytest.raises(UserError, match=f"run={folder.run}: has no report, its status is queued"):
        folder.report_json()
    write_json(folder.path / "report.json", {"status": "finished", "metrics": {"value": None}})
    assert folder.report_json() == {"status": "finished", "metrics": {"value": None}}
    with pytest.raises(DamagedFileError, match="report.json: is not a report of a run"):
        folder.report()
    report = Report(status="finished", rates={"hard_negatives": 0.5}, budget=Budget(steps=3, pairs=48, seconds=1.5))
    folder.write_report(report)
    assert folder.report() == report and folder.report_json() == encode(report)


def test_the_root_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    assert default_root() == tmp_path


@pytest.mark.parametrize("value", [None, ""])
def test_the_root_is_else_in_the_users_data(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("EXPLORER_RUNS", raising=False)
    if value is not None:
        monkeypatch.setenv("EXPLORER_RUNS", value)
    assert default_root() == user_data_path("clip-binding-explorer") / "runs"


def test_a_root_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A file stands where a folder would have to be: no rights help there, root's neither."""
    (tmp_path / "file").write_text("")
    with pytest.raises(
        UserError, match=r"runs=.*file.*: cannot be written \(Not a directory\); name a folder that can"
    ):
        RunStore(tmp_path / "file" / "runs").create(RunSpec())


def test_a_run_is_never_seen_without_its_status(store: RunStore) -> None:
    """A thread makes runs while this one looks."""
    seen: list[str] = []
    errors: list[BaseException] = []

    def look() -> None:
        try:
            while len(seen) < 50:
                for found in store.root.iterdir() if store.root.is_dir() else ():
                    if store.find(found.name) and found.name not in seen:
                        seen.append(RunFolder(found).status().status)
                        seen[-1] = found.name
        except BaseException as error:
            errors.append(error)

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(60):
        store.create(RunSpec(), owner_key="key")
    reader.join()
    assert errors == []


def test_a_run_that_cannot_be_made_leaves_nothing(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(UserError, match="cannot be written .disk full."):
        store.create(RunSpec())
    assert list(store.root.iterdir()) == [] and store.all() == []


def test_all_runs_come_newest_first(store: RunStore) -> None:
    assert store.all() == []
    made = [store.create(RunSpec()) for _ in range(3)]
    for at, folder in enumerate(made):
        folder.set_status(created=float(at))
    (store.root / ".new-1").mkdir()
    (store.root / "no-run").mkdir()
    assert store.all() == made[::-1]


def test_the_owner_is_known_by_a_key_that_is_not_on_disk(store: RunStore) -> None:
    folder = store.create(RunSpec(), owner_key="a secret")
    assert folder.is_owner("a secret") and not folder.is_owner("another") and not folder.is_owner("")
    assert all(b"a secret" not in path.read_bytes() for path in folder.path.iterdir())
    assert not store.create(RunSpec()).is_owner(""), "a run without an owner has none"
    assert not folder.is_owner("\udc80"), "any text may come in"


def test_a_run_of_another_recipe_does_not_go_on(store: RunStore) -> None:
    old = store.create(RunSpec(recipe=1))
    old.set_status(status="interrupted")
    with pytest.raises(
        UserError, match=rf"run={old.run}: was begun by protocol version 1, training is now version {RECIPE}"
    ):
        old.request_resume()
    assert old.status().status == "interrupted"


def test_a_waiting_run_stops_at_once(folder: RunFolder) -> None:
    assert folder.request_stop() == "stopped"
    assert folder.status().reason == "stopped while it waited for its turn"
    assert not folder.is_asked_to_stop() and not (folder.path / "claim").exists()
    with pytest.raises(UserError, match="its status is stopped"):
        folder.request_stop()


def test_a_running_run_is_stopping_until_its_worker_has_heard(folder: RunFolder) -> None:
    run_lock.take(folder.path, Process.here())
    folder.set_status(status="running")
    assert folder.request_stop() == "stopping" == folder.status().status
    assert read_json(folder.path / "status.json")["status"] == "running", "only the holder of the claim writes it"
    folder.set_status(step=3)
    assert folder.status().status == "stopping"
    folder.forget_stop()
    assert folder.status().status == "running"


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
    folder.set_status(status=status, step=step, reason="because")
    if has_checkpoint:
        folder.checkpoint.mkdir()
    (folder.path / "stop").touch()
    if expected is None:
        folder.request_resume()
        assert (folder.status().status, folder.status().reason) == ("queued", None)
        assert not folder.is_asked_to_stop()
    else:
        with pytest.raises(UserError, match=expected):
            folder.request_resume()
    assert not (folder.path / "claim").exists()


def test_a_run_is_deleted_unless_somebody_executes_it(store: RunStore, folder: RunFolder) -> None:
    run_lock.take(folder.path, Process.here())
    with pytest.raises(UserError, match=f"run={folder.run}: it is running, stop it first"):
        store.delete(folder.run)
    assert store.find(folder.run) == folder
    run_lock.release(folder.path, Process.here())
    store.delete(folder.run)
    assert list(store.root.iterdir()) == []
    with pytest.raises(UserError, match="there is no such run"):
        store.delete(folder.run)


def test_going_back_to_a_step_forgets_what_came_after(folder: RunFolder) -> None:
    for step in range(1, 5):
        folder.append({"step": step})
    folder.snapshot_path(0).parent.mkdir()
    for step in (0, 2, 4):
        folder.snapshot_path(step).touch()
    (folder.path / "snapshots" / "notes.txt").touch()
    tear(folder, b'{"step": 5')
    assert folder.snapshot_steps() == (0, 2, 4)
    folder.drop_after(2)
    assert list(folder.records()) == [{"step": 1}, {"step": 2}]
    assert folder.snapshot_steps() == (0, 2)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "\xff"])
def test_a_status_that_cannot_be_read_is_a_failed_run(text: str, store: RunStore, folder: RunFolder) -> None:
    (folder.path / "status.json").write_bytes(text.encode("latin1"))
    assert folder.status().status == "failed" and "cannot be read" in folder.status().reason
    assert store.all() == [folder]


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write anywhere")
def test_a_root_without_rights_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="Permission denied"):
        RunStore(tmp_path / "runs").create(RunSpec())
