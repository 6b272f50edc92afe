"""A teacher's link in a browser, one run watched by two people, projector view, and no host but this one."""

import re

import pytest
from playwright.sync_api import Page, expect

from explorer.pages.shared.url_state import TABS
from tests.browser.bench import SLOW, at, move, opened, selected, sheet, start, turn, under_way
from tests.browser.conftest import Server, Visits, end_server, free_port, start_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
CUT = """() => [...document.querySelectorAll('h1, h3, h4, p, label, button, td, th, span, figcaption')]
  .filter((each) => each.offsetParent !== null && each.textContent.trim() && !each.closest('.sr-only'))
  .filter((each) => {
    const style = getComputedStyle(each), box = each.getBoundingClientRect();
    const hidden = style.overflowX === 'hidden' && each.scrollWidth > each.clientWidth + 2;
    return box.width > 0 && (hidden || box.right > innerWidth + 1 || box.left < -1);
  })
  .filter((each) => !each.closest('table, .table-wrap, #runs'))
  .map((each) => `${each.tagName}.${each.className}: ${each.textContent.trim().slice(0, 60)}`)"""


def test_a_link_shows_its_dials_alone_and_its_question(visits: Visits) -> None:
    link = "?preset=web-like&dials=saliency_bias,batch_size&question=Which <b>one</b>%3F&tab=play"
    page = opened(visits, link)
    expect(page.locator("#view .asked")).to_have_text("From the sender of this link: Which <b>one</b>?")
    expect(page.locator("#wb-saliency_bias")).to_be_visible()
    expect(page.locator("#wb-batch_size")).to_be_visible()
    for name in ("objects_in_image", "hard_negatives", "steps", "init"):
        expect(page.locator(f"#wb-{name}")).to_be_hidden()
    expect(page.locator("#view")).to_contain_text("shows only “Only the big things told”, “Pairs in a batch”")
    move(page, "saliency_bias", "0.5")
    expect(page).to_have_url(re.compile("saliency_bias=0.5.*dials=saliency_bias(,|%2C)batch_size"))
    expect(page).to_have_url(re.compile("question=Which"))
    page.locator("#view .all-dials").click()
    expect(page.locator("#wb-objects_in_image")).to_be_visible()
    expect(page.locator("#wb-init")).to_be_visible()
    expect(page).not_to_have_url(re.compile("dials="))


def test_a_link_without_dials_of_the_drawer_has_no_drawer(visits: Visits) -> None:
    page = opened(visits, "?dials=saliency_bias&preset=web-like")
    expect(page.locator("#wb-saliency_bias")).to_be_visible()
    expect(page.locator("[data-more=dials]")).to_be_hidden()


def test_the_form_makes_the_link_that_is_opened(visits: Visits) -> None:
    page = opened(visits, "?preset=web-like&saliency_bias=0.5")
    page.locator(".wb-menu summary").click()
    page.get_by_role("link", name="For teachers").first.click()
    expect(page.locator("#link")).to_have_value(re.compile("^http.*preset=web-like&saliency_bias=0.5$"))
    page.get_by_label("Steps", exact=True).check()
    expect(page.get_by_label("only these:")).to_be_checked()
    page.locator("#question").fill("What will happen?")
    page.get_by_label("projector view").check()
    expect(page.locator("#link")).to_have_value(re.compile("dials=steps&question=What.*&view=projector$"))
    page.locator("#open").click()
    page.wait_for_function("window.explorerHasArrived")
    expect(page.locator("#view .asked")).to_have_text("From the sender of this link: What will happen?")
    expect(page.locator("body.projector")).to_have_count(1)
    expect(page.locator("#wb-saliency_bias")).to_be_hidden()


@pytest.mark.slow
def test_two_people_watch_one_run(visits: Visits) -> None:
    page = opened(visits, "?preset=binding-friendly")
    run = start(page, steps=2000)
    expect(under_way(page)).to_be_visible(timeout=SLOW)
    other = opened(visits, f"?tab=train&run={run}")
    expect(at(other, "running")).to_be_visible()
    expect(other.locator("#train")).not_to_contain_text("Stop")
    points = sheet(other).locator("#figure-loss .figure")
    expect(points).to_have_attribute("data-points", re.compile("[1-9]"), timeout=SLOW)
    seen = int(points.get_attribute("data-points") or 0)
    other.wait_for_function(
        f"Number(document.querySelector('#figure-loss .figure').dataset.points) > {seen}", timeout=SLOW
    )
    projected(other, visits, run)
    page.locator("#train").click()
    expect(at(page, "stopping", "stopped")).to_be_visible(timeout=SLOW)


def projected(page: Page, visits: Visits, run: str) -> None:
    """Every tab with the run at the size of a projector: large type, large figures, nothing cut."""
    page.set_viewport_size({"width": 1280, "height": 720})
    visits.open(page, f"?run={run}&view=projector&question=Does it bind%3F")
    size = "(place) => parseFloat(getComputedStyle(document.querySelector(place)).fontSize) >= 16"
    for place in ("#view .asked", ".wb-time", ".wb-story", ".wb-cap"):
        page.wait_for_function(size, arg=place)
    for tab in TABS:
        turn(page, tab)
        expect(selected(page)).to_have_text(tab.capitalize())
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, tab
        assert page.evaluate(CUT) == [], tab


def test_no_tab_asks_another_host(visits: Visits, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Served to a network, as to a class without internet; `visits` fails on any foreign request."""
    runs, port = tmp_path_factory.mktemp("network") / "runs", free_port()
    runs.mkdir()
    server = start_server(runs, port, HOST="0.0.0.0")
    try:
        visits.base = server.url
        page = visits.visitor()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        visits.open(page)
        for tab in TABS:
            turn(page, tab)
            page.wait_for_timeout(700)
        for path in ("about", "teach"):
            page.goto(server.url + path)
            expect(page.locator("h1")).to_be_visible()
        assert len(asked) > 20 and all(url.startswith((server.url, "data:", "blob:")) for url in asked)
        assert page.context.cookies() == []
        page.goto("about:blank")
    finally:
        end_server(server)


@pytest.mark.parametrize("path", ["about", "teach"])
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious_on_plain_pages(visits: Visits, server: Server, path: str, dark: bool) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = visits.visitor(390, 844, dark=dark)
    page.goto(server.url + path)
    found = Axe().run(page).response["violations"]
    assert [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
