"""The frozen files of the evidence as pages read them, and which of a reader's runs belong beside the first edition.

    load_evidence("batch-size")  # Evidence of a sweep of the first edition, None if it was not run
    load_sweep_words("batch-size")  # its question, verdicts and origin in words, as its page says them
    load_claims()  # the outcome of the second edition, None if nothing is frozen
    load_document("naming-cliff")  # what is frozen of a claim, or of a sweep of either edition
    evidence_file("batch-size", "svg")  # its picture, None if there is none
    own_points(evidence, [folder.report(), ...])[0].score("own", "binding_accuracy")  # Estimate, of a user's run

The variable EXPLORER_STUDY names another folder than the shipped one. A file is read once: the returned objects are
shared and must not be changed. `rows` reads the runs behind the files.
"""

import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from explorer.errors import DamagedFileError, UserError
from explorer.evaluation.results import Estimate, Report
from explorer.resources import ASSETS
from explorer.runs.files import cache_by_file_time, read_json
from explorer.spec import RunSpec
from explorer.study.claims import CLAIMS
from explorer.study.sweeps import AFTER_FORM, FIRST_EDITION, SECOND_EDITION, find_sweep

FROZEN_FOLDER = ASSETS / "study"
CLAIMS_FILE = "claims.json"
PAGE_FILE = "line.json"
FileKind = Literal["json", "parquet", "svg"]
FORM_NAMES = {"canonical": "two-object", "own": "training-like", "bundle": "full", "start": "starting-model"}
"""Plain words of the forms of caption whose name says nothing to a reader; each stands before "captions"."""


def form_name(form: str) -> str:
    """Return a form of caption in plain words, before the word "captions"."""
    return FORM_NAMES.get(form, form)


# ---- The first edition


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedPoint(Estimate):
    """Score of one seed, with its interval over scenes."""

    seed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedScores:
    """Scores of all seeds in one metric and form, and their mean with its t interval."""

    points: tuple[SeedPoint, ...]
    mean: Estimate


def _with_count(estimate: Any) -> Any:
    return {"n": int(estimate.get("value") is not None), **estimate} if isinstance(estimate, Mapping) else estimate


ControlMean = Annotated[Estimate, BeforeValidator(_with_count)]
"""Means over runs of a control's value and of the ends of its interval; the files do not say of how many."""


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
class MeasuredCondition:
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
        """Return the scores of a metric in a form; None if it was not measured."""
        return self.forms.get(form, {}).get(metric)

    def control(self, name: str, form: str) -> Estimate | None:
        """Return the mean of a control in a form; None if it was not measured."""
        return self.controls.get(name, {}).get(form)

    def run_spec(self) -> RunSpec:
        """Parse `spec`; raise `UserError` if it has a dial that exists no more."""
        return RunSpec.from_json(self.spec)


@dataclass(frozen=True, kw_only=True, slots=True)
class Contrast:
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
    conditions: tuple[MeasuredCondition, ...]
    contrasts: tuple[Contrast, ...]
    devices: tuple[str, ...]
    recipes: tuple[str, ...]

    def condition(self, label: Any) -> MeasuredCondition | None:
        """Return the condition of that label; None if there is none."""
        return next((each for each in self.conditions if each.label == label), None)


EVIDENCE_ADAPTER = TypeAdapter(Evidence)
"""Reads the JSON of a file."""


# ---- Files

_read_json = cache_by_file_time(64)(read_json)
_read_evidence = cache_by_file_time(64)(lambda path: EVIDENCE_ADAPTER.validate_json(path.read_bytes()))


def evidence_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that EXPLORER_STUDY names, else the shipped one."""
    named = environ.get("EXPLORER_STUDY")
    return Path(named) if named else FROZEN_FOLDER


def evidence_file(name: str, kind: FileKind, folder: Path | None = None) -> Path | None:
    """Return one of a sweep's files, None if there is none; the name is looked up in the table and is never a path."""
    path = (folder or evidence_folder()) / f"{find_sweep(name).name}.{kind}"
    return path if path.is_file() else None


