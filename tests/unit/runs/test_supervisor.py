"""Real worker and server processes: taken in turn, stopped, killed, left behind and resumed, with nothing lost."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from explorer.clip.zoo import load_clip
from explorer.runs import run_lock
from explorer.runs import supervisor as supervisor_module
from explorer.runs.folder import RunFolder
from explorer.runs.queue import RunWithStatus, describe_run
from explorer.runs.store import RunStore
from explorer.runs.supervisor import Supervisor
from explorer.settings import Settings
from tests.unit.runs.conftest import STEPS, wait_for
from tests.unit.toys import tiny_spec

HERE = Path(__file__).resolve().parent
PAUSE_S = 0.05
DEAD = {"host": run_lock.Process.here().host, "pid": 2**22 + 1, "process_start": 1.0}
"""A process that cannot be: pids end before."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.name != "posix", reason="kills by signal"),
]
Supervise = Callable[..., Supervisor]


@pytest.fixture
def supervise(store: RunStore, configs: Path) -> Iterator[Supervise]:
    """Starts supervisors that end with the test."""
    started: list[Supervisor] = []

    def start(pause_s: float = PAUSE_S, **changes: Any) -> Supervisor:
        command = (sys.executable, str(HERE / "tiny_worker.py"), str(configs), str(pause_s))
        choices = {"poll_s": 0.05, "threads": 1, "checkpoint_s": 0.0, "spare": False, "nice": 0} | changes
        started.append(Supervisor(store, Settings(worker_command=command, **choices)))
        started[-1].start()
        return started[-1]

    yield start
    for supervisor in started:
        supervisor.close()


def has(folder: RunFolder, status: str, step: int = 0) -> Callable[[], bool]:
    """Return True if a run has that status; raise if it ended with another; a run that ended is also released."""

    def look() -> bool:
        record = folder.status()
        assert not record.has_ended or record.status == status, record
        # The last status is written under the claim, which is dropped a moment later.
        is_held = record.has_ended and (folder.path / "claim").exists()
        return bool(record.status == status and record.step >= step and not is_held)

    return look


def losses_of(folder: RunFolder) -> list[float]:
    return [record["loss"] for record in folder.records()]


