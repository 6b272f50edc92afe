"""Trainings of the frozen rows for the time model: from scratch, plain, and with the time at which each was bound.

    frozen_trainings()              # those of the first two editions, a run that two sweeps share once
    distinct(frozen_rows())         # their rows
    read_training(row)              # None if the row is no plain training, see `time_model.other_dial`

Rows of the first edition lack the time to binding and the intervals of the quick evaluations. Their scenes are the same
for all seeds, so the number of scenes is the least common denominator of all accuracies on the same data; the rule for
bound is the one of `binding_step`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

from explorer.evaluation.results import binding_step
from explorer.spec import DataSpec, RunSpec
from explorer.stats import wilson
from explorer.study.evidence_store import FROZEN
from explorer.study.rows import Row, condition_key, read_rows
from explorer.study.sweeps import SECOND_EDITION, SWEEPS, THIRD_EDITION
from explorer.study.time_model import Training, has_kappa, other_dial

MOST_SCENES = 400
"""Scenes of a quick evaluation; those without a false swap are left out."""


def frozen_rows(folder: Path = FROZEN, *, sweeps: Iterable[str] = (*SWEEPS, *SECOND_EDITION)) -> list[Row]:
    """Return the result rows of the first two editions, or of other frozen sweeps."""
    paths = [folder / f"{name}.parquet" for name in sweeps]
    return [row for path in paths if path.is_file() for row in read_rows(path)[0] if row["stage"] == "result"]


def distinct(rows: Sequence[Row]) -> list[Row]:
    """Return each run once, for the first sweep that has it."""
    found = {(condition_key(row), row["seed"]): row for row in reversed(rows)}
    return list(reversed(found.values()))


def frozen_trainings(folder: Path = FROZEN, *, sweeps: Iterable[str] = (*SWEEPS, *SECOND_EDITION)) -> list[Training]:
    """Return the plain trainings of the first two editions, or of other frozen sweeps, each run once."""
    rows = distinct(frozen_rows(folder, sweeps=sweeps))
    scenes = quick_scenes(rows)
    found = (read_training(row, scenes) for row in rows)
    return [each for each in found if each is not None]


def read_training(row: Row, scenes: Mapping[Any, int] | None = None) -> Training | None:
    """Return the training of a result row, None if it is not plain or no data point."""
    spec = RunSpec.from_dict(json.loads(row["spec"]))
    return as_training(row, scenes) if has_kappa(spec.data) and other_dial(spec) is None else None


def as_training(row: Row, scenes: Mapping[Any, int] | None = None, form: str = "own") -> Training | None:
    """Return the training of a result row, plain or not, timed in a form; None if it is no data point."""
    if not row["is_point"]:
        return None
    spec = RunSpec.from_dict(json.loads(row["spec"]))
    has_time = f"bound.{form}.step" in row
    step = row[f"bound.{form}.step"] if has_time else _step_of_first_edition(row, (scenes or {})[spec.data], form)
    return Training(
        data=spec.data,
        pairs=row["pairs"],
        bound_at=None if step is None else step * spec.train.batch_size,
        condition=str(condition_key(row)),
        edition=_edition(row["sweep"]),
    )


def _edition(sweep: str) -> int:
    return 3 if sweep in THIRD_EDITION else 2 if sweep in SECOND_EDITION else 1


def quick_scenes(rows: Iterable[Row], form: str = "own") -> dict[DataSpec, int]:
    """Return the scenes of the quick evaluation in a form, by data, for rows without intervals.

    Canonical captions have the same scenes for all data.
    """
    shares: dict[DataSpec, list[float]] = {}
    for row in rows:
        if f"bound.{form}.step" not in row:
            data = RunSpec.from_dict(json.loads(row["spec"])).data
            shares.setdefault(data, []).extend(
                each[form] for each in json.loads(row["curve"]) if each.get(form) is not None
            )
    if form == "canonical":
        count = _denominator(share for found in shares.values() for share in found)
        return dict.fromkeys(shares, count)
    return {data: _denominator(found) for data, found in shares.items()}


def _denominator(shares: Iterable[float]) -> int:
    return lcm(*(Fraction(share).limit_denominator(MOST_SCENES).denominator for share in shares))


def _step_of_first_edition(row: Row, scenes: int, form: str) -> int | None:
    shares = [(each["step"], each[form]) for each in json.loads(row["curve"]) if each.get(form) is not None]
    bounds = [(step, wilson(round(share * scenes), scenes)[0]) for step, share in shares]
    return binding_step(bounds, has_ended=row["status"] == "finished")
