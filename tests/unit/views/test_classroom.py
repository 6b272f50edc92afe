"""The views of a class: who may do what, what is shown when, limits, and requests that are held without a thread."""

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from explorer.classroom import live, rehearsal
from explorer.classroom.deal import (
    NUM_DATA_SETS,
    deal_spec,
    landing_pairs,
    recorded_trainings,
    steps_saved_until_end,
)
from explorer.classroom.own_things import BUILT_IN
from explorer.classroom.room import PRETENDED_NAMES
from explorer.classroom.rooms import MAX_WRONG_CODES, Rooms
from explorer.classroom.screens import Screens
from explorer.classroom.stops import LESSON_STOPS, OWN_STEP, STOPS_WITH_THINGS, first_stop
from explorer.errors import BusyError, UserError
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.views.rate_limit import BUCKETS, RATE_LIMITS
from explorer.views.registry import entries
from explorer.views.service import Service
from explorer.world.own import parse_noun, parse_world
from tests.own_worlds import SQUARE

HOSTILE: list[Any] = ["<img src=x>", "../../etc/passwd", "x" * 5000, "\x00", -1, 2**70, 1.5, True, None, [], {}, [[1]]]
TEACHERS_ACTS: dict[str, dict[str, Any]] = {
    "go_to_stop": {"stop": 1},
    "keep_wall": {"is_kept": True},
    "remove_pupil": {"pupil": 0},
    "show_study": {"is_shown": True},
    "end_class": {},
}
THINGS_ACTS: dict[str, dict[str, Any]] = {
    "show_thing": {"pupil": 0},
    "ask_for_another": {"pupil": 0},
    "show_at_once": {"is_on": True},
    "call_last": {},
    "close_world": {},
}


class Class:
    """A room on a server, asked as a page asks it."""

    def __init__(self, service: Service, **kind: bool) -> None:
        self.service = service
        opened = self.ask("open_room", **kind)
        self.code, self.key = opened["room"], opened["key"]

    def ask(self, name: str, /, **given: Any) -> Any:
        entry = entries()[name]
        known = {"code": self.code} if "code" in entry.parameters else {}
        answer = entry.answer(self.service, known | given)
        return asyncio.run(answer) if entry.is_coroutine else answer

    def teach(self, name: str, /, **given: Any) -> None:
        self.ask(name, key=self.key, **given)

    def view(self, key: str = "") -> dict[str, Any]:
        return dict(self.ask("room", key=key or self.key)["view"])

    def pupil(self, name: str = "Ada") -> str:
        return str(self.ask("join", nickname=name)["key"])


