"""Numbers of the page of evidence: every training against one number of its data, the line, changes, and findings.

    found = line(evidence_folder())        # None where nothing is frozen
    found.data[0].kappa                    # 0.5, with the trainings on these data in `trainings`
    found.changes[0].own.value             # 0.54: the change that makes binding come soonest
    found.findings[1].rows[0].seeds        # the trainings on data of which one of two objects is named
    found.paper                            # a row per statement of the paper's abstract
    as_json(found)                         # plain JSON; every text in it is English

All of it follows from the frozen rows and the frozen law, so nothing here has to be written anew when rows are added. A
sentence that depends on a result has a form for each result.
"""

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np

from explorer.codec import encode
from explorer.errors import UserError
from explorer.evaluation.results import Position
from explorer.presets import PRESETS
from explorer.presets import preset as find_preset
from explorer.spec import RunSpec, override
from explorer.study.changes import TimeChanges, time_changes
from explorer.study.critics import critic_losses, share_learned
from explorer.study.forecasts import predictions
from explorer.study.real_captions import LIMITS, positions
from explorer.study.rows import PILOT, Row, frozen_rows, plain_runs, spec_of, training_of
from explorer.study.sweeps import BATCH, PAIRS, THIRD_EDITION
from explorer.study.time_model import (
    LAW_FILE,
    Law,
    Prediction,
    Span,
    Training,
    frozen_law,
    grouped,
    kappa,
    look_ahead,
    predict,
    rounded,
)
from explorer.study.words import pairs as pairs_words

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
REPAIRED = {"attribute_density": 1.0, "caption_completeness": 1.0, "saliency_bias": 0.0, "steps": 720}
"""Changes of the web-like recipe that the paper names, at four times its budget."""
TEXTS: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("findings.toml").read_text(encoding="utf-8"))
FREE = ("seed", "learning_rate")
"""Dials in which the trainings of a finding may differ."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed:
    """A training: its seed, and the pairs at which it was bound, None if it was not."""

    seed: int
    bound_at: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Seed:
    """A training on the line: also its budget in pairs, and the key of its run."""

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
class Condition:
    """Data of a finding, as a recipe with changes, and the trainings on them within a budget of `pairs`.

    `learned` is the share of the bag of words that those learned that were not bound.
    """

    title: str
    detail: str
    preset: str
    values: Mapping[str, Any]
    pairs: int
    seeds: tuple[Timed, ...]
    learned: float | None = None

    @property
    def num_bound(self) -> int:
        return sum(each.bound_at is not None for each in self.seeds)

    @property
    def bound(self) -> str:
        return f"{self.num_bound} of {len(self.seeds)}"

    @property
    def median(self) -> float | None:
        """Return the median of the pairs until it is bound, None if half of the seeds are not."""
        middle = median([each.bound_at or math.inf for each in self.seeds] or [math.inf])
        return None if middle == math.inf else middle

    @property
    def time(self) -> str:
        """Say after how many pairs the median seed is bound."""
        middle = self.median
        return f"not within {self.pairs:,} pairs" if middle is None else f"about {pairs_words(middle)} pairs"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A loss in nats with its words: that of a best possible reader, or of trainings after some pairs."""

    said: str
    value: float
    is_reader: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A finding: its heading, what it rests on, sentences, trainings or losses, and what would overturn it.

    `figure` chooses the picture: `line` for all data, `seeds` for `rows`, `losses` for `marks`.
    """

    name: str
    title: str
    basis: str
    text: tuple[str, ...]
    figure: str
    overturn: str
    rows: tuple[Condition, ...] = ()
    marks: tuple[Mark, ...] = ()
    say: str = ""
    train: tuple[Condition, ...] = field(default=())


@dataclass(frozen=True, kw_only=True, slots=True)
class Against:
    """A statement of the paper's abstract, what was measured here, and a verdict in a few words."""

    dial: str
    paper: str
    here: str
    verdict: str
    is_decided: bool


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
    rows = [row for row in frozen_rows(folder) if row["is_point"]]
    if not rows or not (folder / LAW_FILE).is_file():
        return None
    data, law, changes = kinds_of_data(rows), frozen_law(folder), time_changes(rows)
    new = {name: found for name in THIRD_EDITION if (found := frozen_rows(folder, sweeps=[name]))}
    expected = {name: predictions("law", name, folder) for name in new}
    checks = [check_forecast(expected[name], found) for name, found in new.items()]
    tested = ForecastCheck(inside=sum(each.inside for each in checks), decided=sum(each.decided for each in checks))
    recipes = [_recipe(name, folder) for name, recipe in PRESETS.items() if recipe.is_main]
    return Line(
        headline=headline(changes),
        num_trainings=sum(len(each.trainings) for each in data),
        law=law,
        fit=fit_of(data, law),
        tested=tested if new else None,
        data=data,
        later=tuple(
            Later(data=each, expected=expected[name][each.label.removeprefix(f"{name}, ")].span)
            for name, found in new.items()
            for each in kinds_of_data(found)
        ),
        recipes=tuple(sorted(recipes, key=lambda each: each.objects)),
        corpora=tuple(positions(CORPORA_SWEEP, folder)),
        caveat=LIMITS[0],
        changes=sorted_changes(changes),
        paper=_against_paper(rows, changes, folder),
        findings=(
            _one_number(rows, law),
            _of_rows("silence", rows, changes.changes["completeness"].own),
            _of_rows("unread", rows, changes.changes["unread"].canonical),
            _of_rows("swaps", rows, changes.changes["hard-negatives"].own),
            _web_like(rows),
        ),
        limits=_limits(data, tested if new else None),
    )


