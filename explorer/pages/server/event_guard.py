"""ASGI middleware that checks the events of Gradio's API before they are queued, and drops those without a listener.

    Middleware(EventGuard, settings=settings)        # behind the request guard, on a public server

An event names a function of the page and gives as many values as it takes, else 400 with a sentence. Its body has at
most 1 MB; only `LARGE` functions take more, one body parsed at a time and `MOST_HELD` bytes of them queued. An event
whose session opens no stream within `UNHEARD_S` is dropped with its messages.
"""

import asyncio
import gc
import json
import tempfile
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.errors import quote_value
from explorer.pages.server.fast_blocks import num_required
from explorer.pages.server.routes import EVENT_ROUTES, MAX_BODY_BYTES, MAX_UPLOAD_BYTES, STREAM_ROUTES, app_path
from explorer.service.rate_limit import address_of, refusal
from explorer.settings import Settings

LARGE = frozenset({"score", "leaderboard", "captions"})
"""Published functions that take files in the body; a page uploads its files instead."""
MOST_PARTS = 50_000
"""Commas and brackets of a large body: pictures are few long strings, and a million small values fill the memory."""
MOST_HELD = 70_000_000
"""Bytes of large events that may wait in the queue: one of the largest."""
MOST_UNCOLLECTED = 30_000_000
"""Bytes of large bodies after which garbage is collected; the traceback of a failed event holds its body in a cycle."""
COLLECT_S = 30.0
"""Seconds after which garbage of fewer bytes is collected; a collection stops all threads."""
MOST_WAITING = 8
"""Large bodies that wait to be parsed."""
LONGEST_SESSION, MOST_SESSIONS = 64, 10_000
UNHEARD_S = 30.0
SWEEP_S = 2.0
_BUSY = "body: other large requests are waiting on this server; try again in a minute."
_HELD = "explorer.held_bytes"


