"""Rendering of scenes in numpy, for the page and for files.

    images = Renderer(plan, size=64).images(scenes)      # (N, 3, 64, 64) uint8

Pixel = base + ((fill weight * fill + accent weight * accent + 128) >> 8), in integers; `render_torch` computes the same
sums on a device and gives the same bytes.
"""

import numpy as np

from explorer.world.atlas import Atlas
from explorer.world.plan import Plan
from explorer.world.scenes import Scenes, codes

_PIXELS_AT_ONCE = 2**18


class Renderer:
    """Renderer of one plan at one image size; sprites are cached between calls."""

    def __init__(self, plan: Plan, *, size: int) -> None:
        self.atlas = Atlas(plan, size=size)
        self._colors = self.atlas.colors().astype(np.uint16)

    def images(self, scenes: Scenes) -> np.ndarray:
        """Render numpy scenes to (N, 3, size, size) uint8."""
        size, cell = self.atlas.size, self.atlas.cell
        canvas = np.full((len(scenes), 3, size, size), self.atlas.plan.world.background, dtype=np.uint8)
        quarters = canvas.reshape(len(scenes), 3, 2, cell, 2, cell).transpose(0, 2, 4, 1, 3, 5)
        ids, origin = self.atlas.sprite_ids(scenes), self.atlas.origins(scenes)
        colors = self._colors[codes(self.atlas.plan, scenes.values)]
        views = np.lib.stride_tricks.sliding_window_view(self.atlas.planes(ids), (cell, cell), axis=(2, 3))
        # Some scenes at a time: the sums take six bytes a pixel three times over, which is more than a cache holds.
        step = max(1, _PIXELS_AT_ONCE // (cell * cell * max(1, ids.shape[1])))
        for start in range(0, len(scenes), step):
            part = slice(start, start + step)
            rows = np.arange(len(scenes))[part, None]
            windows = views[ids[part], :, origin[part, :, 0], origin[part, :, 1]].astype(np.uint16)
            quarters[rows, scenes.cell[part] // 2, scenes.cell[part] % 2] = _mixed(windows, colors[part])
        return canvas


def _mixed(windows: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """Return (N, n, 3, c, c) uint16 pixels of the weights (N, n, 3, c, c) in the colors (N, n, 4)."""
    accent = windows[:, :, 2:3] * colors[:, :, 3:, None, None]
    accent += 128
    mixed = windows[:, :, 1:2] * colors[:, :, :3, None, None]
    mixed += accent
    mixed >>= 8
    mixed += windows[:, :, 0:1]
    return mixed