def as_json(found: Line) -> dict[str, Any]:
    return dict(rounded(encode(found), 5))


# ---- The line


def kinds_of_data(rows: Iterable[Row]) -> tuple[Data, ...]:
    """Return all trainings to which the law applies by their data, those with the largest kappa first."""
    conditions = grouped(plain_runs(rows), lambda each: each[1].condition).values()
    return tuple(sorted(map(_data, conditions), key=lambda each: -each.kappa))


def _data(runs: Sequence[tuple[Row, Training]]) -> Data:
    row, _ = runs[0]
    return Data(
        label=f"{row['sweep']}, {row['condition']}",
        **_dials(spec_of(row)),
        accuracy=fmean(each["own.binding_accuracy.value"] for each, _ in runs),
        trainings=tuple(
            Seed(seed=each["seed"], pairs=training.pairs, bound_at=training.bound_at, key=each["key"])
            for each, training in runs
        ),
        learned=_learned(spec_of(row), [each["loss"] for each, training in runs if not training.is_bound]),
    )


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


def _learned(spec: RunSpec, losses: Sequence[float]) -> float | None:
    """Return the mean share of the bag of words that losses of trainings on these data show, see `critics`.

    None without losses, and where the best critics are not known or hardly differ.
    """
    try:
        shares = [share_learned(loss, critic_losses(spec)) for loss in losses]
    except UserError:
        return None
    known = [share for share in shares if share is not None]
    return fmean(known) if known else None


def fit_of(data: Sequence[Data], law: Law) -> Fit:
    from scipy.optimize import curve_fit

    mean_times = [law.mean(each.kappa) for each in data]
    times = [
        (mean, math.log(seed.bound_at))
        for mean, each in zip(mean_times, data, strict=True)
        for seed in each.trainings
        if seed.bound_at is not None
    ]
    read = np.array([math.log(each.trainings[0].pairs) for each in data]) - mean_times
    accuracies = np.array([each.accuracy for each in data])
    (slope, middle), _ = curve_fit(_logistic, read, accuracies, p0=[2.0, 0.0])
    return Fit(
        times=_explained(*np.array(times).T),
        accuracies=_explained(_logistic(read, slope, middle), accuracies),
        slope=round(float(slope), 3),
        middle=round(float(middle), 3),
    )


def _logistic(x: np.ndarray, slope: float, middle: float) -> np.ndarray:
    return np.asarray(0.5 + 0.5 / (1 + np.exp(-slope * (x - middle))))


def _explained(expected: np.ndarray, found: np.ndarray) -> float:
    return round(float(1 - ((found - expected) ** 2).sum() / ((found - found.mean()) ** 2).sum()), 3)


def _recipe(name: str, folder: Path) -> Recipe:
    spec = PRESETS[name].spec
    return Recipe(
        name=name,
        title=PRESETS[name].title,
        steps=spec.train.steps,
        batch_size=spec.train.batch_size,
        pairs=predict(spec, folder).pairs,
        **_dials(spec),
    )


def check_forecast(forecast: Mapping[str, Prediction], rows: Iterable[Row]) -> ForecastCheck:
    """Count trainings inside their forecast; one that ended unbound before its upper end is not decided."""
    inside = decided = 0
    for row in rows:
        training, expected = training_of(row), forecast[row["condition"]]
        if training is not None and (training.is_bound or training.pairs >= expected.high):
            decided += 1
            inside += training.is_bound and expected.low <= training.time <= expected.high
    return ForecastCheck(inside=inside, decided=decided)


def _limits(data: Sequence[Data], tested: ForecastCheck | None) -> tuple[str, ...]:
    times = [seed.bound_at for each in data for seed in each.trainings if seed.bound_at is not None]
    objects = [each.objects for each in data]
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


# ---- Changes


