"""Actions of the teacher and the pupils: each checks body, room, key and limits, and changes one room.

    body = await read_json(request, MOST_BODY)             # {} if there is none; UserError above `MOST_BODY` bytes
    caller = caller_of(request, rooms, body, settings)
    caller.room, caller.pupil, caller.is_teacher
    await ClassActions(rooms, service).join(request)        # {"room": "KRTM", "token": ..., "nickname": "Ada"}

A key travels in a header, never in an address, so it stands in no log and no history, and another page cannot send it.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from explorer.classroom import deal, network
from explorer.classroom.board import question
from explorer.classroom.room import (
    STOPS,
    EndedError,
    Room,
    Rooms,
    answered,
    clean_nickname,
    digest,
    ended,
    fooled,
    is_revealed,
    is_teacher_of,
    joined,
    pupil_of,
    removed,
    steered,
    stop_of,
)
from explorer.errors import NO_VALUE, LimitError, UserError
from explorer.service.rate_limit import RATES, address_of
from explorer.service.service import Service
from explorer.settings import Settings
from explorer.web.view_routes import read_json

Body = dict[str, Any]
PATH = "/class"
MOST_BODY = 4096
"""Bytes: a scene of 600 characters with its margin takes less."""
HEADER = "x-class-key"
_KEY = re.compile(r"[0-9a-f]{32}")
LIMITS = {"class-rooms": (10, 3600.0), "class-joins": (60, 60.0), "class-acts": (40, 10.0)}
"""{kind: (most, seconds)} of rooms opened and pupils joining per address, and of actions per key."""


class NoSeatError(UserError):
    """A key that does not open this room: the page must join again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """The room of a request, and who sends it: the teacher, a pupil by number, or neither."""

    room: Room
    is_teacher: bool
    pupil: int | None
    address: str


def address(request: Request, settings: Settings) -> str:
    """Return the address that limits count for."""
    peer = request.client.host if request.client else None
    return address_of(request.headers, peer, forwarded=settings.forwarded)


def limit(kind: str, person: str) -> None:
    """Count a request; raise `LimitError` with the seconds to wait if there were too many."""
    most, span = LIMITS[kind]
    wait = RATES.wait_s(kind, person, float(most), most / span)
    if wait:
        raise LimitError(kind, NO_VALUE, f"too many at once; wait {max(1, round(wait))} s")


def caller_of(request: Request, rooms: Rooms, given: Mapping[str, Any], settings: Settings) -> Caller:
    """Return who asks; raise `UserError` for an unknown room, which counts as a wrong code."""
    where, key = address(request, settings), request.headers.get(HEADER, "")
    key = key if _KEY.fullmatch(key) else ""
    room = rooms.get(given.get("room"), address=where, key=key)
    is_teacher = bool(key) and is_teacher_of(room, key)
    pupil = pupil_of(room, key) if key and not is_teacher else None
    return Caller(room=room, is_teacher=is_teacher, pupil=pupil, address=where)


def teacher(caller: Caller) -> Caller:
    """Return the caller; raise `NoSeatError` if it is not the teacher."""
    if not caller.is_teacher:
        raise NoSeatError("key", NO_VALUE, "only the teacher's key steers this room")
    return caller


def member(caller: Caller) -> int:
    """Return the number of the pupil; raise `NoSeatError` if the caller is none."""
    if caller.pupil is None:
        raise NoSeatError("key", NO_VALUE, "join this room first")
    return caller.pupil


