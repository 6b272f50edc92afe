"""Two runs compared on Train: what differs in their specs, and their difference at the steps that both evaluated."""

import pytest
from playwright.sync_api import Page, expect

from explorer.runs.store import RunFolder, RunStore
from explorer.service.endpoints import resolve
from tests.browser.conftest import Server, Visits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def made(server: Server, preset: str, *binding: float) -> RunFolder:
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


def lay_over(page: Page, run: str) -> None:
    page.locator("#overlay input").click()
    page.get_by_role("option", name=run).click()
    page.keyboard.press("Escape")


def test_the_difference_of_two_runs(visits: Visits, server: Server) -> None:
    one, other = made(server, "binding-friendly", 0.6, 0.9, 0.95), made(server, "web-like", 0.5, 0.5)
    page = visits.open(visits.visitor(390, 844), f"?tab=train&run={one.run}")
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
