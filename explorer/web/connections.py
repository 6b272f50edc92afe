"""Connections of the server: a free port, time limits of requests, room for newcomers, and log lines that stay few.

    check_address("127.0.0.1", 7860)  # UserError: "PORT=7860: another program listens there; ..."
    guard_connections(settings)       # before the launch, which builds its server from `_GuardedServer` from then on

A connection without a complete request head is closed after `head_timeout_s`, a body that stalls after
`body_timeout_s`, and one that does not read its answer after `MAX_UNREAD_S`. One whose request comes in too many tiny
parts, such as a body in chunks of one byte, is closed at once: see `MAX_EVENTS`. At the limit the connection that has
been silent for longest is closed for the new one, and if none is silent, the oldest of the address that holds most.
"""

import asyncio
import errno
import logging
import os
import socket
import time
from collections import Counter
from functools import partial
from typing import Any

import h11
from starlette.datastructures import Headers
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

from explorer.errors import UserError
from explorer.settings import DEFAULT_PORT, Settings
from explorer.views.rate_limit import client_address
from explorer.web.gradio_import import http_server

ACCEPTED_AT_ONCE = 32
"""Connections that asyncio accepts per turn of its loop, before any of them can be closed."""
BACKLOG = 512
"""Connections that the kernel completes ahead of `accept`."""
RESERVED_DESCRIPTORS = 256
"""File descriptors kept for files, workers and the connections accepted in the last turns of the loop."""
MAX_DESCRIPTORS = 8192
"""The soft limit of file descriptors is raised to this where the hard limit allows it."""
MAX_BODY_S = 600.0
"""Seconds for one whole request at any rate of its body."""
MAX_UNREAD_S = 120.0
"""Seconds for the next part of an answer, of which the kernel may hold some megabytes for a slow reader."""
MAX_READ_BYTES = 16_384
"""Bytes that are read of a connection before it is the turn of the others; of itself asyncio reads 16 times as many."""
MAX_HEAD_BYTES = 32_768
"""Bytes of a request head: one of ten thousand lines takes milliseconds to read."""
MAX_EVENTS, MIN_EVENT_BYTES = 2000, 64
"""Events of a request at any size, and the bytes for each further one.

An event, such as a chunk of the body or the end of what has come so far, takes some microseconds to read, however small
it is. In chunks of one byte a megabyte would take seconds, in which nobody else is answered.
"""
LOG_EVERY_S = 10.0
THROTTLED_LOGGERS = (
    "uvicorn.error",
    "asyncio",
    "root",
    "mcp.server.lowlevel.server",
    "mcp.server.streamable_http",
    "explorer.web.events",
)
"""Loggers of which a client can cause a line; MCP's own logs to the root what it cannot read, at length."""
LOOPBACK_ADDRESS = "127.0.0.1"


class _CountedConnection(h11.Connection):
    """h11's state of a connection, which counts the events that it was asked for."""

    num_events = 0

    def next_event(self) -> Any:
        self.num_events += 1
        return super().next_event()


