"""A disk that is full wherever a run writes: the run ends as failed and says why, and goes on once there is room."""

import errno
import itertools
import json
import shutil
from collections import namedtuple
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.runs import files, run_lock, store, worker
from explorer.runs import folder as folders
from explorer.runs.files import DISK_FULL, is_disk_full, replace_even_if_full
from explorer.runs.folder import RunFolder
from explorer.runs.run_lock import Process
from explorer.runs.store import RunStore
from explorer.runs.supervisor import Supervisor, spawn_worker
from explorer.runs.worker import execute_run
from explorer.settings import Settings
from explorer.tools.training import train_here
from explorer.training import checkpoint
from tests.unit.runs.conftest import wait_for
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
    "checkpoint": lambda patch: patch.setattr(checkpoint.torch, "save", half_a_checkpoint),
    "model": lambda patch: patch.setattr(worker, "export", half_a_model),
}


@pytest.mark.slow
@pytest.mark.parametrize("place", WRITES)
def test_wherever_it_is_full_the_run_fails_in_words_and_goes_on(place: str, tmp_path: Path) -> None:
    folder = RunStore(tmp_path).create(tiny_spec(steps=2))
    with pytest.MonkeyPatch.context() as patch:
        WRITES[place](patch)
        patch.setattr(shutil, "disk_usage", lambda _: Usage(100, 100, 0))
        with pytest.raises((OSError, RuntimeError)):
            list(execute_run(RunStore(tmp_path), folder, checkpoint_s=0.0, budget=FEW))
    assert (folder.status().status, folder.status().reason) == ("failed", DISK_FULL)
    assert not run_lock.is_claimed(folder.path)
    hidden = [path.name for path in folder.path.rglob("*") if path.name.startswith(".")]
    assert hidden == [], "what was written halfway takes the room"
    if folder.checkpoint.is_dir() and any(folder.checkpoint.iterdir()):
        folder.request_resume()
    else:
        folder.set_status(status="queued")
    list(execute_run(RunStore(tmp_path), folder, budget=FEW))
    assert folder.status().status == "finished"


def test_in_the_foreground_it_is_one_sentence(tmp_path: Path) -> None:
    folder = RunStore(tmp_path).create(tiny_spec(), is_claimed=True)
    with pytest.MonkeyPatch.context() as patch:
        WRITES["metrics"](patch)
        with pytest.raises(UserError, match=f"^run={folder.run}: {DISK_FULL}$"):
            train_here(RunStore(tmp_path), folder, FEW)


@pytest.mark.slow
def test_every_write_of_a_status_may_be_the_one_that_fails(tmp_path: Path) -> None:
    root, writes = RunStore(tmp_path / "runs"), 0
    while True:
        folder, left = root.create(tiny_spec(steps=1)), [writes]

        def replace(path: Path, content: bytes, left: list[int] = left, real: Any = files.replace_file) -> None:
            left[0] -= 1
            (real if left[0] >= 0 else no_room)(path, content)

        with pytest.MonkeyPatch.context() as patch:
            for module in (files, folders):
                patch.setattr(module, "replace_file", replace)
            with suppress(OSError):
                list(execute_run(root, folder, budget=FEW))
        if left[0] >= 0:
            break
        assert (folder.status().status, folder.status().reason) == ("failed", DISK_FULL), f"write {writes}"
        writes += 1
    assert writes > 6 and folder.status().status == "finished"


def test_over_the_old_file_only_where_there_is_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "status.json"
    path.write_text("a long old text")
    for number, content in ((errno.EACCES, "a long old text"), (errno.ENOSPC, "new")):

        def fail(*_: Any, number: int = number) -> None:
            raise OSError(number, "no")

        monkeypatch.setattr(files.os, "replace", fail)
        with suppress(PermissionError):
            replace_even_if_full(path, b"new")
        assert path.read_text() == content and list(tmp_path.iterdir()) == [path]


def test_what_counts_as_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_disk_full(OSError(errno.ENOSPC, "x")) and is_disk_full(OSError(errno.EDQUOT, "x"))
    assert not is_disk_full(OSError(errno.EACCES, "x"), tmp_path) and not is_disk_full(RuntimeError("x"), tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 100, 0))
    assert is_disk_full(RuntimeError("x"), tmp_path) and not is_disk_full(RuntimeError("x"))
    assert not is_disk_full(KeyboardInterrupt(), tmp_path), "that is what a person wanted"


def test_on_a_full_disk_a_run_can_be_deleted_and_none_that_is_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deletion is how a person makes room."""
    root = RunStore(tmp_path)
    folder, busy = root.create(tiny_spec()), root.create(tiny_spec(), is_claimed=True)
    monkeypatch.setattr(run_lock, "_claim_text", no_room)
    with pytest.raises(OSError):
        folder.claim(Process.here())
    assert not (folder.path / "claim").exists()
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

    folder: RunFolder | None = None
    gpu: str | None = None

    def assign(self, folder: RunFolder, gpu: str | None = None) -> bool:
        folder.set_status(status="running")
        self.folder = folder
        return True

    def returncode(self) -> int | None:
        return None if self.folder is None else -9

    def request_end(self) -> None: ...

    def end(self, patience_s: float) -> None: ...


def supervise(
    root: RunStore, is_over: Callable[[], bool], spawn: Callable[..., Any] = spawn_worker, **choices: Any
) -> None:
    """Run the queue until it holds."""
    supervisor = Supervisor(root, Settings(poll_s=0.01, **choices), spawn)
    supervisor.start()
    wait_for(is_over)
    supervisor.close()


def fail_at_first(patch: pytest.MonkeyPatch, name: str, times: int) -> None:
    """Let there be no room the first times that a method of a run folder is called."""
    real, calls = getattr(RunFolder, name), itertools.count()
    patch.setattr(RunFolder, name, lambda *at, **to: no_room() if next(calls) < times else real(*at, **to))


def test_a_supervisor_that_cannot_write_why_a_worker_ended_does_so_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_at_first(monkeypatch, "end", 2)
    folder = RunStore(tmp_path).create(tiny_spec())
    supervise(RunStore(tmp_path), lambda: folder.status().status == "failed", lambda *_: Dying(), spare=False)
    assert folder.status().reason == "the worker was killed by signal 9, as systems do that run out of memory"


def test_a_run_that_cannot_be_told_anything_keeps_no_other_from_its_turn(tmp_path: Path) -> None:
    """Somebody took its status away while it ran: that is no full disk, and will not be better later."""
    root = RunStore(tmp_path)
    first, second = root.create(tiny_spec()), root.create(tiny_spec())

    class Losing(Dying):
        def assign(self, folder: RunFolder, gpu: str | None = None) -> bool:
            taken = super().assign(folder, gpu)
            if folder == first:
                (folder.path / "status.json").unlink()
            return taken

    first.set_status(queued=1.0)
    supervise(root, lambda: second.status().status == "failed", lambda *_: Losing(), spare=False)
    assert not (first.path / "status.json").exists()


def test_a_worker_that_cannot_take_a_run_is_kept_and_the_run_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status cannot be written at first: no claim of a worker that is not at work keeps the run from its turn."""
    folder = RunStore(tmp_path).create(tiny_spec())
    fail_at_first(monkeypatch, "set_status", 1)
    command = ("python3", "-c", "import sys; sys.stdin.readline()")
    supervise(RunStore(tmp_path), lambda: folder.status().status != "queued", spare=True, worker_command=command)
    assert json.loads((folder.path / "status.json").read_text())["pid"]
