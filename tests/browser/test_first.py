"""The first screen as a stranger meets it: a question, a guess, the answer, dials with what was measured, ways on."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from explorer.pages.shared.url_state import TABS
from explorer.pages.workbench.quiz_pairs import NUM_PAIRS
from tests.browser.conftest import Visits
from tests.browser.test_page import move

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
NO_STORAGE = """Object.defineProperty(window, 'localStorage', {
  configurable: true, get() { throw new DOMException('storage is off', 'SecurityError'); } });"""
OUTSIDE = """() => [...document.querySelectorAll('.answer td .veiled')].filter((each) => each.offsetParent)
  .filter((each) => {
    const range = document.createRange();
    range.selectNodeContents(each.firstElementChild?.matches('.tick, .cross') ? each.childNodes[1] : each.firstChild);
    const said = range.getBoundingClientRect(), cell = each.closest('td').getBoundingClientRect();
    const card = each.closest('.answer').getBoundingClientRect();
    return said.left < cell.left || said.right > cell.right || cell.right > card.right;
  })
  .map((each) => each.textContent)"""
"""Cosines that lie over the edge of their cell, or in a cell that lies over the edge of its card."""
FOLD = 800  # px of the screen that must hold the answer and the dials


def guess(page: Page, name: str) -> None:
    page.locator(f".guess button[data-guess={name}]").click()


def verdicts(page: Page) -> Locator:
    return page.locator(".answer .verdict:visible")


def places(page: Page) -> list[object]:
    """Where pictures, tables, the dials and the scenes stand."""
    parts = page.locator(".pair-shown:visible img, .answer table:visible, .play-dials, .play-scenes, #scenes")
    return [part.bounding_box() for part in parts.all()]


def bottom(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


@pytest.fixture
def page(visits: Visits) -> Iterator[Page]:
    """A first visit."""
    yield visits.open(visits.visitor(1280, FOLD), "?tab=play")


def test_a_guess_comes_before_the_first_answer_and_only_once(page: Page, visits: Visits) -> None:
    expect(page.locator(".guess")).to_be_visible()
    expect(verdicts(page)).to_have_count(0)
    expect(page.locator(".answer .veiled").first).to_be_hidden()
    before = places(page)
    guess(page, "no")
    expect(verdicts(page)).to_have_count(2)
    expect(page.locator(".guessed")).to_contain_text(re.compile("You guessed (right|wrong)"))
    expect(page.locator(".guess")).to_be_hidden()
    expect(page.locator(".next")).to_be_focused()
    assert places(page) == before, "nothing moves"
    visits.open(page, "?tab=play")
    expect(verdicts(page)).to_have_count(2)
    expect(page.locator(".guess")).to_be_hidden()


def test_who_skips_sees_the_answer_and_is_not_judged(page: Page) -> None:
    guess(page, "skip")
    expect(verdicts(page)).to_have_count(2)
    expect(page.locator(".guessed")).to_be_empty()
    expect(page.locator(".accuracy:visible")).to_have_count(2)
    expect(page.locator(".answer td.is-right:visible")).to_have_count(4)
    expect(page.locator(".answer td.is-chosen:visible")).to_have_count(4)


def test_it_works_where_the_browser_keeps_nothing(visits: Visits) -> None:
    page = visits.visitor()
    page.add_init_script(NO_STORAGE)
    visits.open(page, "?tab=play")
    guess(page, "yes")
    expect(verdicts(page)).to_have_count(2)
    move(page, "caption_completeness", "0.5")
    expect(page).to_have_url(re.compile("caption_completeness=0.5"))


def test_the_next_pair_is_another_and_they_come_round(page: Page) -> None:
    guess(page, "skip")
    seen = set()
    for place in range(NUM_PAIRS):
        expect(page.locator(".next")).to_contain_text(f"{place + 1} of {NUM_PAIRS}")
        expect(page.locator(".pair-shown:visible")).to_have_count(1)
        expect(verdicts(page)).to_have_count(2)
        seen.add(page.locator(".pair-shown:visible").inner_text())
        page.locator(".next").click()
    assert len(seen) == NUM_PAIRS
    expect(page.locator(".next")).to_contain_text(f"1 of {NUM_PAIRS}")


@pytest.mark.parametrize(
    ("width", "query"), [(390, ""), (390, "&lang=zh"), (640, ""), (1000, ""), (1280, "&view=projector"), (1920, "")]
)
def test_every_number_is_within_its_cell_and_every_tab_in_sight(visits: Visits, width: int, query: str) -> None:
    page = visits.open(visits.visitor(width, 900), f"?tab=play{query}")
    guess(page, "skip")
    expect(page.locator(".answer .veiled:visible")).to_have_count(8)
    assert page.evaluate(OUTSIDE) == []
    expect(page.get_by_role("tab", include_hidden=True)).to_have_count(len(TABS))
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_question_covers_no_cell(visits: Visits) -> None:
    for width, query in ((390, ""), (1000, ""), (1280, ""), (1280, "&view=projector"), (1280, "&lang=zh")):
        page = visits.open(visits.visitor(width, 900), f"?tab=play{query}")
        top = page.locator(".guess").bounding_box()
        assert top
        for cell in page.locator(".answer td:visible").all():
            assert bottom(cell) <= top["y"]


def test_a_wide_screen_shows_dials_and_scenes_side_by_side(visits: Visits) -> None:
    page = visits.open(visits.visitor(1920, 1080), "?tab=play")
    dials, scenes = page.locator(".play-dials").bounding_box(), page.locator("#scenes").bounding_box()
    assert dials and scenes and scenes["x"] >= dials["x"] + dials["width"] and scenes["y"] < 400


def test_a_key_that_brings_the_focus_to_a_dial_shows_it(page: Page) -> None:
    page.locator("#dial-saliency_bias input[type=number]").focus()
    page.keyboard.press("Tab")
    slider = page.locator("#dial-saliency_bias input[type=range]")
    expect(slider).to_be_focused()
    assert slider.evaluate("(slider) => getComputedStyle(slider).outlineStyle") == "solid"
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"saliency_bias=0\.\d"))
    page.locator("#preset input").focus()
    assert page.evaluate("getComputedStyle(document.activeElement.closest('.wrap')).outlineStyle") == "solid"


def test_the_number_of_each_dial_can_be_reached(page: Page) -> None:
    for name in ("attribute_density", "caption_completeness", "saliency_bias", "objects_in_image"):
        page.locator(f"#dial-{name} input[type=number]").click(timeout=5000)


def test_answer_and_dials_are_above_the_fold(page: Page) -> None:
    guess(page, "no")
    expect(page.locator(".accuracy:visible")).to_have_count(2)
    assert bottom(page.locator(".answers")) <= FOLD
    for name in ("attribute_density", "caption_completeness", "saliency_bias", "objects_in_image"):
        assert bottom(page.locator(f"#dial-{name}")) <= FOLD
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_a_moved_dial_moves_the_card_and_its_chart(page: Page) -> None:
    card = page.locator("#measured .measured")
    before = card.inner_html()
    move(page, "caption_completeness", "0.5")
    expect(page).to_have_url(re.compile("caption_completeness=0.5"))
    if card.get_attribute("data-kind") == "nothing":
        expect(card).to_contain_text("Nothing is measured yet")
        return
    expect(card).not_to_have_js_property("innerHTML", before)
    expect(page.locator("[data-along=caption_completeness]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-chart]:visible")).to_have_attribute("data-chart", "caption_completeness")
    page.locator("[data-along=saliency_bias]").click()
    expect(page.locator("[data-chart]:visible")).to_have_attribute("data-chart", "saliency_bias")


def test_the_buttons_lead_on(page: Page) -> None:
    expect(page.locator("#to-train")).to_contain_text(re.compile(r"about \d+ (s|min) here"))
    for tab in ("probe", "study"):
        if tab not in TABS:
            expect(page.locator(f"#to-{tab}")).to_have_count(0)
            continue
        page.locator(f"#to-{tab}").click()
        expect(page.get_by_role("tab", selected=True, include_hidden=True)).to_have_text(tab.capitalize())
        expect(page).to_have_url(re.compile(f"tab={tab}"))
        page.get_by_role("tab", name="Play", exact=True, include_hidden=True).dispatch_event("click")


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_nothing_lies_beside_the_screen(visits: Visits, dark: bool) -> None:
    page = visits.open(visits.visitor(390, 844, dark=dark), "?tab=play")
    guess(page, "no")
    expect(verdicts(page)).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    places = [page.locator(f"#{name}").bounding_box() for name in ("first", "dial-attribute_density", "scenes")]
    tops = [place["y"] for place in places if place]
    assert tops == sorted(tops) and len(tops) == 3, "question, dials, scenes"


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_before_and_after_the_answer(visits: Visits, dark: bool) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = visits.open(visits.visitor(dark=dark), f"?tab=play&__theme={'dark' if dark else 'light'}")
    for _ in range(2):
        found = [rule for rule in Axe().run(page).response["violations"] if rule["impact"] in ("serious", "critical")]
        assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]][:3]) for rule in found] == []
        if page.locator(".guess").is_visible():
            guess(page, "skip")
            expect(verdicts(page)).to_have_count(2)
