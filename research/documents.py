"""STUDY.md, its methods and the data card, as markdown from frozen rows; no figure of a result stands in a template.

facts = study_facts()                          # every figure of STUDY.md, from the rows
facts.bound("naming-cliff", "2 objects: 1%")   # "5 of 5"
study_document(facts, fourth_facts())          # markdown
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from statistics import fmean, median
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from explorer.codec import decode
from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.evaluation.results import Estimate
from explorer.spec import DataSpec
from explorer.stats import wilson_interval
from explorer.study.evidence_store import FROZEN_FOLDER, load_first_edition
from explorer.wording import pairs_text
from research import words
from research.cells import RuleFigures
from research.changes import TimeChanges, time_changes
from research.claims import CLAIMS
from research.compare import OTHER_LEVELS, SIGNIFICANCE, RowsBySweep, TimeRatio
from research.forecasts import (
    ForecastOutcome,
    MedianTime,
    forecast_outcomes,
    median_times,
    score_forecasts,
    widest_ratio,
)
from research.fourth import EngineSweep, engine_sweeps, find_engine_sweep
from research.fourth_cells import (
    CONTROL,
    LOOP,
    ORDER_SWEEPS,
    Place,
    arranged_cell,
    dose_cell,
    fresh_cell,
    map_cell,
)
from research.fourth_facts import FourthFacts
from research.frozen_law import Interval, Prediction
from research.rows import (
    PILOT,
    ConditionKey,
    Coverage,
    Row,
    condition_key,
    frozen_rows,
    num_runs,
    plain_trainings,
    rows_by_sweep,
    spec_of,
    training_of,
    unique_runs,
)
from research.study_pictures import Curves, Strip, loop_picture, map_picture, order_picture
from research.sweeps import ALL_SWEEPS, FIRST_EDITION, SECOND_EDITION, THIRD_EDITION
from research.time_model import (
    MODEL_FORMS,
    OutOfSample,
    PredictionScore,
    TimeModel,
    condition_of,
    fit_model,
    group_by,
    predict_second_edition,
)
from research.words import Json, claim_reading

MAX_STUDY_WORDS = 1_800
MIN_CONDITIONS_FOR_SLOPE = 8
"""Fewest conditions of one budget from which the exponent of kappa is estimated."""
UNREAD_GAP = 0.1
"""Least difference in accuracy between parts and whole captions that is told."""
UNTUNED = "three named: none"
"""The condition without hard negatives, of which other learning rates were tried."""
BATCH_RATES = (
    "hard_negatives",
    "hard_negatives_true",
    "duplicate_captions",
    "false_negatives",
    "implicit_hard_negatives",
)


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("research"),
        autoescape=jinja2.select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"factor": words.factor_text, "digits": words.digits_text, "pairs": pairs_text}
    return environment


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


# ---- STUDY.md


@dataclass(frozen=True, kw_only=True)
class StudyFacts:
    """The figures of STUDY.md, from frozen rows of all editions.

    Attributes:
        rows: Each run once.
        keys: Of every frozen condition, by sweep and label: rows of equal key are its seeds.
        slope: Exponent of kappa in the law, with an interval that allows for conditions.
        ahead: What the law of the first edition told of the second.
        slopes: Exponent of kappa among the trainings of one budget in pairs, for each with enough conditions.
        scores: Of the forecasts, by experiment and model.
        fitted_data: Those from which the line was read.
        rate_trials: Canonical accuracy of one training of `UNTUNED` at each multiple of its learning rate.
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
    rate_trials: Mapping[float, float]

    @property
    def widest_ratio(self) -> float:
        """Return the greatest ratio of medians among conditions of equal kappa."""
        return widest_ratio(self.medians)

    def rank(self, experiment: str) -> str:
        """Return the place of the line by log score among the models scored: "2nd of 7"."""
        log_scores = {name: each.log_score for name, each in self.scores[experiment].items()}
        place = 1 + sum(value > log_scores["law"] for value in log_scores.values())
        return f"{place}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(place, 'th') } of {len(log_scores)}"

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

    @property
    def num_inside_on_fitted(self) -> int:
        """Return how many of the right forecasts are of data from which the line had been read."""
        inside = [each for each in self.outcomes if each.word == "inside"]
        return sum(spec_of(self.rows_of(each.sweep, each.condition)[0]).data in self.fitted_data for each in inside)

    @property
    def half_told_right(self) -> str:
        """Return how many decided forecasts were right where fewer than half of the values are told: "1 of 9"."""
        outcome_words = [each.word for each in self.outcomes if each.told_share < 0.5]
        return f"{outcome_words.count('inside')} of {outcome_words.count('inside') + outcome_words.count('outside')}"

    @property
    def num_behind(self) -> int:
        """Return in how many experiments the line scores less than a model for which all data take the same time."""
        return sum(each["law"].log_score < each["constant"].log_score for each in self.scores.values())

    @property
    def least_concordance(self) -> float:
        """Return the least concordance of the line over the experiments."""
        return min(score.concordance for each in self.scores.values() if (score := each["law"]).concordance is not None)

    def times(self, sweep: str, condition: str, form: str = "own") -> list[float]:
        """Return the pairs after which each seed was bound, in order; infinity for one that was not."""
        trainings = [
            training for row in self.rows_of(sweep, condition) if (training := training_of(row, form)) is not None
        ]
        return sorted(each.time if each.is_bound else math.inf for each in trainings)

    def seeds(self, sweep: str, condition: str, form: str = "own") -> str:
        """Format the pairs after which each seed was bound, in thousands: "11 15 –", a dash for one that was not."""
        times = self.times(sweep, condition, form)
        return " ".join(f"{time / 1000:.0f}" if math.isfinite(time) else "–" for time in times)

    def ratio(self, sweep: str, start: str, end: str, form: str = "own") -> float:
        """Return the median time of `end` over that of `start`; what did not bind is later than all."""
        return median(self.times(sweep, end, form)) / median(self.times(sweep, start, form))

    def bound(self, sweep: str, condition: str, form: str = "own") -> str:
        return self.bound_of([(sweep, condition)], form)

    def bound_of(self, conditions: Iterable[tuple[str, str]], form: str = "own") -> str:
        """Return how many seeds of several conditions were bound: "5 of 6"."""
        times = [time for each in conditions for time in self.times(*each, form)]
        return f"{sum(map(math.isfinite, times))} of {len(times)}"

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
        """Return the versions of torch and open_clip that trained the rows: ["torch 2.6.0", "open_clip 3.3.0"]."""
        versions = [json.loads(row["versions"]) for row in self.rows]
        return sorted(
            {f"{name} {each[name]}" for each in versions for name in ("torch", "open_clip_torch")}, reverse=True
        )


