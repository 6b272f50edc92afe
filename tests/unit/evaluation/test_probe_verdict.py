"""Verdicts on hand-made scores: what counts as nearer, what its words alone do, and what lies within word order."""

import pytest

from explorer.clip.names import Preprocessing
from explorer.evaluation.results import Estimate
from explorer.evaluation.user_probe import (
    VERDICTS,
    OrderFree,
    ProbeAnswer,
    judge,
    margin_of,
    of_binding,
    right_caption,
    summary,
    table_of,
    verdicts,
)

PIXELS = Preprocessing(size=(32, 32), mean=(0.5,), std=(0.25,), resize_mode="squash", interpolation="bicubic")


def scored(cosine: list[list[float]], words: list[list[float]], spread: float = 0.01) -> ProbeAnswer:
    control = OrderFree(cosine=table_of(words), margin=(), spread=(spread,) * len(words), orders=12)
    return ProbeAnswer(
        captions=tuple(f"caption {place}" for place in range(len(cosine[0]))),
        cosine=table_of(cosine),
        margin=None,
        probabilities=(),
        order_free=control if len(cosine[0]) > 1 else None,
        pair_scores=None,
        model="toy",
        preprocessing=PIXELS,
        activation="GELU",
        logit_scale=100.0,
        logit_bias=None,
        notes=(),
        warnings=(),
        definitions={},
        relevance=None,
    )


@pytest.mark.parametrize(
    ("margin", "control", "spread", "kind"),
    [(0.2, 0.0, 0.1, "beyond"), (0.1, 0.0, 0.1, "spread"), (0.2, 0.2, 0.0, "words"), (0.2, 0.15, 0.1, "spread")]
    + [(0.0, -1.0, 0.0, "tie"), (-0.1, -0.5, 0.0, "wrong"), (0.2, -0.5, 0.1, "beyond")],
)
def test_a_margin_is_read_against_its_control(margin: float, control: float, spread: float, kind: str) -> None:
    assert judge(margin=margin, control=control, spread=spread) == kind and kind in VERDICTS


def test_the_margin_of_each_caption() -> None:
    assert margin_of([0.5, 0.25, 0.75], 0) == -0.25 and margin_of([0.5, 0.25, 0.75], 2) == 0.25
    assert margin_of([0.5], 0) is None


def test_the_right_caption_is_a_pictures_own_only_where_there_are_as_many() -> None:
    two = scored([[0.5, 0.25], [0.5, 0.25]], [[0.0, 0.0], [0.0, 0.0]])
    assert [right_caption(two, place, own=True) for place in (0, 1)] == [0, 1]
    assert [right_caption(two, place, own=False) for place in (0, 1)] == [0, 0]
    one = scored([[0.5, 0.25]], [[0.0, 0.0]])
    assert right_caption(one, 0, own=True) == 0
    assert verdicts(two, own=True) == ["beyond", "wrong"] and verdicts(two, own=False) == ["beyond", "beyond"]


def test_a_summary_counts_with_its_interval_and_chance() -> None:
    answer = scored([[0.5, 0.25], [0.5, 0.25]], [[0.0, 0.0], [0.0, 0.0]])
    assert summary(answer, own=True) == (
        "Nearest to its right caption: 50 % of 2 pictures (95 % interval 9 % to 91 %, chance 50 %);"
        " by more than the word-order control: 1 of 2."
    )
    tie = scored([[0.5, 0.5, 0.5]], [[0.0, 0.0, 0.0]])
    assert "50 % of 1 picture (" in summary(tie, own=True) and "chance 33 %" in summary(tie, own=True)
    assert summary(scored([[0.5]], [[0.0]]), own=True).startswith("One caption has nothing")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.9, 0.99, "binds reliably"),
        (0.6, 0.89, "binds, not reliably"),
        (0.51, 0.61, "barely above chance"),
        (0.5, 0.6, "at chance"),
        (0.45, 0.6, "at chance"),
        (0.2, 0.4, "prefers the swap"),
        (None, None, "not measured"),
    ],
)
def test_binding_in_words(low: float | None, high: float | None, words: str) -> None:
    value = None if low is None or high is None else (low + high) / 2
    n = 0 if value is None else 100
    assert of_binding(Estimate(value=value, n=n, low=low, high=high, chance=0.5)) == words
