"""What a person meets at the addresses of the app: visible text and accessibility tree, in light, dark, phone and zh.

    with studio() as opened: record(opened)            # pages/VIEW.txt, and VIEW.LOOK.txt where it differs from light
    with studio() as opened: take_pictures(opened, Path("build"))    # screenshots of the same views, to look at

The app is served over the store of the fixture under the stopped clock, in a process of its own; nothing trains. The
view `frame` is the static page, as another page shows it.
"""

import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, ROOT, START_S, free_port
from tests.oracles.store import fill_store

PAGES = Path(__file__).with_name("pages")
LOOKS = ("light", "dark", "phone", "zh")
WIDE, PHONE = (1280, 900), (390, 844)
PATIENCE_MS = 60_000
QUIET_S, LATE_S = 2.5, 15.0
"""A page that shows the same for so long is settled: to be recorded, and when something else was recorded."""
NUMBER = re.compile(r"\d+\.(\d+)")
VARIES = (
    (re.compile(r"(About |大约 ?|约 ?)[\d.]+ ?(s|min|秒|分钟)"), r"\1N \2"),
    (re.compile(r"(?<=PORT=)\d+"), "N"),
    (re.compile(r"http://[\d.]+:\d+"), "http://HOST"),
)
"""Forecasts and addresses depend on the computer."""
PLACE = ("tab", "claim", "form", "metric", "lang", "only")
"""Parts of a link that are compared: whether it repeats dials and run depends on when it was made."""
_WITHOUT_TICKS = "document.querySelectorAll('.main-svg [class$=tick] text').forEach((each) => each.remove())"
"""How many ticks a figure has depends on the fonts."""


@dataclass(frozen=True, kw_only=True)
class View:
    """An address and what is done there until the view is open."""

    path: str = ""
    act: Callable[[Page], object] = lambda page: None


@dataclass(frozen=True, kw_only=True)
class Studio:
    """A browser, and the address of the app; `static` is a folder with a page that frames the static one."""

    browser: Browser
    url: str
    static: str
    faults: list[str] = field(default_factory=list)

    def open(self, view: View, look: str, width: int = 0) -> Page:
        """Open a view as a new visitor."""
        size = (width, 900) if width else PHONE if look == "phone" else WIDE
        scheme: Literal["dark", "light"] = "dark" if look.startswith("dark") else "light"
        context = self.browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on(
            "console", lambda said: self.faults.append(f"{page.url}: {said.text}") if said.type == "error" else None
        )
        language = ("&" if "?" in view.path else "?") + "lang=zh" if look == "zh" else ""
        base = self.static if view.path.startswith("frame") else self.url
        page.goto(f"{base}{view.path}{language}")
        return page


def _arrive(page: Page) -> None:
    page.wait_for_function("window.explorerHasArrived")


def _compare(page: Page) -> None:
    _arrive(page)
    page.locator("#wb-compare").select_option("another-seed")


def _sheet(page: Page) -> None:
    _arrive(page)
    page.locator("[data-act=runs]").click()
    page.locator("#figure-loss .figure[data-ready=true]").wait_for()


def _guess(page: Page) -> None:
    _arrive(page)
    page.locator("#evidence-guess").wait_for()


def _evidence(page: Page) -> None:
    _guess(page)
    page.locator("#guess-show").click()
    page.locator("#figure-dose .figure[data-ready=true]").wait_for()


def _inspect(page: Page) -> None:
    for figure in ("heatmap", "margins", "map", "forms", "breakdown"):
        page.locator(f"#figure-{figure}").scroll_into_view_if_needed()
        page.locator(f"#figure-{figure} .figure[data-ready=true]").wait_for()


def _scene(page: Page) -> None:
    _arrive(page)
    page.locator("[data-model=things-bound][data-state=right]").wait_for()


def _teacher(page: Page) -> None:
    page.locator("#class-open").click()
    page.locator("#class-room:not(:empty)").wait_for()


def _pupil(page: Page) -> None:
    opened = page.request.post(page.url.partition("?")[0] + "/open", data={})
    page.locator("#class-code").fill(opened.json()["room"])
    page.locator("#class-enter button").click()
    page.locator("#class-nickname").fill("Ada")
    page.locator("#class-join button").click()
    page.locator("#class-screen[data-stop]").wait_for()


VIEWS = {
    "first": View(act=_arrive),
    "run": View(path="?run=finished", act=_arrive),
    "comparison": View(path="?run=finished", act=_compare),
    "runs": View(path="?run=finished", act=_sheet),
    "scene": View(path="?tab=scene", act=_scene),
    "evidence-guess": View(path="?tab=study", act=_guess),
    "evidence": View(path="?tab=study&claim=density&form=own", act=_evidence),
    "inspect": View(path="?tab=inspect&run=finished", act=_inspect),
    "probe": View(path="?tab=probe", act=_arrive),
    "bad-link": View(path="?tab=nowhere&preset=nope&saliency_bias=7&run=gone&color=red&seed=5", act=_arrive),
    "lesson": View(path="lesson"),
    "teach": View(path="teach"),
    "about": View(path="about"),
    "frame": View(path="frame.html?only=workbench&preset=incomplete"),
    "teacher": View(path="class", act=_teacher),
    "pupil": View(path="class", act=_pupil),
}
"""A class queues a training that times the computer, so its views come last."""


