"""The numbers of a sweep of the first edition, as its file has them: conditions, scores of seeds, and contrasts.

evidence = EVIDENCE_ADAPTER.validate_json(path.read_bytes())
evidence.condition("2 objects: 0.5").score("own", "binding_accuracy").mean
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter

from explorer.evaluation.results import Estimate
from explorer.spec import RunSpec


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
class SeedCurve:
    """Binding at the quick evaluations of one seed."""

    seed: int
    steps: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredCondition:
    """One condition of a sweep: its dose `x`, its cost, and the scores of its seeds by form and metric.

    `spec` is the JSON of a `RunSpec`, as it was when the sweep ran. `curves` is None in sweeps that do not read them.
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
    protocols: Annotated[tuple[str, ...], Field(alias="recipes")]

    def condition(self, label: Any) -> MeasuredCondition | None:
        """Return the condition of that label; None if there is none."""
        return next((each for each in self.conditions if each.label == label), None)


EVIDENCE_ADAPTER = TypeAdapter(Evidence)
"""Reads the JSON of a file."""
