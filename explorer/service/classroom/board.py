"""Views of a room as JSON, for the teacher's projector and for the phone of one pupil.

    board = Board(store, settings)
    board.view(room, role="teacher")["counts"]              # of the open question
    board.view(room, role="pupil", pupil=0)["me"]["answer"]

Files of runs are read at most once a second for all pages of a room together.
"""

import threading
import time
from dataclasses import asdict, dataclass
from typing import Any, Literal

from explorer.runs.store import RunStore
from explorer.service.classroom import deal
from explorer.service.classroom.class_numbers import MOST_SCENES, class_numbers, counts, scenes, vote_tally
from explorer.service.classroom.deal import Capacity
from explorer.service.classroom.lesson_plan import MINUTES, NUM_PAIRS, STOPS
from explorer.service.classroom.questions import question
from explorer.service.classroom.room import Room
from explorer.service.classroom.wall import Wall, wall
from explorer.settings import Settings

Role = Literal["teacher", "pupil"]
FRESH_S = 1.0
"""Seconds for which the numbers of runs are shared by all pages of a room."""
WITH_RUNS = ("train", "learned")
"""Steps whose views change without an action, because trainings go on."""
MOST_WALLS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class _KeptWall:
    """Wall of a room and capacity of this computer, as they were at the time `made`."""

    made: float
    room: Room
    wall: Wall
    capacity: Capacity


class Board:
    """Views of rooms (see the module)."""

    def __init__(self, store: RunStore, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._lock = threading.Lock()
        self._walls: dict[str, _KeptWall] = {}

    def view(self, room: Room, *, role: Role, pupil: int | None = None) -> dict[str, object]:
        """Return the view of a page; `pupil` is the number of the pupil whose phone it is."""
        stop = STOPS[room.stop]
        view = {
            "room": room.code,
            "role": role,
            "stop": room.stop,
            "step": stop.step,
            "part": stop.part,
            "question": stop.question,
            "revealed": stop.is_revealed,
            "since": room.since,
            "minutes": MINUTES[stop.step],
            "people": len(room.present),
            "kept": room.is_kept,
        }
        view |= self._of_step(room, role, pupil)
        if role == "teacher":
            view |= {"reached": room.is_reached, "names": [[n, each.nickname] for n, each in room.present]}
        elif pupil is not None:
            view["me"] = _me(room, pupil)
        return view

    def _of_step(self, room: Room, role: Role, pupil: int | None) -> dict[str, object]:
        stop = STOPS[room.stop]
        if stop.question:
            options = question(self._store, room.code, stop.question).options
            found = counts(room, stop.question, len(options))
            return {"counts": list(found), "answers": sum(found)}
        if stop.step == "vote" and stop.part == NUM_PAIRS:
            vote, models = vote_tally(room, self._store)
            return {"vote": {"right": vote.right, "n": vote.n},
                    "models": [asdict(each) for each in models]}  # fmt: skip
        if stop.step == "train":
            found_wall, capacity = self.wall(room)
            return {"wall": _shown(found_wall, room, role, pupil), "capacity": capacity.as_dict()}
        if stop.step == "fool":
            best = scenes(room)
            shown = best[: MOST_SCENES if role == "teacher" else 3]
            return {"scenes": [asdict(each) for each in shown], "tried": len(best)}
        if stop.step == "learned":
            found_wall, _ = self.wall(room)
            return {"numbers": class_numbers(room, self._store, found_wall).as_dict()}
        return {}

    def wall(self, room: Room) -> tuple[Wall, Capacity]:
        """Return the wall and the capacity of this computer, at most `FRESH_S` old."""
        with self._lock:
            kept = self._walls.get(room.code)
            is_same = kept is not None and (kept.room.groups, kept.room.pupils) == (room.groups, room.pupils)
            if kept is not None and is_same and time.monotonic() - kept.made < FRESH_S:
                return kept.wall, kept.capacity
            deal.resume_groups(room, self._store)
            found = wall(room, self._store)
            capacity = deal.capacity(self._store, self._settings, room=room)
            if len(self._walls) >= MOST_WALLS:
                self._walls.pop(next(iter(self._walls)))
            self._walls[room.code] = _KeptWall(made=time.monotonic(), room=room, wall=found, capacity=capacity)
            return found, capacity


def _shown(found: Wall, room: Room, role: Role, pupil: int | None) -> dict[str, Any]:
    """Return the whole wall for the projector; for a phone only the training of its own group."""
    plain = found.as_dict()
    if role == "teacher":
        return plain
    group = room.pupils[pupil].group if pupil is not None else -1
    plain["dots"] = [dot for dot in plain["dots"] if dot["group"] == group >= 0]
    return plain


def _me(room: Room, pupil: int) -> dict[str, object]:
    me = room.pupils[pupil]
    given = room.answers.get(STOPS[room.stop].question, {}).get(str(pupil))
    margin = me.fooled.margin if me.fooled else None
    return {"number": pupil, "nickname": me.nickname, "group": me.group, "answer": given, "margin": margin}
