"""Numbers of the page of evidence: every training against kappa of its data, the law, changes, and findings.

    numbers = page_numbers(evidence_store.evidence_folder())  # the content of `line.json`, None where nothing is frozen
    numbers["data"][0]["kappa"]                # 0.5, with the trainings on these data in `trainings`
    numbers["changes"][0]["own"]["value"]      # 0.54: the change that makes binding come soonest
    numbers["findings"][0]["rows"][0]          # the trainings on data of which one of two objects is named

Every text in it is English, from `page.toml`. All of it follows from the frozen rows and the frozen law, so nothing
here has to be written anew when rows are added. A sentence that depends on a result has a form for each result.
"""

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np

from explorer.codec import JsonDict, encode
from explorer.errors import UserError
from explorer.presets import PRESETS, TIDY_RECIPE, Preset, get_preset
from explorer.spec import RunSpec, override
from explorer.study.kappa import kappa
from explorer.study.real_captions import corpus_positions
from explorer.wording import format_pairs
from research.changes import TimeChanges, time_changes
from research.corpora import CORPORA_LIMITS
from research.critics import critic_losses, share_learned
from research.forecasts import forecast_outcomes, load_forecasts, load_predictions, median_times, widest_ratio
from research.frozen_law import LAW_FILE, Interval, Law, Prediction, load_law
from research.grouping import group_by, round_floats
from research.rows import PILOT, Row, frozen_rows, plain_runs, spec_of, training_of, unique_runs
from research.sweeps import BUDGET_PAIRS, SECOND_EDITION, STUDY_BATCH
from research.time_model import OutOfSample, TimedTraining, predict_second_edition

