"""What a first and a second visit to the Workbench cost: requests, bytes and nodes stay below `tests/budget.toml`."""

import tomllib
import urllib.request
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Request

from tests.served import ROOT, Server

pytestmark = pytest.mark.browser
BUDGET: dict[str, float] = tomllib.loads((ROOT / "tests" / "budget.toml").read_text())["page"]
DRAWN = "#workbench-data canvas, #workbench-data img"


@dataclass
class Visit:
    """Requests of one visit until the first samples are drawn, the bytes that came for them, and nodes."""

    requests: int
    received: int
    nodes: int


def visit(context: BrowserContext, url: str) -> Visit:
    """Open the page; what a worker asks for counts too, what the browser's cache answers does not."""
    page = context.new_page()
    requests: list[Request] = []

    def take(request: Request) -> None:
        requests.append(request)

    context.on("requestfinished", take)
    page.goto(url)
    page.locator(DRAWN).first.wait_for()
    page.wait_for_load_state("networkidle")
    sizes = [each.sizes() for each in requests if not each.url.startswith(("data:", "blob:"))]
    received = [each["responseBodySize"] + each["responseHeadersSize"] for each in sizes]
    nodes = page.evaluate("document.getElementsByTagName('*').length")
    context.remove_listener("requestfinished", take)
    page.close()
    return Visit(requests=sum(each > 0 for each in received), received=sum(received), nodes=nodes)


def test_the_page_is_small(host: Server) -> None:
    asked = urllib.request.Request(host.url, headers={"Accept-Encoding": "br"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert answer.headers["Content-Encoding"] == "br"
        assert len(answer.read()) <= 1000 * BUDGET["index_kb"]


@pytest.fixture(scope="module")
def visits_of(browser: Browser, host: Server) -> tuple[Visit, Visit]:
    """A first visit, and a second one of the same browser."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    cold, warm = visit(context, host.url), visit(context, host.url)
    context.close()
    return cold, warm


def test_a_visit_keeps_to_its_bytes_and_nodes(visits_of: tuple[Visit, Visit]) -> None:
    cold, warm = visits_of
    assert cold.received <= 1000 * BUDGET["cold_kb"], cold
    assert warm.received <= 1000 * BUDGET["warm_kb"], warm
    assert cold.nodes <= BUDGET["nodes"], cold


def test_a_visit_keeps_to_its_requests(visits_of: tuple[Visit, Visit]) -> None:
    assert visits_of[0].requests <= BUDGET["requests"]
