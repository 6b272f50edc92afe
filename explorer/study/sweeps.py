"""A sweep as a table entry: a claim or question, and conditions around one base spec.

    sweep = Sweep(name="batch-size", claim="...", conditions=(Condition(label="batch 32", ...), ...), ...)
    sweep.spec(condition, seed=0, factor=1.0)       # the RunSpec of one run
    search_jobs(sweep, sweep.conditions)            # each condition at each learning rate, on one seed
    result_jobs(sweep, sweep.conditions, {"batch 32": 1.0}, seeds=3)
    placed(evidence, [folder.report(), ...])[0].forms["own"]["binding_accuracy"]      # Estimate, of a user's run

A condition's learning rate is the one of its `factors` with the lowest training loss on the search's seed; binding is
not looked at. Scenes are fresh in every step, so that loss is one of held-out retrieval. If the search's seed is one
of the results, the run that won is its result too, and a condition costs factors + seeds - 1 runs. A condition with one
factor has nothing to search.

A user's run may differ from a condition in seed, steps, learning rate and the preset's name, and in nothing else, the
recipe included. If several conditions differ only in steps, it belongs to the one with the nearest steps.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from explorer.errors import UserError
from explorer.evaluation.results import Metrics, Report
from explorer.evaluation.sweep_evidence import Evidence, OwnPoint
from explorer.presets import preset as find_preset
from explorer.spec import DIALS, FIXED_SCENES, DataSpec, EvaluationScenes, RunSpec, TrainSpec, override

Stage = Literal["search", "result"]
FORMS = ("canonical", "own", "complete")
START, BEFORE = "start", "before"
"""The form of the captions that a start model was trained on, scored after the run, and the same before it."""
START_WORDS = "the own captions of the data that the start model was trained on"
FACTORS = (0.4, 1.0, 2.5)
SCENES_FROM = 10_000
"""Training seed s is scored on scenes of the evaluation seed SCENES_FROM + s if a sweep has fresh ones."""
LATER = {
    each.name: each.default for spec in (DataSpec, TrainSpec) for each in fields(spec) if DIALS[each.name].is_later
}
"""Defaults of fields that older specs lack."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A point of a sweep: fields that differ from the base, and the place of the point (series, x).

    `samples` multiplies the sweep's number of pairs; with `equal` "steps" it multiplies its number of steps instead.
    """

    label: str
    x: str
    series: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    preset: str | None = None
    samples: float = 1.0
    equal: Literal["samples", "steps"] = "samples"
    factors: tuple[float, ...] | None = None
    """Learning rates to try, in units of the preset's; None for those of the sweep."""
    search_share: float | None = None
    """The budget of the search as a share of the condition's; None for that of the sweep."""
    keeps_rate: bool = False
    """True if the results use the preset's learning rate for any result of the search."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """One claim and its runs; without `conditions` it is declared and cannot run, see `lacks`."""

    name: str
    tier: Literal[1, 2]
    claim: str
    paper: str
    axis: str
    preset: str
    conditions: tuple[Condition, ...]
    changes: Mapping[str, Any] = field(default_factory=dict)
    breakdown: str | None = None
    seeds: int = 3
    factors: tuple[float, ...] = FACTORS
    search_share: float = 1.0
    search_seed: int = 0
    first_seed: int = 0
    fresh_scenes: int | None = None
    """Evaluation scenes per form, fresh for each seed; None for the fixed ones."""
    lacks: str | None = None

    def spec(self, condition: Condition, *, seed: int, factor: float, share: float = 1.0) -> RunSpec:
        """Return the spec of `condition` with the learning rate times `factor` and the budget times `share`."""
        start = override(find_preset(condition.preset or self.preset).spec, self.changes)
        spec = override(start, {**condition.changes, "seed": seed})
        steps = float(start.train.steps)
        if condition.equal == "samples":
            steps *= start.train.batch_size / spec.train.batch_size
        rate = float(f"{spec.train.learning_rate * factor:.3g}")
        return override(spec, {"steps": max(1, round(steps * condition.samples * share)), "learning_rate": rate})

    def factors_of(self, condition: Condition) -> tuple[float, ...]:
        """Return the learning rates to try, in units of the preset's."""
        return condition.factors or self.factors

    def scenes(self, seed: int) -> EvaluationScenes:
        """Return the evaluation scenes of one training seed, the same for all conditions."""
        if self.fresh_scenes is None:
            return FIXED_SCENES
        return EvaluationScenes(seed=SCENES_FROM + seed, count=self.fresh_scenes)

    def chosen(self, labels: Sequence[str]) -> tuple[Condition, ...]:
        """Return the conditions of these labels, all if none is named; raise `UserError` for an unknown label."""
        known = {condition.label: condition for condition in self.conditions}
        for label in labels:
            if label not in known:
                raise UserError("only", label, f"the conditions of {self.name} are {', '.join(known)}", longest=60)
        return tuple(known[label] for label in labels) if labels else self.conditions


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One run that a sweep requests, and its purpose."""

    sweep: Sweep
    condition: Condition
    stage: Stage
    seed: int
    factor: float
    spec: RunSpec
    scenes: EvaluationScenes = FIXED_SCENES

    @property
    def key(self) -> str:
        """Key of its run: see `run_key`."""
        return run_key(self.spec.as_dict(), self.scenes)

    @property
    def name(self) -> str:
        """Readable name: sweep, condition, seed, learning rate."""
        rate = self.spec.train.learning_rate
        return f"{self.sweep.name}, {self.condition.label}, seed {self.seed}, learning rate {rate:g}"


def spec_key(record: Mapping[str, Any]) -> str:
    """Return sixteen letters that two specs share exactly if they differ only in the preset's name.

    A newer field is left out at its default, so that older specs keep their key.
    """
    parts = {part: _without_later(record.get(part, {})) for part in ("data", "train")}
    text = json.dumps({**record, **parts, "preset": None}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def run_key(record: Mapping[str, Any], scenes: EvaluationScenes) -> str:
    """Return the key of a run of a spec that is scored on `scenes`; runs with other scenes are never shared."""
    key = spec_key(record)
    return key if scenes == FIXED_SCENES else f"{key}-{scenes.seed}-{scenes.count}"


def _without_later(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if not (name in LATER and value == LATER[name])}


def search_jobs(sweep: Sweep, conditions: Sequence[Condition]) -> list[Job]:
    """Return a job per condition and learning rate, on one seed.

    A condition with one learning rate has no search: it is left out if its run would not be a result.
    """
    return [
        _job(sweep, condition, "search", sweep.search_seed, factor, condition.search_share or sweep.search_share)
        for condition in conditions
        for factor in sweep.factors_of(condition)
        if len(sweep.factors_of(condition)) > 1 or sweep.search_seed == sweep.first_seed
    ]


def result_jobs(sweep: Sweep, conditions: Sequence[Condition], factors: Mapping[str, float], seeds: int) -> list[Job]:
    """Return a job per condition, at its learning rate, and seed; `factors` by label."""
    return [
        _job(sweep, condition, "result", seed, factors[condition.label], 1.0)
        for condition in conditions
        for seed in range(sweep.first_seed, sweep.first_seed + seeds)
    ]


def _job(sweep: Sweep, condition: Condition, stage: Stage, seed: int, factor: float, share: float) -> Job:
    spec = sweep.spec(condition, seed=seed, factor=factor, share=share)
    scenes = sweep.scenes(seed)
    return Job(sweep=sweep, condition=condition, stage=stage, seed=seed, factor=factor, spec=spec, scenes=scenes)


def rate_factor(sweep: Sweep, condition: Condition, losses: Mapping[float, float | None]) -> float:
    """Return the learning rate of the condition's results by the losses of its search, else its only factor."""
    factors = sweep.factors_of(condition)
    return 1.0 if condition.keeps_rate else factors[0] if len(factors) == 1 else choose_factor(losses)


def choose_factor(losses: Mapping[float, float | None]) -> float:
    """Return the factor with the lowest training loss; None is a run that broke off; the least factor if all did."""
    known = {factor: loss for factor, loss in losses.items() if loss is not None}
    return min(known, key=lambda factor: known[factor]) if known else min(losses)


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
    """Return the point of a report, None if it belongs to no condition or is no finding."""
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
        forms={form: _known(metrics) for form, metrics in forms.items()},
    )


def _known(metrics: Metrics) -> Metrics:
    """Return the estimates that have a value."""
    return {name: each for name, each in metrics.items() if each.value is not None}
