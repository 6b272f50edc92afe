"""A room survives what happens to it: bad input, guessed codes, a late pupil, a killed server, the end of its day."""

import json
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.classroom import deal, network, plan, tally
from explorer.classroom import room as state
from explorer.classroom.board import Board
from explorer.classroom.questions import COMPARED_MODELS, make_question
from explorer.classroom.rooms import (
    CODE_LETTERS,
    ROOM_LIFETIME_S,
    WRONG_CODES,
    WRONG_SPAN_S,
    EndedError,
    Rooms,
    WrongCodeWindow,
)
from explorer.classroom.tally import class_numbers, count_votes, fooling_scenes
from explorer.classroom.wall import SILENT_S, count_landings
from explorer.codec import decode, encode
from explorer.errors import LimitError, UserError
from explorer.presets import find_preset
from explorer.runs.folder import key_digest
from explorer.runs.store import RunStore
from explorer.settings import LOCAL, is_loopback

ME, BUDGET = "192.0.2.9", 92_160
LANDINGS = deal.landing_pairs(deal.deal_spec("KRTM", 0))
SCENE = "submarine,yellow@20,14,{};bus,blue@48,48,1000"
"""A scene by the side of its first thing."""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    (tmp_path / "runs").mkdir()
    monkeypatch.delenv("HOST", raising=False)
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    return RunStore(tmp_path / "runs")


def room_of(pupils: int) -> state.Room:
    room = state.Room(code="KRTM", key=key_digest("teacher"), opened=0.0, since=0.0)
    for number in range(pupils):
        room = state.add_pupil(room, f"pupil {number}", key_digest(f"token {number}"), now=1.0)
    return room


def told(pairs: int, news: str = "training", *, accuracy: float | None = 0.6, at: float = 5.0) -> state.PupilTraining:
    return state.PupilTraining(pairs=pairs, accuracy=accuracy, state=news, at=at)


# ---- Questions


def test_every_known_answer_is_revealed_and_none_before(store: RunStore) -> None:
    revealed = {name for name in plan.question_names() if plan.is_revealed(name, len(plan.LESSON_STOPS) - 1)}
    assert revealed == {f"vote.{part}" for part in range(5)} | {f"guess.{part}" for part in range(4)}
    assert not plan.is_revealed("vote.1", plan.first_stop("vote"))
    for name in plan.question_names():
        shown = make_question(store, "KRTM", name).to_json(is_revealed=False)
        assert not {"right", "models", "told", "untold", "recipe"} & set(shown)
        assert "picture" not in shown or name.startswith("vote") or shown["picture"] == ""


def test_a_question_has_one_true_caption_and_the_models_saved_answers(store: RunStore) -> None:
    for code in ("KRTM", "BBBB", "WXYZ"):
        for part in range(plan.NUM_CLASS_PAIRS):
            question = make_question(store, code, f"vote.{part}")
            one, other = (sorted(re.sub(r"\ban\b", "a", option).split()) for option in question.options)
            assert one == other and len(set(question.options)) == 2
            assert [each["model"] for each in question.models] == list(COMPARED_MODELS)
            assert all(0.5 <= each["p"] <= 1 for each in question.models)
            assert question.models[-1]["choice"] == question.right  # things-bound answers all twelve pairs
    codes = [f"{a}{b}KM" for a in "BCDF" for b in "GHJK"]
    assert {make_question(store, code, "vote.0").right for code in codes} == {0, 1}
    assert len({make_question(store, code, "vote.0").picture for code in codes}) == 2


def test_hidden_things_are_counted_in_the_scene(store: RunStore) -> None:
    for part, recipe in enumerate(plan.CLASS_RECIPES):
        question, data = make_question(store, "KRTM", f"guess.{part}"), find_preset(recipe).spec.data
        assert question.right is not None and question.right + 1 == data.objects_in_image
        assert (
            question.told + len(question.untold) == question.right + 1
            and question.share_told == data.caption_completeness
        )
        assert all(0 <= side <= 1 for box in question.untold for side in box)


# ---- A room


INVISIBLE = ("\u200b", "\u3164", "\u2800", "\u034f", "\u115f", "\uffa0", "\u17b4", "\ufe0f", "\U0001d159", "\U000e0041")
"""A space of no width, fillers, a blank Braille, a joiner, variation selectors, a note without a head, a tag."""


