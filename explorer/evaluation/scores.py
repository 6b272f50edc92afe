"""Scores per scene from the features of an evaluation set, and the metrics and breakdowns of a report from them.

scores = score(evaluation_set, features)
scores["binding_accuracy"]               # (N,) 0 .. 1, NaN if the scene has no swap
summarize(evaluation_set, features)      # {metric: Estimate}
break_down(evaluation_set, scores)       # [Row], binding_accuracy by kind, order, size, seen pairs
"""

from dataclasses import replace

import numpy as np

from explorer.evaluation import metrics
from explorer.evaluation.embed import Features
from explorer.evaluation.metrics import SHARES
from explorer.evaluation.results import Estimate, Row
from explorer.evaluation.sets import EvaluationSet
from explorer.world.grammar import Sentence
from explorer.world.plan import Plan, held_out_mask

ScoresByMetric = dict[str, np.ndarray]


def score(evaluation_set: EvaluationSet, features: Features) -> ScoresByMetric:
    """Return each metric per scene, NaN if it does not exist."""
    cosines = _cosines(features.images, features)
    right, wrong = cosines["caption"], cosines["swapped"]
    few = len(features.twins)
    ranked = metrics.first_of(metrics.cosine(features.images[:few], features.ways), evaluation_set.valid[:few])
    swaps, replaces = evaluation_set.swapped.exists, evaluation_set.replaced.exists
    both = swaps & evaluation_set.reordered.exists
    return {
        "binding_accuracy": _where(swaps, metrics.pairwise(right, wrong)),
        "recognition_accuracy": _where(replaces, metrics.pairwise(right, cosines["replaced"])),
        **{name: _where(swaps, _padded(values, len(right))) for name, values in _winoground(cosines, features).items()},
        "permutation_recall": _where(evaluation_set.valid.sum(axis=1) > 1, _padded(ranked, len(right))),
        "reorder_accuracy": _where(both, metrics.above_swapped(right, cosines["reordered"], wrong)),
        "margin": _where(swaps, metrics.margin(right, wrong)),
    }


def summarize(evaluation_set: EvaluationSet, features: Features, scores: ScoresByMetric) -> dict[str, Estimate]:
    """Return every metric of the set but the probe's, with n, interval and chance."""
    found = {name: metrics.share(_known(scores[name]), metrics.METRICS[name].chance) for name in SHARES}
    ways = evaluation_set.valid.sum(axis=1)
    recall = scores["permutation_recall"]
    chances = (1 / ways)[~np.isnan(recall)]
    found["permutation_recall"] = metrics.share(_known(recall), chances if len(chances) else None)
    found["margin"] = metrics.mean(_known(scores["margin"]), metrics.METRICS["margin"].chance)
    found["modality_gap"] = metrics.modality_gap(features.images, features.captions["caption"])
    return found


def break_down(evaluation_set: EvaluationSet, scores: ScoresByMetric, trained: Plan | None) -> list[Row]:
    """Break binding_accuracy down by kind, larger object first or second, size and seen pairs (with `trained`)."""
    binding = scores["binding_accuracy"]
    groups = [*_by_kind(evaluation_set), *_by_order(evaluation_set), *_by_size(evaluation_set)]
    if trained is not None and (held_out := held_out_mask(trained)).any():
        groups += _by_pairs(evaluation_set, held_out)
    rows = []
    for by, group, members in groups:
        known = _known(binding[members])
        if len(known):
            estimate = metrics.share(known, metrics.METRICS["binding_accuracy"].chance)
            rows.append(Row(form=evaluation_set.form, by=by, group=group, estimate=estimate))
    return rows


def permuted_images(evaluation_set: EvaluationSet, features: Features) -> Estimate:
    """Return binding_accuracy of each caption with the picture of the next scene: 0.5 unless something leaks."""
    cosines = _cosines(np.roll(features.images, 1, axis=0), features)
    chosen = metrics.pairwise(cosines["caption"], cosines["swapped"])[evaluation_set.swapped.exists]
    return metrics.share(chosen, metrics.METRICS["binding_accuracy"].chance)


def _cosines(images: np.ndarray, features: Features) -> dict[str, np.ndarray]:
    """Return (N,) the cosine of each picture with each kind of caption of its own scene."""
    stacked = np.stack(list(features.captions.values()), axis=1)
    return dict(zip(features.captions, metrics.cosine(images, stacked).T, strict=True))


def _winoground(cosines: dict[str, np.ndarray], features: Features) -> ScoresByMetric:
    """Return the scores of the scenes whose twin was embedded, the first ones."""
    few = len(features.twins)
    said = {name: rows[:few] for name, rows in features.captions.items()}
    twin = _cosines(features.twins, replace(features, captions=said))
    names = ("caption", "swapped")
    square = np.stack([np.stack([own[name][:few] for name in names], axis=1) for own in (cosines, twin)], axis=1)
    return metrics.winoground(square)


def _padded(values: np.ndarray, count: int) -> np.ndarray:
    """Return (count,) the scores of the first scenes, NaN for the others."""
    return np.concatenate([values, np.full(count - len(values), np.nan)])


def _where(exists: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.where(exists, values, np.nan)


def _known(values: np.ndarray) -> np.ndarray:
    return values[~np.isnan(values)]


Groups = list[tuple[str, str, np.ndarray]]


def _by_kind(evaluation_set: EvaluationSet) -> Groups:
    kinds = evaluation_set.plan.world.kinds
    return [("kind", kind.name, evaluation_set.traded[:, k]) for k, kind in enumerate(kinds)]


def _by_order(evaluation_set: EvaluationSet) -> Groups:
    areas = np.take_along_axis(evaluation_set.scenes.areas, evaluation_set.pair, axis=1)
    return [
        ("larger_object", "first", areas[:, 0] > areas[:, 1]),
        ("larger_object", "second", areas[:, 0] < areas[:, 1]),
    ]


def _by_size(evaluation_set: EvaluationSet) -> Groups:
    """Group the scenes in thirds by the area of the smaller of the two objects."""
    smaller = np.take_along_axis(evaluation_set.scenes.areas, evaluation_set.pair, axis=1).min(axis=1)
    low, high = np.quantile(smaller, [1 / 3, 2 / 3])
    return [
        ("smaller_object_area", "lowest third", smaller <= low),
        ("smaller_object_area", "middle third", (smaller > low) & (smaller <= high)),
        ("smaller_object_area", "highest third", smaller > high),
    ]


def _by_pairs(evaluation_set: EvaluationSet, held_out: np.ndarray) -> Groups:
    """Group the scenes in four cells: all true pairs, and all exchanged pairs, seen in training or not."""
    true = _all_seen(evaluation_set.caption, held_out)
    exchanged = _all_seen(evaluation_set.swapped.said, held_out)
    words = {True: "seen", False: "unseen"}
    return [
        ("pairs", f"true {words[a]}, exchanged {words[b]}", (true == a) & (exchanged == b))
        for a in (True, False)
        for b in (True, False)
    ]


def _all_seen(said: Sentence, held_out: np.ndarray) -> np.ndarray:
    """Return (N,) bool: no (noun, value) pair that the caption names was held out."""
    named = (said.nouns[:, :, None] >= 0) & (said.values >= 0)
    kinds = np.arange(said.values.shape[2])[None, None, :]
    held = held_out[said.nouns[:, :, None], kinds, said.values]
    return ~(held & named).any(axis=(1, 2))
