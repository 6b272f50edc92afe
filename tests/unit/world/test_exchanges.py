"""Exchanged captions against what the design says of them, checked on their text in plain Python."""

from collections.abc import Iterator
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from explorer.world.grammar import Sentence
from explorer.world.scenes import exchange_values, sides
from explorer.world.swaps import (
    Exchange,
    assignments,
    duplicate_share,
    is_true,
    reorder,
    replace_value,
    swap,
    swap_with_unnamed,
    truth_matrix,
)
from tests.unit.world.worlds import (
    GRAMMAR,
    KIND_OF_WORD,
    KINDS,
    NOUN_WORDS,
    WORDS_OF_KIND,
    Batch,
    Objects,
    bag_of,
    batches,
    draw,
    few,
    objects_of,
    plan_of,
    same,
    sentence_of,
    stream_of,
    text_is_true,
    text_of,
    texts_of,
)

anywhere = st.integers(0, 2**31 - 1)


def pairs_of(batch: Batch, exchange: Exchange) -> Iterator[tuple[int, Objects, Objects, bool]]:
    """(i, objects of the caption, objects of the changed one, whether there is one)."""
    texts = zip(batch.texts, texts_of(exchange.said), exchange.exists.tolist(), strict=True)
    for i, (before, after, exists) in enumerate(texts):
        assert exists == (before != after), "it differs from the caption, which stands where there is none"
        yield i, objects_of(before), objects_of(after), exists


def swapped_twice(said: Sentence, *, seed: int = 0, kind: int | None = None) -> Sentence:
    """The swap of the swap under one stream."""
    stream = stream_of(len(said), seed=seed)
    return swap(swap(said, stream, kind=kind).said, stream, kind=kind).said


EXAMPLES = [
    ("a red bus and a small submarine", "a small bus and a red submarine"),
    ("a red bus and a submarine", "a bus and a red submarine"),
    ("a yellow submarine and a blue bus", "a blue submarine and a yellow bus"),
    ("an umbrella and an outlined bus", "an outlined umbrella and a bus"),
]


@pytest.mark.parametrize(("caption", "expected"), EXAMPLES)
@pytest.mark.parametrize("seed", [0, 1])
def test_swaps_of_the_design(caption: str, expected: str, seed: int) -> None:
    there = swap(sentence_of(caption), stream_of(1, seed=seed))
    assert texts_of(there.said) == [expected] and there.exists.all()
    assert texts_of(swap(there.said, stream_of(1, seed=seed)).said) == [caption]


@pytest.mark.parametrize("caption", ["a red bus", "a red bus and a red cat", "a bus and a cat", "a bus"])
def test_no_swap_where_no_two_lists_differ(caption: str) -> None:
    exchange = swap(sentence_of(caption), stream_of(1))
    assert not exchange.exists.any()
    assert texts_of(exchange.said) == [caption]


@few
@given(batch=batches())
def test_swap_trades_all_values_of_two_named_objects(batch: Batch) -> None:
    exchange = swap(batch.said, batch.stream)
    for i, before, after, exists in pairs_of(batch, exchange):
        lists = [values for _, values in before]
        assert exists == (len(set(lists)) > 1), "it exists exactly where two lists differ"
        if exists:
            one, other = int(exchange.first[i]), int(exchange.second[i])
            lists[one], lists[other] = lists[other], lists[one]
        assert after == [(noun, values) for (noun, _), values in zip(before, lists, strict=True)]


@few
@given(batch=batches())
def test_swap_keeps_the_words_besides_articles(batch: Batch) -> None:
    for before, after in zip(batch.texts, texts_of(swap(batch.said, batch.stream).said), strict=True):
        assert bag_of(before) == bag_of(after)


@few
@given(batch=batches(), kind=st.none() | st.integers(0, len(KINDS) - 1))
def test_swap_twice_gives_the_caption_where_no_list_repeats(batch: Batch, kind: int | None) -> None:
    again = texts_of(swapped_twice(batch.said, seed=batch.plan.seed, kind=kind))
    for before, after in zip(batch.texts, again, strict=True):
        lists = [_of_kind(values, kind) for _, values in objects_of(before)]
        if len(set(lists)) == len(lists) or len(lists) <= 2:
            assert before == after


def _of_kind(values: tuple[str, ...], kind: int | None) -> tuple[str, ...]:
    """The words of one kind among the values, or all."""
    return tuple(word for word in values if kind is None or KIND_OF_WORD[word] == kind)


