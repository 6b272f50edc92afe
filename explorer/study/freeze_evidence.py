"""Frozen evidence from the results of sweeps: per sweep its Parquet, JSON and picture.

    freeze(Path("sweeps"))             # copies the Parquet files there into assets/study and writes JSON, SVG, STUDY.md
    freeze(None)                       # writes them again

Everything except the Parquet files follows from them.
"""

import json
import shutil
from pathlib import Path

from explorer.errors import UserError
from explorer.resources import CHECKOUT
from explorer.runs.files import replace_file
from explorer.study.evidence import evidence
from explorer.study.evidence_store import FROZEN, load_all
from explorer.study.freeze_claims import claim_files
from explorer.study.rows import read_rows
from explorer.study.study_document import document
from explorer.study.svg import picture
from explorer.study.table import SWEEPS

DOCUMENT = CHECKOUT / "STUDY.md"


def freeze(sweeps: Path | None, folder: Path = FROZEN, written: Path = DOCUMENT) -> list[str]:
    """Copy the Parquet files of `sweeps`, if given, and write everything else; return the names of the sweeps."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in _parquets(sweeps) if sweeps is not None else ():
        shutil.copyfile(path, folder / path.name)
    names = [name for name in SWEEPS if (folder / f"{name}.parquet").is_file()]
    for name in names:
        rows, about = read_rows(folder / f"{name}.parquet")
        found = evidence(SWEEPS[name], rows, about)
        # One line: programs read it, and people open the Parquet file.
        replace_file(folder / f"{name}.json", (json.dumps(found, allow_nan=False) + "\n").encode())
        replace_file(folder / f"{name}.svg", picture(found).encode())
    replace_file(written, document(load_all(folder)).encode())
    return names


def _parquets(sweeps: Path) -> list[Path]:
    found = [path for name in SWEEPS if (path := sweeps / f"{name}.parquet").is_file()]
    if not found and not claim_files(sweeps):
        raise UserError("sweeps", sweeps, f"holds no result of a sweep; `sweep NAME --out {sweeps}` writes them")
    return found
