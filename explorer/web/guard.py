"""ASGI middleware in front of every route: an allow-list, limits of a shared server, and security headers.

    Middleware(Guard, settings=settings)
    raise RefusedError(404, "run", "there is no such run")  # in a route: {"error": {"field", "sentence"}, "detail"}
    Route("/", charged_endpoint(index))                     # what it computes counts for the address that asks

What it refuses reaches no handler: 403 for an act of another site's page, and for a name of another site that leads to
a server for this computer only, 404 for what is not on the list, 415 for a body that another site's form could send,
413 for one that is too large, on a shared server 429 with the seconds to wait for an address that asks too often or for
too much at once, and 507 if the disk has no room. `gradio_client` shows the `detail` of a refusal.
"""

import ipaddress
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.classroom.handed_in import MAX_MODEL_BYTES
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, BusyError, UserError
from explorer.runs.files import MB, free_bytes
from explorer.sentences import key_sentence
from explorer.settings import Settings, is_space
from explorer.views.rate_limit import FILE_SHARE, charge_computing, client_address, take_from_bucket

Answer = TypeVar("Answer")
NO_STORE = "private, no-store"
MAX_BODY, MAX_LARGE_BODY = MB, 70 * MB
"""Bytes of a request, and of a question that brings its pictures."""
UPLOAD_PATHS = {"/bring": CONTRACT.file_bytes.run_zip, "/class/model": MAX_MODEL_BYTES}
"""Addresses that take a file as the body, and its most bytes."""
MAX_PARTS, MAX_QUOTES = 50_000, 200_000
"""Commas and brackets of a JSON body outside of its texts, and quotes: small values take long to read and to check."""
MAX_HEADERS, MAX_FIELDS = 100, 200
"""Lines of a head, and parts of an address behind its question mark: ten thousand take tens of milliseconds to read."""
LINES_PER_REQUEST = 2000
"""Lines of a head, beyond those that may be there, which are read in the time of one request."""
LOCALHOST_NAME = "localhost"
FORWARDED_HEADER = "x-forwarded-for"
COMPUTED_S = "explorer.computed_s"
"""Key of a request's scope: the seconds of a core that its answer took, which count beside the request."""
SECONDS_PER_BYTE = 2.5e-9
"""Seconds of a core in which a byte of an answer is read from the disk and sent."""
PIECE_BYTES = FileResponse.chunk_size
"""Bytes of an answer that are handed on at once: as many as a file is read in, which are not cut again."""
MIN_FREE_BYTES = 500 * MB
"""Bytes of the disk that are reserved for the runs and the system."""
HUB_ORIGIN = "https://huggingface.co"
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self'; connect-src 'self'{hub}; worker-src 'self' blob:;"
    " manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'{hub}{framed_by}"
)
CALL_PATTERN = r"/gradio_api/(?:queue/join|call/(?:v2/)?(?P<name>[^/]*))/?"
STREAM_PATTERN = r"/gradio_api/(?:queue/data|call/(?:v2/)?[^/]*/(?P<event>[^/]*))/?"
VIEW_PATHS = (
    *(name for name, view in CONTRACT.views.items() if view.has_address),
    *(name for view in CONTRACT.views.values() for name in view.old_names),
)
"""Addresses at which views of the page stand, beside the page's own."""
OWN_PATTERN = rf"/|/({'|'.join(VIEW_PATHS)})/?|/class/(plan/?|ping|model)|/(page|v|a|runs|study)/.+|/bring"
TOOL_PATTERN = r"/gradio_api/mcp(/(http/?)?)?"
ACT_PATHS = re.compile(rf"/a/.+|{'|'.join(UPLOAD_PATHS)}|{TOOL_PATTERN}")
"""Where a POST may change something; that of a question to Gradio's queue depends on the function that it names."""
GRADIO_PATTERN = (
    rf"/config/?|{TOOL_PATTERN}|/gradio_api/(info/?|openapi\.json|mcp/schema|heartbeat/[^/]+|startup-events|cancel)"
)
"""Addresses that `gradio_client` and MCP clients ask for beside calls and streams, and the launch itself."""
ALLOWED_PATHS = re.compile(
    "|".join((OWN_PATTERN, GRADIO_PATTERN, CALL_PATTERN, STREAM_PATTERN.replace("?P<event>", "")))
)
UPLOAD_PATH = "/gradio_api/upload"
NO_UPLOADS = "nothing is uploaded here: give a picture in the call, as a data URI, data:image/png;base64,..."
"""This answer is for programs that go by what the Hub says of every Gradio Space."""
LARGE_BODY_VIEWS = ("score", "leaderboard", "captions", "captions_placed")
"""Functions that take files in the body."""
MAX_TOOL_CALLS = 16
"""Calls of MCP at once: each holds one of the forty threads that answer everybody, while it waits for its job."""
TOOLS = "tools"
"""Key of the calls of MCP under way, which are counted beside those of each address."""
CALL_PATHS, STREAM_PATHS, TOOL_PATHS = map(re.compile, (CALL_PATTERN, STREAM_PATTERN, TOOL_PATTERN))
COSTLY_PATHS = re.compile(r"/runs/[^/]+")
"""Files that are packed when they are asked for."""
_JSON_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""A text in JSON, also one without its end: so that no byte is looked at twice."""
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?")


async def _send_in_pieces(message: Message, send: Send) -> None:
    """Send a large body piece by piece: of one that is not read, the transport holds a piece instead of a copy."""
    body = message.get("body", b"")
    last = max(0, len(body) - 1) // PIECE_BYTES * PIECE_BYTES
    for start in range(0, last, PIECE_BYTES):
        await send({**message, "body": body[start : start + PIECE_BYTES], "more_body": True})
    await send({**message, "body": body[last:]} if last else message)


class RefusedError(UserError):
    """A request that is answered by a status of its own, where a `BusyError` is 429 and every other `UserError` 422."""

    def __init__(
        self, status: int, field: str, reason: object, *, longest: int | None = None, **values: object
    ) -> None:
        super().__init__(field, NO_VALUE, reason, longest=longest, **values)
        self.status = status

    def in_field(self, field: str) -> Self:
        return type(self)(self.status, field, self.reason, longest=self.longest)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), longest=self.longest), (self.status, self.field, self.reason)


FAULT = RefusedError(500, "server", "could not answer this; what went wrong stands in its log")


def error_response(error: UserError) -> JSONResponse:
    """Return a refusal as our own clients and Gradio's read it."""
    status = error.status if isinstance(error, RefusedError) else 429 if isinstance(error, BusyError) else 422
    told = {"field": error.field, "sentence": str(error), "sentences": [key_sentence(error.sentence)]}
    answer = {"error": told, "detail": str(error)}
    return JSONResponse(answer, status, {"Cache-Control": NO_STORE})


