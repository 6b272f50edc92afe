"""Delete what a class left at the end of its day, and queue again what a restart interrupted, from a thread.

sweep(rooms, store)                            # once
start_sweeping(rooms, service)                 # now and every `EVERY_S`, until the process ends
"""

import logging
import threading

from explorer.runs.store import RunStore
from explorer.service.classroom import deal
from explorer.service.classroom.room import sealed
from explorer.service.classroom.room_store import Rooms
from explorer.service.service import Service

EVERY_S = 30.0


def sweep(rooms: Rooms, store: RunStore) -> None:
    """Delete the rooms whose day is over with their runs; of a kept room only the wall stays."""
    for room in rooms.over():
        if room.is_kept:
            rooms.change(room.code, lambda now: now if sealed(now) == now else sealed(now))
        elif deal.remove_runs(room, store):
            rooms.end(room.code)


def mend(rooms: Rooms, service: Service) -> None:
    """Queue the trainings of open rooms that a killed server left without a run or interrupted."""
    for room in rooms.all():
        if rooms.is_open(room):
            deal.queue_groups(rooms, room.code, service, address="")
            deal.resume_groups(room, service.store)


def start_sweeping(rooms: Rooms, service: Service) -> threading.Thread:
    """Start the thread."""

    def work() -> None:
        pause = threading.Event()
        while True:
            try:
                sweep(rooms, service.store)
                mend(rooms, service)
            except Exception:  # a full disk: the next round may succeed
                logging.getLogger(__name__).exception("the rooms of classes could not be swept")
            pause.wait(EVERY_S)

    thread = threading.Thread(target=work, name="classes", daemon=True)
    thread.start()
    return thread
