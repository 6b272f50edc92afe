"""Types of a world: nouns drawn from parts, kinds of values, and the effect of a value on the drawing.

A `Look` states how one object is painted. Each `Value` is a word plus the `Look` fields that it changes, so a
renderer folds the values of an object into one `Look` and never asks for a kind by name:

    look = value_of_color.paint(value_of_size.paint(Look()))
"""

from dataclasses import dataclass, field, replace
from typing import Literal

Role = Literal["body", "ink", "light", "cut"]
"""body: takes the object's fill; ink, light: fixed neutral details; cut: a hole down to the background."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One filled shape in the unit square, x to the right, y down.

    `points` is a polygon of (x, y); an ellipse is given by its `box` (x0, y0, x1, y1) instead.
    """

    role: Role
    points: tuple[tuple[float, float], ...] = ()
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Noun:
    """A kind of object: its word and its parts."""

    word: str
    parts: tuple[Part, ...]


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
class Value:
    """One value of a kind: its word, and the fields of `Look` that it sets."""

    word: str
    paints: dict[str, object] = field(default_factory=dict, hash=False)

    def paint(self, look: Look) -> Look:
        """Return the look with this value painted on it."""
        return replace(look, **self.paints)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A family of attributes; its first value is the unmarked one, kept if the kind does not vary."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pictures:
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
    kinds: tuple[Kind, ...]
    background: int
    ink: int
    light: int
    pictures: Pictures | None = None

    @property
    def num_pictures(self) -> int:
        """Return how many ways there are to show one noun: 1 for a drawn shape."""
        return self.pictures.count if self.pictures else 1
