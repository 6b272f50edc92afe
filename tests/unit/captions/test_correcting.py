"""A person corrects how a caption was read: the swaps follow, and what does not fit the caption is left out."""

import pytest

from explorer.captions.correcting import Corrections, describe_correction
from explorer.captions.parsed_caption import CaptionError
from explorer.codec import decode
from explorer.errors import UserError

CAPTION, SWAP = "a red bus and a blue cat", "a blue bus and a red cat"


def swaps(caption: str, **given: object) -> list[str]:
    return [each["caption"] for each in describe_correction(caption, Corrections(**given))["swaps"]]  # type: ignore[arg-type]


def test_a_caption_is_read_to_pairs_and_swaps() -> None:
    reading = describe_correction(CAPTION, Corrections())
    assert [(each["attribute"], each["noun"], each["counts"]) for each in reading["pairs"]] == [
        ("red", "bus", True),
        ("blue", "cat", True),
    ]
    assert [each["caption"] for each in reading["swaps"]] == [SWAP] and reading["things"] == ["bus", "cat"]
    assert reading["confusions"] == ["a red bus and a red cat", "a blue bus and a blue cat"]
    assert (reading["unsure"], reading["why"], reading["caption"]) == (False, None, CAPTION)


def test_an_attribute_that_is_taken_away_stays_with_its_noun() -> None:
    three = "a red bus, a blue cat and a green dog"
    assert swaps(three, off=(three.index("blue"),)) == ["a green bus, a blue cat and a red dog"]
    assert swaps("a red metal bus and a blue cat", off=(2,)) == ["a blue red bus and a metal cat"]
    both = describe_correction(CAPTION, Corrections(off=(2, 16)))
    assert both["swaps"] == [] and both["why"] == "None of its objects has an attribute."
    assert [each["counts"] for each in both["pairs"]] == [False, False]


def test_a_missed_attribute_is_added_and_the_swaps_follow() -> None:
    missed = "a fire truck and a red car"
    reading = describe_correction(missed, Corrections(word="fire", thing=0))
    assert (reading["caption"], reading["corrections"]) == (missed, {"off": [], "added": [[0, "fire"]]})
    assert [each["caption"] for each in reading["swaps"]] == ["a red truck and a fire car"]
    # The same word may be taken away again, and then it is part of the noun as before.
    assert swaps(missed, off=(2,), added=((0, "fire"),)) == ["a red fire truck and a car"]
    reading = describe_correction("a bus and a blue cat", Corrections(word="red", thing=0))
    assert (reading["caption"], reading["corrections"]) == (CAPTION, {"off": [], "added": []})
    with pytest.raises(CaptionError, match="is the object itself"):
        describe_correction(CAPTION, Corrections(word="bus", thing=0))


def test_corrections_before_an_inserted_word_move_with_it() -> None:
    reading = describe_correction("a bus and a large blue cat", Corrections(off=(12,), word="old", thing=0))
    assert reading["caption"] == "an old bus and a large blue cat"
    assert [each["caption"] for each in reading["swaps"]] == ["a blue bus and an old large cat"]


@pytest.mark.parametrize(("caption", "words"), [("a bus", "fewer than two objects"), ("a black dog and cat", "both")])
def test_a_caption_without_a_swap_says_why(caption: str, words: str) -> None:
    reading = describe_correction(caption, Corrections())
    assert words in reading["why"]


@pytest.mark.parametrize("given", [{"off": (99, -1)}, {"added": ((9, "x"), (0, "nothing"))}])
def test_corrections_that_do_not_fit_are_left_out(given: dict[str, object]) -> None:
    reading = describe_correction(CAPTION, Corrections(**given))  # type: ignore[arg-type]
    assert reading["corrections"] == {"off": [], "added": []} and reading["swaps"][0]["caption"] == SWAP


def test_an_added_word_that_nobody_can_type_is_refused_before_it_is_looked_for() -> None:
    for added in ([[0, "x" * 41]], [[0, "red"], [1, "(" * 500_000]]):
        with pytest.raises(UserError, match=r"^added\[\d\]\[1\]=.*: give at most 40 characters$"):
            decode(Corrections, {"added": added})


@pytest.mark.parametrize("caption", ["", " ", "x" * 301])
def test_what_is_no_caption_is_refused(caption: str) -> None:
    with pytest.raises(CaptionError):
        describe_correction(caption, Corrections())
