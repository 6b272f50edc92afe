"""Paired differences: by hand, antisymmetric, and with an interval that has a width and holds what it should."""

import math

import numpy as np
import pytest

from explorer.evaluation.metrics import paired_difference


def test_a_difference_by_hand() -> None:
    gap = paired_difference(np.array([1.0, 1.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.0, 0.0]))
    # Two of four pairs differ by 1; with half a pair for each outcome: 2 / 6, and (2 + 1) / 6 - (2 / 6)^2.
    reach = 1.959964 * math.sqrt((0.5 - 1 / 9) / 6)
    assert (gap.value, gap.n, gap.chance) == (0.5, 4, 0.0)
    assert gap.low == pytest.approx(1 / 3 - reach) and gap.high == pytest.approx(1 / 3 + reach)


def test_the_other_way_round_only_the_sign_changes() -> None:
    draw = np.random.default_rng(0)
    one, other = (draw.integers(0, 3, 48) / 2 for _ in range(2))
    gap, back = paired_difference(one, other), paired_difference(other, one)
    assert gap.value == -back.value and gap.low == pytest.approx(-back.high)  # type: ignore[operator]


@pytest.mark.parametrize("score", [0.0, 0.5, 1.0])
def test_models_that_agree_everywhere_have_an_interval_with_a_width(score: float) -> None:
    gap = paired_difference(np.full(48, score), np.full(48, score))
    assert gap.value == 0 and gap.low is not None and gap.low == pytest.approx(-0.0392, abs=1e-4)


def test_pairs_that_move_together_are_surer_than_apart() -> None:
    scene = np.arange(48) % 2 * 1.0
    together = paired_difference(scene, scene)
    apart = paired_difference(scene, scene[::-1].copy())
    assert together.value == apart.value == 0
    assert together.high - together.low < 0.3 * (apart.high - apart.low)  # type: ignore[operator]


def test_the_interval_covers_what_it_should() -> None:
    draw = np.random.default_rng(1)
    held = 0
    for _ in range(2000):
        hard = draw.random(48)
        one, other = (hard < 0.8) * 1.0, ((hard < 0.6) | (draw.random(48) < 0.1)) * 1.0
        gap = paired_difference(one, other)
        held += gap.low <= 0.8 - (0.6 + 0.4 * 0.1) <= gap.high  # type: ignore[operator]
    assert 0.93 < held / 2000 < 0.99


def test_ends_stay_within_a_share_and_nothing_has_no_difference() -> None:
    assert paired_difference(np.ones(3), np.zeros(3)).high == 1
    empty = paired_difference(np.ones(0), np.ones(0))
    assert (empty.value, empty.n, empty.low) == (None, 0, None)
    with pytest.raises(ValueError, match="same length"):
        paired_difference(np.ones(3), np.ones(2))
