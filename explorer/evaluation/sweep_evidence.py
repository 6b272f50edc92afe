"""Evidence of one sweep of the first edition as frozen data.

    found = EVIDENCE.validate_json(Path("assets/study/density.json").read_bytes())
    found.condition("half").score("own", "binding_accuracy").mean.low

Numbers are means over seeds with a t interval, next to the score of each seed. The files are data: nothing makes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from explorer.evaluation.results import Estimate
from explorer.spec import RunSpec

Json = Mapping[str, Any]
FORM_NAMES = {
    "canonical": "two-object", "own": "training-like", "bundle": "full", "start": "starting-model"
}  # fmt: skip
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

    @property
    def estimate(self) -> Estimate:
        """Return the score alone."""
        return Estimate(value=self.value, n=self.n, low=self.low, high=self.high, chance=self.chance)


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
        """Return True if the mean interval excludes chance."""
        if self.low is None or self.high is None or self.chance is None:
            return False
        return not self.low <= self.chance <= self.high

    @property
    def is_above_chance(self) -> bool:
        """Return True if the mean interval lies above chance."""
        return self.low is not None and self.chance is not None and self.low > self.chance


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Binding in one group of the breakdown, as a mean over seeds."""

    form: str
    group: str
    value: float | None
    n: int
    low: float | None
    high: float | None
    chance: float | None

    @property
    def estimate(self) -> Estimate:
        """Return the mean alone."""
        return Estimate(value=self.value, n=self.n, low=self.low, high=self.high, chance=self.chance)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trend:
    """End of the long runs of a condition, the slope of their last third, and the verdict."""

    word: str
    slope: Estimate
    end: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """Pairs until a fine-tuned seed reached the binding asked for, None if it has not."""

    seed: int
    pairs: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Tuning:
    """Pairs until each fine-tuned seed reached `binding`; their mean; scores of the start model."""

    binding: float
    arrivals: tuple[Arrival, ...]
    mean: Estimate
    before: Mapping[str, SeedScores]


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedCurve:
    """Binding at the quick evaluations of one seed."""

    seed: int
    steps: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One condition of a sweep: its dose `x`, its cost, and the scores of its seeds by form and metric.

    `spec` is the JSON of a `RunSpec`, as it was when the sweep ran. `trend`, `tuning` and `curves` are None in sweeps
    that do not read them.
    """

    label: str
    x: str
    series: str
    steps: int
    batch_size: int
    pairs: int
    learning_rate: float
    spec: Json
    runs: tuple[str, ...]
    forms: Mapping[str, Mapping[str, SeedScores]]
    controls: Mapping[str, Mapping[str, ControlMean]]
    rates: Mapping[str, float | None]
    distinct_captions: float | None
    not_tested: str | None
    breakdown: tuple[Group, ...]
    trend: Mapping[str, Trend] | None = None
    tuning: Tuning | None = None
    curves: Mapping[str, tuple[SeedCurve, ...]] | None = None

    def score(self, form: str, metric: str) -> SeedScores | None:
        """Return the scores in a form and metric, None if they were not measured."""
        return self.forms.get(form, {}).get(metric)

    def control(self, name: str, form: str) -> ControlMean | None:
        """Return a control in a form, None if it was not measured."""
        return self.controls.get(name, {}).get(form)

    def run_spec(self) -> RunSpec:
        """Parse `spec`; raise `UserError` if it has a dial that exists no more."""
        return RunSpec.from_dict(self.spec)


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two conditions in one form: means, difference, and the verdict on the direction that was stated.

    `start` and `end` are labels of conditions; `of_start` and `of_end` are their means.
    """

    start: str
    end: str
    direction: str
    form: str
    of_start: Annotated[Estimate, Field(alias="from")]
    of_end: Annotated[Estimate, Field(alias="to")]
    difference: Estimate
    word: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LostRun:
    """A run that is not a data point, with its reason."""

    condition: str
    stage: str
    seed: int
    learning_rate: float
    run: str
    status: str
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Evidence of a sweep: its claim, its conditions and comparisons, its cost and its origin."""

    name: str
    tier: int
    claim: str
    paper: str
    axis: str
    metric: str
    preset: str
    beside: tuple[str, ...]
    forms: tuple[str, ...]
    changes: Json
    interval: str
    seeds: int
    conditions: tuple[Condition, ...]
    contrasts: tuple[Comparison, ...]
    no_points: tuple[LostRun, ...]
    edge_rates: int
    runs: int
    shared_runs: int = 0
    pairs: int
    seconds: int
    devices: tuple[str, ...]
    recipes: tuple[str, ...]
    versions: Mapping[str, str] | None
    command: str
    date: str

    def condition(self, label: Any) -> Condition | None:
        """Return the condition of that label, None if there is none."""
        return next((each for each in self.conditions if each.label == label), None)


EVIDENCE = TypeAdapter(Evidence)
"""Reads and writes the JSON of a file."""


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
        """Return its score in a form and metric, None if it was not measured."""
        return self.forms.get(form, {}).get(metric)
