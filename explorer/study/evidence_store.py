"""Frozen evidence: the first edition, which is data, and what `freeze` writes of the later ones; a reader's runs on it.

    load("batch-size")                 # Evidence of a sweep of the first edition, None if it was not run
    load_words("batch-size")           # its question, verdicts and origin in words, as its page says them
    load_claims()                      # what the second edition found, None if nothing is frozen
    load_document("naming-cliff")      # what is frozen of a claim, or of a sweep of either edition
    file_of("batch-size", "svg")       # its picture, None if there is none
    placed(evidence, [folder.report(), ...])[0].score("own", "binding_accuracy")      # Estimate, of a user's run
    bracket = study_bracket(spec)      # the measured end point at the dials, or the nearest one and where it differs
    bracket.value, bracket.low, bracket.high     # binding in the canonical form, mean over seeds with its t interval
    bracket.is_exact, bracket.fields             # False, ("caption_completeness",)
    frozen_grid()                      # a Point for each condition of the first edition that has a score

The variable EXPLORER_STUDY names another folder than the shipped one. A file is read once: the returned objects are
shared and must not be changed.

A user's run may differ from a condition in seed, steps, learning rate and the preset's name, and in nothing else, the
recipe included. If several conditions differ only in steps, it belongs to the one with the nearest steps.

A place of the grid is all dials but the budget, the learning rate and the seed. Nothing is interpolated: of two points
on either side of a dial the nearer one counts, the lower one of equals. If a place was measured with several budgets,
the one nearest to the spec's counts.
"""

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from explorer.errors import DamagedFileError, UserError
from explorer.evaluation.results import Estimate, Report
from explorer.resources import ASSETS
from explorer.runs.files import kept, read_json
from explorer.spec import DIALS, RECIPE, DataSpec, RunSpec, override
from explorer.study.claims import CLAIMS
from explorer.study.sweeps import SECOND_EDITION, START, SWEEPS, find

FROZEN = ASSETS / "study"
CLAIMS_FILE = "claims.json"
LINE_FILE = "line.json"
WORDS_FILE = "first-edition.json"
Kind = Literal["json", "parquet", "svg"]
FORM_NAMES = {"canonical": "two-object", "own": "training-like", "bundle": "full", "start": "starting-model"}
"""Plain words of the forms of caption whose name says nothing to a reader; each stands before "captions"."""


def form_name(form: str) -> str:
    """Return a form of caption in plain words, before the word "captions"."""
    return FORM_NAMES.get(form, form)


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedPoint(Estimate):
    """Score of one seed, with its interval over scenes."""

    seed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedScores:
    """Scores of all seeds in one metric and form, and their mean with its t interval."""

    points: tuple[SeedPoint, ...]
    mean: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlMean:
    """Means over runs of a control's value, of the ends of its interval, and of its chance."""

    value: float | None
    low: float | None
    high: float | None
    chance: float | None

    @property
    def is_off_chance(self) -> bool:
        is_below = self.high is not None and self.chance is not None and self.high < self.chance
        return is_below or self.is_above_chance

    @property
    def is_above_chance(self) -> bool:
        return self.low is not None and self.chance is not None and self.low > self.chance


