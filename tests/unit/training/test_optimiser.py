"""Every weight that trains is in one group of one optimiser, the rest stand still, and the rate goes up and down."""

import math
from itertools import pairwise

import pytest
import torch

from explorer.spec import DIALS, TrainSpec
from explorer.training.optimiser import (
    FINAL_SHARE,
    MUON_RATIO,
    WEIGHT_DECAY,
    choose_trained,
    make_optimisers,
    rate_at,
    set_rate,
)
from models.clip import Clip
from tests.unit.toys import tiny_clip

TUNES = DIALS["tune"].choices or ()


@pytest.fixture
def clip() -> Clip:
    return tiny_clip(siglip=True)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
@pytest.mark.parametrize("tune", TUNES)
def test_the_groups_hold_every_trained_weight_once(clip: Clip, optimizer: str, tune: str) -> None:
    choose_trained(clip.model, tune)
    optimisers = make_optimisers(clip.model, TrainSpec(optimizer=optimizer))
    held = [id(p) for optimiser in optimisers for group in optimiser.param_groups for p in group["params"]]
    trained = [id(p) for p in clip.model.parameters() if p.requires_grad]
    assert sorted(held) == sorted(trained)


def names_in(clip: Clip, optimiser: torch.optim.Optimizer) -> set[str]:
    held = {id(p) for group in optimiser.param_groups for p in group["params"]}
    return {name for name, p in clip.model.named_parameters() if id(p) in held}


def test_muon_takes_the_matrices_of_the_blocks_and_nothing_else(clip: Clip) -> None:
    adamw, muon = make_optimisers(clip.model, TrainSpec(optimizer="muon"))
    blocks = ("visual.transformer.resblocks.0.", "transformer.resblocks.0.")
    matrices = ("attn.in_proj_weight", "attn.out_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight")
    assert isinstance(adamw, torch.optim.AdamW)
    assert names_in(clip, muon) == {block + matrix for block in blocks for matrix in matrices}


def test_adamw_takes_all_where_it_is_asked_to(clip: Clip) -> None:
    (adamw,) = make_optimisers(clip.model, TrainSpec(optimizer="adamw"))
    assert names_in(clip, adamw) == {name for name, _ in clip.model.named_parameters()}


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_vectors_and_scalars_do_not_decay(clip: Clip, optimizer: str) -> None:
    decays = {
        parameter.ndim >= 2: group["weight_decay"]
        for optimiser in make_optimisers(clip.model, TrainSpec(optimizer=optimizer))
        for group in optimiser.param_groups
        for parameter in group["params"]
    }
    assert decays == {True: WEIGHT_DECAY, False: 0.0}
    assert WEIGHT_DECAY > 0


TOWERS = {"all": {"image", "text", "scale"}, "image": {"image", "scale"}, "text": {"text", "scale"}}


def part_of(name: str) -> str:
    """The part of the model that a parameter belongs to."""
    if name in ("logit_scale", "logit_bias"):
        return "scale"
    return "image" if name.startswith("visual.") else "text"


@pytest.mark.parametrize("tune", TUNES)
def test_what_is_left_out_is_frozen(clip: Clip, tune: str) -> None:
    choose_trained(clip.model, tune)
    trained = {name: p.requires_grad for name, p in clip.model.named_parameters()}
    assert trained == {name: part_of(name) in TOWERS[tune] for name in trained}
    assert {part_of(name) for name in trained} == {"image", "text", "scale"}


def test_a_frozen_model_can_be_thawed(clip: Clip) -> None:
    choose_trained(clip.model, "text")
    choose_trained(clip.model, "all")
    assert all(p.requires_grad for p in clip.model.parameters())


def test_the_rate_by_hand() -> None:
    # 100 steps: 15 of warm-up in equal parts, the peak at step 15, halfway down the cosine at 15 + 42.5.
    train = TrainSpec(steps=100)
    assert rate_at(0, train) == pytest.approx(1 / 15)
    assert rate_at(14, train) == pytest.approx(1)
    assert rate_at(15, train) == pytest.approx(1)
    middle = (rate_at(57, train) + rate_at(58, train)) / 2
    assert middle == pytest.approx(FINAL_SHARE + (1 - FINAL_SHARE) / 2, abs=1e-3)
    # One step before the end of the cosine, 84/85 of the way: 1 + cos(84/85 pi) = 0.00068.
    assert rate_at(99, train) == pytest.approx(0.05 + 0.95 * 0.00068 / 2, abs=1e-5)


def test_warm_up_is_at_most_fifty_steps() -> None:
    train = TrainSpec(steps=100_000)
    assert rate_at(0, train) == pytest.approx(1 / 50)
    assert rate_at(49, train) == 1
    assert rate_at(51, train) < 1


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 10, 200])
def test_the_rate_rises_and_then_falls_and_is_never_nothing(steps: int) -> None:
    rates = [rate_at(step, TrainSpec(steps=steps)) for step in range(steps)]
    top = rates.index(max(rates))
    assert max(rates) == 1 and min(rates) >= min(FINAL_SHARE, rates[0])
    assert all(a < b for a, b in pairwise(rates[: top + 1]))
    assert all(a >= b for a, b in pairwise(rates[top:]))
    assert all(math.isfinite(rate) and rate > 0 for rate in rates)


def test_setting_the_rate_reaches_both_optimisers(clip: Clip) -> None:
    train = TrainSpec(learning_rate=0.004, steps=100)
    adamw, muon = optimisers = make_optimisers(clip.model, train)
    rate = set_rate(optimisers, train, 14)
    assert rate == pytest.approx(0.004)
    assert [group["lr"] for group in adamw.param_groups] == [pytest.approx(0.004)] * 2
    assert [group["lr"] for group in muon.param_groups] == [pytest.approx(0.04)]
    assert MUON_RATIO == 10
    assert set_rate(optimisers, train, 0) == pytest.approx(0.004 / 15)
    assert muon.param_groups[0]["lr"] == pytest.approx(0.04 / 15)
