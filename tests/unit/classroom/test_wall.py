"""What the wall of a class shows, and what a class counts."""

import json
from dataclasses import replace

from explorer.classroom import deal, stops, tally
from explorer.classroom import room as room_state
from explorer.classroom.questions import make_question
from explorer.classroom.screens import Screens
from explorer.classroom.tally import class_numbers
from explorer.classroom.trainings import store_training
from explorer.classroom.wall import SILENT_S, count_landings
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from tests.unit.classroom.pupils import BUDGET, LANDINGS, room_of, told


def climbing(*news: room_state.PupilTraining, **changes: object) -> room_state.Room:
    room = room_state.go_to_stop(room_of(len(news)), stops.first_stop("train"), now=0.0)
    for number, each in enumerate(news):
        room = store_training(room, number, each, most=BUDGET, landings=LANDINGS)
    return replace(room, **changes)  # type: ignore[arg-type]


def test_a_device_without_news_is_marked(store: RunStore) -> None:
    clock = [100.0 + SILENT_S + 1]
    shown = Screens(store, LOCAL, lambda: clock[0])
    room = climbing(told(512, at=100.0), told(6400, "landed", accuracy=0.8, at=0.0), told(512, "paused", at=0.0))
    assert {dot.pupil: dot.is_silent for dot in shown.wall(room).dots} == {0: True, 1: False, 2: False}
    clock[0] = 101.0
    assert not any(dot.is_silent for dot in shown.wall(room).dots)


def test_landings_are_counted_by_the_band_of_the_line(store: RunStore) -> None:
    line = deal.expected_point(deal.deal_spec("KRTM", 0))
    expected = min(LANDINGS, key=lambda pairs: abs(pairs - line.pairs))
    inside, outside = (told(pairs, "landed", accuracy=0.8) for pairs in (expected, max(LANDINGS)))
    room = climbing(inside, outside, told(BUDGET, "ended"), told(512), is_study_shown=True)
    assert count_landings(Screens(store, LOCAL).wall(room)) == {"over": 3, "landed": 2, "inside": 1}
    hidden = Screens(store, LOCAL).wall(replace(room, is_study_shown=False))
    assert count_landings(hidden) == {"over": 3, "landed": 2, "inside": None}


def test_the_class_is_counted_beside_the_models(store: RunStore) -> None:
    room = room_of(3)
    for part in range(stops.NUM_CLASS_PAIRS):
        room = room_state.go_to_stop(room, 1 + 2 * part, now=0.0)
        right = make_question(store, room.code, f"vote.{part}").right
        assert right is not None
        for pupil, choice in enumerate((right, right, 1 - right)):
            room = room_state.store_answer(room, pupil, f"vote.{part}", choice)
    vote, models = tally.vote_tally(room_state.go_to_stop(room, 3, now=0.0), store)
    assert vote == {"right": 2, "n": 3} and models[0]["n"] == 1
    room = room_state.go_to_stop(room, len(stops.LESSON_STOPS) - 1, now=0.0)
    numbers = class_numbers(room, store, Screens(store, LOCAL).wall(room))
    assert numbers["vote"] == {"right": 10, "n": 15} and numbers["best"] == [] and numbers["guess"]["n"] == 0
    # The projector and the plan say that only one of the two does much better than a coin.
    web, tidy = numbers["models"]
    assert (tidy["model"], tidy["right"]) == ("things-bound", 5) and web["pictures"] == tidy["pictures"] == 864
    assert web["binding"] < 0.55 < 0.95 < tidy["binding"]


def test_a_phone_sees_its_own_deal_and_neither_names_nor_keys(store: RunStore) -> None:
    room = climbing(told(512), told(1024), told(2048))
    shown = Screens(store, replace(LOCAL, class_steps=3))
    view, projected = shown.view(room, role="pupil", pupil=1), shown.view(room, role="teacher")
    assert {dot["pupil"]: dot["nickname"] for dot in view["wall"]["dots"]} == {0: "", 1: "pupil 1", 2: ""}
    assert (view["deal"]["values"]["steps"], view["wall"]["budget"]) == (3, 768)
    assert view["deal"]["seed"] == deal.deal_spec("KRTM", 1).train.seed
    assert {dot["nickname"] for dot in projected["wall"]["dots"]} == {"pupil 0", "pupil 1", "pupil 2"}
    for each in (view, projected):
        assert not any(
            pupil.key_digest in json.dumps(each) for pupil in room.pupils
        ) and room.key_digest not in json.dumps(each)
