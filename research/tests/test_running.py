"""A sweep on real workers: searched, run, killed and resumed, run elsewhere and collected, and one cell recomputed."""

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.errors import UserError
from explorer.resources import FROZEN_FOLDER
from explorer.runs import run_lock
from explorer.runs.files import write_json
from explorer.runs.folder import RunFolder
from explorer.runs.store import RunStore
from explorer.runs.worker import execute_run
from explorer.settings import Settings
from explorer.spec import PROTOCOL_VERSION, RunSpec
from research.rows import Row, job_columns, read_rows, run_columns, write_rows
from research.sweep_runner import Manifest, RunBackend, SweepRunner, sweep_settings
from research.sweeps import FIRST_EDITION, Condition, SweepJob, search_jobs
from research.tests.toy_sweep import toy_runner, toy_sweep
from tests.independent import recompute
from tests.unit.evaluation.test_independent import CANONICAL, scenes
from tests.unit.toys import FEW, use_tiny_configs

SWEEP = toy_sweep()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """This process trains and scores as the tiny worker does."""
    use_tiny_configs(monkeypatch, tmp_path / "quick")


def train_and_score(store: RunStore, spec: RunSpec) -> RunFolder:
    """Train and score a run in this process."""
    folder = store.create(spec)
    for _ in execute_run(store, folder, budget=FEW):
        pass
    return folder


def recompute_row(row: Row, store: RunStore) -> Row:
    """The row of the same cell, trained anew from the spec that the row holds."""
    spec = RunSpec.from_json(json.loads(row["spec"]))
    condition = SWEEP.conditions[0]
    job = SweepJob(sweep=SWEEP, condition=condition, stage="result", seed=spec.train.seed, factor=1.0, spec=spec)
    return job_columns(job) | run_columns(job, train_and_score(store, spec))


@pytest.mark.nightly
@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_a_sweep_is_killed_resumed_and_recomputed(tmp_path: Path, quick: None) -> None:
    """Four worker processes; a whole sweep of one run is a quicker test of the command."""
    sweep = toy_sweep(factors=(1.0,))
    conditions = sweep.conditions[:1]
    slow = toy_runner(tmp_path, pause_s=3.0)
    with pytest.raises(_Enough):
        _interrupted(slow).run(sweep, conditions, seeds=2, resume=False)
    (folder,) = slow.store.all()
    assert folder.status().status == "interrupted"
    runner = toy_runner(tmp_path)
    with pytest.raises(UserError, match="1 of its runs did not end; add --resume"):
        runner.run(sweep, conditions, seeds=2, resume=False)
    rows = runner.run(sweep, conditions, seeds=2, resume=True)
    assert [(each["stage"], each["seed"], each["status"]) for each in rows] == [
        ("search", 0, "finished"), ("result", 0, "finished"), ("result", 1, "finished"),
    ]  # fmt: skip
    # The run of the search went on where it stood, and is the first seed's result.
    assert rows[0]["run"] == rows[1]["run"] == folder.run and len(runner.store.all()) == 2
    told = (tmp_path / "told.txt").read_text()
    assert "toy, complete, seed 1, learning rate 0.002: failed to train" in told and "1 of 1 runs done" in told
    path = tmp_path / "toy.parquet"
    write_rows(path, rows, {"command": "c", "date": "d"})
    read, about = read_rows(path)
    assert about == {"command": "c", "date": "d"}
    anew = recompute_row(read[-1], RunStore(tmp_path / "again"))
    shares = [name for name in read[-1] if name.endswith("_accuracy.value") and read[-1][name] is not None]
    assert shares and [anew[name] for name in shares] == pytest.approx([read[-1][name] for name in shares], abs=1e-6)
    assert runner.run(sweep, conditions, seeds=2, resume=False) == rows
    # What came of the runs outlives their folders and the process.
    shutil.rmtree(runner.store.root)
    again = toy_runner(tmp_path)
    assert again.run(sweep, conditions, seeds=2, resume=False) == rows and again.store.all() == []


