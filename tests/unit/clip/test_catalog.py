"""The list of models comes without torch, and what is on this disk without the network."""

from pathlib import Path

import huggingface_hub.constants
import pytest

from explorer.clip.names import ModelError, cached_file, is_on_disk, list_models, pretrained_models
from tests.test_layers import loaded_by
from tests.unit.clip.folders import put_in_cache
from tests.unit.toys import tiny_clip, tiny_folder


@pytest.mark.slow
def test_listing_imports_no_torch() -> None:
    statement = "from explorer.clip.names import list_models; list_models('', runs={})"
    assert loaded_by(statement, ["torch", "open_clip", "explorer.clip.names"]) == ["explorer.clip.names"]


def test_a_search_is_by_words_and_shipped_models_come_first(tmp_path: Path) -> None:
    for search in ("B-32 OPENAI", "vit b 32/openai"):
        entries = {entry.name for entry in list_models(search, runs={})}
        assert "ViT-B-32/openai" in entries and all("openai" in name for name in entries)
    assert {entry.kind for entry in list_models("things", runs={})} == {"shipped"}
    assert list_models("no such model", runs={}) == ()
    runs = {"mine-0123": tiny_folder(tmp_path / "model"), "bare-0123": tmp_path}
    listed = list_models("", runs=runs)
    kinds = [entry.kind for entry in listed]
    assert kinds == sorted(kinds, key=["shipped", "run", "pretrained"].index)
    mine, bare = (entry for entry in listed if entry.kind == "run")
    size = (tmp_path / "model" / "open_clip_model.safetensors").stat().st_size
    numbers = sum(parameter.numel() for parameter in tiny_clip().model.parameters())
    assert (mine.parameters, mine.bytes, mine.on_disk) == (numbers, size, True)
    assert (bare.parameters, bare.bytes, bare.on_disk) == (None, None, False)


def test_weights_in_the_cache_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    entry = pretrained_models()["ViT-B-32/openai"]
    assert cached_file(entry) is None
    snapshot = put_in_cache(tmp_path, entry.repository)
    (snapshot / entry.files[-1]).write_bytes(bytes(100))
    assert cached_file(entry) == snapshot / entry.files[-1]
    (entries,) = (each for each in list_models("b-32 openai", runs={}) if each.name == "ViT-B-32/openai")
    assert (entries.on_disk, entries.bytes) == (True, 100)


def test_what_can_be_loaded_without_fetching(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "model")
    runs = {"mine-0123": folder}
    assert is_on_disk("mine-0123", find_run_model=runs.get) and is_on_disk(
        f"local-dir:{folder}", find_run_model=runs.get
    )
    assert is_on_disk("things-bound", find_run_model=runs.get)
    for name in ("ViT-B-32/openai", "hf-hub:nobody/nothing", "hf-hub:nobody/nothing@main"):
        assert not is_on_disk(name, find_run_model=runs.get)
    with pytest.raises(ModelError, match="no such model here"):
        is_on_disk("ViT-B-32/nothing", find_run_model=runs.get)
