"""Evaluation sets from data dials: fresh scenes with a caption each, and its changed captions.

    sets = make_set("own", data, world, seed=0, count=1000)
    sets.caption, sets.swapped, sets.replaced, sets.reordered     # Sentence, then Exchange
    sets.twins                                                    # the scenes for which `swapped` is true

Four forms. canonical: two objects, both named, the world's first kind, for any data; own: the data's own dials;
complete: every object named, one kind at a time; bundle: every object named with all its values. In all of them values
and nouns are independent and all pairs occur, and a swap counts only if it is false of its image.

    evaluate(clip, world, data, seed=0, budget=EvaluationBudget(most_scenes=100))

An `EvaluationBudget` sets the sizes. Published scores use the defaults, `FULL`; smaller numbers widen the intervals and
change nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explorer.spec.dials import DIALS, DataSpec
from explorer.world.appearance import World
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Sentence, named_objects, write_captions, write_sentence
from explorer.world.plan import Plan, make_plan
from explorer.world.scenes import Scenes, draw_scenes, exchange_values
from explorer.world.swaps import Exchange, assignments, false_swap, is_true, reorder, replace_value

FORMS = {
    "canonical": "two objects, both named with their first kind; the same scenes for every model",
    "own": "the data's own scenes and captions",
    "complete": "the data's own scenes, every object named, one kind at a time",
    "bundle": "the data's own scenes, every object named with all its values",
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EvaluationSet:
    """N scenes and their captions in one form.

    `ways` are the P! assignments of the values, the caption's first; `valid` (N, P!) marks it and, among the others,
    each distinct one that is false of its image.
    """

    form: str
    plan: Plan
    scenes: Scenes
    twins: Scenes
    caption: Sentence
    swapped: Exchange
    replaced: Exchange
    reordered: Exchange
    ways: tuple[Sentence, ...]
    valid: np.ndarray
    traded: np.ndarray
    """(N, K) bool: the kinds in which the swap changes a value."""
    pair: np.ndarray
    """(N, 2) the two objects of the scene whose values the swap exchanges, the one mentioned first in front."""

    def __len__(self) -> int:
        return len(self.scenes)


def asks_the_same(one: EvaluationSet, other: EvaluationSet) -> bool:
    """Return True if two sets hold the same scenes with the same captions, so that a model scores alike.

    All else in a set follows from its plan, its stream, which sets of one seed and size share, and its captions.
    """
    return (
        one.plan.data == other.plan.data
        and one.plan.seed == other.plan.seed
        and np.array_equal(one.caption.nouns, other.caption.nouns)
        and np.array_equal(one.caption.values, other.caption.values)
    )


def shows_the_same(one: EvaluationSet, other: EvaluationSet) -> bool:
    """Return True if two sets hold the same scenes with any captions: their image dials and stream are the same."""
    dials = [name for name, dial in DIALS.items() if dial.stage == "images"]
    return (
        all(getattr(one.plan.data, name) == getattr(other.plan.data, name) for name in dials)
        and one.plan.seed == other.plan.seed
        and len(one) == len(other)
    )


def canonical_data(world: World) -> DataSpec:
    """Return the dials of the canonical form."""
    return DataSpec(world=world.name, attribute_kinds=(world.kinds[0].name,))


def form_data(form: str, data: DataSpec, world: World) -> DataSpec:
    """Return the dials of one form of `data`; correlation and held-out pairs are off in all."""
    if form == "canonical":
        return canonical_data(world)
    free = replace(data, attribute_object_correlation=0.0, held_out_pairs=0.0)
    if form == "own":
        return free
    density = float(len(data.attribute_kinds)) if form == "bundle" else min(1.0, len(data.attribute_kinds))
    return replace(free, attribute_density=density, caption_completeness=1.0)


def make_set(form: str, data: DataSpec, world: World, *, seed: int, count: int) -> EvaluationSet:
    """Draw `count` scenes of the evaluation stream in `form`."""
    plan = make_plan(form_data(form, data, world), world, seed=seed)
    stream = Stream(seed=seed, name="evaluation", index=np.arange(count))
    scenes = draw_scenes(plan, stream)
    caption = _one_kind_each(plan, scenes, stream) if form == "complete" else write_captions(plan, scenes, stream)
    swapped = false_swap(caption, scenes, stream)
    pair = _traders(caption, scenes, swapped)
    traded = _named_kinds(caption, swapped)
    ways, valid = _false_ways(caption, scenes)
    return EvaluationSet(
        form=form,
        plan=plan,
        scenes=scenes,
        twins=exchange_values(plan, scenes, pair[:, 0], pair[:, 1], traded),
        caption=caption,
        swapped=swapped,
        replaced=replace_value(plan, caption, scenes, stream),
        reordered=reorder(caption, stream),
        ways=ways,
        valid=valid,
        traded=(caption.values != swapped.said.values).any(axis=1),
        pair=pair,
    )


def named_in_training(data: DataSpec, found: EvaluationSet) -> np.ndarray:
    """Return (N, n) bool: the objects of each scene that a caption by the dials of `data` names."""
    plan = make_plan(form_data("own", data, found.plan.world), found.plan.world, seed=found.plan.seed)
    stream = Stream(seed=found.plan.seed, name="evaluation", index=np.arange(len(found)))
    return np.asarray(named_objects(plan, found.scenes, stream))


def _one_kind_each(plan: Plan, scenes: Scenes, stream: Stream) -> Sentence:
    """Name every object with one value; the scenes take the kinds that vary in turn."""
    varying = np.flatnonzero(plan.varies)
    kinds = np.zeros(scenes.values.shape, dtype=bool)
    if len(varying):
        asked = varying[np.arange(len(scenes)) % len(varying)]
        kinds[np.arange(len(scenes)), :, asked] = True
    return write_sentence(scenes, stream, np.ones(scenes.nouns.shape, dtype=bool), kinds)


def _traders(caption: Sentence, scenes: Scenes, swapped: Exchange) -> np.ndarray:
    """Return (N, 2) the objects of the scene that the swap exchanges, from places or objects."""
    sides = np.stack([swapped.first, swapped.second], axis=1)
    nouns = np.take_along_axis(caption.nouns, sides, axis=1)
    objects = (scenes.nouns[:, None, :] == nouns[:, :, None]).argmax(axis=2)
    return np.where((caption.count == 1)[:, None], sides, objects)


def _false_ways(caption: Sentence, scenes: Scenes) -> tuple[tuple[Sentence, ...], np.ndarray]:
    """Return the assignments of the caption's values, and (N, P!) those to rank: see `EvaluationSet`."""
    ways, valid = assignments(caption)
    also_true = np.stack([is_true(way, scenes) for way in ways], axis=1)
    also_true[:, 0] = False
    return tuple(ways), valid & ~also_true


