"""Captions to pairs by hand: what is an attribute, whose it is, where it stands, and when that cannot be told."""

import pytest

from explorer.captions.reading import read_caption
from explorer.captions.words import (
    LONGEST,
    CaptionError,
    Span,
    Tagged,
    is_compound,
    kind_of,
    load_tagger,
    tag,
    tokenize,
    wants_an,
)
from tests.test_layers import loaded_by

PAIRS = [
    ("a large red bus", "large bus, red bus"),
    ("a dark red car by a two-story house", "dark red car, two-story house"),
    ("a two story house with a stainless steel door", "two story house, stainless steel door"),
    ("the bus is blue and the submarine is yellow", "blue bus, yellow submarine"),
    ("the bus by the tree that is green is red", "green tree, red bus"),
    ("a car painted red", "red car"),
    ("a pale pink rose", "pale pink rose"),
    ("the man's shirt is very old", "very old shirt"),
    ("a black and white cat with green eyes", "black and white cat, green eyes"),
    ("a red stop sign and a hot dog", "red stop sign"),
    ("red roses are beautiful and white lilies are rare", "red roses, beautiful roses, white lilies, rare lilies"),
    ("a big black and white cat", "big cat, black and white cat"),
    ("a small red, white and blue van", "small van, red, white and blue van"),
    ("a brick building and a wine glass", "brick building"),
    ("an orange and an orange fish", "orange fish"),
    ("two red buses, 3 blue ones", "red buses, blue ones"),
    ("a sleeping dog, a man riding a tall horse", "sleeping dog, tall horse"),
    ("a fox sleeps on green grass", "green grass"),
    ("the dog is afraid of the old cat", "old cat"),
    ("A large elephant stands next to a red hut.", "large elephant, red hut"),
    ("A large elephant jumps over a red fence.", "large elephant, red fence"),
    ("a large elephant eating green leaves", "large elephant, green leaves"),
    ("The large couch stands on a red carpet.", "large couch, red carpet"),
    ("A red painting stands on a metal shelf.", "red painting, metal shelf"),
    ("A clear glass filled with red wine", "clear glass, red wine"),
    ("the half empty glass and the full cup", "half empty glass, full cup"),
    ("a broken chair on a sturdy table", "broken chair, sturdy table"),
    ("The cat that is black sleeps next to a white dog.", "black cat, white dog"),
    ("the bus isn't red", ""),
    ("a bus in London", ""),
    ("a large group of people on the right side", ""),
]


@pytest.mark.parametrize(("caption", "pairs"), PAIRS)
def test_pairs(caption: str, pairs: str) -> None:
    parsed = read_caption(caption)
    assert ", ".join(f"{pair.attribute} {pair.noun}" for pair in parsed.pairs) == pairs
    assert not parsed.unsure and parsed.why == ""


UNSURE = [
    ("a black dog and cat", "in “black dog and cat” the attribute may belong to both"),
    ("red cars and trucks", "in “red cars and trucks” the attribute may belong to both"),
    ("a red and a blue bus", "“a red” lacks a noun"),
    ("the bus and the car are red", "“bus and the car are” speaks of several objects at once"),
    ("the cube is gloopo", "“gloopo” may be an attribute or a thing"),
    ("a cat, black and fluffy, lies on a sofa", "“black” stands apart from what it is said of"),
    ("ein roter Bus und ein blaues Auto", "most of its words are unknown"),
]


@pytest.mark.parametrize(("caption", "why"), UNSURE)
def test_it_says_what_it_is_unsure_of(caption: str, why: str) -> None:
    parsed = read_caption(caption)
    assert parsed.unsure and parsed.why == f"It may be read wrong: {why}."


def test_places_of_a_pair() -> None:
    (pair,) = read_caption("There is a dark red fire truck.").pairs
    assert (pair.attribute_span, pair.noun_span, pair.kind) == (Span(11, 19), Span(20, 30), "color")


@pytest.mark.parametrize(
    ("caption", "sentence"),
    [
        ("", "it is empty"),
        (" \t", "it is empty"),
        ("a" * (LONGEST + 1), "has 301 characters, the most are 300"),
        ("a red bus\nand a car", "one line of printable characters"),
        ("a red bus\x00", "printable"),
        ("\ud800 bus", "printable"),
    ],
)
def test_what_is_no_caption_is_refused(caption: str, sentence: str) -> None:
    with pytest.raises(CaptionError, match=sentence):
        read_caption(caption)


def test_tags_follow_the_context() -> None:
    assert [one.tag for one in tag(["a", "man", "riding", "a", "brown", "horse"])] == "DT NN VBG DT JJ NN".split()
    assert tag(["the"])[0] == Tagged("DT", float("inf"), True)
    assert not tag(["zorp"])[0].known
    assert tag([]) == ()


def test_weights_are_read_once_and_without_torch() -> None:
    assert load_tagger() is load_tagger()
    statement = "from explorer.captions.reading import read_caption\nread_caption('a red bus')"
    assert loaded_by(statement, ["torch", "numpy", "spacy", "explorer.captions.words"]) == ["explorer.captions.words"]


def test_possessives_and_names_are_told_from_quotes() -> None:
    assert [token.low for token in tokenize("the dog's bowl")] == ["the", "dog", "'s", "bowl"]
    assert [token.kind for token in tokenize("the dogs' bowls")] == ["det", "noun", "poss", "noun"]
    assert [token.kind for token in tokenize("an old Volvo")] == ["det", "adj", "proper"]
    assert [token.kind for token in tokenize("AN OLD VOLVO")] == ["det", "adj", "noun"]


def test_words() -> None:
    kinds = {
        "dark red": "color",
        "light-blue": "color",
        "red and blue": "color",
        "very large": "size",
        "brick": "material",
    }
    kinds |= {"red and large": "attribute", "fluffy": "attribute", "red, white and blue": "color", "red/blue": "color"}
    assert {words: kind_of(words) for words in kinds} == kinds
    assert is_compound(["fire", "trucks"]) and is_compound(["teddy", "bear"]) and not is_compound(["red", "bus"])


def test_articles() -> None:
    assert all(map(wants_an, "apple hour honest umbrella unusual 8 11 18th X-ray LCD owl heir Old OLD ornate".split()))
    assert not any(map(wants_an, "bus unicorn European used one-eyed 1 1800 uniform ewe U-turn BMW".split()))
