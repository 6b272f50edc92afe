"""Things of one's own in Node: the tiles and the box, strokes, photographs and names."""

from pathlib import Path
from typing import Any

from explorer.world.things import THINGS
from explorer.world.worlds import ICONS
from tests.engine.test_own_atlas import things
from tests.own_worlds import SIX
from tests.page.parts import Part, are_names


def fixtures(_: Path) -> dict[str, Any]:
    return {"things": things(), "own": SIX}


COLORS = {value.word for value in THINGS.kinds[0].values}
WORDS = {noun["word"] for noun in SIX["nouns"]} | {noun.word for noun in ICONS.nouns}

PART = Part(
    name="things",
    fixtures=fixtures,
    untranslated=r'<figcaption>.*?</figcaption>|<b data-name="?[^>]*>.*?</b>|<ul class="th-(?:mates|icons)".*?</ul>',
    is_name=are_names(WORDS | COLORS | {"bello"}),
)
