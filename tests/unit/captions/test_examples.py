"""What is read of captions, made of them and counted in them, by hand; the examples stand in examples.txt."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from explorer.captions.counting import (
    LONGEST_SENTENCE,
    LONGEST_TEXT,
    Mention,
    category_nouns,
    count_caption,
    ends_alike,
    matches_label,
    split_sentences,
)
from explorer.captions.lexicon import class_of, is_plural, kind_of, wants_an
from explorer.captions.parsed_caption import LONGEST_CAPTION, CaptionError, Span
from explorer.captions.reading import read_caption
from explorer.captions.swapping import all_swaps, describe_swaps, find_confusions, find_swaps, parse_kinds, why_no_swaps
from explorer.captions.tagger import TaggedWord, load_tagger, tag_words
from explorer.captions.tokens import tokenize
from explorer.captions.traits import contradict, traits_of
from tests.test_layers import loaded_by


@cache
def examples(name: str) -> list[tuple[str, ...]]:
    """The lines of a section of the file, split at tabs; "-" is nothing."""
    text = Path(__file__).with_name("examples.txt").read_text(encoding="utf-8")
    lines = text.partition(f"\n# {name}\n")[2].partition("\n\n# ")[0].splitlines()
    rows = [tuple("" if part == "-" else part for part in line.split("\t")) for line in lines if line[:2] != "##"]
    assert rows, name
    return rows


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
    return captions_of(find_swaps(read_caption(caption)))


def moves_of(caption: str) -> str:
    parsed = read_caption(caption)
    assert "move" not in {swap.kind for swap in find_swaps(parsed)}
    return captions_of(find_swaps(parsed, kinds=("move",)))


def confusions_of(caption: str) -> str:
    parsed = read_caption(caption)
    assert "confusion" not in {each.kind for each in (*find_swaps(parsed), *all_swaps(parsed))}
    assert find_confusions(parsed) == find_swaps(parsed, ("confusion",))
    return captions_of(find_confusions(parsed))


def either_way(judge: Callable[[str, str], bool]) -> Callable[[str, str], str]:
    def judged(one: str, other: str) -> str:
        assert judge(one, other) is judge(other, one)
        return "yes" if judge(one, other) else "no"

    return judged


def counts_text(caption: str) -> str:
    """Each object with its attributes, as many sentences as are read, and the sum of both."""
    count = count_caption(caption)
    assert count.sentences.read == count.sentences.total == len(split_sentences(caption))
    objects = [" ".join((each.noun, *each.attributes)) for each in count.mentions]
    assert (count.objects, count.attributes) == (len(objects), sum(len(each.attributes) for each in count.mentions))
    return "|".join(objects)


def traits_in(attribute: str) -> str:
    return "|".join(f"{word} {trait}" for word, trait in traits_of(attribute).items())


ASKED: dict[str, Callable[..., str]] = {
    "attributes": pairs_of,
    "unsure": unsure_of,
    "swaps": swaps_of,
    "moves": moves_of,
    "confusions": confusions_of,
    "contradict": either_way(contradict),
    "end alike": either_way(ends_alike),
    "called": lambda label, noun: "yes" if matches_label(label, noun) else "no",
    "classes": class_of,
    "kinds": kind_of,
    "traits": traits_in,
    "articles": lambda words: "|".join("an" if wants_an(word) else "a" for word in words.split()),
    "plurals": lambda words: " ".join(word for word in words.split() if is_plural(word)),
    "tokens": lambda text: " ".join(token.kind for token in tokenize(text)),
    "sentences": lambda text: "|".join(split_sentences(text)),
    "counted": counts_text,
}
"""What answers the examples of each section of the file."""


@pytest.mark.parametrize("name", ASKED)
def test_examples(name: str) -> None:
    wrong = {tuple(given): (expected, actual) for *given, expected in examples(name)
             if (actual := ASKED[name](*given)) != expected}  # fmt: skip
    assert not wrong
    assert name != "attributes" or not any(read_caption(caption).unsure for caption, _ in examples(name))


def test_what_is_no_caption_is_refused() -> None:
    one_line = "one line of printable characters"
    for caption, sentence in (
        ("", "it is empty"),
        (" \t", "it is empty"),
        ("\ud800 bus", one_line),
        ("a\nb", one_line),
    ):
        with pytest.raises(CaptionError, match=sentence):
            read_caption(caption)
    with pytest.raises(CaptionError, match="has 301 characters, the most are 300"):
        read_caption("a" * (LONGEST_CAPTION + 1))


def test_places_of_a_pair() -> None:
    (pair,) = read_caption("There is a dark red fire truck.").pairs
    assert (pair.attribute_span, pair.noun_span, pair.kind) == (Span(11, 19), Span(20, 30), "color")


@pytest.mark.slow
def test_tags_follow_the_context_and_weights_are_read_once_without_torch() -> None:
    assert [one.tag for one in tag_words(["a", "man", "riding", "a", "brown", "horse"])] == "DT NN VBG DT JJ NN".split()
    assert (
        tag_words(["the"])[0] == TaggedWord("DT", float("inf"), True)
        and not tag_words(["zorp"])[0].is_known
        and tag_words([]) == ()
    )
    assert load_tagger() is load_tagger()
    statement = "from explorer.captions.reading import read_caption\nread_caption('a red bus')"
    assert loaded_by(statement, ["torch", "numpy", "spacy", "explorer.captions.lexicon"]) == [
        "explorer.captions.lexicon"
    ]


# ---- Swaps


def test_kinds() -> None:
    swaps = {swap.kind: swap.caption for swap in find_swaps(read_caption("a large red bus and an old blue car"))}
    assert swaps == {"attribute": "an old blue bus and a large red car", "color": "a large blue bus and an old red car"}
    assert [swap.kind for swap in find_swaps(read_caption("a big red bus and a small red car"))] == ["size"]
    caption = "a large red bus and a small blue car"
    assert describe_swaps(caption, parse_kinds("size"))["swaps"] == [
        {"kind": "size", "caption": "a small red bus and a large blue car"}
    ]
    assert len(describe_swaps(caption, parse_kinds(" color, size "))["swaps"]) == 2  # type: ignore[arg-type]
    assert len(describe_swaps("a young man by an open gate", parse_kinds("all"))["swaps"]) == 1  # type: ignore[arg-type]
    with pytest.raises(CaptionError, match="kinds=colour: give one or more of attribute, color"):
        parse_kinds("size,colour")


def test_a_person_never_gets_a_color_even_if_all_are_asked_for() -> None:
    for caption in (
        "a yellow woman with black bananas",
        "a brown boy with an Asian dog",
        "a black man and a white dog",
    ):
        assert all_swaps(read_caption(caption)) == ()


def test_why_there_is_none() -> None:
    for caption, words in examples("without a swap"):
        assert words in why_no_swaps(read_caption(caption)) and words in str(describe_swaps(caption)["why"])


def test_the_document() -> None:
    assert describe_swaps("A red bus and a blue car.") == {
        "pairs": [{"attribute": "red", "noun": "bus"}, {"attribute": "blue", "noun": "car"}],
        "swaps": [{"kind": "color", "caption": "A blue bus and a red car."}],
        "unsure": False,
        "why": None,
    }
    unsure = describe_swaps("a black dog and cat")
    assert unsure["unsure"] and unsure["swaps"] == [] and "both" in str(unsure["why"])


# ---- Two words, either way round, and labels of pictures


def test_the_table_has_each_category_and_no_noun_twice() -> None:
    by_category = category_nouns()
    nouns = [noun for listed in by_category.values() for noun in listed]
    assert len(by_category) == 80 and len(nouns) == len(set(nouns)) >= 200 and set(by_category).isdisjoint(nouns)


# ---- Counting


def test_how_many_are_named() -> None:
    count = count_caption("a bus, two cars, 3 dogs, cups, a couple of hats and one key")
    assert [mention.number for mention in count.mentions] == [1, 2, 3, None, 2, 1]
    assert count_caption("two old trees").mentions == (Mention(noun="trees", attributes=("old",), number=2),)


def test_sentences_that_are_not_counted_are_told_apart() -> None:
    long = "a bus " * (LONGEST_SENTENCE // 6 + 1)
    count = count_caption(f"A red bus. Red cars and trucks. It rains. {long.capitalize()}")
    assert [each.noun for each in count.mentions] == ["bus"]
    assert (count.sentences.read, count.sentences.unsure) == (1, 1)
    assert (count.sentences.without_object, count.sentences.too_long) == (1, 1)


@pytest.mark.parametrize("text", ["", " ", "a\nbus", "\x00", "a" * (LONGEST_TEXT + 1)], ids=range(5))
def test_what_cannot_be_counted_is_refused(text: str) -> None:
    with pytest.raises(CaptionError, match="^caption: "):
        count_caption(text)
