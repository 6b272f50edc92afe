"""Changed and marked captions and training pairs, checked on their text in plain Python."""

from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.spec import DataSpec
from explorer.world.pairs import draw_pairs, duplicate_share, truth_matrix, word_bags
from explorer.world.plan import make_plan
from explorer.world.scenes import Scenes, exchange_values, object_sides
from explorer.world.swaps import (
    ChangedCaptions,
    MarkedWord,
    assignments,
    false_swap,
    is_true,
    mark_words,
    reorder,
    replace_value,
    swap,
    swap_with_unnamed,
    why_no_swap,
)
from explorer.world.things import THINGS
from tests.unit.world.worlds import (
    GRAMMAR,
    KIND_OF_WORD,
    KINDS,
    NOUN_WORDS,
    SPECS,
    WORDS_OF_KIND,
    Batch,
    Objects,
    bag_of,
    batches,
    captions_of,
    draw,
    facts_of,
    few,
    objects_of,
    plan_of,
    same,
    stream_of,
    text_is_true,
    text_of,
    texts_of,
)

anywhere = st.integers(0, 2**31 - 1)
A, B = NOUN_WORDS[:2]


def pairs_of(batch: Batch, changed: ChangedCaptions) -> Iterator[tuple[int, Objects, Objects, bool]]:
    """(i, objects of the caption, objects of the changed one, whether there is one)."""
    texts = zip(batch.texts, texts_of(changed.captions), changed.exists.tolist(), strict=True)
    for i, (before, after, exists) in enumerate(texts):
        assert exists == (before != after), "it differs from the caption, which stands where there is none"
        yield i, objects_of(before), objects_of(after), exists


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("a red bus and a small submarine", "a small bus and a red submarine"),
        ("a red bus and a submarine", "a bus and a red submarine"),
        ("an umbrella and an outlined bus", "an outlined umbrella and a bus"),
        *((caption, "") for caption in ("a red bus", "a red bus and a red cat", "a bus and a cat", "a bus")),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_swaps_by_hand(caption: str, expected: str, seed: int) -> None:
    there = swap(captions_of(caption), stream_of(1, seed=seed))
    assert texts_of(there.captions) == [expected or caption] and there.exists.all() == bool(expected)
    assert texts_of(swap(there.captions, stream_of(1, seed=seed)).captions) == [caption]


def _of_kind(values: tuple[str, ...], kind: int | None) -> tuple[str, ...]:
    """The words of one kind among the values, or all."""
    return tuple(word for word in values if kind is None or KIND_OF_WORD[word] == kind)


@few
@given(batch=batches(), kind=st.none() | st.integers(0, len(KINDS) - 1))
def test_swap_trades_the_values_of_two_named_objects_and_comes_back(batch: Batch, kind: int | None) -> None:
    changed = swap(batch.captions, batch.stream, kind=kind)
    again = texts_of(swap(changed.captions, batch.stream, kind=kind).captions)
    for i, before, after, exists in pairs_of(batch, changed):
        lists = [_of_kind(values, kind) for _, values in before]
        assert exists == (len(set(lists)) > 1), "it exists exactly where two lists differ"
        if len(set(lists)) == len(lists) or len(lists) <= 2:
            assert again[i] == batch.texts[i]
        if exists:
            one, other = changed.between[i].tolist()
            lists[one], lists[other] = lists[other], lists[one]
        unchanged = [
            [word for word in values if kind is not None and KIND_OF_WORD[word] != kind] for _, values in before
        ]
        expected = [(noun, (*stay, *move)) for (noun, _), stay, move in zip(before, unchanged, lists, strict=True)]
        assert text_of(after) == text_of(expected) and bag_of(text_of(after)) == bag_of(batch.texts[i])


@few
@given(batch=batches())
def test_the_one_object_named_takes_the_values_of_another(batch: Batch) -> None:
    changed = swap_with_unnamed(batch.captions, batch.scenes, batch.stream)
    for i, before, after, exists in pairs_of(batch, changed):
        noun, values = before[0]
        kinds = [KIND_OF_WORD[word] for word in values]
        others = {other: tuple(shown[k] for k in kinds) for other, shown in batch.facts[i].items() if other != noun}
        assert exists == (len(before) == 1 and any(lent != values for lent in others.values()))
        if exists:
            assert NOUN_WORDS[batch.scenes.nouns[i, changed.between[i, 0]]] == noun
            assert after == [(noun, others[NOUN_WORDS[batch.scenes.nouns[i, changed.between[i, 1]]]])]
            assert not text_is_true(text_of(after), batch.facts[i])


