"""The law, forecasts and their scores are what the frozen rows give, and say where nothing is known."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.presets import PRESETS
from explorer.spec import override
from explorer.study.evidence_store import FROZEN
from explorer.study.forecasts import OUTCOMES, forecasts, load_forecasts, predictions, scores, slopes, write_outcomes
from explorer.study.rows import frozen_trainings, read_rows, write_rows
from explorer.study.sweeps import LATER_EDITIONS, SECOND_EDITION, SWEEPS, THIRD_EDITION
from explorer.study.time_model import FORMS, LAW_FILE, Training, fit, kappa, law_document, predict

FRIENDLY, WEB = PRESETS["binding-friendly"].spec, PRESETS["web-like"].spec
EVERY = (*SWEEPS, *LATER_EDITIONS)


def test_a_prediction_is_that_of_the_fitted_law() -> None:
    law = fit(FORMS["law"], frozen_trainings())
    for changes in ({}, {"objects_in_image": 4}, {"caption_completeness": 0.5, "saliency_bias": 1.0, "seed": 3}):
        spec = override(FRIENDLY, changes)
        found, direct = predict(spec), law.predict(spec.data, pairs=46_080)
        assert found.pairs is not None and found.steps is not None and found.unknown is None is found.beyond
        assert found.pairs.value == pytest.approx(direct.pairs, rel=1e-3)
        assert (found.pairs.low, found.pairs.high) == pytest.approx((direct.low, direct.high), rel=1e-3)
        assert found.steps.value == pytest.approx(found.pairs.value / 256)
        assert found.share_bound == pytest.approx(direct.share_bound(180 * 256), abs=1e-3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"world": "digits"}, "world is digits, and that of all trainings things"),
        ({"hard_negatives": 1.0}, "hard_negatives is 1.0"),
        ({"batch_size": 1024}, "batch_size is 1024"),
        ({"init": "things-web"}, "init is things-web, and that of all trainings scratch"),
        ({"held_out_pairs": 0.5}, "held_out_pairs is 0.5"),
        ({"learning_rate": 1e-5}, "learning_rate is 1e-05"),
    ],
)
def test_another_dial_is_not_known_there(changes: dict[str, Any], words: str) -> None:
    found = predict(override(FRIENDLY, changes))
    assert found.pairs is found.steps is found.share_bound is found.beyond is None
    assert str(found.unknown).startswith("Not known there: ") and words in str(found.unknown)
    assert found.sentence == f"{found.unknown}."


def test_below_what_has_bound_the_line_is_only_a_line() -> None:
    found = predict(WEB)
    assert found.pairs is None and found.share_bound is None
    law = json.loads((FROZEN / LAW_FILE).read_text())
    intercept, slope = (law["estimates"][name][0] for name in ("intercept", "log kappa"))
    assert found.beyond == pytest.approx(math.exp(intercept) * kappa(WEB.data) ** slope)
    assert kappa(WEB.data) < law["kappa"][0] and math.isclose(law["kappa"][1], 0.5)


def test_the_law_is_not_known_where_a_condition_was_unbound_at_twice_its_time() -> None:
    trainings = frozen_trainings()
    assert law_document(trainings)["wrong_up_to"] == 0
    data = override(FRIENDLY, {"attribute_density": 0.5}).data
    late = fit(FORMS["law"], trainings).predict(data, pairs=46_080).pairs
    for times, wrong in ((2.2, 0.5), (1.8, 0.0)):
        more = Training(data=data, pairs=round(times * late), bound_at=None, condition="new", edition=3)
        assert law_document([*trainings, more, more])["wrong_up_to"] == wrong
    bound = Training(data=data, pairs=round(2.2 * late), bound_at=round(late), condition="new", edition=3)
    assert law_document([*trainings, bound, bound, more])["wrong_up_to"] == 0


@pytest.mark.parametrize("changes", [{"objects_in_image": 1}, {"attribute_density": 0.0}])
def test_nothing_to_bind_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=next(iter(changes))):
        predict(override(FRIENDLY, changes))


def test_outcomes_are_written_from_the_frozen_rows(tmp_path: Path) -> None:
    """Rows of another sweep, under the name of a new one, as its result would stand there."""
    (tmp_path / "forecasts.json").write_bytes((FROZEN / "forecasts.json").read_bytes())
    sweep = THIRD_EDITION["told-values"]
    rows, about = read_rows(FROZEN / "density-forms.parquet")
    seeds = [row for row in rows if row["condition"] == "plain: 1"][:3]
    spec = sweep.spec(sweep.conditions[0], seed=20, factor=1.0)
    label = sweep.conditions[0].label
    made = [
        row | {"sweep": sweep.name, "condition": label, "seed": 20 + n, "spec": json.dumps(spec.as_dict())}
        for n, row in enumerate(seeds)
    ]
    write_rows(tmp_path / "told-values.parquet", made, about)
    write_outcomes(tmp_path)
    document = json.loads((tmp_path / OUTCOMES).read_text())
    outcome = document["sweeps"]["told-values"][label]
    assert outcome["bound_at"]["own"] == [row["bound.own.pairs"] for row in seeds]
    assert outcome["failed"] == 0 and outcome["critics"]["binder"] < outcome["critics"]["bag"]
    losses = [row["loss"] for row in seeds]
    reach = outcome["critics"]["nouns"] - outcome["critics"]["bag"]
    assert outcome["share_learned"] == pytest.approx((outcome["critics"]["nouns"] - sum(losses) / 3) / reach)
    assert document["scores"].keys() == {"1b"} and document["scores"]["1b"]["law"]["num_runs"] == 3
    assert not (tmp_path / LAW_FILE).exists(), "one condition has no slope"


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
