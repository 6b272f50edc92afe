"""The rooms of a server on disk: their codes, their files, and what is swept when their day is over.

    rooms = Rooms(store.root)               # one JSON file each, replaced before a change is answered
    room, key = rooms.open_room()           # key: 32 hexadecimal digits, given once
    rooms.change(room.code, lambda before: replace(before, is_kept=True))
    rooms.get("KRTM", address="192.0.2.1")  # counts a wrong code for this address

Drawings lie in files of their own, in a folder with the code of the room, and are deleted with it.

A killed server loses nothing that it has answered. Codes expire after `ROOM_LIFETIME_S`, and an ended code is
remembered as long without any content, so that the phones of its class are not counted as guessing.
"""

import hmac
import logging
import math
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from explorer.classroom.room import PRETENDED_NAMES, Pupil, Room, find_pupil, invitation_key, is_teacher_key
from explorer.codec import decode, encode
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, BusyError, MissingFileError, UserError
from explorer.runs.files import read_json, replace_file, sweep_leftovers, write_json
from explorer.runs.folder import key_digest

CODE_LETTERS = "BCDFGHJKMNPRSTWXYZ"
"""No vowels, so that no code is a word, and no letter that looks like another or like a digit."""
CODE_LENGTH = 4
ROOM_LIFETIME_S = 3600.0 * CONTRACT.class_hours
MAX_ROOMS, MAX_KEPT_WALLS = 200, 1000
"""Rooms whose day is not over, and rooms whose wall is kept beyond it."""
MAX_WRONG_CODES, WRONG_SPAN_S = 20, 3600.0
LONGEST_CODE = 20
"""Characters of a wrong code that are kept and shown."""
MAX_ADDRESSES = 20_000
_ENDED_FILE = "ended.json"
SWEEP_EVERY_S = 30.0
"""Seconds between two rounds of the thread that sweeps."""
_log = logging.getLogger(__name__)


class EndedError(MissingFileError):
    """A room that was here and is over."""


