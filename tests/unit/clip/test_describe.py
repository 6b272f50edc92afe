"""A description holds what the model does to pixels, and a snippet makes the model as its origin says."""

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.clip.checkpoints import describe_model, write_snippet
from explorer.clip.clip import Clip, Origin
from tests.unit.toys import tiny_clip


def test_a_description() -> None:
    clip = replace(tiny_clip(siglip=True), preprocess={"size": 32, "mean": (0.5,), "std": (0.5,)})
    description = describe_model(clip)
    pixels = description.preprocessing
    assert (pixels.size, pixels.resize_mode, pixels.interpolation) == ((32, 32), "shortest", "bicubic")
    assert (description.activation, description.logit_bias, description.logit_scale) == (
        "GELU",
        -10.0,
        pytest.approx(10.0),
    )
    assert (description.vocabulary, description.context_length, description.notes) == (36, 33, ())
    assert description.parameters == sum(each.numel() for each in clip.model.parameters())
    assert describe_model(tiny_clip()).logit_bias is None


def clip_from(**origin: Any) -> Clip:
    return replace(tiny_clip(), origin=Origin(**origin))


ORIGINS: dict[str, dict[str, Any]] = {
    "('ViT-B-32', pretrained='openai', force_quick_gelu=True)": {
        "architecture": "ViT-B-32", "tag": "openai", "quick_gelu": True,
    },
    "('hf-hub:a/b')": {"architecture": "local-dir:x", "repository": "a/b", "weights": Path("x/y.bin")},
    "snapshot_download('a/b', revision='v1')": {
        "architecture": "local-dir:x", "repository": "a/b", "revision": "v1",
    },
    "HFTokenizer('c/d'": {"architecture": "local-dir:x", "named_tokenizer": "c/d"},
    "load_openai_model('x.pt'": {"architecture": "", "layout": "openai", "weights": Path("x.pt")},
    "('ViT-B-32', pretrained='x.pt')": {"architecture": "ViT-B-32", "layout": "checkpoint", "weights": Path("x.pt")},
}  # fmt: skip


@pytest.mark.parametrize("words", ORIGINS)
def test_each_origin_has_its_lines(words: str) -> None:
    captions = ["a {bus}", 'it\'s "quoted"']
    script = write_snippet(clip_from(**ORIGINS[words]), ["a.png"], captions)
    assert words in script and "('local-dir:FOLDER')" in write_snippet(tiny_clip(), ["a.png"], captions)
    (held,) = (line for line in ast.parse(script).body if ast.unparse(line).startswith("captions"))
    assert isinstance(held, ast.Assign) and ast.literal_eval(held.value) == captions


def test_a_server_that_others_use_tells_no_folder() -> None:
    clip = clip_from(architecture="local-dir:/secret/place", weights=Path("/secret/place/epoch_3.pt"))
    assert "secret" in write_snippet(clip, [], ["a"])
    assert (
        "secret" not in (script := write_snippet(clip, [], ["a"], hides_folder=True)) and "FOLDER/epoch_3.pt" in script
    )
