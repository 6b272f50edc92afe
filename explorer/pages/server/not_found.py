"""ASGI middleware that shows a person who follows a wrong address a small page; a program gets the JSON as it is.

    Middleware(NotFound)        # for launch(app_kwargs={"middleware": [...]})

A browser that opens an address accepts `text/html`; fetches of scripts and clients of the API do not ask for it.
"""

from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.pages.i18n.translator import language_head, language_of, translator
from explorer.pages.server.security_headers import strict_policy
from explorer.pages.shared.templates import rendered

LONGEST_PATH = 80


class NotFound:
    """Answer 404 by a page where a person asks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; replace the answer to a person's request for a page that is not there."""
        if not _asks_for_a_page(scope):
            await self._app(scope, receive, send)
            return
        is_missing = False

        async def sent(message: Message) -> None:
            nonlocal is_missing
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                is_missing = message["status"] == 404 and not kind.startswith("text/html")
            if not is_missing:
                await send(message)
            elif message["type"] == "http.response.body" and not message.get("more_body"):
                await not_found_page(scope)(scope, receive, send)

        await self._app(scope, receive, sent)


def not_found_page(scope: Scope) -> HTMLResponse:
    """Return the page, in the language of the address."""
    language = language_of(dict(parse_qsl(scope["query_string"].decode(errors="replace"))))
    root, head = str(scope.get("root_path") or ""), language_head(language)
    path = str(scope["path"]).removeprefix(root)
    home = f"{root}/" + ("" if language == "en" else f"?lang={language}")
    html = rendered("info/not_found.html", path=path[:LONGEST_PATH], root=root, home=home)
    page = translator(language).page(html).replace("<head>", f"<head>{head}", 1)
    return HTMLResponse(page, status_code=404, headers=strict_policy(head))


def _asks_for_a_page(scope: Scope) -> bool:
    return (
        scope["type"] == "http" and scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
    )
