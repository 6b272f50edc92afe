"""The step at which a run binds, by hand, and properties of the rule."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.evaluation.results import BINDING_LEVEL, IN_A_ROW, binding_step, lower_bounds

Curve = list[tuple[int, float]]
curves = st.lists(st.sampled_from([0.45, BINDING_LEVEL, 0.76, 0.9]), max_size=12).map(
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


@given(curve=curves)
def test_a_bound_run_is_above_the_level_from_there_on_for_a_while(curve: Curve) -> None:
    step = binding_step(curve, has_ended=True)
    if step is not None:
        after = [low for at, low in curve if at >= step][:IN_A_ROW]
        assert after and min(after) > BINDING_LEVEL


def test_records_without_an_evaluation_or_without_a_swap_are_left_out() -> None:
    def record(step: int, low: float | None) -> dict[str, Any]:
        return {"step": step, "evaluation": {"canonical": {"binding_accuracy": {"low": low}}}}

    records = [{"step": 1}, record(2, 0.5), record(3, None), record(4, 0.7)]
    assert lower_bounds(records, "canonical") == [(2, 0.5), (4, 0.7)]
    assert lower_bounds(records, "own") == []
