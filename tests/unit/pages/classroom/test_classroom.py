"""The routes of the class: a pupil cannot steer, bodies are small, markup stays text, views come as they change."""

import json
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.classroom.room import DAY_S, STEPS, STOPS, WRONG_CODES, Rooms, stop_of
from explorer.pages.classroom import routes
from explorer.pages.classroom.actions import HEADER, LIMITS, MOST_BODY
from explorer.pages.classroom.routes import TEXTS, class_page, class_routes, plan_page, texts
from explorer.pages.i18n.translator import LANGUAGES, PLACEHOLDER
from explorer.runs.store import RunStore
from explorer.service.rate_limit import RATES
from explorer.service.service import Service
from explorer.settings import LOCAL

Body = dict[str, Any]


@pytest.fixture
def client(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    RATES.forget()
    monkeypatch.setattr(routes, "HOLD_S", 0.3)
    app = Starlette(routes=class_routes(Rooms(store.root), Service.of(store, LOCAL)))
    with TestClient(app, base_url="http://127.0.0.1") as made:
        yield made
    RATES.forget()


def post(client: TestClient, name: str, key: str = "", **body: Any) -> Body:
    headers = {HEADER: key} if key else {}
    found: Body = client.post(f"/class/{name}", json=body, headers=headers).json()
    return found


def state(client: TestClient, room: str, key: str, since: str = "") -> Body:
    found: Body = client.get("/class/state", params={"room": room, "since": since}, headers={HEADER: key}).json()
    return found


@pytest.fixture
def room(client: TestClient) -> Body:
    return post(client, "open")


@pytest.fixture
def pupil(client: TestClient, room: Body) -> str:
    return str(post(client, "join", room=room["room"], nickname="Ada")["token"])


# --- words ---


def test_both_languages_have_the_same_texts_with_the_same_placeholders() -> None:
    assert {path.stem for path in TEXTS.glob("*.json")} == set(LANGUAGES)
    places = [
        {key: sorted(set(PLACEHOLDER.findall(text))) for key, text in texts(language).items()} for language in LANGUAGES
    ]
    assert places[0] == places[1]


def test_texts_name_the_hours_after_which_a_class_is_deleted() -> None:
    for language, unit in (("en", "hours"), ("zh", "小时")):
        for key in ("start.text", "menu.keep", "menu.kept"):
            assert f"{DAY_S / 3600:g} {unit}" in texts(language)[key]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_are_whole_and_strict(client: TestClient, language: str) -> None:
    for path, made in (("/class", class_page(language)), ("/class/plan", plan_page(language, 80))):
        response = client.get(path, params={"lang": language})
        assert response.text == made
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert "'unsafe-eval'" not in response.headers["content-security-policy"]
    facts = json.loads(re.findall(r'id="class-facts">(.*?)</script>', class_page(language), re.DOTALL)[0])
    assert len(facts["stops"]) == len(STOPS)
    assert sum(step.minutes for step in STEPS) == 45 and "45" in plan_page(language, 80)


def test_every_command_serves_the_port_of_this_server(client: TestClient) -> None:
    for port, command in ((7860, "make run HOST=0.0.0.0"), (7871, "make run HOST=0.0.0.0 PORT=7871")):
        web = TestClient(client.app, base_url=f"http://127.0.0.1:{port}")
        room = post(web, "open")
        found = post(web, "places", room["key"], room=room["room"], at=f"http://127.0.0.1:{port}/class")
        assert found["command"] == command
        assert f"with {command} and" in web.get("/class/plan").text


def test_markup_in_an_address_is_not_in_the_page(client: TestClient) -> None:
    text = client.get("/class", params={"room": "<script>", "lang": "<b>"}).text
    assert text == class_page("en")


# --- who may do what ---


def test_a_teacher_steers_and_a_pupil_cannot(client: TestClient, room: Body, pupil: str) -> None:
    code, key = room["room"], room["key"]
    for name in ("steer", "keep", "remove", "end", "places"):
        for other in (pupil, "", "0" * 32, "short"):
            found = post(client, name, other, room=code, stop=1, keep=True, pupil=0, at="http://x/class")
            assert found["kind"] == "key", name
    assert state(client, code, key)["view"]["stop"] == 0
    assert post(client, "steer", key, room=code, stop=1) == {"stop": 1}
    assert post(client, "steer", key, room=code, stop=99)["kind"] == "stop"


def test_a_code_is_found_without_a_seat_until_its_class_is_over(client: TestClient, room: Body) -> None:
    assert post(client, "find", room=room["room"].lower()) == {"room": room["room"]}
    assert post(client, "find", room="ZZZZ")["kind"] == "room"
    post(client, "end", room["key"], room=room["room"])
    assert post(client, "find", room=room["room"])["kind"] == "over"


def test_an_answer_needs_a_seat_in_this_room(client: TestClient, room: Body, pupil: str) -> None:
    other = post(client, "open")
    post(client, "steer", room["key"], room=room["room"], stop=1)
    assert post(client, "answer", pupil, room=room["room"], question="vote.0", choice=1) == {}
    for code, key in ((other["room"], pupil), (room["room"], ""), (room["room"], room["key"])):
        assert post(client, "answer", key, room=code, question="vote.0", choice=1)["kind"] == "key"
    view = state(client, room["room"], room["key"])["view"]
    assert view["counts"] == [0, 1]
    assert state(client, room["room"], pupil)["view"]["me"]["answer"] == 1


def test_a_question_is_shown_when_it_is_reached_and_answered_when_it_is_revealed(
    client: TestClient, room: Body, pupil: str
) -> None:
    def ask(name: str) -> Body:
        headers, params = {HEADER: pupil}, {"room": room["room"], "name": name}
        found: Body = client.get("/class/question", params=params, headers=headers).json()
        return found

    assert "error" in ask("vote.0")
    post(client, "steer", room["key"], room=room["room"], stop=1)
    assert "right" not in ask("vote.0") and "error" in ask("vote.1")
    post(client, "steer", room["key"], room=room["room"], stop=2)
    assert ask("vote.0")["right"] in (0, 1)


def test_nicknames_are_text_and_never_part_of_html(client: TestClient, room: Body) -> None:
    name = "<img src=x>"
    token = post(client, "join", room=room["room"], nickname=name)["token"]
    assert state(client, room["room"], room["key"])["view"]["names"] == [[0, name]]
    assert name not in client.get("/class", params={"room": room["room"]}).text
    assert post(client, "join", room=room["room"], nickname=name)["kind"] == "nickname"
    post(client, "remove", room["key"], room=room["room"], pupil=0)
    assert state(client, room["room"], token)["kind"] == "key"


@pytest.mark.parametrize("number", [True, False, 0.0, "0", None, [0], -1, 1])
def test_a_pupil_is_removed_by_its_number_alone(client: TestClient, room: Body, pupil: str, number: object) -> None:
    assert post(client, "remove", room["key"], room=room["room"], pupil=number)["kind"] == "pupil"
    assert state(client, room["room"], room["key"])["view"]["names"] == [[0, "Ada"]]


def test_an_ended_class_is_over_for_everybody(client: TestClient, room: Body, pupil: str, store: RunStore) -> None:
    assert len(store.all()) == 1  # the training that times this computer
    assert post(client, "end", room["key"], room=room["room"]) == {}
    for key in (room["key"], pupil):
        assert state(client, room["room"], key)["kind"] == "over"
    assert store.all() == []


# --- limits ---


def test_a_large_or_strange_body_is_one_sentence(client: TestClient) -> None:
    json_type = {"Content-Type": "application/json"}
    large = client.post("/class/join", content=b"x" * (MOST_BODY + 1), headers=json_type)
    assert large.json()["kind"] == "limit"
    for content in (b"[1]", b"{", b"\xff", b"[" * 4000):
        assert client.post("/class/join", content=content).json() == {
            "error": "body: give a JSON object",
            "kind": "body",
        }
    for body in ({"room": 5}, {"room": None}, {"room": ["K"]}, {"room": "../.."}):
        assert client.post("/class/join", json=body).json()["kind"] == "room"


def test_wrong_codes_are_counted_per_address(client: TestClient, room: Body, pupil: str) -> None:
    for _ in range(WRONG_CODES):
        assert post(client, "join", room="ZZZZ", nickname="Eve")["kind"] == "room"
    assert post(client, "join", room=room["room"], nickname="Eve")["kind"] == "limit"
    assert state(client, room["room"], pupil)["view"]["me"]["nickname"] == "Ada"


def test_joining_and_opening_are_limited_per_address(client: TestClient, room: Body) -> None:
    most = int(LIMITS["class-joins"][0])
    kinds = [post(client, "join", room=room["room"], nickname=f"n{number}").get("kind") for number in range(most + 1)]
    assert kinds == [None] * most + ["limit"]
    kinds = [post(client, "open").get("kind") for _ in range(int(LIMITS["class-rooms"][0]))]
    assert kinds == [None] * (len(kinds) - 1) + ["limit"]


# --- the long poll ---


def test_a_view_comes_at_once_when_it_changes(
    client: TestClient, room: Body, pupil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "HOLD_S", 20.0)
    code, key = room["room"], room["key"]
    post(client, "steer", key, room=code, stop=1)
    tag, found = state(client, code, key)["tag"], {}

    def wait() -> None:
        start = time.monotonic()
        found.update(state(client, code, key, since=tag), took=time.monotonic() - start)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.5)
    assert not found
    post(client, "answer", pupil, room=code, question="vote.0", choice=0)
    thread.join(10)
    assert found["view"]["counts"] == [1, 0] and found["took"] < 5


