"""Eight wordings of one caption: by hand, and that each is true of the same picture."""

import pytest

from explorer.captions.reading import read_caption
from explorer.captions.wordings import WORDINGS, other_wordings

PAIR = {
    "order": "a blue bus and a yellow submarine",
    "photo": "a photo of a yellow submarine and a blue bus",
    "case": "A yellow submarine and a blue bus",
    "period": "a yellow submarine and a blue bus.",
    "article": "the yellow submarine and the blue bus",
    "clause": "a submarine that is yellow and a bus that is blue",
    "there": "there is a yellow submarine and a blue bus",
    "comma": "a yellow submarine, a blue bus",
}


def reworded(caption: str) -> dict[str, str]:
    return {each.kind: each.text for each in other_wordings(read_caption(caption))}


def test_a_pair_of_objects_has_all_eight() -> None:
    assert reworded("a yellow submarine and a blue bus") == PAIR and list(PAIR) == list(WORDINGS)


@pytest.mark.parametrize(
    ("caption", "kind", "text"),
    [
        ("An old bus and the orange car.", "order", "The orange car and an old bus."),
        ("two black dogs and a white cat", "order", "a white cat and two black dogs"),
        ("two black dogs and a white cat", "clause", "two dogs that are black and a cat that is white"),
        ("two black dogs and a white cat", "there", "there are two black dogs and a white cat"),
        ("A red bus.", "period", "A red bus"),
        ("A red bus.", "case", "a red bus."),
        ("the orange bus and the red car", "article", "an orange bus and a red car"),
        ("an orange bus", "clause", "a bus that is orange"),
        ("A large bus is making a turn", "photo", "A photo of a large bus that is making a turn"),
        ("A cat sleeps on a bed.", "there", "There is a cat that sleeps on a bed."),
        ("Three giraffes stand by a tree", "there", "There are three giraffes that stand by a tree"),
        ("a small group of cows in a field", "there", "there is a small group of cows in a field"),
        ("a couple of birds on a branch", "there", "there are a couple of birds on a branch"),
        ("A man and a woman are in a bed.", "order", "A woman and a man are in a bed."),
        ("a desk with two laptops and a monitor", "order", "a desk with a monitor and two laptops"),
        ("a man riding a brown horse in a field", "clause", "a man riding a horse that is brown in a field"),
    ],
)
def test_articles_capitals_and_numbers_fit(caption: str, kind: str, text: str) -> None:
    assert reworded(caption)[kind] == text


@pytest.mark.parametrize(
    ("caption", "left_out"),
    [
        ("The bus is red and the car is blue.", {"order", "photo", "there", "comma", "clause", "article"}),
        ("a large red bus parked next to a blue car", {"order", "comma"}),
        ("a cup and a plate on a table", {"order", "comma"}),
        ("a bed with a black dog and cat", {"order", "comma"}),
        ("a man and a woman are in a bed", {"comma"}),
        ("A computer sits at a desk, and the lamp is on.", {"photo", "there"}),
        ("a man in a white shirt and black tie", {"clause"}),
        ("a view of a large red bus", {"photo", "there"}),
        ("group of white horses by a river", {"there"}),
        ("a photo of a red bus and a blue car", {"photo", "order", "there"}),
        ("the red cars and the blue bus", {"article"}),
        ("young man with a red hat", {"there"}),
        ("", None),
    ],
)
def test_what_does_not_fit_is_left_out(caption: str, left_out: set[str] | None) -> None:
    if left_out is not None:
        assert left_out.isdisjoint(reworded(caption)) and "case" in reworded(caption)


@pytest.mark.parametrize(
    "caption", ["a yellow submarine and a blue bus", "An orange cat, a green bird.", "the red bus"]
)
def test_attributes_stay_with_their_objects(caption: str) -> None:
    own = {(pair.attribute, pair.noun) for pair in read_caption(caption).pairs}
    for kind, text in reworded(caption).items():
        assert {(pair.attribute, pair.noun.lower()) for pair in read_caption(text).pairs} == own, kind