@pytest.mark.parametrize("text", ["", "   ", *INVISIBLE, "\u0301", "x" * (state.LONGEST_NICKNAME + 1), None, 7, ["a"]])
def test_a_bad_nickname_is_one_sentence(text: object) -> None:
    with pytest.raises(UserError, match="nickname"):
        state.clean_nickname(text)


@pytest.mark.parametrize("name", ["Ada", "李明", "José", "नमस्ते", "C++ <3", "\U0001f600", "Ada & Ben", "ｱ"])
def test_what_can_be_seen_stays_and_what_cannot_makes_no_other_name(name: str) -> None:
    assert state.clean_nickname(name) == name
    assert [state.clean_nickname(name + each) for each in INVISIBLE] == [name] * len(INVISIBLE)


@given(st.text(max_size=50))
def test_a_nickname_is_clean_twice(text: str) -> None:
    try:
        name = state.clean_nickname(text)
    except UserError:
        return
    assert state.clean_nickname(name) == name and name.isprintable()


def test_a_nickname_is_taken_once_and_a_room_has_an_end() -> None:
    room = state.add_pupil(room_of(0), "Ada", key_digest("a"), now=0.0)
    with pytest.raises(UserError, match="taken"):
        state.add_pupil(room, "ADA", key_digest("b"), now=0.0)
    assert len(state.add_pupil(state.remove_pupil(room, 0), "ada", key_digest("b"), now=0.0).present) == 1
    with pytest.raises(LimitError, match="full"):
        state.add_pupil(room_of(state.MAX_PUPILS), "one more", key_digest("c"), now=0.0)


def test_who_was_removed_leaves_a_place() -> None:
    room = state.remove_pupil(room_of(state.MAX_PUPILS), 7)
    for name in ("one more", "another"):
        room = state.add_pupil(room, name, key_digest(name), now=0.0)
        assert len(room.present) == state.MAX_PUPILS == len(room.pupils)
        assert state.find_pupil(room, name) == 7 and state.find_pupil(room, "token 7") is None
        room = state.remove_pupil(room, 7)


def test_an_answer_counts_once_and_only_while_its_question_is_open() -> None:
    room = state.go_to_stop(room_of(2), 1, now=5.0)
    room = state.store_answer(room, 0, "vote.0", 1)
    room = state.store_answer(state.store_answer(room, 0, "vote.0", 0), 1, "vote.0", 0)
    assert count_votes(room, "vote.0", 2) == (2, 0)
    for name, choice in (("vote.1", 0), ("vote.0", 2), ("vote.0", -1), ("vote.0", True), ("vote.0", "0"), (None, 0)):
        with pytest.raises(UserError):
            state.store_answer(room, 0, name, choice)
    with pytest.raises(UserError, match="not open"):
        state.store_answer(state.go_to_stop(room, 2, now=6.0), 0, "vote.0", 1)


def test_the_clock_of_a_step_starts_when_it_is_entered() -> None:
    room = state.go_to_stop(room_of(0), 1, now=5.0)
    assert (room.since, state.go_to_stop(room, 2, now=9.0).since) == (5.0, 5.0)
    assert state.go_to_stop(room, plan.first_stop("train"), now=9.0).since == 9.0
    for stop in (-1, len(plan.LESSON_STOPS), "1", True, None):
        with pytest.raises(UserError, match="stop"):
            state.go_to_stop(room, stop, now=0.0)


def test_only_the_smallest_margin_of_a_pupil_stays() -> None:
    room = state.go_to_stop(room_of(2), plan.first_stop("fool"), now=0.0)
    first, second, third = map(SCENE.format, (100, 200, 300))
    for pupil, margin, scene in ((0, 0.3, first), (0, 0.4, second), (1, -0.1, third)):
        room = state.store_scene(room, pupil, margin, scene)
    assert [(scene["margin"], scene["scene"]) for scene in fooling_scenes(room)] == [(-0.1, third), (0.3, first)]
    wrong: list[tuple[object, object]] = [(each, first) for each in (float("nan"), 3, True, "0")]
    wrong += [(0.1, each) for each in ("", "a" * 601, f"{first}\n", 5)]
    for margin, scene in wrong:
        with pytest.raises(UserError):
            state.store_scene(room, 0, margin, scene)


