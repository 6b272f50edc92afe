"""Batches of pairs, drawn as training goes: step k holds scenes k B .. k B + B - 1 of the train stream.

    batches = Batches(plan, train_spec, grammar, clip)
    batch = batches.draw(7)
    batch.images      # (B, 3, S, S) uint8 on the model's device
    batch.ids         # (B + H, C) token ids: B captions, then H hard negatives
    batch.ignore      # (B, B + H) bool or None: captions that are true of an image and must not count against it
    batch.rates       # {"hard_negatives": ..., "duplicate_captions": ..., "false_negatives": ...}

On a CPU the scenes are numpy's, elsewhere torch's; the bytes are the same.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from explorer.spec import TrainSpec
from explorer.world.counter import Stream
from explorer.world.exchanges import swap
from explorer.world.grammar import Grammar
from explorer.world.plan import Plan
from explorer.world.render import Renderer
from explorer.world.render_torch import TorchRenderer
from explorer.world.scenes import draw_scenes
from explorer.world.sentences import Sentence, write_captions
from explorer.world.truth import duplicate_share, truth_matrix
from models.clip import Clip


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Batch:
    """One step's pairs; see the module."""

    images: torch.Tensor
    ids: torch.Tensor
    ignore: torch.Tensor | None
    rates: dict[str, float]


class Batches:
    """Draws the batches of one run for one model."""

    def __init__(self, plan: Plan, train: TrainSpec, grammar: Grammar, clip: Clip) -> None:
        self._plan, self._train, self._grammar, self._clip = plan, train, grammar, clip
        self._on_cpu = clip.device.type == "cpu"
        renderer = Renderer if self._on_cpu else TorchRenderer
        place = {} if self._on_cpu else {"device": clip.device}
        self._renderer: Any = renderer(plan, size=clip.image_size, **place)

    def draw(self, step: int) -> Batch:
        """The batch of `step`, a function of the specs and the step alone."""
        stream = Stream(seed=self._train.seed, name="train", index=self._index(step))
        scenes = draw_scenes(self._plan, stream)
        said = write_captions(self._plan, scenes, stream)
        hard, chosen = self._hard_negatives(said, stream)
        ids = _joined(self._grammar.ids(said), self._grammar.ids(hard))
        true = torch.as_tensor(truth_matrix(self._plan, _both(said, hard), scenes))
        return Batch(
            images=torch.as_tensor(self._renderer.images(scenes)),
            ids=self._clip.own_ids(torch.as_tensor(ids), self._grammar.words, self._grammar.texts),
            ignore=_without_own(true) if self._train.mask_false_negatives else None,
            rates=self._rates(ids, true, torch.as_tensor(chosen)),
        )

    def _index(self, step: int) -> Any:
        first, size = step * self._train.batch_size, self._train.batch_size
        if self._on_cpu:
            return np.arange(first, first + size)
        return torch.arange(first, first + size, device=self._clip.device)

    def _hard_negatives(self, said: Sentence, stream: Stream) -> tuple[Sentence, Any]:
        """The exchanged captions of the dialled share of images, where the caption alone allows one; and which (B,)."""
        exchanged = swap(said, stream)
        chosen = exchanged.exists & stream.chance("hard_negative", self._train.hard_negatives, 1)[:, 0]
        return Sentence(nouns=exchanged.said.nouns[chosen], values=exchanged.said.values[chosen]), chosen

    def _rates(self, ids: Any, true: torch.Tensor, chosen: torch.Tensor) -> dict[str, float]:
        """The shares that each step logs, from the truth (B, B + H) and the images (B,) that got a hard negative."""
        size = len(chosen)
        square, own_hard = true[:, :size], true[chosen, size:].diagonal()
        return {
            "hard_negatives": (len(ids) - size) / size,
            "hard_negatives_true": _share(own_hard),
            "duplicate_captions": duplicate_share(ids[:size]),
            "false_negatives": (int(square.sum()) - int(square.diagonal().sum())) / max(1, size * (size - 1)),
        }


def _joined(first: Any, second: Any) -> Any:
    if isinstance(first, np.ndarray):
        return np.concatenate([first, second])
    return torch.cat([first, second])


def _both(said: Sentence, hard: Sentence) -> Sentence:
    return Sentence(nouns=_joined(said.nouns, hard.nouns), values=_joined(said.values, hard.values))


def _without_own(true: torch.Tensor) -> torch.Tensor:
    """`true` with each image's own caption kept as its positive."""
    ignore = true.clone()
    ignore.fill_diagonal_(False)
    return ignore


def _share(flags: torch.Tensor) -> float:
    return float(flags.float().mean()) if len(flags) else 0.0
