"""Layers of lora and text-map train, leave all else unchanged, and fold into plain weights exactly."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from explorer.clip.clip import Clip, new_clip
from explorer.clip.open_clip_import import open_clip
from explorer.clip.tuning import MappedProjection, check_start, prepare_tuning
from explorer.errors import UserError
from explorer.spec import RunSpec, TrainSpec
from tests.unit.toys import CAPTIONS, GRAMMAR, noise_images, tiny_clip, tiny_config
from tests.unit.training.test_loop import trainer_of

ADDED = ("lora", "text-map")
CLOSE = {"atol": 1e-5, "rtol": 0}


@pytest.fixture
def clip() -> Clip:
    return tiny_clip(siglip=True)


def features(clip: Clip) -> tuple[torch.Tensor, torch.Tensor]:
    """Images and captions by the towers that training uses."""
    clip.model.eval()
    with torch.inference_mode():
        return clip.encode_images(noise_images(4)), clip.encode_ids(clip.ids(CAPTIONS))


def trained_names(clip: Clip) -> set[str]:
    return {name for name, p in clip.model.named_parameters() if p.requires_grad}


LORA = {
    f"{tower}transformer.resblocks.0.attn.{place}lora_{letter}.default.weight"
    for tower in ("visual.", "")
    for place in ("", "base_layer.out_proj.")
    for letter in "AB"
}


@pytest.mark.parametrize(("tune", "added"), [("lora", LORA), ("text-map", {"text_projection.weight"})])
def test_added_weights_alone_train_and_start_from_the_same_features(clip: Clip, tune: str, added: set[str]) -> None:
    before = features(clip)
    prepare_tuning(clip, TrainSpec(tune=tune))
    assert trained_names(clip) == added | {"logit_scale", "logit_bias"}
    assert all(torch.allclose(a, b, **CLOSE) for a, b in zip(before, features(clip), strict=True))


@pytest.mark.parametrize("tune", ADDED)
def test_every_weight_that_was_put_in_moves_and_no_other(tune: str) -> None:
    training = trainer_of(tune=tune, steps=3)
    before = copy.deepcopy(training.clip.model.state_dict())
    for _ in training.records():
        features(training.clip)  # evaluation in the middle changes nothing either
    now = training.clip.model.state_dict()
    assert {name for name in now if not torch.equal(before[name], now[name])} == trained_names(training.clip)


def build_custom() -> Clip:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return replace(tiny_clip(), model=open_clip.CustomTextCLIP(**tiny_config()))


BUILDS: list[Callable[[], Clip]] = [tiny_clip, lambda: tiny_clip(proj_bias=True), build_custom]


@pytest.mark.parametrize("build", BUILDS, ids=["plain", "layer", "custom"])
@pytest.mark.parametrize("tune", ADDED)
def test_the_folded_model_is_a_plain_one_with_the_same_features(tune: str, build: Callable[[], Clip]) -> None:
    plain, training = build(), trainer_of(clip=build(), tune=tune, steps=4, learning_rate=0.01)
    list(training.records())
    adapted = features(training.clip)
    clip = training.fold()
    folded, fresh = features(clip), features(plain)
    assert all(torch.allclose(a, b, **CLOSE) for a, b in zip(adapted, folded, strict=True))
    assert not torch.allclose(folded[1], fresh[1], atol=1e-2)
    assert torch.allclose(folded[0], fresh[0], atol=1e-6) == (tune == "text-map")
    assert clip.model.state_dict().keys() == plain.model.state_dict().keys()
    assert [type(module) for module in clip.model.modules()] == [type(module) for module in plain.model.modules()]


def test_the_map_by_hand() -> None:
    mapped = MappedProjection(nn.Parameter(torch.tensor([[1.0, 2.0], [3.0, 4.0]])))
    rows = torch.tensor([[1.0, 1.0]])
    assert mapped(rows).tolist() == [[4.0, 6.0]]
    with torch.no_grad():
        mapped.weight.copy_(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    assert mapped(rows).tolist() == [[6.0, 4.0]]


def refusal_of(clip: Clip, tune: str) -> str:
    spec = RunSpec(train=TrainSpec(init="x", tune=tune))
    with pytest.raises(UserError) as caught:
        check_start(clip, spec, GRAMMAR)
    return str(caught.value)


def test_a_model_without_a_place_for_them_is_refused() -> None:
    bare = new_clip(tiny_config(proj_type="none"), words=GRAMMAR.words, seed=0)
    assert refusal_of(bare, "text-map").startswith("tune=text-map: untrained has no text projection")
    still: Any = nn.Linear(2, 2)
    assert refusal_of(replace(bare, model=still), "lora").startswith("tune=lora: untrained has no attention")
    for tune in ("all", "image", "text", *ADDED):
        check_start(tiny_clip(), RunSpec(train=TrainSpec(init="x", tune=tune)), GRAMMAR)
