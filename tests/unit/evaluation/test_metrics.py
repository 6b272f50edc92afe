"""Metrics against arithmetic done by hand, against chance by enumeration, and properties that hold for any numbers."""

import doctest
import math
from collections.abc import Callable
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.evaluation import metrics
from explorer.evaluation.metrics import (
    METRICS,
    Floats,
    ItemScores,
    above_swapped,
    alone,
    cosine,
    first_of,
    margin,
    mean,
    modality_gap,
    normalize,
    paired_difference,
    pairwise,
    parts,
    share,
    value_bag_chance,
    winoground,
)
from explorer.evaluation.results import Estimate
from explorer.stats import wilson


def everything_valid(cosines: Floats) -> ItemScores:
    return first_of(cosines, np.ones(cosines.shape, dtype=np.bool_))


# Each metric of cosines as a function of one row of numbers an item, (N, K) -> (N,); the first is the right caption's.
SCORERS: dict[str, tuple[int, Callable[[ItemScores], ItemScores]]] = {
    "binding_accuracy": (2, lambda x: pairwise(x[:, 0], x[:, 1])),
    "recognition_accuracy": (2, lambda x: pairwise(x[:, 0], x[:, 1])),
    "parts_accuracy": (4, lambda x: parts(x[:, :2], x[:, 2:], np.ones((len(x), 2), dtype=np.bool_))),
    "single_object_accuracy": (4, lambda x: alone(x[:, :2], x[:, 2:], np.ones((len(x), 2), dtype=np.bool_))),
    "text_score": (4, lambda x: winoground(x.reshape(-1, 2, 2))["text_score"]),
    "image_score": (4, lambda x: winoground(x.reshape(-1, 2, 2))["image_score"]),
    "group_score": (4, lambda x: winoground(x.reshape(-1, 2, 2))["group_score"]),
    "permutation_recall": (4, everything_valid),
    "reorder_accuracy": (3, lambda x: above_swapped(x[:, 0], x[:, 1], x[:, 2])),
    "margin": (2, lambda x: margin(x[:, 0], x[:, 1])),
}
SHARES = [name for name in SCORERS if name != "margin"]
CHANCES = {name: 1 / 4 if name == "permutation_recall" else METRICS[name].chance for name in SCORERS}
# The right columns at 1 and the others at 0; one minus it is the worst case.
PERFECT = {
    "binding_accuracy": [1, 0],
    "recognition_accuracy": [1, 0],
    "parts_accuracy": [1, 1, 0, 0],
    "single_object_accuracy": [1, 1, 0, 0],
    "text_score": [1, 0, 0, 1],
    "image_score": [1, 0, 0, 1],
    "group_score": [1, 0, 0, 1],
    "permutation_recall": [1, 0, 0, 0],
    "reorder_accuracy": [1, 1, 0],
    "margin": [1, 0],
}


def array(*rows: object) -> ItemScores:
    return np.array(rows, dtype=np.float64)


# Few whole numbers, so that ties are common and shifts and scales are exact.
def tables(width: int) -> st.SearchStrategy[ItemScores]:
    row = st.lists(st.integers(-3, 3), min_size=width, max_size=width)
    return st.lists(row, min_size=1, max_size=6).map(lambda rows: array(*rows))


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(metrics).failed == 0


@pytest.mark.parametrize("name", SCORERS)
@pytest.mark.parametrize("n", [1, 7, 49, 1000])
def test_constant_cosines_score_exactly_chance(name: str, n: int) -> None:
    width, scorer = SCORERS[name]
    scores = scorer(np.full((n, width), 0.3))
    estimate = mean(scores, CHANCES[name]) if name == "margin" else share(scores, CHANCES[name])
    assert estimate.value == estimate.chance == CHANCES[name]
    assert estimate.n == n


@pytest.mark.parametrize("name", [name for name in SHARES if name != "parts_accuracy"])  # where sums tie, not numbers
def test_a_tie_scores_the_mean_over_the_ways_to_break_it(name: str) -> None:
    width, scorer = SCORERS[name]
    for numbers in product(range(3), repeat=width):
        broken = array(*([x + place / 10 for x, place in zip(numbers, order, strict=True)]
                         for order in permutations(range(width))))  # fmt: skip
        assert scorer(array(numbers))[0] == pytest.approx(scorer(broken).mean(), abs=1e-15)


