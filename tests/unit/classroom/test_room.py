"""A room and its questions survive what happens to them: bad input, a late pupil, news of all kinds."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.classroom import questions, stops, tally
from explorer.classroom import room as room_state
from explorer.classroom.fooling import store_scene
from explorer.classroom.nicknames import LONGEST_NICKNAME, clean_nickname
from explorer.classroom.questions import COMPARED_MODELS, make_question
from explorer.classroom.tally import count_votes, fooling_scenes
from explorer.classroom.trainings import store_training
from explorer.errors import UserError
from explorer.presets import get_preset
from explorer.runs.folder import key_digest
from explorer.runs.store import RunStore
from tests.unit.classroom.pupils import BUDGET, LANDINGS, NO_SCENES, SCENE, SCENES, room_of, told

# ---- Questions


@pytest.mark.slow
def test_every_known_answer_is_revealed_and_none_before(store: RunStore) -> None:
    revealed = {name for name in stops.question_names() if stops.is_revealed(name, len(stops.LESSON_STOPS) - 1)}
    assert revealed == {f"vote.{part}" for part in range(5)} | {f"guess.{part}" for part in range(4)}
    assert not stops.is_revealed("vote.1", stops.first_stop("vote"))
    for name in stops.question_names():
        shown = make_question(store, "KRTM", name).to_json(is_revealed=False)
        assert not {"right", "models", "told", "untold", "recipe"} & set(shown)
        assert "picture" not in shown or name.startswith("vote") or shown["picture"] == ""


def test_a_question_has_one_true_caption_and_the_models_saved_answers(store: RunStore) -> None:
    for code in ("KRTM", "BBBB", "WXYZ"):
        for part in range(stops.NUM_CLASS_PAIRS):
            question = make_question(store, code, f"vote.{part}")
            one, other = (sorted(re.sub(r"\ban\b", "a", option).split()) for option in question.options)
            assert one == other and len(set(question.options)) == 2
            assert [each["model"] for each in question.models] == list(COMPARED_MODELS)
            assert all(0.5 <= each["probability"] <= 1 for each in question.models)
            assert question.models[-1]["choice"] == question.right  # things-bound answers all twelve pairs
    codes = [f"{a}{b}KM" for a in "BCDF" for b in "GHJK"]
    assert {make_question(store, code, "vote.0").right for code in codes} == {0, 1}
    assert len({make_question(store, code, "vote.0").picture for code in codes}) == 2


def test_a_model_that_finds_both_captions_equally_near_is_half_right(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_question.cache_clear()
    answers = SimpleNamespace(cosines=[[0.3, 0.3]] * 24, logit_scale=50.0)
    run = SimpleNamespace(answers=[answers], final=None)
    for module in (questions, tally):
        monkeypatch.setattr(module, "read_run", lambda *_: run)
    room = replace(room_of(1), stop=stops.first_stop("guess"))
    _, models = tally.vote_tally(room, store)
    asked = make_question(store, room.code, "vote.0").models
    make_question.cache_clear()
    assert [(each["choice"], each["score"], each["probability"]) for each in asked] == [(None, 0.5, 0.5)] * 2
    assert [each["right"] for each in models] == [each["n"] / 2 for each in models]


def test_hidden_things_are_counted_in_the_scene(store: RunStore) -> None:
    for part, recipe in enumerate(stops.CLASS_RECIPES):
        question, data = make_question(store, "KRTM", f"guess.{part}"), get_preset(recipe).spec.data
        assert question.right is not None and question.right + 1 == data.objects_in_image
        assert (
            question.told + len(question.untold) == question.right + 1
            and question.named_share == data.caption_completeness
        )
        assert all(0 <= side <= 1 for box in question.untold for side in box)


# ---- A room


INVISIBLE = ("\u200b", "\u3164", "\u2800", "\u034f", "\u115f", "\uffa0", "\u17b4", "\ufe0f", "\U0001d159", "\U000e0041")
"""A space of no width, fillers, a blank Braille, a joiner, variation selectors, a note without a head, a tag."""


@pytest.mark.parametrize(
    "text", ["", "   ", *INVISIBLE, "\u0301", "A" + "\u0301" * 15, "x" * (LONGEST_NICKNAME + 1), None, 7, ["a"]]
)
def test_a_bad_nickname_is_one_sentence(text: object) -> None:
    with pytest.raises(UserError, match="nickname"):
        clean_nickname(text)


@pytest.mark.parametrize("name", ["Ada", "李明", "José", "नमस्ते", "C++ <3", "\U0001f600", "Ada & Ben", "ｱ"])
def test_what_can_be_seen_stays_and_what_cannot_makes_no_other_name(name: str) -> None:
    assert clean_nickname(name) == name
    assert [clean_nickname(name + each) for each in INVISIBLE] == [name] * len(INVISIBLE)


@given(st.text(max_size=50))
def test_a_nickname_is_clean_twice(text: str) -> None:
    try:
        name = clean_nickname(text)
    except UserError:
        return
    assert clean_nickname(name) == name and name.isprintable()


def test_a_nickname_is_taken_once_and_a_room_has_an_end() -> None:
    room = room_state.add_pupil(room_of(0), "Ada", key_digest("a"), now=0.0)
    for alike in ("ADA", "ａｄａ", "𝐀𝐝𝐚", "ᴬᵈᵃ"):
        with pytest.raises(UserError, match="taken"):
            room_state.add_pupil(room, alike, key_digest("b"), now=0.0)
    assert len(room_state.add_pupil(room_state.remove_pupil(room, 0), "ada", key_digest("b"), now=0.0).present) == 1
    with pytest.raises(UserError, match="full"):
        room_state.add_pupil(room_of(room_state.MAX_PUPILS), "one more", key_digest("c"), now=0.0)


def test_who_was_removed_leaves_a_place() -> None:
    room = room_state.remove_pupil(room_of(room_state.MAX_PUPILS), 7)
    for name in ("one more", "another"):
        room = room_state.add_pupil(room, name, key_digest(name), now=0.0)
        assert len(room.present) == room_state.MAX_PUPILS == len(room.pupils)
        assert room_state.find_pupil(room, name) == 7 and room_state.find_pupil(room, "key 7") is None
        room = room_state.remove_pupil(room, 7)


def test_what_a_removed_pupil_sends_does_not_count() -> None:
    room = room_state.remove_pupil(room_state.go_to_stop(room_of(2), 1, now=5.0), 0)
    with pytest.raises(UserError, match="pupil=0: is not in this room"):
        room_state.store_answer(room, 0, "vote.0", 1)
    with pytest.raises(UserError, match="pupil=0: is not in this room"):
        room_state.change_pupil(room, 0, fooled=None)


def test_an_answer_counts_once_and_only_while_its_question_is_open() -> None:
    room = room_state.go_to_stop(room_of(2), 1, now=5.0)
    room = room_state.store_answer(room, 0, "vote.0", 1)
    room = room_state.store_answer(room_state.store_answer(room, 0, "vote.0", 0), 1, "vote.0", 0)
    assert count_votes(room, "vote.0", 2) == (2, 0)
    for name, choice in (("vote.1", 0), ("vote.0", 2), ("vote.0", -1), ("vote.0", True), ("vote.0", "0"), (None, 0)):
        with pytest.raises(UserError):
            room_state.store_answer(room, 0, name, choice)
    with pytest.raises(UserError, match="not open"):
        room_state.store_answer(room_state.go_to_stop(room, 2, now=6.0), 0, "vote.0", 1)


def test_the_clock_of_a_step_starts_when_it_is_entered() -> None:
    room = room_state.go_to_stop(room_of(0), 1, now=5.0)
    assert (room.since, room_state.go_to_stop(room, 2, now=9.0).since) == (5.0, 5.0)
    assert room_state.go_to_stop(room, stops.first_stop("train"), now=9.0).since == 9.0
    for stop in (-1, len(stops.LESSON_STOPS), "1", True, None):
        with pytest.raises(UserError, match="stop"):
            room_state.go_to_stop(room, stop, now=0.0)


def test_only_the_smallest_margin_of_a_pupil_stays() -> None:
    room = room_state.go_to_stop(room_of(2), stops.first_stop("fool"), now=0.0)
    first, second, third = map(SCENE.format, (100, 200, 300))
    for pupil, margin, scene in ((0, 0.3, first), (0, 0.4, second), (1, -0.1, third)):
        room = store_scene(room, pupil, margin, scene)
    assert [(scene["margin"], scene["scene"]) for scene in fooling_scenes(room)] == [(-0.1, third), (0.3, first)]
    wrong: list[tuple[object, object]] = [(each, first) for each in (float("nan"), 3, True, "0")]
    wrong += [(0.1, each) for each in ("", "a" * 601, f"{first}\n", 5)]
    for margin, scene in wrong:
        with pytest.raises(UserError):
            store_scene(room, 0, margin, scene)


@pytest.mark.parametrize("scene", NO_SCENES)
def test_a_text_that_is_no_scene_with_a_wrong_caption_fools_nobody(scene: str) -> None:
    room = room_state.go_to_stop(room_of(1), stops.first_stop("fool"), now=0.0)
    with pytest.raises(UserError, match="^scene="):
        store_scene(room, 0, -0.5, scene)


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_with_a_wrong_caption_counts(scene: str) -> None:
    room = room_state.go_to_stop(room_of(1), stops.first_stop("fool"), now=0.0)
    assert store_scene(room, 0, -0.5, scene).pupils[0].fooled is not None


def test_a_dot_climbs_and_stops_where_it_landed_and_news_are_checked() -> None:
    room = room_state.go_to_stop(room_of(2), stops.first_stop("train"), now=0.0)
    for wrong, field in ((told(-1), "pairs"), (told(BUDGET + 1), "pairs"), (told(0, accuracy=1.5), "accuracy")):
        with pytest.raises(UserError, match=f"^{field}="):
            store_training(room, 0, wrong, most=BUDGET)
    with pytest.raises(UserError, match="the step Train"):
        store_training(room_of(1), 0, told(0), most=BUDGET)
    room = store_training(room, 0, told(7680), most=BUDGET)
    anew = store_training(room, 0, told(256, at=9.0), most=BUDGET)
    assert anew.pupils[0].training == told(7680, at=9.0), "a page that was loaded again keeps its dot"
    for state in ("paused", "watching"):
        second_tab = store_training(room, 0, told(256, state, at=9.0), most=BUDGET)
        assert second_tab.pupils[0].training == told(7680, state, at=9.0)
    for pairs, accuracy, field in (
        (0, 0.8, "pairs"), (6401, 0.8, "pairs"), (BUDGET, 0.8, "pairs"), (6400, 0.75, "accuracy"),
        (6400, None, "accuracy"),
    ):  # fmt: skip
        wrong = told(pairs, "landed", accuracy=accuracy)
        with pytest.raises(UserError, match=f"^{field}="):
            store_training(anew, 0, wrong, most=BUDGET, landings=LANDINGS)
    landed = store_training(anew, 0, told(6400, "landed", accuracy=0.8), most=BUDGET, landings=LANDINGS)
    assert landed.pupils[0].training == told(6400, "landed", accuracy=0.8)
    assert store_training(landed, 0, told(9000), most=BUDGET) is landed and landed.pupils[1].training is None
    assert room_state.remove_pupil(landed, 0).pupils[0].training is None
    later = room_state.go_to_stop(landed, stops.first_stop("fool"), now=0.0)
    assert store_training(later, 1, told(512), most=BUDGET).pupils[1].training == told(512), (
        "it goes on while the class does"
    )