def test_an_unchanged_view_comes_after_the_hold(client: TestClient, room: Body) -> None:
    first = state(client, room["room"], room["key"])
    start = time.monotonic()
    again = state(client, room["room"], room["key"], since=first["tag"])
    assert again["tag"] == first["tag"] and time.monotonic() - start >= 0.3


# --- the whole lesson ---


def test_every_stop_has_a_view_for_projector_and_phone(client: TestClient, room: Body, pupil: str) -> None:
    code, key = room["room"], room["key"]
    for stop, each in enumerate(STOPS):
        assert post(client, "steer", key, room=code, stop=stop) == {"stop": stop}
        for who in (key, pupil):
            view = state(client, code, who)["view"]
            assert (view["step"], view["part"], view["people"]) == (each.step, each.part, 1)
        if each.question and not each.is_revealed:
            assert post(client, "answer", pupil, room=code, question=each.question, choice=1) == {}
        if each.step == "fool":
            assert post(client, "fooled", pupil, room=code, margin=-0.01, scene="submarine,yellow@1,2,1000") == {}
    numbers = state(client, code, pupil)["view"]["numbers"]
    assert (numbers["vote"]["n"], numbers["guess"]["n"], numbers["fooled"]) == (5, 4, 1)
    assert [each["predicted"] for each in numbers["recipes"]] == [0, 1, 0, 0]


