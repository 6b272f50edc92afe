"""The sheet of runs: a table that follows, runs that are compared, notes that cover nothing."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from explorer.presets import PRESETS
from explorer.runs.store import RunFolder, RunStore
from explorer.service.endpoints import resolve
from tests.browser.bench import SLOW, at, opened, set_number, sheet, start
from tests.browser.conftest import Server, Visits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
COVERED = """() => [...document.querySelectorAll('button, input, textarea, a, [role=tab]')].filter((control) => {
  control.scrollIntoView({block: 'nearest'});
  const box = control.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
  const seen = document.elementFromPoint(x, y);
  const isShown = box.width && control.checkVisibility() && !control.closest('#notes, .wb-sticky');
  return isShown && seen && seen.closest('#notes');
}).map((control) => control.outerHTML.slice(0, 90))"""
"""Controls that are scrolled into sight and whose middle is under the notes all the same."""


def made(server: Server, preset: str, **status: object) -> RunFolder:
    """A run of the command line, so that no supervisor of the server touches it, as it says that it has ended."""
    folder = RunStore(server.runs).create(PRESETS[preset].spec, claimed=True)
    folder.set_status(**({"status": "finished", "step": 180} | status))
    return folder


def measured(server: Server, preset: str, *binding: float) -> RunFolder:
    """A finished run of which only the evaluations at each step are left."""
    folder = RunStore(server.runs).create(resolve(preset, {"steps": len(binding)}))
    for step, value in enumerate(binding, start=1):
        estimate = {"value": value, "n": 400, "low": value - 0.05, "high": value + 0.05, "chance": 0.5}
        forms = {
            form: {"binding_accuracy": estimate, "recognition_accuracy": estimate} for form in ("canonical", "own")
        }
        folder.append({"step": step, "loss": 1.0, "chance_loss": 5.5, "elapsed_s": float(step), "evaluation": forms})
    folder.set_status(status="finished", step=len(binding))
    return folder


@pytest.mark.parametrize("width", [1280, 390])
def test_a_note_covers_no_control_and_goes_away(visits: Visits, width: int) -> None:
    page = opened(visits, "?preset=nope&saliency_bias=7&color=red", width, 844)
    expect(page.locator("#notes li")).to_have_count(3)
    assert page.evaluate(COVERED) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#notes .close").click()
    expect(page.locator("#notes")).to_be_hidden()


def test_a_bad_value_is_told_beside_its_box_and_starts_nothing(visits: Visits, server: Server) -> None:
    page = opened(visits, "?preset=binding-friendly")
    before = len(RunStore(server.runs).all())
    set_number(page, "steps", "0")
    expect(page.locator("[data-row=steps] [data-why]")).to_have_text("steps=0: must be from 1 to 1000000")
    page.keyboard.press("Escape")
    page.locator("#train").click()
    expect(page.locator("[data-part=time]")).to_contain_text("steps=0")
    assert len(RunStore(server.runs).all()) == before
    set_number(page, "steps", "20")
    expect(page.locator("[data-part=budget]")).to_contain_text("20 steps")


@pytest.mark.slow
def test_the_table_follows_while_a_run_is_active_and_keeps_its_place(visits: Visits, server: Server) -> None:
    for _ in range(12):
        made(server, "web-like")
    page = opened(visits, "?preset=binding-friendly")
    run = start(page, steps=3000)
    found = sheet(page)
    row = found.locator(f"#runs tr[data-run={run}]")
    expect(row).to_have_attribute("aria-current", "true")
    expect(row).to_contain_text("running", timeout=SLOW)
    box = page.locator("#runs")
    top = box.evaluate("(box) => { box.scrollTop = 60; return box.scrollTop; }")
    assert top > 0, "there is more than its box shows"
    last = box.locator("button").last
    last.evaluate("(button) => button.focus({preventScroll: true})")
    focused = last.get_attribute("data-run")
    new = made(server, "salient").run
    expect(box).to_contain_text(new, timeout=40_000)
    assert box.evaluate("(box) => box.scrollTop") == top
    assert page.evaluate("document.activeElement.dataset.run") == focused
    page.keyboard.press("Escape")
    page.locator("#train").click()
    expect(at(page, "stopped")).to_be_visible(timeout=SLOW)
    expect(sheet(page).locator(f"#runs tr[data-run={run}]")).to_contain_text("stopped")
    page.locator(f"#runs button[data-run={new}]").click()
    expect(page.locator(f"#workbench-training[data-run={new}]")).to_be_attached()


def test_a_phone_shows_runs_as_cards(visits: Visits, server: Server) -> None:
    run = made(server, "salient").run
    page = opened(visits, "", 390, 844)
    row = sheet(page).locator(f"#runs tr[data-run={run}]")
    expect(row).to_be_visible()
    for cell in row.locator("th, td:not(:empty)").all():
        box = cell.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert page.locator("#runs").evaluate("(box) => box.scrollWidth <= box.clientWidth")


def lay_over(page: Page, run: str) -> None:
    page.locator("#overlay input").click()
    page.get_by_role("option", name=run).click()
    page.locator("#wb-runs h2").click()


def test_the_difference_of_two_runs(visits: Visits, server: Server) -> None:
    one, other = measured(server, "binding-friendly", 0.6, 0.9, 0.95), measured(server, "web-like", 0.5, 0.5)
    page = opened(visits, f"?tab=train&run={one.run}", 390, 844)
    sheet(page)
    expect(page.locator("#compare")).to_be_hidden()
    lay_over(page, other.run)
    expect(page.locator("#difference")).to_contain_text("What differs")
    figure, sentence = page.locator("#figure-difference .figure"), page.locator("#figure-difference .figure-sentence")
    expect(figure).to_have_attribute("data-points", "2", timeout=60_000)
    expect(sentence).to_contain_text("+40.0 points at step 2 (no interval, means on the same scenes)")
    page.locator("#compare-form").get_by_text("own", exact=True).click()
    expect(sentence).to_contain_text("their own captions belong to other scenes")
    page.locator("#compare-form").get_by_text("canonical", exact=True).click()
    page.locator("#compare-metric").get_by_text("recognition", exact=True).click()
    expect(sentence).to_contain_text("Recognition in canonical captions")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


# --- Inspect ---


def headings(page: Page) -> list[str]:
    """The titles of figures that are in sight."""
    return [title.inner_text() for title in page.locator("#tabs .figure-title:visible").all()]


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
    expect(page.locator("#inspected")).to_contain_text("things-bound", timeout=30_000)
    expect(page.locator("#figure-heatmap .figure")).to_have_attribute("data-ready", "true")
    expect(page.locator("#scrubber")).to_have_count(0)
    expect(page.locator("#figure-forms .figure")).to_have_attribute("data-ready", "true")
    assert headings(page) == ["Images and captions", "Margins", "Map of images and captions", "Forms of captions"]
    page.locator("#scene input[type=range]").fill("7")
    expect(page.locator(".pair[data-scene='7']")).to_be_visible()
    maps = Path(f"/proc/{server.process.pid}/maps")
    assert not maps.exists() or "libtorch" not in maps.read_text()
