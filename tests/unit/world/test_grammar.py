"""The grammar: captions, texts and ids say the same, in each direction, and bad text gives one sentence."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.clip.clip import make_word_tokenizer
from explorer.errors import UserError
from explorer.spec import DATA_FIELDS, DataSpec
from explorer.world.grammar import EOS, Grammar
from explorer.world.pairs import word_bags
from explorer.world.plan import make_plan
from explorer.world.swaps import swap
from explorer.world.things import THINGS
from tests.unit.dial_values import is_legal, values_of
from tests.unit.world.worlds import (
    GRAMMAR,
    KIND_OF_WORD,
    KINDS,
    NOUN_WORDS,
    WORDS_OF_KIND,
    Batch,
    batches,
    captions_of,
    draw,
    few,
    objects_of,
    plan_of,
    same,
    stream_of,
    text_of,
    texts_of,
)

TOKENIZER = make_word_tokenizer(GRAMMAR.words)


def exported_ids(text: str) -> list[int]:
    """The ids that the exported tokenizer gives, filled up with 0."""
    ids = TOKENIZER.encode(text).ids
    return ids + [0] * (GRAMMAR.context_length - len(ids))


@few
@given(batch=batches())
def test_captions_of_scenes_read_back_as_they_were_said(batch: Batch) -> None:
    ids = GRAMMAR.ids(batch.captions)
    assert ids.shape == (len(batch.captions), GRAMMAR.context_length) and ids.dtype == np.int64
    for i, text in enumerate(GRAMMAR.texts(ids)):
        parsed = GRAMMAR.parse(text)
        count = int(batch.captions.count[i])
        assert parsed.nouns[0].tolist() == batch.captions.nouns[i, :count].tolist()
        assert parsed.values[0].tolist() == batch.captions.values[i, :count].tolist()
        assert ids[i].tolist() == exported_ids(text)
        assert text == text_of(objects_of(text)), "article, values in the order of the kinds, noun"


def test_every_word_is_one_token_with_its_place_as_id() -> None:
    words = GRAMMAR.words
    assert len(set(words)) == len(words), "every value is one word, unique over kinds and nouns"
    assert words[:4] == ("[PAD]", "[BOS]", "[EOS]", "[UNK]")
    for number, word in enumerate(words[4:], start=4):
        assert word.isascii() and word.isalpha() and word == word.lower()
        assert TOKENIZER.encode(word).ids == [1, number, 2]


def test_the_article_before_every_word() -> None:
    for word in (*NOUN_WORDS, *KIND_OF_WORD):
        rest = "" if word in NOUN_WORDS else " bus"
        right, wrong = ("an", "a") if word[0] in "aeiou" else ("a", "an")
        assert texts_of(GRAMMAR.parse(f"{right} {word}{rest}")) == [f"{right} {word}{rest}"]
        with pytest.raises(UserError, match="does not go before"):
            GRAMMAR.parse(f"{wrong} {word}{rest}")


def test_lengths_of_captions_and_batches() -> None:
    plan = plan_of(objects_in_image=4, attribute_kinds=KINDS, attribute_density=len(KINDS))
    captions = draw(plan, stream_of(10)).captions
    ids = GRAMMAR.ids(captions)
    assert ids.shape[1] == GRAMMAR.context_length, "the longest caption fills the context"
    assert (ids[:, 0] == 1).all() and (ids[:, -1] == 2).all() and (ids != 0).all()
    together = GRAMMAR.ids(captions_of("a bus", "a red bus and a cat and a fish and a star"))
    assert same(together[:1], GRAMMAR.ids(GRAMMAR.parse("a bus"))), "whatever the others in the batch"
    nothing = GRAMMAR.ids(captions.rows(slice(0)))
    assert nothing.shape == (0, GRAMMAR.context_length) and GRAMMAR.texts(nothing) == []


@pytest.mark.parametrize("name", DATA_FIELDS)
def test_the_longest_captions_of_every_dial_end_within_the_context(name: str) -> None:
    longest = DataSpec(objects_in_image=4, attribute_kinds=KINDS, attribute_density=len(KINDS))
    for value in values_of(name):
        data = replace(longest, **{name: value})
        if is_legal(data):
            ids = Grammar(THINGS, data).ids(draw(make_plan(data, THINGS, seed=0), stream_of(16)).captions)
            assert ((ids == EOS).sum(axis=1) == 1).all(), f"{name}={value}: what is beyond the context is cut"


def test_a_world_of_fewer_words_has_a_shorter_context() -> None:
    grammar = Grammar(replace(THINGS, nouns=THINGS.nouns[:2], kinds=THINGS.kinds[:1]))
    assert grammar.words[7:] == (*NOUN_WORDS[:2], *WORDS_OF_KIND[0])
    assert grammar.context_length == 2 + 4 * len("a red bus and".split()) - 1
    assert grammar.parse("a red bus").values.tolist() == [[[WORDS_OF_KIND[0].index("red")]]]
    with pytest.raises(UserError):
        grammar.parse(f"a {NOUN_WORDS[2]}")


def test_a_bare_noun_may_have_a_word_that_tells_nothing() -> None:
    grammar = Grammar(THINGS, DataSpec(bare_word="certain"))
    assert grammar.words == (*GRAMMAR.words, "certain") and grammar.context_length == GRAMMAR.context_length
    batch = draw(plan_of(attribute_density=0.5, objects_in_image=3), stream_of(200))
    ids, plain = grammar.ids(batch.captions), GRAMMAR.ids(batch.captions)
    texts = grammar.texts(ids)
    assert any("certain" in text for text in texts), "the same captions, but for bare nouns"
    assert [text.replace("a certain", "a") for text in texts] == [
        text.replace("an ", "a ") for text in GRAMMAR.texts(plain)
    ]
    swapped = swap(batch.captions, batch.stream)
    assert same(word_bags(ids), word_bags(grammar.ids(swapped.captions))), "it stays where a value leaves"
    bare = grammar.parse("a certain umbrella and a red bus")
    assert same(bare, GRAMMAR.parse("an umbrella and a red bus")) and texts_of(bare) == ["an umbrella and a red bus"]
    for text in ("a certain red bus", "a red certain bus", "an certain bus", "a certain"):
        with pytest.raises(UserError):
            grammar.parse(text)
    with pytest.raises(UserError):
        GRAMMAR.parse("a certain bus")


BAD = {
    "reads like": (
        "", " ", "bus", "a", "a red", "red bus", "the red bus", "a red lorry", "a bus red", "a bus and",
        "and a bus", "a bus and and a cat", "A red bus", "\ud800", "\x00",
    ),
    "is not a value that fits there": (
        "a réd bus", "a crimson bus", "a small red bus", "a red red bus", "a red blue bus", "a none bus",
        "a bus, a cat", "a bus\nand a cat", "a bus a cat", "a [PAD] bus", "a bus " * 10_000 + "bus",
    ),
    "does not go before": ("an red bus", "a umbrella", "a an bus"),
    "at most 4 are read": ("a bus and a cat and a fish and a star and a tree",),
    "names 'bus' twice": ("a red bus and a blue bus", "a bus and a submarine and a bus"),
}  # fmt: skip


@pytest.mark.parametrize("words", BAD)
def test_bad_text_gives_one_sentence(words: str) -> None:
    for text in BAD[words]:
        with pytest.raises(UserError, match=words) as caught:
            GRAMMAR.parse(text)
        assert str(caught.value).startswith("caption=")
        assert str(caught.value).isprintable() and len(str(caught.value)) < 300


@few
@given(words=st.lists(st.sampled_from(GRAMMAR.words) | st.text(max_size=5), max_size=12))
def test_any_text_is_read_right_or_refused(words: list[str]) -> None:
    text = " ".join(words)
    try:
        parsed = GRAMMAR.parse(text)
    except UserError:
        return
    assert texts_of(parsed) == [" ".join(text.split())]
