"""The lesson, the class at each stop, the teacher's link and About as HTML, in Node."""

import asyncio
import json
import re
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

import pytest

from explorer.classroom.deal import SAME_NUMBER, recorded_trainings
from explorer.classroom.live import shared_live
from explorer.classroom.room import PRETENDED_NAMES, DeviceState
from explorer.classroom.rooms import Rooms
from explorer.classroom.stops import LESSON_STOPS, OWN_STEP, STOPS_WITH_THINGS, first_stop
from explorer.classroom.trainings import store_score
from explorer.classroom.wall import SILENT_S
from explorer.codec import encode
from explorer.resources import ASSETS
from explorer.runs.state import read_recording
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.views.rate_limit import BUCKETS
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.engine.test_own_atlas import things
from tests.own_worlds import SIX
from tests.page.parts import Part

PICTURE = re.compile(r"data:image/[^,]+,[^\"]*")
RUN = re.compile(r"-[0-9a-f]{12}\b")
NAMES = {
    "English", "arXiv 2507.07985", "KRTM", "ZZZZ", "bello", "bellob", "belzo", "completeness",
    "make run HOST=0.0.0.0 PORT=80", "http://192.0.2.1:7860/class",
}  # fmt: skip
"""A language, a paper, codes of rooms, names of things, a sweep, a command and an address."""
DEVICE = re.compile(r"cpu \(\w+, \d+ threads\)")


def fixtures(folder: Path) -> dict[str, Any]:
    """What the server sends, without pictures; the room has a fixed code and clock, and trains nothing."""
    service = Service(store=RunStore(folder / "runs"), settings=LOCAL)
    texts = {name: _texts(name, "en") for name in ("lessons", "classroom")}
    table = {name: _texts(name, "zh") for name in ("lessons", "classroom")}
    fixture_data = texts | {
        "facts": _ask(service, "lesson"),
        "recording": encode(read_recording("binding-friendly")),
        "plan_of_class": _ask(service, "classroom"),
        "catalog": _ask(service, "catalog"),
        "addresses": _addresses(),
        "things": things(),
        **_room(service),
        "own": _own_room(service),
        "same": _same_room(service),
    }
    plain = PICTURE.sub("picture.png", json.dumps(fixture_data | {"own_zh": table}))
    return dict(json.loads(RUN.sub("-0123456789ab", plain)))


def _texts(name: str, language: str) -> dict[str, str]:
    return dict(json.loads((ASSETS / name / f"{language}.json").read_text(encoding="utf-8")))


def _ask(service: Service, asked: str, /, **given: Any) -> Any:
    entry = entries()[asked]
    answer = entry.answer(service, given)
    return asyncio.run(answer) if entry.is_coroutine else answer


