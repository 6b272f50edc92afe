"""Routes of the class: pages, the actions of teacher and pupils, and a long poll for what a page shows.

    launch(app_kwargs={"routes": class_routes(rooms, service)})
    # GET /class, /class/plan, /class/state?room=KRTM&since=TAG; POST /class/open, join, answer, steer, ...

A mistake is answered by {"error": sentence, "kind": ...} with status 200, as a browser logs others as faults.

    class_page("zh")        # one page; the script assets/js/classroom/page.js decides by key and room what it shows
    plan_page("en", 7860)   # one sheet

Texts stand in assets/classroom, one file per language with the same keys.

    live = LivePoll(rooms, board, settings)
    await live.state(request)           # GET /class/state?room=KRTM&since=TAG -> {"tag", "now", "view"}

The long poll answers as soon as a view has changed, or after `HOLD_S`. Each answer is an ordinary short response, so a
proxy, a sleeping phone or a restarted server costs one repetition of the request and no state. The tag is a digest of
the view, so a page misses nothing between two requests.
"""

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from explorer.classroom import network
from explorer.classroom.board import WITH_RUNS, Board
from explorer.classroom.room import (
    LENGTH,
    LETTERS,
    LONGEST_NICKNAME,
    MINUTES,
    NUM_PAIRS,
    RECIPES,
    STEPS,
    STOPS,
    EndedError,
    Rooms,
)
from explorer.errors import LimitError, UserError
from explorer.pages.classroom.actions import PATH, Body, Caller, ClassActions, NoSeatError, caller_of, member
from explorer.pages.i18n.translator import LANGUAGES, TAGS, language_head, language_of, table, translator
from explorer.pages.server.security_headers import POLICY, strict_policy
from explorer.pages.shared.templates import rendered
from explorer.presets import PRESETS
from explorer.resources import ASSETS
from explorer.service.service import Service
from explorer.settings import Settings

TEXTS = ASSETS / "classroom"
HOLD_S = 12.0
"""Longest time for which a request is held: shorter than the limits of common proxies."""
RUNS_S = 1.5
"""Seconds between two looks at the trainings while a request is held."""


def class_routes(rooms: Rooms, service: Service) -> list[Route]:
    """Return the routes of the class."""
    board = Board(service.store, service.settings)
    actions = ClassActions(rooms, service)
    live = LivePoll(rooms, board, service.settings)
    posts = ("open", "find", "join", "answer", "steer", "fooled", "keep", "remove", "end", "places")
    return [
        Route(PATH, _page(lambda language, _: class_page(language))),
        Route(f"{PATH}/", _without_slash),
        Route(f"{PATH}/plan", _page(plan_page)),
        Route(network.PING, lambda _: PlainTextResponse(network.NONCE)),
        Route(f"{PATH}/state", _answered(live.state)),
        Route(f"{PATH}/question", _answered(actions.question)),
        *(Route(f"{PATH}/{name}", _answered(getattr(actions, name)), methods=["POST"]) for name in posts),
    ]


def _page(made: Callable[[str, int], str]) -> Callable[[Request], Response]:
    def page(request: Request) -> Response:
        html = made(language_of(request.query_params), network.port_of(request.scope))
        return HTMLResponse(html, headers=policy(html))

    return page


def _without_slash(request: Request) -> Response:
    return RedirectResponse("../class" + (f"?{request.url.query}" if request.url.query else ""))


def _answered(answer: Callable[[Request], Awaitable[Body]]) -> Callable[[Request], Awaitable[Response]]:
    async def route(request: Request) -> Response:
        try:
            found = await answer(request)
        except UserError as error:
            said = translator(language_of(request.query_params)).text(str(error))
            found = {"error": said, "kind": _kind(error)}
        return JSONResponse(found, headers={"Cache-Control": "no-store"})

    return route


