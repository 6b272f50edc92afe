"""The fourth edition, from `fourth.toml`: cells of data that the browser's engine trains, each a chain of phases.

    sweep = get_engine_sweep("map")
    cell = sweep.cells[0]
    cell.label, cell.pairs                 # "named 0.5, told 1", 184320: the pairs of its last phase
    cell.specs(seed=40)                    # the RunSpec of each phase, the one asked of last
    chain_key(cell.specs(seed=40), seed=40)  # what two rows share exactly if one can stand for the other

A cell with several phases goes on from the final weights of the phase before. Phases of equal chains are trained once.
Sweeps of torch's editions stand in `sweeps.toml`; rows of the two are never pooled.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, Literal

from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.presets import get_preset
from explorer.runs.specs import known_names
from explorer.spec import RunSpec, override, validate
from explorer.study.keys import spec_key
from research.sweeps import FIRST_SCENE_SEED, THIRD_EDITION

SEED_OF_NEXT_PHASE = 1000
"""Added to the seed of each further phase, so that it draws scenes that the phases before did not show."""
ORDER_OF_RUNNING = ("i", "a", "b", "h", "d", "c", "f", "e", "g", "torch")
"""Experiments by importance: a run that is cut short lacks the last ones."""

JudgingPart = Literal["time", "end"]
"""What of a row answers a question: the pairs until it is bound, or whether it is bound at the end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """A training on data: a preset with changes, and its budget in pairs."""

    preset: str
    changes: Mapping[str, Any]
    pairs: int

    def spec(self, seed: int) -> RunSpec:
        """Return the spec of this phase, whose whole steps read about `pairs`."""
        start = override(get_preset(self.preset).spec, {**self.changes, "seed": seed})
        return override(start, {"steps": max(1, round(self.pairs / start.train.batch_size))})


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyCell:
    """A point of a sweep: its phases, one after another."""

    label: str
    phases: tuple[Phase, ...]

    @property
    def pairs(self) -> int:
        """The budget of its last phase."""
        return self.phases[-1].pairs

    @property
    def all_pairs(self) -> int:
        return sum(each.pairs for each in self.phases)

    def specs(self, seed: int) -> tuple[RunSpec, ...]:
        """Return the spec of each phase in order; the seed of a later one follows from `seed`."""
        return tuple(phase.spec(seed + SEED_OF_NEXT_PHASE * index) for index, phase in enumerate(self.phases))


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSweep:
    """A question, its cells, and how many seeds each has; `judges` says what of a row answers it.

    "time": the pairs until it is bound in captions of its own form. "end": if it is bound at the end, in a form.
    """

    name: str
    experiment: str
    question: str
    cells: tuple[StudyCell, ...]
    seeds: int
    first_seed: int
    judges: JudgingPart = "time"
    form: str = "own"

    @property
    def all_seeds(self) -> range:
        return range(self.first_seed, self.first_seed + self.seeds)

    @property
    def num_trainings(self) -> int:
        """The number of trainings that the sweep asks for."""
        return len(self.cells) * self.seeds

    def cell(self, label: str) -> StudyCell:
        """Return the cell of that label; raise `UserError` for an unknown one."""
        found = next((each for each in self.cells if each.label == label), None)
        if found is None:
            raise UserError("cell", label, f"choose {'; '.join(each.label for each in self.cells)}", longest=100)
        return found


