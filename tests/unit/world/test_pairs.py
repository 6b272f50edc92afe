"""Training pairs against the same captions read as text, and numpy against torch."""

import numpy as np
import pytest
import torch

from explorer.spec import DataSpec
from explorer.world.plan import make_plan
from explorer.world.swaps import draw_pairs, word_bags
from explorer.world.things import THINGS
from tests.unit.world.worlds import GRAMMAR, SPECS, bag_of, draw, stream_of, text_is_true, torch_stream_of

RICH = DataSpec(objects_in_image=3, attribute_kinds=("color", "size"), caption_completeness=2 / 3)


# In the last a swap is at times true of its image: a red bus and a car that is red too.
CASES = {**SPECS, "half a value each": DataSpec(attribute_density=0.5)}


@pytest.mark.parametrize("name", CASES)
def test_rates_are_those_of_the_texts(name: str) -> None:
    plan = make_plan(CASES[name], THINGS, seed=3)
    pairs, truth = (
        draw_pairs(plan, stream_of(60, seed=3), GRAMMAR, hard_negatives=1.0),
        draw(plan, stream_of(60, seed=3)),
    )
    texts, owners = GRAMMAR.texts(pairs.ids), np.flatnonzero(pairs.chosen)
    assert texts[:60] == truth.texts
    hard = list(zip(owners.tolist(), texts[60:], strict=True))
    assert all(bag_of(texts[owner]) == bag_of(wrong) and texts[owner] != wrong for owner, wrong in hard)
    true = np.array([[text_is_true(said, facts) for said in texts] for facts in truth.facts])
    assert np.array_equal(pairs.true, true)
    rates = pairs.rates()
    own = [text_is_true(wrong, truth.facts[owner]) for owner, wrong in hard]
    assert rates["hard_negatives"] == len(hard) / 60 == pairs.exchanged.exists.mean()
    assert rates["hard_negatives_true"] == pytest.approx(np.mean(own) if own else 0.0)
    assert any(own) or name != "half a value each"
    assert rates["duplicate_captions"] == (60 - len(set(truth.texts))) / 60
    assert rates["false_negatives"] == pytest.approx((true[:, :60].sum() - 60) / (60 * 59))
    same = np.array([[bag_of(said) == bag_of(own) for said in texts[:60]] for own in texts[:60]])
    assert rates["implicit_hard_negatives"] == pytest.approx((same & ~true[:, :60]).sum() / (60 * 59))


def test_captions_of_the_same_words_in_one_batch_by_hand() -> None:
    """Three captions of one bag of words, of which the last is the first in another order, and one of other words."""
    texts = ("a red bus and an umbrella", "a bus and a red umbrella", "an umbrella and a red bus", "a red bus")
    said = [GRAMMAR.parse(text) for text in texts]
    bags = [int(word_bags(GRAMMAR.ids(each))[0]) for each in said]
    assert bags[0] == bags[1] == bags[2] != bags[3]


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_checked_hard_negatives_are_those_that_are_false_of_their_image(share: float) -> None:
    plan = make_plan(CASES["half a value each"], THINGS, seed=3)
    plain, checked = (
        draw_pairs(plan, stream_of(200, seed=3), GRAMMAR, hard_negatives=share, check=check)
        for check in ("none", "false-of-image")
    )
    own = np.flatnonzero(plain.chosen)
    is_true_of_own = plain.true[own, 200 + np.arange(len(own))]
    assert 0 < is_true_of_own.mean() < 1
    assert np.array_equal(np.flatnonzero(checked.chosen), own[~is_true_of_own])
    assert np.array_equal(checked.ids[200:], plain.ids[200:][~is_true_of_own])
    assert np.array_equal(checked.ids[:200], plain.ids[:200])
    assert checked.rates()["hard_negatives_true"] == 0 < plain.rates()["hard_negatives_true"]


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_torch_draws_the_same_pairs_and_rates(share: float) -> None:
    plan = make_plan(RICH, THINGS, seed=0)
    ours = draw_pairs(plan, stream_of(50), GRAMMAR, hard_negatives=share)
    theirs = draw_pairs(plan, torch_stream_of(50), GRAMMAR, hard_negatives=share)
    assert torch.equal(torch.as_tensor(ours.ids), theirs.ids)
    assert torch.equal(torch.as_tensor(ours.true), theirs.true)
    assert torch.equal(torch.as_tensor(ours.chosen), theirs.chosen)
    assert ours.rates() == theirs.rates()
    assert len(ours.ids) == 50 + int(ours.chosen.sum())
