"""Routes of the class: pages, the teacher's and the pupils' actions, and a long poll for what a page shows.

    launch(app_kwargs={"routes": class_routes(rooms, service)})
    # GET /class, /class/plan, /class/state?room=KRTM&since=TAG; POST /class/open, join, answer, steer, ...

A mistake is answered by {"error": sentence, "kind": ...} with status 200, as a browser logs others as faults.

    live = LivePoll(rooms, board, settings)
    await live.state(request)           # GET /class/state?room=KRTM&since=TAG -> {"tag", "now", "view"}

The long poll answers as soon as a view has changed, or after `HOLD_S`. Each answer is an ordinary short response, so a
proxy, a sleeping phone or a restarted server costs one repetition of the request and no state. The tag is a digest of
the view, so a page misses nothing between two requests.
"""

import asyncio
import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from explorer.errors import LimitError, UserError
from explorer.pages.classroom import callers as asked
from explorer.pages.classroom.view import class_page, plan_page, policy
from explorer.pages.i18n.translator import language_of, translator
from explorer.service.classroom import deal, network
from explorer.service.classroom.board import WITH_RUNS, Board
from explorer.service.classroom.lesson_plan import STOPS, is_revealed, stop_of
from explorer.service.classroom.questions import question
from explorer.service.classroom.room import (
    Room,
    answered,
    clean_nickname,
    digest,
    ended,
    fooled,
    joined,
    removed,
    steered,
)
from explorer.service.classroom.room_store import EndedError, Rooms
from explorer.service.service import Service
from explorer.settings import Settings

Body = dict[str, Any]
PATH = "/class"
HOLD_S = 12.0
"""Longest time for which a request is held: shorter than the limits of common proxies."""
RUNS_S = 1.5
"""Seconds between two looks at the trainings while a request is held."""


def class_routes(rooms: Rooms, service: Service) -> list[Route]:
    """Return the routes of the class."""
    board = Board(service.store, service.settings)
    actions = ClassActions(rooms, service)
    live = LivePoll(rooms, board, service.settings)
    posts = ("open", "join", "answer", "steer", "fooled", "keep", "remove", "end", "places")
    return [
        Route(PATH, _page(class_page)),
        Route(f"{PATH}/", _without_slash),
        Route(f"{PATH}/plan", _page(plan_page)),
        Route(network.PING, lambda _: PlainTextResponse(network.NONCE)),
        Route(f"{PATH}/state", _answered(live.state)),
        Route(f"{PATH}/question", _answered(actions.question)),
        *(Route(f"{PATH}/{name}", _answered(getattr(actions, name)), methods=["POST"]) for name in posts),
    ]


def _page(made: Callable[[str], str]) -> Callable[[Request], Response]:
    def page(request: Request) -> Response:
        html = made(language_of(request.query_params))
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
    kinds = {EndedError: "over", asked.NoSeatError: "key", LimitError: "limit"}
    return next((name for kind, name in kinds.items() if isinstance(error, kind)), error.field)


