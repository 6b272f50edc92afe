"""Train one model by one spec: a generator that yields one record per step and writes nothing.

    trainer = Trainer(plan, train_spec, grammar, clip)
    for record in trainer.records():
        record.step, record.loss, record.logit_scale        # the caller stores, evaluates, stops
    trainer.clip                                            # the model with its current weights

    measure_pace(lines, 256)     # {"rate": 700.0, "step_s": 0.41}
    failed_to_train(records)     # True if the loss never left that of an untrained model

Weights, scenes and captions follow from the spec's seed, so a run repeats itself on one device. A line of metrics.jsonl
is a record with more fields; `codec.decode` reads the record back.
"""

import ctypes
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.clip.clip import Clip
from explorer.clip.towers import ParallelTowers, is_plain_image_tower, run_in_turn
from explorer.clip.tuning import prepare_tuning
from explorer.spec import TrainSpec
from explorer.training.batches import Batch, Batches
from explorer.training.losses import chance_loss, clip_loss, siglip_chance_loss, siglip_loss
from explorer.training.optimizer import make_optimizers, set_rate
from explorer.world.grammar import Grammar
from explorer.world.plan import ScenePlan

# ---- The record of a step

MIN_LEARNED_NATS = 0.2
"""Nats below the loss of an untrained model; a run that ends above has failed to train."""
NUM_PACE_RECORDS = 30
"""Number of steps for measuring the pace."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRecord:
    """Results of one step. `step` counts from 1; `chance_loss` is the loss of a model that scores every pair alike.

    `rates` are those of `Pairs.rates`.
    """

    step: int
    loss: float
    chance_loss: float
    learning_rate: float
    logit_scale: float
    gradient_norm: float
    seconds: float
    rates: dict[str, float]


def failed_to_train(records: list[StepRecord]) -> bool:
    """Return True if the loss of the last tenth of the steps stayed at that of an untrained model."""
    last = records[-max(1, len(records) // 10) :]
    return sum(record.chance_loss - record.loss for record in last) / len(last) < MIN_LEARNED_NATS


def mean_rates(records: list[StepRecord]) -> dict[str, float]:
    """Average the shares that each step logs over the run."""
    return {name: sum(record.rates[name] for record in records) / len(records) for name in records[0].rates}


def measure_pace(lines: list[dict[str, Any]], batch_size: int) -> dict[str, float]:
    """Return {"rate": pairs/s of the steps only, "step_s": seconds per step with evaluations} of the last steps."""
    last = lines[-NUM_PACE_RECORDS:]
    # The first step of a process is slow and says nothing of the next.
    computed = fmean(line["seconds"] for line in last[len(last) > 1 :])
    if len(last) == 1:
        return {"rate": batch_size / computed, "step_s": computed}
    whole = (last[-1]["elapsed_s"] - last[0]["elapsed_s"]) / (len(last) - 1)
    return {"rate": batch_size / computed, "step_s": whole}


# ---- The training

MAX_LOGIT_SCALE = math.log(100)
MAX_GRADIENT_NORM = 1.0
DISTINCT_TOKENS = 4
"""Tokens of a caption that no other caption of the batch begins with: 3.9 in the default run."""


class Trainer:
    """Training of one model by one spec."""

    def __init__(self, plan: ScenePlan, train: TrainSpec, grammar: Grammar, clip: Clip) -> None:
        self.clip, self._train = clip, train
        self._fold = prepare_tuning(clip, train)
        self._towers = ParallelTowers(clip.device)
        self._optimizers = make_optimizers(clip.model, train, self._towers.run)
        self._batches = Batches(plan, train, grammar, clip)
        self._parameters = [p for p in clip.model.parameters() if p.requires_grad]

    def state(self) -> dict[str, Any]:
        """Return the current weights and optimizers; see `checkpoint.save_checkpoint`."""
        return {"model": self.clip.model.state_dict(), "optimizers": [each.state_dict() for each in self._optimizers]}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned, here or in version 0.2."""
        self.clip.model.load_state_dict(state["model"])
        states = state["optimizers"] if "optimizers" in state else state["optimisers"]  # a checkpoint of version 0.2
        for optimizer, saved in zip(self._optimizers, states, strict=True):
            optimizer.load_state_dict(saved)

    def fold(self) -> Clip:
        """Return the trained model as a plain open_clip one; it cannot be trained further here."""
        self._fold()
        return self.clip

    def records(self, start: int = 0) -> Iterator[StepRecord]:
        """Train step by step after `start`, yielding the record of each."""
        drawn: Callable[[], Batch] = partial(self._batches.draw, start)
        for step in range(start, self._train.steps):
            with self._towers.halve_threads():
                record, drawn = self._step(step, drawn)
            yield record

    def _step(self, step: int, drawn: Callable[[], Batch]) -> tuple[StepRecord, Callable[[], Batch]]:
        """Train on the batch `drawn`; return the record, and the next batch, which a second thread may draw ahead."""
        began = time.perf_counter()
        self.clip.model.train()
        batch = drawn()
        rate = set_rate(self._optimizers, self._train, step)
        loss, norm, ahead = self._descend(batch, partial(self._batches.draw, step + 1))
        record = StepRecord(
            step=step + 1,
            loss=loss,
            chance_loss=self._chance(batch),
            learning_rate=rate,
            logit_scale=self.clip.logit_scale,
            gradient_norm=norm,
            seconds=time.perf_counter() - began,
            rates=batch.rates,
        )
        return record, ahead

    def _descend(self, batch: Batch, draw: Callable[[], Batch]) -> tuple[float, float, Callable[[], Batch]]:
        """Take one step of the optimizers.

        Return the loss, the gradient norm before clipping, and the result of `draw`.

        The towers meet only in the loss. So it is computed on copies of their features, and each part of a tower runs
        its backward pass from the gradient of its own, in parallel.
        """
        for optimizer in self._optimizers:
            optimizer.zero_grad(set_to_none=True)
        many, few = batch.images.tensor_split([len(batch.images) - self._num_moved(batch)])
        captions = [partial(self._encode, self.clip.encode_ids, batch.ids)]
        images = [partial(self._encode, self.clip.encode_images, part) for part in (many, few) if len(part)]
        # Two threads: most images on one, captions and the other images on the second.
        halves = self._towers.run([partial(run_in_turn, images[:1]), partial(run_in_turn, captions + images[1:])])
        ends = [[features.detach().requires_grad_(features.requires_grad) for features in half] for half in halves]
        # The second thread has nothing to do while the loss is taken.
        ahead = self._towers.start_on_second(draw)
        (first,), (text, *rest) = ends
        loss = self._loss(torch.cat([first, *rest]), text, batch.ignore)
        loss.backward()
        back = [
            [partial(features.backward, end.grad) for features, end in zip(*half, strict=True) if end.requires_grad]
            for half in zip(halves, ends, strict=True)
        ]
        self._towers.run([partial(run_in_turn, jobs) for jobs in back])
        norm = torch.nn.utils.clip_grad_norm_(self._parameters, MAX_GRADIENT_NORM)
        for optimizer in self._optimizers:
            optimizer.step()
        with torch.no_grad():
            self.clip.model.logit_scale.clamp_(0, MAX_LOGIT_SCALE)
        return float(loss.detach()), float(norm), ahead

    def _num_moved(self, batch: Batch) -> int:
        """Return the images to encode with the captions, so that two threads end together; the same with one thread."""
        model = self.clip.model
        # An adapter exchanges weights during a pass, which a pass on another thread must not see.
        if self.clip.device.type != "cpu" or self._train.tune == "lora" or not is_plain_image_tower(model):
            return 0
        image = len(batch.images) * len(model.visual.positional_embedding) * _token_operations(model.visual.transformer)
        text = len(batch.ids) * DISTINCT_TOKENS * _token_operations(model.transformer)
        return int(len(batch.images) * max(0.0, (1 - text / image) / 2))

    def _encode(self, tower: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
        """Return normalized features (N, D) in fp32, for any precision of the towers."""
        with torch.autocast(self.clip.device.type, torch.bfloat16, enabled=self._uses_bf16()):
            features = tower(rows)
        return F.normalize(features.float(), dim=-1)

    def _loss(self, image: Tensor, text: Tensor, ignore: Tensor | None) -> Tensor:
        size = len(image)
        hard = text[size:] if len(text) > size else None
        model = self.clip.model
        if self._train.loss == "siglip":
            bias = model.logit_bias
            return siglip_loss(image, text[:size], model.logit_scale.exp(), bias, hard=hard, ignore=ignore)
        return clip_loss(image, text[:size], model.logit_scale.exp(), hard=hard, ignore=ignore)

    def _chance(self, batch: Batch) -> float:
        size = len(batch.images)
        chance = siglip_chance_loss if self._train.loss == "siglip" else chance_loss
        return chance(size, len(batch.ids) - size, batch.ignore)

    def _uses_bf16(self) -> bool:
        precision = self._train.precision
        return precision == "bf16" or (precision == "auto" and self.clip.device.type == "cuda")


def _token_operations(transformer: torch.nn.Module) -> float:
    """Return the multiply-adds of one token; the backward pass takes two thirds of them."""
    parameters = list(transformer.parameters())
    return sum(p.numel() for p in parameters) * (3 if any(p.requires_grad for p in parameters) else 1)


def keep_freed_memory() -> None:
    """Let glibc keep the large blocks that a step frees: new allocations cost an eighth of each step."""
    if sys.platform != "linux" or "MALLOC_MMAP_THRESHOLD_" in os.environ:
        return
    trim_threshold, top_pad, mmap_threshold = -1, -2, -3
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:
        return  # another C library, which needs no help or takes none
    for option, value in ((mmap_threshold, 2**30), (trim_threshold, 2**31 - 1), (top_pad, 2**27)):
        libc.mallopt(option, value)
