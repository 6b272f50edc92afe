"""`soak`: half an hour of a public server: runs, jobs, a class and probes, the second half beside a hostile client.

Everybody has an address of its own, as behind a proxy, and waits between questions as people do. Told are:

- errors: answers other than 200, broken connections, runs that did not finish, and lines of a traceback in the log;
- p95 of a kind of question in the quiet half, after a tenth of the time, and in the hostile one, and their ratio;
- memory of the web process: after a tenth of the time, at the end, and the slope of the line through all of it.

The hostile client holds silent sockets, sends bodies of 90 MB and of no end, asks what nobody may, and floods a route.
"""

import http.client
import random
import socket
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np

from explorer.api import scenes
from tests.benchmarks.machine import memory_mb, percentile, show
from tests.benchmarks.server import App, Person, Refusal, app_server

KEYS = ("minutes", "asked", "errors", "p95_ms", "ratio", "memory_mb", "mb_per_hour", "runs_finished")
MINUTES, QUICK_MINUTES = 30.0, 2.0
PUPILS, SILENT, MOST_TOLD = 12, 200, 5
SAMPLE_S, PAUSE_S, RUN_S = 5.0, 1.0, 240.0
LARGE = 90_000_000
CAPTIONS = ["a red bus and a blue car", "a blue bus and a red car"]
LONG_JSON = b'{"data": ["things-bound", ["'


@dataclass
class Log:
    """What everybody met: seconds by half and kind of question, and errors."""

    half: str = "warming up"
    waits: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    runs: int = 0


@dataclass
class Visitor(Person):
    """Somebody whose waits and errors go to the log."""

    log: Log = field(default_factory=Log)

    def met(self, kind: str, method: str, path: str, body: Any = None) -> Any:
        """Return the answer, None after an error; without a kind its time is no figure."""
        start = time.perf_counter()
        try:
            found = self.ask(method, path, body)
        except (OSError, http.client.HTTPException, Refusal) as error:
            self.log.errors[f"{kind}: {type(error).__name__} {error}"] += 1
            return None
        if kind:
            self.log.waits[self.log.half, kind].append(time.perf_counter() - start)
        return found

    def job(self, name: str, values: dict[str, Any]) -> None:
        """Ask a job and read its events to the last."""
        start = time.perf_counter()
        asked = self.met("", "POST", f"gradio_api/call/v2/{name}", values)
        events = self.met("", "GET", f"gradio_api/call/v2/{name}/{asked['event_id']}") if asked else ""
        if asked and "event: complete" not in str(events):
            self.log.errors[f"{name}: {str(events)[-80:]}"] += 1
        self.log.waits[self.log.half, name].append(time.perf_counter() - start)


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    minutes = QUICK_MINUTES if quick else MINUTES
    log, memory = Log(), []
    with app_server(EXPLORER_PUBLIC="1", EXPLORER_FORWARDED="1", EXPLORER_RUNS_PER_HOUR="10000") as app:
        begin, ended = time.monotonic(), threading.Event()
        picture = scenes("web-like", {}, count=1, seed=0, size=64)[0]["image"]
        lives: list[Callable[[], None]] = [
            partial(_visit, Visitor(app.url, "9.9.0.1", log=log)),
            partial(_probe, Visitor(app.url, "9.9.0.2", log=log), picture),
            partial(_train, Visitor(app.url, "9.9.0.3", "1" * 32, log=log)),
            *_class(app, log),
        ]
        people = [_forever(ended, each) for each in lives]
        while (passed := time.monotonic() - begin) < 60 * minutes:
            if passed > 6 * minutes and log.half == "warming up":
                log.half = "quiet"
            if passed > 30 * minutes and log.half == "quiet":
                log.half = "hostile"
                people += [_forever(ended, partial(attack, app)) for attack in (_silent, _large, _nosy)]
            memory.append((passed, memory_mb(app.pid)))
            said = f"{passed / 60:.1f} min, {memory[-1][1]:.0f} MB, {sum(log.errors.values())} errors"
            print(f"soak: {said}", file=sys.stderr, flush=True)
            time.sleep(SAMPLE_S)
        ended.set()
        for thread in people:
            thread.join(RUN_S)
        if tracebacks := app.log.read_text(errors="replace").count("Traceback"):
            log.errors["tracebacks in the log"] += tracebacks
    figures = figures_of(log, memory, minutes)
    show("soak", figures)
    for error, times in log.errors.most_common(MOST_TOLD):
        print(f"  error: {times} x {error}")
    return figures


