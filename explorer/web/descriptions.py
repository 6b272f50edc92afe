"""ASGI middleware that keeps Gradio's descriptions of the API: each takes it tens of milliseconds, again and again.

    Middleware(DescriptionMiddleware, settings=settings)  # behind the guard

The answers to /config, /gradio_api/info and /gradio_api/openapi.json depend on the address of the server alone, which
a proxy may state on a Space or with `EXPLORER_FORWARDED`, and nobody elsewhere. No cache keeps one.
"""

import re
import time
from collections import OrderedDict
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.settings import Settings
from explorer.web.guard import COMPUTED_S, NO_STORE, app_path

DESCRIPTION_PATHS = re.compile(r"/(config|gradio_api/(info|openapi\.json))/?")
MAX_KEPT = 32
"""Most answers that are kept, of a hundred kilobytes each. A server has one address or a few; whoever makes up others
pays for the time that each answer takes."""
ALL_ENDPOINTS = "all_endpoints"
"""The one parameter of a query that tells answers apart."""
ADDRESS_HEADERS = ("host", "x-forwarded-host", "x-forwarded-proto")
UNTRUSTED_HEADERS = ("x-forwarded-host", "x-gradio-server")
"""Headers from which Gradio would take the address of the server."""


class DescriptionMiddleware:
    """Keeps the answers that describe the API, one for each address of the server, and passes everything else on."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._kept: OrderedDict[tuple[Any, ...], list[Message]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a description as it was answered before, and pass everything else on."""
        path = app_path(scope) if scope["type"] == "http" and scope["method"] == "GET" else ""
        if not DESCRIPTION_PATHS.fullmatch(path) or scope["path"].removeprefix(scope.get("root_path") or "") != path:
            await self._app(scope, receive, send)
            return
        scope["headers"] = list(scope["headers"])
        headers = MutableHeaders(scope=scope)
        for name in UNTRUSTED_HEADERS:
            if name in headers and not (self._settings.forwarded and name == "x-forwarded-host"):
                del headers[name]
        is_whole = bool(parse_qs(scope["query_string"].decode("latin-1")).get(ALL_ENDPOINTS))
        scope["query_string"] = f"{ALL_ENDPOINTS}=true".encode() if is_whole else b""
        key = (path, is_whole, scope.get("root_path"), *(headers.get(each) for each in ADDRESS_HEADERS))
        if key not in self._kept:
            messages = await self._ask(scope, receive)
            if messages[0]["status"] != 200:
                for each in messages:
                    await send(each)
                return
            self._kept[key] = messages
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        for each in self._kept[key]:
            await send({**each, "headers": list(each["headers"])} if "headers" in each else each)

    async def _ask(self, scope: Scope, receive: Receive) -> list[Message]:
        """Return the messages of Gradio's own answer, and note what it took."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        start = time.perf_counter()
        await self._app(scope, receive, keep)
        scope[COMPUTED_S] = time.perf_counter() - start
        MutableHeaders(raw=messages[0]["headers"])["Cache-Control"] = NO_STORE
        return messages
