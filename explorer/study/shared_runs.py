"""Runs of equal specs in several sweeps, so that every condition is read from the same runs wherever it is shown.

    pooled({"density": rows, "single-flaws": rows})["density"]     # with the further seeds of equal conditions
    num_runs(rows)                                                 # a run that two sweeps share counts once

Two conditions are equal if their specs differ at most in the seed and the preset's name, and if their evaluation
scenes are drawn alike. Seeds of a pilot are in no other sweep's results.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from explorer.study.rows import Row
from explorer.study.sweeps import SCENES_FROM, spec_key

PILOT = "pilot"
Key = tuple[str, int | None, bool]


def condition_key(row: Row) -> Key:
    """Return what two rows share exactly if they are seeds of one condition."""
    record = json.loads(row["spec"])
    train = {name: value for name, value in record.get("train", {}).items() if name != "seed"}
    count, seed = row.get("evaluation.count"), row.get("evaluation.seed")
    is_fresh = seed is not None and seed == SCENES_FROM + row["seed"]
    return spec_key({**record, "train": train}), count, is_fresh


def pooled(sweeps: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """Return the rows of each sweep, and below them those of equal conditions of the others under its own labels.

    An added row keeps the name of the sweep that requested its run.
    """
    lenders: dict[Key, dict[int, Row]] = {}
    for name, rows in sweeps.items():
        for row in _results(rows) if name != PILOT else ():
            lenders.setdefault(condition_key(row), {}).setdefault(row["seed"], row)
    return {name: [*rows, *_lent(rows, lenders)] if name != PILOT else list(rows) for name, rows in sweeps.items()}


def _lent(rows: Sequence[Row], lenders: Mapping[Key, Mapping[int, Row]]) -> Iterable[Row]:
    first = {row["condition"]: row for row in reversed(_results(rows))}
    seeds = {(row["condition"], row["seed"]) for row in _results(rows)}
    for label, host in sorted(first.items()):
        names = {name: host[name] for name in ("condition", "series", "x")}
        for seed, row in sorted(lenders.get(condition_key(host), {}).items()):
            if (label, seed) not in seeds:
                yield {**row, **names}


def _results(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row["stage"] == "result"]


def num_runs(rows: Iterable[Row]) -> int:
    """Count the runs behind rows; a search that won and runs of two sweeps count once."""
    return len({row["key"] for row in rows})
