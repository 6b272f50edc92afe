"""Evidence of one sweep as frozen data, with its JSON in both directions.

    found = Evidence.from_json(read_json(Path("assets/study/density.json")))
    found.condition("half").score("own", "binding_accuracy").mean.low
    found.to_json()                                   # the content of the file

`study.evidence` computes it from rows. Numbers are means over seeds with a t interval, next to the score of each seed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.codec import decode, encode
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
    estimate: Estimate

    def to_json(self) -> dict[str, object]:
        """Convert to JSON."""
        return {"seed": self.seed, **encode(self.estimate)}

    @classmethod
    def from_json(cls, record: Json) -> "SeedPoint":
        """Invert `to_json`."""
        return cls(seed=record["seed"], estimate=decode(Estimate, record))


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedScores:
    """Scores of all seeds in one metric and form, and their mean with its t interval."""

    points: tuple[SeedPoint, ...]
    mean: Estimate

    def to_json(self) -> dict[str, object]:
        """Convert to JSON."""
        return {"points": [point.to_json() for point in self.points], "mean": encode(self.mean)}

    @classmethod
    def from_json(cls, record: Json) -> "SeedScores":
        """Invert `to_json`."""
        points = tuple(map(SeedPoint.from_json, record["points"]))
        return cls(points=points, mean=decode(Estimate, record["mean"]))


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

    def to_json(self) -> dict[str, object]:
        """Convert to JSON."""
        return {"value": self.value, "low": self.low, "high": self.high, "chance": self.chance}


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Binding in one group of the breakdown, as a mean over seeds."""

    form: str
    group: str
    estimate: Estimate

    def to_json(self) -> dict[str, object]:
        """Convert to JSON."""
        return {"form": self.form, "group": self.group, **encode(self.estimate)}

    @classmethod
    def from_json(cls, record: Json) -> "Group":
        """Invert `to_json`."""
        return cls(form=record["form"], group=record["group"], estimate=decode(Estimate, record))


