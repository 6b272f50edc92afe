"""Turns a noun and a look into three small planes of weights, from which any colors are composited.

A sprite is uint8 (3, S, S), S the side in pixels of the square `box` that the object fits in at scale 1:

    plane 0, base:   what is grey in the end (background around the object, ink and light details), blended
    plane 1, fill:   0..255, how much of the pixel takes the object's fill
    plane 2, accent: 0..255, how much of it takes the accent (stripes and dots)

    draw_sprite(THINGS, fish, Look(texture="dots"), 28).shape == (3, 28, 28)

Channel c is base + ((fill * fill'_c + accent * accent' + 128) >> 8), with v' = round(v * 256 / 255); the
three planes sum to at most 255, so that it never overflows. Every subpixel of a 4 x 4 grid bears one label
and the rest is integer arithmetic, so the same look gives the same bytes.

All nouns cover the same share AREA of the box at scale 1, whatever their angle; an outline comes on top.
"""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from explorer.world.look import Look, Noun, Part, World

AREA = 0.36
"""Share of the box that the silhouette of every noun covers at scale 1."""

GRID = 4
"""Subpixels per pixel and axis."""

BACKGROUND, INK, LIGHT, BODY, ACCENT = range(5)
ROLE_LABELS = {"cut": BACKGROUND, "ink": INK, "light": LIGHT, "body": BODY}

STRIPE_PERIOD = 0.21
"""Distance between two stripes, as a share of the side of the object; half of it is accent."""

DOT_PERIOD, DOT_RADIUS = 0.27, 0.082
"""Distance and radius of the dots, as shares of the side; they sit on a triangular lattice."""

Mask = NDArray[np.bool_]
Labels = NDArray[np.uint8]
Points = NDArray[np.float64]


def draw_sprite(world: World, noun: Noun, look: Look, box: int) -> NDArray[np.uint8]:
    """The planes (3, box, box) of the noun, centred; see the module for what they hold."""
    labels = _labels(noun, look, box * GRID)
    if look.texture != "none":
        labels[(labels == BODY) & _texture(look, box * GRID)] = ACCENT
    if look.outline > 0:
        labels = _ringed(labels, look.outline * look.scale * box * GRID)
    return _planes(world, labels, box)


def silhouette_area(noun: Noun, look: Look, side: int = 512) -> float:
    """Share of the box that the noun covers with this look, holes and outline left out."""
    return float(np.count_nonzero(_labels(noun, look, side))) / side**2


def _planes(world: World, labels: Labels, box: int) -> NDArray[np.uint8]:
    """Labels (4S, 4S) averaged into planes (3, S, S); rounding down keeps their sum within 255."""
    table = np.zeros((3, 5), np.uint16)
    table[0, [BACKGROUND, INK, LIGHT]] = world.background, world.ink, world.light
    table[1, BODY] = table[2, ACCENT] = 255
    rows = table[:, labels].reshape(3, box, GRID, box * GRID).sum(axis=2, dtype=np.uint16)
    cells = rows.reshape(3, box, box, GRID).sum(axis=3, dtype=np.uint16)
    return (cells // GRID**2).astype(np.uint8)


def _labels(noun: Noun, look: Look, side: int) -> Labels:
    """The bare object, without texture and outline, as a label for each of side x side points."""
    image = Image.new("L", (side, side), BACKGROUND)
    draw = ImageDraw.Draw(image)
    for role, points in _placed(noun, look):
        draw.polygon((points * side - 0.5).ravel().tolist(), fill=ROLE_LABELS[role])
    return np.array(image)


def _placed(noun: Noun, look: Look) -> Iterator[tuple[str, Points]]:
    """The parts as polygons in the box (0..1), turned, scaled to the common area and centred."""
    factor = _factor(noun) * look.scale
    turn = math.radians(look.angle)
    matrix = factor * np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    turned = [(part.role, _polygon(part) @ matrix) for part in noun.parts]
    # A cut shows nothing, so it has no say in where the object's middle is.
    drawn = np.concatenate([points for role, points in turned if role != "cut"])
    shift = 0.5 - (drawn.min(axis=0) + drawn.max(axis=0)) / 2
    return ((role, points + shift) for role, points in turned)


@lru_cache(maxsize=4096)
def _polygon(part: Part) -> Points:
    """The part's corners (n, 2); an ellipse becomes a polygon of 40."""
    if part.box is None:
        return np.array(part.points)
    x0, y0, x1, y1 = part.box
    turns = np.arange(40) * (math.tau / 40)
    middle, radii = ((x0 + x1) / 2, (y0 + y1) / 2), ((x1 - x0) / 2, (y1 - y0) / 2)
    return np.stack([np.cos(turns), np.sin(turns)], axis=1) * radii + middle


@lru_cache(maxsize=1024)
def _factor(noun: Noun, side: int = 1024) -> float:
    """How much larger than in its unit square the noun is drawn, so that it covers AREA."""
    image = Image.new("1", (side, side), 0)
    draw = ImageDraw.Draw(image)
    for part in noun.parts:
        draw.polygon((_polygon(part) * side - 0.5).ravel().tolist(), fill=int(part.role != "cut"))
    return math.sqrt(AREA * side**2 / np.count_nonzero(np.array(image)))


def _texture(look: Look, side: int) -> Mask:
    """Where the accent of the look's texture lies in the box; it turns and shrinks with the object."""
    turn = math.radians(look.angle)
    axis = ((np.arange(side) + 0.5) / side - 0.5) / look.scale
    x = axis[None, :] * math.cos(turn) + axis[:, None] * math.sin(turn)
    y = axis[:, None] * math.cos(turn) - axis[None, :] * math.sin(turn)
    if look.texture == "stripes":
        return _fold((x + y) / math.sqrt(2), STRIPE_PERIOD) < STRIPE_PERIOD / 4
    height = DOT_PERIOD * math.sqrt(3)
    even = _fold(x, DOT_PERIOD) ** 2 + _fold(y, height) ** 2
    odd = _fold(x - DOT_PERIOD / 2, DOT_PERIOD) ** 2 + _fold(y - height / 2, height) ** 2
    return np.minimum(even, odd) < DOT_RADIUS**2


def _fold(values: Points, period: float) -> Points:
    """Distance to the nearest multiple of the period."""
    return np.abs((values + period / 2) % period - period / 2)


def _ringed(labels: Labels, width: float) -> Labels:
    """The labels with a ring around the object: light within, ink outside, so that one of them shows."""
    shape = labels != BACKGROUND
    inner = _grown(shape, width * 0.5)
    outer = _grown(shape, width)
    return np.where(shape, labels, np.where(inner, LIGHT, np.where(outer, INK, BACKGROUND))).astype(np.uint8)


def _grown(shape: Mask, radius: float) -> Mask:
    """The shape and all that lies within the radius of it (a shape thicker than the radius)."""
    side, pad = len(shape), math.ceil(radius)
    padded = np.pad(shape, pad)
    grown = shape.copy()
    for dx, dy in _circle(radius):
        grown |= padded[pad + dy : pad + dy + side, pad + dx : pad + dx + side]
    return grown


@lru_cache(maxsize=64)
def _circle(radius: float) -> tuple[tuple[int, int], ...]:
    """Whole offsets along the circle, so close that a shape copied to each leaves no gap."""
    steps = math.ceil(math.tau * radius) + 4
    turns = (math.tau * step / steps for step in range(steps))
    return tuple(dict.fromkeys((round(radius * math.cos(t)), round(radius * math.sin(t))) for t in turns))
