"""ASGI middleware that serves the page with the state of its address in the config, compressed and cached.

    app.first_values = lambda query: {slider: 0.5, tabs: gr.update(selected="study")}      # of a `SkippingBlocks`
    Middleware(FirstPage)                                     # for launch(app_kwargs={"middleware": [...]})

Gradio renders `/` with the values that the components were built with, uncompressed, and a load event brings those of
the address a round trip later. Here the values are in the first byte: `first_values` returns them for a query, by
component, as a handler would. One answer serves all visitors, so no value may depend on the visitor.
"""

import asyncio
import hashlib
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlencode

from gradio.blocks import postprocess_update_dict
from gradio.data_classes import GradioModel, GradioRootModel
from gradio.routes import toorjson
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.pages.i18n.translator import language_head, language_of, translator
from explorer.web.files import compress, encoding_of

START, END = "<script>window.gradio_config = ", ";</script>"
KEPT_S = 5.0
"""Seconds for which an answer is cached: it may show runs, which change."""
MOST_PAGES, MOST_PLACES = 64, 8
LONGEST_QUERY = 2000
_SCRIPT_END = 500
"""Characters that distinguish two scripts; figures differ at their beginning."""
OF_GRADIO = frozenset({"deep_link", "page", "view"})
"""Parts of a query that Gradio itself answers."""
FORWARDED = ("host", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix", "x-gradio-server")
"""Headers from which Gradio makes the address of the server, which the config holds."""
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Base:
    """The page as Gradio renders it: the text before and after its config."""

    before: str
    config: dict[str, Any]
    behind: str


class _Recent:
    """The `most` most recently requested values, each with the time when it was made."""

    def __init__(self, most: int) -> None:
        self._most, self._values = most, OrderedDict[Any, tuple[float, Any]]()
        self._lock = Lock()

    def get(self, key: Any, since: float) -> Any:
        """Return the value of `key` if it was made at `since` or later, else None."""
        with self._lock:
            made, value = self._values.get(key, (-1.0, None))
            if made >= since:
                self._values.move_to_end(key)
                return value
        return None

    def put(self, key: Any, value: Any) -> None:
        with self._lock:
            self._values[key] = time.monotonic(), value
            while len(self._values) > self._most:
                self._values.popitem(last=False)


class FirstPage:
    """ASGI middleware (see the module)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._bases, self._pages = _Recent(MOST_PLACES), _Recent(MOST_PAGES)
        self._making: dict[Any, asyncio.Task[bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the page itself; pass on all else."""
        if not _is_page(scope):
            await self._app(scope, receive, send)
            return
        request, query = Request(scope), _query(scope)
        base = await self._base(scope, receive)
        if isinstance(base, Response):
            await base(scope, receive, send)
            return
        encoding = encoding_of(request.headers.get("accept-encoding", ""))
        page = await self._page((_place(scope), query, encoding), base, scope["app"].get_blocks())
        await _answer(request, page, encoding)(scope, receive, send)

    async def _page(self, key: tuple[Any, str, str], base: _Base, blocks: Any) -> bytes:
        """Return the page of a place, a query and an encoding, made once for simultaneous requests."""
        found = self._pages.get(key, time.monotonic() - KEPT_S)
        if found is not None:
            return bytes(found)
        if key not in self._making:
            _, query, encoding = key
            self._making[key] = asyncio.create_task(self._make(key, base, blocks, dict(parse_qsl(query)), encoding))
        return await asyncio.shield(self._making[key])

    async def _make(self, key: Any, *asked: Any) -> bytes:
        try:
            page = await run_in_threadpool(_page, *asked)
            self._pages.put(key, page)
            return page
        finally:
            del self._making[key]

    async def _base(self, scope: Scope, receive: Receive) -> _Base | Response:
        """Return Gradio's page, requested once per place; any other answer is passed on."""
        place = _place(scope)
        found = self._bases.get(place, 0.0)
        if found is None:
            found = await self._ask(scope, receive)
            if isinstance(found, _Base):
                self._bases.put(place, found)
        return found

    async def _ask(self, scope: Scope, receive: Receive) -> _Base | Response:
        status, headers, body = 200, [], bytearray()

        async def take(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], message["headers"]
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        plain = [
            (name, value) for name, value in scope["headers"] if name not in (b"accept-encoding", b"if-none-match")
        ]
        await self._app({**scope, "query_string": b"", "headers": plain}, receive, take)
        text = body.decode() if status == 200 else ""
        before, found, rest = text.partition(START)
        config, ended, behind = rest.partition(END)
        if found and ended:
            return _Base(before=before + found, config=_ordered(json.loads(config)), behind=ended + behind)
        answer = Response(bytes(body), status_code=status)
        answer.raw_headers = list(headers)
        return answer


def _is_page(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path = str(scope["path"]).removeprefix(str(scope.get("root_path") or ""))
    query = scope["query_string"].decode(errors="replace")
    return path in ("", "/") and len(query) <= LONGEST_QUERY and not OF_GRADIO & dict(parse_qsl(query)).keys()


def _place(scope: Scope) -> tuple[Any, ...]:
    """Return all parts of the server's address."""
    headers = Headers(scope=scope)
    return scope["scheme"], scope.get("root_path"), scope.get("server"), *map(headers.get, FORWARDED)


def _query(scope: Scope) -> str:
    """Return the parts of the query in the order of their names, without those that a Space adds."""
    parts = parse_qsl(scope["query_string"].decode(errors="replace"))
    return urlencode(sorted(part for part in parts if not part[0].startswith("__")))


def _page(base: _Base, blocks: Any, query: Mapping[str, str], encoding: str) -> bytes:
    """Return the compressed page with the values of a query; unchanged if they cannot be made."""
    config = base.config
    try:
        values = getattr(blocks, "first_values", None)
        if values is not None:
            config = with_values(config, values(query))
    except Exception:  # the load event brings the values, or the sentence that says what is wrong
        _logger.exception("the first values of the page could not be made")
    language = language_of(query)
    to = translator(language)
    script = toorjson(to.config(config))  # type: ignore[no-untyped-call]
    before = to.page(base.before).replace("<head>", f"<head>{language_head(language)}", 1)
    return compress(encoding, f"{before}{script}{base.behind}".encode())


def _ordered(config: dict[str, Any]) -> dict[str, Any]:
    """Return the config with components of the same script next to each other, within the window of gzip (32 kB).

    The layout refers to components by id, so their order has no other effect.
    """
    components = sorted(
        config["components"], key=lambda entry: str(entry["props"].get("js_on_load") or "")[-_SCRIPT_END:]
    )
    return {**config, "components": components}


def with_values(config: Mapping[str, Any], values: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a config whose components have these values, each as a handler would return it; skipped ones stay."""
    props = {component._id: found for component, value in values.items() if (found := _props(component, value))}
    components = [
        {**entry, "props": {**entry["props"], **props[entry["id"]]}} if entry["id"] in props else entry
        for entry in config["components"]
    ]
    return {**config, "components": components}


def _props(component: Any, value: Any) -> dict[str, Any]:
    """Return the props that a value or an update changes, as Gradio sends them."""
    if component.stateful:
        return {}
    if isinstance(value, dict) and value.get("__type__") == "update":
        changed = {name: each for name, each in value.items() if name != "__type__"}
        if not changed:
            return {}
        arguments = {**component.constructor_args, **changed, "render": False}
        made = type(component)(**{name: each for name, each in arguments.items() if name != "value"})
        sent = postprocess_update_dict(made, dict(changed))
        return {name: each for name, each in sent.items() if name != "__type__"}
    found = component.postprocess(value)
    return {"value": found.model_dump() if isinstance(found, GradioModel | GradioRootModel) else found}


def _answer(request: Request, page: bytes, encoding: str) -> Response:
    tag = f'"{hashlib.sha256(page).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Vary": "Accept-Encoding", "Cache-Control": "no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    return Response(page, headers=headers, media_type="text/html")
