"""The app as a process of its own on a loopback port, as `make run` starts it and strangers on a network meet it.

with serve_app(tmp_path, files=512, EXPLORER_PUBLIC="1") as app:
    app.get("/config"), app.rss_mb(), app.log.read_text()
"""

import atexit
import os
import resource
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from explorer.runs.store import RunStore

ROOT = Path(__file__).parents[1]
START_S = 180


@dataclass(frozen=True, kw_only=True)
class Server:
    """Its store, log and process; `first_byte_s` is from its start to the first byte of its page."""

    port: int
    runs: Path
    log: Path
    process: "subprocess.Popen[bytes]"
    first_byte_s: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def store(self) -> RunStore:
        return RunStore(self.runs)

    def get(self, path: str, **named: Any) -> httpx.Response:
        """One request on a connection of its own."""
        return httpx.get(self.url + path.removeprefix("/"), timeout=30, **named)

    def rss_mb(self) -> float:
        """Resident megabytes of the web process."""
        return float(psutil.Process(self.process.pid).memory_info().rss / 1e6)

    def connect(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    """A port that nobody else is given while this process runs, neither for a server nor for a connection.

    A socket that does not listen stays bound to it until then. With SO_REUSEADDR on both, as Gradio and uvicorn set it,
    a server listens beside it, and another one after that.
    """
    free = socket.socket()
    free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    free.bind(("127.0.0.1", 0))
    atexit.register(free.close)
    return int(free.getsockname()[1])


def start_server(
    folder: Path, *, port: int | None = None, files: int | None = None, without: tuple[str, ...] = (),
    command: Sequence[str] = (sys.executable, "app.py"), cwd: Path = ROOT, **environ: str,
) -> Server:  # fmt: skip
    """The app over an empty store in `folder`, or that of an earlier call, as soon as it answers.

    `files` is a hard limit of file descriptors. It gets the variables `environ`, and none of those of here that begin
    as one of `without`.
    """
    port, runs, log = port or free_port(), folder / "runs", folder / "server.log"
    changes = {"HOST": "127.0.0.1", "PORT": str(port), "EXPLORER_RUNS": str(runs), "HF_HUB_OFFLINE": "1",
               "GRADIO_TEMP_DIR": str(folder / "gradio")}  # fmt: skip
    given = {name: value for name, value in os.environ.items() if not name.startswith(without)}

    def limit() -> None:
        if files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    runs.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, cwd=cwd, env=given | changes | environ, stdout=file, stderr=file, stdin=subprocess.DEVNULL,
            preexec_fn=limit,
        )  # fmt: skip
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20).read(1)
            first_byte_s = time.perf_counter() - start
            return Server(port=port, runs=runs, log=log, process=process, first_byte_s=first_byte_s)
        except OSError:
            if process.poll() is not None or time.perf_counter() - start > START_S:
                process.kill()
                process.wait()
                raise RuntimeError(f"the app did not answer: {log.read_text()[-2000:]}") from None
            time.sleep(0.05)


@contextmanager
def serve_app(folder: Path, **choices: Any) -> Iterator[Server]:
    """The app as `start_server` starts it, ended afterwards."""
    app = start_server(folder, **choices)
    try:
        yield app
    finally:
        app.end()
