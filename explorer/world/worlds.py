"""Table of worlds.

WORLDS["things"].nouns, kind_names()["things"]
"""

from explorer.world.appearance import World
from explorer.world.things import THINGS

WORLDS: dict[str, World] = {world.name: world for world in (THINGS,)}


def kind_names() -> dict[str, tuple[str, ...]]:
    """Return the kinds of each world, for `spec.Names`."""
    return {name: tuple(kind.name for kind in world.kinds) for name, world in WORLDS.items()}
