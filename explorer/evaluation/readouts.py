"""Read-outs next to the swap, and controls: scorers that cannot bind, which must be at chance, or the set leaks.

A caption of two objects may fail because the image embedding does not bind, or because such captions were never
read. Captions of single objects ("a red bus") distinguish the two. "parts" adds the cosines of the caption's objects
and compares the sum with that of the swapped caption's; "single object" compares each named object's own values with
those of the next named object (of the other object of the swap, if one is named).

Confusions compare "a red bus and a blue submarine" with "a red bus and a red submarine" and "a blue bus and a blue
submarine". A scorer that compares the set of values with the image can pass it without binding; one that fails it does
not even tell which values are there. Distractors with repeated attributes are those of Auto-Comp, arXiv 2602.02043.

The linear probe reads the value of the first kind on one given noun from the image embedding: scenes of the canonical
form that contain the noun, of each value as many to fit on and to test on as the `ProbeBudget` says. It is a logistic
regression on standardized, normalized embeddings. A model that keeps only the set of values in the image reaches
chance.

Controls: "caption_only" prefers the caption whose words and pairs are more frequent. "shuffled_pixels" shows pictures
that keep only their colors, "grey_boxes" those that keep only the places of objects. "untrained" is the same
architecture with fresh weights. The names are keys of stored reports, so the spelling of "grey_boxes" stays.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from explorer.clip.clip import Clip, new_clip
from explorer.clip.fresh import fresh_clip
from explorer.evaluation import metrics
from explorer.evaluation.embed import embed_captions, embed_images, embed_scenes
from explorer.evaluation.results import BreakdownRow, Estimate
from explorer.evaluation.sets import FULL_BUDGET, EvaluationSet, ProbeBudget, canonical_data
from explorer.spec import TrainSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import UNK, CaptionBatch, Grammar, write_captions
from explorer.world.plan import ScenePlan, make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes, draw_scenes
from explorer.world.swaps import confuse, is_true
from explorer.world.things import World

GRAY_LEVEL = 110
FIRST_PROBE_SCENE = 10_000_000
"""First scene index, far behind the scenes of the evaluation sets in the same stream."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SingleObjectCaptions:
    """The single-object captions of N scenes with up to P named objects, K kinds.

    `values` (N, P, 3, K): the values told of each object, those after the swap, those of the next object.
    `is_exchanged` (N, P): the swap changes the object's values; `is_other` (N, P): those of the next object are others.
    `objects` (N, P): the index of the object named there.
    """

    evaluation_set: EvaluationSet
    values: np.ndarray
    is_exchanged: np.ndarray
    is_other: np.ndarray
    objects: np.ndarray


def make_single_object_captions(evaluation_set: EvaluationSet) -> SingleObjectCaptions:
    """Make the captions of one object each that the caption of every scene consists of."""
    captions, swapped = evaluation_set.caption, evaluation_set.swapped.captions.values
    named = captions.nouns >= 0
    objects = evaluation_set.scenes.objects_of(captions.nouns)
    shown = np.take_along_axis(evaluation_set.scenes.values, objects[:, :, None], axis=1)
    position, count = np.arange(named.shape[1])[None, :], captions.count[:, None]
    following = np.where(named, (position + 1) % np.maximum(count, 1), 0)
    others = np.where(captions.values >= 0, np.take_along_axis(shown, following[:, :, None], axis=1), -1)
    others = np.where((count == 1)[:, :, None], swapped, others)
    return SingleObjectCaptions(
        evaluation_set=evaluation_set,
        values=np.stack([captions.values, swapped, others], axis=2),
        is_exchanged=named & (captions.values != swapped).any(axis=2) & evaluation_set.swapped.exists[:, None],
        is_other=named & (captions.values != others).any(axis=2),
        objects=objects,
    )


