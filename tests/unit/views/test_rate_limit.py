"""Buckets fill with time, by person and kind; a person is an address, behind a proxy the last that the proxy wrote."""

from dataclasses import replace

import pytest

from explorer.errors import BusyError
from explorer.runs.store import RunStore
from explorer.settings import LOCAL, SHARED
from explorer.views import rate_limit
from explorer.views.rate_limit import MAX_PROXIES, TokenBuckets, client_address, take_from_bucket
from explorer.views.service import Service


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills() -> None:
    clock = Clock()
    buckets = TokenBuckets(clock)
    assert [buckets.take("runs", "a", 2, 0.5) for _ in range(3)] == [0, 0, 2.0]
    assert buckets.take("runs", "b", 2, 0.5) == buckets.take("questions", "a", 2, 0.5) == 0
    clock.now += 2
    assert [buckets.take("runs", "a", 2, 0.5) for _ in range(2)] == [0, 2.0]
    clock.now += 1000
    assert [buckets.take("runs", "a", 2, 0.5) for _ in range(3)] == [0, 0, 2.0]


def test_people_are_forgotten_before_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MAX_LIMITED_ADDRESSES", 3)
    buckets = TokenBuckets(Clock())
    for person in "abcd":
        buckets.take("runs", person, 1, 1)
        buckets.remember_run(person, f"run-{person}")
    assert len(buckets._left) == len(buckets._runs) == 3
    assert buckets.take("runs", "a", 1, 1) == 0 and buckets.take("runs", "d", 1, 1) == 1
    for person in "efgh":
        buckets.charge("requests", person, 1, 1)
    assert len(buckets._left) == 3


def test_runs_that_are_over_are_not_counted() -> None:
    buckets = TokenBuckets(Clock())
    for run in ("x", "y", "z"):
        buckets.remember_run("a", run)
    assert buckets.count_runs("a", is_over=lambda run: run == "y") == 2
    assert buckets.count_runs("b", is_over=lambda run: False) == 0
    assert buckets.count_runs("a", is_over=lambda run: True) == 0 and not buckets._runs, (
        "nothing is kept of who has none"
    )


def test_a_refusal_is_a_sentence() -> None:
    buckets, few = TokenBuckets(Clock()), SHARED
    for _ in range(60):
        take_from_bucket("questions", "a", few, buckets)
    for _ in range(2):
        with pytest.raises(BusyError) as refused:
            take_from_bucket("questions", "a", few, buckets)
    assert str(refused.value) == "questions: this server answers 60 a minute from one address; wait 1 s"


def test_an_amount_is_taken_out_of_the_bucket() -> None:
    clock = Clock()
    buckets, few = TokenBuckets(clock), replace(SHARED, upload_mb_per_hour=36)

    def ask(amount: float) -> str:
        try:
            take_from_bucket("uploads", "a", few, buckets, amount=amount)
        except BusyError as refused:
            return str(refused)
        return ""

    assert [ask(20), ask(20), ask(16)] == [
        "", "uploads: this server takes 36 MB an hour from one address; wait 400 s", "",
    ]  # fmt: skip
    clock.now += 3599
    assert "wait 1 s" in ask(1000)
    clock.now += 2
    assert ask(1000) == "" and ask(0.01)
    assert ask(0.024).endswith("wait 3 s")
    clock.now += 3
    assert ask(0.024) == "", "whoever waits as long as it says is served"


def test_an_ipv4_address_is_one_in_whatever_form() -> None:
    """A socket of both families names it in IPv6, where all of them would be one network."""
    for peer in ("9.9.9.9", "::ffff:9.9.9.9", "::ffff:909:909"):
        assert client_address({}, peer, forwarded=False) == "9.9.9.9"
        assert client_address({"x-forwarded-for": f"1.2.3.4, {peer}"}, "10.0.0.1", forwarded=True) == "9.9.9.9"
    assert client_address({}, "::ffff:9.9.9.8", forwarded=False) != client_address({}, "9.9.9.9", forwarded=False)


def test_a_local_server_and_a_notebook_are_not_limited(store: RunStore) -> None:
    assert not LOCAL.is_shared
    for settings in (LOCAL, SHARED):  # on the shared server it is nobody's event
        service = Service(store=store, settings=replace(settings, questions_per_minute=1))
        for _ in range(3):
            service.count_call("questions")


def test_behind_a_proxy_a_person_is_the_last_public_address() -> None:
    for forwarded, address in {
        "": "10.0.0.1",
        "8.8.8.8": "8.8.8.8",
        "1.1.1.1, 8.8.8.8": "8.8.8.8",
        "1.1.1.1, 8.8.8.8, 10.2.3.4": "8.8.8.8",
        "nonsense, 10.2.3.4": "10.0.0.1",
        "8.8.8.8, 9.9.9.9:4433": "10.0.0.1",
        "2001:4860:4860::8888": "2001:4860:4860::",
        "2001:4860:4860::1:2:3:4": "2001:4860:4860::",
        "2001:4860:4860:1::1": "2001:4860:4860:1::",
        "fe80::1": "10.0.0.1",
        "8.8.8.8" + ", 10.2.3.4" * (MAX_PROXIES - 1): "8.8.8.8",
        "8.8.8.8" + ", 10.2.3.4" * MAX_PROXIES: "10.0.0.1",
    }.items():
        assert client_address({"x-forwarded-for": forwarded}, "10.0.0.1", forwarded=True) == address
        assert client_address({"x-forwarded-for": forwarded}, "10.0.0.1", forwarded=False) == "10.0.0.1"
    for peer, address in {"::1": "::1", "2001:4860:4860::8888": "2001:4860:4860::", "": "", "a-name": "a-name"}.items():
        assert client_address({}, peer, forwarded=False) == address
