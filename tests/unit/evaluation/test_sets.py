"""Evaluation sets: each form as the design defines it, and every exchange checked in words against its scene."""

from collections import Counter
from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest

from explorer.evaluation.sets import EvaluationSet, form_data
from explorer.spec import DataSpec
from explorer.world.scenes import sides
from explorer.world.things import THINGS
from tests.unit.evaluation.oracles import FORMS, SPECS, kinds_of, set_of, told, values_in, whole
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
PARTS = ("scenes", "twins", "caption", "swapped", "replaced", "reordered", "ways", "valid", "traded", "pair")


def are_equal(first: EvaluationSet, second: EvaluationSet) -> bool:
    return all(same(getattr(first, part), getattr(second, part)) for part in PARTS)


def named_words(facts: Facts, noun: str, like: tuple[str, ...]) -> tuple[str, ...]:
    """The values of `noun` in the scene, in the kinds of the words `like`."""
    return tuple(facts[noun][KIND_OF_WORD[word]] for word in like)


def is_true(objects: Objects, facts: Facts) -> bool:
    return all(noun in facts and set(values) <= set(facts[noun]) for noun, values in objects)


# --- the forms ---


@every_spec
def test_canonical_is_the_same_whatever_the_data(name: str) -> None:
    assert are_equal(set_of("canonical", SPECS[name], count=60), set_of("canonical", DataSpec(), count=60))


def test_canonical_names_both_of_two_objects_with_the_first_kind() -> None:
    words = told("canonical", "rich")
    for objects, facts in zip(words.captions, words.facts, strict=True):
        assert len(facts) == 2 and {noun for noun, _ in objects} == set(facts)
        assert all(values == (facts[noun][0],) for noun, values in objects), "color and nothing else"
        assert all(shown[1:] == tuple(words[0] for words in WORDS_OF_KIND[1:]) for shown in facts.values())


@every_spec
def test_own_has_the_dials_of_the_data_with_values_free(name: str) -> None:
    free = replace(SPECS[name], attribute_object_correlation=0.0, held_out_pairs=0.0)
    assert set_of("own", SPECS[name], count=2).plan.data == free


@pytest.mark.parametrize("form", FORMS)
def test_every_pair_occurs_about_equally_often_though_training_shows_few(form: str) -> None:
    data = DataSpec(attribute_object_correlation=1.0, held_out_pairs=0.5)
    scenes = facts_of(set_of(form, data, count=3000).scenes)
    shown = Counter((noun, values[0]) for facts in scenes for noun, values in facts.items())
    expected = 2 * 3000 / (len(NOUN_WORDS) * 8)
    assert len(shown) == len(NOUN_WORDS) * 8
    assert 0.4 * expected < min(shown.values()) and max(shown.values()) < 1.7 * expected


@every_spec
def test_complete_names_every_object_with_one_value_the_kinds_in_turn(name: str) -> None:
    data, words = SPECS[name], told("complete", name)
    varying = [kind for kind in KINDS if kind in data.attribute_kinds]
    for i, (objects, facts) in enumerate(zip(words.captions, words.facts, strict=True)):
        assert sorted(noun for noun, _ in objects) == sorted(facts)
        assert [len(values) for _, values in objects] == [1] * data.objects_in_image
        assert kinds_of(values_in(objects)) == {varying[i % len(varying)]}


@every_spec
def test_bundle_names_every_object_with_all_its_values(name: str) -> None:
    words = told("bundle", name)
    varying = [k for k, kind in enumerate(KINDS) if kind in SPECS[name].attribute_kinds]
    for objects, facts in zip(words.captions, words.facts, strict=True):
        assert sorted(noun for noun, _ in objects) == sorted(facts)
        assert all(values == tuple(facts[noun][k] for k in varying) for noun, values in objects)


@pytest.mark.parametrize("form", ["complete", "bundle"])
def test_forms_but_canonical_show_the_scenes_of_the_data(form: str) -> None:
    assert same(set_of("own", SPECS["web"], count=50).scenes, set_of(form, SPECS["web"], count=50).scenes)


