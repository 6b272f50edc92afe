"""The report of a model: its keys, its forms, and that the quick evaluation of a run says the same."""

from dataclasses import replace

import pytest

from explorer.evaluation import report
from explorer.evaluation.metrics import METRICS
from explorer.evaluation.readouts import caption_only_control, count_captions
from explorer.evaluation.report import QuickEvaluation, evaluate
from explorer.evaluation.results import Estimate, Scores
from explorer.evaluation.sets import FULL_BUDGET, EvaluationBudget, ProbeBudget, make_set
from explorer.spec import DataSpec
from explorer.world.grammar import Grammar
from explorer.world.plan import ScenePlan, make_plan
from explorer.world.things import THINGS
from tests.unit.evaluation.oracles import SPECS
from tests.unit.toys import tiny_clip
from tests.unit.world.worlds import same

IN_CANONICAL = ("shuffled_pixels", "grey_boxes", "untrained")


def evaluate_data(
    data: DataSpec | None, *, count: int = 24, trained: ScenePlan | None = None, budget: EvaluationBudget = FULL_BUDGET
) -> Scores:
    progress: list[tuple[int, int]] = []
    clip, tell = tiny_clip(), lambda *values: progress.append(values)
    scores = evaluate(clip, THINGS, data, seed=0, count=count, trained=trained, budget=budget, tell=tell)
    assert progress == [(done, len(progress)) for done in range(1, len(progress) + 1)], "each part is told once"
    return scores


@pytest.mark.slow
def test_without_data_there_is_the_canonical_form_alone() -> None:
    scores = evaluate_data(None)
    assert scores.forms == {"own": None, "complete": None, "bundle": None}
    assert scores.canonical == evaluate_data(SPECS["web"]).canonical, "the same scenes whatever the data"
    without_kinds = evaluate_data(DataSpec(attribute_kinds=(), attribute_density=0.0))
    assert (without_kinds.forms, without_kinds.canonical) == (scores.forms, scores.canonical)
    assert {row.form for row in scores.breakdown} == {"canonical"}
    assert "caption_only" not in scores.controls, "what it was trained on is not known"
    own = evaluate_data(DataSpec(objects_in_image=1)).of("own")
    measured = {name for name, estimate in own.items() if estimate.value is not None}
    assert measured == {"recognition_accuracy", "modality_gap"}, "one object leaves nothing to swap"
    assert own["binding_accuracy"] == Estimate.of_nothing(0.5)


def test_what_is_known_of_the_training_data() -> None:
    data, grammar = SPECS["rich"], Grammar(THINGS)
    trained = make_plan(data, THINGS, seed=3)
    few = replace(FULL_BUDGET, captions_counted=500)
    scores = evaluate_data(data, trained=trained, budget=few)
    assert {row.form for row in scores.breakdown if row.by == "alone_by_naming"} == {"complete", "bundle"}
    counts = count_captions(trained, grammar, seed=3, count=500)
    for form in ("canonical", "own", "complete", "bundle"):
        evaluation_set = make_set(form, data, THINGS, seed=0, count=24)
        assert scores.controls["caption_only"][form] == caption_only_control(evaluation_set, grammar, counts)
    assert "alone_by_naming" not in {row.by for row in evaluate_data(SPECS["friendly"]).breakdown}, (
        "all objects are named"
    )


def test_with_one_kind_bundle_is_complete() -> None:
    data = DataSpec(objects_in_image=3, attribute_kinds=("pattern",), caption_completeness=1 / 3)
    scores = evaluate_data(data)
    assert scores.of("bundle") == scores.of("complete") != scores.of("own")
    assert scores.of("complete")["binding_accuracy"].n > 0
    complete, bundle = (make_set(form, data, THINGS, seed=0, count=40) for form in ("complete", "bundle"))
    assert same(complete.caption, bundle.caption) and same(complete.swapped, bundle.swapped)


@pytest.mark.slow
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
    reused = evaluate_data(data, trained=trained)
    assert len(sets) == embedded
    for name in ("has_same_captions", "has_same_scenes"):
        monkeypatch.setattr(report, name, lambda *_: False)
    assert reused == evaluate_data(data, trained=trained), "the same report either way"
    assert len(sets) - embedded == 2 + len(data.attribute_kinds), "canonical, own, complete, and bundle of two kinds"


@pytest.mark.slow
def test_the_probe_is_left_out_of_small_counts() -> None:
    few = EvaluationBudget(min_scenes_for_probe=24, probe=ProbeBudget(fit_per_value=6, test_per_value=4))
    assert list(evaluate_data(None, budget=few).canonical) == list(METRICS)
    assert "probe_accuracy" not in evaluate_data(None, count=23, budget=few).canonical


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
    few = evaluate_data(SPECS["web"], count=20)
    many = evaluate_data(SPECS["web"], count=50, budget=EvaluationBudget(max_twins=20, max_damaged=20))
    for form in ("canonical", "own"):
        before, after = few.of(form), many.of(form)
        for metric in ("text_score", "image_score", "group_score", "permutation_recall"):
            assert before[metric] == after[metric]
        assert after["modality_gap"].n == 50 and before["modality_gap"].n == 20
    assert all(many.controls[name] == few.controls[name] for name in IN_CANONICAL)
    assert many.controls["permuted_images"]["canonical"].n > 20
