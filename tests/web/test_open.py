"""Open questions over HTTP: who counts as somebody of their own, and a question settled on a server that is killed."""

import json
from dataclasses import replace
from errno import ENOSPC
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from explorer.codec import encode
from explorer.replication.questions import read_open_list
from explorer.settings import SHARED, Settings
from explorer.views.rate_limit import own_address
from research.judge_open import retrain
from tests.served import Server, start_server
from tests.unit.replication.conftest import LIST
from tests.web.conftest import client

TINY = LIST.replace("steps = 40, batch_size = 64", "steps = 2, batch_size = 16").replace("seeds = 3", "seeds = 1")
KEY, XFF = "X-Owner-Key", "X-Forwarded-For"
ONE = {
    "state": "one", "is_taken": False, "num_results": 1, "num_unknown": 0, "num_mismatches": 0, "has_ended": True,
    "bound_at": None, "digest": None, "curve": None, "lows": None,
}  # fmt: skip
"""What is told of a training that did not bind, after one result."""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    file = tmp_path / "open.toml"
    file.write_text(TINY, encoding="utf-8")
    return file


def possible(lent: dict[str, Any], bits: str = "a") -> dict[str, Any]:
    """A result that a device could send for what it was lent."""
    return {
        "entry": lent["entry"],
        "list_digest": lent["list_digest"],
        "engine_version": 1,
        "digests": [f"{bits}{step:063x}" for step in lent["saved"]],
        "curve": [0.5] * len(lent["evaluated"]),
        "scenes": 100,
    }


class Visitor:
    """A browser with a key of its own, which sends what its proxy would."""

    def __init__(self, web: TestClient | Server, **headers: str) -> None:
        self._web, self._headers, self.key = web, headers, ""

    def act(self, name: str, **values: Any) -> httpx.Response:
        headers = self._headers | ({KEY: self.key} if self.key else {})
        if isinstance(self._web, Server):
            return httpx.post(f"{self._web.url}a/{name}", json=values, headers=headers, timeout=60)
        return self._web.post(f"/a/{name}", json=values, headers=headers)

    def take(self) -> dict[str, Any]:
        lent: dict[str, Any] = self.act("take_open").raise_for_status().json()
        self.key = lent["owner_key"]
        return lent

    def give(self, lent: dict[str, Any], result: dict[str, Any]) -> httpx.Response:
        return self.act("give_open", lease=lent["lease"], result=result)


def host(tmp_path: Path, tiny: Path, settings: Settings = SHARED, *, forwarded: bool = True) -> TestClient:
    return client(tmp_path / "runs", replace(settings, forwarded=forwarded, open_list=str(tiny)))


def view(web: TestClient, **headers: str) -> dict[str, Any]:
    answer: dict[str, Any] = web.get("/v/open_questions.json", headers=headers).json()
    return answer


def test_two_visitors_behind_a_declared_proxy_confirm_each_other(tmp_path: Path, tiny: Path) -> None:
    web = host(tmp_path, tiny)
    visitors = [Visitor(web, **{XFF: each}) for each in ("8.8.8.8", "9.9.9.9")]
    answers = []
    for visitor in visitors:
        lent = visitor.take()
        assert lent["is_counted"] and lent["note"] == "" and len(lent["owner_key"]) == 32
        assert visitor.act("keep_open", entry=lent["entry"], lease=lent["lease"]).json()["standing"]["is_taken"]
        answers.append(visitor.give(lent, possible(lent)).json())
    assert [each["standing"]["state"] for each in answers] == ["one", "confirmed"]
    (question,) = view(web)["questions"]
    assert (question["confirmed"], question["needed"], question["is_answered"]) == (1, 0, True)
    assert question["verdict"] is None, "no verdict before the audit"
    (training,) = question["trainings"]
    assert training["digest"] == possible(lent)["digests"][-1] and training["curve"] == [0.5] * len(lent["evaluated"])


