"""Estimates, reports and the step at which a run binds: what fits together, flat JSON, and the rule by hand."""

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.codec import encode
from explorer.contract import CONTRACT
from explorer.errors import DamagedFileError
from explorer.evaluation.results import (
    Estimate,
    Report,
    binding_step,
    lower_bounds,
    read_report,
)

MEASURED = Estimate(value=0.8, n=10, low=0.49, high=0.943, chance=0.5)

NAN, INF = math.nan, math.inf
BAD = [{"n": 0}, {"n": -1}, {"value": None}, {"low": None}, {"high": None}, {"value": None, "n": 0}]
BAD += [{"value": NAN}, {"low": -INF}, {"high": INF}, {"chance": NAN}]


@pytest.mark.parametrize("changes", BAD)
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
    ("changes", "message"),
    [
        ({"metrics": {"margin": {"value": 1}}}, "n: is missing"),
        ({"metrics": {"margin": encode(MEASURED) | {"n": 0}}}, "exactly when it has items"),
        ({"spec": {"data": {"moons": 3}}}, "moons"),
        ({"budget": {"steps": "many", "pairs": 1, "seconds": 1}}, "budget.steps=many: give a whole number"),
    ],
)
def test_a_report_of_another_shape_names_the_field(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DamagedFileError, match=f"report=a: is not a report of a run .*{message}"):
        read_report(encode(Report()) | changes, name="a")


Curve = list[tuple[int, float]]
curves = st.lists(st.sampled_from([0.45, CONTRACT.binding.level, 0.76, 0.9]), max_size=12).map(
    lambda lows: [(10 * place, low) for place, low in enumerate(lows, start=1)]
)


@pytest.mark.parametrize(
    ("lows", "running", "ended"),
    [
        ([], None, None),
        ([0.5, 0.5, 0.5, 0.5], None, None),
        ([0.5, 0.76, 0.8, 0.9], 20, 20),
        ([0.8, 0.8, 0.5, 0.8, 0.8, 0.8], 40, 40),
        # Two in a row say nothing yet, and suffice at the end; the level itself is not above it.
        ([0.5, 0.8, 0.8], None, 20),
        ([0.5, 0.5, 0.8], None, 30),
        ([0.5, 0.75, 0.75, 0.75], None, None),
        # What was left again is not bound.
        ([0.8, 0.8, 0.5], None, None),
    ],
)
def test_the_step_by_hand(lows: list[float], running: int | None, ended: int | None) -> None:
    curve = [(10 * place, low) for place, low in enumerate(lows, start=1)]
    assert binding_step(curve, has_ended=False) == running
    assert binding_step(curve, has_ended=True) == ended


@given(curve=curves)
def test_a_step_that_was_marked_stays_marked(curve: Curve) -> None:
    """The times shown while a run goes on are those that are kept of it."""
    shown = [binding_step(curve[:count], has_ended=False) for count in range(len(curve) + 1)]
    marked = [step for step in shown if step is not None]
    assert len(set(marked)) <= 1
    if marked:
        assert binding_step(curve, has_ended=True) == marked[0]


def test_evaluations_without_a_swap_and_before_the_first_step_are_left_out() -> None:
    def of_low(low: float) -> dict[str, dict[str, Estimate]]:
        return {"canonical": {"binding_accuracy": dataclasses.replace(MEASURED, low=low)}}

    nothing = {"canonical": {"binding_accuracy": Estimate.of_nothing()}}
    evaluations = {0: of_low(0.9), 2: of_low(0.5), 3: nothing, 4: of_low(0.7)}
    assert lower_bounds(evaluations, "canonical") == [(2, 0.5), (4, 0.7)]
    assert lower_bounds(evaluations, "own") == []