@pytest.fixture
def service(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    BUCKETS.forget()
    monkeypatch.setattr(live, "MAX_HOLD_S", 0.3)
    yield Service(store=store, settings=LOCAL)
    BUCKETS.forget()


@pytest.fixture
def room(service: Service) -> Class:
    return Class(service)


def refused_field(room: Class, asked: str, /, **given: Any) -> str:
    """The field of the refusal."""
    with pytest.raises(UserError) as caught:
        room.ask(asked, **given)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 700
    return caught.value.field


def test_a_teacher_steers_and_a_pupil_cannot(room: Class) -> None:
    pupil = room.pupil()
    for key in (pupil, "", "0" * 32, "short"):
        for name, given in TEACHERS_ACTS.items():
            assert refused_field(room, name, key=key, **given) == "key", name
        assert refused_field(room, "room_addresses", key=key, at="http://x/class") == "key"
    assert room.view()["stop"] == 0
    room.teach("go_to_stop", stop=1)
    assert room.view()["stop"] == 1 and refused_field(room, "go_to_stop", key=room.key, stop=99) == "stop"


def test_what_a_page_is_told_before_it_has_a_seat_and_after_the_end(room: Class) -> None:
    assert room.ask("room", code=room.code.lower())["view"] == {"room": room.code, "role": "none"}
    assert room.ask("room", code="ZZZZ")["view"]["role"] == "unknown"
    pupil = room.pupil()
    assert room.view(pupil)["me"]["nickname"] == "Ada"
    room.teach("remove_pupil", pupil=0)
    assert room.view(pupil)["role"] == "none"
    room.teach("end_class")
    assert room.view()["role"] == room.view(pupil)["role"] == room.view("0" * 32)["role"] == "over"
    assert refused_field(room, "join", nickname="Eve") == "room" and room.service.store.all() == []


def test_an_answer_needs_a_seat_in_this_room(room: Class) -> None:
    pupil, other = room.pupil(), Class(room.service)
    room.teach("go_to_stop", stop=1)
    room.ask("answer", key=pupil, question="vote.0", choice=1)
    for asked, key in ((other, pupil), (room, ""), (room, room.key)):
        assert refused_field(asked, "answer", key=key, question="vote.0", choice=1) == "key"
    assert room.view()["counts"] == [0, 1] and room.view(pupil)["me"]["answer"] == 1
    late = room.pupil("late")
    room.ask("answer", key=late, question="vote.0", choice=0)
    for number in (True, False, 0.0, "0", [0], -1, 2):
        assert refused_field(room, "remove_pupil", key=room.key, pupil=number) == "pupil"
    room.teach("remove_pupil", pupil=1)
    assert room.view()["counts"] == [0, 1], "who is removed takes its answers along"
    for choice in (True, 1.0, "1", 2):
        assert refused_field(room, "answer", key=pupil, question="vote.0", choice=choice) == "choice"


def test_a_question_comes_when_it_is_reached_and_its_answer_when_it_is_revealed(room: Class) -> None:
    pupil = room.pupil()
    assert refused_field(room, "question", key=pupil, name="vote.0") == "name"
    room.teach("go_to_stop", stop=1)
    assert "right" not in room.ask("question", key=pupil, name="vote.0")
    assert refused_field(room, "question", key="", name="vote.0") == "key"
    room.teach("go_to_stop", stop=2)
    assert room.ask("question", key=pupil, name="vote.0")["right"] in (0, 1)


def test_the_line_is_hidden_until_the_teacher_shows_it(room: Class) -> None:
    pupil = room.pupil()
    room.teach("go_to_stop", stop=first_stop("train"))
    room.ask("tell_training", key=pupil, training="training", pairs=512, accuracy=0.5)
    for key in (room.key, pupil):
        wall = room.view(key)["wall"]
        assert wall["line"] == [] and [dot["expected"] for dot in wall["dots"]] == [None]
    room.teach("show_study", is_shown=True)
    (dot,) = room.view()["wall"]["dots"]
    assert len(room.view(pupil)["wall"]["line"]) == NUM_DATA_SETS and dot["expected"]["kappa"] == dot["kappa"]
    room.teach("show_study", is_shown=False)
    assert room.view()["wall"]["line"] == []


def test_a_device_tells_of_its_training_with_the_key_of_its_pupil(room: Class) -> None:
    pupil = room.pupil()
    told = {"training": "training", "pairs": 7680, "accuracy": 0.62}
    assert refused_field(room, "tell_training", key=pupil, **told) == "training"
    room.teach("go_to_stop", stop=first_stop("train"))
    assert refused_field(room, "tell_training", key=room.key, **told) == "key"
    for wrong in ({"pairs": 10**6}, {"pairs": 7680.0}, {"pairs": True}, {"accuracy": "1"}, {"accuracy": float("nan")},
                  {"training": "gone"}):  # fmt: skip
        assert refused_field(room, "tell_training", key=pupil, **told | wrong) == next(iter(wrong))
    room.ask("tell_training", key=pupil, **told)
    late = room.pupil("late")
    room.ask("tell_training", key=late, training="watching")
    dots = {dot["nickname"]: dot for dot in room.view()["wall"]["dots"]}
    assert (dots["Ada"]["pairs"], dots["Ada"]["state"], dots["late"]["state"]) == (7680, "training", "watching")
    assert room.view(late)["deal"]["kappa"] == dots["late"]["kappa"] != dots["Ada"]["kappa"]
    assert room.service.store.all() == [], "nothing trains on the server"


@pytest.mark.slow
def test_a_rehearsal_has_six_pupils_who_answer_and_whom_nobody_can_be(service: Service) -> None:
    room = Class(service, is_rehearsal=True)
    assert [name for _, name in room.view()["names"]] == list(PRETENDED_NAMES) and room.view()["is_rehearsal"]
    assert room.view("")["role"] == "teacher" and room.ask("room", key="")["view"]["role"] == "none"
    for number, stop in enumerate(LESSON_STOPS):
        room.teach("go_to_stop", stop=number)
        view = room.view()
        if stop.question:
            assert view["answers"] == len(PRETENDED_NAMES), stop
        if stop.question and stop.is_revealed:
            right = room.ask("question", key=room.key, name=stop.question)["right"]
            assert view["counts"][right] == len(PRETENDED_NAMES) - 1
        if stop.step == "fool":
            assert view["tried"] == 2
        if stop.step == "train":
            assert {dot["nickname"] for dot in view["wall"]["dots"]} == set(PRETENDED_NAMES)
            assert {dot["state"] for dot in view["wall"]["dots"]} == {"training"}
    numbers = room.view()["numbers"]
    assert numbers["vote"]["n"] == 5 * len(PRETENDED_NAMES) and numbers["landings"]["over"] == len(PRETENDED_NAMES)


def test_the_dots_of_a_rehearsal_climb_as_the_recorded_trainings_did(service: Service) -> None:
    clock = [1000.0]
    service.rooms.now = lambda: clock[0]
    live.shared_live.cache_clear()
    room = Class(service, is_rehearsal=True)
    phone = room.pupil("a phone")
    room.teach("go_to_stop", stop=first_stop("train"))
    room.ask("tell_training", key=phone, training="training", pairs=256, accuracy=0.5)

    def dots() -> dict[str, Any]:
        return {dot["nickname"]: dot for dot in room.view()["wall"]["dots"]}

    seen = []
    for _ in range(3):
        seen.append(dots())
        clock[0] += rehearsal.REHEARSED_S / 2
    for number, name in enumerate(PRETENDED_NAMES):
        row = recorded_trainings()[number]
        pairs = [each[name]["pairs"] for each in seen]
        assert pairs[0] == 0 < pairs[1] < pairs[2] == row["pairs"] and seen[2][name]["state"] == "landed"
        assert [each[name]["kappa"] for each in seen] == [seen[0][name]["kappa"]] * 3
    assert [each["a phone"]["pairs"] for each in seen] == [256] * 3, "a phone's dot is its own"
    live.shared_live.cache_clear()


def test_wrong_codes_and_joining_are_limited_per_address(room: Class) -> None:
    pupil = room.pupil()
    for number in range(MAX_WRONG_CODES):
        assert room.ask("room", code=f"ZZ{number:02}")["view"]["role"] == "unknown"
    with pytest.raises(BusyError):
        room.ask("join", nickname="Eve")
    assert room.view(pupil)["me"]["nickname"] == "Ada", "who has a seat keeps it"
    [place] = room.ask("room_addresses", key=room.key, at="http://192.0.2.7/class")["addresses"]
    invitation = place["url"].partition("#join=")[2]
    assert (
        room.view(invitation)["role"] == "none" and refused_field(room, "go_to_stop", key=invitation, stop=1) == "key"
    )
    assert room.ask("join", key=invitation, nickname="Eve")["nickname"] == "Eve", "who scanned the code has not guessed"
    BUCKETS.forget()
    with pytest.raises(BusyError):
        for _ in range(RATE_LIMITS["classes"].most + 1):
            Class(room.service)
    with pytest.raises(BusyError):
        for _ in range(RATE_LIMITS["acts"].most + 1):
            room.teach("go_to_stop", stop=1)


def test_who_has_no_seat_is_counted_by_address_whatever_the_key(room: Class) -> None:
    for key in (f"{number:032x}" for number in range(RATE_LIMITS["acts"].most)):
        with pytest.raises(UserError, match="join this room first"):
            room.ask("answer", question="vote.0", choice=0, key=key)
    with pytest.raises(BusyError):
        room.ask("answer", question="vote.0", choice=0, key="f" * 32)


@pytest.mark.slow
def test_a_view_comes_at_once_when_it_changes_and_unchanged_after_the_hold(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = room.ask("room", key=room.key)
    start = time.monotonic()
    assert room.ask("room", key=room.key, since=seen["tag"])["tag"] == seen["tag"]
    assert time.monotonic() - start >= 0.3
    monkeypatch.setattr(live, "MAX_HOLD_S", 20.0)
    threading.Timer(0.3, lambda: room.teach("go_to_stop", stop=1)).start()
    assert room.ask("room", key=room.key, since=seen["tag"])["view"]["stop"] == 1
    assert time.monotonic() - start < 8


@pytest.mark.slow
def test_thirty_who_wait_hold_no_thread(room: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MAX_HOLD_S", 20.0)
    keys = [room.pupil(f"p{number}") for number in range(30)]

    async def wait() -> tuple[list[Any], int]:
        entry = entries()["room"]

        async def view(key: str, since: str) -> Any:
            return await entry.answer(room.service, {"code": room.code, "key": key, "since": since})

        tags = [(await view(key, ""))["tag"] for key in keys]
        held = [asyncio.ensure_future(view(key, tag)) for key, tag in zip(keys, tags, strict=True)]
        await asyncio.sleep(0.5)
        threads = threading.active_count()
        assert not any(each.done() for each in held)
        await asyncio.to_thread(room.teach, "go_to_stop", stop=1)
        return list(await asyncio.wait_for(asyncio.gather(*held), 10)), threads

    before = threading.active_count()
    seen_views, threads = asyncio.run(wait())
    assert {each["view"]["stop"] for each in seen_views} == {1}
    assert threads - before < 10


@pytest.mark.slow
def test_a_class_that_changes_often_is_looked_at_now_and_then(room: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """By one who sees none of it too, as a stranger: two hundred of them would keep the server busy."""
    monkeypatch.setattr(live, "MAX_HOLD_S", 20.0)
    views, looks = live.LiveViews(room.service.rooms, Screens(room.service.store, LOCAL)), []
    charged: list[float] = []

    def look() -> dict[str, object]:
        looks.append(time.monotonic())
        return {"role": "none"}

    async def changed_often() -> None:
        tag = (await views.wait_for_change(room.code, "", look, charged.append)).tag
        held = asyncio.ensure_future(views.wait_for_change(room.code, tag, look, charged.append))
        for number in range(40):
            await asyncio.sleep(0.01)
            room.service.rooms.change(room.code, lambda state, kept=number % 2 == 0: replace(state, is_kept=kept))
        await asyncio.sleep(2 * live.GATHER_S)
        held.cancel()

    asyncio.run(changed_often())
    gaps = [later - earlier for earlier, later in pairwise(looks[1:])]
    assert gaps and min(gaps) >= live.GATHER_S / 2
    assert len(charged) == len(looks) - 2, "the first look of each is paid for by its request"


def test_phones_get_the_address_of_the_page_or_of_the_network(room: Class) -> None:
    answer = room.ask("room_addresses", key=room.key, at="https://school.example/app/class")
    assert answer["addresses"][0]["url"].startswith(f"https://school.example/app/class?room={room.code}#join=")
    assert answer["addresses"][0]["qr"].startswith("data:image/svg+xml") and not answer["is_loopback"]
    [place] = room.ask("room_addresses", key=room.key, at="https://school.example/class", lang="zh")["addresses"]
    assert place["url"].startswith(f"https://school.example/class?room={room.code}&lang=zh#join=")
    for lang in ("zh&key=1", "zh#", "中文"):
        assert (
            refused_field(room, "room_addresses", key=room.key, at="https://school.example/class", lang=lang) == "lang"
        )
    answer = room.ask("room_addresses", key=room.key, at="http://127.0.0.1:7860/class")
    assert answer["is_loopback"] and not any(place["answers"] for place in answer["addresses"])
    for at in ("javascript:alert(1)", "http://[::1", "https://x/" + "y" * 400):
        assert refused_field(room, "room_addresses", key=room.key, at=at) == "at"
    plan = room.ask("classroom")
    assert sum(step["minutes"] for step in plan["steps"]) == 45 and len(plan["stops"]) == len(LESSON_STOPS)
    assert plan["command"].startswith("make run HOST=0.0.0.0")


def test_who_sees_a_thing_before_and_after_it_is_shown(service: Service) -> None:
    room = Class(service, has_things=True)
    ada, ben = room.pupil("Ada"), room.pupil("Ben")
    given = {"word": "bello", "parts": [{"role": "body", "points": SQUARE}]}
    assert refused_field(room, "give_thing", key=ada, **given) == "thing"
    room.teach("go_to_stop", stop=first_stop(OWN_STEP, STOPS_WITH_THINGS))
    for key in (room.key, "", "0" * 32):
        assert refused_field(room, "give_thing", key=key, **given) == "key"
    room.ask("give_thing", key=ada, **given)
    (seen,) = room.view()["things"]["given"]
    assert (seen["word"], seen["nickname"], seen["state"]) == ("bello", "Ada", "waiting")
    for key in (room.key, ada):
        assert room.ask("drawing", key=key, name=seen["drawing"]) == given
    for key in (ben, "0" * 32):
        assert refused_field(room, "drawing", key=key, name=seen["drawing"]) in ("drawing", "key")
    phones = [room.view(key)["things"] for key in (ada, ben)]
    assert [each["mine"] and each["mine"]["word"] for each in phones] == ["bello", None]
    assert "bello" not in str(phones[1]) and phones[1]["shown"] == 0
    for name, act in THINGS_ACTS.items():
        assert refused_field(room, name, key=ada, **act) == "key", name
    assert refused_field(room, "close_world", key=room.key) == "world", "nothing is shown yet"
    assert refused_field(room, "class_world", key=ada) == "world"
    room.teach("show_thing", pupil=0)
    room.teach("call_last")
    assert room.view(ben)["things"]["ends"] and room.view()["things"]["built_in"] == list(BUILT_IN[:5])
    room.teach("close_world")
    room.teach("go_to_stop", stop=first_stop("fool", STOPS_WITH_THINGS))
    closed = room.view()
    room.teach("close_world")
    assert room.view() == closed, "a second press, which came late, changes nothing"
    room.teach("go_to_stop", stop=first_stop("train", STOPS_WITH_THINGS))
    deals = [room.view(key)["deal"] for key in (ada, ben, room.pupil("late"))]
    assert len({deal["values"]["world"] for deal in deals}) == 1 and len({deal["seed"] for deal in deals}) == 3
    document = room.ask("class_world", key=ben)
    assert parse_world(document).name == deals[0]["values"]["world"]
    assert [noun["word"] for noun in document["nouns"]] == ["bello", *BUILT_IN[:5]]
    assert not {"Ada", "nickname"} & set(str(document).replace("'", " ").split())
    assert refused_field(room, "class_world", key="") == "key"
    assert refused_field(room, "give_thing", key=ben, **given) == "thing"


def test_news_of_a_training_from_before_the_world_was_closed_are_not_news_of_it(service: Service) -> None:
    room = Class(service, has_things=True)
    ada = room.pupil("Ada")
    told: dict[str, Any] = {"training": "landed", "pairs": min(landing_pairs(deal_spec(room.code, 0))), "accuracy": 0.8}
    room.teach("go_to_stop", stop=first_stop(OWN_STEP, STOPS_WITH_THINGS))
    room.teach("show_at_once", is_on=True)
    room.ask("give_thing", key=ada, word="bello", parts=[{"role": "body", "points": SQUARE}])
    room.teach("go_to_stop", stop=first_stop("train", STOPS_WITH_THINGS))
    room.ask("tell_training", key=ada, **told)
    assert [dot["state"] for dot in room.view()["wall"]["dots"]] == ["landed"]
    room.teach("close_world")
    room.ask("tell_training", key=ada, **told)
    assert room.view()["wall"]["dots"] == [], "it came late, as over a network that was lost"
    world = room.view(ada)["deal"]["values"]["world"]
    room.ask("tell_training", key=ada, training="training", pairs=512, world=world)
    assert [dot["pairs"] for dot in room.view()["wall"]["dots"]] == [512]


def test_a_pupil_who_was_removed_gives_nothing_and_takes_its_thing_along(service: Service) -> None:
    room = Class(service, has_things=True)
    ada = room.pupil("Ada")
    room.teach("go_to_stop", stop=first_stop(OWN_STEP, STOPS_WITH_THINGS))
    room.teach("show_at_once", is_on=True)
    given = {"word": "bello", "parts": [{"role": "body", "points": SQUARE}]}
    room.ask("give_thing", key=ada, **given)
    assert room.view()["things"]["shown"] == 1
    room.teach("remove_pupil", pupil=0)
    assert room.view()["things"]["given"] == [] and refused_field(room, "give_thing", key=ada, **given) == "key"
    ben = room.pupil("Ben")
    with pytest.raises(BusyError):
        for number in range(RATE_LIMITS["things"].most + 1):
            room.ask("give_thing", key=ben, word="bel" + "o" * (number % 9), parts=given["parts"])


def test_a_rehearsal_has_things_too(service: Service) -> None:
    room = Class(service, is_rehearsal=True, has_things=True)
    room.teach("go_to_stop", stop=first_stop(OWN_STEP, STOPS_WITH_THINGS))
    waiting = room.view()["things"]["given"]
    assert [each["word"] for each in waiting] == list(BUILT_IN)
    assert parse_noun(room.ask("drawing", key=room.key, name=waiting[0]["drawing"]), "thing").word == BUILT_IN[0]
    room.teach("show_at_once", is_on=True)
    room.teach("close_world")
    assert {dot["state"] for dot in room.view()["wall"]["dots"]} == {"training"}


@pytest.mark.parametrize(
    "name",
    [
        "room", "question", "room_addresses", "join", "answer", "hand_in_scene", "tell_training", "recorded_deal",
        "open_room", "give_thing", "drawing", "class_world", "found_pictures", *TEACHERS_ACTS, *THINGS_ACTS,
    ],
)  # fmt: skip
def test_a_hostile_value_is_one_short_sentence_or_an_answer(service: Service, name: str) -> None:
    room = Class(service)
    for parameter in entries()[name].parameters:
        for value in HOSTILE:
            BUCKETS.forget()
            service.rooms.wrong._times.clear()
            usual = {"question": {"name": "vote.0"}, "room_addresses": {"at": "http://x/"},
                     "join": {"nickname": "Ada"},
                     "drawing": {"name": "x"}, "give_thing": {"word": "bello", "parts": []},
                     "answer": {"question": "vote.0", "choice": 0}, "hand_in_scene": {"scene": "", "margin": 0.0},
                     "tell_training": {"training": "training"}, **TEACHERS_ACTS, **THINGS_ACTS}  # fmt: skip
            try:
                room.ask(name, **usual.get(name, {}) | {parameter: value})
            except UserError as error:
                sentence = str(error)
                assert "\n" not in sentence and len(sentence) < 700 and "\x00" not in sentence, (parameter, value)


def test_where_all_train_the_same_their_digests_are_checked_for_form_and_compared(service: Service) -> None:
    room = Class(service, is_same_for_all=True)
    keys = [room.pupil(name) for name in ("Ada", "Ben")]
    room.teach("go_to_stop", stop=first_stop("train"))
    deals = [room.view(key)["deal"] for key in keys]
    assert deals[0] == deals[1]
    budget = room.view()["wall"]["budget"]
    spec = deal_spec(room.code, 0)
    digests = [f"{step:064x}" for step in steps_saved_until_end(spec)]
    ended = {"training": "ended", "pairs": budget, "accuracy": 0.6}
    wrong: list[Any] = [[], digests[1:], [*digests, "0" * 64], ["x" * 64, *digests[1:]], ["A" * 64, *digests[1:]], "0"]
    for given in wrong:
        assert refused_field(room, "tell_training", key=keys[0], **ended, digests=given).startswith("digests"), given
    for key in keys:
        room.ask("tell_training", key=key, **ended, digests=digests)
    bits = room.view()["wall"]["bits"]
    assert (bits["num_same"], bits["num_finished"], bits["digest"]) == (2, 2, digests[-1])
    # What was answered is on the disk, and a new server says the same.
    again = Screens(service.store, LOCAL).wall(Rooms(service.store.root).get(room.code, address="192.0.2.9"))
    assert again.bits is not None and (again.bits.num_same, again.bits.digest) == (2, digests[-1])
