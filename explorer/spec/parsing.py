"""Parse text that a user typed, or JSON, into the type of a dial."""

import math
import re
from fractions import Fraction
from typing import Any, get_args

from explorer.errors import UserError
from explorer.spec.dials import TYPES, range_text


def typed(name: str, value: Any) -> Any:
    """Convert `value` to the type of the field; raise `UserError` if it does not fit."""
    kind = TYPES[name]
    if kind is bool:
        return _as_bool(name, value)
    if kind in (int, float):
        return _as_number(name, value, kind)
    if kind is str:
        if not isinstance(value, str) or not value.strip():
            raise UserError(name, value, "give a word")
        return value.strip()
    assert get_args(kind) == (str, ...)
    return _as_words(name, value)


def _as_bool(name: str, value: Any) -> bool:
    words = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if not isinstance(value, str) or value.strip().lower() not in words:
        raise UserError(name, value, "give true or false")
    return words[value.strip().lower()]


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?\d+/\d+", re.ASCII | re.IGNORECASE)
"""Accepted spellings of a number: 20, 0.5, 2e-3, 1/3; not inf, 0x10 or 1_000."""


def _as_number(name: str, value: Any, kind: type) -> Any:
    wanted = f"give {'a whole number' if kind is int else 'a number'} {range_text(name)}"
    try:
        number = _read_number(value)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise UserError(name, value, wanted) from None
    if not math.isfinite(number) or abs(number) > 2**53 or (kind is int and number != int(number)):
        raise UserError(name, value, wanted)
    return kind(number)


def _read_number(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = value.strip() if isinstance(value, str) else ""
    if len(text) > 40 or not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return float(Fraction(text)) if "/" in text else float(text)


def _as_words(name: str, value: Any) -> tuple[str, ...]:
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise UserError(name, value, "give words joined by commas")
    return tuple(word.strip() for word in words if word.strip())
