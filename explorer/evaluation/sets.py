"""Evaluation sets from data dials: fresh scenes with a caption each, and its changed captions.

docs/glossary.md says what each form of caption is. In all forms values and nouns are independent and all pairs occur,
and a swap counts only if it is false of its image.
"""

from dataclasses import dataclass, replace

import numpy as np

from explorer.evaluation.results import EVERY_FORM
from explorer.spec import DATA_FIELDS, DIALS, DataSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import CaptionBatch, named_objects, write_captions, write_named_objects
from explorer.world.plan import ScenePlan, make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes, draw_scenes, exchange_values
from explorer.world.swaps import ChangedCaptions, assignments, false_swap, is_true, reorder, replace_value
from explorer.world.things import World


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EvaluationSet:
    """N scenes and their captions in one form.

    `ways` are the P! assignments of the values, the caption's first; `valid` (N, P!) marks it and, among the others,
    each distinct one that is false of its image.
    """

    form: str
    plan: ScenePlan
    scenes: Scenes
    twins: Scenes
    caption: CaptionBatch
    swapped: ChangedCaptions
    replaced: ChangedCaptions
    reordered: ChangedCaptions
    ways: tuple[CaptionBatch, ...]
    valid: np.ndarray
    exchanged_kinds: np.ndarray
    """(N, K) bool: the kinds in which the swap changes a value."""
    pair: np.ndarray
    """(N, 2) the two objects of the scene whose values the swap exchanges, the one mentioned first in front."""

    def __len__(self) -> int:
        return len(self.scenes)

    @property
    def changed(self) -> dict[str, ChangedCaptions]:
        return {"swapped": self.swapped, "replaced": self.replaced, "reordered": self.reordered}

    def captions(self) -> dict[str, CaptionBatch]:
        """Return the caption and its changed forms by name."""
        return {"caption": self.caption, **{name: each.captions for name, each in self.changed.items()}}

    def images(self, size: int) -> np.ndarray:
        """Draw the scenes as uint8 (N, 3, S, S)."""
        return Renderer(self.plan, size=size).images(self.scenes)


def has_same_captions(one: EvaluationSet, other: EvaluationSet) -> bool:
    """Return True if two sets hold the same scenes with the same captions, so that a model scores alike.

    All else in a set follows from its plan, its stream, which sets of one seed and size share, and its captions.
    """
    return (
        one.plan.data == other.plan.data
        and one.plan.seed == other.plan.seed
        and np.array_equal(one.caption.nouns, other.caption.nouns)
        and np.array_equal(one.caption.values, other.caption.values)
    )


def has_same_scenes(one: EvaluationSet, other: EvaluationSet) -> bool:
    """Return True if two sets hold the same scenes with any captions: their image dials and stream are the same."""
    dials = [name for name, dial in DIALS.items() if dial.stage == "images"]
    return (
        all(getattr(one.plan.data, name) == getattr(other.plan.data, name) for name in dials)
        and one.plan.seed == other.plan.seed
        and len(one) == len(other)
    )


def canonical_data(world: World) -> DataSpec:
    """Return the dials of the canonical form: two objects, which captions name with the first kind."""
    return DataSpec(world=world.name, attribute_kinds=(world.kinds[0].name,))


FAIR_DIALS = {name: getattr(DataSpec(), name) for name in DATA_FIELDS if not DIALS[name].is_asked}
"""The dials that a model is not asked about, with the values that they have instead."""


def asked_forms(data: DataSpec | None) -> tuple[str, ...]:
    """Return the forms in which a model of these data is evaluated, without data the canonical one."""
    if data is None or not data.attribute_kinds:  # without kinds only the canonical form has swaps
        return ("canonical",)
    # With one kind bundle and complete are the same captions.
    return ("canonical", "own", "complete") if len(data.attribute_kinds) == 1 else EVERY_FORM


def form_data(form: str, data: DataSpec, world: World) -> DataSpec:
    """Return the dials of one form of `data`, of which those of `FAIR_DIALS` are off in all.

    So the own form of data with tidy pairs is that of the other pairs; the tidy ones are those of the canonical form.
    """
    if form == "canonical":
        return canonical_data(world)
    free = replace(data, **FAIR_DIALS)
    if form == "own":
        return free
    density = float(len(data.attribute_kinds)) if form == "bundle" else min(1.0, len(data.attribute_kinds))
    return replace(free, attribute_density=density, caption_completeness=1.0, told_together="independent")


