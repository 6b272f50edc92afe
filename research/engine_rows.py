"""Results of the fourth edition as frozen rows.

    freeze_results(Path("assets/study/fourth"), FROZEN_FOLDER)  # a Parquet file of each sweep that has begun
    frozen_results("map")                                       # what its rows keep of the results

The metadata of a file say whether every seed of every cell has run: scores and findings use only cells of which every
seed has. A row has the digest of its final weights, and those of each saved step of each phase, so anybody can train it
once more and compare.
"""

import json
from pathlib import Path

from explorer.codec import decode, encode
from explorer.contract import CONTRACT
from explorer.resources import FROZEN_FOLDER
from research.engine_results import EngineResult, TrainedResult
from research.engine_runner import open_jobs, whole_results
from research.fourth import engine_sweeps
from research.rows import Row, read_rows, write_rows

ROW_FIELDS = ("sweep", "condition", "seed", "key", "engine", "date", "digest", "pairs")
"""Fields of a result that a row has as they are."""


def _row_of(result: TrainedResult) -> Row:
    """Return a result as a flat row: scores of its last evaluation, times, and its chain as JSON."""
    row: Row = {name: getattr(result, name) for name in ROW_FIELDS}
    row |= {f"bound.{form}.pairs": pairs for form, pairs in result.bound.items()}
    row |= {f"read.{form}": share for form, share in result.read.items()}
    for form, scores in result.curve[-1].forms.items():
        for name, score in scores.items():
            row |= {f"{form}.{name}.{part}": value for part, value in score._asdict().items()}
    phases = result.phases
    return row | {
        "phases": len(phases),
        "spec": json.dumps(phases[-1].spec_record),
        "specs": json.dumps([each.spec_record for each in phases]),
        "digests": json.dumps([each.digests for each in phases]),
        "loss": phases[-1].loss,
        "core_s": sum(each.core_s for each in phases),
        "curve": json.dumps(encode(result.curve)),
        "curves_before": json.dumps(result.curves_before),
    }


def _result_of(row: Row) -> EngineResult:
    """Return what a frozen row keeps of its result: see `_row_of`."""
    bound, read = ({name.split(".")[1]: value for name, value in row.items() if name.startswith(f"{part}.")}
                   for part in ("bound", "read"))  # fmt: skip
    chain = zip(json.loads(row["specs"]), json.loads(row["digests"]), strict=True)
    return decode(
        EngineResult,
        {
            **{name: row[name] for name in ROW_FIELDS},
            "bound": bound,
            "read": {form: share for form, share in read.items() if share is not None},
            "phases": [{"spec": spec, "digests": digests} for spec, digests in chain],
            "curve": json.loads(row["curve"]),
            "curves_before": json.loads(row["curves_before"]),
        },
    )


def frozen_results(sweep: str, folder: Path = FROZEN_FOLDER) -> list[EngineResult]:
    """Return what is frozen of the results of a sweep, by cell and seed; none if it has not begun."""
    path = folder / f"{sweep}.parquet"
    if not path.is_file():
        return []
    rows, _ = read_rows(path)
    return sorted(map(_result_of, rows), key=lambda each: (each.condition, each.seed))


def freeze_results(results: Path, folder: Path = FROZEN_FOLDER) -> dict[str, int]:
    """Write a Parquet file of each sweep that has begun; return the rows of each."""
    frozen = {}
    for name, sweep in engine_sweeps().items():
        rows = [_row_of(each) for each in whole_results(sweep, results)]
        if not rows:
            continue
        about = {
            "edition": "4",
            "engine": str(CONTRACT.engine_version),
            "command": f"python -m research run {name}",
            "is_whole": json.dumps(not open_jobs(sweep, results)),
        }
        write_rows(folder / f"{name}.parquet", rows, about)
        frozen[name] = len(rows)
    return frozen
