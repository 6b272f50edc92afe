"""The host over a network: clients, MCP, the API; as a process on a simulated Space strangers, sockets and the end."""

import inspect
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from contextvars import Context
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from starlette.testclient import TestClient

from explorer.resources import CHECKOUT
from explorer.runs import zero_gpu
from explorer.runs.store import RunStore
from explorer.settings import LOCAL, SHARED
from explorer.views.service import Service
from explorer.web import events
from explorer.web.events import StreamListeners
from explorer.web.gradio_import import LocalContext, gr
from explorer.web.guard import LARGE_BODY_VIEWS
from explorer.web.server import MAX_QUEUE_LENGTH, build_server, main, running_server
from explorer.web.view_routes import api_names
from tests.oracles.hostile_requests import picture, uri
from tests.served import Server, free_port

API = "gradio_api"
AS_A_PROCESS = pytest.mark.slow
"""It takes seconds to start; what does not need that is asked of a host in this process, or of its routes."""
CAPTION = "a red bus and a blue car"
MB = 1_000_000
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a shared host in this process, whose sweep of old rooms does not begin."""
    service = Service(store=RunStore(tmp_path_factory.mktemp("host")), settings=SHARED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("explorer.web.server.start_sweeping", lambda _: None)
        with running_server(service, "127.0.0.1", free_port()) as blocks:
            yield str(blocks.local_url)


@pytest.fixture(scope="module")
def program(host: str) -> Iterator[Client]:
    client = Client(host, verbose=False)
    yield client
    client.close()


def post(url: str, path: str, body: Any, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(f"{url}{API}/{path}", content=content, headers=JSON | headers, timeout=60)


def answers(url: str, name: str, event: str) -> list[tuple[str, Any]]:
    """The events of a question to the end of its stream."""
    text = httpx.get(f"{url}{API}/call/{name}/{event}", timeout=60).text
    events = [dict(line.split(": ", 1) for line in block.splitlines()) for block in text.strip().split("\n\n")]
    return [(each["event"], json.loads(each["data"])) for each in events]


@AS_A_PROCESS
def test_a_space_starts_from_the_checkout_as_gradio_says(space: Server) -> None:
    answer = space.get("/", headers={"Accept": "text/html"})
    assert answer.status_code == 200 and "https://huggingface.co" in answer.headers["content-security-policy"]
    assert httpx.head(space.url).headers["etag"] == answer.headers["etag"]
    assert answer.headers["content-encoding"] in ("br", "gzip")
    assert space.get("/config").json()["mode"] == "server"


@pytest.mark.slow
def test_every_view_and_job_has_its_name_in_the_api(host: str) -> None:
    named = httpx.get(f"{host}{API}/info").json()["named_endpoints"]
    assert {name.removeprefix("/") for name in named} == set(api_names())
    for name, entry in api_names().items():
        assert [each["parameter_name"] for each in named[f"/{name}"]["parameters"]] == list(entry.parameters)
    files = [name for name, each in api_names().items() if _takes_files(each.parameters)]
    assert sorted(LARGE_BODY_VIEWS) == sorted(files)


def _takes_files(parameters: Mapping[str, inspect.Parameter]) -> bool:
    return "content" in parameters or ("images" in parameters and parameters["images"].annotation is not str)


def test_a_program_and_a_tool_of_mcp_ask_by_name(program: Client, host: str) -> None:
    reply = program.predict(caption=CAPTION, api_name="/swaps")
    assert reply["swaps"][0]["caption"] == "a blue bus and a red car"
    with pytest.raises(AppError, match="^caption: give a sentence, it is empty$"):
        program.predict("", api_name="/swaps")
    with pytest.raises(ValueError, match="Cannot find a function"):
        program.predict(api_name="/nothing")
    # Gradio writes the answer of a tool with str(), and says by a header that it is one.
    tool = Client(host, verbose=False, headers={"x-gradio-user": "mcp"})
    answer = tool.predict(CAPTION, api_name="/swaps")
    tool.close()
    assert isinstance(answer, str) and json.loads(answer) == reply


@pytest.mark.slow
def test_a_client_gets_a_view_as_its_address_answers_it(program: Client, host: str) -> None:
    """Gradio makes an answer of a tuple several, and fetches what has a field "path"."""
    asked = [name for name, each in api_names().items() if each.kind == "view" and _asks_nothing(each.parameters)]
    assert {"pairs", "line"} < set(asked)
    for name in asked:
        assert program.predict(api_name=f"/{name}") == httpx.get(f"{host}v/{name}.json").json(), name


def _asks_nothing(parameters: Mapping[str, inspect.Parameter]) -> bool:
    return all(each.default is not inspect.Parameter.empty for each in parameters.values())


@AS_A_PROCESS
def test_a_job_tells_how_far_it_is_and_then_its_answer(space: Server) -> None:
    asked = {"model": "things-bound", "images": [uri(picture())], "captions": ["a red bus", "a blue bus"]}
    told = answers(space.url, "score", post(space.url, "call/v2/score", asked).json()["event_id"])
    kinds = [kind for kind, _ in told]
    assert kinds[-1] == "complete" and set(kinds[:-1]) <= {"generating", "heartbeat"}
    assert len(told[-1][1][0]["cosine"][0]) == 2
    steps = [data[0] for kind, data in told[:-2] if kind == "generating"]
    assert steps and all({"text", "done", "left_s"} <= set(each) for each in steps)


def test_what_is_no_question_is_a_sentence_and_a_short_list_has_its_defaults(host: str) -> None:
    """These; tests/oracles/hostile.json holds all others."""
    large = b'{"fn_index": 0, "data": [' + b"0," * 600_000 + b"0]}"
    for path, body, status, said in (
        ("cancel", {}, 422, "session_hash: field required"),
        ("queue/join", large, 413, "body: it may have at most 50000 values"),
    ):
        answer = post(host, path, body)
        assert answer.status_code == status and answer.json()["detail"] == said, answer.text
    answer = httpx.get(f"{host}{API}/call/scenes/0123")
    assert answer.status_code == 404 and answer.json()["detail"] == "event: 0123 is not known, or it is over"
    told = answers(host, "swaps", post(host, "call/swaps", {"data": [CAPTION]}).json()["event_id"])
    assert told[-1][0] == "complete" and told[-1][1][0]["swaps"]


def test_an_answer_that_depends_on_a_key_is_not_kept(web: TestClient) -> None:
    answer = web.get("/v/runs.json", headers={"X-Owner-Key": "0" * 32})
    assert answer.status_code == 200 and answer.headers["cache-control"] == "private, no-store"
    refused = web.get(f"/v/runs.json?owner_key={'0' * 32}")
    assert refused.status_code == 422 and "0" * 32 not in refused.text


@AS_A_PROCESS
def test_rates_are_counted_by_the_address_behind_the_proxy(space: Server) -> None:
    asked = "/v/scenes.json?preset=web-like&overrides={}&count=1&size=16"
    one = [space.get(asked, headers={"X-Forwarded-For": f"1.2.3.{each}, 8.8.4.4"}) for each in range(24)]
    assert 429 in [each.status_code for each in one]
    assert one[-1].json()["error"]["sentence"].startswith("questions: this server answers 20 a minute")
    assert space.get(asked, headers={"X-Forwarded-For": "8.8.4.5"}).status_code == 200


@AS_A_PROCESS
@pytest.mark.parametrize(
    ("path", "name", "count", "size"),
    [("queue/join", "scenes", 12, 12), ("queue/join", "score", 4, 60), ("call/v2/score", "score", 4, 60)],
)
def test_large_bodies_are_not_kept(space: Server, path: str, name: str, count: int, size: int) -> None:
    """Sent by three at once, with nobody who listens to their answers."""
    number = next(each["id"] for each in space.get("/config").json()["dependencies"] if each["api_name"] == name)
    before, text = space.rss_mb(), "x" * (size * MB)
    data = ["web-like", {"a": text}, 3, 0, 64] if name == "scenes" else ["things-bound", [text], ["a"]]
    asked: dict[str, Any] = {"data": data, "fn_index": number, "session_hash": "s"}
    if "/v2/" in path:
        asked = {"model": "things-bound", "images": [text], "captions": ["a"]}
    content = json.dumps(asked).encode()

    def send(place: int) -> int:
        try:
            return post(space.url, path, content, **{"X-Forwarded-For": f"8.8.5.{place}"}).status_code
        except httpx.HTTPError:
            return 0  # refused by its head, and the connection closed

    most = 0.0
    with ThreadPoolExecutor(3) as threads:
        waiting = [threads.submit(send, place) for place in range(count)]
        while not all(each.done() for each in waiting):
            most = max(most, space.rss_mb())
            time.sleep(0.05)
    assert {each.result() for each in waiting} <= ({200, 503} if name == "score" else {0, 413})
    deadline = time.monotonic() + 40
    while space.rss_mb() > before + 200 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert space.rss_mb() < before + 200, (before, most)
    assert most < before + 500
    assert space.get("/class/ping").status_code == 200


@AS_A_PROCESS
def test_550_silent_sockets_stop_no_answer(space: Server) -> None:
    """And as many whose body does not come; all of them are closed in the end."""
    head = b"POST /a/train HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
    for sent in (b"", head):
        with ExitStack() as open_ones:
            sockets = [open_ones.enter_context(space.connect()) for _ in range(550)]
            for each in sockets:
                each.sendall(sent)
            deadline = time.monotonic() + 8
            while True:
                try:
                    assert space.get("/class/ping", headers={"X-Forwarded-For": "8.8.4.6"}).status_code == 200
                    break
                except httpx.TransportError:
                    assert time.monotonic() < deadline, "no answer"
    assert space.log.stat().st_size < 20_000
    deadline = time.monotonic() + 8
    while len(os.listdir(f"/proc/{space.process.pid}/fd")) > 120:
        assert time.monotonic() < deadline, "sockets stay open"
        time.sleep(0.2)


@AS_A_PROCESS
def test_what_does_not_come_is_not_waited_for(space: Server) -> None:
    """Nothing, half a head, and a head that trickles."""
    start = time.monotonic()
    with ExitStack() as open_ones:
        silent, half, trickling = (open_ones.enter_context(space.connect()) for _ in range(3))
        half.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
        with pytest.raises(OSError):
            while time.monotonic() < start + 9:
                trickling.sendall(b"x")
                time.sleep(0.3)
        for each in (silent, half):
            each.settimeout(10)
            with suppress(ConnectionResetError):
                assert each.recv(1) == b""
    assert 2.5 < time.monotonic() - start < 9


@AS_A_PROCESS
def test_a_server_that_nobody_asks_rests(space: Server) -> None:
    """Gradio's queue would wake a thousand times a second."""

    def num_wakes() -> int:
        threads = Path(f"/proc/{space.process.pid}/task").glob("*/status")
        counts = [re.search(r"^voluntary_ctxt_switches:\s*(\d+)", each.read_text(), re.MULTILINE) for each in threads]
        return sum(int(each[1]) for each in counts if each)

    # The least of three: what is still done for the tests before wakes threads, too.
    counts = [num_wakes()]
    for _ in range(3):
        time.sleep(0.5)
        counts.append(num_wakes())
    assert min(later - earlier for earlier, later in pairwise(counts)) < 150, counts