def single_object_cosines(
    clip: Clip, grammar: Grammar, images: np.ndarray, captions: SingleObjectCaptions
) -> np.ndarray:
    """Return (N, P, 3) cosines of each image (N, D) with its captions of one object, undefined without an object."""
    shape = captions.values.shape
    nouns = np.repeat(captions.evaluation_set.caption.nouns.reshape(-1), 3)[:, None]
    (rows,) = embed_captions(
        clip, grammar, [CaptionBatch(nouns=nouns, values=captions.values.reshape(-1, 1, shape[3]))]
    )
    return metrics.cosine(images, rows.reshape(shape[0], shape[1] * 3, -1)).reshape(shape[:3])


def single_object_scores(captions: SingleObjectCaptions, cosines: np.ndarray) -> dict[str, np.ndarray]:
    """Return both read-outs per scene (N,), NaN if there is no comparison."""
    return {
        "parts_accuracy": metrics.parts_accuracy(cosines[:, :, 0], cosines[:, :, 1], captions.is_exchanged),
        "single_object_accuracy": metrics.single_object_accuracy(cosines[:, :, 0], cosines[:, :, 2], captions.is_other),
    }


def break_down_single_objects(
    captions: SingleObjectCaptions, cosines: np.ndarray, named_in_training: np.ndarray | None
) -> list[BreakdownRow]:
    """Break down single objects: the largest and the smallest of the image, those named in training, the others.

    `named_in_training` (N, n) bool: the objects that a caption of the training data would name, None if it is unknown.
    Objects of equal area are neither the largest nor the smallest, one object is no comparison.
    """
    groups, areas = [], captions.evaluation_set.scenes.areas
    if areas.shape[1] > 1:
        ranked = np.sort(areas, axis=1)
        mine = np.take_along_axis(areas, captions.objects, axis=1)
        is_largest = (mine == ranked[:, -1:]) & (ranked[:, -1:] > ranked[:, -2:-1])
        is_smallest = (mine == ranked[:, :1]) & (ranked[:, :1] < ranked[:, 1:2])
        groups = [("alone_by_size", "largest object", is_largest), ("alone_by_size", "smallest object", is_smallest)]
    if named_in_training is not None:
        is_named = np.take_along_axis(named_in_training, captions.objects, axis=1)
        groups.append(("alone_by_naming", "named in training", is_named))
        groups.append(("alone_by_naming", "left out in training", ~is_named))
    rows = [
        (by, group, metrics.single_object_accuracy(cosines[:, :, 0], cosines[:, :, 2], captions.is_other & members))
        for by, group, members in groups
    ]
    return breakdown_rows(captions.evaluation_set.form, rows)


def breakdown_rows(form: str, groups: Sequence[tuple[str, str, np.ndarray]]) -> list[BreakdownRow]:
    """Return a row for each group with a score; groups are (property, name, scores (N,)), NaN for no score."""
    return [
        BreakdownRow(form=form, by=by, group=group, **asdict(metrics.estimate_share(known, 1 / 2)))
        for by, group, scores in groups
        if len(known := scores[~np.isnan(scores)])
    ]


def make_confusions(evaluation_set: EvaluationSet) -> tuple[tuple[CaptionBatch, CaptionBatch], np.ndarray]:
    """Return the two confusions of the objects that each swap exchanges; (N, 2) those that exist and are false."""
    captions = confuse(evaluation_set.caption, evaluation_set.swapped)
    both_named = evaluation_set.swapped.exists & (evaluation_set.caption.count > 1)
    valid = [both_named & ~is_true(each, evaluation_set.scenes) for each in captions]
    return captions, np.stack(valid, axis=1)


