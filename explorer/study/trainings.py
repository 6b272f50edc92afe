"""Trainings of the frozen rows for the time model: from scratch, plain, and with the time at which each was bound.

    frozen_trainings()              # those of the first two editions, a run that two sweeps share once
    read_training(row)              # None if the row is no plain training, see `time_model.other_dial`

Rows of the first edition lack the time to binding and the intervals of the quick evaluations. Their scenes are the same
for all seeds, so the number of scenes is the least common denominator of all accuracies on the same data; the rule for
bound is the one of `binding_step`.
"""

import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

from explorer.evaluation.results import binding_step
from explorer.spec import RunSpec
from explorer.stats import wilson
from explorer.study.evidence_store import FROZEN
from explorer.study.rows import Row, condition_key, read_rows
from explorer.study.second_edition import SECOND_EDITION
from explorer.study.table import SWEEPS
from explorer.study.third_edition import THIRD_EDITION
from explorer.study.time_model import Training, has_kappa, other_dial

MOST_SCENES = 400
"""Scenes of a quick evaluation; those without a false swap are left out."""


def frozen_trainings(folder: Path = FROZEN, *, sweeps: Iterable[str] = (*SWEEPS, *SECOND_EDITION)) -> list[Training]:
    """Return the plain trainings of the first two editions, or of other frozen sweeps, each run once."""
    paths = [folder / f"{name}.parquet" for name in sweeps]
    rows = [row for path in paths if path.is_file() for row in read_rows(path)[0] if row["stage"] == "result"]
    distinct = {(condition_key(row), row["seed"]): row for row in reversed(rows)}
    scenes = _scenes(distinct.values())
    found = (read_training(row, scenes) for row in reversed(distinct.values()))
    return [each for each in found if each is not None]


def read_training(row: Row, scenes: Mapping[Any, int] | None = None) -> Training | None:
    """Return the training of a result row, None if it is not plain or no data point."""
    spec = RunSpec.from_dict(json.loads(row["spec"]))
    return as_training(row, scenes) if has_kappa(spec.data) and other_dial(spec) is None else None


def as_training(row: Row, scenes: Mapping[Any, int] | None = None) -> Training | None:
    """Return the training of a result row, plain or not; None if it is no data point."""
    if not row["is_point"]:
        return None
    spec = RunSpec.from_dict(json.loads(row["spec"]))
    has_time = "bound.own.step" in row
    step = row["bound.own.step"] if has_time else _step_of_first_edition(row, (scenes or {})[spec.data])
    return Training(
        data=spec.data,
        pairs=row["pairs"],
        bound_at=None if step is None else step * spec.train.batch_size,
        condition=str(condition_key(row)),
        edition=_edition(row["sweep"]),
    )


def _edition(sweep: str) -> int:
    return 3 if sweep in THIRD_EDITION else 2 if sweep in SECOND_EDITION else 1


def _scenes(rows: Iterable[Row]) -> dict[Any, int]:
    """Return the scenes of the quick evaluation in the own form, by data, for rows without intervals."""
    found: dict[Any, int] = {}
    for row in rows:
        if "bound.own.step" not in row:
            data = RunSpec.from_dict(json.loads(row["spec"])).data
            shares = [each["own"] for each in json.loads(row["curve"]) if each.get("own") is not None]
            parts = (Fraction(share).limit_denominator(MOST_SCENES).denominator for share in shares)
            found[data] = lcm(found.get(data, 1), *parts)
    return found


def _step_of_first_edition(row: Row, scenes: int) -> int | None:
    shares = [(each["step"], each["own"]) for each in json.loads(row["curve"]) if each.get("own") is not None]
    bounds = [(step, wilson(round(share * scenes), scenes)[0]) for step, share in shares]
    return binding_step(bounds, has_ended=row["status"] == "finished")
