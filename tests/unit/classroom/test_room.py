"""A room survives what happens to it: bad input, guessed codes, a late pupil, a killed server, the end of its day."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.classroom import deal, network
from explorer.classroom.board import (
    MODELS,
    Board,
    bands,
    class_numbers,
    counts,
    question,
    scenes,
    told_share,
    vote_tally,
    wall,
)
from explorer.classroom.room import (
    DAY_S,
    LETTERS,
    LONGEST_NICKNAME,
    MOST_PUPILS,
    NUM_PAIRS,
    RECIPES,
    STEPS,
    STOPS,
    WRONG_CODES,
    WRONG_SPAN_S,
    EndedError,
    Room,
    Rooms,
    WrongCodes,
    answered,
    clean_nickname,
    digest,
    ended,
    fooled,
    is_revealed,
    joined,
    pupil_of,
    question_names,
    removed,
    steered,
    stop_of,
)
from explorer.errors import LimitError, UserError
from explorer.presets import preset
from explorer.runs.store import RunStore
from explorer.service.outcome import recording, recording_names
from explorer.service.service import Service
from explorer.settings import LOCAL

ME = "192.0.2.9"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    (tmp_path / "runs").mkdir()
    monkeypatch.delenv("HOST", raising=False)
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    return RunStore(tmp_path / "runs")


def room_of(pupils: int, **changes: object) -> Room:
    room = Room(code="KRTM", key=digest("teacher"), opened=0.0, since=0.0)
    for number in range(pupils):
        room = joined(room, f"pupil {number}", digest(f"token {number}"), now=1.0)
    return room if not changes else Room.from_dict(room.as_dict() | changes)


# --- the plan ---


def test_the_plan_takes_45_minutes_and_reveals_every_known_answer() -> None:
    assert sum(step.minutes for step in STEPS) == 45
    assert [stop.step for stop in STOPS] == sorted((stop.step for stop in STOPS), key=[s.name for s in STEPS].index)
    revealed = {name for name in question_names() if is_revealed(name, len(STOPS) - 1)}
    assert revealed == {f"vote.{part}" for part in range(5)} | {f"guess.{part}" for part in range(4)}
    assert not is_revealed("vote.1", stop_of("vote"))


def test_every_recipe_has_a_recorded_training_and_an_interval_of_the_study() -> None:
    assert set(RECIPES) <= set(recording_names())
    found = {band.recipe: band for band in bands()}
    assert list(found) == list(RECIPES)
    assert all(
        band.low is not None and band.high is not None and band.low < band.value < band.high for band in found.values()
    )
    assert {band.pairs for band in found.values()} == {46_080}


# --- questions ---


def test_a_question_has_one_true_caption_and_the_models_saved_answers(store: RunStore) -> None:
    for code in ("KRTM", "BBBB", "WXYZ"):
        for part in range(NUM_PAIRS):
            found = question(store, code, f"vote.{part}")
            assert len(set(found.options)) == 2
            one, other = (sorted(re.sub(r"\ban\b", "a", option).split()) for option in found.options)
            assert one == other
            assert [each.model for each in found.models] == list(MODELS)
            assert all(0.5 <= each.probability <= 1 for each in found.models)
            assert found.models[-1].choice == found.right  # things-bound answers all twelve pairs


def test_rooms_get_different_pictures_and_orders(store: RunStore) -> None:
    codes = [f"{a}{b}KM" for a in "BCDF" for b in "GHJK"]
    assert {question(store, code, "vote.0").right for code in codes} == {0, 1}
    assert len({question(store, code, "vote.0").picture for code in codes}) == 2


def test_an_open_question_says_nothing_of_its_answer(store: RunStore) -> None:
    for name in question_names():
        shown = question(store, "KRTM", name).as_dict(is_revealed=False)
        assert not {"right", "models", "told", "untold", "recipe"} & set(shown)
        assert "picture" not in shown or name.startswith("vote") or shown["picture"] == ""


def test_hidden_things_are_counted_in_the_scene(store: RunStore) -> None:
    for part, recipe in enumerate(RECIPES):
        found = question(store, "KRTM", f"guess.{part}")
        assert found.right is not None
        assert found.right + 1 == preset(recipe).spec.data.objects_in_image
        assert found.told + len(found.untold) == found.right + 1
        assert all(0 <= side <= 1 for box in found.untold for side in box)
    # The shares of the dials on the Workbench.
    assert [told_share(recipe) for recipe in RECIPES] == [1.0, 0.5, 0.5, 0.55]


# --- one room ---


@pytest.mark.parametrize(
    ("text", "name"),
    [("  Ada  ", "Ada"), ("小明", "小明"), ("<b>x</b>", "<b>x</b>"), ("a\u202eb\x00c", "abc"), ("a \n\t b", "a b")],
)
def test_a_nickname_is_visible_text(text: str, name: str) -> None:
    assert clean_nickname(text) == name


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "x" * (LONGEST_NICKNAME + 1), None, 7, ["a"]])
def test_a_bad_nickname_is_one_sentence(text: object) -> None:
    with pytest.raises(UserError, match="nickname"):
        clean_nickname(text)


@given(st.text(max_size=50))
def test_a_nickname_is_clean_twice(text: str) -> None:
    try:
        name = clean_nickname(text)
    except UserError:
        return
    assert clean_nickname(name) == name
    assert name.isprintable()


def test_a_nickname_is_taken_once_and_a_room_has_an_end() -> None:
    room = joined(room_of(0), "Ada", digest("a"), now=0.0)
    with pytest.raises(UserError, match="taken"):
        joined(room, "ADA", digest("b"), now=0.0)
    assert len(joined(removed(room, 0), "ada", digest("b"), now=0.0).present) == 1
    with pytest.raises(LimitError, match="full"):
        joined(room_of(MOST_PUPILS), "one more", digest("c"), now=0.0)


def test_an_answer_counts_once_and_only_while_its_question_is_open() -> None:
    room = steered(room_of(2), 1, now=5.0)
    room = answered(room, 0, "vote.0", 1)
    room = answered(answered(room, 0, "vote.0", 0), 1, "vote.0", 0)
    assert counts(room, "vote.0", 2) == (2, 0)
    for name, choice in (("vote.1", 0), ("vote.0", 2), ("vote.0", -1), ("vote.0", True), ("vote.0", "0"), (None, 0)):
        with pytest.raises(UserError):
            answered(room, 0, name, choice)
    with pytest.raises(UserError, match="not open"):
        answered(steered(room, 2, now=6.0), 0, "vote.0", 1)


def test_the_clock_of_a_step_starts_when_it_is_entered() -> None:
    room = steered(room_of(0), 1, now=5.0)
    assert (room.since, steered(room, 2, now=9.0).since) == (5.0, 5.0)
    assert steered(room, stop_of("train"), now=9.0).since == 9.0
    for stop in (-1, len(STOPS), "1", True, None):
        with pytest.raises(UserError, match="stop"):
            steered(room, stop, now=0.0)


def test_only_the_smallest_margin_of_a_pupil_stays() -> None:
    room = steered(room_of(2), stop_of("fool"), now=0.0)
    room = fooled(fooled(room, 0, 0.3, "first"), 0, 0.4, "second")
    room = fooled(room, 1, -0.1, "third")
    assert [(scene.margin, scene.scene) for scene in scenes(room)] == [(-0.1, "third"), (0.3, "first")]
    for margin, scene in (
        (float("nan"), "a"),
        (3, "a"),
        (True, "a"),
        ("0", "a"),
        (0.1, ""),
        (0.1, "a" * 601),
        (0.1, "a\n"),
        (0.1, 5),
    ):
        with pytest.raises(UserError):
            fooled(room, 0, margin, scene)


def test_a_room_survives_its_file() -> None:
    room = fooled(steered(room_of(3), stop_of("fool"), now=0.0), 2, 0.25, "submarine,yellow@1,2,1000")
    room = deal.dealt(room, runs=2)
    assert Room.from_dict(json.loads(json.dumps(room.as_dict()))) == room


def test_a_removed_pupil_takes_its_answers_along() -> None:
    room = answered(answered(steered(room_of(2), 1, now=0.0), 0, "vote.0", 0), 1, "vote.0", 1)
    room = removed(room, 0)
    assert counts(room, "vote.0", 2) == (0, 1)
    assert pupil_of(room, "token 0") is None
    assert pupil_of(room, "token 1") == 1


# --- rooms on disk ---


def test_a_code_is_four_letters_that_nobody_confuses(store: RunStore) -> None:
    room, key = Rooms(store.root).open_room()
    assert len(room.code) == 4 and set(room.code) <= set(LETTERS)
    assert not set("AEIOULQV01") & set(LETTERS)
    assert room.key == digest(key) and key not in (store.root / ".classes" / f"{room.code}.json").read_text()


def test_a_new_server_has_the_rooms_of_a_killed_one(store: RunStore) -> None:
    rooms = Rooms(store.root)
    room, _ = rooms.open_room()
    rooms.change(room.code, lambda now: joined(now, "Ada", digest("a"), now=1.0))
    again = Rooms(store.root).get(room.code.lower(), address=ME)
    assert [pupil.nickname for _, pupil in again.present] == ["Ada"]


def test_a_damaged_file_hides_no_other_room(store: RunStore) -> None:
    rooms = Rooms(store.root)
    room, _ = rooms.open_room()
    (rooms.folder / "BBBB.json").write_text('{"code": "BBBB"}')
    (rooms.folder / "CCCC.json").write_text("[")
    assert [each.code for each in Rooms(store.root).all()] == [room.code]


def test_a_change_that_cannot_be_written_is_not_made(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.classroom import room as room_module

    rooms = Rooms(store.root)
    room, _ = rooms.open_room()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room_module, "write_json", full)
    with pytest.raises(OSError):
        rooms.change(room.code, lambda now: steered(now, 1, now=1.0))
    assert rooms.get(room.code, address=ME).stop == 0


def test_twenty_wrong_codes_an_hour_and_members_are_not_locked_out(store: RunStore) -> None:
    rooms = Rooms(store.root)
    rooms.wrong = WrongCodes(lambda: clock[0])
    clock = [0.0]
    room, key = rooms.open_room()
    rooms.change(room.code, lambda now: joined(now, "Ada", digest("a" * 32), now=1.0))
    for _ in range(WRONG_CODES):
        with pytest.raises(UserError, match="no class with this code"):
            rooms.get("ZZZZ", address=ME)
    for code in ("ZZZZ", room.code):
        with pytest.raises(LimitError, match="60 minutes"):
            rooms.get(code, address=ME)
    assert rooms.get(room.code, address=ME, key=key) and rooms.get(room.code, address=ME, key="a" * 32)
    with pytest.raises(LimitError):
        rooms.get(room.code, address=ME, key="b" * 32)
    assert rooms.get(room.code, address="192.0.2.10")
    clock[0] = WRONG_SPAN_S + 1
    assert rooms.get(room.code, address=ME)


def test_a_code_expires_with_the_day_and_all_is_deleted(store: RunStore) -> None:
    clock = [1000.0]
    rooms = Rooms(store.root, clock=lambda: clock[0])
    room, _ = rooms.open_room()
    kept, key = rooms.open_room()
    for code in (room.code, kept.code):
        rooms.change(code, lambda now: deal.dealt(joined(now, "Ada", digest("a" * 32), now=1.0), runs=1))
        deal.queue_groups(rooms, code, Service.of(store, LOCAL), address=ME)
    rooms.change(kept.code, lambda now: Room.from_dict(now.as_dict() | {"is_kept": True}))
    assert len(store.all()) == 2
    clock[0] += DAY_S + 1
    with pytest.raises(EndedError):
        rooms.get(room.code, address=ME)
    deal.sweep(rooms, store)
    assert [path.name for path in sorted(rooms.folder.glob("*.json"))] == sorted([f"{kept.code}.json", "ended.json"])
    assert len(store.all()) == 1
    left = rooms.get(kept.code, address=ME, key=key)
    assert left.answers == {} and left.pupils[0].token == "" and left.pupils[0].nickname == "Ada"
    with pytest.raises(EndedError):  # an ended code is not a guess
        Rooms(store.root, clock=lambda: clock[0]).get(room.code, address=ME)


def test_an_ended_class_is_gone_at_once(store: RunStore) -> None:
    rooms = Rooms(store.root)
    room, key = rooms.open_room()
    rooms.change(room.code, ended)
    with pytest.raises(EndedError):
        rooms.get(room.code, address=ME, key=key)
    deal.sweep(rooms, store)
    assert rooms.all() == []


# --- the deal ---


@pytest.mark.parametrize(
    ("pupils", "runs"), [(0, 7), (1, 7), (5, 7), (30, 40), (30, 7), (30, 3), (30, 1), (30, 0), (60, 2)]
)
def test_everybody_gets_a_group_and_no_more_trainings_than_fit(pupils: int, runs: int) -> None:
    room = deal.dealt(steered(room_of(pupils), stop_of("train"), now=0.0), runs=runs)
    live = [group for group in room.groups if not group.is_recorded]
    sizes = Counter(pupil.group for pupil in room.pupils)
    assert all(pupil.group >= 0 for pupil in room.pupils)
    assert len(live) <= runs
    assert len({(group.recipe, group.seed) for group in live}) == len(live)
    assert all(sizes[number] <= deal.MOST_IN_GROUP for number, group in enumerate(room.groups) if not group.is_recorded)
    assert Counter(group.recipe for group in live).total() == len(live)
    if pupils and runs >= pupils:
        assert set(sizes.values()) == {1} and len(live) == pupils
    if pupils and runs == 0:
        assert all(group.is_recorded for group in room.groups)
    assert deal.dealt(room, runs=99) is room


@given(st.integers(1, 40), st.integers(0, 12), st.integers(1, 15))
def test_late_pupils_are_dealt_a_group_too(pupils: int, runs: int, late: int) -> None:
    room = deal.dealt(room_of(pupils), runs=runs)
    for number in range(pupils, pupils + late):
        room = deal.dealt_late(joined(room, f"pupil {number}", digest(str(number)), now=2.0), number)
        assert 0 <= room.pupils[number].group < len(room.groups)
    assert sum(not group.is_recorded for group in room.groups) <= max(runs, 0)


def test_nobody_is_dealt_before_the_training() -> None:
    room = joined(room_of(1), "late", digest("x"), now=0.0)
    assert deal.dealt_late(room, 1).pupils[1].group == -1


def test_queued_runs_are_those_of_the_groups_and_a_killed_server_makes_no_second_one(store: RunStore) -> None:
    rooms = Rooms(store.root)
    room, _ = rooms.open_room()
    for number in range(3):
        rooms.change(room.code, lambda now, number=number: joined(now, f"p{number}", digest(str(number)), now=1.0))  # type: ignore[misc]
    before = rooms.change(room.code, lambda now: deal.dealt(now, runs=3))
    deal.queue_groups(rooms, room.code, Service.of(store, LOCAL), address=ME)
    found = rooms.get(room.code, address=ME)
    specs = {folder.run: folder.spec_record() for folder in store.all()}
    assert sorted(specs) == sorted(group.run for group in found.groups)
    for group in found.groups:
        assert (specs[group.run]["preset"], specs[group.run]["train"]["seed"]) == (group.recipe, group.seed)
        assert specs[group.run]["train"]["steps"] == preset(group.recipe).spec.train.steps
    # As if the server had been killed between queueing the runs and writing it down.
    rooms.change(room.code, lambda _: before)
    deal.requeue_interrupted(Rooms(store.root), Service.of(store, LOCAL))
    assert len(store.all()) == 3
    assert Rooms(store.root).get(room.code, address=ME).groups == found.groups


def test_beyond_a_limit_of_the_server_a_group_watches_a_recorded_training(store: RunStore) -> None:
    full = Service.of(store, replace(LOCAL, queue_length=1))
    rooms = Rooms(store.root)
    room, _ = rooms.open_room()
    for number in range(3):
        rooms.change(room.code, lambda now, number=number: joined(now, f"p{number}", digest(str(number)), now=1.0))  # type: ignore[misc]
    rooms.change(room.code, lambda now: deal.dealt(now, runs=3))
    deal.queue_groups(rooms, room.code, full, address=ME)
    assert [group.is_recorded for group in rooms.get(room.code, address=ME).groups] == [False, True, True]


def test_capacity_is_what_ten_minutes_allow(store: RunStore) -> None:
    found = deal.capacity(store, LOCAL)
    assert not found.is_measured and found.others == 0
    assert found.runs == int(600 / ((found.low_s + found.high_s) / 2))
    store.create(preset("web-like").spec)
    assert deal.capacity(store, LOCAL).runs == found.runs - 1


# --- the wall and the numbers ---


def test_the_wall_shows_recorded_trainings_as_such(store: RunStore) -> None:
    room = deal.dealt(room_of(4), runs=0)
    found = wall(room, store)
    assert [dot.is_recorded for dot in found.dots] == [True] * 4
    for dot in found.dots:
        final = recording(dot.recipe).final
        assert final is not None and dot.binding == final.binding.value
    assert found.means() == {}  # not the class's own


def test_recorded_trainings_fill_the_columns_without_a_number(store: RunStore) -> None:
    assert wall(room_of(2), store).dots == ()
    room = deal.dealt(room_of(2), runs=2)
    assert all(dot.pupils for dot in wall(room, store).dots) and wall(room, store).bands == ()
    found = wall(replace(room, is_study_shown=True), store)
    assert [(dot.recipe, dot.group, dot.pupils) for dot in found.dots[2:]] == [(name, -1, ()) for name in RECIPES]
    assert all(dot.is_recorded and dot.is_final for dot in found.dots[2:]) and found.means() == {}
    view = Board(store, LOCAL).view(steered(room_of(1), stop_of("train"), now=0.0), role="pupil", pupil=0)
    assert view["wall"]["dots"] == []


def test_the_class_is_counted_beside_the_models(store: RunStore) -> None:
    room = room_of(3)
    for part in range(NUM_PAIRS):
        room = steered(room, 1 + 2 * part, now=0.0)
        right = question(store, room.code, f"vote.{part}").right
        assert right is not None
        for pupil, choice in enumerate((right, right, 1 - right)):
            room = answered(room, pupil, f"vote.{part}", choice)
    vote, models = vote_tally(steered(room, 3, now=0.0), store)
    assert (vote.right, vote.n, models[0].n) == (2, 3, 1)
    room = steered(room, len(STOPS) - 1, now=0.0)
    found = class_numbers(room, store, wall(room, store))
    assert (found.vote.right, found.vote.n) == (10, 15)
    assert [(model.model, model.right) for model in found.models][-1] == ("things-bound", 5)
    assert found.best == () and found.guess.n == 0
    # The projector and the plan say that only one of the two does much better than a coin.
    web, tidy = (model.binding or 0 for model in found.models)
    assert web < 0.55 < 0.95 < tidy and {model.pictures for model in found.models} == {864}


def test_a_phone_sees_its_own_training_and_no_key(store: RunStore) -> None:
    room = steered(deal.dealt(room_of(8), runs=0), stop_of("train"), now=0.0)
    board = Board(store, LOCAL)
    view = board.view(room, role="pupil", pupil=5)
    assert {dot["group"] for dot in view["wall"]["dots"]} == {room.pupils[5].group}
    assert "names" not in view and len(board.view(room, role="teacher")["wall"]["dots"]) == 4
    assert not any(pupil.token in json.dumps(view) for pupil in room.pupils) and room.key not in json.dumps(view)


# --- the network ---


def test_an_address_is_checked_by_a_request_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(network.NONCE.encode() if self.path == network.PING else b"another program")

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(network, "own_addresses", lambda: ["127.0.0.2", "127.0.0.1"])
    try:
        port = server.server_address[1]
        found = network.places(port, "/class?room=KRTM")
        assert [(place.url, place.answers) for place in found] == [
            (f"http://127.0.0.1:{port}/class?room=KRTM", True),
            (f"http://127.0.0.2:{port}/class?room=KRTM", False),
        ]
        assert not network.places(port, "/class", root="/elsewhere")[0].answers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_addresses_are_those_of_a_network_and_a_code_is_an_image() -> None:
    assert not any(network.is_loopback(each) for each in network.own_addresses())
    assert network.is_loopback("localhost") and network.is_loopback("[::1]") and not network.is_loopback("192.0.2.1")
    assert network.qr_uri("http://192.0.2.1:7860/class?room=KRTM").startswith("data:image/svg+xml")
