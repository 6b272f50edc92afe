"""How many devices of a class have the same bits, from what they told, and what a room takes of it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.classroom import deal, rehearsal, stops
from explorer.classroom import room as room_state
from explorer.classroom.equal_bits import DigestTexts, EqualBits, compare_bits
from explorer.classroom.rehearsal import pretended_training
from explorer.classroom.rooms import Rooms
from explorer.classroom.screens import Screens
from explorer.classroom.trainings import store_training
from explorer.errors import UserError
from explorer.runs.folder import key_digest
from explorer.runs.store import RunStore
from explorer.settings import LOCAL

STEPS = (0, 15, 36, 60)
NAMES = {number: f"pupil {number}" for number in range(9)}


def told(*letters: str) -> dict[int, DigestTexts]:
    """What devices told: a letter for the digest of each saved step, no letter of one that has not finished."""
    return {number: tuple(letter * 64 for letter in each) for number, each in enumerate(letters)}


def compared(*letters: str) -> EqualBits:
    return compare_bits(told(*letters), NAMES, STEPS)


def test_devices_with_other_bits_are_named_with_their_step() -> None:
    bits = compared("abcd", "", "abcd", "abxy", "xbcd", "abcd", "abc")
    assert (bits.num_finished, bits.num_unfinished, bits.num_same, bits.digest) == (6, 1, 3, "d" * 64)
    parted = {each.nickname: (each.step, each.equal_until, each.digest[0]) for each in bits.parted}
    assert parted == {"pupil 3": (36, 15, "y"), "pupil 4": (0, None, "d"), "pupil 6": (60, 36, "c")}
    assert bits.step == 0


def test_nothing_is_said_before_two_have_finished_and_no_majority_is_made_up() -> None:
    for letters in ((), ("",), ("abcd",), ("", "abcd", "")):
        bits = compared(*letters)
        assert (bits.num_same, bits.digest, bits.step, bits.parted) == (0, None, None, ()), letters
    for letters in (("abcd", "abxy"), ("abcd", "abxy", "abcd", "abxy"), ("abcd", "abxy", "abzz")):
        bits = compared(*letters)
        assert (bits.num_same, bits.digest, bits.step, bits.parted) == (0, None, 36, ()), letters
    assert compared("abcd", "abcd", "abxy", "abxz").num_same == 2


@given(st.lists(st.sampled_from(["", "abcd", "abcx", "zbcd", "ab"]), max_size=9))
def test_every_device_is_counted_once(letters: list[str]) -> None:
    bits = compared(*letters)
    assert bits.num_finished + bits.num_unfinished == len(letters)
    assert bits.num_same != 1 and (bits.num_same == 0 or bits.num_same + len(bits.parted) == bits.num_finished)
    assert (bits.step is None) == (len({each for each in letters if each}) < 2)


def test_a_pupil_sees_no_names_and_no_digest_before_its_own_has_finished() -> None:
    bits = compared("abcd", "abcd", "abxy")
    early, late = bits.seen_by(()), bits.seen_by(told("abxy")[0])
    assert (early.parted, early.digest, early.own_digest, early.num_same) == ((), None, None, 2)
    assert (late.parted, late.digest, late.own_digest) == ((), "d" * 64, "y" * 64)


# ---- In a room


def same_room(pupils: int, *, is_rehearsal: bool = False) -> room_state.Room:
    room = room_state.Room(
        code="KRTM",
        key_digest=key_digest("teacher"),
        opened=0.0,
        since=0.0,
        is_same_for_all=True,
        is_rehearsal=is_rehearsal,
    )
    for number in range(pupils):
        room = room_state.add_pupil(room, f"pupil {number}", key_digest(f"key {number}"), now=1.0)
    return room_state.go_to_stop(room, stops.first_stop("train"), now=0.0)


SPEC = deal.room_spec(same_room(0), 0)
LANDINGS = sorted(deal.landing_pairs(SPEC))
BUDGET = SPEC.train.steps * SPEC.train.batch_size


def news(training: room_state.DeviceState, pairs: int, digests: DigestTexts = ()) -> room_state.PupilTraining:
    return room_state.PupilTraining(pairs=pairs, accuracy=0.8, state=training, at=1.0, digests=digests)


def stored(room: room_state.Room, pupil: int, told: room_state.PupilTraining) -> room_state.Room:
    landed_at = told.pairs if told.state == "landed" else None
    count = len(deal.steps_saved_until_end(SPEC, landed_at))
    return store_training(room, pupil, told, most=BUDGET, landings=LANDINGS, num_digests=count)


def test_everybody_has_one_training_and_other_rooms_have_another() -> None:
    room = same_room(3)
    specs = {deal.room_spec(room, pupil) for pupil in range(room_state.MAX_PUPILS)}
    assert specs == {SPEC} and deal.deal_spec("KRTM", 0) == SPEC
    assert deal.room_spec(replace(room, code="BCDF"), 0).train.seed != SPEC.train.seed
    assert len({deal.room_spec(replace(room, is_same_for_all=False), pupil).train.seed for pupil in range(30)}) == 30


def test_digests_are_told_when_it_ends_one_for_each_saved_step_until_then() -> None:
    room, digests = same_room(2), told("abcdefghijklmnopqrst")[0]
    landed = LANDINGS[5]
    until = deal.steps_saved_until_end(SPEC, landed)
    assert until[0] == 0 and 2 < len(until) < len(deal.steps_saved_until_end(SPEC)) and until[-1] * 256 >= landed
    for count in (0, len(until) - 1, len(until) + 1):
        with pytest.raises(UserError, match=f"^digests={count}: .*: {len(until)}$"):
            stored(room, 0, news("landed", landed, digests[:count]))
    after = stored(room, 0, news("landed", landed, digests[: len(until)]))
    assert after.pupils[0].training == news("landed", landed, digests[: len(until)])
    on_the_way = stored(room, 1, news("training", 512, digests)).pupils[1].training
    assert on_the_way is not None and on_the_way.digests == (), "nobody can copy what was told too early"
    with pytest.raises(UserError, match="digests"):
        stored(room, 1, news("ended", BUDGET, digests[: len(until)]))
    other = room_state.go_to_stop(replace(room, is_same_for_all=False), stops.first_stop("train"), now=0.0)
    kept = stored(other, 0, news("landed", landed, digests)).pupils[0].training
    assert kept is not None and kept.digests == (), "another class has no digests"


def test_the_wall_counts_them_and_a_phone_is_told_no_names(store: RunStore) -> None:
    shown, until = Screens(store, LOCAL, lambda: 2.0), len(deal.steps_saved_until_end(SPEC, LANDINGS[5]))
    equal, other = told("a" * until, "a" * (until - 1) + "b").values()
    room = same_room(4)
    for pupil, digests in ((0, equal), (1, other), (2, equal)):
        room = stored(room, pupil, news("landed", LANDINGS[5], digests))
    room = stored(room, 3, news("watching", 0))
    bits = shown.view(room, role="teacher")["wall"]["bits"]
    assert (bits["num_same"], bits["num_finished"], bits["num_unfinished"]) == (2, 3, 0)
    assert [each["nickname"] for each in bits["parted"]] == ["pupil 1"]
    assert shown.view(room, role="pupil", pupil=3)["wall"]["bits"]["digest"] is None
    phone = shown.view(room, role="pupil", pupil=1)["wall"]["bits"]
    assert (phone["parted"], phone["own_digest"], phone["digest"]) == ([], "b" * 64, "a" * 64)
    learned = room_state.go_to_stop(room, len(room.stops) - 1, now=2.0)
    for role, pupil in (("teacher", None), ("pupil", 0)):
        numbers = shown.view(learned, role=role, pupil=pupil)["numbers"]  # type: ignore[arg-type]
        assert numbers["bits"] == {"num_same": 2, "num_finished": 3}
    assert shown.wall(replace(room, is_same_for_all=False)).bits is None


def test_pretended_devices_have_the_bits_of_the_recorded_training_one_after_the_other(store: RunStore) -> None:
    row = deal.recorded_trainings()[deal.SAME_NUMBER]
    assert len(row["digests"]) == len(set(row["digests"])) == len(deal.steps_saved_until_end(SPEC, row["pairs"]))
    room = same_room(0, is_rehearsal=True)
    room = replace(
        room,
        pupils=tuple(room_state.Pupil(nickname=name, key_digest="", joined=0.0) for name in room_state.PRETENDED_NAMES),
    )
    assert deal.room_spec(room, 3).train.seed == row["seed"]
    times = (0.0, 25.0, rehearsal.REHEARSED_S)
    finished = [Screens(store, LOCAL, lambda now=now: now).wall(room).bits for now in times]  # type: ignore[misc]
    assert [each and (each.num_finished, each.num_unfinished, each.num_same) for each in finished] == [
        (0, 6, 0),
        (2, 4, 2),
        (6, 0, 6),
    ]
    # A class whose trainings are shortened computes other bits than were recorded.
    short = Screens(store, replace(LOCAL, class_steps=3), lambda: rehearsal.REHEARSED_S).wall(room).bits
    assert short is not None and (short.num_finished, short.num_same) == (0, 0)
    assert pretended_training(replace(room, is_same_for_all=False), 1, rehearsal.REHEARSED_S).digests == ()  # type: ignore[union-attr]


def test_a_class_has_things_of_its_own_or_one_training(store: RunStore) -> None:
    with pytest.raises(UserError, match="^is_same_for_all"):
        Rooms(store.root).open_room(has_things=True, is_same_for_all=True)
    room, _ = Rooms(store.root).open_room(is_same_for_all=True)
    assert Rooms(store.root).get(room.code, address="192.0.2.9").is_same_for_all