def make_set(form: str, data: DataSpec, world: World, *, seed: int, count: int) -> EvaluationSet:
    """Draw `count` scenes of the evaluation stream in `form`."""
    plan = make_plan(form_data(form, data, world), world, seed=seed)
    stream = Stream(seed=seed, name="evaluation", index=np.arange(count))
    scenes = draw_scenes(plan, stream)
    caption = _name_one_kind_each(plan, scenes, stream) if form == "complete" else write_captions(plan, scenes, stream)
    swapped = false_swap(caption, scenes, stream)
    moved = caption.values != swapped.captions.values
    changed = moved.any(axis=2, keepdims=True)
    # The kinds that the caption names for the exchanged objects: in these the twin differs.
    twin_kinds = ((caption.values >= 0) & changed).any(axis=1)
    pair = _exchanged_objects(caption, scenes, swapped)
    ways, assigned = assignments(caption)
    also_true = np.stack([is_true(way, scenes) for way in ways], axis=1)
    also_true[:, 0] = False
    return EvaluationSet(
        form=form,
        plan=plan,
        scenes=scenes,
        twins=exchange_values(plan, scenes, pair[:, 0], pair[:, 1], twin_kinds),
        caption=caption,
        swapped=swapped,
        replaced=replace_value(plan, caption, scenes, stream),
        reordered=reorder(caption, stream),
        ways=tuple(ways),
        valid=assigned & ~also_true,
        exchanged_kinds=moved.any(axis=1),
        pair=pair,
    )


def make_canonical_set(world: World, *, seed: int, count: int) -> EvaluationSet:
    """Draw `count` scenes of the evaluation stream in the canonical form, which is the same for all data."""
    return make_set("canonical", canonical_data(world), world, seed=seed, count=count)


def objects_named_in_training(data: DataSpec, evaluation_set: EvaluationSet) -> np.ndarray:
    """Return (N, n) bool: the objects of each scene that a caption by the dials of `data` names."""
    plan = make_plan(
        form_data("own", data, evaluation_set.plan.world), evaluation_set.plan.world, seed=evaluation_set.plan.seed
    )
    stream = Stream(seed=evaluation_set.plan.seed, name="evaluation", index=np.arange(len(evaluation_set)))
    return np.asarray(named_objects(plan, evaluation_set.scenes, stream))


def _name_one_kind_each(plan: ScenePlan, scenes: Scenes, stream: Stream) -> CaptionBatch:
    """Name every object with one value; the scenes take the kinds that captions may tell in turn."""
    told = np.flatnonzero(plan.told)
    kinds = np.zeros(scenes.values.shape, dtype=bool)
    if len(told):
        in_turn = told[np.arange(len(scenes)) % len(told)]
        kinds[np.arange(len(scenes)), :, in_turn] = True
    return write_named_objects(scenes, stream, np.ones(scenes.nouns.shape, dtype=bool), kinds)


def _exchanged_objects(caption: CaptionBatch, scenes: Scenes, swapped: ChangedCaptions) -> np.ndarray:
    """Return (N, 2) the objects of the scene that the swap exchanges, from places or objects."""
    nouns = np.take_along_axis(caption.nouns, swapped.between, axis=1)
    objects = scenes.objects_of(nouns)
    return np.where((caption.count == 1)[:, None], swapped.between, objects)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeBudget:
    """Scenes per value of the linear probe: those that it is fitted on, and those that it is tested on."""

    fit_per_value: int = 200
    test_per_value: int = 100

    @property
    def per_value(self) -> int:
        return self.fit_per_value + self.test_per_value


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationBudget:
    """Sizes of the full evaluation, and of the quick one during training."""

    max_scenes: int = 100_000
    """Upper bound on the scenes per form, whatever number is requested."""
    quick_scenes: int = 400
    """Scenes per form of a quick evaluation."""
    min_scenes_for_probe: int = 1000
    """Scenes per form below which the linear probe is left out."""
    max_twins: int = 1000
    """Scenes that are scored with their twin and with every assignment of their values; four objects have 24."""
    max_damaged: int = 1000
    """Scenes for the controls that embed again, the first ones of the canonical form."""
    captions_counted: int = 20_000
    """Training captions that the caption-only scorer counts."""
    probe: ProbeBudget = ProbeBudget()


FULL_BUDGET = EvaluationBudget()
"""The budget of every published score; smaller numbers widen the intervals and change nothing else."""
