"""A description holds what the model does to pixels, and a snippet makes the model as its origin says."""

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.clip.checkpoints import describe, snippet
from explorer.clip.clip import Clip, Origin
from explorer.clip.zoo import load
from explorer.codec import encode
from tests.unit.clip.folders import change_config, no_run
from tests.unit.toys import tiny_clip, tiny_folder


def test_a_description(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "model", siglip=True)
    change_config(folder, "preprocess_cfg", mean=[0.1, 0.2, 0.3], interpolation="bilinear")
    found = describe(load(str(folder), find_run=no_run))
    assert encode(found.preprocessing) == {
        "size": [32, 32],
        "mean": [0.1, 0.2, 0.3],
        "std": [0.25, 0.25, 0.25],
        "resize_mode": "squash",
        "interpolation": "bilinear",
    }
    assert (found.activation, found.logit_bias, found.notes) == ("GELU", -10.0, ())
    assert found.logit_scale == pytest.approx(10.0)
    assert (found.vocabulary, found.context_length) == (36, 33)
    assert found.parameters == sum(each.numel() for each in tiny_clip(siglip=True).model.parameters())


def test_a_description_of_a_model_that_was_just_made() -> None:
    found = describe(replace(tiny_clip(), preprocess={"size": 32, "mean": (0.5,), "std": (0.5,)}))
    pixels = found.preprocessing
    assert (pixels.size, pixels.resize_mode, pixels.interpolation) == ((32, 32), "shortest", "bicubic")
    assert found.logit_bias is None


def made(**origin: Any) -> Clip:
    return replace(tiny_clip(), origin=Origin(**origin))


@pytest.mark.parametrize(
    ("clip", "words"),
    [
        (
            made(architecture="ViT-B-32", tag="openai", quick_gelu=True),
            "('ViT-B-32', pretrained='openai', force_quick_gelu=True)",
        ),
        (made(architecture="local-dir:x", repository="a/b", weights=Path("x/y.bin")), "('hf-hub:a/b')"),
        (made(architecture="local-dir:x", repository="a/b", revision="v1"), "snapshot_download('a/b', revision='v1')"),
        (made(architecture="local-dir:x", named_tokenizer="c/d"), "HFTokenizer('c/d'"),
        (tiny_clip(), "('local-dir:FOLDER')"),
    ],
    ids=["tag", "hub", "revision", "tokenizer", "none"],
)
def test_each_origin_has_its_lines(clip: Clip, words: str) -> None:
    said = ["a {bus}", 'it\'s "quoted"']
    script = snippet(clip, ["a.png"], said)
    assert words in script
    (held,) = (line for line in ast.parse(script).body if ast.unparse(line).startswith("captions"))
    assert isinstance(held, ast.Assign) and ast.literal_eval(held.value) == said


def test_a_server_that_others_use_tells_no_folder() -> None:
    clip = made(architecture="local-dir:/secret/place", weights=Path("/secret/place/epoch_3.pt"))
    assert "secret" in snippet(clip, [], ["a"])
    assert "secret" not in (script := snippet(clip, [], ["a"], hide_folder=True)) and "FOLDER/epoch_3.pt" in script