class Refused(Exception):
    """A status and a sentence for the client."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class EventGuard:
    """Check the bodies of events, and sweep those without a listener."""

    def __init__(self, app: ASGIApp, *, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._app, self._settings = app, settings
        self._turn, self._waiting = asyncio.Lock(), 0
        self._uncollected, self._collected, self._clock = 0, clock(), clock
        self._sessions: OrderedDict[str, None] = OrderedDict()
        self._listeners = Listeners(clock)
        self._sweeping: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check an event, note a stream, and pass everything else on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = app_path(scope)
        if scope["method"] == "POST" and (found := EVENT_ROUTES.fullmatch(path)):
            await self._event(found["name"], scope, receive, send)
        elif found := STREAM_ROUTES.fullmatch(path):
            if (event := found["event"]) and not _is_known(scope["app"].get_blocks()._queue, event):
                await _answer(Refused(404, f"event={quote_value(event)}: is not known or over."))(scope, receive, send)
                return
            query = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])
            with self._listeners.listening(event or "".join(query[:1])):
                await self._app(scope, receive, send)
            if event:  # an event of no page is a session of its own, which ends with its answer
                _forget_state(scope["app"].get_blocks(), event)
        else:
            await self._app(scope, receive, send)

    async def _event(self, name: str | None, scope: Scope, receive: Receive, send: Send) -> None:
        blocks = scope["app"].get_blocks()
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(self._sweep(blocks))
        try:
            with tempfile.SpooledTemporaryFile(max_size=MAX_BODY_BYTES) as body:
                size = await _spooled(body, Headers(scope=scope), receive, is_large=name in LARGE or _is_open(name))
                if size <= MAX_BODY_BYTES:
                    self._check(blocks, name, body.read(), scope)
                    await self._pass_on(body, scope, receive, send)
                else:
                    await self._take_turn(blocks, name, body, size, scope, receive, send)
        except Refused as error:
            await _answer(error)(scope, receive, send)

    async def _take_turn(
        self, blocks: Any, name: str | None, body: IO[bytes], size: int, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Parse and pass on a large body while no other one is."""
        if self._waiting >= MOST_WAITING:
            raise Refused(503, _BUSY)
        self._waiting += 1
        try:
            async with self._turn:
                if self._uncollected + size > MOST_UNCOLLECTED:
                    await self._collect()
                self._uncollected += size
                if held_bytes(blocks) + size > MOST_HELD:
                    raise Refused(503, _BUSY)
                await asyncio.to_thread(self._check_large, blocks, name, body, scope)
                scope[_HELD] = size
                await self._pass_on(body, scope, receive, send)
        finally:
            self._waiting -= 1

    async def _collect(self) -> None:
        self._uncollected, self._collected = 0, self._clock()
        await asyncio.to_thread(gc.collect)

    def _check_large(self, blocks: Any, name: str | None, body: IO[bytes], scope: Scope) -> None:
        content = body.read()
        if sum(map(content.count, (b",", b"[", b"{"))) > MOST_PARTS:
            raise Refused(
                413, f"body: of more than {MAX_BODY_BYTES // 1_000_000} MB it has at most {MOST_PARTS} parts."
            )
        function = self._check(blocks, name, content, scope)
        if function.api_name not in LARGE:
            raise Refused(413, _too_large(MAX_BODY_BYTES))

    def _check(self, blocks: Any, name: str | None, content: bytes, scope: Scope) -> Any:
        """The function that the event calls; `Refused` if there is none or its values are too few."""
        try:
            event = json.loads(content)
        except (ValueError, RecursionError):
            raise Refused(400, "body: is not JSON.") from None
        if not isinstance(event, dict):
            raise Refused(400, "body: give a JSON object.")
        function = _function(blocks, name, event)
        session = event.get("session_hash")
        if session is not None and not (isinstance(session, str) and 0 < len(session) <= LONGEST_SESSION):
            raise Refused(
                400, f"session_hash={quote_value(session)}: give a text of 1 to {LONGEST_SESSION} characters."
            )
        if session is not None and session not in self._sessions:
            self._count_session(session, scope)
        return function

    def _count_session(self, session: str, scope: Scope) -> None:
        """`Refused` if the address has opened too many pages; each keeps the state of its components."""
        client = scope.get("client")
        person = address_of(Headers(scope=scope), client[0] if client else None, forwarded=self._settings.forwarded)
        if refused := refusal("sessions", person, self._settings):
            raise Refused(429, f"{refused}.")
        self._sessions[session] = None
        if len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)

    async def _pass_on(self, body: IO[bytes], scope: Scope, receive: Receive, send: Send) -> None:
        """Call the app with the spooled body, piece by piece."""
        body.seek(0)
        is_over = False

        async def read() -> Message:
            nonlocal is_over
            if is_over:
                return await receive()
            piece = body.read(MAX_BODY_BYTES)
            is_over = len(piece) < MAX_BODY_BYTES
            return {"type": "http.request", "body": piece, "more_body": not is_over}

        await self._app(scope, read, send)

    async def _sweep(self, blocks: Any) -> None:
        """Drop events without a listener, for as long as the server runs."""
        while True:
            await asyncio.sleep(SWEEP_S)
            queue = blocks._queue
            messages = {session for session, each in queue.pending_messages_per_session.items() if not each.empty()}
            for session in self._listeners.unheard(messages | set(queue.pending_event_ids_session)):
                await drop_session(blocks, session)
            is_due = self._uncollected > MOST_UNCOLLECTED or self._clock() - self._collected > COLLECT_S
            if self._uncollected and is_due and not self._waiting and not held_bytes(blocks):
                await self._collect()


