"""The guard refuses by a number and a sentence before the app hears of it, and passes all else through unchanged."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from explorer.pages.server import request_guard
from explorer.pages.server.request_guard import RequestGuard
from explorer.pages.server.routes import MAX_UPLOAD_BYTES
from explorer.service.rate_limit import RATES
from explorer.settings import SHARED

FEW = replace(SHARED, requests_per_s=1, questions_per_minute=2, upload_mb_per_hour=120, body_mb_per_minute=3)


@pytest.fixture(autouse=True)
def anew() -> None:
    RATES.forget()


def ask(
    path: str = "/", *, chunks: tuple[bytes, ...] = (b"",), peer: str = "9.9.9.9", **headers: str
) -> tuple[int, str]:
    """Return status and text of one request; the app behind the guard answers 200 with the size of the body."""
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": each, "more_body": True} for each in chunks]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        size = sum([len((await receive())["body"]) for _ in chunks])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(size).encode()})

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    names = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "path": path, "headers": names, "client": (peer, 1), "method": "POST"}
    asyncio.run(RequestGuard(app, settings=FEW)(scope, receive, send))
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:]).decode()


def test_a_request_passes_with_its_body() -> None:
    assert ask(chunks=(b"ab", b"cde")) == (200, "5")


def test_an_address_that_asks_too_often_waits_and_no_other_does() -> None:
    assert [ask()[0] for _ in range(12)] == [200] * 10 + [429] * 2
    assert ask()[1] == "requests: this server answers 1 a second from one address; wait 1 s."
    assert ask(peer="8.8.8.8")[0] == 200


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/runs/a-run.zip"])
def test_what_costs_a_disk_is_counted_by_the_minute(path: str) -> None:
    assert [ask(path, content_length="9")[0] for _ in range(3)] == [200, 200, 429]


def test_uploads_are_counted_by_their_size_and_one_that_does_not_say_it_as_the_largest() -> None:
    assert ask("/gradio_api/upload", content_length="90000000")[0] == 200
    assert ask("/upload/", content_length="90000000") == (
        429,
        "uploads: this server takes 120 MB an hour from one address; wait 1800 s.",
    )
    assert ask("/gradio_api/upload", peer="8.8.8.8", transfer_encoding="chunked")[0] == 200
    assert ask("/gradio_api/upload", peer="8.8.8.8", content_length="40000000")[0] == 429


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/runs/a-run.zip"])
def test_the_last_of_the_disk_is_left_to_the_runs(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_guard, "LEAST_ROOM", 2**62)
    assert ask(path) == (507, "disk: this server has no room left for files; try later.")
    assert ask("/config")[0] == 200


@pytest.mark.parametrize("length", [str(MAX_UPLOAD_BYTES + 1), "-1", "9" * 40, "x"])
def test_a_body_is_refused_by_its_length(length: str) -> None:
    assert ask("/gradio_api/upload", content_length=length)[0] == 413


@pytest.mark.parametrize("path", ["/", "/teach", "/gradio_api/heartbeat/a", "/gradio_api/queue/data"])
def test_a_body_to_any_other_route_is_small(path: str) -> None:
    assert ask(path, content_length="1000001") == (413, "body: at most 1 MB.")


def test_bytes_of_all_bodies_are_counted_by_the_minute() -> None:
    few = [ask("/gradio_api/queue/join", content_length="900000", peer="7.7.7.7") for _ in range(4)]
    assert few[-1] == (429, "bodies: this server takes 3 MB a minute from one address; wait 12 s.")


def test_a_body_that_does_not_say_its_length_is_counted() -> None:
    assert ask(chunks=(bytes(600_000), bytes(600_000))) == (413, "body: at most 1 MB.")


@pytest.mark.parametrize("path", ["/gradio_api/deep_link", "/monitoring/summary", "//gradio_api/proxy=http://a"])
def test_what_is_closed_is_not_found(path: str) -> None:
    assert ask(path)[0] == 404
