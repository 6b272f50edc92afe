"""Bands of predictions: by hand, and as shares of what a prediction draws."""

import math
from random import Random

import pytest

from explorer.replication.bands import Band, band_of, count_inside
from explorer.replication.questions import CellOutcome, OpenList, RivalPrediction

BUDGET = 92_160


def outcome(pairs: int | None, cell: str = "half") -> CellOutcome:
    return CellOutcome(cell=cell, bound_at=pairs, budget=BUDGET)


@pytest.mark.parametrize(
    ("never", "pairs", "spread", "band"),
    [
        # exp(ln 10,000 -+ 1.96 ln 2) = 10,000 * 2 ** -+1.96
        (0.0, 10_000, 2.0, Band(low=2570, middle=10_000, high=38_905, is_beyond=False)),
        (1.0, None, 1.4, Band(low=None, middle=None, high=None, is_beyond=True)),
        # A half that never binds: the median lies where the times end, so nothing is in the middle.
        (0.5, 10_000, 2.0, Band(low=3198, middle=None, high=None, is_beyond=True)),
        (0.0, 1_000_000, 1.1, Band(low=None, middle=None, high=None, is_beyond=True)),
    ],
)
def test_a_band_by_hand(never: float, pairs: int | None, spread: float, band: Band) -> None:
    assert band_of(RivalPrediction(cell="half", never=never, pairs=pairs, spread=spread), budget=BUDGET) == band


@pytest.mark.parametrize(("never", "pairs", "spread"), [(0.0, 20_000, 1.4), (0.01, 30_000, 2.0), (0.3, 60_000, 1.5)])
def test_nineteen_of_twenty_trainings_fall_in_it(never: float, pairs: int, spread: float) -> None:
    band = band_of(RivalPrediction(cell="half", never=never, pairs=pairs, spread=spread), budget=BUDGET)
    rng, fell = Random(1), 0
    for _ in range(20_000):
        time = math.inf if rng.random() < never else rng.lognormvariate(math.log(pairs), math.log(spread))
        fell += band.holds(outcome(round(time) if time <= BUDGET else None))
    # What is cut off at the end of the training makes a band wider, never narrower.
    assert 0.945 < fell / 20_000 < 0.985


def test_trainings_are_counted_for_each_rival(listed: OpenList) -> None:
    outcomes = [CellOutcome(cell="half", bound_at=each, budget=2560) for each in (900, 1100, 40, None)]
    assert count_inside(listed.questions[0], outcomes) == {"soon": 3, "late": 1}
