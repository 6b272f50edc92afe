"""The page as people use it: dial, train, watch, reload, come back from elsewhere, stop, resume, inspect, share."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from explorer.pages.shared.url_state import TABS
from tests.browser.conftest import Server, Visits, end_server, free_port, start_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SLOW = 240_000  # ms: a short training on two shared cores


def dial(page: Page, name: str) -> Locator:
    return page.locator(f"#dial-{name} input").first


def set_number(page: Page, name: str, value: str) -> None:
    box = page.locator(f"#dial-{name} input[type=number]")
    box.fill(value)
    box.blur()


def move(page: Page, name: str, value: str) -> None:
    page.locator(f"#dial-{name} input[type=range]").fill(value)


def card(page: Page, *statuses: str) -> Locator:
    return page.locator(", ".join(f".card[data-status={status}]" for status in statuses))


def start(page: Page, *, steps: int, batch: int = 16) -> str:
    """Start a run of this many steps from the Play tab; its id."""
    set_number(page, "steps", str(steps))
    page.get_by_role("tab", name="Play", exact=True, include_hidden=True).dispatch_event("click")
    page.get_by_role("button", name="All dials").click()
    set_number(page, "batch_size", str(batch))
    page.locator("#to-train").click()
    expect(page.locator("#budget")).to_contain_text(f"{steps:,} steps of {batch} pairs")
    expect(page.locator(".card[data-run]")).to_be_visible()
    run = page.locator(".card").get_attribute("data-run")
    assert run
    return run


def test_back_leads_to_the_tab_before(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=play&preset=web-like")
    for name in ("Inspect", "Probe"):
        page.get_by_role("tab", name=name, exact=True, include_hidden=True).dispatch_event("click")
        expect(page).to_have_url(re.compile(f"tab={name.lower()}"))
    for name in ("Inspect", "Play"):
        page.go_back()
        expect(page.get_by_role("tab", selected=True, include_hidden=True)).to_have_text(name)
        expect(page).to_have_url(re.compile(f"tab={name.lower()}.*preset=web-like"))
    page.go_forward()
    expect(page.get_by_role("tab", selected=True, include_hidden=True)).to_have_text("Inspect")


@pytest.mark.parametrize(("name", "typed", "taken"), [
    ("caption_completeness", "5", "1"), ("caption_completeness", "-7", "0.25"), ("objects_in_image", "2.7", "3"),
    ("attribute_density", "-1", "0"),
])  # fmt: skip
def test_a_number_beyond_a_slider_becomes_the_nearest(visits: Visits, name: str, typed: str, taken: str) -> None:
    page = visits.open(
        visits.visitor(), "?tab=play&preset=incomplete-mixed&objects_in_image=4&caption_completeness=0.5"
    )
    box = page.locator(f"#dial-{name} input[type=number]")
    box.fill(typed)
    box.press("Tab")
    expect(box).to_have_value(taken)
    expect(page).to_have_url(re.compile(f"{name}={re.escape(taken)}(&|$)"))


def test_the_first_screen_answers_before_any_click(visits: Visits, server: Server) -> None:
    page = visits.open(visits.visitor(), "?tab=play")
    expect(page.locator(".scene")).to_have_count(12)
    expect(page.locator(".scene .right").first).to_contain_text("✓")
    expect(page.locator("#facts")).to_contain_text("Caption completeness")
    maps = Path(f"/proc/{server.process.pid}/maps")
    if maps.exists():
        assert "libtorch" not in maps.read_text()


def test_a_moved_dial_changes_scenes_facts_and_address(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=play")
    before = page.locator("#scenes").inner_html()
    move(page, "caption_completeness", "0.5")
    expect(page).to_have_url(re.compile("caption_completeness=0.5"))
    expect(page.locator("#facts")).to_contain_text("0.5")
    assert page.locator("#scenes").inner_html() != before
    page.locator("#reset").click()
    expect(page).not_to_have_url(re.compile("caption_completeness"))
    expect(page.locator("#dial-caption_completeness input[type=number]")).to_have_value("1")


def test_dials_that_bind_each_other_move_with_a_sentence(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=play&objects_in_image=4&caption_completeness=0.25")
    move(page, "objects_in_image", "2")
    expect(page.locator("#notes")).to_contain_text("caption_completeness is now 1/2")
    expect(page.locator("#dial-caption_completeness input[type=number]")).to_have_value("0.5")


def test_a_value_out_of_range_is_one_sentence_and_loses_nothing(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=train")
    set_number(page, "steps", "0")
    expect(page.locator("#notes")).to_contain_text("steps=0: must be from 1 to 1000000")
    expect(page.locator("#budget")).to_contain_text("steps=0")
    page.locator("#start").click()
    expect(page.locator("#notes")).to_contain_text("steps=0")
    expect(page.locator(".card[data-run]")).to_have_count(0)


def test_a_shared_link_with_bad_values_falls_back_and_says_so(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=nowhere&preset=nope&saliency_bias=7&run=gone&color=red&seed=5")
    for sentence in ("tab=nowhere", "preset=nope", "saliency_bias=7", "run=gone", "color"):
        expect(page.locator("#notes")).to_contain_text(sentence)
    expect(page.locator(".wb-card")).to_have_count(3)
    expect(page).to_have_url(re.compile("seed=5"))


def test_markup_in_an_address_is_shown_as_text(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=play&preset=<img src=x onerror=window.evil=1>")
    expect(page.locator("#notes")).to_contain_text("<img")
    assert page.evaluate("window.evil") is None


def test_train_watch_reload_read_elsewhere_inspect(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=train")
    run = start(page, steps=8)
    expect(page).to_have_url(re.compile(f"run={run}"))
    page.reload()
    expect(page.locator(f".card[data-run={run}]")).to_be_visible(timeout=60_000)
    expect(card(page, "finished")).to_be_visible(timeout=SLOW)
    expect(page.locator("#figure-loss [data-points]")).to_have_attribute("data-points", re.compile("[1-9]"))
    expect(page.locator("#runs")).to_contain_text(run)
    other = visits.open(visits.visitor(), f"?tab=train&run={run}")
    expect(card(other, "finished")).to_be_visible()
    expect(other.locator("#delete")).to_have_count(0)
    expect(page.locator("#delete")).to_be_visible()
    inspect(page)


def inspect(page: Page) -> None:
    """The Inspect tab of a finished run."""
    page.get_by_role("tab", name="Inspect", exact=True, include_hidden=True).dispatch_event("click")
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


def test_stop_keeps_a_usable_run_and_resume_goes_on(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=train")
    run = start(page, steps=3000)
    expect(page.locator(".card[data-status=running][data-step]:not([data-step='0'])")).to_be_visible(timeout=SLOW)
    page.locator("#stop").click()
    expect(card(page, "stopped")).to_be_visible(timeout=SLOW)
    expect(page.locator(".card [data-verdict]")).to_be_visible()
    page.locator("#resume").click()
    expect(card(page, "running", "queued")).to_be_visible(timeout=SLOW)
    page.locator("#stop").click()
    expect(card(page, "stopped")).to_be_visible(timeout=SLOW)
    page.locator("#delete").click()
    page.locator("#delete-for-good").click()
    expect(page.locator(f".card[data-run={run}]")).to_have_count(0)
    expect(page.locator("#runs")).not_to_contain_text(run)


def test_a_run_is_found_again_after_a_restart_of_the_server(
    visits: Visits, tmp_path_factory: pytest.TempPathFactory
) -> None:
    runs, port = tmp_path_factory.mktemp("restart") / "runs", free_port()
    runs.mkdir()
    first = start_server(runs, port)
    visits.base = first.url
    page = visits.open(visits.visitor(), "?tab=train")
    try:
        run = start(page, steps=3000)
        expect(page.locator(".card[data-status=running]")).to_be_visible(timeout=SLOW)
        page.goto("about:blank")
    finally:
        end_server(first)
    second = start_server(runs, port)
    try:
        visits.open(page, f"?tab=train&run={run}")
        expect(card(page, "interrupted")).to_be_visible(timeout=SLOW)
        expect(page.locator("#resume")).to_be_visible()
        page.goto("about:blank")
    finally:
        end_server(second)


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious(visits: Visits, tab: str, dark: bool) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = visits.open(visits.visitor(dark=dark), f"?tab={tab}" + ("&__theme=dark" if dark else "&__theme=light"))
    expect(page.get_by_role("tab", selected=True, include_hidden=True)).to_have_text(tab.capitalize())
    found = Axe().run(page).response["violations"]
    serious = [rule for rule in found if rule["impact"] in ("serious", "critical")]
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]][:3]) for rule in serious] == []


@pytest.mark.parametrize("tab", TABS)
def test_a_phone_scrolls_in_one_direction(visits: Visits, tab: str) -> None:
    page = visits.open(visits.visitor(390, 844), f"?tab={tab}")
    expect(page.get_by_role("tab", selected=True, include_hidden=True)).to_have_text(tab.capitalize())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
