"""Nouns of captions to the labels of pictures."""

import pytest

from explorer.captions.counting import is_called, known_nouns


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
