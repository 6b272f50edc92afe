"""Metrics against arithmetic done by hand, against chance by enumeration, and properties that hold for any numbers."""

import json
import math
from collections.abc import Callable
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multinomial

from explorer.evaluation.metrics import (
    METRICS,
    Cosines,
    ItemScores,
    cosine,
    estimate_mean,
    estimate_share,
    first_place_share,
    margin,
    modality_gap,
    normalize,
    paired_difference,
    pairwise,
    parts_accuracy,
    reorder_accuracy,
    share_nearer,
    single_object_accuracy,
    value_bag_chance,
    winoground,
)
from explorer.evaluation.results import Estimate
from explorer.stats import wilson_interval

PERFECT = {
    "caption": [1],
    "swapped": [0],
    "replaced": [0],
    "reordered": [1],
    "square": [1, 0, 0, 1],
    "ways": [1, 0, 0, 0],
}
"""Cosines of a perfect model: those with right captions at 1 and the others at 0."""
ITEM = {"square": (2, 2), "ways": (4,)}
"""The shape of the cosines of an item, where it has several."""
TIES: dict[str, Any] = json.loads(Path(__file__).with_name("ties.json").read_text(encoding="utf-8"))
"""By hand, with ties; tests/page/ask_tests.js asks the engine the same."""
Scorer = Callable[[ItemScores], ItemScores]


class Read(dict[str, Any]):
    """Cosines of a perfect model that remember what was read."""

    def __init__(self) -> None:
        super().__init__({name: np.reshape(cells, (1, *ITEM.get(name, ()))) * 1.0 for name, cells in PERFECT.items()})
        self["valid"], self.names = np.ones((1, 4), dtype=bool), list[str]()

    def __getitem__(self, name: str) -> Any:
        self.names += [name] if name in PERFECT and name not in self.names else []
        return super().__getitem__(name)


def of_table(score: Callable[[Cosines], ItemScores]) -> tuple[list[int], Scorer]:
    """The perfect cosines (K,) that a metric of the table reads, and the metric as a function of such rows."""
    read = Read()
    score(read)
    ends = np.cumsum([len(PERFECT[name]) for name in read.names])[:-1]

    def scorer(x: ItemScores) -> ItemScores:
        parts = zip(read.names, np.split(x, ends, axis=1), strict=True)
        cosines = {name: part.reshape(-1, *ITEM.get(name, ())) for name, part in parts}
        return score(cosines | {"valid": np.ones((len(x), 4), dtype=bool)})

    return [cell for name in read.names for cell in PERFECT[name]], scorer


def of_two_objects(score: Callable[[ItemScores, ItemScores, np.ndarray], ItemScores]) -> tuple[list[int], Scorer]:
    return [1, 1, 0, 0], lambda x: score(x[:, :2], x[:, 2:], np.ones((len(x), 2), dtype=np.bool_))


# The perfect cosines (K,) of each metric, and the metric as a function of one row of numbers an item, (N, K) -> (N,).
SCORERS: dict[str, tuple[list[int], Scorer]] = {
    "parts_accuracy": of_two_objects(parts_accuracy),
    "single_object_accuracy": of_two_objects(single_object_accuracy),
    **{name: of_table(metric.score) for name, metric in METRICS.items() if metric.score},
}
CHANCES = {name: 1 / 4 if METRICS[name].item_chance else METRICS[name].chance for name in SCORERS}
TIED = [name for name in SCORERS if METRICS[name].chance != 0 and name != "parts_accuracy"]
"""Those that count ties; of parts sums tie, not numbers."""


def array(*rows: object) -> ItemScores:
    return np.array(rows, dtype=np.float64)


@pytest.mark.parametrize("name", SCORERS)
def test_what_every_metric_keeps_to(name: str) -> None:
    """Constant cosines score exactly chance; items are scored alone, and missing ones stay missing."""
    best, scorer = SCORERS[name]
    for n in (1, 7, 49, 1000):
        scores = scorer(np.full((n, len(best)), 0.3))
        estimate = METRICS[name].estimate(scores, np.ones((len(scores), 4), dtype=bool))
        assert estimate.value == estimate.chance == CHANCES[name] and estimate.n == n
    perfect = array(best, best)
    if METRICS[name].is_share:
        assert scorer(perfect).tolist() == [1, 1] and scorer(1 - perfect).tolist() == [0, 0]
    table = np.random.default_rng(0).integers(0, 3, (50, len(best))).astype(np.float64)
    expected = scorer(table)
    for column in range(len(best)):
        holed = table.copy()
        holed[3, column] = math.nan
        assert np.array_equal(scorer(holed), np.where(np.arange(50) == 3, math.nan, expected), equal_nan=True)
    assert scorer(table[:0]).shape == (0,)


