"""Runs that train in turns on a GPU which is lent: forked, limited in time, paid by visitors, with nothing lost."""

import json
import os
import subprocess
import sys
from contextvars import Context
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.runs import zero_gpu
from explorer.runs.zero_gpu import (
    GPU_TAKEN,
    MAX_VISITORS,
    UNKNOWN_VISITOR,
    gpu_turn_factory,
    mode_sentence,
    register_visitor,
)
from explorer.settings import LOCAL, SHARED, settings_for
from tests.unit.runs.conftest import STEPS
from tests.unit.toys import TINY

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]

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
    results_by_name: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return results_by_name


@pytest.mark.nightly
def test_a_run_takes_turns_and_whatever_breaks_them_off_loses_no_step(
    scenes: dict[str, Any], uninterrupted: list[float]
) -> None:
    turns, late = scenes["turns"], scenes["late_evaluation"]
    assert (turns["status"], turns["step"], turns["report"], turns["processes"]) == ("finished", STEPS, True, 3)
    assert (late["status"], late["processes"], late["report"]) == ("finished", 2, True), "a turn for the evaluation"
    killed, after_kill = scenes["killed"]
    assert (killed["status"], killed["reason"], killed["report"]) == ("interrupted", GPU_TAKEN, False)
    assert 0 < killed["step"] < STEPS
    closed, after_close = scenes["closed"]
    assert closed["status"] == "interrupted" and 3 <= closed["step"] < STEPS
    for run in (turns, late, after_kill, after_close):
        assert (run["status"], run["reason"], run["losses"]) == ("finished", None, uninterrupted)
    assert scenes["shared"] == [0, 1, 0, 1], "two people take turns"


@pytest.mark.slow
def test_without_a_quota_or_an_owner_no_process_is_made(scenes: dict[str, Any]) -> None:
    used_up = "You have exceeded your free ZeroGPU quota (100s requested vs. 10.0s left)."
    for name, reason in (("refused", used_up), ("unknown", UNKNOWN_VISITOR)):
        scene = scenes[name]
        assert (scene["status"], scene["step"], scene["processes"]) == ("interrupted", 0, 0)
        assert scene["reason"] == reason


def test_only_the_newest_visitors_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    visitors: dict[str, Context] = {}
    monkeypatch.setattr(zero_gpu, "_visitors", visitors)
    first = Context()
    for number in range(MAX_VISITORS + 1):
        register_visitor(f"key {number % MAX_VISITORS}", first if number == MAX_VISITORS else Context())
    assert len(visitors) == MAX_VISITORS and list(visitors.values())[-1] is first


def test_without_the_package_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spaces", None)
    with pytest.raises(UserError, match="^EXPLORER_ZERO_GPU=1: the package spaces is not here"):
        gpu_turn_factory()


def test_the_page_says_where_runs_train() -> None:
    cpu = {"CUDA_VISIBLE_DEVICES": "", "CPU_CORES": "2"}
    assert mode_sentence(LOCAL, cpu).startswith("Runs train on the CPU of this computer (2 cores)")
    assert mode_sentence(SHARED, cpu).startswith("Runs train on the CPU of this server (2 cores)")
    assert mode_sentence(LOCAL, {"CUDA_VISIBLE_DEVICES": "0"}).startswith("Runs train on the GPU of this computer")
    zero = mode_sentence(settings_for(None, {"SYSTEM": "spaces", "SPACES_ZERO_GPU": "true"}))
    assert "ZeroGPU" in zero and f"turns of {zero_gpu.TURN_S} seconds" in zero