def _room(service: Service) -> dict[str, Any]:
    """The views of a rehearsal at each stop, for its teacher and for one more pupil, with the questions."""
    BUCKETS.forget()
    views: dict[str, dict[str, Any]] = {"teacher": {}, "pupil": {}}
    questions = {}
    with patch.object(Rooms, "_fresh_code", return_value="KRTM"):
        service.rooms.now = lambda: 1000.0
        key = _ask(service, "open_room", is_rehearsal=True)["key"]
    token = _ask(service, "join", code="KRTM", nickname="小明 <b>")["key"]
    for number, stop in enumerate(LESSON_STOPS):
        BUCKETS.forget()
        _ask(service, "go_to_stop", code="KRTM", stop=number, key=key)
        if stop.question and not stop.is_revealed and stop.part % 2 == 0:
            _ask(service, "answer", code="KRTM", question=stop.question, choice=1, key=token)
        if stop.part not in (0, 4, 5):
            continue  # the other pictures look like the first
        name = stop.question.replace(".", "-") + "-revealed" * stop.is_revealed if stop.question else stop.step
        name = "sum" if name == "vote" else "vote" if name == "vote-0" else name
        for role, who in (("teacher", key), ("pupil", token)):
            views[role][name] = _ask(service, "room", code="KRTM", key=who)["view"]
        if stop.question:
            questions[name] = _ask(service, "question", code="KRTM", name=stop.question, key=key)
    train = len(LESSON_STOPS) - 3
    _ask(service, "go_to_stop", code="KRTM", stop=train, key=key)
    told = {"code": "KRTM", "training": "training", "pairs": 17_664, "accuracy": 0.73, "key": token}
    _ask(service, "tell_training", **told | {"training": "watching", "pairs": 0, "accuracy": None})
    views["pupil"]["watching"] = _ask(service, "room", code="KRTM", key=token)["view"]
    _ask(service, "tell_training", **told)
    _other_devices(service)
    views["pupil"]["training"] = _ask(service, "room", code="KRTM", key=token)["view"]
    views["teacher"]["training"] = _ask(service, "room", code="KRTM", key=key)["view"]
    _ask(service, "show_study", code="KRTM", is_shown=True, key=key)
    _ask(service, "tell_training", **told | {"training": "landed", "pairs": 22_272, "accuracy": 0.8})
    views["pupil"]["landed"] = _ask(service, "room", code="KRTM", key=token)["view"]
    number = len(PRETENDED_NAMES)
    for share, name in ((0.93, "checked"), (0.52, "not-checked")):
        service.rooms.change("KRTM", partial(store_score, pupil=number, share=share))
        views["pupil"][name] = _ask(service, "room", code="KRTM", key=token)["view"]
    service.rooms.change("KRTM", partial(store_score, pupil=number, share=0.93))
    views["teacher"]["landed"] = _ask(service, "room", code="KRTM", key=key)["view"]
    return {"views": views, "questions": questions}


def _own_room(service: Service) -> dict[str, Any]:
    """The views of a rehearsal with things of its own, for its teacher and one more pupil, and its drawings."""
    BUCKETS.forget()
    views: dict[str, dict[str, Any]] = {"teacher": {}, "pupil": {}}
    with patch.object(Rooms, "_fresh_code", return_value="BWTS"):
        service.rooms.now = lambda: 1000.0
        key = _ask(service, "open_room", is_rehearsal=True, has_things=True)["key"]
    token = _ask(service, "join", code="BWTS", nickname="小明 <b>")["key"]

    def teach(name: str, **given: Any) -> None:
        _ask(service, name, code="BWTS", key=key, **given)

    def see(name: str) -> None:
        for role, who in (("teacher", key), ("pupil", token)):
            views[role][name] = _ask(service, "room", code="BWTS", key=who)["view"]

    teach("go_to_stop", stop=first_stop(OWN_STEP, STOPS_WITH_THINGS))
    see("waiting")
    _ask(service, "give_thing", code="BWTS", key=token, **SIX["nouns"][0])
    see("given")
    for number in (0, 3, len(PRETENDED_NAMES)):
        teach("show_thing", pupil=number)
    teach("ask_for_another", pupil=1)
    see("shown")
    names = {each["drawing"] for each in views["teacher"]["shown"]["things"]["given"]}
    drawings = {name: _ask(service, "drawing", code="BWTS", name=name, key=key) for name in names}
    teach("ask_for_another", pupil=len(PRETENDED_NAMES))
    teach("call_last")
    see("asked")
    teach("close_world")
    see("training")
    told = {"code": "BWTS", "key": token, "world": views["pupil"]["training"]["deal"]["values"]["world"]}
    _ask(service, "tell_training", **told, training="training", pairs=7_680, accuracy=0.7)
    service.rooms.now = lambda: 1060.0
    shared_live.cache_clear()  # it has the clock of before
    teach("show_study", is_shown=True)
    _ask(service, "tell_training", **told, training="landed", pairs=13_056, accuracy=0.8)
    see("landed")
    teach("go_to_stop", stop=first_stop(OWN_STEP, STOPS_WITH_THINGS))
    see("closed")
    return {"views": views, "drawings": drawings}


