"""HTML of the pages, from the jinja2 templates in `explorer/pages/templates`, and their scripts.

    rendered("info/about.html", settings=settings)      # Markup; everything that is filled in is escaped

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


def js_on_load(name: str, **settings: Any) -> str:
    """Return a script for `gr.HTML(js_on_load=)`, which finds the settings in a constant of that name."""
    return f"const settings = {json.dumps(settings)};\n{asset_text(f'js/{name}.js')}"


def js_listener(name: str, **settings: Any) -> str:
    """Return a script for `js=`: its file is a function of the settings that returns the listener."""
    return f"({asset_text(f'js/{name}.js').strip()})({json.dumps(settings)})"
