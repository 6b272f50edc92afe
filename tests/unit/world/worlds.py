"""Specs, scenes and captions that the tests of this folder share, and captions read as plain text.

    plan = plan_of(objects_in_image=3)
    batch = draw(plan, stream_of(24))
    batch.texts[0], batch.facts[0]      # "a red bus and a cat", {"bus": ("red", "large", ...), "cat": (...), ...}

What the code says with arrays is checked against these texts and facts, which know no arrays.
"""

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import torch
from hypothesis import settings
from hypothesis import strategies as st

from explorer.spec import DataSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import CaptionBatch, Grammar, write_captions
from explorer.world.plan import ScenePlan, make_plan
from explorer.world.scenes import Scenes, draw_scenes
from explorer.world.things import THINGS

GRAMMAR = Grammar(THINGS)
KINDS = tuple(kind.name for kind in THINGS.kinds)
NOUN_WORDS = tuple(noun.word for noun in THINGS.nouns)
WORDS_OF_KIND = tuple(tuple(value.word for value in kind.values) for kind in THINGS.kinds)
KIND_OF_WORD = {word: k for k, words in enumerate(WORDS_OF_KIND) for word in words}

# Times are not asserted: a busy computer is no failure.
few = settings(deadline=None, max_examples=25)

Facts = dict[str, tuple[str, ...]]
Objects = list[tuple[str, tuple[str, ...]]]

# Specs that between them reach every branch: n = 1 to 4, no kind and all kinds, both lengths, every dial off zero.
SPECS = {
    "one object": DataSpec(objects_in_image=1),
    "two objects": DataSpec(),
    "no kind": DataSpec(attribute_kinds=(), attribute_density=0.0),
    "three objects, mixed lengths": DataSpec(
        objects_in_image=3,
        attribute_kinds=("color", "pattern"),
        attribute_density=1.25,
        caption_completeness=0.6,
        caption_lengths="mixed",
        attribute_object_correlation=0.3,
        held_out_pairs=0.3,
        saliency_bias=0.5,
    ),
    "four objects, all kinds": DataSpec(
        objects_in_image=4,
        attribute_kinds=KINDS,
        attribute_density=2.5,
        caption_completeness=0.8,
        saliency_bias=1.0,
        held_out_pairs=0.5,
    ),
    "two told together": DataSpec(attribute_density=0.5, told_together="both-or-neither"),
    "one of two told": DataSpec(
        objects_in_image=4, caption_completeness=0.5, attribute_density=0.4, told_together="at-most-one"
    ),
    "wrong values, tidy pairs": DataSpec(
        objects_in_image=4,
        attribute_kinds=("pattern", "size"),
        untold_kinds=("outline",),
        attribute_density=0.5,
        caption_completeness=0.55,
        caption_lengths="mixed",
        held_out_pairs=0.3,
        wrong_values=0.4,
        tidy_share=0.3,
        tidy_kinds=("color", "size"),
    ),
    "one object, tidy pairs": DataSpec(objects_in_image=1, tidy_share=0.5, tidy_kinds=("pattern",)),
}


def plan_of(*, seed: int = 0, **dials: Any) -> ScenePlan:
    return make_plan(DataSpec(**dials), THINGS, seed=seed)


def stream_of(count: int, *, seed: int = 0, name: str = "train", first: int = 0) -> Stream:
    """The numbers of scenes `first` and following, in numpy."""
    return Stream(seed=seed, name=name, index=np.arange(first, first + count))


def torch_stream_of(count: int, *, seed: int = 0, name: str = "train", first: int = 0) -> Stream:
    return Stream(seed=seed, name=name, index=torch.arange(first, first + count))


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Scenes and what is said of them, as arrays and as words."""

    plan: ScenePlan
    stream: Stream
    scenes: Scenes
    captions: CaptionBatch

    @property
    def texts(self) -> list[str]:
        grammar = Grammar(THINGS, self.plan.data)
        return grammar.texts(grammar.ids(self.captions))

    @property
    def facts(self) -> list[Facts]:
        return facts_of(self.scenes)


def draw(plan: ScenePlan, stream: Stream) -> Batch:
    """A batch of the plan's scenes with their captions."""
    scenes = draw_scenes(plan, stream)
    return Batch(plan=plan, stream=stream, scenes=scenes, captions=write_captions(plan, scenes, stream))


