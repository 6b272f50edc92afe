"""Every training of the fourth edition as a dot that the page draws, and the chains that a reader repeats.

    write_dots(Path("assets/study/fourth"), FROZEN_FOLDER)      # {"loop": 6}: trainings by sweep
    _make_dots([(sweep, results)], frozenset())                  # the content of dots.json, no sweep being whole
    _make_chains(sweep, results)                                 # that of chains/<sweep>.json

`dots.json` has the sweeps that have begun, in the order in which they run:

    {"edition": 4, "engine": 1, "sweeps": [
      {"name": "loop", "experiment": "i", "question": "As the share ...?", "judges": "end", "form": "canonical",
       "is_whole": false, "cells": [
         {"label": "down to 0.7", "title": {"parts": [...], "sign": ", ", "text": "down to 0.7"}, "pairs": 46080,
          "seeds": 3, "trainings": [
            {"seed": 40, "key": "9c0f...", "digest": "5e11...", "pairs": 92160, "batch_size": 256,
             "bound": {"canonical": 0, "own": 0, "single": null}, "ends": {"canonical": [0.99, 0.97, 346], ...},
             "curves": [[[0, 0.46532, 0.41343], [3, ...], ...], [[0, 0.98, 0.96], ...]]}]}]}]}

A cell's `title` is its label as a page says it in any language. Its `pairs` are those of its last phase, `seeds` those
asked for; a training's `pairs` are those of all its phases. `bound` are the pairs of the last phase until it was bound
in a form, null for never. `ends` are [value, low, n] of binding at the last evaluation, without forms in which nothing
is asked. `curves` are [step, value, low] of binding in canonical captions, a curve for each phase. The digest is of the
final weights.

A file of chains is loaded when a dot is opened. Cells that begin alike share phases:

    {"sweep": "loop", "engine": 1, "phases": {"f2a2...": {"spec": {...}, "digests": [[0, "ae6d..."], [8, "fd6c..."]]}},
     "trainings": [{"label": "down to 0.7", "seed": 40, "scenes": 10040, "form": "canonical",
       "phases": ["f2a2...", "9c0f..."]}]}

`scenes` is the seed of the scenes that its evaluations ask, `form` that of the captions in which its curve is read. A
phase begins with the final weights of the one before.

Trainings of torch, which the line of the page has, are in a file of their own, by key:

    {"sweep": "torch", "engine": null,
     "trainings": {"fb11...": {"spec": {...}, "scenes": 10040, "curve": [[4, 0.46, 0.39], [11, 0.48, 0.41]]}}}

Their curves are read in their own captions, as their times on the line are; the first editions kept no lower ends.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from explorer.codec import JsonDict
from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.evaluation_scenes import DEFAULT_SCENES
from explorer.runs.files import replace_file
from explorer.spec import RunSpec
from explorer.study.evidence_store import CHAINS_FOLDER, DOTS_FILE, TORCH_CHAINS, load_line
from research.engine_results import EngineResult, binding_scores
from research.engine_runner import open_jobs, whole_results
from research.fourth import EngineSweep, StudyCell, chain_key, engine_sweeps, scene_seed
from research.rows import frozen_rows
from research.sweeps import ALL_SWEEPS

Results = Sequence[EngineResult]
DOTS_EDITION = 4
_NAMES = ("value", "other")
"""Names of the numbers in a part of a label, in their order."""
_NUMBER = re.compile(r"\d+(?:[./]\d+)?")


def write_dots(results: Path, folder: Path) -> dict[str, int]:
    """Write `dots.json`, and the chains of each sweep that has begun; return the trainings of each."""
    begun = [(sweep, each) for sweep in engine_sweeps().values() if (each := whole_results(sweep, results))]
    whole = frozenset(sweep.name for sweep, _ in begun if not open_jobs(sweep, results))
    _write(folder / DOTS_FILE, _make_dots(begun, whole))
    for sweep, of_sweep in begun:
        _write(folder / CHAINS_FOLDER / f"{sweep.name}.json", _make_chains(sweep, of_sweep))
    _write(folder / CHAINS_FOLDER / f"{TORCH_CHAINS}.json", _make_torch_chains(folder))
    return {sweep.name: len(of_sweep) for sweep, of_sweep in begun}


def _write(path: Path, document: JsonDict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, (json.dumps(document, separators=(",", ":")) + "\n").encode())


def _make_dots(begun: Iterable[tuple[EngineSweep, Results]], whole: frozenset[str]) -> JsonDict:
    """Return the content of `dots.json`; `whole` are the sweeps of which every seed has run."""
    fields = ("name", "experiment", "question", "judges", "form")
    return {
        "edition": DOTS_EDITION,
        "engine": CONTRACT.engine_version,
        "sweeps": [
            {
                **{name: getattr(sweep, name) for name in fields},
                "is_whole": sweep.name in whole,
                "cells": [_cell_of(sweep, cell, results) for cell in sweep.cells],
            }
            for sweep, results in begun
        ],
    }


def _cell_of(sweep: EngineSweep, cell: StudyCell, results: Results) -> JsonDict:
    own = sorted((each for each in results if each.condition == cell.label), key=lambda each: each.seed)
    return {
        "label": cell.label,
        "title": _title_of(cell.label),
        "pairs": cell.pairs,
        "seeds": sweep.seeds,
        "trainings": [_training_of(each, sweep) for each in own],
    }


def _title_of(label: str) -> JsonDict:
    """Return a label as texts with a sign between them, each with its numbers apart, for a page to translate."""
    return {"parts": [_part_of(each) for each in label.split(", ")], "sign": ", ", "text": label}


def _part_of(text: str) -> JsonDict | str:
    numbers = _NUMBER.findall(text)
    names, values = iter(_NAMES), dict(zip(_NAMES, numbers, strict=False))
    return (
        {"id": _NUMBER.sub(lambda _: f"{{{next(names)}}}", text), "values": values, "text": text} if numbers else text
    )


def _curve_form(sweep: EngineSweep, result: EngineResult) -> str:
    """Return the form in which a curve is read: that which judges the training, if all phases were asked in it."""
    return "canonical" if result.curves_before else sweep.form


def _training_of(result: EngineResult, sweep: EngineSweep) -> JsonDict:
    before = [[(step, scores["binding_accuracy"]) for step, scores in curve] for curve in result.curves_before]
    last = binding_scores(result.curve, _curve_form(sweep, result))
    return {
        **{name: getattr(result, name) for name in ("seed", "key", "digest")},
        "pairs": result.all_pairs,
        "batch_size": _common_batch_size(result),
        "bound": result.bound,
        "ends": {form: end for form in result.curve[-1].forms if (end := result.end(form))},
        "curves": [[[step, binding.value, binding.low] for step, binding in curve] for curve in (*before, last)],
    }


def _common_batch_size(result: EngineResult) -> int:
    """Return the pairs of a step, the same in all phases, so that steps on all curves can be read as pairs."""
    sizes = {phase.spec.train.batch_size for phase in result.phases}
    if len(sizes) > 1:
        raise UserError("batch_size", sorted(sizes), f"the phases of {result.key} must have one size")
    return sizes.pop()


def _make_chains(sweep: EngineSweep, results: Results) -> JsonDict:
    """Return what a repetition of each training of a sweep needs: specs of all phases, digests of every saved step."""
    phases, trainings = JsonDict(), list[JsonDict]()
    for result in results:
        specs = [phase.spec for phase in result.phases]
        keys = [chain_key(specs[: index + 1], seed=result.seed) for index in range(len(specs))]
        for key, phase in zip(keys, result.phases, strict=True):
            phases[key] = {"spec": phase.spec_record, "digests": phase.digests}
        trainings.append(
            {
                "label": result.condition,
                "seed": result.seed,
                "scenes": scene_seed(result.seed),
                "form": _curve_form(sweep, result),
                "phases": keys,
            }
        )
    return {"sweep": sweep.name, "engine": CONTRACT.engine_version, "phases": phases, "trainings": trainings}


def _make_torch_chains(folder: Path) -> JsonDict:
    """Return specs and curves of the trainings of torch that stand on the page's line, without those of gone dials."""
    line = load_line(folder) or {"data": (), "later": ()}
    data = [*line["data"], *(each["data"] for each in line["later"])]
    wanted = {training["key"] for each in data for training in each["trainings"]}
    trainings = JsonDict()
    for row in frozen_rows(folder, sweeps=ALL_SWEEPS, is_unique=False):
        if row["key"] not in wanted:
            continue
        with suppress(UserError):
            trainings[row["key"]] = {
                "spec": RunSpec.from_json(json.loads(row["spec"])).to_json(),
                "scenes": row.get("evaluation.seed") or DEFAULT_SCENES.seed,
                "curve": [_own_point(at) for at in json.loads(row["curve"])],
            }
    return {"sweep": TORCH_CHAINS, "engine": None, "trainings": trainings}


def _own_point(at: Mapping[str, float]) -> list[float]:
    """Return a step, and the share right in own captions with its lower end, which the first editions did not keep."""
    return [at["step"], *(round(at[key], 5) for key in ("own", "own.low") if key in at)]