CORPORA_SWEEP = "density"
"""Sweep whose axis is the dial on which corpora have a place."""
REPAIRED = {"attribute_density": 1.0, "caption_completeness": 1.0, "saliency_bias": 0.0, "steps": 720}
"""Changes of the web-like recipe that the paper names, at four times its budget."""
LARGE_BATCH, TWO_VALUES = 1024, {"attribute_density": 2.0}
"""Four times the batch of the study; captions that tell color and pattern."""
PAGE_TEXTS: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
FREE_IN_FINDINGS = ("seed", "learning_rate")
"""Dials in which the trainings of a finding may differ."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingRow:
    """Data of a finding, as a recipe with changes, and the trainings on them within a budget of `pairs`.

    Each of the `seeds` has the pairs at which it was `bound_at`, None if it was not. `learned` is the share of the bag
    of words that those learned that were not bound.
    """

    title: str
    detail: str
    preset: str
    values: Mapping[str, Any]
    pairs: int
    seeds: tuple[JsonDict, ...]
    learned: float | None = None

    @property
    def num_bound(self) -> int:
        return sum(each["bound_at"] is not None for each in self.seeds)

    @property
    def bound(self) -> str:
        """The seeds that were bound, such as "2 of 3"."""
        return f"{self.num_bound} of {len(self.seeds)}"

    @property
    def median(self) -> float | None:
        """The median of the pairs until it is bound, None if half of the seeds are not."""
        middle = median([each["bound_at"] or math.inf for each in self.seeds] or [math.inf])
        return None if middle == math.inf else middle

    @property
    def time(self) -> str:
        """The time at which the median seed is bound, such as "after about 15,000 pairs"."""
        middle = self.median
        return f"not within {self.pairs:,} pairs" if middle is None else f"after about {round(middle, -3):,.0f} pairs"


@dataclass(frozen=True, kw_only=True, slots=True)
class PageFinding:
    """A finding: its heading, what it rests on, sentences, trainings or losses, and what would overturn it.

    `marks` are losses in nats, each of a best possible reader or of trainings after some pairs. `figure` chooses the
    picture: `line` for all data, `seeds` for `rows`, `losses` for `marks`.
    """

    name: str
    title: str
    basis: str
    text: tuple[str, ...]
    figure: str
    overturn: str
    rows: tuple[FindingRow, ...] = ()
    marks: tuple[JsonDict, ...] = ()
    say: str = ""
    train: tuple[FindingRow, ...] = ()


def page_numbers(folder: Path) -> JsonDict | None:
    """Return the numbers as plain JSON.

    Keys:
        data: Trainings of the first two editions by their data, those with the largest kappa first; each with its
            final accuracy in captions of its own form, and the share of the bag of words that the unbound ones learned.
        later: The same of the third edition, with what the law forecast of them before they ran.
        fit: What the line explains, each as R squared, see `_line_fit`.
        tested: How many of the later trainings fell into the interval of their forecast, of those that decide it.
        recipes: The dials of each recipe, and the steps and the batch of its training.
        changes: What each multiplies the time by, asked as it was taught and asked alike, None in a form without it.
        paper: Statements of the paper's abstract, what was measured here, and a verdict in a few words.
    """
    rows = [row for row in frozen_rows(folder) if row["is_point"]]
    trainings = [each for _, each in plain_runs(rows)]
    if not (folder / LAW_FILE).is_file() or (ahead := predict_second_edition(trainings)) is None:
        return None
    data, law, changes = _trainings_by_data(rows), load_law(folder), time_changes(rows)
    new = {
        name: new_rows for name in load_forecasts(folder)["sweeps"] if (new_rows := frozen_rows(folder, sweeps=[name]))
    }
    expected = {name: load_predictions("law", name, folder) for name in new}
    inside = [is_inside for name, new_rows in new.items() for is_inside in check_forecast(expected[name], new_rows)]
    later = [row for new_rows in new.values() for row in new_rows if row["is_point"]]
    # What the first edition trained, the second trained again and asked about fresh scenes.
    fresh = [*(row for row in frozen_rows(folder, sweeps=SECOND_EDITION) if row["is_point"]), *later]
    tested = {"inside": sum(inside), "decided": len(inside)} if new else None
    recipes = [_recipe(recipe) for recipe in PRESETS.values() if recipe.is_main]
    return rounded_json(
        {
            "headline": headline(changes),
            "num_trainings": sum(len(each["trainings"]) for each in data),
            "law": law,
            "fit": _line_fit(data, law),
            "tested": tested,
            "data": data,
            "later": [
                {"data": each, "expected": expected[name][each["label"].removeprefix(f"{name}, ")].interval}
                for name, new_rows in new.items()
                for each in _trainings_by_data(new_rows)
            ],
            "recipes": sorted(recipes, key=lambda each: int(each["objects"])),
            "corpora": corpus_positions(CORPORA_SWEEP, folder),
            "caveat": CORPORA_LIMITS[0],
            "changes": sorted_changes(changes),
            "paper": _paper_statements(rows, fresh, changes),
            "findings": [
                _finding_of_rows("silence", fresh, changes.changes["completeness"].own),
                _finding_of_rows("unread", fresh, changes.changes["unread"].canonical),
                _finding_of_rows("swaps", fresh, changes.changes["hard-negatives"].own),
                _web_like_finding(unique_runs([*rows, *later])),
                _one_number_finding(rows, trainings, ahead, law, _failures(rows, later, folder)),
            ],
            "limits": _limits(data, tested),
        }
    )


def rounded_json(numbers: JsonDict) -> JsonDict:
    """Encode the numbers as plain JSON, with five significant digits."""
    return dict(round_floats(encode(numbers), 5))


# ---- The line


def _trainings_by_data(rows: Iterable[Row]) -> list[JsonDict]:
    """Return all trainings to which the law applies by their data, those with the largest kappa first."""
    conditions = group_by(plain_runs(rows), lambda each: each[1].condition).values()
    return sorted(map(_data, conditions), key=lambda each: -float(each["kappa"]))


def _data(runs: Sequence[tuple[Row, TimedTraining]]) -> JsonDict:
    row, _ = runs[0]
    return {
        "label": f"{row['sweep']}, {row['condition']}",
        **_dials(spec_of(row)),
        "accuracy": fmean(each["own.binding_accuracy.value"] for each, _ in runs),
        "trainings": [
            {"seed": each["seed"], "pairs": training.pairs, "bound_at": training.bound_at, "key": each["key"]}
            for each, training in runs
        ],
        "learned": _mean_share_learned(spec_of(row), runs),
    }


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


def _mean_share_learned(spec: RunSpec, runs: Iterable[tuple[Row, TimedTraining]]) -> float | None:
    """Return the mean share of the bag of words that the unbound trainings learned, see `critics`.

    None without any, and where the best critics are not known or hardly differ.
    """
    try:
        shares = [share_learned(row["loss"], critic_losses(spec)) for row, each in runs if not each.is_bound]
    except UserError:
        return None
    known = [share for share in shares if share is not None]
    return fmean(known) if known else None


def _line_fit(data: Sequence[JsonDict], law: Law) -> dict[str, float]:
    """Return what the line explains of the log times of bound trainings, and of the mean accuracies on all data.

    The accuracies are read by a logistic curve from chance to one in the log of the budget over the pairs that the line
    expects, with this slope, half way at `middle`.
    """
    from scipy.optimize import curve_fit

    mean_times = [law.mean_log_pairs(each["kappa"]) for each in data]
    times = [
        (mean, math.log(seed["bound_at"]))
        for mean, each in zip(mean_times, data, strict=True)
        for seed in each["trainings"]
        if seed["bound_at"] is not None
    ]
    read = np.array([math.log(each["trainings"][0]["pairs"]) for each in data]) - mean_times
    accuracies = np.array([each["accuracy"] for each in data])
    (slope, middle), _ = curve_fit(_logistic, read, accuracies, p0=[2.0, 0.0])
    return {
        "times": _r_squared(*np.array(times).T),
        "accuracies": _r_squared(_logistic(read, slope, middle), accuracies),
        "slope": round(float(slope), 3),
        "middle": round(float(middle), 3),
    }


def _logistic(x: np.ndarray, slope: float, middle: float) -> np.ndarray:
    return np.asarray(0.5 + 0.5 / (1 + np.exp(-slope * (x - middle))))


def _r_squared(expected: np.ndarray, observed: np.ndarray) -> float:
    return round(float(1 - ((observed - expected) ** 2).sum() / ((observed - observed.mean()) ** 2).sum()), 3)


def _recipe(recipe: Preset) -> JsonDict:
    budget = {"steps": recipe.spec.train.steps, "batch_size": recipe.spec.train.batch_size}
    return {"name": recipe.name, "title": recipe.title, **_dials(recipe.spec), **budget}


def check_forecast(forecast: Mapping[str, Prediction], rows: Iterable[Row]) -> list[bool]:
    """Return if each training is inside its forecast; one that ended unbound before its upper end is left out."""
    is_inside = []
    for row in rows:
        training, expected = training_of(row), forecast[row["condition"]]
        if training is not None and (training.is_bound or training.pairs >= expected.high):
            is_inside.append(training.is_bound and expected.low <= training.time <= expected.high)
    return is_inside


def _failures(rows: Sequence[Row], later: Sequence[Row], folder: Path) -> dict[str, Any]:
    """Return how far apart conditions of equal kappa lie, and how the law's forecasts ended."""
    words = [each.word for each in forecast_outcomes(later, folder)]
    counts = {"forecasts": len(words), "inside": words.count("inside"), "outside": words.count("outside")}
    return counts | {"apart": widest_ratio(median_times(unique_runs([*rows, *later])))}


