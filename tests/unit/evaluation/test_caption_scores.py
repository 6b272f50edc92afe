"""Margins, probabilities and the control without word order, against numbers worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.evaluation.asking import bag_orders, cosines, margins, order_free, pair_scores, probabilities

RNG = np.random.default_rng


def test_cosines_of_every_picture_with_every_caption() -> None:
    images = np.array([[2.0, 0.0], [3.0, 4.0]])
    captions = np.array([[1.0, 0.0], [0.0, 5.0], [-1.0, 0.0]])
    assert np.allclose(cosines(images, captions), [[1, 0, -1], [0.6, 0.8, -0.6]])


def test_a_margin_is_that_over_the_best_other_caption() -> None:
    found = margins(np.array([[0.5, 0.2, 0.3], [0.1, 0.4, 0.0]]))
    assert found is not None and np.allclose(found, [0.2, -0.3])
    two = margins(np.array([[0.5, 0.2]]))
    assert two is not None and np.allclose(two, [0.3])
    assert margins(np.array([[0.5]])) is None


def test_a_softmax_by_hand() -> None:
    """e^1 / (e^1 + e^0) with a scale of 10 and a difference of 0.1."""
    found = probabilities(np.array([[0.3, 0.2]]), scale=10.0, bias=None)
    assert np.allclose(found, [[math.e / (math.e + 1), 1 / (math.e + 1)]])


def test_a_sigmoid_by_hand() -> None:
    found = probabilities(np.array([[0.3, 0.2, -1.0]]), scale=10.0, bias=-2.0)
    assert np.allclose(found, [[1 / (1 + math.exp(-1)), 0.5, 1 / (1 + math.exp(12))]])


@pytest.mark.parametrize("bias", [None, -10.0, 10.0])
def test_no_scale_overflows(bias: float | None) -> None:
    with np.errstate(all="raise", under="ignore"):
        found = probabilities(np.array([[1.0, -1.0]]), scale=1e6, bias=bias)
    assert found.tolist() == [[1.0, 0.0]]


def test_two_pictures_of_two_captions_are_winograds() -> None:
    assert pair_scores(np.array([[0.9, 0.1], [0.5, 0.6]])) == {"text_score": 1, "image_score": 1, "group_score": 1}
    # The second picture prefers the first caption; both captions prefer their picture.
    assert pair_scores(np.array([[0.9, 0.1], [0.7, 0.6]])) == {"text_score": 0, "image_score": 1, "group_score": 0}
    assert pair_scores(np.zeros((1, 2))) is None and pair_scores(np.zeros((2, 3))) is None
    tied = pair_scores(np.zeros((2, 2)))
    assert tied == {"text_score": 1 / 4, "image_score": 1 / 4, "group_score": pytest.approx(1 / 6)}


def test_captions_of_the_same_words_become_the_same_texts() -> None:
    one, other, third = bag_orders(
        ["A red bus and an old car.", "an old bus and a RED car", "a red bus"], count=5, rng=RNG(0)
    )
    assert one == other and len(one) == 5 and len(set(one)) > 1
    assert {tuple(sorted(text.split())) for text in one} == {("a", "a", "and", "bus", "car", "old", "red")}
    assert {tuple(sorted(text.split())) for text in third} == {("a", "bus", "red")}


@given(st.lists(st.sampled_from(["red", "bus", "a", "an", "blue."]), min_size=1, max_size=6), st.randoms())
def test_any_order_of_words_is_the_same_bag(words: list[str], random: object) -> None:
    shuffled = list(words)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = bag_orders([" ".join(words), " ".join(shuffled)], count=4, rng=RNG(1))
    assert one == other


def test_the_control_by_hand() -> None:
    """Two captions, three orders: means 0.4 and 0.1, standard deviations 0.1 and 0."""
    cosine = np.array([[[0.3, 0.4, 0.5], [0.1, 0.1, 0.1]]])
    found = order_free(cosine)
    assert found is not None and found.orders == 3
    assert np.allclose(found.margin, [0.3]) and np.allclose(found.spread, [0.05])
    same = order_free(np.array([[[0.3, 0.7], [0.3, 0.7]]]))
    assert same is not None and same.margin == (0.0,)
    assert order_free(np.zeros((1, 1, 3))) is None