@AS_A_PROCESS
def test_streams_of_one_address_are_counted(space: Server) -> None:
    head = b"GET /gradio_api/heartbeat/%d HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 8.8.4.7\r\n\r\n"
    with ExitStack() as open_ones:
        statuses = []
        for number in range(SHARED.open_requests + 2):
            connection = open_ones.enter_context(space.connect())
            connection.sendall(head % number)
            statuses.append(connection.recv(12)[9:])
        assert statuses == [b"200"] * SHARED.open_requests + [b"429"] * 2
    deadline = time.monotonic() + 8
    while space.get("/class/ping", headers={"X-Forwarded-For": "8.8.4.7"}).status_code != 200:
        assert time.monotonic() < deadline, "streams that are closed are still counted"
        time.sleep(0.2)


@AS_A_PROCESS
def test_a_port_that_is_taken_is_one_line_and_exit_2(
    space: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOST", "127.0.0.1")
    for port, said in ((str(space.port), f"PORT={space.port}: another program listens there"), ("x", "PORT=x: give")):
        monkeypatch.setenv("PORT", port)
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr().err
        assert ended.value.code == 2 and told.startswith(said) and told.count("\n") == 1


@pytest.mark.slow
def test_a_number_that_gradio_reads_while_it_is_imported_is_one_line_and_exit_2(tmp_path: Path) -> None:
    usual = {name: text for name, text in os.environ.items() if name not in ("HOST", "PORT")}
    faulty = {"GRADIO_SERVER_PORT": "", "GRADIO_NUM_PORTS": "abc", "GRADIO_NODE_NUM_PORTS": "1.5"}
    done = subprocess.run(
        [sys.executable, CHECKOUT / "app.py"],
        env={**usual, **faulty, "EXPLORER_RUNS": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == "GRADIO_NUM_PORTS=abc: give a whole number from 1 to 65535\n" and done.returncode == 2


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("GRADIO_SERVER_PORT", "70000", "GRADIO_SERVER_PORT=70000: give a whole number from 1 to 65535"),
        ("GRADIO_DEBUG", "yes", "GRADIO_DEBUG=yes: give a whole number from 0 to 1"),
        ("EXPLORER_FRAMED_BY", "https://a;script-src *", "EXPLORER_FRAMED_BY=https://a;script-src: give origins"),
        ("EXPLORER_OPEN_LIST", __file__, f"list={__file__}: is no file of open questions"),
        ("EXPLORER_OPEN_FOLDER", __file__, f"EXPLORER_OPEN_FOLDER={__file__}: results cannot be kept there"),
    ],
)
def test_a_setting_that_a_visitor_would_find_out_is_one_line_and_exit_2(
    variable: str,
    value: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, text in {"HOST": "127.0.0.1", "PORT": str(free_port()), "EXPLORER_RUNS": str(tmp_path)}.items():
        monkeypatch.setenv(name, text)
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().err
    assert ended.value.code == 2 and told.startswith(said) and told.count("\n") == 1
    monkeypatch.setenv("EXPLORER_MOST_STEP", "1")
    with pytest.raises(SystemExit):
        main()
    misspelled, rest = capsys.readouterr().err.split("\n", 1)
    assert misspelled.startswith("EXPLORER_MOST_STEP: no setting has this name") and rest == told


@pytest.mark.slow
def test_a_server_starts_behind_a_proxy_and_where_its_page_comes_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gradio asks its own address before it says that it runs."""
    monkeypatch.setattr("gradio.networking.url_ok", lambda _: False)
    monkeypatch.setattr("explorer.web.server.start_sweeping", lambda _: None)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    monkeypatch.setenv("no_proxy", "")
    with running_server(Service(store=RunStore(tmp_path), settings=LOCAL), "127.0.0.1", free_port()) as blocks:
        assert httpx.get(str(blocks.local_url)).status_code == 200
        assert os.environ["no_proxy"].startswith("intranet.example,")


@pytest.mark.slow
def test_a_zero_gpu_space_has_the_same_queue_and_is_registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package `spaces` registers what needs a GPU where `Blocks.launch` is called, which Server mode does too."""
    seen: list[str] = []
    real = gr.Blocks.launch

    def launch(self: gr.Blocks, *given: Any, **named: Any) -> Any:
        seen.append(str(self.mode))
        return real(self, *given, **named)

    monkeypatch.setattr(gr.Blocks, "launch", launch)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(events, "UNHEARD_S", 0.4)
    monkeypatch.setattr(events, "SWEEP_S", 0.1)
    swept: list[object] = []
    monkeypatch.setattr("explorer.web.server.start_sweeping", swept.append)
    service = Service(store=RunStore(tmp_path), settings=LOCAL)
    with running_server(service, "127.0.0.1", free_port()) as blocks:
        assert blocks._queue.max_size == MAX_QUEUE_LENGTH == 64 and seen == ["server"]
        assert swept == [service.rooms], "the lifespan was entered"
        concurrency = {each.api_name: each.concurrency_limit for each in blocks.fns.values()}
        assert all(concurrency[name] == entry.at_once for name, entry in api_names().items())
        asked = httpx.post(f"{blocks.local_url}gradio_api/call/v2/swaps", json={"caption": CAPTION}).json()
        time.sleep(1.5)
        answer = httpx.get(f"{blocks.local_url}gradio_api/call/swaps/{asked['event_id']}")
        assert answer.status_code == 404, "nobody heard it"
        assert answer.json()["detail"].endswith("not known, or it is over")
        monkeypatch.setattr(events, "UNHEARD_S", 30.0)
        asked = httpx.post(f"{blocks.local_url}gradio_api/call/v2/swaps", json={"caption": CAPTION}).json()
        assert "complete" in httpx.get(f"{blocks.local_url}gradio_api/call/swaps/{asked['event_id']}").text
        queue = blocks._queue
        assert queue.events_recorded == 2 and len(queue.event_analytics) == 1
        assert not queue.cached_event_analytics_summary["functions"], "no table of the questions was made"


def test_a_session_is_unheard_after_a_while_without_a_stream() -> None:
    now = [0.0]
    listeners = StreamListeners(lambda: now[0])
    assert listeners.silent_sessions({"a", "b"}) == []
    with listeners.listening("a"):
        now[0] = events.UNHEARD_S
        assert listeners.silent_sessions({"a", "b"}) == ["b"]
    assert listeners.silent_sessions({"a"}) == []
    now[0] *= 2
    assert listeners.silent_sessions({"a"}) == ["a"]


def test_a_visitors_quota_arrives_with_the_act_that_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a ZeroGPU Space a run trains on the quota of the request that started it."""
    visitors: dict[str, Context] = {}
    monkeypatch.setattr(zero_gpu, "_visitors", visitors)
    service = Service(store=RunStore(tmp_path), settings=replace(SHARED, zero_gpu=True))
    with TestClient(build_server(service), base_url="http://127.0.0.1") as web:
        answer = web.post("/a/train", json={"preset": "binding-friendly"}, headers={"x-ip-token": "of the visitor"})
    assert answer.status_code == 200
    (visitor,) = visitors.values()
    request = visitor.run(LocalContext.request.get)
    assert request is not None and request.headers["x-ip-token"] == "of the visitor"


def test_who_uploads_is_told_how_pictures_are_given(tmp_path: Path) -> None:
    with TestClient(
        build_server(Service(store=RunStore(tmp_path), settings=LOCAL)), base_url="http://127.0.0.1"
    ) as web:
        answer = web.post("/gradio_api/upload", content=b"x")
    assert answer.status_code == 404 and "data:image/png;base64" in answer.json()["error"]["sentence"]
