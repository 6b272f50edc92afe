"""The frozen files of the evidence as pages and commands read them.

    load_evidence("batch-size")  # Evidence of a sweep of the first edition, None if it was not run
    load_claims()  # the outcome of the second edition, None if nothing is frozen
    load_dots()      # every training of the fourth edition, see `research.dots`, None if nothing is frozen
    load_chains("loop")  # what repeats the trainings of one of its sweeps
    load_document("naming-cliff")  # what is frozen of a claim, or of a sweep of either edition
    evidence_file("batch-size", "svg")  # its picture, None if there is none

The variable EXPLORER_STUDY names another folder than the shipped one. A file is read once: the returned objects are
shared and must not be changed. `research.rows` reads the runs behind the files.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from explorer.errors import DamagedFileError, UserError
from explorer.evaluation.results import Estimate
from explorer.resources import ASSETS
from explorer.runs.files import cache_by_file_time, read_json
from explorer.spec import RunSpec

FROZEN_FOLDER = ASSETS / "study"
CLAIMS_FILE, FIRST_EDITION_FILE = "claims.json", "first-edition.json"
FILE_NAME = re.compile("[a-z0-9-]{1,60}")
PAGE_FILE, METHODS_FILE = "line.json", "methods.html"
DOTS_FILE, CHAINS_FOLDER, FOURTH_FILE, CELLS_FILE = "dots.json", "chains", "fourth.json", "cells.json"
TORCH_CHAINS = "torch"
"""Name of the file of chains that torch trained, of the editions before the fourth."""
FileKind = Literal["json", "parquet", "svg", "png", "html"]
FREEZE = "python -m research freeze"
"""The command that writes the files of the fourth edition."""
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
    """Return a frozen file of a sweep or of a claim, None if there is none; a name that could be a path has none."""
    path = (folder or evidence_folder()) / f"{name}.{kind}"
    return path if FILE_NAME.fullmatch(name) and path.is_file() else None


def first_edition_sweeps() -> tuple[str, ...]:
    """Return the names of the sweeps of the first edition that have run, in the order of their declaration."""
    return tuple(load_first_edition())


def load_first_edition() -> Mapping[str, Any]:
    """Return what is said of each sweep of the first edition that has run, by its name."""
    return _load_written("study", FIRST_EDITION_FILE, FROZEN_FOLDER) or {}


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
    """Return the numbers of the page of the evidence, see `research.page`; None if there are none."""
    return _load_written("line", PAGE_FILE, folder)


def load_dots(folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return every training of the fourth edition, see `research.dots`; None if there is none."""
    return _load_written("dots", DOTS_FILE, folder, FREEZE)


def load_chains(sweep: str, folder: Path | None = None) -> Mapping[str, Any]:
    """Return what repeats the trainings of a sweep of the fourth edition, or those of torch, see `research.dots`.

    Raises:
        UserError: No training of that sweep is frozen, or its file is broken.
    """
    found = load_dots(folder)
    begun = [*(each["name"] for each in found["sweeps"]), TORCH_CHAINS] if found else []
    if sweep not in begun:
        if not begun:
            raise UserError("sweep", sweep, "nothing of it is frozen here")
        raise UserError("sweep", sweep, "choose {choices}", choices=", ".join(begun))
    chains = _load_written("sweep", f"{CHAINS_FOLDER}/{sweep}.json", folder, FREEZE)
    if chains is None:
        raise UserError("sweep", sweep, "its evidence cannot be read; take the file from the repository again")
    return chains


def load_fourth(folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return what the page says of the fourth edition, see `research.fourth_page`; None if nothing is frozen."""
    return _load_written("fourth", FOURTH_FILE, folder, FREEZE)


def load_cell_document(folder: Path | None = None) -> Sequence[Mapping[str, Any]] | None:
    """Return the measured cells as their file has them, see `explorer.study.cells`; None if nothing is frozen."""
    written = _load_written("cells", CELLS_FILE, folder)
    return None if written is None else written["cells"]


def _load_written(
    name: str, file: str, folder: Path | None, command: str = "python -m research write"
) -> Mapping[str, Any] | None:
    damaged = DamagedFileError(name, file, "cannot be read; `{command}` writes it again", command=command)
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
    claims, first_edition = load_claims(folder) or {}, first_edition_sweeps()
    declared = [each["sweep"] for each in claims.get("coverage", ())]
    if name not in (*first_edition, *claims.get("claims", ()), *declared):
        listed = ", ".join(dict.fromkeys([*first_edition, *claims.get("claims", ()), *declared]))
        raise UserError("sweep", name, "choose {choices}", choices=listed)
    first = _load_sweep(name, _read_json, folder) if name in first_edition else None
    if name in claims.get("claims", {}):
        findings = [finding for finding in claims["findings"] if finding["claim"] == name]
        second = {"name": name, "claim": claims["claims"][name], "findings": findings}
        return second if first is None else {**first, "second_edition": second}
    if first is None and name in claims.get("sweeps", {}):
        covered = next((each for each in claims["coverage"] if each["sweep"] == name), None)
        return {"name": name, **claims["sweeps"][name], "coverage": covered}
    return first
