"""The law, its forecasts and the page of evidence are what the frozen rows give, and say where nothing is known."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.codec import decode
from explorer.presets import PRESETS, get_preset
from explorer.resources import FROZEN_FOLDER
from explorer.spec import override
from explorer.study.evidence_store import load_line
from explorer.study.kappa import kappa
from research.changes import Multiplier, TimeChanges
from research.forecasts import (
    OUTCOMES_FILE,
    kappa_slopes,
    load_forecasts,
    load_predictions,
    make_forecasts,
    score_forecasts,
    write_outcomes,
)
from research.frozen_law import LAW_FILE, Interval, Prediction, load_law
from research.grouping import round_floats
from research.law import law_document
from research.page import FindingRow, PageFinding, check_forecast, headline, page_numbers, sorted_changes
from research.rows import Row, frozen_rows, plain_trainings, read_rows, write_rows
from research.sweeps import THIRD_EDITION
from research.time_model import MODEL_FORMS, TimedTraining, fit_model
from tests.oracles.compare import differences
from tests.page.evidence_fixture import small_line

FRIENDLY, WEB = PRESETS["binding-friendly"].spec, PRESETS["web-like"].spec


@pytest.fixture(scope="module")
def read() -> list[TimedTraining]:
    return plain_trainings(frozen_rows())


@pytest.fixture(scope="module")
def shown() -> Any:
    """The committed numbers of the page; `test_write` holds them to the rows."""
    return load_line(FROZEN_FOLDER)


# ---- The law


@pytest.mark.slow
def test_the_line_is_that_of_the_fitted_law_and_open_below_what_has_bound(read: list[TimedTraining]) -> None:
    drawn, fitted = load_law(), fit_model(MODEL_FORMS["law"], read)
    for data in (FRIENDLY.data, override(FRIENDLY, {"objects_in_image": 4}).data, WEB.data):
        expected = fitted.predict(data, pairs=46_080).pairs
        assert math.exp(drawn.mean_log_pairs(kappa(data))) == pytest.approx(expected, rel=1e-3)
    assert kappa(WEB.data) < drawn.kappa[0] and math.isclose(drawn.kappa[1], kappa(FRIENDLY.data))


@pytest.mark.slow
def test_the_law_is_not_known_where_a_condition_was_unbound_at_twice_its_time(read: list[TimedTraining]) -> None:
    assert law_document(read)["wrong"] == []
    data = override(FRIENDLY, {"attribute_density": 0.5}).data
    late = fit_model(MODEL_FORMS["law"], read).predict(data, pairs=46_080).pairs
    for times, wrong in ((2.2, [[0.5, 2.0]]), (1.8, [])):
        more = TimedTraining(data=data, pairs=round(times * late), bound_at=None, condition="new", edition=3)
        assert law_document([*read, more, more])["wrong"] == wrong
    bound = replace(more, pairs=round(2.2 * late), bound_at=round(late))
    assert law_document([*read, bound, bound, more])["wrong"] == []
    worse = replace(more, data=override(FRIENDLY, {"attribute_density": 0.25}).data, condition="worse", pairs=300_000)
    late_too = replace(more, pairs=round(2.2 * late))
    law = law_document([*read, late_too, late_too, worse, worse])
    assert law["wrong"] == [[0.5, 2.0]], "a place within another one says nothing new"


# ---- Forecasts


@pytest.mark.slow
def test_the_committed_forecasts_are_what_the_frozen_rows_give() -> None:
    again, committed = make_forecasts(), load_forecasts()
    assert again["rows"] == committed["rows"] and not list(differences(committed, again, "forecasts"))


def test_outcomes_are_written_from_the_frozen_rows(tmp_path: Path) -> None:
    """Rows of another sweep, under the name of a new one, as its result would stand there."""
    (tmp_path / "forecasts.json").write_bytes((FROZEN_FOLDER / "forecasts.json").read_bytes())
    sweep = THIRD_EDITION["told-values"]
    rows, about = read_rows(FROZEN_FOLDER / "density-forms.parquet")
    seeds = [row for row in rows if row["condition"] == "plain: 1"][:3]
    spec, label = sweep.spec(sweep.conditions[0], seed=20, factor=1.0), sweep.conditions[0].label
    names = {"sweep": sweep.name, "condition": label, "spec": json.dumps(spec.to_json())}
    write_rows(tmp_path / "told-values.parquet", [row | names | {"seed": 20 + n} for n, row in enumerate(seeds)], about)
    write_outcomes(tmp_path)
    document = json.loads((tmp_path / OUTCOMES_FILE).read_text())
    outcome = document["sweeps"]["told-values"][label]
    critics = outcome["critics"]
    assert outcome["bound_at"]["own"] == [row["bound.own.pairs"] for row in seeds]
    assert outcome["failed"] == 0 and critics["binder"] < critics["bag"]
    loss = sum(row["loss"] for row in seeds) / 3
    assert outcome["share_learned"] == pytest.approx((critics["nouns"] - loss) / (critics["nouns"] - critics["bag"]))
    assert document["scores"].keys() == {"1b"} and document["scores"]["1b"]["law"]["num_runs"] == 3
    assert not (tmp_path / LAW_FILE).exists(), "one condition has no slope"


@pytest.fixture(scope="module")
def like() -> Row:
    """A result of a plain training, to be moved to another condition."""
    rows, _ = read_rows(FROZEN_FOLDER / "density-forms.parquet")
    return next(row for row in rows if row["condition"] == "plain: 1") | {"stage": "result"}


def test_scores_count_the_compared_sweeps_alone(like: Row) -> None:
    spec, sweep, made = json.loads(like["spec"]), THIRD_EDITION["told-values"], []
    for condition in sweep.conditions:
        data = sweep.spec(condition, seed=20, factor=1.0).to_json()["data"]
        at = round(load_predictions("law", sweep.name)[condition.label].pairs / 256)
        made.append(
            like | {"sweep": sweep.name, "condition": condition.label, "pairs": 184_320}
            | {"spec": json.dumps(spec | {"data": data}), "bound.own.step": at, "bound.own.pairs": at * 256}
        )  # fmt: skip
    scores = score_forecasts([*made, like, {**made[0], "sweep": "web-like-16"}])
    first = {name for name, form in MODEL_FORMS.items() if not form.begun}
    assert scores.keys() == {"1b"} and scores["1b"].keys() == first == MODEL_FORMS.keys() - {"law and budget"}
    law = scores["1b"].pop("law")
    assert law.concordance == law.called_right == 1 and (law.num_runs, law.num_conditions) == (5, 5)
    assert all(law.log_score > other.log_score for other in scores["1b"].values())


def test_slopes_are_those_of_the_settings_and_of_the_forecasts(like: Row) -> None:
    made = []
    for sweep in (THIRD_EDITION["slopes"], THIRD_EDITION["slopes-longer"]):
        for condition in sweep.select([each.label for each in sweep.conditions if each.series in ("digits", "AdamW")]):
            spec = sweep.spec(condition, seed=20, factor=1.0)
            for noise in (0.9, 1.0, 1.1):
                at = round(100 * noise * kappa(spec.data) ** -1.5) if condition.series == "digits" else None
                made.append(
                    like | {"sweep": sweep.name, "condition": condition.label, "series": condition.series}
                    | {"spec": json.dumps(spec.to_json()), "pairs": 10**6, "bound.own.step": at}
                )  # fmt: skip
    slopes = kappa_slopes(made)
    assert slopes["measured"].keys() == {"digits"}, "no seed of the other is bound"
    value, low, high = slopes["measured"]["digits"]
    assert low < value < high and value == pytest.approx(-1.5, abs=0.02)
    estimates = load_forecasts()["models"]["law"]["estimates"]
    assert slopes["forecast"]["law"] == pytest.approx(estimates["log kappa"][0], abs=0.01)
    assert slopes["forecast"]["steep"] == pytest.approx(-1.5, abs=0.01) and slopes["forecast"]["constant"] == 0


# ---- The page


def changes(**own: tuple[float, float, float]) -> TimeChanges:
    """Make changes with these factors and intervals, asked as it was taught."""
    spans = {name: Interval(value=value, low=low, high=high) for name, (value, low, high) in own.items()}
    made = {name: Multiplier(words=name, own=span, canonical=None, num_conditions=5) for name, span in spans.items()}
    return TimeChanges(changes=made, sigma={}, bound={}, trainings=9, conditions=3)


@pytest.mark.slow
def test_every_plain_training_stands_on_the_page_once(shown: Any, read: list[TimedTraining]) -> None:
    stand = [(each["kappa"], seed["pairs"], seed["bound_at"]) for each in shown["data"] for seed in each["trainings"]]
    expected = [(round_floats(kappa(each.data), 5), each.pairs, each.bound_at) for each in read]
    assert sorted(stand, key=str) == sorted(expected, key=str)
    keys = {seed["key"] for each in shown["data"] for seed in each["trainings"]}
    assert shown["num_trainings"] == len(read) == len(keys)
    assert [each["name"] for each in shown["recipes"]] == ["binding-friendly", "incomplete", "salient", "web-like"]


def test_the_page_of_the_browser_tests_has_the_keys_of_the_frozen_one(shown: Any) -> None:
    def keys(value: Any, at: str = "") -> Iterator[tuple[str, frozenset[str]]]:
        if isinstance(value, dict) and not at.endswith((".values", ".usual")):
            yield at, frozenset(value)
            for name, each in value.items():
                yield from keys(each, f"{at}.{name}")
        for each in value if isinstance(value, list) else ():
            yield from keys(each, at)

    small = dict(keys(small_line()))
    assert len(small) > 15 and small.items() <= dict(keys(shown)).items()


def test_changes_are_sorted_and_rare_ones_left_out() -> None:
    changed = changes(density=(2, 1, 3), kinds=(0.5, 0.4, 0.6), batch=(1, 1, 1))
    few = replace(changed.changes["batch"], num_conditions=4)
    made = sorted_changes(replace(changed, changes={**changed.changes, "batch": few}))
    assert [each["name"] for each in made] == ["kinds", "density"]


@pytest.mark.parametrize(
    ("completeness", "density", "said"),
    [
        ((0.95, 0.8, 1.1), (0.5, 0.4, 0.6), "cost time. Leaving things out cost none on average."),
        ((0.7, 0.6, 0.8), (0.5, 0.4, 0.6), "cost time. Leaving things out cost time."),
        ((1.5, 1.2, 1.8), (0.9, 0.7, 1.2), "cost none on average. Leaving things out saved time."),
    ],
)
def test_the_headline_follows_the_intervals(completeness: Any, density: Any, said: str) -> None:
    assert headline(changes(completeness=completeness, density=density)) == f"Leaving attributes out of captions {said}"


def test_findings_rest_on_trainings_of_their_own_data(shown: Any) -> None:
    findings = {each["name"]: decode(PageFinding, each) for each in shown["findings"]}
    one, both, half, quarter = findings["silence"].rows[:4]
    assert one.median is not None and both.median is not None and half.median is not None
    assert max(one.median, both.median) < 20_000 < half.median, "silence on values costs, on objects it does not"
    assert quarter.median is None and quarter.bound == "0 of 5"
    assert all(len(row.seeds) >= 3 for row in findings["silence"].rows)
    for finding in findings.values():
        assert finding.text and finding.overturn and finding.train and all(row.seeds for row in finding.train)


@pytest.mark.parametrize(("times", "middle"), [((10, 30, None), 30), ((10, None, None), None), ((), None)])
def test_a_median_needs_half_of_the_seeds(times: tuple[int | None, ...], middle: int | None) -> None:
    seeds = tuple({"seed": index, "bound_at": time} for index, time in enumerate(times))
    made = FindingRow(title="", detail="", preset="incomplete", values={}, pairs=90, seeds=seeds)
    assert made.median == middle and made.bound == f"{sum(map(bool, times))} of {len(times)}"


def test_a_folder_without_rows_or_without_a_law_has_no_line(tmp_path: Path) -> None:
    assert page_numbers(tmp_path) is None
    (tmp_path / "density.parquet").write_bytes((FROZEN_FOLDER / "density.parquet").read_bytes())
    assert page_numbers(tmp_path) is None


def test_a_training_that_ended_too_early_decides_nothing(like: Row) -> None:
    spec = json.dumps(override(get_preset("incomplete").spec, {"batch_size": 10}).to_json())
    rows = [
        like | {"spec": spec, "bound.own.step": step, "pairs": pairs, "condition": "half", "seed": seed}
        for seed, (pairs, step) in enumerate([(9_000, 100), (9_000, 800), (9_000, None), (2_000, None)])
    ]
    assert check_forecast({"half": Prediction(pairs=1000, spread=0.5)}, rows) == [True, False, False]
