"""ASGI middleware in front of every route: an allow-list, limits of a shared server, and security headers.

    Middleware(Guard, settings=settings)

What it refuses reaches no handler: 403 for a name of another site that leads to a server for this computer only, 404
for what is not on the list, 415 for a body that another site's form could send,
413 for one that is too large or states no length, on a shared server 429 with the seconds to wait for an address that
asks too often or for too much at once, and 507 if the disk has no room. A refusal is
{"error": {"field", "sentence"}, "detail": sentence}, where `gradio_client` shows the last.
"""

import ipaddress
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.classroom.models import MOST_BYTES as MOST_MODEL
from explorer.errors import UserError
from explorer.settings import Settings, is_space
from explorer.views.rate_limit import address_of, refusal

MOST_BODY = 1_000_000
"""Bytes of a request."""
MOST_LARGE_BODY = 100_000_000
"""Bytes of a question that brings its pictures, and of a run's zip."""
FILES = {"/bring": MOST_LARGE_BODY, "/class/model": MOST_MODEL}
"""Addresses that take a file as the body, and its most bytes."""
LOCALHOST = "localhost"
LEAST_ROOM = 500_000_000
"""Bytes of the disk that are reserved for the runs and the system."""
HUB = "https://huggingface.co"
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self'; connect-src 'self'{hub}; worker-src 'self' blob:;"
    " manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'{hub}{framed_by}"
)
CALL = r"/gradio_api/(?:queue/join|call/(?:v2/)?(?P<name>[^/]*))/?"
STREAM = r"/gradio_api/(?:queue/data|call/(?:v2/)?[^/]*/(?P<event>[^/]*))/?"
OURS = r"/|/(lesson|class|teach|about)/?|/class/(plan/?|ping|model)|/(page|v|a|runs|study)/.+|/bring"
OF_GRADIO = r"/config/?|/gradio_api/(info/?|openapi\.json|mcp(/.*)?|heartbeat/[^/]+|startup-events|cancel)"
"""What `gradio_client` and MCP clients ask for beside calls and streams, and the launch itself."""
OPEN = re.compile("|".join((OURS, OF_GRADIO, CALL, STREAM.replace("?P<event>", ""))))
LARGE = ("score", "leaderboard", "captions", "captions_placed")
"""Functions that take files in the body."""
LARGE_BODY = re.compile(rf"/gradio_api/(queue/join|call/(v2/)?({'|'.join(LARGE)}))/?")
CALLS, STREAMS = re.compile(CALL), re.compile(STREAM)
COSTLY = re.compile(r"/runs/[^/]+")
"""Files that are packed when they are asked for."""
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?")