@pytest.mark.parametrize("name", TIED)
def test_a_tie_scores_the_mean_over_the_ways_to_break_it(name: str) -> None:
    best, scorer = SCORERS[name]
    for numbers in product(range(3), repeat=len(best)):
        broken = array(*([x + place / 10 for x, place in zip(numbers, order, strict=True)]
                         for order in permutations(range(len(best)))))  # fmt: skip
        assert scorer(array(numbers))[0] == pytest.approx(scorer(broken).mean(), abs=1e-15)


def test_pairwise_and_winoground_score_what_the_table_says() -> None:
    for case in TIES["pairwise"]:
        assert pairwise(array(case["right"]), array(case["wrong"])).item() == case["score"], case
    for case in TIES["winoground"]:
        scores = {name: values.item() for name, values in winoground(array(case["cosines"])).items()}
        assert scores == {f"{name}_score": case[name] for name in ("text", "image", "group")}, case["why"]


def test_first_place_share_counts_valid_columns_only() -> None:
    cosines = array([0.5, 0.4, 0.9], [0.5, 0.5, 0.9], [0.5, 0.5, 0.5], [0.5, 0.6, 0.1], [0.5, math.nan, math.nan])
    valid = np.array([[1, 1, 0], [1, 1, 0], [1, 1, 1], [1, 1, 1], [1, 0, 0]], dtype=np.bool_)
    # alone on top; one of two; one of three; below; the only one
    scores = first_place_share(cosines, valid)
    assert scores.tolist() == [1, 1 / 2, 1 / 3, 0, 1]
    # (1/2 + 1/2 + 1/3 + 1/3 + 1) / 5 = 8/15
    assert estimate_share(scores, 1 / valid.sum(axis=1)).chance == pytest.approx(8 / 15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(seed=st.integers(0, 1000), size=st.integers(1, 200))
def test_equal_rows_have_equal_cosines_wherever_they_stand(dtype: type[np.floating], seed: int, size: int) -> None:
    row, text = np.random.default_rng(seed).normal(size=(2, size)).astype(dtype)
    many = cosine(np.tile(row, (5, 1)), np.tile(text, (5, 3, 1)))
    strided = cosine(np.asfortranarray(np.tile(row, (4, 1))), np.asfortranarray(np.tile(text, (4, 2, 1))))
    single = cosine(row[None], text[None, None])
    assert set(many.ravel()) == set(strided.ravel()) == set(single.ravel())


def test_reorder_accuracy() -> None:
    # In turn: the only order that is right; swapped in the middle; it ties with reordered (1/2), with both (last of
    # three: 2/6); a tie of the two right ones costs nothing; it ties with the right one; it is above both.
    right, reordered, swapped = array(3, 3, 3, 2, 2, 1, 1), array(2, 1, 2, 2, 2, 2, 1), array(1, 2, 2, 2, 1, 1, 2)
    assert reorder_accuracy(right, reordered, swapped).tolist() == [1, 0, 1 / 2, 1 / 3, 1, 1 / 2, 0]


def test_margin() -> None:
    # (0.75 - 0.5) and (0.25 - 0.5), mean 0
    values = margin(array(0.75, 0.25), array(0.5, 0.5))
    assert values.tolist() == [0.25, -0.25]
    # standard deviation sqrt((0.0625 + 0.0625) / 1) = 0.35355, standard error 0.25, half width 1.96 * 0.25 = 0.49
    estimate = estimate_mean(values, METRICS["margin"].chance)
    assert (estimate.value, estimate.n, estimate.chance) == (0, 2, 0)
    assert (estimate.low, estimate.high) == pytest.approx((-0.49, 0.49), abs=1e-4)


def test_cosine_and_nearer() -> None:
    # 3, 4 has length 5; rows of zeros stay
    assert normalize(array([3, 4], [0, 0], [0, -2])) == pytest.approx(array([0.6, 0.8], [0, 0], [0, -1]))
    images = array([1, 0], [3, 4])
    captions = array([[2, 0], [0, 1], [-1, 0]], [[4, 3], [6, 8], [0, 0]])
    # row 1: along, across, against; row 2: (3*4 + 4*3) / 25 = 0.96, along, nothing
    assert cosine(images, captions) == pytest.approx(array([1, 0, -1], [0.96, 1, 0]))
    assert cosine(images, captions[0]) == pytest.approx(array([1, 0, -1], [0.6, 0.8, -0.6])), "the same for all"
    # nearer to the first, tied, nearer to the second, nearer to the first
    rows, one, other = array([1, 0], [1, 1], [0, 1], [2, 1]), np.tile([3.0, 0.0], (4, 1)), np.tile([0.0, 1.0], (4, 1))
    estimate = share_nearer(rows, one, other)
    assert (estimate.value, estimate.n, estimate.chance, (estimate.low, estimate.high)) == (
        2.5 / 4,
        4,
        0.5,
        wilson_interval(2.5, 4),
    )
    assert share_nearer(rows, one, other, np.array([True, False, False, True])).value == 1


def test_shares() -> None:
    # 7 right, 2 ties, 1 wrong: 8 of 10
    estimate = estimate_share(array(*[1] * 7, 0.5, 0.5, 0), 0.5)
    assert (estimate.value, estimate.n, estimate.chance) == (0.8, 10, 0.5)
    assert (estimate.low, estimate.high) == wilson_interval(8, 10)
    for maker in (estimate_share, estimate_mean):
        assert maker(np.empty(0), 0.5) == Estimate.of_nothing(0.5)
        assert maker(np.empty(0), np.empty(0)) == Estimate.of_nothing()


def test_modality_gap() -> None:
    # centroids (0.5, 0.5) and (0, -1): the distance is sqrt(0.25 + 2.25) = sqrt(2.5) = 1.58114
    images, texts = array([2, 0], [0, 5]), array([0, -1], [0, -3])
    estimate = modality_gap(images, texts)
    assert estimate.value == pytest.approx(1.58114, abs=1e-5)
    assert (estimate.n, estimate.chance) == (2, None)
    # differences (1, 1) and (0, 2) along (0.5, 1.5) / 1.58114: 1.26491 and 1.89737; their standard error is half the
    # distance between the two, 0.31623, and the half width 1.96 * 0.31623 = 0.61980
    assert (estimate.low, estimate.high) == pytest.approx((0.96134, 2.20093), abs=1e-4)
    scaled = modality_gap(3 * texts[::-1], images[::-1])
    assert scaled.value == pytest.approx(estimate.value), "neither lengths count nor order, nor which modality is which"
    rows = np.tile(array([1.0, 0.0]), (5, 1))
    assert modality_gap(rows, -rows) == Estimate(value=2, n=5, low=2, high=2, chance=None)
    for same in (modality_gap(rows, rows), modality_gap(rows[:1], -rows[:1])):
        assert same.low is None, "no line between centroids that meet, no spread of one pair"
    assert modality_gap(rows[:0], rows[:0]).n == 0
    # differences (-1, 1), (1, -1) and (0, 0.1) or so: the centroids nearly meet, and a distance is never below 0
    close = modality_gap(array([0, 1], [1, 0], [1, 0.1]), array([1, 0], [0, 1], [1, 0]))
    assert close.low == 0 and 0 < (close.value or 0) < 0.05 < (close.high or 0)


@pytest.mark.parametrize(
    ("values", "chance"),
    [
        ([[0, 1, 2], [0, 1, 1], [2, 2, 2]], 2 / 3),  # 1/3 (all differ), 2/3 (one twice), 3/3
        ([["red", "blue"], ["red", "red"]], 0.75),
        ([[4], [2]], 1),
        (list(product(range(8), repeat=2)), 0.5625),  # 7/8 * 1/2 + 1/8 * 1
        (list(product(range(2), repeat=3)), 0.75),  # 6/8 * 2/3 + 2/8 * 1
    ],
)
def test_value_bag_chance(values: list[list[object]], chance: float) -> None:
    assert value_bag_chance(np.array(values)) == pytest.approx(chance)


def test_objects_alone_and_their_parts_by_hand() -> None:
    right = array([0.5, 0.1], [0.5, 0.1], [0.5, 0.3], [0.4, 0.2], [0.9, 0.0])
    wrong = array([0.2, 0.3], [0.3, 0.3], [0.3, 0.3], [0.6, 0.1], [0, 0])
    counted = np.array([[True, True], [True, True], [True, True], [False, True], [False, False]])
    # 0.6 over 0.5; 0.6 and 0.6; 0.8 over 0.6; of the second object alone 0.2 over 0.1; nothing to compare.
    np.testing.assert_array_equal(parts_accuracy(right, wrong, counted), [1.0, 0.5, 1.0, 1.0, np.nan])
    # One right and one wrong, twice; one right and one tied; one right; none.
    np.testing.assert_array_equal(single_object_accuracy(right, wrong, counted), [0.5, 0.5, 0.75, 1.0, np.nan])


@pytest.mark.parametrize(
    "call",
    [
        lambda: estimate_share(array(0.5, math.nan), 0.5),
        lambda: estimate_share(array(1.5), 0.5),
        lambda: estimate_mean(array(math.inf), 0.0),
        lambda: pairwise(array(1, 2), array(1)),
        lambda: pairwise(array([1, 2]), array([1, 2])),
        lambda: winoground(np.zeros((4, 2, 3))),
        lambda: first_place_share(np.zeros((2, 3)), np.ones((2, 2), dtype=np.bool_)),
        lambda: first_place_share(np.zeros((2, 0)), np.ones((2, 0), dtype=np.bool_)),
        lambda: first_place_share(np.zeros((1, 2)), np.array([[False, True]])),
        lambda: cosine(np.zeros((2, 3)), np.zeros((2, 1, 4))),
        lambda: modality_gap(np.zeros((2, 3)), np.zeros((3, 3))),
        lambda: modality_gap(array([math.nan, 1]), array([1, 1])),
        lambda: value_bag_chance(np.zeros((0, 2))),
        lambda: paired_difference(np.ones(3), np.ones(2)),
    ],
)
def test_bad_input_is_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError):
        call()


