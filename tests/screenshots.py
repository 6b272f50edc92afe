"""The pictures of the README, taken from the app as `make run` starts it.

    python -m tests.screenshots               # all of them, into assets/; trains two runs, which takes minutes
    python -m tests.screenshots first contact-sheet   # these

The same code gives the same pictures but for the speed of the computer, which the card of a run tells: runs are of
seed 0 and get names of their own, fonts are those of the system.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gradio_client import Client
from playwright.sync_api import Browser, Page

from explorer.runs.store import RunFolder
from explorer.world.contact_sheet import contact_sheet
from explorer.world.things import THINGS
from tests.benchmarks.server import App, app_server, browser

ASSETS = Path(__file__).resolve().parents[1] / "assets"
PATIENCE_S = 3600
TRAINED = ("binding-friendly", "web-like")
KEY = "0" * 32


def main(names: Sequence[str]) -> None:
    """Take those that are named, all where none is."""
    unknown = [name for name in names if name not in PICTURES]
    if unknown:
        sys.exit(f"picture={unknown[0]}: choose {', '.join(PICTURES)}")
    with app_server(EXPLORER_PAGE_POLL_S="0.3") as app, browser() as chromium:
        if chromium is None:
            sys.exit("no Chromium here: install one, on Debian with apt install chromium")
        for name in names or PICTURES:
            PICTURES[name](app, chromium)
            print(f"assets/{name}.png")


def first(app: App, chromium: Browser) -> None:
    """The page as it opens, with the answer shown."""
    page = opened(app, chromium, "", 840)
    page.get_by_role("button", name="Just show me").click()
    page.locator("h1").first.click()
    page.wait_for_timeout(500)
    page.screenshot(path=ASSETS / "images" / "first.png")


def page(app: App, chromium: Browser) -> None:
    """Train, with a run that binds and one that does not."""
    runs = [trained(app, preset) for preset in TRAINED]
    page = opened(app, chromium, f"?tab=train&run={runs[0]}", 860)
    page.locator("#overlay input").click()
    page.get_by_role("option", name=runs[1]).click()
    page.locator("h1").first.click()
    # The legend names both.
    page.wait_for_function(
        "document.querySelector('#figure-binding .figure-sentence').textContent.includes('web-like')"
    )
    drawn(page, "figure-binding")
    page.evaluate("window.scrollTo(0, 0)")
    page.screenshot(path=ASSETS / "images" / "page.png")


def world(app: App, chromium: Browser) -> None:
    """All nouns and values."""
    contact_sheet(THINGS).save(ASSETS / "images" / "contact-sheet.png", optimize=True)


PICTURES: dict[str, Callable[[App, Browser], None]] = {"page": page, "first": first, "contact-sheet": world}


def opened(app: App, chromium: Browser, query: str, height: int) -> Page:
    """The page, light, 1280 pixels wide, settled."""
    page = chromium.new_context(viewport={"width": 1280, "height": height}, color_scheme="light").new_page()
    page.goto(app.url + query + ("&" if query else "?") + "__theme=light")
    page.wait_for_function("window.explorerHasArrived")
    page.wait_for_timeout(1500)
    return page


def drawn(page: Page, figure: str) -> None:
    """Until the figure shows what it was given."""
    page.wait_for_selector(f"#{figure} .figure[data-ready='true']")
    page.wait_for_timeout(500)


def trained(app: App, preset: str) -> str:
    """A finished run of the preset under a name that is the same each time."""
    client = Client(app.url, verbose=False)
    run = client.predict(preset=preset, owner_key=KEY, api_name="/start_run")["run"]
    deadline = time.monotonic() + PATIENCE_S
    while (status := client.predict(run, 2**53, api_name="/run_status")["status"]) != "finished":
        if status in ("failed", "interrupted") or time.monotonic() > deadline:
            sys.exit(f"run={run}: its status is {status}")
        time.sleep(1)
    folder = RunFolder(app.store.root / run)
    named = f"{preset}-{TRAINED.index(preset):012d}"
    os.rename(folder.path, app.store.root / named)
    return named


if __name__ == "__main__":
    main(sys.argv[1:])
