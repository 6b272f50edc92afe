"""View of what there is to choose, with all that the page needs to say at once what a move of a dial means.

    found = catalog(here)
    found.dials["saliency_bias"], found.types["saliency_bias"]     # words and range, "float"
    found.speeds["small"].rates                                    # pairs per second here, for the time of a training
    drawing(preset("salient"))           # a large submarine in color, a faint bus; one bar for the caption

The page's `dials.js` fits dials, words them, forecasts a training and looks up the study's grid with these numbers; no
server is asked for that. A drawing of a recipe shows a scene of a preset and the content of its caption. Its nouns are
those of the world, as polygons. It is not a sample: the nouns are fixed, and the dials of the preset decide which are
drawn, faint or named.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from explorer.clip.card import SHIPPED
from explorer.clip.names import config_names, shipped_names
from explorer.presets import PRESETS, DrawnObject, Preset
from explorer.runs.outcome import recording_names
from explorer.runs.queue import Speed, speed_of
from explorer.runs.zero_gpu import device_name, mode_sentence
from explorer.spec import DIALS, TYPES, DataSpec, Dial, RunSpec
from explorer.study.evidence_store import evidence_folder, frozen_grid
from explorer.study.sweeps import SWEEPS
from explorer.study.time_model import LAW_FILE, Law, frozen_law
from explorer.views.registry import view
from explorer.views.service import Service
from explorer.world.sprites import outlines
from explorer.world.things import COLOR, THINGS, Look
from explorer.world.worlds import WORLDS, kind_names

Json = Mapping[str, Any]
MAIN = ("attribute_density", "caption_completeness", "saliency_bias", "objects_in_image")
"""The visible dials, from the top."""
OPENS_WITH = "binding-friendly"
"""Recipe of a visit without a link: what its question, which a web-like model answers, asks for."""
_SHOWN = ("name", "title", "sentence", "told", "base", "flaw", "is_main", "spec")
_TYPES = {bool: "flag", int: "int", float: "float", str: "word"}
_LIMITS = (
    *("most_steps", "most_batch_size", "most_work", "most_scenes", "runs_per_owner", "queue_length"),
    *("page_poll_s",),
)
_CAST = (("submarine", "yellow"), ("bus", "blue"), ("house", "red"), ("cat", "pink"))
_PLACES = {
    1: ((18, 12, 64),),
    2: ((0, -4, 64), (38, 34, 64)),
    3: ((0, 0, 52), (46, 0, 52), (24, 42, 52)),
    4: ((2, 0, 46), (54, 0, 46), (2, 46, 46), (54, 46, 46)),
}
"""(x, y, side) of each object, by their number."""


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """What can be chosen here, what the study measured, and the limits and speeds of this server.

    `types` of dials are flag, int, float, word or words; `main` are the dials in sight. A preset has its words, its
    spec, its `drawing`, and in `flaw` the fields in which it differs from its `base`; `nouns` are the polygons of the
    drawings. The page draws the worlds in `drawn`. `grid` are the points of the study's grid: binding in the canonical
    form, the mean over seeds with its t interval, and the fields in which the spec `differs` from the first preset.
    """

    dials: Mapping[str, Dial]
    types: Mapping[str, str]
    main: tuple[str, ...]
    presets: tuple[Json, ...]
    opens_with: str
    nouns: Mapping[str, Any]
    kinds: Mapping[str, tuple[str, ...]]
    drawn: tuple[str, ...]
    architectures: tuple[str, ...]
    shipped: Mapping[str, str]
    recordings: tuple[str, ...]
    sweeps: tuple[str, ...]
    grid: tuple[Json, ...]
    law: Law | None
    limits: Mapping[str, float]
    speeds: Mapping[str, Speed]
    any_start: bool
    is_shared: bool
    device: str
    mode: str


@view()
def catalog(here: Service) -> Catalog:
    """The dials, recipes, models and recordings that there are, and the limits of this server."""
    return Catalog(
        dials=DIALS,
        types={name: _TYPES.get(TYPES[name], "words") for name in DIALS},
        main=MAIN,
        presets=tuple(
            {name: getattr(each, name) for name in _SHOWN} | {"drawing": drawing(each)} for each in PRESETS.values()
        ),
        opens_with=OPENS_WITH,
        nouns=nouns(),
        kinds=kind_names(),
        drawn=tuple(name for name, world in WORLDS.items() if not world.pictures),
        architectures=config_names(),
        shipped={name: SHIPPED[name].sentence for name in shipped_names() if name in SHIPPED},
        recordings=recording_names(),
        sweeps=tuple(SWEEPS),
        grid=measured_grid(),
        law=frozen_law(evidence_folder()) if (evidence_folder() / LAW_FILE).is_file() else None,
        limits={name: getattr(here.settings, name) for name in _LIMITS},
        speeds={name: speed_of(here.store, name) for name in config_names()},
        any_start=here.settings.any_start,
        is_shared=here.settings.is_shared,
        device=device_name(is_zero_gpu=here.settings.zero_gpu),
        mode=mode_sentence(here.settings),
    )


@lru_cache(maxsize=1)
def measured_grid() -> tuple[Json, ...]:
    """Return the points with a score in the canonical form, in the order of the frozen evidence."""
    usual = _values(next(iter(PRESETS.values())).spec)
    return tuple(
        {
            "differs": {name: value for name, value in _values(point.spec).items() if value != usual[name]},
            "value": point.mean.value or 0.0,
            "low": point.mean.low,
            "high": point.mean.high,
            "seeds": point.mean.n,
            "sweep": point.sweep,
            "device": point.devices,
            "not_tested": point.not_tested,
        }
        for point in frozen_grid()
    )


def _values(spec: RunSpec) -> dict[str, Any]:
    record = spec.as_dict()
    return {**record["data"], **record["train"]}


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
         "fill": fill(each.color) if each.color and each.is_told else ""}
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
    """Return the polygons of each noun in a drawing, so that a page holds them once."""
    cast = {each["name"] for recipe in PRESETS.values() for each in drawing(recipe)["objects"]}
    return {noun.word: shapes(noun.word) for noun in THINGS.nouns if noun.word in cast}


def shapes(noun: str) -> list[dict[str, str]]:
    """Return the polygons of a noun in percent of its side; a `kind` chooses the paint."""
    drawn = outlines(next(each for each in THINGS.nouns if each.word == noun), Look())
    return [
        {"kind": role, "points": " ".join(f"{100 * x:.1f},{100 * y:.1f}" for x, y in points)} for role, points in drawn
    ]


def _bars(data: DataSpec, picture: tuple[DrawnObject, ...], *, is_narrow: bool) -> list[dict[str, Any]]:
    """Return a short bar per value that the caption names, a longer one per noun; narrow ones leave room for a mark."""
    named = [each for each in picture if each.is_told]
    values = round(data.attribute_density) if data.attribute_density > 1 else 1
    short, long = (9.0, 16.0) if is_narrow or len(named) * values > 2 else (12.0, 24.0)
    found, x = [], 6.0
    for each in named:
        for _ in range(values if each.color else 0):
            found.append({"x": x, "width": short, "fill": fill(each.color or "")})
            x += short + 3
        found.append({"x": x, "width": long, "fill": ""})
        x += long + 6
    return found


def fill(color: str) -> str:
    """Return a color of the world as #rrggbb."""
    value = next(each for each in COLOR.values if each.word == color)
    return "#{:02x}{:02x}{:02x}".format(*value.paint(Look()).fill)
