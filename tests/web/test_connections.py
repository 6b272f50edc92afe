"""Connections without a server: how many fit the file descriptors, addresses that cannot be had, and few log lines."""

import asyncio
import logging
import resource
import socket
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from explorer.errors import UserError
from explorer.settings import SHARED
from explorer.web.connections import (
    MAX_UNREAD_S,
    RESERVED_DESCRIPTORS,
    GuardedProtocol,
    ThrottleFilter,
    check_address,
    connection_limit,
)


def test_the_limit_follows_the_file_descriptors() -> None:
    limit = connection_limit(replace(SHARED, most_connections=10**6))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert limit >= soft - RESERVED_DESCRIPTORS or limit == 16
    assert connection_limit(replace(SHARED, most_connections=7)) == 7
    assert connection_limit(SHARED) == min(SHARED.most_connections, limit)


async def _large(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for left in reversed(range(300)):
        await send({"type": "http.response.body", "body": bytes(100_000), "more_body": left > 0})


def test_who_reads_no_answer_is_closed() -> None:
    async def seconds_until_closed() -> float:
        loop, state, made = asyncio.get_running_loop(), ServerState(), []

        def protocol() -> GuardedProtocol:
            config = Config(_large, log_config=None)
            config.load()
            made.append(GuardedProtocol(config, state, {}, settings=SHARED, most=9))
            return made[-1]

        server = await loop.create_server(protocol, "127.0.0.1", 0)
        with socket.create_connection(server.sockets[0].getsockname()) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            while not (made and made[0].flow.write_paused):
                await asyncio.sleep(0.01)
            start = made[0].unread_since
            waited = (1.0, MAX_UNREAD_S - 1, MAX_UNREAD_S + 1)
            closed = next(each for each in waited if made[0].close_if_late(start + each) or not state.connections)
            await asyncio.gather(*state.tasks)
        server.close()
        return closed

    assert asyncio.run(seconds_until_closed()) == MAX_UNREAD_S + 1


async def _count(_scope: Any, receive: Any, send: Any) -> None:
    size, is_whole = 0, False
    while not is_whole:
        message = await receive()
        size, is_whole = size + len(message.get("body", b"")), not message.get("more_body")
    answer = str(size).encode()
    length = str(len(answer)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": answer})


POST = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
LAST = b"Connection: close\r\n\r\n"


def _chunks(number: int, size: int) -> bytes:
    return b"%x\r\n%s\r\n" % (size, bytes(size)) * number + b"0\r\n\r\n"


@pytest.mark.parametrize(("number", "size"), [(150, 65_000), (10_000, 100), (1000, 1)])
def test_a_body_in_chunks_is_read(number: int, size: int) -> None:
    assert asyncio.run(_answer(POST, LAST, _chunks(number, size))).endswith(b"%d" % (number * size))


@pytest.mark.parametrize("size", [1, 16])
def test_a_body_in_crumbs_is_not_read_to_its_end(size: int) -> None:
    """A megabyte in chunks of one byte would hold all others up for seconds."""
    assert asyncio.run(_answer(POST, LAST, _chunks(10_000, size))) == b""


def test_a_head_has_so_many_bytes_and_comes_in_no_crumbs() -> None:
    short, long = (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * size + b"\r\n" + LAST for size in (30_000, 60_000))
    assert asyncio.run(_answer(short)).endswith(b"0")
    assert b"200 OK" not in asyncio.run(_answer(long))
    assert asyncio.run(_answer(*(bytes([each]) for each in short[:8000]), short[8000:])) == b""


def test_requests_behind_each_other_count_each_for_itself() -> None:
    answer = asyncio.run(_answer((POST + b"\r\n" + _chunks(900, 1)) * 9, b"GET / HTTP/1.1\r\nHost: a\r\n", LAST))
    assert answer.count(b"HTTP/1.1 200 OK") == 10


async def _answer(*parts: bytes) -> bytes:
    """Send the parts one by one; return what is answered until the connection is closed."""
    state, made = ServerState(), list[GuardedProtocol]()

    def protocol() -> GuardedProtocol:
        config = Config(_count, log_config=None)
        config.load()
        made.append(GuardedProtocol(config, state, {}, settings=SHARED, most=9))
        return made[-1]

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    answer = b""
    with suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0)
        answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    server.close()
    await asyncio.gather(*state.tasks, return_exceptions=True)
    return answer


async def _stream(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": b"event: heartbeat\n\n", "more_body": True})
        await asyncio.sleep(0.05)


def test_streams_of_one_address_shut_nobody_out() -> None:
    """The limit of connections is full of streams: the oldest of the address that holds most gives way."""

    async def left_open() -> list[str]:
        state, made = ServerState(), []

        def protocol() -> GuardedProtocol:
            config = Config(_stream, log_config=None)
            config.load()
            made.append(GuardedProtocol(config, state, {}, settings=replace(SHARED, forwarded=True), most=6))
            return made[-1]

        server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
        address = server.sockets[0].getsockname()[:2]
        opened = []
        for number, person in enumerate(("9.9.9.1", *["8.8.8.8"] * 4, "9.9.9.2", "9.9.9.3", "9.9.9.4", "9.9.9.5")):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(f"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {person}\r\n\r\n".encode())
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n", person
            opened.append((f"{person} {number}", writer))
        await asyncio.sleep(0.1)
        alive = [made[number] in state.connections for number in range(len(made))]
        for each in made:
            each.transport.abort()
        for task in state.tasks:
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)
        for _, writer in opened:
            writer.close()
        server.close()
        return [name for (name, _), lives in zip(opened, alive, strict=True) if lives]

    assert asyncio.run(left_open()) == ["9.9.9.1 0", "8.8.8.8 4", "9.9.9.2 5", "9.9.9.3 6", "9.9.9.4 7", "9.9.9.5 8"]


def test_log_lines_of_one_kind_are_throttled() -> None:
    """By their place in the code: what a client sent may stand in each message."""
    places, throttle = (7, 7, 7, 9, 7), ThrottleFilter()
    records = [logging.makeLogRecord({"lineno": line, "msg": f"asked {number}"}) for number, line in enumerate(places)]
    assert [throttle.filter(each) for each in records] == [True, False, False, True, False]


def test_an_address_that_cannot_be_had_is_told() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        for host in ("127.0.0.1", None, "0.0.0.0", "localhost"):
            with pytest.raises(UserError, match=f"^PORT={taken}: another program listens there; name another"):
                check_address(host, taken)
    for host in ("no.such.host.invalid", "192.0.2.1", "a b", "a..b", "x" * 70):
        with pytest.raises(UserError, match=f"^HOST={host}: is not an address of this computer"):
            check_address(host, 7860)
    check_address("127.0.0.1", None)
    for _ in range(2):
        check_address("127.0.0.1", taken)  # free by now, and it stays free
