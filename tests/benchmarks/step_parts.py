"""Shares of the seconds of a step: data, forward with the loss, backward, optimizer.

    shares(make_pieces(spec), steps=6)      # {"data": 0.1, "forward": 0.3, "backward": 0.45, "optimizer": 0.15}

Timers around what any loop has to call: `Batches.draw`, `Tensor.backward` and the optimizers' steps; forward is the
rest. Only what the thread of the loop waits for counts: data that another thread makes ahead costs it nothing.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any
from unittest import mock

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from explorer.training.loop import Batches
from tests.benchmarks.machine import wait_for
from tests.benchmarks.models_here import Pieces

PARTS = ("data", "forward", "backward", "optimizer")


def shares(pieces: Pieces, steps: int) -> dict[str, float]:
    """The share of each part of `steps` steps, after two that do not count."""
    spent: defaultdict[str, float] = defaultdict(float)
    with _timers(spent, str(pieces.clip.device)):
        records = pieces.training().records()
        for _ in islice(records, 2):
            pass
        spent.clear()
        total = sum(record.seconds for record in islice(records, steps))
    found = {part: spent[part] / total for part in PARTS if part != "forward"}
    return {part: found.get(part, max(0.0, 1 - sum(found.values()))) for part in PARTS}


@contextmanager
def _timers(spent: defaultdict[str, float], device: str) -> Iterator[None]:
    draw, backward = Batches.draw, torch.Tensor.backward
    began: list[float] = []

    def before(*_: Any) -> None:
        wait_for(device)
        began.append(time.perf_counter())

    def after(*_: Any) -> None:
        wait_for(device)
        spent["optimizer"] += time.perf_counter() - began.pop()

    hooks = [register_optimizer_step_pre_hook(before), register_optimizer_step_post_hook(after)]
    with (
        mock.patch.object(Batches, "draw", _timer(draw, "data", spent, device)),
        mock.patch.object(torch.Tensor, "backward", _timer(backward, "backward", spent, device)),
    ):
        yield
    for hook in hooks:
        hook.remove()


def _timer(work: Callable[..., Any], part: str, spent: defaultdict[str, float], device: str) -> Callable[..., Any]:
    """`work`, its seconds added to `part` where the loop's thread calls it."""
    loop = threading.get_ident()

    def call(*values: Any, **named: Any) -> Any:
        if threading.get_ident() != loop:
            return work(*values, **named)
        wait_for(device)
        start = time.perf_counter()
        answer = work(*values, **named)
        wait_for(device)
        spent[part] += time.perf_counter() - start
        return answer

    return call
