"""A sweep on a cluster gives the rows of this computer: by submitit's local executor, and by a real one-node Slurm."""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.runs.run_lock import Process, is_claimed
from explorer.runs.store import RunStore
from explorer.settings import Settings
from explorer.tools.program import run_program
from research import sweep_runner as module
from research.__main__ import program
from research.rows import Row
from research.sweep_runner import (
    MAX_RUNS_PER_TASK,
    ClusterBackend,
    RunBatch,
    SweepRunner,
    parse_slurm_options,
    slurm_backend,
)
from research.tests.one_node_slurm import one_node_slurm, why_not
from research.tests.toy_sweep import toy_runner, toy_sweep
from tests.unit.toys import tiny_spec

OF_ITS_OWN = ("run", "seconds", "bound.")
"""Columns of a row that tell which run it was and how long it took."""
SWEEP = toy_sweep(factors=(1.0,))


def rows_of(runner: SweepRunner) -> list[Row]:
    """The rows of one condition and two seeds, without what differs from run to run."""
    rows = runner.run(SWEEP, SWEEP.conditions[:1], seeds=2, resume=False)
    return [{name: value for name, value in row.items() if not name.startswith(OF_ITS_OWN)} for row in rows]


def on_cluster(folder: Path, cluster: str, workers: int, **toy: float) -> SweepRunner:
    folder.mkdir()
    runner = toy_runner(folder, **toy)
    settings = replace(runner.settings, workers=workers)
    return replace(
        runner, settings=settings, make_backend=slurm_backend(folder / "slurm", {"timeout_min": 10}, cluster)
    )


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # submitit waits for no process of its
def test_submitits_local_executor_gives_the_rows_of_the_local_backend(tmp_path: Path) -> None:
    expected = rows_of(toy_runner(tmp_path, workers=1))
    assert len(expected) == 3 and rows_of(on_cluster(tmp_path / "there", "local", workers=2)) == expected


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@pytest.mark.skipif(bool(why_not()), reason=why_not())
@pytest.mark.filterwarnings("ignore:Bypassing sacct error")  # the test's cluster keeps no accounts
def test_a_real_slurm_gives_the_same_rows_also_if_a_task_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = rows_of(toy_runner(tmp_path, workers=1))
    with one_node_slurm(tmp_path / "cluster") as environ:
        monkeypatch.setenv("SLURM_CONF", environ["SLURM_CONF"])
        assert rows_of(on_cluster(tmp_path / "whole", "slurm", workers=2)) == expected
        for command in (["scontrol", "requeue"], ["scancel", "--full", "--signal=KILL"]):
            runner = on_cluster(tmp_path / command[0], "slurm", workers=1, pause_s=1.0)
            killed: list[str] = []
            thread = threading.Thread(target=kill_a_task, args=(runner.store, command, killed))
            thread.start()
            assert rows_of(runner) == expected
            thread.join()
            assert killed and len(runner.store.all()) == 2


def kill_a_task(store: RunStore, command: list[str], killed: list[str]) -> None:
    """End the task of a run that is at some step, by a command of Slurm."""
    end = time.monotonic() + 300
    while time.monotonic() < end and not killed:
        running = any(folder.status().status == "running" and folder.status().step for folder in store.all())
        listed = subprocess.run(["squeue", "-h", "-r", "-o", "%i"], capture_output=True, text=True, check=False)
        if running and listed.stdout.strip():
            killed.append(listed.stdout.split()[0])
            subprocess.run([*command, killed[0]], check=True)
        time.sleep(0.1)


class Recorder:
    """A submitit executor that only notes what is submitted; `ended` are the tasks that are over."""

    cluster = "recorder"

    def __init__(self) -> None:
        self.submitted: list[list[RunBatch]] = []
        self.ended: set[str] = set()
        self.cancelled: list[str] = []

    def submit_array(self, batches: list[RunBatch]) -> list[Any]:
        self.submitted.append(batches)
        numbers = [f"{len(self.submitted)}_{index}" for index in range(len(batches))]
        return [
            SimpleNamespace(
                job_id=each,
                done=lambda each=each: each in self.ended,
                cancel=lambda each=each: self.cancelled.append(each),
            )
            for each in numbers
        ]


