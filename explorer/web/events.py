"""ASGI middleware for the questions of Gradio's queue: checked before they wait, and dropped if nobody listens.

    Middleware(QuestionMiddleware, settings=settings)  # behind the guard

A question names a function of the registry and its parameters, else 404 or 422 with a sentence. One of more than 1 MB
only goes to the functions that take files; one such body is parsed at a time, and `MAX_HELD_BYTES` bytes of them wait.
What nobody has listened to for `UNHEARD_S` is dropped with its answer, and one address has a few questions in the
queue, so that it leaves room. Gradio's queue does none of this.
"""

import asyncio
import gc
import json
import logging
import tempfile
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import Parameter
from typing import IO, Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.errors import quote_value
from explorer.runs.files import MAX_JSON_DEPTH, MB, parse_json
from explorer.settings import Settings
from explorer.views.rate_limit import take_from_bucket
from explorer.views.registry import Entry
from explorer.web.gradio_queue import GradioQueue
from explorer.web.guard import (
    CALL_PATHS,
    LARGE_BODY_VIEWS,
    MAX_BODY,
    MAX_LARGE_BODY,
    STREAM_PATHS,
    TOOL_PATHS,
    RefusedError,
    app_path,
    check_own_page,
    check_parts,
    scope_address,
)
from explorer.web.view_routes import api_names

MAX_HELD_BYTES = MAX_LARGE_BODY
"""Bytes of large bodies that may wait in the queue: one of the largest."""
MAX_WAITING_BODIES = 8
"""Large bodies that wait to be parsed."""
LONGEST_SESSION, MAX_SESSIONS = 64, 10_000
UNHEARD_S = 30.0
SWEEP_S = 2.0
_HELD_KEY, _ADDRESS_KEY, _QUESTION_KEY = "explorer.held_bytes", "explorer.address", "explorer.question"
_log = logging.getLogger(__name__)