@dataclass(frozen=True, kw_only=True, slots=True)
class Trend:
    """End of the long runs of a condition, the slope of their last third, and the verdict."""

    word: str
    slope: Estimate
    end: Estimate

    def to_json(self) -> dict[str, object]:
        """Convert to JSON."""
        return {"word": self.word, "slope": encode(self.slope), "end": encode(self.end)}

    @classmethod
    def from_json(cls, record: Json) -> "Trend":
        """Invert `to_json`."""
        slope, end = (decode(Estimate, record[part]) for part in ("slope", "end"))
        return cls(word=record["word"], slope=slope, end=end)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tuning:
    """Pairs until each fine-tuned seed reached `binding`, None if it has not; their mean; scores of the start model."""

    binding: float
    arrivals: tuple[tuple[int, int | None], ...]
    mean: Estimate
    before: Mapping[str, SeedScores]

    def to_json(self) -> dict[str, object]:
        """Convert to JSON."""
        return {
            "binding": self.binding,
            "arrivals": [{"seed": seed, "pairs": pairs} for seed, pairs in self.arrivals],
            "mean": encode(self.mean),
            "before": {metric: scores.to_json() for metric, scores in self.before.items()},
        }

    @classmethod
    def from_json(cls, record: Json) -> "Tuning":
        """Invert `to_json`."""
        return cls(
            binding=record["binding"],
            arrivals=tuple((each["seed"], each["pairs"]) for each in record["arrivals"]),
            mean=decode(Estimate, record["mean"]),
            before={metric: SeedScores.from_json(scores) for metric, scores in record["before"].items()},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedCurve:
    """Binding at the quick evaluations of one seed."""

    seed: int
    steps: tuple[int, ...]
    values: tuple[float, ...]

    def to_json(self) -> dict[str, object]:
        """Convert to JSON."""
        return {"seed": self.seed, "steps": list(self.steps), "values": list(self.values)}

    @classmethod
    def from_json(cls, record: Json) -> "SeedCurve":
        """Invert `to_json`."""
        return cls(seed=record["seed"], steps=tuple(record["steps"]), values=tuple(record["values"]))


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
    trend: Mapping[str, Trend] | None
    tuning: Tuning | None
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

    def to_json(self) -> dict[str, object]:
        """Convert to JSON."""
        plain = {name: getattr(self, name) for name in ("x", "series", "steps", "batch_size", "pairs", "learning_rate")}
        trend = None if self.trend is None else {form: found.to_json() for form, found in self.trend.items()}
        return {
            **plain,
            "label": self.label,
            "spec": dict(self.spec),
            "runs": list(self.runs),
            "forms": {form: {name: e.to_json() for name, e in found.items()} for form, found in self.forms.items()},
            "controls": {c: {form: e.to_json() for form, e in found.items()} for c, found in self.controls.items()},
            "rates": dict(self.rates),
            "distinct_captions": self.distinct_captions,
            "not_tested": self.not_tested,
            "breakdown": [group.to_json() for group in self.breakdown],
            "trend": trend,
            "tuning": None if self.tuning is None else self.tuning.to_json(),
            **({} if self.curves is None else {"curves": _curves_json(self.curves)}),
        }

    @classmethod
    def from_json(cls, record: Json) -> "Condition":
        """Invert `to_json`; a trend, a tuning or curves may be missing."""
        trend, tuning, curves = (record.get(part) for part in ("trend", "tuning", "curves"))
        plain = ("label", "x", "series", "steps", "batch_size", "pairs", "learning_rate", "spec", "rates")
        return cls(
            **{name: record[name] for name in (*plain, "distinct_captions", "not_tested")},
            runs=tuple(record["runs"]),
            forms={
                form: {metric: SeedScores.from_json(each) for metric, each in found.items()}
                for form, found in record["forms"].items()
            },
            controls={
                name: {form: ControlMean(**each) for form, each in found.items()}
                for name, found in record["controls"].items()
            },
            breakdown=tuple(map(Group.from_json, record["breakdown"])),
            trend=None if trend is None else {form: Trend.from_json(found) for form, found in trend.items()},
            tuning=None if tuning is None else Tuning.from_json(tuning),
            curves=None if curves is None else {f: tuple(map(SeedCurve.from_json, e)) for f, e in curves.items()},
        )


def _curves_json(curves: Mapping[str, tuple[SeedCurve, ...]]) -> dict[str, object]:
    return {form: [line.to_json() for line in lines] for form, lines in curves.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two conditions in one form: means, difference, and the verdict on the direction that was stated.

    `start` and `end` are labels of conditions; `of_start` and `of_end` are their means.
    """

    start: str
    end: str
    direction: str
    form: str
    of_start: Estimate
    of_end: Estimate
    difference: Estimate
    word: str
    sentence: str

    def to_json(self) -> dict[str, object]:
        """Convert to JSON."""
        return {
            **{name: getattr(self, name) for name in ("start", "end", "direction", "form")},
            "from": encode(self.of_start),
            "to": encode(self.of_end),
            "difference": encode(self.difference),
            "word": self.word,
            "sentence": self.sentence,
        }

    @classmethod
    def from_json(cls, record: Json) -> "Comparison":
        """Invert `to_json`."""
        return cls(
            **{name: record[name] for name in ("start", "end", "direction", "form", "word", "sentence")},
            of_start=decode(Estimate, record["from"]),
            of_end=decode(Estimate, record["to"]),
            difference=decode(Estimate, record["difference"]),
        )


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


_PLAIN = (
    *("name", "tier", "claim", "paper", "axis", "metric", "preset", "changes", "interval", "seeds"),
    *("edge_rates", "runs", "pairs", "seconds", "versions", "command", "date"),
)
_LISTS = ("beside", "forms", "devices", "recipes")


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
    shared_runs: int
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

    def to_json(self) -> dict[str, object]:
        """Convert to the content of the file."""
        found = {name: getattr(self, name) for name in self.__slots__}
        found |= {name: list(found[name]) for name in _LISTS}
        found |= {name: [each.to_json() for each in found[name]] for name in ("conditions", "contrasts")}
        return found | {"no_points": [_lost_json(each) for each in self.no_points]}

    @classmethod
    def from_json(cls, record: Json) -> "Evidence":
        """Invert `to_json`; raise LookupError, TypeError or ValueError for another shape."""
        return cls(
            **{name: record[name] for name in _PLAIN},
            shared_runs=record.get("shared_runs", 0),
            beside=tuple(record["beside"]),
            forms=tuple(record["forms"]),
            devices=tuple(record["devices"]),
            recipes=tuple(record["recipes"]),
            conditions=tuple(map(Condition.from_json, record["conditions"])),
            contrasts=tuple(map(Comparison.from_json, record["contrasts"])),
            no_points=tuple(LostRun(**each) for each in record["no_points"]),
        )


def _lost_json(lost: LostRun) -> dict[str, object]:
    return {name: getattr(lost, name) for name in lost.__slots__}


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
