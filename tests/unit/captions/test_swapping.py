"""Swaps by hand where the rules meet: articles, capitals, moves and kinds."""

import pytest

from explorer.captions.reading import read_caption
from explorer.captions.swapping import (
    confusions,
    describe,
    every_swap,
    kinds_of,
    swaps,
    why_none,
)
from explorer.captions.words import CaptionError


def captions(text: str) -> list[str]:
    return [swap.caption for swap in swaps(read_caption(text))]


EXAMPLES = [
    ("An old bus by a red car.", ["A red bus by an old car."]),
    ("AN OLD BUS BY A RED CAR", ["A RED BUS BY AN OLD CAR"]),
    ("An Old Bus By A Red Car", ["A Red Bus By An Old Car"]),
    ("Red buses and old cars", ["Old buses and red cars"]),
    ("British cars by red vans", ["Red cars by British vans"]),
    ("“Red” is a word, an old bus and a red car", ["“Red” is a word, a red bus and an old car"]),
    ("a bus that is old and a red car", ["a bus that is red and an old car"]),
    ("a red bus and a submarine", []),
    ("a red bus and a blue car in a street", ["a blue bus and a red car in a street"]),
    ("a red bus", []),
    ("a red bus and a red car", []),
    ("a bus and a car", []),
    ("the old red bus is empty and the car is full", []),
]


@pytest.mark.parametrize(("caption", "expected"), EXAMPLES)
def test_swaps(caption: str, expected: list[str]) -> None:
    assert captions(caption) == expected


def test_all_and_kind_by_kind() -> None:
    found = {swap.kind: swap.caption for swap in swaps(read_caption("a large red bus and an old blue car"))}
    assert found == {"attribute": "an old blue bus and a large red car", "color": "a large blue bus and an old red car"}


def test_the_kind_is_that_of_what_changed() -> None:
    assert [swap.kind for swap in swaps(read_caption("a big red bus and a small red car"))] == ["size"]


MOVES = [
    ("a red bus and a submarine", ["a bus and a red submarine"]),
    ("Buses by old cars", ["Old buses by cars"]),
    ("Old buses by cars", ["Buses by old cars"]),
    ("a man with a green hat", []),
    ("a red bus and a blue car by a van", []),
    ("a red bus and a bus", []),
]


@pytest.mark.parametrize(("caption", "expected"), MOVES)
def test_a_move_is_made_only_by_name(caption: str, expected: list[str]) -> None:
    parsed = read_caption(caption)
    assert [swap.caption for swap in swaps(parsed, kinds=("move",))] == expected
    assert "move" not in {swap.kind for swap in swaps(parsed)}


def test_kinds_by_name() -> None:
    caption = "a large red bus and a small blue car"
    assert [swap["caption"] for swap in describe(caption, kinds_of("size"))["swaps"]] == [
        "a small red bus and a large blue car"
    ]
    assert len(describe(caption, kinds_of(" color, size "))["swaps"]) == 2
    assert len(describe("a young man by an open gate", kinds_of("all"))["swaps"]) == 1
    with pytest.raises(CaptionError, match="kinds=colour: give one or more of attribute, color"):
        kinds_of("size,colour")


NONE = {
    "a red bus": "fewer than two objects",
    "a bus and a car": "None of its objects has an attribute",
    "a man with a black hat": "Only one of its objects has attributes",
    "a young man with a black hat": "may be true of the picture, odd, or about a person",
    "a red bus and a red car": "the same attributes",
}


@pytest.mark.parametrize(("caption", "words"), NONE.items())
def test_why_there_is_none(caption: str, words: str) -> None:
    assert words in why_none(read_caption(caption))
    assert words in describe(caption)["why"]


def test_the_document() -> None:
    assert describe("A red bus and a blue car.") == {
        "pairs": [{"attribute": "red", "noun": "bus"}, {"attribute": "blue", "noun": "car"}],
        "swaps": [{"kind": "color", "caption": "A blue bus and a red car."}],
        "unsure": False,
        "why": None,
    }
    unsure = describe("a black dog and cat")
    assert unsure["unsure"] and unsure["swaps"] == [] and "both" in unsure["why"]


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
def test_confusions(caption: str, expected: list[str]) -> None:
    assert [found.caption for found in confusions(read_caption(caption))] == expected


def test_confusions_are_made_only_by_name() -> None:
    parsed = read_caption("a red bus and a blue car")
    assert {found.kind for found in swaps(parsed)} == {"color"} == {found.kind for found in every_swap(parsed)}
    found = describe("a red bus and a blue car", kinds_of("color,confusion"))["swaps"]
    assert [each["kind"] for each in found] == ["color", "confusion", "confusion"]
    assert {each.kind for each in swaps(parsed, ("confusion",))} == {"confusion"}
