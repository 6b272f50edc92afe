"""A reader's runs find their condition: equal in all but the budget, near in steps, and never a stranger's report."""

import copy
from typing import Any

import pytest

from explorer.study.evidence import evidence
from explorer.study.own_runs import placed
from explorer.study.sweeps import Condition
from tests.unit.study.toy_sweep import toy_row, toy_rows, toy_sweep

ESTIMATE = {"value": 0.6, "n": 100, "low": 0.5, "high": 0.7, "chance": 0.5}
EVIDENCE = evidence(toy_sweep(), toy_rows([0.9, 0.92], [0.5, 0.52]), {"command": "sweep toy", "date": "2026-01-02"})


def report(condition: int = 1, **changes: Any) -> dict[str, Any]:
    """The report of a run with the spec of a condition, fields of data, train or the spec replaced."""
    spec = copy.deepcopy(EVIDENCE["conditions"][condition]["spec"])
    for name, value in changes.items():
        part = next((spec[part] for part in ("data", "train") if name in spec[part]), spec)
        part[name] = value
    return {
        "run": "mine-0123456789ab", "spec": spec, "failed_to_train": False, "budget": {"steps": 7},
        "metrics": {"binding_accuracy": ESTIMATE}, "forms": {"own": {"binding_accuracy": ESTIMATE}, "complete": None},
    }  # fmt: skip


def test_a_run_that_differs_in_budget_alone_is_a_point() -> None:
    (point,) = placed(EVIDENCE, [report(seed=9, steps=70, learning_rate=0.01, preset="web-like")])
    assert (point["run"], point["condition"], point["seed"]) == ("mine-0123456789ab", "half", 9)
    assert (point["steps"], point["learning_rate"]) == (7, 0.01), "what it trained, not what it was asked for"
    expected = {name: ESTIMATE[name] for name in ("value", "low", "high", "n")}
    assert point["forms"] == {
        "canonical": {"binding_accuracy": expected}, "own": {"binding_accuracy": expected}, "complete": {},
    }  # fmt: skip


def test_a_fine_tuned_run_has_the_captions_of_its_start_too() -> None:
    after = {"binding_accuracy": ESTIMATE}
    (point,) = placed(EVIDENCE, [report() | {"forgetting": {"data": {}, "before": {}, "after": after}}])
    assert point["forms"]["start"]["binding_accuracy"]["value"] == 0.6


@pytest.mark.parametrize(
    "change",
    [
        {"saliency_bias": 0.5}, {"batch_size": 32}, {"hard_negatives": 0.5}, {"init": "things-bound"},
        {"optimizer": "adamw"}, {"recipe": 1}, {"caption_completeness": 0.75},
    ],
)  # fmt: skip
def test_a_run_that_differs_in_more_is_none(change: dict[str, Any]) -> None:
    assert placed(EVIDENCE, [report(**change)]) == []


def test_a_run_that_failed_to_train_is_none() -> None:
    assert placed(EVIDENCE, [report() | {"failed_to_train": True}]) == []


def test_of_conditions_that_differ_in_steps_the_nearest_is_meant() -> None:
    conditions = (Condition(label="short", x="1"), Condition(label="long", x="2", samples=4.0))
    rows = []
    for label, steps in (("short", 4), ("long", 16)):
        row = toy_row("complete", 0, 0.9) | {"condition": label, "steps": steps}
        rows.append(row | {"spec": row["spec"].replace('"steps": 4', f'"steps": {steps}')})
    found = evidence(toy_sweep(conditions=conditions, contrasts=()), rows, {"command": "", "date": ""})
    runs = [report(0) | {"budget": {"steps": steps}} for steps in (1, 7, 9, 100)]
    assert [point["condition"] for point in placed(found, runs)] == ["short", "short", "long", "long"]


STRANGE: list[Any] = [
    {}, [], None, {"spec": 7}, {"spec": {"color": 1}}, report() | {"budget": {}}, report() | {"budget": {"steps": 0}},
    report() | {"metrics": [1]}, report() | {"metrics": {"binding_accuracy": 7}},
    report() | {"metrics": {"binding_accuracy": {"value": "high", "low": 0, "high": 1, "n": 1}}},
]  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE)
def test_a_report_of_another_shape_hides_no_other(strange: Any) -> None:
    assert len(placed(EVIDENCE, [strange, report(), strange])) == 1
