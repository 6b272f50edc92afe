"""Rendering of scenes in numpy from sprites that are drawn once, for the page and for files; placement of free objects.

    images = Renderer(plan, size=64).images(scenes)      # (N, 3, 64, 64) uint8

    atlas = Atlas(plan, size=64)        # all sprites that scenes of the plan can need, each drawn at first use
    ids = atlas.sprite_ids(scenes)      # (N, n) index of each object's sprite
    origin = atlas.origins(scenes)      # (N, n, 2) origin of the quarter's window in the plane of the sprite
    atlas.planes(ids)                   # (S, 3, K, K) uint8: base, fill and accent weights; the rows of `ids` are drawn

An image is four quarters of c x c pixels. A sprite lies in the middle of a K x K plane, and a c x c window of the
plane shows it at its offset in the quarter. A compositor only chooses windows and mixes colors, in integers:
pixel = base + ((fill weight * fill + accent weight * accent + 128) >> 8). `training.batches` has the one in torch,
which gives the same bytes.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from explorer.world.plan import ScenePlan
from explorer.world.scenes import OFFSET_STEPS, Scenes, table_like, value_codes
from explorer.world.sprites import PICTURE_AREA, SPRITE_AREA, draw_picture, draw_sprite
from explorer.world.things import Look

OBJECT_SHARE = 0.875
"""Side of the largest object as a share of its quarter: 28 of 32 pixels."""

SLACK_SHARE = 0.125
"""Range of offsets within a quarter, as a share of it. A larger one slows the learning of nouns, not of binding."""

LOW_BITS = 2**8
"""Values of the part of an offset that moves no object by a pixel, at the sizes of images here."""


class Atlas:
    """Sprites of one plan at one image size (pixels, even)."""

    def __init__(self, plan: ScenePlan, *, size: int) -> None:
        assert size % 2 == 0
        self.plan, self.size, self.cell = plan, size, size // 2
        self.box = 2 * round(self.cell * OBJECT_SHARE / 2)
        reachable = _reachable_codes(plan)
        shapes = {code: sprite_look(plan.looks[code]) for code in reachable}
        self._variants = sorted(set(shapes.values()), key=repr)
        self._variant_of_code = np.zeros(len(plan.looks), dtype=np.int64)
        self._variant_of_code[reachable] = [self._variants.index(shapes[code]) for code in reachable]
        scales = plan.scales[reachable].tolist()
        self._sides = sorted({level * scale // 1000 for scale in scales for level in plan.levels.tolist()})
        self.slack = int(SLACK_SHARE * self.cell)
        self.plane = 2 * ((self.cell + self.slack + 1) // 2)
        shown = len(plan.world.nouns) * plan.world.num_pictures
        count = shown * len(self._variants) * len(self._sides)
        # The last one is blank: that of an object that is not there.
        self._planes = np.zeros((count + 1, 3, self.plane, self.plane), dtype=np.uint8)
        self._planes[count, 0] = plan.world.background
        self._drawn = np.arange(count + 1) == count
        self._number_of_side = np.searchsorted(np.array(self._sides), np.arange(1001))

    def planes(self, ids: np.ndarray | None = None) -> np.ndarray:
        """Return all planes (S, 3, K, K); those of `ids` (all if None) are drawn."""
        wanted = np.arange(len(self._drawn)) if ids is None else np.unique(ids)
        for number in wanted[~self._drawn[wanted]].tolist():
            self._draw(number)
        return self._planes

    def sprite_ids(self, scenes: Scenes) -> Any:
        """Return (N, n) the index of each object's sprite."""
        variant = table_like(self._variant_of_code, scenes.nouns)[value_codes(self.plan, scenes.values)]
        side = table_like(self._number_of_side, scenes.nouns)[scenes.side]
        shown = scenes.nouns * self.plan.world.num_pictures + self._pictures(scenes)
        ids = (shown * len(self._variants) + variant) * len(self._sides) + side
        return array_namespace(ids).where(scenes.nouns >= 0, ids, len(self._drawn) - 1)

    def _pictures(self, scenes: Scenes) -> Any:
        """Return (N, n) the picture of each noun, from the low bits of the offset, which place nothing."""
        low = scenes.offset % LOW_BITS
        return (low[:, :, 0] * LOW_BITS + low[:, :, 1]) * self.plan.world.num_pictures // LOW_BITS**2

    def origins(self, scenes: Scenes) -> Any:
        """Return (N, n, 2) first row and column of the window of the plane that the quarter shows."""
        free = (self.cell - 2 * self._half_side(scenes.side))[:, :, None]
        slack = table_like(np.minimum(np.arange(self.cell + 1), self.slack), scenes.nouns)[free]
        return (self.plane - self.cell - slack + 1) // 2 + scenes.offset * (slack + 1) // OFFSET_STEPS

    def boxes(self, scenes: Scenes) -> np.ndarray:
        """Return (N, n, 4) pixels: left, top, width, height of each object's box (numpy scenes)."""
        half = self._half_side(scenes.side)
        if scenes.split is None:
            corner = np.stack([scenes.cell // 2, scenes.cell % 2], axis=2) * self.cell
            middle = corner + self.plane // 2 - self.origins(scenes)
        else:
            middle = self.free_middles(scenes)
        return np.concatenate([(middle - half[:, :, None])[:, :, ::-1], np.stack([2 * half] * 2, axis=2)], axis=2)

    def pixel_areas(self, scenes: Scenes) -> np.ndarray:
        """Return (N, n) square pixels of each object without its outline, equal for all nouns of one side."""
        share = PICTURE_AREA if self.plan.world.pictures else SPRITE_AREA
        return np.asarray(share * scenes.areas * (self.box / 1000) ** 2)

    def free_middles(self, scenes: Scenes) -> Any:
        """Return (N, n, 2) the middle of each box, down and across, of scenes whose objects are placed freely."""
        half = self._half_side(scenes.side)
        return _free_corners(scenes, 2 * half, self.size) + half[:, :, None]

    def colors(self) -> np.ndarray:
        """Return (codes, 4) fill red, green, blue and accent per combination of values, in 256ths for `>> 8`."""
        levels = np.array([(*look.fill, look.accent) for look in self.plan.looks])
        return (levels * 256 * 2 + 255) // 510

    def _half_side(self, side: Any) -> Any:
        return (side * self.box + 1999) // 2000

    def _draw(self, number: int) -> None:
        rest, side = divmod(number, len(self._sides))
        noun, variant = divmod(rest, len(self._variants))
        world, look = self.plan.world, replace(self._variants[variant], scale=self._sides[side] / 1000)
        if world.pictures:
            sprite = draw_picture(world, *divmod(noun, world.num_pictures), look, self.box)
        else:
            sprite = draw_sprite(world, world.nouns[noun], look, self.box)
        self._planes[number, 0] = self.plan.world.background
        start = (self.plane - self.box) // 2
        self._planes[number, :, start : start + self.box, start : start + self.box] = sprite
        self._drawn[number] = True


def _reachable_codes(plan: ScenePlan) -> list[int]:
    """Return the combinations of values that occur: a kind that does not vary keeps its first value."""
    codes_so_far = [0]
    for k, varies in enumerate(plan.varies if plan.tidy is None else plan.varies | plan.tidy.varies):
        values = range(plan.num_values[k] if varies else 1)
        codes_so_far = [code + value * int(plan.radix[k]) for code in codes_so_far for value in values]
    return codes_so_far


def sprite_look(look: Look) -> Look:
    """Return the part of a look that changes the sprite's planes: all but the colors and the scale."""
    plain = Look()
    return replace(look, fill=plain.fill, accent=plain.accent, scale=plain.scale)


_PIXELS_AT_ONCE = 2**18


class Renderer:
    """Renderer of one plan at one image size; sprites are cached between calls."""

    def __init__(self, plan: ScenePlan, *, size: int) -> None:
        self.atlas = Atlas(plan, size=size)
        self._colors = self.atlas.colors().astype(np.uint16)

    def images(self, scenes: Scenes) -> np.ndarray:
        """Render numpy scenes to (N, 3, size, size) uint8."""
        if scenes.split is not None:
            return self._free_images(scenes)
        size, cell = self.atlas.size, self.atlas.cell
        canvas = np.full((len(scenes), 3, size, size), self.atlas.plan.world.background, dtype=np.uint8)
        quarters = canvas.reshape(len(scenes), 3, 2, cell, 2, cell).transpose(0, 2, 4, 1, 3, 5)
        ids, origin = self.atlas.sprite_ids(scenes), self.atlas.origins(scenes)
        colors = self._colors[value_codes(self.atlas.plan, scenes.values)]
        views = np.lib.stride_tricks.sliding_window_view(self.atlas.planes(ids), (cell, cell), axis=(2, 3))
        # Some scenes at a time: the sums take six bytes a pixel three times over, which is more than a cache holds.
        step = max(1, _PIXELS_AT_ONCE // (cell * cell * max(1, ids.shape[1])))
        for start in range(0, len(scenes), step):
            part = slice(start, start + step)
            rows = np.arange(len(scenes))[part, None]
            windows = views[ids[part], :, origin[part, :, 0], origin[part, :, 1]].astype(np.uint16)
            quarters[rows, scenes.cell[part] // 2, scenes.cell[part] % 2] = _mix_colors(windows, colors[part])
        return canvas

    def _free_images(self, scenes: Scenes) -> np.ndarray:
        """Add to the background the difference that each object makes; boxes do not overlap."""
        size, plane, background = self.atlas.size, self.atlas.plane, self.atlas.plan.world.background
        ids, middles = self.atlas.sprite_ids(scenes), self.atlas.free_middles(scenes)
        colors, planes = self._colors[value_codes(self.atlas.plan, scenes.values)], self.atlas.planes(ids)
        wide, reach = size + 2 * plane, np.arange(plane) - plane // 2 + plane
        images = np.empty((len(scenes), 3, size, size), dtype=np.uint8)
        # Some scenes at a time: with its margins the canvas of a large one takes seven megabytes.
        step = max(1, _PIXELS_AT_ONCE // wide**2)
        for part in (slice(start, start + step) for start in range(0, len(scenes), step)):
            canvas = np.full((len(ids[part]), 3, wide, wide), background, dtype=np.int16)
            rows, channels = np.arange(len(canvas))[:, None, None, None], np.arange(3)[None, :, None, None]
            for index in range(ids.shape[1]):
                weights = planes[ids[part, index, None]].astype(np.uint16)
                mixed = _mix_colors(weights, colors[part, index, None])[:, 0].astype(np.int16)
                down, across = (middles[part, index, axis, None] + reach for axis in (0, 1))
                where = (rows, channels, down[:, None, :, None], across[:, None, None, :])
                canvas[where] += mixed - background
            images[part] = canvas[:, :, plane:-plane, plane:-plane]
        return images


def _mix_colors(windows: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """Return (N, n, 3, c, c) uint16 pixels of the weights (N, n, 3, c, c) in the colors (N, n, 4)."""
    accent = windows[:, :, 2:3] * colors[:, :, 3:, None, None]
    accent += 128
    mixed = windows[:, :, 1:2] * colors[:, :, :3, None, None]
    mixed += accent
    mixed >>= 8
    mixed += windows[:, :, 0:1]
    return mixed


def _free_corners(scenes: Scenes, boxes: Any, size: int) -> Any:
    """Place square boxes (N, n) pixels, each at most half of the image, anywhere and apart in `size` pixels.

    A line parts the image in two and one more line parts each side, so that every object has a region in which its box
    fits; the order of the quarters says which region. A line lies anywhere that leaves room for the boxes on both of
    its sides, and a box lies anywhere in its region. All is integer arithmetic, with equal results in numpy and torch.

    Returns:
        (N, n, 2) pixels of the upper left corners, down and across.
    """
    xp = array_namespace(boxes)
    is_turned = (scenes.split[:, 0] % 2 == 1)[:, None]
    # With a first line across, the image is that of a first line down with both axes exchanged.
    region = xp.where(is_turned, 2 * (scenes.cell % 2) + scenes.cell // 2, scenes.cell)
    # At most one object has each region, so a sum over objects is its box.
    zero = xp.zeros_like(boxes)
    need = [xp.where(region == each, boxes, zero).sum(1) for each in range(4)]
    column = _interpolate(xp.maximum(need[0], need[2]), size - xp.maximum(need[1], need[3]), scenes.split[:, 1])
    rows = [_interpolate(need[side], size - need[side + 2], scenes.split[:, 2 + side]) for side in (0, 1)]
    row = xp.where(region % 2 == 0, rows[0][:, None], rows[1][:, None])
    end = zero + size
    # A box lies in its region, the upper left corner at most its side before the region's end.
    down = _interpolate(xp.where(region < 2, zero, row), xp.where(region < 2, row, end) - boxes, scenes.offset[:, :, 0])
    line = column[:, None] + zero
    is_left = region % 2 == 0
    across = _interpolate(xp.where(is_left, zero, line), xp.where(is_left, line, end) - boxes, scenes.offset[:, :, 1])
    first = xp.where(is_turned, across, down)
    return xp.stack([first, down + across - first], axis=2)


def _interpolate(low: Any, high: Any, share: Any) -> Any:
    """Return an integer from `low` to `high`, both included."""
    return low + (share * (high - low + 1)) // OFFSET_STEPS
