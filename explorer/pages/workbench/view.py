"""Catalog of the Workbench, which is recipes with their drawings and dials, and HTML of the header and of the runs.

    catalog()                            # JSON for assets/page/data.js: recipes, nouns of their drawings, dials
    rendered("runs", rows=rows, run="")  # the table of runs
    drawing(preset("salient"))           # a large submarine in color, a faint bus; one bar for the caption

Everything that a template inserts is escaped.

A drawing of a recipe shows a scene of a preset and the content of its caption. Its nouns are those of the world, as
polygons. It is not a sample: the nouns are fixed, and the dials of the preset decide which are drawn, faint or named.
"""

import math
from functools import lru_cache
from typing import Any

from explorer.pages.i18n.translator import LANGUAGES, TAGS
from explorer.pages.shared import templates
from explorer.pages.shared.dial_values import MAIN, NAMES, has_choice, plain_name
from explorer.presets import PRESETS, DrawnObject, Preset
from explorer.spec import DIALS, TYPES, DataSpec
from explorer.world.sprites import outlines
from explorer.world.things import COLOR, THINGS, Look
from explorer.world.worlds import kind_names

ENTRIES = {"workbench": "Workbench", "study": "The evidence", "probe": "Ask a real CLIP"}
"""Tabs in the header; the lesson is a page of its own."""
DRAWER = tuple(name for name in DIALS if name not in ("init", *MAIN) and has_choice(name))
"""Dials under "More dials"."""
_CAST = (("submarine", "yellow"), ("bus", "blue"), ("house", "red"), ("cat", "pink"))
_PLACES = {
    1: ((18, 12, 64),),
    2: ((0, -4, 64), (38, 34, 64)),
    3: ((0, 0, 52), (46, 0, 52), (24, 42, 52)),
    4: ((2, 0, 46), (54, 0, 46), (2, 46, 46), (54, 46, 46)),
}
"""(x, y, side) of each object, by their number."""


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


@lru_cache(maxsize=64)
def drawing(recipe: Preset) -> dict[str, Any]:
    """Return the objects of a recipe, bars for its caption, and a mark for a property of the training.

    A drawing is 100 units wide and 108 high, with the bars below the objects. It is the recipe's own if it has one,
    else one from its dials. `is_told` is true if the caption names an object, `fill` is its color, empty if unnamed.
    """
    data, train = recipe.spec.data, recipe.spec.train
    picture = recipe.picture or _made(data)
    mark = "⇄" if train.hard_negatives else f"{train.batch_size:,}" if train.batch_size > 256 else ""
    objects = [
        {"name": each.noun, "x": each.x, "y": each.y, "side": each.size, "is_told": each.is_told,
         "fill": _fill(each.color) if each.color and each.is_told else ""}
        for each in picture
    ]  # fmt: skip
    return {"objects": objects, "bars": _bars(data, picture, is_narrow=bool(mark)), "mark": mark}


def _made(data: DataSpec) -> tuple[DrawnObject, ...]:
    told = max(1, math.floor(data.caption_completeness * data.objects_in_image + 1e-9))
    valued = math.floor(data.attribute_density * told + 1e-9)
    cast = zip(_CAST, _PLACES[data.objects_in_image], strict=False)
    return tuple(
        DrawnObject(
            noun=noun, x=x, y=y, size=side, color=color if place < max(1, valued) else None, is_told=place < told
        )
        for place, ((noun, color), (x, y, side)) in enumerate(cast)
    )


def nouns() -> dict[str, list[dict[str, str]]]:
    """Return the polygons of each noun in a drawing, so that a page holds them once; a `kind` chooses the paint."""
    cast = {each["name"] for recipe in PRESETS.values() for each in drawing(recipe)["objects"]}
    return {
        noun.word: [
            {"kind": role, "points": " ".join(f"{100 * x:.1f},{100 * y:.1f}" for x, y in points)}
            for role, points in outlines(noun, Look())
        ]
        for noun in THINGS.nouns
        if noun.word in cast
    }


def _bars(data: DataSpec, picture: tuple[DrawnObject, ...], *, is_narrow: bool) -> list[dict[str, Any]]:
    """Return a short bar per value that the caption names, a longer one per noun; narrow ones leave room for a mark."""
    named = [each for each in picture if each.is_told]
    values = round(data.attribute_density) if data.attribute_density > 1 else 1
    short, long = (9.0, 16.0) if is_narrow or len(named) * values > 2 else (12.0, 24.0)
    found, x = [], 6.0
    for each in named:
        for _ in range(values if each.color else 0):
            found.append({"x": x, "width": short, "fill": _fill(each.color or "")})
            x += short + 3
        found.append({"x": x, "width": long, "fill": ""})
        x += long + 6
    return found


def _fill(color: str) -> str:
    value = next(each for each in COLOR.values if each.word == color)
    red, green, blue = value.paint(Look()).fill
    return f"#{red:02x}{green:02x}{blue:02x}"
