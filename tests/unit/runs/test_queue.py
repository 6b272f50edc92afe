"""Turns are fair, places and estimates are those of hand-made runs, and each limit is one sentence."""

import platform
from dataclasses import replace
from typing import Any

import pytest

from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.runs import queue
from explorer.runs.folder import RunFolder
from explorer.runs.queue import (
    check_limits,
    describe_run,
    estimate_from_runs,
    waiting_runs,
)
from explorer.runs.store import RunStore
from explorer.settings import LOCAL, SHARED, Settings
from explorer.spec import PROTOCOL_VERSION, RunSpec, TrainSpec


def spec_of(**train: Any) -> RunSpec:
    return RunSpec(train=TrainSpec(**({"steps": 100, "batch_size": 256} | train)), preset="salient")


def make(
    store: RunStore, owner: str | None, *, at: float, protocol: int = PROTOCOL_VERSION, **status: Any
) -> RunFolder:
    folder = store.create(replace(spec_of(), protocol=protocol), owner_key=owner)
    folder.set_status(**({"created": at, "queued": at} | status))
    return folder


def make_finished(store: RunStore, *, step_s: float, at: float = 0.0, **status: Any) -> RunFolder:
    """A finished run of 256 pairs a step on this computer."""
    known = {"status": "finished", "host": platform.node(), "device": "cpu", "step": 100, "tail_s": 10.0}
    return make(store, None, at=at, **(known | {"step_s": step_s, "started": at} | status))


def test_nobody_gets_a_second_turn_before_everybodys_first(store: RunStore) -> None:
    a1, a2, a3 = (make(store, "anna", at=at) for at in (1, 2, 3))
    b1, b2 = make(store, "ben", at=4), make(store, "ben", at=5)
    c1 = make(store, "cleo", at=2.5)
    assert waiting_runs(store) == [a1, c1, b1, a2, b2, a3]


def test_runs_since_the_wait_began_count_as_turns(
    store: RunStore,
) -> None:
    a2, b1 = make(store, "anna", at=10), make(store, "ben", at=11)
    old = make(store, "anna", at=1, status="finished", started=9.0)
    assert waiting_runs(store) == [a2, b1]
    old.set_status(started=10.5)
    assert waiting_runs(store) == [b1, a2]
    old.set_status(status="running", started=9.0)
    assert waiting_runs(store) == [b1, a2]


def test_runs_of_one_person_take_one_turn_whatever_their_keys(store: RunStore) -> None:
    nobody = [make(store, None, at=at) for at in (1, 2)]
    keyed = [store.create(spec_of(), owner_key=key, identity="visitor") for key in ("first", "second")]
    for folder in keyed:
        folder.set_status(created=3.0, queued=3.0)
    ben = make(store, "ben", at=9)
    assert {*waiting_runs(store)[:3]} >= {nobody[0], ben} and {*waiting_runs(store)[3:]} >= {nobody[1]}
    assert sum(folder in keyed for folder in waiting_runs(store)[:3]) == 1


def test_only_free_queued_runs_wait(store: RunStore) -> None:
    for status in ("running", "stopped", "finished", "failed", "interrupted"):
        make(store, None, at=1, status=status)
    claimed = store.create(spec_of(), is_claimed=True)
    free = make(store, None, at=2)
    assert waiting_runs(store) == [free]
    assert describe_run(store, claimed).place == 0


def test_places_and_waits_by_hand(store: RunStore) -> None:
    # 100 steps of 0.5 s and a tail of 10 s are measured; the running one has 40 of its own 0.25 s steps left.
    make_finished(store, step_s=0.5, started=0.0)
    running = make(
        store, "anna", at=1, status="running", step=60, step_s=0.25, rate=1100.0, host=platform.node(), device="gpu"
    )
    first, second = make(store, "ben", at=2), make(store, "cleo", at=3)
    running.set_status(device="cpu")
    description = describe_run(store, running)
    assert (description.place, description.wait_s, description.steps_per_s, description.status.rate) == (
        0,
        0.0,
        4.0,
        1100.0,
    )
    assert description.end_in_s == pytest.approx(40 * 0.25 + 10)
    description = describe_run(store, first)
    assert (description.place, description.end_in_s, description.status.status, description.status.preset) == (
        1,
        None,
        "queued",
        "salient",
    )
    assert description.wait_s == pytest.approx(20)
    # The newest measured run is the running one, so the rates are 1,024 and 512 pairs/s: 768 on the middle.
    assert describe_run(store, second).wait_s == pytest.approx(20 + 25_600 / 768 + 10)
    running.set_status(step=2)
    assert describe_run(store, running).end_in_s is None is describe_run(store, running).steps_per_s, (
        "it has hardly begun"
    )
    ended = make(store, None, at=4, status="stopped", reason="because")
    assert (describe_run(store, ended).place, describe_run(store, ended).wait_s) == (None, None)
    assert describe_run(store, ended).status.reason == "because"


