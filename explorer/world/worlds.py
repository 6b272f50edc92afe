"""Table of worlds.

WORLDS["things"].nouns, kind_names()["things"]
"""

from explorer.world.appearance import World
from explorer.world.picture_worlds import DIGITS, FASHION, ICON_WORLD
from explorer.world.things import THINGS

WORLDS: dict[str, World] = {world.name: world for world in (THINGS, FASHION, DIGITS, ICON_WORLD)}


def kind_names() -> dict[str, tuple[str, ...]]:
    """Return the kinds of each world, for `spec.Names`."""
    return {name: tuple(kind.name for kind in world.kinds) for name, world in WORLDS.items()}