class WrongCodeWindow:
    """Sliding window of different wrong codes per address: at most `MAX_WRONG_CODES` in `WRONG_SPAN_S`.

    One code counts once however often it is asked: thirty phones whose room is gone guess nothing, and a key that
    anybody can make up excuses no guess.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: OrderedDict[str, dict[str, float]] = OrderedDict()
        """By address and wrong code, when it was asked first; the oldest stands first."""

    def check(self, address: str) -> None:
        """Raise `BusyError` if the address has used up its tries."""
        now = self._clock()
        times = {code: at for code, at in self._times.get(address, {}).items() if now - at <= WRONG_SPAN_S}
        if address in self._times:
            self._times[address] = times
        if len(times) >= MAX_WRONG_CODES:
            wait = math.ceil((min(times.values()) + WRONG_SPAN_S - now) / 60) or 1
            wanted = "too many wrong codes from your address; try again in {minutes} minutes"
            raise BusyError("room", NO_VALUE, wanted, minutes=wait)

    def count(self, address: str, code: str) -> None:
        """Count a wrong code of an address; one that it has asked before counts no more."""
        self._times.setdefault(address, {}).setdefault(code[:LONGEST_CODE], self._clock())
        self._times.move_to_end(address)
        if len(self._times) > MAX_ADDRESSES:
            self._times.popitem(last=False)


class Rooms:
    """The rooms below the folder of runs."""

    def __init__(self, root: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.folder = root / ".classes"
        self.now = clock
        self.wrong = WrongCodeWindow()
        self.listeners: list[Callable[[str], None]] = []
        """Called with the code after each change, from the thread that made it."""
        self._lock = threading.RLock()
        self._rooms: dict[str, Room] = {}
        self._ended: dict[str, float] = {}
        self._is_read = False

    def open_room(
        self, *, is_rehearsal: bool = False, has_things: bool = False, is_same_for_all: bool = False
    ) -> tuple[Room, str]:
        """Make a room with a fresh code, for a rehearsal with pretended pupils; return it with the teacher's key."""
        if has_things and is_same_for_all:
            raise UserError(
                "is_same_for_all", is_same_for_all, "a class makes things of its own, or all train the same"
            )
        with self._lock:
            self._read()
            if len(rooms := [*filter(self.is_open, self._rooms.values())]) >= MAX_ROOMS:
                self._drop_an_empty_one(rooms)
            code = self._fresh_code()
            key, now = secrets.token_hex(16), self.now()
            pupils = tuple(Pupil(nickname=name, key_digest="", joined=now) for name in PRETENDED_NAMES if is_rehearsal)
            room = Room(
                code=code, key_digest=key_digest(key), opened=now, since=now, pupils=pupils, is_rehearsal=is_rehearsal,
                has_things=has_things, is_same_for_all=is_same_for_all,
            )  # fmt: skip
            self._write(room)
            return self._rooms[code], key

    def get(self, code: object, *, address: str, key: str = "") -> Room:
        """Return the room; an unknown code counts as a wrong one and raises `UserError`.

        An address with too many wrong codes is refused, unless it has a key of the room, if only that of its QR code: a
        class behind one router is one address, and one pupil who guesses must not lock out the others.
        """
        with self._lock:
            self._read()
            name = code.strip().upper() if isinstance(code, str) else ""
            room = self._rooms.get(name)
            if (
                room is None
                or not key
                or not (
                    is_teacher_key(room, key)
                    or find_pupil(room, key) is not None
                    or hmac.compare_digest(key, invitation_key(room))
                )
            ):
                self.wrong.check(address)
            if room is not None and (room.is_kept or self.is_open(room)):
                return room
            if room is not None or name in self._ended:
                raise EndedError("room", name, "this class is over")
            self.wrong.count(address, name)
            raise MissingFileError("room", name or NO_VALUE, "there is no class with this code", longest=LONGEST_CODE)

    def change(self, code: str, changed: Callable[[Room], Room], files: Mapping[str, bytes] | None = None) -> Room:
        """Apply a pure function to a room and write the result before anyone sees it; return it.

        Of `files`, those that the changed room names are written before it; those that it names no more are deleted.
        """
        with self._lock:
            self._read()
            before = self._rooms.get(code)
            if before is None:
                raise EndedError("room", code, "this class is over")
            after = changed(before)
            if after == before:
                return before
            for name in after.files - before.files:
                self._path_of(code, name).parent.mkdir(exist_ok=True)
                replace_file(self._path_of(code, name), (files or {})[name])
            self._write(after)
            for name in before.files - after.files:
                self._path_of(code, name).unlink(missing_ok=True)
        self._tell(code)
        return after

    def keep(self, code: str, *, is_kept: bool) -> Room:
        """Keep the wall of a room beyond its day, or no longer; raise `UserError` where the server keeps its most."""
        with self._lock:
            others = sum(room.is_kept for room in self.list_rooms() if room.code != code)
            if is_kept and others >= MAX_KEPT_WALLS:
                raise UserError("walls", others, "this server keeps no more of them; save yours as a picture or table")
            return self.change(code, lambda room: replace(room, is_kept=is_kept))

    def read_file(self, room: Room, name: object) -> bytes:
        """Return a drawing of the room, or its world; raise `MissingFileError` for a name that it does not have."""
        known = next((each for each in room.files if each == name), None)
        try:
            if known is not None:
                return self._path_of(room.code, known).read_bytes()
        except FileNotFoundError:
            pass  # the teacher asked for another one meanwhile, or the day of a kept wall is over
        raise MissingFileError("drawing", name, "is not in this room", longest=40)

    def _path_of(self, code: str, name: str) -> Path:
        return self.folder / code / f"{name}.json"

    def list_rooms(self) -> list[Room]:
        """Return every room that is on disk, also one whose day is over."""
        with self._lock:
            self._read()
            return list(self._rooms.values())

    def is_open(self, room: Room) -> bool:
        """Return True if pupils may still join and answer: its day is not over."""
        return self.now() - room.opened <= ROOM_LIFETIME_S

    def end_room(self, code: str) -> None:
        """Remove a room; its code stays unusable for the rest of the day."""
        with self._lock:
            self._read()
            if code not in self._rooms:
                return
            (self.folder / f"{code}.json").unlink(missing_ok=True)  # first: a server that is killed here has no room
            self._drop_files(code)
            del self._rooms[code]
            now = self.now()
            self._ended = {name: at for name, at in self._ended.items() if now - at < ROOM_LIFETIME_S} | {code: now}
            write_json(self.folder / _ENDED_FILE, self._ended)
        self._tell(code)

    def sweep(self) -> None:
        """Delete the rooms whose day is over; of a kept one the wall stays, without keys, votes and drawings.

        A server that was killed while it wrote has left nicknames in a temporary file, or drawings without their room:
        these go too.
        """

        def only_the_wall(room: Room) -> Room:
            return replace(
                room, pupils=tuple(replace(each, key_digest="", thing=None) for each in room.pupils), answers={}
            )

        sweep_leftovers(self.folder, ".*")
        self._drop_orphans()
        for room in self.list_rooms():
            if self.is_open(room):
                continue
            if room.is_kept:
                self.change(room.code, only_the_wall)
                self._drop_files(room.code)
            else:
                self.end_room(room.code)

    def _drop_files(self, code: str) -> None:
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder / code)

    def _drop_orphans(self) -> None:
        with self._lock:
            for path in self.folder.glob("[A-Z]*"):
                if path.is_dir() and not (self.folder / f"{path.name}.json").exists():
                    self._drop_files(path.name)

    def _tell(self, code: str) -> None:
        for listener in self.listeners:
            listener(code)

    def _fresh_code(self) -> str:
        while True:
            code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
            if code not in self._rooms and code not in self._ended:
                return code

    def _drop_an_empty_one(self, rooms: Sequence[Room]) -> None:
        """Make place for a new room: of these, the oldest one without pupils goes."""
        empty = sorted((room.opened, room.code) for room in rooms if not room.present)
        if not empty:
            raise BusyError("rooms", len(rooms), "this server has no place for another class; try later")
        self.end_room(empty[0][1])

    def _write(self, room: Room) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.folder / f"{room.code}.json", encode(room))
        self._rooms[room.code] = room

    def _read(self) -> None:
        """Read the folder once; a file of another shape stays and is not read."""
        if self._is_read:
            return
        with suppress(OSError, ValueError, TypeError, AttributeError):
            self._ended = {str(code): float(at) for code, at in read_json(self.folder / _ENDED_FILE).items()}
        for path in sorted(self.folder.glob("[A-Z]*.json")) if self.folder.is_dir() else ():
            with suppress(OSError, ValueError):
                room = decode(Room, read_json(path))
                self._rooms[room.code] = room
        self._is_read = True


def start_sweeping(rooms: Rooms) -> threading.Thread:
    """Sweep the rooms now and every `SWEEP_EVERY_S`, in a thread, until the process ends."""

    def work() -> None:
        pause = threading.Event()
        while True:
            try:
                rooms.sweep()
            except Exception:  # a full disk: the next round may succeed
                _log.exception("the rooms of classes could not be swept")
            pause.wait(SWEEP_EVERY_S)

    thread = threading.Thread(target=work, name="classes", daemon=True)
    thread.start()
    return thread
