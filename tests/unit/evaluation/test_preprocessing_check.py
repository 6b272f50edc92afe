"""Mistakes of preprocessing, made on purpose in a model that binds: each is named, and a sound model has none."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from explorer.clip.clip import Clip, export
from explorer.clip.open_clip_import import open_clip
from explorer.clip.zoo import load_clip
from explorer.evaluation import preprocessing_check
from explorer.evaluation.embed import embed_texts
from explorer.evaluation.preprocessing_check import NUM_SCENES, suspect_preprocessing
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.views.ask import leaderboard
from explorer.views.registry import final_answer
from explorer.views.service import Service
from explorer.world.worlds import WORLDS

WORLD = WORLDS["things"]


@pytest.fixture
def sound() -> Clip:
    return load_clip("things-bound", find_run_model=lambda _: None)


def test_a_sound_model_has_no_sentence(sound: Clip) -> None:
    assert suspect_preprocessing(sound, WORLD) == ()


def test_wrong_means_are_named_with_what_is_found(sound: Clip) -> None:
    wrong = replace(sound, preprocess=sound.preprocess | {"mean": [3.0] * 3, "std": [3.0] * 3})
    found = next(each for each in suspect_preprocessing(wrong, WORLD) if each.kind == "normalization")
    assert found.found_changed > found.found_as_loaded + 6 and found.n == NUM_SCENES
    assert str(found.found_changed) in found.sentence and "means" in found.sentence


def activations(clip: Clip) -> list[type[nn.Module]]:
    return [
        type(each)
        for each in clip.model.modules()
        if isinstance(each, nn.GELU | open_clip.transformer.QuickGELU | nn.Hardtanh)
    ]


def test_a_wrong_activation_is_named_and_the_model_stays_as_it_was(
    sound: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """QuickGELU is too like GELU to harm so small a model, so an activation that does stands for it."""
    monkeypatch.setattr(open_clip.transformer, "QuickGELU", nn.Hardtanh)
    for module in list(sound.model.modules()):
        for name, each in list(module.named_children()):
            if type(each) is nn.GELU:
                setattr(module, name, nn.Hardtanh())
    before = activations(sound)
    (found,) = (each for each in suspect_preprocessing(sound, WORLD) if each.kind == "activation")
    assert found.sentence.startswith("With GELU it finds") and activations(sound) == before


def test_another_padding_is_named(sound: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tower that takes padding for a part of the caption, as one that pools the last token does."""

    def pads_by_one(texts: Sequence[str]) -> torch.Tensor:
        ids = sound.tokenizer(texts).clone()
        ids[ids == 0] = 1
        return ids

    def embed(clip: Clip, texts: Sequence[str]) -> np.ndarray:
        ids = clip.ids(texts)
        features = embed_texts(sound, texts)
        return features if bool((ids == 0).any()) else np.ones_like(features)

    monkeypatch.setattr(preprocessing_check, "embed_texts", embed)
    found = suspect_preprocessing(replace(sound, tokenizer=pads_by_one), WORLD)
    assert [each.kind for each in found] == ["padding"] and "token 0" in found[0].sentence


def test_capitals_that_a_tokenizer_cannot_read_are_named(sound: Clip) -> None:
    def small_only(texts: Sequence[str]) -> torch.Tensor:
        ids = sound.tokenizer(texts).clone()
        for row, text in zip(ids, texts, strict=True):
            if text.isupper():
                row[1:-1] = row[1:-1].where(row[1:-1] < 4, 3)
        return ids

    found = suspect_preprocessing(replace(sound, tokenizer=small_only), WORLD)
    assert [each.kind for each in found] == ["case"] and "small letters" in found[0].sentence
    assert found[0].found_changed < found[0].found_as_loaded


@pytest.mark.slow
def test_the_leaderboard_says_it_of_a_model_of_ones_own(sound: Clip, tmp_path: Path) -> None:
    export(sound, tmp_path / "model")
    config = tmp_path / "model" / "open_clip_config.json"
    record = json.loads(config.read_text(encoding="utf-8"))
    record["preprocess_cfg"] |= {"mean": [3.0] * 3, "std": [3.0] * 3}
    config.write_text(json.dumps(record), encoding="utf-8")
    service = Service(store=RunStore(tmp_path / "runs"), settings=LOCAL, is_safe_only=False)
    names = ["things-bound", str(tmp_path / "model")]
    rows = {row["model"]: row for row in final_answer(leaderboard(service, names, count=20))["rows"]}
    assert rows["things-bound"]["suspicions"] == [] and "means" in rows[names[1]]["suspicions"][0]