def test_data_without_kinds_are_legal_in_every_form() -> None:
    nothing = DataSpec(attribute_kinds=(), attribute_density=0.0)
    assert form_data("complete", nothing, THINGS).attribute_density == 0.0
    for form in ("own", "complete", "bundle"):
        found = set_of(form, nothing, count=40)
        assert not found.swapped.exists.any() and not found.replaced.exists.any()
        assert not found.traded.any() and (found.valid.sum(axis=1) == 1).all()
    assert set_of("canonical", nothing, count=40).swapped.exists.any()


def test_captions_without_values_have_no_swap() -> None:
    found = set_of("own", DataSpec(attribute_density=0.0), count=40)
    assert not found.swapped.exists.any() and not found.replaced.exists.any() and found.reordered.exists.all()
    assert set_of("complete", DataSpec(attribute_density=0.0), count=40).swapped.exists.any()


def test_one_object_has_nothing_to_trade() -> None:
    for form in ("own", "complete", "bundle"):
        found = set_of(form, DataSpec(objects_in_image=1), count=40)
        assert not found.swapped.exists.any() and not found.reordered.exists.any() and found.replaced.exists.all()


@every_set
def test_scenes_and_captions_are_a_function_of_the_seed(form: str, name: str) -> None:
    first, again, other = (set_of(form, SPECS[name], count=20, seed=seed) for seed in (3, 3, 4))
    assert are_equal(first, again) and not same(first.scenes, other.scenes)


@every_spec
def test_a_larger_set_begins_with_the_smaller_one(name: str) -> None:
    few, many = (set_of("own", SPECS[name], count=count) for count in (10, 30))
    assert texts_of(few.caption) == texts_of(many.caption)[:10]
    assert texts_of(few.swapped.said) == texts_of(many.swapped.said)[:10]
    assert len(few) == 10 and len(many) == 30


# --- swaps, twins, pairs ---


@every_set
def test_captions_are_true_and_swapped_ones_false_of_their_image(form: str, name: str) -> None:
    words = told(form, name)
    assert all(text_is_true(text, facts) for text, facts in zip(words.texts, words.facts, strict=True))
    swaps = whole(words.found.swapped.exists)
    assert not any(text_is_true(words.swapped_texts[i], words.facts[i]) for i in swaps)
    assert len(swaps) > 20


@every_set
def test_of_the_twin_the_swapped_caption_is_true_and_the_caption_false(form: str, name: str) -> None:
    words = told(form, name)
    for i in whole(words.found.swapped.exists):
        assert is_true(words.swapped[i], words.twins[i])
        assert not is_true(words.captions[i], words.twins[i])


@every_set
def test_a_swap_of_several_named_trades_two_whole_lists(form: str, name: str) -> None:
    words = told(form, name)
    for i in whole(words.found.swapped.exists & (words.found.caption.count > 1)):
        before, after = words.captions[i], words.swapped[i]
        first, second = (place for place, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1])
        assert [noun for noun, _ in before] == [noun for noun, _ in after]
        assert (after[first][1], after[second][1]) == (before[second][1], before[first][1])


@pytest.mark.parametrize("name", ["incomplete", "one of three", "web"])
def test_one_object_named_takes_another_objects_values(name: str) -> None:
    words = told("own", name)
    lone = whole(words.found.caption.count == 1)
    assert len(lone) > 10
    for i in lone:
        ((noun, values),), ((same_noun, lent),) = words.captions[i], words.swapped[i]
        others = {named_words(words.facts[i], other, values) for other in words.facts[i] if other != noun} - {values}
        assert noun == same_noun and bool(words.found.swapped.exists[i]) == bool(others)
        assert lent in others or not others


@every_set
def test_a_swap_is_missing_only_where_lists_are_equal_or_it_would_be_true(form: str, name: str) -> None:
    words = told(form, name)
    for i in whole(~words.found.swapped.exists & (words.found.caption.count > 1)):
        swaps = swaps_in_words(words.captions[i])
        assert not swaps or any(is_true(objects, words.facts[i]) for objects in swaps)


def swaps_in_words(objects: Objects) -> list[Objects]:
    """Every caption in which two objects have traded lists that differ."""
    found = []
    for first, second in combinations(range(len(objects)), 2):
        if objects[first][1] != objects[second][1]:
            traded = list(objects)
            traded[first] = (objects[first][0], objects[second][1])
            traded[second] = (objects[second][0], objects[first][1])
            found.append(traded)
    return found


