"""Dials of a data set measured from its files: metadata.jsonl in, one estimate per dial out.

    measure_folder(Path("data"))["saliency_bias"]     # {"value": 0.79, "n": 4000, "low": 0.77, "high": 0.81}

No spec is read: nouns and kinds identify the world, and captions are parsed. `facts_of` converts N records to arrays
of P objects, `measure` makes one dictionary by dial name from them; a dial that left no trace in the data is None.
"""

import json
import os
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.world.appearance import World
from explorer.world.estimators import (
    MeasuredDial,
    caption_completeness,
    caption_lengths,
    correlation,
    held_out_pairs,
    ratio,
    saliency_bias,
    size_contrast,
)
from explorer.world.grammar import Grammar, Sentence
from explorer.world.imagefolder import METADATA
from explorer.world.plan import looks_of
from explorer.world.scenes import NUM_CELLS, Scenes
from explorer.world.worlds import WORLDS

Measured = dict[str, MeasuredDial | None]
"""Estimates by dial, None if the data cannot tell."""
_FAULTS = ((os.path.isfile, "is a file"), (lambda folder: not os.path.exists(folder), "does not exist"))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Facts:
    """Arrays of the metadata of N scenes, each of up to P = 4 objects, K kinds.

    `nouns` (N, P) and `values` (N, P, K) are -1 and `areas` (N, P) is 0 for no object; `named` (N, P) marks the objects
    that the caption names, and `num_values` (N,) counts the values that it names.
    """

    world: World
    nouns: np.ndarray
    values: np.ndarray
    areas: np.ndarray
    named: np.ndarray
    num_values: np.ndarray


def measure_folder(folder: Path) -> Measured:
    """Estimate every dial from metadata.jsonl; raise `UserError` if the file is invalid."""
    file = folder / METADATA
    # os.path says no to a name that is too long for a file, where pathlib raises.
    if not os.path.isfile(file):
        fault = next((words for fits, words in _FAULTS if fits(folder)), f"holds no {METADATA}")
        raise UserError("folder", folder, f"{fault}, give a folder that scenes has written, or a .csv")
    return measure(facts_of(_lines(file), where=quote_value(str(file), 80)))


def measure(facts: Facts) -> Measured:
    """Estimate every dial, by dial name; None for placement, as records do not hold the size of the image."""
    shown, named = (facts.nouns >= 0).sum(axis=1), facts.named.sum(axis=1)
    counts = _counts(facts)
    varying = {name: table for name, table in counts.items() if (table.sum(axis=0) > 0).sum() > 1}
    scenes, tables = len(shown), list(varying.values())
    return {
        "world": MeasuredDial(value=facts.world.name, n=scenes),
        "objects_in_image": ratio(shown, np.ones(scenes)),
        "attribute_kinds": MeasuredDial(value=list(varying), n=scenes),
        "attribute_object_correlation": correlation(tables),
        "held_out_pairs": held_out_pairs(tables),
        "size_contrast": size_contrast(_plain_areas(facts)),
        "placement": None,
        "attribute_density": ratio(facts.num_values, named, step=1.0, bounds=(0.0, float(len(varying)))),
        "caption_completeness": caption_completeness(named, shown),
        "caption_lengths": caption_lengths(named, shown),
        "saliency_bias": saliency_bias(facts.areas, facts.named),
    }


def measured_json(found: Measured) -> dict[str, Any]:
    """Convert to JSON: {"value", "n", "low", "high"} or null by dial."""
    return {name: None if estimate is None else estimate.as_dict() for name, estimate in found.items()}


def facts_of(records: Iterable[Any], *, where: str = "records") -> Facts:
    """Check records as `imagefolder.records` makes them, and convert them to arrays.

    `UserError` names `where` and the line.
    """
    world: World | None = None
    rows = array("d")
    for number, record in enumerate(records, 1):
        try:
            world = world or _world_of(record)
            rows.extend(_row(record, world))
        except UserError as error:
            raise UserError(f"{where}, line {number}", NO_VALUE, error) from None
    if world is None:
        raise UserError(where, NO_VALUE, "holds no scenes, give one with a scene in each line")
    return _as_arrays(world, np.array(rows))


def facts_of_arrays(world: World, scenes: Scenes, said: Sentence) -> Facts:
    """Convert N numpy scenes and their captions directly; areas have another unit, which has no effect.

    P is the number of objects of these scenes, so it may be less than 4.
    """
    return Facts(
        world=world,
        nouns=scenes.nouns,
        values=scenes.values,
        areas=scenes.areas,
        named=(scenes.nouns[:, :, None] == said.nouns[:, None, :]).any(axis=2),
        num_values=(said.values >= 0).sum(axis=(1, 2)),
    )


def _as_arrays(world: World, rows: np.ndarray) -> Facts:
    """Convert the concatenated numbers of all `_row`s to arrays."""
    width = len(world.kinds) + 3
    rows = rows.reshape(-1, NUM_CELLS * width + 1)
    objects = rows[:, 1:].reshape(-1, NUM_CELLS, width)
    whole = objects[:, :, : width - 1].astype(np.int64)
    return Facts(
        world=world,
        nouns=whole[:, :, 0],
        values=whole[:, :, 2:],
        areas=objects[:, :, -1],
        named=whole[:, :, 1] > 0,
        num_values=rows[:, 0].astype(np.int64),
    )


