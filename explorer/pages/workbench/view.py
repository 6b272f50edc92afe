"""The Workbench as HTML, from the templates of the pages: skeletons of the columns, and values of the sheet of runs.

    data_html()                          # column 1: recipes, dials, samples; values come later, as JSON for scripts
    rendered("runs", rows=rows, run="")  # the table of runs
    drawing(preset("salient"))           # a large submarine in color, a faint bus; one bar for the caption

Everything that a template inserts is escaped. Gradio reads its input as a template of its own, so a skeleton must not
hold its marks; that is checked when it is made.

A drawing of a recipe shows a scene of a preset and the content of its caption. Its nouns are those of the world, as
polygons. It is not a sample: the nouns are fixed, and the dials of the preset decide which are drawn, faint or named.
"""

import math
from dataclasses import dataclass
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


def rendered(name: str, **values: Any) -> str:
    """Return a template of the Workbench with its values, escaped, for the value of a component."""
    return str(templates.rendered(f"workbench/{name}.html", **values))


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


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One polygon of a noun; `role` chooses its paint."""

    role: str
    points: str


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One noun with its place.

    `is_told` is true if the caption names it, `fill` is its color, empty if none is named.
    """

    noun: str
    x: float
    y: float
    side: float
    is_told: bool
    fill: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One word of the caption: a value if `fill` is a color, else a noun."""

    x: float
    width: float
    fill: str


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """The objects, the bars of the caption, and a mark for a property of the training.

    A drawing is 100 units wide and 108 high, with the bars below the objects.
    """

    objects: tuple[Drawn, ...]
    bars: tuple[Bar, ...]
    mark: str


@lru_cache(maxsize=64)
def drawing(recipe: Preset) -> Drawing:
    """Return the recipe's own drawing if it has one, else one from its dials."""
    data, train = recipe.spec.data, recipe.spec.train
    picture = recipe.picture or _made(data)
    mark = "⇄" if train.hard_negatives else f"{train.batch_size:,}" if train.batch_size > 256 else ""
    return Drawing(objects=tuple(map(_object, picture)), bars=_bars(data, picture, is_narrow=bool(mark)), mark=mark)


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


def nouns() -> dict[str, tuple[Shape, ...]]:
    """Return the polygons of each noun in a drawing, so that a page holds them once."""
    cast = {each.noun for recipe in PRESETS.values() for each in drawing(recipe).objects}
    return {
        noun.word: tuple(
            Shape(role=role, points=" ".join(f"{100 * x:.1f},{100 * y:.1f}" for x, y in points))
            for role, points in outlines(noun, Look())
        )
        for noun in THINGS.nouns
        if noun.word in cast
    }


def _object(drawn: DrawnObject) -> Drawn:
    fill = _fill(drawn.color) if drawn.color and drawn.is_told else ""
    return Drawn(noun=drawn.noun, x=drawn.x, y=drawn.y, side=drawn.size, is_told=drawn.is_told, fill=fill)


def _bars(data: DataSpec, picture: tuple[DrawnObject, ...], *, is_narrow: bool) -> tuple[Bar, ...]:
    """Return a short bar per value that the caption names, a longer one per noun; narrow ones leave room for a mark."""
    named = [each for each in picture if each.is_told]
    values = round(data.attribute_density) if data.attribute_density > 1 else 1
    short, long = (9.0, 16.0) if is_narrow or len(named) * values > 2 else (12.0, 24.0)
    found, x = [], 6.0
    for each in named:
        for _ in range(values if each.color else 0):
            found.append(Bar(x=x, width=short, fill=_fill(each.color or "")))
            x += short + 3
        found.append(Bar(x=x, width=long, fill=""))
        x += long + 6
    return tuple(found)


def _fill(color: str) -> str:
    value = next(each for each in COLOR.values if each.word == color)
    red, green, blue = value.paint(Look()).fill
    return f"#{red:02x}{green:02x}{blue:02x}"
