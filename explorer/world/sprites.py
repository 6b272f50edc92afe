"""Conversion of a noun and a look to three small planes of weights, from which any colors are composited.

A sprite is uint8 (3, S, S), S the side in pixels of the square `box` that the object fits in at scale 1:

    plane 0, base:   gray of the result (background around the object, ink and light details), blended
    plane 1, fill:   0..255, weight of the object's fill
    plane 2, accent: 0..255, weight of the accent (stripes and dots)

    draw_sprite(THINGS, fish, Look(texture="dots"), 28).shape == (3, 28, 28)

Channel c is base + ((fill * fill'_c + accent * accent' + 128) >> 8), with v' = round(v * 256 / 255); the
three planes sum to at most 255, so that it never overflows. Every subpixel of a 4 x 4 grid has one label
and the rest is integer arithmetic, so the same look gives the same bytes.

All nouns cover the same share SPRITE_AREA of the box at scale 1, at any angle; an outline comes on top. One that would
leave its box, because it is long and thin, is drawn smaller.

    draw_picture(FASHION, 3, 7, look=Look(), box=28)     # planes (3, 28, 28) of a picture world

A shaded picture covers all its pixels above 0, and its grays shade the fill; any other is a silhouette, whose grays are
its coverage. Resizing and turning are Pillow's fixed-point filters, so equal arguments give equal bytes.
"""

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from explorer.resources import ASSETS
from explorer.world.things import Look, Noun, NounPart, World, ellipse

SPRITE_AREA = 0.36
"""Share of the box that the silhouette of every noun covers at scale 1."""

SPRITE_EXTENT = 0.868
"""How long the longer side of a noun may be, as a share of the box at scale 1; its outline adds 0.066 on each side."""

SUBPIXELS = 4
"""Subpixels per pixel and axis."""

BACKGROUND, INK, LIGHT, BODY, ACCENT = range(5)
ROLE_LABELS = {"cut": BACKGROUND, "ink": INK, "light": LIGHT, "body": BODY}

STRIPE_PERIOD, STRIPE_SHARE, STRIPE_SLANT = 0.21, 0.5, -45.0
"""Distance between two stripes as a share of the object's side, the accent's part of it, and degrees."""

RIM_WIDTH = 0.025
"""Width, as a share of the side, of the plain rim that stripes leave at the body's edge and around details."""

DOT_PERIOD, DOT_RADIUS = 0.185, 0.066
"""Distance between two neighboring dots, and their radius, as shares of the side."""

DOT_SKETCH_SIDE = 160
"""Pixels of the unit square of the sketch on which dots are placed."""

Mask = NDArray[np.bool_]
Labels = NDArray[np.uint8]
Corners = NDArray[np.float64]
Plane = NDArray[np.uint8]

PICTURE_AREA = 0.18
"""Share of the box that the silhouette of every picture covers at scale 1."""

MAX_TURN = 27.0
"""Largest angle, in degrees, at which a picture has to fit."""

DOT_PITCH, DOT_SIDE = 0.17, 0.075
"""Distance and width of the square dots on pictures, as shares of the side."""


def draw_sprite(world: World, noun: Noun, look: Look, box: int) -> NDArray[np.uint8]:
    """Draw the planes (3, box, box) of the noun, centered; see the module for their content. They are read-only."""
    return _draw_cached((world.background, world.ink, world.light), noun, look, box)


