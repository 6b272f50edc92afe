"""Objects and values that captions of one and of several sentences name, counted by hand, and labels of pictures."""

import pytest

from explorer.captions.counting import (
    LONGEST_SENTENCE,
    LONGEST_TEXT,
    Mention,
    count_caption,
    ends_alike,
    is_called,
    known_nouns,
    split_sentences,
)
from explorer.captions.words import CaptionError


@pytest.mark.parametrize(
    ("caption", "objects", "attributes", "nouns"),
    [
        ("a red bus and an old blue car", 2, 3, ("bus", "car")),
        ("a bus", 1, 0, ("bus",)),
        ("the bus is blue and the car is red", 2, 2, ("bus", "car")),
        ("Two stop signs", 1, 0, ("stop signs",)),
    ],
)
def test_one_sentence(caption: str, objects: int, attributes: int, nouns: tuple[str, ...]) -> None:
    found = count_caption(caption)
    assert (found.objects, found.attributes, found.nouns) == (objects, attributes, nouns)
    assert found.sentences.read == found.sentences.total == 1


def test_an_object_named_again_is_counted_once() -> None:
    found = count_caption(
        "A red bus stands by two old trees. The bus is empty. The trees are tall, and the red bus is parked."
    )
    assert found.mentions == (
        Mention(noun="bus", attributes=("red", "empty", "parked")),
        Mention(noun="trees", attributes=("old", "tall"), number=2),
    )
    assert found.sentences.read == 3


@pytest.mark.parametrize(
    ("caption", "objects"),
    [
        ("A red bus. A blue bus.", 2),
        ("A red bus. Another bus is blue.", 2),
        ("A red bus. The second bus is blue.", 2),
        ("A red bus and a blue bus.", 2),
        ("A fire truck. The truck is red.", 1),
        ("A dog. The dogs are brown.", 1),
        ("A stop sign. The street sign is green.", 2),
    ],
)
def test_which_objects_are_new(caption: str, objects: int) -> None:
    assert count_caption(caption).objects == objects


def test_how_many_are_named() -> None:
    found = count_caption("a bus, two cars, 3 dogs, cups, a couple of hats and one key")
    assert [mention.number for mention in found.mentions] == [1, 2, 3, None, 2, 1]


def test_sentences_that_are_not_counted_are_told_apart() -> None:
    long = "a bus " * (LONGEST_SENTENCE // 6 + 1)
    found = count_caption(f"A red bus. Red cars and trucks. It rains. {long.capitalize()}")
    assert found.nouns == ("bus",)
    assert (found.sentences.read, found.sentences.unsure) == (1, 1)
    assert (found.sentences.without_object, found.sentences.too_long) == (1, 1)


@pytest.mark.parametrize("text", ["", " ", "a\nbus", "\x00", "a" * (LONGEST_TEXT + 1)])
def test_what_is_no_caption_is_refused(text: str) -> None:
    with pytest.raises(CaptionError, match="^caption: "):
        count_caption(text)


def test_sentences() -> None:
    assert split_sentences("A bus. It is red! Is it? “Yes.” A car on St. John Street. 3 cups.") == [
        "A bus.", "It is red!", "Is it?", "“Yes.", "A car on St. John Street.", "3 cups.",
    ]  # fmt: skip
    assert split_sentences("a bus , old . and red") == ["a bus , old . and red"]
    assert split_sentences("...") == ["..."]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("bus", "buses", True),
        ("fire truck", "Trucks", True),
        ("puppy", "puppies", True),
        ("box", "boxes", True),
        ("glass", "glass", True),
        ("house", "houses", True),
        ("knife", "knives", True),
        ("bus", "bush", False),
        ("stop sign", "street sign", False),
        ("horse", "house", False),
        ("", "bus", False),
    ],
)
def test_nouns_that_end_alike(one: str, other: str, same: bool) -> None:
    assert ends_alike(one, other) is ends_alike(other, one) is same


@pytest.mark.parametrize(
    ("label", "noun", "same"),
    [
        ("person", "women", True),
        ("person", "skier", True),
        ("person", "snow skiers", True),
        ("person", "statue", False),
        ("bicycle", "bikes", True),
        ("bicycle", "mountain bike", True),
        ("motorcycle", "bike", False),
        ("couch", "sofa", True),
        ("Fire hydrant", "hydrant", True),
        ("stop sign", "street sign", False),
        ("cell phone", "smartphones", True),
        ("oak tree", "trees", True),
        ("oak tree", "bush", False),
    ],
)
def test_what_a_label_is_called(label: str, noun: str, same: bool) -> None:
    assert is_called(label, noun) is same


def test_the_table_has_each_category_and_no_noun_twice() -> None:
    found = known_nouns()
    nouns = [noun for listed in found.values() for noun in listed]
    assert len(found) == 80 and len(nouns) == len(set(nouns)) >= 200
    assert set(found).isdisjoint(nouns)
