"""`latency`: how long a person waits, in a real browser, with an idle machine and while a run trains.

- slider to drawn preview: from the `input` event of a slider to the frame after the scenes of its value are there;
- first paint of the page, and from the start of the process to the first byte of it;
- from Start to the record of the first step: with a spare worker that has its imports done, and without;
- resident memory of the web process, of a worker that trains and of the spare.

Every move of a slider is to a value that the server has not drawn yet. A percentile is of at least thirty moves, whose
number stands beside it; it is null where the time of a part was over before. Without a Chromium the first two are null.
"""

import time
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import Any

from playwright.sync_api import Browser

from explorer.presets import preset
from explorer.runs.store import RunFolder
from explorer.spec import RunSpec
from tests.benchmarks.machine import memory_mb, percentiles
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
    "idle_p50_ms", "idle_p95_ms", "idle_n", "training_p50_ms", "training_p95_ms", "training_n", "first_paint_ms",
    "first_byte_s", "first_step_warm_s", "first_step_cold_s", "memory_mb",
)  # fmt: skip
DIAL, STEP = "saliency_bias", 0.05
"""A slider, and the distance of two places on it."""
PLACES = 21
ENDLESS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Moves:
    """A number of moves, the pause after each, and the seconds after which no further one begins."""

    count: int
    pause_ms: int
    longest_s: float


MOVES = Moves(count=60, pause_ms=200, longest_s=90)
QUICK_MOVES = Moves(count=30, pause_ms=20, longest_s=30)
MOVE = """async ([dial, values, pause, until]) => {
  const waits = [], slider = document.querySelector(`#wb-${dial}`);
  // Written with each answer, just before the scenes, which stay as they are where the move changes none of the three.
  const answered = document.querySelector(`[data-row=${dial}] [data-value]`);
  for (const value of values) {
    if (Date.now() > until) break;
    const start = performance.now();
    const drawn = new Promise(done => {
      const watch = new MutationObserver(() => {
        watch.disconnect();
        requestAnimationFrame(() => done(performance.now() - start));
      });
      watch.observe(answered, {subtree: true, childList: true, characterData: true});
    });
    slider.value = value;
    slider.dispatchEvent(new Event('input', {bubbles: true}));
    waits.push(await Promise.race([drawn, new Promise(done => setTimeout(() => done(null), 5000))]));
    await new Promise(done => setTimeout(done, pause));
  }
  return waits;
}"""
PAINT = "performance.getEntriesByName('first-contentful-paint').map(entry => entry.startTime)[0] ?? null"


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    moves = QUICK_MOVES if quick else MOVES
    figures: dict[str, Any] = {}
    with app_server() as app, browser() as chromium:
        spare = wait_for_spare(app)
        figures["first_byte_s"] = app.first_byte_s
        figures |= _first_paint(chromium, app) | _moves("idle", chromium, app, moves)
        memory = {"web process": memory_mb(app.pid), "spare": memory_mb(spare.pid)}
        folder, figures["first_step_warm_s"] = first_step(app)
        figures |= _moves("training", chromium, app, moves)
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


def _moves(name: str, chromium: Browser | None, app: App, moves: Moves) -> dict[str, Any]:
    """p50 and p95 of a slider to its scenes, and the number of moves that were answered."""
    until, waits = time.time() + moves.longest_s, list[float]()
    first = {"idle": 0, "training": moves.count}[name]
    while chromium is not None and len(waits) < moves.count and time.time() < until:
        # All places of the slider once, in scenes of a seed that no other page had.
        found = _waits(chromium, app, moves, seed=first + len(waits) + 1, count=moves.count - len(waits), until=until)
        waits += [wait for wait in found if wait is not None]
    return percentiles(name, waits)


def _waits(chromium: Browser, app: App, moves: Moves, *, seed: int, count: int, until: float) -> list[float | None]:
    """Milliseconds of each move, None for one that was not answered in five seconds."""
    page = open_page(chromium, app.url + query({"preset": "web-like", "objects_in_image": 3, "seed": seed}))
    page.wait_for_timeout(1000)
    values = [round(STEP * place, 2) for place in range(min(count, PLACES - 1))]
    found: list[float | None] = page.evaluate(MOVE, [DIAL, values, moves.pause_ms, 1000 * until])
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
