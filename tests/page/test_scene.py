"""Your own scene in Node: the world that the engine draws, and what depends on no picture."""

from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.presets import PRESETS
from explorer.world.browser_world import describe_world
from explorer.world.grammar import Grammar
from explorer.world.worlds import WORLDS
from tests.page.parts import Part, are_names
from tests.unit.classroom.pupils import NO_SCENES, SCENES
from tests.unit.world.test_grammar import BAD

GOOD = (
    "a yellow submarine and a blue bus", "an umbrella", " a  bus ", "an orange small striped cat",
    "a plain bus and an upright star and a cat and a blue fish",
)  # fmt: skip
"""Captions that are of the grammar; spaces do not count."""


def read_caption(text: str) -> dict[str, Any] | None:
    """What Python's grammar reads, None for what it refuses."""
    try:
        caption = Grammar(WORLDS["things"]).parse(text)
    except UserError:
        return None
    return {"nouns": caption.nouns[0].tolist(), "values": caption.values[0].tolist()}


def fixtures(_: Path) -> dict[str, Any]:
    data = {name: asdict(PRESETS[name].spec.data) for name in ("binding-friendly", "web-like")}
    refused = UserError("model", "x", "there is no such model here, or its run has not saved one yet").sentence
    return {
        "description": describe_world(WORLDS["things"]),
        "data": data,
        "said": [refused],
        "captions": [[text, read_caption(text)] for text in (*GOOD, *chain(*BAD.values()))],
        "scenes": {"counted": SCENES, "refused": NO_SCENES},
    }


NAMES = {each.word for kind in WORLDS["things"].kinds for each in kind.values} | {"and"}
PART = Part(
    name="scene",
    fixtures=fixtures,
    untranslated=r'<div class="scene-caption">.*?</div>|<textarea.*?</textarea>',
    is_name=are_names(NAMES | {each.word for each in WORLDS["things"].nouns}),
)
