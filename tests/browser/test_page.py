"""The page as people use it: dial, train, watch, reload, come back from elsewhere, stop, resume, inspect, share."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from explorer.pages.shared.url_state import TABS
from tests.browser.bench import SLOW, at, move, opened, selected, set_number, sheet, start, turn, under_way
from tests.browser.conftest import Server, Visits, end_server, free_port, start_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_back_leads_to_the_tab_before(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=workbench&preset=web-like")
    for name in ("inspect", "probe"):
        turn(page, name)
        expect(page).to_have_url(re.compile(f"tab={name}"))
    for name in ("inspect", "workbench"):
        page.go_back()
        expect(selected(page)).to_have_text(name.capitalize())
        expect(page).to_have_url(re.compile(f"tab={name}.*preset=web-like"))
    page.go_forward()
    expect(selected(page)).to_have_text("Inspect")


def test_the_first_screen_answers_before_any_click_and_without_torch(visits: Visits, server: Server) -> None:
    page = opened(visits)
    expect(page.locator(".wb-card")).to_have_count(3)
    expect(page.locator(".wb-pair")).to_have_count(12)
    maps = Path(f"/proc/{server.process.pid}/maps")
    if maps.exists():
        assert "libtorch" not in maps.read_text()


def test_a_moved_dial_changes_samples_and_address(visits: Visits) -> None:
    page = opened(visits, "?preset=binding-friendly")
    before = page.locator("[data-part=samples]").inner_html()
    move(page, "caption_completeness", "0.5")
    expect(page).to_have_url(re.compile("caption_completeness=0.5"))
    assert page.locator("[data-part=samples]").inner_html() != before
    page.locator("[data-preset=binding-friendly]").first.click()
    expect(page).not_to_have_url(re.compile("caption_completeness"))
    expect(page.locator("#wb-caption_completeness")).to_have_value("1")


@pytest.mark.parametrize("old", ["play", "train"])
def test_links_of_the_pages_that_were_open_the_workbench(visits: Visits, old: str) -> None:
    page = opened(visits, f"?tab={old}&preset=salient&steps=90")
    expect(selected(page)).to_have_text("Workbench")
    expect(page).to_have_url(re.compile("tab=workbench&preset=salient&steps=90"))
    expect(page.locator("#notes li")).to_have_count(0)


def test_a_shared_link_with_bad_values_falls_back_and_says_so(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=nowhere&preset=nope&saliency_bias=7&run=gone&color=red&seed=5")
    for sentence in ("tab=nowhere", "preset=nope", "saliency_bias=7", "run=gone", "color"):
        expect(page.locator("#notes")).to_contain_text(sentence)
    expect(page.locator(".wb-card")).to_have_count(3)
    expect(page).to_have_url(re.compile("seed=5"))


def test_markup_in_an_address_is_shown_as_text(visits: Visits) -> None:
    evil = "<img src=x onerror=window.evil=1>"
    page = visits.open(visits.visitor(), f"?preset={evil}&run={evil}")
    expect(page.locator("#notes")).to_contain_text("<img")
    set_number(page, "steps", "0")
    expect(page.locator("[data-row=steps] [data-why]")).to_contain_text("steps=0")
    assert page.evaluate("window.evil") is None


@pytest.mark.slow
def test_train_watch_reload_read_elsewhere_inspect(visits: Visits) -> None:
    page = opened(visits, "?preset=binding-friendly")
    run = start(page, steps=8)
    page.reload()
    expect(page.locator(f"#workbench-training[data-run={run}]")).to_be_visible(timeout=60_000)
    expect(at(page, "finished")).to_be_visible(timeout=SLOW)
    found = sheet(page)
    # The first figure of a visit brings the library that draws it, some megabytes.
    drawn = found.locator("#figure-loss [data-points]")
    expect(drawn).to_have_attribute("data-points", re.compile("[1-9]"), timeout=SLOW)
    expect(found.locator("[data-verdict]")).to_be_visible()
    expect(found.locator("#runs")).to_contain_text(run)
    expect(found.get_by_role("link", name="export as zip")).to_have_attribute("href", re.compile(f"runs/{run}.zip"))
    expect(found.locator("#delete")).to_be_visible()
    other = opened(visits, f"?tab=train&run={run}")
    expect(at(other, "finished")).to_be_visible()
    expect(sheet(other).locator("[data-verdict]")).to_be_visible()
    expect(other.locator("#delete")).to_have_count(0)
    page.keyboard.press("Escape")
    inspect(page)


def inspect(page: Page) -> None:
    """The Inspect tab of a finished run."""
    turn(page, "inspect")
    expect(page.locator("#figure-heatmap .figure")).to_have_attribute("data-ready", "true")
    expect(page.locator("#inspected [data-step='8']")).to_be_visible()
    page.locator("#scrubber input[type=range]").fill("0")
    expect(page.locator("#inspected [data-step='0']")).to_be_visible()
    page.locator("#scene input[type=range]").fill("7")
    expect(page.locator(".pair[data-scene='7']")).to_be_visible()
    expect(page.locator(".pair .verdict")).to_contain_text(re.compile("Right|Wrong|tie|Nothing"))
    page.locator("#own-caption textarea, #own-caption input").first.fill("a red bus and a zebra")
    page.locator("#score").click()
    expect(page.locator("#answer [data-cosine]")).to_be_visible(timeout=SLOW)
    expect(page.locator("#answer")).to_contain_text("zebra")
    expect(page.locator("#figure-forms .figure")).to_have_attribute("data-ready", "true")


@pytest.mark.slow
def test_stop_keeps_a_usable_run_and_resume_goes_on(visits: Visits) -> None:
    page = opened(visits, "?preset=binding-friendly")
    run = start(page, steps=3000)
    expect(under_way(page)).to_be_visible(timeout=SLOW)
    page.locator("#train").click()
    expect(at(page, "stopped")).to_be_visible(timeout=SLOW)
    found = sheet(page)
    expect(found.locator("[data-verdict]")).to_be_visible()
    found.locator("#resume").click()
    expect(at(page, "running", "queued")).to_be_attached(timeout=SLOW)
    page.keyboard.press("Escape")
    page.locator("#train").click()
    expect(at(page, "stopped")).to_be_visible(timeout=SLOW)
    found = sheet(page)
    found.locator("#delete").click()
    found.locator("#delete-for-good").click()
    expect(found.locator("#runs")).not_to_contain_text(run)
    expect(page.locator("#workbench-training[data-run='']")).to_be_attached()
    expect(page).not_to_have_url(re.compile("run="))


@pytest.mark.slow
def test_a_run_is_found_again_after_a_restart_of_the_server(
    visits: Visits, tmp_path_factory: pytest.TempPathFactory
) -> None:
    runs, port = tmp_path_factory.mktemp("restart") / "runs", free_port()
    runs.mkdir()
    first = start_server(runs, port)
    visits.base = first.url
    page = opened(visits, "?preset=binding-friendly")
    try:
        run = start(page, steps=3000)
        expect(at(page, "running")).to_be_visible(timeout=SLOW)
        page.goto("about:blank")
    finally:
        end_server(first)
    second = start_server(runs, port)
    try:
        visits.open(page, f"?run={run}")
        expect(at(page, "interrupted")).to_be_visible(timeout=SLOW)
        expect(sheet(page).locator("#resume")).to_be_visible()
        page.goto("about:blank")
    finally:
        end_server(second)


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious(visits: Visits, tab: str, dark: bool) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = visits.open(visits.visitor(dark=dark), f"?tab={tab}" + ("&__theme=dark" if dark else "&__theme=light"))
    expect(selected(page)).to_have_text(tab.capitalize())
    found = Axe().run(page).response["violations"]
    serious = [rule for rule in found if rule["impact"] in ("serious", "critical")]
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]][:3]) for rule in serious] == []


@pytest.mark.parametrize("tab", TABS)
def test_a_phone_scrolls_in_one_direction(visits: Visits, tab: str) -> None:
    page = visits.open(visits.visitor(390, 844), f"?tab={tab}")
    expect(selected(page)).to_have_text(tab.capitalize())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
