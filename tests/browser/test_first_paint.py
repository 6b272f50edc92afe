"""A shared link shows its own state at first paint: no event of the page is ever answered here."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
EVENTS = "**/gradio_api/**"


def without_answers(page: Page) -> Page:
    """Leave every event of the page without an answer."""

    def wait(_: Route) -> None:
        """Neither go on with the request nor refuse it."""

    page.route(EVENTS, wait)
    return page


def test_a_link_shows_its_dials_before_any_event_is_answered(visits: Visits) -> None:
    page = without_answers(visits.visitor())
    page.goto(visits.base + "?preset=web-like&saliency_bias=0.35")
    expect(page.locator("#bench")).to_contain_text("35 %")


def test_a_link_opens_its_tab_before_any_event_is_answered(visits: Visits) -> None:
    page = without_answers(visits.visitor())
    page.goto(visits.base + "?tab=study")
    expect(page.locator("#tab-study-button")).to_have_attribute("aria-selected", "true")


def test_what_is_wrong_with_a_link_is_told_before_any_event_is_answered(visits: Visits) -> None:
    page = without_answers(visits.visitor())
    page.goto(visits.base + "?saliency_bias=7")
    expect(page.locator("#notes")).to_contain_text("saliency_bias=7")
