"""The end point of the study at the dials: exact, beside them, or the nearest with what differs."""

from typing import Any

import pytest

from explorer.evaluation.results import Estimate
from explorer.presets import PRESETS
from explorer.spec import RunSpec, override
from explorer.study.bracket import study_bracket
from explorer.study.grid import Point, Score

TIDY = PRESETS["binding-friendly"].spec


def point(value: float, seeds: int = 3, **changes: Any) -> Point:
    """A measured point of the tidy recipe with changes."""
    mean = Estimate(value=value, n=seeds, low=value - 0.1, high=value + 0.1, chance=0.5)
    score = Score(mean=mean, seeds=tuple((seed, value) for seed in range(seeds)), leak=None)
    spec = override(TIDY, changes)
    return Point(
        sweep="s", label="l", spec=spec, scores={"canonical": score}, devices="cpu", interval="", not_tested=None
    )


GRID = (point(0.95, caption_completeness=1.0), point(0.6, caption_completeness=0.5), point(0.55, batch_size=512))


def test_an_exact_point() -> None:
    found = study_bracket(TIDY, GRID)
    assert found is not None and found.is_exact
    assert (found.value, found.low, found.high, found.seeds) == (0.95, pytest.approx(0.85), pytest.approx(1.05), 3)
    assert found.budget_pairs == 180 * 256
    assert found.as_dict()["exact"] is True and found.as_dict()["fields"] == []


@pytest.mark.parametrize(("here", "value"), [(0.6, 0.6), (0.9, 0.95), (0.75, 0.6)])
def test_between_two_points_the_nearer_one_counts(here: float, value: float) -> None:
    found = study_bracket(override(TIDY, {"caption_completeness": here}), GRID)
    assert found is not None and not found.is_exact
    assert (found.value, found.fields) == (value, ("caption_completeness",))


def test_elsewhere_the_nearest_is_told_with_what_differs() -> None:
    found = study_bracket(override(TIDY, {"loss": "siglip", "attribute_density": 0.5}), GRID)
    assert found is not None and (found.value, found.is_exact) == (0.95, False)
    assert found.fields == ("attribute_density", "loss")


def test_of_several_budgets_the_nearest_counts() -> None:
    grid = (point(0.7, steps=60), point(0.9, steps=600))
    for steps, value in ((100, 0.7), (500, 0.9)):
        found = study_bracket(override(TIDY, {"steps": steps}), grid)
        assert found is not None and found.is_exact and found.value == value and found.budget_pairs != steps * 256


def test_without_evidence_there_is_none() -> None:
    assert study_bracket(TIDY, ()) is None


def test_the_frozen_evidence_is_found_whatever_preset_the_spec_names() -> None:
    found = study_bracket(TIDY)
    assert found is not None and found.is_exact and found.seeds >= 3 and found.value > 0.9
    assert study_bracket(RunSpec(data=TIDY.data, train=TIDY.train)) is found
