"""Forecasts of the third edition, by the law and its rivals, from the frozen rows of the first two editions.

    write_forecasts()                       # assets/study/forecasts.json, committed before the first run
    predictions("law", "told-values")       # {"two objects: 0.5": Prediction(...), ...} as they were committed
    scores(rows)                            # {"1b": {"law": Score(...), ...}} of the runs so far
    write_outcomes()                        # assets/study/outcomes.json and time-law.json, from the frozen rows

The file says from which rows it follows, so a test can hold it to them. A score counts the sweeps whose times are
compared, each condition with its committed prediction.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from statistics import fmean, linear_regression
from typing import Any, Literal

from explorer.errors import UserError
from explorer.runs.files import read_json, write_json
from explorer.spec import RunSpec
from explorer.study.critics import critic_losses, share_learned
from explorer.study.evidence_store import FROZEN
from explorer.study.rows import Row, as_training, frozen_rows, frozen_trainings, quick_scenes, read_training
from explorer.study.sweeps import EVERY, EXPERIMENTS, SECOND_EDITION, SWEEPS, THIRD_EDITION, Condition, Sweep
from explorer.study.time_model import (
    FORMS,
    LAW_FILE,
    Prediction,
    Score,
    TimeModel,
    Training,
    as_numbers,
    fit,
    kappa,
    law_document,
    score,
    told_share,
)

FILE, OUTCOMES = "forecasts.json", "outcomes.json"
DIGITS = 4


def forecasts(folder: Path = FROZEN) -> dict[str, Any]:
    trainings = frozen_trainings(folder)
    models = {name: fit(form, trainings) for name, form in FORMS.items()}
    return {
        "rows": _files(folder),
        "trainings": len(trainings),
        "bound": sum(each.is_bound for each in trainings),
        "conditions": len({each.condition for each in trainings}),
        "models": {name: as_numbers(model) for name, model in models.items()},
        "sweeps": {name: _sweep(sweep, models) for name, sweep in THIRD_EDITION.items()},
    }


def _files(folder: Path) -> dict[str, str]:
    paths = [folder / f"{name}.parquet" for name in (*SWEEPS, *SECOND_EDITION)]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in paths if path.is_file()}


def _sweep(sweep: Sweep, models: Mapping[str, TimeModel]) -> dict[str, Any]:
    about = EXPERIMENTS[sweep.name]
    return {
        "experiment": about.number,
        "compares": about.compares,
        "why": about.why,
        "seeds": sweep.seeds,
        "conditions": {each.label: _condition(sweep, each, models) for each in sweep.conditions},
    }


def _condition(sweep: Sweep, condition: Condition, models: Mapping[str, TimeModel]) -> dict[str, Any]:
    spec = sweep.spec(condition, seed=sweep.first_seed, factor=1.0)
    pairs = spec.train.steps * spec.train.batch_size
    return {
        "kappa": _digits(kappa(spec.data)),
        "told_share": _digits(told_share(spec.data)),
        "pairs": pairs,
        "forecasts": {name: _numbers(model.predict(spec.data, pairs=pairs), pairs) for name, model in models.items()},
    }


def _numbers(found: Prediction, pairs: int) -> dict[str, float]:
    """Return the prediction, and for people its interval and the share of seeds that are bound at the budget."""
    return {
        "pairs": _digits(found.pairs),
        "low": _digits(found.low),
        "high": _digits(found.high),
        "spread": _digits(found.spread),
        "never": _digits(found.never),
        "share_bound": round(found.share_bound(pairs), DIGITS),
    }


def _digits(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def write_forecasts(folder: Path = FROZEN) -> Path:
    write_json(folder / FILE, forecasts(folder))
    return folder / FILE


@lru_cache(maxsize=4)
def load_forecasts(folder: Path = FROZEN) -> Mapping[str, Any]:
    return read_json(folder / FILE)


def predictions(model: str, sweep: str, folder: Path = FROZEN) -> dict[str, Prediction]:
    conditions = load_forecasts(folder)["sweeps"][sweep]["conditions"]
    return {
        label: Prediction(**{part: each["forecasts"][model][part] for part in ("pairs", "spread", "never")})
        for label, each in conditions.items()
    }


def scores(rows: Iterable[Row], folder: Path = FROZEN) -> dict[str, dict[str, Score]]:
    """Return the scores of every model on the result rows of each experiment whose times are compared."""
    by_experiment: dict[str, list[Row]] = {}
    for row in rows:
        about = EXPERIMENTS.get(row["sweep"])
        if about is not None and about.compares == "times" and row["stage"] == "result":
            by_experiment.setdefault(about.number, []).append(row)
    return {number: _scores(found, folder) for number, found in sorted(by_experiment.items())}


def _scores(rows: Iterable[Row], folder: Path) -> dict[str, Score]:
    """Return the score of each model; one that was added after a run of these had ended has none."""
    found = [(row, training) for row in rows if (training := read_training(row)) is not None]
    trainings = [training for _, training in found]
    sweeps = {row["sweep"] for row, _ in found}
    return {
        name: score([predictions(name, row["sweep"], folder)[row["condition"]] for row, _ in found], trainings)
        for name in load_forecasts(folder)["models"]
        if not sweeps & set(FORMS[name].begun)
    }


def slopes(rows: Iterable[Row], folder: Path = FROZEN) -> dict[str, Any]:
    """Return the slope of log time by log kappa, as each model forecast it and as it came in each setting.

    A setting is left out until seeds of two conditions or more are bound in it.
    """
    names = [name for name, about in EXPERIMENTS.items() if about.compares == "slopes"]
    by_setting: dict[str, list[Training]] = {}
    for row in rows:
        training = as_training(row) if row["sweep"] in names and row["stage"] == "result" else None
        if training is not None:
            by_setting.setdefault(row["series"], []).append(training)
    measured = {
        setting: as_numbers(fit(FORMS["law"], found))["estimates"]["log kappa"]
        for setting, found in by_setting.items()
        if len({each.condition for each in found if each.is_bound}) > 1
    }
    return {"forecast": _forecast_slopes(names, folder), "measured": measured}


def _forecast_slopes(names: Iterable[str], folder: Path) -> dict[str, float]:
    document = load_forecasts(folder)
    conditions = [each for name in names for each in document["sweeps"][name]["conditions"].values()]
    kappas = [math.log(each["kappa"]) for each in conditions]
    return {
        model: _digits(
            linear_regression(kappas, [math.log(each["forecasts"][model]["pairs"]) for each in conditions])[0]
        )
        for model in document["models"]
    }


def write_outcomes(folder: Path = FROZEN) -> dict[str, dict[str, Any]]:
    """Write outcomes of the frozen conditions, scores of the forecasts, and the law of the rows before them.

    Returns:
        The scores, by experiment and model.
    """
    rows = frozen_rows(folder, sweeps=THIRD_EDITION)
    scored = _scores_document(rows, folder)
    if rows:
        found = {"scores": scored, "slopes": slopes(rows, folder), "sweeps": _outcomes(rows)}
        write_json(folder / OUTCOMES, found)
    trainings = frozen_trainings(folder, sweeps=EVERY)
    if len({kappa(each.data) for each in trainings if each.is_bound and each.is_fitted}) > 1:  # a slope needs two
        write_json(folder / LAW_FILE, law_document(trainings))
    return scored


def _scores_document(rows: Sequence[Row], folder: Path) -> dict[str, dict[str, Any]]:
    return {
        number: {name: asdict(found) for name, found in by_model.items()}
        for number, by_model in scores(rows, folder).items()
    }


def _outcomes(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """Return what came of each condition: the pairs at which each seed was bound, and what the unbound had learned."""
    found: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        found.setdefault(row["sweep"], {}).setdefault(row["condition"], []).append(row)
    return {name: {label: _outcome(seeds) for label, seeds in conditions.items()} for name, conditions in found.items()}


def _outcome(seeds: Sequence[Row]) -> dict[str, Any]:
    """Return the outcome of one condition; the share learned is None where the best critics are not known."""
    points = [row for row in seeds if row["is_point"]]
    loss = fmean(row["loss"] for row in points) if points else None
    try:
        critics = critic_losses(RunSpec.from_dict(json.loads(seeds[0]["spec"])))
    except UserError:
        critics = None
    return {
        "pairs": seeds[0]["pairs"],
        "failed": len(seeds) - len(points),
        "bound_at": {form: [row[f"bound.{form}.pairs"] for row in points] for form in ("own", "canonical")},
        "accuracy": [row["own.binding_accuracy.value"] for row in points],
        "loss": loss,
        "critics": None if critics is None else asdict(critics),
        "share_learned": None if critics is None or loss is None else share_learned(loss, critics),
    }


# ---- The fate of each forecast

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
