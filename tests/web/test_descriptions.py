"""Gradio's descriptions of the API are made once for an address of the server, which nobody may make up."""

import asyncio
from dataclasses import replace
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse

from explorer.settings import SHARED
from explorer.web.descriptions import MAX_KEPT, DescriptionMiddleware
from explorer.web.guard import COMPUTED_S, NO_STORE

BEHIND_A_PROXY = replace(SHARED, forwarded=True)


class Gradio:
    """An app that counts what it is asked, and answers with the headers and the query that it sees."""

    def __init__(self, status: int = 200) -> None:
        self.asked, self.status = 0, status

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        request = Request(scope)
        seen = {"headers": dict(request.headers), "query": request.url.query, "asked": self.asked}
        await JSONResponse(seen, self.status)(scope, receive, send)


def ask(described: DescriptionMiddleware, path: str = "/config", query: str = "", **headers: str) -> dict[str, Any]:
    """Return status, headers and text of an answer, and the seconds that it is charged for."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    names = {name.replace("_", "-"): value for name, value in ({"host": "a"} | headers).items()}
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode()}
    scope |= {"headers": Headers(names).raw}
    asyncio.run(described(scope, None, send))  # type: ignore[arg-type]
    start, body = sent
    return {"status": start["status"], "headers": Headers(raw=start["headers"]), "text": body["body"].decode(),
            "charged": scope.get(COMPUTED_S)}  # fmt: skip


def test_an_answer_is_made_once_and_no_cache_keeps_it() -> None:
    gradio = Gradio()
    described = DescriptionMiddleware(gradio, settings=SHARED)
    for path in ("/config", "/gradio_api/info", "/gradio_api/openapi.json"):
        answers = [ask(described, path, query=f"x={number}") for number in range(5)]
        assert len({each["text"] for each in answers}) == 1 and answers[0]["headers"]["cache-control"] == NO_STORE
        assert answers[0]["charged"] and [each["charged"] for each in answers[1:]] == [None] * 4
    assert gradio.asked == 3
    assert ask(described, "/gradio_api/info", "all_endpoints=1")["text"] != ask(described, "/gradio_api/info")["text"]
    assert ask(described, "/v/runs.json")["text"] != ask(described, "/v/runs.json")["text"], "all else passes"


def test_a_made_up_address_of_the_server_is_told_to_nobody() -> None:
    made_up = {"x_forwarded_host": "evil.example", "x_gradio_server": "http://evil.example"}
    for settings, named in ((SHARED, False), (BEHIND_A_PROXY, True)):
        described = DescriptionMiddleware(Gradio(), settings=settings)
        answered = ask(described, **made_up)["text"]
        assert ("evil.example" in answered) is named and "x-gradio-server" not in answered
        assert "evil.example" not in ask(described)["text"]


def test_what_is_kept_has_an_end_and_an_error_is_not_kept() -> None:
    gradio = Gradio()
    described = DescriptionMiddleware(gradio, settings=SHARED)
    for number in range(2 * MAX_KEPT):
        assert ask(described, host=f"host-{number}")["charged"]
    assert len(described._kept) == MAX_KEPT
    failing = DescriptionMiddleware(Gradio(503), settings=SHARED)
    assert [ask(failing)["text"] for _ in range(2)][0] != ask(failing)["text"]
