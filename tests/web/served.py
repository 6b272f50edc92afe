"""The app as a process of its own on a loopback port, as strangers on a network meet it.

with serve_app(tmp_path, files=512) as app:
    app.get("/config"), app.rss_mb(), app.log()
"""

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).parents[2]
START_S = 120


@dataclass(frozen=True, kw_only=True)
class Served:
    """The address of the app, its process and its log."""

    port: int
    process: subprocess.Popen[bytes]
    log_path: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **named: object) -> httpx.Response:
        """One request on a connection of its own."""
        return httpx.get(self.url + path, timeout=30, **named)  # type: ignore[arg-type]

    def rss_mb(self) -> float:
        """Resident megabytes of the web process."""
        return float(psutil.Process(self.process.pid).memory_info().rss / 1e6)

    def log(self) -> str:
        """Everything that it wrote."""
        return self.log_path.read_text(errors="replace")

    def connect(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serve_app(
    folder: Path, *, files: int | None = None, command: Sequence[str] = (sys.executable, "app.py"), cwd: Path = ROOT,
    **environ: str,
) -> Iterator[Served]:  # fmt: skip
    """The public app over an empty store, with a hard limit of file descriptors if `files` is given."""
    port = free_port()
    values = {
        "HOST": "127.0.0.1", "PORT": str(port), "GRADIO_SERVER_PORT": str(port),
        "EXPLORER_RUNS": str(folder / "runs"), "EXPLORER_PUBLIC": "1",
        "EXPLORER_SPARE": "0", "HF_HUB_OFFLINE": "1", "GRADIO_TEMP_DIR": str(folder / "gradio"),
    }  # fmt: skip

    def limit() -> None:
        if files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    log_path = folder / "server.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=cwd, env=os.environ | values | environ, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, preexec_fn=limit,
        )  # fmt: skip
    app = Served(port=port, process=process, log_path=log_path)
    end = time.monotonic() + START_S
    try:
        while True:
            try:
                app.get("/config").raise_for_status()
                break
            except httpx.HTTPError:
                if time.monotonic() > end or process.poll() is not None:
                    raise RuntimeError(f"the app did not answer: {app.log()[-2000:]}") from None
                time.sleep(0.2)
        yield app
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
