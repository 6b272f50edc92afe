"""Your own scene in Node: the world that the engine draws, and what depends on no picture."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.presets import PRESETS
from explorer.world.browser_world import describe_world
from explorer.world.worlds import WORLDS
from tests.page.parts import Part, are_names


def fixtures(_: Path) -> dict[str, Any]:
    data = {name: asdict(PRESETS[name].spec.data) for name in ("binding-friendly", "web-like")}
    refused = UserError("model", "x", "there is no such model here, or its run has not saved one yet").sentence
    return {"description": describe_world(WORLDS["things"]), "data": data, "said": [refused]}


PART = Part(
    name="scene",
    fixtures=fixtures,
    untranslated=r'<div class="scene-caption">.*?</div>|<textarea.*?</textarea>',
    is_name=are_names({each.word for kind in WORLDS["things"].kinds for each in kind.values} | {"and"}),
)
