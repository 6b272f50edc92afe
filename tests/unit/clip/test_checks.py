"""Faults of a checkpoint that open_clip passes, at most with a line in a log: a sentence refuses them, or a note."""

import json
import shutil
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.clip import checkpoints
from explorer.clip.catalog import pretrained_models
from explorer.clip.clip import Clip
from explorer.clip.names import ModelError
from explorer.clip.zoo import load
from tests.unit.clip.test_zoo import (
    CONFIG,
    WEIGHTS,
    assert_is_seven,
    change_config,
    fetched,
    foreign_config,
    no_run,
    refused,
    register,
)
from tests.unit.toys import tiny_clip, tiny_folder


def notes_of(folder: Path) -> tuple[str, ...]:
    clip = load(str(folder), find_run=no_run)
    assert clip.origin is not None
    return clip.origin.notes


def activations(clip: Clip) -> set[str]:
    return {type(module).__name__ for module in clip.model.modules()} & {"GELU", "QuickGELU"}


def as_pickle(folder: Path, file: str, **around: Any) -> None:
    """The weights of the folder as `file`, wrapped as open_clip's training saves them where `around` says so."""
    weights = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    state = {f"module.{key}": value for key, value in weights.items()} if around else weights
    torch.save({"state_dict": state, **around} if around else state, folder / file)


@pytest.mark.parametrize("name", ["open_clip_pytorch_model.bin", "pytorch_model.pth", "epoch_4.pt"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_every_format_that_open_clip_reads(folder: Path, name: str, wrapped: bool) -> None:
    as_pickle(folder, name, **({"epoch": 4, "name": "run", "optimizer": {}} if wrapped else {}))
    assert_is_seven(load(str(folder), find_run=no_run))


def test_of_several_weights_the_file_that_open_clip_takes(folder: Path) -> None:
    other = load_file(tiny_folder(folder.parent / "other", seed=8) / WEIGHTS)
    for name in ("a.safetensors", "model.safetensors"):
        save_file(other, folder / name)
    torch.save(other, folder / "open_clip_pytorch_model.bin")
    assert_is_seven(load(str(folder), find_run=no_run))
    (folder / WEIGHTS).rename(folder / "open_clip_pytorch_model.safetensors")
    assert_is_seven(load(str(folder), find_run=no_run))
    (folder / "open_clip_pytorch_model.safetensors").unlink()
    for gone in ("open_clip_pytorch_model.bin", "model.safetensors"):
        chosen = open_clip.factory._find_checkpoint_in_dir(folder)
        assert (clip := load(str(folder), find_run=no_run)).origin and str(clip.origin.weights) == chosen
        assert Path(chosen).name == gone
        (folder / gone).unlink()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("missing", "1 missing (visual.proj)"),
        ("surplus", "1 surplus (visual.extra)"),
        ("shape", "1 of another shape (visual.proj)"),
    ],
)
@pytest.mark.parametrize("name", [WEIGHTS, "epoch_4.pt"])
def test_weights_that_do_not_belong_are_named(folder: Path, name: str, change: str, words: str) -> None:
    weights = load_file(folder / WEIGHTS)
    if change == "missing":
        del weights["visual.proj"]
    else:
        weights["visual.extra" if change == "surplus" else "visual.proj"] = torch.zeros(3, 3)
    save_file(weights, folder / WEIGHTS)
    if name != WEIGHTS:
        as_pickle(folder, name)
    assert words in refused(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_named(folder: Path, value: float) -> None:
    weights = load_file(folder / WEIGHTS)
    weights["text_projection"][0, 0] = value
    save_file(weights, folder / WEIGHTS)
    assert "its weights text_projection hold what is no number" in refused(str(folder))


def test_a_sigmoid_model_without_its_bias(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "model", siglip=True)
    assert notes_of(folder) == ()
    weights = load_file(folder / WEIGHTS)
    del weights["logit_bias"]
    save_file(weights, folder / WEIGHTS)
    assert "its weights have no bias" in refused(folder)


def test_a_table_entry_with_another_activation_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, tmp_path / "weights.safetensors", quick_gelu=True)
    clip = load("toy/made", find_run=no_run)
    assert clip.origin is not None and clip.origin.quick_gelu
    assert any("QuickGELU" in note for note in clip.origin.notes)


