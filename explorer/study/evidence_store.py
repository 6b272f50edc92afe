"""Frozen evidence: the first edition, which is data, and what `freeze` writes of the later ones; a reader's runs on it.

    load("batch-size")                 # Evidence of a sweep of the first edition, None if it was not run
    load_words("batch-size")           # its question, verdicts and origin in words, as its page says them
    load_claims()                      # what the second edition found, None if nothing is frozen
    load_document("naming-cliff")      # what is frozen of a claim, or of a sweep of either edition
    file_of("batch-size", "svg")       # its picture, None if there is none
    placed(evidence, [folder.report(), ...])[0].score("own", "binding_accuracy")      # Estimate, of a user's run

The variable EXPLORER_STUDY names another folder than the shipped one. A file is read once: the returned objects are
shared and must not be changed.

A user's run may differ from a condition in seed, steps, learning rate and the preset's name, and in nothing else, the
recipe included. If several conditions differ only in steps, it belongs to the one with the nearest steps.
"""

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from explorer.errors import DamagedFileError, UserError
from explorer.evaluation.results import Estimate, Report
from explorer.resources import ASSETS
from explorer.runs.files import read_json
from explorer.spec import RunSpec
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
class SeedPoint:
    """Score of one seed, with its interval over scenes."""

    seed: int
    value: float | None
    n: int
    low: float | None
    high: float | None
    chance: float | None


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
        if self.low is None or self.high is None or self.chance is None:
            return False
        return not self.low <= self.chance <= self.high

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
    path = file_of(name, "json", folder)
    if path is None:
        return None
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        raise _damaged(name) from None


def load_json(name: str, folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return the content of the file of a sweep, None if there is none; raise as `load` does."""
    path = file_of(name, "json", folder)
    try:
        return None if path is None else _read_json(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        raise _damaged(name) from None


def _damaged(name: str) -> DamagedFileError:
    return DamagedFileError("sweep", name, "its evidence cannot be read; take the file from the repository again")


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
    path = (folder or evidence_folder()) / file
    try:
        return _read_json(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise DamagedFileError(name, file, "cannot be read; `study write` writes it again") from None


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
    first = load_json(name, folder) if name in SWEEPS else None
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


@lru_cache(maxsize=64)
def _read_json(path: Path, _time: int) -> Mapping[str, Any]:
    return read_json(path)


@lru_cache(maxsize=64)
def _read(path: Path, _time: int) -> Evidence:
    return EVIDENCE.validate_json(path.read_bytes())


def placed(evidence: Evidence, reports: Iterable[Report]) -> list[OwnPoint]:
    """Return a point per report of a run that trained and belongs to a condition, in the order of the reports."""
    by_key: dict[RunSpec, list[tuple[int, str]]] = {}
    for condition in evidence.conditions:
        by_key.setdefault(_key(condition.run_spec()), []).append((condition.steps, condition.label))
    found = (_point(report, by_key) for report in reports)
    return [point for point in found if point is not None]


def _key(spec: RunSpec) -> RunSpec:
    """Return a key that two specs share if only seed, steps, learning rate and the preset's name differ."""
    return replace(spec, preset=None, train=replace(spec.train, seed=0, steps=1, learning_rate=1.0))


def _point(report: Report, by_key: Mapping[RunSpec, list[tuple[int, str]]]) -> OwnPoint | None:
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
