"""Numbers of a report from a model and data dials.

`QuickEvaluation` is the short version for the curve of a run: canonical and own binding and recognition. `Forgetting`
compares a start model's scores on its own data before and after a fine-tuning.
"""

from collections.abc import Callable, Mapping
from itertools import product

import numpy as np

from explorer.clip.clip import Clip
from explorer.clip.loading import no_progress
from explorer.evaluation import metrics
from explorer.evaluation.embed import Features, embed_ids, embed_images, embed_set
from explorer.evaluation.metrics import METRICS, SHARES, cosine, preference, share
from explorer.evaluation.readouts import (
    CaptionCounts,
    ask_singly,
    break_down_singly,
    caption_only,
    confusion_scores,
    count_captions,
    damaged_images,
    probe_accuracy,
    rows_of,
    single_cosines,
    single_scores,
    untrained,
)
from explorer.evaluation.results import OTHER_FORMS, Estimate, Metrics, Row, Scores, StartScores
from explorer.evaluation.sets import (
    FULL,
    EvaluationBudget,
    EvaluationSet,
    asks_the_same,
    make_set,
    named_in_training,
    shows_the_same,
)
from explorer.spec import FIXED_SCENES, DataSpec, EvaluationScenes
from explorer.world.grammar import Grammar, Sentence
from explorer.world.plan import Plan, held_out_mask
from explorer.world.render import Renderer
from explorer.world.things import World

ScoresByMetric = dict[str, np.ndarray]


def score(evaluation_set: EvaluationSet, features: Features) -> ScoresByMetric:
    """Return each metric per scene, NaN if it does not exist."""
    cosines = _cosines(features.images, features.captions)
    right, wrong = cosines["caption"], cosines["swapped"]
    swaps, replaces = evaluation_set.swapped.exists, evaluation_set.replaced.exists
    # Only the first scenes have a twin and every assignment.
    few = len(features.twins)
    twin = _cosines(features.twins, {name: rows[:few] for name, rows in features.captions.items()})
    asked = ("caption", "swapped")
    square = np.stack([np.stack([of[name][:few] for name in asked], axis=1) for of in (cosines, twin)], axis=1)
    ranked = metrics.first_of(cosine(features.images[:few], features.ways), evaluation_set.valid[:few])
    found = {
        "binding_accuracy": (swaps, metrics.pairwise(right, wrong)),
        "recognition_accuracy": (replaces, metrics.pairwise(right, cosines["replaced"])),
        **{name: (swaps, values) for name, values in metrics.winoground(square).items()},
        "permutation_recall": (evaluation_set.valid.sum(axis=1) > 1, ranked),
        "reorder_accuracy": (
            swaps & evaluation_set.reordered.exists,
            metrics.above_swapped(right, cosines["reordered"], wrong),
        ),
        "margin": (swaps, metrics.margin(right, wrong)),
    }
    unknown = np.full(len(right), np.nan)
    return {
        name: np.where(exists, np.concatenate([values, unknown[len(values) :]]), np.nan)
        for name, (exists, values) in found.items()
    }


def summarize(evaluation_set: EvaluationSet, features: Features, scores: ScoresByMetric) -> dict[str, Estimate]:
    """Return every metric of the set but the probe's, with n, interval and chance."""
    known = {name: values[~np.isnan(values)] for name, values in scores.items()}
    found = {name: share(known[name], METRICS[name].chance) for name in SHARES}
    chances = (1 / evaluation_set.valid.sum(axis=1))[~np.isnan(scores["permutation_recall"])]
    found["permutation_recall"] = share(known["permutation_recall"], chances)
    found["margin"] = metrics.mean(known["margin"], METRICS["margin"].chance)
    found["modality_gap"] = metrics.modality_gap(features.images, features.captions["caption"])
    return found


def break_down(evaluation_set: EvaluationSet, scores: ScoresByMetric, trained: Plan | None) -> list[Row]:
    """Break binding_accuracy down by kind, larger object first or second, size and seen pairs (with `trained`)."""
    kinds = evaluation_set.plan.world.kinds
    first, second = np.take_along_axis(evaluation_set.scenes.areas, evaluation_set.pair, axis=1).T
    smaller = np.minimum(first, second)
    low, high = np.quantile(smaller, [1 / 3, 2 / 3])
    groups = [
        *(("kind", kind.name, evaluation_set.traded[:, k]) for k, kind in enumerate(kinds)),
        ("larger_object", "first", first > second),
        ("larger_object", "second", first < second),
        ("smaller_object_area", "lowest third", smaller <= low),
        ("smaller_object_area", "middle third", (smaller > low) & (smaller <= high)),
        ("smaller_object_area", "highest third", smaller > high),
    ]
    if trained is not None and (held_out := held_out_mask(trained)).any():
        true = _all_seen(evaluation_set.caption, held_out)
        exchanged = _all_seen(evaluation_set.swapped.said, held_out)
        words = {True: "seen", False: "unseen"}
        for a, b in product((True, False), repeat=2):
            groups.append(("pairs", f"true {words[a]}, exchanged {words[b]}", (true == a) & (exchanged == b)))
    binding = scores["binding_accuracy"]
    return rows_of(evaluation_set.form, [(by, name, binding[members]) for by, name, members in groups])


