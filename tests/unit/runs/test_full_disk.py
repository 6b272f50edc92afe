"""A disk that is full wherever a run writes: the run ends as failed and says why, and goes on once there is room."""

import errno
import json
import shutil
import time
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.evaluation.inspection import Snapshot
from explorer.runs import files, run_lock, store, supervisor, worker
from explorer.runs.files import FULL, is_full, replace_anyway
from explorer.runs.run_lock import Process
from explorer.runs.store import RunFolder, RunStore
from explorer.runs.supervisor import Supervisor
from explorer.runs.worker import execute
from explorer.settings import Settings
from explorer.tools.training import train_here
from explorer.training import loop
from tests.unit.toys import FEW, tiny_spec

Usage = namedtuple("Usage", "total used free")

pytestmark = pytest.mark.usefixtures("tiny_configs")


def no_room(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/else")


def half_a_checkpoint(_: Any, path: Path) -> None:
    """As torch does: a file that is cut off, and an error that says nothing of the disk."""
    path.write_bytes(b"half")
    raise RuntimeError("[enforce fail at inline_container.cc:664] . unexpected pos 64 vs 0")


def half_a_model(_: Any, folder: Path) -> None:
    folder.mkdir()
    (folder / "open_clip_model.safetensors").write_bytes(b"half")
    raise RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)")


WRITES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "metrics": lambda patch: patch.setattr(RunFolder, "append", no_room),
    "snapshot": lambda patch: patch.setattr(Snapshot, "save", no_room),
    "checkpoint": lambda patch: patch.setattr(loop.torch, "save", half_a_checkpoint),
    "model": lambda patch: patch.setattr(worker, "export", half_a_model),
    "report": lambda patch: patch.setattr(RunFolder, "write_report", no_room),
}


@pytest.mark.slow
@pytest.mark.parametrize("place", WRITES)
def test_wherever_it_is_full_the_run_fails_in_words_and_goes_on(place: str, tmp_path: Path) -> None:
    folder = RunStore(tmp_path).create(tiny_spec(steps=5))
    with pytest.MonkeyPatch.context() as patch:
        WRITES[place](patch)
        patch.setattr(shutil, "disk_usage", lambda _: Usage(100, 100, 0))
        with pytest.raises((OSError, RuntimeError)):
            list(execute(RunStore(tmp_path), folder, checkpoint_s=0.0, budget=FEW))
    assert (folder.status().status, folder.status().reason) == ("failed", FULL)
    assert not run_lock.is_held(folder.path)
    hidden = [path.name for path in folder.path.rglob("*") if path.name.startswith(".")]
    assert hidden == [], "what was written halfway takes the room"
    if folder.checkpoint.is_dir() and any(folder.checkpoint.iterdir()):
        folder.request_resume()
    else:
        folder.set_status(status="queued")
    list(execute(RunStore(tmp_path), folder, budget=FEW))
    assert folder.status().status == "finished"


def test_in_the_foreground_it_is_one_sentence(tmp_path: Path) -> None:
    folder = RunStore(tmp_path).create(tiny_spec(), claimed=True)
    with pytest.MonkeyPatch.context() as patch:
        WRITES["metrics"](patch)
        with pytest.raises(UserError, match=f"^run={folder.run}: {FULL}$"):
            train_here(RunStore(tmp_path), folder, FEW)


def count_status_writes(tmp_path: Path) -> int:
    """Number of times that a run of two steps replaces a file, its report included."""
    seen: list[Path] = []
    with pytest.MonkeyPatch.context() as patch:
        real = files.replace_file
        for module in (files, store):
            patch.setattr(module, "replace_file", lambda path, content: (seen.append(path), real(path, content)))
        folder = RunStore(tmp_path / "counted").create(tiny_spec(steps=2))
        seen.clear()
        list(execute(RunStore(tmp_path / "counted"), folder, budget=FEW))
    return len(seen)


@pytest.mark.slow
def test_every_write_of_a_status_may_be_the_one_that_fails(tmp_path: Path) -> None:
    root = RunStore(tmp_path / "runs")
    writes = count_status_writes(tmp_path)
    assert writes > 6
    for room in range(writes):
        folder = root.create(tiny_spec(steps=2))
        left = [room]

        def replace(path: Path, content: bytes, left: list[int] = left, real: Any = files.replace_file) -> None:
            left[0] -= 1
            (real if left[0] >= 0 else no_room)(path, content)

        with pytest.MonkeyPatch.context() as patch:
            for module in (files, store):
                patch.setattr(module, "replace_file", replace)
            with pytest.raises(OSError):
                list(execute(root, folder, budget=FEW))
        assert (folder.status().status, folder.status().reason) == ("failed", FULL), f"write {room}"