@contextmanager
def studio() -> Iterator[Studio]:
    """Serve the app over the fixture store and start a browser."""
    with TemporaryDirectory() as folder, ExitStack() as ends:
        runs, port, static = fill_store(Path(folder) / "runs"), free_port(), Path(folder) / "static"
        command = [sys.executable, "-m", "explorer", "site", "--out", str(static)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        (static / "frame.html").write_text(_FRAME, encoding="utf-8")
        server, url = _served(runs, port), f"http://127.0.0.1:{port}/"
        ends.callback(server.wait)
        ends.callback(server.terminate)
        playwright = ends.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        ends.callback(browser.close)
        yield Studio(browser=browser, url=url, static=f"{static.as_uri()}/")


_FRAME = """<!doctype html><title>A page of others</title><iframe title="framed" width="1200" height="820"></iframe>
<script>document.querySelector("iframe").src = "index.html" + location.search</script>"""


def _served(runs: Path, port: int) -> "subprocess.Popen[bytes]":
    """Start the app; again if it ends, as Gradio gives up where a busy computer takes seconds for the first page."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        command = [sys.executable, "-m", "tests.oracles.product", str(runs), str(port)]
        server = subprocess.Popen(command, cwd=ROOT)
        while server.poll() is None and time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20).close()
                return server
            except OSError:
                time.sleep(0.1)
        server.kill()
        server.wait()
    raise RuntimeError("the app did not answer")


def shown(page: Page) -> str:
    """Return visible text and accessibility tree of a page and its frames, without what differs between computers."""
    parts = []
    for frame in page.frames:
        frame.evaluate(_WITHOUT_TICKS)
        body = frame.locator("body")
        parts += [body.inner_text(), body.aria_snapshot()]
    text = "\n\n---\n\n".join(parts)
    text = re.sub(r"(?<=/url: ).*", _place, text)
    for pattern, placeholder in VARIES:
        text = pattern.sub(placeholder, text)
    room = page.evaluate("document.querySelector('#class-room')?.textContent")
    return "\n".join(line.rstrip() for line in (text.replace(room, "ROOM") if room else text).splitlines()) + "\n"


def _place(link: re.Match[str]) -> str:
    path, mark, query = link[0].strip('"').partition("?")
    return path + mark + urlencode([(name, value) for name, value in sorted(parse_qsl(query)) if name in PLACE])


def settled(pages: Mapping[str, Page], wanted: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what pages show, by their names: each once it is what is wanted, or has not changed for a while."""
    found, last, since = dict[str, str](), dict.fromkeys(pages, ""), dict.fromkeys(pages, time.monotonic())
    while len(found) < len(pages):
        for name, page in pages.items():
            now = shown(page) if name not in found else ""
            if now and now != last[name]:
                last[name], since[name] = now, time.monotonic()
            is_wanted = wanted is not None and is_same(last[name], wanted[name])
            if is_wanted or time.monotonic() - since[name] > (QUIET_S if wanted is None else LATE_S):
                found[name] = last[name]
        page.wait_for_timeout(200)
    return {name: found[name] for name in pages}


def is_same(one: str, other: str) -> bool:
    """Return True for texts that are equal up to one unit in the last place of each decimal fraction."""
    if NUMBER.sub(_places, one) != NUMBER.sub(_places, other):
        return False
    pairs = zip(NUMBER.finditer(one), NUMBER.finditer(other), strict=True)
    return all(abs(float(a[0]) - float(b[0])) < 1.5 * 10.0 ** -len(a[1]) for a, b in pairs)


def _places(number: re.Match[str]) -> str:
    return f"N.{len(number[1])}"


def recorded(name: str) -> dict[str, str]:
    """Return what was recorded of a view, by look: that of light where a look has no file."""
    found = {}
    for look in LOOKS:
        own = PAGES / f"{name}.{look}.txt"
        found[look] = (own if own.exists() else PAGES / f"{name}.txt").read_text(encoding="utf-8")
    return found


def looks_of(opened: Studio, name: str, wanted: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what a view shows in each look, once it is settled."""
    pages = {look: opened.open(VIEWS[name], look) for look in LOOKS}
    for page in pages.values():
        VIEWS[name].act(page)
    found = settled(pages, wanted)
    for page in pages.values():
        page.context.close()
    return found


def record(opened: Studio) -> None:
    """Write what every view shows."""
    PAGES.mkdir(exist_ok=True)
    for old in PAGES.glob("*.txt"):
        old.unlink()
    for name in VIEWS:
        found = looks_of(opened, name)
        (PAGES / f"{name}.txt").write_text(found["light"], encoding="utf-8")
        for look in LOOKS[1:]:
            if not is_same(found[look], found["light"]):
                (PAGES / f"{name}.{look}.txt").write_text(found[look], encoding="utf-8")


def take_pictures(opened: Studio, out: Path) -> None:
    """Write a screenshot of every view in four widths, light and dark."""
    out.mkdir(parents=True, exist_ok=True)
    for name, view in VIEWS.items():
        kinds = [(f"{width}-{theme}", theme, width) for width in (1280, 1920, 768, 390) for theme in LOOKS[:2]]
        pages = {kind: opened.open(view, theme, width) for kind, theme, width in kinds}
        for page in pages.values():
            view.act(page)
        settled(pages)
        for kind, page in pages.items():
            page.screenshot(path=out / f"{name}-{kind}.png", full_page=True)
            page.context.close()