def permuted_images(evaluation_set: EvaluationSet, features: Features) -> Estimate:
    """Return binding_accuracy of each caption with the picture of the next scene: 0.5 unless something leaks."""
    cosines = _cosines(np.roll(features.images, 1, axis=0), features.captions)
    return preference(cosines["caption"], cosines["swapped"], evaluation_set.swapped.exists)


def _cosines(images: np.ndarray, captions: Mapping[str, np.ndarray]) -> ScoresByMetric:
    """Return (N,) the cosine of each picture with each kind of caption of its own scene."""
    return dict(zip(captions, cosine(images, np.stack(list(captions.values()), axis=1)).T, strict=True))


def _all_seen(said: Sentence, held_out: np.ndarray) -> np.ndarray:
    """Return (N,) bool: no (noun, value) pair that the caption names was held out."""
    named = (said.nouns[:, :, None] >= 0) & (said.values >= 0)
    held = held_out[said.nouns[:, :, None], np.arange(said.values.shape[2]), said.values]
    return ~(held & named).any(axis=(1, 2))


COUNT = 1000
PartsDone = Callable[[int, int], None]
"""Progress callback: parts of an evaluation (forms and controls) that are done, and their number."""


def evaluate(
    clip: Clip,
    world: World,
    data: DataSpec | None,
    *,
    seed: int,
    count: int = COUNT,
    trained: Plan | None = None,
    budget: EvaluationBudget = FULL,
    tell: PartsDone = no_progress,
) -> Scores:
    """Compute all metrics in all forms; without `data` only the canonical form. `trained`: the plan of training."""
    grammar, count = Grammar(world), min(count, budget.most_scenes)
    counts = None
    if trained is not None:
        counts = count_captions(trained, grammar, seed=trained.seed, count=budget.captions_counted)
    asked: dict[str, _Form] = {}
    names = ["canonical"]
    if data is not None and data.attribute_kinds:  # without kinds only the canonical form has swaps
        # With one kind bundle and complete are the same captions.
        names += ["own", "complete", "bundle"][: 1 + len(data.attribute_kinds)]
    parts = len(names) + 3  # the probe, the untrained model, the damaged images; the rest takes no time
    for done, form in enumerate(names, start=1):
        found = make_set(form, data or DataSpec(), world, seed=seed, count=count)
        asked[form] = _ask(clip, grammar, found, asked, data, most_twins=budget.most_twins)
        tell(done, parts)
    forms = {form: asked[form].metrics if form in asked else None for form in OTHER_FORMS}
    forms["bundle"] = forms["bundle"] or forms["complete"]
    probe = {}
    if count >= budget.fewest_for_probe:
        probe["probe_accuracy"] = probe_accuracy(clip, world, seed=seed, budget=budget.probe)
    tell(len(names) + 1, parts)
    return Scores(
        canonical=asked["canonical"].metrics | probe,
        forms=forms,
        breakdown=tuple(row for form in asked.values() for row in form.breakdown(trained)),
        controls=_controls(clip, grammar, asked, counts, seed, budget, lambda beside: tell(parts - 2 + beside, parts)),
    )


def _ask(
    clip: Clip,
    grammar: Grammar,
    found: EvaluationSet,
    asked: "Mapping[str, _Form]",
    data: DataSpec | None,
    *,
    most_twins: int,
) -> "_Form":
    """Score the form of this set; scenes or captions of an earlier form are not embedded again."""
    if same := next((form for form in asked.values() if asks_the_same(form.set, found)), None):
        return _Form(found, same.features, same.cosines, same.confused, data)
    shown = next((form for form in asked.values() if shows_the_same(form.set, found)), None)
    features = embed_set(clip, grammar, found, shown.features.images if shown else None, most_twins=most_twins)
    singly = single_cosines(clip, grammar, features.images, ask_singly(found))
    confused = confusion_scores(clip, grammar, features.images, features.captions["caption"], found)
    return _Form(found, features, singly, confused, data)


