"""What a first and a second visit to the Workbench cost: requests, bytes and nodes stay below `tests/budget.toml`."""

import time
import tomllib
import urllib.request
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.conftest import ROOT, Server

pytestmark = pytest.mark.browser
BUDGET: dict[str, float] = tomllib.loads((ROOT / "tests" / "budget.toml").read_text())["page"]
QUIET_S, MOST_S = 1.5, 60.0
"""Seconds without an answer after which a visit is over, and after which it is so in any case."""


@dataclass
class Visit:
    """Answers of one visit, the bytes that came for them, and the nodes of the document."""

    answers: int = 0
    received: int = 0
    nodes: int = 0


def visit(context: BrowserContext, url: str) -> Visit:
    page, found, last = context.new_page(), Visit(), [time.monotonic()]
    client = context.new_cdp_session(page)
    client.send("Network.enable")

    def answered(event: dict[str, Any]) -> None:
        found.received += int(event["encodedDataLength"])
        last[0] = time.monotonic()

    def asked(event: dict[str, Any]) -> None:
        found.answers += not event["request"]["url"].startswith(("data:", "blob:"))
        last[0] = time.monotonic()

    client.on("Network.loadingFinished", answered)
    client.on("Network.requestWillBeSent", asked)
    page.goto(url)
    page.locator("#workbench-data img, #workbench-data canvas").first.wait_for(timeout=MOST_S * 1000)
    end = time.monotonic() + MOST_S
    while time.monotonic() < min(end, last[0] + QUIET_S):
        page.wait_for_timeout(100)
    found.nodes = page.evaluate("document.getElementsByTagName('*').length")
    page.close()
    return found


def test_the_page_is_small(host: Server) -> None:
    asked = urllib.request.Request(host.url, headers={"Accept-Encoding": "br"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert answer.headers["Content-Encoding"] == "br"
        assert len(answer.read()) <= 1000 * BUDGET["index_kb"]


def test_a_visit_keeps_to_its_budget(browser: Browser, host: Server) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    cold, warm = visit(context, host.url), visit(context, host.url)
    context.close()
    assert cold.answers <= BUDGET["requests"], cold
    assert cold.received <= 1000 * BUDGET["cold_kb"], cold
    assert warm.received <= 1000 * BUDGET["warm_kb"], warm
    assert cold.nodes <= BUDGET["nodes"], cold
