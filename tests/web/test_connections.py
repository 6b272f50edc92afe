"""Connections without a server: how many fit the file descriptors, addresses that cannot be had, and few log lines."""

import logging
import resource
import socket
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


def test_an_address_that_cannot_be_had_is_told() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        for host in ("127.0.0.1", None, "0.0.0.0", "localhost"):
            with pytest.raises(UserError, match=f"^PORT={taken}: another program listens there; name another"):
                check_address(host, taken)
    for host in ("no.such.host.invalid", "192.0.2.1", "a b"):
        with pytest.raises(UserError, match=f"^HOST={host}: is not an address of this computer"):
            check_address(host, 7860)
    check_address("127.0.0.1", None)
    for _ in range(2):
        check_address("127.0.0.1", taken)  # free by now, and it stays free
