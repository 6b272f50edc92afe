"""Result types of measurements, and their dictionaries in `report.json`.

An `Estimate` is one figure with its number of items, its 95 % interval and its chance; a `Row` is an Estimate of one
group of one breakdown. Both are plain values, as is the `Environment` that accompanies them: reading a report needs no
model and no torch.

    >>> Estimate(value=0.8, n=10, low=0.49, high=0.943, chance=0.5).to_json()
    {'value': 0.8, 'n': 10, 'low': 0.49, 'high': 0.943, 'chance': 0.5}

Reports of runs and of evaluated models as frozen data, with their JSON in both directions.

    report = Report.from_json(read_json(folder / "report.json"))
    report.scores.of("own")["binding_accuracy"].low
    report.to_json()                                     # the content of `report.json`

Reading needs no model and no torch. Parts that a file lacks, as older runs and model cards do, are empty or None.

    binding_step([(10, 0.52), (20, 0.78), (30, 0.8), (40, 0.9)], has_ended=False)      # 20

A run binds at the first of `IN_A_ROW` consecutive evaluations with a lower Wilson bound above `BINDING_LEVEL`. For a
run that has ended, the evaluations left at its end suffice, even a single last one. A run without such a step is
censored at its budget: it may bind later.

Cosines of the pictures of the binding pairs (see `binding_pairs`) with two captions each, at one step of a model.

    answers = PairAnswers(asked="0f3c...", step=40, logit_scale=14.3, cosines=((0.71, 0.24), (0.70, 0.26), ...))
    PairAnswers.from_dict(json.loads(line))        # UserError if it is invalid

    append(path, answers)                          # one line of a file that only grows
    read(path, asked="0f3c...")                    # all answers, the steps rising
    drop_after(path, step=20)                      # a resumed run asks the later steps again

Picture 2k is A of pair k and picture 2k + 1 is B, its twin; the first cosine is that with the picture's own caption,
the second that with the caption of its twin.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from explorer.errors import DamagedFileError, UserError
from explorer.spec import DataSpec, EvaluationScenes, RunSpec, data_dict
from explorer.wording import hundredths as hundredths

PARTS = ("value", "n", "low", "high", "chance")
CHANCE = 0.5
"""Of a choice between two, as in binding accuracy."""


class EstimateDict(TypedDict):
    """An Estimate in `report.json`."""

    value: float | None
    n: int
    low: float | None
    high: float | None
    chance: float | None


class DefinedDict(EstimateDict):
    """A DefinedEstimate in a document."""

    definition: str


class RowDict(EstimateDict):
    """A Row in `report.json`."""

    form: str
    by: str
    group: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A figure measured on n items, with its 95 % interval [low, high] and its chance; fractions, not percent.

    value is None exactly if n is 0: nothing could be measured. low and high are None then, and if a single item leaves
    the spread unknown. chance is None if the metric has none.
    Raises ValueError if these disagree or a number is not finite (JSON has no NaN).
    """

    value: float | None
    n: int
    low: float | None
    high: float | None
    chance: float | None

    def __post_init__(self) -> None:
        if self.n < 0 or (self.value is None) != (self.n == 0):
            raise ValueError(f"An estimate has a value exactly when it has items: value {self.value}, n {self.n}.")
        if (self.low is None) != (self.high is None) or (self.value is None and self.low is not None):
            raise ValueError(f"An interval has two ends and a value: {self.low}, {self.value}, {self.high}.")
        if not all(math.isfinite(x) for x in (self.value, self.low, self.high, self.chance) if x is not None):
            raise ValueError(f"An estimate needs finite numbers: {self.value}, {self.low}, {self.high}, {self.chance}.")

    @classmethod
    def unmeasured(cls, chance: float | None = None) -> "Estimate":
        """Return the estimate of no items."""
        return cls(value=None, n=0, low=None, high=None, chance=chance)

    def to_json(self) -> EstimateDict:
        """Return {"value", "n", "low", "high", "chance"}, ready for JSON."""
        return {"value": self.value, "n": self.n, "low": self.low, "high": self.high, "chance": self.chance}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Estimate":
        """Invert `to_json`; further keys are ignored."""
        return cls(**{part: record[part] for part in PARTS})

    @property
    def is_off_chance(self) -> bool:
        """Return True if the interval excludes chance; False without an interval or a chance."""
        return (
            self.low is not None
            and self.high is not None
            and self.chance is not None
            and (not self.low <= self.chance <= self.high)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class DefinedEstimate:
    """An estimate with the sentence that defines it."""

    estimate: Estimate
    definition: str

    def to_json(self) -> DefinedDict:
        """Return {"value", "n", "low", "high", "chance", "definition"}, ready for JSON."""
        return {**self.estimate.to_json(), "definition": self.definition}


Defined = Mapping[str, DefinedEstimate]
"""Estimates by name, with their definitions."""


def with_definitions(found: Mapping[str, Estimate], definitions: Mapping[str, str]) -> Defined:
    """Add to each estimate the definition of its name."""
    return {name: DefinedEstimate(estimate=estimate, definition=definitions[name]) for name, estimate in found.items()}


def defined_json(found: Defined) -> dict[str, DefinedDict]:
    """Convert estimates by name with their definitions to JSON."""
    return {name: each.to_json() for name, each in found.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """Place of a set of captions on the axis of a property, with its interval and the name of the set."""

    label: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """Device and versions of packages with which numbers were computed."""

    device: str
    versions: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return {"device", "versions"}, ready for JSON."""
        return {"device": self.device, "versions": dict(self.versions)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Environment":
        """Invert `to_json`; further keys are ignored."""
        return cls(device=record["device"], versions=record["versions"])


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the breakdown: in the captions of `form`, the items of `group` when split `by` a property.

    For example form "own", by "kind", group "color".
    """

    form: str
    by: str
    group: str
    estimate: Estimate

    def to_json(self) -> RowDict:
        """Return the flat {"form", "by", "group", "value", "n", "low", "high", "chance"}, ready for JSON."""
        return {"form": self.form, "by": self.by, "group": self.group, **self.estimate.to_json()}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Row":
        """Invert `to_json`."""
        places = {part: str(record[part]) for part in ("form", "by", "group")}
        return cls(**places, estimate=Estimate.from_json(record))


Json = Mapping[str, Any]
Metrics = Mapping[str, Estimate]
"""Estimates by metric, in one form of captions."""
OTHER_FORMS = ("own", "complete", "bundle")
"""Forms next to the canonical one."""
EVERY_FORM = ("canonical", *OTHER_FORMS)
FOLLOWED_FORMS = ("canonical", "own")
"""Forms that are evaluated and kept while a run trains."""
_OTHER_SHAPE = (LookupError, TypeError, AttributeError, ValueError)
BINDING_LEVEL = 0.75
"""Level of binding accuracy, half of what there is above chance: a model that binds one object of two stays below."""
IN_A_ROW = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """Everything that `report.evaluate` measures of a model.

    `forms` holds own, complete and bundle, None for a form that was not evaluated; `controls` has
    {control: {form: estimate}}.
    """

    canonical: Metrics = field(default_factory=dict)
    forms: Mapping[str, Metrics | None] = field(default_factory=dict)
    breakdown: tuple[Row, ...] = ()
    controls: Mapping[str, Metrics] = field(default_factory=dict)

    def of(self, form: str) -> Metrics:
        """Return the metrics of a form, empty if it was not evaluated."""
        return self.canonical if form == "canonical" else self.forms.get(form) or {}

    def by_form(self) -> Iterator[tuple[str, Metrics]]:
        """Yield each form with its metrics, the canonical one first."""
        yield "canonical", self.canonical
        yield from ((form, self.of(form)) for form in self.forms)

    def to_json(self) -> dict[str, Any]:
        """Convert to the keys "metrics", "forms", "breakdown" and "controls" of a report."""
        return {
            "metrics": metrics_json(self.canonical),
            "forms": {form: None if found is None else metrics_json(found) for form, found in self.forms.items()},
            "breakdown": [row.to_json() for row in self.breakdown],
            "controls": {name: metrics_json(by_form) for name, by_form in self.controls.items()},
        }

    @classmethod
    def from_json(cls, record: Json) -> "Scores":
        """Parse the same keys of a report or a model card."""
        forms: Mapping[str, Json | None] = record.get("forms") or {}
        controls: Mapping[str, Json] = record.get("controls") or {}
        return cls(
            canonical=metrics_of(record.get("metrics") or {}),
            forms={form: None if found is None else metrics_of(found) for form, found in forms.items()},
            breakdown=tuple(map(Row.from_json, record.get("breakdown") or ())),
            controls={name: metrics_of(by_form) for name, by_form in controls.items()},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """Steps, pairs and seconds of a training with its evaluations."""

    steps: int
    pairs: int
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class StartScores:
    """Scores of a fine-tuned run in the own captions of its start model, before and after the training."""

    data: DataSpec
    before: Metrics
    after: Metrics

    def to_json(self) -> dict[str, Any]:
        """Convert to the key "forgetting" of a report."""
        scores = {"before": metrics_json(self.before), "after": metrics_json(self.after)}
        return {"data": data_dict(self.data), **scores}

    @classmethod
    def from_json(cls, record: Json) -> "StartScores":
        """Invert `to_json`."""
        data = RunSpec.from_dict({"data": record["data"]}).data
        return cls(data=data, before=metrics_of(record["before"]), after=metrics_of(record["after"]))


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Report of a run.

    `folder` and `model` are paths on the computer that trained it. `run_status` is set in the report of an evaluated
    model whose run has a status. `failed_to_train` is None if nothing is known of the training.
    """

    status: str = ""
    scores: Scores = Scores()
    spec: RunSpec | None = None
    run: str | None = None
    folder: str | None = None
    model: str | None = None
    recipe: str | None = None
    forgetting: StartScores | None = None
    evaluation: EvaluationScenes | None = None
    start_digest: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    failed_to_train: bool | None = None
    budget: Budget | None = None
    device: str | None = None
    versions: Mapping[str, str] | None = None
    run_status: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Convert to the content of `report.json`."""
        return {
            "status": self.status,
            "recipe": self.recipe,
            "run": self.run,
            "folder": self.folder,
            "model": self.model,
            "spec": None if self.spec is None else self.spec.as_dict(),
            **self.scores.to_json(),
            "forgetting": None if self.forgetting is None else self.forgetting.to_json(),
            "evaluation": None if self.evaluation is None else asdict(self.evaluation),
            "start_digest": self.start_digest,
            "rates": dict(self.rates),
            "failed_to_train": self.failed_to_train,
            "budget": {} if self.budget is None else asdict(self.budget),
            "device": self.device,
            "versions": None if self.versions is None else dict(self.versions),
        }

    @classmethod
    def from_json(cls, record: Json, *, name: str = "report") -> "Report":
        """Parse a report or a model card; raise `DamagedFileError`, which calls it `name`, for another shape."""
        try:
            return _report(record)
        except _OTHER_SHAPE as error:
            reason = " ".join(str(error).split())[:120]
            raise DamagedFileError("report", name, f"is not a report of a run ({reason})", longest=80) from None


def _report(record: Json) -> Report:
    start, scenes, budget = (record.get(part) for part in ("forgetting", "evaluation", "budget"))
    plain = ("run", "folder", "model", "recipe", "start_digest", "failed_to_train", "device", "versions", "run_status")
    return Report(
        status=str(record.get("status") or ""),
        scores=Scores.from_json(record),
        spec=RunSpec.from_dict(record["spec"]) if record.get("spec") else None,
        forgetting=StartScores.from_json(start) if start else None,
        evaluation=EvaluationScenes(**scenes) if scenes else None,
        rates=dict(record.get("rates") or {}),
        budget=Budget(**{part: budget[part] for part in ("steps", "pairs", "seconds")}) if budget else None,
        **{name: record.get(name) for name in plain},
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelReport:
    """Report of any MODEL that was evaluated on fresh scenes.

    `spec`, `run`, `run_status` and `failed_to_train` are those of its training, None for a model of another origin.
    `data` are the dials of the evaluated forms, None if only the canonical form was evaluated.
    """

    model: str
    scores: Scores
    spec: RunSpec | None
    run: str | None
    run_status: str | None
    failed_to_train: bool | None
    data: DataSpec | None
    seconds: float
    seed: int
    preprocessing: Json
    device: str
    versions: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Convert to the document of the command `evaluate`."""
        return {
            "status": "evaluated",
            "run": self.run,
            "run_status": self.run_status,
            "folder": None,
            "model": self.model,
            "spec": None if self.spec is None else self.spec.as_dict(),
            "data": None if self.data is None else data_dict(self.data),
            **self.scores.to_json(),
            "rates": {},
            "failed_to_train": self.failed_to_train,
            "budget": {},
            "seconds": self.seconds,
            "seed": self.seed,
            "preprocessing": dict(self.preprocessing),
            "device": self.device,
            "versions": dict(self.versions),
        }


def metrics_json(found: Metrics) -> dict[str, Any]:
    """Convert estimates by name to JSON."""
    return {name: estimate.to_json() for name, estimate in found.items()}


def metrics_of(record: Json) -> dict[str, Estimate]:
    """Invert `metrics_json`."""
    return {name: Estimate.from_json(each) for name, each in record.items()}


def same_forms(scores: Scores) -> dict[str, str]:
    """Return each form with the scenes and captions of an earlier one, by their equal numbers, with that one's name.

    >>> binding = Estimate(value=0.9, n=1000, low=0.88, high=0.92, chance=0.5)
    >>> asked = {"binding_accuracy": binding}
    >>> same_forms(Scores(canonical=asked | {"probe_accuracy": binding}, forms={"own": asked}))
    {'own': 'canonical'}

    This occurs if a run's own captions name both of two objects with only the first kind. Canonical, which has more
    metrics, comes first.
    """
    earlier: dict[str, Metrics] = {}
    same: dict[str, str] = {}
    for form, metrics in scores.by_form():
        twin = next((name for name, before in earlier.items() if metrics and metrics.items() <= before.items()), None)
        if twin:
            same[form] = twin
        earlier[form] = metrics
    return same


def same_words(form: str) -> str:
    """Return the text in place of the numbers."""
    return f"the same captions as {form}"


def binding_step(
    lower_bounds: Sequence[tuple[int, float]], *, has_ended: bool, level: float = BINDING_LEVEL
) -> int | None:
    """Return the step at which a run binds, None if it has not.

    `lower_bounds`: (step, lower end of the 95 % interval of binding accuracy) of each evaluation, the steps rising.
    """
    for first, (step, _) in enumerate(lower_bounds):
        run = lower_bounds[first : first + IN_A_ROW]
        is_whole = len(run) == IN_A_ROW or has_ended
        if is_whole and all(low > level for _, low in run):
            return step
    return None


def lower_bounds(records: Iterable[Mapping[str, Any]], form: str) -> list[tuple[int, float]]:
    """Return (step, lower bound) of the records of a run that were evaluated in `form`; see `binding_step`."""
    found = []
    for record in records:
        estimate = record.get("evaluation", {}).get(form, {}).get("binding_accuracy")
        if estimate is not None and estimate["low"] is not None:
            found.append((int(record["step"]), float(estimate["low"])))
    return found


MOST_PICTURES = 200
_DIGITS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class PairAnswers:
    """The answers of a model after `step` steps; `asked` is the digest of the question, `logit_scale` multiplies."""

    asked: str
    step: int
    logit_scale: float
    cosines: tuple[tuple[float, float], ...]

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON."""
        cosines = [[round(own, _DIGITS), round(other, _DIGITS)] for own, other in self.cosines]
        return {"asked": self.asked, "step": self.step, "logit_scale": round(self.logit_scale, 4), "cosines": cosines}

    @property
    def is_finite(self) -> bool:
        """True if all numbers are finite, which a diverged training need not give."""
        return math.isfinite(self.logit_scale) and all(math.isfinite(value) for row in self.cosines for value in row)

    @classmethod
    def from_dict(cls, record: Any) -> "PairAnswers":
        """Invert `as_dict` for an untrusted file."""
        if not isinstance(record, Mapping):
            raise UserError("answers", record, "give an object with asked, step, logit_scale and cosines")
        asked, step, scale = (record.get(name) for name in ("asked", "step", "logit_scale"))
        if not isinstance(asked, str) or not 0 < len(asked) <= 64:
            raise UserError("asked", asked, "give the digest of the pairs")
        if type(step) is not int or not 0 <= step < 2**31:
            raise UserError("step", step, "give a whole number from 0")
        if not isinstance(scale, int | float) or not _is_number(scale) or not 0 < scale < 1e6:
            raise UserError("logit_scale", scale, "give a number above 0")
        return cls(asked=asked, step=step, logit_scale=float(scale), cosines=_cosines(record.get("cosines")))


def _cosines(rows: Any) -> tuple[tuple[float, float], ...]:
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_PICTURES or len(rows) % 2:
        raise UserError("cosines", rows, "give two rows of two numbers for each pair")
    for row in rows:
        if not isinstance(row, list) or len(row) != 2 or not all(map(_is_cosine, row)):
            raise UserError("cosines", row, "give two numbers from -1 to 1 for each picture")
    return tuple((float(own), float(other)) for own, other in rows)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_cosine(value: Any) -> bool:
    return _is_number(value) and abs(value) <= 1.001


def append(path: Path, answers: PairAnswers) -> None:
    """Add one line to the file, on a new line after a torn one."""
    line = json.dumps(answers.as_dict(), allow_nan=False) + "\n"
    torn = path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size > 0
    with path.open("ab") as file:
        file.write(b"\n" * torn + line.encode())


def read(path: Path, *, asked: str | None = None) -> tuple[PairAnswers, ...]:
    """Read the answers of the file, the steps rising; only those to the question `asked` if one is given.

    Torn or damaged lines are left out, and of repeated answers the last one counts.
    """
    found: dict[int, PairAnswers] = {}
    for line in path.read_bytes().split(b"\n") if path.exists() else ():
        try:
            answers = PairAnswers.from_dict(json.loads(line))
        except (ValueError, OverflowError, RecursionError):
            continue
        if asked in (None, answers.asked):
            found[answers.step] = answers
    return tuple(found[step] for step in sorted(found))


def drop_after(path: Path, step: int) -> None:
    """Remove the answers after `step` steps."""
    if not path.exists():
        return
    write(path, (answers for answers in read(path) if answers.step <= step))


def write(path: Path, answers: Iterable[PairAnswers]) -> None:
    """Replace the file atomically."""
    beside = path.with_name(f".{path.name}")
    beside.write_text("".join(json.dumps(each.as_dict(), allow_nan=False) + "\n" for each in answers))
    beside.replace(path)
