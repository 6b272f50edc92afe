"""`soak`: half an hour with thirty browsers, a training, probes and a hostile client on one public server on loopback.

First the browsers alone, without a training, for `QUIET_S`; then all at once. Every loop is bounded in time and rate,
and each client has a loopback address of its own (127.0.0.2 and so on), because limits count per address.

- dial: seconds from a move to all of its answer, p95 of the quiet part and of the busy one, and their ratio;
- errors: answers of visitors and probes that were none, 5xx answers to the hostile client, and tracebacks in the log;
- memory: resident MB of the web process when the busy part begins, its peak, at its end, and MB a minute in between.
"""

import http.client
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from explorer import api
from tests.benchmarks.classroom import QUICK_VISITORS, VISITORS, Diary, lesson, show_errors, summary
from tests.benchmarks.machine import memory_mb
from tests.benchmarks.rows import show
from tests.benchmarks.server import App, app_server, wait_for_spare

KEYS = ("visitors", "quiet_dial_p95_ms", "busy_dial_p95_ms", "ratio", "errors", "start_mb", "end_mb", "peak_mb")
QUIET_S, BUSY_S = 240.0, 1560.0
QUICK_QUIET_S, QUICK_BUSY_S = 30.0, 60.0
WARM_S = 30.0
"""Of the busy part, before the memory counts: the first probe loads torch and a model."""
PROBE_EVERY_S, ATTACK_EVERY_S = 5.0, 0.05
HOSTILE, PROBER, TRAINER = "127.0.0.2", "127.0.0.3", "127.0.0.4"
STEPS = 2000


