"""Numbers of the page of evidence: every training against one number of its data, the line, and what changes do.

    found = line(evidence_folder())        # None where nothing is frozen
    found.data[0].kappa                    # 0.5, with the trainings on these data in `trainings`
    found.changes[0].own.value             # 0.54: the change that makes binding come soonest
    as_json(found)                         # plain JSON; every text in it is English

All of it follows from the frozen rows and the frozen law, so nothing here has to be written anew when rows are added.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from explorer.evaluation.results import Position
from explorer.presets import PRESETS
from explorer.spec import RunSpec
from explorer.study.changes import TimeChanges, time_changes
from explorer.study.forecasts import predictions
from explorer.study.line_findings import Against, Finding, Measured, against_paper, findings, learned
from explorer.study.real_captions import LIMITS, positions
from explorer.study.rows import Row, as_training, condition_key, distinct, frozen_rows
from explorer.study.sweeps import THIRD_EDITION
from explorer.study.time_model import LAW_FILE, Law, Prediction, Span, Training, frozen_law, kappa, predict

CORPORA_SWEEP = "density"
"""Sweep whose axis is the dial on which corpora have a place."""
LABELS = {
    "density": ("Twice the attributes", "told per named object"),
    "kinds": ("Twice the kinds that vary", "color, pattern, tilt"),
    "objects": ("Twice the objects shown", "in the picture"),
    "completeness": ("Twice the objects named", "share of the scene told"),
    "saliency": ("Only the big things named", "saliency bias, 0 to 1"),
    "hard-negatives": ("Swapped captions added", "as wrong ones: hard negatives"),
    "masking": ("True captions left out", "of the wrong ones: masking"),
    "constant-rate": ("Constant learning rate", "instead of a falling one"),
    "batch": ("Batch four times larger", "at equal pairs"),
    "unread": ("Asked in an unread form", "under 0.5 % of its captions"),
}
"""A title and a detail of each change."""


_SHOWN = [name for name, recipe in PRESETS.items() if recipe.is_main]


@dataclass(frozen=True, kw_only=True, slots=True)
class Seed:
    """A training: its budget in pairs, the pairs at which it was bound, None if it was not, and the key of its run."""

    seed: int
    pairs: int
    bound_at: int | None
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Data:
    """A kind of data with its dials, its trainings, and their mean final accuracy in captions of its own form.

    `learned` is the share of the bag of words that those learned that were not bound.
    """

    label: str
    kappa: float
    objects: int
    kinds: int
    density: float
    completeness: float
    saliency: float
    accuracy: float
    trainings: tuple[Seed, ...]
    learned: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Later:
    """A kind of data of the third edition: what the law forecast for each of its trainings before they ran."""

    data: Data
    expected: Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """What the line explains, each as R squared, and the logistic curve of the accuracies.

    Attributes:
        times: Of the log times of the trainings that bound; those that did not have no time.
        accuracies: Of the mean final accuracy of each kind of data, by a logistic curve from chance to one in the log
            of its budget over the pairs that the line expects.
        slope: Of that curve.
        middle: Log of budget over pairs expected at which the curve is half way.
    """

    times: float
    accuracies: float
    slope: float
    middle: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A recipe's dials, and the pairs that the law expects, None where nothing is known."""

    name: str
    title: str
    kappa: float
    objects: int
    kinds: int
    density: float
    completeness: float
    saliency: float
    steps: int
    batch_size: int
    pairs: Span | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What a change multiplies the time by, asked as it was taught and asked alike; None in a form without it."""

    name: str
    title: str
    detail: str
    own: Span | None
    canonical: Span | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastCheck:
    """How many new trainings fell into the interval that was forecast for them before they ran."""

    inside: int
    decided: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """Everything that the page of evidence shows."""

    headline: str
    num_trainings: int
    law: Law
    fit: Fit
    tested: ForecastCheck | None
    data: tuple[Data, ...]
    later: tuple[Later, ...]
    recipes: tuple[Recipe, ...]
    corpora: tuple[Position, ...]
    caveat: str
    changes: tuple[Change, ...]
    paper: tuple[Against, ...]
    findings: tuple[Finding, ...]
    limits: tuple[str, ...]


def line(folder: Path) -> Line | None:
    rows = distinct(frozen_rows(folder))
    if not rows or not (folder / LAW_FILE).is_file():
        return None
    measured, changes, tested = Measured.of(rows), time_changes(rows), _tested(folder)
    data, law = kinds_of_data(measured), frozen_law(folder)
    return Line(
        headline=headline(changes),
        num_trainings=sum(len(each.trainings) for each in data),
        law=law,
        fit=fit_of(data, law),
        tested=tested,
        data=data,
        later=_later(folder),
        recipes=tuple(sorted((_recipe(name, folder) for name in _SHOWN), key=lambda each: each.objects)),
        corpora=tuple(positions(CORPORA_SWEEP, folder)),
        caveat=LIMITS[0],
        changes=sorted_changes(changes),
        paper=against_paper(measured, changes, folder),
        findings=findings(measured, changes, folder),
        limits=limits(data, tested),
    )


def as_json(found: Line) -> dict[str, Any]:
    text = json.dumps(TypeAdapter(Line).dump_python(found, mode="json"))
    plain: dict[str, Any] = json.loads(text, parse_float=lambda digits: float(f"{float(digits):.5g}"))
    return plain


def kinds_of_data(measured: Measured) -> tuple[Data, ...]:
    """Return all trainings to which the law applies by their data, those with the largest kappa first."""
    groups: dict[str, list[tuple[Row, RunSpec, Training]]] = {}
    for each in measured.plain():
        groups.setdefault(str(condition_key(each[0])), []).append(each)
    return tuple(sorted(map(_data, groups.values()), key=lambda each: -each.kappa))


def _data(seeds: Sequence[tuple[Row, RunSpec, Training]]) -> Data:
    row, spec, _ = seeds[0]
    return Data(
        label=f"{row['sweep']}, {row['condition']}",
        **_dials(spec),
        accuracy=fmean(each["own.binding_accuracy.value"] for each, _, _ in seeds),
        trainings=tuple(
            Seed(seed=each["seed"], pairs=training.pairs, bound_at=training.bound_at, key=each["key"])
            for each, _, training in seeds
        ),
        learned=learned(spec, [each["loss"] for each, _, training in seeds if not training.is_bound]),
    )


def fit_of(data: Sequence[Data], law: Law) -> Fit:
    from scipy.optimize import curve_fit

    mean_times = [law.intercept + law.slope.value * math.log(each.kappa) for each in data]
    times = [
        (mean, math.log(seed.bound_at))
        for mean, each in zip(mean_times, data, strict=True)
        for seed in each.trainings
        if seed.bound_at is not None
    ]
    read = np.array([math.log(each.trainings[0].pairs) for each in data]) - mean_times
    accuracies = np.array([each.accuracy for each in data])
    (slope, middle), _ = curve_fit(logistic, read, accuracies, p0=[2.0, 0.0])
    return Fit(
        times=_explained(*np.array(times).T),
        accuracies=_explained(logistic(read, slope, middle), accuracies),
        slope=round(float(slope), 3),
        middle=round(float(middle), 3),
    )


def logistic(x: np.ndarray, slope: float, middle: float) -> np.ndarray:
    return np.asarray(0.5 + 0.5 / (1 + np.exp(-slope * (x - middle))))


def _explained(expected: np.ndarray, found: np.ndarray) -> float:
    return round(float(1 - ((found - expected) ** 2).sum() / ((found - found.mean()) ** 2).sum()), 3)


def _later(folder: Path) -> tuple[Later, ...]:
    """Return the plain trainings of the third edition that are frozen, with the law's forecasts of them."""
    found = []
    for name in _run(folder):
        forecast = predictions("law", name, folder)
        for data in kinds_of_data(Measured.of(distinct(frozen_rows(folder, sweeps=[name])))):
            each = forecast[data.label.removeprefix(f"{name}, ")]
            found.append(Later(data=data, expected=Span(value=each.pairs, low=each.low, high=each.high)))
    return tuple(found)


