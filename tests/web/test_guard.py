"""The guard refuses by a number and a sentence before a route hears of it, and passes all else through unchanged."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from explorer.errors import NO_VALUE, BusyError, UserError
from explorer.runs import queue
from explorer.runs.queue import check_limits
from explorer.runs.store import RunStore
from explorer.settings import LOCAL, SHARED, Settings
from explorer.spec import RunSpec, TrainSpec
from explorer.web import guard
from explorer.web.guard import COMPUTED_S, MAX_LARGE_BODY, Guard, error_response
from tests.web.conftest import client

FEW = replace(SHARED, requests_per_s=1, questions_per_minute=2, upload_mb_per_hour=120, body_mb_per_minute=3)
JSON = "application/json"
SCORE = "/gradio_api/call/v2/score"


def ask(
    path: str = "/",
    *,
    chunks: tuple[bytes, ...] = (b"",),
    peer: str = "9.9.9.9",
    method: str = "POST",
    content_type: str = JSON,
    settings: Settings = FEW,
    computed_s: float = 0.0,
    query: bytes = b"",
    answer_bytes: int = 0,
    **headers: str,
) -> tuple[int, str]:
    """Return status and text of one request; the app behind the guard answers 200 with the size of the body."""
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": each, "more_body": True} for each in chunks]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope[COMPUTED_S] = computed_s
        size = sum([len((await receive())["body"]) for _ in chunks])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(size).encode() + bytes(answer_bytes)})

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    named = {"content_type": content_type} | headers
    names = [(name.lower().replace("_", "-").encode(), value.encode()) for name, value in named.items()]
    scope: dict[str, Any] = {"type": "http", "path": path, "query_string": query, "headers": names, "client": (peer, 1)}
    scope |= {"method": method}
    guarded = Guard(app, settings=settings, missing=lambda _: PlainTextResponse("", 404))
    asyncio.run(guarded(scope, receive, send))
    text = b"".join(each.get("body", b"") for each in sent[1:]).decode()
    said = re.search(r'"detail":"([^"]*)"', text)
    return sent[0]["status"], said[1] if said else text


def test_the_status_says_if_the_same_may_be_sent_again() -> None:
    status = {error: error_response(error("room", NO_VALUE, "why")).status_code for error in (BusyError, UserError)}
    assert status == {BusyError: 429, UserError: 422}


def test_an_address_that_asks_too_often_waits_and_no_other_does() -> None:
    assert ask(chunks=(b"ab", b"cde")) == (200, "5"), "with its body"
    assert [ask()[0] for _ in range(11)] == [200] * 9 + [429] * 2
    assert ask()[1] == "requests: this server answers 1 a second from one address; wait 1 s"
    assert ask(peer="8.8.8.8")[0] == 200
    assert ask(settings=LOCAL)[0] == 200, "on one's own computer nothing is counted"


def test_what_is_not_there_or_too_large_counts_as_a_request_too() -> None:
    """Its refusal is an answer, and for a person a page."""
    for peer, path, headers in (("1.1.1.1", "/nothing", {}), ("1.1.1.2", "/v/runs.json", {"content_length": "x"})):
        asked = [ask(path, method="GET", peer=peer, **headers)[0] for _ in range(12)]
        assert asked[0] in (404, 413) and asked == asked[:1] * 10 + [429] * 2


@pytest.mark.slow
def test_thirty_pupils_behind_one_router_may_open_any_page_at_once() -> None:
    """The largest page asks for a hundred and twenty files, and then for views of its own."""
    files = [ask("/page/digest/page/app.js", method="GET", settings=SHARED)[0] for _ in range(30 * 120)]
    views = [ask(method="GET", settings=SHARED)[0] for _ in range(30 * 5)]
    assert set(files) == set(views) == {200}


def test_an_answer_that_computes_long_counts_as_several_requests() -> None:
    hundred = replace(FEW, requests_per_s=100, questions_per_minute=1000)
    assert [ask(settings=hundred, computed_s=3600)[0] for _ in range(12)] == [200] * 10 + [429] * 2, "as 101 at most"
    assert [ask(settings=hundred, peer="8.8.8.8", computed_s=0.5)[0] for _ in range(11)][-1] == 429
    answered = [ask(settings=hundred, peer="7.7.7.7", computed_s=0.02)[0] for _ in range(300)].count(200)
    assert 200 <= answered < 300, "five each, of a thousand and what comes meanwhile"
    assert ask(settings=LOCAL, computed_s=3600)[0] == ask(settings=LOCAL)[0] == 200


def test_a_large_answer_counts_by_its_bytes() -> None:
    assert [ask("/page/0/plotly.min.js", method="GET", answer_bytes=10_000_000)[0] for _ in range(3)] == [200, 200, 429]
    assert [ask(method="GET", peer="8.8.8.8", answer_bytes=10_000)[0] for _ in range(9)] == [200] * 9


def test_behind_a_proxy_the_address_is_the_last_public_one() -> None:
    behind = replace(FEW, forwarded=True)
    one = [ask(settings=behind, x_forwarded_for=f"1.2.3.{number}, 9.9.9.9, 10.0.0.1")[0] for number in range(12)]
    assert one.count(429) == 2, "what a client writes before it counts for nothing"
    assert ask(settings=behind, x_forwarded_for="9.9.9.8")[0] == 200
    two = [ask(settings=behind, X_Forwarded_For=f"1.2.3.{number}", x_forwarded_for="9.9.9.9")[0] for number in range(2)]
    assert two == [429] * 2, "a proxy may write a line of its own behind the client's"
    assert ask(peer="5.5.5.5", x_forwarded_for="9.9.9.9")[0] == 200, "where no proxy writes it, it says nothing"


def test_a_name_that_another_site_led_to_this_computer_gets_nothing() -> None:
    for host in ("evil.example:7860", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::1"):
        for path in ("/", "/a/delete", "/bring", SCORE):
            status, said = ask(path, settings=LOCAL, host=host)
            assert status == 403 and said.startswith("host: ask localhost"), "its page would be of the same origin"
        assert ask(settings=FEW, peer=host, host=host)[0] == 200, "a public server has any name"
        assert ask(settings=replace(LOCAL, forwarded=True), host=host)[0] == 200, "and so has a proxy of one's own"
    for host in ("localhost:7860", "a.localhost", "127.0.0.1", "127.0.0.1:7860", "[::1]:7860"):
        assert ask(settings=LOCAL, host=host)[0] == 200


def test_what_is_packed_is_counted_by_the_minute() -> None:
    assert [ask(f"/runs/a-run.{kind}", method="GET")[0] for kind in ("zip", "html", "zip")] == [200, 200, 429]


def test_large_bodies_count_by_their_size() -> None:
    assert ask(SCORE, content_length="65000000")[0] == 200
    said = "uploads: this server takes 120 MB an hour from one address; wait 300 s"
    assert ask(SCORE, content_length="65000000") == (429, said)
    assert ask(SCORE, peer="8.8.8.8", transfer_encoding="chunked")[0] == 200
    assert ask(SCORE, peer="8.8.8.8", content_length="60000000")[0] == 429


def test_the_last_of_the_disk_is_left_to_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MIN_FREE_BYTES", 2**62)
    for path in ("/bring", "/runs/a-run.zip"):
        assert ask(path) == (507, "disk: this server has no room left for files; try later")
    assert ask("/config")[0] == 200


def test_runs_leave_the_models_of_a_class_their_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = 600_000_000
    for module in (guard, queue):
        monkeypatch.setattr(module, "free_bytes", lambda _: free)
    with pytest.raises(BusyError, match="no room left for runs"):
        check_limits(RunStore(tmp_path), RunSpec(train=TrainSpec(steps=60)), None, SHARED)
    assert ask("/class/model")[0] == 200


def test_a_body_is_refused_by_its_length() -> None:
    for length in (str(MAX_LARGE_BODY + 1), "-1", "9" * 40, "x", "1, 2", ""):
        assert ask(SCORE, content_length=length, settings=SHARED)[0] == 413
    for path in ("/", "/a/train", "/gradio_api/heartbeat/a", "/gradio_api/queue/data"):
        assert ask(path, content_length="1000001", settings=SHARED) == (413, "body: at most 1 MB")
    assert ask(chunks=(bytes(600_000), bytes(600_000)), settings=SHARED) == (413, "body: at most 1 MB"), (
        "of a length that is not said"
    )


def test_a_body_has_so_many_values_and_no_more_and_texts_as_long_as_it() -> None:
    for fine in (
        b"",
        b"{",
        b"[1" + b",1" * 49_000 + b"]",
        b'["' + b",[{" * 300_000 + b'"]',
        b'{"a": "' + b'\\"[,' * 60_000 + b'"}',
    ):
        guard.check_parts(fine)
    for many in (b"[" + b"[]," * 30_000, b'["a",' + b'"",' * 60_000, b"[" * 50_001, b'"' * 999_999 + b"," * 50_001):
        with pytest.raises(UserError, match="^body: it may have at most 50000 values$"):
            guard.check_parts(many)


def test_bytes_of_all_bodies_are_counted_by_the_minute() -> None:
    few = [ask("/gradio_api/queue/join", content_length="900000", peer="7.7.7.7") for _ in range(4)]
    assert few[-1] == (429, "bodies: this server takes 3 MB a minute from one address; wait 12 s")


def test_a_head_and_an_address_have_so_many_parts_and_no_more() -> None:
    for count, status in ((90, 200), (100, 431)):
        assert ask(settings=LOCAL, **{f"x_{number}": "1" for number in range(count)})[0] == status
    long = {f"x_{number}": "1" for number in range(10_000)}
    assert [ask(peer="8.8.8.8", **long)[0] for _ in range(3)] == [431, 429, 429], "it counts by its lines"
    for count, status in ((199, 200), (200, 414)):
        assert ask(method="GET", query=b"a&" * count, settings=LOCAL)[0] == status


def test_a_body_that_another_sites_form_could_send_is_refused() -> None:
    for path in ("/a/train", "/gradio_api/call/train", "/gradio_api/queue/join", "/gradio_api/mcp/"):
        for kind in ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            assert ask(path, content_type=kind, settings=LOCAL)[0] == 415


ELSEWHERE = ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec_fetch_site": "cross-site"},
             {"sec_fetch_site": "same-site", "origin": "http://127.0.0.1"})  # fmt: skip
ACTS = ("/a/train", "/a/join", "/bring", "/class/model", "/gradio_api/mcp/", "/gradio_api/mcp/http")


def test_an_act_is_asked_by_a_page_of_this_server_or_a_program() -> None:
    for path in ACTS:
        for headers in ELSEWHERE:
            asked = ask(path, settings=LOCAL, host="127.0.0.1", **headers)
            assert asked == (403, "origin: only a page of this server may do that"), (path, headers)
        for headers in ({}, {"sec_fetch_site": "same-origin"}, {"origin": "http://127.0.0.1"}):
            assert ask(path, settings=LOCAL, host="127.0.0.1", **headers)[0] == 200
    assert ask("/v/runs.json", method="GET", settings=LOCAL, host="127.0.0.1", **ELSEWHERE[0])[0] == 200


def test_a_body_has_one_length() -> None:
    both = {"content_length": "2", "transfer_encoding": "chunked"}
    assert ask("/a/train", **both) == (400, "body: state its length or send it in chunks, not both")


def test_a_large_answer_goes_out_in_pieces() -> None:
    """The transport holds what it was given: of an answer that nobody reads a piece, not a copy."""
    content, sent = bytes(range(256)) * 1000, []

    async def send(message: Any) -> None:
        sent.append(message)

    async def whole(size: int) -> list[Any]:
        sent.clear()
        await guard._send_in_pieces({"type": "http.response.body", "body": content[:size]}, send)
        return list(sent)

    for size in (0, 1, guard.PIECE_BYTES, guard.PIECE_BYTES + 1, len(content)):
        pieces = asyncio.run(whole(size))
        assert b"".join(each["body"] for each in pieces) == content[:size]
        assert max(len(each["body"]) for each in pieces) <= guard.PIECE_BYTES
        assert [each.get("more_body", False) for each in pieces] == [True] * (len(pieces) - 1) + [False]


CLOSED = """
    monitoring monitoring/summary theme.css robots.txt manifest.json login token user app_id file=/etc/passwd static/x
    file/etc/passwd proxy=http://a assets/x upload upload_progress deep_link run/predict api/scenes reset docs redoc
    component_server process_recording custom_component/x/client/y/z stream/a/b/c/playlist.m3u8 vibe-code/ dev/reload
    run-history/buckets profiling/traces openapi.json/
