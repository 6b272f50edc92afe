"""One holder at a time; a claim of a dead process is stolen once, one of a live process or host never."""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from explorer.runs import run_lock
from explorer.runs.run_lock import (
    Process,
    claim_holder,
    hold_claim,
    holds_claim,
    is_claimed,
    is_stale,
    release_claim,
    take_claim,
)

ME = Process.here()
GONE = replace(ME, pid=2**22 + 1, process_start=1.0, since_boot=1.0)
AFAR = replace(ME, host="another-computer", pid=1)


def claim_of(path: Path, who: Process, *, age_s: float = 0.0) -> None:
    (path / "claim").write_text(json.dumps(asdict(who)))
    (path / "status.json").write_text("{}")
    for name in ("claim", "status.json"):
        os.utime(path / name, (time.time() - age_s,) * 2)


def test_a_claim_is_held_until_it_is_released(tmp_path: Path) -> None:
    assert take_claim(tmp_path, ME) and is_claimed(tmp_path) and holds_claim(tmp_path, ME)
    assert not take_claim(tmp_path, ME) and not take_claim(tmp_path, GONE)
    release_claim(tmp_path, GONE)
    assert claim_holder(tmp_path) == ME
    release_claim(tmp_path, ME)
    assert not is_claimed(tmp_path) and list(tmp_path.iterdir()) == []
    with hold_claim(tmp_path) as mine, hold_claim(tmp_path) as other:
        assert mine and not other
    assert list(tmp_path.iterdir()) == []
    assert not take_claim(tmp_path / "gone", ME)


def test_the_claim_of_a_dead_process_is_stolen(tmp_path: Path) -> None:
    claim_of(tmp_path, GONE)
    assert is_stale(tmp_path) and take_claim(tmp_path, ME) and claim_holder(tmp_path) == ME
    assert {path.name for path in tmp_path.iterdir()} == {"claim", "status.json"}


OLD_KEYS = ("host", "pid", "process_start")


@pytest.mark.parametrize(
    "changes",
    [
        {"process_start": ME.process_start - 100, "since_boot": ME.since_boot - 100},
        {"process_start": ME.process_start - 100, "boot": "", "since_boot": 0.0},
        pytest.param(
            {"boot": "another start"}, marks=pytest.mark.skipif(not ME.boot, reason="starts have no names here")
        ),
    ],
)
def test_a_pid_that_another_process_got_is_not_the_holder(changes: dict[str, Any], tmp_path: Path) -> None:
    claim_of(tmp_path, replace(ME, **changes))
    assert is_stale(tmp_path) and not holds_claim(tmp_path, ME)


def test_a_process_is_the_holder_after_the_clock_was_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boot, start = psutil.boot_time(), psutil.Process().create_time()
    (tmp_path / "boot_id").write_text("this start\n")
    monkeypatch.setattr(run_lock, "BOOT_FILE", tmp_path / "boot_id")
    assert take_claim(tmp_path, Process.here())
    monkeypatch.setattr(psutil, "boot_time", lambda: boot + 86.0)
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: start + 86.0)
    assert is_claimed(tmp_path) and holds_claim(tmp_path, Process.here())
    monkeypatch.setattr(run_lock, "BOOT_FILE", tmp_path / "none")
    assert is_stale(tmp_path), "without a name of the start, the clock is all that is known"


def test_a_claim_of_version_1_0_is_judged_by_the_clock(tmp_path: Path) -> None:
    (tmp_path / "claim").write_text(json.dumps({key: getattr(Process.here(), key) for key in OLD_KEYS}))
    assert is_claimed(tmp_path) and holds_claim(tmp_path, Process.here())


@pytest.mark.skipif(os.name != "posix", reason="has no zombies")
def test_a_zombie_is_dead(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.DEVNULL) as child:
        claim_of(tmp_path, Process.of(child.pid))
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert is_stale(tmp_path)


def test_a_process_of_another_host_is_judged_by_its_sign_of_life(tmp_path: Path) -> None:
    claim_of(tmp_path, AFAR, age_s=run_lock.FOREIGN_STALE_S - 60)
    assert is_claimed(tmp_path) and not take_claim(tmp_path, ME)
    claim_of(tmp_path, AFAR, age_s=run_lock.FOREIGN_STALE_S + 60)
    assert not is_claimed(tmp_path)
    (tmp_path / "status.json").write_text("{}")
    assert is_claimed(tmp_path)


OF_THIS_HOST = json.dumps({"host": ME.host, "process_start": 1.0})[:-1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"pid": 3}',
        *(f'{OF_THIS_HOST}, "pid": {pid}}}' for pid in ("-1", "null", '"x"', "1e99", "9" * 40)),
    ],
)
def test_a_claim_that_is_being_written_is_held_for_a_while(text: str, tmp_path: Path) -> None:
    (tmp_path / "claim").write_text(text)
    assert is_claimed(tmp_path)
    os.utime(tmp_path / "claim", (time.time() - run_lock.UNREADABLE_YOUNG_S - 1,) * 2)
    assert not is_claimed(tmp_path) and take_claim(tmp_path, ME)


@pytest.mark.parametrize("stale", [False, True])
def test_of_many_who_ask_at_once_one_gets_it(stale: bool, tmp_path: Path) -> None:
    for _ in range(10):
        if stale:
            claim_of(tmp_path, GONE)
        got: list[bool] = []
        start = threading.Barrier(8)

        def ask(start: threading.Barrier = start, got: list[bool] = got) -> None:
            start.wait()
            got.append(take_claim(tmp_path, ME))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(got) == 1
        release_claim(tmp_path, ME)


def test_a_thief_that_died_does_not_keep_the_claim_for_ever(tmp_path: Path) -> None:
    claim_of(tmp_path, GONE)
    (tmp_path / "claim.steal").touch()
    assert not take_claim(tmp_path, ME)
    os.utime(tmp_path / "claim.steal", (time.time() - run_lock.UNREADABLE_YOUNG_S - 1,) * 2)
    assert not take_claim(tmp_path, ME) and take_claim(tmp_path, ME)