@few
@given(batch=batches())
def test_replace_makes_one_value_one_that_is_absent(batch: Batch) -> None:
    replaced = replace_value(batch.plan, batch.captions, batch.scenes, batch.stream)
    for i, before, after, exists in pairs_of(batch, replaced):
        shown = {word for values in batch.facts[i].values() for word in values}
        absent = [set(words) - shown for words in WORDS_OF_KIND]
        assert exists == any(absent[KIND_OF_WORD[word]] for _, values in before for word in values)
        assert [noun for noun, _ in before] == [noun for noun, _ in after]
        old, new = ([word for _, values in captions for word in values] for captions in (before, after))
        changed = [(gone, come) for gone, come in zip(old, new, strict=True) if gone != come]
        assert len(changed) == exists and all(come in absent[KIND_OF_WORD[gone]] for gone, come in changed)
        assert not exists or not text_is_true(text_of(after), batch.facts[i])


@few
@given(batch=batches())
def test_reorder_names_the_same_objects_in_another_order(batch: Batch) -> None:
    changed = reorder(batch.captions, batch.stream)
    assert is_true(changed.captions, batch.scenes).all()
    for _, before, after, exists in pairs_of(batch, changed):
        assert exists == (len(before) >= 2) and sorted(before) == sorted(after)


@pytest.mark.slow
@few
@given(batch=batches(), other=anywhere)
def test_truth_is_that_of_the_text(batch: Batch, other: int) -> None:
    many = draw(batch.plan, stream_of(len(batch.scenes), seed=other, name="evaluation")).captions
    changed = [
        swap(batch.captions, batch.stream),
        replace_value(batch.plan, batch.captions, batch.scenes, batch.stream),
    ]
    for captions in (batch.captions, many, *(each.captions for each in changed)):
        expected = [[text_is_true(text, facts) for text in texts_of(captions)] for facts in batch.facts]
        assert truth_matrix(batch.plan, captions, batch.scenes).tolist() == expected
        assert is_true(captions, batch.scenes).tolist() == np.diagonal(expected).tolist()
    assert is_true(batch.captions, batch.scenes).all(), "captions are honest"
    distinct = len(set(batch.texts))
    assert duplicate_share(GRAMMAR.ids(batch.captions)) == pytest.approx(1 - distinct / len(batch.texts))


def test_truth_by_hand_and_of_other_shapes() -> None:
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
    captions = captions_of(*truths)
    assert truth_matrix(batch.plan, captions, batch.scenes).tolist() == [list(truths.values())]
    assert truth_matrix(batch.plan, captions.rows(slice(0)), batch.scenes).shape == (1, 0)
    assert duplicate_share(GRAMMAR.ids(captions.rows(slice(0)))) == 0.0


@few
@given(batch=batches(count=8))
def test_assignments_are_the_distinct_ones_and_the_right_one_first(batch: Batch) -> None:
    ways, valid = assignments(batch.captions)
    for i, text in enumerate(batch.texts):
        objects = objects_of(text)
        texts = [texts_of(way)[i] for way, ok in zip(ways, valid.T, strict=True) if ok[i]]
        dealt = set(permutations(values for _, values in objects))
        expected = {text_of([(n, values) for (n, _), values in zip(objects, way, strict=True)]) for way in dealt}
        assert texts[0] == text
        assert len(texts) == len(expected) and set(texts) == expected, "so the right one has chance 1/count"


