"""Choices on which the findings hang: the level of the rule for bound, and runs that were known before the claims.

    words_by_level(sweeps)                     # the word of every direction at other levels of the rule
    words_by_accuracy(sweeps)                  # the same at its own level, without the interval of the accuracy
    seen_before(sweeps, first_edition)         # runs of the second edition that repeat one of the first
    searches(rows)                             # learning rates that were tried, with their training loss

A run repeats another one if spec, seed and budget are equal; then only its evaluation scenes and times are new.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from explorer.evaluation.results import BINDING_LEVEL, binding_step
from explorer.study.claim_findings import read_claims
from explorer.study.comparison import TIMED, Sweeps
from explorer.study.rows import Row, condition_key

LEVELS = (0.6, 0.7, 0.8, 0.9)
"""Levels next to the rule's own."""


def words_by_level(sweeps: Sweeps, levels: Sequence[float] = LEVELS) -> list[list[str]]:
    """Return for each level the words of all directions, in the order of the claims."""
    return [[finding.word for finding in read_claims(at_level(sweeps, level))] for level in levels]


def words_by_accuracy(sweeps: Sweeps) -> list[str]:
    """Return the words of all directions if the accuracy has to lie above the level, and not its lower bound."""
    return [finding.word for finding in read_claims(at_level(sweeps, BINDING_LEVEL, of=""))]


def at_level(sweeps: Sweeps, level: float, of: str = ".low") -> dict[str, list[Row]]:
    """Return the rows with the times at which the runs would be bound at another level.

    `of` ends the name of the columns of `curve` that have to exceed it: ".low" for the bound, "" for the accuracy.
    """
    return {name: [_moved(row, level, of) for row in rows] for name, rows in sweeps.items()}


def _moved(row: Row, level: float, of: str) -> Row:
    curve = json.loads(row["curve"])
    steps = {
        f"bound.{form}.step": binding_step(
            [(each["step"], each[form + of]) for each in curve if each.get(form + of) is not None],
            has_ended=row["status"] == "finished",
            level=level,
        )
        for form in TIMED
    }
    return row | steps


def seen_before(sweeps: Sweeps, first_edition: Sweeps) -> dict[str, Any]:
    """Count the runs that repeat one of the first edition, and per condition their seeds.

    Returns:
        `runs`: their number; `of`: the number of all result runs; `seeds`: {sweep: {condition: [seed, ...]}}.
    """
    known = {_identity(row) for rows in first_edition.values() for row in _points(rows)}
    seeds: dict[str, dict[str, list[int]]] = {}
    for name, rows in sweeps.items():
        for row in _points(rows):
            if _identity(row) in known:
                seeds.setdefault(name, {}).setdefault(row["condition"], []).append(int(row["seed"]))
    runs = {_identity(row) for rows in sweeps.values() for row in _points(rows)}
    return {"runs": len(runs & known), "of": len(runs), "seeds": seeds}


def share_seen(seen: Mapping[str, Any], places: Iterable[Mapping[str, str]], num_seeds: int) -> float:
    """Return the share of the runs of a direction that repeat one of the first edition."""
    count = sum(len(seen["seeds"].get(each["sweep"], {}).get(each["label"], ())) for each in places)
    return count / num_seeds if num_seeds else 0.0


def _identity(row: Row) -> tuple[str, int]:
    return condition_key(row)[0], int(row["seed"])


def _points(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["stage"] == "result" and row["is_point"]]


def searches(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the runs that tried a rate: condition, multiple of the preset's rate, loss and binding accuracy."""
    return [
        {
            "condition": row["condition"],
            "factor": row["factor"],
            "loss": row["loss"],
            "canonical": row["canonical.binding_accuracy.value"],
        }
        for row in rows
        if row["loss"] is not None
    ]