def test_a_paired_difference_by_hand() -> None:
    one, other = array(1, 1, 1, 0), array(0, 1, 0, 0)
    gap, back = paired_difference(one, other), paired_difference(other, one)
    # Two of four pairs differ by 1; with half a pair for each outcome: 2 / 6, and (2 + 1) / 6 - (2 / 6)^2.
    reach = 1.959964 * math.sqrt((0.5 - 1 / 9) / 6)
    assert (gap.value, gap.n, gap.chance) == (0.5, 4, 0.0)
    assert (gap.low, gap.high) == pytest.approx((1 / 3 - reach, 1 / 3 + reach))
    assert (back.value, back.low, back.high) == pytest.approx((-0.5, -1 / 3 - reach, -1 / 3 + reach))
    assert paired_difference(np.ones(3), np.zeros(3)).high == 1
    assert paired_difference(np.ones(0), np.ones(0)).n == 0
    for score in (0.0, 0.5, 1.0):  # models that agree everywhere have an interval with a width
        same = paired_difference(np.full(48, score), np.full(48, score))
        assert same.value == 0 and same.low == pytest.approx(-0.0392, abs=1e-4)


@pytest.fixture(scope="module")
def paired_intervals() -> dict[tuple[int, int], tuple[float, float]]:
    """The interval for each number of pairs, of 48, that one model alone and the other alone is right about."""
    size, intervals = 48, {}
    for won in range(size + 1):
        for lost in range(size + 1 - won):
            one, other = np.zeros(size), np.zeros(size)
            one[:won], other[won : won + lost] = 1, 1
            gap = paired_difference(one, other)
            assert gap.low is not None and gap.high is not None
            intervals[won, lost] = gap.low, gap.high
    return intervals


@pytest.mark.parametrize("lost", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("won", [0.02, 0.1, 0.18, 0.4, 0.6])
def test_the_interval_of_a_paired_difference_covers_what_it_should(
    paired_intervals: dict[tuple[int, int], tuple[float, float]], won: float, lost: float
) -> None:
    """By the probability of every outcome of 48 pairs, where one model alone is right about a share of them."""
    chances = multinomial(48, [won, lost, 1 - won - lost])
    held = sum(
        chances.pmf([ours, theirs, 48 - ours - theirs])
        for (ours, theirs), (low, high) in paired_intervals.items()
        if low <= won - lost <= high
    )
    assert 0.93 < held < 0.998  # the widest where hardly any pair differs
