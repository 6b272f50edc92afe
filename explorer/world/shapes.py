"""The sixteen nouns of the world `things`, each a stack of parts in the unit square (later parts on top).

They are chunky on purpose: seen at 28 pixels, most of a thing is body, which takes the color.
"""

import math

from explorer.world.drawing import Points, arc, disc, mirrored, shape, slab
from explorer.world.look import Noun

SUBMARINE = Noun(
    word="submarine",
    parts=(
        slab("body", 0.50, 0.06, 0.58, 0.30),
        slab("body", 0.50, 0.06, 0.74, 0.13),
        shape("body", ((0.32, 0.44), (0.38, 0.20), (0.66, 0.20), (0.70, 0.44)), rounding=0.05),
        shape("body", ((0.0, 0.34), (0.12, 0.34), (0.22, 0.60), (0.12, 0.86), (0.0, 0.86)), rounding=0.04),
        disc("body", 0.54, 0.60, 0.46, 0.28),
        *(disc("light", x, 0.58, 0.085) for x in (0.34, 0.57, 0.80)),
        *(disc("ink", x, 0.58, 0.045) for x in (0.34, 0.57, 0.80)),
    ),
)

BUS = Noun(
    word="bus",
    parts=(
        slab("body", 0.0, 0.08, 1.0, 0.78, rounding=0.10),
        *(slab("light", x, 0.19, x + 0.19, 0.42, rounding=0.02) for x in (0.07, 0.31, 0.55)),
        slab("light", 0.79, 0.19, 0.94, 0.66, rounding=0.02),
        *(disc("ink", x, 0.78, 0.14) for x in (0.24, 0.66)),
        *(disc("light", x, 0.78, 0.055) for x in (0.24, 0.66)),
    ),
)

CAR = Noun(
    word="car",
    parts=(
        shape("body", ((0.14, 0.50), (0.26, 0.14), (0.66, 0.14), (0.82, 0.50)), rounding=0.08),
        slab("body", 0.0, 0.42, 1.0, 0.78, rounding=0.12),
        shape("light", ((0.24, 0.44), (0.32, 0.22), (0.45, 0.22), (0.45, 0.44)), rounding=0.02),
        shape("light", ((0.51, 0.44), (0.51, 0.22), (0.62, 0.22), (0.72, 0.44)), rounding=0.02),
        *(disc("ink", x, 0.76, 0.15) for x in (0.24, 0.76)),
        *(disc("light", x, 0.76, 0.06) for x in (0.24, 0.76)),
    ),
)

BOAT = Noun(
    word="boat",
    parts=(
        slab("ink", 0.44, 0.02, 0.51, 0.75),
        shape("body", ((0.54, 0.04), (0.94, 0.62), (0.54, 0.62)), rounding=0.02),
        shape("body", ((0.41, 0.14), (0.41, 0.62), (0.06, 0.62)), rounding=0.02),
        shape("body", ((0.0, 0.68), (1.0, 0.68), (0.80, 1.0), (0.20, 1.0)), rounding=0.05),
    ),
)

PLANE = Noun(
    word="plane",
    parts=(
        shape("body", mirrored((0.5, 0.28), (0.56, 0.28), (1.0, 0.60), (1.0, 0.74), (0.5, 0.62)), rounding=0.04),
        shape("body", mirrored((0.5, 0.72), (0.56, 0.74), (0.76, 0.90), (0.76, 1.0), (0.5, 0.94)), rounding=0.03),
        disc("body", 0.5, 0.5, 0.13, 0.50),
        shape("light", mirrored((0.5, 0.10), (0.56, 0.13), (0.58, 0.21), (0.5, 0.19)), rounding=0.01),
    ),
)

ROCKET = Noun(
    word="rocket",
    parts=(
        shape("light", mirrored((0.5, 0.80), (0.62, 0.80), (0.5, 1.0)), rounding=0.02),
        shape("body", mirrored((0.5, 0.45), (0.66, 0.50), (0.90, 0.74), (0.90, 0.94), (0.5, 0.76)), rounding=0.05),
        shape("body", mirrored((0.5, 0.0), (0.70, 0.20), (0.74, 0.50), (0.66, 0.84), (0.5, 0.84)), rounding=0.10),
        disc("ink", 0.5, 0.36, 0.13),
        disc("light", 0.5, 0.36, 0.085),
    ),
)

HOUSE = Noun(
    word="house",
    parts=(
        slab("body", 0.70, 0.08, 0.84, 0.40),
        slab("body", 0.12, 0.40, 0.88, 0.96),
        shape("body", mirrored((0.5, 0.02), (1.0, 0.46), (0.96, 0.52), (0.5, 0.52)), rounding=0.03),
        slab("ink", 0.22, 0.60, 0.44, 0.96),
        slab("light", 0.54, 0.58, 0.78, 0.80),
    ),
)