def _dials(spec: RunSpec) -> dict[str, Any]:
    data = spec.data
    return {
        "kappa": kappa(data),
        "objects": data.objects_in_image,
        "kinds": len(data.attribute_kinds),
        "density": data.attribute_density,
        "completeness": data.caption_completeness,
        "saliency": data.saliency_bias,
    }


def _recipe(name: str, folder: Path) -> Recipe:
    recipe = PRESETS[name]
    expected = predict(recipe.spec, folder)
    train = recipe.spec.train
    return Recipe(
        name=name,
        title=recipe.title,
        steps=train.steps,
        batch_size=train.batch_size,
        pairs=expected.pairs,
        **_dials(recipe.spec),
    )


def sorted_changes(found: TimeChanges) -> tuple[Change, ...]:
    """Return the changes, sorted by what they multiply the time by asked as it was taught, else asked alike."""
    changes = [
        Change(name=name, title=LABELS[name][0], detail=LABELS[name][1], own=each.own, canonical=each.canonical)
        for name, each in found.changes.items()
    ]
    return tuple(sorted(changes, key=_place))


def _place(change: Change) -> float:
    shown = change.own or change.canonical
    assert shown is not None, "a change has a form"
    return shown.value


def headline(found: TimeChanges) -> str:
    """Say what leaving objects and what leaving attributes out of captions cost, asked as it was taught."""
    things, attributes = (_cost(found.changes[name].own) for name in ("completeness", "density"))
    second = "did" if (things, attributes) == (_COSTS[0], _COSTS[1]) else attributes
    return f"Leaving things out of captions {things}. Leaving attributes out {second}."


