"""Features built by hand from captions and scenes read as words: what models that bind, or do not, would make of them.

    features = features_of(make_set("own", DataSpec(), THINGS, seed=0, count=300), binding_oracle)

An oracle turns (noun, values) objects into a vector. `binding_oracle` marks which noun has which value, `bag_oracle`
only which words there are; both get scenes and captions alike, so an image and a true caption of it share all that the
caption says.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from explorer.evaluation.embed import Features
from explorer.evaluation.sets import EvaluationSet, make_set
from explorer.spec import DataSpec
from explorer.world.things import THINGS
from tests.unit.world.worlds import (
    KIND_OF_WORD,
    KINDS,
    NOUN_WORDS,
    Facts,
    Objects,
    facts_of,
    objects_of,
    texts_of,
)

Oracle = Callable[[Objects], np.ndarray]

FORMS = ("canonical", "own", "complete", "bundle")
WORDS = (*NOUN_WORDS, *KIND_OF_WORD)
PLACE = {word: place for place, word in enumerate(WORDS)}
PAIR_PLACE = {(noun, word): place for place, (noun, word) in enumerate(product(NOUN_WORDS, ("", *KIND_OF_WORD)))}

# Between them: one and several objects named, all and some, both lengths, ties of values, swaps that are true.
SPECS = {
    "friendly": DataSpec(),
    "incomplete": DataSpec(caption_completeness=0.5),
    "low density": DataSpec(attribute_density=0.25),
    "one of three": DataSpec(
        objects_in_image=3, attribute_kinds=("color", "pattern"), attribute_density=2.0, caption_completeness=1 / 3
    ),
    "web": DataSpec(
        objects_in_image=4,
        attribute_kinds=("color", "pattern", "tilt"),
        attribute_density=0.5,
        caption_completeness=0.55,
        caption_lengths="mixed",
        saliency_bias=1.0,
        attribute_object_correlation=0.9,
        held_out_pairs=0.5,
    ),
    "rich": DataSpec(
        objects_in_image=3,
        attribute_kinds=KINDS,
        attribute_density=2.5,
        caption_completeness=0.8,
        saliency_bias=0.5,
        held_out_pairs=0.3,
    ),
}


def set_of(form: str, data: DataSpec, *, count: int = 200, seed: int = 0) -> EvaluationSet:
    """An evaluation set of the world `things`."""
    return make_set(form, data, THINGS, seed=seed, count=count)


@dataclass(frozen=True, kw_only=True)
class WordedSet:
    """An evaluation set and all of it in words: `ways` are (P!, N) texts."""

    evaluation_set: EvaluationSet
    facts: list[Facts]
    twins: list[Facts]
    texts: list[str]
    swapped_texts: list[str]
    ways: list[list[str]]
    captions: list[Objects]
    swapped: list[Objects]
    replaced: list[Objects]
    reordered: list[Objects]


@cache
def worded_set(form: str, name: str, count: int = 120) -> WordedSet:
    """The set of one of `SPECS`, in words; drawn once for all tests."""
    evaluation_set = set_of(form, SPECS[name], count=count)
    texts = [texts_of(said) for said in evaluation_set.captions().values()]
    captions, swapped, replaced, reordered = [[objects_of(text) for text in column] for column in texts]
    return WordedSet(
        evaluation_set=evaluation_set,
        facts=facts_of(evaluation_set.scenes),
        twins=facts_of(evaluation_set.twins),
        texts=texts[0],
        swapped_texts=texts[1],
        ways=[texts_of(way) for way in evaluation_set.ways],
        captions=captions,
        swapped=swapped,
        replaced=replaced,
        reordered=reordered,
    )


def binding_oracle(objects: Objects) -> np.ndarray:
    """1 for each noun and for each (noun, value)."""
    vector = np.zeros(len(PAIR_PLACE))
    for noun, values in objects:
        vector[[PAIR_PLACE[noun, word] for word in ("", *values)]] = 1.0
    return vector


def bag_oracle(objects: Objects) -> np.ndarray:
    """1 for each word, however often it is said or shown."""
    vector = np.zeros(len(WORDS))
    for noun, values in objects:
        vector[[PLACE[word] for word in (noun, *values)]] = 1.0
    return vector


def constant_oracle(objects: Objects) -> np.ndarray:
    """The same whatever is said or shown."""
    return np.array([0.3, 0.1, 0.7])


def features_of(evaluation_set: EvaluationSet, oracle: Oracle, *, sign: float = 1.0) -> Features:
    """Return the features of a set by the oracle; with sign -1 images point away from what they show.

    Assignments that are not to be ranked are not a number, so that a look at them shows.
    """
    texts = [texts_of(way) for way in evaluation_set.ways]
    ways = np.full((len(evaluation_set), len(texts), len(oracle([]))), np.nan)
    for i, column in np.argwhere(evaluation_set.valid).tolist():
        ways[i, column] = oracle(objects_of(texts[column][i]))
    return Features(
        images=sign * of_scenes(facts_of(evaluation_set.scenes), oracle),
        twins=sign * of_scenes(facts_of(evaluation_set.twins), oracle),
        captions={name: of_texts(texts_of(captions), oracle) for name, captions in evaluation_set.captions().items()},
        ways=ways,
    )


def of_texts(texts: Iterable[str], oracle: Oracle) -> np.ndarray:
    """(N, D) for captions."""
    return np.stack([oracle(objects_of(text)) for text in texts])


def of_scenes(scenes: Iterable[Facts], oracle: Oracle) -> np.ndarray:
    """(N, D) for scenes."""
    return np.stack([oracle(list(facts.items())) for facts in scenes])


def kinds_of(words: Iterable[str]) -> set[str]:
    """The names of the kinds of these values."""
    return {KINDS[KIND_OF_WORD[word]] for word in words}


def values_in(objects: Objects) -> Counter[str]:
    """Count the mentions of each value."""
    return Counter(word for _, values in objects for word in values)


def existing_rows(exists: Any) -> list[int]:
    """The rows where an exchange exists, as plain numbers."""
    return [int(row) for row in np.flatnonzero(exists)]
