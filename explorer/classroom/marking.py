"""Words of captions for a page: the kind of a value, its color if it has one, and whether the swap moves it.

marked(scene.words)[1]      # {"text": "yellow", "kind": "color", "color": "#ffdd22", "moved": False}
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from explorer.world.swaps import Word
from explorer.world.things import Look
from explorer.world.worlds import WORLDS


def marked(words: Iterable[Word]) -> tuple[dict[str, Any], ...]:
    """Return the words with their colors."""
    fills = _colors()
    return tuple(
        {
            "text": word["text"],
            "kind": word["kind"],
            "color": fills.get(word["value"] or ""),
            "moved": word["exchanged"],
        }
        for word in words
    )


@lru_cache(maxsize=1)
def _colors() -> dict[str, str]:
    """Return the fill of each value that paints one, by its word."""
    values = [value for world in WORLDS.values() for kind in world.kinds for value in kind.values]
    fills = {value.word: value.paint(Look()).fill for value in values if "fill" in value.paints}
    return {word: f"#{red:02x}{green:02x}{blue:02x}" for word, (red, green, blue) in fills.items()}
