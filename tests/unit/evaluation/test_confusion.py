"""Confusions of a world's captions by hand, their chance, and the metric of models that are known."""

import numpy as np
import pytest

from explorer.evaluation.readouts import confusion_scores, confusions
from explorer.evaluation.sets import make_set
from explorer.spec import DataSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar, Sentence, write_captions
from explorer.world.plan import make_plan
from explorer.world.scenes import draw_scenes
from explorer.world.swaps import confuse, is_true, swap
from explorer.world.worlds import WORLDS
from tests.unit.toys import tiny_clip

WORLD = WORLDS["things"]
GRAMMAR = Grammar(WORLD)


def texts(said: Sentence) -> list[str]:
    return GRAMMAR.texts(GRAMMAR.ids(said))


def test_a_caption_by_hand() -> None:
    said = GRAMMAR.parse("a red bus and a blue submarine")
    swapped = swap(said, Stream(seed=0, name="evaluation", index=np.arange(1)))
    assert sorted(texts(each)[0] for each in confuse(said, swapped)) == [
        "a blue bus and a blue submarine",
        "a red bus and a red submarine",
    ]


def test_only_the_exchanged_objects_change_and_all_their_values() -> None:
    data = DataSpec(objects_in_image=3, attribute_kinds=("color", "size"), attribute_density=2.0)
    plan = make_plan(data, WORLD, seed=0)
    stream = Stream(seed=0, name="train", index=np.arange(50))
    said = write_captions(plan, draw_scenes(plan, stream), stream)
    swapped = swap(said, stream)
    first, second = confuse(said, swapped)
    for row in np.flatnonzero(swapped.exists):
        pair = [swapped.first[row], swapped.second[row]]
        for changed, giver in ((first, pair[0]), (second, pair[1])):
            for place in range(3):
                expected = said.values[row, giver if place in pair else place]
                assert (changed.values[row, place] == expected).all()


def test_valid_confusions_are_false_of_their_image() -> None:
    found = make_set("canonical", DataSpec(), WORLD, seed=0, count=300)
    made = confusions(found)
    assert (made.valid == found.swapped.exists[:, None]).all() and made.valid.sum() > 400
    for each, valid in zip(made.said, made.valid.T, strict=True):
        assert not is_true(each, found.scenes)[valid].any()


def test_a_value_that_is_not_named_makes_no_confusion_that_is_true() -> None:
    """Of "a red bus and a car", "a bus and a car" is true of the image; it is left out, and chance is 1/2."""
    data = DataSpec(attribute_density=0.5)
    found = make_set("own", data, WORLD, seed=1, count=200)
    made = confusions(found)
    one_sided = (
        found.swapped.exists & (found.caption.count > 1) & ((found.caption.values >= 0).any(axis=2).sum(axis=1) == 1)
    )
    assert one_sided.any() and (made.valid[one_sided].sum(axis=1) <= 1).all()


@pytest.mark.parametrize("form", ["canonical", "own", "complete", "bundle"])
def test_a_constant_model_scores_exactly_chance(form: str) -> None:
    clip = tiny_clip(seed=0)
    for parameter in clip.model.parameters():
        parameter.data.zero_()
    data = DataSpec(objects_in_image=3, attribute_kinds=("color", "size"), attribute_density=0.5)
    found = make_set(form, data, WORLD, seed=0, count=60)
    images, captions = np.ones((60, 16)), np.zeros((60, 16))
    width = 16
    scores, chances = confusion_scores(clip, GRAMMAR, images[:, :width], captions[:, :width], confusions(found))
    there = ~np.isnan(scores)
    assert there.any() and np.array_equal(scores[there], chances[there])


def test_one_object_has_no_confusion() -> None:
    found = make_set("own", DataSpec(objects_in_image=2, caption_completeness=0.5), WORLD, seed=0, count=30)
    assert not confusions(found).valid.any()
