"""Evaluation sets: each form as the design defines it, and every exchange checked in words against its scene."""

from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from explorer.evaluation.sets import has_same_captions
from explorer.spec import DataSpec
from explorer.world.scenes import object_sides
from tests.unit.evaluation.oracles import FORMS, SPECS, existing_rows, kinds_of, set_of, values_in, worded_set
from tests.unit.world.worlds import (
    KIND_OF_WORD,
    KINDS,
    NOUN_WORDS,
    WORDS_OF_KIND,
    Facts,
    Objects,
    facts_of,
    objects_of,
    same,
    text_is_true,
    texts_of,
)

CASES = [(form, name) for form in FORMS for name in SPECS]
every_set = pytest.mark.parametrize(("form", "name"), CASES)
every_spec = pytest.mark.parametrize("name", SPECS)


def named_words(facts: Facts, noun: str, like: tuple[str, ...]) -> tuple[str, ...]:
    """The values of `noun` in the scene, in the kinds of the words `like`."""
    return tuple(facts[noun][KIND_OF_WORD[word]] for word in like)


def is_true(objects: Objects, facts: Facts) -> bool:
    return all(noun in facts and set(values) <= set(facts[noun]) for noun, values in objects)


@every_spec
def test_complete_names_one_value_of_each_object_in_turn_and_bundle_all(name: str) -> None:
    data = SPECS[name]
    varying = [kind for kind in KINDS if kind in data.attribute_kinds]
    complete, bundle = worded_set("complete", name), worded_set("bundle", name)
    assert same(complete.evaluation_set.scenes, bundle.evaluation_set.scenes), "the scenes of the data"
    for i, (one, every, facts) in enumerate(zip(complete.captions, bundle.captions, complete.facts, strict=True)):
        assert sorted(noun for noun, _ in one) == sorted(noun for noun, _ in every) == sorted(facts)
        assert [len(values) for _, values in one] == [1] * data.objects_in_image
        assert kinds_of(values_in(one)) == {varying[i % len(varying)]}
        assert all(values == tuple(facts[noun][KINDS.index(kind)] for kind in varying) for noun, values in every)


def test_canonical_names_both_of_two_objects_with_the_first_kind() -> None:
    words = worded_set("canonical", "rich")
    for objects, facts in zip(words.captions, words.facts, strict=True):
        assert len(facts) == 2 and {noun for noun, _ in objects} == set(facts)
        assert all(values == (facts[noun][0],) for noun, values in objects), "color and nothing else"
        assert all(shown[1:] == tuple(words[0] for words in WORDS_OF_KIND[1:]) for shown in facts.values())


@pytest.mark.parametrize("form", FORMS)
def test_every_pair_occurs_about_equally_often_though_training_shows_few(form: str) -> None:
    data = DataSpec(attribute_object_correlation=1.0, held_out_pairs=0.5)
    scenes = facts_of(set_of(form, data, count=3000).scenes)
    shown = Counter((noun, values[0]) for facts in scenes for noun, values in facts.items())
    expected = 2 * 3000 / (len(NOUN_WORDS) * 8)
    assert len(shown) == len(NOUN_WORDS) * 8
    assert 0.4 * expected < min(shown.values()) and max(shown.values()) < 1.7 * expected


@pytest.mark.parametrize(
    ("data", "forms", "reorders", "replaces"),
    [
        (DataSpec(attribute_kinds=(), attribute_density=0.0), ("own", "complete", "bundle"), None, False),
        (DataSpec(attribute_density=0.0), ("own",), True, False),
        (DataSpec(objects_in_image=1), ("own", "complete", "bundle"), False, True),
    ],
    ids=["no kinds", "no values said", "one object"],
)
def test_where_nothing_can_trade_there_is_no_swap(
    data: DataSpec, forms: tuple[str, ...], reorders: bool | None, replaces: bool
) -> None:
    for form in forms:
        evaluation_set = set_of(form, data, count=40)
        assert (
            not evaluation_set.swapped.exists.any()
            and not evaluation_set.exchanged_kinds.any()
            and (evaluation_set.valid.sum(axis=1) == 1).all()
        )
        assert evaluation_set.replaced.exists.all() if replaces else not evaluation_set.replaced.exists.any()
        assert reorders is None or set(evaluation_set.reordered.exists) == {reorders}
    assert set_of("canonical", data, count=40).swapped.exists.any()


