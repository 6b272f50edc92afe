"""When a training is expected to bind: the frozen law, its words, and the reasons where nothing is known."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.presets import PRESETS
from explorer.spec import RunSpec, override
from explorer.study.evidence_store import FROZEN
from explorer.study.forecasts import OUTCOMES, write_outcomes
from explorer.study.rows import frozen_trainings, read_rows, write_rows
from explorer.study.sweeps import LATER_EDITIONS, SWEEPS, THIRD_EDITION
from explorer.study.time_model import FORMS, LAW_FILE, Training, fit, kappa, law_document, predict

FRIENDLY, WEB = PRESETS["binding-friendly"].spec, PRESETS["web-like"].spec
EVERY = (*SWEEPS, *LATER_EDITIONS)


def test_the_frozen_law_is_that_of_the_frozen_rows() -> None:
    frozen, again = json.loads((FROZEN / LAW_FILE).read_text()), law_document(frozen_trainings(sweeps=EVERY))
    assert frozen.keys() == again.keys()
    for name in ("trainings", "conditions"):
        assert frozen[name] == again[name]
    for name in ("kappa", "told_share", "wrong_up_to"):
        assert frozen[name] == pytest.approx(again[name], rel=1e-3)
    for name, values in again["estimates"].items():
        assert frozen["estimates"][name] == pytest.approx(values, rel=1e-3)


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


def test_the_sentence_has_pairs_steps_and_origin() -> None:
    found = predict(FRIENDLY)
    assert found.pairs is not None and found.steps is not None
    law = json.loads((FROZEN / LAW_FILE).read_text())
    for words in (f"{found.pairs.value:,.0f} pairs", f"step {found.steps.value:,.0f}", f"{law['trainings']} trainings"):
        assert words in found.sentence


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


def test_a_spec_is_asked_as_it_is_saved() -> None:
    assert predict(RunSpec.from_dict(FRIENDLY.as_dict())) == predict(FRIENDLY)
