"""A user's runs that lie on the curve of a sweep: the spec of a condition except for the budget.

    placed(evidence, [folder.report(), ...])
    # [{"run", "condition", "seed", "steps", "learning_rate", "forms": {"own": {"binding_accuracy": {...}}}}]

A run may differ in seed, steps, learning rate and the preset's name, and in nothing else, the recipe included. If
several conditions differ only in steps, it belongs to the one with the nearest steps.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from explorer.spec.run_spec import RunSpec
from explorer.study.sweeps import START

Point = dict[str, Any]


def placed(evidence: Mapping[str, Any], reports: Iterable[Mapping[str, Any]]) -> list[Point]:
    """Return a point per report of a run that trained and belongs to a condition, in the order of the reports."""
    by_key: dict[RunSpec, list[tuple[int, str]]] = {}
    for condition in evidence["conditions"]:
        spec = RunSpec.from_dict(condition["spec"])
        by_key.setdefault(_key(spec), []).append((condition["steps"], condition["label"]))
    points = []
    for report in reports:
        try:
            points += _points(report, by_key)
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError):
            continue  # an imported report of another shape
    return points


def _key(spec: RunSpec) -> RunSpec:
    """Return a key that two specs share if only seed, steps, learning rate and the preset's name differ."""
    return replace(spec, preset=None, train=replace(spec.train, seed=0, steps=1, learning_rate=1.0))


def _points(report: Mapping[str, Any], by_key: Mapping[RunSpec, list[tuple[int, str]]]) -> list[Point]:
    """Return the one point of a report, none if it belongs to no condition or is no finding."""
    spec = RunSpec.from_dict(report["spec"])
    near = by_key.get(_key(spec))
    if near is None or report["failed_to_train"]:
        return []
    steps = int(report["budget"]["steps"])
    after = (report.get("forgetting") or {}).get("after")
    forms = {"canonical": report["metrics"], **report["forms"]} | ({START: after} if after else {})
    point = {
        "run": str(report["run"]),
        "condition": min(near, key=lambda each: abs(math.log(each[0] / steps)))[1],
        "seed": spec.train.seed,
        "steps": steps,
        "learning_rate": spec.train.learning_rate,
        "forms": {form: _known(metrics or {}) for form, metrics in forms.items()},
    }
    return [point]


def _known(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return the estimates that have a value, each with its parts as numbers."""
    return {
        name: {part: each[part] and float(each[part]) for part in ("value", "low", "high")} | {"n": int(each["n"])}
        for name, each in metrics.items()
        if each["value"] is not None
    }
