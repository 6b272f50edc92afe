"""The declared sweeps of the study, from `sweeps.toml`: a claim or question, and conditions around one base spec.

    sweep = get_runnable("batch-size")        # of any edition; FIRST_EDITION has those of the first
    sweep.spec(condition, seed=0, factor=1.0)  # the RunSpec of one run
    search_jobs(sweep, sweep.conditions)       # each condition at each learning rate, on one seed
    result_jobs(sweep, sweep.conditions, {"batch 32": 1.0}, seeds=3)

A condition's learning rate is the one of its `factors` with the lowest training loss on the search's seed; binding is
not looked at. Scenes are fresh in every step, so that loss is one of held-out retrieval. If the search's seed is one
of the results, the run that won is its result too, and a condition costs factors + seeds - 1 runs. A condition with one
factor has nothing to search.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from explorer.errors import UserError
from explorer.evaluation_scenes import DEFAULT_SCENES, EvaluationScenes
from explorer.presets import TIDY_RECIPE, get_preset
from explorer.spec import RunSpec, override
from explorer.study.keys import run_key
from research.frozen_law import RATE_FACTORS

JobStage = Literal["search", "result"]
AFTER_FORM, BEFORE_FORM = "start", "before"
"""The form of the captions that a start model was trained on, scored after the run, and the same before it."""
BUDGET_PAIRS = 46_080
"""Pairs of a run at the budget 1x."""
STUDY_BATCH = 256
FIRST_SCENE_SEED = 10_000
"""Training seed s is scored on scenes of the evaluation seed FIRST_SCENE_SEED + s if a sweep has fresh ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A point of a sweep: fields that differ from the base, and the place of the point (series, x).

    `pairs_factor` multiplies the sweep's number of pairs; with `equal` "steps" it multiplies its number of steps.
    """

    label: str
    x: str
    series: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    preset: str | None = None
    pairs_factor: float = 1.0
    equal: Literal["pairs", "steps"] = "pairs"
    factors: tuple[float, ...] | None = None
    """Learning rates to try, in units of the preset's; None for those of the sweep."""
    search_share: float | None = None
    """The budget of the search as a share of the condition's; None for that of the sweep."""
    keeps_rate: bool = False
    """True if the results use the preset's learning rate for any result of the search."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Experiment:
    """The experiment that a sweep is: what of its forecasts is scored, and in `why` why nothing or only slopes are."""

    number: str
    compares: Literal["times", "slopes", "nothing"] = "times"
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """One claim and its runs; without `conditions` it is declared and cannot run, see `lacks`."""

    name: str
    claim: str
    paper: str
    axis: str
    conditions: tuple[Condition, ...]
    edition: Literal[1, 2, 3] = 1
    tier: Literal[1, 2] = 1
    preset: str = TIDY_RECIPE
    experiment: Experiment | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    breakdown: str | None = None
    seeds: int = 3
    factors: tuple[float, ...] = RATE_FACTORS
    search_share: float = 1.0
    search_seed: int = 0
    first_seed: int = 0
    fresh_scenes: int | None = None
    """Evaluation scenes per form, fresh for each seed; None for the fixed ones."""
    lacks: str | None = None

    def spec(self, condition: Condition, *, seed: int, factor: float, share: float = 1.0) -> RunSpec:
        """Return the spec of `condition` with the learning rate times `factor` and the budget times `share`."""
        start = override(get_preset(condition.preset or self.preset).spec, self.changes)
        spec = override(start, {**condition.changes, "seed": seed})
        steps = float(start.train.steps)
        if condition.equal == "pairs":
            steps *= start.train.batch_size / spec.train.batch_size
        rate = float(f"{spec.train.learning_rate * factor:.3g}")
        return override(spec, {"steps": max(1, round(steps * condition.pairs_factor * share)), "learning_rate": rate})

    def factors_of(self, condition: Condition) -> tuple[float, ...]:
        """Return the learning rates that the search tries for a condition, in units of the preset's."""
        return condition.factors or self.factors

    def evaluation_scenes(self, seed: int) -> EvaluationScenes:
        """Return the evaluation scenes of one training seed, the same for all conditions."""
        if self.fresh_scenes is None:
            return DEFAULT_SCENES
        return EvaluationScenes(seed=FIRST_SCENE_SEED + seed, count=self.fresh_scenes)

    def select(self, labels: Sequence[str]) -> tuple[Condition, ...]:
        """Return the conditions of these labels, all if none is named; raise `UserError` for an unknown label."""
        by_label = {condition.label: condition for condition in self.conditions}
        for label in labels:
            if label not in by_label:
                raise UserError("only", label, f"the conditions of {self.name} are {', '.join(by_label)}", longest=60)
        return tuple(by_label[label] for label in labels) if labels else self.conditions


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepJob:
    """One run that a sweep requests, and its purpose."""

    sweep: Sweep
    condition: Condition
    stage: JobStage
    seed: int
    factor: float
    spec: RunSpec
    scenes: EvaluationScenes = DEFAULT_SCENES

    @property
    def run_key(self) -> str:
        return run_key(self.spec.to_json(), self.scenes)

    @property
    def pairs(self) -> int:
        """Its budget: images with their captions, over all steps."""
        return self.spec.train.pairs

    @property
    def name(self) -> str:
        rate = self.spec.train.learning_rate
        return f"{self.sweep.name}, {self.condition.label}, seed {self.seed}, learning rate {rate:g}"