NO_SCENES = (
    "first", "submarine,yellow@20,14,1000", "submarine,yellow@20,14,1000;", SCENE.format("1e3"), SCENE.format(1501),
    SCENE.format("-1"), "submarine,yellow@65,14,1000;bus,blue@48,48,1000", "bus,yellow@2,2,9;bus,blue@4,4,9",
    "submarine,yellow@20,14,1000;unicorn,blue@48,48,1000", "submarine,yellow,red@2,2,9;bus,blue@4,4,9",
    "submarine,odd@20,14,1000;bus,blue@48,48,1000", "submarine,blue@20,14,1000;bus,blue@48,48,1000",
    f"{SCENE.format(9)};named=size", f"{SCENE.format(9)};named=nothing", f"named=color;{SCENE.format(9)}",
    "submarine,yellow@20,14,1000;bus,blue@48,48,٣", f"{SCENE.format(9)};<img src=x>",
)  # fmt: skip


@pytest.mark.parametrize("scene", NO_SCENES)
def test_a_text_that_is_no_scene_with_a_wrong_caption_fools_nobody(scene: str) -> None:
    room = state.go_to_stop(room_of(1), plan.first_stop("fool"), now=0.0)
    with pytest.raises(UserError, match="^scene="):
        state.store_scene(room, 0, -0.5, scene)


def test_a_scene_of_another_kind_and_more_things_counts() -> None:
    room = state.go_to_stop(room_of(1), plan.first_stop("fool"), now=0.0)
    text = "submarine,yellow,striped@0,64,0;bus,blue@48,48,1500;umbrella,red@1,2,3;named=pattern"
    assert state.store_scene(room, 0, -0.5, text).pupils[0].fooled is not None


def test_a_dot_climbs_and_stops_where_it_landed_and_news_are_checked() -> None:
    room = state.go_to_stop(room_of(2), plan.first_stop("train"), now=0.0)
    for wrong, field in ((told(-1), "pairs"), (told(BUDGET + 1), "pairs"), (told(0, "gone"), "training"),
                         (told(0, accuracy=1.5), "accuracy")):  # fmt: skip
        with pytest.raises(UserError, match=f"^{field}="):
            state.store_training(room, 0, wrong, most=BUDGET)
    with pytest.raises(UserError, match="the step Train"):
        state.store_training(room_of(1), 0, told(0), most=BUDGET)
    room = state.store_training(room, 0, told(7680), most=BUDGET)
    anew = state.store_training(room, 0, told(256, at=9.0), most=BUDGET)
    assert anew.pupils[0].training == told(7680, at=9.0), "a page that was loaded again keeps its dot"
    for pairs, accuracy, field in (
        (0, 0.8, "pairs"), (6401, 0.8, "pairs"), (BUDGET, 0.8, "pairs"), (6400, 0.75, "accuracy"),
        (6400, None, "accuracy"),
    ):  # fmt: skip
        wrong = told(pairs, "landed", accuracy=accuracy)
        with pytest.raises(UserError, match=f"^{field}="):
            state.store_training(anew, 0, wrong, most=BUDGET, landings=LANDINGS)
    landed = state.store_training(anew, 0, told(6400, "landed", accuracy=0.8), most=BUDGET, landings=LANDINGS)
    assert landed.pupils[0].training == told(6400, "landed", accuracy=0.8)
    assert state.store_training(landed, 0, told(9000), most=BUDGET) is landed and landed.pupils[1].training is None
    assert state.remove_pupil(landed, 0).pupils[0].training is None
    later = state.go_to_stop(landed, plan.first_stop("fool"), now=0.0)
    assert state.store_training(later, 1, told(512), most=BUDGET).pupils[1].training == told(512), (
        "it goes on while the class does"
    )


# ---- Rooms on disk


def test_a_code_is_four_letters_that_nobody_confuses(store: RunStore) -> None:
    room, key = Rooms(store.root).open_room()
    assert len(room.code) == 4 and set(room.code) <= set(CODE_LETTERS)
    assert not set("AEIOULQV01") & set(CODE_LETTERS)
    assert room.key == key_digest(key) and key not in (store.root / ".classes" / f"{room.code}.json").read_text()


def test_a_new_server_has_the_rooms_of_a_killed_one_and_a_damaged_file_hides_none(store: RunStore) -> None:
    rooms = Rooms(store.root)
    room, _ = rooms.open_room()

    def lived(now: state.Room) -> state.Room:
        now = state.store_scene(
            state.go_to_stop(state.add_pupil(now, "Ada", key_digest("a"), now=1.0), plan.first_stop("fool"), now=0.0),
            0,
            0.25,
            SCENE.format(1000),
        )
        return state.store_training(now, 0, told(512), most=768)

    changed = rooms.change(room.code, lived)
    (rooms.folder / "BBBB.json").write_text('{"code": "BBBB"}')
    (rooms.folder / "CCCC.json").write_text("[")
    again = Rooms(store.root)
    assert (
        again.get(room.code.lower(), address=ME)
        == changed
        == decode(state.Room, json.loads(json.dumps(encode(changed))))
    )
    assert [each.code for each in again.all()] == [room.code]