@pytest.mark.parametrize("form", FORMS)
def test_a_larger_set_begins_with_the_smaller_one(form: str) -> None:
    """So the inspected scenes and those of quick evaluations are the first ones of the report."""
    few, many = (set_of(form, SPECS["web"], count=count) for count in (10, 30))
    first = slice(10)
    assert same(few.scenes, many.scenes.rows(first)) and same(few.twins, many.twins.rows(first))
    assert same(few.caption, many.caption.rows(first)) and same(few.swapped.captions, many.swapped.captions.rows(first))
    assert not same(few.scenes, set_of(form, SPECS["web"], count=10, seed=1).scenes)


@every_set
def test_swaps_and_twins_in_words(form: str, name: str) -> None:
    """The caption is true of the image and the swap of its twin, which differs in the values that the pair trade."""
    words = worded_set(form, name)
    evaluation_set, twins, swaps = (
        words.evaluation_set,
        words.evaluation_set.twins,
        existing_rows(words.evaluation_set.swapped.exists),
    )
    assert len(swaps) > 20
    for i in existing_rows(~evaluation_set.swapped.exists & (evaluation_set.caption.count > 1)):
        pairs = [(one, other) for one, other in combinations(words.captions[i], 2) if one[1] != other[1]]
        true = [is_true([(one[0], other[1]), (other[0], one[1])], words.facts[i]) for one, other in pairs]
        assert not true or any(true), "a swap is missing only where lists are equal or it would be true"
    assert all(text_is_true(text, facts) for text, facts in zip(words.texts, words.facts, strict=True))
    assert all(
        same(getattr(evaluation_set.scenes, part), getattr(twins, part))
        for part in ("nouns", "level", "cell", "offset")
    )
    assert same(twins.side, object_sides(evaluation_set.plan, twins.values, twins.level))
    for i in swaps:
        facts, twin, before, after = words.facts[i], words.twins[i], words.captions[i], words.swapped[i]
        assert not text_is_true(words.swapped_texts[i], facts) and is_true(after, twin) and not is_true(before, twin)
        first, second = (list(facts)[place] for place in evaluation_set.pair[i])
        pairs = [(noun, old, new) for (noun, old), (_, new) in zip(before, after, strict=True)]
        assert [noun for noun, _ in before] == [noun for noun, _ in after]
        changed = {noun: (old, new) for noun, old, new in pairs if old != new}
        if len(before) > 1:  # two whole lists, the one mentioned first in front
            assert list(changed) == [first, second] and changed[first] == changed[second][::-1]
        else:
            assert list(changed) == [first] and named_words(facts, second, before[0][1]) == after[0][1]
        exchanged = set().union(*(set(old) ^ set(new) for old, new in changed.values()))
        assert {KINDS[k] for k in np.flatnonzero(evaluation_set.exchanged_kinds[i])} == kinds_of(exchanged)
        named = {kind for noun, values in before if noun in (first, second) for kind in kinds_of(values)}
        if len(before) == 1:
            others = {named_words(facts, other, before[0][1]) for other in facts if other != first} - {before[0][1]}
            assert after[0][1] in others, "another object's values"
        expected = dict(facts)
        for noun, other in ((first, second), (second, first)):
            expected[noun] = tuple(facts[other if kind in named else noun][k] for k, kind in enumerate(KINDS))
        assert twin == expected


@pytest.mark.parametrize("form", FORMS)
def test_no_form_asks_with_wrong_values_or_of_tidy_pairs(form: str) -> None:
    data = replace(SPECS["web"], attribute_object_correlation=0.0, held_out_pairs=0.0)
    damaged = replace(data, wrong_values=0.5, tidy_share=0.5, tidy_kinds=("size",))
    plain, asked = (set_of(form, each, count=60) for each in (data, damaged))
    assert same(plain.scenes, asked.scenes) and same(plain.caption, asked.caption)
    assert has_same_captions(plain, asked)
    told = [objects_of(text) for text in texts_of(asked.caption)]
    assert all(is_true(objects, facts) for objects, facts in zip(told, facts_of(asked.scenes), strict=True))


def test_every_object_is_told_of_in_the_complete_form_of_captions_that_tell_one() -> None:
    data = DataSpec(told_together="at-most-one", attribute_density=0.5)
    own, complete = (set_of(form, data, count=60) for form in ("own", "complete"))
    assert ((own.caption.values >= 0).sum(axis=(1, 2)) == 1).all() and own.swapped.exists.any()
    assert ((complete.caption.values >= 0).sum(axis=(1, 2)) == 2).all()