class Listeners:
    """The sessions whose stream is open, and for how long the others have had none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: Counter[str] = Counter()
        self._since: dict[str, float] = {}

    @contextmanager
    def listening(self, session: str) -> Iterator[None]:
        """A context in which the session has an open stream; an event that has no session is one by its id."""
        self._open[session] += 1
        self._since.pop(session, None)
        try:
            yield
        finally:
            self._open[session] -= 1
            if not self._open[session]:
                del self._open[session]

    def unheard(self, sessions: set[str]) -> list[str]:
        """Return the members of `sessions` without a stream in the last `UNHEARD_S`."""
        now, known = self._clock(), sessions - set(self._open)
        self._since = {session: self._since.get(session, now) for session in known}
        return [session for session, since in self._since.items() if now - since >= UNHEARD_S]


async def drop_session(blocks: Any, session: str) -> None:
    """Forget the events, the messages and the component values of a session of Gradio's queue."""
    queue = blocks._queue
    events = [queue.event_ids_to_events[each] for each in queue.pending_event_ids_session.get(session, ())
              if each in queue.event_ids_to_events]  # fmt: skip
    await queue.clean_events(session_hash=session)
    for event in events:
        event.alive = False
    queue.pending_event_ids_session.pop(session, None)
    if session in queue.pending_messages_per_session:
        del queue.pending_messages_per_session[session]
    _forget_state(blocks, session)


def _forget_state(blocks: Any, session: str) -> None:
    """Drop the state of a session's components."""
    with blocks.state_holder.lock:
        blocks.state_holder.session_data.pop(session, None)
        blocks.state_holder.time_last_used.pop(session, None)


def held_bytes(blocks: Any) -> int:
    """Bytes of the large events that wait in Gradio's queue or are being answered."""
    events = blocks._queue.event_ids_to_events.values()
    return sum(event.request.scope.get(_HELD, 0) for event in list(events))


def _function(blocks: Any, name: str | None, event: dict[str, Any]) -> Any:
    """The function of the page that an event names by its number, or its route by its API name."""
    number, data = event.get("fn_index"), event.get("data")
    if number is None and name:
        function = next((each for each in blocks.fns.values() if each.api_name == name), None)
    else:
        is_number = isinstance(number, int) and not isinstance(number, bool)
        function = blocks.fns.get(number) if is_number else None
    if function is None:
        what = f"api_name={quote_value(name)}" if number is None and name else f"fn_index={quote_value(number)}"
        raise Refused(404, f"{what}: this page has no such event.")
    least = num_required(function)
    if name is not None and "data" not in event:
        return function  # /call/v2 names each value
    if not isinstance(data, list) or len(data) < least:
        given = f"{len(data)} values" if isinstance(data, list) else quote_value(data)
        at_least = f"{least} values" if least == len(function.inputs) else f"at least {least} values"
        raise Refused(400, f"data: the event {function.api_name} takes a list of {at_least}, not {given}.")
    return function


def _is_known(queue: Any, event: str) -> bool:
    """True if the event waits, is answered or has an answer to fetch."""
    fetched = queue.pending_event_ids_session.values()
    return event in queue.event_ids_to_events or any(event in ids for ids in fetched)


def _is_open(name: str | None) -> bool:
    """True if the function stands in the body."""
    return name is None or name == "predict"


async def _spooled(file: IO[bytes], headers: Headers, receive: Receive, *, is_large: bool) -> int:
    """Write the body to `file`, on disk if it is large; its size in bytes."""
    most, size = MAX_UPLOAD_BYTES if is_large else MAX_BODY_BYTES, 0
    if int(headers.get("content-length", "0")) > most:
        raise Refused(413, _too_large(most))
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400, "body: the connection ended before it.")
        size += len(message.get("body", b""))
        if size > most:
            raise Refused(413, _too_large(most))
        file.write(message.get("body", b""))
        if not message.get("more_body"):
            break
    file.seek(0)
    return size


def _too_large(most: int) -> str:
    return f"body: at most {most // 1_000_000} MB here."


def _answer(error: Refused) -> Response:
    """The refusal in the shape of Gradio's own, whose clients show `detail` or `error`."""
    return JSONResponse({"detail": str(error), "error": str(error)}, status_code=error.status)
