"""Routes of the evidence: the numbers once, by their ETag and in the reader's language; a sample of dialed data."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.pages.app import build_app
from explorer.pages.study.evidence_route import LINE, SAMPLE, evidence_routes
from explorer.runs.store import RunStore
from explorer.service.run_list import spec_of
from explorer.service.service import Service
from explorer.settings import LOCAL
from tests.unit.pages.visits import KEY, Visit


@pytest.fixture
def client(store: RunStore) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=evidence_routes(store)), base_url="http://127.0.0.1") as found:
        yield found


def test_the_numbers_come_once_and_in_the_readers_language(client: TestClient) -> None:
    answer = client.get(LINE)
    found = answer.json()
    assert found["line"]["headline"] == "Leaving things out of captions cost no time. Leaving attributes out did."
    assert found["pace"] > 0 and [each["told"] for each in found["picture"]] == [True, True, False, False]
    again = client.get(LINE, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304 and not again.content
    other = client.get(LINE, params={"lang": "zh"})
    assert other.headers["etag"] != answer.headers["etag"] and "漏掉属性" in other.json()["line"]["headline"]
    assert other.json()["line"]["recipes"][0]["name"] == "binding-friendly", "names are no words"


def test_without_frozen_rows_there_is_no_line(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_STUDY", str(tmp_path))
    assert client.get(LINE).json()["line"] is None


def test_a_sample_is_one_of_the_dialed_data_and_anything_else_falls_back(client: TestClient) -> None:
    asked = {"preset": "web-like", "objects_in_image": "3", "attribute_kinds": "color", "caption_completeness": "1"}
    words = [word["text"] for word in client.get(SAMPLE, params=asked).json()["words"]]
    assert words.count("and") == 2, "three objects are named"
    strange = client.get(SAMPLE, params={"preset": "<b>", "attribute_density": "many", "objects_in_image": "9"})
    assert strange.status_code == 200 and strange.json()["image"].startswith("data:image/png")


@pytest.fixture
def visit(store: RunStore) -> Visit:
    visit = Visit(build_app(Service.of(store, LOCAL)))
    visit.shows |= {"visitor": KEY, "guesses": {}}
    return visit


def test_dials_of_the_line_open_on_the_workbench_and_train_there(visit: Visit, store: RunStore) -> None:
    asked = {"preset": "incomplete", "values": {"attribute_density": 0.5, "steps": 300}}
    found = visit.send("data_opened", data=asked)
    assert found["bench-data"]["values"]["attribute_density"] == 0.5 and found["tab"] == "workbench"
    assert list(store.all()) == []
    found = visit.send("data_trained", data=asked)
    [run] = store.all()
    assert found["run"] == run.run and (spec := spec_of(run)).train.steps == 300 and spec.data.attribute_density == 0.5


@pytest.mark.parametrize("asked", [{}, {"preset": "nothing", "values": {}}, {"preset": "incomplete", "values": 3}])
def test_anything_else_starts_nothing_and_is_a_sentence(
    visit: Visit, store: RunStore, asked: dict[str, object]
) -> None:
    found = visit.send("data_trained", data=asked)
    assert list(store.all()) == [] and found["bench-training"]["problem"]
