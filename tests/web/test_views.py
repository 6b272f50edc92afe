"""Views and acts over HTTP: what is kept, who may change something, and refusals as a status and a sentence."""

import gc
import json
import tracemalloc
from collections import Counter
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from explorer.settings import SHARED
from explorer.views.rate_limit import BUCKETS
from explorer.views.registry import Entry, encode_answer, entries
from explorer.web.view_routes import KEY_HEADER, api_names
from tests.web.conftest import KEY, client

CAPTION = {"caption": "a red bus and a blue car"}


def test_a_view_is_kept_by_its_tag(web: TestClient) -> None:
    first = web.get("/v/swaps.json", params=CAPTION)
    assert first.status_code == 200 and first.json()["swaps"][0]["caption"] == "a blue bus and a red car"
    assert first.headers["cache-control"] == "no-cache" and first.headers["content-type"] == "application/json"
    again = web.get("/v/swaps.json", params=CAPTION, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert web.head("/v/swaps.json", params=CAPTION).status_code == 200
    packed = web.get("/v/catalog.json", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip" and packed.headers["vary"] == "Accept-Encoding"
    assert packed.json()["presets"]


def test_each_job_has_a_name_in_the_api_as_no_other_route_answers_jobs() -> None:
    assert {name for name, each in entries().items() if each.kind == "job"} <= api_names().keys()


def test_a_view_that_computes_longer_is_answered_less_often(tmp_path: Path) -> None:
    web, answered = client(tmp_path, replace(SHARED, requests_per_s=2)), Counter[str]()
    facts = "/v/facts.json?preset=web-like&overrides={}"
    for path in ("/class/ping", facts):
        BUCKETS.forget()
        while answered[path] < 40 and web.get(path).status_code == 200:
            answered[path] += 1
    assert answered["/class/ping"] >= 20 and answered[facts] < 20, "twenty may come at once"


def test_lists_are_repeated_and_objects_are_json(web: TestClient) -> None:
    overrides = json.dumps({"steps": 90})
    answer = web.get("/v/plan.json", params={"preset": "salient", "overrides": overrides}).json()
    assert answer["spec"]["train"]["steps"] == 90
    assert web.get("/v/plan.json", params={"preset": "salient", "overrides": "{"}).status_code == 422
    two = web.get("/v/compare.json", params=[("names", "a"), ("names", "b")])
    error = two.json()["error"]
    assert (error["field"], error["sentence"]) == ("run", "run=a: there is no such run here")
    assert [(each["id"], each["values"]["value"]) for each in error["sentences"]] == [("error.value", "a")]


def test_a_bad_value_is_a_sentence_under_its_name(web: TestClient) -> None:
    for address, field in (
        ("swaps.json", "caption"),
        ("swaps.json?caption=a+bus&color=1", "color"),
        (f"runs.json?owner_key={KEY}", "owner_key"),
        ("inspect.json?name=things-web&form=odd", "form"),
        ("run_status.json?run=x&since_step=many", "since_step"),
    ):
        answer = web.get(f"/v/{address}")
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field) and KEY not in answer.text
        assert answer.headers["cache-control"] == "private, no-store"


def test_a_name_is_quoted_as_a_value_is(web: TestClient) -> None:
    for body in (json.dumps({"x" * 100_000: 1}), r'{"\ud800": 1}'):
        answer = web.post("/a/train", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422 and "train takes preset" in answer.json()["error"]["sentence"]
        assert len(answer.content) < 800


def test_a_run_is_started_and_stopped_with_its_key_in_a_header(web: TestClient) -> None:
    started = web.post("/a/train", json={"preset": "salient", "steps": 12}, headers={KEY_HEADER: KEY})
    run = started.json()["run"]
    assert started.json()["owner_key"] == KEY and started.headers["cache-control"] == "private, no-store"
    folder = web.get("/v/run.json", params={"name": run}, headers={KEY_HEADER: KEY})
    assert folder.json()["run"]["is_own"] and folder.headers["cache-control"] == "private, no-store"
    assert not web.get("/v/run.json", params={"name": run}).json()["run"]["is_own"]
    wrong = web.post("/a/stop", json={"run": run}, headers={KEY_HEADER: "f" * 32})
    assert wrong.status_code == 422 and "is not that of run" in wrong.json()["error"]["sentence"]
    assert web.post("/a/stop", json={"run": run, "owner_key": KEY}).status_code == 422
    assert web.post("/a/stop", json={"run": run}, headers={KEY_HEADER: KEY}).json() == {"status": "stopped"}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": ["salient"]}, 415),
        ({"json": {"preset": "salient"}, "headers": {"Origin": "null"}}, 403),
        ({"json": {"preset": "salient"}, "headers": {"Origin": "http://[evil"}}, 403),
        ({"json": {"preset": "salient"}, "headers": {"Origin": "http://evil.example?http://127.0.0.1"}}, 403),
        ({"json": {"preset": "salient"}, "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ({"json": {"preset": "salient"}, "headers": {"Sec-Fetch-Site": "same-site"}}, 403),
        ({"json": {"preset": "salient", "steps": 0}, "headers": {"Origin": "http://127.0.0.1"}}, 422),
        ({"json": {"preset": "salient", "steps": 0}, "headers": {"Sec-Fetch-Site": "same-origin"}}, 422),
    ],
)
def test_what_another_site_sends_changes_nothing(
    web: TestClient, sent: dict[str, Any], status: int, tmp_path: Path
) -> None:
    assert web.post("/a/train", **sent).status_code == status
    assert not (tmp_path / "runs").exists() or not any((tmp_path / "runs").iterdir())


def test_a_shared_server_counts_who_asks(tmp_path: Path) -> None:
    web = client(tmp_path / "runs", replace(SHARED, questions_per_minute=1))
    asked = {"preset": "salient", "overrides": "{}", "count": 1, "size": 16}
    assert web.get("/v/scenes.json", params=asked).status_code == 200
    second = web.get("/v/scenes.json", params=asked)
    assert second.status_code == 429 and second.json()["error"]["sentence"].startswith("questions: this server")


def test_the_catalog_is_written_anew_only_when_something_in_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web, written = client(tmp_path), list[Any]()
    monkeypatch.setattr(
        "explorer.web.view_routes.encode_answer", lambda value: written.append(value) or encode_answer(value)
    )
    first, second = (web.get("/v/catalog.json") for _ in range(2))
    assert first.json() == second.json() and len(written) == 1
    monkeypatch.setattr("explorer.views.catalog.device_name", lambda **_: "another one")
    assert web.get("/v/catalog.json").json() == first.json() | {"device": "another one"} and len(written) == 2


@pytest.mark.slow
def test_of_a_view_without_values_only_the_newest_answers_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training changes the catalog at each step, which visitors may ask for each time."""
    web, devices = client(tmp_path), count()
    monkeypatch.setattr("explorer.views.catalog.device_name", lambda **_: f"device {next(devices)}")

    def ask(times: int) -> int:
        for _ in range(times):
            assert web.get("/v/catalog.json", headers={"Accept-Encoding": "identity"}).status_code == 200
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = ask(5)
        grown, size = ask(20) - before, len(web.get("/v/catalog.json").content)
    finally:
        tracemalloc.stop()
    assert grown < 5 * size, "of twenty answers"


def test_a_fault_of_ours_is_a_sentence_without_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log has the traceback; a test client would raise it."""
    host = client(tmp_path)
    monkeypatch.setattr(Entry, "ask", lambda *_: 1 / 0)
    answer = TestClient(host.app, base_url="http://127.0.0.1", raise_server_exceptions=False).get("/v/runs.json")
    assert answer.status_code == 500 and answer.json()["detail"].startswith("server: could not answer this")
    assert answer.headers["x-content-type-options"] == "nosniff" and "ZeroDivision" not in answer.text
