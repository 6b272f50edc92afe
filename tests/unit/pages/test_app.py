"""The app is launched with what keeps visits private, and its endpoints answer a program in sentences."""

import errno
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from explorer.pages.app import build_app, launch_options
from explorer.pages.server.static_files import PREFIX, SERVED
from explorer.pages.study.evidence_route import LINE, SAMPLE
from explorer.runs import run_lock
from explorer.runs.files import write_json
from explorer.runs.store import RunFolder, RunStore
from explorer.service.service import Service
from explorer.settings import LOCAL
from explorer.views.registry import entries
from explorer.web.engine_files import engine_routes

EARLIER = ["/scenes", "/start_run", "/run_status", "/stop_run", "/report", "/swaps", "/models", "/score", "/study"]
"""Names that programs of the last version call."""


def test_a_visit_is_kept_nowhere_and_no_trace_is_shown(store: RunStore) -> None:
    options = launch_options(Service.of(store, LOCAL))
    assert (options["run_history"], options["show_error"], options["ssr_mode"]) == (False, False, False)
    assert options["max_file_size"] == "64mb" and "share" not in options and "allowed_paths" not in options
    paths = [route.path for route in options["app_kwargs"]["routes"]]
    lesson = ["/lesson", "/lesson/", "/lesson/scenes", "/lesson/budget", "/lesson/run"]
    names = "plan ping state question open find join answer steer fooled keep remove end places"
    classroom = ["/class", "/class/", *(f"/class/{name}" for name in names.split())]
    own = [f"/explorer-assets/{name}" for name in SERVED]
    study = ["/study/{claim}.parquet", "/study/{claim}.svg"]
    engine = [route.path for route in engine_routes(store, PREFIX)]
    pairs = "/explorer-assets/workbench/pairs.json"
    served = {name: each.kind for name, each in entries().items() if not each.is_local}
    views = [f"/v/{name}.json" for name, kind in served.items() if kind == "view"]
    acts = [f"/a/{name}" for name, kind in served.items() if kind == "act"]
    assert paths == [
        *views,
        *acts,
        *own,
        pairs,
        LINE,
        SAMPLE,
        "/explorer-assets/{name}",
        *engine,
        "/runs/{run}.zip",
        *study,
        "/runs/{run}.html",
        *lesson,
        *classroom,
        "/about",
        "/teach",
    ]
    assert all(Path(css).is_file() for css in options["css_paths"])


def test_the_queue_is_bounded(store: RunStore) -> None:
    app = build_app(Service.of(store, LOCAL))
    assert app._queue.max_size == 64
    assert not app.analytics_enabled and app.delete_cache == (3600, 3600)


# --- the endpoints ---


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("app") / "runs"


