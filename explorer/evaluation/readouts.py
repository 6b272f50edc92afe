"""Read-outs next to the swap: single objects and `parts` of a caption, confusions, and a linear probe.

    captions = ask_singly(evaluation_set)
    cosines = single_cosines(clip, grammar, images, captions)     # (N, P, 3)
    single_scores(captions, cosines)["parts_accuracy"]            # (N,)
    break_down_singly(captions, cosines, captioner=named)         # rows by size, and by the captioner's naming

A caption of two objects may fail because the image embedding does not bind, or because such captions were never
read. Captions of single objects ("a red bus") distinguish the two. `parts` adds the cosines of the caption's objects
and compares the sum with that of the swapped caption's; `single object` compares each named object's own values with
those of the next named object (of the other object of the swap, if one is named).

    confusion_scores(clip, grammar, images, features, evaluation_set)      # scores and chances, (N,) each

"a red bus and a blue submarine" against "a red bus and a red submarine" and "a blue bus and a blue submarine": a scorer
that compares the set of values with the image can pass it without binding; one that fails it does not even tell which
values are there. Distractors with repeated attributes: Auto-Comp, arXiv 2602.02043.

    probe_accuracy(clip, world, seed=0)      # Estimate, chance = accuracy from the bag of values in the image
    untrained_probe("small", world, seed=0)  # the same with fresh weights: far above that chance

The probe reads the value of the first kind on one given noun from the image embedding: scenes of the canonical form
that contain the noun, 200 per value to fit on and 100 to test on; a logistic regression on standardized, normalized
embeddings. A model that keeps only the set of values in the image reaches chance.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from explorer.clip.clip import Clip, new_clip
from explorer.clip.names import model_config
from explorer.evaluation import metrics
from explorer.evaluation.embed import embed_ids, embed_images
from explorer.evaluation.results import Estimate, Row
from explorer.evaluation.sets import FULL, EvaluationSet, ProbeBudget, canonical_data
from explorer.world.counter_rng import Stream
from explorer.world.grammar import EOS, Grammar, Sentence
from explorer.world.plan import Plan, make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes, draw_scenes
from explorer.world.swaps import confuse, is_true
from explorer.world.things import World

BY_SIZE, BY_NAMING = "alone_by_size", "alone_by_naming"
FIRST_SCENE = 10_000_000
"""First scene index, far behind the scenes of the evaluation sets in the same stream."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SingleObjectCaptions:
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


def ask_singly(found: EvaluationSet) -> SingleObjectCaptions:
    """Make the captions of one object each that the caption of every scene consists of."""
    said, swapped = found.caption, found.swapped.said.values
    named = said.nouns >= 0
    objects = (found.scenes.nouns[:, None, :] == said.nouns[:, :, None]).argmax(axis=2)
    shown = np.take_along_axis(found.scenes.values, objects[:, :, None], axis=1)
    place, count = np.arange(named.shape[1])[None, :], said.count[:, None]
    following = np.where(named, (place + 1) % np.maximum(count, 1), 0)
    others = np.where(said.values >= 0, np.take_along_axis(shown, following[:, :, None], axis=1), -1)
    others = np.where((count == 1)[:, :, None], swapped, others)
    return SingleObjectCaptions(
        found=found,
        values=np.stack([said.values, swapped, others], axis=2),
        traded=named & (said.values != swapped).any(axis=2) & found.swapped.exists[:, None],
        differs=named & (said.values != others).any(axis=2),
        objects=objects,
    )


def single_cosines(clip: Clip, grammar: Grammar, images: np.ndarray, captions: SingleObjectCaptions) -> np.ndarray:
    """Return (N, P, 3) cosines of each image (N, D) with its captions of one object.

    Places without an object are undefined.
    """
    shape = captions.values.shape
    nouns = np.repeat(captions.found.caption.nouns.reshape(-1), 3)[:, None]
    ids = grammar.ids(Sentence(nouns=nouns, values=captions.values.reshape(-1, 1, shape[3])))
    features = embed_ids(clip, grammar, ids).reshape(shape[0], shape[1] * 3, -1)
    return metrics.cosine(images, features).reshape(shape[:3])


def single_scores(captions: SingleObjectCaptions, cosines: np.ndarray) -> dict[str, np.ndarray]:
    """Return both read-outs per scene (N,), NaN if there is no comparison."""
    return {
        "parts_accuracy": metrics.parts(cosines[:, :, 0], cosines[:, :, 1], captions.traded),
        "single_object_accuracy": metrics.alone(cosines[:, :, 0], cosines[:, :, 2], captions.differs),
    }


def break_down_singly(captions: SingleObjectCaptions, cosines: np.ndarray, captioner: np.ndarray | None) -> list[Row]:
    """Break down single objects: the largest and the smallest of the image.

    Those that a captioner names, and the others.

    `captioner` (N, n) bool: the objects that a caption of the training data would name, None if it is unknown.
    """
    groups = _by_size(captions)
    if captioner is not None:
        names = np.take_along_axis(captioner, captions.objects, axis=1)
        groups += [(BY_NAMING, "named in training", names), (BY_NAMING, "left out in training", ~names)]
    found = [
        (by, group, metrics.alone(cosines[:, :, 0], cosines[:, :, 2], captions.differs & members))
        for by, group, members in groups
    ]
    return rows_of(captions.found.form, found, "single_object_accuracy")


