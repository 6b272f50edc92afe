"""Results of measurements as frozen data, whose JSON `explorer.codec` makes; reading them needs no model and no torch.

    >>> encode(Estimate(value=0.8, n=10, low=0.49, high=0.943, chance=0.5))
    {'value': 0.8, 'n': 10, 'low': 0.49, 'high': 0.943, 'chance': 0.5}

    report = read_report(files.read_json(folder / "report.json"))
    report.scores.of("own")["binding_accuracy"].low
    encode(report)                                       # the content of `report.json`

A run binds at the first of several consecutive evaluations with a lower Wilson bound above a level; how many and which
level stands in `CONTRACT.binding`. For a run that has ended, the evaluations left at its end suffice, even a single
last one. A run without such a step is censored at its budget: it may bind later.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, PlainSerializer, PlainValidator

from explorer.codec import decode, encode, inline_fields
from explorer.contract import CONTRACT
from explorer.errors import DamagedFileError, UserError
from explorer.evaluation_scenes import EvaluationScenes
from explorer.sentences import Sentence
from explorer.spec import DataSpec, RunSpec

CHANCE = 0.5
"""Chance of a choice between two, as in binding accuracy."""


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
    def of_nothing(cls, chance: float | None = None) -> "Estimate":
        """Return the estimate of nothing: no value and no interval."""
        return cls(value=None, n=0, low=None, high=None, chance=chance)

    @property
    def is_off_chance(self) -> bool:
        """True if the interval excludes chance; like the others, False without an interval or a chance."""
        return self.is_above_chance or self.is_below_chance

    @property
    def is_above_chance(self) -> bool:
        return self.low is not None and self.chance is not None and self.low > self.chance

    @property
    def is_below_chance(self) -> bool:
        return self.high is not None and self.chance is not None and self.high < self.chance


def highest_first(value: float | None) -> float:
    """Return the sort key of a figure, which puts the highest first and one that was not measured last."""
    return math.inf if value is None else -value


ESTIMATE_PARTS = tuple(each.name for each in fields(Estimate))


@dataclass(frozen=True, kw_only=True, slots=True)
class DefinedEstimate(Estimate):
    """An estimate with the sentence that defines it."""

    definition: str


DefinedEstimates = Mapping[str, DefinedEstimate]


def add_definitions(estimates: Mapping[str, Estimate], definitions: Mapping[str, str]) -> DefinedEstimates:
    return {name: DefinedEstimate(**asdict(each), definition=definitions[name]) for name, each in estimates.items()}


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


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Part of the items of a form: those of `group` when they are split `by` a property."""

    form: str
    by: str
    group: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakdownRow(Estimate, Slice):
    """One line of the breakdown, for example form "own", by "kind", group "color"."""


Metrics = Mapping[str, Estimate]
"""Estimates by metric, in one form of captions."""
OTHER_FORMS = ("own", "complete", "bundle")
"""Forms next to the canonical one."""
EVERY_FORM = ("canonical", *OTHER_FORMS)
FollowedForm = Literal["canonical", "own"]
"""A form that is evaluated and kept while a run trains, so that a time is known in it.

The canonical question is the same for all runs, the own one is in captions like those that a model read.
"""
FOLLOWED_FORMS = get_args(FollowedForm)
FollowedMetric = Literal["binding_accuracy", "recognition_accuracy"]
FOLLOWED_METRICS = get_args(FollowedMetric)
"""Metrics that are evaluated while a run trains; both are shares."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """Everything that `report.evaluate` measures of a model.

    `forms` holds own, complete and bundle, None for a form that was not evaluated; `controls` has
    {control: {form: estimate}}.
    """

    canonical: Annotated[Metrics, Field(alias="metrics")] = field(default_factory=dict)
    forms: Mapping[str, Metrics | None] = field(default_factory=dict)
    breakdown: tuple[BreakdownRow, ...] = ()
    controls: Mapping[str, Metrics] = field(default_factory=dict)

    def of(self, form: str) -> Metrics:
        """Return the metrics of a form, empty if it was not evaluated."""
        return self.canonical if form == "canonical" else self.forms.get(form) or {}

    def by_form(self) -> list[tuple[str, Metrics]]:
        """Return each form with its metrics, the canonical one first."""
        return [(form, self.of(form)) for form in ("canonical", *self.forms)]


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingBudget:
    """Steps, pairs and seconds of a training with its evaluations."""

    steps: int
    pairs: int
    seconds: float


SpecJson = Annotated[RunSpec, PlainValidator(RunSpec.from_json), PlainSerializer(RunSpec.to_json)]
DataJson = Annotated[
    DataSpec, PlainValidator(lambda record: RunSpec.from_json({"data": record}).data), PlainSerializer(encode)
]


@dataclass(frozen=True, kw_only=True, slots=True)
class StartScores:
    """Scores of a fine-tuned run in the own captions of its start model, before and after the training."""

    data: DataJson
    before: Metrics
    after: Metrics


@inline_fields("scores")
@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Report of a run, whose fields are the keys of `report.json` in their order.

    Attributes:
        protocol: Version of what trained it, in JSON `recipe`.
        folder: Path on the computer that trained it, like `model`.
        failed_to_train: None if nothing is known of the training.
        run_status: Status of the run of an evaluated model, if it is a run.
    """

    status: str = ""
    protocol: Annotated[str | int | None, Field(alias="recipe")] = None
    run: str | None = None
    folder: str | None = None
    model: str | None = None
    spec: SpecJson | None = None
    scores: Scores = Scores()
    forgetting: StartScores | None = None
    evaluation: EvaluationScenes | None = None
    start_digest: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    failed_to_train: bool | None = None
    budget: Annotated[TrainingBudget | None, PlainSerializer(lambda budget: encode(budget) or {})] = None
    device: str | None = None
    versions: Mapping[str, str] | None = None
    run_status: Annotated[str | None, Field(exclude=True)] = None


