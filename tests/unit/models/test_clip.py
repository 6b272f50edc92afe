"""A model takes pixels and words as open_clip does, only faster, and its weights follow from the seed alone."""

import random
from dataclasses import replace
from typing import Any

import numpy as np
import open_clip
import pytest
import torch

from models import clip as module
from models.clip import Clip, new_clip
from models.words import word_level_tokenizer
from tests.unit.toys import CAPTIONS, COLORS, GRAMMAR, NOUNS, noise_images, tiny_clip, tiny_config

EOS = GRAMMAR.words.index("[EOS]")


def widths_of(clip: Clip, ids: torch.Tensor) -> list[int]:
    """How many places the text tower read in one `encode_ids`."""
    seen: list[int] = []
    hook = clip.model.transformer.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0].shape[1]))
    with torch.inference_mode():
        clip.encode_ids(ids)
    hook.remove()
    return seen


@pytest.mark.parametrize("pool", ["eos", "argmax"])
@pytest.mark.parametrize("captions", [CAPTIONS, CAPTIONS[:1], CAPTIONS[1:2]], ids=["mixed", "two objects", "one"])
def test_cutting_the_context_changes_no_embedding(pool: str, captions: tuple[str, ...]) -> None:
    clip = tiny_clip(pool_type=pool)
    ids = clip.ids(captions)
    with torch.inference_mode():
        cut, whole = clip.encode_ids(ids), clip.model.encode_text(ids)
    assert torch.allclose(cut, whole, atol=1e-5, rtol=0)
    longest = max(len(caption.split()) for caption in captions) + 2
    assert widths_of(clip, ids) == [longest] != [GRAMMAR.context_length]


def test_the_projection_may_be_a_layer_or_none() -> None:
    for choices in ({"proj_bias": True}, {"proj_type": "none"}):
        clip = tiny_clip(**choices)
        ids = clip.ids(CAPTIONS)
        with torch.inference_mode():
            assert torch.allclose(clip.encode_ids(ids), clip.model.encode_text(ids), atol=1e-5, rtol=0), choices


def test_a_token_of_id_zero_inside_a_caption_is_no_padding() -> None:
    """In open_clip's own vocabulary "!" is 0 and the end of text is the highest id."""
    clip = tiny_clip(pool_type="argmax")
    top = len(GRAMMAR.words) - 1
    ids = torch.zeros(2, GRAMMAR.context_length, dtype=torch.int64)
    ids[0, :5] = torch.tensor([1, 0, 0, 9, top])
    ids[1, :2] = torch.tensor([1, top])
    with torch.inference_mode():
        assert torch.allclose(clip.encode_ids(ids), clip.model.encode_text(ids), atol=1e-5, rtol=0)


def test_empty_rows_and_an_empty_batch_are_encoded() -> None:
    clip = tiny_clip()
    with torch.inference_mode():
        empty = torch.zeros(2, GRAMMAR.context_length, dtype=torch.int64)
        assert torch.allclose(clip.encode_ids(empty), clip.model.encode_text(empty), atol=1e-5, rtol=0)
        assert clip.encode_ids(empty[:0]).shape == (0, 16)


def test_a_tower_that_looks_ahead_is_not_cut() -> None:
    """Without a causal mask padding takes part, so a cut would change the result."""
    clip = tiny_clip(no_causal_mask=True)
    ids = clip.ids(CAPTIONS[:1])
    assert widths_of(clip, ids) == [GRAMMAR.context_length]
    with torch.inference_mode():
        assert torch.equal(clip.encode_ids(ids), clip.model.encode_text(ids))
        whole = clip.model.encode_text(ids)
        clip.model.attn_mask = torch.zeros(GRAMMAR.context_length, GRAMMAR.context_length)
        assert not torch.allclose(module._encode_cut(clip.model, ids), whole, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", ["custom text", "pooling at the last place"])
def test_other_models_are_encoded_by_open_clip(kind: str) -> None:
    if kind == "custom text":
        clip = replace(tiny_clip(), model=open_clip.CustomTextCLIP(**tiny_config()))
    else:
        clip = tiny_clip(pool_type="last")
    clip.model.eval()
    ids = clip.ids(CAPTIONS[:2])
    with torch.inference_mode():
        assert torch.equal(clip.encode_ids(ids), clip.model.encode_text(ids))
    assert not module._can_cut(clip.model)


def test_weights_follow_from_the_seed_alone() -> None:
    torch.manual_seed(5)
    first = tiny_clip(seed=3).model.state_dict()
    torch.rand(7)
    again, other = tiny_clip(seed=3).model.state_dict(), tiny_clip(seed=4).model.state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["visual.proj"], other["visual.proj"])
    assert not torch.equal(first["token_embedding.weight"], other["token_embedding.weight"])


