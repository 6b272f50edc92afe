"""Properties of every swap of any caption: the same words but for articles, another caption, and the way back."""

import re
import time
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.captions.counting import LONGEST_TEXT, count_caption, ends_alike
from explorer.captions.lexicon import COLORS, SWAP_KINDS, wants_an
from explorer.captions.parsed_caption import LONGEST_CAPTION, CaptionError
from explorer.captions.reading import read_caption
from explorer.captions.swapping import all_swaps, find_swaps, has_swap

NOUNS = "bus submarine cat umbrella igloo house table orange hat unicorn apple".split()
ATTRIBUTES = "red blue orange old large empty wooden ugly striped round two-story one-eyed unusual honest".split()
OTHERS = "a an the and , with is two dark very buses dog's of on that painted sleeps running A I London “ ( - zorp one"
WORDS = st.sampled_from([*NOUNS, *ATTRIBUTES, *OTHERS.split(), "'s", ".", "U", "été"])
SOUP = st.lists(WORDS, min_size=1, max_size=25).map(" ".join)
ANYTHING = st.text(min_size=1, max_size=60)
VALUES = st.lists(st.sampled_from(ATTRIBUTES), min_size=2, max_size=2, unique=True)
THINGS = st.lists(st.sampled_from(NOUNS), min_size=2, max_size=2, unique=True)

untimed = settings(deadline=None)


def bag(text: str) -> Counter[str]:
    """The words and marks of a text, without articles and without case."""
    return Counter(word for word in re.findall(r"\w+|[^\w\s]", text.lower()) if word not in ("a", "an"))


@pytest.mark.slow
@untimed
@given(SOUP | ANYTHING)
def test_pairs_stand_where_they_say_and_a_swap_is_another_caption_of_the_same_words(text: str) -> None:
    try:
        parsed = read_caption(text)
    except CaptionError:
        return
    for pair in parsed.pairs:
        assert parsed.words(pair.attribute_span) == pair.attribute and parsed.words(pair.noun_span) == pair.noun
        assert pair.attribute.strip() and pair.noun.strip()
    spans = sorted([pair.attribute_span for pair in parsed.pairs] + list({pair.noun_span for pair in parsed.pairs}))
    assert all(left.end <= right.start for left, right in pairwise(spans))
    swaps = all_swaps(parsed)
    assert has_swap(parsed) == bool(find_swaps(parsed))
    assert set(find_swaps(parsed)) <= set(swaps) and len({swap.caption for swap in swaps}) == len(swaps)
    for swap in swaps:
        assert bag(swap.caption) == bag(text) and swap.caption.lower() != text.lower() and swap.kind in SWAP_KINDS


def article(word: str) -> str:
    return "an" if wants_an(word) else "a"


@untimed
@given(VALUES, THINGS, st.sampled_from(["and", "next to", "on", "beside"]), st.booleans())
def test_two_objects_with_one_attribute_each(values: list[str], things: list[str], between: str, capital: bool) -> None:
    def caption(first: str, second: str) -> str:
        text = f"{article(first)} {first} {things[0]} {between} {article(second)} {second} {things[1]}"
        return text[0].upper() + text[1:] if capital else text

    there, back = caption(*values), caption(*values[::-1])
    assert [swap.caption for swap in all_swaps(read_caption(there))] == [back]
    assert [swap.caption for swap in all_swaps(read_caption(back))] == [there]


@untimed
@given(st.sampled_from(ATTRIBUTES), THINGS, st.sampled_from(["and", "next to", "on", "beside"]))
def test_a_lone_attribute_moves_and_comes_back(value: str, things: list[str], between: str) -> None:
    one, other = things
    there = f"{article(value)} {value} {one} {between} {article(other)} {other}"
    back = f"{article(one)} {one} {between} {article(value)} {value} {other}"
    assert [(swap.kind, swap.caption) for swap in all_swaps(read_caption(there))] == [("move", back)]
    assert [swap.caption for swap in all_swaps(read_caption(back))] == [there]


NAMED = st.lists(st.sampled_from(["", "fire ", "stop ", "red stop "]), min_size=1, max_size=8)


@untimed
@given(NAMED, st.lists(st.sampled_from("sign signs bus buses hydrant glasses".split()), min_size=8, max_size=8))
def test_an_object_is_the_last_of_the_earlier_ones_that_ends_alike(before: list[str], last: list[str]) -> None:
    nouns = [f"{first}{noun}".removeprefix("red ") for first, noun in zip(before, last, strict=False)]
    objects: list[list[str]] = []
    for number, noun in enumerate(nouns):
        same = [each for each in objects if ends_alike(each[0], noun)]
        if not same:
            objects.append([noun, str(number)])
        else:
            same[-1].append(str(number))
    # Each sentence says a color of its own, so that the attributes tell which sentences an object has.
    colors = sorted(COLORS)[: len(nouns)]
    counted = count_caption(" ".join(f"The {color} {noun}." for color, noun in zip(colors, nouns, strict=True)))
    expected = [(noun, tuple(colors[int(number)] for number in said)) for noun, *said in objects]
    assert [(each.noun, each.attributes) for each in counted.mentions] == expected


def test_words_may_stand_more_than_one_space_apart() -> None:
    mentions = count_caption("A couple of    dogs. Another    dog.").mentions
    assert [(each.noun, each.number) for each in mentions] == [("dogs", 2), ("dog", 1)]


def test_of_two_objects_of_one_name_the_last_is_meant() -> None:
    mentions = count_caption("A hydrant. Another hydrant. The fire hydrant is red.").mentions
    assert [each.attributes for each in mentions] == [(), ("red",)]


@pytest.mark.slow
def test_counting_takes_time_in_proportion_to_the_caption() -> None:
    def seconds(captions: list[str]) -> float:
        started = time.process_time()
        for caption in captions:
            count_caption(caption)
        return time.process_time() - started

    names = [f"a{i}" for i in range(LONGEST_TEXT)]
    for sentences in (["A."] * LONGEST_TEXT, ["A bus."] * LONGEST_TEXT, [f"A {name} bus." for name in names]):
        text = " ".join(sentences)[:LONGEST_TEXT]
        parts = [text[: LONGEST_TEXT // 40]] * 40
        assert min(seconds([text]) for _ in range(3)) < 3 * max(seconds(parts) for _ in range(3))


def test_the_longest_captions_take_no_time() -> None:
    colors = sorted(COLORS)
    text = " ".join(f"{colors[i % len(colors)]} x{i}," for i in range(60))[:LONGEST_CAPTION]
    started = time.process_time()
    assert len(find_swaps(read_caption(text))) > 100
    for crowd in ("a, " * 100, "and " * 75, "red " * 75, "'" * 300, "a-" * 150, "very " * 60, "bus " * 75):
        find_swaps(read_caption(crowd[:LONGEST_CAPTION]))
    assert time.process_time() - started < 10
