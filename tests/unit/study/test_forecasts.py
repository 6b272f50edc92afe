"""The forecasts of the third edition are what the frozen rows give, and scores count what is compared."""

import json
import math
from typing import Any

import pytest

from explorer.study.evidence_store import FROZEN
from explorer.study.forecasts import forecasts, load_forecasts, predictions, scores, slopes
from explorer.study.rows import frozen_trainings, read_rows
from explorer.study.sweeps import SECOND_EDITION, THIRD_EDITION
from explorer.study.time_model import FORMS, kappa


def test_the_trainings_are_those_of_the_rows() -> None:
    """Without the three controls of fine-tuning from scratch, which all bind, they are 346 with 234 bound."""
    found = frozen_trainings()
    assert len(found) == 349 and sum(each.is_bound for each in found) == 237
    assert {edition: sum(each.edition == edition for each in found) for edition in (1, 2)} == {1: 139, 2: 210}
    for each in found:
        assert each.bound_at is None or 0 < each.bound_at <= each.pairs
    second = SECOND_EDITION["naming-cliff"]
    rows, _ = read_rows(FROZEN / "naming-cliff.parquet")
    told = sorted(row["bound.own.pairs"] for row in rows if row["condition"] == "2 objects: 50%")
    data = second.spec(second.chosen(["2 objects: 50%"])[0], seed=0, factor=1.0).data
    assert told == sorted(each.bound_at for each in found if each.edition == 2 and each.data == data)


def test_the_committed_forecasts_are_what_the_frozen_rows_give() -> None:
    again, committed = forecasts(), load_forecasts()
    assert again.keys() == committed.keys() and again["rows"] == committed["rows"]
    _assert_near(again, committed)


def _assert_near(one: Any, other: Any) -> None:
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            _assert_near(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            _assert_near(a, b)
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-3, abs=1e-3)
    else:
        assert one == other


def test_the_law_is_that_of_the_notes_on_the_rows() -> None:
    law = load_forecasts()["models"]["law"]["estimates"]
    assert math.exp(law["intercept"][0]) == pytest.approx(8400, rel=0.02)
    assert law["log kappa"][0] == pytest.approx(-0.91, abs=0.01)
    assert law["sigma"][0] == pytest.approx(0.33, abs=0.01)
    for low_high in law.values():
        assert low_high[1] < low_high[0] < low_high[2]
    assert load_forecasts()["models"].keys() == FORMS.keys()


def test_scores_count_the_compared_sweeps_alone() -> None:
    rows, _ = read_rows(FROZEN / "density-forms.parquet")
    like = next(row for row in rows if row["condition"] == "plain: 1")
    spec = json.loads(like["spec"])
    sweep = THIRD_EDITION["told-values"]
    made = []
    for condition in sweep.conditions:
        data = sweep.spec(condition, seed=20, factor=1.0).as_dict()["data"]
        at = round(predictions("law", sweep.name)[condition.label].pairs / 256)
        made.append(
            like | {"sweep": sweep.name, "condition": condition.label, "stage": "result", "pairs": 184_320}
            | {"spec": json.dumps(spec | {"data": data}), "bound.own.step": at, "bound.own.pairs": at * 256}
        )  # fmt: skip
    found = scores([*made, *rows, {**made[0], "sweep": "web-like-16"}])
    first = {name for name, form in FORMS.items() if not form.begun}
    assert found.keys() == {"1b"} and found["1b"].keys() == first == FORMS.keys() - {"law and budget"}
    law = found["1b"]["law"]
    assert law.concordance == law.called_right == 1 and (law.num_runs, law.num_conditions) == (5, 5)
    assert all(law.log_score > other.log_score for name, other in found["1b"].items() if name not in ("law",))


def test_slopes_are_those_of_the_settings_and_of_the_forecasts() -> None:
    rows, _ = read_rows(FROZEN / "density-forms.parquet")
    like, made = rows[0], []
    for sweep in (THIRD_EDITION["slopes"], THIRD_EDITION["slopes-longer"]):
        for condition in sweep.chosen([each.label for each in sweep.conditions if each.series in ("digits", "AdamW")]):
            spec = sweep.spec(condition, seed=20, factor=1.0)
            for noise in (0.9, 1.0, 1.1):
                at = round(100 * noise * kappa(spec.data) ** -1.5)
                made.append(
                    like | {"sweep": sweep.name, "condition": condition.label, "series": condition.series}
                    | {"stage": "result", "is_point": True, "spec": json.dumps(spec.as_dict()), "pairs": 10**6}
                    | {"bound.own.step": at if condition.series == "digits" else None}
                )  # fmt: skip
    found = slopes(made)
    assert found["measured"].keys() == {"digits"}, "no seed of the other is bound"
    value, low, high = found["measured"]["digits"]
    assert low < value < high and value == pytest.approx(-1.5, abs=0.02)
    estimates = load_forecasts()["models"]["law"]["estimates"]
    assert found["forecast"]["law"] == pytest.approx(estimates["log kappa"][0], abs=0.01)
    assert found["forecast"]["steep"] == pytest.approx(-1.5, abs=0.01) and found["forecast"]["constant"] == 0
