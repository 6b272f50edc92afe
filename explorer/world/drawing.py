"""Strokes for drawing nouns: a few numbers in, one `Part` in the unit square out.

disc("light", 0.5, 0.4, 0.1)                                   a round window
slab("body", 0.0, 0.2, 1.0, 0.8, rounding=0.1)                 a box with round corners
shape("body", mirrored((0.5, 0.0), (1.0, 0.6)), rounding=0.05)  a soft triangle, mirrored about x = 0.5
"""

import math

from explorer.world.appearance import Part, Role

Point = tuple[float, float]
Points = tuple[Point, ...]


def disc(role: Role, x: float, y: float, radius: float, height: float | None = None) -> Part:
    """Make an ellipse around (x, y); a circle if no half height is given."""
    tall = radius if height is None else height
    return Part(role=role, box=(x - radius, y - tall, x + radius, y + tall))


def slab(role: Role, x0: float, y0: float, x1: float, y1: float, *, rounding: float = 0.0) -> Part:
    """Make an upright rectangle."""
    return shape(role, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)), rounding=rounding)


def shape(role: Role, points: Points, *, rounding: float = 0.0) -> Part:
    """Make a polygon with corners rounded by about `rounding` (less at short edges)."""
    return Part(role=role, points=_rounded(points, rounding) if rounding else points)


def mirrored(*right: Point) -> Points:
    """Mirror an outline given by the points of its right half, from top to bottom."""
    left = ((1.0 - x, y) for x, y in reversed(right) if x != 0.5)
    return (*right, *left)


def arc(x: float, y: float, radius: float, start: float, stop: float, steps: int = 12) -> Points:
    """Return points along a circle; angles in degrees, clockwise from the right."""
    turns = (math.radians(start + (stop - start) * step / steps) for step in range(steps + 1))
    return tuple((x + radius * math.cos(t), y + radius * math.sin(t)) for t in turns)


def _rounded(points: Points, rounding: float) -> Points:
    around = zip((points[-1], *points[:-1]), points, (*points[1:], points[0]), strict=True)
    return tuple(point for before, corner, after in around for point in _corner(before, corner, after, rounding))


def _corner(before: Point, corner: Point, after: Point, rounding: float) -> Points:
    """Cut a corner into a curve (a parabola) that starts and ends on its two edges."""
    start, end = _towards(corner, before, rounding), _towards(corner, after, rounding)
    weights = (((1 - t) ** 2, 2 * t * (1 - t), t**2) for t in (0.0, 0.25, 0.5, 0.75, 1.0))
    return tuple(
        (a * start[0] + b * corner[0] + c * end[0], a * start[1] + b * corner[1] + c * end[1]) for a, b, c in weights
    )


def _towards(start: Point, end: Point, distance: float) -> Point:
    share = min(0.5, distance / math.dist(start, end))
    return (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
