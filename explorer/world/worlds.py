"""Table of worlds: `things`, and those whose nouns are pictures, `fashion`, `digits` and `icons`.

    WORLDS["things"].nouns, kind_names()["things"]
    WORLDS["fashion"].nouns[0].word == "tshirt";  WORLDS["fashion"].pictures.count == 100
    colored(words)[1]       # {"text": "red", "kind": "color", "color": "#c60019", "moved": True}

A picture is one gray plane that takes the fill's color. assets/worlds/make.py wrote the sheets from Fashion-MNIST,
scikit-learn's digits and Fluent Emoji High Contrast; assets/worlds/README.md has their licenses. Kinds are those of
`things` without the outline; `icons` has twenty colors.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from explorer.world.things import COLOR, PATTERN, SIZE, THINGS, TILT, Kind, Look, Noun, Pictures, World, color_value

GARMENTS = "tshirt trousers pullover dress coat sandal shirt sneaker bag boot".split()
NUMERALS = "zero one two three four five six seven eight nine".split()
ICONS = (
    "airplane ambulance anchor backpack banana bat bear bed bomb bucket bus butterfly cactus camera "
    "carrot castle cat chair church cloud crab crown deer dog door dragon duck eagle elephant envelope "
    "eye fire fox frog giraffe gorilla grapes handbag hedgehog helicopter horse hospital house kangaroo "
    "ladder lion magnet mushroom owl panda pineapple pizza radio robot rooster sailboat scissors shield "
    "ship skull snail snake spider squid star strawberry teapot telephone tent tiger tractor train trophy "
    "trumpet tulip turtle umbrella unicorn volcano waffle watch whale zebra"
).split()
MORE_COLORS = (
    color_value("orange", 255, 140, 0, 0),
    color_value("brown", 121, 68, 22, 255),
    color_value("cyan", 0, 226, 240, 0),
    color_value("lime", 160, 240, 20, 0),
    color_value("navy", 8, 18, 92, 255),
    color_value("teal", 0, 106, 104, 255),
    color_value("olive", 124, 124, 0, 255),
    color_value("maroon", 92, 0, 24, 255),
    color_value("magenta", 240, 0, 208, 255),
    color_value("salmon", 255, 148, 124, 0),
    color_value("lavender", 196, 176, 255, 0),
    color_value("beige", 240, 222, 178, 0),
)


def _world(name: str, words: list[str], pictures: Pictures, color: Kind = COLOR) -> World:
    return World(
        name=name,
        nouns=tuple(Noun(word=word, parts=()) for word in words),
        kinds=(color, SIZE, PATTERN, TILT),
        background=THINGS.background,
        ink=THINGS.ink,
        light=THINGS.light,
        pictures=pictures,
    )


FASHION = _world("fashion", GARMENTS, Pictures(file="fashion.png", count=100, is_shaded=True))
DIGITS = _world("digits", NUMERALS, Pictures(file="digits.png", count=100, is_shaded=False))
ALL_COLORS = Kind(name=COLOR.name, values=(*COLOR.values, *MORE_COLORS))
ICON_WORLD = _world("icons", ICONS, Pictures(file="icons.png", count=1, is_shaded=False), ALL_COLORS)

WORLDS: dict[str, World] = {world.name: world for world in (THINGS, FASHION, DIGITS, ICON_WORLD)}


def kind_names() -> dict[str, tuple[str, ...]]:
    """Return the kinds of each world, for `spec.Names`."""
    return {name: tuple(kind.name for kind in world.kinds) for name, world in WORLDS.items()}


def colored(words: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return words of `swaps.mark` for a page: the kind of a value, its color, and whether the swap moves it."""
    known = _colors()
    return tuple(
        {
            "text": word["text"],
            "kind": word["kind"],
            "color": known.get(word["value"] or ""),
            "moved": word["exchanged"],
        }
        for word in words
    )


@cache
def _colors() -> dict[str, str]:
    """Return the fill of each value that paints one, by its word."""
    values = [value for world in WORLDS.values() for kind in world.kinds for value in kind.values]
    fills = {value.word: value.paint(Look()).fill for value in values if "fill" in value.paints}
    return {word: f"#{red:02x}{green:02x}{blue:02x}" for word, (red, green, blue) in fills.items()}
