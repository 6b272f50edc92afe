"""Best critics: probabilities by counting, the binder against the truth, and the order of the losses."""

import math
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from explorer.errors import UserError
from explorer.presets import PRESETS
from explorer.spec import RunSpec, override
from explorer.study.critics import Budget, Losses, contrastive_loss, critic_losses, critics, share_learned, unbound_word
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar, Sentence
from explorer.world.plan import Plan, make_plan
from explorer.world.scenes import Scenes
from explorer.world.swaps import draw_pairs
from explorer.world.worlds import WORLDS

WEB = PRESETS["web-like"].spec


def plan_of(spec: RunSpec) -> Plan:
    return make_plan(spec.data, WORLDS[spec.data.world], seed=3)


def drawn(spec: RunSpec, count: int = 64) -> Any:
    plan = plan_of(spec)
    stream = Stream(seed=3, name="train", index=np.arange(count))
    return plan, draw_pairs(plan, stream, Grammar(plan.world), hard_negatives=0.0)


def pair(plan: Plan, nouns: list[int], colors: list[int], areas: list[int], said: dict[int, int]) -> Any:
    """One scene of colored objects, and one caption {noun: color, or -1}."""
    kinds = len(plan.num_values)
    values = np.zeros((1, len(nouns), kinds), dtype=int)
    values[0, :, 0] = colors
    side = np.sqrt(areas).astype(int)[None]
    zeros = np.zeros((1, len(nouns)), dtype=int)
    scenes = Scenes(nouns=np.array([nouns]), values=values, level=side, side=side, cell=zeros, offset=zeros[..., None])
    told = np.full((1, len(nouns), kinds), -1)
    told[0, : len(said), 0] = list(said.values())
    return scenes, Sentence(nouns=np.array([list(said) + [-1] * (len(nouns) - len(said))]), values=told)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"caption_completeness": 0.5},
        {"attribute_kinds": ("color", "pattern"), "attribute_density": 1.5, "caption_lengths": "mixed"},
        {"objects_in_image": 4, "caption_completeness": 0.6, "saliency_bias": 0.5},
    ],
)
def test_the_binder_is_possible_exactly_where_the_caption_is_true(changes: dict[str, object]) -> None:
    plan, pairs = drawn(override(PRESETS["binding-friendly"].spec, changes))
    found = critics(plan, pairs.scenes, pairs.said)
    assert (np.isfinite(found.binder) == pairs.true).all()
    assert np.isfinite(np.diag(found.bag)).all()
    possible = np.isfinite(found.binder)
    assert np.isfinite(found.bag[possible]).all(), "what is true is possible for the bag too"
    assert np.isfinite(found.nouns[np.isfinite(found.bag)]).all()


def test_the_critics_by_hand() -> None:
    """Two of twelve nouns, eight colors: a true caption is 66 * 64 times as likely as in general for the binder.

    The bag deals red and blue anew: one of its two ways is right, and with two reds both are.
    """
    plan = plan_of(PRESETS["binding-friendly"].spec)
    both = math.log(66) + 2 * math.log(8)
    scenes, said = pair(plan, [4, 7], [0, 1], [100, 100], {7: 1, 4: 0})
    found = critics(plan, scenes, said)
    assert found.binder[0, 0] == pytest.approx(both)
    assert found.bag[0, 0] == pytest.approx(both - math.log(2))
    assert found.nouns[0, 0] == pytest.approx(math.log(66))
    scenes, said = pair(plan, [4, 7], [0, 1], [100, 100], {7: 0, 4: 1})
    assert critics(plan, scenes, said).binder[0, 0] == -math.inf
    assert critics(plan, scenes, said).bag[0, 0] == pytest.approx(both - math.log(2))
    scenes, said = pair(plan, [4, 7], [0, 0], [100, 100], {7: 0, 4: 0})
    assert critics(plan, scenes, said).bag[0, 0] == pytest.approx(both)
    scenes, said = pair(plan, [4, 7], [0, 1], [100, 100], {7: 2, 4: 0})
    assert critics(plan, scenes, said).bag[0, 0] == -math.inf
    scenes, said = pair(plan, [4, 7], [0, 1], [100, 100], {5: 0, 4: 0})
    assert critics(plan, scenes, said).nouns[0, 0] == -math.inf


def test_the_bag_by_counting_all_ways_to_deal_the_values() -> None:
    plan = plan_of(override(PRESETS["binding-friendly"].spec, {"objects_in_image": 4}))
    colors, told = [0, 1, 1, 2], {5: 1, 6: 2}
    scenes, said = pair(plan, [4, 5, 6, 7], colors, [100] * 4, told)
    ways = [dealt for dealt in permutations(colors) if (dealt[1], dealt[2]) == (1, 2)]
    found = critics(plan, scenes, said)
    assert math.exp(found.bag[0, 0] - found.nouns[0, 0]) == pytest.approx(64 * len(ways) / 24)


@pytest.mark.parametrize(
    ("areas", "chance"),
    [([400, 100, 100, 100], 0.7 + 0.3 / 4), ([100, 400, 100, 100], 0.3 / 4), ([400, 400, 100, 100], 0.35 + 0.3 / 4)],
)
def test_saliency_names_the_largest_and_breaks_ties_at_random(areas: list[int], chance: float) -> None:
    spec = override(
        PRESETS["binding-friendly"].spec,
        {"objects_in_image": 4, "caption_completeness": 0.25, "saliency_bias": 0.7},
    )
    scenes, said = pair(plan_of(spec), [4, 5, 6, 7], [0, 1, 2, 3], areas, {4: 0})
    assert critics(plan_of(spec), scenes, said).nouns[0, 0] == pytest.approx(math.log(12 * chance))


