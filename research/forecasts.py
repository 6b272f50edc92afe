"""Forecasts of the third edition, by the law and its rivals from the rows of the first two, and what came of them.

    write_forecasts()                       # assets/study/forecasts.json, committed before the first run
    load_predictions("law", "told-values")  # {"two objects: 0.5": Prediction(...), ...} as they were committed
    score_forecasts(rows)                   # {"1b": {"law": PredictionScore(...), ...}} of the runs so far
    write_outcomes()                        # assets/study/outcomes.json and time-law.json, from the frozen rows

The file says from which rows it follows, so a test can hold it to them. A score counts the sweeps whose times are
compared, each condition with its committed prediction.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from statistics import fmean, linear_regression
from typing import Any, Literal

from explorer.errors import UserError
from explorer.files import digest_of_file
from explorer.resources import FROZEN_FOLDER
from explorer.runs.files import read_json, write_json
from explorer.study.kappa import kappa, told_share
from research.critics import critic_losses, share_learned
from research.frozen_law import LAW_FILE, Prediction
from research.grouping import group_by, round_floats
from research.law import law_document
from research.rows import FIRST_TWO_EDITIONS, Row, frozen_rows, plain_runs, plain_trainings, spec_of, training_of
from research.sweeps import ALL_SWEEPS, EXPERIMENTS, THIRD_EDITION, Condition, Sweep
from research.time_model import (
    MODEL_FORMS,
    PredictionScore,
    TimedTraining,
    TimeModel,
    condition_of,
    fit_model,
    score_predictions,
)

FORECASTS_FILE, OUTCOMES_FILE = "forecasts.json", "outcomes.json"
FORECAST_DIGITS = 4


def make_forecasts() -> dict[str, Any]:
    """Return the content of forecasts.json: what each model, fitted to the frozen rows, predicts of each condition."""
    read = plain_trainings(frozen_rows())
    models = {name: fit_model(form, read) for name, form in MODEL_FORMS.items()}
    paths = [FROZEN_FOLDER / f"{name}.parquet" for name in FIRST_TWO_EDITIONS]
    return {
        "rows": {path.name: digest_of_file(path)[:16] for path in paths if path.is_file()},
        "trainings": len(read),
        "bound": sum(each.is_bound for each in read),
        "conditions": len(set(map(condition_of, read))),
        "models": {name: model.as_numbers() for name, model in models.items()},
        "sweeps": {name: _sweep(sweep, models) for name, sweep in THIRD_EDITION.items() if _has_kappa(sweep)},
    }


def _has_kappa(sweep: Sweep) -> bool:
    """Return False for data of which no model predicts anything: with a kind that no caption names."""
    return not any(sweep.spec(each, seed=0, factor=1.0).data.untold_kinds for each in sweep.conditions)


def _sweep(sweep: Sweep, models: Mapping[str, TimeModel]) -> dict[str, Any]:
    about = EXPERIMENTS[sweep.name]
    return {
        "experiment": about.number,
        "compares": about.compares,
        "why": about.why,
        "seeds": sweep.seeds,
        "conditions": {
            each.label: round_floats(_condition(sweep, each, models), FORECAST_DIGITS) for each in sweep.conditions
        },
    }


def _condition(sweep: Sweep, condition: Condition, models: Mapping[str, TimeModel]) -> dict[str, Any]:
    """Return the predictions, and for people their intervals and the shares of seeds that are bound at the budget."""
    spec = sweep.spec(condition, seed=sweep.first_seed, factor=1.0)
    pairs = spec.train.pairs
    by_form = {name: model.predict(spec.data, pairs=pairs) for name, model in models.items()}
    return {
        "kappa": kappa(spec.data),
        "told_share": told_share(spec.data),
        "pairs": pairs,
        "forecasts": {
            name: {part: getattr(each, part) for part in ("pairs", "low", "high", "spread", "never")}
            | {"share_bound": round(each.share_bound(pairs), FORECAST_DIGITS)}
            for name, each in by_form.items()
        },
    }


def write_forecasts() -> Path:
    """Write the forecasts to the frozen files; return the path of theirs."""
    write_json(FROZEN_FOLDER / FORECASTS_FILE, make_forecasts())
    return FROZEN_FOLDER / FORECASTS_FILE


@lru_cache(maxsize=4)
def load_forecasts(folder: Path = FROZEN_FOLDER) -> Mapping[str, Any]:
    return read_json(folder / FORECASTS_FILE)


def load_predictions(model: str, sweep: str, folder: Path = FROZEN_FOLDER) -> dict[str, Prediction]:
    """Return the committed prediction of a model for each condition of a sweep, by label."""
    conditions = load_forecasts(folder)["sweeps"][sweep]["conditions"]
    return {
        label: Prediction(**{part: each["forecasts"][model][part] for part in ("pairs", "spread", "never")})
        for label, each in conditions.items()
    }


# ---- What came of them


def score_forecasts(rows: Iterable[Row], folder: Path = FROZEN_FOLDER) -> dict[str, dict[str, PredictionScore]]:
    """Return the scores of every model on the result rows of each experiment whose times are compared.

    A model that was added after a run of these had ended has none.
    """
    compared = [row for row in rows if _compares(row, "times")]
    scores_by_experiment: dict[str, dict[str, PredictionScore]] = {}
    for number, experiment_rows in sorted(group_by(compared, lambda row: EXPERIMENTS[row["sweep"]].number).items()):
        plain = plain_runs(experiment_rows)
        sweeps = {row["sweep"] for row, _ in plain}
        scores_by_experiment[number] = {
            name: score_predictions(
                [load_predictions(name, row["sweep"], folder)[row["condition"]] for row, _ in plain],
                [training for _, training in plain],
            )
            for name in load_forecasts(folder)["models"]
            if not sweeps & set(MODEL_FORMS[name].begun)
        }
    return scores_by_experiment


def _compares(row: Row, what: str) -> bool:
    """Return True for a result of an experiment that compares times, or slopes."""
    about = EXPERIMENTS.get(row["sweep"])
    return about is not None and about.compares == what and row["stage"] == "result"


def kappa_slopes(rows: Iterable[Row], folder: Path = FROZEN_FOLDER) -> dict[str, Any]:
    """Return the slope of log time by log kappa, as each model forecast it and as it came in each setting.

    A setting is left out until seeds of two conditions or more are bound in it.
    """
    settings = group_by((row for row in rows if _compares(row, "slopes")), lambda row: row["series"])
    read = {
        name: [each for row in setting_rows if (each := training_of(row)) is not None]
        for name, setting_rows in settings.items()
    }
    document = load_forecasts(folder)
    conditions = [
        each
        for sweep in document["sweeps"].values()
        if sweep["compares"] == "slopes"
        for each in sweep["conditions"].values()
    ]
    kappas = [math.log(each["kappa"]) for each in conditions]
    times = {name: [math.log(each["forecasts"][name]["pairs"]) for each in conditions] for name in document["models"]}
    return {
        "forecast": round_floats(
            {name: linear_regression(kappas, log_times)[0] for name, log_times in times.items()}, FORECAST_DIGITS
        ),
        "measured": {
            name: fit_model(MODEL_FORMS["law"], trainings).as_numbers()["estimates"]["log kappa"]
            for name, trainings in read.items()
            if len({each.condition for each in trainings if each.is_bound}) > 1
        },
    }


def write_outcomes(folder: Path = FROZEN_FOLDER) -> dict[str, dict[str, Any]]:
    """Write outcomes of the frozen conditions, scores of the forecasts, and the law of the rows before them.

    Returns:
        The scores, by experiment and model.
    """
    rows = frozen_rows(folder, sweeps=THIRD_EDITION, is_unique=False)
    scored = {
        number: {name: asdict(score) for name, score in by_model.items()}
        for number, by_model in score_forecasts(rows, folder).items()
    }
    if rows:
        outcomes = {
            name: {
                label: _outcome(seeds) for label, seeds in group_by(sweep_rows, lambda row: row["condition"]).items()
            }
            for name, sweep_rows in group_by(rows, lambda row: row["sweep"]).items()
        }
        write_json(folder / OUTCOMES_FILE, {"scores": scored, "slopes": kappa_slopes(rows, folder), "sweeps": outcomes})
    read = plain_trainings(frozen_rows(folder, sweeps=ALL_SWEEPS))
    if len({kappa(each.data) for each in read if each.is_bound and each.is_fitted}) > 1:  # a slope needs two
        write_json(folder / LAW_FILE, law_document(read))
    return scored


def _outcome(seeds: Sequence[Row]) -> dict[str, Any]:
    """Return when each seed of a condition was bound; what was learned is None where the best critics are not known."""
    points = [row for row in seeds if row["is_point"]]
    loss = fmean(row["loss"] for row in points) if points else None
    try:
        critics = critic_losses(spec_of(seeds[0]))
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


# ---- Conditions by their median seed

OutcomeWord = Literal["inside", "outside", "too short to tell", "open"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MedianTime:
    """The median seed of a condition: kappa, the pairs until it was bound, or its budget if it was not."""

    kappa: float
    pairs: float
    is_bound: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastOutcome:
    """The forecast of the law for one condition, and its median seed; `pairs` is None while it is open."""

    sweep: str
    condition: str
    kappa: float
    told_share: float
    low: float
    high: float
    pairs: float | None
    is_bound: bool
    word: OutcomeWord


def median_times(rows: Sequence[Row]) -> list[MedianTime]:
    """Return the plain conditions of result rows."""
    return [_median_time(seeds) for seeds in group_by(plain_trainings(rows), condition_of).values()]


def widest_ratio(medians: Iterable[MedianTime]) -> float:
    """Return the greatest ratio of medians among conditions of equal kappa; an unbound one counts as its budget."""
    alike = group_by(medians, lambda each: round(each.kappa, 6)).values()
    bound = [
        (max(each.pairs for each in same_kappa), [each.pairs for each in same_kappa if each.is_bound])
        for same_kappa in alike
    ]
    return max(latest / min(times) for latest, times in bound if times)


def _median_time(seeds: Sequence[TimedTraining]) -> MedianTime:
    """Take the later one of two; an unbound seed is the latest."""
    order = sorted((not each.is_bound, each.time) for each in seeds)
    is_unbound, pairs = order[len(order) // 2]
    return MedianTime(kappa=kappa(seeds[0].data), pairs=pairs, is_bound=not is_unbound)


def forecast_outcomes(rows: Iterable[Row], folder: Path = FROZEN_FOLDER) -> list[ForecastOutcome]:
    """Return what came of the forecast of every condition whose times are compared, from the rows that are frozen.

    Data and budget that two sweeps ask for count once, with the seeds of the later one that has run.
    """
    points = [row for row in rows if row["sweep"] in EXPERIMENTS and row["is_point"]]
    conditions = group_by(points, lambda row: (row["sweep"], row["condition"]))
    outcomes: dict[Any, ForecastOutcome] = {}
    for name, about in load_forecasts(folder)["sweeps"].items():
        expected = load_predictions("law", name, folder) if about["compares"] == "times" else {}
        declared = {each.label: each for each in THIRD_EDITION[name].conditions}
        for label, each in expected.items():
            seeds = [training for row in conditions.get((name, label), ()) if (training := training_of(row))]
            median = _median_time(seeds) if seeds else None
            spec = THIRD_EDITION[name].spec(declared[label], seed=0, factor=1.0)
            data_and_pairs = spec.data, spec.train.pairs
            if median is None and data_and_pairs in outcomes:
                continue
            outcomes[data_and_pairs] = forecast_outcome(name, label, each, median, about["conditions"][label])
    return list(outcomes.values())


def forecast_outcome(
    sweep: str, condition: str, expected: Prediction, median: MedianTime | None, about: Mapping[str, Any]
) -> ForecastOutcome:
    """Return what came of one forecast; `about` is the condition as the forecasts were committed."""
    return ForecastOutcome(
        sweep=sweep,
        condition=condition,
        kappa=about["kappa"],
        told_share=about["told_share"],
        low=expected.low,
        high=expected.high,
        pairs=median.pairs if median else None,
        is_bound=median is not None and median.is_bound,
        word=outcome_word(expected, median),
    )


def outcome_word(expected: Prediction, median: MedianTime | None) -> OutcomeWord:
    """Return if a median seed is inside the interval of its forecast.

    A seed that is unbound at a budget within the interval may still bind inside of it.
    """
    if median is None:
        return "open"
    if median.is_bound:
        return "inside" if expected.low <= median.pairs <= expected.high else "outside"
    return "outside" if median.pairs > expected.high else "too short to tell"
