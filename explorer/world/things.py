"""The world `things`: twelve nouns, and five kinds of values.

    THINGS.kinds[0].name == "color";  THINGS.kinds[0].values[0].word == "blue"

The first value of a kind is the unmarked one.
"""

from explorer.world.appearance import Kind, Value, World
from explorer.world.shapes import NOUNS


def _color(word: str, red: int, green: int, blue: int, accent: int) -> Value:
    return Value(word=word, paints={"fill": (red, green, blue), "accent": accent})


COLOR = Kind(
    name="color",
    values=(
        _color("blue", 55, 72, 255, 255),
        _color("yellow", 253, 220, 24, 0),
        _color("red", 194, 0, 26, 255),
        _color("green", 25, 180, 111, 255),
        _color("white", 255, 255, 255, 70),
        _color("black", 5, 5, 5, 200),
        _color("pink", 241, 133, 191, 0),
        _color("purple", 100, 34, 105, 255),
    ),
)

SIZE = Kind(
    name="size",
    values=(Value(word="large", paints={"scale": 1.0}), Value(word="small", paints={"scale": 0.7})),
)

PATTERN = Kind(
    name="pattern",
    values=(
        Value(word="plain", paints={"texture": "none"}),
        Value(word="striped", paints={"texture": "stripes"}),
        Value(word="dotted", paints={"texture": "dots"}),
    ),
)

OUTLINE = Kind(
    name="outline",
    values=(Value(word="bare", paints={"outline": 0.0}), Value(word="outlined", paints={"outline": 0.066})),
)

TILT = Kind(
    name="tilt",
    values=(Value(word="upright", paints={"angle": 0.0}), Value(word="tilted", paints={"angle": 27.0})),
)

THINGS = World(
    name="things",
    nouns=NOUNS,
    kinds=(COLOR, SIZE, PATTERN, OUTLINE, TILT),
    background=128,
    ink=56,
    light=208,
)