def study_facts(folder: Path = FROZEN_FOLDER) -> StudyFacts | None:
    """Return what the frozen rows of a folder say; None unless seeds of the first two editions are bound there."""
    every = frozen_rows(folder, sweeps=ALL_SWEEPS, once=False)
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
        rate_trials={
            row["factor"]: row["canonical.binding_accuracy.value"]
            for row in rows_by_sweep(folder, SECOND_EDITION, "search").get("with-headroom", ())
            if row["condition"] == UNTUNED
        },
    )


def law_line(facts: StudyFacts) -> dict[float, Prediction]:
    """Return what the law predicts between the least and the greatest kappa that have run, for the picture."""
    at, law = [each.kappa for each in facts.medians], facts.law
    kappas: list[float] = np.geomspace(min(at), max(at), 24).tolist()
    means = (law.intercept.value + law.terms["log kappa"].value * math.log(kappa) for kappa in kappas)
    return {k: Prediction(pairs=math.exp(mean), spread=law.sigma.value) for k, mean in zip(kappas, means, strict=True)}


STUDY_CELLS: dict[str, Place] = {
    "all_told": ("silence", "completeness 1: 1"),
    "half_told": ("told-values", "two objects: 0.5"),
    "half_soon": ("silence", "completeness 1: 0.5"),
    "third_told": ("told-values", "two objects: 0.35"),
    "quarter_told": ("silence-longer", "completeness 1: 0.25"),
    "one_named": ("silence", "completeness 0.5: 1"),
    "one_quarter": ("silence-longer", "completeness 0.5: 0.25"),
    "tenth": ("naming-cliff", "2 objects: 10%"),
    "tenth_of_four": ("naming-cliff", "4 objects: 10%"),
    "repaired": ("with-headroom", "three named: none"),
    "repaired_with_negatives": ("with-headroom", "three named: hard negatives"),
    "by_size": ("kinds-at-half", "web-like: two objects"),
    "together": arranged_cell("both-or-neither", 0.5),
    "apart": arranged_cell("at-most-one", 0.5),
    "to_web": dose_cell("first", 46, "web"),
    "to_quarter": dose_cell("first", 46, "quarter"),
    "fresh_quarter": fresh_cell("quarter"),
    "control": CONTROL,
}
"""Cells of which STUDY.md speaks more than once, by their names in its template; `half_soon` has a smaller budget."""
STUDY_MAP = {
    ("all told", "both named"): STUDY_CELLS["all_told"],
    ("all told", "one or both named"): ("silence", "completeness 0.75: 1"),
    ("all told", "one named"): STUDY_CELLS["one_named"],
    ("half told", "both named"): STUDY_CELLS["half_told"],
    ("half told", "one or both named"): ("silence", "completeness 0.75: 0.5"),
    ("half told", "one named"): ("silence", "completeness 0.5: 0.5"),
    ("about a third told", "both named"): STUDY_CELLS["third_told"],
    ("a quarter told", "both named"): STUDY_CELLS["quarter_told"],
    ("a quarter told", "one or both named"): ("silence-longer", "completeness 0.75: 0.25"),
    ("a quarter told", "one named"): STUDY_CELLS["one_quarter"],
}
"""Cells of the map that torch trained, by row and column."""
BELOW_THE_MAP = [("told-values-longer", f"two objects: {share}") for share in (0.18, 0.125)]
ASKED_TWICE = {
    "both named, all told": STUDY_CELLS["all_told"],
    "both named, half told": STUDY_CELLS["half_soon"],
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
ENGINE_ROWS = {"all told": 1, "half told": 0.5, "about a third told": 0.35, "a quarter told": 0.25}
ENGINE_COLUMNS = {"both named": 1, "one or both named": 0.75, "one named": 0.5}
"""Shares of the map's rows and columns."""


def study_strips(facts: StudyFacts, fourth: FourthFacts) -> list[Strip]:
    """Return the cells of the map that are whole, those of torch before those of the engine."""
    strips = [
        Strip(
            row=row,
            column=column,
            times=facts.times(*cell),
            budget=facts.mean(*cell, "pairs"),
            is_engine=False,
        )
        for (row, column), cell in STUDY_MAP.items()
    ]
    for row, told in ENGINE_ROWS.items():
        for column, named in ENGINE_COLUMNS.items():
            sweep, label = map_cell(named, told)
            if fourth.whole(sweep, label):
                budget = find_engine_sweep(sweep).cell(label).pairs
                times = fourth.times(sweep, label)
                strips.append(Strip(row=row, column=column, times=times, budget=budget, is_engine=True))
    return strips


def study_pictures(facts: StudyFacts, fourth: FourthFacts) -> dict[str, str]:
    """Return the pictures of STUDY.md by file name, those whose trainings have run."""
    pictures = {"study-map.svg": map_picture(study_strips(facts, fourth))}
    if fourth.ways():
        titles = {"asked about two things": "canonical", "asked about one thing": "single"}
        pictures["study-loop.svg"] = loop_picture({title: fourth.ways(form) for title, form in titles.items()})
    if panels := order_panels(fourth):
        pictures["study-order.svg"] = order_picture(panels)
    return pictures


ORDER_CELLS = {
    "a quarter of the colors told": (STUDY_CELLS["fresh_quarter"], STUDY_CELLS["to_quarter"]),
    "web-like captions": (fresh_cell("web"), STUDY_CELLS["to_web"]),
}
"""The cells that STUDY.md shows of each kind of sparse captions: fresh, and after the dose."""


def order_panels(fourth: FourthFacts) -> dict[str, list[Curves]]:
    """Return the curves on each kind of sparse captions of which both cells are whole."""
    return {
        title: [
            Curves(
                words="from fresh weights" if is_fresh else f"after {fourth.dose(*cell)} tidy pairs",
                curves=fourth.curves(*cell),
                is_fresh=is_fresh,
            )
            for cell, is_fresh in zip(cells, (True, False), strict=True)
        ]
        for title, cells in ORDER_CELLS.items()
        if all(fourth.whole(*cell) for cell in cells)
    }


def is_kept_by_few(fourth: FourthFacts) -> bool:
    """Return True if after the dose most models keep binding where a quarter is told, and not where nearly nothing is.

    Both are asked about two things; of fresh models that read a quarter most must not bind.
    """
    cells = [STUDY_CELLS[name] for name in ("to_quarter", "fresh_quarter", "control")]
    return [fourth.rows.cell(*each).forms["canonical"].is_kept for each in cells] == [True, False, False]


def study_document(facts: StudyFacts, fourth: FourthFacts) -> str:
    """Return STUDY.md; what the fourth edition has not asked of every seed of a cell is said to be under way."""

    def middle(sweep: str, condition: str) -> str:
        return f"{round(median(facts.times(sweep, condition)), -3):,.0f}"

    def budget(sweep: str, condition: str) -> str:
        return f"{facts.mean(sweep, condition, 'pairs'):,.0f}"

    def percent(sweep: str, condition: str, score: str) -> str:
        return f"{100 * facts.mean(sweep, condition, f'{score}.value'):.0f} %"

    return _render(
        "study.md.j2",
        facts=facts,
        fourth=fourth,
        middle=middle,
        budget=budget,
        percent=percent,
        panels=order_panels(fourth),
        order_cells=ORDER_CELLS,
        order_sweeps=ORDER_SWEEPS,
        is_kept_by_few=is_kept_by_few(fourth),
        are_arranged=all(fourth.whole(*STUDY_CELLS[name]) for name in ("together", "apart")),
        below_the_map=BELOW_THE_MAP,
        wilson=wilson_interval,
        **STUDY_CELLS,
        asked_twice=ASKED_TWICE,
        web_like=[cell for cell in WEB_LIKE if cell in facts.keys],
        changes=facts.changes.changes,
        level=CONTRACT.binding.level,
    )


def times_document(facts: StudyFacts) -> dict[str, Any]:
    """Return the figures of STUDY.md as plain JSON: the changes, and the outcome of every forecast."""
    tested = facts.ahead.score
    return {
        "changes": facts.changes.to_json(),
        "called_right": {"share": tested.called_right, "conditions": tested.num_conditions},
        "conditions": [asdict(each) for each in facts.medians],
        "forecasts": [asdict(each) for each in facts.outcomes],
    }


# ---- The methods


def methods_document(
    claims: Json,
    ratios: Sequence[TimeRatio | None],
    *,
    scores: Mapping[str, Mapping[str, Json]],
    covered: Sequence[Coverage],
    facts: StudyFacts | None,
    fourth: FourthFacts,
    judged: RuleFigures,
) -> str:
    """Return the page of methods.

    Args:
        claims: The content of `claims.json`.
        ratios: Those of its findings.
        scores: Of the forecasts, by experiment and model.
        covered: What has run of each sweep of the later editions, begun conditions too.
        facts: Of the frozen rows; None leaves the line and the table of changes out.
        fourth: What has run of the fourth edition.
        judged: How the rule of the nearest measured cell told cells that were left out.
    """
    run = [each for each in claims["findings"] if each["word"] != "not run"]
    exact = [each for each in run if each["p_holm"] is not None and each["p_holm"] < SIGNIFICANCE]
    return _render(
        "methods.md.j2",
        facts=facts,
        engine=CONTRACT.engine_version,
        fourth_sweeps=[_fourth_sweep(sweep, fourth) for sweep in engine_sweeps().values()],
        loop=_loop(),
        intercept=facts and math.exp(facts.law.intercept.value),
        spread=facts and math.exp(facts.law.sigma.value),
        claims=[_claim(name, sentence, claims, ratios) for name, sentence in claims["claims"].items()],
        num_run=len(run),
        num_seen=sum(words.is_seen_before(each, claims["seen_before"]) for each in run),
        num_exact=len(exact),
        num_exact_seen=sum(words.is_seen_before(each, claims["seen_before"]) for each in exact),
        num_ratio=sum(ratio is not None and ratio.is_decided for ratio in ratios),
        covered=[(ALL_SWEEPS[each.sweep].edition, each) for each in covered],
        judged=judged,
        near=CONTRACT.cells.near,
        scores=scores,
        forms=MODEL_FORMS.values(),
        questions={number: _question(number) for number in scores},
        off=sorted((each for each in claims["controls"] if each), key=abs, reverse=True),
        num_controls=len(claims["controls"]),
        level=CONTRACT.binding.level,
        in_a_row=CONTRACT.binding.in_a_row,
        tried=_rate_searches(claims["searches"]),
        seen=claims["seen_before"],
        levels=_levels(claims),
        first=[_first_edition_record(name, words) for name, words in load_first_edition().items()],
    )


def _fourth_sweep(sweep: EngineSweep, fourth: FourthFacts) -> dict[str, Any]:
    """Return what the methods say of a sweep of the fourth edition; the pairs are those of most of its cells."""
    return {
        "name": sweep.name,
        "question": sweep.question,
        "cells": len(sweep.cells),
        "seeds": sweep.seeds,
        "pairs": " or ".join(f"{pairs:,}" for pairs in sorted({cell.pairs for cell in sweep.cells})),
        "ran": len(fourth.rows.results.get(sweep.name, ())),
        "asked": len(sweep.cells) * sweep.seeds,
    }


def _loop() -> dict[str, Any]:
    """Return the pairs of a phase of the loop, and the shares told in their order."""
    cells = find_engine_sweep(LOOP).cells
    shares = [phase.spec(0).data.attribute_density for phase in cells[-1].phases]
    return {
        "pairs": f"{cells[-1].pairs:,}",
        "phases": len(shares),
        "shares": ", ".join(f"{share:g}" for share in shares),
    }


def _first_edition_record(name: str, words: Json) -> dict[str, Any]:
    """Return what the methods say of a sweep of the first edition; claims of the second have the plain anchors."""
    sweep, anchor = FIRST_EDITION[name], f"first-{name}" if name in CLAIMS else name
    return {"name": name, "anchor": anchor, "claim": sweep.claim, "paper": sweep.paper, "tallies": words["tallies"]}


def html_document(markdown: str) -> str:
    """Return a document of `docs/` as one page of HTML that lies beside its pictures in `assets/study`.

    Links to other documents of the repository become plain text, as a page has none of them.
    """
    from markdown_it import MarkdownIt

    text = re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)[^)]+\)", r"\1", markdown.replace("../assets/study/", ""))
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    return _render("page.html.j2", title=text.partition("\n")[0].lstrip("# "), body=Markup(body))  # noqa: S704  our own document


