"""Scores and metrics of features built by hand: a model that binds, a bag of words, and one that knows nothing."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from explorer.evaluation.embed import Features
from explorer.evaluation.metrics import METRICS, SHARE_METRICS
from explorer.evaluation.report import break_down, permuted_image_control, score_metrics, summarize_scores
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import EvaluationSet
from explorer.spec import DataSpec
from explorer.world.plan import ScenePlan
from tests.unit.evaluation.oracles import (
    FORMS,
    SPECS,
    WordedSet,
    bag_oracle,
    binding_oracle,
    constant_oracle,
    existing_rows,
    features_of,
    kinds_of,
    set_of,
    worded_set,
)
from tests.unit.world.worlds import KINDS, draw, facts_of, plan_of, stream_of

every_set = pytest.mark.parametrize(("form", "name"), [(form, name) for form in FORMS for name in SPECS])


def measure_set(evaluation_set: EvaluationSet, features: Features) -> dict[str, Estimate]:
    return summarize_scores(evaluation_set, features, score_metrics(evaluation_set, features))


def scenes_by_share(evaluation_set: EvaluationSet) -> dict[str, int]:
    """On how many scenes each share can be measured."""
    swaps, several = evaluation_set.swapped.exists, evaluation_set.reordered.exists
    return {
        **dict.fromkeys(("binding_accuracy", "text_score", "image_score", "group_score"), int(swaps.sum())),
        "recognition_accuracy": int(evaluation_set.replaced.exists.sum()),
        "reorder_accuracy": int((swaps & several).sum()),
        "permutation_recall": int((evaluation_set.valid.sum(axis=1) > 1).sum()),
    }


# ---- Four models


@pytest.mark.slow
@every_set
@pytest.mark.parametrize("of", ["binding", "bag", "constant", "inverted"])
def test_four_models_score_what_they_know(form: str, name: str, of: str) -> None:
    """One binds, one reads bags of words, one knows nothing, and one prefers what is wrong."""
    evaluation_set = worded_set(form, name).evaluation_set
    oracle = {"binding": binding_oracle, "inverted": binding_oracle, "bag": bag_oracle, "constant": constant_oracle}[of]
    estimates = measure_set(evaluation_set, features_of(evaluation_set, oracle, sign=-1.0 if of == "inverted" else 1.0))
    ways = evaluation_set.valid.sum(axis=1)
    for metric, n in scenes_by_share(evaluation_set).items():
        assert estimates[metric].n == n and (n or estimates[metric].value is None), metric
        assert metric == "permutation_recall" or estimates[metric].chance == METRICS[metric].chance
        chance = float(np.mean(1 / ways[ways > 1])) if metric == "permutation_recall" and n else METRICS[metric].chance
        expected = {"binding": 1.0, "inverted": 0.0, "constant": chance, "bag": chance}[of]
        if of == "bag" and metric == "recognition_accuracy":
            expected = 1.0
        assert not n or estimates[metric].value == pytest.approx(expected, abs=1e-12), metric
    permuted = permuted_image_control(evaluation_set, features_of(evaluation_set, oracle)).value
    assert permuted is not None and 0.2 < permuted < 0.8, "the next picture tells nothing of a caption"
    low, high = estimates["margin"].low or 0.0, estimates["margin"].high or 0.0
    if of in ("binding", "inverted"):
        assert low > 0 if of == "binding" else high < 0
    else:
        assert estimates["margin"].value == pytest.approx(0, abs=1e-12)
        assert of == "bag" or estimates["modality_gap"].value == 0.0


def test_where_nothing_can_be_asked_there_is_no_score() -> None:
    evaluation_set = set_of("own", DataSpec(attribute_kinds=(), attribute_density=0.0), count=20)
    estimates = measure_set(evaluation_set, features_of(evaluation_set, binding_oracle))
    assert {estimates[metric].value for metric in (*SHARE_METRICS, "permutation_recall", "margin")} == {None}
    assert estimates["permutation_recall"].chance is None and estimates["modality_gap"].n == 20


def test_winoground_reads_the_twin_and_the_swapped_caption() -> None:
    evaluation_set = worded_set("canonical", "friendly").evaluation_set
    features = features_of(evaluation_set, binding_oracle)
    blind = Features(images=features.images, twins=features.images, captions=features.captions, ways=features.ways)
    estimates = measure_set(evaluation_set, blind)
    # The twin looks like the scene: its caption loses there, and the two images tie for every caption.
    assert [estimates[name].value for name in ("text_score", "image_score", "group_score")] == [0.0, 0.25, 0.0]
    assert estimates["binding_accuracy"].value == 1.0


# ---- The breakdown, against scenes counted one by one


def check_breakdown(
    words: WordedSet, trained: ScenePlan | None, groups: dict[tuple[str, str], Callable[[int], bool]]
) -> dict[Any, int]:
    """Compare the rows of made-up scores, all different, with the members of each group; return their numbers."""
    exists, scores = words.evaluation_set.swapped.exists, np.random.default_rng(0).random(len(words.evaluation_set))
    rows = break_down(words.evaluation_set, {"binding_accuracy": np.where(exists, scores, np.nan)}, trained)
    assert {(row.form, row.chance) for row in rows} == {(words.evaluation_set.form, 0.5)}
    members = {key: [i for i in existing_rows(exists) if belongs(i)] for key, belongs in groups.items()}
    expected = {key: (len(rows), pytest.approx(scores[rows].mean())) for key, rows in members.items() if rows}
    assert {key: (row.n, row.value) for row in rows if (key := (row.by, row.group)) in groups} == expected
    return {key: len(rows) for key, rows in members.items()}


@every_set
def test_breakdown_by_kind_place_and_size(form: str, name: str) -> None:
    words = worded_set(form, name)
    pairs = np.take_along_axis(words.evaluation_set.scenes.side, words.evaluation_set.pair, axis=1)
    low, high = np.quantile(pairs.min(axis=1) ** 2, [1 / 3, 2 / 3])

    def changed(i: int) -> set[str]:
        both = zip(words.captions[i], words.swapped[i], strict=True)
        return kinds_of(set().union(*(set(old) ^ set(new) for (_, old), (_, new) in both)))

    counts = check_breakdown(words, None, {
        **{("kind", kind): lambda i, k=kind: k in changed(i) for kind in KINDS},
        ("larger_object", "first"): lambda i: pairs[i, 0] > pairs[i, 1],
        ("larger_object", "second"): lambda i: pairs[i, 0] < pairs[i, 1],
        ("smaller_object_area", "lowest third"): lambda i: min(pairs[i]) ** 2 <= low,
        ("smaller_object_area", "middle third"): lambda i: low < min(pairs[i]) ** 2 <= high,
        ("smaller_object_area", "highest third"): lambda i: min(pairs[i]) ** 2 > high,
    })  # fmt: skip
    asked_for = ("color",) if form == "canonical" else SPECS[name].attribute_kinds
    assert {kind for kind in KINDS if counts["kind", kind]} == set(asked_for)
    assert counts["larger_object", "first"] and counts["larger_object", "second"]


@pytest.mark.parametrize(("form", "name"), [("canonical", "friendly"), ("bundle", "rich")])
def test_breakdown_by_seen_pairs_has_four_cells(form: str, name: str) -> None:
    dials = {"objects_in_image": 4, "attribute_kinds": KINDS, "attribute_density": 1.0, "held_out_pairs": 0.3}
    words, trained = worded_set(form, name, 400), plan_of(**dials)
    facts = facts_of(draw(trained, stream_of(8000)).scenes)
    seen = {(noun, word) for scene in facts for noun, shown in scene.items() for word in shown}
    right, wrong = (
        [all((noun, word) in seen for noun, named in objects for word in named) for objects in column]
        for column in (words.captions, words.swapped)
    )
    counts = check_breakdown(words, trained, {
        ("pairs", f"true {true}, exchanged {exchanged}"): lambda i, wanted=(true == "seen", exchanged == "seen"): (
            (right[i], wrong[i]) == wanted
        )
        for true, exchanged in product(("seen", "unseen"), repeat=2)
    })  # fmt: skip
    assert sum(counts.values()) == words.evaluation_set.swapped.exists.sum() and min(counts.values()) > 0
    for without in (plan_of(), None):  # no held-out pairs, and no training set
        assert not check_breakdown(words, without, {})