def search_jobs(sweep: Sweep, conditions: Sequence[Condition]) -> list[SweepJob]:
    """Return a job per condition and learning rate, on one seed.

    A condition with one learning rate has no search: it is left out if its run would not be a result.
    """
    return [
        _job(sweep, condition, "search", sweep.search_seed, factor, condition.search_share or sweep.search_share)
        for condition in conditions
        for factor in sweep.factors_of(condition)
        if len(sweep.factors_of(condition)) > 1 or sweep.search_seed == sweep.first_seed
    ]


def result_jobs(
    sweep: Sweep, conditions: Sequence[Condition], factors: Mapping[str, float], seeds: int
) -> list[SweepJob]:
    """Return a job per condition, at its learning rate, and seed; `factors` by label."""
    return [
        _job(sweep, condition, "result", seed, factors[condition.label], 1.0)
        for condition in conditions
        for seed in range(sweep.first_seed, sweep.first_seed + seeds)
    ]


def _job(sweep: Sweep, condition: Condition, stage: JobStage, seed: int, factor: float, share: float) -> SweepJob:
    spec = sweep.spec(condition, seed=seed, factor=factor, share=share)
    scenes = sweep.evaluation_scenes(seed)
    return SweepJob(sweep=sweep, condition=condition, stage=stage, seed=seed, factor=factor, spec=spec, scenes=scenes)


def rate_factor(sweep: Sweep, condition: Condition, losses: Mapping[float, float | None]) -> float:
    """Return the learning rate of the condition's results by the losses of its search, else its only factor."""
    factors = sweep.factors_of(condition)
    return 1.0 if condition.keeps_rate else factors[0] if len(factors) == 1 else lowest_loss_factor(losses)


def lowest_loss_factor(losses: Mapping[float, float | None]) -> float:
    """Return the factor with the lowest training loss; None is a run that broke off; the least factor if all did."""
    finished = {factor: loss for factor, loss in losses.items() if loss is not None}
    return min(finished, key=lambda factor: finished[factor]) if finished else min(losses)


def _read(entry: Mapping[str, Any], document: Mapping[str, Any]) -> Sweep:
    """Return a sweep with what its edition has in common; it may name the sweep whose conditions it repeats."""
    about = {**document["editions"][str(entry["edition"])], **entry}
    changes = about.pop("changes", {})
    if budget := about.pop("budget", None):
        changes = {"steps": budget * BUDGET_PAIRS // STUDY_BATCH, **changes}
    rows = about.pop("conditions", ())
    if isinstance(rows, str):
        rows = next(other["conditions"] for other in document["sweeps"] if other["name"] == rows)
    test = about.pop("experiment", None)
    return Sweep(
        **_tuples(about),
        changes=changes,
        conditions=tuple(condition for row in rows for condition in _conditions(row)),
        experiment=Experiment(**test) if test else None,
    )


def _conditions(row: Mapping[str, Any]) -> list[Condition]:
    """Return the condition of a line, or one per value of the dial that it goes along."""
    rest = _tuples(row)
    dial, values = rest.pop("along", None), rest.pop("values", ())
    changes = _tuples(rest.pop("changes", {}))
    if dial is None:
        return [_condition(**rest, changes=changes)]
    return [_condition(**rest, x=f"{value:g}", changes={**changes, dial: value}) for value in values]


def _condition(*, x: str, series: str = "", label: str = "", **others: Any) -> Condition:
    return Condition(label=label or (f"{series}: {x}" if series else x), series=series, x=x, **others)


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}


_DECLARED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
ALL_SWEEPS: dict[str, Sweep] = {entry["name"]: _read(entry, _DECLARED) for entry in _DECLARED["sweeps"]}
"""Every declared sweep by name, of all editions."""
FIRST_EDITION, SECOND_EDITION, THIRD_EDITION = (
    {name: sweep for name, sweep in ALL_SWEEPS.items() if sweep.edition == edition} for edition in (1, 2, 3)
)
EXPERIMENTS: dict[str, Experiment] = {
    name: sweep.experiment for name, sweep in THIRD_EDITION.items() if sweep.experiment is not None
}
LATER_EDITIONS: dict[str, Sweep] = {**SECOND_EDITION, **THIRD_EDITION}
"""Sweeps whose conditions are frozen one by one, as soon as all their seeds have run."""


def get_runnable(name: str) -> Sweep:
    """Return the sweep of that name, of any edition; raise `UserError` for an unknown or only declared one."""
    sweep = ALL_SWEEPS.get(name)
    if sweep is None:
        runnable = ", ".join(each.name for each in ALL_SWEEPS.values() if each.conditions)
        raise UserError("sweep", name, f"choose {runnable}")
    if not sweep.conditions:
        raise UserError("sweep", name, f"is declared but cannot be run: it {sweep.lacks}")
    return sweep
