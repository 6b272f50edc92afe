"""The rooms of a server survive guessed codes, a killed server, a full disk, and the end of their day."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.classroom import room as room_state
from explorer.classroom import rooms as rooms_module
from explorer.classroom import stops
from explorer.classroom.fooling import store_scene
from explorer.classroom.rooms import (
    CODE_LETTERS,
    MAX_WRONG_CODES,
    ROOM_LIFETIME_S,
    WRONG_SPAN_S,
    EndedError,
    Rooms,
    WrongCodeWindow,
)
from explorer.classroom.tally import count_votes
from explorer.classroom.trainings import store_training
from explorer.codec import decode, encode
from explorer.errors import BusyError, UserError
from explorer.runs.folder import key_digest
from explorer.runs.store import RunStore
from tests.unit.classroom.pupils import SCENE, room_of, told

ME = "192.0.2.9"


def test_a_code_is_four_letters_that_nobody_confuses(store: RunStore) -> None:
    room, key = Rooms(store.root).open_room()
    assert len(room.code) == 4 and set(room.code) <= set(CODE_LETTERS)
    assert not set("AEIOULQV01") & set(CODE_LETTERS)
    assert room.key_digest == key_digest(key) and key not in (store.root / ".classes" / f"{room.code}.json").read_text()


def test_a_new_server_has_the_rooms_of_a_killed_one_and_a_damaged_file_hides_none(store: RunStore) -> None:
    rooms = Rooms(store.root)
    room, _ = rooms.open_room()

    def lived(now: room_state.Room) -> room_state.Room:
        now = store_scene(
            room_state.go_to_stop(
                room_state.add_pupil(now, "Ada", key_digest("a"), now=1.0), stops.first_stop("fool"), now=0.0
            ),
            0,
            0.25,
            SCENE.format(1000),
        )
        return store_training(now, 0, told(512), most=768)

    changed = rooms.change(room.code, lived)
    (rooms.folder / "BBBB.json").write_text('{"code": "BBBB"}')
    (rooms.folder / "CCCC.json").write_text("[")
    again = Rooms(store.root)
    assert (
        again.get(room.code.lower(), address=ME)
        == changed
        == decode(room_state.Room, json.loads(json.dumps(encode(changed))))
    )
    assert [each.code for each in again.list_rooms()] == [room.code]


def test_a_change_that_cannot_be_written_is_not_made(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms = Rooms(store.root)
    room, _ = rooms.open_room()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("explorer.classroom.rooms.write_json", full)
    with pytest.raises(OSError):
        rooms.change(room.code, lambda now: room_state.go_to_stop(now, 1, now=1.0))
    assert rooms.get(room.code, address=ME).stop == 0


def test_twenty_wrong_codes_an_hour_and_members_are_not_locked_out(store: RunStore) -> None:
    clock, rooms = [0.0], Rooms(store.root)
    rooms.wrong = WrongCodeWindow(lambda: clock[0])
    room, key = rooms.open_room()
    rooms.change(room.code, lambda now: room_state.add_pupil(now, "Ada", key_digest("a" * 32), now=1.0))
    for number in range(MAX_WRONG_CODES):
        with pytest.raises(UserError, match="no class with this code"):
            rooms.get(f"ZZ{number:02}", address=ME)
    for code, wrong in (("ZZZZ", ""), ("ZZ00", ""), (room.code, ""), (room.code, "b" * 32)):
        with pytest.raises(BusyError, match="60 minutes"):
            rooms.get(code, address=ME, key=wrong)
    for its_own in (key, "a" * 32, room_state.invitation_key(room)):
        assert rooms.get(room.code, address=ME, key=its_own)
    other, _ = rooms.open_room()
    with pytest.raises(BusyError):
        rooms.get(room.code, address=ME, key=room_state.invitation_key(other))
    assert rooms.get(room.code, address="192.0.2.10")
    clock[0] = WRONG_SPAN_S + 1
    assert rooms.get(room.code, address=ME)


def test_thirty_phones_whose_room_is_gone_guess_nothing(store: RunStore, tmp_path: Path) -> None:
    """After a restart with an empty folder each asks on with its old key, and a new class opens at their address."""
    room, _ = Rooms(store.root).open_room()
    rooms = Rooms(tmp_path / "empty")
    for number in range(30 * 20):
        with pytest.raises(UserError, match="no class with this code"):
            rooms.get(room.code, address=ME, key=f"{number % 30:032x}")
    opened, _ = rooms.open_room()
    assert rooms.get(opened.code, address=ME) == opened
    for number in range(MAX_WRONG_CODES - 1):  # a key that anybody makes up excuses no guess
        with pytest.raises(UserError, match="no class with this code"):
            rooms.get(f"ZZ{number:02}", address=ME, key=f"{number:032x}")
    with pytest.raises(BusyError):
        rooms.get("ZZZZ", address=ME, key="a" * 32)


def test_a_room_of_an_earlier_version_opens(store: RunStore) -> None:
    kept = {"code": "KRTM", "key": key_digest("teacher"), "opened": 1.0, "since": 1.0}
    pupils = [{"nickname": "Ada", "token": key_digest("pupil"), "joined": 1.0}]
    rooms = Rooms(store.root, clock=lambda: 2.0)
    rooms.folder.mkdir(parents=True)
    (rooms.folder / "KRTM.json").write_text(json.dumps(kept | {"pupils": pupils}))
    room = rooms.get("KRTM", address=ME)
    assert room_state.is_teacher_key(room, "teacher") and room_state.find_pupil(room, "pupil") == 0


def test_nicknames_that_a_killed_server_was_writing_are_swept(store: RunStore) -> None:
    rooms = Rooms(store.root)
    room, _ = rooms.open_room()
    old, young = (rooms.folder / f".{room.code}.json.{number}.1" for number in (1, 2))
    for path in (old, young):
        path.write_text('{"pupils": [{"nickname": "Ada"')
    os.utime(old, (1.0, 1.0))
    rooms.sweep()
    assert not old.exists() and young.exists(), "another thread may be writing it"
    assert Rooms(store.root).get(room.code, address=ME) == room


def test_a_code_expires_with_the_day_and_all_is_deleted(store: RunStore) -> None:
    clock = [1000.0]
    rooms = Rooms(store.root, clock=lambda: clock[0])
    (room, _), (kept, key) = rooms.open_room(), rooms.open_room()
    for code in (room.code, kept.code):
        rooms.change(code, lambda now: room_state.add_pupil(now, "Ada", key_digest("a" * 32), now=1.0))
    rooms.change(kept.code, lambda now: replace(now, is_kept=True))
    clock[0] += ROOM_LIFETIME_S + 1
    with pytest.raises(EndedError):
        rooms.get(room.code, address=ME)
    rooms.sweep()
    assert [path.name for path in sorted(rooms.folder.glob("*.json"))] == sorted([f"{kept.code}.json", "ended.json"])
    left = rooms.get(kept.code, address=ME, key=key)
    assert left.answers == {} and left.pupils[0].key_digest == "" and left.pupils[0].nickname == "Ada"
    with pytest.raises(EndedError):  # an ended code is not a guess
        Rooms(store.root, clock=lambda: clock[0]).get(room.code, address=ME)


def _join_and_keep(rooms: Rooms, code: str) -> None:
    rooms.change(code, lambda now: room_state.add_pupil(now, "Ada", key_digest("a" * 32), now=1.0))
    rooms.keep(code, is_kept=True)


def test_kept_walls_take_no_place_from_classes(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """One address that keeps ten walls an hour would close the server to every class within a day, for good."""
    monkeypatch.setattr(rooms_module, "MAX_ROOMS", 3)
    clock = [1000.0]
    rooms = Rooms(store.root, clock=lambda: clock[0])
    for _ in range(3):
        _join_and_keep(rooms, rooms.open_room()[0].code)
    with pytest.raises(BusyError, match="^rooms=3: this server has no place for another class"):
        rooms.open_room()
    clock[0] += ROOM_LIFETIME_S + 1
    assert len({rooms.open_room()[0].code for _ in range(3)}) == 3 and len(rooms.list_rooms()) == 6


def test_so_many_walls_are_kept_and_none_makes_room_for_another(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms_module, "MAX_KEPT_WALLS", 2)
    rooms = Rooms(store.root)
    one, two, three = (rooms.open_room()[0].code for _ in range(3))
    for code in (one, two, two):
        rooms.keep(code, is_kept=True)
    with pytest.raises(UserError, match="^walls=2: this server keeps no more of them; save yours as a picture"):
        rooms.keep(three, is_kept=True)
    rooms.keep(one, is_kept=False)
    assert rooms.keep(three, is_kept=True).is_kept and rooms.get(two, address=ME).is_kept


@pytest.mark.nightly
def test_ten_thousand_votes_at_once_are_all_counted(store: RunStore) -> None:
    """Of sixty pupils who change their minds, from eight threads; what is answered is on the disk."""
    rooms = Rooms(store.root)
    room, _ = rooms.open_room()
    class_of_sixty = room_state.go_to_stop(room_of(room_state.MAX_PUPILS), 1, now=1.0)
    rooms.change(room.code, lambda now: replace(class_of_sixty, code=now.code, opened=now.opened))

    def vote(number: int) -> None:
        pupil, choice = number % room_state.MAX_PUPILS, number // room_state.MAX_PUPILS % 2
        rooms.change(room.code, lambda now: room_state.store_answer(now, pupil, "vote.0", choice))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(vote, range(10_000)))
    list(map(vote, range(room_state.MAX_PUPILS)))  # what each says last
    written = Rooms(store.root).get(room.code, address=ME)
    assert written == rooms.get(room.code, address=ME) and count_votes(written, "vote.0", 2) == (
        room_state.MAX_PUPILS,
        0,
    )
    assert (rooms.folder / f"{room.code}.json").stat().st_size < 30_000, "a vote replaces the one before"
    assert [path.name for path in rooms.folder.iterdir()] == [f"{room.code}.json"]
