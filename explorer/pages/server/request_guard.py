"""ASGI middleware that enforces the limits of a public server and closes unused routes of Gradio.

    Middleware(RequestGuard, settings=settings)        # for launch(app_kwargs={"middleware": [...]})

A refused request reaches no handler: 429 with a sentence if an address asks too often or for too much at once, 413 for
a body that is too large or states no length, 404 for a closed route, 507 if the disk has no room for an upload or a
download. `EventGuard`, behind it, checks the events of the page.
"""

import os
import shutil
import tempfile
from collections import Counter

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.pages.server.routes import (
    CLOSED_ROUTES,
    DISK_ROUTES,
    EVENT_ROUTES,
    MAX_BODY_BYTES,
    MAX_UPLOAD_BYTES,
    UPLOAD_ROUTES,
    app_path,
)
from explorer.service.rate_limit import address_of, refusal
from explorer.settings import Settings

LEAST_ROOM = 500_000_000
"""Bytes of the disk that are reserved for the runs and the system."""


class _TooLarge(Exception):
    """The body exceeded the limit."""


class RequestGuard:
    """ASGI middleware of a public server."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on with the body counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, client = Headers(scope=scope), scope.get("client")
        person = address_of(headers, client[0] if client else None, forwarded=self._settings.forwarded)
        refused = self._refused(headers, person, app_path(scope))
        if refused is not None:
            await refused(scope, receive, send)
            return
        self._under_way[person] += 1
        try:
            await self._counted(scope, receive, send)
        finally:
            self._under_way[person] -= 1
            if not self._under_way[person]:
                del self._under_way[person]

    def _refused(self, headers: Headers, person: str, path: str) -> PlainTextResponse | None:
        if CLOSED_ROUTES.match(path):
            return PlainTextResponse("Not found.", status_code=404)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 12 or int(length) > _most_body(path):
            return _too_large(path)
        if self._under_way[person] >= self._settings.open_requests:
            sentence = f"requests: at most {self._settings.open_requests} at once from one address; close some pages."
            return PlainTextResponse(sentence, status_code=429)
        for kind, amount in _counted_as(path, headers):
            if refused := refusal(kind, person, self._settings, amount=amount):
                return PlainTextResponse(f"{refused}.", status_code=429)
        if DISK_ROUTES.fullmatch(path) and _room() < LEAST_ROOM:
            return PlainTextResponse("disk: this server has no room left for files; try later.", status_code=507)
        return None

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        left, has_begun = _most_body(app_path(scope)), False

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
            await self._app(scope, count, sent)
        except _TooLarge:
            if not has_begun:
                await _too_large(app_path(scope))(scope, receive, send)


def _counted_as(path: str, headers: Headers) -> list[tuple[str, float]]:
    """Return the buckets that a request draws from, with amounts; a body of unknown length counts as the largest."""
    unknown = _most_body(path) if "transfer-encoding" in headers else 0
    megabytes = int(headers.get("content-length", unknown)) / 1e6
    kinds = [("requests", 1.0)]
    if DISK_ROUTES.fullmatch(path):
        kinds.append(("questions", 1.0))
    if UPLOAD_ROUTES.fullmatch(path) or megabytes > MAX_BODY_BYTES / 1e6:
        kinds.append(("uploads", megabytes))
    elif megabytes:
        kinds.append(("bodies", megabytes))
    return kinds


def _most_body(path: str) -> int:
    """Return the largest number of bytes of a body to this path."""
    return MAX_UPLOAD_BYTES if UPLOAD_ROUTES.fullmatch(path) or EVENT_ROUTES.fullmatch(path) else MAX_BODY_BYTES


def _too_large(path: str) -> PlainTextResponse:
    """Return the refusal of a body to this path, which names the limit."""
    return PlainTextResponse(f"body: at most {_most_body(path) // 1_000_000} MB.", status_code=413)


def _room() -> int:
    """Return the free bytes where Gradio stores uploads and a run is packed."""
    folder = os.environ.get("GRADIO_TEMP_DIR") or tempfile.gettempdir()
    return shutil.disk_usage(folder if os.path.isdir(folder) else tempfile.gettempdir()).free