def test_over_the_old_file_only_where_there_is_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "status.json"
    path.write_text("a long old text")
    monkeypatch.setattr(files.os, "replace", no_room)
    replace_anyway(path, b"new")
    assert path.read_text() == "new"
    assert [each.name for each in tmp_path.iterdir()] == ["status.json"]

    def forbidden(*_: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files.os, "replace", forbidden)
    with pytest.raises(PermissionError):
        replace_anyway(path, b"newer")
    assert path.read_text() == "new"


def test_what_counts_as_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_full(OSError(errno.ENOSPC, "x")) and is_full(OSError(errno.EDQUOT, "x"))
    assert not is_full(OSError(errno.EACCES, "x"), tmp_path) and not is_full(RuntimeError("x"), tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 100, 0))
    assert is_full(RuntimeError("x"), tmp_path) and not is_full(RuntimeError("x"))
    assert not is_full(KeyboardInterrupt(), tmp_path), "that is what a person wanted"


def test_a_claim_that_cannot_be_written_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_lock, "_text", no_room)
    with pytest.raises(OSError):
        run_lock.take(tmp_path, Process.here())
    assert list(tmp_path.iterdir()) == []


def test_on_a_full_disk_a_run_can_be_deleted_and_none_that_is_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deletion is how a person makes room."""
    root = RunStore(tmp_path)
    folder, busy = root.create(tiny_spec()), root.create(tiny_spec(), claimed=True)
    monkeypatch.setattr(run_lock, "_text", no_room)
    with pytest.raises(UserError, match="it is running, stop it first"):
        root.delete(busy.run)
    root.delete(folder.run)
    assert root.all() == [busy] and [path.name for path in tmp_path.iterdir()] == [busy.run]


def test_a_run_that_cannot_be_made_for_want_of_room_says_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "write_json", no_room)
    with pytest.raises(UserError, match=r"^runs=.*: cannot be written \(No space left .*\); delete runs to make room$"):
        RunStore(tmp_path).create(tiny_spec())


class Dying:
    """A worker that dies as soon as it has a run."""

    def __init__(self) -> None:
        self.folder: RunFolder | None = None
        self.gpu: str | None = None

    def give(self, folder: RunFolder, gpu: str | None = None) -> bool:
        folder.set_status(status="running")
        self.folder = folder
        return True

    def returncode(self) -> int | None:
        return None if self.folder is None else -9

    def request_end(self) -> None:
        pass

    def end(self, patience_s: float) -> None:
        pass


def test_a_supervisor_that_cannot_write_why_a_worker_ended_does_so_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, asked = RunStore(tmp_path), []
    real = supervisor._end

    def end(*values: Any) -> None:
        asked.append(values)
        if len(asked) < 3:
            no_room()
        real(*values)

    monkeypatch.setattr(supervisor, "_end", end)
    folder = root.create(tiny_spec())
    watching = Supervisor(root, Settings(poll_s=0.01, spare=False), spawn=lambda *_: Dying())
    watching.start()
    deadline = time.monotonic() + 60
    while folder.status().status != "failed" and time.monotonic() < deadline:
        time.sleep(0.01)
    watching.close()
    assert folder.status().reason == "the worker was killed by signal 9, as systems do that run out of memory"


def test_a_run_that_cannot_be_told_anything_keeps_no_other_from_its_turn(tmp_path: Path) -> None:
    """Somebody took its status away while it ran: that is no full disk, and will not be better later."""
    root = RunStore(tmp_path)
    first, second = root.create(tiny_spec()), root.create(tiny_spec())

    class Losing(Dying):
        def give(self, folder: RunFolder, gpu: str | None = None) -> bool:
            taken = super().give(folder, gpu)
            if folder == first:
                (folder.path / "status.json").unlink()
            return taken

    first.set_status(queued=1.0)
    supervisor = Supervisor(root, Settings(poll_s=0.01, spare=False), spawn=lambda *_: Losing())
    supervisor.start()
    deadline = time.monotonic() + 60
    while second.status().status in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(0.01)
    supervisor.close()
    assert second.status().status == "failed" and not (first.path / "status.json").exists()


def test_a_worker_that_cannot_take_a_run_is_kept_and_the_run_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status cannot be written at first: no claim of a worker that is not at work keeps the run from its turn."""
    root, given = RunStore(tmp_path), []
    folder = root.create(tiny_spec())
    real = RunFolder.set_status

    def write(self: RunFolder, **changes: Any) -> None:
        given.append(changes)
        if len(given) == 1:
            no_room()
        real(self, **changes)

    monkeypatch.setattr(RunFolder, "set_status", write)
    command = ("python3", "-c", "import sys; sys.stdin.readline()")
    supervisor = Supervisor(root, Settings(poll_s=0.01, spare=True, worker=command))
    supervisor.start()
    deadline = time.monotonic() + 60
    while folder.status().status == "queued" and time.monotonic() < deadline:
        time.sleep(0.01)
    supervisor.close()
    assert folder.status().status != "queued" and json.loads((folder.path / "status.json").read_text())["pid"]
