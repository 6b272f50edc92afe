"""The twin of the app: one file within its size that asks no server, with every recipe, claim and language inside."""

import json
import re

import pytest

from explorer.pages.i18n.translator import LANGUAGES
from explorer.pages.lesson.view import ASKED, OFFERED, STEPS, Texts
from explorer.pages.site.twin import MOST_BYTES, lesson_document, twin_page
from explorer.presets import PRESETS
from explorer.service.outcome import recording, recording_names
from explorer.service.study_bracket import study_bracket
from explorer.study.evidence_store import load
from explorer.study.table import SWEEPS


@pytest.fixture(scope="module")
def page() -> str:
    return twin_page()


def test_it_is_one_file_that_asks_no_server(page: str) -> None:
    assert len(page.encode()) <= MOST_BYTES
    html = page.partition('<script type="application/json" id="site-data"')[0]
    assert not re.findall(r"""(?:src|href)=["'](?!data:|\?|#)[^"']""", html)
    assert page.count("<script") == page.count("</script>")
    assert "newPlot" not in page, "no library that draws figures"


def test_every_recipe_and_claim_is_there(page: str) -> None:
    data = json.loads(re.findall(r'id="site-data">(.*?)</script>', page, re.DOTALL)[0])
    assert data["presets"].keys() == PRESETS.keys()
    assert data["recordings"] == list(recording_names()) and len(data["recordings"]) > 2
    measured = study_bracket(PRESETS["web-like"].spec)
    assert measured is not None and data["presets"]["web-like"]["study"][""]["value"] == measured.value
    assert all(f"id='claim-{name}'" in page for name in SWEEPS if load(name) is not None)
    assert data["lessons"].keys() == LANGUAGES.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lesson_has_every_step_and_speaks_of_no_server(language: str) -> None:
    lesson = lesson_document(language)
    texts = Texts.load(language)
    assert texts.all["copy.train.text"] in lesson and texts.all["train.text"] not in lesson
    answers = json.loads(re.findall(r'id="answers">(.*?)</script>', lesson, re.DOTALL)[0])
    for name in OFFERED:
        frames, state = answers["runs"][name], recording(name)
        shares = [*(point.binding for point in state.curve[:-1]), state.final and state.final.binding.value]
        assert [each["binding"] for each in frames] == [round(100 * (share or 0)) for share in shares]
        assert [each["ended"] for each in frames] == [False] * (len(frames) - 1) + [True]
    assert len(answers["seen"]) == ASKED
    assert re.findall(r"<section id='step-(\w+)'", lesson) == list(STEPS)
    html = lesson.partition('<base target="_top">')[0]
    assert not re.findall(r"""(?:src|href)=["'](?!data:|\?|#)[^"']""", html)
