"""HTML of the pages, from the jinja2 templates in `explorer/pages/templates`, and their scripts.

    rendered("info/about.html", settings=settings)      # Markup; everything that is filled in is escaped
    plain_page("info/about.html", "zh", title="About", settings=settings)       # the response of a page without Gradio

A template gets values and holds the words; numbers are computed and formatted before.

    gr.HTML("", js_on_load=js_on_load("figure", height=340))        # const settings = {"height": 340}; the script
    item.select(None, None, tab, js=js_listener("turned", tab="study"))    # (settings) => (...values) => ...

Scripts are read from `assets/js`; what Python knows reaches them as JSON.
"""

import json
from functools import lru_cache
from typing import Any

import jinja2
from markupsafe import Markup
from starlette.responses import HTMLResponse

from explorer.pages.i18n.translator import LANGUAGES, TAGS, language_head, translator
from explorer.pages.server.security_headers import strict_policy
from explorer.resources import asset_text


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """Return the one environment; a missing value is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("explorer.pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def rendered(template: str, **values: Any) -> Markup:
    """Return the HTML of a template."""
    return Markup(environment().get_template(template).render(**values))  # noqa: S704 (autoescape is on)


def macro(template: str, name: str, *values: Any, **named: Any) -> Markup:
    """Return the HTML of one macro of a template."""
    return Markup(getattr(environment().get_template(template).module, name)(*values, **named))  # noqa: S704


def plain_page(template: str, language: str, **values: Any) -> HTMLResponse:
    """Return a page that extends `shared/plain.html`, translated."""
    html = rendered(template, language=language, languages=LANGUAGES, tags=TAGS, **values)
    head = language_head(language)
    page = translator(language).page(html).replace("<head>", f"<head>{head}", 1)
    return HTMLResponse(page, headers=strict_policy(head))


def js_on_load(name: str, **settings: Any) -> str:
    """Return a script for `gr.HTML(js_on_load=)`, which finds the settings in a constant of that name."""
    return f"const settings = {json.dumps(settings)};\n{asset_text(f'js/{name}.js')}"


def js_listener(name: str, **settings: Any) -> str:
    """Return a script for `js=`: its file is a function of the settings that returns the listener."""
    return f"({asset_text(f'js/{name}.js').strip()})({json.dumps(settings)})"
