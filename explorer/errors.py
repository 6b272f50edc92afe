"""Errors that a user can correct, and the wording of values in their sentences."""

import os
import reprlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, time
from functools import partial
from pathlib import Path
from typing import Any, Self

from explorer.sentences import Sentence


class _NoValue:
    """The value of an error about a field that has none."""

    def __repr__(self) -> str:
        return "NO_VALUE"

    def __reduce__(self) -> str:
        return "NO_VALUE"  # the one of the process that it comes to


NO_VALUE = _NoValue()
LONGEST_PATH = 200
POSITIONAL = ("PATH", "NAME", "MODEL")
"""Arguments of the command line that have no name to type before them."""


class UserError(ValueError):
    """An input that a user can correct.

    Attributes:
        field: The name of a dial, an argument, an option (`--out`) or a place ("line 3 of captions.csv").
        value: The value as it was given, or `NO_VALUE`.
        reason: The clause that says what is allowed; one with values in it is a `Sentence`, whose id is the English
            with {names} in place of the values.
        sentence: All three.
    """

    def __init__(
        self, field: str, value: object, reason: object, *, longest: int | None = None, **values: object
    ) -> None:
        self.field, self.value, self.longest = field, value, longest
        self.reason = word_reason(reason, **values)
        self.sentence = _word_error(field, value, self.reason, longest)
        super().__init__(self.sentence[:])

    def in_field(self, field: str) -> Self:
        """Return the same error under the name by which the user gave the value."""
        return type(self)(field, self.value, self.reason, longest=self.longest)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), longest=self.longest), (self.field, self.value, self.reason)


class FaultError(ValueError):
    """A fault of something whose field only the caller knows: the reason of a `UserError`."""

    def __init__(self, reason: str, **values: object) -> None:
        self.reason = word_reason(reason, **values)
        super().__init__(self.reason[:])


class BusyError(UserError):
    """An input that is right and is refused for now: the same may succeed later, as its sentence says."""


class MissingFileError(UserError, FileNotFoundError):
    """A file or folder that does not exist, or was deleted in the meantime."""


class DamagedFileError(UserError):
    """A file whose content is not what its name promises."""


@contextmanager
def catch_write_errors(field: str, path: Path) -> Iterator[None]:
    """Raise a `UserError` on the field where the disk refuses what is written within, as a context manager."""
    try:
        with suppress(OSError):
            os.lstat(path)
    except ValueError:  # a zero byte, or half a pair of surrogates
        raise UserError(field, str(path), "is no path", longest=LONGEST_PATH) from None
    try:
        yield
    except OSError as error:
        raise UserError(field, path, "cannot be written ({problem})", problem=error.strerror or error) from None


def quote_value(value: Any, most: int = 40) -> str:
    """Format the value on one line of at most `most` characters, for a sentence."""
    if value is None:
        return "nothing"
    try:
        text = (
            value if isinstance(value, str) else str(value) if isinstance(value, date | time) else reprlib.repr(value)
        )
    except ValueError:
        return "a number of thousands of digits"
    text = "".join(letter if letter.isprintable() else " " for letter in text[: most + 1])
    return text if len(text) <= most else text[: most - 3] + "..."


def word_reason(reason: object, **values: object) -> str:
    """Return a reason with its values in it, as a `Sentence` if there are any; an error stands for its own words."""
    if isinstance(reason, UserError):
        return reason.sentence
    if isinstance(reason, FaultError):
        return reason.reason
    text = reason if isinstance(reason, str) else str(reason)
    if not values:
        return text
    plain = {name: each if isinstance(each, str | int | float) else str(each) for name, each in values.items()}
    return Sentence(text, text, **plain)


def _word_error(field: str, value: object, reason: str, longest: int | None) -> Sentence:
    """Word an error: an option is followed by a space, a field by an equals sign."""
    if value is NO_VALUE:
        return Sentence("error.field", "{field}: {reason}", field=field, reason=reason)
    is_path = isinstance(value, Path)
    text = quote_value(str(value) if is_path else value, longest or (LONGEST_PATH if is_path else 40))
    if field.startswith("--") or field in POSITIONAL:
        return Sentence("error.option", "{option} {value}: {reason}", option=field, value=text, reason=reason)
    return Sentence("error.value", "{field}={value}: {reason}", field=field, value=text, reason=reason)
