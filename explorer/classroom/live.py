"""What a page of a room shows, held until it differs from what the page has seen.

    live = Live(rooms, board)
    await live.seen("KRTM", tag, lambda: view)       # Seen(tag, now, view), at once or within `HOLD_S`

Each answer is an ordinary short response, so a proxy, a sleeping phone or a restarted server costs one repetition of
the request and no state. The tag is a digest of the view, so a page misses nothing between two requests. Who waits is a
coroutine that its room wakes: thirty pupils hold no thread.
"""

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from explorer.classroom.board import WITH_CLOCK, Board
from explorer.classroom.room import Rooms
from explorer.runs.store import RunStore
from explorer.settings import Settings

HOLD_S = 12.0
"""Longest time for which a request is held: shorter than the limits of common proxies."""
LOOK_S = 5.0
"""Seconds between two looks at the clock while a request is held."""
View = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The view of a page, its tag, and the server's time in seconds since 1970."""

    tag: str
    now: float
    view: View


class Live:
    """Held requests of all rooms, woken by changes of their room."""

    def __init__(self, rooms: Rooms, board: Board) -> None:
        self.board = board
        self._rooms = rooms
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)
        rooms.listeners.append(self._wake)

    def _wake(self, code: str) -> None:
        """Wake the held requests of a room, from any thread."""
        for loop, event in tuple(self._waiting.get(code, ())):
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    async def seen(self, code: str, since: str, look: Callable[[], View]) -> Seen:
        """Return what `look` sees once its tag differs from `since`, or the same again after `HOLD_S`."""
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        end, waiter = loop.time() + HOLD_S, (loop, event)
        self._waiting[code].add(waiter)
        try:
            while True:
                event.clear()
                view = await asyncio.to_thread(look)
                tag = hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()[:16]
                left = end - loop.time()
                if tag != since or left <= 0:
                    return Seen(tag=tag, now=self._rooms.now(), view=view)
                with suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), min(left, LOOK_S) if view.get("step") in WITH_CLOCK else left)
        finally:
            self._waiting[code].discard(waiter)
            if not self._waiting[code]:
                del self._waiting[code]


@lru_cache(maxsize=8)
def live_of(rooms: Rooms, store: RunStore, settings: Settings) -> Live:
    """Return the one `Live` of these rooms."""
    return Live(rooms, Board(store, settings, rooms.now))