@pytest.mark.parametrize("name", SCORERS)
def test_perfect_cosines_score_one_and_inverted_ones_the_least(name: str) -> None:
    _, scorer = SCORERS[name]
    perfect = array(PERFECT[name], PERFECT[name])
    assert scorer(perfect).tolist() == [1, 1]
    assert scorer(1 - perfect).tolist() == ([-1, -1] if name == "margin" else [0, 0])


@pytest.mark.parametrize("name", SCORERS)
def test_items_are_scored_alone_and_missing_ones_stay_missing(name: str) -> None:
    width, scorer = SCORERS[name]
    table = np.random.default_rng(0).integers(0, 3, (50, width)).astype(np.float64)
    expected = scorer(table)
    for column in range(width):
        holed = table.copy()
        holed[3, column] = math.nan
        assert np.array_equal(scorer(holed), np.where(np.arange(50) == 3, math.nan, expected), equal_nan=True)
    assert scorer(table[:0]).shape == (0,)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCORERS)
@settings(max_examples=30)
@given(data=st.data(), shift=st.integers(-5, 5), scale=st.sampled_from([0.5, 2.0, 16.0]))
def test_the_order_of_cosines_counts_and_that_of_items_does_not(
    name: str, data: st.DataObject, shift: int, scale: float
) -> None:
    width, scorer = SCORERS[name]
    table = data.draw(tables(width))
    factor = scale if name == "margin" else 1  # a margin does not move with a shift and grows with the scale
    assert np.array_equal(scorer(table * scale + shift), scorer(table) * factor)
    order = data.draw(st.permutations(range(len(table))))
    maker = mean if name == "margin" else share
    assert np.array_equal(scorer(table[order]), scorer(table)[order])
    assert maker(scorer(table[order]), None) == maker(scorer(table), None)


@given(tables(4))
def test_group_score_is_the_least_and_exchanging_images_and_captions_exchanges_the_others(table: ItemScores) -> None:
    scores, transposed = winoground(table.reshape(-1, 2, 2)), winoground(table.reshape(-1, 2, 2).transpose(0, 2, 1))
    assert (scores["group_score"] <= np.minimum(scores["text_score"], scores["image_score"])).all()
    assert np.array_equal(scores["text_score"], transposed["image_score"])
    assert np.array_equal(scores["group_score"], transposed["group_score"])


@pytest.mark.parametrize(
    ("cosines", "text", "image", "group"),
    [
        # 0.9 > 0.1 and 0.8 > 0.2 for the captions; 0.9 > 0.2 and 0.8 > 0.1 for the images
        ([[0.9, 0.1], [0.2, 0.8]], 1, 1, 1),
        # captions: 0.9 > 0.7, 0.6 > 0.5; images: 0.9 > 0.5, but 0.6 < 0.7
        ([[0.9, 0.7], [0.5, 0.6]], 1, 0, 0),
        # the same transposed
        ([[0.9, 0.5], [0.7, 0.6]], 0, 1, 0),
        # image 0 ties, image 1 is right: 1/2; images: 0.5 > 0.1 and 0.9 > 0.5: 1; both need the tie: 1/2
        ([[0.5, 0.5], [0.1, 0.9]], 0.5, 1, 0.5),
        # captions alone decide, the same for both images: one of the two images is always wrong;
        # images tie twice: 1/2 * 1/2
        ([[0.7, 0.3], [0.7, 0.3]], 0, 0.25, 0),
        # a bag of words: all four numbers tie: 6/24, 6/24, 4/24
        ([[0.4, 0.4], [0.4, 0.4]], 0.25, 0.25, 1 / 6),
        # three tie below the fourth, which is right: 0.9 wins, 0.4 has to come before both others: 1/2, 1/2, 1/3
        ([[0.9, 0.4], [0.4, 0.4]], 0.5, 0.5, 1 / 3),
    ],
)
def test_winoground(cosines: list[list[float]], text: float, image: float, group: float) -> None:
    scores = {name: values.tolist() for name, values in winoground(array(cosines)).items()}
    assert scores == {"text_score": [text], "image_score": [image], "group_score": [group]}


