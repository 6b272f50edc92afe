"""The figures of benchmarks by hand: our rule, the authors' rules, margins, ties, blind controls."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.codec import encode
from explorer.evaluation.benchmarks.figures import bootstrap_intervals, compute_figures
from explorer.evaluation.benchmarks.index import Index
from explorer.evaluation.benchmarks.protocols import PROTOCOLS
from explorer.evaluation.benchmarks.scoring import AuthorsRule, ItemCosines, bag_of_words_cosines, score_items
from explorer.stats import wilson_interval

NAN = float("nan")
# Right, wrong, tied, right; the last with a missing picture.
PAIRS = np.array([[[0.9, 0.1]], [[0.2, 0.4]], [[0.3, 0.3]], [[0.5, 0.4]], [[NAN, NAN]]])


def ones(cosines: np.ndarray) -> np.ndarray:
    return np.ones(len(cosines), dtype=int)


def summarize(items: ItemCosines, theirs: AuthorsRule | None) -> dict[str, Any]:
    return dict(encode(compute_figures(items, theirs, rng=np.random.default_rng(0))))


def items_of(
    cosines: np.ndarray, names: tuple[str | None, ...] = (None,), groups: list[int] | None = None
) -> ItemCosines:
    count, _, places = cosines.shape
    index = Index(
        right=ones(cosines),
        words=np.tile([5] * places, (count, 1)),
        bags=np.arange(count * places).reshape(count, places),
        pictures=np.arange(count)[:, None],
        captions=np.arange(count * places).reshape(count, places),
        groups=np.array(groups if groups is not None else [0] * count),
        names=names,
        texts=(),
    )
    return ItemCosines(index=index, cosines=cosines, of_mean_picture=np.where(np.isnan(cosines), np.nan, 0.5))


def with_index(items: ItemCosines, **changed: np.ndarray) -> ItemCosines:
    return replace(items, index=replace(items.index, **changed))


def test_pairs_by_hand() -> None:
    figures = summarize(items_of(PAIRS), AuthorsRule(rule="strict"))
    assert (figures["n"], figures["missing"], figures["ties"]) == (4, 1, 1)
    assert figures["accuracy"] == 0.625  # (1 + 0 + 1/2 + 1) / 4
    assert figures["theirs"] == {"rule": "strict", "value": 0.5, "by_group": {}}
    assert figures["margin"]["value"] == pytest.approx((0.8 - 0.2 + 0 + 0.1) / 4)
    assert figures["low"] < 0.625 < figures["high"] and figures["chance"] == 0.5
    assert figures["groups"] == []
    length = summarize(with_index(items_of(PAIRS[:3]), words=np.array([[3, 5], [5, 5], [3, 5]])), None)["blind"]
    assert length["shorter_caption"]["value"] == pytest.approx(5 / 6)
    assert length["longer_caption"]["value"] == pytest.approx(1 / 6)
    nothing = summarize(items_of(PAIRS[4:]), AuthorsRule(rule="s"))
    assert (nothing["n"], nothing["missing"], nothing["accuracy"], nothing["theirs"]["value"]) == (0, 1, None, None)


def test_quads_by_hand() -> None:
    cosines = np.array(
        [
            [[0.9, 0.1], [0.2, 0.8]],  # all right
            [[0.9, 0.8], [0.2, 0.3]],  # text right, image wrong: caption 1 likes picture 0
            [[0.5, 0.4], [0.6, 0.7]],  # text right, image wrong: caption 0 likes picture 1
            [[0.9, 0.1], [0.9, 0.8]],  # picture 1 prefers the wrong caption; caption 0 ties
            [[0.5, 0.5], [0.5, 0.5]],  # nothing told apart
        ]
    )
    outcome = score_items(cosines, ones(cosines))
    assert outcome.scores["text_score"].tolist() == [1, 1, 1, 0, 0.25]
    assert outcome.scores["image_score"].tolist() == [1, 0, 0, 0.5, 0.25]
    assert outcome.scores["group_score"] == pytest.approx([1, 0, 0, 0, 1 / 6])
    assert {name: each.tolist() for name, each in outcome.strict.items()} == {
        "text_score": [True, True, True, False, False],
        "image_score": [True, False, False, False, False],
        "group_score": [True, False, False, False, False],
    }
    assert outcome.tie.tolist() == [False, False, False, True, True]
    assert outcome.margin[:3] == pytest.approx([(0.8 + 0.6) / 2, (0.1 + 0.1) / 2, (0.1 + 0.1) / 2])
    document = summarize(items_of(cosines[[0, 4]]), AuthorsRule(rule="w"))
    assert document["accuracy"] == document["group_score"]["value"] == pytest.approx(7 / 12)
    assert document["chance"] == document["group_score"]["chance"] == 1 / 6
    assert (document["text_score"]["value"], document["text_score"]["chance"]) == (0.625, 0.25)
    assert document["theirs"]["value"] == document["theirs"]["text_score"] == 0.5
    assert set(document["blind"]) == {"mean_picture"}


@settings(max_examples=30)
@given(st.integers(1, 2), st.integers(1, 40), st.integers(0, 2**32))
def test_without_ties_both_rules_agree_and_constant_models_get_chance(pictures: int, count: int, seed: int) -> None:
    cosines = np.random.default_rng(seed).permutation(count * pictures * 2).reshape(count, pictures, 2) / 1000
    outcome = score_items(cosines, ones(cosines))
    assert all(np.array_equal(each, outcome.strict[name]) for name, each in outcome.scores.items())
    assert not outcome.tie.any()
    constant = summarize(items_of(np.full_like(cosines, 0.3)), None)
    assert constant["accuracy"] == constant["chance"] and constant["ties"] == count


def test_a_macro_average_weighs_groups_alike_and_leaves_small_ones_out() -> None:
    right, wrong = [[0.9, 0.1]], [[0.1, 0.9]]
    cosines = np.array([right] * 3 + [wrong] + [right] * 2 + [wrong] * 2 + [right])
    answered = items_of(cosines, ("a", "b", "c"), [0] * 4 + [1] * 4 + [2])
    document = summarize(answered, AuthorsRule(rule="m", is_mean_of_groups=True, at_least=2))
    by_group = {"a": 0.75, "b": 0.5}
    assert document["accuracy"] == 6 / 9
    assert document["theirs"] == {"rule": "m", "value": 0.625, "groups_counted": 2, "by_group": by_group}
    rows = [(row["group"], row["n"], row["accuracy"]) for row in document["groups"]]
    assert rows == [("a", 4, 0.75), ("b", 4, 0.5), ("c", 1, 1.0)]
    without = AuthorsRule(rule="m", is_mean_of_groups=True, without=frozenset({"a"}))
    assert without.figure(answered).value == 0.75
    # 24 of 25 items of a group, the last one missing: too few; then it is there and a tie, which is wrong.
    cosines = np.array([right] * 24 + [[[NAN, NAN]]])
    attributes, relations = (PROTOCOLS[f"aro-{name}"].theirs for name in ("attribution", "relation"))
    assert summarize(items_of(cosines, ("white_brown",)), attributes)["theirs"]["value"] is None
    cosines[24] = 0.3
    assert summarize(items_of(cosines, ("white_brown",)), attributes)["theirs"]["value"] == 24 / 25
    assert relations is not None
    assert len(relations.without) == 157 and {"next to", "lying next to", "on the front of"} <= relations.without
    assert relations.figure(items_of(np.array([right, wrong]), ("behind", "next to"), [0, 1])).value == 1


def test_two_right_captions_and_several_wrong_ones_by_hand() -> None:
    cosines = np.array([[0.9, 0.8, 0.1], [0.9, 0.1, 0.5], [0.9, 0.5, 0.5], [0.5, 0.5, 0.5]])[:, None]
    of_two = score_items(cosines, np.array([2] * 4))
    assert of_two.headline.tolist() == [1, 0, 0.5, 1 / 3]
    assert of_two.strict["accuracy"].tolist() == [True, False, False, False]
    assert of_two.tie.tolist() == [False, False, True, True]
    assert of_two.margin == pytest.approx([0.7, -0.4, 0, 0])
    choice = np.array([[0.9, 0.8, 0.1], [0.5, 0.5, 0.5], [0.4, 0.4, NAN]])[:, None]
    assert score_items(choice, np.array([1] * 3)).headline.tolist() == [1, 1 / 3, 0.5]
    figures = summarize(with_index(items_of(choice), words=np.array([[1, 1, 1], [1, 1, 1], [1, 1, -1]])), None)
    assert figures["chance"] == pytest.approx((1 / 3 + 1 / 3 + 1 / 2) / 3)
    # The two right ones nearer to each other than either to the wrong one, which needs no picture: the first item only.
    between = np.array([[[1, 0.9, 0.2], [0.9, 1, 0.8], [0.2, 0.8, 1]], [[1, 0.5, 0.2], [0.5, 1, 0.8], [0.2, 0.8, 1]]])
    texts = with_index(replace(items_of(np.full((2, 1, 3), 0.3)), of_captions=between), right=np.array([2, 2]))
    assert AuthorsRule(rule="r").figure(texts).further["text_only"] == 0.5


def test_the_ceiling_of_a_scorer_without_word_order() -> None:
    """Items 0 and 2 hold the same words in both captions: half of them is luck, and nothing by the authors' rule."""
    answered = with_index(items_of(np.full((3, 1, 2), 0.5)), bags=np.array([[0, 0], [1, 2], [3, 3]]))
    ceiling = summarize(answered, AuthorsRule(rule="s"))["ceiling"]
    assert ceiling == {"value": pytest.approx(2 / 3), "theirs": pytest.approx(1 / 3), "same_words": 2}
    quads = with_index(items_of(np.full((2, 2, 2), 0.5)), bags=np.array([[0, 0], [1, 2]]))
    assert summarize(quads, None)["ceiling"]["value"] == pytest.approx((1 / 6 + 1) / 2)
    # Of two right captions, one has the words of the wrong one.
    three = with_index(items_of(np.full((1, 1, 3), 0.5)), bags=np.array([[0, 1, 1]]), right=np.array([2]))
    assert bag_of_words_cosines(three).cosines.tolist() == [[[2, 1, 1]]]
    assert summarize(three, None)["ceiling"]["value"] == 0.5