class GuardedProtocol(H11Protocol):
    """uvicorn's h11 protocol with time limits for request heads, bodies and unread answers, and one of connections."""

    def __init__(self, *args: Any, settings: Settings, most: int, **named: Any) -> None:
        super().__init__(*args, **named)
        self.settings, self.most = settings, most
        self.conn: _CountedConnection = _CountedConnection(h11.SERVER, MAX_HEAD_BYTES)
        self.num_received = 0
        """Bytes of the request that is read."""
        self.since = self.heard = self.loop.time()
        """Seconds of the loop's clock: since when it waits for a request or answers one, and the last byte."""
        self.unread_since = self.since
        """Since when the client has read nothing of an answer that waits for it, if `flow.write_paused`."""
        self._asked_by: tuple[Any, str] = None, ""
        """A request, and the address of who asks it."""

    @property
    def is_silent(self) -> bool:
        """True between requests."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def awaits_body(self) -> bool:
        """True while the app could read more of a body than the client has sent."""
        return not self.is_silent and self.cycle.more_body and not self.flow.read_paused

    @property
    def address(self) -> str:
        """The address of who asks the request that is being answered; of many behind a proxy each has one."""
        if self._asked_by[0] is not self.cycle:
            headers, peer = Headers(raw=list(self.cycle.scope["headers"])), self.client and self.client[0]
            self._asked_by = self.cycle, client_address(headers, peer or None, forwarded=self.settings.forwarded)
        return self._asked_by[1]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """At the limit close the longest silent one, else one whose body stalls or that reads no answer.

        Else all are answers that go on, as streams do: the oldest of the address that holds most gives way.
        """
        super().connection_made(transport)
        if hasattr(transport, "max_size"):  # asyncio's; uvloop, which uvicorn takes where it is installed, has none
            transport.max_size = MAX_READ_BYTES
        if len(self.connections) > self.most:
            others = [each for each in self.connections if isinstance(each, GuardedProtocol) and each is not self]
            silent = sorted((each for each in others if each.is_silent), key=lambda each: each.since)
            stalled = sorted((each for each in others if each.awaits_body), key=lambda each: each.heard)
            unread = sorted((each for each in others if each.flow.write_paused), key=lambda each: each.unread_since)
            answered = sorted((each for each in others if not each.is_silent), key=lambda each: each.since)
            held = Counter(each.address for each in answered)
            oldest = sorted(answered, key=lambda each: -held[each.address])  # of equals the order stays
            [*silent, *stalled, *unread, *oldest, self][0].abort()

    def data_received(self, data: bytes) -> None:
        """Note when the client was last heard; close a connection whose request comes in crumbs."""
        self.heard = self.loop.time()
        self.num_received += len(data)
        super().data_received(data)
        if self.conn.num_events > MAX_EVENTS + self.num_received / MIN_EVENT_BYTES:
            self.abort()

    def pause_writing(self) -> None:
        """Note since when the client does not read."""
        self.unread_since = self.loop.time()
        super().pause_writing()

    def on_response_complete(self) -> None:
        """Note the end of a request; pipelined data may start the next one at once."""
        self.since = self.loop.time()
        self.conn.num_events = self.num_received = 0
        super().on_response_complete()

    def close_if_late(self, now: float) -> None:
        """Abort the connection if its head or body has taken too long, or its answer is not read."""
        silent_s, heard_s = now - self.since, now - self.heard
        if self.is_silent:
            late = silent_s > self.settings.head_timeout_s + (self.timeout_keep_alive if self.cycle else 0.0)
        else:
            late = self.awaits_body and (heard_s > self.settings.body_timeout_s or silent_s > MAX_BODY_S)
        if late or (self.flow.write_paused and now - self.unread_since > MAX_UNREAD_S):
            self.abort()

    def abort(self) -> None:
        """Close the socket without a flush; its file descriptor is free in the next turn of the loop."""
        self.connections.discard(self)
        self.transport.abort()


class _GuardedServer(http_server.Server):
    """Gradio's server with `GuardedProtocol`, few connections accepted per turn, and no proxy headers."""

    def __init__(self, config: Config, *args: Any, settings: Settings, **named: Any) -> None:
        # Before the config is loaded, which happens when the server starts.
        config.http = partial(GuardedProtocol, settings=settings, most=connection_limit(settings))  # type: ignore[assignment]
        config.backlog = ACCEPTED_AT_ONCE
        # uvicorn would trust X-Forwarded-For from a loopback peer, and behind a tunnel every visitor is one.
        config.proxy_headers = False
        config.server_header = False
        super().__init__(config, *args, **named)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and let the kernel queue more connections than are accepted per turn."""
        await super().startup(sockets)
        for listener in (each for server in self.servers for each in server.sockets):
            with socket.socket(fileno=os.dup(listener.fileno())) as copy:
                copy.listen(BACKLOG)

    async def on_tick(self, counter: int) -> bool:
        """Once per second, close what is late."""
        if counter % 10 == 0:
            now = asyncio.get_running_loop().time()
            for each in list(self.server_state.connections):
                if isinstance(each, GuardedProtocol):
                    each.close_if_late(now)
        return await super().on_tick(counter)


class ThrottleFilter(logging.Filter):
    """Let one record per place in the code and error through each `LOG_EVERY_S`, whatever of a client it quotes."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, int, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for a record of a kind that was logged less than `LOG_EVERY_S` ago."""
        now = time.monotonic()
        kind = record.pathname, record.lineno, repr(record.exc_info and record.exc_info[0])
        self._seen = {each: at for each, at in self._seen.items() if now - at < LOG_EVERY_S}
        return self._seen.setdefault(kind, now) == now


def guard_connections(settings: Settings) -> None:
    """Make Gradio build its servers from `_GuardedServer`, and throttle the log lines that a client can cause."""
    http_server.Server = partial(_GuardedServer, settings=settings)  # type: ignore[misc, assignment]
    for name in THROTTLED_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, ThrottleFilter) for each in logger.filters):
            logger.addFilter(ThrottleFilter())


def connection_limit(settings: Settings) -> int:
    """Return the most connections at once: the setting, or fewer where file descriptors are scarce.

    The soft limit on them is raised first.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return settings.most_connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(MAX_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < target:
        resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
        soft = target
    files = MAX_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
    return min(settings.most_connections, max(16, files - RESERVED_DESCRIPTORS))


def check_address(host: str | None, port: int | None) -> None:
    """Raise `UserError` if no program can listen on `port` of `host`; without a port Gradio looks for a free one."""
    if port is None:
        return
    host = host or LOOPBACK_ADDRESS
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            if os.name == "posix":  # elsewhere it would share a port that is taken
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except UnicodeError:  # a part of the name is empty, or has more than 63 letters
        reason = "is not an address of this computer (no name is written so); 127.0.0.1 always is"
        raise UserError("HOST", host, reason, longest=80) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65535 else DEFAULT_PORT
            reason = f"another program listens there; name another, as in PORT={other} make run"
        elif error.errno == errno.EACCES:
            reason = f"may not be used by this user; name one above 1023, as in PORT={DEFAULT_PORT} make run"
        else:
            reason = f"is not an address of this computer ({error.strerror}); 127.0.0.1 always is"
            raise UserError("HOST", host, reason, longest=80) from None
        raise UserError("PORT", port, reason) from None
