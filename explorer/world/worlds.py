"""Table of worlds: `things`, and those whose nouns are pictures, `fashion`, `digits` and `icons`.

    WORLDS["things"].nouns, kind_names()["things"]
    WORLDS["fashion"].nouns[0].word == "tshirt";  WORLDS["fashion"].pictures.count == 100
    keep_world(own.read_world(path));  get_world("own-0123456789abcdef")       # worlds of one's own, of module `own`
    color_words(words)[1]       # {"text": "red", "kind": "color", "color": "#c60019", "moved": True}

A picture is one gray plane that takes the fill's color. assets/worlds/make.py wrote the sheets from Fashion-MNIST,
scikit-learn's digits and Fluent Emoji High Contrast; assets/worlds/README.md has their licenses. Kinds are those of
`things` without the outline; `icons` has twenty colors.
"""

import threading
import tomllib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.world.things import (
    COLOR,
    PATTERN,
    SIZE,
    THINGS,
    TILT,
    AttributeKind,
    Look,
    Noun,
    PictureSheet,
    World,
    color_value,
)

_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
PICTURE_NOUNS: dict[str, list[str]] = {name: words.split() for name, words in _TABLE["nouns"].items()}
ICON_COLORS = tuple(color_value(word, *levels) for word, levels in _TABLE["colors"].items())


def _world(name: str, count: int, *, is_shaded: bool = False, color: AttributeKind = COLOR) -> World:
    """Make a world of pictures, `count` of each noun."""
    nouns = tuple(Noun(word=word, parts=()) for word in PICTURE_NOUNS[name])
    pictures = PictureSheet(file=f"{name}.png", count=count, is_shaded=is_shaded)
    return replace(THINGS, name=name, nouns=nouns, kinds=(color, SIZE, PATTERN, TILT), pictures=pictures)


FASHION = _world("fashion", 100, is_shaded=True)
DIGITS = _world("digits", 100)
ICONS = _world("icons", 1, color=AttributeKind(name=COLOR.name, values=(*COLOR.values, *ICON_COLORS)))

WORLDS: dict[str, World] = {world.name: world for world in (THINGS, FASHION, DIGITS, ICONS)}


MAX_KEPT_WORLDS = 64
_kept: OrderedDict[str, World] = OrderedDict()
_keeping = threading.Lock()


def keep_world(world: World) -> World:
    """Keep a world of one's own for `get_world`: the newest ones, each under the digest of its document."""
    with _keeping:
        _kept[world.name] = world
        _kept.move_to_end(world.name)
        while len(_kept) > MAX_KEPT_WORLDS:
            _kept.popitem(last=False)
    return world


def get_world(name: str) -> World:
    """Return a built-in world, or one of one's own that `keep_world` was given; raise `UserError` for any other."""
    world = WORLDS.get(name) or _kept.get(name)
    if world is None:
        raise UserError(
            "world", name, "its document is not here; choose {worlds}, or give the document", worlds=" or ".join(WORLDS)
        )
    return world


def kind_names() -> dict[str, tuple[str, ...]]:
    """Return the kinds of each world, for `spec.KnownNames`."""
    return {name: tuple(kind.name for kind in world.kinds) for name, world in WORLDS.items()}


def color_words(words: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return words of `swaps.mark_words` for a page: the kind of a value, its color, and whether the swap moves it."""
    known = fill_colors()
    return tuple(
        {
            "text": word["text"],
            "kind": word["kind"],
            "color": known.get(word["value"] or ""),
            "moved": word["is_moved"],
        }
        for word in words
    )


@cache
def fill_colors() -> dict[str, str]:
    """Return the fill of each value that paints one as #rrggbb, by its word."""
    values = [value for world in WORLDS.values() for kind in world.kinds for value in kind.values]
    fills = {value.word: value.paint(Look()).fill for value in values if "fill" in value.paints}
    return {word: f"#{red:02x}{green:02x}{blue:02x}" for word, (red, green, blue) in fills.items()}