def test_first_of_counts_valid_columns_only() -> None:
    cosines = array([0.5, 0.4, 0.9], [0.5, 0.5, 0.9], [0.5, 0.5, 0.5], [0.5, 0.6, 0.1], [0.5, math.nan, math.nan])
    valid = np.array([[1, 1, 0], [1, 1, 0], [1, 1, 1], [1, 1, 1], [1, 0, 0]], dtype=np.bool_)
    # alone on top; one of two; one of three; below; the only one
    scores = first_of(cosines, valid)
    assert scores.tolist() == [1, 1 / 2, 1 / 3, 0, 1]
    # (1/2 + 1/2 + 1/3 + 1/3 + 1) / 5 = 8/15
    assert share(scores, 1 / valid.sum(axis=1)).chance == pytest.approx(8 / 15)


@pytest.mark.parametrize(
    ("right", "reordered", "swapped", "score"),
    [
        (0.3, 0.2, 0.1, 1),
        (0.3, 0.1, 0.2, 0),
        (0.3, 0.2, 0.2, 1 / 2),  # reordered or swapped first: one half
        (0.2, 0.2, 0.2, 1 / 3),  # swapped last of three: 2/6
        (0.2, 0.2, 0.1, 1),  # a tie of the two right ones costs nothing
        (0.1, 0.2, 0.1, 1 / 2),
        (0.1, 0.1, 0.2, 0),
    ],
)
def test_above_swapped(right: float, reordered: float, swapped: float, score: float) -> None:
    assert above_swapped(array(right), array(reordered), array(swapped)).tolist() == [score]


def test_margin() -> None:
    # (0.75 - 0.5) and (0.25 - 0.5), mean 0
    values = margin(array(0.75, 0.25), array(0.5, 0.5))
    assert values.tolist() == [0.25, -0.25]
    # standard deviation sqrt((0.0625 + 0.0625) / 1) = 0.35355, standard error 0.25, half width 1.96 * 0.25 = 0.49
    estimate = mean(values, METRICS["margin"].chance)
    assert (estimate.value, estimate.n, estimate.chance) == (0, 2, 0)
    assert (estimate.low, estimate.high) == pytest.approx((-0.49, 0.49), abs=1e-4)


def test_normalize_keeps_directions_and_zero_rows() -> None:
    # 3, 4 has length 5
    assert normalize(array([3, 4], [0, 0], [0, -2])) == pytest.approx(array([0.6, 0.8], [0, 0], [0, -1]))
    assert normalize(np.array([[3, 4]], dtype=np.float16)).dtype == np.float64


