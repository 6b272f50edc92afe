"""The figures of benchmarks by hand: our rule, the authors' rules, margins, ties, blind controls."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.evaluation.benchmarks.aro import SYMMETRIC
from explorer.evaluation.benchmarks.protocols import PROTOCOLS
from explorer.evaluation.benchmarks.scoring import (
    Answers,
    macro,
    margins,
    scores,
    shorter,
    strict,
    strict_share,
    summarize,
    ties,
)

NAN = float("nan")
# Right, wrong, tied, right; the last with a missing picture.
PAIRS = np.array([[[0.9, 0.1]], [[0.2, 0.4]], [[0.3, 0.3]], [[0.5, 0.4]], [[NAN, NAN]]])


def answers(cosines: np.ndarray, names: tuple[str | None, ...] = (None,), groups: list[int] | None = None) -> Answers:
    count = len(cosines)
    return Answers(
        cosines=cosines,
        blind=np.where(np.isnan(cosines), np.nan, 0.5),
        words=np.tile([5, 5], (count, 1)),
        groups=np.array(groups if groups is not None else [0] * count),
        names=names,
    )


def test_pairs_by_hand() -> None:
    found = summarize(answers(PAIRS), strict_share("strict"))
    assert (found["n"], found["missing"], found["ties"]) == (4, 1, 1)
    assert found["accuracy"] == 0.625  # (1 + 0 + 1/2 + 1) / 4
    assert found["theirs"] == {"rule": "strict", "value": 0.5, "by_group": {}}
    assert found["margin"]["value"] == pytest.approx((0.8 - 0.2 + 0 + 0.1) / 4)
    assert found["low"] < 0.625 < found["high"] and found["chance"] == 0.5
    assert found["groups"] == []


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
    found = {name: each.tolist() for name, each in scores(cosines).items()}
    assert found["text_score"] == [1, 1, 1, 0, 0.25]
    assert found["image_score"] == [1, 0, 0, 0.5, 0.25]
    assert found["group_score"] == pytest.approx([1, 0, 0, 0, 1 / 6])
    assert {name: each.tolist() for name, each in strict(cosines).items()} == {
        "text_score": [True, True, True, False, False],
        "image_score": [True, False, False, False, False],
        "group_score": [True, False, False, False, False],
    }
    assert ties(cosines).tolist() == [False, False, False, True, True]
    assert margins(cosines)[:3] == pytest.approx([(0.8 + 0.6) / 2, (0.1 + 0.1) / 2, (0.1 + 0.1) / 2])


def test_quads_in_a_document() -> None:
    found = summarize(answers(np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5], [0.5, 0.5]]])), strict_share("w"))
    assert found["accuracy"] == found["group_score"]["value"] == pytest.approx(7 / 12)
    assert found["chance"] == found["group_score"]["chance"] == 1 / 6
    assert (found["text_score"]["value"], found["text_score"]["chance"]) == (0.625, 0.25)
    assert found["theirs"]["value"] == found["theirs"]["text_score"] == 0.5
    assert set(found["blind"]) == {"mean_picture"}


@given(st.integers(1, 2), st.integers(1, 40), st.integers(0, 2**32))
def test_without_ties_both_rules_agree_and_constant_models_get_chance(pictures: int, count: int, seed: int) -> None:
    cosines = np.random.default_rng(seed).permutation(count * pictures * 2).reshape(count, pictures, 2) / 1000
    for name, each in scores(cosines).items():
        assert each.tolist() == strict(cosines)[name].astype(float).tolist()
    assert not ties(cosines).any()
    constant = summarize(answers(np.full_like(cosines, 0.3)), None)
    assert constant["accuracy"] == constant["chance"] and constant["ties"] == count


def test_a_macro_average_weighs_groups_alike_and_leaves_small_ones_out() -> None:
    right, wrong = [[0.9, 0.1]], [[0.1, 0.9]]
    cosines = np.array([right] * 3 + [wrong] + [right] * 2 + [wrong] * 2 + [right])
    found = summarize(answers(cosines, ("a", "b", "c"), [0] * 4 + [1] * 4 + [2]), macro("m", at_least=2))
    assert found["accuracy"] == 6 / 9
    assert found["theirs"] == {
        "rule": "m",
        "value": (0.75 + 0.5) / 2,
        "groups_counted": 2,
        "by_group": {"a": 0.75, "b": 0.5},
    }
    assert [(row["group"], row["n"], row["accuracy"]) for row in found["groups"]] == [
        ("a", 4, 0.75),
        ("b", 4, 0.5),
        ("c", 1, 1.0),
    ]
    without = macro("m", without=frozenset({"a"}))(answers(cosines, ("a", "b", "c"), [0] * 4 + [1] * 4 + [2]))
    assert without["value"] == 0.75
    assert macro("m", at_least=99)(answers(cosines, ("a",)))["value"] is None


def test_missing_items_do_not_count_towards_the_size_of_a_group() -> None:
    cosines = np.array([[[0.9, 0.1]]] * 24 + [[[NAN, NAN]]])
    theirs = PROTOCOLS["aro-attribution"].theirs
    assert summarize(answers(cosines, ("white_brown",)), theirs)["theirs"]["value"] is None
    cosines[24] = 0.3
    assert summarize(answers(cosines, ("white_brown",)), theirs)["theirs"]["value"] == 24 / 25  # the tie is wrong


def test_relations_on_the_list_are_left_out() -> None:
    assert len(SYMMETRIC) == 157 and {"next to", "lying next to", "on the front of"} <= SYMMETRIC
    theirs = PROTOCOLS["aro-relation"].theirs
    assert theirs is not None
    cosines = np.array([[[0.9, 0.1]], [[0.1, 0.9]]])
    assert theirs(answers(cosines, ("behind", "next to"), [0, 1]))["value"] == 1


def test_length_alone() -> None:
    assert shorter(np.array([[3, 5], [5, 5], [6, 5]])).tolist() == [1, 0.5, 0]


def test_nothing_scored() -> None:
    found = summarize(answers(np.full((3, 1, 2), NAN)), strict_share("s"))
    assert (found["n"], found["missing"], found["accuracy"], found["theirs"]["value"]) == (0, 3, None, None)
    assert found["blind"]["mean_picture"]["value"] is None
