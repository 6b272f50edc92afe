"""The frozen evidence of the study, as the page and the endpoints read it.

    load("batch-size")                 # the JSON of a sweep, None where it was not run
    load_all()                         # {name: JSON or None}, in the order of the table
    file_of("batch-size", "svg")       # its picture, None where there is none

`freezing` writes it. The variable EXPLORER_STUDY names another folder of evidence than the one that comes along. A file
is read once: what is returned is shared and not to be changed.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from explorer.errors import UserError
from explorer.resources import ASSETS
from explorer.runs.files import read_json
from explorer.study.table import SWEEPS, find

FROZEN = ASSETS / "study"
Kind = Literal["json", "parquet", "svg"]


def evidence_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """EXPLORER_STUDY, else the folder that comes along."""
    named = environ.get("EXPLORER_STUDY")
    return Path(named) if named else FROZEN


def load(name: str, folder: Path | None = None) -> dict[str, Any] | None:
    """The evidence of a sweep, None where there is none; `UserError` for a name that is no sweep, or a broken file."""
    path = file_of(name, "json", folder)
    if path is None:
        return None
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        raise UserError("sweep", name, "its evidence cannot be read; `study write` makes it anew") from None


def load_all(folder: Path | None = None) -> dict[str, dict[str, Any] | None]:
    """The evidence of every declared sweep."""
    return {name: load(name, folder) for name in SWEEPS}


def file_of(name: str, kind: Kind, folder: Path | None = None) -> Path | None:
    """One of a sweep's files, None where there is none; the name is looked up in the table and is never a path."""
    path = (folder or evidence_folder()) / f"{find(name).name}.{kind}"
    return path if path.is_file() else None


@lru_cache(maxsize=64)
def _read(path: Path, _time: int) -> dict[str, Any]:
    return read_json(path)
