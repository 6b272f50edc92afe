"""A sweep as jobs of Hugging Face, against a recorder of the Hub's client whose bucket is a folder here."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from huggingface_hub.errors import HfHubHTTPError

from explorer.cli import main
from explorer.errors import UserError
from explorer.resources import CHECKOUT
from explorer.runs.store import RunStore
from explorer.settings import Settings
from explorer.study import hf_jobs_engine as module
from explorer.study.hf_jobs_engine import HubJobsEngine, hf_jobs_engine
from explorer.study.run_batch import RunBatch, copy_whole, is_whole
from tests.unit.study.test_slurm_engine import comparable
from tests.unit.study.toy_sweep import toy_laboratory, toy_sweep
from tests.unit.toys import tiny_spec

BUCKET = "anna/binding"


class Recorder:
    """The Hub: buckets are folders, and a job executes its runs at once, with `settings`, if it is given any."""

    def __init__(self, folder: Path, settings: Settings | None = None, status: int = 0) -> None:
        self.folder, self.settings, self.status = folder, settings, status
        self.jobs: list[dict[str, Any]] = []
        self.synced: list[tuple[str, str, dict[str, Any]]] = []
        self.cancelled: list[str] = []

    def list_jobs_hardware(self) -> list[Any]:
        return [SimpleNamespace(name="cpu-basic", pretty_name="CPU Basic", cpu="2 vCPU", ram="16 GB",
                                unit_cost_usd=0.000167, unit_label="minute")]  # fmt: skip

    def create_bucket(self, bucket_id: str, *, private: bool, exist_ok: bool) -> None:
        if self.status:
            response = httpx.Response(self.status, request=httpx.Request("POST", "https://hub.invalid"))
            raise HfHubHTTPError("no", response=response)
        assert (bucket_id, private, exist_ok) == (BUCKET, True, True)

    def sync_bucket(self, source: str, dest: str, **choices: Any) -> None:
        self.synced.append((source, dest, choices))
        if source == str(CHECKOUT):
            return
        start, end = (self.folder / text.removeprefix(f"hf://buckets/{BUCKET}/") for text in (source, dest))
        if start.is_dir():
            shutil.copytree(start, end, dirs_exist_ok=True)

    def run_job(self, **choices: Any) -> Any:
        self.jobs.append(choices)
        if self.settings is not None:
            runs = choices["command"][2].rpartition("/done ")[2].split()
            work = self.folder / f"work-{len(self.jobs)}"
            for run in runs:
                shutil.copytree(self.folder / "queued" / run, work / run)
            RunBatch(root=work, runs=tuple(runs), settings=self.settings, done=self.folder / "done")()
        return SimpleNamespace(id=f"job-{len(self.jobs)}")

    def inspect_job(self, *, job_id: str) -> Any:
        assert job_id
        return SimpleNamespace(status=SimpleNamespace(stage="COMPLETED"))

    def cancel_job(self, *, job_id: str) -> None:
        self.cancelled.append(job_id)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.0)


def engine(folder: Path, hub: Recorder, told: list[str], workers: int = 2) -> tuple[HubJobsEngine, RunStore]:
    store = RunStore(folder / "runs")
    settings = Settings(workers=workers)
    made = HubJobsEngine(store, settings, hub, folder=folder / "here", bucket=BUCKET, flavor="cpu-basic",
                         tell=told.append)  # fmt: skip
    return made, store


@pytest.mark.slow
def test_rows_come_back_through_the_bucket(tmp_path: Path) -> None:
    sweep, told = toy_sweep(factors=(1.0,)), list[str]()
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    expected = toy_laboratory(here, workers=1).run(sweep, sweep.conditions[:1], seeds=1, resume=False)
    laboratory = toy_laboratory(there)
    hub = Recorder(tmp_path / "hub", laboratory.settings)
    make = hf_jobs_engine(hub, folder=there / "jobs", bucket=BUCKET, flavor="cpu-basic", tell=told.append)
    found = replace(laboratory, engine=make).run(sweep, sweep.conditions[:1], seeds=1, resume=False)
    assert comparable(found) == comparable(expected) and {row["status"] for row in found} == {"finished"}
    assert told == ["hf-jobs: 1 runs in 1 jobs on CPU Basic (2 vCPU, 16 GB), 0.0002 USD a minute each"]


def test_runs_are_packed_and_the_code_goes_along(tmp_path: Path) -> None:
    hub, told = Recorder(tmp_path / "hub"), list[str]()
    made, store = engine(tmp_path, hub, told)
    runs = [store.create(tiny_spec(seed=seed)).run for seed in range(5)]
    made.start(runs)
    assert told and [len(made._jobs[job]) for job in made._jobs] == [3, 2]
    job = hub.jobs[0]
    assert (job["flavor"], job["image"], job["timeout"]) == ("cpu-basic", "python:3.12-slim", "24h")
    assert job["volumes"][0].source == BUCKET and job["volumes"][0].mount_path == "/bucket"
    assert " ".join(runs[:3]) in job["command"][2] and "set -e" in job["command"][2]
    source, dest, choices = hub.synced[0]
    assert (source, dest) == (str(CHECKOUT), f"hf://buckets/{BUCKET}/source")
    assert choices["include"] == ["explorer/*", "models/*", "assets/*", "requirements.txt"]
    made.close()
    assert hub.cancelled == ["job-1", "job-2"]


def test_a_job_that_ends_without_a_run_has_failed_it(tmp_path: Path) -> None:
    hub = Recorder(tmp_path / "hub")
    made, store = engine(tmp_path, hub, [])
    folder = store.create(tiny_spec())
    made.start([folder.run])
    made.look()
    assert folder.status().status == "failed" and "job-1 ended without it" in folder.status().reason


def test_half_a_copy_is_not_taken(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    (source / "report.json").write_text("{}")
    (source / "claim").write_text("mine")
    assert not is_whole(target)
    copy_whole(source, target)
    assert is_whole(target) and not (target / "claim").exists()
    (target / "report.json").unlink()
    assert not is_whole(target)


@pytest.mark.parametrize(("status", "words"), [(401, "hf auth login"), (402, "credit"), (500, "the Hub answers 500")])
def test_a_refusal_of_the_hub_is_a_sentence(tmp_path: Path, status: int, words: str) -> None:
    made, store = engine(tmp_path, Recorder(tmp_path / "hub", status=status), [])
    with pytest.raises(UserError, match=f"engine=hf-jobs: .*{words}"):
        made.start([store.create(tiny_spec()).run])


def test_hardware_that_the_hub_lacks_is_a_sentence(tmp_path: Path) -> None:
    hub = Recorder(tmp_path / "hub")
    made = HubJobsEngine(RunStore(tmp_path), Settings(), hub, folder=tmp_path, bucket=BUCKET, flavor="moon",
                         tell=lambda _: None)  # fmt: skip
    with pytest.raises(UserError, match="--flavor moon: choose one of cpu-basic"):
        made.start(["run"])
    assert not hub.jobs and not hub.synced


@pytest.mark.parametrize("bucket", [[], ["--bucket", "binding"]])
def test_a_bucket_has_an_owner(tmp_path: Path, bucket: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["sweep", "batch-size", "--engine", "hf-jobs", *bucket, "--out", str(tmp_path / "out")])
    assert stopped.value.code == 2 and "name a storage bucket as OWNER/NAME" in capsys.readouterr().err
