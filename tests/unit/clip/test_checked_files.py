"""Files from outside: what is whole passes, and each lie, limit and impossible number is one sentence."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load
from safetensors.torch import save_file

from explorer.clip import checked_files
from explorer.clip.checked_files import (
    ModelFileError,
    TensorHeader,
    check_config,
    check_for_browser,
    check_plain_config,
    check_plain_tokenizer,
    check_preprocessing,
    convert_to_half,
    count_numbers,
    read_header,
)
from explorer.clip.clip import make_word_tokenizer
from explorer.clip.configs import config_names, model_config
from explorer.clip.open_clip_import import open_clip
from tests.unit.toys import GRAMMAR


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "x.safetensors"


def refusal_by(check: Callable[..., Any], given: Any) -> str:
    with pytest.raises(ModelFileError) as caught:
        check(given)
    return str(caught.value)


def write_header(path: Path, header: Any, data: bytes = b"", length: int | None = None) -> Path:
    """A file with any header at all."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text + data)
    return path


def entry(**changes: Any) -> dict[str, Any]:
    return {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]} | changes


def test_what_safetensors_writes_is_read(file: Path) -> None:
    tensors = {"a": torch.zeros(2, 3), "b": torch.zeros(4, dtype=torch.bfloat16), "c": torch.tensor(1.0)}
    save_file(tensors, file, metadata={"format": "pt"})
    header = read_header(file)
    assert header == {
        "a": TensorHeader(dtype="F32", shape=(2, 3)),
        "b": TensorHeader(dtype="BF16", shape=(4,)),
        "c": TensorHeader(dtype="F32", shape=()),
    }
    assert count_numbers(header) == 6 + 4 + 1


