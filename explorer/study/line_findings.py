"""Five findings with their trainings, and the paper's statements beside what was measured, as numbers and sentences.

    found = findings(measured, time_changes(rows), folder)
    found[1].rows[0].seeds                 # the trainings on data of which one of two objects is named
    against_paper(measured, changes, folder)   # a row per statement of the paper's abstract

Every number in a sentence comes from the rows. A sentence that depends on a result has a form for each result.
"""

import json
import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from statistics import fmean, median
from typing import Any

from explorer.errors import UserError
from explorer.presets import preset as find_preset
from explorer.runs.files import read_json
from explorer.spec import DataSpec, RunSpec, TrainSpec, override
from explorer.study.changes import TimeChanges
from explorer.study.critics import Losses, critic_losses, share_learned
from explorer.study.rows import PILOT, Row, as_training, quick_scenes
from explorer.study.sweeps import BATCH, PAIRS, spec_key
from explorer.study.time_model import LAW_FILE, Span, Training, has_kappa, look_ahead, other_dial, predict

REPAIRED = {"attribute_density": 1.0, "caption_completeness": 1.0, "saliency_bias": 0.0, "steps": 720}
"""Changes of the web-like recipe that the paper names, at four times its budget."""
TEXTS: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("findings.toml").read_text(encoding="utf-8"))
FREE = {"seed", "learning_rate"}
"""Dials in which the trainings of a row may differ."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """The data points among result rows, each with its spec, and the scenes of their quick evaluations by form."""

    rows: tuple[tuple[Row, RunSpec], ...]
    scenes: Mapping[str, Mapping[DataSpec, int]]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Measured":
        points = [row for row in rows if row["is_point"]]
        return cls(
            rows=tuple((row, RunSpec.from_dict(json.loads(row["spec"]))) for row in points),
            scenes={form: quick_scenes(points, form) for form in ("own", "canonical")},
        )

    def plain(self) -> Iterator[tuple[Row, RunSpec, Training]]:
        """Yield the trainings to which the law applies, timed in captions of their own form."""
        for row, spec in self.rows:
            if has_kappa(spec.data) and other_dial(spec) is None:
                yield row, spec, self.timed(row, "own")

    def timed(self, row: Row, form: str) -> Training:
        found = as_training(row, self.scenes[form], form)
        assert found is not None, "a data point has a training"
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed:
    """A training of a finding: its seed, and the pairs at which it was bound, None if it was not."""

    seed: int
    bound_at: int | None


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
    def bound(self) -> str:
        return f"{sum(each.bound_at is not None for each in self.seeds)} of {len(self.seeds)}"

    @property
    def median(self) -> float | None:
        """Return the median of the pairs until it is bound, None if half of the seeds are not."""
        times = [each.bound_at or float("inf") for each in self.seeds]
        middle = median(times) if times else float("inf")
        return None if middle == float("inf") else middle

    @property
    def time(self) -> str:
        """Say after how many pairs the median seed is bound."""
        middle = self.median
        return f"not within {self.pairs:,} pairs" if middle is None else f"about {_rounded(middle)} pairs"


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


def findings(measured: Measured, changes: TimeChanges, folder: Path) -> tuple[Finding, ...]:
    return (
        _one_number(measured, folder),
        _of_rows("silence", measured, changes.changes["completeness"].own),
        _of_rows("unread", measured, changes.changes["unread"].canonical),
        _of_rows("swaps", measured, changes.changes["hard-negatives"].own),
        _web_like(measured),
    )


def _one_number(measured: Measured, folder: Path) -> Finding:
    trainings = [each for _, _, each in measured.plain()]
    conditions = len({each.condition for each in trainings})
    estimates = read_json(folder / LAW_FILE)["estimates"]
    power, low, high = (f"{-value:.2f}" for value in estimates["log kappa"])
    scale = _rounded(math.exp(estimates["intercept"][0]))
    texts = [
        f"In {conditions} kinds of data the pairs until binding follow {scale} ÷ number to the power {power} "
        f"({high} to {low})."
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
    texts.append("The line was found after the runs.")
    tidy = _condition(
        measured,
        form="own",
        preset="binding-friendly",
        values={},
        title="Tidy",
        detail="two objects, each with its color",
    )
    return Finding(
        name="one-number",
        title="The time follows how surely a named thing gets its attribute.",
        basis=f"{conditions} kinds of data",
        text=tuple(texts),
        figure="line",
        overturn="A kind of data inside the line's range that binds at half or twice the predicted time, "
        "in most of five seeds.",
        train=(tidy,),
    )


def _of_rows(name: str, measured: Measured, span: Span | None) -> Finding:
    """Return a finding of `findings.toml`; `span` is the factor of the change that it is about."""
    about = TEXTS[name]
    assert span is not None, "the change has this form"
    rows = tuple(_condition(measured, **row, form=about["form"]) for row in about["rows"])
    return Finding(
        name=name,
        title=about["titles"][_word(span)].format(span=span),
        basis=_count(rows),
        text=tuple(text.format(rows=rows, factor=_factor(span)) for text in about["texts"]),
        figure="seeds",
        overturn=about["overturn"],
        rows=rows,
        say=about.get("say", ""),
        train=rows[: about["train"]],
    )


def _web_like(measured: Measured) -> Finding:
    best = critic_losses(find_preset("web-like").spec)
    losses: dict[int, list[float]] = {}
    for row, spec in measured.rows:
        if _is_of(spec, find_preset("web-like").spec, {*FREE, "steps"}):
            losses.setdefault(row["pairs"], []).append(row["loss"])
    marks = [
        Mark(said="knows who has what", value=best.binder, is_reader=True),
        Mark(said="knows which words occur", value=best.bag, is_reader=True),
        *(
            Mark(said=f"after {pairs:,} pairs", value=fmean(of), is_reader=False)
            for pairs, of in sorted(losses.items())
        ),
    ]
    longest = max(losses, default=0)
    table = [
        _condition(
            measured,
            form="own",
            preset="web-like",
            values={} if pairs == PAIRS else {"steps": pairs // BATCH},
            title="Web-like",
        )
        for pairs in sorted(losses)
    ]
    bound = sum(each.bound_at is not None for of in table for each in of.seeds)
    least = fmean(losses[longest]) if losses else best.chance
    titles = {
        (True, True): "Web-like captions: not bound, and not yet past the words. Open.",
        (True, False): "Web-like captions: past the words, and not bound. Open.",
    }
    return Finding(
        name="web-like",
        title=titles.get((not bound, least > best.bag), "Web-like captions: some bound."),
        basis=_count(table),
        text=(
            f"Loss after {longest:,} pairs: {least:.2f} nats. A reader that knows only which words occur could reach "
            f"{best.bag:.2f}; one that knows who has what, {best.binder:.2f}.",
            f"{bound} of {sum(len(each.seeds) for each in table)} trainings bound."
            + (" The words are not all learned yet either." if least > best.bag else ""),
        ),
        figure="losses",
        overturn="One web-like training that binds within 16 or 32 times the usual budget."
        if not bound
        else "Further web-like trainings of the same budgets that do not bind.",
        marks=tuple(marks),
        train=tuple(table[:1]),
    )


def against_paper(measured: Measured, changes: TimeChanges, folder: Path) -> tuple[Against, ...]:
    own = {name: each.own for name, each in changes.changes.items() if each.own is not None}
    unread = changes.changes["unread"].canonical
    assert unread is not None, "the change is one of this form"
    half = Span(value=1 / own["density"].value, low=1 / own["density"].high, high=1 / own["density"].low)
    silent = [_word(own[name]) for name in ("completeness", "saliency")]
    web = [
        _condition(measured, form="canonical", preset="web-like", values={"steps": 720, **more})
        for more in ({}, {"hard_negatives": 1.0})
    ]
    repaired = _condition(measured, form="canonical", preset="web-like", values=REPAIRED)
    expected = predict(override(find_preset("web-like").spec, REPAIRED), folder)
    pairs = expected.pairs.value if expected.pairs else expected.beyond
    line = f" The line expects about {_rounded(pairs)}, asked as it was taught." if pairs else ""
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
            f"{_factor(own['hard-negatives'])}; web-like data bound in {web[1].bound} with them and {web[0].bound} "
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
    measured: Measured, *, form: str, preset: str, values: Mapping[str, Any], title: str = "", detail: str = ""
) -> Condition:
    """Return the trainings on a recipe with changes, timed in a form, each once."""
    wanted = override(find_preset(preset).spec, values)
    found: dict[str, Timed] = {}
    losses: dict[str, float] = {}
    for row, spec in measured.rows:
        # A later sweep evaluates the same training more finely; a pilot is no result.
        if row["sweep"] != PILOT and _is_of(spec, wanted, FREE):
            training = measured.timed(row, form)
            key = spec_key(json.loads(row["spec"]))
            found[key] = Timed(seed=row["seed"], bound_at=training.bound_at)
            losses[key] = row["loss"]
    return Condition(
        title=title,
        detail=detail,
        preset=preset,
        values=values,
        pairs=wanted.train.steps * wanted.train.batch_size,
        seeds=tuple(sorted(found.values(), key=lambda each: each.seed)),
        learned=learned(wanted, [losses[key] for key, each in found.items() if each.bound_at is None]),
    )


def learned(spec: RunSpec, losses: Sequence[float]) -> float | None:
    """Return the mean share of the bag of words that losses of trainings on these data show, see `critics`.

    None without losses, and where the best critics are not known or hardly differ.
    """
    try:
        best = _best(spec.data, replace(spec.train, seed=0, steps=1, learning_rate=1.0)) if losses else None
    except UserError:
        return None
    shares = [share_learned(loss, best) for loss in losses] if best else []
    known = [share for share in shares if share is not None]
    return fmean(known) if known else None


@lru_cache(maxsize=256)
def _best(data: DataSpec, train: TrainSpec) -> Losses:
    return critic_losses(RunSpec(data=data, train=train))


def _is_of(found: RunSpec, wanted: RunSpec, free: set[str]) -> bool:
    """Return True if two specs agree in their data and, but for some dials, in their training."""
    return found.data == wanted.data and all(
        getattr(found.train, name) == getattr(wanted.train, name) for name in TrainSpec.__slots__ if name not in free
    )


def _word(span: Span | None) -> str:
    assert span is not None, "the change has this form"
    return "sooner" if span.high < 1 else "later" if span.low > 1 else "no change"


def _factor(span: Span) -> str:
    """Format a factor with its interval: 0.55 (0.47 to 0.67), 1.8 (1.5 to 2.1), after the sign of a product."""
    digits = 2 if span.value < 0.995 else 1
    value, low, high = (f"{each:.{digits}f}" for each in (span.value, span.low, span.high))
    return f"× {value} ({low} to {high})"


def _rounded(pairs: float) -> str:
    return f"{float(f'{pairs:.2g}'):,.0f}"


def _count(conditions: Sequence[Condition]) -> str:
    return f"{sum(len(each.seeds) for each in conditions)} trainings"
