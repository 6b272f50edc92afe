"""`latency`: how long a person waits, in a real browser, with an idle machine and while a run trains.

- slider to drawn preview: from the `input` event of a slider to the frame after the scenes have changed;
- first paint of the page, and from the start of the process to the first byte of it;
- from Start to the record of the first step: with a spare worker that has its imports done, and without;
- resident memory of the web process, of a worker that trains and of the spare.

Every move of a slider is to a value that the server has not drawn yet. Without a Chromium the first two are null.
"""

from itertools import islice
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page

from explorer.runs.store import RunFolder
from explorer.spec.presets import preset
from explorer.spec.run_spec import RunSpec
from tests.benchmarks.machine import memory_mb, percentile
from tests.benchmarks.models_here import with_train
from tests.benchmarks.rows import show
from tests.benchmarks.server import (
    App,
    app_server,
    browser,
    lines_as_they_come,
    open_page,
    query,
    wait_for_spare,
    workers,
)

KEYS = (
    "idle_p50_ms", "idle_p95_ms", "training_p50_ms", "training_p95_ms", "first_paint_ms", "first_byte_s",
    "first_step_warm_s", "first_step_cold_s", "memory_mb",
)  # fmt: skip
DIAL = "saliency_bias"
ENDLESS = 1_000_000
MOVE = """async ([dial, values]) => {
  const waits = [], scenes = document.querySelector('[data-part=samples]');
  const slider = document.querySelector(`#wb-${dial}`);
  for (const value of values) {
    const start = performance.now();
    const drawn = new Promise(done => {
      const watch = new MutationObserver(() => {
        watch.disconnect();
        requestAnimationFrame(() => done(performance.now() - start));
      });
      watch.observe(scenes, {subtree: true, childList: true, characterData: true, attributes: true});
    });
    slider.value = value;
    slider.dispatchEvent(new Event('input', {bubbles: true}));
    waits.push(await Promise.race([drawn, new Promise(done => setTimeout(() => done(null), 5000))]));
    await new Promise(done => setTimeout(done, 200));
  }
  return waits;
}"""
PAINT = "performance.getEntriesByName('first-contentful-paint').map(entry => entry.startTime)[0] ?? null"


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    moves = 3 if quick else 20
    figures: dict[str, Any] = {}
    with app_server() as app, browser() as chromium:
        spare = wait_for_spare(app)
        figures["first_byte_s"] = app.first_byte_s
        figures |= _first_paint(chromium, app) | _moves("idle", chromium, app, moves, seed=1)
        memory = {"web process": memory_mb(app.pid), "spare": memory_mb(spare.pid)}
        folder, figures["first_step_warm_s"] = first_step(app)
        figures |= _moves("training", chromium, app, moves, seed=2)
        memory["worker"] = memory_mb(spare.pid)
        folder.request_stop()
        figures["memory_mb"] = memory | {"processes": float(1 + len(workers(app)))}
    with app_server(EXPLORER_SPARE="0") as app:
        figures["first_step_cold_s"] = first_step(app)[1]
    show("latency", figures)
    return figures


def _first_paint(chromium: Browser | None, app: App) -> dict[str, Any]:
    if chromium is None:
        return {"first_paint_ms": None}
    return {"first_paint_ms": median(open_page(chromium, app.url).evaluate(PAINT) for _ in range(3))}


def _moves(name: str, chromium: Browser | None, app: App, moves: int, *, seed: int) -> dict[str, Any]:
    """p50 and p95 of a slider to its scenes, and how many moves were never answered."""
    waits: list[float | None] = []
    if chromium is not None:
        page = open_page(chromium, app.url + query({"preset": "web-like", "objects_in_image": 3, "seed": seed}))
        waits = _waits(page, moves)
    known = [wait for wait in waits if wait is not None]
    figures = {f"{name}_p50_ms": percentile(known, 0.5) if known else None}
    return figures | {f"{name}_p95_ms": percentile(known, 0.95) if known else None, f"{name}_n": len(known)}


def _waits(page: Page, moves: int) -> list[float | None]:
    """Milliseconds of each move, each to a value that was not there before."""
    page.wait_for_timeout(1000)
    values = [round(0.05 * step, 2) for step in range(moves)]
    found: list[float | None] = page.evaluate(MOVE, [DIAL, values])
    page.context.close()
    return found


def first_step(app: App) -> tuple[RunFolder, float]:
    """A run that goes on and on, and the seconds from its order to the record of its first step."""
    folder = app.store.create(endless())
    for at, _ in islice(lines_as_they_come(folder, 300), 1):
        return folder, at - float(folder.status().created)
    raise RuntimeError(f"the run made no step: {folder.status()}")


def endless() -> RunSpec:
    """The first preset, with steps for days."""
    return with_train(preset("binding-friendly").spec, steps=ENDLESS)
