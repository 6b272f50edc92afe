"""JSON of dataclasses, one way out and one way in."""

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.codec import decode, encode, inline_fields, whole_number
from explorer.errors import UserError

FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@dataclass(frozen=True, kw_only=True)
class Part:
    share: float | None
    names: tuple[str, ...] = ()


@inline_fields("first")
@dataclass(frozen=True, kw_only=True)
class Whole:
    label: str
    first: Part
    parts: dict[str, Part] = field(default_factory=dict)


PARTS = st.builds(Part, share=st.none() | FLOATS, names=st.lists(st.text(), max_size=3).map(tuple))


@given(st.builds(Whole, label=st.text(), first=PARTS, parts=st.dictionaries(st.text(), PARTS, max_size=3)))
def test_what_is_written_is_read_again(whole: Whole) -> None:
    document = json.loads(json.dumps(encode(whole), allow_nan=False))
    assert decode(Whole, document) == whole and list(document) == ["label", "share", "names", "parts"]
    assert encode({"a": [whole], "b": None}) == {"a": [document], "b": None}


def test_missing_keys_have_their_default_and_further_keys_are_ignored() -> None:
    assert decode(Whole, {"label": "a", "share": None, "moons": 3}) == Whole(label="a", first=Part(share=None))


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], r"document=\[\]: give an object"),
        ({"share": 1}, "label: is missing"),
        ({"label": 3, "share": 1}, "label=3: give text"),
        ({"label": "a", "share": 1, "parts": {"b": {"share": "much"}}}, "parts.b.share=much: give a number"),
        ({"label": "a", "share": 1, "parts": {"b": {"share": 1, "names": ["c", 4]}}}, r"parts.b.names\[1\]=4: give te"),
    ],
)
def test_another_shape_is_a_sentence_with_field_and_value(document: object, said: str) -> None:
    with pytest.raises(UserError, match=said):
        decode(Whole, document)


@pytest.mark.parametrize("given", [1, 10, "7", " 7 ", "+7", 7.0, np.int64(7)])
def test_whole_numbers_are_read(given: Any) -> None:
    read = whole_number("count", given, 1, 10)
    assert read == int(given) and type(read) is int


@pytest.mark.parametrize(
    "given", [0, 11, "", "seven", "7.0", 7.5, "1e1", float("nan"), float("inf"), 1e300, True, None, [7], "9" * 5000]
)
def test_all_else_is_an_error_in_words(given: Any) -> None:
    with pytest.raises(UserError) as error:
        whole_number("count", given, 1, 10)
    text = str(error.value)
    assert text.startswith("count=") and text.endswith(": give a whole number from 1 to 10") and len(text) < 100