def _limits(data: Sequence[JsonDict], tested: Mapping[str, int] | None) -> list[str]:
    times = [seed["bound_at"] for each in data for seed in each["trainings"] if seed["bound_at"] is not None]
    objects = [each["objects"] for each in data]
    later = ". Its test is written down, but it has not run yet."
    if tested is not None:
        later = ". Of {decided} later trainings, {inside} bound within the interval that it had forecast.".format(
            **tested
        )
    values = {"tested": later, "times": (min(times), max(times)), "objects": (min(objects), max(objects))}
    return [text.format(**values) for text in PAGE_TEXTS["limits"]]


# ---- Changes


def sorted_changes(changes: TimeChanges) -> list[JsonDict]:
    """Return the changes, sorted by what they multiply the time by asked as it was taught, else asked alike."""
    entries = [
        {"name": name, "title": title, "detail": detail, "own": each.own, "canonical": each.canonical}
        for name, each in changes.changes.items()
        if each.is_shown
        for title, detail in [PAGE_TEXTS["changes"][name]]
    ]
    return sorted(entries, key=lambda each: _require(each["own"] or each["canonical"]).value)


def headline(changes: TimeChanges) -> str:
    """Say what leaving objects and what leaving attributes out of captions cost, asked as it was taught."""
    costs = {"no change": "cost none on average", "sooner": "cost time", "later": "saved time"}
    attributes, things = (
        costs[_direction_of_change(changes.changes[name].own)] for name in ("density", "completeness")
    )
    return f"Leaving attributes out of captions {attributes}. Leaving things out {things}."


