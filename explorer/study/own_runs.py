"""A user's runs that lie on the curve of a sweep: the spec of a condition except for the budget.

    placed(evidence, [folder.report(), ...])[0].forms["own"]["binding_accuracy"]      # Estimate

A run may differ in seed, steps, learning rate and the preset's name, and in nothing else, the recipe included. If
several conditions differ only in steps, it belongs to the one with the nearest steps.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from explorer.evaluation.run_report import Metrics, Report
from explorer.evaluation.sweep_evidence import Evidence, OwnPoint
from explorer.spec.run_spec import RunSpec
from explorer.study.sweeps import START


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
