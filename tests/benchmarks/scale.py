"""`scale`: how the cost grows, with one thing changed at a time.

- a training step with the batch, with the objects in an image and with the size of the image; the same for its data;
- opening a list of 10 and of 1,000 runs: the store's list, the view of them for the first time and again, and the
  sheet of runs in a real browser from its address to its rows (null without a Chromium);
- opening a run of 100 and of 100,000 records: its status with all of them, and its three figures.
"""

import json
import shutil
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from explorer.presets import PRESETS, preset
from explorer.runs import store as stores
from explorer.runs.files import write_json
from explorer.runs.queue import describe
from explorer.runs.store import RunFolder, RunStore
from explorer.settings import LOCAL
from explorer.spec import RunSpec
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.benchmarks.machine import show, timed, use_worker_threads
from tests.benchmarks.models_here import make_pieces, with_data, with_train
from tests.benchmarks.server import app_server, browser

KEYS = ("step_s", "data_s", "runs", "records")
ESTIMATE = {"value": 0.91, "n": 1000, "low": 0.89, "high": 0.93, "chance": 0.5}
REPORT = {
    "status": "finished",
    "metrics": {"binding_accuracy": ESTIMATE, "recognition_accuracy": ESTIMATE},
    "forms": {"own": {"binding_accuracy": ESTIMATE}},
    "controls": {f"control {number}": {"canonical": ESTIMATE} for number in range(4)},
    "breakdown": [{"form": "own", "group": f"group {number}", **ESTIMATE} for number in range(60)],
}
"""As long as a real one, so that reading it costs as much."""

DRAWN = "() => document.querySelector('#runs')?.innerText.includes('finished')"
"""Rows that are seen: what a tab hides has no inner text."""
TALL = 2000
"""Pixels of the window, so that the table is in sight without scrolling."""


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    use_worker_threads()
    figures = _steps(2 if quick else 8, quick)
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        figures["runs"] = {count: _list(Path(folder), count) for count in ((10,) if quick else (10, 1000))}
        figures["records"] = {count: _records(Path(folder), count) for count in ((100,) if quick else (100, 100_000))}
    for name in ("runs", "records"):
        for count, found in figures[name].items():
            show(f"{count} {name}", found)
    return figures


def _steps(repeats: int, quick: bool) -> dict[str, Any]:
    """Seconds of a step and of its data, by what was changed."""
    base = preset("binding-friendly").spec
    batches, objects, sizes = ((16, 32), (1, 2), (32,)) if quick else ((64, 256, 1024), (1, 2, 4), (32, 64, 128))
    middle = with_train(base, batch_size=batches[1])
    changed: dict[str, tuple[RunSpec, int | None]] = {
        **{f"batch {size}": (with_train(base, batch_size=size), None) for size in batches},
        **{f"objects {count}": (with_data(middle, objects_in_image=count), None) for count in objects},
        **{f"pixels {size}": (middle, size) for size in sizes},
    }
    figures: dict[str, Any] = {"step_s": {}, "data_s": {}}
    for name, (spec, size) in changed.items():
        pieces = make_pieces(spec, image_size=size)
        batches_of, records = pieces.batches(), pieces.training().records()
        next(records)
        figures["step_s"][name] = median(next(records).seconds for _ in range(repeats))
        figures["data_s"][name] = median(timed(partial(batches_of.draw, 1), repeats))
    show("seconds of a step", figures["step_s"])
    show("seconds of its data", figures["data_s"])
    return figures


def _list(root: Path, count: int) -> dict[str, float | None]:
    """Milliseconds to open a list of runs; the caches are empty before the first, as in a fresh process."""
    store = make_runs(root / f"runs-{count}", count)
    here, newest, ask = Service.of(store, LOCAL), store.all()[0], entries()
    found: dict[str, float | None] = {}
    for name, repeats, work in (
        ("store_ms", 1, lambda: [folder.status() for folder in store.all()]),
        ("rows_ms", 1, lambda: ask["runs"].answer(here, {})),
        ("rows_again_ms", 5, lambda: ask["runs"].answer(here, {})),
        ("card_ms", 5, lambda: describe(store, newest)),
        ("plan_ms", 5, lambda: ask["plan"].answer(here, {"preset": "web-like"})),
    ):
        if repeats == 1:
            for reader in (stores._status_at, stores._spec_at):
                reader.forget()
        found[name] = _ms(work, repeats)
    return found | {"page_ms": _page(store)}


def _ms(work: Any, repeats: int) -> float:
    return 1000 * median(timed(work, repeats, warm_up=0 if repeats == 1 else 1))


def make_runs(root: Path, count: int) -> RunStore:
    """A store of runs that have finished, of all presets in turn."""
    store, presets = RunStore(root), list(PRESETS.values())
    for number in range(count):
        folder = store.create(presets[number % len(presets)].spec)
        steps = folder.status().steps
        folder.set_status(status="finished", step=steps, finished=1.0, rate=700.0, step_s=0.4, tail_s=9.0)
        write_json(folder.path / "report.json", REPORT)
    return store


def _page(store: RunStore) -> float | None:
    """Milliseconds from the address of the page to the sheet of runs with its rows, in an app that just started."""
    with browser() as chromium:
        if chromium is None:
            return None
        with app_server() as app:
            shutil.copytree(store.root, app.store.root, dirs_exist_ok=True)
            page = chromium.new_context(viewport={"width": 1280, "height": TALL}).new_page()
            page.set_default_timeout(120_000)
            start = time.perf_counter()
            page.goto(app.url)
            page.locator("[data-act=runs]").click()
            page.wait_for_function(DRAWN)
            return 1000 * (time.perf_counter() - start)


def _records(root: Path, count: int) -> dict[str, float]:
    """Milliseconds to open a run with that many records."""
    store = RunStore(root / f"records-{count}")
    folder = store.create(with_train(preset("binding-friendly").spec, steps=count))
    _write_records(folder, count)
    folder.set_status(status="stopped", step=count)
    here = Service.of(store, LOCAL)

    def figures() -> object:
        return entries()["compare"].answer(here, {"names": [folder.run], "figures": True})

    return {
        "all_ms": _ms(lambda: list(folder.records()), 1),
        "last_ms": _ms(lambda: list(folder.records(since_step=count - 1)), 1),
        "figures_ms": _ms(figures, 1),
        "figures_again_ms": _ms(figures, 1),
    }


def _write_records(folder: RunFolder, count: int) -> None:
    """As a worker writes them, an evaluation at every hundredth step."""
    share = {"binding_accuracy": ESTIMATE, "recognition_accuracy": ESTIMATE}
    line = {"loss": 3.21, "chance_loss": 5.545, "learning_rate": 0.002, "logit_scale": 30.0, "gradient_norm": 1.1}
    rates = {"hard_negatives": 0.0, "duplicate_captions": 0.1, "false_negatives": 0.001}
    with (folder.path / "metrics.jsonl").open("w") as file:
        for step in range(1, count + 1):
            extra = {"evaluation": {"canonical": share, "own": share}} if step % 100 == 0 else {}
            file.write(
                json.dumps({"step": step, **line, "seconds": 0.4, "rates": rates, **extra, "elapsed_s": 0.4 * step})
                + "\n"
            )