def test_a_visitor_of_a_proxy_that_is_not_declared_is_told_and_confirms_nothing(tmp_path: Path, tiny: Path) -> None:
    web = host(tmp_path, tiny, forwarded=False)
    for address in ("8.8.8.8", "9.9.9.9", "1.1.1.1"):
        visitor = Visitor(web, **{XFF: address})
        lent = visitor.take()
        answer = visitor.give(lent, possible(lent)).json()
        assert not lent["is_counted"] and "cannot tell your address" in lent["note"] == answer["note"]
        assert answer["standing"]["state"] == "open" and answer["standing"]["num_unknown"] > 0
    said = view(web)
    assert not said["is_counted"] and said["note"] and said["questions"][0]["confirmed"] == 0


def test_nothing_of_an_unconfirmed_result_is_told_to_others(tmp_path: Path, tiny: Path) -> None:
    web = host(tmp_path, tiny)
    first, second = (Visitor(web, **{XFF: each}) for each in ("8.8.8.8", "9.9.9.9"))
    lent = first.take()
    result = possible(lent)
    first.give(lent, result)
    told = json.dumps([view(web), second.take(), second.act("give_open", lease="x", result=result).json()])
    assert not any(digest in told for digest in result["digests"])
    assert "8.8.8.8" not in told and first.key not in told


def test_a_folder_in_place_of_results_is_one_sentence_and_the_result_is_taken_once_it_is_gone(
    tmp_path: Path, tiny: Path
) -> None:
    web = host(tmp_path, tiny)
    visitor = Visitor(web, **{XFF: "8.8.8.8"})
    lent = visitor.take()
    folder = next((tmp_path / "runs" / ".open").iterdir()) / "half.jsonl"
    folder.mkdir()
    (question,) = view(web)["questions"]
    assert question["problem"] and question["needed"] == 1
    answer = visitor.give(lent, possible(lent))
    assert answer.status_code == 429 and "cannot be read here now" in answer.json()["error"]["sentence"]
    folder.rmdir()
    assert visitor.give(lent, possible(lent)).json()["standing"]["num_results"] == 1
    assert view(web)["questions"][0]["problem"] == ""


def test_bad_values_are_one_sentence_with_their_field(tmp_path: Path, tiny: Path) -> None:
    web = host(tmp_path, tiny)
    visitor = Visitor(web, **{XFF: "8.8.8.8"})
    lent = visitor.take()
    result = possible(lent)
    for values, field in (
        ({"lease": lent["lease"], "result": result | {"digests": ["a"]}}, "result.digests[0]"),
        ({"lease": lent["lease"], "result": result | {"curve": ["0.5"] * 5}}, "result.curve[0]"),
        ({"lease": lent["lease"], "result": 3}, "result"),
        ({"lease": lent["lease"], "result": result | {"digests": result["digests"] * 2}}, "digests"),
        ({"lease": "0" * 32, "result": result}, "lease"),
        ({"lease": 5, "result": result}, "lease"),
        ({"lease": "x" * 100, "result": result}, "lease"),
        ({"lease": lent["lease"]}, "result"),
        ({"lease": lent["lease"], "result": result, "owner_key": visitor.key}, "owner_key"),
    ):
        answer = visitor.act("give_open", **values)
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    visitor.key = "short"
    assert visitor.give(lent, result).json()["error"]["field"] == "owner_key"
    visitor.key = ""
    assert "needs it" in visitor.give(lent, result).json()["error"]["sentence"]