def _question(number: str) -> str:
    claims = (sweep.claim for sweep in THIRD_EDITION.values() if sweep.experiment and sweep.experiment.number == number)
    return " ".join(dict.fromkeys(claims))


def _claim(name: str, sentence: str, claims: Json, ratios: Sequence[TimeRatio | None]) -> dict[str, Any]:
    stated = [(each, ratio) for each, ratio in zip(claims["findings"], ratios, strict=True) if each["claim"] == name]
    run = [(each, ratio) for each, ratio in stated if each["word"] != "not run"]
    sweeps = dict.fromkeys(each.start.sweep for each in CLAIMS[name].directions)
    conditions = [each for sweep in sweeps for each in claims["sweeps"].get(sweep, {}).get("conditions", ())]
    return {
        "name": name,
        "sentence": sentence,
        "tally": _tally([each for each, _ in run], claims["seen_before"]),
        "reading": claim_reading(name, claims),
        "axis": SECOND_EDITION[run[0][0]["start"]["sweep"]].axis if run else "",
        "directions": [_direction(each, ratio, claims["seen_before"]) for each, ratio in run],
        "num_missing": len(stated) - len(run),
        "unread": [each["condition"] for each in conditions if _is_unread(each)],
    }


def _tally(run: Sequence[Json], repeated: Json) -> str:
    """Count the words of all directions, so that the first one does not speak for those that differ from it."""
    counts = Counter(each["word"] for each in run)
    seen_counts = Counter(each["word"] for each in run if words.is_seen_before(each, repeated))
    return ", ".join(
        f"{count} {word}{f' ({seen_counts[word]}{words.SEEN_MARK})' if seen_counts[word] else ''}"
        for word, count in counts.items()
    )


