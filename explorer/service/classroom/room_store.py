"""Rooms on disk, one JSON file each, replaced atomically before a change is answered.

    rooms = Rooms(store.root)
    room, key = rooms.open_room()                               # key: 32 hexadecimal digits, given once
    rooms.change(room.code, lambda room: steered(room, 1, now=rooms.now()))
    rooms.get("KRTM", address="192.0.2.1")                      # counts a wrong code for this address
    rooms.over()                                                # rooms whose day is over

A killed server loses nothing that it has answered. Codes expire after `DAY_S`, and an ended code is remembered as long
without any content, so that the phones of its class are not counted as guessing.
"""

import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from explorer.errors import NO_VALUE, LimitError, MissingFileError
from explorer.runs.files import read_json, write_json
from explorer.service.classroom.room import Room, digest, is_teacher_of, pupil_of

LETTERS = "BCDFGHJKMNPRSTWXYZ"
"""No vowels, so that no code is a word, and no letter that looks like another or like a digit."""
LENGTH = 4
DAY_S = 12 * 3600.0
MOST_ROOMS = 200
WRONG_CODES, WRONG_SPAN_S = 20, 3600.0
MOST_ADDRESSES = 20_000
_ENDED = "ended.json"


class EndedError(MissingFileError):
    """A room that was here and is over."""


class WrongCodes:
    """Sliding window of wrong codes per address: at most `WRONG_CODES` in `WRONG_SPAN_S`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, address: str) -> None:
        """Raise `LimitError` if the address has used up its tries."""
        times, now = self._times.get(address, deque()), self._clock()
        while times and now - times[0] > WRONG_SPAN_S:
            times.popleft()
        if len(times) >= WRONG_CODES:
            wait = max(1, round((times[0] + WRONG_SPAN_S - now) / 60))
            reason = f"too many wrong codes from your address; try again in {wait} minutes"
            raise LimitError("room", NO_VALUE, reason)

    def count(self, address: str) -> None:
        """Count one wrong code."""
        self._times.setdefault(address, deque()).append(self._clock())
        self._times.move_to_end(address)
        if len(self._times) > MOST_ADDRESSES:
            self._times.popitem(last=False)


class Rooms:
    """The rooms below the folder of runs (see the module)."""

    def __init__(self, root: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.folder = root / ".classes"
        self.now = clock
        self.wrong = WrongCodes()
        self.on_change: Callable[[str], None] = lambda _code: None
        """Called with the code after each change, from the thread that made it."""
        self._lock = threading.RLock()
        self._rooms: dict[str, Room] = {}
        self._ended: dict[str, float] = {}
        self._is_read = False

    def open_room(self) -> tuple[Room, str]:
        """Make a room with a fresh code; return it with the teacher's key."""
        with self._lock:
            self._read()
            if len(self._rooms) >= MOST_ROOMS:
                self._drop_an_empty_one()
            code = self._fresh_code()
            key, now = secrets.token_hex(16), self.now()
            self._write(Room(code=code, key=digest(key), opened=now, since=now))
            return self._rooms[code], key

    def get(self, code: object, *, address: str, key: str = "") -> Room:
        """Return the room; an unknown code counts as a wrong one and raises `UserError`.

        An address with too many wrong codes is refused, unless it has a key of the room: a class behind one router is
        one address.
        """
        with self._lock:
            self._read()
            name = code.strip().upper() if isinstance(code, str) else ""
            room = self._rooms.get(name)
            if room is None or not key or not (is_teacher_of(room, key) or pupil_of(room, key) is not None):
                self.wrong.check(address)
            if room is not None and (room.is_kept or not self._is_over(room)):
                return room
            if room is not None or name in self._ended:
                raise EndedError("room", name, "this class is over")
            self.wrong.count(address)
            raise MissingFileError("room", name or NO_VALUE, "there is no class with this code", longest=20)

    def change(self, code: str, changed: Callable[[Room], Room]) -> Room:
        """Apply a pure function to a room and write the result before anyone sees it; return it."""
        with self._lock:
            self._read()
            before = self._rooms.get(code)
            if before is None:
                raise EndedError("room", code, "this class is over")
            after = changed(before)
            if after is before:
                return before
            self._write(after)
        self.on_change(code)
        return after

    def all(self) -> list[Room]:
        """Return every room that is on disk, also one whose day is over."""
        with self._lock:
            self._read()
            return list(self._rooms.values())

    def over(self) -> list[Room]:
        """Return the rooms whose day is over."""
        return [room for room in self.all() if self._is_over(room)]

    def is_open(self, room: Room) -> bool:
        """Return True if pupils may still join and answer."""
        return not self._is_over(room)

    def end(self, code: str) -> None:
        """Remove a room; its code stays unusable for the rest of the day."""
        with self._lock:
            self._read()
            if self._rooms.pop(code, None) is None:
                return
            now = self.now()
            self._ended = {name: at for name, at in self._ended.items() if now - at < DAY_S} | {code: now}
            write_json(self.folder / _ENDED, self._ended)
            (self.folder / f"{code}.json").unlink(missing_ok=True)
        self.on_change(code)

    def _is_over(self, room: Room) -> bool:
        return self.now() - room.opened > DAY_S

    def _fresh_code(self) -> str:
        while True:
            code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
            if code not in self._rooms and code not in self._ended:
                return code

    def _drop_an_empty_one(self) -> None:
        """Make place for a new room: the oldest one without pupils goes."""
        empty = sorted((room.opened, room.code) for room in self._rooms.values() if not room.pupils)
        if not empty:
            raise LimitError("rooms", len(self._rooms), "this server has no place for another class; try later")
        self.end(empty[0][1])

    def _write(self, room: Room) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.folder / f"{room.code}.json", room.as_dict())
        self._rooms[room.code] = room

    def _read(self) -> None:
        """Read the folder once; a file of another shape stays and is not read."""
        if self._is_read:
            return
        with suppress(OSError, ValueError, TypeError, AttributeError):
            self._ended = {str(code): float(at) for code, at in read_json(self.folder / _ENDED).items()}
        for path in sorted(self.folder.glob("[A-Z]*.json")) if self.folder.is_dir() else ():
            with suppress(OSError, ValueError, TypeError, LookupError, AttributeError):
                room = Room.from_dict(read_json(path))
                self._rooms[room.code] = room
        self._is_read = True
