"""Every view of the page: its address, what is done there, and what is there then.

for view in VIEWS: shown(page, host.url, view, "&lang=zh")
"""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

SLOW = 60_000


def teacher(page: Page) -> None:
    page.locator("#class-open").click()
    expect(page.locator("#class-room")).to_have_text(re.compile("^[A-Z]{4}$"), timeout=SLOW)


def pupil(page: Page) -> None:
    """Join a room that another browser opens."""
    assert page.context.browser
    other = page.context.browser.new_page()
    other.goto(page.url.partition("?")[0])
    teacher(other)
    page.locator("#class-code").fill(other.locator("#class-room").inner_text())
    other.context.close()
    page.locator("#class-enter button").click()
    page.locator("#class-nickname").fill("Ada")
    page.locator("#class-join button").click()


def runs(page: Page) -> None:
    page.locator("[data-act=runs]").click()


VIEWS: dict[str, tuple[str, Callable[[Page], None] | None, str]] = {
    "workbench": ("?tab=workbench", None, ".wb-card img"),
    "run": ("?tab=workbench&run=RUN", None, "#workbench-training[data-status=finished]"),
    "runs": ("?tab=workbench&run=RUN", runs, "#runs tr[data-run=RUN]"),
    "inspect": ("?tab=inspect&run=things-web", None, "#inside-histogram .in-tile"),
    "study": ("?tab=study", None, "#evidence-guess"),
    "probe": ("?tab=probe", None, "#ask-models .ask-bar"),
    "scene": ("?tab=scene", None, "[data-model=things-bound][data-state=right]"),
    "lesson": ("lesson?", None, "#step-see .caption"),
    "teach": ("teach?", None, "#link"),
    "about": ("about?", None, "#view-about h1"),
    "teacher": ("class?", teacher, "#class-room"),
    "pupil": ("class?", pupil, "#class-screen[data-stop]"),
}


def shown(page: Page, base: str, view: str, look: str = "", *, run: str) -> None:
    """Open a view with further parts of its address; `run` is a finished one of this browser."""
    query, act, ready = VIEWS[view]
    page.goto(base + query.replace("RUN", run) + look)
    if act:
        act(page)
    expect(page.locator(ready.replace("RUN", run)).first).to_be_visible(timeout=SLOW)