@every_set
def test_the_pair_are_the_objects_that_trade_the_first_mentioned_in_front(form: str, name: str) -> None:
    words = told(form, name)
    for i in whole(words.found.swapped.exists):
        before, after = words.captions[i], words.swapped[i]
        first, second = (list(words.facts[i])[place] for place in words.found.pair[i])
        changed = [noun for (noun, values), (_, other) in zip(before, after, strict=True) if values != other]
        if len(before) > 1:
            assert [first, second] == changed
        else:
            assert [first] == changed and second != first
            assert named_words(words.facts[i], second, before[0][1]) == after[0][1]


@every_set
def test_traded_are_the_kinds_in_which_the_swap_changes_a_value(form: str, name: str) -> None:
    words = told(form, name)
    for i in whole(words.found.swapped.exists):
        pairs = zip(words.captions[i], words.swapped[i], strict=True)
        changed = set().union(*(set(old) ^ set(new) for (_, old), (_, new) in pairs))
        assert {KINDS[k] for k in np.flatnonzero(words.found.traded[i])} == kinds_of(changed)


@every_set
def test_twins_differ_only_in_the_values_that_the_pair_trade(form: str, name: str) -> None:
    words = told(form, name)
    scenes, twins = words.found.scenes, words.found.twins
    for part in ("nouns", "level", "cell", "offset"):
        assert same(getattr(scenes, part), getattr(twins, part))
    assert same(twins.side, sides(words.found.plan, twins.values, twins.level))
    for i in whole(words.found.swapped.exists):
        facts = words.facts[i]
        first, second = (list(facts)[place] for place in words.found.pair[i])
        named = {kind for noun, values in words.captions[i] if noun in (first, second) for kind in kinds_of(values)}
        expected = dict(facts)
        for noun, other in ((first, second), (second, first)):
            expected[noun] = tuple(facts[other if kind in named else noun][k] for k, kind in enumerate(KINDS))
        assert words.twins[i] == expected


# --- the other exchanges, and the ways ---


@every_set
def test_replaced_captions_name_one_value_that_no_object_has(form: str, name: str) -> None:
    words = told(form, name)
    for i in whole(words.found.replaced.exists):
        before, after = values_in(words.captions[i]), values_in(words.replaced[i])
        gone, came = before - after, after - before
        assert sum(gone.values()) == sum(came.values()) == 1 and kinds_of(gone) == kinds_of(came)
        assert not any(set(came) & set(values) for values in words.facts[i].values())
        assert [noun for noun, _ in words.captions[i]] == [noun for noun, _ in words.replaced[i]]


@every_set
def test_reordered_captions_say_the_same_in_another_order(form: str, name: str) -> None:
    words = told(form, name)
    for exists, before, after in zip(words.found.reordered.exists, words.captions, words.reordered, strict=True):
        assert sorted(before) == sorted(after)
        assert bool(exists) == (before != after) == (len(before) > 1)


@every_set
def test_ways_are_the_distinct_assignments_that_are_wrong_and_the_right_one_first(form: str, name: str) -> None:
    words = told(form, name)
    assert words.ways[0] == words.texts and words.found.valid[:, 0].all()
    for i in range(40):
        marked = [words.ways[column][i] for column in np.flatnonzero(words.found.valid[i])]
        lists = [values for _, values in words.captions[i]]
        nouns = [noun for noun, _ in words.captions[i]]
        deals = [list(zip(nouns, deal, strict=True)) for deal in set(permutations(lists))]
        wrong = [deal for deal in deals if not is_true(deal, words.facts[i])]
        assert len(set(marked)) == len(marked), "distinct"
        assert sorted(objects_of(text) for text in marked) == sorted([*wrong, words.captions[i]])


def test_assignments_that_happen_to_be_true_are_left_out() -> None:
    words = told("own", "web")
    left_out = 0
    for i, facts in enumerate(words.facts):
        others = {way[i] for way in words.ways} - {words.texts[i]}
        left_out += any(text_is_true(text, facts) for text in others)
    assert left_out > 10