class _SecuredAnswer:
    """The answer to one request on its way out: it gets the security headers, and a person's 404 is a page."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, *, policy: str, missing: Callable[[Scope], Response]
    ) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._policy, self._missing = policy, missing
        self._asks_for_page = scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
        self._has_begun, self._is_missing = False, False
        self.bytes_sent = 0

    async def send(self, message: Message) -> None:
        """Send a message on; the page takes the place of a 404 once that has ended."""
        self.bytes_sent += len(message.get("body", b""))
        if message["type"] == "http.response.start":
            self._begin(message)
        if not self._is_missing:
            await _send_in_pieces(message, self._send)
        elif message["type"] == "http.response.body" and not message.get("more_body"):
            await self._missing(self._scope)(self._scope, self._receive, self.send)

    def _begin(self, message: Message) -> None:
        """Write the security headers, and note if a page is sent instead."""
        headers = MutableHeaders(raw=message["headers"])
        is_html = headers.get("content-type", "").startswith("text/html")
        self._has_begun, self._is_missing = True, self._asks_for_page and message["status"] == 404 and not is_html
        headers["X-Content-Type-Options"] = "nosniff"
        if is_html:
            headers["Content-Security-Policy"] = self._policy
            headers.setdefault("Referrer-Policy", "same-origin")

    async def refuse(self, error: UserError) -> None:
        """Answer with the error, unless the answer has begun."""
        if not self._has_begun:
            await error_response(error)(self._scope, self._receive, self.send)


class Guard:
    """Refuses what the module names before a handler sees it, and adds the security headers to all answers."""

    def __init__(self, app: ASGIApp, *, settings: Settings, missing: Callable[[Scope], Response]) -> None:
        self._app, self._settings, self._missing = app, settings, missing
        self._under_way: Counter[str] = Counter()
        hub = f" {HUB_ORIGIN}" if is_space(os.environ) else ""
        self._policy = CONTENT_POLICY.format(
            hub=hub, framed_by="".join(f" {each}" for each in framing_origins(settings))
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on; a body is cut at its most bytes, and a person's 404 is a page."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        _join_forwarded(MutableHeaders(scope=scope))
        path, address = app_path(scope), scope_address(scope, self._settings)
        answer = _SecuredAnswer(scope, receive, send, policy=self._policy, missing=self._missing)
        try:
            self._admit(scope, path, address)
            await self._pass_on(scope, receive, answer, path, address)
        except UserError as error:
            await answer.refuse(error)
        except ClientDisconnect:
            return  # in the middle of its body: nobody waits for an answer
        except Exception:  # a fault of ours, as a file that somebody damaged brings it out
            await answer.refuse(FAULT)
            raise  # the log has its traceback

    def _admit(self, scope: Scope, path: str, address: str) -> None:
        """Refuse what may not reach a handler, and count what asks for it."""
        headers = Headers(scope=scope)
        self._check_name(headers)
        self._count_request(path, len(scope["headers"]), address)  # first: what is refused below takes its time too
        _check_request(scope, path, headers)
        if _calls_tool(scope, path) and self._under_way[TOOLS] >= MAX_TOOL_CALLS:
            words = "at most {most} are called at once; try again in a minute"
            raise RefusedError(503, "tools", words, most=MAX_TOOL_CALLS)
        self._count_content(path, headers, address)

    async def _pass_on(self, scope: Scope, receive: Receive, answer: _SecuredAnswer, path: str, address: str) -> None:
        """Ask the handler; the request counts as under way until it has answered, and then as what it cost."""
        counts = [address, *([TOOLS] if _calls_tool(scope, path) else [])]
        self._under_way.update(counts)
        try:
            await self._app(scope, _cut_body(receive, path), answer.send)
        finally:
            self._under_way -= Counter(counts)  # one at zero is dropped
            if self._settings.is_shared:
                seconds = scope.get(COMPUTED_S, 0.0) + answer.bytes_sent * SECONDS_PER_BYTE
                charge_computing(address, seconds, self._settings)

    def _check_name(self, headers: Headers) -> None:
        """Refuse, on a server for this computer alone, a name that another site may have led here.

        That site's page would count as one of this server: DNS rebinding.
        """
        if self._settings.is_shared or self._settings.forwarded or _is_local_name(headers.get("host", LOCALHOST_NAME)):
            return
        raise RefusedError(
            403, "host", "ask localhost or an IP address; behind a proxy or tunnel set EXPLORER_PUBLIC=1"
        )

    def _count_request(self, path: str, lines: int, address: str) -> None:
        """Refuse, on a shared server, an address that asks too often."""
        if not self._settings.is_shared:
            return
        most = self._settings.open_requests
        if self._under_way[address] >= most:
            raise RefusedError(429, "requests", "at most {most} at once from one address; close some", most=most)
        amount = FILE_SHARE if path.startswith("/page/") else 1.0
        amount += max(0, lines - MAX_HEADERS) / LINES_PER_REQUEST
        take_from_bucket("requests", address, self._settings, amount=amount)

    def _count_content(self, path: str, headers: Headers, address: str) -> None:
        """Refuse, on a shared server, an address that asks for too much or sends too much."""
        if not self._settings.is_shared:
            return
        unknown = _max_bytes(path) if "transfer-encoding" in headers else 0
        megabytes = int(headers.get("content-length", unknown)) / MB
        amounts = {
            "questions": float(bool(COSTLY_PATHS.fullmatch(path))),
            "uploads" if megabytes > MAX_BODY / MB else "bodies": megabytes,
        }
        for kind, amount in amounts.items():
            if amount:
                take_from_bucket(kind, address, self._settings, amount=amount)
        is_file = COSTLY_PATHS.fullmatch(path) or path in UPLOAD_PATHS
        if is_file and free_bytes(Path(tempfile.gettempdir())) < MIN_FREE_BYTES:
            raise RefusedError(507, "disk", "this server has no room left for files; try later")


def scope_address(scope: Scope, settings: Settings) -> str:
    """Return the address of who sends a request."""
    client = scope.get("client")
    return client_address(Headers(scope=scope), client[0] if client else None, forwarded=settings.forwarded)


def app_path(scope: Scope) -> str:
    """Return the path below that of the app, with one slash at its start."""
    path = str(scope["path"]).removeprefix(str(scope.get("root_path") or ""))
    return "/" + path.lstrip("/")


def _join_forwarded(headers: MutableHeaders) -> None:
    """Make one line of several: a proxy may add a line of its own after the client's."""
    if len(lines := headers.getlist(FORWARDED_HEADER)) > 1:
        headers[FORWARDED_HEADER] = ", ".join(lines)


