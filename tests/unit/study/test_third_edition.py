"""The sweeps of the third edition are legal and new, and their forecasts are what the frozen rows give."""

import json
import math
from typing import Any

import pytest

from explorer.clip.names import config_names
from explorer.spec import Names, validate
from explorer.study.evidence_store import FROZEN
from explorer.study.forecasts import forecasts, load_forecasts, predictions, scores, slopes
from explorer.study.rows import read_rows
from explorer.study.sweeps import (
    EXPERIMENTS,
    SCENES_FROM,
    SECOND_EDITION,
    SWEEPS,
    THIRD_EDITION,
    result_jobs,
    runnable,
    search_jobs,
)
from explorer.study.time_model import FORMS, kappa, other_dial
from explorer.study.trainings import frozen_trainings
from explorer.world.worlds import kind_names

FIRST_SEED = 20
NAMES = Names(worlds=kind_names(), models=config_names())
PAIRS = 46_080


@pytest.mark.parametrize("name", THIRD_EDITION)
def test_every_run_is_legal_and_of_a_seed_that_no_earlier_row_has(name: str) -> None:
    sweep = runnable(name)
    factors = {condition.label: 1.0 for condition in sweep.conditions}
    jobs = result_jobs(sweep, sweep.conditions, factors, sweep.seeds)
    for job in [*jobs, *search_jobs(sweep, sweep.conditions)]:
        assert validate(job.spec, NAMES) is job.spec
        assert job.scenes.seed == SCENES_FROM + job.seed and job.scenes.count == 4000
        assert job.spec.train.seed == job.seed
    assert {job.seed for job in jobs} == set(range(FIRST_SEED, FIRST_SEED + sweep.seeds))
    assert len({job.key for job in jobs}) == len(jobs), "no condition stands twice"


def test_no_earlier_row_has_these_seeds() -> None:
    seeds = {
        row["seed"]
        for name in (*SWEEPS, *SECOND_EDITION)
        if (path := FROZEN / f"{name}.parquet").is_file()
        for row in read_rows(path)[0]
        if row["stage"] == "result"
    }
    assert not seeds & set(range(FIRST_SEED, FIRST_SEED + 5)) and 11 not in range(FIRST_SEED, FIRST_SEED + 5)
    assert not THIRD_EDITION.keys() & (SWEEPS.keys() | SECOND_EDITION.keys())


def test_budgets_are_what_names_and_labels_say() -> None:
    pairs = {
        (name, condition.label): sweep.spec(condition, seed=0, factor=1.0).train
        for name, sweep in THIRD_EDITION.items()
        for condition in sweep.conditions
    }
    found = {key: train.steps * train.batch_size / PAIRS for key, train in pairs.items()}
    assert found["told-values", "two objects: 0.125"] == 4 and found["told-values-longer", "two objects: 0.125"] == 16
    assert found["web-like-16", "web-like: 16"] == 16 and found["web-like-32", "web-like: 32"] == 32
    assert found["kinds-at-half", "density 0.5: 3"] == 8 and found["kinds-at-half", "web-like: two objects"] == 16
    assert found["silence", "completeness 0.75: 1"] == 1 and found["silence-longer", "completeness 0.5: 0.25"] == 4


def test_two_color_words_for_four_objects_either_way() -> None:
    sweep = THIRD_EDITION["silence-of-four"]
    data = {each.label: sweep.spec(each, seed=0, factor=1.0).data for each in sweep.conditions}
    words = {label: 4 * each.caption_completeness * each.attribute_density for label, each in data.items()}
    assert words["half told: 4"] == words["fully told: 2"] == 2 and words["half told: 1"] == 0.5


def test_only_times_of_plain_trainings_are_compared() -> None:
    for name, sweep in THIRD_EDITION.items():
        specs = [sweep.spec(each, seed=0, factor=1.0) for each in sweep.conditions]
        about = EXPERIMENTS[name]
        assert bool(about.why) == (about.compares != "times")
        if about.compares == "times":
            assert not any(map(other_dial, specs))
        assert all(kappa(spec.data) for spec in specs)


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
