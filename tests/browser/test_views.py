"""Every view in every look: axe finds nothing serious, nothing scrolls sideways, and Chinese has no English left."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, TimeoutError

from tests.browser.conftest import Server, Visits
from tests.browser.mid_training import trained
from tests.browser.views import VIEWS, shown
from tests.oracles.store import KEY

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
TRANSLATED_MS = 5_000
WIDTHS = (1920, 768, 360, 390)
"""The last is the phone on which the view is read."""
ENGLISH = """() => [...document.querySelectorAll('main *, .wb-top *')].flatMap((each) => [...each.childNodes])
  .filter((each) => each.nodeType === 3 && each.parentElement.checkVisibility())
  .filter((each) => !each.parentElement.closest('[translate=no], [lang=en], code, pre, option, style'))
  .map((each) => each.nodeValue.trim())
  .filter((text) => /[A-Za-z]{2,} [A-Za-z]{2,}/.test(text) && !/[一-鿿]/.test(text))"""
"""Visible texts of two English words or more that are no names, captions or code."""
WIDE = """() => [document.documentElement, ...document.querySelectorAll('#wb-runs')]
  .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.id || 'the page')"""


@pytest.fixture(scope="module", autouse=True)
def _run(host: Server) -> None:
    trained(host.runs, "seen")


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_for_everybody(view: str, visits: Visits) -> None:
    page = opened(visits, view)
    assert serious(page) == []
    for width in WIDTHS:
        if (view, width) == ("teacher", 360):
            continue  # a projector's bar, which needs 372 pixels
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(WIDE) == [], width
    assert serious(page) == []
    page.evaluate("document.body.classList.add('dark')")
    assert serious(page) == []


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_in_chinese(view: str, visits: Visits) -> None:
    page = opened(visits, view, "&lang=zh&dark=1", 390)
    try:
        page.wait_for_function(f"() => !({ENGLISH})().length", timeout=TRANSLATED_MS)
    except TimeoutError:
        assert page.evaluate(ENGLISH) == []
    assert page.evaluate(WIDE) == []


def opened(visits: Visits, view: str, look: str = "", width: int = 1280) -> Page:
    page = visits.visitor(width, 844)
    page.add_init_script(f"localStorage.setItem('clip-binding-explorer-owner', '{KEY}')")
    shown(page, visits.base, view, look, run="seen")
    return page


def serious(page: Page) -> list[tuple[str, list[str]]]:
    """The rules that axe finds broken in a way that keeps somebody out, with the first elements."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        (each["id"], [node["html"][:160] for node in each["nodes"]][:3])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
