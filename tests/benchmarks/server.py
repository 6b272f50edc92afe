"""The app as `make run` starts it, over an empty store, a browser on it, and people who ask it without one.

    with app_server() as app, browser() as chromium:
        run = start_on_page(chromium, app.url)
    Person(url=app.url).ask("POST", "a/train", {"preset": "salient"})

Nothing is set but the address and the store: page, supervisor, spare and worker are as people have them.
"""

import http.client
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from playwright.sync_api import Browser, sync_playwright

from explorer.runs.folder import RunFolder
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.served import Server, serve_app

IS_IDLE_S = 1.0
"""A spare that has used no time of the CPU for so long has its imports done."""
IMPORTED_MB = 150


@contextmanager
def app_server(python: str = sys.executable, **environ: str) -> Iterator[Server]:
    """The app in a process of its own, with further variables; it sets its own threads, and polls as it does."""
    command = (python, "app.py")
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        serve_app(Path(folder), command=command, without=("OMP_", "MKL_"), **environ) as app,
    ):
        yield app


class Refusal(Exception):
    """Another status than 200."""


@dataclass
class Person:
    """Somebody with a key, and an address behind a proxy, who asks one question after the other."""

    url: str
    address: str = ""
    key: str = ""
    waits: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)

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
            raise Refusal(f"status {answer.status} {content[:200]!r}")
        return json.loads(content) if content[:1] in (b"{", b"[") else content.decode()

    def met(self, kind: str, method: str, path: str, body: Any = None) -> Any:
        """Return the answer, None after an error, which is counted; its seconds are kept under its kind."""
        start = time.perf_counter()
        try:
            answer = self.ask(method, path, body)
        except (OSError, http.client.HTTPException, Refusal) as error:
            self.errors[f"{kind}: {type(error).__name__} {error}"] += 1
            return None
        self.waits[kind].append(time.perf_counter() - start)
        return answer


def wait_for_spare(app: Server, patience_s: float = 120) -> psutil.Process:
    """Until the spare has its imports done; the process, which is the newest worker."""
    deadline, used, since = time.monotonic() + patience_s, -1.0, time.monotonic()
    while time.monotonic() < deadline:
        children = sorted(psutil.Process(app.process.pid).children(), key=lambda child: child.create_time())
        for process in [child for child in children if "explorer.runs.worker" in child.cmdline()][-1:]:
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


def start_on_page(chromium: Browser, url: str) -> str:
    """Open an address as a visitor of its own and press Train for the server; the run, which the page watches."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(url)
    page.locator(".wb-card img").first.wait_for(state="attached")
    page.locator("#train-place [data-place=server]").click()
    page.locator("#train-place [data-place=server][aria-checked=true]").wait_for()
    page.locator("#train").click()
    training = page.locator("#workbench-training:not([data-run=''])[data-run]")
    training.wait_for()
    return training.get_attribute("data-run") or ""


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
