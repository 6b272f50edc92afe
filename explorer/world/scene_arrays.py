"""Scenes and their captions as arrays from which dials are measured, of the lines of a file or of scenes drawn here.

    arrays_of_rows(rows, label="metadata.jsonl")     # N checked lines as arrays of up to P objects: `SceneArrays`
    arrays_of_scenes(plan, scenes, captions, stream)

No spec is read: nouns and kinds identify the world, and captions are parsed.
"""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any

import numpy as np
from pydantic import Strict

from explorer.codec import decode
from explorer.errors import NO_VALUE, UserError
from explorer.tables import TableRow
from explorer.world.counter_rng import Stream
from explorer.world.grammar import ANY_WORDS, BARE_WORD, NO_BARE_WORD, CaptionBatch, Grammar
from explorer.world.plan import ScenePlan
from explorer.world.scenes import NUM_CELLS, Scenes, tidy_rows
from explorer.world.swaps import is_true
from explorer.world.things import World
from explorer.world.worlds import WORLDS


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SceneArrays:
    """Arrays of the metadata of N scenes, each of up to P = 4 objects, K kinds.

    Attributes:
        nouns: (N, P) of each object, -1 for none.
        values: (N, P, K) of each object, -1 for none.
        areas: (N, P) of each object, 0 for none.
        named: (N, P) marks the objects that the caption names.
        num_values: (N, K) values of each kind that the caption tells.
        num_bare: (N,) objects that the caption names without a value.
        num_bare_words: (N,) those of them with the bare word.
        is_wrong: (N,) marks captions with a value that the object does not have.
        tidy: (N,) 1 for a tidy pair, 0 for another, -1 if the record does not say.
    """

    world: World
    nouns: np.ndarray
    values: np.ndarray
    areas: np.ndarray
    named: np.ndarray
    num_values: np.ndarray
    num_bare: np.ndarray
    num_bare_words: np.ndarray
    is_wrong: np.ndarray
    tidy: np.ndarray

    def rows(self, rows: np.ndarray) -> "SceneArrays":
        arrays = {each.name: getattr(self, each.name)[rows] for each in fields(self) if each.name != "world"}
        return SceneArrays(world=self.world, **arrays)


def arrays_of_rows(rows: Iterable[TableRow], *, label: str) -> SceneArrays:
    """Check rows as `imagefolder.describe_scenes` makes them, of the file `label`, and convert them to arrays.

    Raises:
        UserError: a row is not one of these; it names the line.
    """
    world: World | None = None
    columns = _SceneColumns()
    for row in rows:
        try:
            line = _check_line(row.fields)
            world = world or _world_of(line)
            columns.add(line, world)
        except UserError as error:
            raise row.error(error) from None
    if world is None:
        raise UserError(label, NO_VALUE, "holds no scenes, give one with a scene in each line")
    return columns.arrays(world)


