"""Values of dials, and durations, as text for people.

>>> value_text(1 / 3), value_text(True), value_text(("color", "size"))
('0.333', 'yes', 'color, size')
>>> duration(40), duration(200), duration(7800)
('40 s', '3 min', '2 h 10 min')
"""

from html import escape
from typing import Any

from explorer.pages.shared.url_state import changed
from explorer.spec.dials import DIALS
from explorer.spec.run_spec import RunSpec


def value_text(value: Any) -> str:
    """Format a dial's value, escaped."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    return escape(", ".join(value) if isinstance(value, list | tuple) else str(value))


def changed_text(spec: RunSpec) -> str:
    """Return the dials that differ from the preset, in words, escaped."""
    fields = changed(spec)
    return ", ".join(f"{escape(DIALS[name].label.lower())} {value_text(value)}" for name, value in fields.items())


def duration(seconds: float) -> str:
    """Format seconds."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
