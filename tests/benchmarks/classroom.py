"""`class`: thirty browsers on one server for three minutes, as a lesson has them.

Each opens the page, moves a dial every few seconds to a value that the server has mostly not drawn yet, starts one run
in the first half minute and follows it once a second, as the page does. The server has the limits of a network
(EXPLORER_PUBLIC=1), so that what is measured is what a class gets.

- page, dial, tick and start: seconds from an event to all of its answer, p50 and p95 of thirty or more, with their
  number; no drawing in a browser;
- errors: answers that were none, and sentences of refusal;
- the queue: whether each waiting run said its place and its time, and whether runs began in the order of asking.
"""

import random
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import psutil

from explorer.runs.store import RunStore
from tests.benchmarks.machine import percentiles
from tests.benchmarks.rows import show
from tests.benchmarks.server import App, app_server, wait_for_spare
from tests.benchmarks.visitor import Fault, Visitor, config

KEYS = ("visitors", "dial_p50_ms", "dial_p95_ms", "tick_p95_ms", "start_p95_ms", "page_p95_ms", "errors")
VISITORS, SECONDS = 30, 180.0
QUICK_VISITORS, QUICK_SECONDS = 3, 6.0
STEPS, BATCH = 20, 64
"""Of each run: a minute's worth of them would be one run a lesson, and the queue is what is looked at."""
DIALS = {
    "objects_in_image": [2, 3, 4],
    "attribute_density": [0.25, 0.5, 0.75, 1.0],
    "caption_completeness": [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0],
    "saliency_bias": [round(0.05 * step, 2) for step in range(21)],
}
PAUSE_S = (2.0, 6.0)
"""Between two moves of a person."""
TICK_S = 1.0
ENDED = ("finished", "stopped", "failed", "interrupted")


@dataclass
class Diary:
    """Answers and times that one visitor met."""

    waits: dict[str, list[float]] = field(default_factory=lambda: {"page": [], "dial": [], "tick": [], "start": []})
    errors: list[str] = field(default_factory=list)
    waited: int = 0
    told: int = 0
    status: str = ""


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    count, seconds = (QUICK_VISITORS, QUICK_SECONDS) if quick else (VISITORS, SECONDS)
    with app_server(EXPLORER_PUBLIC="1") as app:
        if not quick:
            wait_for_spare(app, patience_s=300)
        before = _used_s(app)
        diaries = lesson(app, count, seconds)
        figures = summary(diaries, seconds) | queue_order(app.store)
        # What the page's own process asked of the machine, whatever else was going on.
        figures["server_cores"] = (_used_s(app) - before) / seconds
    show("class", figures)
    show_errors(diaries)
    return figures


def show_errors(diaries: Sequence[Diary]) -> None:
    """The first five different errors that visitors met."""
    for each in sorted({error for diary in diaries for error in diary.errors})[:5]:
        print(f"  error: {each}")


def _used_s(app: App) -> float:
    """Seconds of the CPU that the web process has used."""
    return float(sum(psutil.Process(app.pid).cpu_times()[:2]))


def lesson(app: App, count: int, seconds: float, *, starts: bool = True) -> list[Diary]:
    """Everybody at once, until the time is over; without `starts` nobody trains."""
    diaries, known = [Diary() for _ in range(count)], config(app.url)
    end = time.monotonic() + seconds
    people = [
        threading.Thread(
            target=_attend, args=(Visitor(app.url, known, session=f"pupil{number}"), diary, number, end, starts)
        )
        for number, diary in enumerate(diaries)
    ]
    for person in people:
        person.start()
    for person in people:
        person.join(seconds + 120)
    return diaries


def _attend(visitor: Visitor, diary: Diary, number: int, end: float, starts: bool) -> None:
    """One visitor's lesson."""
    rng = random.Random(number)
    begin = time.monotonic()
    left = end - begin
    move_at, start_at, tick_at = begin + rng.uniform(0, 2), begin + rng.uniform(0.1, 0.17) * left, end
    start_at = start_at if starts else end
    try:
        diary.waits["page"].append(visitor.open())
        while (now := time.monotonic()) < end:
            if now >= start_at:
                is_begun = _start(visitor, diary)
                start_at, tick_at = end, time.monotonic() + TICK_S if is_begun else end
            elif now >= tick_at:
                tick_at = _tick(visitor, diary, end)
            elif now >= move_at:
                name = rng.choice(list(DIALS))
                diary.waits["dial"].append(visitor.dial(name, rng.choice(DIALS[name])))
                move_at = time.monotonic() + rng.uniform(*PAUSE_S)
            time.sleep(max(0.0, min(start_at, tick_at, move_at, end) - time.monotonic()))
    except (Fault, OSError, ValueError, KeyError) as error:
        diary.errors.append(f"{type(error).__name__}: {error}")
    finally:
        visitor.close()


def _start(visitor: Visitor, diary: Diary) -> bool:
    """Press Start, with a budget for a class; False if the server refused."""
    for name, value in (("steps", STEPS), ("batch_size", BATCH)):
        diary.waits["dial"].append(visitor.dial(name, value))
    diary.waits["start"].append(visitor.start())
    is_begun = bool(visitor.value("bench-training").get("run"))
    if not is_begun:
        said = re.findall(r"<li>(.*?)</li>", str(visitor.value("notes")))
        diary.errors.append("start: " + unescape(" ".join(said) or "no run"))
    return is_begun


def _tick(visitor: Visitor, diary: Diary, end: float) -> float:
    """One look at the run; when to look again."""
    diary.waits["tick"].append(visitor.look())
    run = visitor.value("bench-training")["run"] or {}
    diary.status = str(run.get("status", ""))
    if diary.status == "queued":
        diary.waited += 1
        diary.told += run["place"] is not None and run["eta_words"].startswith("starts ")
    return end if diary.status in ENDED else time.monotonic() + TICK_S


def summary(diaries: Sequence[Diary], seconds: float) -> dict[str, Any]:
    """Return the figures of all visitors together."""
    figures: dict[str, Any] = {"visitors": len(diaries), "seconds": seconds}
    for name in ("dial", "tick", "start", "page"):
        waits = [1000 * wait for diary in diaries for wait in diary.waits[name]]
        figures |= percentiles(name, waits)
    figures["errors"] = sum(len(diary.errors) for diary in diaries)
    figures["looks_while_waiting"] = sum(diary.waited for diary in diaries)
    figures["of_them_with_place_and_time"] = sum(diary.told for diary in diaries)
    return figures


def queue_order(store: RunStore) -> dict[str, Any]:
    """Return the numbers of runs, of those that began and ended, and of those that began before an earlier request."""
    statuses = [folder.status() for folder in store.all()]
    begun = sorted((record.queued or record.created, record.started) for record in statuses
                   if record.started)  # fmt: skip
    early = sum(later[1] < sooner[1] for sooner, later in zip(begun, begun[1:], strict=False))
    ended = sum(record.status == "finished" for record in statuses)
    return {"runs": len(statuses), "runs_begun": len(begun), "runs_finished": ended, "out_of_order": early}
