"""Readings that a person corrected: what is taken away stays with its noun, what was missed is exchanged too."""

import pytest

from explorer.captions.reading import read_caption
from explorer.captions.swapping import every_swap, holds, inserted, with_added, without
from explorer.captions.words import CaptionError, Parsed

CASES = [
    ("a large red bus and an old car", ("red",), ["an old red bus and a large car"]),
    ("a large red bus and an old car", ("large",), ["an old large bus and a red car"]),
    ("a red metal bus and a blue car", ("red",), ["a blue red bus and a metal car"]),
    ("a large red wooden bus and an old blue car", ("red",), ["an old blue red bus and a large wooden car"]),
    ("a large red bus and a car", ("red",), ["a red bus and a large car"]),
    ("a red bus and a large car", ("red",), ["a large red bus and a car"]),
    ("A red bus and an old blue car.", ("red",), ["An old blue red bus and a car."]),
    ("a large, red bus and an old car", ("large",), ["an old large bus and a red car"]),
    ("a red bus, a blue cat and a green dog", ("blue",), ["a green bus, a blue cat and a red dog"]),
    ("a red bus and a blue car", ("red", "blue"), []),
]


def pairs(parsed: Parsed) -> list[tuple[str, str]]:
    return [(pair.attribute, pair.noun) for pair in parsed.pairs]


@pytest.mark.parametrize(("caption", "off", "found"), CASES)
def test_an_attribute_that_is_none_stays_with_its_noun(caption: str, off: tuple[str, ...], found: list[str]) -> None:
    parsed = read_caption(caption)
    left = without(parsed, [pair.attribute_span.start for pair in parsed.pairs if pair.attribute in off])
    made = [swap.caption for swap in every_swap(left)]
    assert made == found
    plain = sorted(word for word in caption.lower().strip(".").replace(",", "").split() if word not in ("a", "an"))
    for swap in made:
        words = swap.lower().strip(".").replace(",", "").split()
        assert sorted(word for word in words if word not in ("a", "an")) == plain
        for word in off:
            noun = next(pair.noun for pair in parsed.pairs if pair.attribute == word)
            assert f"{word} {noun}" in swap


def test_a_predicate_that_is_none_stays_where_it_is() -> None:
    parsed = read_caption("the bus is red and the car is blue")
    assert pairs(without(parsed, [11])) == [("blue", "car")]
    assert without(parsed, [11]).text == parsed.text


def test_nothing_taken_away_changes_nothing() -> None:
    parsed = read_caption("a large red bus and an old car")
    assert without(parsed, []) == without(parsed, [3, 99]) == parsed


def test_a_missed_attribute_in_front_of_the_noun_or_behind() -> None:
    found = with_added(read_caption("a fire truck and a red car"), thing=0, word=" Fire ")
    assert pairs(found) == [("fire", "truck"), ("red", "car")]
    assert [swap.caption for swap in every_swap(found)] == ["a red truck and a fire car"]
    behind = with_added(read_caption("a bus with dents and a red car"), thing=0, word="with")
    assert ("with", "bus") in pairs(behind) and behind.things[0].attributes[0].follows


@pytest.mark.parametrize(
    ("thing", "word", "words"),
    [
        (0, "truck", "is the object itself"),
        (0, "car", "is an object of its own"),
        (0, "green", "is not in the caption"),
        (1, "red", "is an attribute already"),
        (7, "fire", "give a number from 0 to 1"),
        (0, "", "is not in the caption"),
    ],
)
def test_what_cannot_be_added_says_why(thing: int, word: str, words: str) -> None:
    with pytest.raises(CaptionError, match=words):
        with_added(read_caption("a fire truck and a red car"), thing=thing, word=word)


def test_a_word_that_is_not_there_is_put_before_the_noun_with_its_article() -> None:
    parsed = read_caption("a truck and a red car")
    assert inserted(parsed, thing=0, word="old") == ("an old truck and a red car", 5)
    assert inserted(parsed, thing=1, word="old") == ("a truck and a red old car", 4)
    for thing, word in ((0, ""), (0, "a\x07b"), (2, "old")):
        with pytest.raises(CaptionError, match="^attribute: "):
            inserted(parsed, thing=thing, word=word)
    with pytest.raises(CaptionError, match="the most are 300"):
        inserted(read_caption("a bus " + "x" * 290), thing=0, word="yellowish")


def test_whether_a_caption_has_the_word_for_an_object() -> None:
    parsed = read_caption("a fire truck and a red car")
    assert holds(parsed, thing=0, word="fire") and holds(parsed, thing=1, word="RED")
    # Red is the car's: of the truck it would be a new word.
    assert not holds(parsed, thing=0, word="red") and not holds(parsed, thing=0, word="fir")
    assert not holds(parsed, thing=5, word="fire")
