"""The sheet of runs on the new page: search, compare, open, delete, bring; a run under way."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visits
from tests.browser.mid_training import train_on, write_active_run, write_finished_run
from tests.oracles.store import KEY
from tests.served import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def sheet(visits: Visits, query: str = "") -> tuple[Page, Locator]:
    """The Workbench in the browser of the runs' owner, with the sheet open."""
    page = visits.visitor()
    page.add_init_script(f"localStorage.setItem('clip-binding-explorer-owner', '{KEY}')")
    visits.open(page, f"?tab=bench{query}")
    page.locator("[data-act=runs]").click()
    table = page.locator("#wb-runs")
    expect(table.locator("#runs tr[data-run]").first).to_be_visible()
    return page, table


def test_runs_are_found_compared_and_opened(visits: Visits, host: Server) -> None:
    write_finished_run(host.runs, "one", seed=3)
    write_finished_run(host.runs, "other", seed=4, batch_size=64)
    page, table = sheet(visits, "&run=one")
    expect(table.locator("tr[data-run=one]")).to_have_attribute("aria-current", "true")
    assert page.evaluate("document.body.classList.contains('wb-runs-open')")
    table.locator("tr[data-run=other] input").check()
    expect(table.locator("#difference tbody tr")).to_have_count(2)
    expect(table.locator("#difference tbody tr").last).to_have_text(re.compile("Seed.*3.*4"))
    expect(table.locator(".figure[data-name=difference] figcaption")).to_contain_text("points at step 12")
    table.locator("#compare-metric").get_by_text("the words").click()
    expect(table.locator(".figure[data-name=difference] figcaption")).to_contain_text("Recognition")
    table.locator("#search").fill("seed 4")
    expect(table.locator("tr[data-run=one]")).to_have_count(0)
    table.locator("tr[data-run=other] button").click()
    expect(table).to_have_count(0)
    expect(page.locator("#workbench-training")).to_have_attribute("data-run", "other")
    assert not page.evaluate("document.body.classList.contains('wb-runs-open')")


def test_a_run_under_way_is_followed_and_one_is_deleted(visits: Visits, host: Server) -> None:
    write_finished_run(host.runs, "spare", seed=9)
    run = write_active_run(host.runs, "followed", 5)
    page, table = sheet(visits)
    row = table.locator("tr[data-run=followed]")
    expect(row).to_contain_text("5/12")
    table.locator("tr[data-run=spare] input").check()
    train_on(run, 9)
    expect(row).to_contain_text("9/12")
    expect(table.locator("tr[data-run=spare] input")).to_be_checked()
    spare = table.locator(".rn-run[data-run=spare]")
    spare.locator("[data-do=delete]").click()
    expect(spare.locator("[data-do=keep]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(spare.locator("[data-do=delete]")).to_be_focused()
    page.keyboard.press("Enter")
    spare.locator("[data-do=delete-for-good]").click()
    expect(table.locator("tr[data-run=spare]")).to_have_count(0)
    expect(table.locator("#runs"), "the pressed button went with its run").to_be_focused()
    expect(table.get_by_role("status").filter(has_text="The run is deleted.")).to_be_visible()
    assert not (host.runs / "spare").exists()
    page.keyboard.press("Escape")
    expect(table).to_have_count(0)


def test_a_run_is_brought_and_another_file_is_a_sentence(visits: Visits, host: Server) -> None:
    write_finished_run(host.runs, "there")
    page, table = sheet(visits)
    bad = {"name": "run.zip", "mimeType": "application/zip", "buffer": b"no zip"}
    table.locator("#import").set_input_files(files=[bad])  # type: ignore[list-item]
    expect(table.locator(".rn-problem").first).to_have_text(re.compile("zip"))
    visits.faults.clear()  # the browser reports the refusal
    given = page.request.get(f"{visits.base}runs/there.zip").body()
    table.locator("#import").set_input_files(
        files=[{"name": "there.zip", "mimeType": "application/zip", "buffer": given}]
    )
    expect(table).to_have_count(0)
    expect(page.locator("#workbench-training")).to_have_attribute("data-status", "finished")
