"""Questions for Gradio's queue are checked before they wait: whose page asks for an act, and how many of one wait."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from explorer.settings import LOCAL, SHARED, Settings
from explorer.web import events
from explorer.web.events import QuestionMiddleware
from explorer.web.guard import Guard
from explorer.web.view_routes import api_names

FUNCTIONS = dict(enumerate(api_names()))
"""By number, as Gradio has them."""
MOST_WAITING = 12


class WaitingQueue(SimpleNamespace):
    """What is used of Gradio's queue: its questions with their scopes, and how many wait of at most so many."""

    event_ids_to_events: dict[str, Any]
    max_size: int

    def __len__(self) -> int:
        return len(self.event_ids_to_events)


def ask(
    path: str, body: Any, *, settings: Settings = LOCAL, waiting: tuple[str, ...] = (), peer: str = "9.9.9.9",
    **headers: str,
) -> tuple[int, str]:  # fmt: skip
    """Status and text of a question; 200 is of the app behind. `waiting` are the addresses whose questions wait."""
    sent: list[dict[str, Any]] = []
    passed: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        passed.append(scope)
        await PlainTextResponse("passed")(scope, receive, send)

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

    names = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}

    async def asked() -> None:
        questions = QuestionMiddleware(app, settings=settings)
        guarded = Guard(questions, settings=settings, missing=lambda _: PlainTextResponse("", 404))
        scope = {"type": "http", "method": "POST", "path": f"/gradio_api/{path}", "headers": Headers(names).raw}
        events: dict[str, Any] = {}
        blocks = SimpleNamespace(
            fns={number: SimpleNamespace(api_name=name) for number, name in FUNCTIONS.items()},
            _queue=WaitingQueue(event_ids_to_events=events, max_size=MOST_WAITING),
        )
        for number, address in enumerate(("", *waiting)):  # an event has the scope that was passed on for it
            if address:
                await guarded(
                    scope | {"client": (address, 1), "app": SimpleNamespace(get_blocks=lambda: blocks)}, receive, send
                )
                events[str(number)] = SimpleNamespace(request=SimpleNamespace(scope=passed[-1]))
        sent.clear()
        await guarded(scope | {"client": (peer, 1), "app": SimpleNamespace(get_blocks=lambda: blocks)}, receive, send)
        if questions._sweeping:
            questions._sweeping.cancel()

    asyncio.run(asked())
    text = sent[1]["body"].decode()
    return sent[0]["status"], text if sent[0]["status"] == 200 else json.loads(text)["detail"]


@pytest.mark.parametrize("route", ["call/v2/{}", "call/{}", "queue/join"])
@pytest.mark.parametrize(("name", "status"), [("delete", 403), ("train", 403), ("swaps", 200), ("run_status", 200)])
def test_an_act_is_refused_to_a_page_from_elsewhere_whichever_route_names_it(
    route: str, name: str, status: int
) -> None:
    """What only reads is for everybody."""
    number = list(FUNCTIONS.values()).index(name)
    body = {"data": ["", ""], "fn_index": number}
    if "v2" in route:
        body = {"swaps": {"caption": ""}, "run_status": {"run": "x"}, "delete": {"run": "x", "owner_key": ""}}.get(
            name, {"preset": "x"}
        )
    path = route.format(name)
    for headers in ({"sec_fetch_site": "cross-site"}, {"origin": "https://evil.example", "host": "127.0.0.1"}):
        answered, said = ask(path, body, **headers)
        assert answered == status and (status == 200) == (said == "passed"), said
    assert ask(path, body, sec_fetch_site="same-origin", host="127.0.0.1")[0] == 200
    assert ask(path, body)[0] == 200, "a program"


@pytest.mark.parametrize("path", ["mcp", "mcp/", "mcp/http"])
def test_what_no_parser_can_read_is_one_sentence_to_mcp_too(path: str) -> None:
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    for settings in (LOCAL, SHARED):
        assert ask(path, deep, settings=settings) == (400, "body: give JSON, nested at most 100 times")
        assert ask(path, {"jsonrpc": "2.0", "method": "tools/list", "id": 1}, settings=settings)[1] == "passed"


