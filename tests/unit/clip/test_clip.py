"""A model takes pixels and words as open_clip does, only faster, and its weights follow from the seed alone."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.clip.clip import are_truncated, make_word_tokenizer
from explorer.clip.open_clip_import import open_clip
from tests.unit.clip.folders import open_model, register_pretrained
from tests.unit.toys import CAPTIONS, COLORS, GRAMMAR, NOUNS, noise_images, tiny_clip

EOS = GRAMMAR.words.index("[EOS]")


def test_weights_follow_from_the_seed_alone_and_disturb_no_random_numbers() -> None:
    torch.manual_seed(5)
    first = tiny_clip(seed=3).model.state_dict()
    torch.rand(7)
    before = (torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate())
    again, other = tiny_clip(seed=3).model.state_dict(), tiny_clip(seed=4).model.state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["visual.proj"], other["visual.proj"])
    assert not torch.equal(first["token_embedding.weight"], other["token_embedding.weight"])
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tolist() == before[1] and random.getstate() == before[2]


@pytest.mark.parametrize("kind", [torch.uint8, torch.float32])
def test_pixels_are_normalized(kind: torch.dtype) -> None:
    clip = replace(tiny_clip(), preprocess={"size": 32, "mean": (0.1, 0.2, 0.3), "std": (0.5, 0.25, 2.0)})
    images = noise_images(3).to(kind)
    original = images.clone()
    pixels = clip.pixels(images)
    mean, std = torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1), torch.tensor([0.5, 0.25, 2.0]).view(3, 1, 1)
    assert torch.allclose(pixels, (images / 255 - mean) / std, atol=1e-5)
    assert pixels.dtype == torch.float32
    assert torch.equal(images, original)


def test_words_become_the_ids_that_the_exported_tokenizer_gives() -> None:
    clip, exported = tiny_clip(), make_word_tokenizer(GRAMMAR.words)
    known = f"{COLORS[2]} {NOUNS[1]}"
    odd = ["", f"A  {known.upper()}", f"\tan\n{known} ", f"a zebra and a {known}", f"a {known}.", "[EOS] a [UNK]"]
    texts = [*CAPTIONS, *odd]
    for text, row in zip(texts, clip.ids(texts).tolist(), strict=True):
        ids = exported.encode(text).ids
        assert row == ids + [0] * (GRAMMAR.context_length - len(ids)), text


def test_a_caption_that_is_too_long_is_cut_keeps_its_end_and_is_noticed() -> None:
    clip, most = tiny_clip(), GRAMMAR.context_length - 2
    ids = clip.ids(["a " * 100])
    assert ids.shape == (1, GRAMMAR.context_length) and int(ids[0, -1]) == EOS and (ids != 0).all()
    assert are_truncated(clip, [" ".join([NOUNS[0]] * most), " ".join([NOUNS[0]] * (most + 1)), "a"]) == [
        False,
        True,
        False,
    ]


def test_a_long_caption_is_noticed_where_parts_of_words_are_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """75 tokens fit between the edges; "!" is the id of padding."""
    register_pretrained(monkeypatch, tmp_path / "weights.safetensors")
    clip = open_model("toy/made")
    texts = ["bus " * 75, "bus " * 76, "", "!" * 300, "é" * 300]
    is_longer = len(open_clip.SimpleTokenizer().encode("!" * 300)) > 75
    assert are_truncated(clip, texts) == [False, True, False, is_longer, True]
    assert are_truncated(replace(clip, words=("[PAD]",)), ["bus " * 76]) == [True]
    assert are_truncated(clip, []) == []