def _cut_body(receive: Receive, path: str) -> Receive:
    """Return a `receive` that refuses a body of more than its most bytes."""
    bytes_left = _max_bytes(path)

    async def receive_part() -> Message:
        nonlocal bytes_left
        message = await receive()
        bytes_left -= len(message.get("body", b""))
        if bytes_left < 0:
            raise _too_large(path)
        return message

    return receive_part


def _calls_tool(scope: Scope, path: str) -> bool:
    return scope["method"] == "POST" and TOOL_PATHS.fullmatch(path) is not None


def _check_request(scope: Scope, path: str, headers: Headers) -> None:
    """Refuse an address, a length or a type that no page of any server sends."""
    method = scope["method"]
    if len(scope["headers"]) > MAX_HEADERS:
        raise RefusedError(431, "headers", "at most {most} lines", most=MAX_HEADERS)
    if scope.get("query_string", b"").count(b"&") >= MAX_FIELDS:
        raise RefusedError(414, "address", "it has at most {most} parts", most=MAX_FIELDS)
    if not ALLOWED_PATHS.fullmatch(path):
        raise RefusedError(404, "address", NO_UPLOADS if path.startswith(UPLOAD_PATH) else "there is nothing here")
    if method == "POST" and ACT_PATHS.fullmatch(path):
        check_own_page(headers)
    if "content-length" in headers and "transfer-encoding" in headers:  # a proxy may have read another end of it
        raise RefusedError(400, "body", "state its length or send it in chunks, not both")
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 12 or int(length) > _max_bytes(path):
        raise _too_large(path)
    # Another site's page can send JSON only after it has asked, which CORS answers.
    if (
        method == "POST"
        and path not in UPLOAD_PATHS
        and not headers.get("content-type", "").startswith("application/json")
    ):
        raise RefusedError(415, "body", "give JSON, with the type application/json")


