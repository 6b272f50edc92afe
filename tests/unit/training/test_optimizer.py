"""Every weight that trains is in one group of one optimizer, the rest stand still, and the rate goes up and down."""

import math
from itertools import pairwise

import pytest
import torch

from explorer.clip.clip import Clip
from explorer.clip.tuning import prepare
from explorer.spec import DIALS, TrainSpec
from explorer.training.optimizer import (
    FINAL_SHARE,
    MUON_RATIO,
    TUNE_RATIO,
    WEIGHT_DECAY,
    make_optimizers,
    rate_at,
    set_rate,
)
from tests.unit.toys import tiny_clip

TUNES = DIALS["tune"].choices or ()


@pytest.fixture
def clip() -> Clip:
    return tiny_clip(siglip=True)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
@pytest.mark.parametrize("tune", TUNES)
def test_the_groups_hold_every_trained_weight_once(clip: Clip, optimizer: str, tune: str) -> None:
    prepare(clip, TrainSpec(tune=tune))
    optimizers = make_optimizers(clip.model, TrainSpec(optimizer=optimizer))
    groups = [group for each in optimizers for group in each.param_groups]
    held = [id(p) for group in groups for p in group["params"]]
    trained = [id(p) for p in clip.model.parameters() if p.requires_grad]
    assert sorted(held) == sorted(trained)
    # Matrices decay, vectors and scalars do not.
    assert {(p.ndim >= 2, group["weight_decay"]) for group in groups for p in group["params"]} <= {
        (True, WEIGHT_DECAY), (False, 0.0),
    }  # fmt: skip


def names_in(clip: Clip, optimizer: torch.optim.Optimizer) -> set[str]:
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    return {name for name, p in clip.model.named_parameters() if id(p) in held}


def test_muon_takes_the_matrices_of_the_blocks_and_nothing_else(clip: Clip) -> None:
    adamw, muon = make_optimizers(clip.model, TrainSpec(optimizer="muon"))
    blocks = ("visual.transformer.resblocks.0.", "transformer.resblocks.0.")
    matrices = ("attn.in_proj_weight", "attn.out_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight")
    assert isinstance(adamw, torch.optim.AdamW)
    assert names_in(clip, muon) == {block + matrix for block in blocks for matrix in matrices}


@pytest.mark.parametrize("tune", ["lora", "text-map"])
def test_what_is_put_in_is_adamws_and_steps_farther(clip: Clip, tune: str) -> None:
    train = TrainSpec(tune=tune, learning_rate=0.004, steps=100)
    prepare(clip, train)
    optimizers = make_optimizers(clip.model, train)
    assert [type(each) for each in optimizers] == [torch.optim.AdamW]
    assert set_rate(optimizers, train, 14) == pytest.approx(0.004 * TUNE_RATIO[tune])
    assert optimizers[0].param_groups[0]["lr"] == pytest.approx(0.004 * TUNE_RATIO[tune])


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


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 10, 200])
def test_the_rate_rises_and_then_falls_and_is_never_nothing(steps: int) -> None:
    rates = [rate_at(step, TrainSpec(steps=steps)) for step in range(steps)]
    top = rates.index(max(rates))
    assert max(rates) == 1 and min(rates) >= min(FINAL_SHARE, rates[0])
    assert all(a < b for a, b in pairwise(rates[: top + 1]))
    assert all(a >= b for a, b in pairwise(rates[top:]))
    assert all(math.isfinite(rate) and rate > 0 for rate in rates)


def test_setting_the_rate_reaches_both_optimizers(clip: Clip) -> None:
    train = TrainSpec(learning_rate=0.004, steps=100)
    adamw, muon = optimizers = make_optimizers(clip.model, train)
    rate = set_rate(optimizers, train, 14)
    assert rate == pytest.approx(0.004)
    assert [group["lr"] for group in adamw.param_groups] == [pytest.approx(0.004)] * 2
    assert [group["lr"] for group in muon.param_groups] == [pytest.approx(0.04)]
    assert MUON_RATIO == 10
    assert set_rate(optimizers, train, 0) == pytest.approx(0.004 / 15)
    assert muon.param_groups[0]["lr"] == pytest.approx(0.04 / 15)


def test_a_constant_schedule_warms_up_and_stays_at_the_peak() -> None:
    train = TrainSpec(steps=100, learning_rate_schedule="constant")
    assert [rate_at(step, train) for step in (0, 7, 14, 15, 60, 99)] == pytest.approx([1 / 15, 8 / 15, 1, 1, 1, 1])
    falling = TrainSpec(steps=100)
    assert rate_at(7, falling) == rate_at(7, train) and rate_at(99, falling) < 0.06
