"""The types of a world, and the world `things`: twelve nouns, each a stack of parts, and five kinds of values.

    THINGS.kinds[0].name == "color";  THINGS.kinds[0].values[0].word == "blue"

The first value of a kind is the unmarked one. The parts of a noun lie in the unit square, except the tip of the
umbrella, and later parts cover earlier ones. At 28 pixels, most of an object is its body, which takes the color. A
`Look` states how one object is painted. Each `AttributeValue` is a word plus the `Look` fields that it changes, so a
renderer folds the values of an object into one `Look` and never asks for a kind by name:
value_of_color.paint(value_of_size.paint(Look())).
"""

import math
from dataclasses import dataclass, field, replace
from typing import Literal

PaintRole = Literal["body", "ink", "light", "cut"]
"""body: takes the object's fill; ink, light: fixed neutral details; cut: a hole down to the background."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NounPart:
    """One filled shape in the unit square, x to the right, y down.

    `points` is a polygon of (x, y); an ellipse is given by its `box` (x0, y0, x1, y1) instead.
    """

    role: PaintRole
    points: tuple[tuple[float, float], ...] = ()
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Noun:
    """A kind of object: its word and its parts."""

    word: str
    parts: tuple[NounPart, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """Appearance of one object.

    `fill` is an RGB color 0..255 and `accent` a gray level 0..255 that stands out on it (stripes and dots);
    `scale` multiplies the side of the object; `texture` names a pattern of the accent on the body;
    `outline` is the width of a ring around the object as a share of its side; `angle` turns it, in degrees.
    """

    fill: tuple[int, int, int] = (128, 128, 128)
    accent: int = 255
    scale: float = 1.0
    texture: Literal["none", "stripes", "dots"] = "none"
    outline: float = 0.0
    angle: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class AttributeValue:
    """One value of a kind: its word, and the fields of `Look` that it sets."""

    word: str
    paints: dict[str, object] = field(default_factory=dict, hash=False)

    def paint(self, look: Look) -> Look:
        """Return the look with this value painted on it."""
        return replace(look, **self.paints)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True, slots=True)
class AttributeKind:
    """A family of attributes; its first value is the unmarked one, kept if the kind does not vary."""

    name: str
    values: tuple[AttributeValue, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureSheet:
    """A sheet of gray pictures in assets/worlds: a row per noun, `count` columns; see `sprites`."""

    file: str
    count: int
    is_shaded: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """Nouns and kinds, in the order in which captions name them, and the gray level behind them.

    With `pictures` nouns have no parts, and each object shows one of its noun's pictures.
    """

    name: str
    nouns: tuple[Noun, ...]
    kinds: tuple[AttributeKind, ...]
    background: int
    ink: int
    light: int
    pictures: PictureSheet | None = None

    @property
    def num_pictures(self) -> int:
        """The number of ways to show one noun: 1 for a drawn shape."""
        return self.pictures.count if self.pictures else 1


Point = tuple[float, float]
Points = tuple[Point, ...]


def ellipse(role: PaintRole, x: float, y: float, radius: float, height: float | None = None) -> NounPart:
    """Make an ellipse around (x, y); a circle if no half height is given."""
    tall = radius if height is None else height
    return NounPart(role=role, box=(x - radius, y - tall, x + radius, y + tall))


def rectangle(role: PaintRole, x0: float, y0: float, x1: float, y1: float, *, rounding: float = 0.0) -> NounPart:
    """Make a rectangle with opposite corners (x0, y0) and (x1, y1), rounded by about `rounding`."""
    return polygon(role, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)), rounding=rounding)


def polygon(role: PaintRole, points: Points, *, rounding: float = 0.0) -> NounPart:
    """Make a polygon with corners rounded by about `rounding` (less at short edges)."""
    return NounPart(role=role, points=_round_corners(points, rounding) if rounding else points)


def mirror(*right: Point) -> Points:
    """Mirror an outline given by the points of its right half, from top to bottom."""
    left = ((1.0 - x, y) for x, y in reversed(right) if x != 0.5)
    return (*right, *left)


def arc(x: float, y: float, radius: float, start: float, stop: float, steps: int = 12) -> Points:
    """Return points along a circle; angles in degrees, clockwise from the right."""
    turns = (math.radians(start + (stop - start) * step / steps) for step in range(steps + 1))
    return tuple((x + radius * math.cos(t), y + radius * math.sin(t)) for t in turns)


def _round_corners(points: Points, rounding: float) -> Points:
    """Cut each corner into a curve (a parabola) that starts and ends on its two edges."""
    points_on_curves: list[Point] = []
    for before, corner, after in zip((points[-1], *points[:-1]), points, (*points[1:], points[0]), strict=True):
        (x0, y0), (x1, y1), (x2, y2) = _towards(corner, before, rounding), corner, _towards(corner, after, rounding)
        weights = (((1 - t) ** 2, 2 * t * (1 - t), t**2) for t in (0.0, 0.25, 0.5, 0.75, 1.0))
        points_on_curves += [(a * x0 + b * x1 + c * x2, a * y0 + b * y1 + c * y2) for a, b, c in weights]
    return tuple(points_on_curves)


def _towards(start: Point, end: Point, distance: float) -> Point:
    share = min(0.5, distance / math.dist(start, end))
    return (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))


SUBMARINE = Noun(
    word="submarine",
    parts=(
        rectangle("body", 0.46, 0.04, 0.54, 0.30),
        rectangle("body", 0.46, 0.04, 0.70, 0.12),
        polygon("body", ((0.30, 0.44), (0.35, 0.19), (0.67, 0.19), (0.72, 0.44)), rounding=0.06),
        polygon("body", ((0.0, 0.36), (0.12, 0.36), (0.24, 0.60), (0.12, 0.86), (0.0, 0.86)), rounding=0.05),
        ellipse("body", 0.54, 0.61, 0.46, 0.29),
        *(ellipse("ink", x, 0.59, 0.095) for x in (0.31, 0.555, 0.80)),
        *(ellipse("light", x, 0.59, 0.06) for x in (0.31, 0.555, 0.80)),
    ),
)

BUS = Noun(
    word="bus",
    parts=(
        rectangle("body", 0.0, 0.10, 1.0, 0.79, rounding=0.10),
        *(rectangle("light", x, 0.19, x + 0.17, 0.39, rounding=0.02) for x in (0.07, 0.30, 0.53)),
        rectangle("light", 0.76, 0.19, 0.94, 0.39, rounding=0.02),
        *(ellipse("ink", x, 0.79, 0.125) for x in (0.22, 0.74)),
        *(ellipse("light", x, 0.79, 0.05) for x in (0.22, 0.74)),
    ),
)

BOAT = Noun(
    word="boat",
    parts=(
        rectangle("ink", 0.43, 0.05, 0.50, 0.75),
        polygon("body", ((0.53, 0.06), (0.58, 0.06), (0.94, 0.62), (0.53, 0.62)), rounding=0.03),
        polygon("body", ((0.40, 0.16), (0.40, 0.62), (0.06, 0.62), (0.36, 0.16)), rounding=0.02),
        polygon("body", ((0.0, 0.68), (1.0, 0.68), (0.82, 1.0), (0.18, 1.0)), rounding=0.06),
    ),
)

PLANE = Noun(
    word="plane",
    parts=(
        polygon("body", mirror((0.5, 0.18), (0.60, 0.21), (1.0, 0.47), (1.0, 0.66), (0.5, 0.59)), rounding=0.04),
        polygon("body", mirror((0.5, 0.76), (0.60, 0.78), (0.80, 0.88), (0.80, 1.0), (0.5, 0.95)), rounding=0.03),
        ellipse("body", 0.5, 0.505, 0.155, 0.485),
        polygon("light", mirror((0.5, 0.10), (0.56, 0.13), (0.60, 0.22), (0.5, 0.19)), rounding=0.01),
    ),
)

HOUSE = Noun(
    word="house",
    parts=(
        rectangle("body", 0.72, 0.08, 0.85, 0.40),
        rectangle("body", 0.10, 0.40, 0.90, 0.96),
        polygon("body", mirror((0.5, 0.02), (1.0, 0.46), (0.96, 0.53), (0.5, 0.53)), rounding=0.03),
        rectangle("ink", 0.20, 0.62, 0.40, 0.96),
        rectangle("light", 0.58, 0.62, 0.78, 0.80),
    ),
)

CUP = Noun(
    word="cup",
    parts=(
        ellipse("body", 0.74, 0.48, 0.26, 0.27),
        ellipse("cut", 0.76, 0.48, 0.13, 0.145),
        polygon("body", ((0.0, 0.08), (0.74, 0.08), (0.70, 0.94), (0.04, 0.94)), rounding=0.12),
        ellipse("body", 0.37, 0.10, 0.37, 0.09),
        ellipse("ink", 0.37, 0.10, 0.30, 0.055),
    ),
)

UMBRELLA = Noun(
    word="umbrella",
    parts=(
        rectangle("body", 0.46, -0.02, 0.54, 0.10),
        polygon("body", tuple((x, 0.64 + 1.22 * y) for x, y in arc(0.5, 0.0, 0.5, 180, 360, 24))),
        *(ellipse("cut", x, 0.655, 0.125, 0.065) for x in (0.125, 0.375, 0.625, 0.875)),
        rectangle("ink", 0.45, 0.56, 0.55, 0.85),
        polygon("ink", (*arc(0.595, 0.83, 0.145, 180, 0), *arc(0.595, 0.83, 0.045, 0, 180))),
    ),
)


_STAR = tuple((math.tau * step / 10, 0.28 if step % 2 else 0.5) for step in range(10))
STAR = Noun(
    word="star",
    parts=(polygon("body", tuple((0.5 + r * math.sin(t), 0.5 - r * math.cos(t)) for t, r in _STAR), rounding=0.05),),
)

TREE = Noun(
    word="tree",
    parts=(
        polygon("ink", mirror((0.5, 0.60), (0.58, 0.60), (0.58, 0.88), (0.66, 1.0), (0.5, 1.0))),
        ellipse("body", 0.5, 0.27, 0.27),
        ellipse("body", 0.26, 0.47, 0.25),
        ellipse("body", 0.74, 0.47, 0.25),
        ellipse("body", 0.5, 0.52, 0.25),
    ),
)

CAT = Noun(
    word="cat",
    parts=(
        polygon("body", ((0.06, 0.04), (0.44, 0.22), (0.06, 0.60)), rounding=0.04),
        polygon("body", ((0.94, 0.04), (0.56, 0.22), (0.94, 0.60)), rounding=0.04),
        ellipse("body", 0.5, 0.57, 0.48, 0.40),
        *(ellipse("light", x, 0.52, 0.12, 0.13) for x in (0.28, 0.72)),
        *(ellipse("ink", x, 0.53, 0.055, 0.11) for x in (0.28, 0.72)),
        polygon("ink", mirror((0.5, 0.68), (0.58, 0.68), (0.5, 0.79))),
    ),
)

FISH = Noun(
    word="fish",
    parts=(
        polygon("body", ((0.40, 0.52), (0.03, 0.20), (0.10, 0.52), (0.03, 0.84)), rounding=0.06),
        polygon("body", ((0.40, 0.36), (0.46, 0.08), (0.62, 0.09), (0.78, 0.32)), rounding=0.07),
        polygon("body", ((0.50, 0.76), (0.44, 0.93), (0.62, 0.90), (0.68, 0.76)), rounding=0.05),
        ellipse("body", 0.61, 0.52, 0.37, 0.33),
        ellipse("light", 0.79, 0.44, 0.085),
        ellipse("ink", 0.80, 0.44, 0.05),
    ),
)

BIRD = Noun(
    word="bird",
    parts=(
        *(rectangle("ink", x, 0.78, x + 0.07, 0.98) for x in (0.37, 0.53)),
        polygon("ink", ((0.84, 0.18), (0.84, 0.42), (1.0, 0.30)), rounding=0.02),
        polygon("body", ((0.44, 0.48), (0.04, 0.30), (0.04, 0.56), (0.26, 0.80)), rounding=0.06),
        ellipse("body", 0.50, 0.56, 0.37, 0.31),
        ellipse("body", 0.67, 0.28, 0.24),
        ellipse("light", 0.74, 0.25, 0.085),
        ellipse("ink", 0.75, 0.25, 0.05),
    ),
)


NOUNS = (SUBMARINE, BUS, BOAT, PLANE, HOUSE, CUP, UMBRELLA, STAR, TREE, CAT, FISH, BIRD)


def color_value(word: str, red: int, green: int, blue: int, accent: int) -> AttributeValue:
    """Make a value of the kind color, with the gray of stripes and dots on it."""
    return AttributeValue(word=word, paints={"fill": (red, green, blue), "accent": accent})


COLOR = AttributeKind(
    name="color",
    values=(
        color_value("blue", 55, 72, 255, 255),
        color_value("yellow", 253, 220, 24, 0),
        color_value("red", 194, 0, 26, 255),
        color_value("green", 25, 180, 111, 255),
        color_value("white", 255, 255, 255, 70),
        color_value("black", 5, 5, 5, 200),
        color_value("pink", 241, 133, 191, 0),
        color_value("purple", 100, 34, 105, 255),
    ),
)

SIZE = AttributeKind(
    name="size",
    values=(AttributeValue(word="large", paints={"scale": 1.0}), AttributeValue(word="small", paints={"scale": 0.7})),
)

PATTERN = AttributeKind(
    name="pattern",
    values=(
        AttributeValue(word="plain", paints={"texture": "none"}),
        AttributeValue(word="striped", paints={"texture": "stripes"}),
        AttributeValue(word="dotted", paints={"texture": "dots"}),
    ),
)

OUTLINE = AttributeKind(
    name="outline",
    values=(
        AttributeValue(word="bare", paints={"outline": 0.0}),
        AttributeValue(word="outlined", paints={"outline": 0.066}),
    ),
)

TILT = AttributeKind(
    name="tilt",
    values=(
        AttributeValue(word="upright", paints={"angle": 0.0}),
        AttributeValue(word="tilted", paints={"angle": 27.0}),
    ),
)

THINGS = World(
    name="things",
    nouns=NOUNS,
    kinds=(COLOR, SIZE, PATTERN, OUTLINE, TILT),
    background=128,
    ink=56,
    light=208,
)