def _named_kinds(caption: Sentence, swapped: Exchange) -> np.ndarray:
    """Return (N, K) the kinds that the caption names for the exchanged objects, in which the twin differs."""
    changed = (caption.values != swapped.said.values).any(axis=2, keepdims=True)
    said: np.ndarray = ((caption.values >= 0) & changed).any(axis=1)
    return said


def sentences(evaluation_set: EvaluationSet) -> Iterator[tuple[str, Any]]:
    """Return every kind of caption of a set by name, for embedding."""
    yield "caption", evaluation_set.caption
    yield "swapped", evaluation_set.swapped.said
    yield "replaced", evaluation_set.replaced.said
    yield "reordered", evaluation_set.reordered.said


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeBudget:
    """Scenes per value of the linear probe: those that it is fitted on, and those that it is tested on."""

    fit_per_value: int = 200
    test_per_value: int = 100

    @property
    def per_value(self) -> int:
        """Return the scenes drawn per value."""
        return self.fit_per_value + self.test_per_value


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationBudget:
    """Sizes of the full evaluation, and of the quick one during training."""

    most_scenes: int = 100_000
    """Upper bound on the scenes per form, whatever number is requested."""
    quick_scenes: int = 400
    """Scenes per form of a quick evaluation."""
    fewest_for_probe: int = 1000
    """Scenes per form below which the linear probe is left out."""
    most_twins: int = 1000
    """Scenes that are scored with their twin and with every assignment of their values; four objects have 24."""
    most_damaged: int = 1000
    """Scenes for the controls that embed again, the first ones of the canonical form."""
    captions_counted: int = 20_000
    """Training captions that the caption-only scorer counts."""
    probe: ProbeBudget = ProbeBudget()


FULL = EvaluationBudget()
"""The budget of every published score."""
