"""Silent and slow connections are closed, and at the limit they make room; the log does not grow with them."""

import logging
import os
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from explorer.settings import SHARED
from explorer.web.connections import RESERVED_FILES, Throttle, most_connections
from tests.web.served import Served, served

HEAD = (
    b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n"
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The public app under a hard limit of 512 file descriptors, with short times."""
    times = {"EXPLORER_HEAD_TIMEOUT_S": "3", "EXPLORER_BODY_TIMEOUT_S": "3"}
    with served(tmp_path_factory.mktemp("connections"), files=512, **times) as found:
        yield found


def seconds_until_closed(connection: socket.socket, most_s: float = 15) -> float:
    """Until the server closes it; AssertionError if it does not."""
    start = time.monotonic()
    connection.settimeout(most_s)
    try:
        assert connection.recv(1) == b""
    except ConnectionResetError:
        pass
    return time.monotonic() - start


def _wait_for(fact: Callable[[], bool], most_s: float = 8.0) -> None:
    """Return once `fact` is true or does not raise; fail after `most_s` seconds."""
    end = time.monotonic() + most_s
    while True:
        try:
            if fact():
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < end, "too late"
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: a\r\n", HEAD + b"\r\n{"])
def test_what_does_not_come_is_not_waited_for(app: Served, sent: bytes) -> None:
    with app.connect() as connection:
        connection.sendall(sent)
        assert 2.5 < seconds_until_closed(connection) < 8


@pytest.mark.slow
def test_a_head_that_trickles_is_not_waited_for_either(app: Served) -> None:
    start = time.monotonic()
    with app.connect() as connection, pytest.raises(OSError):
        for _ in range(30):
            connection.sendall(b"x")
            time.sleep(0.3)
    assert time.monotonic() - start < 9


@pytest.mark.slow
def test_550_silent_connections_stop_no_answer(app: Served) -> None:
    before = len(app.log())
    with ExitStack() as open_ones:
        for _ in range(550):
            open_ones.enter_context(app.connect())
        for _ in range(5):
            start = time.monotonic()
            assert app.get("/config").status_code == 200
            assert time.monotonic() - start < 5
    assert len(app.log()) - before < 20_000


@pytest.mark.slow
def test_550_bodies_that_do_not_come_stop_no_answer_to_others(app: Served) -> None:
    with ExitStack() as open_ones:
        for _ in range(550):
            open_ones.enter_context(app.connect()).sendall(HEAD + b"\r\n")
        _wait_for(lambda: app.get("/config").status_code == 200)


@pytest.mark.slow
def test_streams_of_one_address_are_counted(app: Served) -> None:
    with ExitStack() as open_ones:
        answers = []
        for number in range(SHARED.open_requests + 5):
            connection = open_ones.enter_context(app.connect())
            connection.sendall(b"GET /gradio_api/heartbeat/%d HTTP/1.1\r\nHost: a\r\n\r\n" % number)
            answers.append(connection.recv(12))
        assert answers.count(b"HTTP/1.1 200") == SHARED.open_requests
        assert answers[-1] == b"HTTP/1.1 429"
    time.sleep(0.5)
    assert app.get("/config").status_code == 200


def test_the_limit_follows_the_file_descriptors() -> None:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    found = most_connections(replace(SHARED, most_connections=10**6))
    assert found >= soft - RESERVED_FILES
    assert most_connections(replace(SHARED, most_connections=7)) == 7
    assert most_connections(SHARED) == min(SHARED.most_connections, found)


def test_log_lines_of_one_kind_are_throttled() -> None:
    throttle, records = Throttle(), [logging.makeLogRecord({"name": "a", "msg": f"{word} again"}) for word in "xxxyx"]
    assert [throttle.filter(each) for each in records] == [True, False, False, True, False]


@pytest.mark.slow
def test_the_server_keeps_no_file_of_a_closed_connection(app: Served) -> None:
    _wait_for(lambda: len(os.listdir(Path("/proc") / str(app.process.pid) / "fd")) < 120)
