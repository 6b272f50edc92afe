"""Pictures of the app: those of the README and the docs, and every view of it in four widths and both themes.

    python -m tests.screenshots               # the pictures of the documents, into assets/images; trains two runs
    python -m tests.screenshots first contact-sheet        # these
    python -m tests.screenshots views --out build/views    # workbench1-1280-light.png, ..., to look at

The same code gives the same pictures but for the time that the page forecasts, which the computer tells. Runs are of
seed 0 and get names of their own, fonts are those of the system. A view with an error in the console is an error.
"""

import argparse
import io
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page

from explorer.world.things import THINGS
from tests.benchmarks.server import Person, Server, app_server, browser
from tests.browser.pad import draw_dog
from tests.browser.views import VIEWS, open_stages
from tests.contact_sheet import contact_sheet

IMAGES = Path(__file__).resolve().parents[1] / "assets" / "images"
PATIENCE_S = 3600
ANSWERED_MS = 3500
"""The lines of an answer swing for two seconds."""
TIDY, WEB = "binding-friendly", "web-like"
KEY = "0" * 32
Theme = Literal["light", "dark"]
NAME = "bello"
FRAME_S, DRAWN_FRAMES, TRAINED_FRAMES, SHOWN_MS, LAST_MS, MOVING = 1.0, 16, 24, 250, 4000, (960, 600)
"""Of the moving picture: seconds between two looks, frames of each part, milliseconds of one and of the end, pixels."""
SIZES = ((1280, 800), (1920, 1080), (768, 1024), (390, 844))
THEMES: tuple[Theme, ...] = ("light", "dark")


@dataclass(kw_only=True)
class Studio:
    """The app with a browser, the runs that pictures show, and the folder that they go to."""

    app: Server
    chromium: Browser
    out: Path
    faults: list[str] = field(default_factory=list)

    @cached_property
    def tidy(self) -> str:
        """A run that binds."""
        return train_run(self.app, TIDY, 0)

    @cached_property
    def web(self) -> str:
        """A run that does not."""
        return train_run(self.app, WEB, 1)

    def page(self, size: tuple[int, int], theme: Theme) -> Page:
        """A new visitor's page, which collects what goes wrong in it."""
        context = self.chromium.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=theme)
        context.set_default_timeout(120_000)
        context.add_init_script(f"localStorage.setItem('clip-binding-explorer-owner', '{KEY}')")
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on(
            "console", lambda said: self.faults.append(f"{page.url}: {said.text}") if said.type == "error" else None
        )
        return page

    def shoot(self, page: Page, name: str, *, whole: bool = False) -> None:
        """Keep what is in sight, or the whole page, once its pictures are there; close the page."""
        page.evaluate("Promise.all([...document.images].map((each) => each.decode().catch(() => null)))")
        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / f"{name}.png"
        page.screenshot(path=path, full_page=whole, animations="disabled")
        page.context.close()
        # A page has few colors: 256 of them take half the bytes.
        Image.open(path).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
        print(path, flush=True)


# ---- The pictures of the documents


def first(studio: Studio) -> None:
    """The page after the first guess, with the model's answer."""
    page = studio.page(SIZES[0], "light")
    next(open_stages(page, studio.app.url, "bench", run=""))
    page.locator("[data-guess=no]").click()
    page.wait_for_timeout(ANSWERED_MS)
    studio.shoot(page, "first")


def sheet(studio: Studio) -> None:
    """The sheet of runs, with a run that binds and one that does not."""
    page = studio.page(SIZES[0], "light")
    beside = studio.web
    list(open_stages(page, studio.app.url, "run", run=studio.tidy))
    page.locator(f"#runs tr[data-run={beside}] input").check()
    page.locator("#wb-runs .figure[data-name=difference]").wait_for()
    studio.shoot(page, "page")


def world(studio: Studio) -> None:
    """All nouns and values."""
    contact_sheet(THINGS).save(studio.out / "contact-sheet.png", optimize=True)


