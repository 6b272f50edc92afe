"""Numbers of a report from a model and data dials.

    scores = evaluate(clip, world, data, seed=0, count=1000, trained=plan)
    scores.canonical["binding_accuracy"]      # Estimate
    scores.forms["own"]                       # the same for own, complete, bundle; None if there is no swap
    scores.breakdown, scores.controls

`QuickEvaluation` is the short version for the curve of a run: canonical and own binding and recognition. `Forgetting`
compares a start model's scores on its own data before and after a fine-tuning.
"""

from collections.abc import Callable

import numpy as np

from explorer.clip.clip import Clip
from explorer.evaluation.controls import CaptionCounts, caption_only, count_captions, damaged_images, untrained
from explorer.evaluation.embed import Features, embed_ids, embed_images, embed_set
from explorer.evaluation.metrics import METRICS, cosine, pairwise, share
from explorer.evaluation.readouts import (
    ask_singly,
    break_down_singly,
    confusion_scores,
    confusions,
    probe_accuracy,
    single_cosines,
    single_scores,
)
from explorer.evaluation.results import Estimate, Row
from explorer.evaluation.run_report import OTHER_FORMS, Metrics, Scores, StartScores
from explorer.evaluation.scores import break_down, permuted_images, score, summarize
from explorer.evaluation.sets import (
    FULL,
    EvaluationBudget,
    EvaluationSet,
    asks_the_same,
    make_set,
    named_in_training,
    shows_the_same,
)
from explorer.spec.dials import DataSpec
from explorer.spec.run_spec import FIXED_SCENES, EvaluationScenes
from explorer.world.appearance import World
from explorer.world.grammar import Grammar
from explorer.world.plan import Plan
from explorer.world.render import Renderer

COUNT = 1000
PartsDone = Callable[[int, int], None]
"""Progress callback: parts of an evaluation (forms and controls) that are done, and their number."""
PARTS_BESIDE_FORMS = 3
"""The probe, the damaged images, the untrained model; the rest takes no time."""


def no_progress(done: int, parts: int) -> None:
    """Ignore progress."""


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
    names = ("canonical", *_forms_to_ask(data))
    parts = len(names) + PARTS_BESIDE_FORMS
    for done, form in enumerate(names, start=1):
        found = make_set(form, data or DataSpec(), world, seed=seed, count=count)
        asked[form] = _ask(clip, grammar, found, asked, data, most_twins=budget.most_twins)
        tell(done, parts)
    canonical = asked["canonical"]
    forms = {form: asked[form].metrics if form in asked else None for form in OTHER_FORMS}
    if data is not None and len(data.attribute_kinds) == 1:
        forms["bundle"] = forms["complete"]  # with one kind the two forms are the same captions
    probe = {}
    if count >= budget.fewest_for_probe:
        probe["probe_accuracy"] = probe_accuracy(clip, world, seed=seed, budget=budget.probe)
    tell(len(names) + 1, parts)
    return Scores(
        canonical=canonical.metrics | probe,
        forms=forms,
        breakdown=tuple(row for form in asked.values() for row in form.breakdown(trained)),
        controls=_controls(clip, grammar, asked, counts, seed, budget, lambda beside: tell(parts - 2 + beside, parts)),
    )


def _ask(
    clip: Clip,
    grammar: Grammar,
    found: EvaluationSet,
    asked: "dict[str, _Form]",
    data: DataSpec | None,
    *,
    most_twins: int,
) -> "_Form":
    """Score the form of this set; scenes or captions of an earlier form are not embedded again."""
    same = next((form for form in asked.values() if asks_the_same(form.set, found)), None)
    if same:
        return _Form(found, same.features, same.cosines, same.confused, data)
    shown = next((form for form in asked.values() if shows_the_same(form.set, found)), None)
    features = embed_set(clip, grammar, found, shown.features.images if shown else None, most_twins=most_twins)
    singly = single_cosines(clip, grammar, features.images, ask_singly(found))
    confused = confusion_scores(clip, grammar, features.images, features.captions["caption"], confusions(found))
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
        singly = single_scores(self._captions, cosines)
        chance = METRICS["parts_accuracy"].chance
        self.metrics = summarize(found, features, self._scores)
        self.metrics |= {name: share(scores[~np.isnan(scores)], chance) for name, scores in singly.items()}
        scores, chances = (each[~np.isnan(each)] for each in confused)
        self.metrics["confusion_accuracy"] = share(scores, chances if len(chances) else None)
        self.permuted = permuted_images(found, features)

    def breakdown(self, trained: Plan | None) -> list[Row]:
        """Return the rows of this form."""
        rows = break_down(self.set, self._scores, trained)
        return rows + break_down_singly(self._captions, self.cosines, self._captioner())

    def _captioner(self) -> np.ndarray | None:
        """Return the objects that the data's captions would name, if the form names all and they leave some out."""
        is_asked = self.set.form in ("complete", "bundle")
        if self._data is None or not is_asked or self._data.caption_completeness == 1:
            return None
        return named_in_training(self._data, self.set)


def _forms_to_ask(data: DataSpec | None) -> tuple[str, ...]:
    """Return the forms that differ for these dials; without kinds only the canonical form has swaps."""
    if data is None or not data.attribute_kinds:
        return ()
    return ("own", "complete") if len(data.attribute_kinds) == 1 else ("own", "complete", "bundle")


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
        is_repeated = "own" in forms and asks_the_same(self._sets["canonical"], self._sets["own"])
        self._repeats = {"own": "canonical"} if is_repeated else {}
        self._images = {
            form: Renderer(each.plan, size=clip.image_size).images(each.scenes) for form, each in self._sets.items()
        }

    def measure(self) -> dict[str, Metrics]:
        """Return {form: {"binding_accuracy": ..., "recognition_accuracy": ...}} of the current weights."""
        found = {form: self.ask(form) for form in self._sets if form not in self._repeats}
        return {form: found[self._repeats.get(form, form)] for form in self._sets}

    def ask(self, form: str) -> Metrics:
        """Return the same for one form."""
        evaluation_set = self._sets[form]
        said = (evaluation_set.caption, evaluation_set.swapped.said, evaluation_set.replaced.said)
        ids = np.concatenate([self._grammar.ids(sentence) for sentence in said])
        captions = embed_ids(self._clip, self._grammar, ids).reshape(len(said), len(evaluation_set), -1)
        cosines = cosine(embed_images(self._clip, self._images[form]), captions.transpose(1, 0, 2))
        exists = (evaluation_set.swapped.exists, evaluation_set.replaced.exists)
        names = ("binding_accuracy", "recognition_accuracy")
        return {
            name: share(pairwise(cosines[:, 0], cosines[:, column])[there], METRICS[name].chance)
            for name, column, there in zip(names, (1, 2), exists, strict=True)
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
