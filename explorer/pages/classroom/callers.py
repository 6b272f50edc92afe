"""Requests of the class's pages: a small JSON body, a room, a key, and the limits per address.

    body = await read_body(request)             # {} if there is none; UserError above `MOST_BODY` bytes
    caller = caller_of(request, rooms, body, settings)
    caller.room, caller.pupil, caller.is_teacher

A key travels in a header, never in an address, so it stands in no log and no history, and another page cannot send it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from explorer.errors import NO_VALUE, LimitError, UserError
from explorer.service.classroom.room import Room, is_teacher_of, pupil_of
from explorer.service.classroom.room_store import Rooms
from explorer.service.rate_limit import RATES, address_of
from explorer.settings import Settings

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


async def read_body(request: Request) -> dict[str, Any]:
    """Read a JSON object of at most `MOST_BODY` bytes.

    Its type must be that of JSON: a page of another site cannot send this without asking the browser first.
    """
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise UserError("body", NO_VALUE, "give a JSON object")
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > MOST_BODY:
            raise LimitError("body", NO_VALUE, f"takes at most {MOST_BODY:,} bytes")
    try:
        body = json.loads(found or b"{}")
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise UserError("body", NO_VALUE, "give a JSON object")
    return body


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
