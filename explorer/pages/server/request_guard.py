"""What stands before a shared server: how often, how much, and which of Gradio's own routes nobody needs.

    Middleware(Doorman, settings=settings)        # for launch(app_kwargs={"middleware": [...]})

A request that is refused reaches no handler: 429 with a sentence where an address asks too often, 413 where a body is
too large, also one that does not say how large it is, 404 for what is closed, 507 where the disk has no room for what a
visitor brings or takes away.
"""

import os
import re
import shutil
import tempfile

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.service.rate_limit import address_of, refusal
from explorer.settings import Settings

MOST_BODY = 100_000_000
"""Bytes: the pictures of the largest question, as data URIs, with their names."""
CLOSED = re.compile(
    r"/(gradio_api/)?(deep_link|monitoring|process_recording|component_server|custom_component|proxy=|stream/"
    r"|vibe|undo-vibe|dev/|run-history)"
)
"""Of Gradio's: what writes a file, fetches from elsewhere or tells of other visitors, and this page does not use."""
UPLOADS = re.compile(r"(/gradio_api)?/upload/?")
QUESTIONS = re.compile(rf"{UPLOADS.pattern}|/runs/[^/]*\.zip")
"""What costs a disk: an upload, a run that is packed."""
LEAST_ROOM = 500_000_000
"""Bytes of the disk that visitors leave to the runs and to the system."""


class _TooLarge(Exception):
    """The body grew over the limit."""


class Doorman:
    """ASGI middleware of a shared server."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the body counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, send)
            return
        await self._counted(scope, receive, send)

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        headers, client, path = Headers(scope=scope), scope.get("client"), _path(scope)
        if CLOSED.match(path):
            return PlainTextResponse("Not found.", status_code=404)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 12 or int(length) > MOST_BODY:
            return PlainTextResponse(f"body: at most {MOST_BODY // 1_000_000} MB.", status_code=413)
        person = address_of(headers, client[0] if client else None, os.environ)
        for kind, amount in _counted_as(path, headers.get("content-length")):
            if refused := refusal(kind, person, self._settings, amount=amount):
                return PlainTextResponse(f"{refused}.", status_code=429)
        if QUESTIONS.fullmatch(path) and _room() < LEAST_ROOM:
            return PlainTextResponse("disk: this server has no room left for files; try later.", status_code=507)
        return None

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        left, has_begun = MOST_BODY, False

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
                await PlainTextResponse("body: too large.", status_code=413)(scope, receive, send)


def _counted_as(path: str, length: str | None) -> list[tuple[str, float]]:
    """What a request is counted as, and how much of it; a body that does not say its length counts as the largest."""
    kinds = [("requests", 1.0)]
    if QUESTIONS.fullmatch(path):
        kinds.append(("questions", 1.0))
    if UPLOADS.fullmatch(path):
        kinds.append(("uploads", (MOST_BODY if length is None else int(length)) / 1e6))
    return kinds


def _room() -> int:
    """Bytes free where Gradio puts uploads and a run is packed."""
    folder = os.environ.get("GRADIO_TEMP_DIR") or tempfile.gettempdir()
    return shutil.disk_usage(folder if os.path.isdir(folder) else tempfile.gettempdir()).free


def _path(scope: Scope) -> str:
    """The path below that of the app, with one slash at its start."""
    path = str(scope["path"]).removeprefix(str(scope.get("root_path") or ""))
    return "/" + path.lstrip("/")
