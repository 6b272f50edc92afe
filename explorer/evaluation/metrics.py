"""Cosines (N, ...) turn into one expected score per item (N,), and scores into an Estimate with a 95 % interval.

Every comparison counts ties in expectation under random breaking: where numbers are equal, an item scores the share of
the random orders of the equal numbers in which it would have won. So a model that gives every input the same embedding
scores exactly chance on every metric, rather than all or nothing (published benchmarks differ on this).

    >>> scores = pairwise(np.array([0.9, 0.4, 0.3]), np.array([0.1, 0.4, 0.8]))  # right, tied, wrong
    >>> scores
    array([1. , 0.5, 0. ])
    >>> estimate_share(scores, METRICS["binding_accuracy"].chance).value
    0.5

NaN in an item's input gives NaN for its score; the caller drops such items, and `estimate_share` and `estimate_mean`
refuse them. Arrays of other shapes than a function states raise ValueError. `METRICS` is the table of all metrics of a
report.
"""

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.evaluation.results import Estimate
from explorer.stats import Z, wilson_interval

Floats = NDArray[np.floating[Any]]
ItemScores = NDArray[np.float64]


Cosines = Mapping[str, NDArray[Any]]
"""Cosines of N pictures with captions of their scenes; the first M have a twin and all assignments.

"caption", "swapped", "replaced" and "reordered" (N,); "square" (M, 2, 2) of scene and twin with caption and swap;
"ways" (M, P!), and "valid" (M, P!) bool.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """One metric of a report.

    Attributes:
        definition: One sentence on what is counted.
        example: Of a picture of a red bus and a blue submarine, for docs/glossary.md.
        chance: None if it is computed from the items or does not exist.
        item_chance: Chance (N,) of each item from its `valid` (N, P!), where it differs between items.
        is_share: True if each score lies between 0 and 1.
        score: Scores of the first scenes from their cosines; None if another module computes it.
        needs: What a scene has to have: exchanges of its caption, and "ways" for several assignments of its values.
    """

    definition: str
    example: str = ""
    chance: float | None = None
    item_chance: Callable[[NDArray[np.bool_]], ItemScores] | None = None
    is_share: bool = True
    score: Callable[[Cosines], ItemScores] | None = None
    needs: tuple[str, ...] = ("swapped",)

    def estimate(self, scores: ItemScores, valid: NDArray[np.bool_]) -> Estimate:
        """Return the mean of the scores (N,) that are not NaN, with its interval; `valid` (N, P!) as in `Cosines`."""
        is_scored = ~np.isnan(scores)
        chance = self.item_chance(valid[is_scored]) if self.item_chance else self.chance
        return (estimate_share if self.is_share else estimate_mean)(scores[is_scored], chance)


METRICS: dict[str, Metric] = {
    "binding_accuracy": Metric(
        definition="Share of images nearer to their caption than to the one with its values swapped.",
        example='"a red bus and a blue submarine" above "a blue bus and a red submarine"',
        chance=1 / 2,
        score=lambda of: pairwise(of["caption"], of["swapped"]),
    ),
    "recognition_accuracy": Metric(
        definition="Share of images nearer to their caption than to one with an absent value.",
        example='the same above "a green bus and a blue submarine"',
        chance=1 / 2,
        score=lambda of: pairwise(of["caption"], of["replaced"]),
        needs=("replaced",),
    ),
    "text_score": Metric(
        definition="Share of scenes where the image and its twin with exchanged values prefer their captions.",
        example="Winoground's text score: each of the two pictures picks one of the two captions",
        chance=1 / 4,
        score=lambda of: winoground(of["square"])["text_score"],
    ),
    "image_score": Metric(
        definition="Share of scenes where the caption and the one of the twin prefer their images.",
        example="Winoground's image score: each of the two captions picks one of the two pictures",
        chance=1 / 4,
        score=lambda of: winoground(of["square"])["image_score"],
    ),
    "group_score": Metric(
        definition="Share of scenes that are right for the text score and for the image score.",
        example="Winoground's group score: all four picks are right",
        chance=1 / 6,
        score=lambda of: winoground(of["square"])["group_score"],
    ),
    "reorder_accuracy": Metric(
        definition="Share of images for which the caption and its reordered form both score above the swapped one. A "
        "model that ignores word order, and has no ties, reaches 1/2.",
        example='also "a blue submarine and a red bus" above "a blue bus and a red submarine"',
        chance=1 / 3,
        score=lambda of: reorder_accuracy(of["caption"], of["reordered"], of["swapped"]),
        needs=("swapped", "reordered"),
    ),
    "permutation_recall": Metric(
        definition="Share of images whose caption ranks first among all captions that give the same values to the "
        "named objects in another way. Captions that are also true of the image do not count.",
        example="with three objects, the caption above up to five others",
        item_chance=lambda valid: 1 / valid.sum(axis=1),
        score=lambda of: first_place_share(of["ways"], of["valid"]),
        needs=("ways",),
    ),
    "margin": Metric(
        definition="Mean cosine of image and caption minus that of image and swapped caption, before logit_scale.",
        example="0.31 - 0.27 = 0.04",
        chance=0.0,
        is_share=False,
        score=lambda of: margin(of["caption"], of["swapped"]),
    ),
    "modality_gap": Metric(
        definition="Distance between the centroids of the normalized image and text embeddings.",
        example="0 if both clouds lie around one point",
    ),
    "parts_accuracy": Metric(
        definition="Share of images that score higher with their own values than with the swapped ones, if the "
        "cosines with the captions of single objects are added up.",
        example='"a red bus" plus "a blue submarine" above "a blue bus" plus "a red submarine"',
        chance=1 / 2,
    ),
    "single_object_accuracy": Metric(
        definition="Share of objects, each asked alone, whose image is nearer to their caption than to one with the "
        "value of another object.",
        example='"a red bus" above "a blue bus"',
        chance=1 / 2,
    ),
    "confusion_accuracy": Metric(
        definition="Share of images nearer to their caption than to those in which both exchanged objects have the "
        "values of one.",
        example='the caption above "a red bus and a red submarine" and "a blue bus and a blue submarine"; by chance '
        "1/3, or 1/2 if only one of the two is false",
    ),
    "probe_accuracy": Metric(
        definition="How often a linear probe on frozen embeddings tells the value of a given noun. Chance is what a "
        "guess reaches that knows only which values the image has.",
        example="the classifier is asked for the color of the bus, and says red",
    ),
}
"""All metrics, in the order of a report."""
SHARE_METRICS = tuple(name for name, each in METRICS.items() if each.score and each.is_share and each.chance)
"""Shares of scenes with a chance that is known beforehand."""
MEASURE_WORDS: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
)
"""Words of measures that are no metrics of a report, by group and name."""


def normalize(features: Floats) -> ItemScores:
    """Return the rows (..., D) of features at length 1, in float64; a row of zeros stays zero."""
    rows = np.ascontiguousarray(features, dtype=np.float64)
    lengths = np.sqrt((rows * rows).sum(axis=-1, keepdims=True))
    return np.asarray(rows / np.where(lengths == 0, 1.0, lengths), dtype=np.float64)


def cosine(images: Floats, captions: Floats) -> ItemScores:
    """Return the cosine of each image with each of its own captions, or of captions that are the same for all.

    images (N, D), captions (N, A, D) or (A, D) -> (N, A), in float64. Equal rows give bit for bit equal cosines.
    """
    if captions.ndim == 2:
        captions = np.broadcast_to(captions, (len(images), *captions.shape))
    if images.ndim != 2 or captions.ndim != 3 or images.shape != (captions.shape[0], captions.shape[2]):
        raise ValueError(f"Images (N, D) and captions (N, A, D) expected, got {images.shape} and {captions.shape}.")
    unit = normalize(images)
    cosines = np.empty(captions.shape[:2], dtype=np.float64)
    # A product and a sum a column: a matrix product may sum equal rows in different orders, which breaks true ties.
    for column in range(captions.shape[1]):
        cosines[:, column] = (unit * normalize(captions[:, column])).sum(axis=-1)
    return cosines


def pairwise(right: Floats, wrong: Floats) -> ItemScores:
    """Return (N,) 1 if right > wrong (N,), 0.5 if they are equal, else 0 (binding and recognition accuracy)."""
    return _share_of_orders(_as_columns(right, wrong), ((0, 1),))


def parts_accuracy(right: Floats, wrong: Floats, counted: NDArray[np.bool_]) -> ItemScores:
    """Return (N,) `pairwise` of the sums (N, P) over the counted objects (parts accuracy); NaN where none counts."""
    sums = (np.where(counted, cosines, 0.0).sum(axis=1) for cosines in (right, wrong))
    return np.where(counted.any(axis=1), pairwise(*sums), np.nan)


def single_object_accuracy(right: Floats, wrong: Floats, counted: NDArray[np.bool_]) -> ItemScores:
    """Return (N,) the mean of `pairwise` over the counted objects (N, P) (single object accuracy); NaN without any.

    Objects of one image are not independent, so an item is an image: the Wilson interval errs on the wide side.
    """
    scores = pairwise(right.reshape(-1), wrong.reshape(-1)).reshape(right.shape)
    total, number = np.where(counted, scores, 0.0).sum(axis=1), counted.sum(axis=1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def winoground(cosines: Floats) -> dict[str, ItemScores]:
    """Return {"text_score", "image_score", "group_score"} of each scene and its twin.

    cosines (N, 2, 2), read as cosines[n, image, caption]; caption i belongs to image i -> three times (N,).
    Definitions: Thrush et al., Winoground, CVPR 2022.
    """
    if cosines.ndim != 3 or cosines.shape[1:] != (2, 2):
        raise ValueError(f"Cosines (N, 2 images, 2 captions) expected, got {cosines.shape}.")
    flat = cosines.reshape(len(cosines), 4)  # image 0 with captions 0 and 1, then image 1 with captions 0 and 1
    text, image = ((0, 1), (3, 2)), ((0, 2), (3, 1))
    return {
        "text_score": _share_of_orders(flat, text),
        "image_score": _share_of_orders(flat, image),
        "group_score": _share_of_orders(flat, text + image),
    }


def first_place_share(cosines: Floats, valid: NDArray[np.bool_]) -> ItemScores:
    """Return 1 if column 0 is the highest of the valid columns, 1/t if t of them share first place, else 0.

    cosines (N, A), valid (N, A) -> (N,). Chance is 1 / valid.sum(axis=1) per item.
    """
    if cosines.ndim != 2 or cosines.shape != valid.shape:
        raise ValueError(f"Cosines and valid (N, A) expected, got {cosines.shape} and {valid.shape}.")
    if cosines.shape[1] == 0 or not valid[:, 0].all():
        raise ValueError("Column 0 is the right caption and has to be valid for every item.")
    numbers = np.where(valid, cosines, -np.inf)
    best = numbers.max(axis=1, keepdims=True)
    tied = ((numbers == best) & valid).sum(axis=1)
    scores = np.where(numbers[:, 0] == best[:, 0], 1.0 / np.maximum(tied, 1), 0.0)
    return np.where(np.isnan(best[:, 0]), np.nan, scores)


def reorder_accuracy(right: Floats, reordered: Floats, swapped: Floats) -> ItemScores:
    """Return (N,) 1 where right and reordered are both above swapped, else 0 (reorder accuracy)."""
    return _share_of_orders(_as_columns(right, reordered, swapped), ((0, 2), (1, 2)))


def margin(right: Floats, wrong: Floats) -> ItemScores:
    """Return (N,) right - wrong in float64, in units of cosine."""
    first, second = _as_columns(right, wrong).T
    return np.asarray(first - second)


def modality_gap(image_features: Floats, text_features: Floats) -> Estimate:
    """Return the L2 distance of the centroids of the normalized rows (Liang et al., Mind the Gap, NeurIPS 2022).

    image_features (N, D) and text_features (N, D), row i of both from the same pair; between 0 and 2.
    The interval is the delta method's: along the line through the centroids the gap is the mean of N paired
    differences, so theirs is its standard error. Sampling noise makes a gap of up to about sqrt(2/N), which stays in.
    """
    if image_features.ndim != 2 or image_features.shape != text_features.shape:
        raise ValueError(f"Two arrays (N, D) expected, got {image_features.shape} and {text_features.shape}.")
    if len(image_features) == 0:
        return Estimate.of_nothing()
    differences = normalize(image_features) - normalize(text_features)
    between = differences.mean(axis=0)
    gap = float(np.sqrt((between * between).sum()))
    # Where the centroids meet there is no line between them, and no interval.
    low, high = _normal_interval(gap, differences @ (between / gap)) if gap != 0 else (None, None)
    return Estimate(value=gap, n=len(differences), low=None if low is None else max(0.0, low), high=high, chance=None)


def value_bag_chance(values: NDArray[Any]) -> float:
    """Return the expected accuracy of guessing one object's value from only the multiset of values in its image.

    values (N, n), of any type that compares: each object's value -> the mean over images of (count of the commonest)/n.
    Two objects of eight colors: 7/8 * 1/2 + 1/8 * 1 = 0.5625.
    """
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"Values (N images, n objects) expected, at least one of both, got {values.shape}.")
    times = (values[:, :, None] == values[:, None, :]).sum(axis=2)
    return _exact_mean(times.max(axis=1) / values.shape[1])


def estimate_share(scores: Floats, chance: float | Floats | None) -> Estimate:
    """Return the mean of scores with its Wilson interval.

    scores (N,) between 0 and 1, chance one number or one an item (N,), whose mean is reported.
    """
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("Scores lie between 0 and 1; drop the items that could not be scored.")
    if len(scores) == 0:
        return Estimate.of_nothing(_mean_chance(chance))
    value = _exact_mean(scores)
    low, high = wilson_interval(value * len(scores), len(scores))
    return Estimate(value=value, n=len(scores), low=low, high=high, chance=_mean_chance(chance))


def share_nearer(features: Floats, one: Floats, other: Floats, counted: NDArray[np.bool_] | None = None) -> Estimate:
    """Return the share of the counted rows (N, D) that are nearer to `one` (N, D) than to `other`."""
    scores = pairwise(*cosine(features, np.stack([one, other], axis=1)).T)
    return estimate_share(scores if counted is None else scores[counted], 1 / 2)


def estimate_mean(values: Floats, chance: float | Floats | None) -> Estimate:
    """Return the mean of values with its normal interval; a single value has none.

    values (N,) in any unit, chance one number or one an item (N,), whose mean is reported.
    """
    if not np.isfinite(values).all():
        raise ValueError("Values have to be finite; drop the items that could not be measured.")
    if len(values) == 0:
        return Estimate.of_nothing(_mean_chance(chance))
    value = _exact_mean(values)
    low, high = _normal_interval(value, values)
    return Estimate(value=value, n=len(values), low=low, high=high, chance=_mean_chance(chance))


def paired_difference(one: Floats, other: Floats) -> Estimate:
    """Return the mean of `one` minus `other`, scores (N,) of the same scenes between 0 and 1, with a 95 % interval.

    Scenes that are hard for both models move both scores alike, so the interval of the pairs is narrower than that of
    two means. Two models that agree on every scene still have an interval with a width.

    The interval is Agresti and Min's (Statistics in Medicine 24, 2005): half a scene is added to each of the four
    outcomes of a pair, both right, one right, the other right, none right.
    """
    if one.shape != other.shape:
        raise ValueError(f"Scores of the same scenes have the same length, not {len(one)} and {len(other)}.")
    gaps, n = one - other, len(one)
    if n == 0:
        return Estimate.of_nothing(0.0)
    center = float(gaps.sum()) / (n + 2)
    spread = (float((gaps**2).sum()) + 1) / (n + 2) - center**2
    reach = Z * math.sqrt(spread / (n + 2))
    low, high = max(-1.0, center - reach), min(1.0, center + reach)
    return Estimate(value=float(gaps.mean()), n=n, low=low, high=high, chance=0.0)


def _share_of_orders(numbers: Floats, wins: tuple[tuple[int, int], ...]) -> ItemScores:
    """Return (N,) the share of the K! ways to break ties of (N, K) in which number i is above j for all of `wins`."""
    orders = list(permutations(range(numbers.shape[1])))
    count = np.zeros(len(numbers), dtype=np.float64)
    for order in orders:
        # In this order a tie goes to the number with the higher place.
        beats = [(np.greater_equal if order[i] > order[j] else np.greater, i, j) for i, j in wins]
        count += np.logical_and.reduce([above(numbers[:, i], numbers[:, j]) for above, i, j in beats])
    return np.where(np.isnan(numbers).any(axis=1), np.nan, count / len(orders))


def _as_columns(*arrays: Floats) -> ItemScores:
    if any(array.ndim != 1 or array.shape != arrays[0].shape for array in arrays):
        raise ValueError(f"Arrays (N,) of one length expected, got {', '.join(str(a.shape) for a in arrays)}.")
    return np.stack(arrays, axis=1).astype(np.float64)


def _exact_mean(values: Floats) -> float:
    """Return the mean such that equal values give that very value (1/6, not 1/6 + 1e-17) and order changes nothing."""
    numbers = values.astype(np.float64)
    lowest = float(numbers.min())
    return min(lowest + math.fsum((numbers - lowest).tolist()) / len(numbers), float(numbers.max()))


def _normal_interval(center: float, values: Floats) -> tuple[float, float] | tuple[None, None]:
    """Return center -+ Z standard errors of the mean of values; without ends for a single value."""
    if len(values) < 2:
        return None, None
    squares = (values.astype(np.float64) - _exact_mean(values)) ** 2
    half = Z * math.sqrt(math.fsum(squares.tolist()) / (len(values) - 1) / len(values))
    return center - half, center + half


def _mean_chance(chance: float | Floats | None) -> float | None:
    if isinstance(chance, np.ndarray):
        return _exact_mean(chance) if len(chance) else None
    return chance