@pytest.mark.parametrize(("tag", "quick"), [("openai", True), ("laion2b_s34b_b79k", False)])
def test_a_repository_of_the_table_gets_its_activation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tag: str, quick: bool
) -> None:
    """Also where its folder in the Hub's cache is named as a path; a config without quick_gelu says GELU."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    repository = pretrained_models()[f"ViT-B-32/{tag}"].repository
    snapshot = fetched(tmp_path, repository)
    save_file(open_clip.CLIP(**foreign_config()).state_dict(), snapshot / WEIGHTS)
    for name in (f"hf-hub:{repository}", str(snapshot)):
        clip = load(name, find_run=no_run)
        assert activations(clip) == {"QuickGELU" if quick else "GELU"}
        assert clip.origin is not None and clip.origin.quick_gelu == quick
        assert any("QuickGELU" in note for note in clip.origin.notes) == quick


def test_a_folder_called_openai_is_only_suspected(folder: Path) -> None:
    moved = folder.rename(folder.parent / "vit-openai")
    clip = load(str(moved), find_run=no_run)
    assert activations(clip) == {"GELU"}
    assert clip.origin and ["QuickGELU" in note for note in clip.origin.notes] == [True]
    written = json.loads((moved / CONFIG).read_text())
    written["model_cfg"]["quick_gelu"] = True
    (moved / CONFIG).write_text(json.dumps(written))
    assert notes_of(moved) == ()


def test_default_pixels_are_told(folder: Path) -> None:
    assert notes_of(folder) == ()
    change_config(folder, "preprocess_cfg", mean=None)
    (note,) = notes_of(folder)
    assert note.startswith("The folder says no mean of pixels")
    written = json.loads((folder / CONFIG).read_text())
    del written["preprocess_cfg"]
    (folder / CONFIG).write_text(json.dumps(written))
    (note,) = notes_of(folder)
    assert "mean, std, interpolation, resize_mode" in note and "defaults" in note


def test_a_tokenizer_of_more_words_than_the_model(folder: Path) -> None:
    words = (*(f"w{number}" for number in range(500)),)
    other = tiny_folder(folder.parent / "other", words=("[PAD]", "[BOS]", "[EOS]", "[UNK]", *words))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(other / name, folder / name)
    assert "its tokenizer has 504 tokens" in refused(folder)
    # The other way round it reads, with most of its tokens never used.
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tiny_folder(folder.parent / "small", seed=7) / name, other / name)
    (note,) = notes_of(other)
    assert "of the 504 tokens" in note


def test_a_tokenizer_that_never_ends_a_text_where_the_model_looks(tmp_path: Path) -> None:
    assert "looks for token 3" in refused(tiny_folder(tmp_path / "eos", eos_id=3))
    (note,) = notes_of(tiny_folder(tmp_path / "argmax", pool_type="argmax"))
    assert "pools at the highest token" in note


def test_a_tokenizer_with_a_longer_context(tmp_path: Path) -> None:
    clip = tiny_clip()
    clip.model.context_length = 5
    with pytest.raises(ModelError, match="its text tower reads 5"):
        checkpoints.check_loaded(clip)


def test_a_stretched_position_embedding_is_told(folder: Path) -> None:
    change_config(folder, "vision_cfg", image_size=64)
    (note,) = notes_of(folder)
    assert "5 places for an image and the config 17" in note


# --- what a browser names ---


def refused_safe(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load(str(folder), find_run=no_run, only_safe=True)
    return str(caught.value)


def test_only_safetensors_are_opened_for_a_browser(folder: Path) -> None:
    assert_is_seven(load(str(folder), find_run=no_run, only_safe=True))
    as_pickle(folder, "open_clip_pytorch_model.bin")
    assert "only safetensors files are opened" in refused_safe(folder)


@pytest.mark.parametrize(
    ("part", "fields"),
    [
        ("text_cfg", {"vocab_size": 10**9}),
        ("text_cfg", {"layers": 10**6}),
        ("text_cfg", {"vocab_size": 1_500_000}),
        ("vision_cfg", {"width": 20_000, "layers": 200}),
    ],
    ids=str,
)
def test_a_config_that_asks_for_more_than_its_weights_hold(folder: Path, part: str, fields: dict[str, Any]) -> None:
    change_config(folder, part, **fields)
    assert "its config" in refused_safe(folder)


def test_a_lying_header_is_refused_before_the_model_is_built(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[:-4])
    monkeypatch.setattr(open_clip, "create_model", lambda *_, **__: pytest.fail("built"))
    assert "cut off" in refused_safe(folder)