def test_making_a_model_leaves_the_random_numbers_of_others_alone() -> None:
    before = (torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate())
    tiny_clip(seed=9)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tolist() == before[1]
    assert random.getstate() == before[2]


def test_pixels_are_normalised() -> None:
    clip = replace(tiny_clip(), preprocess={"size": 32, "mean": (0.1, 0.2, 0.3), "std": (0.5, 0.25, 2.0)})
    images = noise_images(3)
    kept = images.clone()
    found = clip.pixels(images)
    mean, std = torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1), torch.tensor([0.5, 0.25, 2.0]).view(3, 1, 1)
    assert torch.allclose(found, (images / 255 - mean) / std, atol=1e-5)
    assert found.dtype == torch.float32
    assert torch.equal(images, kept)


def test_pixels_do_not_write_into_floats_either() -> None:
    images = noise_images(1).float()
    kept = images.clone()
    tiny_clip().pixels(images)
    assert torch.equal(images, kept)


@pytest.mark.parametrize("size", [32, (32, 32), [32, 32]])
def test_image_size_is_read_in_every_form(size: Any) -> None:
    assert replace(tiny_clip(), preprocess={"size": size}).image_size == 32


def test_words_become_the_ids_that_the_exported_tokenizer_gives() -> None:
    clip, exported = tiny_clip(), word_level_tokenizer(GRAMMAR.words)
    known = f"{COLORS[2]} {NOUNS[1]}"
    odd = ["", f"A  {known.upper()}", f"\tan\n{known} ", f"a zebra and a {known}", f"a {known}.", "[EOS] a [UNK]"]
    texts = [*CAPTIONS, *odd]
    for text, row in zip(texts, clip.ids(texts).tolist(), strict=True):
        told = exported.encode(text).ids
        assert row == told + [0] * (GRAMMAR.context_length - len(told)), text


def test_ids_are_the_words_of_the_caption() -> None:
    row = tiny_clip().ids([f"a {COLORS[0]} zebra"])[0].tolist()
    words = [GRAMMAR.words[number] for number in row]
    assert words[:6] == ["[BOS]", "a", COLORS[0], "[UNK]", "[EOS]", "[PAD]"]
    assert set(words[5:]) == {"[PAD]"}


def test_a_caption_that_is_too_long_is_cut_and_keeps_its_end() -> None:
    ids = tiny_clip().ids(["a " * 100])
    assert ids.shape == (1, GRAMMAR.context_length)
    assert int(ids[0, -1]) == EOS
    assert (ids != 0).all()


def test_grammar_and_tokenizer_agree() -> None:
    """Training feeds the grammar's ids, everybody else text."""
    said = [GRAMMAR.parse(caption) for caption in CAPTIONS]
    for caption, sentence in zip(CAPTIONS, said, strict=True):
        assert GRAMMAR.ids(sentence).tolist() == tiny_clip().ids([caption]).tolist()


def test_a_new_model_knows_its_words_and_name() -> None:
    clip = new_clip(tiny_config(), words=list(GRAMMAR.words), seed=0, name="mine")
    assert (clip.name, clip.words, clip.context_length) == ("mine", GRAMMAR.words, GRAMMAR.context_length)
    assert clip.device.type == "cpu"
