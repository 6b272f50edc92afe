"""Trainings of a class: dealt to pupils, as many as this computer finishes in ten minutes, queued, and deleted.

    fits = capacity(store, settings, room=room)     # Capacity(runs=7, low_s=52.0, high_s=70.0, is_measured=True, ...)
    room = dealt(room, runs=fits.runs)
    queue_groups(rooms, room.code, service, address="192.0.2.1")
    start_sweeping(rooms, service)                  # now and every `EVERY_S`, until the process ends

If fewer trainings fit than there are pupils, pupils share one; groups beyond `MOST_IN_GROUP` watch recorded trainings.
A thread queues again what a restart interrupted, and deletes what a class left at the end of its day.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from threading import Event, Lock, Thread
from typing import Any

from explorer.classroom.room import RECIPES, Group, Room, Rooms, sealed, stop_of, with_pupil
from explorer.errors import LimitError, UserError
from explorer.presets import preset
from explorer.runs.queue import estimate_s, owner_of
from explorer.runs.store import RunStore, owner_digest
from explorer.service.endpoints import resolve
from explorer.service.rate_limit import refusal
from explorer.service.service import Service
from explorer.settings import Settings, gpus
from explorer.spec import RunSpec

TEN_MINUTES_S = 600.0
MOST_IN_GROUP = 5
TIMING_STEPS = 12
"""Steps of the short training that measures this computer if nothing was timed on it yet."""
EVERY_S = 30.0
"""Seconds between two rounds of the thread."""
_SEEDS = 10_000
_one_at_a_time = Lock()
"""Lock around queueing: a pupil who joins and the teacher must not both queue a group."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Capacity:
    """Trainings that end within ten minutes here; seconds of one, and how many others are waiting or running."""

    runs: int
    low_s: float
    high_s: float
    is_measured: bool
    others: int

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON."""
        names = ("runs", "low_s", "high_s", "is_measured", "others")
        return {name: getattr(self, name) for name in names}


def class_spec(recipe: str, seed: int, steps: int = 0) -> RunSpec:
    """Return the spec of a pupil's training: the recipe as the study trained it, with another seed.

    `steps` shortens it; 0 keeps the steps of the recipe.
    """
    given = {"seed": seed} | ({"steps": steps} if steps else {})
    return resolve(recipe, given)


def capacity(store: RunStore, settings: Settings, *, room: Room | None = None) -> Capacity:
    """Return how many trainings of the class end within ten minutes.

    Speeds are those of the newest runs on this computer. Active runs that are not of this room come first.
    """
    low, high, basis = estimate_s(store, class_spec(RECIPES[0], 0, settings.class_steps))
    ours = _owners(room) if room else set()
    active = (folder for folder, status in store.statuses() if status.is_active)
    others = sum(owner_of(folder) not in ours for folder in active)
    fitting = int(TEN_MINUTES_S * (settings.workers or _num_gpus() or 1) / ((low + high) / 2)) - others
    return Capacity(
        runs=max(0, fitting), low_s=low, high_s=high, is_measured=basis.startswith("measured"), others=others
    )


@lru_cache(maxsize=1)
def _num_gpus() -> int:
    """Count the GPUs once: counting starts a program, and a wall asks every second."""
    return len(gpus())


def dealt(room: Room, *, runs: int) -> Room:
    """Deal a group to every pupil of the room; a second call changes nothing."""
    if room.groups:
        return room
    pupils = [number for number, _ in room.present]
    live = min(runs, max(1, len(pupils))) if runs else 0
    own = min(len(pupils), live * MOST_IN_GROUP)
    recorded = min(len(RECIPES), len(pupils) - own)
    seeds = _first_seed(room.code)
    groups = [Group(recipe=RECIPES[place % len(RECIPES)], seed=seeds + place) for place in range(live)]
    groups += [_recorded(place + live) for place in range(recorded)]
    found = replace(room, groups=tuple(groups), runs_fit=runs)
    for place, pupil in enumerate(pupils):
        group = place % live if place < own else live + (place - own) % recorded
        found = with_pupil(found, pupil, group=group)
    return found


def dealt_late(room: Room, number: int) -> Room:
    """Give a group to a pupil who came after the deal: a training that still fits, else the smallest group."""
    if not _is_dealt(room) or room.pupils[number].group >= 0:
        return room
    live = [place for place, group in enumerate(room.groups) if not group.is_recorded]
    if len(live) < room.runs_fit:
        place = len(room.groups)
        group = Group(recipe=RECIPES[place % len(RECIPES)], seed=_first_seed(room.code) + place)
        return with_pupil(replace(room, groups=(*room.groups, group)), number, group=place)
    sizes = Counter(pupil.group for _, pupil in room.present)
    open_ones = [place for place in live if sizes[place] < MOST_IN_GROUP]
    if open_ones:
        return with_pupil(room, number, group=min(open_ones, key=lambda place: sizes[place]))
    recorded = [place for place, group in enumerate(room.groups) if group.is_recorded]
    if len(recorded) < len(RECIPES):
        place = len(room.groups)
        return with_pupil(replace(room, groups=(*room.groups, _recorded(place))), number, group=place)
    return with_pupil(room, number, group=min(recorded, key=lambda place: sizes[place]))


def _is_dealt(room: Room) -> bool:
    return bool(room.groups) or room.stop > stop_of("train")


def _recorded(place: int) -> Group:
    recipe = RECIPES[place % len(RECIPES)]
    return Group(recipe=recipe, seed=preset(recipe).spec.train.seed, is_recorded=True)


def _first_seed(code: str) -> int:
    """Return the seed of the first group: other rooms have others, and the study's seeds are below it."""
    return 100 + int.from_bytes(hashlib.sha256(code.encode()).digest()[:4], "big") % _SEEDS * 100


