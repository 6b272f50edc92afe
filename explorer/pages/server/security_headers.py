"""Security headers of every response: no sniffing, who may frame the page, and a content security policy.

    Middleware(SecurityHeaders, settings=settings)
    HTMLResponse(html, headers=strict_policy(head))       # a light page, whose inline scripts all stand in `head`

Gradio's page needs inline scripts and eval (Plotly and `js_on_load` compile functions), so its policy limits what a
script can reach: connections to this server, no plugin, no other base address. Pages of our own get the strict one.
"""

import base64
import hashlib
import os
import re
from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.errors import UserError
from explorer.settings import Settings, is_space

POLICY = "Content-Security-Policy"
HUB = "https://huggingface.co"
GRADIO_PAGE = "connect-src 'self' blob: data:{hub}; object-src 'none'; base-uri 'self'; form-action 'self'"
_STRICT = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; form-action 'self';"
    " base-uri 'none'"
)
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?")


class SecurityHeaders:
    """Add the headers that a response does not have yet."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        on_space = is_space(os.environ)
        self._app = app
        self._page = GRADIO_PAGE.format(hub=f" {HUB}" if on_space else "")
        self._frames = "frame-ancestors " + " ".join(["'self'", *([HUB] if on_space else []), *_origins(settings)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with the headers."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers["X-Content-Type-Options"] = "nosniff"
                if headers.get("content-type", "").startswith("text/html"):
                    headers[POLICY] = f"{headers.get(POLICY, self._page)}; {self._frames}"
            await send(message)

        await self._app(scope, receive, sent if scope["type"] == "http" else send)


def strict_policy(trusted: str) -> dict[str, str]:
    """Return the header of a page whose inline scripts are those of `trusted`, HTML without a visitor's input."""
    digests = (hashlib.sha256(each.encode()).digest() for each in _INLINE.findall(trusted))
    hashes = "".join(f" 'sha256-{base64.b64encode(each).decode()}'" for each in digests)
    return {POLICY: _STRICT.format(hashes=hashes)}


def _origins(settings: Settings) -> Sequence[str]:
    """Return the origins of `framed_by`; raise `UserError` for any other text."""
    origins = settings.framed_by.split()
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise UserError("EXPLORER_FRAMED_BY", origin, "give origins such as https://school.example")
    return origins
