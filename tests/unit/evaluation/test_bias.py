"""Biases by hand: which share is meant, which object is the larger, and none where there is nothing to prefer."""

import numpy as np
import pytest

from explorer.evaluation.analyses import BIASES, alone, by_size, in_order, measure_bias, nearer
from explorer.stats import wilson
from explorer.world.things import THINGS
from tests.unit.evaluation.oracles import SPECS, bag, of_texts, set_of
from tests.unit.toys import tiny_clip
from tests.unit.world.worlds import texts_of

FOUND = set_of("canonical", SPECS["friendly"])
PLACES, DIFFER = by_size(FOUND)


def test_a_share_by_hand() -> None:
    """Nearer to the first, tied, nearer to the second, nearer to the first."""
    rows = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [2.0, 1.0]])
    one, other = np.tile([3.0, 0.0], (4, 1)), np.tile([0.0, 1.0], (4, 1))
    found = nearer(rows, one, other)
    assert (found.value, found.n, found.chance) == (2.5 / 4, 4, 0.5)
    assert (found.low, found.high) == wilson(2.5, 4)


def test_which_object_is_the_larger() -> None:
    """By the areas of the scene and the nouns in words."""
    nouns = [noun.word for noun in THINGS.nouns]
    texts = texts_of(alone(FOUND.caption, PLACES))
    for scene, text in enumerate(texts):
        areas = dict(zip(FOUND.scenes.nouns[scene].tolist(), FOUND.scenes.areas[scene].tolist(), strict=True))
        assert areas[nouns.index(text.split()[-1])] == max(areas.values())
    assert 0 < DIFFER.mean() < 1


def test_both_orders_say_the_same_and_one_of_them_is_the_caption() -> None:
    said, larger = texts_of(FOUND.caption), texts_of(alone(FOUND.caption, PLACES))
    orders = [texts_of(in_order(FOUND.caption, places)) for places in (PLACES, 1 - PLACES)]
    for text, name, first, second in zip(said, larger, *orders, strict=True):
        assert text in (first, second) and first != second
        assert first.split(" and ") == second.split(" and ")[::-1] and first.startswith(name)


def test_a_model_that_sees_all_alike_has_no_bias_and_one_that_sees_the_largest_has() -> None:
    larger, smaller = (of_texts(texts_of(alone(FOUND.caption, places)), bag) for places in (PLACES, 1 - PLACES))
    both = of_texts(texts_of(FOUND.caption), bag)
    assert nearer(larger, larger, smaller).value == 1.0
    assert nearer(smaller, larger, smaller).value == 0.0
    assert nearer(both, larger, smaller).value == pytest.approx(0.5, abs=0.02)


def test_any_model_is_measured_at_its_own_resolution() -> None:
    found = measure_bias(tiny_clip(), THINGS, seed=0, count=60)
    assert list(found) == list(BIASES) and found["mention_bias"].n == 60
    assert found["size_bias"].n == found["larger_first_bias"].n < 60
    assert measure_bias(tiny_clip(), THINGS, seed=0, count=60) == found
