"""State of the table of runs in short form, read once per moment for all open pages.

    known(store, settings, run, key)              # another text when a run of the table appears, ends or advances
    is_any_active(store, settings, run, key)      # True if it may change by itself

A class of open pages asks once per second each, so the store is read once for all of them.
"""

import hashlib
import time
from functools import lru_cache

from explorer.runs.queue import owner_of
from explorer.runs.status import ACTIVE
from explorer.runs.store import RunStore, owner_digest
from explorer.service.run_list import MOST_LISTED
from explorer.settings import Settings

State = tuple[str, str, int]
"""A run, its status, the finished tenths of its steps."""


def known(store: RunStore, settings: Settings, run: str, key: str) -> str:
    """Return the state of the runs in a page's table; while it stays the same, the table is not sent again."""
    return hashlib.sha256(repr((run, _states(store, settings, run, key))).encode()).hexdigest()


def is_any_active(store: RunStore, settings: Settings, run: str, key: str) -> bool:
    """Return True if a run in the table may still change."""
    return any(status in ACTIVE for _, status, _ in _states(store, settings, run, key))


def _states(store: RunStore, settings: Settings, run: str, key: str) -> list[State]:
    """Return the visible runs of the table."""
    moment = int(time.monotonic() / max(settings.page_poll_s, 1e-6))
    owner = owner_digest(key)
    found = [state for state, of in _all(store, moment) if not settings.is_shared or state[0] == run or of == owner]
    return found[:MOST_LISTED]


@lru_cache(maxsize=4)
def _all(store: RunStore, _moment: int) -> tuple[tuple[State, str], ...]:
    """Return every run with the stored digest of its owner's key."""
    return tuple(
        ((folder.run, status.status, 10 * status.step // max(1, status.steps)), owner_of(folder))
        for folder, status in store.statuses()
    )