"""


def test_of_gradios_routes_only_those_on_the_list_are_there() -> None:
    """Each is asked as tests/oracles/hostile.json asks it too, of a server that runs."""
    for path in CLOSED.split():
        for prefix in ("/", "/gradio_api/", "//gradio_api/"):
            status, said = ask(prefix + path, method="GET", settings=LOCAL)
            assert status == 404 and re.match(r"address: (there is nothing|nothing is uploaded) here", said)


async def statuses_of(settings: Settings, *asked: tuple[str, str, str]) -> list[int]:
    """The statuses of what is refused, of peers that ask by a method for a path; all else is held."""
    statuses: list[int] = []

    async def held(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        statuses.append(message.get("status", 0))

    guarded = Guard(held, settings=settings, missing=lambda _: PlainTextResponse(""))
    waiting = []
    for peer, method, path in asked:
        scope = {"type": "http", "path": path, "headers": [(b"content-type", JSON.encode())], "client": (peer, 1)}
        waiting.append(asyncio.create_task(guarded(scope | {"method": method}, None, send)))  # type: ignore[arg-type, func-returns-value, var-annotated]
        await asyncio.sleep(0)
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert not guarded._under_way
    return [each for each in statuses if each]


def test_requests_under_way_are_counted_by_address() -> None:
    asked = [(peer, "GET", "/") for peer in ("7.7.7.7", "7.7.7.7", "7.7.7.7", "8.8.8.8")]
    assert asyncio.run(statuses_of(replace(SHARED, open_requests=2), *asked)) == [429]


def test_tools_leave_threads_to_all_others() -> None:
    """On one's own computer too; what a tool asks itself is no tool."""
    tools = [(f"7.7.7.{number}", "POST", f"/gradio_api/mcp{('', '/', '/http')[number % 3]}") for number in range(18)]
    others = [("7.7.7.1", "GET", "/gradio_api/mcp/"), ("7.7.7.1", "POST", "/gradio_api/queue/join")]
    for settings in (LOCAL, SHARED):
        assert asyncio.run(statuses_of(settings, *tools, *others)) == [503, 503]


