"""`page`: what a visit to the Workbench costs, on a desk and on an emulated phone, and what the server needs for it.

The phone is 390 pixels wide, with a fourth of this CPU, 1.6 Mbit/s and 150 ms to the server. Of both, medians of visits
with an empty cache:

- first paint, and the first sample of the data in its place, in milliseconds from the address;
- blocking: what tasks of the page's thread take beyond 50 ms each, from the first paint until `SETTLE_MS` after the
  samples: Lighthouse's total blocking time, where of a task that began before the paint the part behind it counts;
- layout shift;
- on the desk: from a moved dial to its samples and the requests of all moves, heap and nodes of the page.

Of the server: seconds of the CPU from its start to its first answer, memory at rest, seconds from SIGTERM to its end.
Figures beyond those of `tests/budget.toml` are told in `over`. Without a Chromium those of the page are null.
"""

import time
import tomllib
from statistics import median
from typing import Any
from urllib.parse import urlencode

import psutil
from playwright.sync_api import Browser, Page

from tests.benchmarks.machine import ROOT, memory_mb, percentiles, show_rows
from tests.benchmarks.server import Server, app_server, browser, wait_for_spare

WHERE = ("desk", "phone")
OF_A_VISIT = ("first_paint_ms", "samples_ms", "blocking_ms", "layout_shift")
KEYS = (*WHERE, "start_cpu_s", "rest_mb", "end_s", "over", "load")
VISITS, MOVES, SETTLE_MS, REST_S = 5, 40, 1500, 5.0
LONG_MS = 50
CPU_SHARE, LATENCY_MS, BYTES_PER_S = 4, 150, 1_600_000 / 8
DIAL, STEP, PLACES = "saliency_bias", 0.05, 20
DIALED = {"preset": "web-like", "objects_in_image": 3}
"""Of these the dial changes which objects captions leave out."""
WATCH = """
window.seen = { paint: null, samples: null, tasks: [], shift: 0 };
const observer = (take) => new PerformanceObserver((list) => list.getEntries().forEach(take));
const watch = (type, take) => observer(take).observe({ type, buffered: true });
watch("paint", ({ name, startTime }) => { if (name === "first-contentful-paint") seen.paint = startTime; });
watch("longtask", ({ startTime, duration }) => seen.tasks.push([startTime, startTime + duration]));
watch("layout-shift", ({ value, hadRecentInput }) => { if (!hadRecentInput) seen.shift += value; });
requestAnimationFrame(function look() {
  if (!document.querySelector(".wb-card img")?.complete) return requestAnimationFrame(look);
  seen.samples = performance.now();
  setTimeout(() => console.debug("settled"), SETTLE_MS);
});
""".replace("SETTLE_MS", str(SETTLE_MS))
"""It says itself when it is over: to wait for an element, Playwright compiles 330 kB in the page's thread."""
MOVE = """async ([dial, values]) => {
  const waits = [], slider = document.querySelector(`#wb-${dial}`);
  const said = document.querySelector(`[data-row=${dial}] [data-value]`);
  for (const value of values) {
    const start = performance.now();
    const drawn = new Promise((done) => {
      const watch = new MutationObserver(() => {
        watch.disconnect();
        requestAnimationFrame(() => done(performance.now() - start));
      });
      watch.observe(said, { subtree: true, childList: true, characterData: true });
    });
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    waits.push(await Promise.race([drawn, new Promise((done) => setTimeout(() => done(null), 5000))]));
    await new Promise((done) => setTimeout(done, 150));
  }
  return waits;
}"""
"""The words of a dial are written with the answer to its move, in one drawing with the samples."""


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    visits, moves = (1, 5) if quick else (VISITS, MOVES)
    figures: dict[str, Any] = dict.fromkeys(WHERE) | {"load": psutil.getloadavg()[0]}
    with app_server() as app:
        figures["start_cpu_s"] = sum(psutil.Process(app.process.pid).cpu_times()[:2])
        wait_for_spare(app)
        time.sleep(REST_S)
        figures["rest_mb"] = memory_mb(app.process.pid)
        with browser() as chromium:
            if chromium is not None:
                for where in WHERE:
                    visit_figures = [_visit(chromium, app, where) for _ in range(visits)]
                    figures[where] = {name: median(each[name] for each in visit_figures) for name in OF_A_VISIT}
                figures["desk"] |= _dials(chromium, app, moves)
        stopped = time.perf_counter()
        app.process.terminate()
        app.process.wait(30)
        figures["end_s"] = time.perf_counter() - stopped
    figures["over"] = figures_over_budget(figures)
    for where in WHERE:
        show_rows(where, figures[where] or {})
    show_rows("server", {name: figures[name] for name in ("start_cpu_s", "rest_mb", "end_s", "over", "load")})
    return figures


def figures_over_budget(figures: dict[str, Any]) -> list[str]:
    """Return the figures that are beyond the budget, as "phone.samples_ms 3100 > 2800"."""
    budget = tomllib.loads((ROOT / "tests" / "budget.toml").read_text(encoding="utf-8"))
    measured = {where: figures[where] or {} for where in WHERE} | {"server": figures}
    return [
        f"{part}.{name} {values[name]:.3g} > {most}"
        for part, values in measured.items()
        for name, most in budget[part].items()
        if values.get(name) is not None and values[name] > most
    ]


def _open(chromium: Browser, where: str, script: str = "") -> Page:
    """A visitor of its own: nothing is in its cache."""
    width, height = (1280, 800) if where == "desk" else (390, 844)
    page = chromium.new_context(viewport={"width": width, "height": height}).new_page()
    page.set_default_timeout(120_000)
    page.add_init_script(script)
    return page


def _visit(chromium: Browser, app: Server, where: str) -> dict[str, float]:
    page = _open(chromium, where, WATCH)
    if where == "phone":
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SHARE})
        session.send("Network.enable")
        limits = {"latency": LATENCY_MS, "downloadThroughput": BYTES_PER_S, "uploadThroughput": BYTES_PER_S}
        session.send("Network.emulateNetworkConditions", {"offline": False, **limits})
    with page.expect_console_message(lambda message: message.text == "settled"):
        page.goto(app.url)
    seen = page.evaluate("window.seen")
    page.context.close()
    blocking = sum(max(0.0, end - max(start, seen["paint"]) - LONG_MS) for start, end in seen["tasks"])
    return dict(zip(OF_A_VISIT, (seen["paint"], seen["samples"], blocking, seen["shift"]), strict=True))


def _dials(chromium: Browser, app: Server, moves: int) -> dict[str, Any]:
    """Move a dial again and again, each time to another place, once the page is quiet."""
    page = _open(chromium, "desk")
    page.goto(f"{app.url}?{urlencode(DIALED)}")
    page.locator(".wb-card img").first.wait_for(state="attached")
    page.mouse.move(40, 40)  # what trains in the tab comes now, and not with the first move
    page.locator("#train-place [data-place=tab] span").filter(has_not_text="a moment").wait_for()
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    values = [round(STEP * (place % PLACES), 2) for place in range(1, moves + 1)]
    waits = [wait for wait in page.evaluate(MOVE, [DIAL, values]) if wait is not None]
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    nodes = page.evaluate("document.getElementsByTagName('*').length")
    page.context.close()
    requests = len([url for url in asked if not url.startswith(("data:", "blob:"))])
    return percentiles("dial", waits) | {"dial_requests": requests, "heap_mb": heap, "nodes": nodes}
