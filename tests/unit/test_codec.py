"""JSON of dataclasses, one way out and one way in."""

import json
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from explorer.codec import decode, encode, inline_fields, text_of, whole_number
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


@pytest.mark.parametrize(
    ("kind", "document", "said"),
    [
        (Annotated[tuple[int, ...], Field(min_length=1)], [], "document=[]: give at least 1"),
        (Annotated[list[int], Field(max_length=2)], [1, 2, 3], "document=[1, 2, 3]: give at most 2"),
        (Annotated[dict[str, int], Field(max_length=1)], {"a": 1, "b": 2}, "give at most 1"),
        (tuple[float, float], [1], "[1]: is missing"),
        (tuple[float, float], [1, 2, 3], "document=[1, 2, 3]: give at most 2"),
        (Annotated[str, Field(min_length=1)], "", "document=: give text of a length of at least 1"),
        (Annotated[str, Field(max_length=3)], "long", "document=long: give at most 3 characters"),
        (Annotated[str, text_of("[a-c]", "give a, b or c")], "d", "document=d: give a, b or c"),
        (Literal["a", "b"], "c", "document=c: choose a or b"),
        (int, 1.5, "document=1.5: give a whole number"),
        (int, "9" * 5000, "give a whole number"),
        (int, float("inf"), "document=inf: give a finite number"),
        (Annotated[float, Field(allow_inf_nan=False)], float("nan"), "document=nan: give a finite number"),
        (bool, "maybe", "document=maybe: give true or false"),
        (frozenset[str], 3, "document=3: give a list"),
        (Annotated[int, Field(ge=1)], 0, "document=0: give at least 1"),
        (Annotated[int, Field(multiple_of=16)], 3, "document=3: give another value"),
    ],
)
def test_each_kind_of_fault_says_what_is_allowed(kind: Any, document: object, said: str) -> None:
    with pytest.raises(UserError) as error:
        decode(kind, document)
    assert str(error.value).endswith(said) and len(str(error.value)) < 100


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