def sorted_changes(found: TimeChanges) -> tuple[Change, ...]:
    """Return the changes, sorted by what they multiply the time by asked as it was taught, else asked alike."""
    values = {name: _known(each.own or each.canonical).value for name, each in found.changes.items()}
    return tuple(
        Change(
            name=name,
            title=LABELS[name][0],
            detail=LABELS[name][1],
            own=found.changes[name].own,
            canonical=found.changes[name].canonical,
        )
        for name in sorted(values, key=lambda name: values[name])
    )


def headline(found: TimeChanges) -> str:
    """Say what leaving objects and what leaving attributes out of captions cost, asked as it was taught."""
    costs = {"no change": "cost no time", "sooner": "cost time", "later": "saved time"}
    things, attributes = (costs[_word(found.changes[name].own)] for name in ("completeness", "density"))
    second = "did" if (things, attributes) == ("cost no time", "cost time") else attributes
    return f"Leaving things out of captions {things}. Leaving attributes out {second}."


def _known(span: Span | None) -> Span:
    assert span is not None, "the change has this form"
    return span


def _word(span: Span | None) -> str:
    return "sooner" if _known(span).high < 1 else "later" if _known(span).low > 1 else "no change"


def _factor(span: Span) -> str:
    """Format a factor with its interval: 0.55 (0.47 to 0.67), 1.8 (1.5 to 2.1), after the sign of a product."""
    digits = 2 if span.value < 0.995 else 1
    value, low, high = (f"{each:.{digits}f}" for each in (span.value, span.low, span.high))
    return f"× {value} ({low} to {high})"


# ---- Findings


def _one_number(rows: Sequence[Row], law: Law) -> Finding:
    trainings = [each for _, each in plain_runs(rows)]
    conditions = len({each.condition for each in trainings})
    power, low, high = (f"{-value:.2f}" for value in (law.slope.value, law.slope.low, law.slope.high))
    texts = [
        f"In {conditions} kinds of data the pairs until binding follow {pairs_words(math.exp(law.intercept))} ÷ number "
        f"to the power {power} ({high} to {low})."
    ]
    ahead = look_ahead(trainings)
    if ahead is not None:
        found = ahead.score
        factors = [
            max(each.time / of.pairs, of.pairs / each.time)
            for each, of in zip(ahead.trainings, ahead.predictions, strict=True)
            if each.is_bound
        ]
        texts.append(
            f"Fitted on the first {sum(each.edition == 1 for each in trainings)} trainings, it sorts "
            f"{100 * found.called_right:.0f} % of {found.num_conditions} further kinds of data right, where “all bind” "
            f"is right for {100 * ahead.most_bind:.0f} %; its typical error is a factor of {median(factors):.2f}."
        )
    tidy = _condition(rows, "own", "binding-friendly", {}, title="Tidy", detail="two objects, each with its color")
    return Finding(
        name="one-number",
        title="The time follows how surely a named thing gets its attribute.",
        basis=f"{conditions} kinds of data",
        text=(*texts, "The line was found after the runs."),
        figure="line",
        overturn="A kind of data inside the line's range that binds at half or twice the predicted time, "
        "in most of five seeds.",
        train=(tidy,),
    )


def _of_rows(name: str, rows: Sequence[Row], span: Span | None) -> Finding:
    """Return a finding of `findings.toml`; `span` is the factor of the change that it is about."""
    about = TEXTS[name]
    shown = tuple(_condition(rows, about["form"], **each) for each in about["rows"])
    return Finding(
        name=name,
        title=about["titles"][_word(span)].format(span=span),
        basis=_count(shown),
        text=tuple(text.format(rows=shown, factor=_factor(_known(span))) for text in about["texts"]),
        figure="seeds",
        overturn=about["overturn"],
        rows=shown,
        say=about.get("say", ""),
        train=shown[: about["train"]],
    )