def arrays_of_scenes(plan: ScenePlan, scenes: Scenes, captions: CaptionBatch, stream: Stream) -> SceneArrays:
    """Convert N numpy scenes of `stream` and their captions; areas have another unit, which has no effect.

    P is the number of objects of these scenes, so it may be less than 4.
    """
    is_bare = (captions.nouns >= 0) & (captions.values < 0).all(axis=2)
    return SceneArrays(
        world=plan.world,
        nouns=scenes.nouns,
        values=scenes.values,
        areas=scenes.areas,
        named=(scenes.nouns >= 0) & (scenes.nouns[:, :, None] == captions.nouns[:, None, :]).any(axis=2),
        num_values=(captions.values >= 0).sum(axis=1),
        num_bare=is_bare.sum(axis=1),
        num_bare_words=is_bare.sum(axis=1) * (plan.data.bare_word != NO_BARE_WORD),
        is_wrong=~is_true(captions, scenes),
        tidy=tidy_rows(plan, stream).astype(np.int64),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _SceneLineObject:
    noun: str
    values: Mapping[str, str]
    area: Annotated[float, Strict()]


@dataclass(frozen=True, kw_only=True, slots=True)
class _SceneLine:
    """The part of a line of the metadata that is read: see `imagefolder.SceneRecord`."""

    caption: str
    objects: tuple[_SceneLineObject, ...]
    mentioned: tuple[Annotated[int, Strict()], ...]
    tidy: Annotated[bool, Strict()] | None = None


def _check_line(record: Mapping[str, Any]) -> _SceneLine:
    parsed = decode(_SceneLine, record)
    if not 1 <= len(parsed.objects) <= NUM_CELLS:
        raise UserError(
            "objects", NO_VALUE, "{found} of them, must be from 1 to {most}", found=len(parsed.objects), most=NUM_CELLS
        )
    return parsed


def _world_of(line: _SceneLine) -> World:
    """Return the world with the nouns and the kinds of the line."""
    kinds, nouns = list(line.objects[0].values), [thing.noun for thing in line.objects]
    for world in WORLDS.values():
        if {kind.name for kind in world.kinds} == set(kinds) and {noun.word for noun in world.nouns} >= set(nouns):
            return world
    raise UserError(
        "objects",
        NO_VALUE,
        "no world ({worlds}) has nouns {nouns} and kinds {kinds}; scenes of a world of one's own are not measured",
        worlds=", ".join(WORLDS),
        nouns=", ".join(nouns),
        kinds=", ".join(kinds),
    )


class _SceneColumns:
    """The fields of `SceneArrays` while a file is read: each grows by the numbers of a scene."""

    def __init__(self) -> None:
        self.nouns, self.values, self.areas, self.named = array("q"), array("q"), array("d"), array("b")
        self.num_values, self.num_bare, self.num_bare_words = array("q"), array("q"), array("q")
        self.is_wrong, self.tidy = array("b"), array("q")

    def add(self, line: _SceneLine, world: World) -> None:
        """Check a line and append its numbers."""
        nouns, values = _indices_of_objects(line, world)
        told = _told_values(line, world, nouns)
        own = np.array([values[index] for index in line.mentioned])
        for thing in line.objects:
            if not 0 < thing.area < 1e12:
                raise UserError("area", thing.area, "must be a number above 0")
        empty = NUM_CELLS - len(nouns)
        self.nouns.extend(nouns + [-1] * empty)
        for own_values in [*values, *[[-1] * len(world.kinds)] * empty]:
            self.values.extend(own_values)
        self.areas.extend([thing.area for thing in line.objects] + [0.0] * empty)
        self.named.extend([index in line.mentioned for index in range(NUM_CELLS)])
        self.num_values.extend((told >= 0).sum(axis=0).tolist())
        self.num_bare.append(int((told < 0).all(axis=1).sum()))
        self.num_bare_words.append(line.caption.split().count(BARE_WORD))
        self.is_wrong.append(bool(((told >= 0) & (told != own)).any()))
        self.tidy.append(-1 if line.tidy is None else line.tidy)

    def arrays(self, world: World) -> SceneArrays:
        kinds = len(world.kinds)
        return SceneArrays(
            world=world,
            nouns=np.array(self.nouns).reshape(-1, NUM_CELLS),
            values=np.array(self.values).reshape(-1, NUM_CELLS, kinds),
            areas=np.array(self.areas).reshape(-1, NUM_CELLS),
            named=np.array(self.named, dtype=bool).reshape(-1, NUM_CELLS),
            num_values=np.array(self.num_values).reshape(-1, kinds),
            num_bare=np.array(self.num_bare),
            num_bare_words=np.array(self.num_bare_words),
            is_wrong=np.array(self.is_wrong, dtype=bool),
            tidy=np.array(self.tidy),
        )


def _indices_of_objects(line: _SceneLine, world: World) -> tuple[list[int], list[list[int]]]:
    """Return the noun of each object, and its value of each kind."""
    objects = line.objects
    nouns = [_index_of_word("noun", thing.noun, world.nouns) for thing in objects]
    if len(set(nouns)) < len(nouns):
        raise UserError(
            "objects", NO_VALUE, "{nouns}, each noun may occur once", nouns=", ".join(thing.noun for thing in objects)
        )
    kinds, values = [kind.name for kind in world.kinds], []
    for thing in objects:
        if set(thing.values) != set(kinds):
            raise UserError("values", thing.values, "must have the kinds {kinds}", kinds=", ".join(kinds))
        values.append([_index_of_word(kind.name, thing.values[kind.name], kind.values) for kind in world.kinds])
    return nouns, values


def _told_values(line: _SceneLine, world: World, nouns: list[int]) -> np.ndarray:
    """Return the values of each kind that the caption tells of each mentioned object, -1 for one that it leaves out."""
    mentioned = line.mentioned
    if len(set(mentioned)) < len(mentioned) or not set(mentioned) <= set(range(len(nouns))):
        wanted = "must be distinct places in objects, from 0 to {last}"
        raise UserError("mentioned", list(mentioned), wanted, last=len(nouns) - 1)
    captions = Grammar(world, ANY_WORDS).parse(line.caption)
    if [nouns[index] for index in mentioned] != captions.nouns[0].tolist():
        wanted = "does not name the objects {places} in that order"
        raise UserError("caption", repr(line.caption[:40]), wanted, places=list(mentioned))
    return np.asarray(captions.values[0])


def _index_of_word(field: str, word: str, entries: tuple[Any, ...]) -> int:
    words = [entry.word for entry in entries]
    if word not in words:
        raise UserError(field, word, "choose {choices}", choices=", ".join(words))
    return words.index(word)