def confusion_scores(
    clip: Clip, grammar: Grammar, images: np.ndarray, captions: np.ndarray, evaluation_set: EvaluationSet
) -> tuple[np.ndarray, np.ndarray]:
    """Return (N,) 1 if an image (N, D) is nearest to its caption (N, D), and the chances (N,); NaN without any."""
    confused, valid = make_confusions(evaluation_set)
    others = [embed_captions(clip, grammar, [each])[0] for each in confused]
    cosines = metrics.cosine(images, np.stack([captions, *others], axis=1))
    compared = np.concatenate([np.ones((len(images), 1), dtype=bool), valid], axis=1)
    has_confusion = valid.any(axis=1)
    scores = np.where(has_confusion, metrics.first_place_share(cosines, compared), np.nan)
    return scores, np.where(has_confusion, 1 / compared.sum(axis=1), np.nan)


def probe_accuracy(clip: Clip, world: World, *, seed: int, budget: ProbeBudget = FULL_BUDGET.probe) -> Estimate:
    """Return the accuracy of the probe for the first kind's value on noun 0; the last scenes of each value test it."""
    plan = make_plan(canonical_data(world), world, seed=seed)
    scenes, values = scenes_with_noun(plan, 0, seed=seed, budget=budget)
    tested = np.arange(len(values)) % budget.per_value >= budget.fit_per_value
    return fit_and_test_probe(embed_scenes(clip, plan, scenes), scenes, values, tested)


def untrained_probe(architecture: str, world: World, *, seed: int) -> Estimate:
    """Return the accuracy of the probe on the architecture with the fresh weights of `seed`."""
    clip = fresh_clip(TrainSpec(model=architecture, seed=seed), Grammar(world))
    return probe_accuracy(clip, world, seed=0)


def fit_and_test_probe(features: np.ndarray, scenes: Scenes, values: np.ndarray, tested: np.ndarray) -> Estimate:
    """Fit a probe for values (M,) on features (M, D) of the scenes, and return its accuracy on the rows `tested` (M,).

    Chance is what the set of values in each picture gives.
    """
    # Import late: a third of what a worker imports before its first step, and only the last report fits a probe.
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features = metrics.normalize(features)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    classifier.fit(features[~tested], values[~tested])
    right = (classifier.predict(features[tested]) == values[tested]).astype(float)
    return metrics.estimate_share(right, metrics.value_bag_chance(scenes.values[tested][:, :, 0]))


def scenes_with_noun(
    plan: ScenePlan, noun: int, *, seed: int, budget: ProbeBudget = FULL_BUDGET.probe
) -> tuple[Scenes, np.ndarray]:
    """Return equally many scenes with the noun per value, ordered by value, and the noun's values (M,)."""
    num_values, wanted = int(plan.num_values[0]), budget.per_value
    pool = 2 * wanted * num_values * len(plan.world.nouns) // plan.num_objects
    stream = Stream(seed=seed, name="evaluation", index=np.arange(FIRST_PROBE_SCENE, FIRST_PROBE_SCENE + pool))
    scenes = draw_scenes(plan, stream)
    holds = scenes.nouns == noun
    value = np.where(holds.any(axis=1), scenes.values[np.arange(pool), holds.argmax(axis=1), 0], -1)
    rows = np.concatenate([np.flatnonzero(value == v)[:wanted] for v in range(num_values)])
    assert len(rows) == wanted * num_values
    return scenes.rows(rows), value[rows]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CaptionCounts:
    """Frequencies in training captions of each word (vocabulary,) and of each value with each noun (I, K, V)."""

    words: np.ndarray
    pairs: np.ndarray


def count_captions(
    plan: ScenePlan, grammar: Grammar, *, seed: int, count: int = FULL_BUDGET.captions_counted
) -> CaptionCounts:
    """Count the words and pairs of the first `count` training captions of `plan`."""
    stream = Stream(seed=seed, name="train", index=np.arange(count))
    captions = write_captions(plan, draw_scenes(plan, stream), stream)
    words = np.bincount(grammar.ids(captions).ravel(), minlength=len(grammar.words))
    pairs = np.zeros(plan.allowed.shape, dtype=np.int64)
    np.add.at(pairs, _named_pairs(captions), 1)
    return CaptionCounts(words=words, pairs=pairs)