@pytest.mark.nightly
def test_runs_of_fresh_scenes_are_scored_on_theirs_and_saved_one_by_one(tmp_path: Path, quick: None) -> None:
    """Three worker processes."""
    runner, saved = toy_runner(tmp_path), list[int]()
    sweep = toy_sweep(
        factors=(1.0,), search_seed=900, first_seed=3, fresh_scenes=20,
        conditions=(SWEEP.conditions[0], Condition(label="searched", x="1", factors=(0.5, 1.0), keeps_rate=True)),
    )  # fmt: skip
    rows = runner.run(sweep, sweep.conditions, seeds=1, resume=False, save=lambda rows: saved.append(len(rows)))
    assert [(each["condition"], each["stage"], each["seed"], each["factor"]) for each in rows] == [
        ("searched", "search", 900, 0.5), ("searched", "search", 900, 1.0),
        ("complete", "result", 3, 1.0), ("searched", "result", 3, 1.0),
    ]  # fmt: skip
    assert [each["evaluation.seed"] for each in rows] == [10_900, 10_900, 10_003, 10_003]
    assert {each["evaluation.count"] for each in rows} == {20}
    assert {each["canonical.modality_gap.n"] for each in rows} == {20}
    # Both conditions are one spec: the same run, scored on the same scenes.
    assert rows[2]["run"] == rows[3]["run"] and rows[2]["key"].endswith("-10003-20")
    assert saved == [1, 2, 4]
    folder = runner.store.get(rows[2]["run"])
    recorded = [record for record in folder.records() if "evaluation" in record]
    assert json.loads(rows[2]["curve"])[-1]["step"] == recorded[-1]["step"] == 4
    assert rows[2]["bound.canonical.step"] is None and rows[2]["bound.own.pairs"] is None


def open_runner(tmp_path: Path) -> tuple[SweepRunner, SweepJob, RunFolder]:
    """A sweep runner with a run of its first job."""
    runner = toy_runner(tmp_path)
    (job, *_) = search_jobs(SWEEP, SWEEP.conditions)
    return runner, job, runner.store.create(job.spec)


def test_a_row_tells_when_its_run_bound_and_what_its_start_scored(tmp_path: Path) -> None:
    _, job, folder = open_runner(tmp_path)
    for step, low in ((1, 0.4), (2, 0.76), (3, 0.8), (4, 0.9)):
        estimate = {"value": low + 0.05, "n": 9, "low": low, "high": 1.0, "chance": 0.5}
        own = {"own": {"binding_accuracy": estimate | {"low": 0.1}}}
        line = {"step": step, "loss": 1.0, "chance_loss": 2.0}
        folder.append(line | {"evaluation": {"canonical": {"binding_accuracy": estimate}, **own}})
    before, after = (
        {"binding_accuracy": {"value": value, "n": 9, "low": 0.1, "high": 0.9, "chance": 0.5}} for value in (0.6, 0.5)
    )
    report = {"failed_to_train": False, "metrics": before, "forms": {}, "controls": {}}
    report |= {"rates": {"duplicate_captions": 0.0}, "forgetting": {"data": {}, "before": before, "after": after}}
    write_json(folder.path / "report.json", report)
    folder.set_status(status="finished")
    row = job_columns(job) | run_columns(job, folder)
    assert (row["bound.canonical.step"], row["bound.canonical.pairs"]) == (2, 32)
    assert (row["bound.own.step"], row["bound.own.pairs"]) == (None, None)
    assert (row["before.binding_accuracy.value"], row["start.binding_accuracy.value"]) == (0.6, 0.5)


class _Enough(Exception):
    """Raised in place of a kill."""


def _interrupted(runner: SweepRunner) -> SweepRunner:
    """The same runner, whose wait ends once a run is under way."""

    class Interrupted(SweepRunner):
        def _watch(self, jobs: dict[str, SweepJob], backend: RunBackend, save: Callable[[], object]) -> None:
            while not any(self.store.get(run).status().step > 0 for run in jobs):
                time.sleep(0.1)
            raise _Enough

    fields = {name: getattr(runner, name) for name in ("store", "manifest", "settings", "tell")}
    return Interrupted(**fields)


@pytest.mark.parametrize("recorded", ["older", None, PROTOCOL_VERSION + 1, f"{PROTOCOL_VERSION - 1}.989071808038"])
def test_runs_of_another_protocol_are_refused(recorded: str | int | None, tmp_path: Path) -> None:
    runner, job, folder = open_runner(tmp_path)
    write_json(folder.path / "report.json", {"recipe": recorded})
    with pytest.raises(UserError, match=f"protocol version {recorded}, this is version {PROTOCOL_VERSION}"):
        runner.manifest.adopt(runner.store, [job])


