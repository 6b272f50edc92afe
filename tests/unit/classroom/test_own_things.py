"""The class's own world: a thing goes to the teacher first, a closed world stays, drawings go with their room."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.classroom import deal, own_things, stops
from explorer.classroom import room as room_state
from explorer.classroom.rooms import ROOM_LIFETIME_S, Rooms
from explorer.classroom.screens import Screens
from explorer.classroom.trainings import store_training
from explorer.codec import decode, encode
from explorer.errors import MissingFileError, UserError
from explorer.runs.folder import key_digest
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.world.own import MAX_NOUN_POINTS, MAX_NOUNS, parse_world, world_document
from explorer.world.things import Noun
from tests.own_worlds import NAMED, PLACED, SQUARE, made_up, words

PARTS = [{"role": "body", "points": SQUARE}]
STEP = stops.first_stop(stops.OWN_STEP, stops.STOPS_WITH_THINGS)


def noun(word: str, shift: float = 0.0) -> Noun:
    return own_things.read_thing(word, [{"role": "body", "points": [[x, round(y - shift, 4)] for x, y in SQUARE]}])


def class_of(pupils: int, stop: int = STEP) -> room_state.Room:
    room = room_state.Room(
        code="KRTM", key_digest=key_digest("teacher"), opened=0.0, since=0.0, has_things=True, stop=stop
    )
    for number in range(pupils):
        room = room_state.add_pupil(room, f"pupil {number}", key_digest(f"key {number}"), now=1.0)
    return room


def given(room: room_state.Room, pupil: int, word: str, at: float = 2.0) -> room_state.Room:
    return own_things.give_thing(room, pupil, own_things.given_thing(noun(word), at=at))


def test_the_step_is_there_for_who_chose_it_and_the_others_keep_their_stops() -> None:
    assert [stop.step for stop in stops.LESSON_STOPS] == [
        stop.step for stop in stops.STOPS_WITH_THINGS if stop.step != stops.OWN_STEP
    ]
    with_things, without = class_of(0), replace(class_of(0), has_things=False)
    assert (with_things.step, without.step) == (stops.OWN_STEP, "train")
    last = len(stops.STOPS_WITH_THINGS) - 1
    assert room_state.go_to_stop(with_things, last, now=0.0).step == "learned"
    with pytest.raises(UserError, match="stop"):
        room_state.go_to_stop(without, last, now=0.0)
    for name in stops.question_names():
        assert stops.first_stop("train") > next(n for n, each in enumerate(stops.LESSON_STOPS) if each.question == name)


def test_a_thing_waits_for_the_teacher_and_the_teacher_decides() -> None:
    room = given(given(class_of(3), 0, "bello"), 1, "rocket", at=3.0)
    assert own_things.shown_things(room) == []
    room = own_things.show_thing(room, 1)
    assert [thing.word for _, thing in own_things.shown_things(room)] == ["rocket"]
    another = own_things.ask_for_another(room, 1)
    assert own_things.shown_things(another) == [] and "rocket" not in str(another.files)
    assert (thing := another.pupils[1].thing) and (thing.state, thing.drawing) == ("asked", "")
    assert (again := given(another, 1, "rocket").pupils[1].thing) and again.state == "waiting"
    for number in (2, 7, -1):
        for act in (own_things.show_thing, own_things.ask_for_another):
            with pytest.raises(UserError, match="no thing"):
                act(room, number)
    at_once = own_things.show_at_once(room, is_on=True)
    assert [number for number, _ in own_things.shown_things(at_once)] == [0, 1]
    assert [number for number, _ in own_things.shown_things(given(at_once, 2, "snail", at=9.0))] == [0, 1, 2]


def test_equal_names_get_a_letter_until_one_of_them_is_changed() -> None:
    room = given(given(given(class_of(4), 0, "bello", 2.0), 1, "bello", 3.0), 2, "bello", 4.0)
    assert own_things.thing_names(room) == {0: "bello", 1: "bellob", 2: "belloc"}
    assert (mine := own_things.thing_json(room, 1)) and (mine["word"], mine["typed"]) == ("bellob", "bello")
    # The one on the wall keeps its name, and nobody gets the name that another pupil typed.
    shown = given(own_things.show_thing(room, 2), 3, "bellob", 5.0)
    assert own_things.thing_names(shown) == {2: "bello", 0: "belloc", 1: "bellod", 3: "bellob"}
    assert own_things.thing_names(given(room, 0, "snail", 6.0)) == {1: "bello", 2: "bellob", 0: "snail"}
    assert own_things.thing_names(room_state.remove_pupil(room, 0)) == {1: "bello", 2: "bellob"}


@pytest.mark.parametrize("word", ["re", "b" * 16, "小狗"])
def test_a_whole_class_may_choose_one_name(word: str) -> None:
    """No name is a word of captions ("red"), too long, or another's, and the world of all of them is one."""
    room = class_of(MAX_NOUNS)
    for number in range(MAX_NOUNS):
        room = given(room, number, word, at=float(number))
    names = list(own_things.thing_names(room).values())
    world = own_things.compose_world([noun(name) for name in names])
    assert names[0] == word and [each.word for each in world.nouns] == names and len(set(names)) == MAX_NOUNS