def texts_of(captions: CaptionBatch) -> list[str]:
    return GRAMMAR.texts(GRAMMAR.ids(captions))


def facts_of(scenes: Scenes) -> list[Facts]:
    """For each scene the word of each noun in it with its value's word in every kind."""
    shown = zip(scenes.nouns.tolist(), scenes.values.tolist(), strict=True)
    return [
        {
            NOUN_WORDS[i]: tuple(WORDS_OF_KIND[k][v] for k, v in enumerate(row))
            for i, row in zip(*scene, strict=True)
            if i >= 0
        }
        for scene in shown
    ]


def objects_of(text: str) -> Objects:
    """A caption as (noun, values named) in the order of mention."""
    parts = [part.split() for part in text.split(" and ")]
    return [(words[-1], tuple(words[1:-1])) for words in parts]


def text_of(objects: Objects) -> str:
    parts = []
    for noun, values in objects:
        words = [*sorted(values, key=KIND_OF_WORD.__getitem__), noun]
        parts.append(" ".join(["an" if words[0][0] in "aeiou" else "a", *words]))
    return " and ".join(parts)


def bag_of(text: str) -> list[str]:
    """The words of a caption besides its articles, in alphabetical order."""
    return sorted(word for word in text.split() if word not in ("a", "an"))


def text_is_true(text: str, facts: Facts) -> bool:
    """Return True if a scene has every object that the text names with every value that it names."""
    return all(noun in facts and set(values) <= set(facts[noun]) for noun, values in objects_of(text))


def captions_of(*texts: str) -> CaptionBatch:
    """The texts as one batch of captions with as many places as the longest needs."""
    parsed = [GRAMMAR.parse(text) for text in texts]
    shape = (len(texts), max(captions.nouns.shape[1] for captions in parsed))
    caption = CaptionBatch(nouns=np.full(shape, -1), values=np.full((*shape, len(KINDS)), -1))
    for row, captions in enumerate(parsed):
        caption.nouns[row, : captions.nouns.shape[1]], caption.values[row, : captions.nouns.shape[1]] = (
            captions.nouns[0],
            captions.values[0],
        )
    return caption


def arrays_of(*parts: Any) -> list[Any]:
    """Every array of these dataclasses, arrays and lists, in a fixed order."""
    arrays: list[Any] = []
    for part in parts:
        if isinstance(part, list | tuple):
            arrays += chain.from_iterable(arrays_of(item) for item in part)
        elif hasattr(part, "__dataclass_fields__"):
            arrays += arrays_of(*(getattr(part, name) for name in part.__dataclass_fields__))
        elif part is not None:
            arrays.append(part)
    return arrays


def same(first: Any, second: Any) -> bool:
    """Return True if two results, of numpy or torch, have the same shapes, integer widths and numbers."""
    one, other = arrays_of(first), arrays_of(second)
    pairs = zip(one, other, strict=False)
    return len(one) == len(other) and all(
        a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b)
        for a, b in ((np.asarray(a), np.asarray(b)) for a, b in pairs)
    )


@st.composite
def data_specs(draw: st.DrawFn) -> DataSpec:
    """Any legal `DataSpec` of the world `things`."""
    n = draw(st.integers(1, 4))
    order, named = draw(st.permutations(KINDS)), draw(st.integers(0, len(KINDS)))
    kinds, untold = tuple(order[:named]), tuple(order[named : named + draw(st.integers(0, 2))])
    return DataSpec(
        objects_in_image=n,
        attribute_kinds=kinds,
        untold_kinds=untold,
        attribute_object_correlation=draw(st.floats(0, 1)),
        held_out_pairs=draw(st.floats(0, 0.5)),
        attribute_density=draw(st.floats(0, len(kinds))),
        caption_completeness=draw(st.floats(1 / n, 1)),
        caption_lengths=draw(st.sampled_from(("fixed", "mixed"))),
        saliency_bias=draw(st.floats(0, 1)),
    )


@st.composite
def batches(draw_from: st.DrawFn, count: int = 24) -> Batch:
    """Scenes and captions of any spec, seed and stream."""
    seed = draw_from(st.integers(0, 2**31 - 1))
    name = draw_from(st.sampled_from(("train", "evaluation")))
    plan = make_plan(draw_from(data_specs()), THINGS, seed=seed)
    return draw(plan, stream_of(count, seed=seed, name=name))