def chain_key(specs: Sequence[RunSpec], *, seed: int) -> str:
    """Return sixteen letters that name a chain of trainings, its evaluation scenes and the engine's arithmetic."""
    parts = [CONTRACT.engine_version, scene_seed(seed), *(spec_key(spec.to_json()) for spec in specs)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def scene_seed(seed: int) -> int:
    """Return the seed of the scenes on which a seed is evaluated, the same for all cells."""
    return FIRST_SCENE_SEED + seed


def kinds_told(specs: Sequence[RunSpec]) -> tuple[str, ...]:
    """Return the kinds that any of the phases tells, in the order in which they come."""
    kinds = [kind for spec in specs for kind in spec.data.attribute_kinds]
    kinds += [kind for spec in specs if spec.data.tidy_share for kind in spec.data.tidy_kinds]
    return tuple(dict.fromkeys(kinds))


# ---- Reading the table


@lru_cache(maxsize=1)
def engine_sweeps() -> dict[str, EngineSweep]:
    """Return every sweep of the edition by name, in the order in which they are to run."""
    declared = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    sweeps = [_read_sweep(declared["defaults"] | entry) for entry in declared["sweeps"]]
    return {each.name: each for each in sorted(sweeps, key=lambda each: ORDER_OF_RUNNING.index(each.experiment))}


def get_engine_sweep(name: str) -> EngineSweep:
    """Return the sweep of that name; raise `UserError` for another one."""
    if name not in engine_sweeps():
        raise UserError("sweep", name, f"choose {', '.join(engine_sweeps())}")
    return engine_sweeps()[name]


def _read_sweep(entry: Mapping[str, Any]) -> EngineSweep:
    cells = [StudyCell(label=label, phases=tuple(phases)) for label, phases in _read_cells(entry)]
    fields = ("name", "experiment", "question", "seeds", "first_seed", "judges", "form")
    sweep = EngineSweep(cells=tuple(cells), **{name: entry[name] for name in fields if name in entry})
    for cell in sweep.cells:
        for spec in cell.specs(sweep.first_seed):
            validate(spec, known_names())
    return sweep


def _read_cells(entry: Mapping[str, Any]) -> Iterator[tuple[str, list[Phase]]]:
    shared = entry.get("changes", {})
    grid = entry.get("grid", {})
    for values in product(*grid.values()) if grid else ():
        changes = dict(zip(grid, values, strict=True))
        label = entry["label"].format(
            **{name: f"{value:g}" if isinstance(value, float) else value for name, value in changes.items()}
        )
        yield label, [_read_phase(entry, {"changes": shared | changes})]
    for each in entry.get("cells", ()):
        before = [_read_phase(entry, one) for one in each.get("before", ())]
        last = _read_phase(entry, {**each, "changes": shared | each.get("changes", {})})
        yield each["label"], [*before, last]
    yield from _read_loop(entry)
    for name in entry.get("third_edition", ()):
        yield from _read_third_edition(name)


def _read_phase(entry: Mapping[str, Any], about: Mapping[str, Any]) -> Phase:
    changes = {name: tuple(value) if isinstance(value, list) else value for name, value in about["changes"].items()}
    return Phase(preset=about.get("preset", entry["preset"]), changes=changes, pairs=about.get("pairs", entry["pairs"]))


def _read_loop(entry: Mapping[str, Any]) -> Iterator[tuple[str, list[Phase]]]:
    """Yield a cell for each step of a dial that is moved from phase to phase, with all phases before it."""
    if (loop := entry.get("loop")) is None:
        return
    values, phases = loop["values"], list[Phase]()
    lowest = values.index(min(values))
    for index, value in enumerate(values):
        phases.append(_read_phase(entry, {"changes": entry.get("changes", {}) | {loop["dial"]: value}}))
        yield ("down to {value:g}" if index <= lowest else "up to {value:g}").format(value=value), list(phases)


def _read_third_edition(name: str) -> Iterator[tuple[str, list[Phase]]]:
    """Yield the conditions of a sweep of the third edition, whose forecasts are committed."""
    sweep = THIRD_EDITION[name]
    for condition in sweep.conditions:
        spec = sweep.spec(condition, seed=0, factor=1.0)
        start = get_preset(condition.preset or sweep.preset)
        phase = Phase(
            preset=start.name,
            changes={**sweep.changes, **condition.changes},
            pairs=spec.train.pairs,
        )
        yield f"{name}, {condition.label}", [phase]