def _require(span: Interval | None) -> Interval:
    assert span is not None, "the change has this form"
    return span


def _direction_of_change(span: Interval | None) -> str:
    return "sooner" if _require(span).high < 1 else "later" if _require(span).low > 1 else "no change"


def _factor_words(span: Interval | None) -> str:
    """Format a factor as `evidence/changes.js` does beside it, such as 0.55 (0.47 to 0.67), after a times sign."""
    interval = _require(span)
    digits = 2 if interval.value < 0.995 else 1 if interval.value < 9.95 else 0
    value, low, high = (f"{each:.{digits}f}" for each in (interval.value, interval.low, interval.high))
    return f"× {value} ({low} to {high})"


# ---- Findings


def _one_number_finding(
    rows: Sequence[Row], trainings: Sequence[TimedTraining], ahead: OutOfSample, law: Law, failures: Mapping[str, Any]
) -> PageFinding:
    about, conditions = PAGE_TEXTS["one-number"], len({each.condition for each in trainings})
    errors = [
        max(each.time / prediction.pairs, prediction.pairs / each.time)
        for each, prediction in zip(ahead.trainings, ahead.predictions, strict=True)
        if each.is_bound
    ]
    power, high, low = (f"{-value:.2f}" for value in (law.slope.value, law.slope.low, law.slope.high))
    values = {"conditions": conditions, "pairs": format_pairs(math.exp(law.intercept))}
    values |= {"power": power, "low": low, "high": high, "error": median(errors)}
    values |= {"first": sum(each.edition == 1 for each in trainings), "new": ahead.score.num_conditions}
    values |= {"right": 100 * ahead.score.called_right, "most_bind": 100 * ahead.most_bind, **failures}
    tidy = _row(rows, "own", TIDY_RECIPE, {}, title="Tidy", detail="two objects, each with its color")
    return PageFinding(
        name="one-number",
        title=about["title"],
        basis=f"{conditions} conditions",
        text=tuple(text.format(**values) for text in about["texts"]),
        figure="line",
        overturn=about["overturn"],
        train=(tidy,),
    )


def _finding_of_rows(name: str, rows: Sequence[Row], span: Interval | None) -> PageFinding:
    """Return a finding on rows of trainings; `span` is the factor of the change that it is about."""
    about = PAGE_TEXTS[name]
    finding_rows = tuple(_row(rows, about["form"], **each) for each in about["rows"])
    return PageFinding(
        name=name,
        title=about["titles"][_direction_of_change(span)].format(span=span),
        basis=_basis(finding_rows),
        text=tuple(text.format(rows=finding_rows, factor=_factor_words(span)) for text in about["texts"]),
        figure="seeds",
        overturn=about["overturn"],
        rows=finding_rows,
        say=about.get("say", ""),
        train=finding_rows[: about["train"]],
    )


