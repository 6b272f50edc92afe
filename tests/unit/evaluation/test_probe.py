"""A model, pictures and captions to one answer: its numbers are plain open_clip's, its warnings name what is lost."""

import json
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from explorer.clip.clip import Clip
from explorer.clip.zoo import load
from explorer.codec import decode, encode
from explorer.evaluation.asking import probe
from explorer.evaluation.user_probe import NoMaps, ProbeAnswer, RelevanceMaps
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
