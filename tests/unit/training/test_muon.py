"""Muon: singular values near one, the rule of torch's own where that exists, matrices of one shape taken together."""

import math

import pytest
import torch

from explorer.training.optimizer import MOMENTUM, Muon, orthogonal

RATE, DECAY = 0.1, 0.5


@pytest.mark.parametrize("shape", [(3, 8, 8), (2, 4, 12), (2, 12, 4)])
def test_singular_values_come_near_one(shape: tuple[int, int, int]) -> None:
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    found = orthogonal(matrices)
    assert found.shape == matrices.shape
    values = torch.linalg.svdvals(found)
    assert (values > 0.3).all() and (values < 1.3).all()


def test_a_matrix_of_rank_one_keeps_its_direction() -> None:
    left, right = torch.tensor([[3.0], [4.0]]) / 5, torch.tensor([[0.0, 1.0, 0.0]])
    found = orthogonal((7 * left @ right)[None])[0]
    size = torch.linalg.svdvals(found)[0]
    torch.testing.assert_close(found, size * left @ right, atol=1e-5, rtol=0)


def test_nothing_comes_of_nothing() -> None:
    assert torch.equal(orthogonal(torch.zeros(1, 3, 3)), torch.zeros(1, 3, 3))


def test_a_step_decays_and_goes_along_the_orthogonal_gradient() -> None:
    weight = torch.nn.Parameter(torch.ones(8, 2))
    gradient = torch.randn(8, 2, generator=torch.Generator().manual_seed(1))
    weight.grad = gradient.clone()
    Muon([weight], lr=RATE, weight_decay=DECAY).step()
    # Nesterov's step from a momentum of nothing is a multiple of the gradient, and of that only the direction counts.
    expected = torch.ones(8, 2) * (1 - RATE * DECAY) - RATE * math.sqrt(8 / 2) * orthogonal(gradient[None])[0]
    torch.testing.assert_close(weight.data, expected)


def test_momentum_is_kept_from_step_to_step() -> None:
    weight = torch.nn.Parameter(torch.zeros(2, 2))
    optimizer = Muon([weight], lr=RATE, weight_decay=0.0)
    for gradient in (torch.eye(2), torch.zeros(2, 2)):
        weight.grad = gradient.clone()
        optimizer.step()
    momentum = (1 - MOMENTUM) * MOMENTUM
    torch.testing.assert_close(optimizer.state[weight]["momentum"], momentum * torch.eye(2))
    assert (weight.diagonal() < -1.5 * RATE).all(), "the second step went on where the first went"


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


def test_a_weight_without_gradient_stands_still() -> None:
    weight = torch.nn.Parameter(torch.ones(2, 2))
    Muon([weight], lr=RATE, weight_decay=DECAY).step()
    assert torch.equal(weight.data, torch.ones(2, 2))


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
