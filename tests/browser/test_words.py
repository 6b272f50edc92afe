"""The page in Chinese: words replaced, captions and names left, the language kept in the address."""

import re

import pytest
from playwright.sync_api import Page, expect

from explorer.pages.i18n.translator import UNTOUCHED, table
from explorer.pages.shared.url_state import TABS
from explorer.spec import DIALS
from tests.browser import bench
from tests.browser.conftest import Visits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

LEFT_IN_ENGLISH = """(untouched) => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement, text = walker.currentNode.nodeValue.trim();
    if (!/[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}/.test(text) || /[一-鿿]/.test(text)) continue;
    if (!parent.checkVisibility() || parent.closest(untouched)) continue;
    found.push(text);
  }
  return found;
}"""
"""Visible texts of three English words or more."""


def opened(visits: Visits, query: str, *, width: int = 1280) -> Page:
    return visits.open(visits.visitor(width), query)


def test_tabs_dials_and_help_are_chinese(visits: Visits) -> None:
    words = table("zh")
    page = opened(visits, "?lang=zh")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    for tab in TABS:
        expect(page.locator(f"#tab-{tab}-button")).to_have_text(words[tab.capitalize()])
    dial = page.locator("[data-row=caption_completeness]")
    expect(dial.locator("label")).to_have_text(words[DIALS["caption_completeness"].plain])
    expect(dial.locator("input").first).to_have_attribute("title", words[DIALS["caption_completeness"].help])
    expect(page.locator("#train")).to_have_text(words["Train on these captions"])
    expect(page.locator(".wb-card figcaption").first).to_have_text(re.compile("^an? [a-z ]+$"))


@pytest.mark.parametrize("tab", TABS)
def test_no_sentence_is_left_in_english(visits: Visits, tab: str) -> None:
    page = opened(visits, f"?lang=zh&tab={tab}&preset=web-like-hard-negatives&saliency_bias=0.5")
    if tab == "workbench":
        expect(page.locator("[data-part=told]")).to_have_text("由“像网络，加互换”改动。只说大的东西：50 %。")
        expect(page.locator("#guess")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate(LEFT_IN_ENGLISH, UNTOUCHED) == []


def test_the_first_answer_is_chinese(visits: Visits) -> None:
    page = opened(visits, "?lang=zh")
    page.locator("[data-guess=no]").click()
    expect(page.locator("#outcome-number .wb-big")).not_to_contain_text("?")
    expect(page.locator(".wb-v").first).not_to_have_text(re.compile("[A-Za-z]"))
    expect(page.locator("[data-part=interval]")).not_to_have_text(re.compile("[A-Za-z]"))
    assert page.evaluate(LEFT_IN_ENGLISH, UNTOUCHED) == []


def test_new_words_are_replaced_as_they_come_and_the_language_stays(visits: Visits) -> None:
    page = opened(visits, "?lang=zh&preset=web-like")
    bench.move(page, "saliency_bias", "0.4")
    expect(page.locator("[data-part=told]")).to_have_text("由“像网络”改动。只说大的东西：40 %。")
    expect(page).to_have_url(re.compile("saliency_bias=0.4.*lang=zh"))
    bench.turn(page, "study")
    expect(page).to_have_url(re.compile("tab=study.*lang=zh"))
    bench.turn(page, "workbench")
    expect(page.locator("[data-part=budget]")).to_have_text("180 步，46,080 对")
    bench.set_number(page, "steps", "0")
    expect(page.locator("[data-row=steps] [data-why]")).to_contain_text("步数=0：必须在 1 到 1000000 之间")


def test_what_a_person_types_is_left_alone(visits: Visits) -> None:
    page = opened(visits, "?lang=zh&tab=probe")
    page.locator("#probe-caption input, #probe-caption textarea").first.fill("Loss")
    # It has no swap, which empties the box of the others: wait for that before filling it.
    expect(page.locator("#probe-others textarea")).to_have_value("")
    page.locator("#probe-others textarea").fill("Recognition")
    expect(page.locator("#probe-caption input, #probe-caption textarea").first).to_have_value("Loss")
    expect(page.locator("#probe-others textarea")).to_have_value("Recognition")


def test_the_switch_keeps_what_is_shown(visits: Visits) -> None:
    page = opened(visits, "?tab=workbench&preset=web-like&steps=7")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator("#header .languages").get_by_text("中文").click()
    page.wait_for_function("window.explorerHasArrived")
    expect(page.locator("[data-part=budget]")).to_contain_text("7 步")
    expect(page.locator("#to-lesson")).to_have_attribute("href", "lesson?lang=zh")
    page.locator("#header .languages").get_by_text("English").click()
    expect(page.locator("[data-part=budget]")).to_contain_text("7 steps")


def test_an_unknown_language_is_english_with_a_sentence(visits: Visits) -> None:
    page = opened(visits, "?lang=xx")
    expect(page.locator("#notes")).to_contain_text("lang=xx: choose en, zh; en is shown")
    expect(page.get_by_role("tab", selected=True, include_hidden=True)).to_have_text("Workbench")
    expect(page).not_to_have_url(re.compile("lang="))


def test_nothing_is_added_for_english(visits: Visits) -> None:
    page = visits.open(visits.visitor())
    assert page.evaluate("window.explorerWords === undefined")


FLASHES = """
  window.flashes = [];
  const watched = /^(Workbench|The evidence|Training|Does it bind\\?|What captions tell|Run or shipped model)$/;
  new MutationObserver(() => {
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.nodeValue.trim();
      if (watched.test(text)) window.flashes.push(text);
    }
  }).observe(document, {subtree: true, childList: true, characterData: true});
"""
"""Collects English names of the page that are in it at any moment of its loading."""


@pytest.mark.parametrize("tab", ["workbench", "inspect"])
def test_no_english_is_there_at_any_moment(visits: Visits, tab: str) -> None:
    page = visits.visitor()
    page.add_init_script(FLASHES)
    visits.open(page, f"?lang=zh&tab={tab}")
    expect(page.locator("#header nav")).to_contain_text(table("zh")["Workbench"])
    assert page.evaluate("window.flashes") == []


@pytest.mark.parametrize("tab", TABS)
def test_a_phone_scrolls_in_one_direction(visits: Visits, tab: str) -> None:
    page = opened(visits, f"?lang=zh&tab={tab}", width=390)
    expect(page.get_by_role("tab", selected=True, include_hidden=True)).to_have_text(table("zh")[tab.capitalize()])
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
