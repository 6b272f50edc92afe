"""What free captions name, counted by hand."""

import pytest

from explorer.captions.corpus import count_caption, is_named, same_noun


@pytest.mark.parametrize(
    ("caption", "objects", "attributes", "nouns"),
    [
        ("a red bus and an old blue car", 2, 3, ("bus", "car")),
        ("a bus", 1, 0, ("bus",)),
        ("the bus is blue and the car is red", 2, 2, ("bus", "car")),
        ("Two stop signs", 1, 0, ("stop signs",)),
    ],
)
def test_counts(caption: str, objects: int, attributes: int, nouns: tuple[str, ...]) -> None:
    found = count_caption(caption)
    assert (found.objects, found.attributes, found.nouns, found.unsure) == (objects, attributes, nouns, False)
    assert count_caption("a black dog and cat").unsure


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("bus", "buses", True),
        ("fire truck", "Trucks", True),
        ("puppy", "puppies", True),
        ("box", "boxes", True),
        ("glass", "glass", True),
        ("bus", "bush", False),
        ("", "bus", False),
    ],
)
def test_one_noun_in_singular_and_plural(one: str, other: str, same: bool) -> None:
    assert same_noun(one, other) is same
    assert is_named(one, count_caption(f"a {other or 'cat'} and a tree")) is same
