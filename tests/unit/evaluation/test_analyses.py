"""Analyses of a model on the canonical scenes, by hand: biases, probes, the text map, and the progress of long work."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from explorer.evaluation.analyses import (
    PROBE_DEFINITIONS,
    alone,
    binding,
    by_size,
    embed_scenes,
    embed_sentences,
    fit,
    in_order,
    is_tested,
    nearer,
    parts_inside,
)
from explorer.evaluation.embed import embed_ids, embed_images
from explorer.evaluation.inspection import FormFeatures
from explorer.evaluation.readouts import scenes_with
from explorer.evaluation.sets import ProbeBudget, canonical_data, make_set
from explorer.stats import wilson
from explorer.world.grammar import Grammar
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
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


PLAN = make_plan(canonical_data(THINGS), THINGS, seed=0)


def test_a_combination_and_its_swap_are_on_one_side() -> None:
    scenes, values = scenes_with(PLAN, 0, seed=0)
    tested = is_tested(scenes, 0)
    sides: dict[tuple[int, ...], set[bool]] = {}
    for nouns, colors, side in zip(scenes.nouns, scenes.values[:, :, 0], tested.tolist(), strict=True):
        sides.setdefault((int(nouns.max()), *sorted(colors.tolist())), set()).add(side)
    assert all(len(found) == 1 for found in sides.values())
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
    found = FormFeatures(
        images=np.eye(2), captions=np.array([[2.0, 1.0], [1.0, 1.0]]), swapped=np.array([[1.0, 2.0], [0.0, 1.0]])
    )
    assert binding(found, np.eye(2)).value == 0.5
    assert binding(found, np.array([[0.0, 1.0], [1.0, 0.0]])).value == 0.5
    assert binding(replace(found, swapped=np.array([[1.0, 2.0], [1.0, 0.0]])), np.eye(2)).value == 1.0


@pytest.mark.parametrize(("kind", "low", "high"), [({"turned": True}, 0.95, 1.0), ({"holds": False}, 0.5, 0.5)])
def test_what_only_lacks_alignment_is_aligned_and_what_is_not_there_is_not_made_up(
    kind: dict[str, bool], low: float, high: float
) -> None:
    test = pairs(400, 1, **kind)
    assert binding(test, np.eye(D)).value == pytest.approx(0.5, abs=0.08)
    after = binding(test, fit(pairs(800, 0, **kind), generator=torch.Generator().manual_seed(0))).value
    assert after is not None and low <= after <= high


def test_no_step_is_the_identity_and_a_seed_gives_the_same_map() -> None:
    fitted = pairs(50, 0)
    assert np.array_equal(fit(fitted, generator=torch.Generator(), steps=0), np.eye(D))
    one, same, other = (fit(fitted, generator=torch.Generator().manual_seed(s), steps=3) for s in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


SIZES: dict[str, Any] = {"count": 60, "fitted": 60, "budget": ProbeBudget(fit_per_value=12, test_per_value=8)}


def test_blocks_give_the_same_embeddings() -> None:
    clip, grammar = tiny_clip(seed=1), Grammar(THINGS)
    found = make_set("canonical", canonical_data(THINGS), THINGS, seed=0, count=1100)
    renderer, told = Renderer(found.plan, size=clip.image_size), list[float]()
    seen = embed_scenes(clip, renderer, found.scenes, told.append)
    assert np.array_equal(seen, embed_images(clip, renderer.images(found.scenes)))
    assert told == pytest.approx([500 / 1100, 1000 / 1100, 1])
    ids = grammar.ids(found.caption)
    assert np.array_equal(embed_sentences(clip, grammar, ids, told.append), embed_ids(clip, grammar, ids))


class Enough(Exception):
    """Exception of a callback that ends the work."""


def test_an_untrained_model_is_read_and_parts_stay_where_the_work_is_ended() -> None:
    told: list[float] = []
    parts = parts_inside(tiny_clip(), THINGS, seed=0, tell=told.append, **SIZES)
    found = {name: each for part in parts for name, each in part.items()}
    assert list(found) == list(PROBE_DEFINITIONS) and found["within_images"].n == found["within_captions"].n
    assert told == sorted(told) and told[-1] == pytest.approx(1)

    def tell(share: float) -> None:
        if share > 160 / 440:  # of 2 * 160 scenes of the probes and 120 of the text map
            raise Enough

    kept: dict[str, object] = {}
    with pytest.raises(Enough):
        for part in parts_inside(tiny_clip(), THINGS, seed=0, tell=tell, **SIZES):
            kept |= part
    assert kept == {name: found[name] for name in ("within_images", "within_captions")}
