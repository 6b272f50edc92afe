"""Reports of runs and of evaluated models as frozen data, with their JSON in both directions.

    report = Report.from_json(read_json(folder / "report.json"))
    report.scores.of("own")["binding_accuracy"].low
    report.to_json()                                     # the content of `report.json`

Reading needs no model and no torch. Parts that a file lacks, as older runs and model cards do, are empty or None.

    binding_step([(10, 0.52), (20, 0.78), (30, 0.8), (40, 0.9)], has_ended=False)      # 20

A run binds at the first of `IN_A_ROW` consecutive evaluations with a lower Wilson bound above `BINDING_LEVEL`. For a
run that has ended, the evaluations left at its end suffice, even a single last one. A run without such a step is
censored at its budget: it may bind later.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from explorer.errors import DamagedFileError
from explorer.evaluation.results import Estimate, Row
from explorer.spec.dials import DataSpec
from explorer.spec.run_spec import EvaluationScenes, RunSpec, data_dict

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
