"""`soak`: half an hour of a public server: runs, jobs, a class and probes, the second half beside a hostile client.

Everybody has an address of its own, as behind a proxy, and waits between questions as people do. Told are:

- errors: answers other than 200, broken connections, runs that did not finish, and lines of a traceback in the log;
- p95 of a kind of question in the quiet half, after a tenth of the time, and in the hostile one, and their ratio;
- memory of the web process: after a tenth of the time, at the end, and for each half the slope of the line through
  what follows its first third, since the hostile client takes its places at once;
- seconds of the CPU that the web process took in each second of the two halves, and what the hostile client did.

That client is `tests.benchmarks.hostile`.
"""

import json
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

import numpy as np
import psutil

from explorer.api import scenes
from tests.benchmarks.machine import ROOT, memory_mb, percentile, show_rows
from tests.benchmarks.server import Person, Server, app_server

KEYS = (
    "minutes",
    "asked",
    "errors",
    "p95_ms",
    "ratio",
    "memory_mb",
    "mb_per_hour",
    "server_cores",
    "hostile",
    "runs_finished",
)
MINUTES, QUICK_MINUTES = 30.0, 2.0
PUPILS, MAX_TOLD = 12, 5
SAMPLE_S, PAUSE_S, RUN_S = 5.0, 1.0, 240.0
CAPTIONS = ["a red bus and a blue car", "a blue bus and a red car"]
HALVES = ("quiet", "hostile")
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
            teacher.met("stop", "POST", "a/go_to_stop", {"code": room, "stop": next(stops)})
            time.sleep(4 * PAUSE_S)

        def pupil(address: str, key: str, seen: list[str]) -> None:
            asked = urlencode({"code": room, "since": seen[0]})
            reply = self.person(address, key).met("poll", "GET", f"v/room.json?{asked}")
            seen[0] = reply["tag"] if reply else ""

        lives: list[Callable[[], None]] = [teach]
        for number in range(PUPILS):
            address, asked = f"9.9.2.{number}", {"code": room, "nickname": f"pupil {number}"}
            token = self.person(address).ask("POST", "a/join", asked)["key"]
            lives.append(partial(pupil, address, token, [""]))
        return lives


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    seconds, samples, hostile = 60 * (QUICK_MINUTES if quick else MINUTES), [], None
    with app_server(EXPLORER_PUBLIC="1", EXPLORER_FORWARDED="1", EXPLORER_RUNS_PER_HOUR="10000") as app:
        soak, begin, web = Soak(app), time.monotonic(), psutil.Process(app.process.pid)
        picture = scenes("web-like", {}, count=1, seed=0, size=64)[0]["image"]
        lives = [soak.visit, partial(soak.probe, picture), soak.train, *soak.lesson()]
        people = [soak.forever(each) for each in lives]
        while (passed := time.monotonic() - begin) < seconds:
            if passed > seconds / 10 and soak.half == "warming up":
                soak.half = "quiet"
            if passed > seconds / 2 and soak.half == "quiet":
                soak.half, hostile = "hostile", _start_hostile(app.url, seconds - passed)
            samples.append((soak.half, passed, memory_mb(web.pid), sum(web.cpu_times()[:2])))
            said = f"{passed / 60:.1f} min, {samples[-1][2]:.0f} MB, {sum(soak.errors.values())} errors"
            print(f"soak: {said}", file=sys.stderr, flush=True)
            time.sleep(SAMPLE_S)
        did = json.loads(hostile.communicate(timeout=RUN_S)[0]) if hostile else {}
        soak.ended.set()
        for thread in people:
            thread.join(RUN_S)
        if tracebacks := app.log.read_text(errors="replace").count("Traceback"):
            soak.errors["tracebacks in the log"] += tracebacks
    waits = [soak.waits[half] for half in HALVES]
    kinds = sorted((waits[0].keys() & waits[1].keys()) - set(NOT_TIMED))
    p95 = {kind: [1000 * percentile(half[kind], 0.95) for half in waits] for kind in kinds}
    of_halves = [np.array([each[1:] for each in samples if each[0] == half]) for half in HALVES]
    kept = [each[len(each) // 3 :] for each in of_halves]
    figures = {
        "minutes": seconds / 60,
        "asked": sum(len(each) for half in soak.waits.values() for each in half.values()),
        "errors": sum(soak.errors.values()),
        "p95_ms": p95,
        "ratio": {kind: after / before for kind, (before, after) in p95.items()},
        "memory_mb": [float(of_halves[0][0, 1]), float(of_halves[-1][-1, 1])],
        "mb_per_hour": [float(3600 * np.polyfit(each[:, 0], each[:, 1], 1)[0]) for each in kept],
        "server_cores": [float((half[-1, 2] - half[0, 2]) / (half[-1, 0] - half[0, 0])) for half in of_halves],
        "hostile": did,
        "runs_finished": soak.finished,
    }
    show_rows("soak", figures)
    for error, times in soak.errors.most_common(MAX_TOLD):
        print(f"  error: {times} x {error}")
    return figures


def _start_hostile(url: str, seconds: float) -> "subprocess.Popen[bytes]":
    command = (sys.executable, "-m", "tests.benchmarks.hostile", url, "--seconds", str(seconds))
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