@dataclass(frozen=True, kw_only=True, slots=True)
class Trend:
    """End of the long runs of a condition, and what their last third says."""

    word: str
    end: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedCurve:
    """Binding at the quick evaluations of one seed."""

    seed: int
    steps: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One condition of a sweep: its dose `x`, its cost, and the scores of its seeds by form and metric.

    `spec` is the JSON of a `RunSpec`, as it was when the sweep ran. `trend` and `curves` are None in sweeps that do not
    read them.
    """

    label: str
    x: str
    series: str
    steps: int
    batch_size: int
    learning_rate: float
    spec: Mapping[str, Any]
    forms: Mapping[str, Mapping[str, SeedScores]]
    controls: Mapping[str, Mapping[str, ControlMean]]
    rates: Mapping[str, float | None]
    distinct_captions: float | None
    not_tested: str | None
    trend: Mapping[str, Trend] | None = None
    curves: Mapping[str, tuple[SeedCurve, ...]] | None = None

    def score(self, form: str, metric: str) -> SeedScores | None:
        return self.forms.get(form, {}).get(metric)

    def control(self, name: str, form: str) -> ControlMean | None:
        return self.controls.get(name, {}).get(form)

    def run_spec(self) -> RunSpec:
        """Parse `spec`; raise `UserError` if it has a dial that exists no more."""
        return RunSpec.from_dict(self.spec)


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two conditions, by label, in one form: their means, and the verdict on the direction that was stated."""

    start: str
    end: str
    form: str
    of_start: Annotated[Estimate, Field(alias="from")]
    of_end: Annotated[Estimate, Field(alias="to")]
    word: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Numbers of one sweep: means over seeds with a t interval, next to the score of each seed."""

    name: str
    claim: str
    axis: str
    metric: str
    beside: tuple[str, ...]
    forms: tuple[str, ...]
    interval: str
    conditions: tuple[Condition, ...]
    contrasts: tuple[Comparison, ...]
    devices: tuple[str, ...]
    recipes: tuple[str, ...]

    def condition(self, label: Any) -> Condition | None:
        return next((each for each in self.conditions if each.label == label), None)


EVIDENCE = TypeAdapter(Evidence)
"""Reads the JSON of a file."""
_read_json = kept(64)(read_json)
_read_evidence = kept(64)(lambda path: EVIDENCE.validate_json(path.read_bytes()))


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnPoint:
    """A run of the reader at a condition of a sweep; `steps` is what it trained, not what was asked of it."""

    run: str
    condition: str
    seed: int
    steps: int
    learning_rate: float
    forms: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)

    def score(self, form: str, metric: str) -> Estimate | None:
        return self.forms.get(form, {}).get(metric)


def evidence_folder(environ: Mapping[str, str] = os.environ) -> Path:
    named = environ.get("EXPLORER_STUDY")
    return Path(named) if named else FROZEN


def load(name: str, folder: Path | None = None) -> Evidence | None:
    """Return the evidence of a sweep, None if there is none; raise `UserError` for an unknown name or a broken file."""
    return _of_sweep(name, _read_evidence, folder)


def _of_sweep(name: str, read: Callable[[str], Any], folder: Path | None) -> Any:
    advice = "its evidence cannot be read; take the file from the repository again"
    return _load(file_of(name, "json", folder), read, DamagedFileError("sweep", name, advice))


def load_all(folder: Path | None = None) -> dict[str, Evidence | None]:
    return {name: load(name, folder) for name in SWEEPS}


def load_claims(folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return `claims.json`, None if there is none; raise `UserError` for a broken file."""
    return _made("claims", CLAIMS_FILE, folder)


