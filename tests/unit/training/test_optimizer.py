"""Every weight that trains is in one group of one optimizer, the rest stand still, and the rate goes up and down.

Muon: singular values near one, the rule of torch's own where that exists, matrices of one shape taken together.
"""

import math
from itertools import pairwise

import pytest
import torch

from explorer.clip.clip import Clip
from explorer.clip.tuning import prepare_tuning
from explorer.spec import DIALS, FINAL_SHARE, MUON_RATIO, TUNE_RATIO, TrainSpec
from explorer.training.optimizer import (
    WEIGHT_DECAY,
    Muon,
    make_optimizers,
    orthogonalize,
    rate_share,
    set_rate,
)
from tests.unit.toys import tiny_clip

TUNES = DIALS["tune"].choices or ()
RATE, DECAY = 0.1, 0.5


@pytest.fixture
def clip() -> Clip:
    return tiny_clip(siglip=True)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
@pytest.mark.parametrize("tune", TUNES)
def test_the_groups_hold_every_trained_weight_once(clip: Clip, optimizer: str, tune: str) -> None:
    prepare_tuning(clip, TrainSpec(tune=tune))
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


def test_the_rate_by_hand() -> None:
    # 100 steps: 15 of warm-up in equal parts, the peak at step 15, halfway down the cosine at 15 + 42.5.
    train = TrainSpec(steps=100)
    assert rate_share(0, train) == pytest.approx(1 / 15)
    assert rate_share(14, train) == pytest.approx(1)
    assert rate_share(15, train) == pytest.approx(1)
    middle = (rate_share(57, train) + rate_share(58, train)) / 2
    assert middle == pytest.approx(FINAL_SHARE + (1 - FINAL_SHARE) / 2, abs=1e-3)
    # One step before the end of the cosine, 84/85 of the way: 1 + cos(84/85 pi) = 0.00068.
    assert rate_share(99, train) == pytest.approx(0.05 + 0.95 * 0.00068 / 2, abs=1e-5)


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 10, 200])
def test_the_rate_rises_and_then_falls_and_is_never_nothing(steps: int) -> None:
    rates = [rate_share(step, TrainSpec(steps=steps)) for step in range(steps)]
    top = rates.index(max(rates))
    assert max(rates) == 1 and min(rates) >= min(FINAL_SHARE, rates[0]) > 0
    assert all(a < b for a, b in pairwise(rates[: top + 1])) and all(a >= b for a, b in pairwise(rates[top:]))
    constant = TrainSpec(steps=steps, learning_rate_schedule="constant")
    assert [rate_share(step, constant) for step in range(steps)] == [*rates[: top + 1], *[1.0] * (steps - top - 1)]


@pytest.mark.parametrize(("tune", "ratio"), [("all", 1.0), *TUNE_RATIO.items()])
def test_setting_the_rate_reaches_every_optimizer(clip: Clip, tune: str, ratio: float) -> None:
    """What lora and text-map put in is AdamW's, and steps farther."""
    train = TrainSpec(learning_rate=0.004, steps=100, tune=tune)
    prepare_tuning(clip, train)
    optimizers = make_optimizers(clip.model, train)
    assert [type(each) for each in optimizers] == [torch.optim.AdamW, Muon][: 2 if tune == "all" else 1]
    for step, share in ((14, 1.0), (0, 1 / 15)):
        expected = 0.004 * ratio * share
        assert set_rate(optimizers, train, step) == pytest.approx(expected)
        for optimizer in optimizers:
            rate = expected * (MUON_RATIO if isinstance(optimizer, Muon) else 1)
            assert all(group["lr"] == pytest.approx(rate) for group in optimizer.param_groups)


@pytest.mark.parametrize("shape", [(3, 8, 8), (2, 4, 12), (2, 12, 4)])
def test_singular_values_come_near_one(shape: tuple[int, int, int]) -> None:
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    result = orthogonalize(matrices)
    assert result.shape == matrices.shape
    values = torch.linalg.svdvals(result)
    assert (values > 0.3).all() and (values < 1.3).all()


def test_a_matrix_of_rank_one_keeps_its_direction() -> None:
    left, right = torch.tensor([[3.0], [4.0]]) / 5, torch.tensor([[0.0, 1.0, 0.0]])
    result = orthogonalize((7 * left @ right)[None])[0]
    size = torch.linalg.svdvals(result)[0]
    torch.testing.assert_close(result, size * left @ right, atol=1e-5, rtol=0)
    assert torch.equal(orthogonalize(torch.zeros(1, 3, 3)), torch.zeros(1, 3, 3))


def test_a_step_decays_and_goes_along_the_orthogonal_gradient() -> None:
    weight, still = torch.nn.Parameter(torch.ones(8, 2)), torch.nn.Parameter(torch.ones(2, 2))
    gradient = torch.randn(8, 2, generator=torch.Generator().manual_seed(1))
    weight.grad = gradient.clone()
    Muon([weight, still], lr=RATE, weight_decay=DECAY).step()
    # Nesterov's step from a momentum of nothing is a multiple of the gradient, and of that only the direction counts.
    expected = torch.ones(8, 2) * (1 - RATE * DECAY) - RATE * math.sqrt(8 / 2) * orthogonalize(gradient[None])[0]
    torch.testing.assert_close(weight.data, expected)
    assert torch.equal(still.data, torch.ones(2, 2)), "a weight without gradient stands still"


def test_shapes_are_taken_together_or_alone_alike() -> None:
    random = torch.Generator().manual_seed(2)
    values = [torch.randn(shape, generator=random) for shape in ((4, 4), (6, 3), (4, 4))]
    gradients = [torch.randn(value.shape, generator=random) for value in values]

    def stepped(groups: list[list[int]]) -> list[torch.Tensor]:
        weights = [torch.nn.Parameter(value.clone()) for value in values]
        for group in groups:
            optimizer = Muon([weights[i] for i in group], lr=RATE, weight_decay=DECAY)
            for i in group:
                weights[i].grad = gradients[i].clone()
            optimizer.step()
        return [weight.data for weight in weights]

    torch.testing.assert_close(stepped([[0, 1, 2]]), stepped([[0], [1], [2]]))


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="this torch has no Muon of its own")
def test_it_is_torchs_rule_besides_its_precision() -> None:
    start = torch.randn(6, 4, generator=torch.Generator().manual_seed(3))
    ours, theirs = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.clone())
    optimizers = Muon([ours], lr=RATE, weight_decay=DECAY), torch.optim.Muon([theirs], lr=RATE, weight_decay=DECAY)
    for step in range(3):
        gradient = torch.randn(6, 4, generator=torch.Generator().manual_seed(10 + step))
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        for optimizer in optimizers:
            optimizer.step()
    torch.testing.assert_close(ours.data, theirs.data, atol=0.02, rtol=0)
