"""Long poll of a page of the class: a request is answered as soon as its view has changed, or after `HOLD_S`.

    live = LivePoll(rooms, board, settings)
    await live.state(request)           # GET /class/state?room=KRTM&since=TAG -> {"tag", "now", "view"}

Each answer is an ordinary short response, so a proxy, a sleeping phone or a restarted server costs one repetition of
the request and no state. The tag is a digest of the view, so a page misses nothing between two requests.
"""

import asyncio
import hashlib
import json
from collections import defaultdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from explorer.pages.classroom import callers as asked
from explorer.service.classroom.board import WITH_RUNS, Board
from explorer.service.classroom.room_store import Rooms
from explorer.settings import Settings

HOLD_S = 12.0
"""Longest time for which a request is held: shorter than the limits of common proxies."""
RUNS_S = 1.5
"""Seconds between two looks at the trainings while a request is held."""


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