def _counts(facts: Facts) -> dict[str, np.ndarray]:
    """Count (I, V) per kind: how often each noun was shown with each value."""
    there, tables = facts.nouns >= 0, {}
    for k, kind in enumerate(facts.world.kinds):
        shape = (len(facts.world.nouns), len(kind.values))
        cells = facts.nouns[there] * shape[1] + facts.values[there][:, k]
        tables[kind.name] = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
    return tables


def _plain_areas(facts: Facts) -> np.ndarray:
    """(M,) areas of the objects that are drawn as large as their scale says, whatever their values."""
    looks, codes = looks_of(facts.world), np.zeros(facts.nouns.shape, dtype=np.int64)
    for k, kind in enumerate(facts.world.kinds):
        codes = codes * len(kind.values) + np.maximum(facts.values[:, :, k], 0)
    largest = np.array([look.scale for look in looks]) == max(look.scale for look in looks)
    return np.asarray(facts.areas[(facts.nouns >= 0) & largest[codes]])


def _lines(file: Path) -> Iterator[Any]:
    """Read the lines of the file as JSON."""
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                yield _parsed(line, f"{quote_value(str(file), 80)}, line {number}")
    except OSError as error:
        raise UserError(quote_value(str(file), 80), NO_VALUE, f"cannot be read ({error.strerror or error})") from error


def _parsed(line: bytes, where: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise UserError(where, NO_VALUE, "is not JSON, every line must be one JSON object") from None


def _get(record: Any, key: str, kind: type | tuple[type, ...], wanted: str) -> Any:
    """Return the entry of a record; raise if its type is wrong."""
    value = record.get(key) if isinstance(record, Mapping) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise UserError(key, value, f"must be {wanted}")
    return value


def _objects(record: Any) -> list[Any]:
    if not isinstance(record, Mapping):
        raise UserError(
            quote_value(record), NO_VALUE, "is no JSON object, every line must be one with the facts of a scene"
        )
    objects: list[Any] = _get(record, "objects", list, "a list")
    if not 1 <= len(objects) <= NUM_CELLS:
        raise UserError("objects", NO_VALUE, f"{len(objects)} of them, must be from 1 to {NUM_CELLS}")
    return objects


def _world_of(record: Any) -> World:
    """Return the world with the nouns and the kinds of the record."""
    objects = _objects(record)
    kinds = list(_get(objects[0], "values", dict, "a word for each kind"))
    nouns = [_get(thing, "noun", str, "a word") for thing in objects]
    for world in WORLDS.values():
        if {kind.name for kind in world.kinds} == set(kinds) and {noun.word for noun in world.nouns} >= set(nouns):
            return world
    raise UserError(
        "objects", NO_VALUE, f"no world ({', '.join(WORLDS)}) has nouns {', '.join(nouns)} and kinds {', '.join(kinds)}"
    )


def _row(record: Any, world: World) -> list[float]:
    """Check one record and flatten it: number of values named; then noun, named or not, values, area per object."""
    objects = _objects(record)
    nouns = [_place("noun", _get(thing, "noun", str, "a word"), world.nouns) for thing in objects]
    if len(set(nouns)) < len(nouns):
        raise UserError(
            "objects", NO_VALUE, f"{', '.join(thing['noun'] for thing in objects)}, each noun may occur once"
        )
    values = [_values(_get(thing, "values", dict, "a word for each kind"), world) for thing in objects]
    areas = [_area(_get(thing, "area", (int, float), "a number of pixels")) for thing in objects]
    mentioned = _mentioned(record, len(objects))
    said = Grammar(world).parse(_get(record, "caption", str, "a text"))
    _check_caption(record["caption"], mentioned, nouns, values, said)
    row: list[float] = [int((said.values >= 0).sum())]
    for place, noun in enumerate(nouns):
        row += [noun, place in mentioned, *values[place], areas[place]]
    return row + [-1, 0, *[-1] * len(world.kinds), 0] * (NUM_CELLS - len(objects))


def _mentioned(record: Any, count: int) -> list[int]:
    mentioned: list[Any] = _get(record, "mentioned", list, "a list of places in objects")
    whole = [place for place in mentioned if type(place) is int and 0 <= place < count]
    if len(set(whole)) < len(mentioned):
        raise UserError("mentioned", mentioned, f"must be distinct places in objects, from 0 to {count - 1}")
    return whole


def _check_caption(
    caption: str, mentioned: list[int], nouns: list[int], values: list[list[int]], said: Sentence
) -> None:
    """Check that the caption names the objects that `mentioned` lists, with values that they have."""
    same = [nouns[place] for place in mentioned] == said.nouns[0].tolist()
    own = np.array([values[place] for place in mentioned])
    if not same or not np.all((said.values[0] < 0) | (said.values[0] == own)):
        raise UserError(
            "caption", repr(caption[:40]), f"does not name the objects {mentioned} in that order as they are"
        )


def _values(values: dict[str, Any], world: World) -> list[int]:
    """Return the index of each kind's word."""
    if set(values) != {kind.name for kind in world.kinds}:
        raise UserError("values", values, f"must have the kinds {', '.join(kind.name for kind in world.kinds)}")
    return [_place(kind.name, values[kind.name], kind.values) for kind in world.kinds]


def _place(field: str, word: Any, entries: tuple[Any, ...]) -> int:
    """Return the index of the word in a table of the world."""
    for place, entry in enumerate(entries):
        if entry.word == word:
            return place
    raise UserError(field, word, f"choose {', '.join(entry.word for entry in entries)}")


def _area(area: float) -> float:
    if not 0 < area < 1e12:
        raise UserError("area", area, "must be a number above 0")
    return float(area)
