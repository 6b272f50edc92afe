"""Comparison of two recordings: floats agree within a tolerance, all else exactly.

differences({"a": [0.1]}, {"a": [0.2]}, "pages.json")      # ["pages.json > a > 0: 0.1 is now 0.2"]
"""

import math
from collections.abc import Iterator
from typing import Any

TOLERANCE = 1e-4
_NOTHING = object()


def differences(before: Any, now: Any, where: str) -> Iterator[str]:
    """Yield a line for each place in which two recordings differ."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted(before.keys() | now.keys()):
            yield from differences(before.get(key, _NOTHING), now.get(key, _NOTHING), f"{where} > {key}")
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for place, pair in enumerate(zip(before, now, strict=True)):
            yield from differences(*pair, f"{where} > {place}")
    elif not _is_same(before, now):
        yield f"{where}: {_shown(before)} is now {_shown(now)}"


def _is_same(before: Any, now: Any) -> bool:
    if float in (type(before), type(now)) and {type(before), type(now)} <= {int, float}:
        return math.isclose(before, now, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return type(before) is type(now) and bool(before == now)


def _shown(value: Any) -> str:
    text = "nothing" if value is _NOTHING else repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
