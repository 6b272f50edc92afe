"""The fixed pairs of the Workbench: twelve pairs of scenes that differ in the assignment of values, with captions.

    pairs = binding_pairs(WORLDS["things"])
    pairs.images(64)           # uint8 (24, 3, 64, 64): picture 2k is A of pair k, picture 2k + 1 is B, its twin
    pairs.caption              # Sentence of 24 captions; caption i is true of picture i
    pairs.others               # (24,) the row of each picture's twin, whose caption is the swapped one
    pairs.texts[0]             # "a yellow submarine and a blue bus"
    pairs.document(address)    # plain JSON for a page

Pair 0 of the world `things` is a yellow submarine and a blue bus. The others are the first scenes of the evaluation
stream of seed 0 in the canonical form that have a swap, each with its twin: two objects, the first kind of the world
exchanged, all else equal. There is no selection by hand.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from explorer.errors import UserError
from explorer.evaluation.sets import EvaluationSet, make_set
from explorer.spec.dials import DataSpec
from explorer.world.appearance import World
from explorer.world.grammar import Grammar, Sentence
from explorer.world.plan import Plan
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes, exchange_values, sides
from explorer.world.swaps import Exchange, Word, mark

NUM_PAIRS = 12
SEED = 0
"""Seed of the evaluation stream."""
Rows = TypeVar("Rows", Scenes, Sentence)
_LOOKED_AT = 200
"""Number of scenes that contains enough scenes with a swap."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedScene:
    """A scene of two objects by its words: the first at the top left, the second at the bottom right."""

    nouns: tuple[str, str]
    values: tuple[str, str]


FIRST = {"things": NamedScene(nouns=("submarine", "bus"), values=("yellow", "blue"))}
"""Picture A of pair 0, by world."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BindingPairs:
    """The pairs of a world (see the module); `swapped` is of the A pictures: the caption of B."""

    plan: Plan
    scenes: Scenes
    caption: Sentence
    swapped: Exchange

    @property
    def others(self) -> np.ndarray:
        """(24,) the row of each picture's twin."""
        return np.arange(len(self.scenes)) ^ 1

    @property
    def texts(self) -> list[str]:
        """The caption of each picture."""
        grammar = Grammar(self.plan.world)
        return list(grammar.texts(grammar.ids(self.caption)))

    @property
    def asked(self) -> str:
        """Sixteen hexadecimal digits that identify the question: a digest of its captions and its scenes."""
        parts = [getattr(self.scenes, each.name) for each in fields(Scenes)]
        # A part that scenes of another placement have is no part of the question.
        drawn = [np.ascontiguousarray(part).tobytes() for part in parts if part is not None]
        said = [text.encode() for text in (self.plan.world.name, *self.texts)]
        return hashlib.sha256(b"\n".join([*said, *drawn])).hexdigest()[:16]

    def images(self, size: int) -> np.ndarray:
        """Render uint8 (24, 3, size, size)."""
        return Renderer(self.plan, size=size).images(self.scenes)

    def words(self) -> list[list[Word]]:
        """Return the words of each caption; values that differ from its twin's are marked as exchanged."""
        said = Sentence(nouns=self.caption.nouns[0::2], values=self.caption.values[0::2])
        marked = mark(said, self.swapped, Grammar(self.plan.world))
        return [words for own, other in marked for words in (own, other or [])]

    def document(self, address: Callable[[int], str]) -> dict[str, Any]:
        """Return {"asked", "pairs": [{"a": {"image", "caption"}, "b": ...}]}.

        `address` gives the image of each picture.
        """
        shown = [{"image": address(row), "caption": words} for row, words in enumerate(self.words())]
        return {"asked": self.asked, "pairs": [{"a": a, "b": b} for a, b in zip(shown[0::2], shown[1::2], strict=True)]}


@lru_cache(maxsize=8)
def binding_pairs(world: World) -> BindingPairs:
    """Make the pairs of `world`; raise `UserError` if its scenes have nothing to exchange."""
    found = make_set("canonical", DataSpec(), world, seed=SEED, count=_LOOKED_AT)
    first = FIRST.get(world.name)
    count = NUM_PAIRS - (first is not None)
    rows = np.flatnonzero(found.swapped.exists)[:count]
    if len(rows) < count:
        raise UserError("world", world.name, f"too few of its scenes show two objects of another {world.kinds[0].name}")
    scenes, twins = found.scenes.rows(rows), found.twins.rows(rows)
    said, swapped = found.caption.rows(rows), found.swapped.said.rows(rows)
    if first is not None:
        one, other, right, wrong = _named(found, first)
        scenes, twins = _joined(one, scenes), _joined(other, twins)
        said, swapped = _joined(right, said), _joined(wrong, swapped)
    there = np.ones(len(said), dtype=bool)
    nowhere = np.zeros(len(said), dtype=np.int64)
    return BindingPairs(
        plan=found.plan,
        scenes=_in_turn(scenes, twins),
        caption=_in_turn(said, swapped),
        swapped=Exchange(said=swapped, exists=there, first=nowhere, second=nowhere + 1),
    )


def _named(found: EvaluationSet, named: NamedScene) -> tuple[Scenes, Scenes, Sentence, Sentence]:
    """Return the scene of that name and its twin, drawn as scene 0 of the set, with the captions of both."""
    plan, world, scene = found.plan, found.plan.world, found.scenes.rows(slice(1))
    nouns = np.array([[[noun.word for noun in world.nouns].index(word) for word in named.nouns]])
    values = np.zeros_like(scene.values)
    values[0, :, 0] = [[value.word for value in world.kinds[0].values].index(word) for word in named.values]
    one = replace(
        scene,
        nouns=nouns,
        values=values,
        side=sides(plan, values, scene.level),
        cell=np.array([[0, 3]]),
        offset=np.full_like(scene.offset, 2**15),
    )
    first_kind = np.arange(values.shape[2])[None, :] == 0
    other = exchange_values(plan, one, np.array([0]), np.array([1]), first_kind)
    right, wrong = (
        Sentence(nouns=nouns, values=np.where(first_kind[:, None, :], each.values, -1)) for each in (one, other)
    )
    return one, other, right, wrong


def _joined(one: Rows, other: Rows) -> Rows:
    """Concatenate the rows of both."""
    pairs = {each.name: (getattr(one, each.name), getattr(other, each.name)) for each in fields(one)}
    return type(one)(**{name: None if pair[0] is None else np.concatenate(pair) for name, pair in pairs.items()})


def _in_turn(one: Rows, other: Rows) -> Rows:
    """Interleave the rows of both: row 2k is row k of `one`."""
    return _joined(one, other).rows(np.arange(2 * len(one)).reshape(2, -1).T.ravel())
