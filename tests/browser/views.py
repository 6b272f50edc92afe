"""Every view of the page: its address, what is done there, and what is there then; and what no view may have.

for _ in open_stages(page, host.url, "evidence", "&lang=zh", run="seen"): assert broken_rules(page) == []
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page, TimeoutError, expect

SLOW, SETTLED = 60_000, 15_000
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
STILL = """() => document.getAnimations()
  .every((each) => each.playState !== 'running' || each.effect.getTiming().iterations === Infinity)"""
"""Whether nothing is on its way to another color or place."""
RULES = """async ([within, only]) =>
  (await axe.run(within || document, { resultTypes: ['violations'], ...(only && { runOnly: only }) })).violations
  .map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.slice(0, 3).map((each) => each.html.slice(0, 160))}`)"""
WIDE = """() => [document.documentElement, ...document.querySelectorAll('#wb-runs')]
  .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.id || 'the page')"""
"""What scrolls sideways."""
ENGLISH = """() => [...document.querySelectorAll('main *, .wb-top *, dialog *')].flatMap((each) => [...each.childNodes])
  .filter((each) => each.nodeType === 3 && each.parentElement.checkVisibility())
  .filter((each) => !each.parentElement.closest('[translate=no], [lang=en], code, pre, option, style'))
  .map((each) => each.nodeValue.trim())
  .filter((text) => /[A-Za-z]{2,} [A-Za-z]{2,}/.test(text) && !/[一-鿿]/.test(text))"""
"""Visible texts of two English words or more that are no names, captions or code."""


COLORED = ["color-contrast", "link-in-text-block"]
"""The rules of axe that look at colors; a page in the dark keeps the others where the light one does."""


def broken_rules(page: Page, within: str = "", *, only: list[str] | None = None) -> list[str]:
    """The rules of axe, of every impact and all or some, that a page breaks, with the first elements."""
    page.wait_for_function(STILL, timeout=SETTLED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return list(page.evaluate(RULES, [within, only]))


def remaining_items(page: Page, expression: str) -> list[str]:
    """What a list of JavaScript still holds once it had the time to become empty."""
    try:
        page.wait_for_function(f"() => !({expression})().length", timeout=SETTLED)
    except TimeoutError:
        return list(page.evaluate(expression))
    return []


def open_guess(page: Page) -> None:
    page.locator("[data-guess=yes]").click()


def open_runs(page: Page) -> None:
    page.locator("[data-act=runs]").click()


def open_finding(page: Page) -> None:
    """Open a finding below the line."""
    page.locator("[data-guess=skip]").click()
    page.locator("[data-finding=web-like]").click()


def open_sent(page: Page) -> None:
    """Open what a training of the list would send."""
    page.locator("#open-sent summary").click()


def open_teacher(page: Page) -> None:
    page.locator("#class-open").click()
    expect(page.locator("#class-room")).to_have_text(re.compile("^[A-Z]{4}$"), timeout=SLOW)


def join_as_pupil(page: Page) -> None:
    """Join a room that another browser opens."""
    assert page.context.browser
    other = page.context.browser.new_page()
    other.goto(page.url.partition("?")[0])
    open_teacher(other)
    page.locator("#class-code").fill(other.locator("#class-room").inner_text())
    other.context.close()
    page.locator("#class-enter button").click()
    page.locator("#class-nickname").fill("Ada")
    page.locator("#class-join button").click()


def do_nothing(_: Page) -> None:
    pass


Stage = tuple[Callable[[Page], None], str]
VIEWS: dict[str, tuple[str, list[Stage]]] = {
    "bench": ("?tab=bench", [(do_nothing, ".wb-card img"), (open_guess, "#teach")]),
    "run": (
        "?tab=bench&run=RUN",
        [(do_nothing, "#workbench-training[data-status=finished]"), (open_runs, "#wb-runs .figure-plot[data-ready]")],
    ),
    "inside": ("?tab=inside&run=things-web", [(do_nothing, "#inside-histogram .in-tile")]),
    "evidence": ("?tab=evidence", [(do_nothing, "#evidence-guess"), (open_finding, ".ev-detail")]),
    "ask": ("?tab=ask", [(do_nothing, "#ask-models .ask-bar")]),
    "scene": ("?tab=scene", [(do_nothing, "[data-model=things-bound][data-state=right]")]),
    "open": ("?tab=open", [(do_nothing, "#open-run:not([disabled])"), (open_sent, "#open-sent li")]),
    "lesson": ("lesson?", [(do_nothing, "#step-see .caption")]),
    "teach": ("teach?", [(do_nothing, "#link")]),
    "about": ("about?", [(do_nothing, "#view-about h1")]),
    "teacher": ("class?", [(open_teacher, "#class-room")]),
    "pupil": ("class?", [(join_as_pupil, "#class-screen[data-stop]")]),
}
"""The address of each view, and what is done there one after another until something is to be seen."""


def open_stages(page: Page, base: str, view: str, look: str = "", *, run: str) -> Iterator[None]:
    """Open a view with further parts of its address, stage by stage; `run` is a finished one of this browser."""
    query, acts = VIEWS[view]
    page.goto(base + query.replace("RUN", run) + look)
    for act, ready in acts:
        act(page)
        expect(page.locator(ready).first).to_be_visible(timeout=SLOW)
        yield
