"""Real worker and server processes: taken in turn, stopped, killed, left behind and resumed, with nothing lost."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from explorer.clip.zoo import load
from explorer.runs import run_lock
from explorer.runs.queue import describe
from explorer.runs.store import RunFolder, RunStore
from explorer.runs.supervisor import Supervisor
from explorer.runs.worker import execute
from explorer.settings import Settings
from tests.unit.toys import TINY, tiny_spec, use_tiny_configs

HERE = Path(__file__).resolve().parent
PAUSE_S = 0.05
PATIENCE_S = 240.0
STEPS = 60
DEAD = {"host": run_lock.Process.here().host, "pid": 2**22 + 1, "process_start": 1.0}
"""A process that cannot be: pids end before."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.name != "posix", reason="kills by signal"),
]


@pytest.fixture
def configs(tmp_path: Path) -> Path:
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "tiny.json").write_text(json.dumps(TINY))
    return folder


@pytest.fixture
def supervise(store: RunStore, configs: Path) -> Iterator[Callable[..., Supervisor]]:
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


def wait_for(condition: Callable[[], Any]) -> Any:
    """Until it holds; the error names what was waited for."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("it never came")


def has(folder: RunFolder, status: str, step: int = 0) -> Callable[[], bool]:
    """Return True if a run has that status; raise if it ended with another; a run that ended is also released."""

    def look() -> bool:
        record = folder.status()
        assert not record.has_ended or record.status == status, record
        # The last status is written under the claim, which is dropped a moment later.
        is_held = record.has_ended and (folder.path / "claim").exists()
        return bool(record.status == status and record.step >= step and not is_held)

    return look


def steps_of(folder: RunFolder) -> list[int]:
    return [record["step"] for record in folder.records()]


def losses_of(folder: RunFolder) -> list[float]:
    return [record["loss"] for record in folder.records()]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    """The losses of the same spec, trained in one go."""
    folder, threads = tmp_path_factory.mktemp("uninterrupted"), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with pytest.MonkeyPatch.context() as patch:
            use_tiny_configs(patch, folder / "configs")
            store = RunStore(folder / "runs")
            with closing(execute(store, store.create(tiny_spec(steps=STEPS)))) as steps:
                return [next(steps)["loss"] for _ in range(STEPS)]
    finally:
        torch.set_num_threads(threads)


def test_runs_are_taken_one_at_a_time_in_fair_order(store: RunStore, supervise: Callable[..., Supervisor]) -> None:
    folders = [store.create(tiny_spec(), owner_key=key) for key in ("anna", "anna", "ben")]
    supervise(pause_s=0.0, spare=True)
    for folder in folders:
        wait_for(has(folder, "finished"))
    first, second, other = (folder.status() for folder in folders)
    assert (first.finished or 0) <= (other.started or 0) and (other.finished or 0) <= (second.started or 0)
    assert all(status.model == "tiny" and status.rate and status.tail_s for status in (first, second))
    for folder in folders:
        assert folder.report_json()["status"] == "finished"
        assert {path.name for path in folder.path.iterdir()} == {
            "spec.json",
            "status.json",
            "owner.json",
            "metrics.jsonl",
            "model",
            "report.json",
            "worker.log",
        } | ({"snapshots", "pairs.jsonl"} & {path.name for path in folder.path.iterdir()})


def test_a_stopped_run_is_evaluated_and_goes_on_later(
    store: RunStore, supervise: Callable[..., Supervisor], uninterrupted: list[float]
) -> None:
    supervise()
    running, queued = store.create(tiny_spec(steps=STEPS)), store.create(tiny_spec(steps=STEPS))
    wait_for(has(running, "running", 5))
    assert describe(store, running).place == 0 and describe(store, queued).place == 1
    assert queued.request_stop() == "stopped"
    assert running.request_stop() in ("stopping", "stopped")
    wait_for(has(running, "stopped"))
    report, step = running.report_json(), running.status().step
    assert (report["status"], report["budget"]["steps"]) == ("stopped", step) and 5 <= step < STEPS
    assert "evaluation" in list(running.records())[-1]
    assert load(running.run, find_run=store.find_model).model is not None
    assert steps_of(queued) == [] and not (queued.path / "report.json").exists()

    running.request_resume()
    wait_for(has(running, "finished"))
    assert losses_of(running) == uninterrupted
    assert running.report_json()["budget"]["steps"] == STEPS
    elapsed = [record["elapsed_s"] for record in running.records()]
    assert elapsed == sorted(elapsed)
    assert not running.checkpoint.exists()


def test_a_killed_worker_is_told_and_its_run_goes_on_from_the_checkpoint(
    store: RunStore, supervise: Callable[..., Supervisor], uninterrupted: list[float]
) -> None:
    supervise()
    folder, after = store.create(tiny_spec(steps=STEPS)), store.create(tiny_spec())
    wait_for(has(folder, "running", 7))
    os.kill(folder.status().pid, signal.SIGKILL)
    wait_for(has(folder, "failed"))
    assert folder.status().reason.startswith("the worker was killed by signal 9")
    wait_for(has(after, "finished"))
    with (folder.path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step": 99, "lo')  # as if it had been killed while it wrote
    folder.request_resume()
    wait_for(has(folder, "finished"))
    assert losses_of(folder) == uninterrupted


def test_a_killed_server_takes_its_worker_along_and_the_next_one_goes_on(
    store: RunStore, configs: Path, supervise: Callable[..., Supervisor], uninterrupted: list[float]
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


def test_closing_interrupts_and_an_error_is_one_sentence(
    store: RunStore, supervise: Callable[..., Supervisor], configs: Path
) -> None:
    others = psutil.Process().children(recursive=True)  # an earlier test's, ended but not waited for
    supervisor = supervise(spare=True)
    broken, folder = store.create(tiny_spec(init="nothing")), store.create(tiny_spec(steps=STEPS))
    wait_for(has(broken, "failed"))
    assert broken.status().reason.startswith("init=nothing: no such model here")
    assert "Traceback" in (broken.path / "worker.log").read_text()
    wait_for(has(folder, "running", 3))
    supervisor.close()
    assert (folder.status().status, folder.status().reason) == ("interrupted", "the server stopped")
    assert not set(psutil.Process().children(recursive=True)) - set(others)
    folder.check_resumable()


def test_a_stale_claim_is_stolen(store: RunStore, supervise: Callable[..., Supervisor]) -> None:
    folder = store.create(tiny_spec(steps=1))
    (folder.path / "claim").write_text(json.dumps(DEAD))
    supervise(pause_s=0.0)
    wait_for(has(folder, "finished"))
    assert not (folder.path / "claim").exists()