@pytest.mark.slow
@few
@given(batch=batches(), kind=st.integers(0, len(KINDS) - 1))
def test_swap_of_one_kind_moves_only_this_kind(batch: Batch, kind: int) -> None:
    exchange = swap(batch.said, batch.stream, kind=kind)
    for i, before, after, exists in pairs_of(batch, exchange):
        lists = [_of_kind(values, kind) for _, values in before]
        assert exists == (len(set(lists)) > 1)
        if exists:
            one, other = int(exchange.first[i]), int(exchange.second[i])
            lists[one], lists[other] = lists[other], lists[one]
        kept = [[word for word in values if KIND_OF_WORD[word] != kind] for _, values in before]
        expected = [(noun, (*stay, *move)) for (noun, _), stay, move in zip(before, kept, lists, strict=True)]
        assert text_of(after) == text_of(expected)


def test_every_pair_that_may_trade_is_as_likely() -> None:
    count = 6000
    caption = "a red bus and a blue cat and a green fish and a red star"
    exchange = swap(sentence_of(*[caption] * count), stream_of(count))
    traded = list(zip(exchange.first.tolist(), exchange.second.tolist(), strict=True))
    allowed = [pair for pair in combinations(range(4), 2) if pair != (0, 3)]
    seen = [traded.count(pair) for pair in allowed]
    assert sum(seen) == count
    assert chisquare(seen).pvalue > 1e-4


@few
@given(batch=batches())
def test_the_one_object_named_takes_the_values_of_another(batch: Batch) -> None:
    exchange = swap_with_unnamed(batch.said, batch.scenes, batch.stream)
    for i, before, after, exists in pairs_of(batch, exchange):
        noun, values = before[0]
        kinds = [KIND_OF_WORD[word] for word in values]
        others = {other: tuple(shown[k] for k in kinds) for other, shown in batch.facts[i].items() if other != noun}
        assert exists == (len(before) == 1 and any(lent != values for lent in others.values()))
        if exists:
            assert NOUN_WORDS[batch.scenes.nouns[i, exchange.first[i]]] == noun
            assert after == [(noun, others[NOUN_WORDS[batch.scenes.nouns[i, exchange.second[i]]]])]
            assert not text_is_true(text_of(after), batch.facts[i])


@few
@given(batch=batches())
def test_replace_makes_one_value_one_that_is_absent(batch: Batch) -> None:
    exchange = replace_value(batch.plan, batch.said, batch.scenes, batch.stream)
    for i, before, after, exists in pairs_of(batch, exchange):
        shown = {word for values in batch.facts[i].values() for word in values}
        absent = [set(words) - shown for words in WORDS_OF_KIND]
        assert exists == any(absent[KIND_OF_WORD[word]] for _, values in before for word in values)
        assert [noun for noun, _ in before] == [noun for noun, _ in after]
        old, new = ([(noun, word) for noun, values in said for word in values] for said in (before, after))
        changed = [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]
        assert len(changed) == exists
        for (noun, gone), (same_noun, come) in changed:
            assert noun == same_noun
            assert come in absent[KIND_OF_WORD[gone]]
            assert not text_is_true(text_of(after), batch.facts[i])


def test_replace_is_null_where_every_value_of_the_kind_is_shown() -> None:
    plan = plan_of(attribute_kinds=("size",), attribute_density=1)
    batch = draw(plan, stream_of(200))
    both = [len({values[1] for values in facts.values()}) == 2 for facts in batch.facts]
    assert replace_value(plan, batch.said, batch.scenes, batch.stream).exists.tolist() == [not b for b in both]
    assert 0 < sum(both) < 200


@few
@given(batch=batches())
def test_reorder_names_the_same_objects_in_another_order(batch: Batch) -> None:
    exchange = reorder(batch.said, batch.stream)
    true = is_true(exchange.said, batch.scenes)
    for i, before, after, exists in pairs_of(batch, exchange):
        assert exists == (len(before) >= 2)
        assert sorted(before) == sorted(after)
        assert true[i]


@few
@given(batch=batches(), other=anywhere)
def test_truth_is_that_of_the_text(batch: Batch, other: int) -> None:
    many = draw(batch.plan, stream_of(len(batch.scenes), seed=other, name="evaluation")).said
    changed = [swap(batch.said, batch.stream), replace_value(batch.plan, batch.said, batch.scenes, batch.stream)]
    for said in (batch.said, many, *(exchange.said for exchange in changed)):
        expected = [[text_is_true(text, facts) for text in texts_of(said)] for facts in batch.facts]
        assert truth_matrix(batch.plan, said, batch.scenes).tolist() == expected
        assert is_true(said, batch.scenes).tolist() == np.diagonal(expected).tolist()
    assert is_true(batch.said, batch.scenes).all(), "captions are honest"


