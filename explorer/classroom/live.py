"""Held requests: the pages of a class, which the server answers as soon as their view has changed.

    live = LiveViews(rooms, screens)
    # a TaggedView, at once or within `MAX_HOLD_S`; `charge` counts the seconds of looks that saw nothing new
    await live.wait_for_change("KRTM", tag, lambda: view, charge)

Each answer to a page is an ordinary short response, so a proxy, a sleeping phone or a restarted server costs one
repetition of the request and no state. The tag is a digest of the view, so a page misses nothing between two requests.
A page that waits is a coroutine, which its room wakes, so thirty pupils hold no thread.
"""

import asyncio
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from explorer.classroom.rooms import Rooms
from explorer.classroom.screens import Screens
from explorer.runs.store import RunStore
from explorer.settings import Settings

TIMED_STEPS = ("train",)
"""Steps whose views change without an action: a device that is silent for long is marked."""
MAX_HOLD_S = 12.0
"""Longest time for which a request is held: shorter than the limits of common proxies."""
CLOCK_LOOK_S = 5.0
"""Seconds between two looks at the clock while a request is held."""
GATHER_S = 0.1
"""Seconds in which the changes of a class count as one: each wakes everybody who waits in its room."""
ViewJson = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class TaggedView:
    """The view of a page, its tag, and the server's time in seconds since 1970."""

    tag: str
    now: float
    view: ViewJson


class LiveViews:
    """Held requests of all rooms, woken by changes of their room."""

    def __init__(self, rooms: Rooms, screens: Screens) -> None:
        self.screens = screens
        self._rooms = rooms
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)
        rooms.listeners.append(self._wake)

    def _wake(self, code: str) -> None:
        """Wake the held requests of a room, from any thread."""
        for loop, event in tuple(self._waiting.get(code, ())):
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    async def wait_for_change(
        self, code: str, since: str, look: Callable[[], ViewJson], charge: Callable[[float], None]
    ) -> TaggedView:
        """Return what `look` sees once its tag differs from `since`, or the same again after `MAX_HOLD_S`.

        A request pays for its first look. For any further one that sees nothing new, `charge` gets the seconds of a
        core: two hundred who wait in a room of their own could be woken by news that change nobody's view.
        """
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        end, waiter = loop.time() + MAX_HOLD_S, (loop, event)
        self._waiting[code].add(waiter)
        is_first = True
        try:
            while True:
                event.clear()
                view, tag, seconds = await asyncio.to_thread(_tag_view, look)
                seconds_left = end - loop.time()
                if tag != since or seconds_left <= 0:
                    return TaggedView(tag=tag, now=self._rooms.now(), view=view)
                if not is_first:
                    charge(seconds)
                is_first = False
                with suppress(TimeoutError):
                    await asyncio.wait_for(
                        event.wait(),
                        min(seconds_left, CLOCK_LOOK_S) if view.get("step") in TIMED_STEPS else seconds_left,
                    )
                    await asyncio.sleep(GATHER_S)
        finally:
            self._waiting[code].discard(waiter)
            if not self._waiting[code]:
                del self._waiting[code]


def _tag_view(look: Callable[[], ViewJson]) -> tuple[ViewJson, str, float]:
    """Return what is seen, its tag, and the seconds of a core that both took."""
    start = time.thread_time()
    view = look()
    tag = hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()[:16]
    return view, tag, time.thread_time() - start


@lru_cache(maxsize=8)
def shared_live(rooms: Rooms, store: RunStore, settings: Settings) -> LiveViews:
    """Return the same `LiveViews` to everybody who asks for these rooms, so that a change wakes all who wait."""
    return LiveViews(rooms, Screens(store, settings, rooms.now))
