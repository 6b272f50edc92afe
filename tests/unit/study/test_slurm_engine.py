"""A sweep on a cluster gives the rows of this computer: by submitit's local executor, and by a real one-node Slurm."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from explorer.cli import main
from explorer.errors import UserError
from explorer.runs.store import RunStore
from explorer.settings import Settings
from explorer.study import engines as module
from explorer.study.engines import BATCH, ClusterEngine, RunBatch, read_options, slurm_engine
from explorer.study.rows import Row
from explorer.study.sweep_runner import Laboratory
from tests.unit.study.one_node_slurm import one_node_slurm, why_not
from tests.unit.study.toy_sweep import toy_laboratory, toy_sweep
from tests.unit.toys import tiny_spec

OF_ITS_OWN = ("run", "seconds", "bound.")
"""Columns of a row that tell which run it was and how long it took."""


def comparable(rows: list[Row]) -> list[Row]:
    """The rows without what differs from run to run."""
    return [{name: value for name, value in row.items() if not name.startswith(OF_ITS_OWN)} for row in rows]


def on_cluster(laboratory: Laboratory, folder: Path, cluster: str, workers: int = 2) -> Laboratory:
    """The laboratory with the engine of a cluster."""
    settings = replace(laboratory.settings, workers=workers)
    return replace(laboratory, settings=settings, engine=slurm_engine(folder / "slurm", {"timeout_min": 10}, cluster))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A real cluster for all tests of this file; the variables that name it."""
    if reason := why_not():
        pytest.skip(reason)
    with one_node_slurm(tmp_path_factory.mktemp("slurm")) as environ:
        yield environ


