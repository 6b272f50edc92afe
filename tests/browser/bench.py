"""The Workbench as tests drive it: dials by their names, a run from its start to a status."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visits

SLOW = 240_000
"""Milliseconds for a short training on two shared cores."""


def opened(visits: Visits, query: str = "", width: int = 1280, height: int = 800, *, dark: bool = False) -> Page:
    """The page once its columns show what the address says."""
    page = visits.open(visits.visitor(width, height, dark=dark), query)
    expect(page.locator("#workbench-data [data-value]").first).not_to_be_empty()
    return page


def move(page: Page, name: str, value: str) -> None:
    """Move a slider."""
    page.locator(f"#wb-{name}").fill(value)


def set_number(page: Page, name: str, value: str) -> None:
    """Type into a box of the drawer."""
    box = page.locator(f"#wb-{name}")
    if not box.is_visible():
        page.locator("[data-more=dials] > summary").click()
    box.fill(value)
    box.press("Tab")


def start(page: Page, *, steps: int, batch: int = 16) -> str:
    """Start a run of so many steps; its id."""
    set_number(page, "steps", str(steps))
    set_number(page, "batch_size", str(batch))
    expect(page.locator("[data-part=budget]")).to_have_text(f"{steps:,} steps, {steps * batch:,} pairs")
    page.keyboard.press("Escape")
    page.locator("#train").click()
    expect(page).to_have_url(re.compile("run=[a-z]"))
    found = re.search(r"run=([a-z0-9-]+)", page.url)
    assert found
    return found[1]


def at(page: Page, *statuses: str) -> Locator:
    """The Training column while the open run has one of these statuses."""
    return page.locator(", ".join(f"#workbench-training[data-status={status}]" for status in statuses))


def under_way(page: Page) -> Locator:
    """The same once a run has made a step."""
    return page.locator("#workbench-training[data-status=running]:not([data-step='0'])")


def sheet(page: Page) -> Locator:
    """The sheet of runs, open."""
    if not page.locator("#wb-runs").is_visible():
        page.locator("[data-act=runs]").click()
    found = page.locator("#wb-runs")
    expect(found).to_be_visible()
    return found


def turn(page: Page, tab: str) -> None:
    """Open another tab, as the header does."""
    page.locator(f"#tab-{tab}-button").dispatch_event("click")


def selected(page: Page) -> Locator:
    """The tab that is open."""
    return page.get_by_role("tab", selected=True, include_hidden=True)
