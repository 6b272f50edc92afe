"""Connections without a server: how many fit the file descriptors, addresses that cannot be had, and few log lines."""

import logging
import resource
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from explorer.errors import UserError
from explorer.settings import SHARED
from explorer.web.connections import RESERVED_FILES, Throttle, check_address, most_connections


def test_the_limit_follows_the_file_descriptors() -> None:
    found = most_connections(replace(SHARED, most_connections=10**6))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert found >= soft - RESERVED_FILES or found == 16
    assert most_connections(replace(SHARED, most_connections=7)) == 7
    assert most_connections(SHARED) == min(SHARED.most_connections, found)


def test_log_lines_of_one_kind_are_throttled() -> None:
    throttle, records = Throttle(), [logging.makeLogRecord({"name": "a", "msg": f"{word} again"}) for word in "xxxyx"]
    assert [throttle.filter(each) for each in records] == [True, False, False, True, False]


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_that_is_taken_is_told_with_another(taken: int) -> None:
    for host in ("127.0.0.1", None, "0.0.0.0", "localhost"):
        with pytest.raises(UserError, match=f"^PORT={taken}: another program listens there; name another"):
            check_address(host, taken)


def test_a_free_one_is_fine_and_stays_free(taken: int) -> None:
    check_address("127.0.0.1", None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for _ in range(2):
        check_address("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1", "a b"])
def test_a_host_that_is_not_here_is_told(host: str) -> None:
    with pytest.raises(UserError, match=f"^HOST={host}: is not an address of this computer"):
        check_address(host, 7860)
