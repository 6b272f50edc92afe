"""ASGI middleware in front of all routes: an allow-list of them, and security headers.

Middleware(Guard, settings=settings)
"""

import os
import re

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.errors import UserError
from explorer.settings import Settings, is_space

HUB = "https://huggingface.co"
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'self'"
)
OURS = r"/|/(lesson|class|teach|about)/?|/class/(plan/?|ping)|/page/.*|/(v|a|runs|study)/.*|/bring"
OF_GRADIO = (
    r"/config/?|/gradio_api/(call/.*|queue/(join|data)|info/?|mcp/.*|mcp|heartbeat/[^/]*|startup-events|cancel"
    r"|openapi\.json)"
)
"""What `gradio_client`, MCP clients and the launch itself ask for."""
OPEN = re.compile(f"{OURS}|{OF_GRADIO}")
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?")


class Guard:
    """Answer 404 for every other route, and add the headers that a response does not have yet."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        origins = settings.framed_by.split()
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise UserError("EXPLORER_FRAMED_BY", origin, "give origins such as https://school.example")
        self._policy = " ".join([POLICY, *([HUB] if is_space(os.environ) else []), *origins])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers["X-Content-Type-Options"] = "nosniff"
                if headers.get("content-type", "").startswith("text/html"):
                    headers["Content-Security-Policy"] = self._policy
            await send(message)

        answer = self._app if OPEN.fullmatch(app_path(scope)) else PlainTextResponse("Not found.", status_code=404)
        await answer(scope, receive, sent)


def app_path(scope: Scope) -> str:
    """Return the path below that of the app, with one slash at its start."""
    path = str(scope["path"]).removeprefix(str(scope.get("root_path") or ""))
    return "/" + path.lstrip("/")
