"""The teacher's form: what is chosen stands in the link, as the address writes it; About says what the settings say."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.pages.info import light_pages
from explorer.pages.info.light_pages import about_route, link_to, parse_form, teach_route
from explorer.pages.probe.question import MOST_PICTURES
from explorer.pages.shared import url_state
from explorer.pages.shared.url_state import View, read
from explorer.presets import PRESETS
from explorer.service.probing import MOST_IMAGES
from explorer.settings import LOCAL, SHARED
from explorer.spec import DIALS
from tests.unit.pages.shared.test_address import query_of


@pytest.fixture
def web() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=[teach_route(), about_route(SHARED)])) as client:
        yield client


def link_in(html: str) -> str:
    found = re.search(r"id='link' readonly value='([^']*)'", html)
    assert found
    return unescape(found[1])


def test_what_is_chosen_stands_in_the_link() -> None:
    fields = [("preset", "web-like"), ("base", "web-like"), ("tab", "train"), ("show", "some"), ("dials", "steps"),
              ("dials", "saliency_bias"), ("question", "Which?"), ("view", "projector"), ("seed", "5")]  # fmt: skip
    link = link_to(parse_form(fields))
    assert link == "./?tab=workbench&preset=web-like&seed=5&dials=saliency_bias,steps&question=Which%3F&view=projector"
    place, notes = read(query_of(link.removeprefix("./")))
    assert place.view == View(dials=("saliency_bias", "steps"), question="Which?", is_projected=True) and not notes


def test_about_explains_its_words_as_the_glossary_does(web: TestClient) -> None:
    glossary = Path("docs/glossary.md").read_text(encoding="utf-8")
    terms = re.findall(r"<li><b>([^<]*)</b>: <span>(.*?)\.</span></li>", web.get("/about").text)
    assert [term for term, _ in terms] == ["CLIP", "to bind", "web-like", "snap in", "coin toss"]
    assert all(f"| {term} | {meaning} |" in glossary for term, meaning in terms)


def test_about_says_how_many_pictures_each_way_takes(web: TestClient) -> None:
    assert f"{MOST_PICTURES} pictures on the page and {MOST_IMAGES} by the API" in web.get("/about").text


def test_what_was_changed_goes_with_its_preset_alone() -> None:
    fields = [("preset", "salient"), ("base", "web-like"), ("saliency_bias", "0.5"), ("run", "a-run")]
    form = parse_form(fields)
    assert form.place.spec == PRESETS["salient"].spec and form.place.run == "a-run"


@pytest.mark.parametrize(
    ("fields", "dials"),
    [
        ([("show", "all"), ("dials", "steps")], None),
        ([("show", "some")], ()),
        ([("show", "some"), ("dials", "steps")], ("steps",)),
        ([("dials", "steps,seed")], ("steps", "seed")),
        ([], None),
    ],
)
def test_dials_of_the_form_and_of_an_address(fields: list[tuple[str, str]], dials: tuple[str, ...] | None) -> None:
    assert parse_form(fields).place.view.dials == dials


def test_a_language_goes_into_the_link(monkeypatch: pytest.MonkeyPatch, web: TestClient) -> None:
    for module in (url_state, light_pages):
        monkeypatch.setattr(module, "LANGUAGES", {"en": "English", "xx": "Another"})
    assert link_to(parse_form([("lang", "xx")])).endswith("&lang=xx")
    assert "lang" not in link_to(parse_form([("lang", "en")]))
    assert "<select name='lang'>" in web.get("/teach").text


def test_the_form_starts_from_the_page_before(web: TestClient) -> None:
    before = "http://testserver/?tab=train&preset=web-like&saliency_bias=0.5&run=web-like-0123456789ab&__theme=dark"
    html = web.get("/teach", headers={"referer": before}).text
    assert link_in(html) == "./?tab=workbench&preset=web-like&saliency_bias=0.5&run=web-like-0123456789ab"
    assert "saliency bias 0.5" in html and "opens the run <code>web-like-0123456789ab" in html
    assert link_in(web.get("/teach", headers={"referer": before.replace("testserver", "evil.example")}).text) == (
        "./?tab=workbench&preset=binding-friendly"
    )


def test_the_form_has_every_dial_preset_and_tab(web: TestClient) -> None:
    html = web.get("/teach", params={"dials": "steps"}).text
    for name in DIALS:
        assert f"name='dials' value='{name}'" in html
    for name in (*PRESETS, *url_state.TABS):
        assert f"<option value='{name}'" in html
    assert re.findall(r"name='dials' value='(\w+)' checked", html) == ["steps"]


def test_bad_fields_are_sentences_and_markup_is_text(web: TestClient) -> None:
    markup = "'><img src=x onerror=alert(1)>"
    html = web.get("/teach", params={"preset": markup, "question": markup, "run": markup, "dials": markup}).text
    assert "<img" not in html and "preset=&#39;&gt;" in html and "is no dial" in html


@pytest.mark.parametrize("path", ["/teach", "/about"])
def test_the_plain_pages_are_light_and_ask_nobody(web: TestClient, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code == 200 and len(answer.content) < 20_000
    assert not re.findall(
        r"(?:src|href|action)=['\"](?!\./|data:,|teach|lesson|\?lang|https://arxiv\.org/abs/)[^'\"]*", answer.text
    )


def test_about_says_what_the_settings_say() -> None:
    shared, local = (TestClient(Starlette(routes=[about_route(each)])).get("/about").text for each in (SHARED, LOCAL))
    assert "2,000 steps of at most 1,024 pairs" in shared and "1,000,000 steps" in local
    assert "2 waiting or running runs a person, 40 waiting in all" in shared
    assert "Your address" in shared and "Your address" not in local
    assert "things-bound" in shared and "any model that open_clip loads" in local
    for words in ("arXiv 2507.07985", "12 nouns and 5 kinds", "20 MB", "within 2 hours", "MIT", "What is simplified"):
        assert words in shared
