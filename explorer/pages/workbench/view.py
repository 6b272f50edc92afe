"""Catalog of the Workbench, which is recipes with their drawings and dials, and HTML of the header and of the runs.

    catalog()                            # JSON for assets/page/data.js: recipes, nouns of their drawings, dials
    rendered("runs", rows=rows, run="")  # the table of runs

Everything that a template inserts is escaped.
"""

from typing import Any

from explorer.pages.i18n.translator import LANGUAGES, TAGS
from explorer.pages.shared import templates
from explorer.pages.shared.dial_values import MAIN, NAMES, has_choice, plain_name
from explorer.presets import PRESETS, Preset
from explorer.spec import DIALS, TYPES
from explorer.views.catalog import drawing, nouns
from explorer.world.worlds import kind_names

ENTRIES = {"workbench": "Workbench", "study": "The evidence", "probe": "Ask a real CLIP"}
"""Tabs in the header; the lesson is a page of its own."""
DRAWER = tuple(name for name in DIALS if name not in ("init", *MAIN) and has_choice(name))
"""Dials under "More dials"."""


def rendered(name: str, **values: Any) -> str:
    """Return a template of the Workbench with its values, escaped, for the value of a component."""
    return str(templates.rendered(f"workbench/{name}.html", **values))


def catalog() -> dict[str, Any]:
    """Return recipes, nouns and dials for scripts; texts are English, a choice has a name and a label."""
    return {
        "recipes": [_recipe(recipe) for recipe in PRESETS.values()],
        "nouns": nouns(),
        "main": [_dial(name) for name in MAIN],
        "others": [_dial(name) for name in DRAWER],
    }


def _recipe(recipe: Preset) -> dict[str, Any]:
    return {
        "name": recipe.name,
        "title": recipe.title,
        "told": recipe.told,
        "is_main": recipe.is_main,
        "objects": recipe.spec.data.objects_in_image,
        "drawing": drawing(recipe),
    }


def _dial(name: str) -> dict[str, Any]:
    """Return a dial; its `kind` chooses the control: range, number, choice, names or flag."""
    dial = DIALS[name]
    choices = dial.choices or NAMES.get(name) or ()
    kind = "choice" if choices else "flag" if TYPES[name] is bool else "range" if name in MAIN else "number"
    if name == "attribute_kinds":
        kind, choices = "names", kind_names()["things"]
    plain = plain_name(name)
    term = "" if plain.lower() == dial.label.lower() and name not in MAIN else dial.label.lower()
    return {
        "name": name, "plain": plain, "term": term, "help": dial.help, "kind": kind,
        "low": dial.low, "high": dial.high, "step": dial.step,
        "choices": [{"name": each, "label": each} for each in choices],
    }  # fmt: skip


def header_html() -> str:
    """Return the header of every tab: the name, four entries, the language and two switches."""
    return rendered("header", entries=ENTRIES, languages=LANGUAGES, tags=TAGS)