def owner_key(room: Room, group: int) -> str:
    """Return the key that owns the run of a group; it follows from the room, so a restarted server finds the run."""
    return hashlib.sha256(f"{room.key}:{group}".encode()).hexdigest()[:32]


def queue_groups(rooms: Rooms, code: str, service: Service, *, address: str) -> None:
    """Queue the trainings that no group has yet; beyond a limit of the server a group watches the recorded one."""
    with _one_at_a_time:
        room = next((each for each in rooms.all() if each.code == code), None)
        if room is not None:
            _queue_pending(rooms, room, service, address)


def _queue_pending(rooms: Rooms, room: Room, service: Service, address: str) -> None:
    pending = [number for number, group in enumerate(room.groups) if not group.run and not group.is_recorded]
    known = _runs_by_owner(service.store) if pending else {}
    for number in pending:
        key = owner_key(room, number)
        run = known.get(owner_digest(key)) or _queued(room.groups[number], key, service, address)
        changes = {"run": run} if run else {"is_recorded": True, "seed": _recorded_seed(room.groups[number])}
        rooms.change(room.code, partial(_with_group, number=number, changes=changes))


def _recorded_seed(group: Group) -> int:
    return preset(group.recipe).spec.train.seed


def _queued(group: Group, key: str, service: Service, address: str) -> str:
    """Return the run that was queued for a group, empty if a limit of the server refused it."""
    settings = service.settings
    try:
        if settings.is_shared and (refused := refusal("runs", address, settings)):
            raise refused
        return str(service.queue_run(class_spec(group.recipe, group.seed, settings.class_steps), key)["run"])
    except LimitError as error:
        _log.info("a group of a class watches a recorded run: %s", error)
        return ""


def _runs_by_owner(store: RunStore) -> dict[str, str]:
    return {owner: folder.run for folder in store.all() if (owner := owner_of(folder))}


def _with_group(room: Room, *, number: int, changes: Mapping[str, Any]) -> Room:
    groups = list(room.groups)
    groups[number] = replace(groups[number], **changes)
    return replace(room, groups=tuple(groups))


def queue_timing(room: Room, service: Service) -> str | None:
    """Queue a short training if nothing was timed on this computer; return its run, which the end of the class removes.

    None if the speed is known or the server's limits refuse it: the page then says that its number is a guess.
    """
    if capacity(service.store, service.settings).is_measured:
        return None
    steps = min(TIMING_STEPS, service.settings.class_steps or TIMING_STEPS)
    try:
        return str(service.queue_run(class_spec(RECIPES[0], 0, steps), owner_key(room, -1))["run"])
    except UserError as error:
        _log.info("this computer is not timed for a class: %s", error)
        return None


def resume_groups(room: Room, store: RunStore) -> None:
    """Queue runs of the room again that a restart of the server interrupted."""
    for group in room.groups:
        folder = store.find(group.run)
        if folder is None or folder.status().status != "interrupted":
            continue
        try:
            folder.request_resume()
        except UserError as error:
            _log.info("a run of a class stays interrupted: %s", error)


def _owners(room: Room) -> set[str]:
    """Return the owners of every run of the room, that of the timing included."""
    return {owner_digest(owner_key(room, number)) for number in range(-1, len(room.groups))}


def remove_runs(room: Room, store: RunStore) -> bool:
    """Delete every run of the room; return True if none is left. Active ones stop, and a later call deletes them."""
    left = False
    keys = _owners(room)
    for folder in store.all():
        if owner_of(folder) not in keys:
            continue
        try:
            if folder.status().is_active:
                folder.request_stop()
            store.delete(folder.run)
        except (UserError, OSError):
            left = True
    return not left


def sweep(rooms: Rooms, store: RunStore) -> None:
    """Delete the rooms whose day is over with their runs; of a kept room only the wall stays."""
    for room in rooms.over():
        if room.is_kept:
            rooms.change(room.code, sealed)
        elif remove_runs(room, store):
            rooms.end(room.code)


def requeue_interrupted(rooms: Rooms, service: Service) -> None:
    """Queue the trainings of open rooms that a killed server left without a run or interrupted."""
    for room in rooms.all():
        if rooms.is_open(room):
            queue_groups(rooms, room.code, service, address="")
            resume_groups(room, service.store)


def start_sweeping(rooms: Rooms, service: Service) -> Thread:
    """Start the thread."""

    def work() -> None:
        pause = Event()
        while True:
            try:
                sweep(rooms, service.store)
                requeue_interrupted(rooms, service)
            except Exception:  # a full disk: the next round may succeed
                _log.exception("the rooms of classes could not be swept")
            pause.wait(EVERY_S)

    thread = Thread(target=work, name="classes", daemon=True)
    thread.start()
    return thread