class Guard:
    """ASGI middleware (see the module)."""

    def __init__(self, app: ASGIApp, *, settings: Settings, missing: Callable[[Scope], Response]) -> None:
        self._app, self._settings, self._missing = app, settings, missing
        self._under_way: Counter[str] = Counter()
        hub = f" {HUB}" if is_space(os.environ) else ""
        self._policy = POLICY.format(hub=hub, framed_by="".join(f" {each}" for each in _origins(settings)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on with its body counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        is_person, is_missing = _asks_for_a_page(scope), False

        async def sent(message: Message) -> None:
            nonlocal is_missing
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                is_html = headers.get("content-type", "").startswith("text/html")
                if is_person and message["status"] == 404 and not is_html:
                    is_missing = True
                headers["X-Content-Type-Options"] = "nosniff"
                if is_html:
                    headers["Content-Security-Policy"] = self._policy
                    headers.setdefault("Referrer-Policy", "same-origin")
            if not is_missing:
                await send(message)
            elif message["type"] == "http.response.body" and not message.get("more_body"):
                is_missing = False
                await self._missing(scope)(scope, receive, sent)

        headers, client, path = Headers(scope=scope), scope.get("client"), app_path(scope)
        person = address_of(headers, client[0] if client else None, forwarded=self._settings.forwarded)
        answer = (
            self._refused_name(headers)
            or _refused_at_sight(scope["method"], path, headers)
            or self._refused_now(path, headers, person)
        )
        if answer:
            await answer(scope, receive, sent)
            return
        self._under_way[person] += 1
        try:
            await _counted(self._app, scope, receive, sent)
        finally:
            self._under_way[person] -= 1
            if not self._under_way[person]:
                del self._under_way[person]

    def _refused_name(self, headers: Headers) -> JSONResponse | None:
        """Return what a server for this computer alone answers to a name that another site may have led here.

        That site's page would count as one of this server: DNS rebinding.
        """
        if self._settings.is_shared or self._settings.forwarded or _is_here(headers.get("host", LOCALHOST)):
            return None
        return refused(403, "host", "ask localhost or an IP address; behind a proxy or tunnel set EXPLORER_PUBLIC=1")

    def _refused_now(self, path: str, headers: Headers, person: str) -> JSONResponse | None:
        """Return what a shared server answers to an address that asks too often or for too much."""
        settings = self._settings
        if not settings.is_shared:
            return None
        if self._under_way[person] >= settings.open_requests:
            return refused(429, "requests", f"at most {settings.open_requests} at once from one address; close some")
        for kind, amount in _counted_as(path, headers):
            if error := refusal(kind, person, settings, amount=amount):
                return refused(429, error.field, error.reason)
        if (COSTLY.fullmatch(path) or path in FILES) and _room() < LEAST_ROOM:
            return refused(507, "disk", "this server has no room left for files; try later")
        return None


def refused(status: int, field: str, reason: str) -> JSONResponse:
    """Return a refusal as our own clients and Gradio's read it."""
    sentence = f"{field}: {reason}"
    answer = {"error": {"field": field, "sentence": sentence}, "detail": sentence}
    return JSONResponse(answer, status, {"Cache-Control": "private, no-store"})


def app_path(scope: Scope) -> str:
    """Return the path below that of the app, with one slash at its start."""
    path = str(scope["path"]).removeprefix(str(scope.get("root_path") or ""))
    return "/" + path.lstrip("/")


def _asks_for_a_page(scope: Scope) -> bool:
    return scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")


def _refused_at_sight(method: str, path: str, headers: Headers) -> JSONResponse | None:
    """Return what any server answers to an address, a length or a type that none of its pages sends."""
    if not OPEN.fullmatch(path):
        return refused(404, "address", "there is nothing here")
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 12 or int(length) > _most(path):
        return _too_large(path)
    # Another site's page can send JSON only after it has asked, which CORS answers.
    if method == "POST" and path not in FILES and not headers.get("content-type", "").startswith("application/json"):
        return refused(415, "body", "give JSON, with the type application/json")
    return None


def _counted_as(path: str, headers: Headers) -> list[tuple[str, float]]:
    """Return the buckets that a request draws from, with amounts; a body of unknown length counts as the largest."""
    unknown = _most(path) if "transfer-encoding" in headers else 0
    megabytes = int(headers.get("content-length", unknown)) / 1e6
    kinds = [("requests", 1.0), *([("questions", 1.0)] if COSTLY.fullmatch(path) else [])]
    if megabytes:
        kinds.append(("uploads" if megabytes > MOST_BODY / 1e6 else "bodies", megabytes))
    return kinds


async def _counted(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Pass on; a body that does not state its length is cut at the most, and answered by 413."""
    left, path, has_begun = _most(app_path(scope)), app_path(scope), False

    async def count() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise _TooLarge
        return message

    async def sent(message: Message) -> None:
        nonlocal has_begun
        has_begun = True
        await send(message)

    try:
        await app(scope, count, sent)
    except _TooLarge:
        if not has_begun:
            await _too_large(path)(scope, receive, send)
    except ClientDisconnect:
        return  # in the middle of its body: nobody waits for an answer


class _TooLarge(Exception):
    """The body exceeded the limit."""


def _most(path: str) -> int:
    return FILES.get(path) or (MOST_LARGE_BODY if LARGE_BODY.fullmatch(path) else MOST_BODY)


def _too_large(path: str) -> JSONResponse:
    return refused(413, "body", f"at most {_most(path) // 1_000_000} MB")


def _is_here(host: str) -> bool:
    """Return True for localhost and IP addresses, which nobody else can point to this computer."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == LOCALHOST or name.endswith(f".{LOCALHOST}") or bool(ipaddress.ip_address(name))
    except ValueError:
        return False


def _room() -> int:
    return shutil.disk_usage(tempfile.gettempdir()).free


def _origins(settings: Settings) -> list[str]:
    """Return the origins of `framed_by`; raise `UserError` for any other text."""
    origins = settings.framed_by.split()
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise UserError("EXPLORER_FRAMED_BY", origin, "give origins such as https://school.example")
    return origins
