"""Addresses and connections of the server: a free port, limits by a protocol and a server class of uvicorn, log lines.

    guard_connections(settings)      # before `Blocks.launch`, which builds its server from `GuardedServer` from then on

A connection without a complete request head is closed after `head_timeout_s`, a body that stalls after
`body_timeout_s`. At the limit the connection that has been silent for longest is closed for the new one, from any
address. The client address comes from the socket; only `service.rate_limit` reads forwarded headers.

    check_address("127.0.0.1", 7860)      # UserError: "PORT=7860: another program listens there; ..."

The port is checked before the page is built, which takes seconds.
"""

import asyncio
import errno
import logging
import os
import socket
import time
from collections import OrderedDict
from functools import partial
from typing import Any

from gradio import http_server
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

from explorer.errors import UserError
from explorer.settings import PORT, Settings

ACCEPTED_AT_ONCE = 32
"""Connections that asyncio accepts per turn of its loop, before any of them can be closed."""
BACKLOG = 512
"""Connections that the kernel completes ahead of `accept`."""
RESERVED_FILES = 256
"""File descriptors kept for files, workers and the connections accepted in the last turns of the loop."""
MOST_FILES = 8192
"""The soft limit of file descriptors is raised to this where the hard limit allows it."""
MOST_BODY_S = 600.0
"""Seconds for one whole request body at any rate."""
LOG_EVERY_S = 10.0
MOST_LOG_KEYS = 100
LOCALHOST = "127.0.0.1"


class Connections:
    """The connections of one server that wait for a request, the longest wait first, and their limits."""

    def __init__(self, settings: Settings) -> None:
        self.head_s, self.body_s = settings.head_timeout_s, settings.body_timeout_s
        self.most = most_connections(settings)
        self.silent: OrderedDict[GuardedProtocol, None] = OrderedDict()

    def make_room(self, newcomer: "GuardedProtocol") -> None:
        """Close the longest silent connection, else one whose body stalls, else the newcomer, at the limit."""
        if len(newcomer.connections) <= self.most:
            return
        victim = next(iter(self.silent), newcomer)
        if victim is newcomer:
            stalled = [each for each in newcomer.connections if isinstance(each, GuardedProtocol) and each.awaits_body]
            victim = min(stalled, key=lambda each: each.heard, default=newcomer)
        victim.abort()


class GuardedProtocol(H11Protocol):
    """uvicorn's h11 protocol with a time limit for request heads and bodies."""

    def __init__(self, *args: Any, guard: Connections, **named: Any) -> None:
        super().__init__(*args, **named)
        self.guard = guard
        self.since = self.heard = self.loop.time()
        """Seconds of the loop's clock: the last change between silence and a request, and the last byte."""

    @property
    def awaits_body(self) -> bool:
        """True while the app could read more of a body than the client has sent."""
        cycle = self.cycle
        return cycle is not None and cycle.more_body and not cycle.response_complete and not self.flow.read_paused

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Register the connection as silent; at the limit one is closed."""
        super().connection_made(transport)
        self._fall_silent()
        self.guard.make_room(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.guard.silent.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Note when the client was last heard."""
        self.heard = self.loop.time()
        super().data_received(data)

    def handle_events(self) -> None:
        """Note the start of a request."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and not self.cycle.response_complete:
            self.since = self.loop.time()
            self.guard.silent.pop(self, None)

    def on_response_complete(self) -> None:
        """Note the end of a request; pipelined data may start the next one at once."""
        self._fall_silent()
        super().on_response_complete()

    def close_if_late(self, now: float) -> None:
        """Abort the connection if its head or body has taken too long."""
        if self in self.guard.silent:
            keep_alive = self.timeout_keep_alive if self.cycle is not None else 0.0
            late = now - self.since > self.guard.head_s + keep_alive
        else:
            stalls = now - self.heard > self.guard.body_s or now - self.since > MOST_BODY_S
            late = self.awaits_body and stalls
        if late:
            self.abort()

    def abort(self) -> None:
        """Close the socket without a flush; its file descriptor is free in the next turn of the loop."""
        self.guard.silent.pop(self, None)
        self.transport.abort()

    def _fall_silent(self) -> None:
        self.since = self.loop.time()
        self.guard.silent[self] = None
        self.guard.silent.move_to_end(self)


class GuardedServer(http_server.Server):
    """Gradio's server with `GuardedProtocol`, few connections accepted per turn, and no proxy headers."""

    def __init__(self, config: Config, *args: Any, guard: Connections, **named: Any) -> None:
        # Before the config is loaded, which happens when the server starts.
        config.http = partial(GuardedProtocol, guard=guard)  # type: ignore[assignment]
        config.backlog = ACCEPTED_AT_ONCE
        # uvicorn would trust X-Forwarded-For from a loopback peer, and behind a tunnel every visitor is one.
        config.proxy_headers = False
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


class Throttle(logging.Filter):
    """Let one record per kind through each `LOG_EVERY_S`, with the count of those left out since."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for a record of a kind that was logged less than `LOG_EVERY_S` ago."""
        key, now = _kind(record), time.monotonic()
        at, left_out = self._seen.get(key, (-LOG_EVERY_S, 0))
        if now - at < LOG_EVERY_S:
            self._seen[key] = (at, left_out + 1)
            return False
        if left_out:
            record.msg, record.args = f"{record.getMessage()} ({left_out} like it were left out)", ()
        self._seen[key] = (now, 0)
        self._seen.move_to_end(key)
        if len(self._seen) > MOST_LOG_KEYS:
            self._seen.popitem(last=False)
        return True


def guard_connections(settings: Settings) -> None:
    """Make Gradio build its servers from `GuardedServer`, and throttle the log lines that a client can cause."""
    http_server.Server = partial(GuardedServer, guard=Connections(settings))  # type: ignore[misc, assignment]
    for name in ("uvicorn.error", "asyncio"):
        logger = logging.getLogger(name)
        if not any(isinstance(each, Throttle) for each in logger.filters):
            logger.addFilter(Throttle())


def most_connections(settings: Settings) -> int:
    """Connections at once: the setting, or fewer where file descriptors are scarce; raises the soft limit first."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return settings.most_connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    files = MOST_FILES if soft == resource.RLIM_INFINITY else soft
    return min(settings.most_connections, max(16, files - RESERVED_FILES))


def _kind(record: logging.LogRecord) -> str:
    """The logger, the first line of the message and the place of its error."""
    error = record.exc_info[1] if record.exc_info else None
    trace, place = getattr(error, "__traceback__", None), ""
    while trace is not None:
        place, trace = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}", trace.tb_next
    return f"{record.name} {str(record.msg).partition(chr(10))[0]} {type(error).__name__} {place}"


def check_address(host: str | None, port: int | None) -> None:
    """Raise `UserError` if no program can listen on `port` of `host`; without a port Gradio looks for a free one."""
    if port is None:
        return
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host or LOCALHOST, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            if os.name == "posix":  # elsewhere it would share a port that is taken
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        raise _refused(error, host or LOCALHOST, port) from None


def _refused(error: OSError, host: str, port: int) -> UserError:
    if error.errno == errno.EADDRINUSE:
        return UserError(
            "PORT", port, f"another program listens there; name another, as in PORT={_other(port)} make run"
        )
    if error.errno == errno.EACCES:
        return UserError("PORT", port, f"may not be used by this user; name one above 1023, as in PORT={PORT} make run")
    reason = f"is not an address of this computer ({error.strerror}); 127.0.0.1 always is"
    return UserError("HOST", host, reason, longest=80)


def _other(port: int) -> int:
    return port + 1 if port < 65535 else PORT