CUP = Noun(
    word="cup",
    parts=(
        disc("body", 0.74, 0.48, 0.26, 0.27),
        disc("cut", 0.76, 0.48, 0.13, 0.145),
        shape("body", ((0.0, 0.08), (0.74, 0.08), (0.70, 0.94), (0.04, 0.94)), rounding=0.12),
        disc("body", 0.37, 0.10, 0.37, 0.09),
        disc("ink", 0.37, 0.10, 0.30, 0.055),
    ),
)

UMBRELLA = Noun(
    word="umbrella",
    parts=(
        slab("ink", 0.46, 0.0, 0.54, 0.12),
        shape("body", (*arc(0.5, 0.56, 0.5, 180, 360, 24),)),
        *(disc("cut", x, 0.58, 0.125, 0.085) for x in (0.125, 0.375, 0.625, 0.875)),
        slab("ink", 0.46, 0.40, 0.54, 0.90),
        shape("ink", (*arc(0.59, 0.86, 0.13, 180, 0), *arc(0.59, 0.86, 0.05, 0, 180))),
    ),
)

SHIRT = Noun(
    word="shirt",
    parts=(
        shape(
            "body",
            mirrored(
                (0.5, 0.06), (0.66, 0.06), (0.80, 0.10), (1.0, 0.36), (0.84, 0.50), (0.76, 0.42), (0.76, 0.96), (0.5, 0.96)
            ),
            rounding=0.03,
        ),
        disc("cut", 0.5, 0.04, 0.14, 0.12),
    ),
)


def _star(points: int, inner: float) -> Points:
    radii = (0.5 if step % 2 == 0 else inner for step in range(2 * points))
    turns = (math.tau * step / (2 * points) for step in range(2 * points))
    return tuple((0.5 + r * math.sin(t), 0.5 - r * math.cos(t)) for r, t in zip(radii, turns, strict=True))


STAR = Noun(word="star", parts=(shape("body", _star(5, 0.28), rounding=0.05),))

TREE = Noun(
    word="tree",
    parts=(
        slab("ink", 0.42, 0.60, 0.58, 1.0),
        disc("body", 0.5, 0.26, 0.26),
        disc("body", 0.26, 0.46, 0.25),
        disc("body", 0.74, 0.46, 0.25),
        disc("body", 0.5, 0.50, 0.25),
    ),
)

CAT = Noun(
    word="cat",
    parts=(
        shape("body", ((0.04, 0.0), (0.42, 0.22), (0.06, 0.56)), rounding=0.03),
        shape("body", ((0.96, 0.0), (0.58, 0.22), (0.94, 0.56)), rounding=0.03),
        disc("body", 0.5, 0.56, 0.48, 0.40),
        *(disc("light", x, 0.52, 0.11, 0.12) for x in (0.29, 0.71)),
        *(disc("ink", x, 0.53, 0.05, 0.10) for x in (0.29, 0.71)),
        shape("ink", mirrored((0.5, 0.66), (0.57, 0.66), (0.5, 0.76))),
    ),
)

FISH = Noun(
    word="fish",
    parts=(
        shape("body", ((0.62, 0.50), (1.0, 0.16), (0.94, 0.50), (1.0, 0.84)), rounding=0.04),
        shape("body", ((0.24, 0.26), (0.52, 0.04), (0.62, 0.30)), rounding=0.04),
        disc("body", 0.38, 0.50, 0.38, 0.29),
        disc("light", 0.20, 0.43, 0.075),
        disc("ink", 0.19, 0.43, 0.042),
    ),
)

BIRD = Noun(
    word="bird",
    parts=(
        *(slab("ink", x, 0.80, x + 0.06, 1.0) for x in (0.44, 0.58)),
        shape("ink", ((0.14, 0.18), (0.14, 0.36), (0.0, 0.28))),
        shape("body", ((0.60, 0.50), (1.0, 0.30), (1.0, 0.56), (0.70, 0.78)), rounding=0.04),
        disc("body", 0.50, 0.58, 0.34, 0.28),
        disc("body", 0.30, 0.28, 0.21),
        disc("light", 0.25, 0.24, 0.065),
        disc("ink", 0.24, 0.24, 0.035),
    ),
)

BUTTERFLY = Noun(
    word="butterfly",
    parts=(
        shape("body", mirrored((0.5, 0.34), (0.80, 0.04), (1.0, 0.10), (0.94, 0.46), (0.5, 0.56)), rounding=0.12),
        shape("body", mirrored((0.5, 0.44), (0.84, 0.52), (0.88, 0.82), (0.70, 0.94), (0.5, 0.66)), rounding=0.12),
        disc("ink", 0.5, 0.52, 0.055, 0.34),
    ),
)


NOUNS = (
    SUBMARINE,
    BUS,
    CAR,
    BOAT,
    PLANE,
    ROCKET,
    HOUSE,
    CUP,
    UMBRELLA,
    SHIRT,
    STAR,
    TREE,
    CAT,
    FISH,
    BIRD,
    BUTTERFLY,
)
