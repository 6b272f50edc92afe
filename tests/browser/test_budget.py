"""What a first and a second visit to the Workbench cost: requests, bytes and nodes stay below `tests/budget.toml`."""

import tomllib
import urllib.request

import pytest
from playwright.sync_api import Browser, BrowserContext, Request

from tests.browser.conftest import ROOT, Server

pytestmark = pytest.mark.browser
BUDGET: dict[str, float] = tomllib.loads((ROOT / "tests" / "budget.toml").read_text())["page"]


def visit(context: BrowserContext, url: str) -> tuple[list[int], int]:
    """The bytes of each request, those of a worker too, and nodes; what the browser's cache answers has none."""
    page, found = context.new_page(), list[Request]()

    def take(request: Request) -> None:
        found.append(request)

    context.on("requestfinished", take)
    page.goto(url)
    page.locator("#workbench-data img").first.wait_for()
    page.wait_for_load_state("networkidle")
    sizes = [each.sizes() for each in found if not each.url.startswith(("data:", "blob:"))]
    received = [each["responseBodySize"] + each["responseHeadersSize"] for each in sizes]
    nodes = page.evaluate("document.getElementsByTagName('*').length")
    context.remove_listener("requestfinished", take)
    page.close()
    return [each for each in received if each > 0], nodes


def test_the_page_is_small(host: Server, browser: Browser) -> None:
    asked = urllib.request.Request(host.url, headers={"Accept-Encoding": "br"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert answer.headers["Content-Encoding"] == "br"
        assert len(answer.read()) <= 1000 * BUDGET["index_kb"]
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    (cold, nodes), (warm, _) = visit(context, host.url), visit(context, host.url)
    context.close()
    assert 0 < len(cold) <= BUDGET["requests"] and 0 < nodes <= BUDGET["nodes"]
    assert sum(cold) <= 1000 * BUDGET["cold_kb"], cold
    assert sum(warm) <= 1000 * BUDGET["warm_kb"], warm