def test_a_critic_agrees_with_how_often_its_captions_are_drawn() -> None:
    """Of many captions of one scene's objects, the binder's probability of the named ones is their frequency."""
    spec = override(WEB, {"saliency_bias": 0.6, "attribute_density": 0.0})
    plan, pairs = drawn(spec, 1500)
    lengths = pairs.said.count
    chance = np.exp(np.diag(critics(plan, pairs.scenes, pairs.said).nouns)) / [math.comb(12, int(k)) for k in lengths]
    largest = np.sort(pairs.scenes.areas, axis=1)[:, ::-1]
    clear = np.array([k < 4 and row[k - 1] > row[k] for row, k in zip(largest, lengths, strict=True)])
    salient = chance > 0.6
    # By definition of the dial: 0.6, and of the others 1 / C(4, k).
    expected = np.mean([0.6 + 0.4 / math.comb(4, int(k)) for k in lengths[clear]])
    assert salient[clear].mean() == pytest.approx(expected, abs=0.04)


@pytest.mark.parametrize("preset", ["binding-friendly", "incomplete", "two-kinds", "web-like", "low-density"])
def test_who_knows_more_loses_less(preset: str) -> None:
    found = critic_losses(override(PRESETS[preset].spec, {"batch_size": 64}))
    assert 0 <= found.binder < found.bag < found.nouns < found.chance == math.log(64)


def test_the_losses_of_web_like_data_at_the_batch_of_the_study() -> None:
    """Of a review's own program: binder 0.94, bag 1.31, nouns and sizes 1.63; here other scenes."""
    found = critic_losses(WEB)
    assert found.binder == pytest.approx(0.94, abs=0.05)
    assert found.bag == pytest.approx(1.31, abs=0.05)
    assert found.nouns == pytest.approx(1.63, abs=0.05)


def test_a_loss_by_hand() -> None:
    scores = np.array([[0.0, 0.0], [-np.inf, 0.0]])
    # Captions: log 2 and 0; images: 0 and log 2.
    assert contrastive_loss(scores) == pytest.approx(math.log(2) / 2)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"loss": "siglip"}, "loss"),
        ({"hard_negatives": 1.0}, "hard_negatives"),
        ({"mask_false_negatives": True}, "mask_false_negatives"),
        ({"attribute_object_correlation": 0.5}, "attribute_object_correlation"),
        ({"held_out_pairs": 0.25}, "held_out_pairs"),
        ({"attribute_kinds": ("color", "size")}, "attribute_kinds"),
    ],
)
def test_what_has_no_closed_form_is_refused(changes: dict[str, object], field: str) -> None:
    with pytest.raises(UserError) as caught:
        critic_losses(override(WEB, changes))
    assert caught.value.field == field


def test_size_is_a_kind_like_others_without_saliency() -> None:
    spec = override(WEB, {"attribute_kinds": ("color", "size"), "saliency_bias": 0.0, "batch_size": 64})
    assert critic_losses(spec).binder < critic_losses(spec).bag


def test_the_share_learned_by_hand() -> None:
    losses = Losses(binder=0.9, bag=1.2, nouns=1.6, chance=5.5)
    shares = [share_learned(loss, losses) for loss in (1.6, 1.2, 1.4, 1.8, 0.9)]
    assert shares == pytest.approx([0, 1, 0.5, -0.5, 1.75])
    assert share_learned(1.0, replace(losses, nouns=1.205)) is None


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ([(1, 0.95, 0.5)], "does not bind"),
        ([(1, 0.2, 0.5), (2, 0.5, 0.5), (4, 0.9, 0.5)], "does not bind"),
        ([(1, 0.02, 0.5), (2, 0.05, 0.52), (4, 0.03, 0.51)], "stuck before the bag"),
        ([(4, 0.03, 0.51), (1, 0.02, 0.5), (2, 0.05, 0.52)], "stuck before the bag"),
        ([(1, 0.02, 0.5), (2, 0.05, 0.52), (4, 0.12, 0.51)], "the budget was too short for any"),
        ([(1, 0.02, 0.5), (2, 0.05, 0.52), (4, 0.03, 0.57)], "the budget was too short for any"),
        ([(1, 0.02, 0.5), (4, 0.03, 0.51)], "the budget was too short for any"),
        ([(1, -0.6, 0.5), (4, 0.02, 0.5), (8, 0.05, 0.52), (16, 0.03, 0.51)], "stuck before the bag"),
        ([(2, 0.02, 0.5), (4, 0.05, 0.52)], "the budget was too short for any"),
        ([(1, 0.2, 0.5)], "the budget was too short for any"),
    ],
)
def test_a_negative_needs_the_bag_or_two_doublings_without_a_change(
    line: list[tuple[int, float, float]], word: str
) -> None:
    budgets = [Budget(pairs=pairs, share=share, accuracy=accuracy) for pairs, share, accuracy in line]
    assert unbound_word(budgets) == word