@dataclass
class Outsider:
    """A client at a loopback address of its own, and what it was answered."""

    app: App
    address: str
    answers: Counter[str] = field(default_factory=Counter)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """One request on a connection of its own; status 0 if the server closed it."""
        host = urlsplit(self.app.url).netloc
        connection = http.client.HTTPConnection(host, timeout=120, source_address=(self.address, 0))
        try:
            connection.request(method, path, body, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read(2_000_000)
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def call(self, name: str, *values: Any) -> str:
        """Call a published function as curl does; the whole stream of its answer."""
        status, text = self.ask("POST", f"/gradio_api/call/{name}", json.dumps({"data": values}).encode())
        if status != 200:
            return f"{status} {text[:200]!r}"
        return self.ask("GET", f"/gradio_api/call/{name}/{json.loads(text)['event_id']}")[1].decode()


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    count = QUICK_VISITORS if quick else VISITORS
    quiet_s, busy_s = (QUICK_QUIET_S, QUICK_BUSY_S) if quick else (QUIET_S, BUSY_S)
    with app_server(EXPLORER_PUBLIC="1") as app:
        with suppress(RuntimeError):  # on a computer with other work the spare gives way to all of it
            wait_for_spare(app, patience_s=60)
        quiet = lesson(app, count, quiet_s, starts=False)
        busy, memory, others, hostile = _busy(app, count, busy_s)
        log = app.log.read_text(encoding="utf-8", errors="replace")
    before, during = summary(quiet, quiet_s), summary(busy, busy_s)
    tracebacks = log.count("Traceback (most recent call last)")
    faults = sum(number for status, number in hostile.items() if status.startswith("5") and status != "503")
    known = before["dial_p95_ms"] and during["dial_p95_ms"]  # None for too few moves
    ratio = during["dial_p95_ms"] / before["dial_p95_ms"] if known else None
    figures = {
        "visitors": count, "seconds": busy_s, "quiet_dial_p95_ms": before["dial_p95_ms"],
        "busy_dial_p95_ms": during["dial_p95_ms"], "ratio": ratio,
        "quiet_dials": before["dial_n"], "dials": during["dial_n"],
        "ticks": during["tick_n"], "tick_p95_ms": during["tick_p95_ms"],
        "errors": before["errors"] + during["errors"] + others["probe errors"] + faults + tracebacks,
        "tracebacks": tracebacks, "probes": others["probes"], "hostile": dict(hostile), **memory,
        "log_kb": len(log) / 1000,
    }  # fmt: skip
    show("soak", figures)
    show_errors([*quiet, *busy])
    return figures


def _busy(app: App, count: int, seconds: float) -> tuple[list[Diary], dict[str, float], Counter[str], Counter[str]]:
    """The visitors and everybody else until the time is over."""
    end = time.monotonic() + seconds
    hostile, others, samples = Outsider(app, HOSTILE), Counter[str](), list[tuple[float, float]]()
    trainer = Outsider(app, TRAINER)
    trainer.call("start_run", "binding-friendly", {}, "scratch", "all", STEPS, 0, "")
    threads = [
        threading.Thread(target=_attack, args=(hostile, end)),
        threading.Thread(target=_probe, args=(Outsider(app, PROBER), others, end)),
        threading.Thread(target=_watch_memory, args=(app, samples, end)),
    ]
    for thread in threads:
        thread.start()
    diaries = lesson(app, count, seconds)
    for thread in threads:
        thread.join()
    return diaries, memory_figures(samples), others, hostile.answers


def _watch_memory(app: App, samples: list[tuple[float, float]], end: float) -> None:
    start = time.monotonic()
    while time.monotonic() < end:
        samples.append((time.monotonic() - start, memory_mb(app.pid)))
        time.sleep(1.0)


def memory_figures(samples: list[tuple[float, float]]) -> dict[str, float]:
    """Start, end and peak in MB after `WARM_S`, and the least-squares slope in MB a minute; samples are (s, MB)."""
    kept = [each for each in samples if each[0] >= WARM_S] or samples
    mean_s = sum(at for at, _ in kept) / len(kept)
    mean_mb = sum(mb for _, mb in kept) / len(kept)
    spread = sum((at - mean_s) ** 2 for at, _ in kept)
    slope = sum((at - mean_s) * (mb - mean_mb) for at, mb in kept) / spread if spread else 0.0
    return {
        "start_mb": kept[0][1], "end_mb": kept[-1][1], "peak_mb": max(mb for _, mb in kept), "mb_a_minute": 60 * slope,
    }  # fmt: skip


def _probe(prober: Outsider, counts: Counter[str], end: float) -> None:
    """Ask the shipped model about a drawn scene, again and again."""
    (scene,) = api.scenes("binding-friendly", {}, count=1, seed=0, size=128)
    picture = scene["image"]
    while time.monotonic() < end:
        answer = prober.call("score", "things-bound", [picture], ["a red bus", "a blue bus"])
        counts["probes"] += 1
        counts["probe errors"] += "event: complete" not in answer
        time.sleep(max(0.0, min(PROBE_EVERY_S, end - time.monotonic())))


def _attack(hostile: Outsider, end: float) -> None:
    """Attempts of a stranger, one at random at a time, at most 20 per second; 40 silent connections stay open."""
    rng = random.Random(0)
    host, port = urlsplit(hostile.app.url).netloc.split(":")
    attempts = _attempts(hostile, rng)
    with ExitStack() as silent:
        opened: list[socket.socket] = []
        while time.monotonic() < end:
            opened = [each for each in opened if not _is_closed(each)]
            with suppress(OSError):
                while len(opened) < 40:
                    one = socket.create_connection((host, int(port)), timeout=5, source_address=(HOSTILE, 0))
                    opened.append(silent.enter_context(one))
            status, _ = rng.choice(attempts)()
            hostile.answers[str(status)] += 1
            time.sleep(ATTACK_EVERY_S)


def _attempts(hostile: Outsider, rng: random.Random) -> list[Callable[[], tuple[int, bytes]]]:
    events = "/gradio_api/queue/join"
    scenes = json.dumps({"data": ["web-like", {}, 48, 0, 96]}).encode()
    path = b'{"data": ["things-bound", [{"path": "/etc/passwd"}], ["a"]]}'
    large = b'{"data": ["' + b"x" * 3_000_000 + b'"], "fn_index": 0, "session_hash": "y"}'
    nothing = b'{"fn_index": 99999, "data": [], "session_hash": "x"}'
    form = {"Content-Type": "multipart/form-data; boundary=a"}
    return [
        lambda: hostile.ask("POST", events, nothing),
        lambda: hostile.ask("POST", events, b"[" * 50_000),
        lambda: hostile.ask("POST", events, large),
        lambda: hostile.ask("POST", "/gradio_api/call/scenes", scenes),
        lambda: hostile.ask("POST", "/gradio_api/call/score", path),
        lambda: hostile.ask("POST", "/gradio_api/upload", b"x" * 200_000, **form),
        lambda: hostile.ask("GET", "/gradio_api/file=/etc/passwd"),
        lambda: hostile.ask("GET", f"/runs/{rng.random()}.zip"),
        lambda: hostile.ask("GET", f"/gradio_api/call/scenes/{rng.random()}"),
        lambda: hostile.ask("GET", "/config", **{"X-Forwarded-For": f"8.8.8.{rng.randrange(250)}"}),
        lambda: hostile.ask("GET", f"/?question=<script>{rng.random()}</script>&tab=workbench"),
    ]


def _is_closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        closed = connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        closed = True
    if closed:
        connection.close()
    return closed