def test_a_pupil_of_the_training_has_a_queued_run(client: TestClient, room: Body, pupil: str, store: RunStore) -> None:
    post(client, "steer", room["key"], room=room["room"], stop=stop_of("train"))
    late = post(client, "join", room=room["room"], nickname="late")["token"]
    runs = {folder.run for folder in store.all()}
    for who in (pupil, late):
        [dot] = state(client, room["room"], who)["view"]["wall"]["dots"]
        assert dot["run"] in runs and dot["status"] == "queued" and not dot["is_recorded"]
    capacity = state(client, room["room"], room["key"])["view"]["capacity"]
    assert capacity["runs"] > 1 and not capacity["is_measured"]


def test_phones_get_the_address_of_the_page_or_of_the_network(client: TestClient, room: Body) -> None:
    found = post(client, "places", room["key"], room=room["room"], at="http://127.0.0.1/class")
    assert found["loopback"] is True and found["command"] == "make run HOST=0.0.0.0 PORT=80"
    network = TestClient(client.app, base_url="https://school.example")
    found = post(network, "places", room["key"], room=room["room"], at="https://school.example/app/class")
    assert found["places"][0]["url"] == f"https://school.example/app/class?room={room['room']}"
    assert post(client, "places", room["key"], room=room["room"], at="javascript:alert(1)")["kind"] == "at"