@pytest.fixture(scope="module")
def client(root: Path) -> Iterator[Client]:
    """A program that talks to the app; no worker trains what it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_RUNS", str(root))
        patch.delenv("HOST", raising=False)
        service = Service.of(RunStore(root), replace(LOCAL, most_steps=1000))
        app = build_app(service)
        options = launch_options(service)
        _, url, _ = app.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", **options)
        client = Client(url, verbose=False)
        yield client
        client.close()
        app.close()


def refusal(client: Client, *values: Any, api_name: str, **named: Any) -> str:
    """The sentence by which an endpoint refuses."""
    with pytest.raises(AppError) as caught:
        client.predict(*values, api_name=api_name, **named)
    return str(caught.value)


@pytest.fixture
def started(client: Client) -> dict[str, Any]:
    answer: dict[str, Any] = client.predict(
        preset="web-like", overrides={"saliency_bias": 0.5}, steps=12, api_name="/start_run"
    )
    return answer


def test_it_publishes_the_endpoints_with_their_arguments_and_no_other(client: Client) -> None:
    found = client.view_api(return_format="dict", print_info=False)
    assert isinstance(found, dict)
    public = [each for each in entries().values() if each.is_public]
    names = [f"/{name}" for each in public for name in (each.was, each.name) if name]
    assert list(found["named_endpoints"]) == names and not found["unnamed_endpoints"]
    assert set(EARLIER) <= set(names)
    arguments = [each["parameter_name"] for each in found["named_endpoints"]["/start_run"]["parameters"]]
    assert arguments == ["preset", "overrides", "init", "tune", "steps", "seed", "owner_key"]


def test_scenes_come_with_their_captions(client: Client) -> None:
    found = client.predict(preset="web-like", overrides={}, count=2, size=32, api_name="/scenes")
    assert len(found) == 2 and all(each["image"].startswith("data:image/png;base64,") for each in found)
    assert all(isinstance(each["caption"], str) for each in found)


def test_models_are_listed_and_one_scores_a_picture(client: Client) -> None:
    assert [each["name"] for each in client.predict("things-bound", api_name="/models")] == ["things-bound"]
    picture = client.predict(preset="web-like", overrides={}, count=1, size=64, api_name="/scenes")[0]
    found = client.predict("things-bound", [picture["image"]], [picture["caption"]], api_name="/score")
    assert -1 <= found["cosine"][0][0] <= 1 and found["margin"] is None
    said = refusal(client, "things-bound", ["/etc/passwd"], ["a"], api_name="/score")
    assert said.startswith("images[0]=/etc/passwd: give a picture as a data URI")


def test_a_run_is_queued_with_a_key(client: Client, started: dict[str, Any], root: Path) -> None:
    assert set(started) == {"run", "owner_key", "place"} and re.fullmatch("[0-9a-f]{32}", started["owner_key"])
    folder = RunFolder(root / started["run"])
    assert folder.spec_record()["data"]["saliency_bias"] == 0.5 and folder.spec_record()["train"]["steps"] == 12
    status = client.predict(started["run"], api_name="/run_status")
    assert (status["status"], status["step"], status["steps"], status["records"]) == ("queued", 0, 12, [])
    assert status["place"] == started["place"] and "owner_key" not in json.dumps(status)


def test_a_status_has_the_records_that_were_not_seen(client: Client, started: dict[str, Any], root: Path) -> None:
    folder = RunFolder(root / started["run"])
    for step in (1, 2, 3):
        folder.append({"step": step, "loss": 5.0 - step})
    assert [each["step"] for each in client.predict(started["run"], 0, api_name="/run_status")["records"]] == [1, 2, 3]
    assert client.predict(started["run"], 2, api_name="/run_status")["records"] == [{"step": 3, "loss": 2.0}]
    assert client.predict(started["run"], 3, api_name="/run_status")["records"] == []


def test_a_full_disk_is_told_to_a_program_too(
    client: Client, started: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere")

    monkeypatch.setattr(run_lock, "_text", no_room)
    said = refusal(client, started["run"], started["owner_key"], api_name="/stop_run")
    assert said == "disk: is full; delete runs to make room, then try again"


def test_only_the_key_stops_a_run(client: Client, started: dict[str, Any]) -> None:
    said = refusal(client, started["run"], "f" * 32, api_name="/stop_run")
    assert said.startswith("owner_key: is not that of run ") and "f" * 32 not in said
    assert client.predict(started["run"], api_name="/run_status")["status"] == "queued"
    assert client.predict(started["run"], started["owner_key"], api_name="/stop_run") == {"status": "stopped"}
    assert "its status is stopped" in refusal(client, started["run"], started["owner_key"], api_name="/stop_run")


def test_a_report_comes_when_there_is_one(client: Client, started: dict[str, Any], root: Path) -> None:
    assert (
        refusal(client, started["run"], api_name="/report")
        == f"run={started['run']}: has no report, its status is queued"
    )
    write_json(RunFolder(root / started["run"]).path / "report.json", {"status": "finished", "metrics": {}})
    answer = client.predict(started["run"], api_name="/report")
    assert answer == {"status": "finished", "metrics": {}, "folder": None, "model": started["run"]}


@pytest.mark.parametrize(
    ("endpoint", "arguments", "words"),
    [
        ("/scenes", {"preset": "nope", "overrides": {}}, "preset=nope: choose binding-friendly"),
        (
            "/scenes",
            {"preset": "web-like", "overrides": {}, "count": 101},
            "count=101: give a whole number from 1 to 100",
        ),
        ("/start_run", {"preset": "web-like", "steps": 1001}, "steps=1001: this server allows at most 1000"),
        ("/start_run", {"preset": "web-like", "init": "/etc/passwd"}, "init=/etc/passwd: choose scratch"),
        ("/start_run", {"preset": "web-like", "owner_key": "mine"}, "owner_key: give the key"),
        ("/start_run", {"preset": "web-like", "overrides": {"color": 1}}, "field=color: unknown"),
        ("/run_status", {"run": "../etc"}, "run=../etc: there is no such run here"),
        ("/run_status", {"run": 7}, "run=7: give text"),
        ("/report", {"run": ""}, "run=: there is no such run here"),
    ],
)
def test_a_refusal_is_one_sentence(endpoint: str, arguments: dict[str, Any], words: str, client: Client) -> None:
    said = refusal(client, api_name=endpoint, **arguments)
    assert said.startswith(words) and "\n" not in said and len(said) < 400


@pytest.mark.parametrize("overrides", ["a", [1], 7])
def test_overrides_that_are_no_object_are_a_sentence(overrides: Any, client: Client) -> None:
    said = refusal(client, api_name="/start_run", preset="web-like", overrides=overrides)
    assert said.startswith("overrides=") and "object" in said


def test_a_refusal_fills_no_log(store: RunStore) -> None:
    endpoint = next(fn for fn in build_app(Service.of(store, LOCAL)).fns.values() if fn.api_name == "report")
    assert endpoint.fn is not None
    with pytest.raises(gr.Error) as caught:
        endpoint.fn("gone")
    assert (caught.value.message, caught.value.print_exception) == ("run=gone: there is no such run here", False)


@pytest.mark.parametrize("name", ["arrive", "start", "moved", "brought", "scored"])
def test_no_listener_of_the_page_is_public(name: str, client: Client) -> None:
    with pytest.raises(ValueError, match="Cannot find a function"):
        client.predict(api_name=f"/{name}")


def test_a_tool_of_mcp_is_answered_in_json_and_a_program_with_the_value(client: Client) -> None:
    """Gradio writes the answer of a tool with str(), and says by a header that it is one."""
    caption = "a red bus and a blue car"
    tool = Client(client.src, verbose=False, headers={"x-gradio-user": "mcp"})
    answer = tool.predict(caption, api_name="/swaps")
    assert isinstance(answer, str) and json.loads(answer) == client.predict(caption, api_name="/swaps")
    assert refusal(tool, "", api_name="/swaps") == "caption: give a sentence, it is empty"
    tool.close()
