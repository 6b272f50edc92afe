"""Estimates: values that do not fit together are refused, and the report's JSON is flat."""

import dataclasses
import doctest
import json
import math
from typing import Any

import pytest

from explorer.codec import decode, encode
from explorer.errors import DamagedFileError
from explorer.evaluation import results
from explorer.evaluation.results import Estimate, Report, Row, read_report

MEASURED = Estimate(value=0.8, n=10, low=0.49, high=0.943, chance=0.5)


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(results).failed == 0


def test_a_row_is_flat() -> None:
    row = Row(form="own", by="kind", group="color", **dataclasses.asdict(MEASURED))
    held = json.dumps(encode(row), allow_nan=False)
    assert held == (
        '{"form": "own", "by": "kind", "group": "color", "value": 0.8, "n": 10, "low": 0.49, "high": 0.943, '
        '"chance": 0.5}'
    )
    assert decode(Row, json.loads(held)) == row


@pytest.mark.parametrize(
    "changes",
    [
        {"n": 0},
        {"n": -1},
        {"value": None},
        {"low": None},
        {"high": None},
        {"value": None, "n": 0},
        {"value": math.nan},
        {"low": -math.inf},
        {"high": math.inf},
        {"chance": math.nan},
    ],
)
def test_estimate_refuses_what_does_not_fit_together(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        dataclasses.replace(MEASURED, **changes)


@pytest.mark.parametrize(
    ("low", "high", "chance", "off"),
    [(0.4, 0.6, 0.5, False), (0.5, 0.6, 0.5, False), (0.51, 0.6, 0.5, True), (0.3, 0.49, 0.5, True),
     (None, None, 0.5, False), (0.4, 0.6, None, False)],
)  # fmt: skip
def test_off_chance_needs_an_interval_that_leaves_chance_out(
    low: float | None, high: float | None, chance: float | None, off: bool
) -> None:
    assert Estimate(value=0.5, n=9, low=low, high=high, chance=chance).is_off_chance is off


def test_what_a_report_lacks_is_empty_or_none() -> None:
    assert read_report({}) == read_report({"spec": None, "budget": {}, "forms": None, "moons": 3}) == Report()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"metrics": {"margin": {"value": 1}}}, "n: is missing"),
        ({"metrics": {"margin": encode(MEASURED) | {"value": "x"}}}, "value=x: give a number"),
        ({"metrics": {"margin": encode(MEASURED) | {"n": 0}}}, "exactly when it has items"),
        ({"forms": [1]}, "forms=.*: give an object"),
        ({"spec": {"data": []}}, "give an object with the objects data and train"),
        ({"spec": {"data": {"moons": 3}}}, "moons"),
        ({"budget": {"steps": "many", "pairs": 1, "seconds": 1}}, "budget.steps=many: give a whole number"),
    ],
)
def test_a_report_of_another_shape_names_the_field(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(DamagedFileError, match=f"report=a: is not a report of a run .*{said}"):
        read_report(encode(Report()) | changes, name="a")
