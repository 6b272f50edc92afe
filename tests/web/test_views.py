"""Views and acts over HTTP: what is kept, who may change something, and refusals as a status and a sentence."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.runs.store import RunStore
from explorer.settings import LOCAL, SHARED, Settings
from explorer.views.rate_limit import RATES
from explorer.views.service import Service
from explorer.web.view_routes import KEY_HEADER, view_routes

KEY = "0123456789abcdef" * 2
CAPTION = {"caption": "a red bus and a blue car"}


def client(root: Path, settings: Settings = LOCAL) -> TestClient:
    service = Service.of(RunStore(root), settings)
    return TestClient(Starlette(routes=view_routes(service)), base_url="http://127.0.0.1")


@pytest.fixture
def web(tmp_path: Path) -> TestClient:
    return client(tmp_path / "runs")


def test_a_view_is_kept_by_its_tag(web: TestClient) -> None:
    first = web.get("/v/swaps.json", params=CAPTION)
    assert first.status_code == 200 and first.json()["swaps"][0]["caption"] == "a blue bus and a red car"
    assert first.headers["cache-control"] == "no-cache" and first.headers["content-type"] == "application/json"
    again = web.get("/v/swaps.json", params=CAPTION, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert web.head("/v/swaps.json", params=CAPTION).status_code == 200


def test_lists_are_repeated_and_objects_are_json(web: TestClient) -> None:
    overrides = json.dumps({"steps": 90})
    found = web.get("/v/plan.json", params={"preset": "salient", "overrides": overrides}).json()
    assert found["spec"]["train"]["steps"] == 90
    assert web.get("/v/plan.json", params={"preset": "salient", "overrides": "{"}).status_code == 422
    two = web.get("/v/compare.json", params=[("names", "a"), ("names", "b")])
    assert two.json()["error"] == {"field": "run", "sentence": "run=a: there is no such run here"}


@pytest.mark.parametrize(
    ("address", "status", "field"),
    [
        ("/v/swaps.json", 422, "caption"),
        ("/v/swaps.json?caption=a+bus&color=1", 422, "color"),
        ("/v/inspect.json?name=things-web&form=odd", 422, "form"),
        ("/v/run_status.json?run=x&since_step=many", 422, "since_step"),
        (f"/v/runs.json?owner_key={KEY}", 422, "owner_key"),
        ("/v/nothing.json", 404, ""),
        ("/v/measure.json?path=/etc/passwd", 404, ""),
        ("/v/train.json?preset=salient", 404, ""),
        ("/a/train", 405, ""),
    ],
)
def test_a_bad_address_is_a_status_and_a_field(web: TestClient, address: str, status: int, field: str) -> None:
    answer = web.get(address)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["error"]["field"] == field and answer.headers["cache-control"] == "private, no-store"
        assert KEY not in answer.text


def test_a_run_is_started_and_stopped_with_its_key_in_a_header(web: TestClient) -> None:
    started = web.post("/a/train", json={"preset": "salient", "steps": 12}, headers={KEY_HEADER: KEY})
    run = started.json()["run"]
    assert started.json()["owner_key"] == KEY and started.headers["cache-control"] == "private, no-store"
    found = web.get("/v/run.json", params={"name": run}, headers={KEY_HEADER: KEY})
    assert found.json()["run"]["is_own"] and found.headers["cache-control"] == "private, no-store"
    assert not web.get("/v/run.json", params={"name": run}).json()["run"]["is_own"]
    wrong = web.post("/a/stop", json={"run": run}, headers={KEY_HEADER: "f" * 32})
    assert wrong.status_code == 422 and "is not that of run" in wrong.json()["error"]["sentence"]
    assert web.post("/a/stop", json={"run": run, "owner_key": KEY}).status_code == 422
    assert web.post("/a/stop", json={"run": run}, headers={KEY_HEADER: KEY}).json() == {"status": "stopped"}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"content": b"preset=salient", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 415),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 415),
        ({"json": ["salient"]}, 415),
        ({"json": {"preset": "salient", "pad": "x" * 2_000_000}}, 415),
        ({"json": {"preset": "salient"}, "headers": {"Origin": "https://example.com"}}, 403),
        ({"json": {"preset": "salient"}, "headers": {"Origin": "null"}}, 403),
        ({"json": {"preset": "salient"}, "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ({"json": {"preset": "salient"}, "headers": {"Sec-Fetch-Site": "same-site"}}, 403),
        ({"json": {"preset": "salient", "steps": 0}, "headers": {"Origin": "http://127.0.0.1"}}, 422),
        ({"json": {"preset": "salient", "steps": 0}, "headers": {"Sec-Fetch-Site": "same-origin"}}, 422),
    ],
)
def test_what_another_site_or_a_form_sends_changes_nothing(
    web: TestClient, sent: dict[str, Any], status: int, tmp_path: Path
) -> None:
    assert web.post("/a/train", **sent).status_code == status
    assert not (tmp_path / "runs").exists() or not any((tmp_path / "runs").iterdir())


def test_a_shared_server_counts_who_asks(tmp_path: Path) -> None:
    RATES.forget()
    web = client(tmp_path / "runs", replace(SHARED, questions_per_minute=1))
    asked = {"preset": "salient", "overrides": "{}", "count": 1, "size": 16}
    assert web.get("/v/scenes.json", params=asked).status_code == 200
    second = web.get("/v/scenes.json", params=asked)
    assert second.status_code == 429 and second.json()["error"]["sentence"].startswith("questions: this server")
    RATES.forget()


def test_a_large_answer_is_compressed(web: TestClient) -> None:
    answer = web.get("/v/catalog.json", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip" and answer.headers["vary"] == "Accept-Encoding"
    assert answer.json()["presets"]
    tag = answer.headers["etag"]
    assert web.get("/v/catalog.json", headers={"Accept-Encoding": "gzip", "If-None-Match": tag}).status_code == 304
