"""What the table of runs is made of, in short, looked at once a moment for all pages that are open.

    known(store, settings, run, key)              # another text when a run of the table comes, goes or moves on
    is_any_active(store, settings, run, key)      # whether it may change by itself

A class that watches its runs asks this once a second each, so the store is read once for all of them.
"""

import hashlib
import time
from functools import lru_cache

from explorer.runs.queue import owner_of
from explorer.runs.store import ACTIVE, RunStore, owner_digest
from explorer.service.run_list import MOST_LISTED
from explorer.settings import Settings

State = tuple[str, str, int]
"""A run, its status, the tenths of its steps that are done."""


def known(store: RunStore, settings: Settings, run: str, key: str) -> str:
    """What a page knows of the runs in its table; while it stays the same, the table need not be sent again."""
    return hashlib.sha256(repr((run, _states(store, settings, run, key))).encode()).hexdigest()


def is_any_active(store: RunStore, settings: Settings, run: str, key: str) -> bool:
    """Whether there is a run in the table that may still change."""
    return any(status in ACTIVE for _, status, _ in _states(store, settings, run, key))


def _states(store: RunStore, settings: Settings, run: str, key: str) -> list[State]:
    """The runs in the table, as `train.visible` tells them."""
    moment = int(time.monotonic() / max(settings.page_poll_s, 1e-6))
    owner = owner_digest(key)
    found = [state for state, of in _all(store, moment) if not settings.is_shared or state[0] == run or of == owner]
    return found[:MOST_LISTED]


@lru_cache(maxsize=4)
def _all(store: RunStore, _moment: int) -> tuple[tuple[State, str], ...]:
    """Every run with what is kept of its owner's key."""
    return tuple(
        ((folder.run, record["status"], 10 * record["step"] // max(1, record["steps"])), owner_of(folder))
        for folder, record in store.statuses()
    )