@pytest.mark.parametrize("path", ["mcp/", "call/swaps", "call/v2/swaps", "queue/join"])
def test_a_million_values_are_refused_by_whichever_route(path: str) -> None:
    many = {"data": [[]] * 60_000, "caption": [[]] * 60_000, "fn_index": 0}
    assert ask(path, many, settings=SHARED) == (413, "body: it may have at most 50000 values")


def test_one_address_leaves_room_in_the_queue() -> None:
    swaps: tuple[str, Any] = ("call/v2/swaps", {"caption": ""})
    most = SHARED.waiting_questions
    assert ask(*swaps, settings=SHARED, waiting=("9.9.9.9",) * (most - 1) + ("8.8.8.8",))[0] == 200
    status, said = ask(*swaps, settings=SHARED, waiting=("9.9.9.9",) * most)
    assert status == 429 and f"questions: at most {most} wait or are answered at once from one address" in said
    assert ask(*swaps, settings=SHARED, waiting=("9.9.9.9",) * most, peer="8.8.8.8")[0] == 200
    assert ask(*swaps, settings=LOCAL, waiting=("9.9.9.9",) * most)[0] == 200, "one's own computer has no strangers"


def test_a_full_queue_is_refused_in_a_sentence() -> None:
    swaps: tuple[str, Any] = ("call/v2/swaps", {"caption": ""})
    strangers = tuple(f"9.9.9.{number}" for number in range(MOST_WAITING))
    assert ask(*swaps, settings=SHARED, waiting=strangers[1:])[0] == 200
    assert ask(*swaps, settings=SHARED, waiting=strangers)[0] == 503
    assert answers_to_heads(MOST_WAITING + 2, LOCAL) == [503] * 2 + [200] * MOST_WAITING


def test_heads_that_come_before_their_bodies_have_their_places() -> None:
    """One address sent many heads, and then all bodies at once."""
    most = SHARED.waiting_questions
    assert answers_to_heads(most + 3, SHARED) == [429] * 3 + [200] * most


def answers_to_heads(count: int, settings: Settings) -> list[int]:
    """Statuses of questions of one address, in their order: all heads come before the first body."""
    answered = list[int]()

    async def asked() -> None:
        bodies = asyncio.Event()

        async def receive() -> Any:
            await bodies.wait()
            return {"type": "http.request", "body": b'{"caption": ""}', "more_body": False}

        async def send(message: Any) -> None:
            if "status" in message:
                answered.append(message["status"])

        questions = QuestionMiddleware(PlainTextResponse("passed"), settings=settings)
        guarded = Guard(questions, settings=settings, missing=lambda _: PlainTextResponse("", 404))
        queue = WaitingQueue(event_ids_to_events={}, max_size=MOST_WAITING)
        blocks = SimpleNamespace(fns={}, _queue=queue)
        scope = {"type": "http", "method": "POST", "path": "/gradio_api/call/v2/swaps", "client": ("9.9.9.9", 1)}
        scope["headers"] = Headers({"content-type": "application/json"}).raw
        scope["app"] = SimpleNamespace(get_blocks=lambda: blocks)
        tasks = [asyncio.create_task(guarded(dict(scope), receive, send)) for _ in range(count)]
        for _ in range(100):  # turns of the loop, in which each head is answered or waits for its body
            await asyncio.sleep(0)
        bodies.set()
        await asyncio.gather(*tasks)
        assert questions._sweeping and not questions._arriving
        questions._sweeping.cancel()

    asyncio.run(asyncio.wait_for(asked(), 20))
    return answered


def test_a_failure_of_gradio_ends_one_round_of_the_sweeping_and_not_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "SWEEP_S", 0.0)
    monkeypatch.setattr(events, "UNHEARD_S", 0.0)
    forgotten: list[str] = []

    class Queue:
        rounds = 0

        def sessions(self) -> set[str]:
            self.rounds += 1
            if self.rounds == 1:
                raise RuntimeError("dictionary changed size during iteration")
            return {"nobody hears"}

        async def forget(self, session: str) -> None:
            forgotten.append(session)

    async def swept() -> None:
        questions = QuestionMiddleware(PlainTextResponse("passed"), settings=LOCAL)
        sweeping = asyncio.create_task(questions._sweep(Queue()))  # type: ignore[arg-type]
        while not forgotten and not sweeping.done():
            await asyncio.sleep(0)
        sweeping.cancel()

    asyncio.run(swept())
    assert set(forgotten) == {"nobody hears"}