@pytest.mark.parametrize(
    ("headers", "peer", "forwarded", "expected"),
    [
        ({}, "8.8.8.8", False, "8.8.8.8"),
        ({}, "2606:4700:1:2::3", False, "2606:4700:1::/48"),
        ({}, "::ffff:8.8.8.8", False, "8.8.8.8"),
        ({}, "127.0.0.1", False, None),
        ({}, "192.168.1.4", False, None),
        ({}, None, False, None),
        ({"x-forwarded-for": "9.9.9.9"}, "8.8.8.8", False, None),
        ({"via": "1.1 proxy"}, "8.8.8.8", False, None),
        ({"forwarded": "for=9.9.9.9"}, "8.8.8.8", False, None),
        ({"x-forwarded-for": "9.9.9.9"}, "127.0.0.1", True, "9.9.9.9"),
        ({"x-forwarded-for": "1.1.1.1, 9.9.9.9"}, "127.0.0.1", True, "9.9.9.9"),
        ({"x-forwarded-for": "1.1.1.1, 192.168.1.4"}, "127.0.0.1", True, None),
        ({"x-forwarded-for": "1.1.1.1, unknown"}, "127.0.0.1", True, None),
        ({"x-forwarded-for": "9.9.9.9:4000"}, "127.0.0.1", True, None),
        ({"x-forwarded-for": ""}, "127.0.0.1", True, None),
        ({}, "8.8.8.8", True, None),
    ],
)  # fmt: skip
def test_an_address_is_known_only_where_nobody_can_choose_it(
    headers: dict[str, str], peer: str | None, forwarded: bool, expected: str | None
) -> None:
    assert own_address(headers, peer, forwarded=forwarded) == expected


def test_on_a_space_private_proxies_stand_behind_the_visitor() -> None:
    def seen(words: str) -> str | None:
        return own_address({"x-forwarded-for": words}, "10.0.0.1", forwarded=True, skips_private=True)

    assert seen("1.1.1.1, 9.9.9.9, 10.2.0.4, 10.1.1.1") == "9.9.9.9"
    assert seen("9.9.9.9, unknown, 10.1.1.1") is None and seen("10.0.0.9, 10.1.1.1") is None


@pytest.mark.nightly
def test_two_visitors_settle_a_question_on_a_server_that_is_killed_twice(tmp_path: Path, tiny: Path) -> None:
    """Each trains by itself in Node; one sends its result again after the kill, as it heard no answer.

    Three servers and two trainings; the ledger's own tests see sooner what a kill leaves behind.
    """
    choices = {
        "EXPLORER_PUBLIC": "1",
        "EXPLORER_FORWARDED": "1",
        "EXPLORER_OPEN_LIST": str(tiny),
        "EXPLORER_SPARE": "0",
    }
    listed = read_open_list(tiny)
    server = start_server(tmp_path, **choices)
    state = tmp_path / "runs" / ".open" / listed.digest[:16]

    def restart(server: Server) -> Server:
        server.process.kill()
        server.process.wait()
        return start_server(tmp_path, port=server.port, **choices)

    try:
        one, two = (Visitor(server, **{XFF: each}) for each in ("8.8.8.8", "9.9.9.9"))
        lent = one.take()
        result = encode(retrain(listed, listed.entry(lent["entry"])))
        assert one.give(lent, result).json()["standing"]["state"] == "one"
        server = restart(server)
        assert one.give(lent, result).json()["standing"] == ONE
        other = two.take()
        assert other["entry"] == lent["entry"]
        server = restart(server)
        again = encode(retrain(listed, listed.entry(other["entry"])))
        answer = two.give(other, again).json()
        assert answer["standing"]["state"] == "confirmed" and answer["standing"]["digest"] == result["digests"][-1]
        said = server.get("v/open_questions.json").json()["questions"][0]
        assert said["is_answered"] and said["trainings"][0]["num_results"] == 2
        assert sorted(path.name for path in state.iterdir() if path.suffix in (".jsonl", ".salt")) == [
            "half.answered.jsonl"
        ]
    finally:
        server.end()


def test_a_full_disk_is_one_sentence_and_the_result_is_taken_once_there_is_room(
    tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = host(tmp_path, tiny)
    visitor = Visitor(web, **{XFF: "8.8.8.8"})
    lent = visitor.take()

    def full(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr("explorer.replication.ledger.append_line", full)
    answer = visitor.give(lent, possible(lent))
    assert answer.status_code == 507 and "make room" in answer.json()["error"]["sentence"]
    monkeypatch.undo()
    assert visitor.give(lent, possible(lent)).json()["standing"]["num_results"] == 1
