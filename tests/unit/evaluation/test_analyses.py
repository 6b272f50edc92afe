"""Analyses of a model on the canonical scenes, by hand: biases, probes, the text map, and the progress of long work."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from explorer.evaluation import analyses
from explorer.evaluation.analyses import (
    captions_at_positions,
    embed_canonical,
    larger_positions,
    scene_odds,
    score_scenes,
)
from explorer.evaluation.inspection import FormFeatures
from explorer.evaluation.probes import PROBE_DEFINITIONS, is_test_scene, probe_modalities
from explorer.evaluation.readouts import scenes_with_noun
from explorer.evaluation.sets import ProbeBudget, canonical_data, make_canonical_set
from explorer.evaluation.text_map import binding_with_map, fit_map
from explorer.world.plan import make_plan
from explorer.world.things import THINGS
from tests.unit.evaluation.oracles import SPECS, set_of
from tests.unit.toys import tiny_clip
from tests.unit.world.worlds import texts_of

FOUND = set_of("canonical", SPECS["friendly"])
POSITIONS, DIFFER = larger_positions(FOUND)


def test_the_larger_object_alone_and_both_orders_in_words() -> None:
    nouns = [noun.word for noun in THINGS.nouns]
    captions, larger = texts_of(FOUND.caption), texts_of(captions_at_positions(FOUND.caption, POSITIONS[:, None]))
    pairs = (np.stack([first, 1 - first], axis=1) for first in (POSITIONS, 1 - POSITIONS))
    orders = [texts_of(captions_at_positions(FOUND.caption, positions)) for positions in pairs]
    for scene, (text, name, first, second) in enumerate(zip(captions, larger, *orders, strict=True)):
        areas = dict(zip(FOUND.scenes.nouns[scene].tolist(), FOUND.scenes.areas[scene].tolist(), strict=True))
        assert areas[nouns.index(name.split()[-1])] == max(areas.values())
        assert text in (first, second) and first != second and first.startswith(name)
        assert first.split(" and ") == second.split(" and ")[::-1]
    assert 0 < DIFFER.mean() < 1


def test_biases_count_the_scenes_of_two_sizes_toward_the_larger_object(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation_set = make_canonical_set(THINGS, seed=0, count=60)
    larger, differ = larger_positions(evaluation_set)
    near = [
        texts_of(captions_at_positions(evaluation_set.caption, positions.T))
        for positions in (larger[None], np.stack([larger, 1 - larger]))
    ]
    texts: list[list[str]] = []

    def captions(_clip: Any, _grammar: Any, batches: Any) -> np.ndarray:
        texts.extend(map(texts_of, batches))
        return np.eye(len(batches))[:, None].repeat(60, axis=1)

    monkeypatch.setattr(analyses, "embed_captions", captions)
    analyses.score_scenes(tiny_clip(), evaluation_set, np.ones((60, 8)))  # which tells the texts that are asked
    images = np.tile(sum(np.eye(8)[texts.index(each)] for each in near), (60, 1))
    measured = analyses.score_scenes(tiny_clip(), evaluation_set, images)
    for name in ("size_bias", "larger_first_bias"):
        assert (measured[name].value, measured[name].n) == (1, differ.sum()) and differ.sum() < 60


PLAN = make_plan(canonical_data(THINGS), THINGS, seed=0)


def test_a_combination_and_its_swap_are_on_one_side() -> None:
    scenes, values = scenes_with_noun(PLAN, 0, seed=0)
    tested = is_test_scene(scenes, 0)
    sides: dict[tuple[int, ...], set[bool]] = {}
    for nouns, colors, side in zip(scenes.nouns, scenes.values[:, :, 0], tested.tolist(), strict=True):
        sides.setdefault((int(nouns.max()), *sorted(colors.tolist())), set()).add(side)
    assert all(len(sides_seen) == 1 for sides_seen in sides.values())
    assert 0.2 < tested.mean() < 0.3 and set(values[tested]) == set(values[~tested]) == set(range(8))


D = 16


def pairs(count: int, seed: int, *, turned: bool = False, holds: bool = True) -> FormFeatures:
    """Half of the features is the bag, alike for a caption and its swap; the sign of the other half is who is what."""
    rng = np.random.default_rng(seed)
    words, who = rng.normal(size=(count, D // 2)), rng.normal(size=(count, D // 2)) * holds
    images = np.concatenate([words, who], axis=1)
    captions, swapped = np.concatenate([words, who], axis=1), np.concatenate([words, -who], axis=1)
    if not turned:
        return FormFeatures(images=images, captions=captions, swapped=swapped)
    # Texts hold it with the opposite sign in half of the places: at chance, and a linear map away from the images.
    flip = np.diag([1.0] * (D // 2) + [-1.0, 1.0] * (D // 4))
    return FormFeatures(images=images, captions=captions @ flip, swapped=swapped @ flip)


def test_binding_by_hand() -> None:
    features = FormFeatures(
        images=np.eye(2), captions=np.array([[2.0, 1.0], [1.0, 1.0]]), swapped=np.array([[1.0, 2.0], [0.0, 1.0]])
    )
    assert binding_with_map(features, np.eye(2)).value == 0.5
    assert binding_with_map(features, np.array([[0.0, 1.0], [1.0, 0.0]])).value == 0.5
    assert binding_with_map(replace(features, swapped=np.array([[1.0, 2.0], [1.0, 0.0]])), np.eye(2)).value == 1.0


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "low", "high"), [({"turned": True}, 0.95, 1.0), ({"holds": False}, 0.5, 0.5)])
def test_what_only_lacks_alignment_is_aligned_and_what_is_not_there_is_not_made_up(
    kind: dict[str, bool], low: float, high: float
) -> None:
    test = pairs(400, 1, **kind)
    assert binding_with_map(test, np.eye(D)).value == pytest.approx(0.5, abs=0.08)
    after = binding_with_map(test, fit_map(pairs(800, 0, **kind), generator=torch.Generator().manual_seed(0))).value
    assert after is not None and low <= after <= high
    none, one, same = (fit_map(test, generator=torch.Generator().manual_seed(1), steps=steps) for steps in (0, 3, 3))
    assert np.array_equal(none, np.eye(D)) and np.array_equal(one, same), "begins at the identity, and a seed repeats"


SIZES: dict[str, Any] = {"count": 60, "fitted": 60, "budget": ProbeBudget(fit_per_value=12, test_per_value=8)}


class Enough(Exception):
    """Exception of a callback that ends the work."""


@pytest.mark.slow
def test_an_untrained_model_is_read_and_parts_stay_where_the_work_is_ended() -> None:
    progress: list[float] = []
    parts = probe_modalities(tiny_clip(), THINGS, seed=0, tell=progress.append, **SIZES)
    estimates = {name: each for part in parts for name, each in part.items()}
    assert list(estimates) == list(PROBE_DEFINITIONS) and estimates["within_images"].n == estimates["within_captions"].n
    assert progress == sorted(progress) and progress[-1] == pytest.approx(1)

    def tell(share: float) -> None:
        if share > 160 / 440:  # of 2 * 160 scenes of the probes and 120 of the text map
            raise Enough

    finished: dict[str, object] = {}
    with pytest.raises(Enough):
        for part in probe_modalities(tiny_clip(), THINGS, seed=0, tell=tell, **SIZES):
            finished |= part
    assert finished == {name: estimates[name] for name in ("within_images", "within_captions")}


def test_odds_of_scenes_are_those_of_the_evaluation_set_and_go_on_behind_it() -> None:
    clip, world = tiny_clip(seed=3), THINGS
    odds = scene_odds(clip, world, first=0, count=40)
    evaluation_set = make_canonical_set(world, seed=0, count=40)
    assert np.array_equal(~np.isnan(odds), evaluation_set.swapped.exists)
    accuracy = score_scenes(clip, *embed_canonical(clip, world, seed=0, count=40))["binding_accuracy"]
    known = odds[~np.isnan(odds)]
    assert accuracy.value == pytest.approx((known > 0).mean()) and accuracy.n == len(known)
    later = scene_odds(clip, world, first=20, count=20)
    assert np.allclose(later, odds[20:], equal_nan=True, atol=1e-4)
