"""A real server and a real browser: the app as `make run` starts it, and Debian's Chromium.

Every test ends with what a reader must never meet: an error in the console, an exception on the page, a request to
another host. Without a Chromium the tests are skipped; `make test` installs one where it may.
"""

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from tests.browser.firefox import FIREFOX, Firefox, firefox
from tests.served import Server, serve_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHELL = shutil.which("chromium-headless-shell") or CHROMIUM
"""The same engine without windows, in which a test takes a sixth less time."""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
OFTEN = {"EXPLORER_PAGE_POLL_S": "0.3", "EXPLORER_NICE": "0", "EXPLORER_SPARE": "0"}
"""Variables of a server whose pages ask soon whether something is new, and whose workers give way to nobody.

On a busy computer a worker that does takes minutes for its imports, and longer than a test waits. None has its imports
done in advance, which take ten seconds of a core: nearly all tests train nothing on the server.
"""
FEW_SCENES = """
import runpy, sys
from dataclasses import replace
from explorer import settings
from explorer.evaluation import sets
few = "from explorer.runs import worker; from tests.unit.runs.tiny_worker import FEW; worker.main(budget=FEW)"
settings.LOCAL, settings.SHARED = (
    replace(each, worker_command=(sys.executable, "-c", few)) for each in (settings.LOCAL, settings.SHARED)
)
sets.FULL_BUDGET = replace(sets.FULL_BUDGET, quick_scenes=60)
runpy.run_path("app.py", run_name="__main__")
"""
APP = (sys.executable, "-c", FEW_SCENES)
"""app.py, whose trainings are evaluated on few scenes: 60 a form in the tab, 24 on the server.

Most of a training of a few steps is evaluated else, and a number of scenes only widens intervals.
"""
expect.set_options(timeout=30_000)  # ms: a page beside other work is slow, not wrong


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a test of a browser that fails once more: that a computer stood still for seconds is no fault of the page."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server of the page for all tests; each opens pages of its own."""
    with serve_app(tmp_path_factory.mktemp("host"), command=APP, **OFTEN) as started:
        yield started


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all tests here, not for the session: Playwright's event loop runs meanwhile, and others run loops too."""
    if SHELL is None:
        pytest.skip("no Chromium: install one, on Debian with apt install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=SHELL, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def one_firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    if FIREFOX is None:
        pytest.skip("no Firefox: install one, on Debian with apt install firefox-esr")
    with firefox(tmp_path_factory.mktemp("firefox")) as browser:
        yield browser


@pytest.fixture
def fox(one_firefox: Firefox) -> Iterator[Firefox]:
    """The one Firefox of all tests, on whose pages nothing may go wrong.

    It leaves the page in the end, which would ask and train meanwhile. What a page is still importing then is an error
    of Firefox, and none of the test.
    """
    yield one_firefox
    faults = [*one_firefox.faults]
    one_firefox.go("about:blank")
    one_firefox.faults.clear()
    one_firefox.requests.clear()
    assert faults == []


@dataclass
class Visits:
    """Opens contexts, which are visitors with a storage of their own, and collects what went wrong in them."""

    browser: Browser
    base: str
    contexts: list[BrowserContext] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def visitor(self, width: int = 1280, height: int = 900, *, dark: bool = False, **options: Any) -> Page:
        """A page of a new visitor, to whom nothing moves unless `reduced_motion` is "no-preference"."""
        usual = {"reduced_motion": "reduce", "color_scheme": "dark" if dark else "light"}
        context = self.browser.new_context(viewport={"width": width, "height": height}, **usual | options)  # type: ignore[arg-type]
        context.set_default_timeout(60_000)
        self.contexts.append(context)
        return self.watched(context.new_page())

    def watched(self, page: Page) -> Page:
        page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        page.on("console", lambda said: self.faults.append(f"console: {said.text}") if said.type == "error" else None)
        page.on("request", lambda request: self._check(request.url))
        return page

    def _check(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:", "about:")):
            self.faults.append(f"foreign request: {url}")

    def open(self, page: Page, query: str = "") -> Page:
        """Go to an address of the app."""
        page.goto(self.base + query)
        return page


@contextmanager
def recorded_requests(page: Page) -> Iterator[list[str]]:
    """The addresses that the page asks for in the meantime, of its workers too."""
    asked: list[str] = []

    def take(request: Request) -> None:
        if not request.url.startswith("data:"):
            asked.append(request.url)

    page.on("request", take)
    yield asked
    page.remove_listener("request", take)


@contextmanager
def managed_visits(browser: Browser, base: str, allowed: str = "(?!)") -> Iterator[Visits]:
    """Visits whose contexts are closed at the end, and of which no fault is left but those of a pattern."""
    open_visits = Visits(browser, base)
    yield open_visits
    for context in open_visits.contexts:
        context.close()
    assert [fault for fault in open_visits.faults if not re.search(allowed, fault)] == []


@pytest.fixture
def visits(browser: Browser, host: Server) -> Iterator[Visits]:
    with managed_visits(browser, host.url) as open_visits:
        yield open_visits