@few
@given(batch=batches(), picked=anywhere, mask=st.integers(0, 2 ** len(KINDS) - 1))
def test_a_twin_differs_in_the_values_traded_alone(batch: Batch, picked: int, mask: int) -> None:
    n = batch.plan.num_objects
    first, second = np.random.default_rng(picked).integers(0, n, (2, len(batch.scenes)))
    kinds = np.array([[bool(mask >> k & 1) for k in range(len(KINDS))]] * len(batch.scenes))
    twin = exchange_values(batch.plan, batch.scenes, first, second, kinds)
    for name in ("nouns", "level", "cell", "offset"):
        assert same(getattr(twin, name), getattr(batch.scenes, name)), name
    assert same(twin.side, object_sides(batch.plan, twin.values, twin.level))
    expected = batch.scenes.values.copy()
    for i, (one, other) in enumerate(zip(first, second, strict=True)):
        expected[i][[one, other]] = np.where(kinds[i], expected[i][[other, one]], expected[i][[one, other]])
    assert same(twin.values, expected)
    assert same(exchange_values(batch.plan, twin, first, second, kinds), batch.scenes)


@few
@given(batch=batches())
def test_the_swapped_caption_is_true_of_the_twin(batch: Batch) -> None:
    changed = swap(batch.captions, batch.stream)
    rows = np.arange(len(batch.scenes))[:, None]
    places = changed.between % batch.captions.nouns.shape[1]
    objects = (batch.scenes.nouns[:, None, :] == batch.captions.nouns[rows, places][:, :, None]).argmax(axis=2)
    kinds = (batch.captions.values[rows, places] >= 0).any(axis=1)
    twin = exchange_values(batch.plan, batch.scenes, objects[:, 0], objects[:, 1], kinds)
    assert is_true(changed.captions, twin)[changed.exists].all()


# Marked words.


def text(words: list[MarkedWord]) -> str:
    return " ".join(word["text"] for word in words)


@few
@given(batches())
def test_the_words_are_the_text_and_the_marks_what_differs(batch: Batch) -> None:
    untrue = false_swap(batch.captions, batch.scenes, batch.stream)
    assert not (untrue.exists & is_true(untrue.captions, batch.scenes)).any()
    for changed in (swap(batch.captions, batch.stream), untrue):
        marked = mark_words(batch.captions, changed, GRAMMAR)
        assert [text(own) for own, _ in marked] == batch.texts
        for (own, other), swapped, there in zip(marked, texts_of(changed.captions), changed.exists, strict=True):
            assert (other is not None) == there
            for word in own + (other or []):
                kind = KIND_OF_WORD.get(word["text"])
                assert (word["kind"], word["value"]) == ((None, None) if kind is None else (KINDS[kind], word["text"]))
            if other is None:
                assert not any(word["is_moved"] for word in own)
                continue
            assert text(other) == swapped
            # A value is moved where the other caption does not name it for the same noun.
            for mine, theirs in ((own, objects_of(swapped)), (other, objects_of(text(own)))):
                expected = [v for noun, vs in objects_of(text(mine)) for v in vs if v not in dict(theirs)[noun]]
                assert [word["text"] for word in mine if word["is_moved"]] == expected


def scene_of(*objects: tuple[str, str]) -> Scenes:
    """One scene of (color, noun) objects, all else unmarked."""
    nouns = np.array([[NOUN_WORDS.index(noun) for _, noun in objects]])
    values = np.zeros((1, len(objects), len(KINDS)), dtype=np.int64)
    values[0, :, 0] = [WORDS_OF_KIND[0].index(color) for color, _ in objects]
    zero = np.zeros_like(nouns)
    return Scenes(nouns=nouns, values=values, level=zero, side=zero, cell=zero, offset=np.stack([zero, zero], axis=2))


@pytest.mark.parametrize(
    ("caption", "objects", "reason"),
    [
        (f"a red {A} and a blue {B}", [("red", A), ("blue", B)], None),
        (f"a red {A} and a red {B}", [("red", A), ("red", B)], "The objects named have the same values."),
        (f"a {A} and a {B}", [("red", A), ("blue", B)], "The caption names no value."),
        (f"a {A}", [("red", A), ("blue", B)], "The caption names one object with no value."),
        (f"a red {A}", [("red", A), ("blue", B)], None),
        (f"a red {A}", [("red", A), ("red", B)], "No other object of the image has other values in the kinds named."),
        (f"a red {A}", [("red", A)], "The image shows one object: nothing to exchange with."),
        (f"a red {A} and a {B}", [("red", A), ("red", B)], "The exchanged caption is true of the image too."),
        (f"a red {A} and a {B}", [("red", A), ("blue", B)], None),
    ],
)
def test_reasons_by_hand(caption: str, objects: list[tuple[str, str]], reason: str | None) -> None:
    scenes = scene_of(*objects)
    captions = captions_of(caption, " and ".join(f"a {noun}" for _, noun in objects)).rows(slice(1))
    assert text_is_true(caption, facts_of(scenes)[0])
    assert why_no_swap(captions, false_swap(captions, scenes, stream_of(1)), scenes) == [reason]