LIES: dict[str, tuple[Any, int, str]] = {
    "no JSON": (b"{not json", 0, "no JSON object"),
    "a list": ([1], 0, "no JSON object"),
    "deep": (b"[" * 100_000, 0, "no JSON object"),
    "no tensor": ({"__metadata__": {}}, 0, "0 tensors"),
    "no entry": ({"a": 1}, 8, "no JSON object of tensors"),
    "another dtype": ({"a": entry(dtype="F99")}, 8, "no JSON object of tensors"),
    "a dtype that torch lacks": ({"a": entry(dtype="F4", shape=[16])}, 8, "tensor a"),
    "a larger shape": ({"a": entry(shape=[2, 10**9])}, 8, "does not fit a tensor"),
    "a shape beyond all numbers": ({"a": entry(shape=[2**40, 2**40])}, 8, "does not fit a tensor"),
    "no number, and a side beyond all": ({"a": entry(shape=[0, 2**63], data_offsets=[0, 0])}, 0, "tensor a"),
    "no number, and sides that numpy cannot have": (
        {"a": entry(shape=[2**31, 0, 2**31, 2**31], data_offsets=[0, 0])}, 0, "tensor a",
    ),
    "a negative shape": ({"a": entry(shape=[-2, -1])}, 8, "no JSON object of tensors"),
    "a bool": ({"a": entry(shape=[2, True])}, 8, "no JSON object of tensors"),
    "no places": ({"a": entry(data_offsets=[0])}, 8, "no JSON object of tensors"),
    "backwards": ({"a": entry(data_offsets=[8, 0])}, 8, "overlap"),
    "many sides": ({"a": entry(shape=[1] * 9, dtype="F64")}, 8, "tensor a"),
    "two in one place": ({"a": entry(), "b": entry()}, 8, "overlap"),
    "a gap": ({"a": entry(), "b": entry(data_offsets=[16, 24])}, 24, "gaps"),
    "cut off": ({"a": entry()}, 7, "cut off"),
    "too long": ({"a": entry()}, 9, "too long"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused(file: Path, lie: str) -> None:
    header, size, words = LIES[lie]
    assert words in refusal_by(read_header, write_header(file, header, bytes(size)))


@pytest.mark.parametrize("length", [1, 10**4, 2**63])
def test_a_header_longer_than_the_file_is_not_read(file: Path, length: int) -> None:
    assert "no safetensors file" in refusal_by(read_header, write_header(file, {"a": entry()}, bytes(8), length=length))
    file.write_bytes(b"")
    assert "no safetensors file" in refusal_by(read_header, file)


@pytest.mark.parametrize(
    ("limit", "words"), [("MAX_HEADER_BYTES", "header of"), ("MAX_WEIGHT_BYTES", "most"), ("MAX_TENSORS", "tensors")]
)
def test_there_are_limits(file: Path, limit: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_header(file, {"a": entry(), "b": entry(data_offsets=[8, 16])}, bytes(16))
    assert len(read_header(file)) == 2
    monkeypatch.setattr(checked_files, limit, 1)
    assert words in refusal_by(read_header, file)


def test_tensors_are_halved_and_scalars_are_not(file: Path) -> None:
    tensors = {"matrix": torch.tensor([[0.1, -2.0]]), "logit_scale": torch.tensor(3.9001), "steps": torch.tensor([7])}
    save_file(tensors, file)
    halved = load(convert_to_half(file))
    assert halved["matrix"].dtype == np.float16 and halved["logit_scale"].dtype == np.float32
    assert halved["matrix"].tolist() == [[0.0999755859375, -2.0]] and halved["logit_scale"] == np.float32(3.9001)
    assert halved["steps"].dtype == np.int64 and halved["steps"] == 7
    assert len(convert_to_half(file)) < file.stat().st_size


def test_what_a_browser_cannot_take(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_file({"large": torch.tensor([7e4])}, file)
    assert "large do not fit 16 bits" in refusal_by(convert_to_half, file)
    save_file({"brain": torch.ones(2, dtype=torch.bfloat16)}, file)
    assert "stored as BF16" in refusal_by(check_for_browser, file)
    save_file({"matrix": torch.zeros(2, 2)}, file)
    monkeypatch.setattr(checked_files, "MAX_BROWSER_NUMBERS", 3)
    assert "it has 4 numbers, a browser takes 3 at most" in refusal_by(check_for_browser, file)


def document(name: str = "small", **vision: Any) -> dict[str, Any]:
    config = model_config(name, words=GRAMMAR.words, context_length=GRAMMAR.context_length, eos_id=2)
    return {"model_cfg": config | {"vision_cfg": config["vision_cfg"] | vision}}


def test_configs_that_exist_pass() -> None:
    names = open_clip.list_models()
    assert len(names) > 100
    for name in names:
        check_config(open_clip.get_model_config(name))
    for name in config_names():
        check_plain_config(document(name))
    check_preprocessing(
        {"size": (224, 224), "mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5), "interpolation": "bicubic"}
    )


def test_tokenizers_that_exist_pass(tmp_path: Path) -> None:
    from transformers import CLIPTokenizer  # two seconds, which a collection of fast tests does not wait for

    CLIPTokenizer(vocab={"<|startoftext|>": 0, "<|endoftext|>": 1, "a</w>": 2}, merges=[]).save_pretrained(tmp_path)
    for text in (make_word_tokenizer(GRAMMAR.words).to_str(), (tmp_path / "tokenizer.json").read_text()):
        check_plain_tokenizer(json.loads(text))


OTHER_TOWERS: list[tuple[Any, str]] = [
    ({"layers": [1, 1, 1]}, "4 whole numbers"),
    ({"layers": [1, 1, 1, "timm"]}, "4 whole numbers"),
    ({"layers": [1, 1, 1, True]}, "4 whole numbers"),
    ({"layers": [1, 1, 1, 10**6]}, "layers=1000000"),
    ({"layers": "resnet50"}, "another kind of value in vision_cfg.layers"),
    ({"timm_model_name": "resnet50"}, "vision_cfg.timm_model_name, which no plain CLIP has"),
]
PIXELS: list[tuple[Any, str]] = [
    ({"std": [0.5, 0.0, 0.5]}, "std="),
    ({"std": [0.5, 0.5]}, "give three numbers above 0 to 1000"),
    ({"std": "0.5"}, "std=0.5, give three numbers"),
    ({"mean": [float("nan"), 0, 0]}, "give three numbers from -1000 to 1000"),
    ({"size": 0}, "size=0, give a whole number from 1 to 4096"),
    ({"size": [64, 10**9]}, "size=1000000000, give a whole number from 1 to 4096"),
]


@pytest.mark.parametrize(
    ("check", "given", "words"),
    [(check_plain_config, document(**vision), words) for vision, words in OTHER_TOWERS]
    + [(check_preprocessing, pixels, words) for pixels, words in PIXELS],
)
def test_other_towers_and_pixels_are_refused(check: Callable[..., Any], given: Any, words: str) -> None:
    assert words in refusal_by(check, given)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("embed_dim", float("nan"), "embed_dim=nan, give a whole number from 1 to 200000"),
        ("embed_dim", "512", "embed_dim=512, give a whole number"),
        ("init_logit_scale", float("inf"), "init_logit_scale=inf, give a number from -200000 to 200000"),
        ("vision_cfg.patch_size", 16.5, "patch_size=16.5, give a whole number from 1"),
        ("vision_cfg.patch_size", 225, "patch_size=225, give a whole number from 1 to image_size=224"),
        ("vision_cfg.image_size", [224, 0], "image_size=0, give a whole number from 1 to 4096"),
        ("vision_cfg.layers", [3, 10**6], "layers=1000000, give a whole number from 1 to 256"),
        ("vision_cfg.head_width", 1000, "head_width=1000, give a divisor of width=768"),
        ("vision_cfg.mlp_ratio", 0, "mlp_ratio=0, give a number above 0 to 200000"),
        ("vision_cfg.mlp_ratio", -4.0, "mlp_ratio=-4.0, give a number above 0"),
        ("text_cfg.heads", 7, "heads=7, give a divisor of width=512"),
        ("text_cfg.vocab_size", 10**13, "vocab_size=10000000000000, give a whole number from 1 to 2000000"),
        ("text_cfg.context_length", -1, "context_length=-1, give a whole number from 1 to 32768"),
        ("text_cfg.eos_id", -1, "eos_id=-1, give a number from 0"),
    ],
)
def test_a_number_that_no_model_has_is_one_sentence(path: str, value: Any, words: str) -> None:
    config = open_clip.get_model_config("ViT-B-16")
    *sections, field = path.split(".")
    (config[sections[0]] if sections else config)[field] = value
    assert f"its config says {words}" in refusal_by(check_config, config)