@pytest.mark.parametrize("recorded", [PROTOCOL_VERSION, f"{PROTOCOL_VERSION}", f"{PROTOCOL_VERSION}.989071808038"])
def test_runs_and_folders_of_this_protocol_stay_valid_whichever_digest_they_carry(
    recorded: str | int, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    write_json(tmp_path / "out" / "manifest.json", {"recipe": f"{PROTOCOL_VERSION}.0123456789ab", "runs": {}})
    runner, job, folder = open_runner(tmp_path)
    write_json(folder.path / "report.json", {"recipe": recorded})
    runner.manifest.adopt(runner.store, [job])
    assert runner.manifest.folder(runner.store, job) == folder


@pytest.mark.parametrize("status", [{"imported": 1.0}, {"imported": 1.0, "evaluated": 2.0}, {"device": "browser tab"}])
def test_what_nobody_here_saw_train_is_no_evidence(status: dict[str, object], tmp_path: Path) -> None:
    runner, job, folder = open_runner(tmp_path)
    write_json(folder.path / "report.json", {"recipe": PROTOCOL_VERSION})
    folder.set_status(**status)
    runner.manifest.adopt(runner.store, [job])
    assert runner.manifest.folder(runner.store, job) is None


@pytest.mark.parametrize(
    ("reason", "is_row"),
    [("learning_rate=9: the loss is not a number at step 1; give a lower one", True),
     ("the worker was killed by signal 9", False)],
)  # fmt: skip
def test_a_run_that_diverged_is_a_row_and_one_that_was_killed_is_run_again(
    reason: str, is_row: bool, tmp_path: Path
) -> None:
    runner, conditions = toy_runner(tmp_path), SWEEP.conditions[:1]
    search = search_jobs(SWEEP, conditions)
    for job in search:
        folder = runner.store.create(job.spec)
        runner.manifest.record_run(job, folder)
        folder.set_status(status="failed", reason=reason)
    rows, (_, missing) = runner.rows(search), runner.open_jobs(SWEEP, conditions, seeds=1)
    assert [(each["is_point"], each["failed_to_train"]) for each in rows] == [(False, True)] * 2 * is_row
    assert missing == ([] if is_row else search)
    assert runner.rate_factors(SWEEP, conditions, search) == {"complete": 0.5}


def test_workers_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("research.sweep_runner.core_count", lambda: 8)
    monkeypatch.setattr("research.sweep_runner.gpu_ids", lambda: ())
    assert (sweep_settings(Settings(), 3).workers, sweep_settings(Settings(), 3).threads) == (3, 2)
    assert (sweep_settings(Settings(), 0).workers, sweep_settings(Settings(), 0).threads) == (1, 8)
    assert sweep_settings(Settings(threads=1), 2) == replace(Settings(), workers=2, threads=1, poll_s=0.5)


def test_a_run_that_is_let_go_of_late_is_queued_again_once(tmp_path: Path) -> None:
    runner, _, folder = open_runner(tmp_path)
    again, me = Counter[str](), run_lock.Process.here()
    folder.set_status(status="interrupted")
    assert run_lock.take_claim(folder.path, me)
    assert runner._goes_on(folder, again, 1) and folder.status().status == "interrupted"
    run_lock.release_claim(folder.path, me)
    assert runner._goes_on(folder, again, 1) and folder.status().status == "queued" and again == {folder.run: 1}
    folder.set_status(status="interrupted")
    assert not runner._goes_on(folder, again, 1)


def test_a_sweep_whose_runs_broke_off_says_so(tmp_path: Path) -> None:
    runner, job, folder = open_runner(tmp_path)
    runner.manifest.record_run(job, folder)
    folder.set_status(status="failed", reason="there is not enough memory")
    with pytest.raises(UserError, match=r"1 runs broke off, the first is toy, complete, seed 0.*not enough memory"):
        runner._check_ended([job])
    folder.set_status(status="finished")
    runner._check_ended([job])


def test_two_sweeps_do_not_share_a_folder_at_a_time(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path)
    with manifest.locked():
        with pytest.raises(UserError, match="another sweep is running there"), Manifest(tmp_path).locked():
            pass
    with Manifest(tmp_path).locked():
        pass


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_a_row_of_the_study_trained_again(tmp_path: Path) -> None:
    """Train the cheapest condition of the frozen rows again and score it without the project's evaluation."""
    rows = [
        row
        for name in FIRST_EDITION
        if (path := FROZEN_FOLDER / f"{name}.parquet").is_file()
        for row in read_rows(path)[0]
        if row["stage"] == "result" and row["is_point"] and json.loads(row["spec"])["train"]["init"] == "scratch"
    ]
    cheapest = min(rows, key=lambda row: (row["pairs"], row["seconds"] or 0.0))
    run = train_and_score(RunStore(tmp_path / "runs"), RunSpec.from_json(json.loads(cheapest["spec"])))
    again = recompute(run.model, scenes(CANONICAL, tmp_path / "scenes"))["binding_accuracy"]
    assert again["n"] == cheapest["canonical.binding_accuracy.n"]
    assert abs(again["value"] - cheapest["canonical.binding_accuracy.value"]) < 0.06
