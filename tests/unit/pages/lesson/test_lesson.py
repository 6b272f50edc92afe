"""The lesson is one light page in each language; its numbers are measured ones, and its script gets sentences."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.classroom.lesson_numbers import CONDITIONS, Number, Surprise, cards, forgetful, surprise
from explorer.clip.names import shipped_names
from explorer.errors import UserError
from explorer.evaluation.sweep_evidence import Evidence
from explorer.pages.i18n.translator import LANGUAGES, PLACEHOLDER
from explorer.pages.lesson import view
from explorer.pages.lesson.routes import lesson_routes, run_document
from explorer.pages.lesson.view import LESSONS, STEPS, Texts, dial_scenes, lesson_page, meter
from explorer.runs.store import RunFolder, RunStore
from explorer.service.outcome import run_state
from explorer.service.service import Service
from explorer.settings import LOCAL
from tests.unit.pages.visits import KEY
from tests.unit.study.toy_evidence import as_file, condition, evidence, spec_of

ALL = {language: Texts.load(language) for language in LANGUAGES}


@pytest.fixture
def client(store: RunStore) -> TestClient:
    return TestClient(Starlette(routes=lesson_routes(Service.of(store, LOCAL))), base_url="http://127.0.0.1")


# --- texts ---


def test_every_language_has_the_same_texts_with_the_same_placeholders() -> None:
    assert {path.stem for path in LESSONS.glob("*.json")} == set(LANGUAGES)
    places = {
        language: {key: sorted(set(PLACEHOLDER.findall(text))) for key, text in texts.all.items()}
        for language, texts in ALL.items()
    }
    assert all(each == places["en"] for each in places.values())
    assert all(text.strip() for texts in ALL.values() for text in texts.all.values())


def test_what_fills_a_text_is_escaped() -> None:
    assert ALL["en"].say("next", step="<b>") == "Next: &lt;b&gt;"


# --- numbers ---


def test_the_cards_of_all_shipped_models_are_read() -> None:
    assert set(cards()) == set(shipped_names()) and forgetful().preset == "web-like"
    for card in cards().values():
        assert card.binding.low <= card.binding.value <= card.binding.high
        assert card.steps > 0 and card.batch > 0 and card.preset


def completeness(own: list[float], complete: list[float], leak: float = 0.5) -> Evidence:
    """Evidence of one condition, labeled as the lesson looks for it."""
    name, label = CONDITIONS[0]
    forms = {"canonical": own, "own": own, "complete": complete}
    return evidence([condition(label, spec_of("half"), forms, leak)], name=name)


def frozen(folder: Path, found: Evidence) -> Surprise:
    (folder / f"{found.name}.json").write_bytes(as_file(found))
    return surprise(folder)


def test_the_surprise_is_measured_by_seed(tmp_path: Path) -> None:
    found = frozen(tmp_path, completeness([0.97, 0.96, 0.95], [0.55, 0.52, 0.52]))
    assert (found.source, found.kind, found.leaks) == ("sweep", "binds_in_short_captions", ())
    # t(2) = 4.303, the standard deviation 0.01: 0.96 plus and minus 4.303 * 0.01 / sqrt(3).
    assert (found.short.value, found.short.low, found.short.high) == pytest.approx((0.96, 0.93516, 0.98484), abs=1e-5)
    assert found.long.value == pytest.approx(0.53)
    assert found.about == {
        "seeds": "3", "scenes": "1,000", "steps": "4", "batch": "16", "device": "cpu", "recipe": "abc",
        "sweep": "completeness",
    }  # fmt: skip


def test_another_outcome_is_told_by_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = frozen(tmp_path, completeness([0.97, 0.96, 0.95], [0.96, 0.95, 0.97]))
    assert found.kind == "binds"
    monkeypatch.setattr(view, "surprise", lambda: found)
    page = lesson_page(ALL["en"], []).split('<script type="application/json"')[0]
    assert ALL["en"].say("form.verdict_other") in page and ALL["en"].say("form.verdict_short") not in page


@pytest.mark.parametrize(
    ("complete", "key"), [([0.52, 0.50, 0.51], "form.verdict_short"), ([0.72, 0.70, 0.71], "form.verdict_less")]
)
def test_binding_in_long_captions_is_called_less_where_it_is_above_chance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complete: list[float], key: str
) -> None:
    found = frozen(tmp_path, completeness([0.97, 0.96, 0.95], complete))
    assert found.kind == "binds_in_short_captions"
    monkeypatch.setattr(view, "surprise", lambda: found)
    page, keys = lesson_page(ALL["en"], []).split('<script type="application/json"')[0], ("short", "less", "other")
    assert [f"form.verdict_{name}" for name in keys if ALL["en"].say(f"form.verdict_{name}") in page] == [key]


def test_a_form_that_captions_alone_give_away_is_no_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = frozen(tmp_path, completeness([0.97, 0.96, 0.95], [0.55, 0.52, 0.52], leak=0.7))
    assert found.leaks == ("own",)
    monkeypatch.setattr(view, "surprise", lambda: found)
    assert ALL["en"].say("form.leak", form="own") in lesson_page(ALL["en"], []).split('id="texts"')[0]


def test_one_seed_has_no_interval_and_is_not_shown(tmp_path: Path) -> None:
    assert frozen(tmp_path, completeness([0.97], [0.55])).source == "card"


def test_without_evidence_the_card_is_shown_and_said_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = surprise(tmp_path)
    assert (found.source, found.short, found.long) == ("card", forgetful().own, forgetful().binding)
    monkeypatch.setattr(view, "surprise", lambda: found)
    assert unescape(ALL["en"].say("form.no_evidence", model=forgetful().name)) in unescape(lesson_page(ALL["en"], []))


# --- the page ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_every_step_in_its_language(language: str) -> None:
    page = lesson_page(ALL[language], [])
    assert re.findall(r"<section id='step-(\w+)'", page) == list(STEPS)
    assert all(ALL[language].say(f"{step}.name") in page for step in STEPS)
    assert not re.search(r"(src|href)=['\"]https?:", page) and len(page) < 120_000
    said = json.loads(re.search(r'id="texts">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    assert said == ALL[language].all


def test_a_share_is_drawn_with_its_interval_and_chance() -> None:
    html = meter(Number(value=0.51, low=0.477, high=0.544), ALL["en"])
    assert "width:51.0%" in html and "left:47.7%;width:6.7%" in html and "class='chance'" in html
    assert "95 % interval 47.7 to 54.4 %" in html and "chance 50 %" in html


def test_the_dial_changes_what_captions_name() -> None:
    both = [int(re.search(r"data-both='(\d+)'", dial_scenes(value))[1]) for value in (1.0, 0.75, 0.5)]  # type: ignore[index]
    assert both[0] == 6 and 0 < both[1] < 6 and both[2] == 0


@pytest.mark.parametrize(("query", "tag"), [("", "en"), ("?lang=en", "en"), ("?lang=zh", "zh-CN"), ("?lang=xx", "en")])
def test_the_address_chooses_the_language(client: TestClient, query: str, tag: str) -> None:
    answer = client.get(f"/lesson{query}")
    assert answer.status_code == 200 and f'<html lang="{tag}"' in answer.text
    assert ("lang=xx: choose en, zh" in answer.text) == (query == "?lang=xx")


def test_markup_in_an_address_stays_text(client: TestClient) -> None:
    assert "<img" not in client.get("/lesson", params={"lang": "<img src=x>"}).text.replace("<img src='data", "")


def test_a_slash_at_the_end_leads_to_the_page(client: TestClient) -> None:
    answer = client.get("/lesson/?lang=zh", follow_redirects=False)
    assert answer.status_code == 307 and answer.headers["location"] == "../lesson?lang=zh"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("scenes", "caption_completeness="),
        ("scenes?completeness=0.1", "caption_completeness=0.1: must be from 0.5 to 1"),
        ("scenes?completeness=nan", "caption_completeness=nan"),
        ("budget?preset=nope&steps=9", "preset=nope: choose"),
        ("budget?preset=web-like&steps=0", "steps=0: must be from 1"),
        ("run?run=../etc", "run=../etc: there is no such run here"),
    ],
)
def test_a_bad_question_is_answered_by_a_sentence(client: TestClient, address: str, sentence: str) -> None:
    answer = client.get(f"/lesson/{address}")
    said = answer.json()["error"]
    assert list(answer.json()) == ["error"] and said.startswith(sentence) and "\n" not in said


def test_places_of_the_dial_are_those_of_its_notches(client: TestClient) -> None:
    assert client.get("/lesson/scenes?completeness=0.74999").json() == {"html": dial_scenes(0.75)}


def test_a_budget_is_that_of_the_train_tab(client: TestClient) -> None:
    assert "90 steps of 256 pairs" in client.get("/lesson/budget?preset=incomplete&steps=90").json()["html"]


def test_a_run_that_has_ended_is_shown_with_its_final_measurement(store: RunStore, done: RunFolder) -> None:
    found = run_document(Service.of(store, LOCAL), done.run, "zh")
    assert f"data-run='{done.run}'" in found["card"] and "data-status='finished'" in found["card"]
    final = run_state(store, done).final
    assert final is not None and final.binding.value is not None
    assert found["binding"] == round(100 * final.binding.value)
    assert "class='meter'" in found["measured"] and f"{final.binding.n} 张测试图片" in found["measured"]
    assert found["place"].startswith("./?tab=workbench&preset=two-kinds") and found["place"].endswith("&lang=zh")
    assert (found["active"], found["stopping"]) == (False, False)


def test_a_run_that_waits_has_no_measurement_yet(store: RunStore, done: RunFolder) -> None:
    from explorer.runs.store import RunFolder as Folder
    from tests.unit.toys import tiny_spec

    folder: Folder = store.create(tiny_spec(preset="two-kinds"), owner_key=KEY)
    found = run_document(Service.of(store, LOCAL), folder.run, "en")
    assert found["active"] and "The first measurement comes after a few steps." in found["measured"]


def test_a_run_that_is_not_here_is_refused(store: RunStore) -> None:
    with pytest.raises(UserError, match="run=gone: there is no such run here"):
        run_document(Service.of(store, LOCAL), "gone", "en")
