"""What is read of captions, made of them and counted in them, by hand; the examples stand in examples.txt."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

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
from explorer.captions.reading import read_caption
from explorer.captions.swapping import confusions, describe, every_swap, kinds_of, swaps, why_none
from explorer.captions.words import (
    LONGEST,
    CaptionError,
    Span,
    Tagged,
    class_of,
    contradict,
    is_compound,
    is_plural,
    kind_of,
    load_tagger,
    tag,
    tokenize,
    traits_of,
    wants_an,
)
from tests.test_layers import loaded_by


@cache
def examples(name: str) -> list[tuple[str, ...]]:
    """The lines of a section of the file, split at tabs; "-" is nothing."""
    text = Path(__file__).with_name("examples.txt").read_text(encoding="utf-8")
    lines = text.partition(f"\n# {name}\n")[2].partition("\n\n# ")[0].splitlines()
    found = [tuple("" if part == "-" else part for part in line.split("\t")) for line in lines if line[:2] != "##"]
    assert found, name
    return found


def captions_of(made: tuple[object, ...]) -> str:
    return "|".join(swap.caption for swap in made)  # type: ignore[attr-defined]


# ---- Reading


def pairs_of(caption: str) -> str:
    return ", ".join(f"{pair.attribute} {pair.noun}" for pair in read_caption(caption).pairs)


def unsure_of(caption: str) -> str:
    parsed = read_caption(caption)
    assert parsed.unsure == bool(parsed.why)
    return parsed.why.removeprefix("It may be read wrong: ").removesuffix(".")


def swaps_of(caption: str) -> str:
    return captions_of(swaps(read_caption(caption)))


def moves_of(caption: str) -> str:
    parsed = read_caption(caption)
    assert "move" not in {swap.kind for swap in swaps(parsed)}
    return captions_of(swaps(parsed, kinds=("move",)))


def confusions_of(caption: str) -> str:
    parsed = read_caption(caption)
    assert "confusion" not in {each.kind for each in (*swaps(parsed), *every_swap(parsed))}
    assert confusions(parsed) == swaps(parsed, ("confusion",))
    return captions_of(confusions(parsed))


def either_way(judge: Callable[[str, str], bool]) -> Callable[[str, str], str]:
    def judged(one: str, other: str) -> str:
        assert judge(one, other) is judge(other, one)
        return "yes" if judge(one, other) else "no"

    return judged


ASKED: dict[str, Callable[..., str]] = {
    "attributes": pairs_of,
    "unsure": unsure_of,
    "swaps": swaps_of,
    "moves": moves_of,
    "confusions": confusions_of,
    "contradict": either_way(contradict),
    "end alike": either_way(ends_alike),
    "called": lambda label, noun: "yes" if is_called(label, noun) else "no",
    "classes": class_of,
}
"""What answers the examples of each section of the file."""


@pytest.mark.parametrize("name", ASKED)
def test_examples(name: str) -> None:
    wrong = {tuple(given): (expected, found) for *given, expected in examples(name)
             if (found := ASKED[name](*given)) != expected}  # fmt: skip
    assert not wrong
    assert name != "attributes" or not any(read_caption(caption).unsure for caption, _ in examples(name))


@pytest.mark.parametrize(
    ("caption", "sentence"),
    [
        ("", "it is empty"),
        (" \t", "it is empty"),
        ("a" * (LONGEST + 1), "has 301 characters, the most are 300"),
        ("a red bus\nand a car", "one line of printable characters"),
        ("\ud800 bus", "printable"),
    ],
)
def test_what_is_no_caption_is_refused(caption: str, sentence: str) -> None:
    with pytest.raises(CaptionError, match=sentence):
        read_caption(caption)


def test_places_of_a_pair() -> None:
    (pair,) = read_caption("There is a dark red fire truck.").pairs
    assert (pair.attribute_span, pair.noun_span, pair.kind) == (Span(11, 19), Span(20, 30), "color")


def test_tags_follow_the_context_and_weights_are_read_once_without_torch() -> None:
    assert [one.tag for one in tag(["a", "man", "riding", "a", "brown", "horse"])] == "DT NN VBG DT JJ NN".split()
    assert tag(["the"])[0] == Tagged("DT", float("inf"), True) and not tag(["zorp"])[0].known and tag([]) == ()
    assert load_tagger() is load_tagger()
    statement = "from explorer.captions.reading import read_caption\nread_caption('a red bus')"
    assert loaded_by(statement, ["torch", "numpy", "spacy", "explorer.captions.words"]) == ["explorer.captions.words"]


def test_possessives_and_names_are_told_from_quotes() -> None:
    assert [token.low for token in tokenize("the dog's bowl")] == ["the", "dog", "'s", "bowl"]
    for text, kinds in {
        "the dogs' bowls": "det noun poss noun",
        "an old Volvo": "det adj proper",
        "AN OLD VOLVO": "det adj noun",
    }.items():
        assert [token.kind for token in tokenize(text)] == kinds.split()


def test_words() -> None:
    kinds = dict.fromkeys(("dark red", "light-blue", "red and blue", "red, white and blue", "red/blue"), "color")
    kinds |= {"very large": "size", "brick": "material", "red and large": "attribute", "fluffy": "attribute"}
    assert {words: kind_of(words) for words in kinds} == kinds
    assert is_compound(["fire", "trucks"]) and is_compound(["teddy", "bear"]) and not is_compound(["red", "bus"])
    assert [word for word in ("buses", "children", "glass", "bus", "red cups") if is_plural(word)] == [
        "buses", "children", "red cups",
    ]  # fmt: skip
    assert traits_of("very dark red") == {"red": "color"}
    assert traits_of("old wooden") == {"old": "age", "wooden": "material"}
    assert set(traits_of("long-haired").values()) == set(traits_of("zorpy").values()) == {"other"}


def test_articles() -> None:
    assert all(map(wants_an, "apple hour honest umbrella unusual 8 11 18th X-ray LCD owl heir Old OLD ornate".split()))
    assert not any(map(wants_an, "bus unicorn European used one-eyed 1 1800 uniform ewe U-turn BMW".split()))


# ---- Swaps


def test_kinds() -> None:
    found = {swap.kind: swap.caption for swap in swaps(read_caption("a large red bus and an old blue car"))}
    assert found == {"attribute": "an old blue bus and a large red car", "color": "a large blue bus and an old red car"}
    assert [swap.kind for swap in swaps(read_caption("a big red bus and a small red car"))] == ["size"]
    caption = "a large red bus and a small blue car"
    assert describe(caption, kinds_of("size"))["swaps"] == [
        {"kind": "size", "caption": "a small red bus and a large blue car"}
    ]
    assert len(describe(caption, kinds_of(" color, size "))["swaps"]) == 2  # type: ignore[arg-type]
    assert len(describe("a young man by an open gate", kinds_of("all"))["swaps"]) == 1  # type: ignore[arg-type]
    with pytest.raises(CaptionError, match="kinds=colour: give one or more of attribute, color"):
        kinds_of("size,colour")


@pytest.mark.parametrize("caption", [
    "a yellow woman with black bananas", "a brown boy with an Asian dog", "a black man and a white dog",
])  # fmt: skip
def test_a_person_never_gets_a_color_even_if_all_are_asked_for(caption: str) -> None:
    assert every_swap(read_caption(caption)) == ()


@pytest.mark.parametrize(("caption", "words"), examples("without a swap"))
def test_why_there_is_none(caption: str, words: str) -> None:
    assert words in why_none(read_caption(caption))
    assert words in str(describe(caption)["why"])


def test_the_document() -> None:
    assert describe("A red bus and a blue car.") == {
        "pairs": [{"attribute": "red", "noun": "bus"}, {"attribute": "blue", "noun": "car"}],
        "swaps": [{"kind": "color", "caption": "A blue bus and a red car."}],
        "unsure": False,
        "why": None,
    }
    unsure = describe("a black dog and cat")
    assert unsure["unsure"] and unsure["swaps"] == [] and "both" in str(unsure["why"])


# ---- Two words, either way round, and labels of pictures


def test_the_table_has_each_category_and_no_noun_twice() -> None:
    found = known_nouns()
    nouns = [noun for listed in found.values() for noun in listed]
    assert len(found) == 80 and len(nouns) == len(set(nouns)) >= 200 and set(found).isdisjoint(nouns)


# ---- Counting


@pytest.mark.parametrize(
    ("caption", "mentions"),
    [
        ("a bus", [("bus",)]),
        ("the bus is blue and the car is red", [("bus", "blue"), ("car", "red")]),
        ("Two stop signs", [("stop signs",)]),
        # An object that is named again is counted once, with what is said of it then.
        ("A red bus by two old trees. The bus is empty. The trees are tall, and the red bus is parked.",
         [("bus", "red", "empty", "parked"), ("trees", "old", "tall")]),
        ("A red bus. A blue bus.", [("bus", "red"), ("bus", "blue")]),
        ("A red bus. Another bus is blue.", [("bus", "red"), ("bus", "blue")]),
        ("A red bus. The second bus is blue.", [("bus", "red"), ("bus", "blue")]),
        ("A red bus and a blue bus.", [("bus", "red"), ("bus", "blue")]),
        ("A fire truck. The truck is red.", [("fire truck", "red")]),
        ("A dog. The dogs are brown.", [("dog", "brown")]),
        ("A stop sign. The street sign is green.", [("stop sign",), ("street sign", "green")]),
    ],
)  # fmt: skip
def test_objects_of_one_and_of_several_sentences(caption: str, mentions: list[tuple[str, ...]]) -> None:
    found = count_caption(caption)
    assert [(each.noun, *each.attributes) for each in found.mentions] == mentions
    assert (found.objects, found.attributes) == (len(mentions), sum(len(each) - 1 for each in mentions))
    assert found.sentences.read == found.sentences.total == len(split_sentences(caption))


def test_how_many_are_named() -> None:
    found = count_caption("a bus, two cars, 3 dogs, cups, a couple of hats and one key")
    assert [mention.number for mention in found.mentions] == [1, 2, 3, None, 2, 1]
    assert count_caption("two old trees").mentions == (Mention(noun="trees", attributes=("old",), number=2),)


def test_sentences_that_are_not_counted_are_told_apart() -> None:
    long = "a bus " * (LONGEST_SENTENCE // 6 + 1)
    found = count_caption(f"A red bus. Red cars and trucks. It rains. {long.capitalize()}")
    assert found.nouns == ("bus",)
    assert (found.sentences.read, found.sentences.unsure) == (1, 1)
    assert (found.sentences.without_object, found.sentences.too_long) == (1, 1)


@pytest.mark.parametrize("text", ["", " ", "a\nbus", "\x00", "a" * (LONGEST_TEXT + 1)], ids=range(5))
def test_what_cannot_be_counted_is_refused(text: str) -> None:
    with pytest.raises(CaptionError, match="^caption: "):
        count_caption(text)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("A bus. It is red! Is it? “Yes.” A car on St. John Street. 3 cups.",
         ["A bus.", "It is red!", "Is it?", "“Yes.", "A car on St. John Street.", "3 cups."]),
        ("a bus , old . and red", ["a bus , old . and red"]),
        ("...", ["..."]),
    ],
)  # fmt: skip
def test_sentences(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences
