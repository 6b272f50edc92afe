"""A teacher's link in a browser, one run watched by two people, projector view, and no host but this one."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, Visits, end_server, free_port, start_server
from tests.browser.test_page import SLOW, card, move, start

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
TABS = ("Play", "Train", "Inspect", "Study", "Probe")
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
    page = visits.open(visits.visitor(), link)
    expect(page.locator("#view .asked")).to_have_text("From the sender of this link: Which <b>one</b>?")
    expect(page.locator("#dial-saliency_bias")).to_be_visible()
    expect(page.locator("#dial-batch_size")).to_be_visible()
    expect(page.locator("#dial-objects_in_image")).to_be_hidden()
    expect(page.locator("#dial-hard_negatives")).to_be_hidden()
    expect(page.locator("#view")).to_contain_text("shows only Saliency bias, Batch size")
    move(page, "saliency_bias", "0.5")
    expect(page).to_have_url(re.compile("saliency_bias=0.5.*dials=saliency_bias(,|%2C)batch_size"))
    expect(page).to_have_url(re.compile("question=Which"))
    page.get_by_role("tab", name="Train", exact=True, include_hidden=True).dispatch_event("click")
    expect(page.locator("#dial-steps")).to_be_hidden()
    expect(page.locator("#more-training")).to_be_hidden()
    page.locator("#view .all-dials").click()
    expect(page.locator("#dial-steps")).to_be_visible()
    expect(page).not_to_have_url(re.compile("dials="))


def test_the_form_makes_the_link_that_is_opened(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=play&preset=web-like&saliency_bias=0.5")
    page.locator(".ways").get_by_role("link", name="For teachers").click()
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
    expect(page.locator("#dial-saliency_bias")).to_be_hidden()


def test_two_people_watch_one_run(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=train")
    run = start(page, steps=2000)
    expect(page.locator(".card[data-status=running][data-step]:not([data-step='0'])")).to_be_visible(timeout=SLOW)
    other = visits.open(visits.visitor(), f"?tab=train&run={run}")
    expect(other.get_by_role("tab", selected=True, include_hidden=True)).to_have_text("Train")
    expect(card(other, "running")).to_be_visible()
    expect(other.locator("#stop")).to_be_hidden()
    points = other.locator("#figure-loss .figure")
    expect(points).to_have_attribute("data-points", re.compile("[1-9]"), timeout=SLOW)
    seen = int(points.get_attribute("data-points") or 0)
    other.wait_for_function(
        f"Number(document.querySelector('#figure-loss .figure').dataset.points) > {seen}", timeout=SLOW
    )
    projected(other, visits, run)
    page.locator("#stop").click()
    expect(card(page, "stopping", "stopped")).to_be_visible(timeout=SLOW)


def projected(page: Page, visits: Visits, run: str) -> None:
    """Every tab with the run at the size of a projector: large type, large figures, nothing cut."""
    page.set_viewport_size({"width": 1280, "height": 720})
    visits.open(page, f"?run={run}&view=projector&question=Does it bind%3F&tab=train")
    expect(page.locator("#figure-binding .figure")).to_have_attribute("data-ready", "true")
    # A figure that follows a run is drawn anew now and then, so its text is asked until it stands.
    size = "(place) => parseFloat(getComputedStyle(document.querySelector(place)).fontSize) >= 18"
    for place in ("#view .asked", ".card .numbers", "#figure-binding .figure-sentence", "#figure-binding .xtick text"):
        page.wait_for_function(size, arg=place)
    for tab in TABS:
        page.get_by_role("tab", name=tab, exact=True, include_hidden=True).dispatch_event("click")
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
            page.get_by_role("tab", name=tab, exact=True, include_hidden=True).dispatch_event("click")
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