def check_own_page(headers: Headers) -> None:
    """Refuse what comes neither from a page of this server nor from a program."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    is_ours = origin is None or origin.partition("://")[2] == headers.get("host")
    if not (is_ours if site is None else site in ("same-origin", "none")):
        raise RefusedError(403, "origin", "only a page of this server may do that")


def check_parts(content: bytes) -> None:
    """Refuse a JSON body of too many values, before one of them is made."""
    marks = (b",", b"[", b"{")
    if sum(map(content.count, marks)) <= MAX_PARTS:
        return
    if content.count(b'"') > MAX_QUOTES or sum(map(_JSON_TEXT.sub(b"", content).count, marks)) > MAX_PARTS:
        raise RefusedError(413, "body", "it may have at most {parts} values", parts=MAX_PARTS)


async def compute(request: Request, work: Callable[..., Answer], *values: Any) -> Answer:
    """Do the work of a request in a thread, and note the seconds of a core that it took."""

    def timed_work() -> Answer:
        start = time.thread_time()
        try:
            return work(*values)
        finally:
            request.scope[COMPUTED_S] = request.scope.get(COMPUTED_S, 0.0) + time.thread_time() - start

    return await run_in_threadpool(timed_work)


def charged_endpoint(answer: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that answers in a thread, and whose computing counts."""

    async def endpoint(request: Request) -> Response:
        return await compute(request, answer, request)

    return endpoint


def _max_bytes(path: str) -> int:
    """Return the most bytes of a body; a call that names its function in the body may be one that takes files."""
    if path in UPLOAD_PATHS:
        return UPLOAD_PATHS[path]
    call = CALL_PATHS.fullmatch(path)
    return MAX_LARGE_BODY if call and call["name"] in (None, *LARGE_BODY_VIEWS) else MAX_BODY


def _too_large(path: str) -> RefusedError:
    return RefusedError(413, "body", "at most {most} MB", most=_max_bytes(path) // MB)


def _is_local_name(host: str) -> bool:
    """Return True for localhost and IP addresses, which nobody else can point to this computer."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == LOCALHOST_NAME or name.endswith(f".{LOCALHOST_NAME}") or bool(ipaddress.ip_address(name))
    except ValueError:
        return False


def framing_origins(settings: Settings) -> list[str]:
    """Return the origins of `framed_by`; raise `UserError` for any other text."""
    origins = settings.framed_by.split()
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise UserError("EXPLORER_FRAMED_BY", origin, "give origins such as https://school.example")
    return origins