def test_an_interval_by_picture_is_wider_than_one_of_independent_items() -> None:
    """Ten pictures of ten items that are all right or all wrong are ten draws, not a hundred."""
    values = np.repeat([1.0, 0.0] * 5, 10)
    rng = np.random.default_rng(0)
    alone = bootstrap_intervals({"a": values}, np.arange(100), rng=rng)["a"]
    joint = bootstrap_intervals({"a": values}, np.repeat(np.arange(10), 10), rng=rng)["a"]
    assert alone == pytest.approx((0.40, 0.60), abs=0.011)  # 0.5 -+ 1.96 * 0.05
    assert joint == pytest.approx((0.2, 0.8), abs=0.011)  # quantiles of Binomial(10, 1/2) / 10
    cosines = np.tile([[[0.9, 0.1]]], (6, 1, 1))
    figures = summarize(with_index(items_of(cosines), pictures=np.array([0, 0, 0, 1, 1, 1])[:, None]), None)
    assert (figures["low"], figures["high"], figures["pictures"]) == (pytest.approx(wilson_interval(2, 2)[0]), 1, 2)


def test_a_sentence_says_what_a_blind_scorer_reaches() -> None:
    right, wrong, few = [[0.9, 0.1]], [[0.1, 0.9]], np.array([[3, 5]] * 50 + [[5, 3]] * 10)
    half = items_of(np.array([right, wrong] * 30))
    sentences = [
        half,
        with_index(half, words=few),
        with_index(items_of(np.array([right] * 60)), words=8 - few),
        replace(half, of_mean_picture=np.array([wrong] * 50 + [right] * 10)),
    ]
    none, shorter, longer, against = (summarize(each, None)["blind_sentence"] for each in sentences)
    assert none is None and "decides against `mean_picture`" in against
    assert shorter == "0.500 is not evidence of seeing: a scorer that takes the shorter caption reaches 0.833."
    assert longer.startswith("Of 1.000, 0.833 is no evidence of seeing: a scorer that takes the longer caption")