_COSTS = ("cost no time", "cost time", "saved time")


def _cost(twice: Span | None) -> str:
    assert twice is not None, "both are asked as they were taught"
    return _COSTS[0] if twice.low <= 1 <= twice.high else _COSTS[1] if twice.high < 1 else _COSTS[2]


def limits(data: Iterable[Data], tested: ForecastCheck | None) -> tuple[str, ...]:
    kinds = list(data)
    times = [seed.bound_at for each in kinds for seed in each.trainings if seed.bound_at is not None]
    objects = [each.objects for each in kinds]
    after = (
        "The line was found after seeing the runs. Its test is written down, not yet run."
        if tested is None
        else f"The line was found after seeing the runs; {tested.decided} later ones were forecast first."
    )
    return (
        "One world of drawn shapes and a small CLIP.",
        after,
        "Kinds always come in the order color, pattern, tilt.",
        f"{min(objects)} to {max(objects)} objects; times between {min(times):,} and {max(times):,} pairs.",
        "“Asked as it was taught” is another question for each kind of data.",
    )


def _tested(folder: Path) -> ForecastCheck | None:
    found = [
        check_forecast(predictions("law", name, folder), distinct(frozen_rows(folder, sweeps=[name])))
        for name in _run(folder)
    ]
    if not found:
        return None
    return ForecastCheck(inside=sum(each.inside for each in found), decided=sum(each.decided for each in found))


def _run(folder: Path) -> list[str]:
    return [name for name in THIRD_EDITION if (folder / f"{name}.parquet").is_file()]


def check_forecast(forecast: Mapping[str, Prediction], rows: Iterable[Row]) -> ForecastCheck:
    """Count trainings inside their forecast; one that ended unbound before its upper end is not decided."""
    inside = decided = 0
    for row in rows:
        training, expected = as_training(row), forecast[row["condition"]]
        if training is None or (not training.is_bound and training.pairs < expected.high):
            continue
        decided += 1
        inside += training.is_bound and expected.low <= training.time <= expected.high
    return ForecastCheck(inside=inside, decided=decided)
