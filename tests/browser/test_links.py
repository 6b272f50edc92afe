"""Links of the page, pressed: each leads to what it says, also to a view that was open before, and Back leads back."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits
from tests.browser.mid_training import write_finished_run
from tests.oracles.store import KEY
from tests.served import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
RUN = "linked"
STEPS = ["see", "guess", "dial", "form", "train", "probe", "order"]


def visit(visits: Visits, query: str) -> Page:
    """A visitor whose lesson is done, with a run of the server, and who would not guess at the evidence."""
    page = visits.visitor()
    lesson = json.dumps({"done": STEPS, "open": "train", "guess": 30, "run": RUN, "binding": 0.5, "order": "after"})
    page.add_init_script(
        f"localStorage.setItem('clip-binding-explorer-owner', '{KEY}');"
        f"localStorage.setItem('clip-binding-explorer-lesson', '{lesson}');"
        "localStorage.setItem('clip-binding-explorer-evidence-guess', 'skip');"
    )
    visits.open(page, query)
    page.evaluate("window.isFirstLoad = true")
    return page


@pytest.fixture
def page(visits: Visits, host: Server) -> Page:
    """The Workbench with a recipe and no run."""
    write_finished_run(host.runs, RUN)
    page = visit(visits, "?preset=web-like")
    expect(page.locator("[data-preset=web-like][aria-checked=true]").first).to_be_visible()
    expect(page.locator(".wb-card img").first).to_be_visible()
    return page


def test_the_header_keeps_what_the_page_shows(page: Page) -> None:
    page.locator("#wb-caption_completeness").fill("0.5")
    expect(page).to_have_url(re.compile("caption_completeness=0.5"))
    before = page.url
    page.locator("nav [data-view=bench]").click()
    assert page.url == before
    page.locator("nav [data-view=evidence]").click()
    expect(page.locator("#evidence h1")).to_be_visible()
    page.locator("nav [data-view=bench]").click()
    expect(page).to_have_url(re.compile(r"\?.*preset=web-like.*caption_completeness=0\.5"))
    page.go_back()
    expect(page.locator("#evidence h1")).to_be_visible()
    page.go_back()
    expect(page.locator("#workbench-data")).to_be_visible()
    assert page.url == before


def test_a_link_to_the_workbench_opens_its_run(page: Page) -> None:
    column = page.locator("#workbench-training")
    page.locator("nav [data-view=lesson]").click()
    page.locator("#train-open a").click()
    expect(column).to_have_attribute("data-run", RUN)
    expect(page).to_have_url(re.compile("preset=binding-friendly.*steps=12"))
    page.go_back()
    expect(page.locator("#train-open a")).to_be_visible()
    page.go_back()
    expect(page.locator("[data-preset=web-like][aria-checked=true]").first).to_be_visible()
    expect(column).to_have_attribute("data-run", "")
    page.go_forward()
    page.go_forward()
    expect(column).to_have_attribute("data-run", RUN)
    assert page.evaluate("window.isFirstLoad")


def test_a_link_to_a_view_with_an_address_of_its_own_loads_no_new_page(page: Page) -> None:
    page.locator("nav [data-view=lesson]").click()
    page.locator("#class").click()
    expect(page.locator("#view-class .class-links")).to_be_visible()
    page.locator(".class-links a").first.click()
    expect(page.locator(".class-plan")).to_be_visible()
    page.go_back()
    expect(page.locator("#view-class .class-links")).to_be_visible()
    assert page.evaluate("window.isFirstLoad")


def test_the_way_back_from_look_inside_opens_the_run_that_was_seen_there(page: Page) -> None:
    menu = page.locator(".wb-menu")
    menu.locator("summary").press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    menu.locator("[data-view=inside]").press("Enter")
    expect(page.locator("#views"), "the pressed link is hidden").to_be_focused()
    page.locator("#inside-model").select_option(RUN)
    expect(page).to_have_url(re.compile(f"run={RUN}"))
    page.locator(".in-who a").click()
    expect(page.locator("#workbench-training")).to_have_attribute("data-run", RUN)
    page.locator("#wb-caption_completeness").fill("0.5")
    expect(page).to_have_url(re.compile("caption_completeness=0.5"))
    page.locator("[data-way=inside]").click()
    page.locator(".in-who a").click()
    expect(page).to_have_url(re.compile(f"run={RUN}&.*caption_completeness=0.5"))
    page.go_back()
    expect(page.locator(".in-who a")).to_be_visible()


def test_a_view_that_could_not_be_opened_says_so_until_it_is(visits: Visits) -> None:
    page = visits.visitor()
    lost = re.compile(r"/scene/scene\.js")
    page.route(lost, lambda route: route.abort())
    visits.open(page, "?tab=scene")
    failed = page.locator("#view-scene > .view-failed")
    expect(failed).to_be_visible()
    page.unroute(lost)
    page.locator("nav [data-view=lesson]").click()
    expect(page.locator("#title-see")).to_be_visible()
    page.go_back()
    expect(page.locator("#own-scene svg").first).to_be_visible()
    expect(failed).to_have_count(0)
    visits.faults.clear()  # the network's


def test_a_link_to_a_figure_of_the_evidence_shows_it(page: Page) -> None:
    page.locator("nav [data-view=evidence]").click()
    title = page.locator(".ev-top h1")
    order = title.inner_text()
    page.locator(".ev-top [data-part=loop]").click()
    expect(title).not_to_have_text(order)
    page.locator("nav [data-view=lesson]").click()
    page.locator("#go-order").click()
    page.locator("#order-evidence").click()
    expect(title).to_have_text(order)
    page.go_back()
    page.go_back()
    expect(title).not_to_have_text(order)


def test_an_old_name_of_the_evidence_leads_on_in_its_language(visits: Visits) -> None:
    page = visit(visits, "study?lang=zh")
    page.locator("[data-act=open-questions]").click()
    expect(page.locator("#view-open")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?(lang=zh&tab=open|tab=open&lang=zh)$"))
