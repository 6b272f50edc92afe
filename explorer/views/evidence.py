"""Views of the study: its rows and a forecast for programs, and the numbers of the page of the evidence.

    study().effects[0]["words"]                    # the effect of each property
    study("naming")["findings"]                    # every seed of a claim or a sweep
    predict("tidy").sentence           # "Measured at these dials: asked the canonical question, 5 of 5 ..."
    line(service).line["law"]                      # every training on one line, None where nothing is frozen
    dots().dots["sweeps"]                          # every training of the fourth edition
    chains("loop")["phases"]                       # what repeats those of a sweep, to the last bit

All of it is frozen, with the numbers of STUDY.md. Sentences and tables are plain text, each in English.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import mean
from typing import Any

from explorer.codec import Json
from explorer.errors import NO_VALUE, UserError
from explorer.presets import PRESETS, TIDY_RECIPE, DrawnObject
from explorer.runs.specs import resolve
from explorer.spec import spec_value
from explorer.study.cells import CellSeed, asked_spec, cell_sentence, nearest_cell
from explorer.study.evidence_store import (
    load_chains,
    load_claims,
    load_document,
    load_dots,
    load_fourth,
    load_line,
)
from explorer.views.registry import view
from explorer.views.service import Service
from explorer.views.training_plan import estimate_seconds
from explorer.world.recipe_drawings import object_facts, polygons_of

PICTURES = {
    "guess": (
        DrawnObject(noun="submarine", color="green", x=7, y=8, side=38),
        DrawnObject(noun="bus", color="yellow", x=56, y=10, side=38),
        DrawnObject(noun="cat", color="red", x=8, y=57, side=36, is_told=False),
        DrawnObject(noun="tree", color="purple", x=57, y=56, side=36, is_told=False),
    ),
    "two": (
        DrawnObject(noun="submarine", color="yellow", x=6, y=6, side=44),
        DrawnObject(noun="bus", color="blue", x=56, y=56, side=38),
    ),
    "four": (
        DrawnObject(noun="star", color="yellow", x=4, y=5, side=48),
        DrawnObject(noun="house", color="green", x=50, y=46, side=46),
        DrawnObject(noun="cat", color="pink", x=63, y=8, side=28, is_told=False),
        DrawnObject(noun="cup", color="blue", x=13, y=63, side=27, is_told=False),
    ),
}
"""The pictures of the page: that of the guess, of captions of two things, and of web-like ones."""


# ---- For programs


@dataclass(frozen=True, kw_only=True)
class StudyOverview:
    """The effect of each property, the runs that stand behind each sweep, and the claims with their findings."""

    effects: tuple[Json, ...]
    coverage: tuple[Json, ...]
    claims: Mapping[str, str]
    findings: tuple[Json, ...]


@view()
def study(claim: str = "") -> StudyOverview | Json:
    """Return the effect of each property of the data on binding; with a claim, return every seed of it.

    Args:
        claim: name of a claim or of a sweep of the first editions; without it, all properties are returned
    """
    if claim:
        try:
            document = load_document(claim)
        except UserError as error:
            raise error.in_field("claim") from None
        if document is None:
            raise UserError("claim", claim, "was not run yet, so there is no evidence")
        return document
    claims = load_claims()
    if claims is None:
        raise UserError("claim", NO_VALUE, "nothing is frozen here, so there is no evidence")
    return StudyOverview(
        effects=tuple(claims["effects"]),
        coverage=tuple(claims["coverage"]),
        claims=claims["claims"],
        findings=tuple(claims["findings"]),
    )


@dataclass(frozen=True, kw_only=True)
class NearestMeasured:
    """The measured cell at the dials of a training, or nearest to them; nothing is computed from it.

    Attributes:
        sentence: The cell in words, or that nothing was measured near these dials; then all others are empty.
        dial: The one dial in which the cell differs; None if it has the same.
        given: The value of that dial in the training that was asked about.
        spec: The data and training of the cell, whose seeds are 0 here.
        pairs: Pairs of picture and caption that each of its trainings read.
        edition: The edition of the study.
        engine: Version of the page's engine; None for torch.
        seeds: Of each training the pairs until it was bound, in own and in canonical captions, and its end.
    """

    sentence: str
    dial: str | None = None
    given: Any = None
    spec: Json | None = None
    pairs: int | None = None
    edition: int | None = None
    engine: int | None = None
    seeds: tuple[CellSeed, ...] = ()


@view()
def predict(preset: str, overrides: dict[str, Any] | None = None) -> NearestMeasured:
    """Show the trainings of the study nearest to these dials, and when they bound, or say that none is near.

    Args:
        preset: name of a recipe, for example web-like
        overrides: fields of the recipe to change, for example {"attribute_density": 1}
    """
    spec = resolve(preset, overrides or {})
    near = nearest_cell(asked_spec(spec))
    sentence = cell_sentence(near, spec)
    if near is None:
        return NearestMeasured(sentence=sentence)
    cell = near.cell
    return NearestMeasured(
        sentence=sentence,
        dial=near.dial,
        given=near.dial and spec_value(spec, near.dial),
        spec=cell.spec.to_json(),
        pairs=cell.pairs,
        edition=cell.edition,
        engine=cell.engine,
        seeds=cell.seeds,
    )


# ---- The fourth edition: trainings that can be repeated to the last bit


@dataclass(frozen=True, kw_only=True)
class Dots:
    """Every training of the fourth edition by sweep and cell, with curves and digest; None where nothing is frozen."""

    dots: Json | None


@view()
def dots() -> Dots:
    """Return every training of the study's fourth edition, with its curve and the digest of its weights."""
    return Dots(dots=load_dots())


@view()
def chains(sweep: str) -> Json:
    """Return all that is needed to repeat the trainings of a sweep: specs of all phases, digests of all saved steps.

    Args:
        sweep: name of a sweep of the fourth edition, for example loop; torch for trainings of the editions before it
    """
    return load_chains(sweep)


# ---- The page


@dataclass(frozen=True, kw_only=True)
class EvidenceLine:
    """The numbers of the page, None where nothing is frozen; seconds that a pair takes here; its pictures by name.

    `line` is of the editions of torch, `fourth` of the one that the page's own engine trained. An object of a picture
    has its polygons, place, color and whether the caption names it.
    """

    line: Json | None
    fourth: Json | None
    pace: float
    pictures: Mapping[str, tuple[Json, ...]]


@view()
def line(service: Service) -> EvidenceLine:
    """Return the numbers, figures and sentences of the study that the page *The evidence* shows."""
    spec = PRESETS[TIDY_RECIPE].spec
    low, high, _ = estimate_seconds(service.store, spec)
    pace = mean((low, high)) / spec.train.pairs
    return EvidenceLine(
        line=load_line(),
        fourth=load_fourth(),
        pace=float(f"{pace:.2g}"),
        pictures={name: drawn_picture(objects) for name, objects in PICTURES.items()},
    )


def drawn_picture(objects: Iterable[DrawnObject]) -> tuple[Json, ...]:
    """Return the objects of a picture as polygons with their places and colors."""
    return tuple(object_facts(each) | {"shapes": polygons_of(each.noun)} for each in objects)