def _direction(finding: Json, ratio: TimeRatio | None, repeated: Json) -> dict[str, str]:
    final = finding["change"][str(finding["metric"] or f"{finding['form']}.binding_accuracy")]
    p = finding["p_holm"]
    return {
        "step": words.short_step(finding["start"], finding["end"]),
        "form": finding["form"],
        "bound": words.seeds_bound(finding),
        "spared": words.brackets_text(decode(Estimate, finding["spared"])),
        "final": words.brackets_text(decode(Estimate, final)),
        "p": "-" if p is None else f"{p:.2g}",
        "said": f"{finding['expected']}{words.SEEN_MARK if words.is_seen_before(finding, repeated) else ''}",
        "word": f"{finding['word']}: p {p:.2g}"
        if finding["word"] == "not decided" and p is not None
        else finding["word"],
        "ratio": words.factor_text(ratio.span) if ratio else "-",
        "p_ratio": f"{ratio.p_holm:.2g}" if ratio and ratio.p_holm is not None else "-",
    }


def _is_unread(condition: Json) -> bool:
    """Return True if parts exceed whole captions by more than `UNREAD_GAP` in every seed."""
    names = ("canonical.parts_accuracy", "canonical.binding_accuracy")
    scores = [[seed["final"].get(name) for name in names] for seed in condition["seeds"]]
    return bool(scores) and all(None not in pair and pair[0] - pair[1] > UNREAD_GAP for pair in scores)