def rows_of(form: str, groups: Sequence[tuple[str, str, np.ndarray]], metric: str) -> list[Row]:
    """Return a row for each group with a score; groups are (property, name, scores (N,)), NaN for no score."""
    return [
        Row(form=form, by=by, group=group, **asdict(metrics.share(known, metrics.METRICS[metric].chance)))
        for by, group, scores in groups
        if len(known := scores[~np.isnan(scores)])
    ]


def _by_size(captions: SingleObjectCaptions) -> list[tuple[str, str, Any]]:
    """Group objects by size.

    Objects of equal area are neither the largest nor the smallest, one object is no comparison.
    """
    areas = captions.found.scenes.areas
    if areas.shape[1] < 2:
        return []
    ranked = np.sort(areas, axis=1)
    mine = np.take_along_axis(areas, captions.objects, axis=1)
    is_largest = (mine == ranked[:, -1:]) & (ranked[:, -1:] > ranked[:, -2:-1])
    is_smallest = (mine == ranked[:, :1]) & (ranked[:, :1] < ranked[:, 1:2])
    return [(BY_SIZE, "largest object", is_largest), (BY_SIZE, "smallest object", is_smallest)]


def confusions(found: EvaluationSet) -> tuple[tuple[Sentence, Sentence], np.ndarray]:
    """Return the two confusions of the objects that the swap of each caption exchanges.

    (N, 2) bool marks those that exist and are false of their image.
    """
    said = confuse(found.caption, found.swapped)
    both_named = found.swapped.exists & (found.caption.count > 1)
    valid = [both_named & ~is_true(each, found.scenes) for each in said]
    return said, np.stack(valid, axis=1)


def confusion_scores(
    clip: Clip, grammar: Grammar, images: np.ndarray, captions: np.ndarray, found: EvaluationSet
) -> tuple[np.ndarray, np.ndarray]:
    """Return (N,) 1 if an image (N, D) is nearest to its caption (N, D), ties in expectation, and the chances (N,).

    Both are NaN if a scene has no confusion.
    """
    said, valid = confusions(found)
    others = [embed_ids(clip, grammar, grammar.ids(each)) for each in said]
    cosines = metrics.cosine(images, np.stack([captions, *others], axis=1))
    compared = np.concatenate([np.ones((len(images), 1), dtype=bool), valid], axis=1)
    there = valid.any(axis=1)
    scores = np.where(there, metrics.first_of(cosines, compared), np.nan)
    return scores, np.where(there, 1 / compared.sum(axis=1), np.nan)


def probe_accuracy(clip: Clip, world: World, *, seed: int, noun: int = 0, budget: ProbeBudget = FULL.probe) -> Estimate:
    """Return the accuracy of the probe on held-out scenes for the first kind's value on `noun`."""
    plan = make_plan(canonical_data(world), world, seed=seed)
    scenes, values = scenes_with(plan, noun, seed=seed, budget=budget)
    return probe(embed_images(clip, Renderer(plan, size=clip.image_size).images(scenes)), scenes, values, budget)


def untrained_probe(
    architecture: str, world: World, *, seed: int, scenes_seed: int = 0, budget: ProbeBudget = FULL.probe
) -> Estimate:
    """Return the accuracy of the probe on the architecture with the fresh weights of `seed`."""
    grammar = Grammar(world)
    config = model_config(architecture, words=grammar.words, context_length=grammar.context_length, eos_id=EOS)
    clip = new_clip(config, words=grammar.words, seed=seed)
    return probe_accuracy(clip, world, seed=scenes_seed, budget=budget)


def probe(features: np.ndarray, scenes: Scenes, values: np.ndarray, budget: ProbeBudget = FULL.probe) -> Estimate:
    """Fit and test the probe on the features (M, D) of the scenes that `scenes_with` gives."""
    tested = ~is_fitted(len(values), budget)
    return read_out(features, values, tested, metrics.value_bag_chance(scenes.values[tested][:, :, 0]))


def read_out(features: np.ndarray, values: np.ndarray, tested: np.ndarray, chance: float) -> Estimate:
    """Fit a probe for values (M,) on features (M, D), and return its accuracy on the rows `tested` (M,)."""
    # Import late: a third of what a worker imports before its first step, and only the last report fits a probe.
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features = metrics.normalize(features)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    classifier.fit(features[~tested], values[~tested])
    right = (classifier.predict(features[tested]) == values[tested]).astype(float)
    return metrics.share(right, chance)


def is_fitted(count: int, budget: ProbeBudget = FULL.probe) -> np.ndarray:
    """Return (M,) bool: the first scenes of each value are fitted on, the others tested on."""
    return np.arange(count) % budget.per_value < budget.fit_per_value


def scenes_with(plan: Plan, noun: int, *, seed: int, budget: ProbeBudget = FULL.probe) -> tuple[Scenes, np.ndarray]:
    """Return equally many scenes with the noun per value, ordered by value, and the noun's values (M,)."""
    num_values, wanted = int(plan.num_values[0]), budget.per_value
    pool = 2 * wanted * num_values * len(plan.world.nouns) // plan.num_objects
    stream = Stream(seed=seed, name="evaluation", index=np.arange(FIRST_SCENE, FIRST_SCENE + pool))
    scenes = draw_scenes(plan, stream)
    holds = scenes.nouns == noun
    value = np.where(holds.any(axis=1), scenes.values[np.arange(pool), holds.argmax(axis=1), 0], -1)
    rows = np.concatenate([np.flatnonzero(value == v)[:wanted] for v in range(num_values)])
    assert len(rows) == wanted * num_values
    return scenes.rows(rows), value[rows]
