"""Configs of CLIPs: those that exist pass; numbers that no model has, and names of libraries in an import, do not."""

from copy import deepcopy
from typing import Any

import open_clip
import pytest

from explorer.clip.checked_files import WeightsError, check_config, check_pixels, check_plain_config
from explorer.clip.names import config_names, model_config
from tests.unit.toys import GRAMMAR


def document(name: str = "small", **vision: Any) -> dict[str, Any]:
    config = model_config(name, words=GRAMMAR.words, context_length=GRAMMAR.context_length, eos_id=2)
    return {"model_cfg": config | {"vision_cfg": config["vision_cfg"] | vision}}


@pytest.mark.parametrize("name", config_names())
def test_every_architecture_that_is_trained_here_is_plain(name: str) -> None:
    check_plain_config(document(name))


@pytest.mark.parametrize(
    ("vision", "words"),
    [
        ({"layers": [1, 1, 1]}, "4 whole numbers"),
        ({"layers": [1, 1, 1, "timm"]}, "4 whole numbers"),
        ({"layers": [1, 1, 1, True]}, "4 whole numbers"),
        ({"layers": [1, 1, 1, 10**6]}, "layers=1000000"),
        ({"layers": "resnet50"}, "another kind of value in vision_cfg.layers"),
        ({"timm_model_name": "resnet50"}, "vision_cfg.timm_model_name, which no plain CLIP has"),
    ],
)
def test_towers_of_other_kinds_are_refused(vision: dict[str, Any], words: str) -> None:
    with pytest.raises(WeightsError, match=words):
        check_plain_config(document(**vision))


def changed(config: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy with one field of a path such as vision_cfg.layers set."""
    found = deepcopy(config)
    *sections, field = path.split(".")
    inner = found
    for section in sections:
        inner = inner[section]
    inner[field] = value
    return found


def test_every_config_of_open_clip_passes() -> None:
    names = open_clip.list_models()
    assert len(names) > 100
    for name in names:
        check_config(open_clip.get_model_config(name))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("embed_dim", 0, "embed_dim=0, give a whole number from 1 to 200000"),
        ("embed_dim", float("nan"), "embed_dim=nan, give a whole number from 1 to 200000"),
        ("embed_dim", "512", "embed_dim=512, give a whole number"),
        ("init_logit_scale", float("inf"), "init_logit_scale=inf, give a number from -200000 to 200000"),
        ("vision_cfg.patch_size", 0, "patch_size=0, give a whole number from 1 to 200000"),
        ("vision_cfg.patch_size", -16, "patch_size=-16, give a whole number from 1"),
        ("vision_cfg.patch_size", 16.5, "patch_size=16.5, give a whole number from 1"),
        ("vision_cfg.patch_size", 225, "patch_size=225, give a whole number from 1 to image_size=224"),
        ("vision_cfg.image_size", 0, "image_size=0, give a whole number from 1 to 4096"),
        ("vision_cfg.image_size", [224, 0], "image_size=0, give a whole number from 1 to 4096"),
        ("vision_cfg.layers", 0, "layers=0, give a whole number from 1 to 256"),
        ("vision_cfg.layers", [3, 4, 0, 3], "layers=0, give a whole number from 1 to 256"),
        ("vision_cfg.layers", [3, 10**6], "layers=1000000, give a whole number from 1 to 256"),
        ("vision_cfg.width", 0, "width=0, give a whole number from 1"),
        ("vision_cfg.head_width", 0, "head_width=0, give a whole number from 1"),
        ("vision_cfg.head_width", 1000, "head_width=1000, give a divisor of width=768"),
        ("vision_cfg.mlp_ratio", 0, "mlp_ratio=0, give a number above 0 to 200000"),
        ("vision_cfg.mlp_ratio", -4.0, "mlp_ratio=-4.0, give a number above 0"),
        ("text_cfg.heads", 0, "heads=0, give a whole number from 1"),
        ("text_cfg.heads", 7, "heads=7, give a divisor of width=512"),
        ("text_cfg.vocab_size", 10**13, "vocab_size=10000000000000, give a whole number from 1 to 2000000"),
        ("text_cfg.context_length", -1, "context_length=-1, give a whole number from 1 to 32768"),
        ("text_cfg.eos_id", -1, "eos_id=-1, give a number from 0"),
    ],
)
def test_a_number_that_no_model_has_is_one_sentence(path: str, value: Any, words: str) -> None:
    config = open_clip.get_model_config("ViT-B-16")
    with pytest.raises(WeightsError, match="its config says") as caught:
        check_config(changed(config, path, value))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        ({"std": [0.5, 0.0, 0.5]}, "std="),
        ({"std": [0.5, 0.5]}, "give three numbers above 0 to 1000"),
        ({"std": "0.5"}, "std=0.5, give three numbers"),
        ({"mean": [float("nan"), 0, 0]}, "give three numbers from -1000 to 1000"),
        ({"size": 0}, "size=0, give a whole number from 1 to 4096"),
        ({"size": [64, 10**9]}, "size=1000000000, give a whole number from 1 to 4096"),
    ],
)
def test_pixels_that_no_model_reads(pixels: dict[str, Any], words: str) -> None:
    check_pixels({"size": (224, 224), "mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5), "interpolation": "bicubic"})
    with pytest.raises(WeightsError) as caught:
        check_pixels(pixels)
    assert words in str(caught.value)