def _rate_searches(searches: Sequence[Json]) -> list[dict[str, str]]:
    """Return the conditions whose least loss was not at the preset's rate, with what was tried of each."""
    formats = (("factor", 1, "g"), ("loss", 1, ".2g"), ("canonical", 100, ".0f"))
    return [
        {"condition": label}
        | {name: ", ".join(f"{scale * each[name]:{form}}" for each in tries) for name, scale, form in formats}
        for label, tries in group_by(searches, lambda each: str(each["condition"])).items()
        if min(tries, key=lambda each: each["loss"])["factor"] != 1.0
    ]


def _levels(claims: Json) -> list[tuple[str, int]]:
    """Return how many directions keep their word at each other level of the rule."""
    own = [each["word"] for each in claims["findings"]]
    names = [*(f"{level:.0%}" for level in OTHER_LEVELS), "the accuracy itself"]
    others = zip(names, [*claims["words_by_level"], claims["words_by_accuracy"]], strict=True)
    return [
        (name, sum(word == other for word, other in zip(own, other_words, strict=True) if word != "not run"))
        for name, other_words in others
    ]


# ---- The data card


def data_card(files: RowsBySweep, claims: Json, *, has_begun: bool) -> str:
    """Return the card; `claims` is `claims.json`, and `has_begun` is True if `begun/` holds a file."""
    rows = [row for each in files.values() for row in each]
    covered = {each["sweep"]: each for each in claims["coverage"]}
    pilot = claims["sweeps"].get(PILOT, {}).get("conditions")
    return _render(
        "data_card.md.j2",
        files=[_file(name, file_rows, covered.get(name)) for name, file_rows in files.items()],
        num_rows=len(rows),
        num_runs=num_runs(rows),
        has_begun=has_begun,
        conditions=[(sweep, each) for sweep, about in claims["sweeps"].items() for each in about["conditions"]],
        bound=words.bound_words,
        span=_span,
        hosts=_headroom(pilot) if pilot else None,
        rates=BATCH_RATES,
        levels=sorted((*OTHER_LEVELS, CONTRACT.binding.level)),
        directions=_directions(claims),
    )