@pytest.mark.parametrize(
    ("count", "jobs", "sizes"), [(12, 2, [6, 6]), (100, 2, [20] * 5), (3, 8, [1, 1, 1]), (1, 0, [1])]
)
def test_about_twenty_runs_are_a_task(tmp_path: Path, count: int, jobs: int, sizes: list[int]) -> None:
    executor = Recorder()
    backend = ClusterBackend(RunStore(tmp_path), Settings(workers=jobs), executor)
    backend.start([f"run-{number}" for number in range(count)])
    assert [len(each.runs) for each in executor.submitted[0]] == sizes and max(sizes) <= MAX_RUNS_PER_TASK


def test_runs_of_a_lost_task_are_submitted_again_three_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUEUE_POLL_S", 0.0)
    store, executor = RunStore(tmp_path), Recorder()
    folders = [store.create(tiny_spec(seed=seed)) for seed in range(2)]
    backend = ClusterBackend(store, Settings(workers=1), executor)
    backend.start([folder.run for folder in folders])
    backend.poll()
    assert len(executor.submitted) == 1
    folders[0].set_status(status="finished")
    for attempt in (1, 2, 3):
        executor.ended = {f"{number}_0" for number in range(1, attempt + 1)}
        backend.poll()
    assert [[each.runs for each in batches] for batches in executor.submitted[1:]] == [[(folders[1].run,)]] * 2
    ended = folders[1].status()
    assert ended.status == "failed" and "lost 3 times" in ended.reason and ended.finished is not None
    backend.close()


def test_a_lost_run_that_another_process_has_taken_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUEUE_POLL_S", 0.0)
    monkeypatch.setattr(module, "MAX_TRIES", 1)
    store, executor = RunStore(tmp_path), Recorder()
    folder = store.create(tiny_spec())
    backend = ClusterBackend(store, Settings(workers=1), executor)
    backend.start([folder.run])
    executor.ended = {"1_0"}
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as late:
        assert folder.claim(Process.of(late.pid))
        backend.poll()
        assert folder.status().status == "queued" and is_claimed(folder.path)
    backend.poll()
    assert folder.status().status == "failed" and not is_claimed(folder.path)


def test_tasks_that_are_left_are_cancelled(tmp_path: Path) -> None:
    executor, store = Recorder(), RunStore(tmp_path)
    folders = [store.create(tiny_spec(seed=seed)) for seed in range(3)]
    backend = ClusterBackend(store, Settings(workers=3), executor)
    backend.start([folder.run for folder in folders])
    folders[1].set_status(status="finished")
    backend.close()
    assert executor.cancelled == ["1_0", "1_2"]


def test_options_of_the_cluster_are_read_with_their_types_and_others_are_a_sentence() -> None:
    options = parse_slurm_options(["partition=gpu", "gpus_per_node=1", "mem=8GB"])
    assert options == {"partition": "gpu", "gpus_per_node": 1, "mem": "8GB"}
    for text in ("partition", "partition=", "color=red", "gpus_per_node=many", "=x"):
        with pytest.raises(UserError, match="--slurm"):
            parse_slurm_options([text])


@pytest.mark.parametrize(
    ("option", "said"),
    [("--engine=slurm", "engine=slurm: finds no sbatch here"), ("--slurm=partition=gpu", "needs --engine slurm")],
)
def test_what_a_cluster_lacks_is_a_sentence(
    option: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as stopped:
        run_program(program, ["sweep", "batch-size", option, "--out", str(tmp_path / "out")])
    assert stopped.value.code == 2 and said in capsys.readouterr().err


def test_without_submitit_it_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(module, "import_module", missing)
    with pytest.raises(UserError, match=r"pip install 'submitit"):
        slurm_backend(tmp_path, {})
