"""Words of a caption as pages show them: the kind of a value, its color, and whether the swap moves it.

colored(words)[1]       # {"text": "red", "kind": "color", "color": "#c60019", "moved": True}
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from explorer.world.things import Look
from explorer.world.worlds import WORLDS


def colored(words: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    """Return words of `swaps.mark` with the kind and color of a value, and a flag if the swap moves it."""
    known = colors()
    return [
        {
            "text": word["text"],
            "kind": word["kind"],
            "color": known.get(word["value"] or ""),
            "moved": word["exchanged"],
        }
        for word in words
    ]


@lru_cache(maxsize=1)
def colors() -> dict[str, str]:
    """Return the fill of each value that paints one, by its word."""
    values = [value for world in WORLDS.values() for kind in world.kinds for value in kind.values]
    fills = {value.word: value.paint(Look()).fill for value in values if "fill" in value.paints}
    return {word: f"#{red:02x}{green:02x}{blue:02x}" for word, (red, green, blue) in fills.items()}
