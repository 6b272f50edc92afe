"""An exported model is read by stock open_clip, in a process that knows nothing of this project, to the last bit."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch

from explorer.clip.clip import Clip, export
from explorer.clip.zoo import load
from tests.unit.toys import CAPTIONS, COLORS, NOUNS, caption, noise_images, tiny_clip, tiny_folder

FILES = {"open_clip_config.json", "open_clip_model.safetensors", "tokenizer.json", "tokenizer_config.json"}
LAST_WORD_OTHER = caption(f"{COLORS[0]} {NOUNS[0]}", f"{COLORS[1]} {NOUNS[5]}")
TEXTS = [*CAPTIONS, LAST_WORD_OTHER, "a zebra", "a " * 100]

STOCK = """
import sys, numpy as np, open_clip, torch
folder, pixels, texts, out = sys.argv[1:]
model, _, _ = open_clip.create_model_and_transforms(f"local-dir:{folder}")
tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
model.eval()
ids = tokenizer(open(texts).read().split("\\n"))
with torch.inference_mode():
    image = model.encode_image(torch.from_numpy(np.load(pixels)))
    text = model.encode_text(ids)
ours = [name for name in sys.modules if name.split(".")[0] in ("explorer", "models", "tests")]
np.savez(out, image=image, text=text, ids=ids, ours=np.array(ours))
"""


@pytest.fixture(scope="module")
def clip() -> Clip:
    return tiny_clip(seed=3)


@pytest.fixture(scope="module")
def folder(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "deep" / "model"
    export(clip, path)
    return path


@pytest.fixture(scope="module")
def stock(clip: Clip, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the features that open_clip computes from a copy of the folder, without this project."""
    place = tmp_path_factory.mktemp("elsewhere")
    np.save(place / "pixels.npy", clip.pixels(noise_images(5)).numpy())
    (place / "texts").write_text("\n".join(TEXTS))
    keep = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-c", STOCK, str(folder), "pixels.npy", "texts", "out.npz"],
        cwd=place,
        env=keep | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(place / "hub"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(np.load(place / "out.npz"))


def test_stock_tokens_and_features_are_ours(clip: Clip, stock: dict[str, Any]) -> None:
    assert stock["ours"].tolist() == [], "the other process knows nothing of us"
    assert stock["ids"].tolist() == clip.ids(TEXTS).tolist()
    clip.model.eval()
    ids = torch.from_numpy(stock["ids"])
    with torch.inference_mode():
        image = clip.model.encode_image(clip.pixels(noise_images(5))).numpy()
        text = clip.model.encode_text(ids).numpy()
        cut = clip.encode_ids(ids).numpy()
    # Equal to the last bit with as many threads; another number of threads adds in another order.
    assert np.abs(image - stock["image"]).max() < 1e-6
    assert np.abs(text - stock["text"]).max() < 1e-6
    assert np.abs(cut - stock["text"]).max() < 1e-5
    assert np.abs(text).max() > 0.1


def test_the_last_word_counts(stock: dict[str, Any]) -> None:
    """A model that pools at a wrong word agrees with itself, but not with what the caption says."""
    by_text = dict(zip(TEXTS, stock["text"], strict=True))
    first, other = by_text[CAPTIONS[0]], by_text[LAST_WORD_OTHER]
    assert CAPTIONS[0].split()[:-1] == LAST_WORD_OTHER.split()[:-1]
    assert np.abs(first - other).max() > 1e-3


def test_the_config_says_what_the_weights_need(folder: Path, clip: Clip) -> None:
    assert {path.name for path in folder.iterdir()} == FILES
    written = json.loads((folder / "open_clip_config.json").read_text())
    assert set(written) == {"model_cfg", "preprocess_cfg"}
    assert written["model_cfg"] == clip.config
    assert written["preprocess_cfg"] == clip.preprocess


def test_a_loaded_model_can_be_exported_again(folder: Path, tmp_path: Path) -> None:
    export(load(str(folder), find_run=lambda _: None), tmp_path / "again")
    for name in ("open_clip_model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes(), name
    first, again = (json.loads((path / "open_clip_config.json").read_text()) for path in (folder, tmp_path / "again"))
    assert again["model_cfg"] == first["model_cfg"]
    assert first["preprocess_cfg"].items() <= again["preprocess_cfg"].items()


def test_bias_and_scale_of_siglip_survive(tmp_path: Path) -> None:
    clip = tiny_clip(siglip=True)
    with torch.no_grad():
        clip.model.logit_bias.fill_(-3.5)
        clip.model.logit_scale.fill_(2.5)
    export(clip, tmp_path)
    model = open_clip.create_model(f"local-dir:{tmp_path}")
    assert (model.logit_bias.item(), model.logit_scale.item()) == (-3.5, 2.5)


def test_a_model_with_another_tokenizer_keeps_that_one(tmp_path: Path) -> None:
    """Its tokenizer files go along, so that the copy reads text as the original does."""
    words = ("[PAD]", "[EOS]", "[BOS]", "[UNK]", "dog", "cat")
    source = tiny_folder(tmp_path / "source", words=words)
    clip = load(str(source), find_run=lambda _: None)
    assert clip.words is None
    export(clip, tmp_path / "copy")
    copy = load(str(tmp_path / "copy"), find_run=lambda _: None)
    assert copy.ids(["cat dog fox"]).tolist() == clip.ids(["cat dog fox"]).tolist()
    assert clip.ids(["cat dog fox"])[0, :6].tolist() == [2, 5, 4, 3, 1, 0]