def test_truth_of_hand_made_captions() -> None:
    batch = draw(plan_of(attribute_kinds=("color", "size"), attribute_density=2), stream_of(1))
    (noun, values), (other, others) = batch.facts[0].items()
    absent = next(word for word in NOUN_WORDS if word not in (noun, other))
    color = next(word for word in WORDS_OF_KIND[0] if word not in (values[0], others[0]))
    truths = {
        text_of([(noun, ())]): True,
        text_of([(noun, values[:1]), (other, others[:2])]): True,
        text_of([(noun, (color,))]): False,
        text_of([(noun, ()), (other, (color,))]): False,
        text_of([(absent, ())]): False,
        text_of([(noun, values[:2]), (absent, ())]): False,
    }
    said = sentence_of(*truths)
    assert truth_matrix(batch.plan, said, batch.scenes).tolist() == [list(truths.values())]


def test_a_matrix_of_other_shapes() -> None:
    batch = draw(plan_of(objects_in_image=3), stream_of(5))
    said = sentence_of("a bus", "a red bus and a cat")
    assert truth_matrix(batch.plan, said, batch.scenes).shape == (5, 2)
    empty = Sentence(nouns=said.nouns[:0], values=said.values[:0])
    assert truth_matrix(batch.plan, empty, batch.scenes).shape == (5, 0)


@few
@given(batch=batches())
def test_duplicate_captions_are_counted(batch: Batch) -> None:
    distinct = len(set(batch.texts))
    assert duplicate_share(GRAMMAR.ids(batch.said)) == pytest.approx(1 - distinct / len(batch.texts))


@few
@given(batch=batches(count=8))
def test_assignments_are_the_distinct_ones_and_the_right_one_first(batch: Batch) -> None:
    ways, valid = assignments(batch.said)
    for i, text in enumerate(batch.texts):
        objects = objects_of(text)
        found = [texts_of(way)[i] for way, ok in zip(ways, valid[:, :].T, strict=True) if ok[i]]
        dealt = set(permutations(values for _, values in objects))
        expected = {text_of([(n, values) for (n, _), values in zip(objects, way, strict=True)]) for way in dealt}
        assert found[0] == text
        assert len(found) == len(expected) and set(found) == expected, "so the right one has chance 1/count"


def test_assignments_of_lists_that_repeat() -> None:
    ways, valid = assignments(sentence_of("a red bus and a cat and a red fish", "a bus and a cat", "a red bus"))
    assert valid.sum(axis=1).tolist() == [3, 1, 1]
    assert valid[:, 0].all() and len(ways) == 6


@few
@given(batch=batches(), picked=anywhere, mask=st.integers(0, 2 ** len(KINDS) - 1))
def test_a_twin_differs_in_the_values_traded_alone(batch: Batch, picked: int, mask: int) -> None:
    n = batch.plan.num_objects
    first = np.random.default_rng(picked).integers(0, n, len(batch.scenes))
    second = np.random.default_rng(picked + 1).integers(0, n, len(batch.scenes))
    kinds = np.array([[bool(mask >> k & 1) for k in range(len(KINDS))]] * len(batch.scenes))
    twin = exchange_values(batch.plan, batch.scenes, first, second, kinds)
    for name in ("nouns", "level", "cell", "offset"):
        assert same(getattr(twin, name), getattr(batch.scenes, name)), name
    assert same(twin.side, sides(batch.plan, twin.values, twin.level))
    expected = batch.scenes.values.copy()
    for i, (one, other) in enumerate(zip(first, second, strict=True)):
        for k in np.flatnonzero(kinds[i]):
            expected[i, one, k], expected[i, other, k] = batch.scenes.values[i, [other, one], k]
    assert same(twin.values, expected)
    assert same(exchange_values(batch.plan, twin, first, second, kinds), batch.scenes)


@few
@given(batch=batches())
def test_the_swapped_caption_is_true_of_the_twin(batch: Batch) -> None:
    exchange = swap(batch.said, batch.stream)
    places = (
        np.stack([exchange.first, exchange.second], axis=1) if batch.plan.num_objects > 1 else np.zeros((24, 2), int)
    )
    nouns = np.take_along_axis(batch.said.nouns, places, axis=1)
    objects = (batch.scenes.nouns[:, None, :] == nouns[:, :, None]).argmax(axis=2)
    named = np.take_along_axis(batch.said.values, places[:, :, None], axis=1)
    kinds = (named >= 0).any(axis=1)
    twin = exchange_values(batch.plan, batch.scenes, objects[:, 0], objects[:, 1], kinds)
    assert is_true(exchange.said, twin)[exchange.exists].all()