def load_line(folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return the numbers of the page of the evidence, see `study.line`; None if there are none."""
    return _made("line", LINE_FILE, folder)


def load_words(name: str) -> Mapping[str, Any]:
    found = _made("study", WORDS_FILE, FROZEN) or {}
    if name not in found:
        raise UserError("sweep", name, f"choose {', '.join(found)}")
    return dict(found[name])


def _made(name: str, file: str, folder: Path | None) -> Mapping[str, Any] | None:
    damaged = DamagedFileError(name, file, "cannot be read; `study write` writes it again")
    found: Mapping[str, Any] | None = _load((folder or evidence_folder()) / file, _read_json, damaged)
    return found


def _load(path: Path | None, read: Callable[[str], Any], damaged: DamagedFileError) -> Any:
    try:
        return None if path is None else read(str(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise damaged from None


def load_document(name: str, folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return what is frozen of a name, None if nothing was run; raise `UserError` for an unknown name.

    A sweep of the first edition is its file. A claim of the second has "findings", one per direction;
    where both have the name, the claim is "second_edition" of the sweep. A sweep of the second edition has its
    "conditions" with every seed, and "coverage", what has run of it.
    """
    if not isinstance(name, str) or name not in (*SWEEPS, *CLAIMS, *SECOND_EDITION):
        listed = ", ".join(dict.fromkeys([*SWEEPS, *CLAIMS]))
        raise UserError("sweep", name, f"choose {listed}, or another sweep that `sweep --list` names")
    claims = load_claims(folder) or {}
    first = _of_sweep(name, _read_json, folder) if name in SWEEPS else None
    if name in claims.get("claims", {}):
        findings = [finding for finding in claims["findings"] if finding["claim"] == name]
        second = {"name": name, "claim": claims["claims"][name], "findings": findings}
        return second if first is None else {**first, "second_edition": second}
    if first is None and name in claims.get("sweeps", {}):
        covered = next((each for each in claims["coverage"] if each["sweep"] == name), None)
        return {"name": name, **claims["sweeps"][name], "coverage": covered}
    return first


def file_of(name: str, kind: Kind, folder: Path | None = None) -> Path | None:
    """Return one of a sweep's files, None if there is none; the name is looked up in the table and is never a path."""
    path = (folder or evidence_folder()) / f"{find(name).name}.{kind}"
    return path if path.is_file() else None


def placed(evidence: Evidence, reports: Iterable[Report]) -> list[OwnPoint]:
    """Return a point per report of a run that trained and belongs to a condition, in the order of the reports."""
    by_key: dict[RunSpec, list[tuple[int, str]]] = {}
    for condition in evidence.conditions:
        by_key.setdefault(_key(condition.run_spec()), []).append((condition.steps, condition.label))
    found = (_own_point(report, by_key) for report in reports)
    return [point for point in found if point is not None]


def _key(spec: RunSpec) -> RunSpec:
    """Return a key that two specs share if only seed, steps, learning rate and the preset's name differ."""
    return replace(spec, preset=None, train=replace(spec.train, seed=0, steps=1, learning_rate=1.0))


def _own_point(report: Report, by_key: Mapping[RunSpec, list[tuple[int, str]]]) -> OwnPoint | None:
    spec, budget = report.spec, report.budget
    near = by_key.get(_key(spec)) if spec else None
    if spec is None or near is None or report.failed_to_train or budget is None or budget.steps < 1:
        return None
    forms = dict(report.scores.by_form())
    if report.forgetting is not None:
        forms[START] = report.forgetting.after
    return OwnPoint(
        run=str(report.run),
        condition=min(near, key=lambda each: abs(math.log(each[0] / budget.steps)))[1],
        seed=spec.train.seed,
        steps=budget.steps,
        learning_rate=spec.train.learning_rate,
        forms={
            form: {name: each for name, each in metrics.items() if each.value is not None}
            for form, metrics in forms.items()
        },
    )


# ---- The end point at the dials

FORM, METRIC = "canonical", "binding_accuracy"
DATA = tuple(field.name for field in fields(DataSpec))
TRAINING = (
    *("model", "init", "tune", "batch_size", "hard_negatives", "hard_negative_check", "mask_false_negatives"),
    *("loss", "optimizer", "learning_rate_schedule"),
)
PLACE = (*DATA, *TRAINING)
"""The fields of a place, in the order of its values."""
SPANS = {name: high - (DIALS[name].low or 0.0) for name in PLACE if (high := DIALS[name].high) is not None}
"""The ordered dials with their ranges."""
Place = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Point:
    """One measured condition: its spec, and binding in the canonical form, the mean over seeds."""

    sweep: str
    spec: RunSpec
    mean: Estimate
    devices: str
    not_tested: str | None

    @property
    def pairs(self) -> int:
        """Budget: images with their captions, over all steps."""
        return self.spec.train.steps * self.spec.train.batch_size


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyBracket:
    """A measured mean with its interval (None for a single seed), and the fields in which its training differs.

    An exact point differs only in budget, learning rate and seed, which are not in `fields`. `budget_pairs` are images
    with a caption over all its steps; `not_tested` says why it is no evidence.
    """

    value: float
    low: float | None
    high: float | None
    seeds: int
    is_exact: bool
    fields: tuple[str, ...]
    budget_pairs: int
    learning_rate: float
    sweep: str
    device: str
    not_tested: str | None


@lru_cache(maxsize=4)
def frozen_grid(folder: Path = FROZEN) -> tuple[Point, ...]:
    return read_grid(load_all(folder))


def read_grid(found: Mapping[str, Evidence | None]) -> tuple[Point, ...]:
    """Return the points of the evidence of each sweep; those of another recipe are left out."""
    points = (_point(evidence, each) for evidence in found.values() if evidence for each in evidence.conditions)
    return tuple(point for point in points if point is not None)


def _point(evidence: Evidence, condition: Condition) -> Point | None:
    score = condition.score(FORM, METRIC)
    try:
        spec = condition.run_spec()
    except UserError:  # a dial that is no more
        return None
    if score is None or score.mean.value is None or spec.recipe != RECIPE:
        return None
    return Point(
        sweep=evidence.name,
        spec=spec,
        mean=score.mean,
        devices=", ".join(evidence.devices),
        not_tested=condition.not_tested,
    )


def study_bracket(spec: RunSpec, grid: Sequence[Point] | None = None) -> StudyBracket | None:
    """Return the measured point at the dials of `spec` or nearest to them; None without any."""
    return _of_frozen(RunSpec(data=spec.data, train=spec.train)) if grid is None else _bracket(spec, grid)


@lru_cache(maxsize=512)
def _of_frozen(spec: RunSpec) -> StudyBracket | None:
    return _bracket(spec, frozen_grid())


def _bracket(spec: RunSpec, grid: Sequence[Point]) -> StudyBracket | None:
    if not grid:
        return None
    point, differs = look_up(spec, grid)
    return StudyBracket(
        value=point.mean.value or 0.0,
        low=point.mean.low,
        high=point.mean.high,
        seeds=point.mean.n,
        is_exact=not differs,
        fields=differs,
        budget_pairs=point.pairs,
        learning_rate=point.spec.train.learning_rate,
        sweep=point.sweep,
        device=point.devices,
        not_tested=point.not_tested,
    )


def look_up(spec: RunSpec, grid: Sequence[Point]) -> tuple[Point, tuple[str, ...]]:
    """Return the point of the place of `spec`, else the nearer of two beside it in one dial, else the nearest of all.

    The fields come along in which it differs from the spec. The grid has a point at least.
    """
    here = place(spec)
    if exact := [point for point in grid if place(point.spec) == here]:
        return _of_budget(spec, exact), ()
    beside = [(found, dial) for dial in SPANS if (found := _beside(spec, dial, grid))]
    if beside:
        (_, pair), dial = min(beside, key=lambda each: each[0][0])
        value = value_at(spec, dial)
        return min(pair, key=lambda point: abs(value_at(point.spec, dial) - value)), (dial,)
    nearest = min(dict.fromkeys(place(point.spec) for point in grid), key=lambda there: _distance(here, there))
    point = _of_budget(spec, [point for point in grid if place(point.spec) == nearest])
    return point, tuple(name for name, one, other in zip(PLACE, here, nearest, strict=True) if one != other)


@lru_cache(maxsize=4096)
def place(spec: RunSpec) -> Place:
    """Return the fields that decide the result; dials without effect on these captions are at rest."""
    data = spec.data
    is_complete = data.objects_in_image == 1 or data.caption_completeness > 1 - 1e-6
    changes: dict[str, Any] = {name: tuple(sorted(getattr(data, name))) for name in ("attribute_kinds", "untold_kinds")}
    if data.objects_in_image == 1:
        changes["caption_completeness"] = 1.0
    if is_complete:  # saliency has nothing to choose
        changes["saliency_bias"] = 0.0
    if is_complete or data.objects_in_image == 2:  # with two objects both lengths are the same captions
        changes["caption_lengths"] = "fixed"
    values = {name: getattr(replace(data, **changes), name) for name in DATA}
    values |= {name: getattr(spec.train, name) for name in TRAINING}
    return tuple(round(value, 6) if isinstance(value, float) else value for value in values.values())


def value_at(spec: RunSpec, name: str) -> Any:
    """Return the value of a field of data or training."""
    return getattr(spec.data if name in DATA else spec.train, name)


def along(spec: RunSpec, dial: str, grid: Sequence[Point]) -> tuple[Point, ...]:
    """Return the points that `spec` would reach if only this dial moved, one per value, in order."""
    line = []
    for value in sorted({value_at(point.spec, dial) for point in grid}):
        there = place(override(spec, {dial: value}))
        points = [point for point in grid if value_at(point.spec, dial) == value and place(point.spec) == there]
        line += [_of_budget(spec, points)] if points else []
    return tuple(line)


def _beside(spec: RunSpec, dial: str, grid: Sequence[Point]) -> tuple[float, tuple[Point, Point]] | None:
    """Return the distance of the nearest points below and above in one dial, as a share of its range, and these."""
    here, line = value_at(spec, dial), along(spec, dial, grid)
    below = [point for point in line if value_at(point.spec, dial) < here]
    above = [point for point in line if value_at(point.spec, dial) > here]
    if not below or not above:
        return None
    pair = below[-1], above[0]
    return (value_at(pair[1].spec, dial) - value_at(pair[0].spec, dial)) / SPANS[dial], pair


def _of_budget(spec: RunSpec, points: Sequence[Point]) -> Point:
    """Return the point whose budget is nearest to the spec's; of equals the one with the most seeds."""
    pairs = spec.train.steps * spec.train.batch_size
    return min(points, key=lambda point: (abs(point.pairs - pairs), -point.mean.n))


def _distance(here: Place, there: Place) -> tuple[int, float]:
    """Count the fields that differ, and sum the differences as shares of their ranges."""
    apart = [(name, a, b) for name, a, b in zip(PLACE, here, there, strict=True) if a != b]
    return len(apart), sum(abs(a - b) / SPANS[name] if name in SPANS else 1.0 for name, a, b in apart)
