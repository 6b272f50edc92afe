"""Folders and files of models that the tests of loading make, damage and look at.

change_config(folder, "vision_cfg", layers=0)
refusal_of(folder)                  # the sentence; open_model(folder), notes_of(folder) where it loads
"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.clip.clip import Clip
from explorer.clip.names import ModelError
from explorer.clip.open_clip_import import open_clip
from explorer.clip.zoo import load_clip
from tests.unit.toys import CAPTIONS, GRAMMAR, noise_images, tiny_clip, tiny_config

CONFIG, WEIGHTS = "open_clip_config.json", "open_clip_model.safetensors"


def no_run(_: str) -> Path | None:
    return None


def open_model(name: str | Path) -> Clip:
    return load_clip(str(name), find_run_model=no_run)


def notes_of(name: str | Path) -> tuple[str, ...]:
    origin = open_model(name).origin
    assert origin is not None
    return origin.notes


def refusal_of(name: str | Path, **options: Any) -> str:
    """The sentence with which `name` is refused: one line that names the model."""
    with pytest.raises(ModelError) as caught:
        load_clip(str(name), find_run_model=no_run, **options)
    sentence = str(caught.value)
    assert sentence.startswith("model=") and len(sentence) < 600
    assert sentence.isprintable() and sentence == " ".join(sentence.split())
    return sentence


def assert_is_seven(clip: Clip) -> None:
    """The model of the fixture `folder`, in evaluation mode."""
    expected = tiny_clip(seed=7)
    expected.model.eval()
    images = noise_images(2)
    with torch.inference_mode():
        assert torch.equal(clip.encode_images(images), expected.encode_images(images))
        assert torch.equal(clip.encode_ids(clip.ids(CAPTIONS)), expected.encode_ids(expected.ids(CAPTIONS)))
    assert not clip.model.training
    assert clip.words == GRAMMAR.words
    assert clip.config == expected.config
    assert clip.image_size == 32


def change_config(folder: Path, part: str, **fields: Any) -> None:
    """Replace fields of one part of the config: model_cfg, text_cfg, vision_cfg or preprocess_cfg."""
    written = json.loads((folder / CONFIG).read_text())
    inside = written if part in ("model_cfg", "preprocess_cfg") else written["model_cfg"]
    inside[part] |= fields
    (folder / CONFIG).write_text(json.dumps(written))


def change_weights(folder: Path, *gone: str, **changed: torch.Tensor) -> None:
    """Leave out weights and put in others; a dot in a name is written as two underscores."""
    weights = {name: each for name, each in load_file(folder / WEIGHTS).items() if name not in gone}
    save_file(weights | {name.replace("__", "."): each for name, each in changed.items()}, folder / WEIGHTS)


def as_pickle(folder: Path, file: str, **around: Any) -> None:
    """The weights of the folder as `file`, wrapped as open_clip's training saves them where `around` says so."""
    weights = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    state = {f"module.{key}": value for key, value in weights.items()} if around else weights
    torch.save({"state_dict": state, **around} if around else state, folder / file)


class Touches:
    """A pickle that makes a file when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def foreign_config() -> dict[str, Any]:
    """A tiny model that reads open_clip's own vocabulary."""
    text = {key: value for key, value in tiny_config()["text_cfg"].items() if key != "hf_tokenizer_name"}
    return tiny_config() | {"text_cfg": text | {"vocab_size": 49408, "context_length": 77, "pool_type": "argmax"}}


def foreign_model() -> Any:
    torch.manual_seed(0)
    return open_clip.CLIP(**foreign_config())


def register_pretrained(monkeypatch: pytest.MonkeyPatch, weights: Path, **entry: Any) -> None:
    """Make `toy/made` a name that open_clip knows, with weights on this disk."""
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "toy", foreign_config())
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "toy", {"made": {"file": str(weights)} | entry})
    save_file(foreign_model().state_dict(), weights)


def put_in_cache(place: Path, repository: str, revision: str = "main") -> Path:
    """The folder of a repository that was fetched from the hub before, as its client keeps it in `place`."""
    cache = place / "hub" / f"models--{repository.replace('/', '--')}"
    (cache / "refs").mkdir(parents=True)
    (cache / "refs" / revision).write_text("0" * 40)
    snapshot = cache / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / CONFIG).write_text(json.dumps({"model_cfg": foreign_config(), "preprocess_cfg": {"mean": [0.1] * 3}}))
    return snapshot


def randomize_weights(model: Any) -> Any:
    """Random values in every weight, norms and biases too, so that none can be forgotten or exchanged."""
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(torch.randn_like(weights) * 0.2)
    return model.eval()
