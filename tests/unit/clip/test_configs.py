"""Every architecture of models/configs builds, runs and stays small; what a world decides is filled in."""

import json
import math
from typing import Any

import pytest
import torch

from explorer.clip.clip import new_clip
from explorer.clip.configs import CONFIGS, SIGLIP_START, config_names, model_config
from tests.unit.toys import CAPTIONS, GRAMMAR, noise_images

NAMES = sorted(path.stem for path in CONFIGS.glob("*.json"))
MAX_PARAMETERS = 20_000_000  # about 80 MB of weights in a run folder, and minutes a step on two cores beyond it


def of(name: str, **choices: Any) -> dict[str, Any]:
    return model_config(
        name, words=GRAMMAR.words, context_length=GRAMMAR.context_length, eos_id=GRAMMAR.words.index("[EOS]"), **choices
    )


@pytest.mark.parametrize("name", NAMES)
def test_it_builds_and_leaves_to_the_world_what_the_world_decides(name: str) -> None:
    assert config_names()[0] == "small" and sorted(config_names()) == NAMES
    written, filled = json.loads((CONFIGS / f"{name}.json").read_text())["text_cfg"], of(name)["text_cfg"]
    assert not {"vocab_size", "context_length", "pool_type", "eos_id"} & set(written)
    assert written.items() <= filled.items()
    assert (filled["vocab_size"], filled["context_length"]) == (len(GRAMMAR.words), GRAMMAR.context_length)
    assert (filled["pool_type"], filled["pad_id"], GRAMMAR.words[filled["eos_id"]]) == ("eos", 0, "[EOS]")
    assert filled["hf_tokenizer_name"], "without one, open_clip reads a folder with a tokenizer of 49,408 words"
    clip = new_clip(of(name), words=GRAMMAR.words, seed=0)
    with torch.inference_mode():
        image = clip.encode_images(noise_images(2, size=clip.image_size))
        text = clip.encode_ids(clip.ids(CAPTIONS[:2]))
    assert image.shape == text.shape == (2, of(name)["embed_dim"])
    assert torch.isfinite(image).all() and torch.isfinite(text).all()
    assert not torch.equal(image[0], image[1]) and not torch.equal(text[0], text[1])
    assert sum(parameter.numel() for parameter in clip.model.parameters()) < MAX_PARAMETERS


def test_siglip_starts_with_the_scale_and_bias_of_its_paper() -> None:
    plain, siglip = of("small"), of("small", is_siglip=True)
    assert "init_logit_bias" not in plain
    assert siglip == plain | SIGLIP_START
    model = new_clip(siglip, words=GRAMMAR.words, seed=0).model
    assert model.logit_scale.exp().item() == pytest.approx(10)
    assert model.logit_bias.item() == -10
    assert SIGLIP_START["init_logit_scale"] == math.log(10)
