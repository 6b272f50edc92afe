"""JSON of frozen dataclasses: one way out and one way in, at the edges of the program.

    encode(report)                            # objects, lists and plain values, ready for `json.dumps`
    decode(Report, json.loads(text))          # the same report, or UserError with the field, its value, what is allowed
    decode(dict[str, Estimate], document)     # any type that pydantic knows

A dataclass says all that there is to say of its JSON: its fields are the keys, in their order, a default stands for a
missing key, and further keys are ignored. `inline_fields` puts the fields of a part beside those of the whole. Who
needs more annotates a field with pydantic's own validators and serializers.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, TypeAdapter, ValidationError, model_serializer, model_validator

from explorer.errors import NO_VALUE, UserError

T = TypeVar("T")
Json = Mapping[str, Any]
"""A JSON object that is read."""
JsonDict = dict[str, Any]
"""A JSON object that is made."""


def text_of(pattern: str, words: str) -> AfterValidator:
    """Make the check of a text by a pattern, which a person reads in words."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise UserError("", text, words)
        return text

    return AfterValidator(check)


Digest = Annotated[str, text_of("[0-9a-f]{64}", "give 64 digits from 0 to 9 and a to f")]
"""A SHA-256 as text."""
ALLOWED_BY_ERROR = {
    "missing": "is missing",
    "string": "give text",
    "int": "give a whole number",
    "float": "give a number",
    "finite": "give a finite number",
    "bool": "give true or false",
    "list": "give a list",
    "tuple": "give a list",
    "dict": "give an object",
    "mapping": "give an object",
    "dataclass": "give an object",
    "set": "give a list",
    "frozen": "give a list",
}
"""Words for the values that are allowed, by the first word of pydantic's type of error."""
LIMITS_BY_ERROR = {
    "too_short": "give at least {min_length}",
    "too_long": "give at most {max_length}",
    "string_too_short": "give text of a length of at least {min_length}",
    "string_too_long": "give at most {max_length} characters",
    "greater_than_equal": "give at least {ge}",
    "greater_than": "give more than {gt}",
    "less_than_equal": "give at most {le}",
    "less_than": "give less than {lt}",
}
"""Words for a limit, by pydantic's type of error, in whose context the limit has the name that stands here."""
ANOTHER_VALUE = "give another value"
"""Words for an error of another type."""

_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def encode(value: Any) -> Any:
    """Convert dataclasses, and mappings, lists and tuples of them, to plain JSON values; a `Sentence` stays one."""
    if value is None or isinstance(value, (str, int, float)):  # most values of an answer, and the checks below are slow
        return value
    if is_dataclass(value):
        # Pydantic's mode "json" would make a plain text of a sentence.
        value = _adapter(type(value)).dump_python(value, by_alias=True)
    if isinstance(value, Mapping):
        return {name: encode(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [encode(each) for each in value]
    return value


def decode(kind: type[T], document: Any) -> T:
    """Return the value of a type from plain JSON values; raise `UserError` for a document of another shape."""
    try:
        return _adapter(kind).validate_python(document)
    except ValidationError as error:
        raise user_error(error) from None


def user_error(error: ValidationError, name: str = "") -> UserError:
    """Word the first fault of a value that pydantic refused; `name` is that of the whole value."""
    first = error.errors(include_url=False)[0]
    field = name + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    field = field.removeprefix(".") or "document"
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, UserError):
        return cause if cause.field else cause.in_field(field)
    given = NO_VALUE if first["type"] == "missing" else first["input"]
    if first["type"] == "literal_error":
        return UserError(field, given, "choose {choices}", choices=first["ctx"]["expected"].replace("'", ""))
    if first["type"] in LIMITS_BY_ERROR:
        return UserError(field, given, LIMITS_BY_ERROR[first["type"]], **first["ctx"])
    wanted = ALLOWED_BY_ERROR.get(first["type"].partition("_")[0], ANOTHER_VALUE)
    return UserError(field, given, cause or wanted)


def inline_fields(*names: str) -> Callable[[type[T]], type[T]]:
    """Decorate a dataclass so that in JSON the fields of its parts `names` are keys among its own."""

    def nest(_: Any, document: Any) -> Any:
        return {**document, **dict.fromkeys(names, document)} if isinstance(document, Mapping) else document

    def flatten(self: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        flattened: dict[str, Any] = {}
        for name, value in handler(self).items():
            flattened |= value if name in names else {name: value}
        return flattened

    def add(kind: type[T]) -> type[T]:
        kind._nest = model_validator(mode="before")(classmethod(nest))  # type: ignore[attr-defined, arg-type]
        kind._flatten = model_serializer(mode="wrap")(flatten)  # type: ignore[attr-defined]
        return kind

    return add


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """Return `value` as a whole number within range; else raise `UserError`."""
    try:
        # JSON from a page may write 12 as 12.0.
        number = int(value) if isinstance(value, float) and value.is_integer() else int(str(value))
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise UserError(name, value, "give a whole number from {low} to {high}", low=low, high=high)
    return number
