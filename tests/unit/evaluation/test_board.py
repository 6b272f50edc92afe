"""Ranks that intervals allow, and the measures of a board on a tiny model."""

import pytest

from explorer.evaluation.board import BOARD_MEASURES, measure_model, rank_ranges
from explorer.evaluation.results import Estimate
from explorer.world.worlds import WORLDS
from tests.unit.toys import tiny_clip


def estimate(low: float, high: float) -> Estimate:
    return Estimate(value=(low + high) / 2, n=100, low=low, high=high, chance=0.5)


@pytest.mark.parametrize(
    ("intervals", "ranks"),
    [
        ([(0.9, 1.0), (0.6, 0.7)], [(1, 1), (2, 2)]),
        ([(0.6, 0.8), (0.7, 0.9)], [(1, 2), (1, 2)]),
        # The middle one cannot be told from either, and yet the first is above the last.
        ([(0.8, 0.9), (0.65, 0.85), (0.6, 0.7)], [(1, 2), (1, 3), (2, 3)]),
        ([(0.6, 0.7), None, (0.9, 1.0)], [(2, 2), None, (1, 1)]),
        ([], []),
    ],
)
def test_ranks_are_as_wide_as_the_intervals(
    intervals: list[tuple[float, float] | None], ranks: list[tuple[int, int] | None]
) -> None:
    assert rank_ranges([each and estimate(*each) for each in intervals]) == ranks


def test_a_small_model_has_every_column_and_the_details_that_it_reads() -> None:
    found = measure_model(tiny_clip(seed=3), WORLDS["things"], seed=0, count=40)
    assert BOARD_MEASURES.keys() <= found.keys()
    assert {"order", "case", "fooled_object", "fooled_attribute"} <= found.keys()
    assert {"photo", "fooled_count", "fooled_place"}.isdisjoint(found)
    assert found["recognition_accuracy"].n <= 40 and found["fooled"].n == found["fooled_object"].n == 40
    again = measure_model(tiny_clip(seed=3), WORLDS["things"], seed=0, count=40)
    assert again == found
