"""Pages without Gradio: text and forms as HTML of a few kilobytes, in the language of their address.

plain_page("info/about.html", "zh", title="About", settings=settings)       # the response of a route
"""

from typing import Any

from starlette.responses import HTMLResponse

from explorer.pages.i18n.translations import LANGUAGES, TAGS, language_head
from explorer.pages.i18n.translator import translator
from explorer.pages.server.security_headers import strict_policy
from explorer.pages.shared.templates import rendered


def plain_page(template: str, language: str, **values: Any) -> HTMLResponse:
    """Return a page that extends `shared/plain.html`, translated."""
    html = rendered(template, language=language, languages=LANGUAGES, tags=TAGS, **values)
    head = language_head(language)
    page = translator(language).page(html).replace("<head>", f"<head>{head}", 1)
    return HTMLResponse(page, headers=strict_policy(head))
