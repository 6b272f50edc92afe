"""One process of the host for all tests, as strangers meet it on a Space, and the host without a network."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from explorer.runs.store import RunStore
from explorer.settings import LOCAL, Settings
from explorer.views.rate_limit import BUCKETS
from explorer.views.service import Service
from explorer.web.server import build_server
from tests.served import Server, free_port, serve_app

KEY = "0123456789abcdef" * 2
MAX_END_S = 8.0
"""Seconds; on a free computer it takes one."""
SPACE = {
    "HOST": "", "PORT": "", "SYSTEM": "spaces", "SPACE_ID": "someone/explorer", "GRADIO_SERVER_NAME": "127.0.0.1",
    "GRADIO_SSR_MODE": "True", "EXPLORER_HEAD_TIMEOUT_S": "3", "EXPLORER_BODY_TIMEOUT_S": "3",
    "EXPLORER_QUESTIONS_PER_MINUTE": "20", "EXPLORER_PUBLIC": "1", "EXPLORER_SPARE": "0",
}  # fmt: skip


IMPATIENT = """
import runpy
from explorer.web import events
events.UNHEARD_S = 4.0
runpy.run_path("app.py", run_name="__main__")
"""
"""app.py, which sooner drops the answers that nobody listens for: after thirty seconds else."""


@pytest.fixture(scope="session")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A simulated Space with a hard limit of 512 file descriptors and short times, which ends when it is told."""
    port, folder = free_port(), tmp_path_factory.mktemp("space")
    command = (sys.executable, "-c", IMPATIENT)
    with serve_app(folder, port=port, files=512, command=command, GRADIO_SERVER_PORT=str(port), **SPACE) as server:
        yield server
        with server.connect() as stream:  # as a page in a tab has it
            stream.sendall(b"GET /gradio_api/heartbeat/1 HTTP/1.1\r\nHost: a\r\n\r\n")
            assert stream.recv(12) == b"HTTP/1.1 200"
            start = time.monotonic()
            server.process.terminate()
            assert server.process.wait(30) == 0, "a clean end"
            assert time.monotonic() - start < MAX_END_S
        assert "Exception in ASGI application" not in server.log.read_text(errors="replace")


def client(root: Path, settings: Settings = LOCAL) -> TestClient:
    """The host over a store, without Gradio's own routes, which come with the launch."""
    return TestClient(build_server(Service(store=RunStore(root), settings=settings)), base_url="http://127.0.0.1")


@pytest.fixture(autouse=True)
def full_buckets() -> None:
    BUCKETS.forget()


@pytest.fixture
def web(tmp_path: Path) -> TestClient:
    return client(tmp_path / "runs")
