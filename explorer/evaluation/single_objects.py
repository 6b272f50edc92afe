"""Read-outs of one object at a time: `parts` of a caption, and single objects.

    asked = ask_singly(evaluation_set)
    cosines = single_cosines(clip, grammar, images, asked)     # (N, P, 3)
    single_scores(asked, cosines)["parts_accuracy"]            # (N,)
    break_down_singly(asked, cosines, captioner=named)         # rows by size, and by the captioner's naming

A caption of two objects may fail because the image embedding does not bind, or because such captions were never
read. Captions of single objects ("a red bus") distinguish the two. `parts` adds the cosines of the caption's objects
and compares the sum with that of the swapped caption's; `single object` compares each named object's own values with
those of the next named object (of the other object of the swap, if one is named).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.clip.clip import Clip
from explorer.evaluation import metrics
from explorer.evaluation.embed import embed_ids
from explorer.evaluation.results import Row
from explorer.evaluation.sets import EvaluationSet
from explorer.world.grammar import Grammar, Sentence

BY_SIZE, BY_NAMING = "alone_by_size", "alone_by_naming"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Asked:
    """The single-object captions of N scenes with up to P named objects, K kinds.

    `values` (N, P, 3, K): the values named of each object, those after the swap, those of the next object.
    `traded` (N, P) bool: the swap changes the object's values; `differs` (N, P) bool: the next object's are others.
    `objects` (N, P): the index of the object named there.
    """

    found: EvaluationSet
    values: np.ndarray
    traded: np.ndarray
    differs: np.ndarray
    objects: np.ndarray


def ask_singly(found: EvaluationSet) -> Asked:
    """Make the captions of one object each that the caption of every scene consists of."""
    said, swapped = found.caption, found.swapped.said.values
    named = said.nouns >= 0
    objects = (found.scenes.nouns[:, None, :] == said.nouns[:, :, None]).argmax(axis=2)
    shown = np.take_along_axis(found.scenes.values, objects[:, :, None], axis=1)
    place, count = np.arange(named.shape[1])[None, :], said.count[:, None]
    following = np.where(named, (place + 1) % np.maximum(count, 1), 0)
    others = np.where(said.values >= 0, np.take_along_axis(shown, following[:, :, None], axis=1), -1)
    others = np.where((count == 1)[:, :, None], swapped, others)
    return Asked(
        found=found,
        values=np.stack([said.values, swapped, others], axis=2),
        traded=named & (said.values != swapped).any(axis=2) & found.swapped.exists[:, None],
        differs=named & (said.values != others).any(axis=2),
        objects=objects,
    )


def single_cosines(clip: Clip, grammar: Grammar, images: np.ndarray, asked: Asked) -> np.ndarray:
    """Return (N, P, 3) cosines of each image (N, D) with its captions of one object.

    Places without an object are undefined.
    """
    shape = asked.values.shape
    nouns = np.repeat(asked.found.caption.nouns.reshape(-1), 3)[:, None]
    ids = grammar.ids(Sentence(nouns=nouns, values=asked.values.reshape(-1, 1, shape[3])))
    features = embed_ids(clip, grammar, ids).reshape(shape[0], shape[1] * 3, -1)
    return metrics.cosine(images, features).reshape(shape[:3])


def single_scores(asked: Asked, cosines: np.ndarray) -> dict[str, np.ndarray]:
    """Return both read-outs per scene (N,), NaN if there is no comparison."""
    return {
        "parts_accuracy": metrics.parts(cosines[:, :, 0], cosines[:, :, 1], asked.traded),
        "single_object_accuracy": metrics.alone(cosines[:, :, 0], cosines[:, :, 2], asked.differs),
    }


def break_down_singly(asked: Asked, cosines: np.ndarray, captioner: np.ndarray | None) -> list[Row]:
    """Break down single objects: the largest and the smallest of the image.

    Those that a captioner names, and the others.

    `captioner` (N, n) bool: the objects that a caption of the training data would name, None if it is unknown.
    """
    groups = _by_size(asked)
    if captioner is not None:
        names = np.take_along_axis(captioner, asked.objects, axis=1)
        groups += [(BY_NAMING, "named in training", names), (BY_NAMING, "left out in training", ~names)]
    rows = []
    for by, group, members in groups:
        scores = metrics.alone(cosines[:, :, 0], cosines[:, :, 2], asked.differs & members)
        known = scores[~np.isnan(scores)]
        if len(known):
            estimate = metrics.share(known, metrics.METRICS["single_object_accuracy"].chance)
            rows.append(Row(form=asked.found.form, by=by, group=group, estimate=estimate))
    return rows


def _by_size(asked: Asked) -> list[tuple[str, str, Any]]:
    """Group objects by size.

    Objects of equal area are neither the largest nor the smallest, one object is no comparison.
    """
    areas = asked.found.scenes.areas
    if areas.shape[1] < 2:
        return []
    ranked = np.sort(areas, axis=1)
    mine = np.take_along_axis(areas, asked.objects, axis=1)
    is_largest = (mine == ranked[:, -1:]) & (ranked[:, -1:] > ranked[:, -2:-1])
    is_smallest = (mine == ranked[:, :1]) & (ranked[:, :1] < ranked[:, 1:2])
    return [(BY_SIZE, "largest object", is_largest), (BY_SIZE, "smallest object", is_smallest)]