@lru_cache(maxsize=1024)
def _draw_cached(grays: tuple[int, int, int], noun: Noun, look: Look, box: int) -> NDArray[np.uint8]:
    """Draw a sprite once: a run has six plans, which share most of them. At 64 pixels one takes 2 kB.

    Averages of labels (4S, 4S) become planes (3, S, S); rounding down keeps their sum within 255.
    """
    # Bytes 0, 2 and 4 of a number per label: one sum over the subpixels adds up all three planes.
    by_label = np.array((*grays, 255 << 16, 255 << 32), np.int64)
    packed = by_label[draw_labels(noun, look, box)].reshape(box, SUBPIXELS, box, SUBPIXELS)
    sums = packed.sum(axis=1).sum(axis=2)
    planes = np.stack([(sums >> shift & 0xFFFF) // SUBPIXELS**2 for shift in (0, 16, 32)]).astype(np.uint8)
    planes.setflags(write=False)
    return planes


def draw_labels(noun: Noun, look: Look, box: int) -> Labels:
    """Label (SUBPIXELS * box, SUBPIXELS * box) each subpixel of the noun with its texture and outline."""
    labels = _rasterize(_place_parts(noun, look, noun.parts), box * SUBPIXELS)
    if look.texture == "stripes":
        labels[
            draw_stripes(look.angle, look.scale, box * SUBPIXELS)
            & _body_without_rim(labels, RIM_WIDTH * look.scale * box * SUBPIXELS)
        ] = ACCENT
    elif look.texture == "dots":
        dots = _rasterize(_place_parts(noun, look, place_dots(noun)), box * SUBPIXELS)
        labels[(dots != BACKGROUND) & (labels == BODY)] = ACCENT
    if look.outline > 0:
        # Light within and ink outside, so that one of them is visible.
        shape, width = labels != BACKGROUND, look.outline * look.scale * box * SUBPIXELS
        labels[_dilate(shape, width) & ~shape] = INK
        labels[_dilate(shape, width / 2) & ~shape] = LIGHT
    return labels


def outlines(noun: Noun, look: Look) -> tuple[tuple[str, Corners], ...]:
    """Return the parts of the noun as (role, corners (n, 2)) in the box (0..1), the later ones on top."""
    return tuple(_place_parts(noun, look, noun.parts))


def _rasterize(polygons: Iterable[tuple[str, Corners]], side: int) -> Labels:
    """Draw polygons in the box as labels (side, side), the later ones on top.

    Pillow also fills what an edge touches, so they are drawn twice as fine and every other point is kept.
    """
    image = Image.new("L", (2 * side, 2 * side), BACKGROUND)
    draw = ImageDraw.Draw(image)
    for role, points in polygons:
        draw.polygon((points * (2 * side) - 0.5).ravel().tolist(), fill=ROLE_LABELS[role])
    return np.array(image)[::2, ::2]


def _place_parts(noun: Noun, look: Look, parts: tuple[NounPart, ...]) -> Iterator[tuple[str, Corners]]:
    """Place parts of the noun as polygons in the box (0..1): turned, scaled to the common area, the noun centered."""
    matrix = size_factor(noun) * look.scale * _turn(look.angle)
    # A cut shows nothing, so it has no say in where the middle of the noun is.
    corners = np.concatenate([_polygon(part) for part in noun.parts if part.role != "cut"]) @ matrix
    shift = 0.5 - (corners.min(axis=0) + corners.max(axis=0)) / 2
    return ((part.role, _polygon(part) @ matrix + shift) for part in parts)


def _turn(angle: float) -> Corners:
    """Return the matrix (2, 2) that turns rows of corners by this many degrees."""
    turn = math.radians(angle)
    return np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])


@lru_cache(maxsize=4096)
def _polygon(part: NounPart) -> Corners:
    """Return the part's corners (n, 2); an ellipse becomes a polygon of 40."""
    if part.box is None:
        return np.array(part.points)
    x0, y0, x1, y1 = part.box
    turns = np.arange(40) * (math.tau / 40)
    middle, radii = ((x0 + x1) / 2, (y0 + y1) / 2), ((x1 - x0) / 2, (y1 - y0) / 2)
    return np.stack([np.cos(turns), np.sin(turns)], axis=1) * radii + middle


@lru_cache(maxsize=1024)
def size_factor(noun: Noun) -> float:
    """Return the scale of the noun relative to its unit square at which it covers SPRITE_AREA.

    A thin one covers less: it stays within `SPRITE_EXTENT`, upright and turned by `MAX_TURN`.
    """
    corners = np.concatenate([_polygon(part) for part in noun.parts if part.role != "cut"])
    extents: list[float] = [np.ptp(corners @ _turn(angle), axis=0).max() for angle in (0.0, MAX_TURN)]
    covered = max(1, int(np.count_nonzero(_draw_unscaled(noun, 700))))
    return min(math.sqrt(SPRITE_AREA * 700**2 / covered), SPRITE_EXTENT / float(max(extents)))


