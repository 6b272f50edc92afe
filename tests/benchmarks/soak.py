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
from tests.benchmarks.machine import memory_mb, percentile, show_rows
from tests.benchmarks.server import Person, Refusal, Server, app_server

KEYS = ("minutes", "asked", "errors", "p95_ms", "ratio", "memory_mb", "mb_per_hour", "runs_finished")
MINUTES, QUICK_MINUTES = 30.0, 2.0
PUPILS, SILENT, MAX_TOLD = 12, 200, 5
SAMPLE_S, PAUSE_S, RUN_S = 5.0, 1.0, 240.0
LARGE = 90_000_000
CAPTIONS = ["a red bus and a blue car", "a blue bus and a red car"]
NOT_TIMED = ("poll", "job")
"""A poll is held until something changes, and a job is timed as a whole."""
Waits = defaultdict[str, list[float]]


@dataclass
class Soak:
    """A server, the half that it is in, and what everybody met: seconds by half and kind of question, and errors."""

    app: Server
    half: str = "warming up"
    waits: dict[str, Waits] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    errors: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def person(self, address: str, key: str = "") -> Person:
        """Somebody whose waits of this half and errors are kept here."""
        return Person(self.app.url, address, key, self.waits[self.half], self.errors)

    def forever(self, once: Callable[[], None]) -> threading.Thread:
        """Do something again and again until the end."""

        def live() -> None:
            while not self.ended.wait(PAUSE_S):
                once()

        thread = threading.Thread(target=live, daemon=True)
        thread.start()
        return thread

    def visit(self) -> None:
        """What a page asks: itself, its catalog, the runs, a plan, the evidence."""
        for path in ("", "v/catalog.json", "v/runs.json", "v/plan.json?preset=web-like", "v/line.json"):
            self.person("9.9.0.1").met("view", "GET", path)

    def probe(self, picture: str) -> None:
        """A caption and its swaps, then a job: a picture of a shipped model, with its events to the last."""
        person, start = self.person("9.9.0.2"), time.perf_counter()
        person.met("swaps", "GET", f"v/swaps.json?{urlencode({'caption': CAPTIONS[0]})}")
        values = {"model": "things-bound", "images": [picture], "captions": CAPTIONS}
        asked = person.met("job", "POST", "gradio_api/call/v2/score", values)
        events = str(person.met("job", "GET", f"gradio_api/call/v2/score/{asked['event_id']}")) if asked else ""
        if "event: complete" not in events:
            self.errors[f"score: {events[-80:]}"] += 1
        person.waits["score"].append(time.perf_counter() - start)
        time.sleep(3 * PAUSE_S)

    def train(self) -> None:
        """Train a short run, watch it to its end, and delete it."""
        address, key = "9.9.0.3", "1" * 32
        dials = {"preset": "binding-friendly", "overrides": {"batch_size": 32}, "steps": 12}
        started, last = self.person(address, key).met("train", "POST", "a/train", dials), time.monotonic() + RUN_S
        while started and time.monotonic() < last:
            person = self.person(address, key)
            reply = person.met("run", "GET", f"v/run.json?{urlencode({'name': started['run']})}")
            if reply and reply["run"]["status"] not in ("queued", "running", "stopping"):
                self.finished += reply["run"]["status"] == "finished"
                person.met("delete", "POST", "a/delete", {"run": started["run"]})
                return
            time.sleep(PAUSE_S)
        self.errors["a run did not end"] += 1

    def lesson(self) -> list[Callable[[], None]]:
        """A teacher who goes on and back, and pupils who hold their poll."""
        opened, stops = self.person("9.9.1.0").ask("POST", "a/open_room", {}), cycle((1, 2, 3, 2))
        room = opened["room"]

        def teach() -> None:
            teacher = self.person("9.9.1.0", opened["key"])
            teacher.met("steer", "POST", "a/steer", {"code": room, "stop": next(stops)})
            time.sleep(4 * PAUSE_S)

        def pupil(address: str, key: str, seen: list[str]) -> None:
            asked = urlencode({"code": room, "since": seen[0]})
            reply = self.person(address, key).met("poll", "GET", f"v/room.json?{asked}")
            seen[0] = reply["tag"] if reply else ""

        lives: list[Callable[[], None]] = [teach]
        for number in range(PUPILS):
            address, asked = f"9.9.2.{number}", {"code": room, "nickname": f"pupil {number}"}
            token = self.person(address).ask("POST", "a/join", asked)["token"]
            lives.append(partial(pupil, address, token, [""]))
        return lives


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    minutes, memory = QUICK_MINUTES if quick else MINUTES, []
    with app_server(EXPLORER_PUBLIC="1", EXPLORER_FORWARDED="1", EXPLORER_RUNS_PER_HOUR="10000") as app:
        soak, begin = Soak(app), time.monotonic()
        picture = scenes("web-like", {}, count=1, seed=0, size=64)[0]["image"]
        lives = [soak.visit, partial(soak.probe, picture), soak.train, *soak.lesson()]
        people = [soak.forever(each) for each in lives]
        while (passed := time.monotonic() - begin) < 60 * minutes:
            if passed > 6 * minutes and soak.half == "warming up":
                soak.half = "quiet"
            if passed > 30 * minutes and soak.half == "quiet":
                soak.half = "hostile"
                people += [soak.forever(partial(attack, app)) for attack in (_silent, _large, _nosy)]
            memory.append((passed, memory_mb(app.process.pid)))
            said = f"{passed / 60:.1f} min, {memory[-1][1]:.0f} MB, {sum(soak.errors.values())} errors"
            print(f"soak: {said}", file=sys.stderr, flush=True)
            time.sleep(SAMPLE_S)
        soak.ended.set()
        for thread in people:
            thread.join(RUN_S)
        if tracebacks := app.log.read_text(errors="replace").count("Traceback"):
            soak.errors["tracebacks in the log"] += tracebacks
    quiet, hostile = (soak.waits[half] for half in ("quiet", "hostile"))
    kinds = sorted((quiet.keys() & hostile.keys()) - set(NOT_TIMED))
    p95 = {kind: [1000 * percentile(half[kind], 0.95) for half in (quiet, hostile)] for kind in kinds}
    kept = np.array(memory[len(memory) // 10 :])
    figures = {
        "minutes": minutes,
        "asked": sum(len(each) for half in soak.waits.values() for each in half.values()),
        "errors": sum(soak.errors.values()),
        "p95_ms": p95,
        "ratio": {kind: after / before for kind, (before, after) in p95.items()},
        "memory_mb": [float(kept[0, 1]), float(kept[-1, 1])],
        "mb_per_hour": float(3600 * np.polyfit(kept[:, 0], kept[:, 1], 1)[0]),
        "runs_finished": soak.finished,
    }
    show_rows("soak", figures)
    for error, times in soak.errors.most_common(MAX_TOLD):
        print(f"  error: {times} x {error}")
    return figures


# ---- The hostile client


_HELD: list[socket.socket] = []


def _connect(app: Server) -> socket.socket:
    where = urlsplit(app.url)
    return socket.create_connection((where.hostname or "", where.port or 0), timeout=10)


def _silent(app: Server) -> None:
    for _ in range(SILENT // 10):
        with suppress(OSError):
            _HELD.append(_connect(app))
            _HELD[-1].send(b"GET / HTTP/1.1\r\n")
    while len(_HELD) > SILENT:
        _HELD.pop(0).close()


def _large(app: Server) -> None:
    """A large question that is no picture; every second one states no length and ends in the middle."""
    somebody = f"8.8.{random.randrange(256)}.{random.randrange(1, 255)}"
    size = f"Content-Length: {LARGE}" if random.random() < 0.5 else "Transfer-Encoding: chunked"
    head = f"POST /gradio_api/call/v2/score HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {somebody}\r\n"
    with suppress(OSError), _connect(app) as tied:
        tied.sendall(f'{head}Content-Type: application/json\r\n{size}\r\n\r\n{{"data": ["things-bound", ["'.encode())
        for _ in range(LARGE // 1_000_000):
            tied.sendall(b"A" * 1_000_000)


def _nosy(app: Server) -> None:
    paths = ("gradio_api/file=/etc/passwd", "v/run.json?name=../../etc", "v/swaps.json?caption=" + "a" * 4000, "v/x")
    for path in (*paths, *["v/catalog.json"] * 150):
        with suppress(OSError, http.client.HTTPException, Refusal):
            Person(app.url, "8.8.4.4").ask("GET", path)
