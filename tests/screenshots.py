"""Pictures of the app: those of the README and the docs, and every state of it in both themes.

    python -m tests.screenshots               # the pictures of the documents, into assets/images; trains two runs
    python -m tests.screenshots first contact-sheet        # these
    python -m tests.screenshots states --out build/states  # all states, light and dark, to look at

The same code gives the same pictures but for the time that the page forecasts, which the computer tells. Runs are of
seed 0 and get names of their own, fonts are those of the system. A state with an error in the console is an error.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from gradio_client import Client
from playwright.sync_api import Browser, Page

from explorer.runs.store import RunFolder
from explorer.world.things import THINGS
from tests.benchmarks.server import App, app_server, browser
from tests.contact_sheet import contact_sheet

IMAGES = Path(__file__).resolve().parents[1] / "assets" / "images"
PATIENCE_S = 3600
TIDY, WEB = "binding-friendly", "web-like"
KEY = "0" * 32
LAPTOP, PROJECTOR, PHONE = (1280, 800), (1920, 1080), (390, 844)
Theme = Literal["light", "dark"]


@dataclass(kw_only=True)
class Studio:
    """The app with a browser, the runs that pictures show, and the folder that they go to."""

    app: App
    chromium: Browser
    out: Path
    faults: list[str] = field(default_factory=list)

    @cached_property
    def tidy(self) -> str:
        """A run that binds."""
        return trained(self.app, TIDY, 0)

    @cached_property
    def web(self) -> str:
        """A run that does not."""
        return trained(self.app, WEB, 1)

    def open(self, query: str = "", size: tuple[int, int] = LAPTOP, theme: Theme = "light") -> Page:
        """The page, settled."""
        page = self.page(size, theme)
        page.goto(f"{self.app.url}?__theme={theme}{'&' if query else ''}{query}")
        page.wait_for_selector("#views > section:not([hidden])")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1500)
        return page

    def page(self, size: tuple[int, int], theme: Theme) -> Page:
        """A new visitor's page, which collects what goes wrong in it."""
        context = self.chromium.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=theme)
        context.set_default_timeout(120_000)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on(
            "console", lambda said: self.faults.append(f"{page.url}: {said.text}") if said.type == "error" else None
        )
        return page

    def shoot(self, page: Page, name: str, *, whole: bool = False) -> None:
        """Keep what is in sight, or the whole page, and close the page."""
        self.keep(page, name, whole=whole)
        page.context.close()

    def keep(self, page: Page, name: str, *, whole: bool = False) -> None:
        """Keep what is in sight, or the whole page."""
        self.out.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=self.out / f"{name}.png", full_page=whole)
        print(self.out / f"{name}.png", flush=True)


# --- the pictures of the documents ---


def first(studio: Studio) -> None:
    """The page after the first guess, with the model's answer."""
    studio.shoot(answered(studio, "light"), "first")


def sheet(studio: Studio) -> None:
    """The sheet of runs, with a run that binds and one that does not."""
    page = studio.open(f"run={studio.tidy}")
    open_sheet(page, studio.web)
    studio.shoot(page, "page")


def world(studio: Studio) -> None:
    """All nouns and values."""
    contact_sheet(THINGS).save(studio.out / "contact-sheet.png", optimize=True)


PICTURES: dict[str, Callable[[Studio], None]] = {"page": sheet, "first": first, "contact-sheet": world}


def open_sheet(page: Page, beside: str) -> None:
    """The sheet of runs with another run in its figures."""
    page.locator("[data-act=runs]").click()
    page.locator(f"#wb-runs tr[data-run={beside}] input").check()
    page.wait_for_selector("#wb-runs [data-name=difference] [data-ready=true]", state="attached")
    page.wait_for_timeout(1000)


# --- every state ---


def states(studio: Studio) -> None:
    """Take all states in both themes."""
    # Before a run that takes minutes, which would have them wait.
    print("trained:", studio.tidy, studio.web)
    for theme in ("light", "dark"):
        for name, take in STATES.items():
            studio.shoot(take(studio, theme), f"{name}-{theme}")
        for name, show in PAGES.items():
            for size in (LAPTOP, PHONE):
                studio.shoot(show(studio, theme, size), f"{name}-{size[0]}-{theme}", whole=True)
        page = training(studio, theme)
        studio.keep(page, f"b-mid-training-{theme}")
        page.locator("#train").click()  # it says Stop; a later run would wait for this one
        page.wait_for_selector("#workbench-training[data-status=stopped]")
        page.context.close()


def guess_asked(studio: Studio, theme: Theme) -> Page:
    """Nothing trained yet, a guess is asked."""
    return studio.open("", theme=theme)


def answered(studio: Studio, theme: Theme) -> Page:
    """The answer of a model that was trained before, after the guess."""
    page = studio.open("", theme=theme)
    page.locator("[data-guess=no]").click()
    page.wait_for_timeout(3000)
    return page


def training(studio: Studio, theme: Theme) -> Page:
    """In the middle of a training of one's own, which takes some minutes."""
    page = studio.open(f"preset={TIDY}&steps=600", theme=theme)
    page.set_default_timeout(1000 * PATIENCE_S)
    page.locator("#train").click()
    page.wait_for_function("document.querySelectorAll('#checkpoints .wb-saved').length > 2")
    page.wait_for_timeout(500)
    return page


def snapped_in(studio: Studio, theme: Theme) -> Page:
    """A run that binds, with one that does not beside it."""
    page = studio.open(f"run={studio.tidy}", theme=theme)
    page.locator("#wb-compare").select_option(studio.web)
    page.wait_for_selector(".wb-chart .wb-ghost", state="attached")
    page.wait_for_timeout(500)
    return page


