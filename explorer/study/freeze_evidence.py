"""Frozen evidence of the first edition's sweeps: per sweep its Parquet, JSON and picture, and one page.

    freeze(Path("sweeps"))             # copies the Parquet files there into assets/study and writes JSON, SVG, a page
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
from explorer.study.shared_runs import pooled
from explorer.study.study_document import document
from explorer.study.svg import picture
from explorer.study.table import SWEEPS

FIRST_EDITION = CHECKOUT / "docs" / "study-first-edition.md"


def freeze(sweeps: Path | None, folder: Path = FROZEN, written: Path = FIRST_EDITION) -> list[str]:
    """Copy the Parquet files of `sweeps`, if given, and write everything else; return the names of the sweeps."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in _parquets(sweeps) if sweeps is not None else ():
        shutil.copyfile(path, folder / path.name)
    read = {name: read_rows(path) for name in SWEEPS if (path := folder / f"{name}.parquet").is_file()}
    rows = pooled({name: found for name, (found, _) in read.items()})
    for name, (_, about) in read.items():
        found = evidence(SWEEPS[name], rows[name], about)
        # One line: programs read it, and people open the Parquet file.
        replace_file(folder / f"{name}.json", (json.dumps(found.to_json(), allow_nan=False) + "\n").encode())
        replace_file(folder / f"{name}.svg", picture(found).encode())
    replace_file(written, document(load_all(folder)).encode())
    return list(read)


def _parquets(sweeps: Path) -> list[Path]:
    found = [path for name in SWEEPS if (path := sweeps / f"{name}.parquet").is_file()]
    if not found and not claim_files(sweeps):
        raise UserError("sweeps", sweeps, f"holds no result of a sweep; `sweep NAME --out {sweeps}` writes them")
    return found
