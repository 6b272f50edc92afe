"""Pages in one file, opened from a folder with the network off: a run with its model, and the twin of the app."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.pages.site.run_file import write_run
from explorer.runs.store import RunStore

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without network, on which nothing may go wrong and nothing may be asked of a server."""
    context, faults = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True), []
    context.set_default_timeout(30_000)
    opened = context.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    opened.on("request", lambda request: faults.append(request.url) if request.url.startswith("http") else None)
    yield opened
    context.close()
    assert faults == []


@pytest.fixture(scope="module")
def run_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    write_run(RunStore(folder / "runs"), "things-bound", folder / "tidy.html")
    return folder / "tidy.html"


def test_a_run_in_one_file_answers_without_network(page: Page, run_file: Path) -> None:
    page.goto(run_file.as_uri())
    expect(page.locator("[data-part=count]")).to_contain_text("of 24")
    expect(page.locator("[data-model=things-bound]")).to_have_attribute("data-state", "right")
    page.locator("#scene-try-values").click()
    expect(page.locator(".scene-caption p").first).to_contain_text("a blue submarine")
    expect(page.locator("[data-model=things-bound]")).to_have_attribute("data-state", "right")
    page.locator("[data-more=typed] summary").click()
    page.locator("#typed-caption").fill("a blue submarine and a yellow zeppelin")
    expect(page.locator(".typed-unread")).to_have_text("Never read in training: zeppelin")
    expect(page.locator("#workbench-outcome .typed-said b")).to_be_visible()


def test_it_fits_a_phone_in_chinese(page: Page, run_file: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{run_file.as_uri()}?lang=zh&dark")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#workbench-outcome h2")).to_contain_text(re.compile(r"[\u4e00-\u9fff]"))
    expect(page.locator("body")).to_have_class(re.compile("dark"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