def test_an_evaluation_lasts_as_long_as_earlier_ones_and_then_as_its_own_parts(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_finished(store, step_s=0.5)  # its tail took 10 s
    folder = make(store, None, at=5, status="running", step=100, host=platform.node(), device="cpu")
    now = 1000.0
    monkeypatch.setattr("explorer.runs.queue.time.time", lambda: now)
    folder.set_status(phase="evaluating", evaluating_since=996.0, phase_done=0, phase_parts=None)
    assert describe_run(store, folder).end_in_s == pytest.approx(6.0)
    folder.set_status(evaluating_since=980.0, phase_done=4, phase_parts=8)
    description = describe_run(store, folder)
    assert description.end_in_s == pytest.approx(20.0) and (
        description.status.phase_done,
        description.status.phase_parts,
    ) == (4, 8)
    now = 1003.0
    assert describe_run(store, folder).end_in_s == pytest.approx(17.0), (
        "it never stands still or rises between two parts"
    )
    folder.set_status(phase_done=0)
    assert describe_run(store, folder).end_in_s == 0.0
    folder.set_status(status="interrupted")
    assert describe_run(store, folder).end_in_s is None


def test_an_estimate_without_a_measurement_is_called_a_guess(store: RunStore) -> None:
    low, high, basis = estimate_from_runs(store, spec_of())
    assert low == pytest.approx(25_600 / CONTRACT.time.pairs_per_s / 1.3 + CONTRACT.time.tail_s / 1.3)
    assert high == pytest.approx((25_600 / CONTRACT.time.pairs_per_s + CONTRACT.time.tail_s) * 1.3)
    assert basis.startswith("a guess") and f"{CONTRACT.time.pairs_per_s:.0f} pairs/s" in basis
    make_finished(store, step_s=0.5, protocol=PROTOCOL_VERSION - 1)
    assert estimate_from_runs(store, spec_of()) == (low, high, basis), "another protocol version trains at another pace"
    large_low, *_ = estimate_from_runs(store, spec_of(model="large"))
    assert large_low > low * 10


def test_an_estimate_rests_on_runs_of_the_model_on_this_computer_and_device(store: RunStore) -> None:
    make_finished(store, step_s=0.5, at=1)
    make_finished(store, step_s=0.25, at=2)
    make_finished(store, step_s=100.0, at=0, device="another device")
    make_finished(store, step_s=100.0, at=3, host="another-computer")
    make_finished(store, step_s=100.0, at=3, model="large")
    make_finished(store, step_s=100.0, at=3, step=1)
    low, high, basis = estimate_from_runs(store, spec_of())
    assert (low, high) == (pytest.approx((25 + 10) / 1.15), pytest.approx((50 + 10) * 1.15))
    assert basis == "measured on 2 runs of small here, 512 to 1024 pairs/s"


LIMITS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "steps": ({"steps": 5000}, ("steps=5000", "at most 2000")),
    "batch": ({"batch_size": 4096}, ("batch_size=4096", "at most 1024")),
    "a dear model": ({"model": "large", "steps": 1000}, ("steps=1000", "at most 72", "model=large")),
    "a path": ({"init": "/etc/passwd"}, ("init=/etc/passwd", "runs and shipped models")),
    "a download": ({"init": "hf-hub:a/b"}, ("init=hf-hub:a/b",)),
    "a climb": ({"init": "../x"}, ("init=../x",)),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_told_in_one_sentence(name: str, store: RunStore) -> None:
    train, words = LIMITS[name]
    with pytest.raises(UserError) as caught:
        check_limits(store, spec_of(**train), "anna", SHARED)
    assert all(word in str(caught.value) for word in words) and "\n" not in str(caught.value)
    check_limits(store, spec_of(**train), "anna", LOCAL)
    check_limits(store, spec_of(steps=2000, batch_size=1024), "anna", SHARED)
    check_limits(store, spec_of(model="large", steps=72), "anna", SHARED)


def test_the_last_of_a_shared_disk_is_left_to_classes_and_results(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_limits(store, spec_of(), "anna", SHARED)
    monkeypatch.setattr(queue, "MIN_FREE_BYTES_OF_RUN", 2**62)
    with pytest.raises(UserError, match="^disk: this server has no room left for runs; try later$"):
        check_limits(store, spec_of(), "anna", SHARED)
    check_limits(store, spec_of(), "anna", LOCAL)


def test_a_start_costs_what_its_run_did(store: RunStore) -> None:
    large = store.create(spec_of(model="large"))
    again = store.create(spec_of(init=large.run))
    with pytest.raises(UserError, match="model=large"):
        check_limits(store, spec_of(init=again.run, steps=1000), "ben", SHARED)
    small = store.create(spec_of())
    check_limits(store, spec_of(init=small.run, steps=1000), "ben", SHARED)


def test_each_person_has_so_many_runs_at_once(store: RunStore) -> None:
    first = make(store, "anna", at=1)
    check_limits(store, spec_of(), "anna", SHARED)
    make(store, "anna", at=2, status="running")
    with pytest.raises(UserError, match="runs=2: .*the most are 2; wait for one or stop it"):
        check_limits(store, spec_of(), "anna", SHARED)
    check_limits(store, spec_of(), "ben", SHARED)
    check_limits(store, spec_of(), None, SHARED)
    first.set_status(status="finished")
    check_limits(store, spec_of(), "anna", SHARED)


def test_the_queue_is_so_long_and_no_longer(store: RunStore) -> None:
    settings: Settings = replace(SHARED, queue_length=2)
    for at in range(2):
        check_limits(store, spec_of(), "anna", settings)
        make(store, f"person {at}", at=at)
    make(store, "cleo", at=3, status="running")
    with pytest.raises(UserError, match="queue=2: .*at most 2"):
        check_limits(store, spec_of(), "anna", settings)
