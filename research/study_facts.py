"""Facts of the three editions that torch trained, from their frozen rows, for STUDY.md and its pictures.

    facts = study_facts()                                 # None unless the first two editions have bound seeds
    facts.ever_bound(*STUDY_CELLS["all_told"])                 # "10 of 10"
    facts.times("naming-cliff", "2 objects: 1%")          # [13056.0, ...]: pairs until each seed was bound

Those of the fourth edition are in `research.fourth_facts`; rows of the two are never pooled.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from explorer.errors import UserError
from explorer.resources import FROZEN_FOLDER
from explorer.spec import DataSpec
from research.changes import TimeChanges, time_changes
from research.forecasts import (
    ForecastOutcome,
    MedianTime,
    forecast_outcomes,
    median_times,
    score_forecasts,
    widest_ratio,
)
from research.fourth_cells import (
    ARRANGED,
    CONTROL,
    LAST_TUNED,
    OTHER_RATES,
    RATE_CELLS,
    WEB_LOW_RATE,
    WEB_STARTS,
    CellKey,
    arranged_cell,
    dose_cell,
    fresh_cell,
    map_cell,
)
from research.frozen_law import Interval
from research.grouping import group_by
from research.rows import (
    PILOT,
    ConditionKey,
    Row,
    condition_key,
    frozen_rows,
    plain_trainings,
    spec_of,
    training_of,
    unique_runs,
)
from research.sweeps import ALL_SWEEPS, THIRD_EDITION
from research.time_model import (
    MODEL_FORMS,
    OutOfSample,
    PredictionScore,
    TimeModel,
    condition_of,
    fit_model,
    predict_second_edition,
)

MIN_CONDITIONS_FOR_SLOPE = 8
"""Fewest conditions of one budget from which the exponent of kappa is estimated."""
STUDY_CELLS: dict[str, CellKey] = {
    "all_told": ("silence", "completeness 1: 1"),
    "half_told": ("told-values", "two objects: 0.5"),
    "third_told": ("told-values", "two objects: 0.35"),
    "quarter_told": ("silence-longer", "completeness 1: 0.25"),
    "one_named": ("silence", "completeness 0.5: 1"),
    "one_quarter": ("silence-longer", "completeness 0.5: 0.25"),
    "tenth": ("naming-cliff", "2 objects: 10%"),
    "tenth_of_four": ("naming-cliff", "4 objects: 10%"),
    "two_of_four": ("naming-cliff", "4 objects: 100%"),
    "repaired": ("with-headroom", "three named: none"),
    "repaired_with_negatives": ("with-headroom", "three named: hard negatives"),
    "repaired_large_batch": ("with-headroom", "three named: batch 1024, equal pairs"),
    "two_values": ("with-headroom", "too many: none"),
    "two_values_with_negatives": ("with-headroom", "too many: hard negatives"),
    "two_values_large_batch": ("with-headroom", "too many: batch 1024, equal pairs"),
    "web_large_batch": ("batch-size", "equal samples: 1024"),
    "by_size": ("kinds-at-half", "web-like: two objects"),
    "together": arranged_cell("both-or-neither", 0.5),
    "apart": arranged_cell("at-most-one", 0.5),
    "apart_fewer": arranged_cell("at-most-one", 0.25),
    "to_web": dose_cell("first", 46, "web"),
    "to_quarter": dose_cell("first", 46, "quarter"),
    "one_value_to_web": WEB_STARTS[-1],
    "long_quarter": ("order-long", "46 thousand of color, then a quarter told"),
    "long_web": ("order-long", "46 thousand of color, then web-like"),
    "long_web_of_all": ("order-long", "46 thousand of all kinds, then web-like"),
    "last_quarter": dose_cell("last", 46, "quarter"),
    "last_longest": (LAST_TUNED, "a quarter told, then 184 thousand of color"),
    "fresh_quarter": fresh_cell("quarter"),
    "fresh_web": fresh_cell("web"),
    "all_again": map_cell(1, 1),
    "half_again": map_cell(1, 0.5),
    "third_again": map_cell(1, 0.35),
    "quarter_again": map_cell(1, 0.25),
    "all_half_rate": OTHER_RATES["half the rate"][1],
    "third_short": ("wall", "told 0.35, 46 thousand pairs"),
    "third_same": ("wall", "told 0.35, 184 thousand pairs"),
    "third_longest": ("wall", "told 0.35, 737 thousand pairs"),
    "quarter_longest": ("wall", "told 0.25, 737 thousand pairs"),
    "third_half_rate": ("what-moves-it", "told 0.35, half the rate"),
    "quarter_half_rate": RATE_CELLS[1],
    "quarter_low_rate": RATE_CELLS[2],
    "all_low_rate": OTHER_RATES["a quarter of the rate"][1],
    "web_low_rate": WEB_LOW_RATE,
    "one_again": map_cell(0.5, 1),
    "one_fewer": map_cell(0.5, 0.5),
    "control": CONTROL,
}
"""Cells of which STUDY.md speaks more than once, by name in its template."""
STUDY_MAP = {
    ("all told", "both named"): STUDY_CELLS["all_told"],
    ("all told", "both named in half"): ("silence", "completeness 0.75: 1"),
    ("all told", "one named"): STUDY_CELLS["one_named"],
    ("half told", "both named"): STUDY_CELLS["half_told"],
    ("half told", "both named in half"): ("silence", "completeness 0.75: 0.5"),
    ("half told", "one named"): ("silence", "completeness 0.5: 0.5"),
    ("about a third told", "both named"): STUDY_CELLS["third_told"],
    ("a quarter told", "both named"): STUDY_CELLS["quarter_told"],
    ("a quarter told", "both named in half"): ("silence-longer", "completeness 0.75: 0.25"),
    ("a quarter told", "one named"): STUDY_CELLS["one_quarter"],
}
"""Cells of the map that torch trained, by row and column."""
ARRANGED_CELLS = {
    words: [*(arranged_cell(kind, told) for kind in ARRANGED), map_cell(1, told)]
    for words, told in {"half": 0.5, "a third": 0.35, "a quarter": 0.25}.items()
}
"""Cells of each share told that differ in which captions the colors stand: both or neither, at most one, chance."""
ASKED_TWICE = {
    "both named, all told": STUDY_CELLS["all_told"],
    "both named, a quarter told": STUDY_CELLS["quarter_told"],
    "one named, all told": STUDY_CELLS["one_named"],
    "one named, a quarter told": STUDY_CELLS["one_quarter"],
    "one named, in one caption of ten both": STUDY_CELLS["tenth"],
}
"""Cells whose models STUDY.md shows asked about two things and about one."""
WEB_LIKE = [
    ("single-flaws", "web-like"),
    ("with-headroom", "web-like: none"),
    ("slower-or-never", "web-like: 8"),
    ("web-like-16", "web-like: 16"),
    ("web-like-32", "web-like: 32"),
]
"""Cells of fresh models on web-like captions, by their budget."""


@dataclass(frozen=True, kw_only=True)
class StudyFacts:
    """The figures of STUDY.md, from frozen rows of the editions that torch trained.

    Attributes:
        rows: Each run once.
        keys: Of every frozen condition, by sweep and label: rows of equal key are its seeds.
        slope: Exponent of kappa in the law, with an interval that allows for conditions.
        ahead: What the law of the first edition told of the second.
        slopes: Exponent of kappa among the trainings of one budget in pairs, for each with enough conditions.
        scores: Of the forecasts, by experiment and model.
        fitted_data: Those from which the line was read.
    """

    rows: Sequence[Row]
    keys: Mapping[tuple[str, str], ConditionKey]
    changes: TimeChanges
    law: TimeModel
    slope: Interval
    medians: Sequence[MedianTime]
    outcomes: Sequence[ForecastOutcome]
    ahead: OutOfSample
    slopes: Mapping[int, float]
    scores: Mapping[str, Mapping[str, PredictionScore]]
    fitted_data: frozenset[DataSpec]

    @property
    def widest_ratio(self) -> float:
        """The greatest ratio of medians among conditions of equal kappa."""
        return widest_ratio(self.medians)

    def rank(self, experiment: str) -> str:
        """Return the rank of the line by log score among the models scored: "2nd of 7"."""
        log_scores = {name: each.log_score for name, each in self.scores[experiment].items()}
        rank = 1 + sum(value > log_scores["law"] for value in log_scores.values())
        return f"{rank}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(rank, 'th') } of {len(log_scores)}"

    def count_outcomes(self, *words: str) -> int:
        """Count the forecasts whose outcome is one of the words, such as "inside"."""
        return sum(each.word in words for each in self.outcomes)

    def rows_of(self, sweep: str, condition: str) -> list[Row]:
        """Return the rows of a condition, also those that another sweep requested; `UserError` for an unknown one.

        The third edition's stand only where it is asked: it tests what the first two were read for.
        """
        key = self.keys.get((sweep, condition))
        if key is None:
            raise UserError("condition", condition, f"is not frozen in {sweep}")
        others = {PILOT} if sweep in THIRD_EDITION else {PILOT, *THIRD_EDITION}
        return [row for row in self.rows if row["sweep"] not in others and condition_key(row) == key]

    def count_on_fitted(self, word: str) -> int:
        """Count the forecasts with this outcome that are of data from which the line had been read."""
        outcomes = [each for each in self.outcomes if each.word == word]
        return sum(spec_of(self.rows_of(each.sweep, each.condition)[0]).data in self.fitted_data for each in outcomes)

    @property
    def half_told_right(self) -> str:
        """The share of decided forecasts that were right where fewer than half of the values are told: "1 of 9"."""
        outcome_words = [each.word for each in self.outcomes if each.told_share < 0.5]
        return f"{outcome_words.count('inside')} of {outcome_words.count('inside') + outcome_words.count('outside')}"

    @property
    def num_behind(self) -> int:
        """The number of experiments in which the line scores less than a model of equal times for all data."""
        return sum(each["law"].log_score < each["constant"].log_score for each in self.scores.values())

    @property
    def least_concordance(self) -> float:
        """The least concordance of the line over the experiments."""
        return min(score.concordance for each in self.scores.values() if (score := each["law"]).concordance is not None)

    def times(self, sweep: str, condition: str, form: str = "own") -> list[float]:
        """Return the pairs after which each seed was bound, in order; infinity for one that was not."""
        trainings = [
            training for row in self.rows_of(sweep, condition) if (training := training_of(row, form)) is not None
        ]
        return sorted(each.time if each.is_bound else math.inf for each in trainings)

    def middle(self, sweep: str, condition: str, form: str = "own") -> float:
        """Return the pairs after which the middle seed was bound; infinity if it was not."""
        return median(self.times(sweep, condition, form))

    def seeds(self, sweep: str, condition: str, form: str = "own") -> str:
        """Format the pairs after which each seed was bound, in thousands: "11 15 –", a dash for one that was not."""
        times = self.times(sweep, condition, form)
        return " ".join(f"{time / 1000:.0f}" if math.isfinite(time) else "–" for time in times)

    def ratio(self, sweep: str, start: str, end: str, form: str = "own") -> float:
        """Return the median time of `end` over that of `start`; what did not bind is later than all."""
        return self.middle(sweep, end, form) / self.middle(sweep, start, form)

    def ever_bound(self, sweep: str, condition: str, form: str = "own") -> str:
        return self.ever_bound_of([(sweep, condition)], form)

    def ever_bound_of(self, conditions: Iterable[tuple[str, str]], form: str = "own") -> str:
        """Return how many seeds of several conditions were bound: "5 of 6"."""
        times = [time for each in conditions for time in self.times(*each, form)]
        return f"{sum(map(math.isfinite, times))} of {len(times)}"

    def num_ever_bound(self, sweep: str, condition: str, form: str = "own") -> int:
        return sum(map(math.isfinite, self.times(sweep, condition, form)))

    def mean(self, sweep: str, condition: str, column: str) -> float:
        """Return the mean of a column over the data points of a condition."""
        return fmean(float(row[column]) for row in self.rows_of(sweep, condition) if row["is_point"])

    def single_object_accuracy(self, sweep: str, condition: str, size: str) -> float:
        """Return how often captions of one object of a size have its values, in canonical scenes, in percent."""
        groups = [each for row in self.rows_of(sweep, condition) for each in json.loads(row["breakdown"])]
        group_key = ("alone_by_size", "canonical", f"{size} object")
        return 100 * fmean(each["value"] for each in groups if (each["by"], each["form"], each["group"]) == group_key)

    @property
    def software(self) -> list[str]:
        """The versions of torch and open_clip that trained the rows: ["torch 2.6.0", "open_clip 3.3.0"]."""
        versions = [json.loads(row["versions"]) for row in self.rows]
        return sorted(
            {f"{name} {each[name]}" for each in versions for name in ("torch", "open_clip_torch")}, reverse=True
        )


def study_facts(folder: Path = FROZEN_FOLDER) -> StudyFacts | None:
    """Return what the frozen rows of a folder say; None unless seeds of the first two editions are bound there."""
    every = frozen_rows(folder, sweeps=ALL_SWEEPS, is_unique=False)
    rows = unique_runs(every)
    fitted = [each for each in plain_trainings(rows) if each.is_fitted]
    ahead = predict_second_edition(fitted)
    if ahead is None or not any(each.is_bound for each in fitted if each.edition > 1):
        return None
    budgets = group_by(fitted, lambda each: each.pairs)
    law = fit_model(MODEL_FORMS["law"], fitted)
    many = {
        pairs: same_budget
        for pairs, same_budget in sorted(budgets.items())
        if len(set(map(condition_of, same_budget))) >= MIN_CONDITIONS_FOR_SLOPE
    }
    return StudyFacts(
        rows=rows,
        keys={(row["sweep"], row["condition"]): condition_key(row) for row in every},
        changes=time_changes([row for row in rows if row["sweep"] not in THIRD_EDITION]),
        law=law,
        slope=law.clustered_intervals(fitted)["log kappa"],
        medians=median_times(rows),
        outcomes=forecast_outcomes(every, folder),
        ahead=ahead,
        slopes={
            pairs: fit_model(MODEL_FORMS["law"], same_budget).terms["log kappa"].value
            for pairs, same_budget in many.items()
        },
        scores=score_forecasts(every, folder),
        fitted_data=frozenset(each.data for each in fitted),
    )