@pytest.fixture
def slurm(cluster: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A real cluster with nothing in its queue; its variables are set."""
    for name, value in cluster.items():
        monkeypatch.setenv(name, value)
    end = time.monotonic() + 60
    while subprocess.run(["squeue", "-h"], capture_output=True, text=True, check=True).stdout.strip():
        assert time.monotonic() < end, "a task of the test before is left in the queue"
        time.sleep(0.3)


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # submitit waits for no process of its
def test_submitits_local_executor_gives_the_rows_of_the_local_engine(tmp_path: Path) -> None:
    sweep = toy_sweep(factors=(1.0,))
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    expected = toy_laboratory(here, workers=1).run(sweep, sweep.conditions[:1], seeds=2, resume=False)
    found = on_cluster(toy_laboratory(there), there, "local").run(sweep, sweep.conditions[:1], seeds=2, resume=False)
    assert len(found) == 3 and comparable(found) == comparable(expected)


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore:Bypassing sacct error")  # the test's cluster keeps no accounts
def test_runs_of_an_array_come_back_from_a_real_slurm(tmp_path: Path, slurm: None) -> None:
    sweep = toy_sweep()
    laboratory = on_cluster(toy_laboratory(tmp_path), tmp_path, "slurm")
    rows = laboratory.run(sweep, sweep.conditions, seeds=2, resume=False)
    assert len(laboratory.store.all()) >= 6, "two array jobs of two tasks, each of several runs"
    assert {row["status"] for row in rows} == {"finished"} and len(rows) == 4 + 4
    here = tmp_path / "here"
    here.mkdir()
    expected = toy_laboratory(here, workers=1).run(sweep, sweep.conditions[:1], seeds=1, resume=False)
    same = [row for row in rows if (row["condition"], row["stage"], row["seed"]) in {
        (each["condition"], each["stage"], each["seed"]) for each in expected}]  # fmt: skip
    assert comparable(same) == comparable(expected)
    assert "runs done" in (tmp_path / "told.txt").read_text()


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore:Bypassing sacct error")
@pytest.mark.parametrize("command", [["scontrol", "requeue"], ["scancel", "--full", "--signal=KILL"]])
def test_a_task_that_is_killed_or_requeued_goes_on(tmp_path: Path, slurm: None, command: list[str]) -> None:
    sweep = toy_sweep(factors=(1.0,))
    laboratory = on_cluster(toy_laboratory(tmp_path, pause_s=1.0), tmp_path, "slurm", workers=1)
    killed: list[str] = []

    def kill() -> None:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            steps = [folder.status().step for folder in laboratory.store.all() if folder.status().status == "running"]
            listed = subprocess.run(["squeue", "-h", "-r", "-o", "%i"], capture_output=True, text=True, check=False)
            if any(steps) and listed.stdout.strip():
                killed.append(listed.stdout.split()[0])
                subprocess.run([*command, killed[0]], check=True)
                return
            time.sleep(0.1)

    thread = threading.Thread(target=kill)
    thread.start()
    rows = laboratory.run(sweep, sweep.conditions[:1], seeds=1, resume=False)
    thread.join()
    assert killed and [row["status"] for row in rows] == ["finished", "finished"]
    assert len(laboratory.store.all()) == 1


class Recorder:
    """A submitit executor that only notes what is submitted; `ended` are the tasks that are over."""

    cluster = "recorder"

    def __init__(self) -> None:
        self.submitted: list[list[RunBatch]] = []
        self.ended: set[str] = set()
        self.cancelled: list[str] = []

    def submit_array(self, batches: list[RunBatch]) -> list[Any]:
        self.submitted.append(batches)
        numbers = [f"{len(self.submitted)}_{place}" for place in range(len(batches))]
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
    engine = ClusterEngine(RunStore(tmp_path), Settings(workers=jobs), executor)
    engine.start([f"run-{number}" for number in range(count)])
    assert [len(each.runs) for each in executor.submitted[0]] == sizes and max(sizes) <= BATCH


def test_runs_of_a_lost_task_are_submitted_again_three_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.0)
    store, executor = RunStore(tmp_path), Recorder()
    folders = [store.create(tiny_spec(seed=seed)) for seed in range(2)]
    engine = ClusterEngine(store, Settings(workers=1), executor)
    engine.start([folder.run for folder in folders])
    engine.look()
    assert len(executor.submitted) == 1
    folders[0].set_status(status="finished")
    for attempt in (1, 2, 3):
        executor.ended = {f"{number}_0" for number in range(1, attempt + 1)}
        engine.look()
    assert [[each.runs for each in batches] for batches in executor.submitted[1:]] == [[(folders[1].run,)]] * 2
    assert folders[1].status().status == "failed" and "lost 3 times" in folders[1].status().reason
    engine.close()


def test_tasks_that_are_left_are_cancelled(tmp_path: Path) -> None:
    executor, store = Recorder(), RunStore(tmp_path)
    folders = [store.create(tiny_spec(seed=seed)) for seed in range(3)]
    engine = ClusterEngine(store, Settings(workers=3), executor)
    engine.start([folder.run for folder in folders])
    folders[1].set_status(status="finished")
    engine.close()
    assert executor.cancelled == ["1_0", "1_2"]


def test_options_of_the_cluster_are_read_with_their_types() -> None:
    assert read_options(["partition=gpu", "gpus_per_node=1", "mem=8GB"]) == {
        "partition": "gpu", "gpus_per_node": 1, "mem": "8GB",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["partition", "partition=", "color=red", "gpus_per_node=many", "=x"])
def test_another_option_is_a_sentence(text: str) -> None:
    with pytest.raises(UserError, match="--slurm"):
        read_options([text])


def test_without_a_scheduler_it_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as stopped:
        main(["sweep", "batch-size", "--engine", "slurm", "--out", str(tmp_path / "out")])
    assert stopped.value.code == 2
    assert "engine=slurm: finds no sbatch here" in capsys.readouterr().err


def test_without_submitit_it_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(module, "import_module", missing)
    with pytest.raises(UserError, match=r"pip install 'clip-binding-explorer\[slurm\]'"):
        slurm_engine(tmp_path, {})


def test_options_of_a_cluster_need_its_engine(tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["sweep", "batch-size", "--slurm", "partition=gpu", "--out", str(tmp_path / "out")])
    assert stopped.value.code == 2 and "--engine slurm" in capsys.readouterr().err
    assert os.listdir(tmp_path) in ([], ["out"])
