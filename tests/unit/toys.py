"""Tiny models and small specs that the tests of models, training and runs share.

clip = tiny_clip(seed=1)                       # 32 pixels, width 32, one layer each, the vocabulary of `things`
folder = tiny_folder(tmp_path / "model")       # the same, exported
use_tiny_configs(monkeypatch, tmp_path)        # makes "tiny" the name of an architecture
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.clip import configs
from explorer.clip.clip import Clip, export, new_clip
from explorer.spec import DataSpec, RunSpec, TrainSpec
from explorer.world.grammar import Grammar
from explorer.world.worlds import WORLDS
from tests.unit.runs.tiny_worker import FEW as FEW

GRAMMAR = Grammar(WORLDS["things"])
TINY: dict[str, Any] = {
    "embed_dim": 16,
    "init_logit_scale": 3.4,
    "vision_cfg": {"image_size": 32, "patch_size": 16, "width": 32, "layers": 1, "head_width": 16},
    "text_cfg": {"width": 32, "heads": 2, "layers": 1},
}
NOUNS = [noun.word for noun in GRAMMAR.world.nouns]
FEW_WITH_PROBE = replace(FEW, min_scenes_for_probe=1)
COLORS = [value.word for value in GRAMMAR.world.kinds[0].values]


def caption(*objects: str) -> str:
    """The grammar's caption of objects such as "red bus"."""
    return " and ".join(f"{'an' if words[0] in 'aeiou' else 'a'} {words}" for words in objects)


CAPTIONS = (
    caption(f"{COLORS[0]} {NOUNS[0]}", f"{COLORS[1]} {NOUNS[1]}"),
    caption(NOUNS[2]),
    caption(*(f"{COLORS[k]} {NOUNS[k + 2]}" for k in range(4))),
)


def use_tiny_configs(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Make "tiny" and "small" the names of the tiny architecture."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tiny", "small"):
        (folder / f"{name}.json").write_text(json.dumps(TINY))
    monkeypatch.setattr(configs, "CONFIGS", folder)


def tiny_config(*, siglip: bool = False, words: tuple[str, ...] = GRAMMAR.words, **text: Any) -> dict[str, Any]:
    """A complete config, with fields of text_cfg replaced."""
    filled = {
        "vocab_size": len(words),
        "context_length": GRAMMAR.context_length,
        "pool_type": "eos",
        "eos_id": words.index("[EOS]"),
        "pad_id": 0,
        "hf_tokenizer_name": "word-level",
    }
    start = configs.SIGLIP_START if siglip else {}
    return {**TINY, "text_cfg": {**TINY["text_cfg"], **filled, **text}, **start}


def tiny_clip(*, seed: int = 0, siglip: bool = False, words: tuple[str, ...] = GRAMMAR.words, **text: Any) -> Clip:
    """An untrained model of the tiny architecture."""
    return new_clip(tiny_config(siglip=siglip, words=words, **text), words=words, seed=seed)


def tiny_folder(folder: Path, **choices: Any) -> Path:
    """The folder of an exported tiny model."""
    export(tiny_clip(**choices), folder)
    return folder


def tiny_spec(*, data: DataSpec | None = None, preset: str | None = None, **train: Any) -> RunSpec:
    """Three steps of sixteen pairs with the tiny architecture."""
    choices = {"model": "tiny", "batch_size": 16, "steps": 3} | train
    return RunSpec(data=data or DataSpec(), train=TrainSpec(**choices), preset=preset)


def slow(case: Any) -> Any:
    """A case of parametrized tests that the fast tests leave out, as they have another one of its kind."""
    return pytest.param(case, marks=pytest.mark.slow)


def noise_images(count: int, *, size: int = 32, seed: int = 0) -> torch.Tensor:
    """(count, 3, size, size) uint8."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 3, size, size), dtype=torch.uint8, generator=generator)
