"""Readings within and between modalities: the split by hand, and features that hold or lack what is asked."""

import numpy as np

from explorer.evaluation.analyses import PROBE_DEFINITIONS, is_tested, parts_inside, probe_both, project, read_out
from explorer.evaluation.metrics import value_bag_chance
from explorer.evaluation.readouts import scenes_with
from explorer.evaluation.sets import ProbeBudget, canonical_data
from explorer.world.plan import make_plan
from explorer.world.things import THINGS
from tests.unit.toys import tiny_clip

PLAN = make_plan(canonical_data(THINGS), THINGS, seed=0)


def test_a_combination_and_its_swap_are_on_one_side() -> None:
    scenes, values = scenes_with(PLAN, 0, seed=0)
    tested = is_tested(scenes, 0)
    sides: dict[tuple[int, ...], set[bool]] = {}
    for nouns, colors, side in zip(scenes.nouns, scenes.values[:, :, 0], tested.tolist(), strict=True):
        sides.setdefault((int(nouns.max()), *sorted(colors.tolist())), set()).add(side)
    assert all(len(found) == 1 for found in sides.values())
    assert 0.2 < tested.mean() < 0.3 and set(values[tested]) == set(values[~tested]) == set(range(8))


def test_features_that_tell_the_color_and_features_that_tell_the_set_of_colors() -> None:
    """The bag of colors alone stays at its chance, a feature of the noun's own color is right throughout."""
    scenes, values = scenes_with(PLAN, 0, seed=0)
    tested = is_tested(scenes, 0)
    chance = value_bag_chance(scenes.values[tested][:, :, 0])
    colors = np.eye(8)[scenes.values[:, :, 0]]
    bag = read_out(colors.sum(axis=1), values, tested, chance)
    assert bag.low is not None and bag.high is not None and bag.low < chance < bag.high + 0.05
    own = read_out(np.eye(8)[values] + 0.1, values, tested, chance)
    assert own.value == 1.0 and own.n == int(tested.sum()) and own.chance == chance


def test_an_untrained_model_is_read() -> None:
    few = ProbeBudget(fit_per_value=30, test_per_value=10)
    parts = parts_inside(tiny_clip(), THINGS, seed=0, count=60, fitted=60, budget=few)
    found = {name: each for part in parts for name, each in part.items()}
    assert list(found) == list(PROBE_DEFINITIONS) and found["within_images"].n == found["within_captions"].n
    assert probe_both(tiny_clip(), THINGS, seed=0, budget=few)["within_captions"] == found["within_captions"]


def test_pictures_and_captions_on_two_axes() -> None:
    points, captions, swapped = project(tiny_clip(), THINGS, seed=0, count=20)
    assert points.images.shape == points.captions.shape == (20, 2) and len(captions) == len(swapped) == 20
    assert captions[0] != swapped[0] and (points.gap.value or 0) > 0 and points.gap.n == 20
    assert 0 < points.explained.sum() <= 1