def _kind(error: UserError) -> str:
    """Return the class of a mistake, by which a page decides to join again, to wait or to ask again."""
    kinds = {EndedError: "over", NoSeatError: "key", LimitError: "limit"}
    return next((name for kind, name in kinds.items() if isinstance(error, kind)), error.field)


@lru_cache
def texts(language: str) -> dict[str, str]:
    """Return every text of a language by its key."""
    return dict(json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8")))


def _rendered(name: str, language: str, **values: Any) -> str:
    known = texts(language)

    def say(key: str, **given: object) -> str:
        return known[key].format(**given)

    languages = {code: (TAGS[code], words) for code, words in LANGUAGES.items()}
    head, tag = language_head(language), TAGS[language]
    page = rendered(
        f"classroom/{name}.html", say=say, language=language, tag=tag, languages=languages, head=head, **values
    )
    return str(page)


def _recipe(name: str, words: Mapping[str, str]) -> dict[str, str]:
    """Return the title and the sentence of a recipe in a language."""
    said = {"title": PRESETS[name].title, "told": PRESETS[name].told}
    return {key: words.get(text, text) for key, text in said.items()}


def class_page(language: str) -> str:
    """Return the page of projector and phones."""
    facts = {
        "texts": texts(language),
        "language": language,
        "stops": [{"step": stop.step, "part": stop.part, "revealed": stop.is_revealed} for stop in STOPS],
        "minutes": MINUTES,
        "pairs": NUM_PAIRS,
        "recipes": {name: _recipe(name, table(language)) for name in RECIPES},
        "letters": LETTERS,
    }
    return _rendered("page", language, facts=facts, length=LENGTH, longest=LONGEST_NICKNAME)


def plan_page(language: str, port: int) -> str:
    """Return the plan for paper; its command serves `port`."""
    command, minutes = network.start_command(port), sum(step.minutes for step in STEPS)
    return _rendered("plan", language, steps=STEPS[1:], minutes=minutes, command=command)


def policy(html: str) -> dict[str, str]:
    """Return the security headers of one of these pages, whose inline scripts stand in the head."""
    headers = strict_policy(html.partition("</head>")[0])
    return {POLICY: headers[POLICY], "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


class LivePoll:
    """Held requests of all rooms, woken by changes of their room."""

    def __init__(self, rooms: Rooms, board: Board, settings: Settings) -> None:
        self._rooms, self._board, self._settings = rooms, board, settings
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)
        rooms.listeners.append(self._wake)

    def _wake(self, code: str) -> None:
        """Wake the held requests of a room, from any thread."""
        for loop, event in tuple(self._waiting.get(code, ())):
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    async def state(self, request: Request) -> dict[str, Any]:
        """Return the view of a page once its tag differs from `since`, or the same one after `HOLD_S`."""
        since = request.query_params.get("since", "")
        loop = asyncio.get_running_loop()
        end, event = loop.time() + HOLD_S, asyncio.Event()
        code = request.query_params.get("room", "").strip().upper()
        waiter = (loop, event)
        caller = caller_of(request, self._rooms, request.query_params, self._settings)
        self._waiting[code].add(waiter)
        try:
            while True:
                event.clear()
                view = await run_in_threadpool(self._view, caller)
                tag = hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()[:16]
                left = end - loop.time()
                if tag != since or left <= 0:
                    return {"tag": tag, "now": self._rooms.now(), "view": view}
                await self._wait(event, min(left, RUNS_S) if view["step"] in WITH_RUNS else left)
                if await request.is_disconnected():
                    return {}
                caller = caller_of(request, self._rooms, request.query_params, self._settings)
        finally:
            self._waiting[code].discard(waiter)
            if not self._waiting[code]:
                del self._waiting[code]

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return

    def _view(self, caller: Caller) -> dict[str, Any]:
        if caller.is_teacher:
            return self._board.view(caller.room, role="teacher")
        return self._board.view(caller.room, role="pupil", pupil=member(caller))
