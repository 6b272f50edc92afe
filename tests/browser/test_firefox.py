"""Every view in Firefox: it shows its contents, logs no error, and asks no other host."""

import pytest

from tests.browser.firefox import Firefox
from tests.served import Server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
]
PAGES = {
    "": "document.querySelectorAll('.wb-card img').length === 3",
    "?tab=inside": "document.querySelector('#inside-histogram .in-tile')",
    "?tab=evidence": "document.querySelector('#evidence-guess')?.innerText.length > 20",
    "?tab=ask": "document.querySelector('#ask-models .ask-bar')",
    "?tab=scene": "document.querySelector('#own-scene .scene-lab')",
    "lesson": "document.querySelector('#step-see')?.checkVisibility()",
    "class": "document.querySelector('#class-open')?.checkVisibility()",
    "about": "document.querySelector('#view-about h1')?.innerText",
    "teach": "document.querySelector('#link')?.value.startsWith('http')",
}
"""Conditions that hold on each page once it is there."""
TOLD = "document.querySelector('[data-row=saliency_bias] [data-value]')?.textContent"
"""What the Workbench says of a dial."""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens(page: str, fox: Firefox, host: Server) -> None:
    fox.go(host.url + page)
    fox.wait(PAGES[page])
    assert fox.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [url for url in fox.requests if not url.startswith((host.url, "data:", "blob:", "about:"))] == []


def test_the_workbench_answers(fox: Firefox, host: Server) -> None:
    # A first try leaves its guess, and a guess is asked for once; a page without an address has no storage.
    fox.evaluate("(() => { try { localStorage.clear(); } catch {} })()")
    fox.go(f"{host.url}?preset=salient")
    fox.wait("document.querySelector('[data-guess=skip]')?.offsetParent")
    fox.evaluate("document.querySelector('[data-guess=skip]').click()")
    fox.expect("document.querySelector('#outcome-number .wb-big')?.textContent", ".*[0-9].*")
    fox.expect(TOLD, "always")
    fox.evaluate("""(() => { const dial = document.querySelector('#wb-caption_completeness'); dial.value = 1;
        dial.dispatchEvent(new Event('input', { bubbles: true })); })()""")
    fox.expect("new URLSearchParams(location.search).get('caption_completeness')", "1")
    fox.expect(TOLD, "nothing left out")
