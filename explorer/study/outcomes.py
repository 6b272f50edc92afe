"""Conditions as the document of the study shows them: kappa, the time of each seed, and the fate of each forecast.

dots(rows)[0].kappa, dots(rows)[0].pairs           # a condition run before any forecast, its median seed
fates(rows, folder)[0].word                        # "inside", "outside", "too short to tell", "open"
word_of(prediction, times, budget)                 # the rule behind it
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from explorer.study.evidence_store import FROZEN
from explorer.study.forecasts import load_forecasts, predictions
from explorer.study.rows import Row
from explorer.study.sweeps import EXPERIMENTS
from explorer.study.time_model import Prediction, Training, kappa
from explorer.study.trainings import as_training, quick_scenes, read_training

Word = Literal["inside", "outside", "too short to tell", "open"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dot:
    """A condition: kappa, and the pairs until its median seed was bound, or the budget at which that one was not."""

    kappa: float
    pairs: float
    is_bound: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """The forecast of the law for one condition, and what came of it; `pairs` is None while it is open."""

    sweep: str
    condition: str
    kappa: float
    low: float
    high: float
    pairs: float | None
    is_bound: bool
    word: Word


def dots(rows: Sequence[Row]) -> list[Dot]:
    """Return the plain conditions of result rows."""
    scenes = quick_scenes(rows)
    conditions: dict[str, list[Training]] = {}
    for row in rows:
        if (training := read_training(row, scenes)) is not None:
            conditions.setdefault(training.condition, []).append(training)
    return [_dot(seeds) for seeds in conditions.values()]


def _dot(seeds: Sequence[Training]) -> Dot:
    pairs, is_bound = middle(seeds)
    return Dot(kappa=kappa(seeds[0].data), pairs=pairs, is_bound=is_bound)


def middle(seeds: Iterable[Training]) -> tuple[float, bool]:
    """Return the pairs of the median seed, the later of two, and if it was bound; an unbound one is the latest."""
    order = sorted((not each.is_bound, each.time) for each in seeds)
    is_unbound, pairs = order[len(order) // 2]
    return pairs, not is_unbound


def word_of(found: Prediction, pairs: float, *, is_bound: bool) -> Word:
    """Return if a median seed is inside the interval of its forecast.

    A seed that is unbound at a budget within the interval may still bind inside of it.
    """
    if is_bound:
        return "inside" if found.low <= pairs <= found.high else "outside"
    return "outside" if pairs > found.high else "too short to tell"


def fates(rows: Iterable[Row], folder: Path = FROZEN) -> list[Fate]:
    """Return the fate of the forecast of every condition whose times are compared, from the rows that are frozen."""
    seeds: dict[tuple[str, str], list[Training]] = {}
    for row in rows:
        if row["sweep"] in EXPERIMENTS and (training := as_training(row)) is not None:
            seeds.setdefault((row["sweep"], row["condition"]), []).append(training)
    return [
        _fate(name, label, each, found[label], seeds.get((name, label), []))
        for name, about in load_forecasts(folder)["sweeps"].items()
        if about["compares"] == "times"
        for found in [predictions("law", name, folder)]
        for label, each in about["conditions"].items()
    ]


def _fate(sweep: str, label: str, about: Mapping[str, float], found: Prediction, seeds: Sequence[Training]) -> Fate:
    pairs, is_bound = middle(seeds) if seeds else (None, False)
    return Fate(
        sweep=sweep,
        condition=label,
        kappa=about["kappa"],
        low=found.low,
        high=found.high,
        pairs=pairs,
        is_bound=is_bound,
        word="open" if pairs is None else word_of(found, pairs, is_bound=is_bound),
    )