def never(studio: Studio, theme: Theme) -> Page:
    """A run that ends at the coin toss."""
    return studio.open(f"run={studio.web}", theme=theme)


def drawer(studio: Studio, theme: Theme) -> Page:
    """The dials that are not in sight."""
    page = studio.open("preset=incomplete", theme=theme)
    page.locator("[data-more=dials] > summary").click()
    return page


def recipes(studio: Studio, theme: Theme) -> Page:
    """All recipes."""
    page = studio.open("preset=incomplete", theme=theme)
    page.locator("[data-more=recipes] > summary").click()
    return page


def runs(studio: Studio, theme: Theme) -> Page:
    """The sheet of runs."""
    page = studio.open(f"run={studio.tidy}", theme=theme)
    open_sheet(page, studio.web)
    return page


def shared(studio: Studio, theme: Theme) -> Page:
    """The ways to share a run."""
    page = studio.open(f"run={studio.tidy}", theme=theme)
    page.locator("[data-way=share]").click()
    return page


def own_scene(studio: Studio, theme: Theme) -> Page:
    """A scene of one's own over the page."""
    page = studio.open(f"run={studio.tidy}", theme=theme)
    page.locator("[data-way=own]").click()
    page.wait_for_selector("dialog[open]")
    page.wait_for_timeout(4000)
    return page


def projector(studio: Studio, theme: Theme) -> Page:
    """For a room."""
    return studio.open(f"run={studio.tidy}&view=projector", PROJECTOR, theme)


def large(studio: Studio, theme: Theme) -> Page:
    """On a large screen."""
    return studio.open(f"run={studio.tidy}", PROJECTOR, theme)


def phone(studio: Studio, theme: Theme) -> Page:
    """On a phone, at the top of the page."""
    return studio.open(f"run={studio.tidy}", PHONE, theme)


def phone_outcome(studio: Studio, theme: Theme) -> Page:
    """On a phone, where it binds."""
    page = studio.open(f"run={studio.tidy}", PHONE, theme)
    page.locator("#workbench-outcome").evaluate("(part) => part.scrollIntoView()")
    page.wait_for_timeout(500)
    return page


def evidence(studio: Studio, theme: Theme, size: tuple[int, int]) -> Page:
    """The study as it opens, with its question."""
    return studio.open("tab=study", size, theme)


def probe(studio: Studio, theme: Theme, size: tuple[int, int]) -> Page:
    """The example with its answer."""
    return studio.open("tab=probe", size, theme)


def inside(studio: Studio, theme: Theme, size: tuple[int, int]) -> Page:
    """A run that binds, at its last step."""
    return studio.open(f"tab=inspect&run={studio.tidy}", size, theme)


def lesson(studio: Studio, theme: Theme, size: tuple[int, int]) -> Page:
    """The lesson for one pupil."""
    return studio.open("tab=lesson", size, theme)


PAGES = {"l-evidence": evidence, "m-probe": probe, "n-inside": inside, "o-lesson": lesson}
"""The other pages, each on a laptop and on a phone, from top to bottom."""
STATES: dict[str, Callable[[Studio, Theme], Page]] = {
    "a-before-training": guess_asked,
    "a-answered": answered,
    "c-snapped-in": snapped_in,
    "d-web-like-never": never,
    "e-projector": projector,
    "e-large": large,
    "f-phone": phone,
    "f-phone-outcome": phone_outcome,
    "h-own-scene": own_scene,
    "i-recipes": recipes,
    "i-drawer": drawer,
    "j-runs": runs,
    "k-share": shared,
}
"""States in the order of the mock's letters; its b is a run under way, its g the dark theme, in which all are taken."""


def trained(app: App, preset: str, number: int) -> str:
    """A finished run of the preset under a name that is the same each time."""
    client = Client(app.url, verbose=False)
    run = client.predict(preset=preset, owner_key=KEY, api_name="/start_run")["run"]
    wait_for_end(client, run)
    folder = RunFolder(app.store.root / run)
    named = f"{preset}-{number:012d}"
    os.rename(folder.path, app.store.root / named)
    return named


def wait_for_end(client: Client, run: str) -> None:
    """Return when the run has been evaluated; exit where it broke."""
    deadline = time.monotonic() + PATIENCE_S
    while (status := client.predict(run, 2**53, api_name="/run_status")["status"]) not in ("finished", "stopped"):
        if status in ("failed", "interrupted") or time.monotonic() > deadline:
            sys.exit(f"run={run}: its status is {status}")
        time.sleep(1)


def main(arguments: Sequence[str]) -> None:
    """Take the pictures that are named, those of the documents if none is."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots")
    parser.add_argument("names", nargs="*", choices=[*PICTURES, "states", []], metavar="NAME")
    parser.add_argument("--out", type=Path, default=Path("build") / "states", help="the folder of the states")
    asked = parser.parse_args(arguments)
    with app_server(EXPLORER_PAGE_POLL_S="0.3") as app, browser() as chromium:
        if chromium is None:
            sys.exit("no Chromium here: install one, on Debian with apt install chromium")
        studio = Studio(app=app, chromium=chromium, out=IMAGES)
        for name in asked.names or PICTURES:
            if name == "states":
                studio.out = asked.out
                states(studio)
            else:
                studio.out = IMAGES
                PICTURES[name](studio)
        if studio.faults:
            sys.exit("\n".join(studio.faults))


if __name__ == "__main__":
    main(sys.argv[1:])