def _web_like_finding(rows: Sequence[Row]) -> PageFinding:
    """Return the finding on web-like data, of rows of all editions: only the last one reads on."""
    web, about = get_preset("web-like").spec, PAGE_TEXTS["web-like"]
    best = critic_losses(web)
    of_budget = group_by(
        (row for row in rows if _has_spec(row, web, (*FREE_IN_FINDINGS, "steps"))), lambda row: int(row["pairs"])
    )
    losses = {pairs: fmean(row["loss"] for row in budget_rows) for pairs, budget_rows in sorted(of_budget.items())}
    longest, least = max(losses.items(), default=(0, best.chance))
    table = [
        _row(
            rows, "own", "web-like", {} if pairs == BUDGET_PAIRS else {"steps": pairs // STUDY_BATCH}, title="Web-like"
        )
        for pairs in losses
    ]
    bound, seeds = sum(each.num_bound for each in table), sum(len(each.seeds) for each in table)
    is_before = least > best.bag
    state = "bound" if bound else "before" if is_before else "past"
    values = {"shortest": min(losses, default=0), "longest": longest, "least": least, "best": best}
    values |= {"bound": bound, "seeds": seeds, "before": about["before"] if is_before else ""}
    return PageFinding(
        name="web-like",
        title=about["titles"][state],
        basis=_basis(table),
        text=tuple(text.format(**values) for text in about["texts"]),
        figure="losses",
        overturn=about["overturn_bound" if bound else "overturn_unbound"],
        marks=(
            {"said": "knows who has what", "value": best.binder, "is_reader": True},
            {"said": "knows which words occur", "value": best.bag, "is_reader": True},
            *({"said": f"after {pairs:,} pairs", "value": loss, "is_reader": False} for pairs, loss in losses.items()),
        ),
        train=tuple(table[:1]),
    )


def _paper_statements(rows: Sequence[Row], fresh: Sequence[Row], changes: TimeChanges) -> list[JsonDict]:
    own = {name: each.own for name, each in changes.changes.items()}
    density = _require(own["density"])
    half = Interval(value=1 / density.value, low=1 / density.high, high=1 / density.low)
    web_large, usual, large = (
        _row(rows, "own", preset, values)
        for preset, values in (
            ("web-like", {"batch_size": LARGE_BATCH, "steps": 45}),
            ("two-kinds", {**TWO_VALUES, "steps": 720}),
            ("two-kinds", {**TWO_VALUES, "batch_size": LARGE_BATCH, "steps": 180}),
        )
    )
    plain, negatives, repaired = (
        _row(rows, "canonical", "web-like", values)
        for values in ({"steps": 720}, {"steps": 720, "hard_negatives": 1.0}, REPAIRED)
    )
    tidy, half_told = (_row(fresh, "own", TIDY_RECIPE, {"attribute_density": told}) for told in (1.0, 0.5))
    both = (half_told.median or math.inf) / (tidy.median or math.inf)
    texts = {name: _factor_words(own[name]) for name in ("completeness", "saliency")}
    texts |= {"half": _factor_words(half), "both": f"× {both:.1f}", "tidy": tidy.bound, "repaired": repaired.bound}
    texts |= {"pairs": f"{repaired.pairs:,}", "unread": _factor_words(changes.changes["unread"].canonical)}
    texts |= {"negatives": _factor_words(own["hard-negatives"]), "with_them": negatives.bound, "without": plain.bound}
    texts |= {"web_large": web_large.bound, "usual": usual.bound, "large": large.bound}
    is_silent = all(_direction_of_change(own[name]) == "no change" for name in ("completeness", "saliency"))
    verdicts = (
        "as it says" if _direction_of_change(half) == "later" else "not seen here",
        "only in one way of asking" if is_silent else "in part",
        "in part" if _direction_of_change(own["hard-negatives"]) == "sooner" else "as it says",
        "as it says" if repaired.num_bound == len(repaired.seeds) else "in part",
    )
    return [
        {
            "dial": about["dial"],
            "paper": about["paper"],
            "here": about["here"].format(**texts),
            "verdict": verdict,
            "is_decided": True,
        }
        for about, verdict in zip(PAGE_TEXTS["paper"], verdicts, strict=True)
    ]


def _row(
    rows: Sequence[Row], form: str, preset: str, values: Mapping[str, Any], title: str = "", detail: str = ""
) -> FindingRow:
    """Return the trainings on a recipe with changes, timed in a form, each once."""
    spec = override(get_preset(preset).spec, values)
    # A later sweep evaluates the same training more finely; a pilot is no result.
    same_spec_rows = [row for row in rows if row["sweep"] != PILOT and _has_spec(row, spec, FREE_IN_FINDINGS)]
    last = {replace(spec_of(row), preset=None): row for row in same_spec_rows}
    timed = [(row, training) for row in last.values() if (training := training_of(row, form)) is not None]
    seeds = [{"seed": row["seed"], "bound_at": training.bound_at} for row, training in timed]
    return FindingRow(
        title=title,
        detail=detail,
        preset=preset,
        values=values,
        pairs=spec.train.pairs,
        seeds=tuple(sorted(seeds, key=lambda each: int(each["seed"]))),
        learned=_mean_share_learned(spec, timed),
    )


def _has_spec(row: Row, expected: RunSpec, free: Sequence[str]) -> bool:
    """Return True if the spec of a row agrees in its data and, but for some dials, in its training."""
    spec = spec_of(row)
    free_values = {name: getattr(expected.train, name) for name in free}
    return spec.data == expected.data and replace(spec.train, **free_values) == expected.train


def _basis(conditions: Sequence[FindingRow]) -> str:
    return f"{sum(len(each.seeds) for each in conditions)} trainings"