def _web_like(rows: Sequence[Row]) -> Finding:
    web = find_preset("web-like").spec
    best = critic_losses(web)
    of_budget = grouped((row for row in rows if _is_of(row, web, (*FREE, "steps"))), lambda row: int(row["pairs"]))
    losses = {pairs: fmean(row["loss"] for row in of) for pairs, of in sorted(of_budget.items())}
    longest, least = max(losses.items(), default=(0, best.chance))
    table = [
        _condition(rows, "own", "web-like", {} if pairs == PAIRS else {"steps": pairs // BATCH}, title="Web-like")
        for pairs in losses
    ]
    bound, seeds = sum(each.num_bound for each in table), sum(len(each.seeds) for each in table)
    is_before = least > best.bag
    state = "not bound, and not yet past the words" if is_before else "past the words, and not bound"
    return Finding(
        name="web-like",
        title="Web-like captions: some bound." if bound else f"Web-like captions: {state}. Open.",
        basis=_count(table),
        text=(
            f"Loss after {longest:,} pairs: {least:.2f} nats. A reader that knows only which words occur could reach "
            f"{best.bag:.2f}; one that knows who has what, {best.binder:.2f}.",
            f"{bound} of {seeds} trainings bound."
            + (" The words are not all learned yet either." if is_before else ""),
        ),
        figure="losses",
        overturn="Further web-like trainings of the same budgets that do not bind."
        if bound
        else "One web-like training that binds within 16 or 32 times the usual budget.",
        marks=(
            Mark(said="knows who has what", value=best.binder, is_reader=True),
            Mark(said="knows which words occur", value=best.bag, is_reader=True),
            *(Mark(said=f"after {pairs:,} pairs", value=loss, is_reader=False) for pairs, loss in losses.items()),
        ),
        train=tuple(table[:1]),
    )


def _against_paper(rows: Sequence[Row], changes: TimeChanges, folder: Path) -> tuple[Against, ...]:
    own = {name: each.own for name, each in changes.changes.items() if each.own is not None}
    density, unread = own["density"], _known(changes.changes["unread"].canonical)
    half = Span(value=1 / density.value, low=1 / density.high, high=1 / density.low)
    silent = [_word(own[name]) for name in ("completeness", "saliency")]
    plain, negatives, repaired = (
        _condition(rows, "canonical", "web-like", values)
        for values in ({"steps": 720}, {"steps": 720, "hard_negatives": 1.0}, REPAIRED)
    )
    expected = predict(override(find_preset("web-like").spec, REPAIRED), folder)
    pairs = expected.pairs.value if expected.pairs else expected.beyond
    line = f" The line expects about {pairs_words(pairs)}, asked as it was taught." if pairs else ""
    is_short = pairs is not None and pairs > repaired.pairs
    return (
        Against(
            dial="Few attributes per object",
            paper="hurt binding",
            here=f"Half as many: binding took {_factor(half)} as long.",
            verdict="as it says" if _word(half) == "later" else "not seen here",
            is_decided=True,
        ),
        Against(
            dial="Things left out; only the big ones named",
            paper="hurt binding",
            here=f"Asked as it was taught, twice as many named: {_factor(own['completeness'])}; only the big ones: "
            f"{_factor(own['saliency'])}. Asked about two things after reading of one: {_factor(unread)}.",
            verdict="only in one way of asking" if silent == ["no change"] * 2 else "in part",
            is_decided=True,
        ),
        Against(
            dial="Larger batches, swapped captions as wrong ones",
            paper="give no reliable binding",
            here=f"Batch four times larger at equal pairs: {_factor(own['batch'])}. Swapped captions: "
            f"{_factor(own['hard-negatives'])}; web-like data bound in {negatives.bound} with them and {plain.bound} "
            "without.",
            verdict="in part" if _word(own["hard-negatives"]) == "sooner" else "as it says",
            is_decided=True,
        ),
        Against(
            dial="All of it repaired",
            paper="almost perfect binding",
            here=f"Four objects, three kinds: {repaired.bound} bound within {repaired.pairs:,} pairs.{line}"
            + (" So the budget was short." if is_short else ""),
            verdict="not decided" if is_short else "in part",
            is_decided=not is_short,
        ),
    )


def _condition(
    rows: Sequence[Row], form: str, preset: str, values: Mapping[str, Any], title: str = "", detail: str = ""
) -> Condition:
    """Return the trainings on a recipe with changes, timed in a form, each once."""
    wanted = override(find_preset(preset).spec, values)
    # A later sweep evaluates the same training more finely; a pilot is no result.
    of = [row for row in rows if row["sweep"] != PILOT and _is_of(row, wanted, FREE)]
    last = {replace(spec_of(row), preset=None): row for row in of}
    timed = [(row, training) for row in last.values() if (training := training_of(row, form)) is not None]
    return Condition(
        title=title,
        detail=detail,
        preset=preset,
        values=values,
        pairs=wanted.train.steps * wanted.train.batch_size,
        seeds=tuple(
            sorted(
                (Timed(seed=row["seed"], bound_at=training.bound_at) for row, training in timed),
                key=lambda each: each.seed,
            )
        ),
        learned=_learned(wanted, [row["loss"] for row, training in timed if not training.is_bound]),
    )


def _is_of(row: Row, wanted: RunSpec, free: Sequence[str]) -> bool:
    """Return True if the spec of a row agrees in its data and, but for some dials, in its training."""
    found = spec_of(row)
    given = {name: getattr(wanted.train, name) for name in free}
    return found.data == wanted.data and replace(found.train, **given) == wanted.train


def _count(conditions: Sequence[Condition]) -> str:
    return f"{sum(len(each.seeds) for each in conditions)} trainings"
