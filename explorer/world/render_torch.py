"""Rendering of scenes in torch, for batches on the training device; the same bytes as `render`.

images = TorchRenderer(plan, size=64, device="cpu").images(scenes)      # (N, 3, 64, 64) uint8 tensor
"""

import torch

from explorer.world.atlas import Atlas
from explorer.world.plan import Plan
from explorer.world.scenes import NUM_CELLS, Scenes, codes


class TorchRenderer:
    """Renderer of torch scenes of one plan at one image size, with all sprites on `device`."""

    def __init__(self, plan: Plan, *, size: int, device: str | torch.device) -> None:
        self.atlas = Atlas(plan, size=size)
        planes = torch.from_numpy(self.atlas.planes()).to(device)
        cell = self.atlas.cell
        self._views = planes.unfold(2, cell, 1).unfold(3, cell, 1)
        self._colors = torch.from_numpy(self.atlas.colors()).to(device=device, dtype=torch.int32)

    def images(self, scenes: Scenes) -> torch.Tensor:
        """Render torch scenes to (N, 3, size, size) uint8."""
        ids, origin = self.atlas.sprite_ids(scenes), self.atlas.origins(scenes)
        windows = self._views[ids, :, origin[:, :, 0], origin[:, :, 1]]
        colors = self._colors[codes(self.atlas.plan, scenes.values)]
        fill, accent = colors[:, :, :3, None, None], colors[:, :, 3:, None, None]
        mixed = windows[:, :, 1:2] * fill
        mixed += windows[:, :, 2:3] * accent
        mixed = mixed.add_(128).bitwise_right_shift_(8).add_(windows[:, :, 0:1])
        return self._placed(scenes, mixed.to(torch.uint8))

    def _placed(self, scenes: Scenes, quarters: torch.Tensor) -> torch.Tensor:
        """Put the quarters (N, n, 3, c, c) at their places on the background."""
        count, cell = len(scenes), self.atlas.cell
        background = self.atlas.plan.world.background
        shape = (count, NUM_CELLS, 3, cell, cell)
        canvas = torch.full(shape, background, dtype=torch.uint8, device=quarters.device)
        canvas[torch.arange(count, device=quarters.device)[:, None], scenes.cell] = quarters
        grid = canvas.view(count, 2, 2, 3, cell, cell).permute(0, 3, 1, 4, 2, 5)
        return grid.reshape(count, 3, 2 * cell, 2 * cell)
