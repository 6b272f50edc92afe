"""The list of models says what open_clip would, without torch, and what is on this disk, without the network."""

import json
import subprocess
import sys
from pathlib import Path

import huggingface_hub.constants
import open_clip
import pytest
import torch
from open_clip import pretrained

from explorer.clip import catalog
from explorer.clip.catalog import (
    PretrainedWeights,
    cached_file,
    count_parameters,
    is_on_disk,
    list_models,
    pretrained_table,
    takes_quick_gelu,
    weight_files,
)
from explorer.clip.names import ModelError
from tests.unit.toys import tiny_clip, tiny_config, tiny_folder

ROOT = Path(__file__).resolve().parents[3]


def test_the_table_is_open_clips_own() -> None:
    assert catalog._read_table() == pretrained._PRETRAINED
    listed = [entry.name for entry in list_models("", runs={}) if entry.kind == "pretrained"]
    assert listed == [f"{architecture}/{tag}" for architecture, tag in open_clip.list_pretrained()]


def test_a_table_that_cannot_be_read_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    read = pretrained_table()
    pretrained_table.cache_clear()
    monkeypatch.setattr(catalog, "_read_table", lambda: 1 / 0)
    assert pretrained_table() == read
    pretrained_table.cache_clear()


def test_listing_imports_no_torch() -> None:
    code = "import sys; from explorer.clip.catalog import list_models; list_models('', runs={}); "
    code += "print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout == "False\n", done.stderr


@pytest.mark.parametrize(
    ("search", "name"), [("B-32 OPENAI", "ViT-B-32/openai"), ("vit b 32/openai", "ViT-B-32/openai"), ("things", "")]
)
def test_a_search_is_by_words(search: str, name: str) -> None:
    found = [entry.name for entry in list_models(search, runs={})]
    assert name in found or all(each.startswith("things-") for each in found)
    assert found and all(word in each.lower().replace("/", "-") for each in found for word in ("openai",) if name)
    assert list_models("no such model", runs={}) == ()


def test_shipped_models_come_first_then_runs(tmp_path: Path) -> None:
    runs = {"mine-0123": tiny_folder(tmp_path / "model"), "bare-0123": tmp_path}
    found = list_models("", runs=runs)
    kinds = [entry.kind for entry in found]
    assert kinds == sorted(kinds, key=["shipped", "run", "pretrained"].index)
    mine, bare = (entry for entry in found if entry.kind == "run")
    size = (tmp_path / "model" / "open_clip_model.safetensors").stat().st_size
    numbers = sum(parameter.numel() for parameter in tiny_clip().model.parameters())
    assert (mine.parameters, mine.bytes, mine.on_disk) == (numbers, size, True)
    assert (bare.parameters, bare.bytes, bare.on_disk) == (None, None, False)


def test_weights_in_the_cache_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(catalog, "URL_CACHE", tmp_path / "clip")
    entry = pretrained_table()["ViT-B-32"]["openai"]
    assert cached_file(entry) is None
    repository, files = weight_files(entry)
    kept = tmp_path / f"models--{repository.replace('/', '--')}"
    snapshot = kept / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("0" * 40)
    (snapshot / files[-1]).write_bytes(bytes(100))
    assert cached_file(entry) == snapshot / files[-1]
    (found,) = (each for each in list_models("b-32 openai", runs={}) if each.name == "ViT-B-32/openai")
    assert (found.on_disk, found.bytes) == (True, 100)
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip" / "x.pt").touch()
    assert cached_file(PretrainedWeights(url="https://example.org/x.pt")) == tmp_path / "clip" / "x.pt"


def test_the_files_are_those_that_open_clip_asks_for() -> None:
    """By its own function, for each entry that names a repository."""
    for tags in pretrained_table().values():
        for entry in tags.values():
            if not entry.hub_file:
                continue
            _, files = weight_files(entry)
            asked = entry.hub_file.rpartition("/")[2] or open_clip.constants.HF_WEIGHTS_NAME
            assert files == (*pretrained._get_safe_alternatives(asked), asked)


def test_who_was_trained_with_quick_gelu() -> None:
    openai = weight_files(pretrained_table()["ViT-B-32"]["openai"])[0]
    laion = weight_files(pretrained_table()["ViT-B-32"]["laion2b_s34b_b79k"])[0]
    assert [takes_quick_gelu(name) for name in (openai, laion, "no/body")] == [True, False, False]


@pytest.mark.parametrize("choices", [{}, {"mlp_ratio": 2.0}, {"layers": 3}])
def test_numbers_are_counted_as_a_model_has_them(choices: dict[str, float]) -> None:
    built = tiny_clip(**choices).model
    assert count_parameters(tiny_config(**choices)) == sum(each.numel() for each in built.parameters())


def test_numbers_of_real_architectures() -> None:
    folder = Path(open_clip.__file__).parent / "model_configs"
    for name in ("ViT-S-32-alt", "ViT-B-16-plus", "ViT-B-32-256", "RN50", "RN101", "RN50x4"):
        config = json.loads((folder / f"{name}.json").read_text())
        with torch.device("meta"):
            built = open_clip.CLIP(**config)
        assert count_parameters(config) == sum(each.numel() for each in built.parameters()), name
    assert count_parameters(json.loads((folder / "ViT-B-16-SigLIP.json").read_text())) is None
    assert count_parameters(tiny_config(siglip=True)) == count_parameters(tiny_config()) + 1  # type: ignore[operator]


def test_what_can_be_loaded_without_fetching(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "model")
    runs = {"mine-0123": folder}
    assert is_on_disk("mine-0123", find_run=runs.get) and is_on_disk(f"local-dir:{folder}", find_run=runs.get)
    assert is_on_disk("things-bound", find_run=runs.get)
    for name in ("ViT-B-32/openai", "hf-hub:nobody/nothing", "hf-hub:nobody/nothing@main"):
        assert not is_on_disk(name, find_run=runs.get)
    with pytest.raises(ModelError, match="no such model here"):
        is_on_disk("ViT-B-32/nothing", find_run=runs.get)