def _same_room(service: Service) -> dict[str, Any]:
    """The views of a rehearsal in which all train the same, for its teacher and for two more pupils."""
    BUCKETS.forget()
    views: dict[str, dict[str, Any]] = {"teacher": {}, "pupil": {}, "other": {}}
    with patch.object(Rooms, "_fresh_code", return_value="BWTR"):
        service.rooms.now = lambda: 1000.0
        key = _ask(service, "open_room", is_rehearsal=True, is_same_for_all=True)["key"]
    keys = {"teacher": key} | {
        role: _ask(service, "join", code="BWTR", nickname=name)["key"]
        for role, name in (("pupil", "小明 <b>"), ("other", "Zoe"))
    }

    def see(name: str, seconds: float) -> None:
        service.rooms.now = lambda: 1000.0 + seconds
        shared_live.cache_clear()
        for role, who in keys.items():
            views[role][name] = _ask(service, "room", code="BWTR", key=who)["view"]

    def land(role: str, digests: list[str]) -> None:
        told = {"training": "landed", "pairs": row["pairs"], "accuracy": 0.8, "digests": digests}
        _ask(service, "tell_training", code="BWTR", key=keys[role], **told)

    row = recorded_trainings()[SAME_NUMBER]
    _ask(service, "go_to_stop", code="BWTR", stop=first_stop("train"), key=key)
    see("none", 1.0)
    land("pupil", row["digests"])
    see("first", 2.0)
    land("other", [*row["digests"][:-1], "0" * 64])
    see("none-most", 3.0)
    see("most", 45.0)
    _ask(service, "go_to_stop", code="BWTR", stop=len(LESSON_STOPS) - 1, key=key)
    see("learned", 46.0)
    return views


def _other_devices(service: Service) -> None:
    """One more device in each state."""
    BUCKETS.forget()
    for place, state in enumerate(get_args(DeviceState)):
        token = _ask(service, "join", code="KRTM", nickname=f"{state} 1")["key"]
        is_landed = state == "landed"
        pairs, accuracy = (12_032, 0.8) if is_landed else (256 * 20 * place, 0.6)
        told = {"training": state, "pairs": pairs, "accuracy": accuracy, "key": token}
        _ask(service, "tell_training", code="KRTM", **told)
    token = _ask(service, "join", code="KRTM", nickname="silent 1")["key"]
    _ask(service, "tell_training", code="KRTM", training="training", pairs=20_480, accuracy=None, key=token)
    service.rooms.now = lambda: 1000.0 + 2 * SILENT_S


def _addresses() -> dict[str, Any]:
    def place(url: str, *, answers: bool) -> dict[str, Any]:
        return {"url": f"{url}?room=KRTM", "answers": answers, "qr": "data:image/svg+xml,x"}

    near = [place("http://192.0.2.1:7860/class", answers=True), place("http://192.0.2.9:7860/class", answers=True)]
    far = [place("http://192.0.2.1:7860/class", answers=False)]
    command = "make run HOST=0.0.0.0"
    return {
        "network": {"is_loopback": True, "addresses": near, "command": command},
        "loopback": {"is_loopback": True, "addresses": far, "command": command},
    }


def no_key_of_a_text_is_shown(told: dict[str, Any]) -> None:
    for name, html in told["english"].items():
        texts = re.sub(r"\S*/\S*|2507\.\d+|plotly\.js", "", re.sub(r"<[^>]*>", "\n", html))
        assert not re.search(r"\b[a-z]+\.[a-z_]+\b(?<!e\.g)", texts), name


def nicknames_stay_text(told: dict[str, Any]) -> None:
    shown = [html for html in told["english"].values() if "小明" in html]
    assert len(shown) > 5 and not any("小明 <b>" in html for html in shown)


PART = Part(
    name="class",
    fixtures=fixtures,
    untranslated=r"<code>.*?</code>|<title>.*?</title>",
    is_name=lambda text: " ".join(unescape(text).split()) in NAMES or bool(DEVICE.fullmatch(text)),
    rules=(no_key_of_a_text_is_shown, nicknames_stay_text),
)


@pytest.mark.parametrize("folder", ["lessons", "classroom"])
def test_both_languages_have_the_same_texts_with_the_same_placeholders(folder: str) -> None:
    english, chinese = _texts(folder, "en"), _texts(folder, "zh")
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", chinese[key])), key
