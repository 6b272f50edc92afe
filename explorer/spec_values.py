"""What a person typed for a field, or JSON holds for it, to a value of the field's type, or to one clear sentence.

as_number("steps", "1/3", float, "from 0 to 1")     # 0.333...
as_words("attribute_kinds", "color,pattern")        # ("color", "pattern")
shown(10**5000)                                     # "a number of thousands of digits"
"""

import math
import re
import reprlib
from fractions import Fraction
from typing import Any


class SpecError(ValueError):
    """A value that a person can mend: the text names the field, the value and what is allowed."""


def as_bool(name: str, value: Any) -> bool:
    """A truth value, from a bool, 0, 1 or one of a few words."""
    words = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if not isinstance(value, str) or value.strip().lower() not in words:
        raise SpecError(f"{name}={shown(value)}: give true or false")
    return words[value.strip().lower()]


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?\d+/\d+", re.ASCII | re.IGNORECASE)
"""What a person types for a number: 20, 0.5, 2e-3, 1/3; not inf, 0x10 or 1_000."""


def as_number(name: str, value: Any, kind: type, span: str) -> Any:
    """A finite number of that type; `span` says in the sentence of an error what is allowed."""
    wanted = f"give {'a whole number' if kind is int else 'a number'} {span}"
    try:
        number = _read_number(value)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise SpecError(f"{name}={shown(value)}: {wanted}") from None
    if not math.isfinite(number) or abs(number) > 2**53 or (kind is int and number != int(number)):
        raise SpecError(f"{name}={shown(value)}: {wanted}")
    return kind(number)


def _read_number(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = value.strip() if isinstance(value, str) else ""
    if len(text) > 40 or not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return float(Fraction(text)) if "/" in text else float(text)


def as_word(name: str, value: Any) -> str:
    """A text that is not empty, without the space around it."""
    if not isinstance(value, str) or not value.strip():
        raise SpecError(f"{name}={shown(value)}: give a word")
    return value.strip()


def as_words(name: str, value: Any) -> tuple[str, ...]:
    """Words joined by commas, or a list of them, less the empty ones."""
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise SpecError(f"{name}={shown(value)}: give words joined by commas")
    return tuple(word.strip() for word in words if word.strip())


def shown(value: Any, most: int = 40) -> str:
    """The value on one line of at most `most` characters, for a sentence."""
    if value is None:
        return "nothing"
    try:
        text = value if isinstance(value, str) else reprlib.repr(value)
    except ValueError:
        return "a number of thousands of digits"
    text = "".join(letter if letter.isprintable() else " " for letter in text[: most + 1])
    return text if len(text) <= most else text[: most - 3] + "..."
