"""Placement of up to four boxes anywhere in the image and apart, as a function of the scene's random numbers.

    corners = free_corners(scenes, boxes, 64)       # (N, n, 2) pixels of the upper left corners, down and across

A line parts the image in two and one more line parts each side, so that every object has a region in which its box
fits; the order of the quarters says which region. A line lies anywhere that leaves room for the boxes on both of its
sides, and a box lies anywhere in its region. All is integer arithmetic, with equal results in numpy and torch.
"""

from typing import Any

from array_api_compat import array_namespace

from explorer.world.scenes import OFFSET_STEPS, Scenes


def free_corners(scenes: Scenes, boxes: Any, size: int) -> Any:
    """Place square boxes (N, n) pixels, each at most half of the image, in an image of `size` pixels."""
    xp = array_namespace(boxes)
    is_turned = (scenes.split[:, 0] % 2 == 1)[:, None]
    # With a first line across, the image is that of a first line down with both axes exchanged.
    region = xp.where(is_turned, 2 * (scenes.cell % 2) + scenes.cell // 2, scenes.cell)
    # At most one object has each region, so a sum over objects is its box.
    zero = xp.zeros_like(boxes)
    need = [xp.where(region == each, boxes, zero).sum(1) for each in range(4)]
    left, right = xp.maximum(need[0], need[2]), xp.maximum(need[1], need[3])
    column = _between(left, size - right, scenes.split[:, 1])
    rows = [_between(need[side], size - need[side + 2], scenes.split[:, 2 + side]) for side in (0, 1)]
    row = xp.where(region % 2 == 0, rows[0][:, None], rows[1][:, None])
    end = zero + size
    down = _placed(xp.where(region < 2, zero, row), xp.where(region < 2, row, end), boxes, scenes.offset[:, :, 0])
    line = column[:, None] + zero
    is_left = region % 2 == 0
    across = _placed(xp.where(is_left, zero, line), xp.where(is_left, line, end), boxes, scenes.offset[:, :, 1])
    first = xp.where(is_turned, across, down)
    return xp.stack([first, down + across - first], axis=2)


def _between(low: Any, high: Any, share: Any) -> Any:
    """Return an integer from `low` to `high`, both included."""
    return low + (share * (high - low + 1)) // OFFSET_STEPS


def _placed(low: Any, high: Any, boxes: Any, share: Any) -> Any:
    """Return the corner of a box that lies from `low` to `high`."""
    return _between(low, high - boxes, share)
