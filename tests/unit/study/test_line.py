"""The page of evidence gets its numbers from the frozen rows: the trainings, the line, changes, findings."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.presets import preset
from explorer.study.changes import Multiplier, TimeChanges
from explorer.study.evidence_store import FROZEN
from explorer.study.line import ForecastCheck, Line, check_forecast, headline, line, sorted_changes
from explorer.study.line_findings import Condition, Timed
from explorer.study.rows import frozen_trainings
from explorer.study.time_model import Prediction, Span, kappa, predict


@pytest.fixture(scope="module")
def found() -> Line:
    frozen = line(FROZEN)
    assert frozen is not None
    return frozen


def changes(**own: tuple[float, float, float]) -> TimeChanges:
    """Make changes with these factors and intervals, asked as it was taught."""
    spans = {name: Span(value=value, low=low, high=high) for name, (value, low, high) in own.items()}
    made = {name: Multiplier(words=name, own=span, canonical=None, num_conditions=2) for name, span in spans.items()}
    return TimeChanges(changes=made, sigma={}, bound={}, trainings=9, conditions=3)


def test_every_plain_training_stands_on_the_page_once(found: Line) -> None:
    trainings = frozen_trainings(FROZEN)
    shown = [(each.kappa, seed.pairs, seed.bound_at) for each in found.data for seed in each.trainings]
    assert sorted(shown, key=str) == sorted(((kappa(of.data), of.pairs, of.bound_at) for of in trainings), key=str)
    assert found.num_trainings == len(trainings)
    keys = [seed.key for each in found.data for seed in each.trainings]
    assert len(set(keys)) == len(keys), "each has a run of its own"


def test_recipes_have_the_forecast_of_the_law_and_none_beyond_its_end(found: Line) -> None:
    for recipe in found.recipes:
        assert recipe.pairs == predict(preset(recipe.name).spec).pairs
    assert [recipe.name for recipe in found.recipes if recipe.pairs is None] == ["web-like"]


def test_changes_come_with_the_one_that_makes_it_soonest_first(found: Line) -> None:
    values = [span.value for each in found.changes if (span := each.own or each.canonical)]
    assert values == sorted(values) and len(values) == 10
    made = sorted_changes(replace(changes(density=(2, 1, 3), kinds=(0.5, 0.4, 0.6))))
    assert [each.name for each in made] == ["kinds", "density"]


@pytest.mark.parametrize(
    ("completeness", "density", "said"),
    [
        ((0.95, 0.8, 1.1), (0.5, 0.4, 0.6), "cost no time. Leaving attributes out did."),
        ((0.7, 0.6, 0.8), (0.5, 0.4, 0.6), "cost time. Leaving attributes out cost time."),
        ((1.5, 1.2, 1.8), (0.9, 0.7, 1.2), "saved time. Leaving attributes out cost no time."),
    ],
)
def test_the_headline_follows_the_intervals(
    completeness: tuple[float, float, float], density: tuple[float, float, float], said: str
) -> None:
    found = headline(changes(completeness=completeness, density=density))
    assert found == f"Leaving things out of captions {said}"


def test_findings_rest_on_trainings_of_their_own_data(found: Line) -> None:
    silence = next(each for each in found.findings if each.name == "silence")
    one, both, half, quarter = silence.rows[:4]
    assert one.median is not None and both.median is not None and half.median is not None
    assert max(one.median, both.median) < 20_000 < half.median, "silence on values costs, on objects it does not"
    assert quarter.median is None and quarter.bound == "0 of 5"
    assert all(len(row.seeds) >= 3 for row in silence.rows)
    for finding in found.findings:
        assert finding.text and finding.overturn and finding.train and all(row.seeds for row in finding.train)


def test_a_median_needs_half_of_the_seeds() -> None:
    def condition(*times: int | None) -> Condition:
        seeds = tuple(Timed(seed=place, bound_at=time) for place, time in enumerate(times))
        return Condition(title="", detail="", preset="incomplete", values={}, pairs=90, seeds=seeds)

    assert condition(10, 30, None).median == 30
    assert condition(10, None, None).median is None and condition(10, None, None).bound == "1 of 3"


def test_a_folder_without_rows_or_without_a_law_has_no_line(tmp_path: Path) -> None:
    assert line(tmp_path) is None
    (tmp_path / "density.parquet").write_bytes((FROZEN / "density.parquet").read_bytes())
    assert line(tmp_path) is None


def test_a_training_that_ended_too_early_decides_nothing() -> None:
    expected = Prediction(pairs=1000, spread=0.5)

    def row(seed: int, pairs: int, step: int | None) -> dict[str, object]:
        spec = replace(preset("incomplete").spec, train=replace(preset("incomplete").spec.train, batch_size=10))
        return {"is_point": True, "spec": json.dumps(spec.as_dict()), "bound.own.step": step, "pairs": pairs,
                "condition": "half", "sweep": "told-values", "seed": seed}  # fmt: skip

    rows = [row(0, 9_000, 100), row(1, 9_000, 800), row(2, 9_000, None), row(3, 2_000, None)]
    assert check_forecast({"half": expected}, rows) == ForecastCheck(inside=1, decided=3)