def training(studio: Studio) -> None:
    """A drawing that becomes a noun, and the training in the tab that binds it, as a moving picture."""
    page = studio.page(SIZES[0], "light")
    drawn, trained = list[bytes](), list[bytes]()
    page.goto(f"{studio.app.url}?tab=things")
    page.locator("[data-tile='6'] [data-act=draw]").click()
    draw_dog(page, lambda: drawn.append(page.screenshot()))
    page.locator("#thing-name").fill(NAME)
    drawn.append(page.screenshot())
    page.locator("#thing-keep").click()
    page.locator("[data-tile='6'] [data-name]").wait_for()
    drawn.append(page.screenshot())
    page.locator("#train-things").click()
    ended = page.locator("#workbench-training[data-status=finished]")
    page.locator("#train-stop").wait_for()
    while not ended.count():
        trained.append(page.screenshot())
        page.wait_for_timeout(1000 * FRAME_S)
    page.wait_for_timeout(ANSWERED_MS)
    end = page.screenshot()
    page.context.close()
    # The end comes first, so that whoever sees the picture stand still sees a result.
    first, *rest = (
        Image.open(io.BytesIO(each)).convert("RGB").resize(MOVING, Image.Resampling.LANCZOS)
        for each in (end, *chosen(drawn, DRAWN_FRAMES), *chosen(trained, TRAINED_FRAMES))
    )
    path, shown_ms = studio.out / "training.webp", [LAST_MS] + [SHOWN_MS] * len(rest)
    first.save(path, save_all=True, append_images=rest, duration=shown_ms, loop=0, quality=80, method=6)
    print(path, f"{path.stat().st_size / 1e6:.1f} MB", flush=True)


def chosen(frames: Sequence[bytes], count: int) -> list[bytes]:
    """Choose frames evenly, so that a slow computer's picture is no longer than another's."""
    return [frames[round(place * (len(frames) - 1) / (count - 1))] for place in range(count)]


PICTURES: dict[str, Callable[[Studio], None]] = {
    "page": sheet,
    "first": first,
    "contact-sheet": world,
    "training": training,
}


# ---- Every view


def views(studio: Studio) -> None:
    """Take every view in every size and both themes, from top to bottom."""
    for view in VIEWS:
        for size in SIZES:
            for theme in THEMES:
                page = studio.page(size, theme)
                for at, _ in enumerate(
                    open_stages(page, studio.app.url, view, f"&__theme={theme}", run=studio.tidy), 1
                ):
                    studio.shoot(page, f"{view}{at}-{size[0]}-{theme}", whole=True)


def train_run(app: Server, preset: str, number: int) -> str:
    """A finished run of the preset under a name that is the same each time; exit where it broke."""
    person, deadline = Person(url=app.url, key=KEY), time.monotonic() + PATIENCE_S
    run = person.ask("POST", "a/train", {"preset": preset})["run"]
    while (status := app.store.get(run).status().status) not in ("finished", "stopped"):
        if status in ("failed", "interrupted") or time.monotonic() > deadline:
            sys.exit(f"run={run}: its status is {status}")
        time.sleep(1)
    named = f"{preset}-{number:012d}"
    os.rename(app.store.root / run, app.store.root / named)
    return named


def main(arguments: Sequence[str]) -> None:
    """Take the pictures that are named, those of the documents if none is."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots")
    parser.add_argument("names", nargs="*", choices=[*PICTURES, "views", []], metavar="NAME")
    parser.add_argument("--out", type=Path, default=Path("build") / "views", help="the folder of the views")
    asked = parser.parse_args(arguments)
    with app_server(EXPLORER_PAGE_POLL_S="0.3") as app, browser() as chromium:
        if chromium is None:
            sys.exit("no Chromium here: install one, on Debian with apt install chromium")
        studio = Studio(app=app, chromium=chromium, out=IMAGES)
        for name in asked.names or PICTURES:
            if name == "views":
                studio.out = asked.out
                views(studio)
            else:
                studio.out = IMAGES
                PICTURES[name](studio)
        if studio.faults:
            sys.exit("\n".join(studio.faults))


if __name__ == "__main__":
    main(sys.argv[1:])
