"""HTML of the pages, from the jinja2 templates in `explorer/pages/templates`.

    rendered("info/about.html", settings=settings)      # Markup; everything that is filled in is escaped

A template gets values and holds the words; numbers are computed and formatted before.
"""

from functools import lru_cache
from typing import Any

import jinja2
from markupsafe import Markup


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