class ClassActions:
    """Answers of the routes; each checks key, limits and values, and changes one room."""

    def __init__(self, rooms: Rooms, service: Service) -> None:
        self._rooms, self._service = rooms, service
        self._store, self._settings = service.store, service.settings

    async def open(self, request: Request) -> Body:
        """Open a room; answer its code and the teacher's key."""
        await read_json(request, MOST_BODY)
        limit("class-rooms", address(request, self._settings))
        room, key = await run_in_threadpool(self._rooms.open_room)
        await run_in_threadpool(deal.queue_timing, room, self._service)
        return {"room": room.code, "key": key}

    async def find(self, request: Request) -> Body:
        """Check a code before a page asks for a nickname: answer it if its class goes on."""
        _, caller = await self._caller(request)
        if not self._rooms.is_open(caller.room):
            raise EndedError("room", caller.room.code, "this class is over")
        return {"room": caller.room.code}

    async def join(self, request: Request) -> Body:
        """Add a pupil; answer its token. A pupil who comes after the deal gets a group at once."""
        body = await read_json(request, MOST_BODY)
        caller = caller_of(request, self._rooms, body, self._settings)
        limit("class-joins", caller.address)
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
        number = member(caller)
        await self._changed(
            caller.room.code, lambda room: answered(room, number, body.get("question"), body.get("choice"))
        )
        return {}

    async def fooled(self, request: Request) -> Body:
        """Store a pupil's best scene."""
        body, caller = await self._caller(request)
        number = member(caller)
        await self._changed(caller.room.code, lambda room: fooled(room, number, body.get("margin"), body.get("scene")))
        return {}

    async def steer(self, request: Request) -> Body:
        """Go to a stop, for the teacher; recipes are dealt on entering the training."""
        body, caller = await self._caller(request)
        teacher(caller)
        fits = 0
        if body.get("stop") == stop_of("train") and not caller.room.groups:
            found = await run_in_threadpool(deal.capacity, self._store, self._settings, room=caller.room)
            fits = found.runs

        def moved(room: Room) -> Room:
            found = steered(room, body.get("stop"), now=self._rooms.now())
            return replace(deal.dealt(found, runs=fits), is_study_shown=True) if found.step == "train" else found

        room = await self._changed(caller.room.code, moved)
        await self._queue(room, caller.address)
        return {"stop": room.stop}

    async def keep(self, request: Request) -> Body:
        """Keep the wall beyond the day, or not, for the teacher."""
        body, caller = await self._caller(request)
        teacher(caller)
        await self._changed(caller.room.code, lambda room: replace(room, is_kept=body.get("keep") is True))
        return {"kept": body.get("keep") is True}

    async def remove(self, request: Request) -> Body:
        """Remove a pupil, for the teacher."""
        body, caller = await self._caller(request)
        number = body.get("pupil")
        # JSON's true and 1.0 equal the number 1 and are no numbers of a pupil.
        if type(number) is not int or number not in [each for each, _ in teacher(caller).room.present]:
            raise UserError("pupil", number, "is not in this room")
        await self._changed(caller.room.code, lambda room: removed(room, number))
        return {}

    async def end(self, request: Request) -> Body:
        """End the class at once, for the teacher: the room and its runs are deleted."""
        _, caller = await self._caller(request)
        await self._changed(teacher(caller).room.code, ended)
        await run_in_threadpool(deal.sweep, self._rooms, self._store)
        return {}

    async def places(self, request: Request) -> Body:
        """Return the addresses that phones reach, with QR codes, for the teacher."""
        body, caller = await self._caller(request)
        teacher(caller)
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
        root, port = str(request.scope.get("root_path") or ""), network.port_of(request.scope)
        found = await run_in_threadpool(network.places, port, f"{PATH}?room={room}", root)
        shown = [_place(each.url, answers=each.answers) for each in found]
        return {"loopback": True, "places": shown, "command": network.start_command(port)}

    async def question(self, request: Request) -> Body:
        """Return the question that a room has reached; its answer only if it has been revealed."""
        caller = caller_of(request, self._rooms, request.query_params, self._settings)
        if not caller.is_teacher:
            member(caller)
        name, room = request.query_params.get("name", ""), caller.room
        if name not in {stop.question for stop in STOPS[: room.stop + 1] if stop.question}:
            raise UserError("name", name, "is not a question that this room has reached", longest=40)
        found = await run_in_threadpool(question, self._store, room.code, name)
        return found.as_dict(is_revealed=is_revealed(name, room.stop))

    async def _caller(self, request: Request) -> tuple[Body, Caller]:
        body = await read_json(request, MOST_BODY)
        caller = caller_of(request, self._rooms, body, self._settings)
        limit("class-acts", request.headers.get(HEADER, caller.address)[:64])
        return body, caller

    async def _changed(self, code: str, changed: Callable[[Room], Room]) -> Room:
        return await run_in_threadpool(self._rooms.change, code, changed)

    async def _queue(self, room: Room, address: str) -> None:
        """Queue trainings that were dealt and are not queued yet."""
        if any(not group.run and not group.is_recorded for group in room.groups):
            await run_in_threadpool(deal.queue_groups, self._rooms, room.code, self._service, address=address)


def _place(url: str, *, answers: bool) -> Body:
    return {"url": url, "answers": answers, "qr": network.qr_uri(url)}