def test_a_run_that_is_killed_stopped_and_closed_goes_on_each_time(
    store: RunStore, supervise: Supervise, uninterrupted: list[float]
) -> None:
    others = psutil.Process().children(recursive=True)  # an earlier test's, ended but not waited for
    supervisor = supervise()
    folder, queued = store.create(tiny_spec(steps=STEPS)), store.create(tiny_spec(steps=STEPS))
    wait_for(has(folder, "running", 7))
    assert describe_run(store, folder).place == 0 and describe_run(store, queued).place == 1
    assert queued.request_stop() == "stopped"
    os.kill(folder.status().pid or 0, signal.SIGKILL)
    wait_for(has(folder, "failed"))
    assert (folder.status().reason or "").startswith("the worker was killed by signal 9")
    with (folder.path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step": 99, "lo')  # as if it had been killed while it wrote

    folder.request_resume()
    wait_for(has(folder, "running", 10))
    assert folder.request_stop() in ("stopping", "stopped")
    wait_for(has(folder, "stopped"))
    report, step = folder.report_json(), folder.status().step
    assert (report["status"], report["budget"]["steps"]) == ("stopped", step) and 10 <= step < STEPS
    assert "evaluation" in list(folder.records())[-1]
    assert load_clip(folder.run, find_run_model=store.find_run_model).model is not None

    folder.request_resume()
    wait_for(has(folder, "running", step + 2))
    supervisor.close()
    assert (folder.status().status, folder.status().reason) == ("interrupted", "the server stopped")
    assert not set(psutil.Process().children(recursive=True)) - set(others)
    folder.request_resume()
    supervise(pause_s=0.0)
    wait_for(has(folder, "finished"))
    assert losses_of(folder) == uninterrupted and folder.report_json()["budget"]["steps"] == STEPS
    elapsed = [record["elapsed_s"] for record in folder.records()]
    assert elapsed == sorted(elapsed) and not folder.checkpoint.exists()
    assert losses_of(queued) == [] and not (queued.path / "report.json").exists()


@dataclass(frozen=True)
class LargeStore(RunStore):
    """So many runs that a look at them takes 50 ms of a core; `looks` are the times of its start and its end."""

    looks: list[float] = field(default_factory=list, compare=False)

    def statuses(self) -> list[RunWithStatus]:
        self.looks.append(time.monotonic())
        end = time.thread_time() + 0.05
        while time.thread_time() < end:
            pass
        self.looks.append(time.monotonic())
        return []


def test_rounds_take_a_tenth_of_a_core_however_many_runs_there_are(tmp_path: Path) -> None:
    """A public server keeps what everybody trained: with three thousand runs it looked at them all of the time."""
    store = LargeStore(tmp_path)
    supervisor = Supervisor(store, Settings(poll_s=0.01, spare=False))
    supervisor.start()
    wait_for(lambda: len(store.looks) >= 6)
    supervisor.close()
    pauses = [began - ended for ended, began in zip(store.looks[1::2], store.looks[2::2], strict=False)]
    assert min(pauses) >= 0.45


def test_an_end_that_cannot_be_written_is_not_told_as_a_fault_of_the_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    def fail(*_: object) -> None:
        raise OSError("read-only file system")

    monkeypatch.setattr(supervisor_module, "write_end_of_dead_executor", fail)
    one = Supervisor(RunStore(tmp_path), Settings())
    ended: Any = SimpleNamespace(returncode=lambda: 1, request_end=lambda: None, folder=None)
    one._busy.append(ended)
    one._reap()
    said = "".join(logged)
    assert "end of a run" in said and "queue" not in said and not one._busy


@pytest.mark.nightly
def test_a_worker_ends_with_its_server_and_the_next_goes_on(
    store: RunStore, configs: Path, supervise: Supervise, uninterrupted: list[float]
) -> None:
    folder = store.create(tiny_spec(steps=STEPS))
    waiting, broken = (store.create(tiny_spec(init=init), owner_key="anna") for init in ("scratch", "nothing"))
    arguments = [str(store.root), str(configs), str(PAUSE_S)]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[2])}
    with subprocess.Popen([sys.executable, str(HERE / "small_server.py"), *arguments], env=environment) as server:
        wait_for(has(folder, "running", 5))
        worker = psutil.Process(folder.status().pid)
        server.kill()
    wait_for(has(folder, "interrupted"))
    assert folder.status().reason == "the server stopped"
    wait_for(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
    assert waiting.status().status == broken.status().status == "queued"

    # As if the worker had died with it, without a word; and as if another had just taken the next run.
    folder.set_status(status="running", reason=None)
    for each in (folder, waiting):
        (each.path / "claim").write_text(json.dumps(DEAD))
    supervise(pause_s=0.0, spare=True)
    wait_for(has(folder, "interrupted"))
    assert folder.status().reason == "the server stopped"
    wait_for(has(waiting, "finished"))
    wait_for(has(broken, "failed"))
    assert (broken.status().reason or "").startswith("init=nothing: no such model here")
    # The worker writes how a run ended before it writes why.
    wait_for(lambda: "Traceback" in (broken.path / "worker.log").read_text())
    assert has_all_files(waiting) and (waiting.status().finished or 0) <= (broken.status().started or 0)
    assert folder.status().status == "interrupted", "nobody asked for it to go on"
    folder.request_resume()
    wait_for(has(folder, "finished"))
    assert losses_of(folder) == uninterrupted


def has_all_files(folder: RunFolder) -> bool:
    """Whether a run has ended as it should, with its model, its rate and its report."""
    status, names = folder.status(), {path.name for path in folder.path.iterdir()}
    written = {"spec.json", "status.json", "owner.json", "metrics.jsonl", "model", "report.json", "worker.log"}
    is_whole = written <= names <= written | {"snapshots", "pairs.jsonl"}
    return bool(
        is_whole
        and (status.status, status.model) == ("finished", "tiny")
        and status.rate
        and status.tail_s
        and folder.report_json()["status"] == "finished"
    )