def load_evidence(name: str, folder: Path | None = None) -> Evidence | None:
    """Return the evidence of a sweep, None if there is none; raise `UserError` for an unknown name or a broken file."""
    return _load_sweep(name, _read_evidence, folder)


def _load_sweep(name: str, read: Callable[[str], Any], folder: Path | None) -> Any:
    advice = "its evidence cannot be read; take the file from the repository again"
    return _load(evidence_file(name, "json", folder), read, DamagedFileError("sweep", name, advice))


def load_claims(folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return `claims.json`, None if there is none; raise `UserError` for a broken file."""
    return _load_written("claims", CLAIMS_FILE, folder)


def load_page_numbers(folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return the numbers of the page of the evidence, see `study.page`; None if there are none."""
    return _load_written("line", PAGE_FILE, folder)


def load_sweep_words(name: str) -> Mapping[str, Any]:
    """Return what the page says of a sweep of the first edition; raise `UserError` for another name."""
    by_sweep = _load_written("study", "first-edition.json", FROZEN_FOLDER) or {}
    if name not in by_sweep:
        raise UserError("sweep", name, f"choose {', '.join(by_sweep)}")
    return dict(by_sweep[name])


def _load_written(name: str, file: str, folder: Path | None) -> Mapping[str, Any] | None:
    damaged = DamagedFileError(name, file, "cannot be read; `python -m research write` writes it again")
    document: Mapping[str, Any] | None = _load((folder or evidence_folder()) / file, _read_json, damaged)
    return document


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
    if not isinstance(name, str) or name not in (*FIRST_EDITION, *CLAIMS, *SECOND_EDITION):
        listed = ", ".join(dict.fromkeys([*FIRST_EDITION, *CLAIMS]))
        raise UserError("sweep", name, f"choose {listed}, or another sweep that `sweep --list` names")
    claims = load_claims(folder) or {}
    first = _load_sweep(name, _read_json, folder) if name in FIRST_EDITION else None
    if name in claims.get("claims", {}):
        findings = [finding for finding in claims["findings"] if finding["claim"] == name]
        second = {"name": name, "claim": claims["claims"][name], "findings": findings}
        return second if first is None else {**first, "second_edition": second}
    if first is None and name in claims.get("sweeps", {}):
        covered = next((each for each in claims["coverage"] if each["sweep"] == name), None)
        return {"name": name, **claims["sweeps"][name], "coverage": covered}
    return first


# ---- Runs of a reader


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
        """Return the estimate of a metric in a form; None if it was not measured."""
        return self.forms.get(form, {}).get(metric)


def own_points(evidence: Evidence, reports: Iterable[Report]) -> list[OwnPoint]:
    """Return a point per report of a run that trained and belongs to a condition, in the order of the reports.

    It may differ from the condition in seed, steps, learning rate and the preset's name, and in nothing else, also not
    in the recipe. If several conditions differ only in steps, it belongs to the one with the nearest steps.
    """
    by_key: dict[RunSpec, list[tuple[int, str]]] = {}
    for condition in evidence.conditions:
        by_key.setdefault(_condition_spec(condition.run_spec()), []).append((condition.steps, condition.label))
    points = (_own_point(report, by_key) for report in reports)
    return [point for point in points if point is not None]


def _condition_spec(spec: RunSpec) -> RunSpec:
    return replace(spec, preset=None, train=replace(spec.train, seed=0, steps=1, learning_rate=1.0))


def _own_point(report: Report, by_key: Mapping[RunSpec, list[tuple[int, str]]]) -> OwnPoint | None:
    spec, budget = report.spec, report.budget
    near = by_key.get(_condition_spec(spec)) if spec else None
    if spec is None or near is None or report.failed_to_train or budget is None or budget.steps < 1:
        return None
    forms = dict(report.scores.by_form())
    if report.forgetting is not None:
        forms[AFTER_FORM] = report.forgetting.after
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
