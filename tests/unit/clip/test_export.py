"""An exported model is read by stock open_clip, in a process that knows nothing of this project, to the last bit."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.clip.checkpoints import write_snippet
from explorer.clip.clip import Clip, export
from explorer.clip.open_clip_import import open_clip
from explorer.evaluation.answers.picture_scores import answer_question, show_pictures
from tests.unit.clip.folders import as_pickle, change_config, open_model
from tests.unit.toys import CAPTIONS, COLORS, NOUNS, caption, noise_images, tiny_clip, tiny_folder

FILES = {"open_clip_config.json", "open_clip_model.safetensors", "tokenizer.json", "tokenizer_config.json"}
LAST_WORD_OTHER = caption(f"{COLORS[0]} {NOUNS[0]}", f"{COLORS[1]} {NOUNS[5]}")
TEXTS = [*CAPTIONS, LAST_WORD_OTHER, "a zebra", "a " * 100]

STOCK = """
import numpy as np, open_clip, torch
folder = "{folder}"
model, _, _ = open_clip.create_model_and_transforms(f"local-dir:{folder}")
tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
model.eval()
ids = tokenizer(open("texts").read().split("\\n"))
with torch.inference_mode():
    image = model.encode_image(torch.from_numpy(np.load("pixels.npy")))
    text = model.encode_text(ids)
np.savez("out.npz", image=image, text=text, ids=ids)
"""
RUN = """
import contextlib, runpy, sys
for name in ("stock", "softmax", "sigmoid"):
    with open(name + ".out", "w") as out, contextlib.redirect_stdout(out):
        runpy.run_path(name + ".py")
assert not [name for name in sys.modules if name.split(".")[0] in ("explorer", "models", "tests")]
"""
PICTURES = ["it's 0.png", "it's 1.png"]


@pytest.fixture(scope="module")
def clip() -> Clip:
    return tiny_clip(seed=3)


@pytest.fixture(scope="module")
def folder(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "deep" / "model"
    export(clip, path)
    return path


def open_asked_model(kind: str, place: Path) -> Clip:
    """Return a model that a user asks, whose folder holds a trainer's pickle in one case."""
    folder = tiny_folder(place / kind, siglip=kind == "sigmoid")
    change_config(folder, "preprocess_cfg", resize_mode="shortest")
    if kind == "sigmoid":
        as_pickle(folder, "epoch_3.pt", epoch=3)
    return open_model(folder)


@pytest.fixture(scope="module")
def elsewhere(clip: Clip, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder where a process that knows nothing of this project has run open_clip and two snippets."""
    place = tmp_path_factory.mktemp("elsewhere")
    np.save(place / "pixels.npy", clip.pixels(noise_images(5)).numpy())
    (place / "texts").write_text("\n".join(TEXTS))
    rng = np.random.default_rng(0)
    for name in PICTURES:
        Image.fromarray(rng.integers(0, 256, (40, 70, 3), dtype=np.uint8)).save(place / name)
    (place / "stock.py").write_text(STOCK.replace("{folder}", str(folder), 1))
    for kind in ("softmax", "sigmoid"):
        (place / f"{kind}.py").write_text(write_snippet(open_asked_model(kind, place), PICTURES, CAPTIONS[:2]))
    keep = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=place,
        env=keep | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(place / "hub"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return place


@pytest.fixture(scope="module")
def stock(elsewhere: Path) -> dict[str, Any]:
    return dict(np.load(elsewhere / "out.npz"))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
def test_a_snippet_prints_the_same_numbers(elsewhere: Path, kind: str, tmp_path: Path) -> None:
    pictures = [Image.open(elsewhere / name) for name in PICTURES]
    clip = open_asked_model(kind, tmp_path)
    answer = answer_question(clip, show_pictures(clip, pictures), CAPTIONS[:2])
    cosine, probabilities = map(json.loads, (elsewhere / f"{kind}.out").read_text().splitlines())
    assert np.allclose(cosine, answer.cosine, atol=1e-4)
    assert np.allclose(probabilities, answer.probabilities, atol=1e-4)
    assert np.ptp(cosine) > 1e-3, "all alike would agree with anything"


@pytest.mark.slow
def test_stock_tokens_and_features_are_ours(clip: Clip, stock: dict[str, Any]) -> None:
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
    # A model that pools at a wrong word agrees with itself, but not with what the caption says.
    by_text = dict(zip(TEXTS, stock["text"], strict=True))
    assert CAPTIONS[0].split()[:-1] == LAST_WORD_OTHER.split()[:-1]
    assert np.abs(by_text[CAPTIONS[0]] - by_text[LAST_WORD_OTHER]).max() > 1e-3


def test_a_folder_says_what_the_weights_need_and_can_be_exported_again(
    folder: Path, clip: Clip, tmp_path: Path
) -> None:
    assert {path.name for path in folder.iterdir()} == FILES
    assert json.loads((folder / "open_clip_config.json").read_text()) == {
        "model_cfg": clip.config, "preprocess_cfg": clip.preprocess,
    }  # fmt: skip
    export(open_model(folder), tmp_path / "again")
    for name in FILES - {"open_clip_config.json"}:
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes(), name
    again = json.loads((tmp_path / "again" / "open_clip_config.json").read_text())
    assert again["model_cfg"] == clip.config and clip.preprocess.items() <= again["preprocess_cfg"].items()


def test_bias_and_scale_of_siglip_survive(tmp_path: Path) -> None:
    clip = tiny_clip(siglip=True)
    with torch.no_grad():
        clip.model.logit_bias.fill_(-3.5)
        clip.model.logit_scale.fill_(2.5)
    export(clip, tmp_path)
    model = open_clip.create_model(f"local-dir:{tmp_path}")
    assert (model.logit_bias.item(), model.logit_scale.item()) == (-3.5, 2.5)


def test_a_model_with_another_tokenizer_keeps_that_one(tmp_path: Path) -> None:
    words = ("[PAD]", "[EOS]", "[BOS]", "[UNK]", "dog", "cat")
    clip = open_model(tiny_folder(tmp_path / "source", words=words))
    export(clip, tmp_path / "copy")
    assert clip.words is None and clip.ids(["cat dog fox"])[0, :6].tolist() == [2, 5, 4, 3, 1, 0]
    assert open_model(tmp_path / "copy").ids(["cat dog fox"]).tolist() == clip.ids(["cat dog fox"]).tolist()