def _file(name: str, rows: Sequence[Row], coverage: Json | None) -> dict[str, Any]:
    edition = ("first", "second", "third")[ALL_SWEEPS[name].edition - 1]
    state = "as frozen"
    if coverage is not None:
        whole = f"{len(coverage['whole'])} of {coverage['num_conditions']} conditions"
        state = "yes" if coverage["is_whole"] else whole
    return {"name": name, "edition": edition, "rows": len(rows), "runs": num_runs(rows), "state": state}


def _span(condition: Json, name: str) -> str:
    """Format the median of the seeds with the least and the most, in percent."""
    finals = sorted(value for seed in condition["seeds"] if (value := seed["final"].get(name)) is not None)
    if not finals:
        return "-"
    middle, low, high = (f"{100 * value:.1f}" for value in (median(finals), finals[0], finals[-1]))
    return f"{middle} ({low} to {high})"


def _headroom(conditions: Sequence[Json]) -> list[str]:
    """State for each host if some seeds bound and some did not, and if its control bound."""
    bound = {
        each["condition"]: (sum(seed["bound"]["canonical"] is not None for seed in each["seeds"]), len(each["seeds"]))
        for each in conditions
    }
    lines = []
    for label, (count, seeds) in bound.items():
        host, _, role = label.partition(": ")
        control = next((share for other, share in bound.items() if other.startswith(f"{host}: control")), None)
        if role != "host" or control is None:
            continue
        some = "some bind and some do not" if count < seeds else "all bind, so only the time can show"
        room = some if count else "none binds"
        able = "so a repair can show" if 2 * control[0] >= control[1] else "so nothing can show"
        lines.append(
            f"`{host}`: {count} of {seeds} seeds bind ({room}); its control: {control[0]} of {control[1]}, {able}."
        )
    return lines


def _directions(claims: Json) -> list[dict[str, Any]]:
    """Return each direction that has run with its word at each level of the rule, and for the accuracy itself."""
    own = [each["word"] for each in claims["findings"]]
    by_level = {**dict(zip(OTHER_LEVELS, claims["words_by_level"], strict=True)), CONTRACT.binding.level: own}
    columns = zip(*(by_level[level] for level in sorted(by_level)), claims["words_by_accuracy"], strict=True)
    return [
        {
            "claim": each["claim"],
            "step": words.step_words(each["start"], each["end"]),
            "form": each["form"],
            "bound": words.change_words(each["bound"]),
            "words": at,
        }
        for each, at in zip(claims["findings"], columns, strict=True)
        if each["word"] != "not run"
    ]
