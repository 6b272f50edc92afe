"""Every page in Firefox: it shows its contents, logs no error, and asks no other host."""

from collections.abc import Iterator

import pytest

from tests.browser.conftest import Server
from tests.browser.firefox import FIREFOX, Firefox, firefox

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.skipif(FIREFOX is None, reason="no Firefox: install one, on Debian with apt install firefox-esr"),
]
PAGES = {
    "": "document.querySelectorAll('.wb-pair').length === 12",
    "?tab=inspect": "document.querySelector('#inspected')?.innerText.includes('things-web')",
    "?tab=study": "document.querySelector('#evidence-guess')?.innerText.length > 20",
    "?tab=probe": "document.querySelector('#probe-caption')?.offsetParent",
    "?tab=scene": "document.querySelector('#own-scene .scene-lab, #own-scene canvas, #own-scene svg')",
    "lesson": "document.querySelector('#step-see')?.offsetParent",
    "class": "document.querySelector('h1')?.innerText",
    "about": "document.querySelector('h1')?.innerText",
    "teach": "document.querySelector('#link')?.value.startsWith('http')",
}
"""Conditions that hold on each page once it is there."""


@pytest.fixture(scope="module")
def fox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with firefox(tmp_path_factory.mktemp("firefox")) as found:
        yield found


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens(page: str, fox: Firefox, server: Server) -> None:
    fox.faults.clear()
    fox.requests.clear()
    fox.go(server.url + page)
    fox.wait(PAGES[page])
    assert fox.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert fox.faults == []
    assert [url for url in fox.requests if not url.startswith((server.url, "data:", "blob:", "about:"))] == []


def test_the_workbench_answers(fox: Firefox, server: Server) -> None:
    fox.faults.clear()
    fox.go(f"{server.url}?preset=salient")
    fox.wait("document.querySelector('[data-guess=skip]')?.offsetParent")
    fox.evaluate("document.querySelector('[data-guess=skip]').click()")
    fox.wait("/[0-9]/.test(document.querySelector('#outcome-number .wb-big').textContent)")
    fox.evaluate("""(() => { const dial = document.querySelector('#wb-caption_completeness'); dial.value = 1;
        dial.dispatchEvent(new Event('input', { bubbles: true })); })()""")
    fox.wait("location.search.includes('caption_completeness=1')")
    fox.wait("document.querySelector('[data-row=saliency_bias] [data-value]').textContent === 'nothing left out'")
    assert fox.faults == []