class ClassActions:
    """Answers of the routes; each checks key, limits and values, and changes one room."""

    def __init__(self, rooms: Rooms, service: Service) -> None:
        self._rooms, self._service = rooms, service
        self._store, self._settings = service.store, service.settings

    async def open(self, request: Request) -> Body:
        """Open a room; answer its code and the teacher's key."""
        await asked.read_body(request)
        asked.limit("class-rooms", asked.address(request, self._settings))
        room, key = await run_in_threadpool(self._rooms.open_room)
        await run_in_threadpool(deal.queue_timing, room, self._service)
        return {"room": room.code, "key": key}

    async def join(self, request: Request) -> Body:
        """Add a pupil; answer its token. A pupil who comes after the deal gets a group at once."""
        body = await asked.read_body(request)
        caller = asked.caller_of(request, self._rooms, body, self._settings)
        asked.limit("class-joins", caller.address)
        nickname, token = clean_nickname(body.get("nickname")), secrets.token_hex(16)
        is_other = not await run_in_threadpool(network.is_own, caller.address)

        def with_one_more(room: Room) -> Room:
            if not self._rooms.is_open(room):
                raise EndedError("room", room.code, "this class is over")
            found = joined(room, nickname, digest(token), now=self._rooms.now())
            found = deal.dealt_late(found, len(found.pupils) - 1)
            return replace(found, is_reached=found.is_reached or is_other)

        room = await self._changed(caller.room.code, with_one_more)
        await self._queue(room, caller.address)
        return {"room": room.code, "token": token, "nickname": nickname}

    async def answer(self, request: Request) -> Body:
        """Store a pupil's answer to the open question."""
        body, caller = await self._caller(request)
        number = asked.member(caller)
        await self._changed(
            caller.room.code, lambda room: answered(room, number, body.get("question"), body.get("choice"))
        )
        return {}

    async def fooled(self, request: Request) -> Body:
        """Store a pupil's best scene."""
        body, caller = await self._caller(request)
        number = asked.member(caller)
        await self._changed(caller.room.code, lambda room: fooled(room, number, body.get("margin"), body.get("scene")))
        return {}

    async def steer(self, request: Request) -> Body:
        """Go to a stop, for the teacher; recipes are dealt on entering the training."""
        body, caller = await self._caller(request)
        asked.teacher(caller)
        fits = 0
        if body.get("stop") == stop_of("train") and not caller.room.groups:
            found = await run_in_threadpool(deal.capacity, self._store, self._settings, room=caller.room)
            fits = found.runs

        def moved(room: Room) -> Room:
            found = steered(room, body.get("stop"), now=self._rooms.now())
            return deal.dealt(found, runs=fits) if found.step == "train" else found

        room = await self._changed(caller.room.code, moved)
        await self._queue(room, caller.address)
        return {"stop": room.stop}

    async def keep(self, request: Request) -> Body:
        """Keep the wall beyond the day, or not, for the teacher."""
        body, caller = await self._caller(request)
        asked.teacher(caller)
        await self._changed(caller.room.code, lambda room: replace(room, is_kept=body.get("keep") is True))
        return {"kept": body.get("keep") is True}

    async def remove(self, request: Request) -> Body:
        """Remove a pupil, for the teacher."""
        body, caller = await self._caller(request)
        number = body.get("pupil")
        # JSON's true and 1.0 equal the number 1 and are no numbers of a pupil.
        if type(number) is not int or number not in [each for each, _ in asked.teacher(caller).room.present]:
            raise UserError("pupil", number, "is not in this room")
        await self._changed(caller.room.code, lambda room: removed(room, number))
        return {}

    async def end(self, request: Request) -> Body:
        """End the class at once, for the teacher: the room and its runs are deleted."""
        _, caller = await self._caller(request)
        await self._changed(asked.teacher(caller).room.code, ended)
        await run_in_threadpool(deal.sweep, self._rooms, self._store)
        return {}

    async def places(self, request: Request) -> Body:
        """Return the addresses that phones reach, with QR codes, for the teacher."""
        body, caller = await self._caller(request)
        asked.teacher(caller)
        given, room = body.get("at"), caller.room.code
        if (
            not isinstance(given, str)
            or len(given) > network.LONGEST_URL
            or not given.startswith(("http://", "https://"))
        ):
            raise UserError("at", given, "give the address of the page", longest=80)
        host = request.url.hostname or ""
        if not network.is_loopback(host):
            return {"loopback": False, "places": [_place(f"{given}?room={room}", answers=True)]}
        root = str(request.scope.get("root_path") or "")
        port = int((request.scope.get("server") or (host, 80))[1] or 80)
        found = await run_in_threadpool(network.places, port, f"{PATH}?room={room}", root)
        return {"loopback": True, "places": [_place(each.url, answers=each.answers) for each in found]}

    async def question(self, request: Request) -> Body:
        """Return the question that a room has reached; its answer only if it has been revealed."""
        caller = asked.caller_of(request, self._rooms, request.query_params, self._settings)
        if not caller.is_teacher:
            asked.member(caller)
        name, room = request.query_params.get("name", ""), caller.room
        if name not in {stop.question for stop in STOPS[: room.stop + 1] if stop.question}:
            raise UserError("name", name, "is not a question that this room has reached", longest=40)
        found = await run_in_threadpool(question, self._store, room.code, name)
        return found.as_dict(is_revealed=is_revealed(name, room.stop))

    async def _caller(self, request: Request) -> tuple[Body, asked.Caller]:
        body = await asked.read_body(request)
        caller = asked.caller_of(request, self._rooms, body, self._settings)
        asked.limit("class-acts", request.headers.get(asked.HEADER, caller.address)[:64])
        return body, caller

    async def _changed(self, code: str, changed: Callable[[Room], Room]) -> Room:
        return await run_in_threadpool(self._rooms.change, code, changed)

    async def _queue(self, room: Room, address: str) -> None:
        """Queue trainings that were dealt and are not queued yet."""
        if any(not group.run and not group.is_recorded for group in room.groups):
            await run_in_threadpool(deal.queue_groups, self._rooms, room.code, self._service, address=address)


def _place(url: str, *, answers: bool) -> Body:
    return {"url": url, "answers": answers, "qr": network.qr_uri(url)}


class LivePoll:
    """Held requests of all rooms, woken by changes of their room."""

    def __init__(self, rooms: Rooms, board: Board, settings: Settings) -> None:
        self._rooms, self._board, self._settings = rooms, board, settings
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)
        rooms.on_change = self._wake

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
        caller = asked.caller_of(request, self._rooms, request.query_params, self._settings)
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
                caller = asked.caller_of(request, self._rooms, request.query_params, self._settings)
        finally:
            self._waiting[code].discard(waiter)
            if not self._waiting[code]:
                del self._waiting[code]

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return

    def _view(self, caller: asked.Caller) -> dict[str, Any]:
        if caller.is_teacher:
            return self._board.view(caller.room, role="teacher")
        return self._board.view(caller.room, role="pupil", pupil=asked.member(caller))
