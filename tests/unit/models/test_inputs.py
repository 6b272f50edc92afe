"""Pictures and captions of a person reach the model as in plain open_clip, to the last bit of a pixel."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from models.inputs import encode_pictures, is_cut, prepare
from models.zoo import load
from tests.unit.models.test_zoo import change_config, no_run, register
from tests.unit.toys import GRAMMAR, NOUNS, tiny_clip, tiny_folder


def picture(width: int, height: int, mode: str = "RGB") -> Image.Image:
    values = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values).convert(mode)


@pytest.mark.parametrize("resize_mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_pixels_are_those_of_open_clip(tmp_path: Path, resize_mode: str, interpolation: str) -> None:
    folder = tiny_folder(tmp_path / "model")
    change_config(folder, "preprocess_cfg", resize_mode=resize_mode, interpolation=interpolation, mean=[0.1, 0.2, 0.3])
    clip = load(str(folder), find_run=no_run)
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    pictures = [picture(90, 41), picture(20, 33, "RGBA"), picture(31, 31, "L"), picture(50, 64, "P")]
    expected = torch.stack([preprocess(each) for each in pictures])
    assert torch.equal(prepare(clip, iter(pictures)), expected)
    with torch.inference_mode():
        features = model.eval().encode_image(expected)
    assert torch.allclose(encode_pictures(clip, pictures), features, atol=1e-6)


def test_a_long_caption_is_noticed_where_words_are_tokens() -> None:
    clip = tiny_clip()
    most = GRAMMAR.context_length - 2
    assert is_cut(clip, [" ".join([NOUNS[0]] * most), " ".join([NOUNS[0]] * (most + 1)), "a"]) == [False, True, False]


def test_a_long_caption_is_noticed_where_parts_of_words_are_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """75 tokens fit between the edges; "!" is the id of padding."""
    register(monkeypatch, tmp_path / "weights.safetensors")
    clip = load("toy/made", find_run=no_run)
    texts = ["bus " * 75, "bus " * 76, "", "!" * 300, "é" * 300]
    assert is_cut(clip, texts) == [False, True, False, is_longer("!" * 300), True]
    assert is_cut(replace(clip, words=("[PAD]",)), ["bus " * 76]) == [True]
    assert is_cut(clip, []) == []


def is_longer(text: str) -> bool:
    """By open_clip's tokenizer itself."""
    return len(open_clip.SimpleTokenizer().encode(text)) > 75
