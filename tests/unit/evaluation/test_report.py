"""The report of a model: its keys, its forms, and that the quick evaluation of a run says the same."""

import json
from typing import Any

import pytest

from explorer.codec import decode, encode
from explorer.evaluation import embed, report
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
    seed: int = 0,
    budget: EvaluationBudget = FULL,
) -> dict[str, Any]:
    scores = evaluate(tiny_clip(), THINGS, data, seed=seed, count=count, trained=trained, budget=budget)
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


@pytest.mark.parametrize(("data", "parts"), [(None, 4), (SPECS["rich"], 7), (DataSpec(objects_in_image=1), 6)])
def test_each_part_is_told_once(data: DataSpec | None, parts: int) -> None:
    told: list[tuple[int, int]] = []
    evaluate(tiny_clip(), THINGS, data, seed=0, count=24, tell=lambda *values: told.append(values))
    assert told == [(done, parts) for done in range(1, parts + 1)]


def test_without_data_there_is_the_canonical_form_alone() -> None:
    found = evaluated(None)
    assert found["forms"] == {"own": None, "complete": None, "bundle": None}
    assert found["metrics"] == evaluated(SPECS["web"])["metrics"], "the same scenes whatever the data"
    assert {row["form"] for row in found["breakdown"]} == {"canonical"}
    assert "caption_only" not in found["controls"], "what it was trained on is not known"


def test_forms_are_null_where_no_kind_varies() -> None:
    found = evaluated(DataSpec(attribute_kinds=(), attribute_density=0.0))
    assert found["forms"] == {"own": None, "complete": None, "bundle": None}
    assert found["metrics"]["binding_accuracy"]["n"] > 0


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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "embedded"),
    [
        (DataSpec(), 1),
        (DataSpec(attribute_object_correlation=0.5), 1),
        (DataSpec(objects_in_image=3), 2),
        (DataSpec(attribute_kinds=("pattern",)), 2),
        (DataSpec(attribute_density=0.5), 2),
        (DataSpec(attribute_kinds=("color", "size"), attribute_density=2.0), 3),
    ],
)
def test_a_form_that_asks_what_another_asked_is_not_embedded_again(
    data: DataSpec, embedded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed, sets = report.embed_set, []
    monkeypatch.setattr(
        report, "embed_set", lambda *asked, **sizes: sets.append(asked[2].form) or embed(*asked, **sizes)
    )
    trained = make_plan(data, THINGS, seed=0)
    reused = evaluated(data, trained=trained)
    assert len(sets) == embedded
    monkeypatch.setattr(report, "asks_the_same", lambda *_: False)
    assert reused == evaluated(data, trained=trained), "the same report either way"
    assert len(sets) - embedded == 2 + len(data.attribute_kinds), "canonical, own, complete, and bundle of two kinds"


def test_equal_arguments_give_equal_reports_and_another_seed_other_scenes() -> None:
    first, again, other = (evaluated(SPECS["web"], seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert first["metrics"]["margin"] != other["metrics"]["margin"]


def test_the_probe_is_left_out_of_small_counts() -> None:
    few = EvaluationBudget(fewest_for_probe=24, probe=ProbeBudget(fit_per_value=20, test_per_value=10))
    assert set(evaluated(None, budget=few)["metrics"]) == set(METRICS)
    assert "probe_accuracy" not in evaluated(None, count=23, budget=few)["metrics"]


@pytest.mark.parametrize("name", ["friendly", "web"])
def test_the_quick_evaluation_says_what_the_full_one_says(name: str) -> None:
    clip, data = tiny_clip(seed=5), SPECS[name]
    quick = QuickEvaluation(clip, THINGS, data, seed=0).measure()
    full = evaluate(clip, THINGS, data, seed=0, count=FULL.quick_scenes)
    assert set(quick) == {"canonical", "own"}
    for form, metrics in (("canonical", full.canonical), ("own", full.of("own"))):
        assert quick[form] == {metric: metrics[metric] for metric in ("binding_accuracy", "recognition_accuracy")}


def test_the_quick_evaluation_follows_the_model() -> None:
    clip = tiny_clip()
    quick = QuickEvaluation(clip, THINGS, DataSpec(), seed=0)
    before = quick.measure()
    assert quick.measure() == before
    clip.model.load_state_dict(tiny_clip(seed=1).model.state_dict())
    assert quick.measure() != before


def test_evaluation_leaves_a_model_in_the_mode_it_was_in() -> None:
    clip = tiny_clip()
    clip.model.train()
    evaluate(clip, THINGS, None, seed=0, count=10)
    assert clip.model.training and all(weight.grad is None for weight in clip.model.parameters())


@pytest.mark.parametrize("name", ["web", "one of three"])
def test_more_scenes_than_are_asked_for_twins_score_the_first_ones(name: str) -> None:
    few = evaluated(SPECS[name], count=20)
    many = evaluated(SPECS[name], count=50, budget=EvaluationBudget(most_twins=20))
    for before, after in ((few["metrics"], many["metrics"]), (few["forms"]["own"], many["forms"]["own"])):
        for metric in ("text_score", "image_score", "group_score", "permutation_recall"):
            assert before[metric] == after[metric]
        assert after["modality_gap"]["n"] == 50 and before["modality_gap"]["n"] == 20
    assert few["controls"]["untrained"] != many["controls"]["untrained"]


def test_damaged_images_are_those_of_the_first_scenes() -> None:
    few = evaluated(None, count=20)["controls"]
    many = evaluated(None, count=50, budget=EvaluationBudget(most_damaged=20))["controls"]
    assert {name: many[name] for name in IN_CANONICAL} == {name: few[name] for name in IN_CANONICAL}
    assert many["permuted_images"]["canonical"]["n"] > 20


def test_scenes_of_the_same_image_dials_are_embedded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    embed_images = embed.embed_images
    monkeypatch.setattr(
        embed, "embed_images", lambda clip, images: drawn.append(len(images)) or embed_images(clip, images)
    )
    reused = evaluated(SPECS["web"])
    count = len(drawn)
    monkeypatch.setattr(report, "shows_the_same", lambda *_: False)
    assert evaluated(SPECS["web"]) == reused
    # Canonical, and own, complete and bundle of the same scenes; each with twins of its own.
    assert (count, len(drawn) - count) == (6, 8)
