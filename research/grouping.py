"""Rows in groups, and plain JSON with rounded numbers.

    group_by(rows, lambda row: row["condition"])   # {"tidy": [row, ...], ...}
    round_floats({"p": 0.123456}, 3)               # {"p": 0.123}

Keys and rows stay in their order.
"""

import json
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

Value = TypeVar("Value")
Key = TypeVar("Key", bound=Hashable)


def group_by(values: Iterable[Value], key: Callable[[Value], Key]) -> dict[Key, list[Value]]:
    """Return the values by key; keys and values stay in their order."""
    groups: dict[Key, list[Value]] = {}
    for each in values:
        groups.setdefault(key(each), []).append(each)
    return groups


def round_floats(document: Any, digits: int) -> Any:
    """Return plain JSON with every float rounded to significant digits."""
    return json.loads(json.dumps(document), parse_float=lambda text: float(f"{float(text):.{digits}g}"))
