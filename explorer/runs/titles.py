"""The title of a run, by its spec: recipe, whether it was changed, own things, start, seed, and who saw it train.

    recipe_title(spec)         # "Web-like, changed, from Tidy"
    run_title(spec, "file")    # "Web-like, changed, from Tidy, seed 3, from a file"

`assets/page/tab/title.js` says the same of a run of the tab; `tests/unit/runs/titles.json` holds the two together.
"""

import re

from explorer.presets import PRESETS
from explorer.runs.specs import changes_from_preset
from explorer.sentences import Listed, Sentence
from explorer.spec import DIALS, OWN_WORLD, RunSpec

ORIGIN_WORDS = {"here": "", "tab": "trained in a tab", "file": "from a file"}
"""Words of the title of a run by `RunStatus.origin`; only what was trained here is evidence."""
OUTSIDE_RECIPE = tuple(name for name, dial in DIALS.items() if not dial.is_of_recipe)
"""Dials that are no part of a recipe. A world of one's own is none either: it takes the place of the built-in one."""
RUN_NAME = re.compile(r"(?:tab-)?(.+)-[0-9a-f]{12}", re.ASCII)
"""The name of a run, of a server or a tab, which holds that of its recipe."""


def recipe_title(spec: RunSpec) -> str:
    """Name a training for people without its seed: its recipe, and in what it departs from it."""
    return Listed(_recipe_parts(spec))


def run_title(spec: RunSpec, origin: str) -> str:
    """Name a run for people by recipe and seed; one that nobody here saw train says so."""
    seed = Sentence("run.seed", "seed {seed}", seed=spec.train.seed)
    return Listed([each for each in (*_recipe_parts(spec), seed, ORIGIN_WORDS[origin]) if each])


def _recipe_parts(spec: RunSpec) -> list[str]:
    recipe, start, is_own = PRESETS.get(spec.preset or ""), spec.train.init, OWN_WORLD.fullmatch(spec.data.world)
    changed = {each.field for each in changes_from_preset(spec)} - {*OUTSIDE_RECIPE, *(("world",) if is_own else ())}
    parts = (
        recipe.title if recipe else "Your own mix",
        "changed" if changed else "",
        "with own things" if is_own else "",
        Sentence("run.from", "from {start}", start=_start_title(start)) if start != "scratch" else "",
    )
    return [each for each in parts if each]


def _start_title(name: str) -> str:
    """Name the start of a training: of a run its recipe, which its name tells; else the name."""
    found = RUN_NAME.fullmatch(name)
    recipe = PRESETS.get(found[1]) if found else None
    return recipe.title if recipe else name
