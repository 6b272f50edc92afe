"""Sprites of picture worlds: a grey picture that takes the fill's color, scaled to one area for all nouns.

    draw_picture(FASHION, noun=3, picture=7, look=Look(), box=28)     # planes (3, 28, 28) as in `sprites`

A shaded picture covers all its pixels above 0, and its greys shade the fill; any other is a silhouette, whose greys are
its coverage. Resizing and turning are Pillow's fixed-point filters, so equal arguments give equal bytes.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.resources import ASSETS
from explorer.world.appearance import Look, World
from explorer.world.sprites import stripes

PICTURE_AREA = 0.18
"""Share of the box that the silhouette of every picture covers at scale 1."""
TURN = 27.0
"""Largest angle, in degrees, at which a picture has to fit."""
DOT_PITCH, DOT_SIDE = 0.17, 0.075
"""Distance and half width of the dots of the pattern, as shares of the side."""
Plane = NDArray[np.uint8]


@lru_cache(maxsize=4)
def sheet(world: World) -> Plane:
    """Read (nouns, pictures, S, S) the pictures of a world."""
    assert world.pictures is not None
    with Image.open(ASSETS / "worlds" / world.pictures.file) as image:
        joined = np.array(image.convert("L"))
    rows, columns = len(world.nouns), world.pictures.count
    side = len(joined) // rows
    assert joined.shape == (rows * side, columns * side)
    return joined.reshape(rows, side, columns, side).transpose(0, 2, 1, 3)


def coverage(picture: Plane, *, is_shaded: bool) -> Plane:
    """Return (S, S) how much of each pixel is the object, of 255."""
    return np.where(picture > 0, 255, 0).astype(np.uint8) if is_shaded else picture


def fits(picture: Plane, *, is_shaded: bool) -> bool:
    """Return True if the object lies within its box at scale 1, upright and turned by `TURN`."""
    covered = coverage(picture, is_shaded=is_shaded)
    rows, columns = np.nonzero(covered)
    if not len(rows):
        return False
    high, wide = rows.max() - rows.min() + 1, columns.max() - columns.min() + 1
    share = math.sqrt(PICTURE_AREA / (float(covered.sum()) / 255))
    sine, cosine = math.sin(math.radians(TURN)), math.cos(math.radians(TURN))
    extents = (high, wide, high * cosine + wide * sine, wide * cosine + high * sine)
    return bool(max(extents) * share <= 1)


def draw_picture(world: World, noun: int, picture: int, look: Look, box: int) -> Plane:
    """Draw the planes (3, box, box) of one picture; the look's texture and angle apply, an outline does not."""
    assert world.pictures is not None
    grey = sheet(world)[noun, picture]
    covered = coverage(grey, is_shaded=world.pictures.is_shaded)
    side = look.scale * box * math.sqrt(PICTURE_AREA / (float(covered.sum()) / 255))
    object_, shade = (_placed(plane, covered, side, look.angle, box) for plane in (covered, grey))
    accent = (_pattern(look, box) * object_.astype(np.float64)).astype(np.uint8)
    fill = np.minimum(shade, 255 - accent) if look.texture == "none" else _without(shade, accent, object_)
    base = (world.background * (255 - object_.astype(np.int64)) + 127) // 255
    fill = np.minimum(fill, 255 - base - accent).astype(np.uint8)
    return np.stack([base.astype(np.uint8), fill, accent])


def _without(shade: Plane, accent: Plane, covered: Plane) -> Plane:
    """Leave to the fill what the accent does not cover."""
    free = covered.astype(np.int64) - accent
    return np.minimum(shade, np.maximum(free, 0)).astype(np.uint8)


def _placed(plane: Plane, covered: Plane, side: float, angle: float, box: int) -> Plane:
    """Scale a plane by `side` per pixel, turn it, and center its object in the box."""
    rows, columns = np.nonzero(covered)
    cut = plane[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    size = tuple(max(1, round(length * side)) for length in (cut.shape[1], cut.shape[0]))
    image = Image.fromarray(np.ascontiguousarray(cut)).resize(size, Image.Resampling.BILINEAR, reducing_gap=None)
    if angle:
        image = image.rotate(angle, Image.Resampling.BILINEAR, expand=True)
    canvas = Image.new("L", (box, box))
    canvas.paste(image, ((box - image.width) // 2, (box - image.height) // 2))
    return np.array(canvas)


def _pattern(look: Look, box: int) -> NDArray[np.float64]:
    """Return (box, box) the share of each pixel that the look's texture covers."""
    if look.texture == "stripes":
        grid = 4
        drawn = stripes(look.angle, look.scale, box * grid).astype(np.float64)
        return drawn.reshape(box, grid, box, grid).mean(axis=(1, 3))
    if look.texture == "dots":
        axis = ((np.arange(box) + 0.5) / box - 0.5) / look.scale
        near = np.abs((axis + DOT_PITCH / 2) % DOT_PITCH - DOT_PITCH / 2) < DOT_SIDE / 2 + 0.5 / box
        return (near[:, None] & near[None, :]).astype(np.float64)
    return np.zeros((box, box))
