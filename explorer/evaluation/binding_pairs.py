"""The fixed pairs of the Workbench, which every model of a world is asked: scenes that differ in who has which value.

Picture 2k is A of pair k, picture 2k + 1 is B, its twin; caption i is true of picture i.

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

from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.evaluation.sets import EvaluationSet, make_canonical_set
from explorer.evaluation_scenes import DEFAULT_SCENES
from explorer.spec import OWN_WORLD
from explorer.world.grammar import CaptionBatch, Grammar
from explorer.world.plan import ScenePlan
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes, exchange_values, object_sides
from explorer.world.swaps import ChangedCaptions, MarkedWord, mark_words
from explorer.world.things import World

RowBatch = TypeVar("RowBatch", Scenes, CaptionBatch)
_NUM_CANDIDATES = 200
"""Number of scenes that contains enough scenes with a swap."""
FIRST_PAIR = {"things": (("submarine", "bus"), ("yellow", "blue"))}
"""Nouns and values of picture A of pair 0, by world."""
FIRST_COLORS = ("yellow", "blue")
"""Values of the first pair of a world of one's own, whose nouns are its first two."""
FIRST_CELLS = (0, 3)
"""Where its two objects are: at the top left and at the bottom right."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BindingPairs:
    """The P = `CONTRACT.num_pairs` pairs of a world, see the module; `swapped` has the caption of B for each A."""

    plan: ScenePlan
    scenes: Scenes
    caption: CaptionBatch
    swapped: ChangedCaptions

    @property
    def others(self) -> np.ndarray:
        """(2 P,) the row of each picture's twin."""
        return np.arange(len(self.scenes)) ^ 1

    @property
    def texts(self) -> list[str]:
        grammar = Grammar(self.plan.world)
        return list(grammar.texts(grammar.ids(self.caption)))

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that identify the question: a digest of its captions and its scenes."""
        parts = [getattr(self.scenes, each.name) for each in fields(Scenes)]
        # A part that scenes of another placement have is no part of the question.
        drawn = [np.ascontiguousarray(part).tobytes() for part in parts if part is not None]
        captions = [text.encode() for text in (self.plan.world.name, *self.texts)]
        return hashlib.sha256(b"\n".join([*captions, *drawn])).hexdigest()[:16]

    def images(self, size: int) -> np.ndarray:
        return Renderer(self.plan, size=size).images(self.scenes)

    def middles(self, size: int) -> np.ndarray:
        """Return (2 P, 2, 2) middles (x, y) of the two things in the order of the caption, as shares of the sides."""
        boxes = Renderer(self.plan, size=size).atlas.boxes(self.scenes) / size
        objects = self.scenes.objects_of(self.caption.nouns)
        middles = boxes[:, :, :2] + boxes[:, :, 2:] / 2
        return np.asarray(np.take_along_axis(middles, objects[:, :, None], axis=1))

    def words(self) -> list[list[MarkedWord]]:
        """Return the words of each caption; values that differ from its twin's are marked as moved."""
        marked = mark_words(self.caption.rows(slice(0, None, 2)), self.swapped, Grammar(self.plan.world))
        return [words for own, other in marked for words in (own, other or [])]

    def document(self, address: Callable[[int], str]) -> dict[str, Any]:
        """Return {"asked", "pairs": [{"a": {"image", "caption"}, "b": ...}]}; `address` gives each image."""
        shown = [{"image": address(row), "caption": words} for row, words in enumerate(self.words())]
        pairs = zip(shown[0::2], shown[1::2], strict=True)
        return {"asked": self.digest, "pairs": [{"a": a, "b": b} for a, b in pairs]}


def _first_pair(world: World) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """Return nouns and values of picture A of pair 0, None for a world of pictures, which has none of that kind."""
    if OWN_WORLD.fullmatch(world.name):
        return (world.nouns[0].word, world.nouns[1].word), FIRST_COLORS
    return FIRST_PAIR.get(world.name)


@lru_cache(maxsize=8)
def binding_pairs(world: World) -> BindingPairs:
    """Make the pairs of `world`; raise `UserError` if its scenes have nothing to exchange."""
    evaluation_set = make_canonical_set(world, seed=DEFAULT_SCENES.seed, count=_NUM_CANDIDATES)
    first = _first_pair(world)
    count = CONTRACT.num_pairs - (first is not None)
    rows = np.flatnonzero(evaluation_set.swapped.exists)[:count]
    if len(rows) < count:
        raise UserError(
            "world", world.name, "too few of its scenes show two objects of another {kind}", kind=world.kinds[0].name
        )
    scenes, twins = evaluation_set.scenes.rows(rows), evaluation_set.twins.rows(rows)
    captions, swapped = evaluation_set.caption.rows(rows), evaluation_set.swapped.captions.rows(rows)
    if first is not None:
        one, other, right, wrong = _draw_named(evaluation_set, *first)
        scenes, twins = _concatenate(one, scenes), _concatenate(other, twins)
        captions, swapped = _concatenate(right, captions), _concatenate(wrong, swapped)
    return BindingPairs(
        plan=evaluation_set.plan,
        scenes=_interleave(scenes, twins),
        caption=_interleave(captions, swapped),
        swapped=ChangedCaptions(captions=swapped, exists=np.ones(len(captions), dtype=bool)),
    )


def _draw_named(
    evaluation_set: EvaluationSet, noun_words: tuple[str, str], value_words: tuple[str, str]
) -> tuple[Scenes, Scenes, CaptionBatch, CaptionBatch]:
    """Return the scene of these words and its twin, drawn as scene 0 of the set, with the captions of both."""
    plan, world, scene = evaluation_set.plan, evaluation_set.plan.world, evaluation_set.scenes.rows(slice(1))
    nouns = np.array([[[noun.word for noun in world.nouns].index(word) for word in noun_words]])
    values = np.zeros_like(scene.values)
    values[0, :, 0] = [[value.word for value in world.kinds[0].values].index(word) for word in value_words]
    one = replace(
        scene,
        nouns=nouns,
        values=values,
        side=object_sides(plan, values, scene.level),
        cell=np.array([FIRST_CELLS]),
        offset=np.full_like(scene.offset, 2**15),
    )
    first_kind = np.arange(values.shape[2])[None, :] == 0
    other = exchange_values(plan, one, np.array([0]), np.array([1]), first_kind)
    right, wrong = (
        CaptionBatch(nouns=nouns, values=np.where(first_kind[:, None, :], each.values, -1)) for each in (one, other)
    )
    return one, other, right, wrong


def _concatenate(one: RowBatch, other: RowBatch) -> RowBatch:
    pairs = {each.name: (getattr(one, each.name), getattr(other, each.name)) for each in fields(one)}
    return type(one)(**{name: None if pair[0] is None else np.concatenate(pair) for name, pair in pairs.items()})


def _interleave(one: RowBatch, other: RowBatch) -> RowBatch:
    return _concatenate(one, other).rows(np.arange(2 * len(one)).reshape(2, -1).T.ravel())
