"""A model, pictures and captions to one answer: plain open_clip's numbers, and scores and verdicts by hand."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.clip.clip import Clip
from explorer.clip.open_clip_import import open_clip
from explorer.clip.zoo import load_clip
from explorer.codec import decode, encode
from explorer.evaluation.answers.picture_answer import (
    MARGIN_VERDICTS,
    NoMaps,
    OrderFree,
    PictureAnswer,
    RelevanceMaps,
    judge_margin,
    make_table,
    picture_verdicts,
    right_caption,
    right_margin,
    summary_sentence,
)
from explorer.evaluation.answers.picture_scores import (
    answer_question,
    margins,
    pair_scores,
    probabilities,
    score_without_order,
    show_pictures,
)
from tests.unit.toys import CAPTIONS, COLORS, NOUNS, caption, tiny_folder

RED, BLUE = (caption(f"{COLORS[i]} {NOUNS[0]}", f"{COLORS[1 - i]} {NOUNS[1]}") for i in (0, 1))


def pictures(count: int) -> list[Image.Image]:
    rng = np.random.default_rng(3)
    return [Image.fromarray(rng.integers(0, 256, (20 + i, 50, 3), dtype=np.uint8)) for i in range(count)]


@pytest.fixture(params=[False, True], ids=["softmax", "sigmoid"])
def clip(request: pytest.FixtureRequest, tmp_path: Path) -> Clip:
    return load_clip(str(tiny_folder(tmp_path / "model", seed=5, siglip=request.param)), find_run_model=lambda _: None)


def test_numbers_are_those_of_plain_open_clip(clip: Clip) -> None:
    answer = answer_question(clip, show_pictures(clip, pictures(2)), [RED, BLUE, CAPTIONS[1]])
    folder = clip.name
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    model.eval()
    ids = open_clip.get_tokenizer(f"local-dir:{folder}")([RED, BLUE, CAPTIONS[1]])
    with torch.inference_mode():
        image = model.encode_image(torch.stack([preprocess(each) for each in pictures(2)]), normalize=True)
        cosine = image @ model.encode_text(ids, normalize=True).T
        logits = cosine * model.logit_scale.exp()
        is_sigmoid = model.logit_bias is not None
        expected = (logits + model.logit_bias).sigmoid() if is_sigmoid else logits.softmax(dim=-1)
    assert np.allclose(answer.cosine, cosine, atol=1e-4)
    assert np.allclose(answer.probabilities, expected, atol=1e-4)
    assert (answer.logit_bias is not None) == is_sigmoid
    assert encode(answer)["n"] == {"images": 2, "captions": 3} and answer.pair_scores is None


def test_the_control_is_zero_for_a_swap_and_not_for_other_words(clip: Clip) -> None:
    swapped = answer_question(clip, show_pictures(clip, pictures(2)), [RED, BLUE])
    assert swapped.order_free is not None and swapped.order_free.margin == (0.0, 0.0)
    assert min(swapped.order_free.spread) > 0 and swapped.margin != (0.0, 0.0)
    assert set(swapped.pair_scores or ()) == {"text_score", "image_score", "group_score"}
    others = answer_question(clip, show_pictures(clip, pictures(1)), [RED, CAPTIONS[1]])
    assert others.order_free is not None and others.order_free.margin != (0.0,)
    long = " ".join([NOUNS[0]] * 40)
    assert answer_question(clip, show_pictures(clip, pictures(1)), [RED, long, "a zebra"]).warnings == (
        "Caption 2 is longer than the 33 tokens that the model reads: cut.",
        "Caption 3 has words that the model has never read: zebra.",
    )


def test_maps_of_the_first_captions(monkeypatch: pytest.MonkeyPatch, clip: Clip) -> None:
    answer = answer_question(clip, show_pictures(clip, pictures(2)), [RED, BLUE, CAPTIONS[1]], mapped=2)
    relevance = answer.relevance
    assert isinstance(relevance, RelevanceMaps)
    assert np.shape(relevance.maps) == (2, 2, 2, 2) and np.shape(relevance.quarters) == (2, 2, 4)
    # Two by two patches are the quarters.
    assert np.allclose(np.reshape(relevance.maps, (2, 2, 4)), relevance.quarters, atol=1e-4)
    assert len(relevance.seen) == 2 and relevance.captions == 2
    assert decode(PictureAnswer, encode(answer)) == answer
    alone = answer_question(clip, show_pictures(clip, pictures(2)), [RED])
    assert (alone.relevance, alone.margin, alone.order_free) == (None, None, None)
    monkeypatch.setattr(clip.model.visual, "pool_type", "avg")
    without = answer_question(clip, show_pictures(clip, pictures(1)), [RED, BLUE], mapped=2)
    assert isinstance(without.relevance, NoMaps) and decode(PictureAnswer, encode(without)) == without


def make_answer(cosine: list[list[float]], words: list[list[float]]) -> PictureAnswer:
    """An answer with these tables and nothing else of interest."""
    control = OrderFree(cosine=make_table(words), margin=(), spread=(0.01,) * len(words), orders=12)
    pixels = {"size": [32, 32], "mean": [0.5], "std": [0.25], "resize_mode": "squash", "interpolation": "bicubic"}
    return decode(PictureAnswer, {
        "captions": [f"caption {place}" for place in range(len(cosine[0]))], "cosine": cosine,
        "order_free": encode(control) if len(cosine[0]) > 1 else None, "preprocessing": pixels,
        "model": "toy", "activation": "GELU", "logit_scale": 100.0, "definitions": {},
        **dict.fromkeys(("margin", "pair_scores", "logit_bias", "relevance")),
        **dict.fromkeys(("probabilities", "notes", "warnings"), ()),
    })  # fmt: skip


@pytest.mark.parametrize(
    ("margin", "control", "spread", "kind"),
    [(0.2, 0.0, 0.1, "beyond"), (0.1, 0.0, 0.1, "spread"), (0.2, 0.2, 0.0, "words"), (0.2, 0.15, 0.1, "spread")]
    + [(0.0, -1.0, 0.0, "tie"), (-0.1, -0.5, 0.0, "wrong"), (0.2, -0.5, 0.1, "beyond")],
)
def test_a_margin_is_read_against_its_control(margin: float, control: float, spread: float, kind: str) -> None:
    assert judge_margin(margin=margin, control=control, spread=spread) == kind and kind in MARGIN_VERDICTS


def test_a_summary_counts_with_its_interval_and_chance() -> None:
    answer = make_answer([[0.5, 0.25], [0.5, 0.25]], [[0.0, 0.0], [0.0, 0.0]])
    assert summary_sentence(answer, has_own=True) == (
        "Nearest to its right caption: 50 % of 2 pictures (95 % interval 9 % to 91 %, chance 50 %);"
        " above the spread of word order: 1 of 2."
        " A few pictures are only an example: `leaderboard` asks models about many scenes."
    )
    tie = make_answer([[0.5, 0.5, 0.5]], [[0.0, 0.0, 0.0]])
    assert picture_verdicts(answer, has_own=True) == ["beyond", "wrong"] and picture_verdicts(
        answer, has_own=False
    ) == [
        "beyond",
        "beyond",
    ]
    assert [right_caption(answer, place, has_own=True) for place in (0, 1)] == [0, 1]
    assert right_caption(make_answer([[0.5, 0.25]], [[0.0, 0.0]]), 0, has_own=True) == 0, "only where there are as many"
    assert (right_margin([0.5, 0.25, 0.75], 2), right_margin([0.5], 0)) == (0.25, None)
    assert "50 % of 1 picture (" in summary_sentence(tie, has_own=True) and "chance 33 %" in summary_sentence(
        tie, has_own=True
    )
    assert summary_sentence(make_answer([[0.5]], [[0.0]]), has_own=True).startswith("One caption has nothing")


def test_scores_by_hand() -> None:
    margin = margins(np.array([[0.5, 0.2, 0.3], [0.1, 0.4, 0.0]]))
    assert margin is not None and np.allclose(margin, [0.2, -0.3]) and margins(np.array([[0.5]])) is None
    # The second picture prefers the first caption; both captions prefer their picture.
    assert pair_scores(np.array([[0.9, 0.1], [0.7, 0.6]])) == {"text_score": 0, "image_score": 1, "group_score": 0}
    assert pair_scores(np.zeros((1, 2))) is None and pair_scores(np.zeros((2, 3))) is None
    # Two captions, three orders: means 0.4 and 0.1, standard deviations 0.1 and 0.
    control = score_without_order(np.array([[[0.3, 0.4, 0.5], [0.1, 0.1, 0.1]]]))
    assert control is not None and control.orders == 3
    assert np.allclose(control.margin, [0.3]) and np.allclose(control.spread, [0.05])
    assert score_without_order(np.zeros((1, 1, 3))) is None


@pytest.mark.parametrize(
    ("cosine", "scale", "bias", "expected"),
    [
        ([0.3, 0.2], 10.0, None, [math.e / (math.e + 1), 1 / (math.e + 1)]),  # e^1 / (e^1 + e^0)
        ([0.3, 0.2, -1.0], 10.0, -2.0, [1 / (1 + math.exp(-1)), 0.5, 1 / (1 + math.exp(12))]),
        *(([1.0, -1.0], 1e6, bias, [1.0, 0.0]) for bias in (None, -10.0, 10.0)),
    ],
)
def test_probabilities_by_hand_and_without_overflow(
    cosine: list[float], scale: float, bias: float | None, expected: list[float]
) -> None:
    with np.errstate(all="raise", under="ignore"):
        assert np.allclose(probabilities(np.array([cosine]), scale=scale, bias=bias), [expected])