def test_a_change_that_cannot_be_written_is_not_made(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms = Rooms(store.root)
    room, _ = rooms.open_room()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("explorer.classroom.rooms.write_json", full)
    with pytest.raises(OSError):
        rooms.change(room.code, lambda now: state.go_to_stop(now, 1, now=1.0))
    assert rooms.get(room.code, address=ME).stop == 0


def test_twenty_wrong_codes_an_hour_and_members_are_not_locked_out(store: RunStore) -> None:
    clock, rooms = [0.0], Rooms(store.root)
    rooms.wrong = WrongCodeWindow(lambda: clock[0])
    room, key = rooms.open_room()
    rooms.change(room.code, lambda now: state.add_pupil(now, "Ada", key_digest("a" * 32), now=1.0))
    for number in range(WRONG_CODES):
        with pytest.raises(UserError, match="no class with this code"):
            rooms.get(f"ZZ{number:02}", address=ME)
    for code, wrong in (("ZZZZ", ""), ("ZZ00", ""), (room.code, ""), (room.code, "b" * 32)):
        with pytest.raises(LimitError, match="60 minutes"):
            rooms.get(code, address=ME, key=wrong)
    assert rooms.get(room.code, address=ME, key=key) and rooms.get(room.code, address=ME, key="a" * 32)
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
    for number in range(WRONG_CODES - 1):  # a key that anybody makes up excuses no guess
        with pytest.raises(UserError, match="no class with this code"):
            rooms.get(f"ZZ{number:02}", address=ME, key=f"{number:032x}")
    with pytest.raises(LimitError):
        rooms.get("ZZZZ", address=ME, key="a" * 32)


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
        rooms.change(code, lambda now: state.add_pupil(now, "Ada", key_digest("a" * 32), now=1.0))
    rooms.change(kept.code, lambda now: replace(now, is_kept=True))
    clock[0] += ROOM_LIFETIME_S + 1
    with pytest.raises(EndedError):
        rooms.get(room.code, address=ME)
    rooms.sweep()
    assert [path.name for path in sorted(rooms.folder.glob("*.json"))] == sorted([f"{kept.code}.json", "ended.json"])
    left = rooms.get(kept.code, address=ME, key=key)
    assert left.answers == {} and left.pupils[0].token == "" and left.pupils[0].nickname == "Ada"
    with pytest.raises(EndedError):  # an ended code is not a guess
        Rooms(store.root, clock=lambda: clock[0]).get(room.code, address=ME)


# ---- The wall and the numbers


def climbing(*news: state.PupilTraining, **changes: object) -> state.Room:
    room = state.go_to_stop(room_of(len(news)), plan.first_stop("train"), now=0.0)
    for number, each in enumerate(news):
        room = state.store_training(room, number, each, most=BUDGET, landings=LANDINGS)
    return replace(room, **changes)  # type: ignore[arg-type]


def test_a_device_without_news_is_marked(store: RunStore) -> None:
    clock = [100.0 + SILENT_S + 1]
    shown = Board(store, LOCAL, lambda: clock[0])
    room = climbing(told(512, at=100.0), told(6400, "landed", accuracy=0.8, at=0.0), told(512, "paused", at=0.0))
    assert {dot.pupil: dot.is_silent for dot in shown.wall(room).dots} == {0: True, 1: False, 2: False}
    clock[0] = 101.0
    assert not any(dot.is_silent for dot in shown.wall(room).dots)


def test_landings_are_counted_by_the_band_of_the_line(store: RunStore) -> None:
    line = deal.expected_point(deal.deal_spec("KRTM", 0))
    expected = min(LANDINGS, key=lambda pairs: abs(pairs - line.pairs))
    inside, outside = (told(pairs, "landed", accuracy=0.8) for pairs in (expected, max(LANDINGS)))
    room = climbing(inside, outside, told(BUDGET, "ended"), told(512), is_study_shown=True)
    assert count_landings(Board(store, LOCAL).wall(room)) == {"over": 3, "landed": 2, "inside": 1}
    hidden = Board(store, LOCAL).wall(replace(room, is_study_shown=False))
    assert count_landings(hidden) == {"over": 3, "landed": 2, "inside": None}


def test_the_class_is_counted_beside_the_models(store: RunStore) -> None:
    room = room_of(3)
    for part in range(plan.NUM_CLASS_PAIRS):
        room = state.go_to_stop(room, 1 + 2 * part, now=0.0)
        right = make_question(store, room.code, f"vote.{part}").right
        assert right is not None
        for pupil, choice in enumerate((right, right, 1 - right)):
            room = state.store_answer(room, pupil, f"vote.{part}", choice)
    vote, models = tally.vote_tally(state.go_to_stop(room, 3, now=0.0), store)
    assert vote == {"right": 2, "n": 3} and models[0]["n"] == 1
    room = state.go_to_stop(room, len(plan.LESSON_STOPS) - 1, now=0.0)
    numbers = class_numbers(room, store, Board(store, LOCAL).wall(room))
    assert numbers["vote"] == {"right": 10, "n": 15} and numbers["best"] == [] and numbers["guess"]["n"] == 0
    # The projector and the plan say that only one of the two does much better than a coin.
    web, tidy = numbers["models"]
    assert (tidy["model"], tidy["right"]) == ("things-bound", 5) and web["pictures"] == tidy["pictures"] == 864
    assert web["binding"] < 0.55 < 0.95 < tidy["binding"]


def test_a_phone_sees_its_own_deal_and_neither_names_nor_keys(store: RunStore) -> None:
    room = climbing(told(512), told(1024), told(2048))
    shown = Board(store, replace(LOCAL, class_steps=3))
    view, projected = shown.view(room, role="pupil", pupil=1), shown.view(room, role="teacher")
    assert {dot["pupil"]: dot["nickname"] for dot in view["wall"]["dots"]} == {0: "", 1: "pupil 1", 2: ""}
    assert (view["deal"]["values"]["steps"], view["wall"]["budget"]) == (3, 768)
    assert view["deal"]["seed"] == deal.deal_spec("KRTM", 1).train.seed
    assert {dot["nickname"] for dot in projected["wall"]["dots"]} == {"pupil 0", "pupil 1", "pupil 2"}
    for each in (view, projected):
        assert not any(pupil.token in json.dumps(each) for pupil in room.pupils) and room.key not in json.dumps(each)


# ---- The network


def test_an_address_is_checked_by_a_request_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(network.NONCE.encode() if self.path == network.PING_PATH else b"another program")

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(network, "own_addresses", lambda: ["127.0.0.2", "127.0.0.1"])
    try:
        port = server.server_address[1]
        urls, path = network.reachable_urls(port, "/class?room=KRTM"), f":{port}/class?room=KRTM"
        assert list(urls.items()) == [(f"http://127.0.0.1{path}", True), (f"http://127.0.0.2{path}", False)]
        assert not any(network.reachable_urls(port, "/class", root="/elsewhere").values())
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_addresses_are_those_of_a_network_and_a_code_is_an_image() -> None:
    assert not any(is_loopback(each) for each in network.own_addresses())
    assert is_loopback("localhost") and is_loopback("[::1]") and not is_loopback("192.0.2.1")
    assert network.qr_uri("http://192.0.2.1:7860/class?room=KRTM").startswith("data:image/svg+xml")


@pytest.mark.nightly
def test_ten_thousand_votes_at_once_are_all_counted(store: RunStore) -> None:
    """Of sixty pupils who change their minds, from eight threads; what is answered is on the disk."""
    rooms = Rooms(store.root)
    room, _ = rooms.open_room()
    class_of_sixty = state.go_to_stop(room_of(state.MAX_PUPILS), 1, now=1.0)
    rooms.change(room.code, lambda now: replace(class_of_sixty, code=now.code, opened=now.opened))

    def vote(number: int) -> None:
        pupil, choice = number % state.MAX_PUPILS, number // state.MAX_PUPILS % 2
        rooms.change(room.code, lambda now: state.store_answer(now, pupil, "vote.0", choice))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(vote, range(10_000)))
    list(map(vote, range(state.MAX_PUPILS)))  # what each says last
    written = Rooms(store.root).get(room.code, address=ME)
    assert written == rooms.get(room.code, address=ME) and count_votes(written, "vote.0", 2) == (state.MAX_PUPILS, 0)
    assert (rooms.folder / f"{room.code}.json").stat().st_size < 30_000, "a vote replaces the one before"
    assert [path.name for path in rooms.folder.iterdir()] == [f"{room.code}.json"]