class QuestionMiddleware:
    """ASGI middleware (see the module); what it raises the guard answers."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._table = api_names()
        self._turn, self._waiting, self._uncollected = asyncio.Lock(), 0, 0
        self._arriving: dict[object, str] = {}
        self._sessions: OrderedDict[str, None] = OrderedDict()
        self._listeners = StreamListeners()
        self._sweeping: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a question, note a stream, and pass everything else on."""
        path = app_path(scope) if scope["type"] == "http" else ""
        if path and scope["method"] == "POST" and (match := CALL_PATHS.fullmatch(path)):
            await self._check_question(match["name"], scope, receive, send)
        elif path and scope["method"] == "POST" and TOOL_PATHS.fullmatch(path):
            await self._app(scope, _replay_body(await _checked_tool_body(scope, receive), receive), send)
        elif path and (match := STREAM_PATHS.fullmatch(path)):
            await self._follow_stream(match["event"], scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _follow_stream(self, event: str | None, scope: Scope, receive: Receive, send: Send) -> None:
        queue = GradioQueue(scope["app"].get_blocks())
        if event and not queue.knows_event(event):
            raise RefusedError(404, "event", "{given} is not known, or it is over", given=quote_value(event))
        query = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])
        if not event and query and not queue.knows_session(query[0]):
            raise RefusedError(
                404, "session_hash", "{given} has asked nothing, or its answers are over", given=quote_value(query[0])
            )
        with self._listeners.listening(event or "".join(query[:1])):
            await self._app(scope, receive, send)
        if event:  # a question of no session is one of its own, which ends with its answer
            queue.forget_state(event)

    async def _check_question(self, name: str | None, scope: Scope, receive: Receive, send: Send) -> None:
        queue = GradioQueue(scope["app"].get_blocks())
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(self._sweep(queue))
        if name is not None and name not in self._table:
            raise RefusedError(404, "api_name", "{given} is no function of this server", given=quote_value(name))
        with self._taken_place(queue, scope), tempfile.SpooledTemporaryFile(max_size=MAX_BODY) as body:
            async for part in Request(scope, receive).stream():
                body.write(part)
            size = body.tell()
            body.seek(0)
            if size > MAX_BODY:
                await self._pass_large_body(queue, name, body, size, scope, receive, send)
            else:
                await self._app(scope, _replay_body(self._check_body(queue, name, body.read(), scope), receive), send)

    @contextmanager
    def _taken_place(self, queue: GradioQueue, scope: Scope) -> Iterator[None]:
        """Hold a place of the queue until the question is in it; `RefusedError` if its address, or the queue, has none.

        The body may come long after the head: without the place, an address could send many heads first.
        """
        most, question = self._settings.waiting_questions, object()
        scope[_ADDRESS_KEY] = address = scope_address(scope, self._settings)
        scope[_QUESTION_KEY] = question
        # While its request is answered, a question is in the queue and among those that arrive: it counts once.
        in_queue = {each[_QUESTION_KEY]: each[_ADDRESS_KEY] for each in queue.scopes() if _QUESTION_KEY in each}
        if self._settings.is_shared and [*(in_queue | self._arriving).values()].count(address) >= most:
            wanted = "at most {most} wait or are answered at once from one address; wait for one of yours"
            raise RefusedError(429, "questions", wanted, most=most)
        if queue.num_free() <= len(self._arriving.keys() - in_queue.keys()):
            raise RefusedError(503, "questions", "as many as this server takes are waiting; try again in a minute")
        self._arriving[question] = address
        try:
            yield
        finally:
            del self._arriving[question]

    async def _pass_large_body(
        self,
        queue: GradioQueue,
        name: str | None,
        body: IO[bytes],
        size: int,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Parse and pass on a large body while no other one is."""
        busy = RefusedError(503, "body", "other large requests are waiting on this server; try again in a minute")
        if self._waiting >= MAX_WAITING_BODIES:
            raise busy
        self._waiting += 1
        try:
            async with self._turn:
                if self._uncollected + size > MAX_HELD_BYTES:
                    await self._collect()
                self._uncollected += size
                if _held_bytes(queue) + size > MAX_HELD_BYTES:
                    raise busy
                filled = await asyncio.to_thread(self._check_body, queue, name, body.read(), scope)
                scope[_HELD_KEY] = size
                await self._app(scope, _replay_body(filled, receive), send)
        finally:
            self._waiting -= 1

    async def _collect(self) -> None:
        """Free bodies that the tracebacks of failed questions hold in cycles."""
        self._uncollected = 0
        await asyncio.to_thread(gc.collect)

    def _check_body(self, queue: GradioQueue, name: str | None, content: bytes, scope: Scope) -> bytes:
        """Return the body, with the defaults of values that a list leaves out; `RefusedError` for any other fault."""
        is_large = len(content) > MAX_BODY
        check_parts(content)
        try:
            question = json.loads(content)
        except (ValueError, RecursionError):
            question = None
        if not isinstance(question, dict):
            raise RefusedError(400, "body", "give a JSON object")
        number = question.get("fn_index")
        entry = self._table.get(name or queue.function_name(number))
        if entry is None:
            raise RefusedError(404, "fn_index", "{given} is no function of this server", given=quote_value(number))
        if entry.kind == "act":
            check_own_page(Headers(scope=scope))
        if is_large and entry.name not in LARGE_BODY_VIEWS:
            raise RefusedError(413, "body", "at most {most} MB", most=MAX_BODY // MB)
        if _has_file(question):
            raise RefusedError(422, "file", "was not uploaded to this server; give a picture as a data URI")
        self._check_session(question.get("session_hash"), scope)
        if name is not None and "/call/v2/" in scope["path"]:
            entry.check_names(question)
            return content
        missing = _missing_defaults(entry, question.get("data"))
        return json.dumps(question | {"data": [*question["data"], *missing]}).encode() if missing else content

    def _check_session(self, session: Any, scope: Scope) -> None:
        """Refuse a name of another shape, and one too many of an address: each keeps some state."""
        if session is None or (isinstance(session, str) and session in self._sessions):
            return
        # Gradio keeps a table of the sessions: one that is no Unicode would end its care for every later question.
        if not (isinstance(session, str) and session.isascii() and 0 < len(session) <= LONGEST_SESSION):
            raise RefusedError(400, "session_hash", "give a text of 1 to {most} ASCII characters", most=LONGEST_SESSION)
        if self._settings.is_shared:
            take_from_bucket("sessions", scope[_ADDRESS_KEY], self._settings)
        self._sessions[session] = None
        if len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)

    async def _sweep(self, queue: GradioQueue) -> None:
        """Drop what nobody hears, for as long as the server runs."""
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                for session in self._listeners.silent_sessions(queue.sessions()):
                    await queue.forget(session)
                if self._uncollected and not self._waiting and not _held_bytes(queue):
                    await self._collect()
            except Exception:  # structures of Gradio that changed meanwhile: the next round may succeed
                _log.exception("sessions that nobody hears could not be dropped")


async def _checked_tool_body(scope: Scope, receive: Receive) -> bytes:
    """Return the body of a call of MCP; `RefusedError` for what its parser would end with an error of Python."""
    body = await Request(scope, receive).body()
    check_parts(body)
    try:
        parse_json(body)
    except ValueError:
        raise RefusedError(400, "body", "give JSON, nested at most {most} times", most=MAX_JSON_DEPTH) from None
    return body


class StreamListeners:
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
            self._open -= Counter([session])  # one at zero is dropped

    def silent_sessions(self, sessions: set[str]) -> list[str]:
        """Return the members of `sessions` without a stream in the last `UNHEARD_S`."""
        now = self._clock()
        self._since = {each: self._since.get(each, now) for each in sessions - set(self._open)}
        return [session for session, since in self._since.items() if now - since >= UNHEARD_S]


def _held_bytes(queue: GradioQueue) -> int:
    """Count the bytes of the large bodies that wait in Gradio's queue or are being answered."""
    return sum(scope.get(_HELD_KEY, 0) for scope in queue.scopes())


def _missing_defaults(entry: Entry, values: Any) -> list[Any]:
    """Return the defaults of the parameters behind a list of values; `RefusedError` unless the others are there."""
    defaults = [each.default for each in entry.parameters.values()]
    needed = sum(each is Parameter.empty for each in defaults)
    if not isinstance(values, list) or len(values) < needed:
        received = f"{len(values)} values" if isinstance(values, list) else quote_value(values)
        raise RefusedError(
            400,
            "data",
            "{name} takes a list of at least {needed} values, not {received}",
            name=entry.name,
            needed=needed,
            received=received,
        )
    return defaults[len(values) :]


def _has_file(question: dict[str, Any]) -> bool:
    """Return True if Gradio would take a value for a file and fetch or open it."""
    waiting: list[Any] = [question]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict) and "meta" in value and ("path" in value or "url" in value):
            return True
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return False


def _replay_body(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body once, and then what the connection says."""
    unread = [body]

    async def read() -> Message:
        return {"type": "http.request", "body": unread.pop(), "more_body": False} if unread else await receive()

    return read
