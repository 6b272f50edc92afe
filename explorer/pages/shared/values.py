"""Values of dials as a person writes them.

>>> value_text(1 / 3), value_text(True), value_text(("color", "size"))
('0.333', 'yes', 'color, size')
"""

from html import escape
from typing import Any


def value_text(value: Any) -> str:
    """A dial's value, escaped."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    return escape(", ".join(value) if isinstance(value, list | tuple) else str(value))
