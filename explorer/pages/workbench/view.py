"""The Workbench as HTML, from jinja2 templates: the skeleton of the columns, and the values of the sheet of runs.

    data_html()                          # column 1: recipes, dials, samples; values come later, as JSON for scripts
    rendered("runs", rows=rows, run="")  # the table of runs

Everything that a template inserts is escaped. Gradio reads its input as a template of its own, so a skeleton must not
hold its marks; that is checked when it is made.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jinja2

from explorer.pages.i18n.translator import LANGUAGES, TAGS
from explorer.pages.shared.dial_values import MAIN, NAMES, has_choice, plain_name
from explorer.pages.workbench.recipes import drawing, nouns
from explorer.spec.dials import DIALS, TYPES
from explorer.spec.presets import PRESETS
from explorer.world.worlds import kind_names

ENTRIES = {"workbench": "Workbench", "study": "The evidence", "probe": "Ask a real CLIP"}
"""Tabs in the header; the lesson is a page of its own."""
DRAWER = tuple(name for name in DIALS if name not in ("init", *MAIN) and has_choice(name))
"""Dials under "More dials"."""
_MARKS = ("${", "`", "{{", "\\")


@dataclass(frozen=True, kw_only=True)
class DialView:
    """Values of a dial for a template; `kind` chooses the control: range, number, choice, names or flag."""

    name: str
    plain: str
    term: str
    help: str
    kind: str
    low: float | None
    high: float | None
    step: float | None
    choices: tuple[str, ...]


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("explorer.pages"),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def rendered(name: str, **values: Any) -> str:
    """Return a template of the Workbench with its values, escaped, for the value of a component."""
    return _environment().get_template(f"workbench/{name}.html").render(**values)


def _skeleton(name: str, **values: Any) -> str:
    """Return a template for `html_template`, which Gradio reads as a template of its own."""
    found = rendered(name, **values)
    strange = [mark for mark in _MARKS if mark in found]
    if strange:
        raise ValueError(f"template={name}: holds {strange[0]}, which Gradio would read as a mark of its own")
    return found


def dial_view(name: str) -> DialView:
    """Return the dial for templates."""
    dial = DIALS[name]
    choices = dial.choices or NAMES.get(name) or ()
    kind = "choice" if choices else "flag" if TYPES[name] is bool else "range" if name in MAIN else "number"
    if name == "attribute_kinds":
        kind, choices = "names", kind_names()["things"]
    plain = plain_name(name)
    term = "" if plain.lower() == dial.label.lower() else dial.label.lower()
    return DialView(
        name=name, plain=plain, term=term or (dial.label.lower() if name in MAIN else ""), help=dial.help, kind=kind,
        low=dial.low, high=dial.high, step=dial.step, choices=tuple(choices),
    )  # fmt: skip


def data_html() -> str:
    """Return column 1."""
    return _skeleton(
        "data",
        recipes=list(PRESETS.values()),
        main_recipes=sorted(
            (recipe for recipe in PRESETS.values() if recipe.is_main),
            key=lambda recipe: recipe.spec.data.objects_in_image,
        ),
        nouns=nouns(),
        drawings={name: drawing(recipe) for name, recipe in PRESETS.items()},
        main_dials=[dial_view(name) for name in MAIN],
        other_dials=[dial_view(name) for name in DRAWER],
    )


def training_html() -> str:
    """Return column 2."""
    return _skeleton("training")


def outcome_html() -> str:
    """Return column 3."""
    return _skeleton("outcome")


def header_html() -> str:
    """Return the header of every tab: the name, four entries, the language and two switches."""
    return _skeleton("header", entries=ENTRIES, languages=LANGUAGES, tags=TAGS)