# Training pairs. In the last spec a swap is at times true of its image: a red bus and a car that is red too.
CASES = {**SPECS, "half a value each": DataSpec(attribute_density=0.5)}


@pytest.mark.parametrize("name", CASES)
def test_pairs_and_their_rates_are_those_of_the_texts(name: str) -> None:
    plan = make_plan(CASES[name], THINGS, seed=3)
    pairs, truth = (
        draw_pairs(plan, stream_of(60, seed=3), GRAMMAR, hard_negatives=1.0),
        draw(plan, stream_of(60, seed=3)),
    )
    texts, owners = GRAMMAR.texts(pairs.ids), np.flatnonzero(pairs.has_hard_negative)
    assert texts[:60] == truth.texts
    hard = list(zip(owners.tolist(), texts[60:], strict=True))
    assert all(bag_of(texts[owner]) == bag_of(wrong) and texts[owner] != wrong for owner, wrong in hard)
    true = np.array([[text_is_true(captions, facts) for captions in texts] for facts in truth.facts])
    assert np.array_equal(pairs.truths, true)
    rates = pairs.rates()
    own = [text_is_true(wrong, truth.facts[owner]) for owner, wrong in hard]
    assert rates["hard_negatives"] == len(hard) / 60 == pairs.swapped.exists.mean()
    assert rates["hard_negatives_true"] == pytest.approx(np.mean(own) if own else 0.0)
    assert any(own) or name != "half a value each"
    assert rates["duplicate_captions"] == (60 - len(set(truth.texts))) / 60
    assert rates["false_negatives"] == pytest.approx((true[:, :60].sum() - true[:, :60].trace()) / (60 * 59))
    alike = np.array([[bag_of(captions) == bag_of(own) for captions in texts[:60]] for own in texts[:60]])
    implicit = alike & ~true[:, :60] & ~np.eye(60, dtype=bool)
    assert rates["implicit_hard_negatives"] == pytest.approx(implicit.sum() / (60 * 59))
    swapped = false_swap(truth.captions, truth.scenes, truth.stream)
    reasons = why_no_swap(truth.captions, swapped, truth.scenes)
    assert [reason is None for reason in reasons] == swapped.exists.tolist(), "each missing swap has a reason"


def test_captions_of_the_same_words_by_hand() -> None:
    """Three captions of one bag of words, of which the last is the first in another order, and one of other words."""
    texts = ("a red bus and an umbrella", "a bus and a red umbrella", "an umbrella and a red bus", "a red bus")
    bags = [int(word_bags(GRAMMAR.ids(GRAMMAR.parse(each)))[0]) for each in texts]
    assert bags[0] == bags[1] == bags[2] != bags[3]


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_checked_hard_negatives_are_those_that_are_false_of_their_image(share: float) -> None:
    plan = make_plan(CASES["half a value each"], THINGS, seed=3)
    plain, checked = (
        draw_pairs(plan, stream_of(200, seed=3), GRAMMAR, hard_negatives=share, check=check)
        for check in ("none", "false-of-image")
    )
    own = np.flatnonzero(plain.has_hard_negative)
    is_true_of_own = plain.truths[own, 200 + np.arange(len(own))]
    assert 0 < is_true_of_own.mean() < 1
    assert np.array_equal(np.flatnonzero(checked.has_hard_negative), own[~is_true_of_own])
    assert np.array_equal(checked.ids, np.delete(plain.ids, 200 + np.flatnonzero(is_true_of_own), axis=0))
    assert checked.rates()["hard_negatives_true"] == 0 < plain.rates()["hard_negatives_true"]
