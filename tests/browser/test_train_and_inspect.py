"""What a person sees of runs without a press: a table that follows, the evaluation, notes that cover nothing."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from explorer.runs.store import RunFolder, RunStore
from explorer.spec.presets import PRESETS
from tests.browser.conftest import Server, Visits
from tests.browser.test_page import SLOW, card, set_number, start

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
COVERED = """() => [...document.querySelectorAll('button, input, textarea, a, [role=tab]')].filter((control) => {
  control.scrollIntoView({block: 'nearest'});
  const box = control.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
  const seen = document.elementFromPoint(x, y);
  return box.width && seen && seen.closest('#notes') && !control.closest('#notes');
}).map((control) => control.outerHTML.slice(0, 90))"""
"""Controls that are scrolled into sight and whose middle is under the notes all the same."""


def made(server: Server, preset: str, **status: object) -> RunFolder:
    """A run of the command line, so that no supervisor of the server touches it, as it says that it has ended."""
    folder = RunStore(server.runs).create(PRESETS[preset].spec, claimed=True)
    folder.set_status(**({"status": "finished", "step": 180} | status))
    return folder


@pytest.mark.parametrize("width", [1280, 390])
def test_a_note_covers_no_control_and_goes_away(visits: Visits, width: int) -> None:
    page = visits.open(visits.visitor(width, 844), "?tab=train&preset=nope&saliency_bias=7&color=red")
    expect(page.locator("#notes li")).to_have_count(3)
    set_number(page, "steps", "0")
    expect(page.locator("#notes li")).to_have_count(1)
    expect(page.locator("#notes")).to_contain_text("steps=0")
    assert page.evaluate(COVERED) == []
    page.locator("#more-training").scroll_into_view_if_needed()
    page.mouse.wheel(0, 200)
    page.wait_for_function("document.querySelector('.gradio-container').scrollTop > 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    before = page.locator("#start").bounding_box()
    page.locator("#notes .close").click()
    expect(page.locator("#notes")).to_be_hidden()
    # The page stays where it was, once the browser has laid it out, unless it is no taller than the window.
    page.wait_for_function("window.scrollY > 0 || document.documentElement.scrollHeight <= window.innerHeight")
    assert before
    page.locator("#start").click()
    expect(page.locator("#notes")).to_be_visible()


def test_a_bad_value_is_told_in_place_of_the_budget(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=train")
    set_number(page, "steps", "0")
    expect(page.locator("#budget")).to_contain_text("steps=0: must be from 1 to 1000000")
    expect(page.locator("#budget")).not_to_contain_text("pairs")
    set_number(page, "steps", "20")
    expect(page.locator("#budget")).to_contain_text("20 steps of")


def test_the_table_shows_runs_of_others_when_the_tab_is_opened(visits: Visits, server: Server) -> None:
    page = visits.open(visits.visitor(), "?tab=play")
    run = made(server, "salient").run
    page.get_by_role("tab", name="Train", exact=True, include_hidden=True).dispatch_event("click")
    expect(page.locator("#runs")).to_contain_text(run)


def test_the_table_follows_while_a_run_is_active_and_keeps_its_place(visits: Visits, server: Server) -> None:
    for _ in range(12):
        made(server, "web-like")
    page = visits.open(visits.visitor(), "?tab=train")
    run = start(page, steps=3000)
    row = page.locator(f"#runs tr[data-run={run}]")
    expect(row).to_have_attribute("aria-current", "true")
    expect(row).to_contain_text("running", timeout=SLOW)
    box = page.locator("#runs")
    at = box.evaluate("(box) => { box.scrollTop = 60; return box.scrollTop; }")
    assert at > 0, "there is more than its box shows"
    last = page.locator("#runs button").last
    last.evaluate("(button) => button.focus({preventScroll: true})")
    focused = last.get_attribute("data-run")
    new = made(server, "salient").run
    expect(page.locator("#runs")).to_contain_text(new)
    assert box.evaluate("(box) => box.scrollTop") == at
    assert page.evaluate("document.activeElement.dataset.run") == focused
    expect(row).to_have_attribute("aria-current", "true")
    page.locator("#stop").click()
    expect(page.locator(".card .state")).to_contain_text("Evaluating", timeout=SLOW)
    expect(page.locator(".card .state")).to_contain_text(re.compile("[1-9] of [1-9] forms and controls"), timeout=SLOW)
    expect(page.locator(".card .numbers")).to_contain_text(re.compile("left|nearly done"))
    expect(card(page, "stopped")).to_be_visible(timeout=SLOW)
    expect(row).to_contain_text("stopped")
    page.locator(f"#runs button[data-run={new}]").click()
    expect(page.locator(".card")).to_have_attribute("data-run", new)
    expect(page.locator(f"#runs tr[data-run={new}]")).to_have_attribute("aria-current", "true")


def test_a_phone_shows_runs_as_cards(visits: Visits, server: Server) -> None:
    run = made(server, "salient").run
    page = visits.open(visits.visitor(390, 844), "?tab=train")
    row = page.locator(f"#runs tr[data-run={run}]")
    expect(row).to_be_visible()
    for cell in row.locator("th, td:not(:empty)").all():
        box = cell.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert page.locator("#runs").evaluate("(box) => box.scrollWidth <= box.clientWidth")


def headings(page: Page) -> list[str]:
    """The titles of figures that are in sight."""
    return [title.inner_text() for title in page.locator(".figure-title:visible").all()]


def test_inspect_says_what_is_missing_in_place_of_empty_headings(visits: Visits, server: Server) -> None:
    run = made(server, "salient", status="failed").run
    page = visits.open(visits.visitor(), f"?tab=inspect&run={run}")
    expect(page.locator("#inspected")).to_contain_text("saved no step yet")
    assert headings(page) == []


def test_a_shipped_model_is_inspected(visits: Visits, server: Server) -> None:
    page = visits.open(visits.visitor(), "?tab=inspect")
    expect(page.locator("#inspected")).to_contain_text("things-web")
    page.locator("#pick input").click()
    page.get_by_role("option", name="things-bound (shipped)").click()
    expect(page.locator("#inspected")).to_contain_text("things-bound")
    expect(page.locator("#figure-heatmap .figure")).to_have_attribute("data-ready", "true")
    expect(page.locator("#scrubber")).to_have_count(0)
    expect(page.locator("#figure-forms .figure")).to_have_attribute("data-ready", "true")
    assert headings(page) == ["Images and captions", "Margins", "Map of images and captions", "Forms of captions"]
    page.locator("#scene input[type=range]").fill("7")
    expect(page.locator(".pair[data-scene='7']")).to_be_visible()
    maps = Path(f"/proc/{server.process.pid}/maps")
    assert not maps.exists() or "libtorch" not in maps.read_text()
