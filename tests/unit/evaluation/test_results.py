"""Result types: flat dictionaries for the report, and values that JSON cannot hold are refused."""

import dataclasses
import doctest
import json
import math
from typing import Any

import pytest

from explorer.evaluation import results
from explorer.evaluation.results import Estimate, Row

MEASURED = Estimate(value=0.8, n=10, low=0.49, high=0.943, chance=0.5)
NOTHING = Estimate.unmeasured(0.5)


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(results).failed == 0


@pytest.mark.parametrize("estimate", [MEASURED, NOTHING])
def test_an_estimate_has_the_keys_of_the_report_and_survives_json(estimate: Estimate) -> None:
    held = estimate.to_json()
    assert list(held) == ["value", "n", "low", "high", "chance"]
    assert Estimate(**json.loads(json.dumps(held, allow_nan=False))) == estimate


def test_nothing_measured_is_null() -> None:
    assert NOTHING.to_json() == {"value": None, "n": 0, "low": None, "high": None, "chance": 0.5}


def test_row_is_flat() -> None:
    row = Row(form="own", by="kind", group="color", estimate=MEASURED)
    numbers = {"value": 0.8, "n": 10, "low": 0.49, "high": 0.943, "chance": 0.5}
    assert list(row.to_json().items()) == [("form", "own"), ("by", "kind"), ("group", "color"), *numbers.items()]


@pytest.mark.parametrize("value", [MEASURED, Row(form="own", by="kind", group="color", estimate=MEASURED)])
def test_results_are_frozen_slotted_and_keyword_only(value: Estimate | Row) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, dataclasses.fields(value)[0].name, None)
    assert not hasattr(value, "__dict__")
    with pytest.raises(TypeError):
        type(value)(*[getattr(value, field.name) for field in dataclasses.fields(value)])  # type: ignore[call-arg]


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