def read_report(document: Any, *, name: str = "report") -> Report:
    """Parse a report or a model card; what is null or empty in it counts as missing.

    Raises:
        DamagedFileError: the document, which the sentence calls `name`, has another shape.
    """
    if isinstance(document, Mapping):
        document = {key: value for key, value in document.items() if value not in (None, {}, [])}
    try:
        return decode(Report, document)
    except UserError as error:
        raise DamagedFileError(
            "report", name, "is not a report of a run ({problem})", longest=80, problem=error
        ) from None


@inline_fields("scores")
@dataclass(frozen=True, kw_only=True, slots=True)
class ModelReport:
    """Report of any MODEL that was evaluated on fresh scenes; it has the keys of a run's report too.

    `spec`, `run`, `run_status` and `failed_to_train` are those of its training, None for a model of another origin.
    `data` are the dials of the evaluated forms, None if only the canonical form was evaluated.
    """

    status: str = "evaluated"
    run: str | None
    run_status: str | None
    folder: None = None
    model: str
    spec: SpecJson | None
    data: DataJson | None
    scores: Scores
    rates: Mapping[str, float] = field(default_factory=dict)
    failed_to_train: bool | None
    budget: Mapping[str, float] = field(default_factory=dict)
    seconds: float
    seed: int
    preprocessing: Mapping[str, Any]
    device: str
    versions: Mapping[str, str]


def same_forms(scores: Scores) -> dict[str, str]:
    """Return each form with the scenes and captions of an earlier one, by their equal numbers, with that one's name.

    So it is if a run's own captions name both of two objects with the first kind; canonical has more metrics. A report
    may not know its data; where they are known, `inspection.forms_with_same_captions` compares the captions themselves.

    >>> asked = {"binding_accuracy": Estimate(value=0.9, n=1000, low=0.88, high=0.92, chance=0.5)}
    >>> same_forms(Scores(canonical=asked | {"probe_accuracy": Estimate.of_nothing()}, forms={"own": asked}))
    {'own': 'canonical'}
    """
    earlier: dict[str, Metrics] = {}
    same: dict[str, str] = {}
    for form, metrics in scores.by_form():
        twin = next((name for name, before in earlier.items() if metrics and metrics.items() <= before.items()), None)
        if twin:
            same[form] = twin
        earlier[form] = metrics
    return same


def same_form_sentence(form: str) -> str:
    return Sentence("form.same", "the same captions as {form}", form=form)


def binding_step(
    bounds: Sequence[tuple[int, float]], *, has_ended: bool, level: float = CONTRACT.binding.level
) -> int | None:
    """Return the step at which a run binds, None if it has not.

    `bounds`: (step, lower end of the 95 % interval of binding accuracy) of each evaluation, the steps rising.
    """
    in_a_row = CONTRACT.binding.in_a_row
    runs = (bounds[first : first + in_a_row] for first in range(len(bounds)))
    whole = (run for run in runs if has_ended or len(run) == in_a_row)
    return next((run[0][0] for run in whole if all(low > level for _, low in run)), None)


def is_above_level(share: float | None) -> bool:
    """Return whether the lower bound of an evaluation, or a score without one, lies above the level of binding.

    For the last evaluation this says that a training is bound at the end; for any other one it says less than *bound*.
    """
    return share is not None and share > CONTRACT.binding.level


def lower_bounds(evaluations: Mapping[int, Mapping[str, Metrics]], form: str) -> list[tuple[int, float]]:
    """Return (step, lower bound of binding) of the evaluations in `form`, by step and form; see `binding_step`.

    That before the first step does not count.
    """
    by_step = ((step, forms.get(form, {}).get("binding_accuracy")) for step, forms in evaluations.items() if step)
    return [(step, each.low) for step, each in by_step if each is not None and each.low is not None]
