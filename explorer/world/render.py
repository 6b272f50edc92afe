"""Scenes to pixels in numpy, for the page and for files.

    images = Renderer(plan, size=64).images(scenes)      # (N, 3, 64, 64) uint8

Pixel = base + ((fill weight * fill + accent weight * accent + 128) >> 8), in integers; `render_torch` does the same
sums on a device and gives the same bytes.
"""

import numpy as np

from explorer.world.atlas import Atlas
from explorer.world.plan import Plan
from explorer.world.scenes import NUM_CELLS, Scenes, codes


class Renderer:
    """Draws scenes of one plan at one image size; sprites are kept between calls."""

    def __init__(self, plan: Plan, *, size: int) -> None:
        self.atlas = Atlas(plan, size=size)
        self._colors = self.atlas.colors().astype(np.uint16)

    def images(self, scenes: Scenes) -> np.ndarray:
        """(N, 3, size, size) uint8 pictures of numpy scenes."""
        windows = self._windows(scenes)
        colors = self._colors[codes(self.atlas.plan, scenes.values)]
        fill, accent = colors[:, :, :3, None, None], colors[:, :, 3:, None, None]
        mixed = (windows[:, :, 1:2] * fill + windows[:, :, 2:3] * accent + 128) >> 8
        return self._placed(scenes, (windows[:, :, 0:1] + mixed).astype(np.uint8))

    def _windows(self, scenes: Scenes) -> np.ndarray:
        """(N, n, 3, c, c) uint16 the weights of each object's quarter."""
        ids, origin = self.atlas.sprite_ids(scenes), self.atlas.origins(scenes)
        cell = self.atlas.cell
        views = np.lib.stride_tricks.sliding_window_view(self.atlas.planes(ids), (cell, cell), axis=(2, 3))
        return views[ids, :, origin[:, :, 0], origin[:, :, 1]].astype(np.uint16)

    def _placed(self, scenes: Scenes, quarters: np.ndarray) -> np.ndarray:
        """The quarters (N, n, 3, c, c) put where they belong on the background."""
        count, cell = len(scenes), self.atlas.cell
        background = self.atlas.plan.world.background
        canvas = np.full((count, NUM_CELLS, 3, cell, cell), background, dtype=np.uint8)
        canvas[np.arange(count)[:, None], scenes.cell] = quarters
        grid = canvas.reshape(count, 2, 2, 3, cell, cell).transpose(0, 3, 1, 4, 2, 5)
        return np.ascontiguousarray(grid).reshape(count, 3, 2 * cell, 2 * cell)