def caption_only_control(evaluation_set: EvaluationSet, grammar: Grammar, counts: CaptionCounts) -> Estimate:
    """Return binding_accuracy of the sum of log frequencies of a caption's words and pairs, blind to the picture."""
    right, wrong = (
        _familiarity(captions, grammar, counts)
        for captions in (evaluation_set.caption, evaluation_set.swapped.captions)
    )
    return metrics.estimate_share(metrics.pairwise(right, wrong)[evaluation_set.swapped.exists], 1 / 2)


def damaged_image_controls(
    clip: Clip, grammar: Grammar, evaluation_set: EvaluationSet, *, seed: int
) -> dict[str, Estimate]:
    """Return binding_accuracy on pictures that keep only their colors, or only the places of their objects."""
    images = evaluation_set.images(clip.image_size)
    flat = images.reshape(*images.shape[:2], -1)
    order = np.random.default_rng(seed).random((len(images), 1, flat.shape[2])).argsort(axis=2)
    shuffled = np.take_along_axis(flat, order, axis=2).reshape(images.shape)
    boxed = np.full_like(images, evaluation_set.plan.world.background)
    atlas = Renderer(evaluation_set.plan, size=clip.image_size).atlas
    for image, scene in zip(boxed, atlas.boxes(evaluation_set.scenes).tolist(), strict=True):
        for left, top, width, height in scene:
            image[:, top : top + height, left : left + width] = GRAY_LEVEL
    captions, exists = _right_and_wrong(clip, grammar, evaluation_set), evaluation_set.swapped.exists
    damaged = {"shuffled_pixels": shuffled, "grey_boxes": boxed}
    return {name: metrics.share_nearer(embed_images(clip, each), *captions, exists) for name, each in damaged.items()}


def untrained_model(clip: Clip, *, seed: int) -> Clip | None:
    """Return the architecture of `clip` with fresh weights; None for a model that is not built here."""
    if clip.config is None or clip.words is None:
        return None
    fresh = new_clip(clip.config, words=clip.words, seed=seed)
    return replace(fresh, preprocess=clip.preprocess, model=fresh.model.to(clip.device))


def untrained_control(clip: Clip, grammar: Grammar, evaluation_set: EvaluationSet, *, seed: int) -> Estimate | None:
    """Return binding accuracy of fresh weights; None for an architecture that is not built here."""
    if (fresh := untrained_model(clip, seed=seed)) is None:
        return None
    captions = _right_and_wrong(fresh, grammar, evaluation_set)
    images = embed_scenes(fresh, evaluation_set.plan, evaluation_set.scenes)
    return metrics.share_nearer(images, *captions, evaluation_set.swapped.exists)


def _right_and_wrong(clip: Clip, grammar: Grammar, evaluation_set: EvaluationSet) -> tuple[np.ndarray, np.ndarray]:
    right, wrong = (
        embed_captions(clip, grammar, [captions])[0]
        for captions in (evaluation_set.caption, evaluation_set.swapped.captions)
    )
    return right, wrong


def _named_pairs(captions: CaptionBatch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    caption, position, kind = np.nonzero(captions.values >= 0)
    return captions.nouns[caption, position], kind, captions.values[caption, position, kind]


def _familiarity(captions: CaptionBatch, grammar: Grammar, counts: CaptionCounts) -> np.ndarray:
    """Return (N,) log frequencies, plus one, summed over words (without articles) and pairs."""
    ids = grammar.ids(captions)
    articles = [grammar.words.index(word) for word in ("a", "an")]
    counted = (ids > UNK) & ~np.isin(ids, articles)
    # Sorted, so that two captions of the same words add the same numbers in the same order and tie exactly.
    totals = np.sort(np.where(counted, np.log1p(counts.words)[ids], 0.0), axis=1).sum(axis=1)
    rows = np.nonzero(captions.values >= 0)[0]
    np.add.at(totals, rows, np.log1p(counts.pairs[_named_pairs(captions)]))
    return np.asarray(totals)
