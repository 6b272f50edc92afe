"""Figures as aligned rows on stdout.

show("pairs", {"pairs/s, one thread": 12345.6})
# pairs
#   pairs/s, one thread                12,346
"""

from collections.abc import Mapping
from typing import Any


def show(title: str, rows: Mapping[str, Any]) -> None:
    """A heading with its rows."""
    width = max(map(len, rows), default=0) + 2
    print(title, *(f"  {name:<{width}}{text(value)}" for name, value in rows.items()), sep="\n", flush=True)


def text(value: Any) -> str:
    """A figure with three to four digits that mean something."""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {text(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return " ".join(map(text, value))
    return "-" if value is None else str(value)
