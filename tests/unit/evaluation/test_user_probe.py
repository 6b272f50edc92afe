"""A model, pictures and captions to one answer: plain open_clip's numbers, and scores and verdicts by hand."""

import json
import math
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from explorer.clip.clip import Clip
from explorer.clip.names import Preprocessing
from explorer.clip.zoo import load
from explorer.codec import decode, encode
from explorer.evaluation.asking import bag_orders, cosines, margins, order_free, pair_scores, probabilities, probe
from explorer.evaluation.results import Estimate
from explorer.evaluation.user_probe import (
    VERDICTS,
    NoMaps,
    OrderFree,
    ProbeAnswer,
    RelevanceMaps,
    judge,
    margin_of,
    right_caption,
    summary,
    table_of,
    verdicts,
)
from explorer.evaluation.verdict import of_binding
from tests.unit.toys import CAPTIONS, COLORS, NOUNS, caption, tiny_folder

RED, BLUE = (caption(f"{COLORS[i]} {NOUNS[0]}", f"{COLORS[1 - i]} {NOUNS[1]}") for i in (0, 1))


def pictures(count: int) -> list[Image.Image]:
    rng = np.random.default_rng(3)
    return [Image.fromarray(rng.integers(0, 256, (20 + i, 50, 3), dtype=np.uint8)) for i in range(count)]


@pytest.fixture(params=[False, True], ids=["softmax", "sigmoid"])
def clip(request: pytest.FixtureRequest, tmp_path: Path) -> Clip:
    return load(str(tiny_folder(tmp_path / "model", seed=5, siglip=request.param)), find_run=lambda _: None)


def test_numbers_are_those_of_plain_open_clip(clip: Clip) -> None:
    answer = probe(clip, pictures(2), [RED, BLUE, CAPTIONS[1]], rng=np.random.default_rng(0))
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
    document = encode(answer)
    assert document["n"] == {"images": 2, "captions": 3} and document["pair_scores"] is None
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert decode(ProbeAnswer, document) == answer


def test_the_control_is_zero_for_a_swap_and_not_for_other_words(clip: Clip) -> None:
    swapped = probe(clip, pictures(2), [RED, BLUE], rng=np.random.default_rng(0))
    assert swapped.order_free is not None and swapped.order_free.margin == (0.0, 0.0)
    assert min(swapped.order_free.spread) > 0 and swapped.margin != (0.0, 0.0)
    assert set(swapped.pair_scores or ()) == {"text_score", "image_score", "group_score"}
    others = probe(clip, pictures(1), [RED, CAPTIONS[1]], rng=np.random.default_rng(0))
    assert others.order_free is not None and others.order_free.margin != (0.0,)
    alone = probe(clip, pictures(1), [RED], rng=np.random.default_rng(0))
    assert alone.margin is None and alone.order_free is None and decode(ProbeAnswer, encode(alone)) == alone


def test_what_is_not_read_is_said(clip: Clip) -> None:
    long = " ".join([NOUNS[0]] * 40)
    found = probe(clip, pictures(1), [RED, long, "a zebra"], rng=np.random.default_rng(0)).warnings
    assert found == (
        "Caption 2 is longer than the 33 tokens that the model reads: cut.",
        "Caption 3 has words that the model has never read: zebra.",
    )


def test_maps_of_the_first_captions(clip: Clip) -> None:
    answer = probe(clip, pictures(2), [RED, BLUE, CAPTIONS[1]], rng=np.random.default_rng(0), mapped=2)
    found = answer.relevance
    assert isinstance(found, RelevanceMaps)
    assert np.shape(found.maps) == (2, 2, 2, 2) and np.shape(found.quarters) == (2, 2, 4)
    # Two by two patches are the quarters.
    assert np.allclose(np.reshape(found.maps, (2, 2, 4)), found.quarters, atol=1e-4)
    assert len(found.seen) == 2 and found.captions == 2
    document = encode(answer)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert decode(ProbeAnswer, document) == answer
    assert probe(clip, pictures(2), [RED], rng=np.random.default_rng(0)).relevance is None


def test_a_tower_without_maps_says_why_and_is_scored(monkeypatch: pytest.MonkeyPatch, clip: Clip) -> None:
    monkeypatch.setattr(clip.model.visual, "pool_type", "avg")
    answer = probe(clip, pictures(1), [RED, BLUE], rng=np.random.default_rng(0), mapped=2)
    assert isinstance(answer.relevance, NoMaps) and answer.relevance.why.startswith("No map: ")
    assert set(encode(answer)["relevance"]) == {"why"} and decode(ProbeAnswer, encode(answer)) == answer
    assert np.shape(answer.cosine) == (1, 2)


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
        " above the spread of word order: 1 of 2. This is an example; leaderboard is the answer."
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
