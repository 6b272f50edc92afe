"""Muon: orthogonalized momentum, for the weight matrices of transformer blocks.

    optimizer = Muon(matrices, lr=0.02, weight_decay=0.1)      # each (rows, columns)
    loss.backward(); optimizer.step()

Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024. torch.optim.Muon is the same rule in
bfloat16, which many CPUs can only emulate: there it took two thirds of a whole training step. This one stays in fp32 on
a CPU, and takes all matrices of one shape in one product.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial, reduce
from typing import Any

import torch
from torch import Tensor

from explorer.clip.parallel_towers import in_turn

MOMENTUM = 0.9
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5
GRAM_ITERATIONS = (3, 2)
"""The same five iterations, each part on its own m x m product. In one part, rounding grows a hundredfold in fp32."""
Run = Callable[[Sequence[Callable[[], None]]], Any]
"""Runs independent jobs in any order."""


class Muon(torch.optim.Optimizer):
    """Orthogonalized Nesterov momentum times sqrt(max(1, rows / columns)); weights decay by lr * weight_decay."""

    def __init__(self, parameters: Iterable[Tensor], *, lr: float, weight_decay: float, run: Run = in_turn) -> None:
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay})
        self._run = run

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]  # no closure: nothing here evaluates the loss anew
        """Take one step along the available gradients."""
        for group in self.param_groups:
            shapes: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    shapes[parameter.shape].append(parameter)
            # The most expensive first, so that two threads end together.
            alike = sorted(shapes.values(), key=lambda each: -each[0].numel())
            self._run([partial(self._step_together, each, group["lr"], group["weight_decay"]) for each in alike])

    @torch.no_grad()  # again, as it holds for the thread that says so
    def _step_together(self, parameters: list[Tensor], rate: float, decay: float) -> None:
        gradients = torch.stack([p.grad for p in parameters if p.grad is not None])
        momenta = [self.state[p].setdefault("momentum", torch.zeros_like(p)) for p in parameters]
        torch._foreach_lerp_(momenta, list(gradients), 1 - MOMENTUM)
        updates = orthogonal(gradients.lerp_(torch.stack(momenta), MOMENTUM))
        rows, columns = parameters[0].shape
        torch._foreach_mul_(parameters, 1 - rate * decay)
        torch._foreach_add_(parameters, list(updates), alpha=-rate * max(1, rows / columns) ** 0.5)


def orthogonal(matrices: Tensor) -> Tensor:
    """Bring the singular values of matrices (N, R, C) near 1, by Newton and Schulz's iteration."""
    a, b, c = NEWTON_SCHULZ
    is_tall = matrices.shape[1] > matrices.shape[2]
    found = matrices.mT if is_tall else matrices
    found = found.to(torch.float32 if matrices.device.type == "cpu" else torch.bfloat16)
    found = found / found.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    # A Gram matrix needs more products, but only of the short side; and more digits than bfloat16 has.
    if found.dtype == torch.float32 and found.shape[2] >= 2 * found.shape[1]:
        for iterations in GRAM_ITERATIONS:
            found = _factor(found @ found.mT, iterations) @ found
    else:
        for _ in range(ITERATIONS):
            gram = found @ found.mT
            found = torch.baddbmm(found, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), found, beta=a)
    return (found.mT if is_tall else found).to(matrices.dtype)


def _factor(gram: Tensor, iterations: int) -> Tensor:
    """Return F (N, m, m) such that F X is X after `iterations`, from X X^T = `gram`."""
    a, b, c = NEWTON_SCHULZ
    factors: list[Tensor] = []
    for _ in range(iterations):
        if factors:
            gram = factors[-1] @ gram @ factors[-1]
        factors.append(torch.baddbmm(gram, gram, gram, beta=b, alpha=c))
        factors[-1].diagonal(dim1=1, dim2=2).add_(a)
    # Polynomials of one matrix commute, so their order is free.
    return reduce(torch.matmul, factors)
