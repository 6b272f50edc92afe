"""Real worker and server processes: taken in turn, stopped, killed, left behind and resumed, with nothing lost."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from explorer.clip.zoo import load_clip
from explorer.runs import run_lock
from explorer.runs.folder import RunFolder
from explorer.runs.queue import describe_run
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
        choices = {"poll_s": 0.05, "threads": 1, "checkpoint_s": 0.0, "spare": False} | changes
        started.append(Supervisor(store, Settings(worker=command, **choices)))
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


def test_runs_are_taken_one_at_a_time_and_an_error_is_one_sentence(store: RunStore, supervise: Supervise) -> None:
    first, broken, second = (
        store.create(tiny_spec(init=init), owner_key="anna") for init in ("scratch", "nothing", "scratch")
    )
    (first.path / "claim").write_text(json.dumps(DEAD))  # which is stolen
    supervise(pause_s=0.0, spare=True)
    wait_for(has(broken, "failed"))
    assert (broken.status().reason or "").startswith("init=nothing: no such model here")
    assert "Traceback" in (broken.path / "worker.log").read_text()
    for folder in (first, second):
        wait_for(has(folder, "finished"))
        status, names = folder.status(), {path.name for path in folder.path.iterdir()}
        assert status.model == "tiny" and status.rate and status.tail_s
        assert folder.report_json()["status"] == "finished"
        written = {"spec.json", "status.json", "owner.json", "metrics.jsonl", "model", "report.json", "worker.log"}
        assert written <= names <= written | {"snapshots", "pairs.jsonl"}
    runs = sorted((folder.status() for folder in (first, broken, second)), key=lambda each: each.started or 0)
    assert all((one.finished or 0) <= (other.started or 0) for one, other in zip(runs, runs[1:], strict=False))


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
    assert load_clip(folder.run, find_run=store.find_model).model is not None

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


def test_a_killed_server_takes_its_worker_along_and_the_next_one_goes_on(
    store: RunStore, configs: Path, supervise: Supervise, uninterrupted: list[float]
) -> None:
    folder, waiting = store.create(tiny_spec(steps=STEPS)), store.create(tiny_spec())
    arguments = [str(store.root), str(configs), str(PAUSE_S)]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[2])}
    with subprocess.Popen([sys.executable, str(HERE / "small_server.py"), *arguments], env=environment) as server:
        wait_for(has(folder, "running", 5))
        worker = psutil.Process(folder.status().pid)
        server.kill()
    wait_for(has(folder, "interrupted"))
    assert folder.status().reason == "the server stopped"
    wait_for(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
    assert waiting.status().status == "queued"

    # As if the worker had died with it, without a word.
    folder.set_status(status="running", reason=None)
    (folder.path / "claim").write_text(json.dumps(DEAD))
    supervise(pause_s=0.0)
    wait_for(has(folder, "interrupted"))
    assert folder.status().reason == "the server stopped"
    wait_for(has(waiting, "finished"))
    assert folder.status().status == "interrupted", "nobody asked for it to go on"
    folder.request_resume()
    wait_for(has(folder, "finished"))
    assert losses_of(folder) == uninterrupted
