"""Scores and metrics of features built by hand: a model that binds, a bag of words, and one that knows nothing."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from explorer.evaluation.embed import Features
from explorer.evaluation.metrics import METRICS, SHARES
from explorer.evaluation.report import break_down, permuted_images, score, summarize
from explorer.evaluation.results import Estimate, Row
from explorer.evaluation.sets import EvaluationSet
from explorer.spec import DataSpec
from tests.unit.evaluation.oracles import (
    FORMS,
    SPECS,
    Told,
    bag,
    binding,
    constant,
    features_of,
    kinds_of,
    set_of,
    told,
)
from tests.unit.world.worlds import KINDS, draw, facts_of, plan_of, stream_of

every_set = pytest.mark.parametrize(("form", "name"), [(form, name) for form in FORMS for name in SPECS])


def measured(found: EvaluationSet, features: Features) -> dict[str, Estimate]:
    return summarize(found, features, score(found, features))


def asked(found: EvaluationSet) -> dict[str, int]:
    """On how many scenes each share can be measured."""
    swaps, several = found.swapped.exists, found.reordered.exists
    return {
        **dict.fromkeys(("binding_accuracy", "text_score", "image_score", "group_score"), int(swaps.sum())),
        "recognition_accuracy": int(found.replaced.exists.sum()),
        "reorder_accuracy": int((swaps & several).sum()),
        "permutation_recall": int((found.valid.sum(axis=1) > 1).sum()),
    }


# --- four models ---


@every_set
@pytest.mark.parametrize("of", ["binding", "bag", "constant", "inverted"])
def test_four_models_score_what_they_know(form: str, name: str, of: str) -> None:
    """One binds, one reads bags of words, one knows nothing, and one prefers what is wrong."""
    found = told(form, name).found
    oracle = {"binding": binding, "inverted": binding, "bag": bag, "constant": constant}[of]
    estimates = measured(found, features_of(found, oracle, sign=-1.0 if of == "inverted" else 1.0))
    ways = found.valid.sum(axis=1)
    for metric, n in asked(found).items():
        assert estimates[metric].n == n and (n or estimates[metric].value is None), metric
        assert metric == "permutation_recall" or estimates[metric].chance == METRICS[metric].chance
        chance = float(np.mean(1 / ways[ways > 1])) if metric == "permutation_recall" and n else METRICS[metric].chance
        expected = {"binding": 1.0, "inverted": 0.0, "constant": chance, "bag": chance}[of]
        if of == "bag" and metric == "recognition_accuracy":
            expected = 1.0
        assert not n or estimates[metric].value == pytest.approx(expected, abs=1e-12), metric
    permuted = permuted_images(found, features_of(found, oracle)).value
    assert permuted is not None and 0.2 < permuted < 0.8, "the next picture tells nothing of a caption"
    low, high = estimates["margin"].low or 0.0, estimates["margin"].high or 0.0
    if of in ("binding", "inverted"):
        assert low > 0 if of == "binding" else high < 0
    else:
        assert estimates["margin"].value == pytest.approx(0, abs=1e-12)
        assert of == "bag" or estimates["modality_gap"].value == 0.0


def test_where_nothing_can_be_asked_there_is_no_score() -> None:
    found = set_of("own", DataSpec(attribute_kinds=(), attribute_density=0.0), count=20)
    estimates = measured(found, features_of(found, binding))
    assert {estimates[metric].value for metric in (*SHARES, "permutation_recall", "margin")} == {None}
    assert estimates["permutation_recall"].chance is None and estimates["modality_gap"].n == 20


def test_winoground_reads_the_twin_and_the_swapped_caption() -> None:
    found = told("canonical", "friendly").found
    features = features_of(found, binding)
    blind = Features(images=features.images, twins=features.images, captions=features.captions, ways=features.ways)
    estimates = measured(found, blind)
    # The twin looks like the scene: its caption loses there, and the two images tie for every caption.
    assert [estimates[name].value for name in ("text_score", "image_score", "group_score")] == [0.0, 0.25, 0.0]
    assert estimates["binding_accuracy"].value == 1.0


# --- the breakdown, against scenes counted one by one ---


def scored(words: Told) -> np.ndarray:
    """Made-up binding scores, all different, NaN where there is no swap."""
    rng = np.random.default_rng(0)
    return np.where(words.found.swapped.exists, rng.random(len(words.found)), np.nan)


def rows_of(words: Told, trained: Any = None) -> dict[tuple[str, str], Row]:
    rows = break_down(words.found, {"binding_accuracy": scored(words)}, trained)
    assert all(row.form == words.found.form and row.chance == 0.5 for row in rows)
    found = {(row.by, row.group): row for row in rows}
    assert len(found) == len(rows)
    return found


def check(words: Told, row: Row | None, belongs: Callable[[int], bool]) -> int:
    scores, exists = scored(words), words.found.swapped.exists
    members = [scores[i] for i in range(len(scores)) if exists[i] and belongs(i)]
    assert (row is None) == (not members)
    assert row is None or (row.n, row.value) == (len(members), pytest.approx(np.mean(members)))
    return len(members)


@every_set
def test_breakdown_by_kind_place_and_size(form: str, name: str) -> None:
    words = told(form, name)
    rows = rows_of(words)

    def changed(i: int) -> set[str]:
        pairs = zip(words.captions[i], words.swapped[i], strict=True)
        return kinds_of(set().union(*(set(old) ^ set(new) for (_, old), (_, new) in pairs)))

    counts = {kind: check(words, rows.get(("kind", kind)), lambda i, k=kind: k in changed(i)) for kind in KINDS}
    asked_for = ("color",) if form == "canonical" else SPECS[name].attribute_kinds
    assert {kind for kind, n in counts.items() if n} == set(asked_for)
    first = check(words, rows.get(("larger_object", "first")), lambda i: np.diff(sides_of_pair(words, i))[0] < 0)
    second = check(words, rows.get(("larger_object", "second")), lambda i: np.diff(sides_of_pair(words, i))[0] > 0)
    assert first and second
    drawn = words.found.scenes.side
    ranked = np.array([min(drawn[i, place] for place in words.found.pair[i]) ** 2 for i in range(len(words.found))])
    low, high = np.quantile(ranked, [1 / 3, 2 / 3])
    by_size = [
        check(words, rows.get(("smaller_object_area", "lowest third")), lambda i: ranked[i] <= low),
        check(words, rows.get(("smaller_object_area", "middle third")), lambda i: low < ranked[i] <= high),
        check(words, rows.get(("smaller_object_area", "highest third")), lambda i: ranked[i] > high),
    ]
    assert sum(by_size) == words.found.swapped.exists.sum() and by_size[0] and by_size[2]


def sides_of_pair(words: Told, i: int) -> list[int]:
    """The drawn sides of the two objects that trade, the one mentioned first in front."""
    nouns = list(words.facts[i])
    changed = [a[0] for a, b in zip(words.captions[i], words.swapped[i], strict=True) if a != b]
    places = [nouns.index(noun) for noun in changed]
    if len(words.captions[i]) == 1:
        places.append(int(words.found.pair[i][1]))  # which of equal lenders it was, only the set knows
    return [int(words.found.scenes.side[i, place]) for place in places]


@pytest.mark.parametrize(("form", "name"), [("canonical", "friendly"), ("bundle", "rich")])
def test_breakdown_by_seen_pairs_has_four_cells(form: str, name: str) -> None:
    dials = {"objects_in_image": 4, "attribute_kinds": KINDS, "attribute_density": 1.0, "held_out_pairs": 0.3}
    words, seen = told(form, name, 400), pairs_shown(dials)
    rows = rows_of(words, plan_of(**dials))
    right, wrong = ([all_seen(objects, seen) for objects in column] for column in (words.captions, words.swapped))
    counts = []
    for true, exchanged in product(("seen", "unseen"), repeat=2):
        row, wanted = rows.get(("pairs", f"true {true}, exchanged {exchanged}")), (true == "seen", exchanged == "seen")
        counts.append(check(words, row, lambda i, w=wanted: (right[i], wrong[i]) == w))
    assert sum(counts) == words.found.swapped.exists.sum() and min(counts) > 0
    for trained in (plan_of(), None):  # no held-out pairs, and no training set
        assert not any(by == "pairs" for by, _ in rows_of(words, trained))


def pairs_shown(dials: dict[str, Any]) -> set[tuple[str, str]]:
    """Every (noun, value) that many scenes of the training stream show."""
    facts = facts_of(draw(plan_of(**dials), stream_of(8000)).scenes)
    return {(noun, word) for scene in facts for noun, shown in scene.items() for word in shown}


def all_seen(objects: list[tuple[str, tuple[str, ...]]], seen: set[tuple[str, str]]) -> bool:
    return all((noun, word) in seen for noun, named in objects for word in named)
