"""Confusions of free captions: both objects with the attributes of one, and only by name."""

import pytest

from explorer.captions.reading import read_caption
from explorer.captions.swapping import confusions, describe, every_swap, kinds_of, swaps


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("a red bus and a blue submarine", ["a red bus and a red submarine", "a blue bus and a blue submarine"]),
        ("An orange car near a blue bus.", ["An orange car near an orange bus.", "A blue car near a blue bus."]),
        ("a red bus and a submarine", []),
        ("a red bus and a red car", []),
        ("a bus", []),
        ("a yellow woman with black bananas", []),
    ],
)
def test_by_hand(caption: str, expected: list[str]) -> None:
    assert [found.caption for found in confusions(read_caption(caption))] == expected


def test_only_by_name() -> None:
    parsed = read_caption("a red bus and a blue car")
    assert {found.kind for found in swaps(parsed)} == {"color"} == {found.kind for found in every_swap(parsed)}
    found = describe("a red bus and a blue car", kinds_of("color,confusion"))["swaps"]
    assert [each["kind"] for each in found] == ["color", "confusion", "confusion"]
    assert {each.kind for each in swaps(parsed, ("confusion",))} == {"confusion"}
