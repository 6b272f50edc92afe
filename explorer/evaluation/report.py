"""Numbers of a report from a model and data dials.

`QuickEvaluation` is the short version for the curve of a run: canonical and own binding and recognition. `Forgetting`
compares a start model's scores on its own data before and after a fine-tuning.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from explorer.clip.clip import Clip
from explorer.clip.loading import no_progress
from explorer.evaluation import metrics
from explorer.evaluation.embed import Features, embed_captions, embed_images, embed_set
from explorer.evaluation.metrics import METRICS, cosine, estimate_share, share_nearer
from explorer.evaluation.readouts import (
    SingleObjectCaptions,
    break_down_single_objects,
    breakdown_rows,
    caption_only_control,
    confusion_scores,
    count_captions,
    damaged_image_controls,
    make_single_object_captions,
    probe_accuracy,
    single_object_cosines,
    single_object_scores,
    untrained_control,
)
from explorer.evaluation.results import (
    FOLLOWED_FORMS,
    OTHER_FORMS,
    BreakdownRow,
    Estimate,
    Metrics,
    Scores,
    StartScores,
)
from explorer.evaluation.sets import (
    FULL_BUDGET,
    EvaluationBudget,
    EvaluationSet,
    asked_forms,
    has_same_captions,
    has_same_scenes,
    make_canonical_set,
    make_set,
    objects_named_in_training,
)
from explorer.evaluation_scenes import DEFAULT_SCENES, EvaluationScenes
from explorer.spec import DataSpec
from explorer.world.grammar import CaptionBatch, Grammar
from explorer.world.plan import ScenePlan, held_out_mask
from explorer.world.things import World

ScoresByMetric = dict[str, np.ndarray]


def score_metrics(evaluation_set: EvaluationSet, features: Features) -> ScoresByMetric:
    """Return the scores (N,) of each metric that has a function in `METRICS`, NaN where a scene lacks what it needs."""
    few = len(features.twins)  # only the first scenes have a twin and every assignment
    own = _cosines(features.images, features.captions)
    twin = _cosines(features.twins, {name: rows[:few] for name, rows in features.captions.items()})
    compared = ("caption", "swapped")
    square = np.stack([np.stack([each[name][:few] for name in compared], axis=1) for each in (own, twin)], axis=1)
    ways, valid = cosine(features.images[:few], features.ways), evaluation_set.valid
    cosines = {**own, "square": square, "ways": ways, "valid": valid[:few]}
    exists = {name: each.exists for name, each in evaluation_set.changed.items()}
    exists["ways"] = valid.sum(axis=1) > 1
    scores: ScoresByMetric = {}
    for name, metric in METRICS.items():
        if metric.score is not None:
            scores[name] = np.full(len(evaluation_set), np.nan)
            values = metric.score(cosines)
            scores[name][: len(values)] = values
            scores[name][~np.logical_and.reduce([exists[need] for need in metric.needs])] = np.nan
    return scores


def summarize_scores(evaluation_set: EvaluationSet, features: Features, scores: ScoresByMetric) -> dict[str, Estimate]:
    """Return every metric of `scores` with n, interval and chance, and the modality gap."""
    estimates = {name: METRICS[name].estimate(values, evaluation_set.valid) for name, values in scores.items()}
    estimates["modality_gap"] = metrics.modality_gap(features.images, features.captions["caption"])
    return estimates


def break_down(evaluation_set: EvaluationSet, scores: ScoresByMetric, trained: ScenePlan | None) -> list[BreakdownRow]:
    """Break binding_accuracy down by kind, larger object first or second, size and seen pairs (with `trained`)."""
    kinds = evaluation_set.plan.world.kinds
    first, second = np.take_along_axis(evaluation_set.scenes.areas, evaluation_set.pair, axis=1).T
    smaller = np.minimum(first, second)
    low, high = np.quantile(smaller, [1 / 3, 2 / 3])
    groups = [
        *(("kind", kind.name, evaluation_set.exchanged_kinds[:, k]) for k, kind in enumerate(kinds)),
        ("larger_object", "first", first > second),
        ("larger_object", "second", first < second),
        ("smaller_object_area", "lowest third", smaller <= low),
        ("smaller_object_area", "middle third", (smaller > low) & (smaller <= high)),
        ("smaller_object_area", "highest third", smaller > high),
    ]
    if trained is not None and (held_out := held_out_mask(trained)).any():
        true = _all_seen(evaluation_set.caption, held_out)
        exchanged = _all_seen(evaluation_set.swapped.captions, held_out)
        words = {True: "seen", False: "unseen"}
        for a, b in product((True, False), repeat=2):
            groups.append(("pairs", f"true {words[a]}, exchanged {words[b]}", (true == a) & (exchanged == b)))
    binding = scores["binding_accuracy"]
    return breakdown_rows(evaluation_set.form, [(by, name, binding[members]) for by, name, members in groups])


def permuted_image_control(evaluation_set: EvaluationSet, features: Features) -> Estimate:
    """Return binding_accuracy of each caption with the picture of the next scene: 0.5 unless something leaks."""
    images, captions = np.roll(features.images, 1, axis=0), features.captions
    return share_nearer(images, captions["caption"], captions["swapped"], evaluation_set.swapped.exists)


def _cosines(images: np.ndarray, captions: Mapping[str, np.ndarray]) -> ScoresByMetric:
    """Return (N,) the cosine of each picture with each kind of caption of its own scene."""
    return dict(zip(captions, cosine(images, np.stack(list(captions.values()), axis=1)).T, strict=True))


def _all_seen(captions: CaptionBatch, held_out: np.ndarray) -> np.ndarray:
    """Return (N,) bool: no (noun, value) pair of the caption was held out."""
    is_told = (captions.nouns[:, :, None] >= 0) & (captions.values >= 0)
    is_held_out = held_out[captions.nouns[:, :, None], np.arange(captions.values.shape[2]), captions.values]
    return ~(is_held_out & is_told).any(axis=(1, 2))


PartsDone = Callable[[int, int], None]
"""Progress callback: parts of an evaluation (forms and controls) that are done, and their number."""


def evaluate(
    clip: Clip,
    world: World,
    data: DataSpec | None,
    *,
    seed: int,
    count: int = DEFAULT_SCENES.count,
    trained: ScenePlan | None = None,
    budget: EvaluationBudget = FULL_BUDGET,
    tell: PartsDone = no_progress,
) -> Scores:
    """Compute all metrics in all forms, without `data` in the canonical one only; `trained` is the plan of training."""
    count = min(count, budget.max_scenes)
    grammar = Grammar(world, data or DataSpec())
    names = asked_forms(data)
    parts = len(names) + 3  # the probe, the untrained model, the damaged images; the rest takes no time
    results: dict[str, _FormResult] = {}
    for done, form in enumerate(names, start=1):
        evaluation_set = make_set(form, data or DataSpec(), world, seed=seed, count=count)
        results[form] = _run_form(clip, grammar, evaluation_set, results.values(), max_twins=budget.max_twins)
        tell(done, parts)
    scores = {form: score_metrics(each.set, each.features) for form, each in results.items()}
    measured = {form: _measure(each, scores[form]) for form, each in results.items()}
    forms = {form: measured.get(form) for form in OTHER_FORMS}
    # With one kind the two are the same captions, of which only one form was asked.
    forms["bundle"] = forms["bundle"] or forms["complete"]
    probe = {}
    if count >= budget.min_scenes_for_probe:
        probe["probe_accuracy"] = probe_accuracy(clip, world, seed=seed, budget=budget.probe)
    tell(len(names) + 1, parts)
    rows: list[BreakdownRow] = []
    for form, each in results.items():
        rows += break_down(each.set, scores[form], trained)
        # Only where the form names all objects, and captions of the data leave some out.
        leaves_out = form in ("complete", "bundle") and data is not None and data.caption_completeness != 1
        named_in_training = objects_named_in_training(data, each.set) if data is not None and leaves_out else None
        rows += break_down_single_objects(each.single_objects, each.single_object_cosines, named_in_training)
    return Scores(
        canonical=_in_sequence(measured["canonical"] | probe),
        forms=forms,
        breakdown=tuple(rows),
        controls=_controls(
            clip, grammar, results, trained, seed, budget, lambda beside: tell(parts - 2 + beside, parts)
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _FormResult:
    """Results of one form; the last two are those of the functions of their names."""

    set: EvaluationSet
    features: Features
    single_objects: SingleObjectCaptions
    single_object_cosines: np.ndarray
    confusion_scores: tuple[np.ndarray, np.ndarray]


def _run_form(
    clip: Clip, grammar: Grammar, evaluation_set: EvaluationSet, earlier: Iterable[_FormResult], *, max_twins: int
) -> _FormResult:
    """Embed a form; scenes or captions of an earlier one are not embedded again."""
    single_objects = make_single_object_captions(evaluation_set)
    if same := next((each for each in earlier if has_same_captions(each.set, evaluation_set)), None):
        return replace(same, set=evaluation_set, single_objects=single_objects)
    shown = next((each for each in earlier if has_same_scenes(each.set, evaluation_set)), None)
    features = embed_set(clip, grammar, evaluation_set, shown.features.images if shown else None, max_twins=max_twins)
    return _FormResult(
        set=evaluation_set,
        features=features,
        single_objects=single_objects,
        single_object_cosines=single_object_cosines(clip, grammar, features.images, single_objects),
        confusion_scores=confusion_scores(clip, grammar, features.images, features.captions["caption"], evaluation_set),
    )


def _measure(result: _FormResult, scores: ScoresByMetric) -> dict[str, Estimate]:
    """Return all metrics of a form but that of the probe."""
    estimates = summarize_scores(result.set, result.features, scores)
    for name, values in single_object_scores(result.single_objects, result.single_object_cosines).items():
        estimates[name] = METRICS[name].estimate(values, result.set.valid)
    estimates["confusion_accuracy"] = estimate_share(*(each[~np.isnan(each)] for each in result.confusion_scores))
    return _in_sequence(estimates)


def _in_sequence(estimates: Mapping[str, Estimate]) -> dict[str, Estimate]:
    return {name: estimates[name] for name in METRICS if name in estimates}


def _controls(
    clip: Clip,
    grammar: Grammar,
    results: Mapping[str, _FormResult],
    trained: ScenePlan | None,
    seed: int,
    budget: EvaluationBudget,
    tell: Callable[[int], None],
) -> dict[str, Metrics]:
    """Return {control: {form: estimate}}; controls that embed again use only the canonical form."""
    canonical = results["canonical"].set
    if len(canonical) > budget.max_damaged:
        canonical = make_canonical_set(canonical.plan.world, seed=seed, count=budget.max_damaged)
    fresh = untrained_control(clip, grammar, canonical, seed=seed + 1)
    tell(1)
    damaged = damaged_image_controls(clip, grammar, canonical, seed=seed)
    controls: dict[str, Metrics] = {
        "permuted_images": {form: permuted_image_control(each.set, each.features) for form, each in results.items()},
        **{name: {"canonical": each} for name, each in damaged.items()},
    }
    tell(2)
    if trained is not None:
        counts = count_captions(trained, grammar, seed=trained.seed, count=budget.captions_counted)
        controls["caption_only"] = {
            form: caption_only_control(each.set, grammar, counts) for form, each in results.items()
        }
    if fresh is not None:
        controls["untrained"] = {"canonical": fresh}
    return controls


class QuickEvaluation:
    """Binding and recognition in the canonical and own forms, cheap enough to run during training."""

    def __init__(
        self, clip: Clip, world: World, data: DataSpec, *, seed: int, count: int = FULL_BUDGET.quick_scenes
    ) -> None:
        self._clip, self._grammar = clip, Grammar(world, data)
        forms = FOLLOWED_FORMS if data.attribute_kinds else ("canonical",)
        self._sets = {form: make_set(form, data, world, seed=seed, count=count) for form in forms}
        self._images = {form: each.images(clip.image_size) for form, each in self._sets.items()}

    def measure(self) -> dict[str, Metrics]:
        """Return {form: {"binding_accuracy": ..., "recognition_accuracy": ...}} of the current weights."""
        measured = {"canonical": self.measure_form("canonical")}
        if own := self._sets.get("own"):
            repeats = has_same_captions(self._sets["canonical"], own)
            measured["own"] = measured["canonical"] if repeats else self.measure_form("own")
        return measured

    def measure_form(self, form: str) -> Metrics:
        evaluation_set = self._sets[form]
        swapped, replaced = evaluation_set.swapped, evaluation_set.replaced
        captions = (evaluation_set.caption, swapped.captions, replaced.captions)
        right, *wrong = embed_captions(self._clip, self._grammar, captions)
        images = embed_images(self._clip, self._images[form])
        return {
            "binding_accuracy": share_nearer(images, right, wrong[0], swapped.exists),
            "recognition_accuracy": share_nearer(images, right, wrong[1], replaced.exists),
        }


class Forgetting:
    """A model that trains on new data, with its scores in the own form of its old data, measured at once."""

    def __init__(self, clip: Clip, world: World, data: DataSpec, scenes: EvaluationScenes = DEFAULT_SCENES) -> None:
        self._data = data
        self._evaluation = QuickEvaluation(clip, world, data, seed=scenes.seed, count=scenes.count)
        self._before = self._evaluation.measure_form("own")

    def compare(self) -> StartScores:
        """Return the first scores, and the scores of the current weights."""
        return StartScores(data=self._data, before=self._before, after=self._evaluation.measure_form("own"))
