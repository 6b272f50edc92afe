"""The report of a model: its keys, its forms, and that the quick evaluation of a run says the same."""

import json
from typing import Any

import pytest

from explorer.codec import decode, encode
from explorer.evaluation import report
from explorer.evaluation.metrics import METRICS
from explorer.evaluation.report import QuickEvaluation, evaluate
from explorer.evaluation.results import Scores
from explorer.evaluation.sets import FULL, EvaluationBudget, ProbeBudget, form_data, make_set
from explorer.spec import DataSpec
from explorer.world.plan import Plan, make_plan
from explorer.world.things import THINGS
from tests.unit.evaluation.oracles import SPECS
from tests.unit.toys import tiny_clip
from tests.unit.world.worlds import same, texts_of

ESTIMATE = {"value", "n", "low", "high", "chance"}
BUT_THE_PROBE = set(METRICS) - {"probe_accuracy"}
IN_CANONICAL = ("shuffled_pixels", "grey_boxes", "untrained")


def evaluated(
    data: DataSpec | None,
    *,
    count: int = 24,
    trained: Plan | None = None,
    budget: EvaluationBudget = FULL,
) -> dict[str, Any]:
    told: list[tuple[int, int]] = []
    arguments: dict[str, Any] = {"seed": 0, "count": count, "trained": trained, "budget": budget}
    scores = evaluate(tiny_clip(), THINGS, data, **arguments, tell=lambda *values: told.append(values))
    assert told == [(done, len(told)) for done in range(1, len(told) + 1)], "each part is told once"
    found = encode(scores)
    assert json.loads(json.dumps(found, allow_nan=False)) == found, "plain JSON"
    assert decode(Scores, found) == scores
    return found


def test_the_report_has_the_keys_of_the_design() -> None:
    data = SPECS["rich"]
    found = evaluated(data, trained=make_plan(data, THINGS, seed=0))
    assert set(found) == {"metrics", "forms", "breakdown", "controls"}
    assert list(found["forms"]) == ["own", "complete", "bundle"]
    for metrics in (found["metrics"], *found["forms"].values()):
        assert set(metrics) == BUT_THE_PROBE and all(set(estimate) == ESTIMATE for estimate in metrics.values())
    assert set(found["controls"]) == {"caption_only", "permuted_images", *IN_CANONICAL}
    forms = {"canonical", "own", "complete", "bundle"}
    for name, by_form in found["controls"].items():
        assert set(by_form) == ({"canonical"} if name in IN_CANONICAL else forms)
        assert all(set(estimate) == ESTIMATE and estimate["chance"] == 0.5 for estimate in by_form.values())
    assert all(set(row) == ESTIMATE | {"form", "by", "group"} for row in found["breakdown"])
    assert {row["form"] for row in found["breakdown"]} == forms
    groups = {"kind", "larger_object", "smaller_object_area", "pairs", "alone_by_size", "alone_by_naming"}
    assert {row["by"] for row in found["breakdown"]} == groups


def test_without_data_there_is_the_canonical_form_alone() -> None:
    found = evaluated(None)
    assert found["forms"] == {"own": None, "complete": None, "bundle": None}
    assert found["metrics"] == evaluated(SPECS["web"])["metrics"], "the same scenes whatever the data"
    without_kinds = evaluated(DataSpec(attribute_kinds=(), attribute_density=0.0))
    assert (without_kinds["forms"], without_kinds["metrics"]) == (found["forms"], found["metrics"])
    assert {row["form"] for row in found["breakdown"]} == {"canonical"}
    assert "caption_only" not in found["controls"], "what it was trained on is not known"


def test_one_object_leaves_only_recognition_to_ask_for() -> None:
    own = evaluated(DataSpec(objects_in_image=1))["forms"]["own"]
    measured = {name for name, estimate in own.items() if estimate["value"] is not None}
    assert measured == {"recognition_accuracy", "modality_gap"}
    assert own["binding_accuracy"] == {"value": None, "n": 0, "low": None, "high": None, "chance": 0.5}