class _Form:
    """One scored form; `cosines` (N, P, 3) are those of `single_cosines`, `confused` scores and chances (N,)."""

    def __init__(
        self,
        found: EvaluationSet,
        features: Features,
        cosines: np.ndarray,
        confused: tuple[np.ndarray, np.ndarray],
        data: DataSpec | None,
    ) -> None:
        self.set, self.features, self.cosines, self.confused, self._data = found, features, cosines, confused, data
        self._captions, self._scores = ask_singly(found), score(found, features)
        self.metrics = summarize(found, features, self._scores)
        for name, scores in single_scores(self._captions, cosines).items():
            self.metrics[name] = share(scores[~np.isnan(scores)], METRICS[name].chance)
        self.metrics["confusion_accuracy"] = share(*(each[~np.isnan(each)] for each in confused))
        self.permuted = permuted_images(found, features)

    def breakdown(self, trained: Plan | None) -> list[Row]:
        rows, captioner = break_down(self.set, self._scores, trained), None
        # Only where the form names all objects, and captions of the data leave some out.
        if self.set.form in ("complete", "bundle") and self._data and self._data.caption_completeness != 1:
            captioner = named_in_training(self._data, self.set)
        return rows + break_down_singly(self._captions, self.cosines, captioner)


def _controls(
    clip: Clip,
    grammar: Grammar,
    asked: dict[str, _Form],
    counts: CaptionCounts | None,
    seed: int,
    budget: EvaluationBudget,
    tell: Callable[[int], None],
) -> dict[str, dict[str, Estimate]]:
    """Return {control: {form: estimate}}; controls that embed again use only the canonical form."""
    canonical = asked["canonical"].set
    if len(canonical) > budget.most_damaged:
        canonical = make_set("canonical", DataSpec(), canonical.plan.world, seed=seed, count=budget.most_damaged)
    fresh = untrained(clip, grammar, canonical, seed=seed + 1)
    tell(1)
    found: dict[str, dict[str, Estimate]] = {
        "permuted_images": {form: each.permuted for form, each in asked.items()},
        **{name: {"canonical": e} for name, e in damaged_images(clip, grammar, canonical, seed=seed).items()},
    }
    tell(2)
    if counts is not None:
        found["caption_only"] = {form: caption_only(each.set, grammar, counts) for form, each in asked.items()}
    if fresh is not None:
        found["untrained"] = {"canonical": fresh}
    return found


class QuickEvaluation:
    """Binding and recognition in the canonical and own forms, cheap enough to run during training."""

    def __init__(self, clip: Clip, world: World, data: DataSpec, *, seed: int, count: int = FULL.quick_scenes) -> None:
        self._clip, self._grammar = clip, Grammar(world)
        forms = ("canonical", "own") if data.attribute_kinds else ("canonical",)
        self._sets = {form: make_set(form, data, world, seed=seed, count=count) for form in forms}
        self._repeats = "own" in forms and asks_the_same(self._sets["canonical"], self._sets["own"])
        self._images = {
            form: Renderer(each.plan, size=clip.image_size).images(each.scenes) for form, each in self._sets.items()
        }

    def measure(self) -> dict[str, Metrics]:
        """Return {form: {"binding_accuracy": ..., "recognition_accuracy": ...}} of the current weights."""
        canonical = self.ask("canonical")
        others = [form for form in self._sets if form != "canonical"]
        return {"canonical": canonical} | {form: canonical if self._repeats else self.ask(form) for form in others}

    def ask(self, form: str) -> Metrics:
        evaluation_set = self._sets[form]
        said = (evaluation_set.caption, evaluation_set.swapped.said, evaluation_set.replaced.said)
        ids = np.concatenate([self._grammar.ids(sentence) for sentence in said])
        captions = embed_ids(self._clip, self._grammar, ids).reshape(len(said), len(evaluation_set), -1)
        cosines = cosine(embed_images(self._clip, self._images[form]), captions.transpose(1, 0, 2))
        right, swapped, replaced = cosines.T
        return {
            "binding_accuracy": preference(right, swapped, evaluation_set.swapped.exists),
            "recognition_accuracy": preference(right, replaced, evaluation_set.replaced.exists),
        }


class Forgetting:
    """A model that trains on new data, with its scores in the own form of its old data, measured at once."""

    def __init__(self, clip: Clip, world: World, data: DataSpec, scenes: EvaluationScenes = FIXED_SCENES) -> None:
        self._data = data
        self._evaluation = QuickEvaluation(clip, world, data, seed=scenes.seed, count=scenes.count)
        self._before = self._evaluation.ask("own")

    def compare(self) -> StartScores:
        """Return the first scores, and the scores of the current weights."""
        return StartScores(data=self._data, before=self._before, after=self._evaluation.ask("own"))