def figures_of(log: Log, memory: list[tuple[float, float]], minutes: float) -> dict[str, Any]:
    """Percentiles by kind, their ratios between the halves, and the line through memory after a tenth of the time."""
    kinds = sorted({kind for _, kind in log.waits})
    halves = ("quiet", "hostile")
    p95 = {
        kind: [1000 * percentile(log.waits[half, kind], 0.95) for half in halves]
        for kind in kinds
        if all(log.waits[half, kind] for half in halves)
    }
    kept = np.array(memory[len(memory) // 10 :])
    return {
        "minutes": minutes,
        "asked": sum(map(len, log.waits.values())),
        "errors": sum(log.errors.values()),
        "p95_ms": p95,
        "ratio": {kind: after / before for kind, (before, after) in p95.items()},
        "memory_mb": [float(kept[0, 1]), float(kept[-1, 1])],
        "mb_per_hour": float(3600 * np.polyfit(kept[:, 0], kept[:, 1], 1)[0]),
        "runs_finished": log.runs,
    }


def _forever(ended: threading.Event, once: Callable[[], None]) -> threading.Thread:
    def live() -> None:
        while not ended.wait(PAUSE_S):
            once()

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    return thread


def _visit(person: Visitor) -> None:
    """What a page asks: itself, its catalog, the runs, a plan, the evidence."""
    for path in ("", "v/catalog.json", "v/runs.json", "v/plan.json?preset=web-like", "v/line.json"):
        person.met("view", "GET", path)


def _probe(person: Visitor, picture: str) -> None:
    """A caption and its swaps, then a picture asked of a shipped model."""
    person.met("swaps", "GET", f"v/swaps.json?{urlencode({'caption': CAPTIONS[0]})}")
    person.job("score", {"model": "things-bound", "images": [picture], "captions": CAPTIONS})
    time.sleep(3 * PAUSE_S)


def _train(person: Visitor) -> None:
    """Train a short run, watch it to its end, and delete it."""
    dials = {"preset": "binding-friendly", "overrides": {"batch_size": 32}, "steps": 12}
    started = person.met("train", "POST", "a/train", dials)
    last = time.monotonic() + RUN_S
    while started and time.monotonic() < last:
        found = person.met("run", "GET", f"v/run.json?{urlencode({'name': started['run']})}")
        if found and found["run"]["status"] not in ("queued", "running", "stopping"):
            person.log.runs += found["run"]["status"] == "finished"
            person.met("delete", "POST", "a/delete", {"run": started["run"]})
            return
        time.sleep(PAUSE_S)
    person.log.errors["a run did not end"] += 1


def _class(app: App, log: Log) -> list[Callable[[], None]]:
    """A teacher who goes on and back, and pupils who hold their poll."""
    teacher, stops = Visitor(app.url, "9.9.1.0", log=log), cycle((1, 2, 3, 2))
    opened = teacher.ask("POST", "a/open_room", {})
    teacher.key, room = opened["key"], opened["room"]

    def teach() -> None:
        teacher.met("steer", "POST", "a/steer", {"code": room, "stop": next(stops)})
        time.sleep(4 * PAUSE_S)

    def pupil(person: Visitor, seen: list[str]) -> None:
        # Held until something changes, so its time is no figure.
        found = person.met("", "GET", f"v/room.json?{urlencode({'code': room, 'since': seen[0]})}")
        seen[0] = found["tag"] if found else ""

    lives: list[Callable[[], None]] = [teach]
    for number in range(PUPILS):
        person = Visitor(app.url, f"9.9.2.{number}", log=log)
        person.key = person.ask("POST", "a/join", {"code": room, "nickname": f"pupil {number}"})["token"]
        lives.append(partial(pupil, person, [""]))
    return lives


# ---- The hostile client


def _connect(app: App) -> socket.socket:
    where = urlsplit(app.url)
    return socket.create_connection((where.hostname or "", where.port or 0), timeout=10)


_HELD: list[socket.socket] = []


def _silent(app: App) -> None:
    for _ in range(SILENT // 10):
        with suppress(OSError):
            _HELD.append(_connect(app))
            _HELD[-1].send(b"GET / HTTP/1.1\r\n")
    while len(_HELD) > SILENT:
        _HELD.pop(0).close()


def _large(app: App) -> None:
    """A large question that is no picture; every second one states no length and ends in the middle."""
    somebody = f"8.8.{random.randrange(256)}.{random.randrange(1, 255)}"
    size = f"Content-Length: {LARGE}" if random.random() < 0.5 else "Transfer-Encoding: chunked"
    head = f"POST /gradio_api/call/v2/score HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {somebody}\r\n"
    with suppress(OSError), _connect(app) as tied:
        tied.sendall(f"{head}Content-Type: application/json\r\n{size}\r\n\r\n".encode() + LONG_JSON)
        for _ in range(LARGE // 1_000_000):
            tied.sendall(b"A" * 1_000_000)


def _nosy(app: App) -> None:
    person = Person(app.url, "8.8.4.4")
    paths = ("gradio_api/file=/etc/passwd", "v/run.json?name=../../etc", "v/swaps.json?caption=" + "a" * 4000, "v/x")
    for path in (*paths, *["v/catalog.json"] * 150):
        with suppress(OSError, http.client.HTTPException, Refusal):
            person.ask("GET", path)