def test_with_one_kind_bundle_is_complete() -> None:
    data = DataSpec(objects_in_image=3, attribute_kinds=("pattern",), caption_completeness=1 / 3)
    forms = evaluated(data)["forms"]
    assert forms["bundle"] == forms["complete"] != forms["own"]
    assert forms["complete"]["binding_accuracy"]["n"] > 0
    complete, bundle = (make_set(form, data, THINGS, seed=0, count=40) for form in ("complete", "bundle"))
    assert texts_of(complete.caption) == texts_of(bundle.caption) and same(complete.swapped, bundle.swapped)
    assert form_data("bundle", data, THINGS) == form_data("complete", data, THINGS)


@pytest.mark.parametrize(
    ("data", "embedded"),
    [
        (DataSpec(attribute_object_correlation=0.5), 1),
        (DataSpec(attribute_density=0.5), 2),
        (DataSpec(attribute_kinds=("color", "size"), attribute_density=2.0), 3),
    ],
)
def test_a_form_that_asks_what_another_asked_is_not_embedded_again(
    data: DataSpec, embedded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed, sets = report.embed_set, list[str]()
    monkeypatch.setattr(
        report, "embed_set", lambda *asked, **sizes: sets.append(asked[2].form) or embed(*asked, **sizes)
    )
    trained = make_plan(data, THINGS, seed=0)
    reused = evaluated(data, trained=trained)
    assert len(sets) == embedded
    for name in ("asks_the_same", "shows_the_same"):
        monkeypatch.setattr(report, name, lambda *_: False)
    assert reused == evaluated(data, trained=trained), "the same report either way"
    assert len(sets) - embedded == 2 + len(data.attribute_kinds), "canonical, own, complete, and bundle of two kinds"


def test_the_probe_is_left_out_of_small_counts() -> None:
    few = EvaluationBudget(fewest_for_probe=24, probe=ProbeBudget(fit_per_value=6, test_per_value=4))
    assert set(evaluated(None, budget=few)["metrics"]) == set(METRICS)
    assert "probe_accuracy" not in evaluated(None, count=23, budget=few)["metrics"]


@pytest.mark.parametrize("name", ["friendly", "web"])
def test_the_quick_evaluation_says_what_the_full_one_says(name: str) -> None:
    clip, data = tiny_clip(seed=5), SPECS[name]
    clip.model.train()
    evaluation = QuickEvaluation(clip, THINGS, data, seed=0, count=60)
    quick = evaluation.measure()
    full = evaluate(clip, THINGS, data, seed=0, count=60)
    assert clip.model.training and all(weight.grad is None for weight in clip.model.parameters())
    assert set(quick) == {"canonical", "own"}
    for form, metrics in (("canonical", full.canonical), ("own", full.of("own"))):
        assert quick[form] == {metric: metrics[metric] for metric in ("binding_accuracy", "recognition_accuracy")}
    clip.model.load_state_dict(tiny_clip(seed=1).model.state_dict())
    assert evaluation.measure() != quick, "it follows the weights"


def test_twins_and_damaged_images_are_those_of_the_first_scenes() -> None:
    few = evaluated(SPECS["web"], count=20)
    many = evaluated(SPECS["web"], count=50, budget=EvaluationBudget(most_twins=20, most_damaged=20))
    for before, after in ((few["metrics"], many["metrics"]), (few["forms"]["own"], many["forms"]["own"])):
        for metric in ("text_score", "image_score", "group_score", "permutation_recall"):
            assert before[metric] == after[metric]
        assert after["modality_gap"]["n"] == 50 and before["modality_gap"]["n"] == 20
    assert {name: many["controls"][name] for name in IN_CANONICAL} == {
        name: few["controls"][name] for name in IN_CANONICAL
    }
    assert many["controls"]["permuted_images"]["canonical"]["n"] > 20
