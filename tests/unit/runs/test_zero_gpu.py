"""Runs that train in turns on a GPU which is lent: forked, limited in time, paid by visitors, with nothing lost."""

import json
import os
import subprocess
import sys
from contextvars import Context
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.errors import UserError
from explorer.runs import zero_gpu
from explorer.runs.store import RunStore
from explorer.runs.worker import execute
from explorer.runs.zero_gpu import MOST_VISITORS, NOBODY, TAKEN, mode_sentence, on_gpu, welcome
from explorer.settings import LOCAL, SHARED, settings_for
from tests.unit.toys import TINY, tiny_spec, use_tiny_configs

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
STEPS = 40

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Results of each run of the small Space; a process of its own, as forks of this one would hold its threads."""
    if os.name != "posix":
        pytest.skip("forks")
    folder = tmp_path_factory.mktemp("space")
    (folder / "configs").mkdir()
    (folder / "configs" / "tiny.json").write_text(json.dumps(TINY))
    done = subprocess.run(
        [sys.executable, str(HERE / "zero_gpu_server.py"), str(folder / "runs"), str(folder / "configs")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    """The losses of the same spec, trained in one go."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        use_tiny_configs(patch, folder / "configs")
        store = RunStore(folder / "runs")
        steps = execute(store, store.create(tiny_spec(steps=STEPS)))
        losses = [next(steps)["loss"] for _ in range(STEPS)]
        steps.close()
    torch.set_num_threads(threads)
    return losses


@pytest.mark.slow
def test_a_run_takes_several_turns_and_its_curve_is_the_same(
    scenes: dict[str, Any], uninterrupted: list[float]
) -> None:
    found = scenes["turns"]
    assert (found["status"], found["step"], found["report"]) == ("finished", STEPS, True)
    assert found["processes"] == 3 and found["losses"] == uninterrupted


@pytest.mark.slow
def test_the_evaluation_gets_a_turn_of_its_own(scenes: dict[str, Any], uninterrupted: list[float]) -> None:
    found = scenes["late_evaluation"]
    assert (found["status"], found["processes"], found["report"]) == ("finished", 2, True)
    assert found["losses"] == uninterrupted


@pytest.mark.slow
def test_a_turn_that_overruns_is_killed_and_the_run_goes_on_later(
    scenes: dict[str, Any], uninterrupted: list[float]
) -> None:
    killed, resumed = scenes["killed"]
    assert (killed["status"], killed["reason"], killed["report"]) == ("interrupted", TAKEN, False)
    assert 0 < killed["step"] < STEPS
    assert (resumed["status"], resumed["reason"], resumed["losses"]) == ("finished", None, uninterrupted)


@pytest.mark.slow
def test_a_quota_that_is_used_up_is_told_and_no_process_is_made(
    scenes: dict[str, Any], uninterrupted: list[float]
) -> None:
    refused, resumed = scenes["refused"]
    assert (refused["status"], refused["step"], refused["processes"]) == ("interrupted", 0, 0)
    assert refused["reason"] == "You have exceeded your free ZeroGPU quota (100s requested vs. 10.0s left)."
    assert (resumed["status"], resumed["losses"]) == ("finished", uninterrupted)


@pytest.mark.slow
def test_a_run_of_nobody_waits_for_its_owner(scenes: dict[str, Any]) -> None:
    found = scenes["unknown"]
    assert (found["status"], found["reason"], found["processes"]) == ("interrupted", NOBODY, 0)


@pytest.mark.slow
def test_a_server_that_closes_loses_no_step(scenes: dict[str, Any], uninterrupted: list[float]) -> None:
    closed, resumed = scenes["closed"]
    assert closed["status"] == "interrupted" and 3 <= closed["step"] < STEPS
    assert (resumed["status"], resumed["losses"]) == ("finished", uninterrupted)


@pytest.mark.slow
def test_two_people_take_turns(scenes: dict[str, Any]) -> None:
    assert scenes["shared"] == [0, 1, 0, 1, 0, 1]


def test_only_the_newest_visitors_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    visitors: dict[str, Context] = {}
    monkeypatch.setattr(zero_gpu, "_visitors", visitors)
    first = Context()
    for number in range(MOST_VISITORS + 1):
        welcome(f"key {number % MOST_VISITORS}", first if number == MOST_VISITORS else Context())
    assert len(visitors) == MOST_VISITORS and list(visitors.values())[-1] is first


def test_without_the_package_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spaces", None)
    with pytest.raises(UserError, match="^EXPLORER_ZERO_GPU=1: the package spaces is not here"):
        on_gpu()


def test_a_zero_gpu_space_is_known_and_can_be_told_not_to() -> None:
    zero = {"SYSTEM": "spaces", "SPACES_ZERO_GPU": "true"}
    assert settings_for(None, zero).zero_gpu and settings_for(None, zero).is_shared
    assert not settings_for(None, {**zero, "EXPLORER_ZERO_GPU": "0"}).zero_gpu
    assert not settings_for(None, {"SYSTEM": "spaces"}).zero_gpu and not LOCAL.zero_gpu


def test_the_page_says_where_runs_train() -> None:
    cpu = {"CUDA_VISIBLE_DEVICES": "", "CPU_CORES": "2"}
    assert mode_sentence(LOCAL, cpu).startswith("Runs train on the CPU of this computer (2 cores)")
    assert mode_sentence(SHARED, cpu).startswith("Runs train on the CPU of this server (2 cores)")
    assert mode_sentence(LOCAL, {"CUDA_VISIBLE_DEVICES": "0"}).startswith("Runs train on the GPU of this computer")
    zero = mode_sentence(settings_for(None, {"SYSTEM": "spaces", "SPACES_ZERO_GPU": "true"}))
    assert "ZeroGPU" in zero and f"turns of {zero_gpu.TURN_S} seconds" in zero
