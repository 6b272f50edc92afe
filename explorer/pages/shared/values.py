"""Values of dials as text for people.

>>> value_text(1 / 3), value_text(True), value_text(("color", "size"))
('0.333', 'yes', 'color, size')
"""

from html import escape
from typing import Any


def value_text(value: Any) -> str:
    """Format a dial's value, escaped."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    return escape(", ".join(value) if isinstance(value, list | tuple) else str(value))
