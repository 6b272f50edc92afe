"""Batches of pairs: step k holds scenes k B .. k B + B - 1 of the train stream.

    batches = Batches(plan, train_spec, grammar, clip)
    batch = batches.draw(7)
    batch.images      # (B, 3, S, S) uint8 on the model's device
    batch.ids         # (B + H, C) token ids: B captions, then H hard negatives
    batch.ignore      # (B, B + H) bool or None: captions that are true of an image and must not count against it
    batch.rates       # {"hard_negatives": ..., "duplicate_captions": ..., "false_negatives": ..., ...}

On a CPU the scenes are rendered by numpy, elsewhere by torch (`TorchRenderer`); the bytes are the same.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from explorer.clip.clip import Clip
from explorer.spec import TrainSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar
from explorer.world.pairs import draw_pairs
from explorer.world.plan import ScenePlan
from explorer.world.render import Atlas, Renderer
from explorer.world.scenes import NUM_CELLS, Scenes, value_codes


class TorchRenderer:
    """Renderer of torch scenes of one plan at one image size, with all sprites on `device`."""

    def __init__(self, plan: ScenePlan, *, size: int, device: str | torch.device) -> None:
        self.atlas = Atlas(plan, size=size)
        planes = torch.from_numpy(self.atlas.planes()).to(device)
        cell = self.atlas.cell
        self._planes = planes
        self._views = planes.unfold(2, cell, 1).unfold(3, cell, 1)
        self._colors = torch.from_numpy(self.atlas.colors()).to(device=device, dtype=torch.int32)

    def images(self, scenes: Scenes) -> torch.Tensor:
        """Render torch scenes to (N, 3, size, size) uint8."""
        if scenes.split is not None:
            return self._free_images(scenes)
        ids, origin = self.atlas.sprite_ids(scenes), self.atlas.origins(scenes)
        windows = self._views[ids, :, origin[:, :, 0], origin[:, :, 1]]
        return self._place_quarters(scenes, self._mix_colors(windows, scenes))

    def _mix_colors(self, windows: torch.Tensor, scenes: Scenes) -> torch.Tensor:
        """Mix the colors of the scenes by the weights (N, n, 3, K, K)."""
        colors = self._colors[value_codes(self.atlas.plan, scenes.values)]
        fill, accent = colors[:, :, :3, None, None], colors[:, :, 3:, None, None]
        mixed = windows[:, :, 1:2] * fill
        mixed += windows[:, :, 2:3] * accent
        mixed = mixed.add_(128).bitwise_right_shift_(8).add_(windows[:, :, 0:1])
        return mixed.to(torch.uint8)

    def _free_images(self, scenes: Scenes) -> torch.Tensor:
        """Add to the background the difference that each object makes; boxes do not overlap."""
        size, plane, background = self.atlas.size, self.atlas.plane, self.atlas.plan.world.background
        shape, device = (len(scenes), 3, size + 2 * plane, size + 2 * plane), self._planes.device
        canvas = torch.full(shape, background, dtype=torch.int16, device=device)
        mixed = self._mix_colors(self._planes[self.atlas.sprite_ids(scenes)], scenes).to(torch.int16) - background
        middles, reach = self.atlas.free_middles(scenes), torch.arange(plane, device=device) + plane - plane // 2
        rows, channels = torch.arange(len(scenes), device=device)[:, None, None, None], torch.arange(3, device=device)
        for index in range(mixed.shape[1]):
            down, across = (middles[:, index, axis, None] + reach for axis in (0, 1))
            where = (rows, channels[None, :, None, None], down[:, None, :, None], across[:, None, None, :])
            canvas[where] += mixed[:, index]
        return canvas[:, :, plane:-plane, plane:-plane].to(torch.uint8)

    def _place_quarters(self, scenes: Scenes, quarters: torch.Tensor) -> torch.Tensor:
        """Put the quarters (N, n, 3, c, c) at their places on the background."""
        count, cell = len(scenes), self.atlas.cell
        background = self.atlas.plan.world.background
        shape = (count, NUM_CELLS, 3, cell, cell)
        canvas = torch.full(shape, background, dtype=torch.uint8, device=quarters.device)
        canvas[torch.arange(count, device=quarters.device)[:, None], scenes.cell] = quarters
        grid = canvas.view(count, 2, 2, 3, cell, cell).permute(0, 3, 1, 4, 2, 5)
        return grid.reshape(count, 3, 2 * cell, 2 * cell)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Batch:
    """One step's pairs; see the module."""

    images: torch.Tensor
    ids: torch.Tensor
    ignore: torch.Tensor | None
    rates: dict[str, float]


class Batches:
    """Draws the batches of one run for one model."""

    def __init__(self, plan: ScenePlan, train: TrainSpec, grammar: Grammar, clip: Clip) -> None:
        self._plan, self._train, self._grammar, self._clip = plan, train, grammar, clip
        self._is_on_cpu = clip.device.type == "cpu"
        renderer = Renderer if self._is_on_cpu else TorchRenderer
        device = {} if self._is_on_cpu else {"device": clip.device}
        self._renderer: Any = renderer(plan, size=clip.image_size, **device)

    def draw(self, step: int) -> Batch:
        """Draw the batch of `step`, a function of the specs and the step only."""
        stream = Stream(seed=self._train.seed, name="train", index=self._index(step))
        train = self._train
        pairs = draw_pairs(
            self._plan, stream, self._grammar, hard_negatives=train.hard_negatives, check=train.hard_negative_check
        )
        return Batch(
            images=torch.as_tensor(self._renderer.images(pairs.scenes)),
            ids=self._clip.own_ids(torch.as_tensor(pairs.ids), self._grammar.words, self._grammar.texts),
            # Each image's own caption stays its positive.
            ignore=torch.as_tensor(pairs.truths).clone().fill_diagonal_(False) if train.mask_false_negatives else None,
            rates=pairs.rates(),
        )

    def _index(self, step: int) -> Any:
        first, size = step * self._train.batch_size, self._train.batch_size
        if self._is_on_cpu:
            return np.arange(first, first + size)
        return torch.arange(first, first + size, device=self._clip.device)