def _draw_unscaled(noun: Noun, unit: int) -> Labels:
    """Draw the noun unscaled, `unit` points per unit, with a quarter of a unit to spare on each side."""
    return _rasterize(((part.role, (_polygon(part) + 0.25) / 1.5) for part in noun.parts), unit * 3 // 2)


@lru_cache(maxsize=48)
def draw_stripes(angle: float, scale: float, side: int) -> Mask:
    """Draw slanting bands over the box; they turn and shrink with the object."""
    slant = math.radians(angle + STRIPE_SLANT)
    axis = ((np.arange(side) + 0.5) / side - 0.5) / scale
    across = axis[:, None] * math.cos(slant) - axis[None, :] * math.sin(slant)
    return across % STRIPE_PERIOD < STRIPE_PERIOD * STRIPE_SHARE


@lru_cache(maxsize=1024)
def place_dots(noun: Noun) -> tuple[NounPart, ...]:
    """Place whole dots on the noun's body in loose rows from the top down, each in the room left by those before it."""
    unit = DOT_SKETCH_SIDE
    sketch, radius = _draw_unscaled(noun, unit), DOT_RADIUS / size_factor(noun)
    details = (sketch == INK) | (sketch == LIGHT)
    free = _body_without_rim(sketch, 0.95 * radius * unit) & ~_dilate(details, 1.1 * radius * unit)
    down, across = np.indices(free.shape)
    dots = []
    while free.any():
        row = int(free.any(axis=1).argmax())
        x = int(free[row : row + round(radius * unit / 4)].any(axis=0).argmax())
        y = row + int(free[row:, x].argmax())
        free &= np.hypot(down - y, across - x) > DOT_PERIOD / size_factor(noun) * unit
        dots.append(ellipse("light", (x + 0.5) / unit - 0.25, (y + 0.5) / unit - 0.25, radius))
    return tuple(dots)


def _body_without_rim(labels: Labels, margin: float) -> Mask:
    """Return the body without a rim of this width along its edge and around details."""
    return ~_dilate(labels != BODY, margin)


def _dilate(shape: Mask, radius: float) -> Mask:
    """Return the shape and all points within the radius of it (a shape thicker than the radius)."""
    side, pad = len(shape), math.ceil(radius)
    padded = np.pad(shape, pad)
    grown = shape.copy()
    for dx, dy in _circle_offsets(radius):
        grown |= padded[pad + dy : pad + dy + side, pad + dx : pad + dx + side]
    return grown


@lru_cache(maxsize=64)
def _circle_offsets(radius: float) -> tuple[tuple[int, int], ...]:
    """Return whole offsets along the circle, so dense that copies of a shape leave no gap."""
    steps = math.ceil(math.tau * radius) + 4
    turns = (math.tau * step / steps for step in range(steps))
    return tuple(dict.fromkeys((round(radius * math.cos(t)), round(radius * math.sin(t))) for t in turns))


@lru_cache(maxsize=4)
def read_sheet(world: World) -> Plane:
    """Read (nouns, pictures, S, S) the pictures of a world."""
    assert world.pictures is not None
    with Image.open(ASSETS / "worlds" / world.pictures.file) as image:
        joined = np.array(image.convert("L"))
    rows, columns = len(world.nouns), world.pictures.count
    side = len(joined) // rows
    assert joined.shape == (rows * side, columns * side)
    return joined.reshape(rows, side, columns, side).transpose(0, 2, 1, 3)


def _pixel_coverage(picture: Plane, *, is_shaded: bool) -> Plane:
    """Return (S, S) how much of each pixel is the object, of 255."""
    return np.where(picture > 0, 255, 0).astype(np.uint8) if is_shaded else picture


def fits_in_box(picture: Plane, *, is_shaded: bool) -> bool:
    """Return True if the object lies within its box at scale 1, upright and turned by `MAX_TURN`."""
    covered = _pixel_coverage(picture, is_shaded=is_shaded)
    rows, columns = np.nonzero(covered)
    if not len(rows):
        return False
    high, wide = rows.max() - rows.min() + 1, columns.max() - columns.min() + 1
    share = math.sqrt(PICTURE_AREA / (float(covered.sum()) / 255))
    sine, cosine = math.sin(math.radians(MAX_TURN)), math.cos(math.radians(MAX_TURN))
    extents = (high, wide, high * cosine + wide * sine, wide * cosine + high * sine)
    return bool(max(extents) * share <= 1)


def draw_picture(world: World, noun_index: int, picture_index: int, look: Look, box: int) -> Plane:
    """Draw the planes (3, box, box) of one picture; the look's texture and angle apply, an outline does not."""
    assert world.pictures is not None
    gray = read_sheet(world)[noun_index, picture_index]
    covered = _pixel_coverage(gray, is_shaded=world.pictures.is_shaded)
    side = look.scale * box * math.sqrt(PICTURE_AREA / (float(covered.sum()) / 255))
    object_, shade = (_scale_plane(plane, covered, side, look.angle, box) for plane in (covered, gray))
    accent = (_texture_share(look, box) * object_.astype(np.float64)).astype(np.uint8)
    # The fill has what the accent does not cover.
    free = 255 - accent if look.texture == "none" else np.maximum(object_.astype(np.int64) - accent, 0)
    fill = np.minimum(shade, free)
    base = (world.background * (255 - object_.astype(np.int64)) + 127) // 255
    fill = np.minimum(fill, 255 - base - accent).astype(np.uint8)
    return np.stack([base.astype(np.uint8), fill, accent])


def _scale_plane(plane: Plane, covered: Plane, side: float, angle: float, box: int) -> Plane:
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


def _texture_share(look: Look, box: int) -> NDArray[np.float64]:
    """Return (box, box) the share of each pixel that the look's texture covers."""
    if look.texture == "stripes":
        stripes = draw_stripes(look.angle, look.scale, box * SUBPIXELS)
        return stripes.reshape(box, SUBPIXELS, box, SUBPIXELS).mean(axis=(1, 3))
    if look.texture == "dots":
        axis = ((np.arange(box) + 0.5) / box - 0.5) / look.scale
        near = np.abs((axis + DOT_PITCH / 2) % DOT_PITCH - DOT_PITCH / 2) < DOT_SIDE / 2 + 0.5 / box
        return (near[:, None] & near[None, :]).astype(np.float64)
    return np.zeros((box, box))
