"""The app as `make run` starts it, over an empty store, a browser on it, and people who ask it without one.

    with app_server() as app, browser() as chromium:
        page = open_page(chromium, app.url)
        folder = start_on_page(app, page)
    Person(url=app.url).ask("POST", "a/train", {"preset": "salient"})

Nothing is set but the address and the store: page, supervisor, spare and worker are as people have them.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from explorer.runs.store import RunFolder, RunStore
from tests.benchmarks.machine import ROOT
from tests.browser.conftest import ARGUMENTS, CHROMIUM, START_S, Server, end_server, free_port

IS_IDLE_S = 1.0
"""A spare that has used no time of the CPU for so long has its imports done."""
IMPORTED_MB = 150


@dataclass(frozen=True, kw_only=True)
class App:
    """A running app; `first_byte_s` from its start to the first byte of its page."""

    url: str
    store: RunStore
    pid: int
    first_byte_s: float
    log: Path


@contextmanager
def app_server(python: str = sys.executable, **environ: str) -> Iterator[App]:
    """The app in a process of its own, with further variables."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        runs, port, log = Path(folder) / "runs", free_port(), Path(folder) / "server.log"
        # What this command set for its own threads is left out: the app sets its own.
        here = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "MKL_"))}
        changes = {"HOST": "127.0.0.1", "PORT": str(port), "EXPLORER_RUNS": str(runs), "HF_HUB_OFFLINE": "1"}
        start, url = time.perf_counter(), f"http://127.0.0.1:{port}/"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [python, "app.py"], cwd=ROOT, env=here | changes | environ, stdout=file, stderr=file
            )
        try:
            while True:
                try:
                    urllib.request.urlopen(url, timeout=20).read(1)
                    break
                except OSError:
                    if process.poll() is not None or time.perf_counter() - start > START_S:
                        raise RuntimeError(f"the app did not answer: {log.read_text()[-500:]}") from None
                    time.sleep(0.02)
            first = time.perf_counter() - start
            yield App(url=url, store=RunStore(runs), pid=process.pid, first_byte_s=first, log=log)
        finally:
            end_server(Server(url=url, runs=runs, process=process))


class Refusal(Exception):
    """Another status than 200."""


@dataclass
class Person:
    """Somebody with a key, and an address behind a proxy, who asks one question after the other."""

    url: str
    address: str = ""
    key: str = ""

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer, JSON as what it says; bytes are sent as a file, all else as JSON."""
        is_file = isinstance(body, bytes)
        headers = {"Content-Type": "application/octet-stream" if is_file else "application/json"}
        headers |= {"X-Forwarded-For": self.address} if self.address else {}
        headers |= {"X-Owner-Key": self.key} if self.key else {}
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=90)
        try:
            connection.request(method, f"/{path}", body if is_file or body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise Refusal(f"{path}: status {answer.status} {content[:100]!r}")
        return json.loads(content) if content[:1] in (b"{", b"[") else content.decode()


def workers(app: App) -> list[psutil.Process]:
    """Its worker processes, the newest last, which is the spare where there is one."""
    children = sorted(psutil.Process(app.pid).children(), key=lambda child: child.create_time())
    return [child for child in children if "explorer.runs.worker" in child.cmdline()]


def wait_for_spare(app: App, patience_s: float = 120) -> psutil.Process:
    """Until the spare has its imports done; the process."""
    deadline, used, since = time.monotonic() + patience_s, -1.0, time.monotonic()
    while time.monotonic() < deadline:
        for process in workers(app)[-1:]:
            now = sum(process.cpu_times()[:2])
            if now != used or process.memory_info().rss < IMPORTED_MB * 1e6:
                used, since = now, time.monotonic()
            elif time.monotonic() - since > IS_IDLE_S:
                return process
        time.sleep(0.1)
    raise RuntimeError("no spare worker came")


@contextmanager
def browser() -> Iterator[Browser | None]:
    """Debian's Chromium, None where there is none."""
    if CHROMIUM is None:
        yield None
        return
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


def open_page(chromium: Browser, url: str) -> Page:
    """A visitor of its own at `url`, once samples are drawn and the server is chosen to train."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(url)
    page.locator(".wb-card img").first.wait_for(state="attached")
    page.locator("#train-place [data-place=server]").click()
    return page


def start_on_page(app: App, page: Page) -> RunFolder:
    """Press Train for the server; the run, which the page goes on watching."""
    page.locator("#train-place [data-place=server]").click()
    page.locator("#train-place [data-place=server][aria-checked=true]").wait_for()
    page.locator("#train").click()
    training = page.locator("#workbench-training:not([data-run=''])[data-run]")
    training.wait_for()
    return app.store.get(training.get_attribute("data-run") or "")


@contextmanager
def polling(app: App, run: str) -> Iterator[None]:
    """Ask for the status once a second, as an open page does, from a thread."""
    ended, person = threading.Event(), Person(url=app.url)

    def ask() -> None:
        while not ended.wait(1.0):
            person.ask("GET", f"v/run_status.json?run={run}")

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join()


def lines_as_they_come(folder: RunFolder, patience_s: float) -> Iterator[tuple[float, dict[str, Any]]]:
    """(time.time(), line) of metrics.jsonl as the worker writes it, until the run ends or patience does."""
    deadline, seen = time.time() + patience_s, 0
    path = folder.path / "metrics.jsonl"
    size = -1
    while time.time() < deadline:
        now = path.stat().st_size if path.exists() else -1
        if now != size:
            size, at = now, time.time()
            for line in folder.records(since_step=seen):
                seen = line["step"]
                yield at, line
        elif folder.status().status not in ("queued", "running", "stopping"):
            return
        time.sleep(0.02)