def test_one_thing_a_pupil_and_no_more_than_a_world_takes(tmp_path: Path) -> None:
    room = given(given(class_of(2), 0, "bello"), 0, "snail")
    assert len(room.files) == 1 and (thing := room.pupils[0].thing) and thing.word == "snail"
    room = class_of(MAX_NOUNS + 1)
    for number, word in enumerate(words(MAX_NOUNS)):
        room = given(room, number, word)
    # Who would be refused is told so before drawing anything, although no thing is on the wall yet.
    screens = Screens(RunStore(tmp_path), LOCAL)
    seen = [
        screens.view(each, role="pupil", pupil=MAX_NOUNS)["things"] for each in (room, room_state.remove_pupil(room, 0))
    ]
    assert [(each["is_full"], each["shown"]) for each in seen] == [(True, 0), (False, 0)]
    with pytest.raises(UserError, match="has its 24 things"):
        given(room, MAX_NOUNS, "late")
    assert given(room, 3, "other").pupils[3].thing, "who has given one may change it"


@pytest.mark.parametrize(
    ("word", "parts", "said"),
    [(word, PARTS, said) for word, said in NAMED.values()]
    + [("bello", [{"role": "body", "points": points}], said) for points, said in PLACED.values()]
    + [
        ("bello", [{"role": "body", "points": [[0.5, 0.5]] * 1_000_000}], f"at most {MAX_NOUN_POINTS} points"),
        ("bello", [{"role": "body", "points": SQUARE, "nickname": "yuki"}], "role and points alone"),
        ("bello", [*PARTS, {"role": "<script>", "points": SQUARE}], "choose body"),
        ("bello", [], "1 to 40 parts"),
        ("bello", [*PARTS, "<svg onload=alert(1)>"], "role and points alone"),
    ],
)
def test_a_hostile_thing_is_one_sentence(word: object, parts: object, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        own_things.read_thing(word, parts)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_twenty_four_of_the_largest_things_fit_in_one_world() -> None:
    """Each has as many points as one may have, with the decimals of a pad, and the longest name."""
    turns = [math.tau * at / MAX_NOUN_POINTS for at in range(MAX_NOUN_POINTS)]
    circle = [[round(0.5 + 0.371 * math.cos(turn), 3), round(0.5 + 0.371 * math.sin(turn), 3)] for turn in turns]
    parts = [{"role": "body", "points": circle}]
    names = [word * 4 for word in words(MAX_NOUNS)]
    nouns = [own_things.read_thing(name[:16], parts) for name in names]
    world = own_things.compose_world(nouns)
    assert len(world.nouns) == MAX_NOUNS and parse_world(world_document(world)).name == world.name


def test_fewer_than_six_are_filled_up_with_built_in_things_of_other_names() -> None:
    world = own_things.compose_world([noun("boat"), noun("bello")])
    assert [each.word for each in world.nouns] == ["boat", "bello", "house", "star", "tree", "cup"]
    assert parse_world(world_document(world)) == world
    seven = [noun(word) for word in words(7)]
    assert [each.word for each in own_things.compose_world(seven).nouns] == words(7)


def test_a_closed_world_takes_nothing_and_all_train_on_it_from_the_start(tmp_path: Path) -> None:
    room = own_things.show_thing(given(class_of(2), 0, "bello"), 0)
    trains = room_state.go_to_stop(room, STEP + 1, now=3.0)
    trains = store_training(
        trains, 0, room_state.PupilTraining(pairs=512, accuracy=0.5, state="training", at=3.0), most=92_160
    )
    closed = own_things.close_world(trains, "own-0123456789abcdef", now=4.0)
    assert closed.step == "train" and closed.since == 3.0 and closed.pupils[0].training is None
    for act in (
        lambda: given(closed, 1, "snail"),
        lambda: own_things.show_thing(closed, 0),
        lambda: own_things.ask_for_another(closed, 0),
        lambda: own_things.call_last(closed, now=5.0),
    ):
        with pytest.raises(UserError, match="closed"):
            act()
    assert own_things.close_world(closed, "own-0", now=5.0) == closed
    specs = [deal.deal_spec("KRTM", number, world=closed.world) for number in range(60)]
    assert len({spec.train.seed for spec in specs}) == 60 and len({spec.data for spec in specs}) == 1
    assert specs[0].train.steps == 180
    training = room_state.PupilTraining(pairs=512, accuracy=0.5, state="training", at=5.0)
    begun = store_training(closed, 0, training, most=46_080)
    wall = Screens(RunStore(tmp_path), LOCAL).wall(replace(begun, is_study_shown=True))
    assert wall.line == () and [dot.expected for dot in wall.dots] == [None], "nothing is recorded of such a world"
    late = room_state.add_pupil(closed, "late", key_digest("late"), now=9.0)
    assert decode(room_state.Room, json.loads(json.dumps(encode(late)))) == late


@pytest.mark.parametrize("room", [replace(class_of(1), has_things=False, stop=3), class_of(1, stop=STEP - 1)])
def test_no_thing_is_taken_before_its_step_or_in_another_lesson(room: room_state.Room) -> None:
    with pytest.raises(UserError, match="thing"):
        given(room, 0, "bello")


# ---- On disk


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    return Rooms(tmp_path, clock=lambda: 1000.0)


def opened(rooms: Rooms) -> room_state.Room:
    room, _ = rooms.open_room(has_things=True)
    return rooms.change(
        room.code,
        lambda now: room_state.go_to_stop(room_state.add_pupil(now, "Ada", key_digest("a"), now=1.0), STEP, now=2.0),
    )


def give(rooms: Rooms, code: str, word: str) -> room_state.Room:
    thing = noun(word)
    files = own_things.drawing_files(thing)
    return rooms.change(code, lambda now: own_things.give_thing(now, 0, own_things.given_thing(thing, at=3.0)), files)


def drawings(rooms: Rooms, code: str) -> list[str]:
    return sorted(path.stem for path in (rooms.folder / code).glob("*"))


def test_a_drawing_is_a_file_without_a_nickname(rooms: Rooms) -> None:
    code = opened(rooms).code
    first, second = give(rooms, code, "bello"), give(rooms, code, "snail")
    assert drawings(rooms, code) == sorted(second.files) != sorted(first.files)
    content = rooms.read_file(second, next(iter(second.files)))
    assert set(json.loads(content)) == {"word", "parts"} and b"Ada" not in content
    assert "points" not in (rooms.folder / f"{code}.json").read_text()
    for name in ("../ended", next(iter(first.files)), "", None, f"../{code}"):
        with pytest.raises(MissingFileError):
            rooms.read_file(second, name)
    rooms.change(code, lambda now: own_things.ask_for_another(now, 0))
    assert drawings(rooms, code) == []


def test_a_killed_server_has_the_things_of_its_class(rooms: Rooms) -> None:
    code = opened(rooms).code
    before = give(rooms, code, "bello")
    again = Rooms(rooms.folder.parent, clock=lambda: 1000.0)
    assert again.get(code, address="") == before
    assert own_things.stored_thing(again.read_file(before, next(iter(before.files)))) == noun("bello")


@pytest.mark.parametrize("end", [lambda rooms, code: rooms.end_room(code), lambda rooms, _: late(rooms)])
def test_drawings_go_with_their_room(rooms: Rooms, end: Callable[[Rooms, str], None]) -> None:
    code = opened(rooms).code
    give(rooms, code, "bello")
    end(rooms, code)
    assert not (rooms.folder / code).exists() and not (rooms.folder / f"{code}.json").exists()


def late(rooms: Rooms) -> None:
    """The next day."""
    rooms.now = lambda: 1001.0 + ROOM_LIFETIME_S
    rooms.sweep()


def test_a_kept_wall_has_no_drawings_and_what_a_killed_server_left_is_swept(rooms: Rooms) -> None:
    code = opened(rooms).code
    room = own_things.show_thing(give(rooms, code, "bello"), 0)
    world = own_things.compose_world([noun("bello")])
    rooms.change(code, lambda _: replace(room, is_kept=True))
    rooms.change(
        code, lambda now: own_things.close_world(now, world.name, now=4.0), {world.name: world_document(world)}
    )
    (rooms.folder / "ZZZZ").mkdir()
    (rooms.folder / "ZZZZ" / "0123456789abcdef.json").write_text("{}")
    assert len(drawings(rooms, code)) == 2
    late(rooms)
    kept = rooms.get(code, address="")
    assert not (rooms.folder / code).exists() and kept.pupils[0].thing is None and kept.world == world.name
    assert not (rooms.folder / "ZZZZ").exists() and Screens(RunStore(rooms.folder.parent), LOCAL).wall(kept).world


def test_a_made_up_world_of_a_class_is_one_that_a_page_opens() -> None:
    document = made_up(6, seed=2)
    nouns = [own_things.read_thing(each["word"], each["parts"]) for each in document["nouns"]]
    assert own_things.compose_world(nouns).name == parse_world(document).name