def test_cosine() -> None:
    images = array([1, 0], [3, 4])
    captions = array([[2, 0], [0, 1], [-1, 0]], [[4, 3], [6, 8], [0, 0]])
    # row 1: along, across, against; row 2: (3*4 + 4*3) / 25 = 0.96, along, nothing
    assert cosine(images, captions) == pytest.approx(array([1, 0, -1], [0.96, 1, 0]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(seed=st.integers(0, 1000), size=st.integers(1, 200))
def test_equal_rows_have_equal_cosines_wherever_they_stand(dtype: type[np.floating], seed: int, size: int) -> None:
    row, text = np.random.default_rng(seed).normal(size=(2, size)).astype(dtype)
    many = cosine(np.tile(row, (5, 1)), np.tile(text, (5, 3, 1)))
    strided = cosine(np.asfortranarray(np.tile(row, (4, 1))), np.asfortranarray(np.tile(text, (4, 2, 1))))
    single = cosine(row[None], text[None, None])
    assert set(many.ravel()) == set(strided.ravel()) == set(single.ravel())


def test_modality_gap() -> None:
    # centroids (0.5, 0.5) and (0, -1): the distance is sqrt(0.25 + 2.25) = sqrt(2.5) = 1.58114
    images, texts = array([2, 0], [0, 5]), array([0, -1], [0, -3])
    estimate = modality_gap(images, texts)
    assert estimate.value == pytest.approx(1.58114, abs=1e-5)
    assert (estimate.n, estimate.chance) == (2, None)
    # differences (1, 1) and (0, 2) along (0.5, 1.5) / 1.58114: 1.26491 and 1.89737; their standard error is half the
    # distance between the two, 0.31623, and the half width 1.96 * 0.31623 = 0.61980
    assert (estimate.low, estimate.high) == pytest.approx((0.96134, 2.20093), abs=1e-4)


@given(seed=st.integers(0, 1000), scale=st.floats(0.1, 100))
def test_modality_gap_ignores_lengths_order_and_which_modality_is_which(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    images, texts, order = rng.normal(size=(6, 4)), rng.normal(size=(6, 4)), rng.permutation(6)
    gap = pytest.approx(modality_gap(images, texts).value)
    assert modality_gap(images * scale, texts).value == gap
    assert modality_gap(images[order], texts[order]).value == gap
    assert modality_gap(texts, images).value == gap


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (8, 10, 0.490, 0.943),
        (81, 263, 0.2553, 0.3662),  # Newcombe, Statistics in Medicine 17, 1998, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (10, 10, 0.7225, 1.0),
    ],
)
def test_wilson_against_published_values(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=6e-4 if n == 10 else 5.1e-5)


@given(n=st.integers(1, 2000), part=st.floats(0, 1))
def test_wilson_holds_the_share_and_mirrors(n: int, part: float) -> None:
    low, high = wilson(part * n, n)
    assert 0 <= low <= part * n / n <= high <= 1
    assert (low, high) == pytest.approx(tuple(1 - x for x in reversed(wilson((1 - part) * n, n))))


def test_share_by_hand() -> None:
    # 7 right, 2 ties, 1 wrong: 8 of 10
    estimate = share(array(*[1] * 7, 0.5, 0.5, 0), 0.5)
    assert (estimate.value, estimate.n, estimate.chance) == (0.8, 10, 0.5)
    assert (estimate.low, estimate.high) == wilson(8, 10)


@pytest.mark.parametrize("maker", [share, mean])
def test_no_items_give_no_value(maker: Callable[[Floats, float | Floats | None], object]) -> None:
    empty = np.empty(0)
    assert maker(empty, 0.5) == Estimate(value=None, n=0, low=None, high=None, chance=0.5)
    assert maker(empty, empty) == Estimate(value=None, n=0, low=None, high=None, chance=None)


def test_modality_gap_at_its_ends() -> None:
    rows = np.tile(array([1.0, 0.0]), (5, 1))
    assert modality_gap(rows, -rows) == Estimate(value=2, n=5, low=2, high=2, chance=None)
    for same in (modality_gap(rows, rows), modality_gap(rows[:1], -rows[:1])):
        assert same.low is None, "no line between centroids that meet, no spread of one pair"
    assert modality_gap(rows[:0], rows[:0]).n == 0
    # differences (-1, 1), (1, -1) and (0, 0.1) or so: the centroids nearly meet, and a distance is never below 0
    estimate = modality_gap(array([0, 1], [1, 0], [1, 0.1]), array([1, 0], [0, 1], [1, 0]))
    assert estimate.low == 0 and estimate.value is not None and estimate.high is not None
    assert 0 < estimate.value < 0.05 < estimate.high


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
    np.testing.assert_array_equal(parts(right, wrong, counted), [1.0, 0.5, 1.0, 1.0, np.nan])
    # One right and one wrong, twice; one right and one tied; one right; none.
    np.testing.assert_array_equal(alone(right, wrong, counted), [0.5, 0.5, 0.75, 1.0, np.nan])


@pytest.mark.parametrize(
    "call",
    [
        lambda: share(array(0.5, math.nan), 0.5),
        lambda: share(array(1.5), 0.5),
        lambda: mean(array(math.inf), 0.0),
        lambda: wilson(1, 0),
        lambda: wilson(11, 10),
        lambda: pairwise(array(1, 2), array(1)),
        lambda: pairwise(array([1, 2]), array([1, 2])),
        lambda: winoground(np.zeros((4, 2, 3))),
        lambda: first_of(np.zeros((2, 3)), np.ones((2, 2), dtype=np.bool_)),
        lambda: first_of(np.zeros((2, 0)), np.ones((2, 0), dtype=np.bool_)),
        lambda: first_of(np.zeros((1, 2)), np.array([[False, True]])),
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


def test_the_interval_of_a_paired_difference_covers_what_it_should() -> None:
    draw, held = np.random.default_rng(1), 0
    for _ in range(2000):
        hard = draw.random(48)
        one, other = (hard < 0.8) * 1.0, ((hard < 0.6) | (draw.random(48) < 0.1)) * 1.0
        gap = paired_difference(one, other)
        assert gap.low is not None and gap.high is not None
        held += gap.low <= 0.8 - (0.6 + 0.4 * 0.1) <= gap.high
    assert 0.93 < held / 2000 < 0.99
