"""Runs of a sweep that was cut short: kept next to the evidence, and taken up again on any computer.

    keep_begun(sweep, rows, about)          # assets/study/begun/NAME.parquet: conditions without all their seeds
    take_up(Path("sweeps"))                 # {"naming-cliff": 20}: `sweep NAME --out sweeps --resume` does the rest

No finding reads the rows of a begun condition: some seeds of a bimodal outcome would mislead.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from explorer.errors import UserError
from explorer.runs.files import write_json
from explorer.study.evidence_store import FROZEN
from explorer.study.rows import JOB_COLUMNS, Row, read_rows, write_rows
from explorer.study.sweeps import LATER_EDITIONS

BEGUN = "begun"
"""Subfolder of the evidence."""


def keep_begun(name: str, rows: Sequence[Row], about: Mapping[str, str], folder: Path = FROZEN) -> None:
    """Replace the begun rows of a sweep by these; none removes the file."""
    path = folder / BEGUN / f"{name}.parquet"
    if rows:
        write_rows(path, rows, about)
    else:
        path.unlink(missing_ok=True)


def take_up(out: Path, folder: Path = FROZEN) -> dict[str, int]:
    """Write the frozen and begun rows of the later editions into the folder of a sweep; return rows per sweep.

    `out` gets one file per row, as a sweep keeps its results, and one Parquet file per sweep.

    Raises:
        UserError: `out` holds results of one of the sweeps, which would be lost.
    """
    files = {
        name: [path for path in (folder / f"{name}.parquet", folder / BEGUN / f"{name}.parquet") if path.is_file()]
        for name in LATER_EDITIONS
    }
    files = {name: paths for name, paths in files.items() if paths}
    if taken := [name for name in files if (out / f"{name}.parquet").exists()]:
        raise UserError("out", out, f"has results of {taken[0]} already; name another folder")
    return {name: _take_up(name, paths, out) for name, paths in files.items()}


def _take_up(name: str, paths: Sequence[Path], out: Path) -> int:
    read = [read_rows(path) for path in paths]
    rows = [row for found, _ in read for row in found]
    for row in rows:
        (out / "rows").mkdir(parents=True, exist_ok=True)
        write_json(out / "rows" / f"{row['key']}.json", {key: row[key] for key in row if key not in JOB_COLUMNS})
    commands = dict.fromkeys(part for _, about in read for part in about["command"].split("; "))
    write_rows(out / f"{name}.parquet", rows, {"command": "; ".join(commands), "date": read[-1][1]["date"]})
    return len(rows)