def policy(root: Path, settings: Settings = LOCAL, path: str = "/") -> dict[str, str]:
    """The directives of a page."""
    header = client(root, settings).get(path, headers={"accept": "text/html"}).headers["content-security-policy"]
    return dict(each.strip().split(" ", 1) for each in header.split(";"))


def test_a_page_runs_no_script_but_its_own_files(tmp_path: Path) -> None:
    for path in ("/", "/lesson", "/nothing"):
        content_policy = policy(tmp_path, path=path)
        # WebAssembly may be compiled: it computes a training, and reaches nothing but what a script hands it.
        assert content_policy["script-src"] == "'self' 'wasm-unsafe-eval'"
        assert content_policy["default-src"] == content_policy["base-uri"] == "'none'"
        assert content_policy["frame-ancestors"] == content_policy["connect-src"] == "'self'"
        answer = client(tmp_path).get(path, headers={"accept": "text/html"})
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", answer.text) == []
        assert not re.search(r"<[^>]*\son\w+=", answer.text)


def test_a_space_is_framed_by_the_hub_and_others_if_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = replace(LOCAL, framed_by="https://school.example http://*.lms.example:8080")
    assert policy(tmp_path, named)["frame-ancestors"].split() == ["'self'", *named.framed_by.split()]
    for text in ("*", "school", "https://a;script-src", "javascript:x", "'unsafe-inline'"):
        with pytest.raises(UserError, match="EXPLORER_FRAMED_BY=.*: give origins such as"):
            ask(settings=replace(LOCAL, framed_by=text))
    monkeypatch.setenv("SPACE_ID", "a/b")
    content_policy = policy(tmp_path)
    assert content_policy["frame-ancestors"] == content_policy["connect-src"] == "'self' https://huggingface.co"
