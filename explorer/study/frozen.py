"""The frozen evidence: for each sweep that was run its Parquet, the JSON made of it and a picture of that.

    freeze(Path("sweeps"))             # copies the Parquet files there into assets/study and writes JSON, SVG, STUDY.md
    load("batch-size")                 # the JSON of a sweep, None where it was not run
    load_all()                         # {name: JSON or None}, in the order of the table

Everything but the Parquet files follows from them, so it can be written again at any time.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from explorer.runs.files import read_json, replace_file
from explorer.spec import SpecError
from explorer.study.document import document
from explorer.study.evidence import evidence
from explorer.study.rows import read_rows
from explorer.study.svg import picture
from explorer.study.table import SWEEPS, find

ROOT = Path(__file__).resolve().parents[2]
FROZEN = ROOT / "assets" / "study"
DOCUMENT = ROOT / "STUDY.md"


def load(name: str, folder: Path = FROZEN) -> dict[str, Any] | None:
    """The evidence of a sweep, None where there is none; `SpecError` for a name that is no sweep."""
    path = folder / f"{find(name).name}.json"
    return read_json(path) if path.is_file() else None


def load_all(folder: Path = FROZEN) -> dict[str, dict[str, Any] | None]:
    """The evidence of every declared sweep."""
    return {name: load(name, folder) for name in SWEEPS}


def freeze(sweeps: Path | None, folder: Path = FROZEN, written: Path = DOCUMENT) -> list[str]:
    """Take the Parquet files of `sweeps`, where given, and write all that follows; the names of the sweeps."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in _parquets(sweeps) if sweeps is not None else ():
        shutil.copyfile(path, folder / path.name)
    names = [name for name in SWEEPS if (folder / f"{name}.parquet").is_file()]
    for name in names:
        rows, about = read_rows(folder / f"{name}.parquet")
        found = evidence(SWEEPS[name], rows, about)
        # One line: it is read by programs, and the Parquet beside it is what a person opens.
        replace_file(folder / f"{name}.json", (json.dumps(found, allow_nan=False) + "\n").encode())
        replace_file(folder / f"{name}.svg", picture(found).encode())
    replace_file(written, document(load_all(folder)).encode())
    return names


def _parquets(sweeps: Path) -> list[Path]:
    found = [path for name in SWEEPS if (path := sweeps / f"{name}.parquet").is_file()]
    if not found:
        raise SpecError(f"sweeps={sweeps}: holds no result of a sweep; `sweep NAME --out {sweeps}` writes them")
    return found
