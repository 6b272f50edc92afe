"""Things of one's own in Node: the tiles and the box, strokes, photographs and names."""

import base64
from pathlib import Path
from typing import Any

from explorer.world.things import THINGS
from explorer.world.worlds import ICONS
from tests.engine.test_own_atlas import things
from tests.own_worlds import SIX, SMALLEST, hostile_files, with_points
from tests.page.parts import Part, are_names


def fixtures(_: Path) -> dict[str, Any]:
    smallest = with_points(SMALLEST)
    return {"things": things(), "own": SIX, "smallest": smallest, "hostile": _files()}


def _files() -> dict[str, dict[str, str]]:
    """Hostile files with words of what the page says of them; of a long one, what it reads at all.

    A browser's JSON has no numbers that are none, and lists as deep as they come. Five things are too few for a world,
    and may lie on somebody's tiles.
    """
    files = {name: (content[:300_000], words) for name, (content, words) in hostile_files().items()}
    del files["five things"]
    for name, (content, _) in files.items():
        if b"NaN" in content or b"Infinity" in content:
            files[name] = (content, "is not JSON")
    files["another key"] = (files["another key"][0], "by a newer page")
    files["a file of a deep list"] = (files["a file of a deep list"][0], "word and parts alone")
    return {
        name: {"file": base64.b64encode(content).decode(), "words": words} for name, (content, words) in files.items()
    }


COLORS = {value.word for value in THINGS.kinds[0].values}
WORDS = {noun["word"] for noun in SIX["nouns"]} | {noun.word for noun in ICONS.nouns}

PART = Part(
    name="things",
    fixtures=fixtures,
    untranslated=r'<figcaption>.*?</figcaption>|<b data-name="?[^>]*>.*?</b>|<ul class="th-(?:mates|icons)".*?</ul>',
    is_name=are_names(WORDS | COLORS | {"bello", "rocket"}),
)
