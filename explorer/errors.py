"""Errors that a user can mend, and the wording of values in their sentences."""

import reprlib
from typing import Any


class SpecError(ValueError):
    """A value that a person can mend: the text names the field, the value and what is allowed."""


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
