"""Reader of the frozen evidence, for the page and the endpoints.

    load("batch-size")                 # Evidence of a sweep, None if it was not run
    load_all()                         # {name: Evidence or None}, in the order of the table
    load_json("batch-size")            # the content of the file, to hand it on
    load_claims()                      # what the second edition found, None if nothing is frozen
    file_of("batch-size", "svg")       # its picture, None if there is none

`freeze_evidence` writes it. The variable EXPLORER_STUDY names another folder than the shipped one. A file is read once:
the returned objects are shared and must not be changed.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from explorer.errors import DamagedFileError
from explorer.evaluation.sweep_evidence import Evidence
from explorer.resources import ASSETS
from explorer.runs.files import read_json
from explorer.study.table import SWEEPS, find

FROZEN = ASSETS / "study"
CLAIMS_FILE = "claims.json"
Kind = Literal["json", "parquet", "svg"]
_OTHER_SHAPE = (OSError, ValueError, LookupError, TypeError, AttributeError)


def evidence_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return EXPLORER_STUDY, else the shipped folder."""
    named = environ.get("EXPLORER_STUDY")
    return Path(named) if named else FROZEN


def load(name: str, folder: Path | None = None) -> Evidence | None:
    """Return the evidence of a sweep, None if there is none; raise `UserError` for an unknown name or a broken file."""
    path = file_of(name, "json", folder)
    if path is None:
        return None
    try:
        return _read(path, path.stat().st_mtime_ns)
    except _OTHER_SHAPE:
        raise _damaged(name) from None


def load_json(name: str, folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return the content of the file of a sweep, None if there is none; raise as `load` does."""
    path = file_of(name, "json", folder)
    try:
        return None if path is None else _read_json(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        raise _damaged(name) from None


def _damaged(name: str) -> DamagedFileError:
    return DamagedFileError("sweep", name, "its evidence cannot be read; `study write` writes it again")


def load_all(folder: Path | None = None) -> dict[str, Evidence | None]:
    """Return the evidence of every declared sweep."""
    return {name: load(name, folder) for name in SWEEPS}


def load_claims(folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return `claims.json`, None if there is none; raise `UserError` for a broken file."""
    path = (folder or evidence_folder()) / CLAIMS_FILE
    try:
        return _read_json(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise DamagedFileError("claims", CLAIMS_FILE, "cannot be read; `study write` writes it again") from None


def file_of(name: str, kind: Kind, folder: Path | None = None) -> Path | None:
    """Return one of a sweep's files, None if there is none; the name is looked up in the table and is never a path."""
    path = (folder or evidence_folder()) / f"{find(name).name}.{kind}"
    return path if path.is_file() else None


@lru_cache(maxsize=64)
def _read_json(path: Path, _time: int) -> Mapping[str, Any]:
    return read_json(path)


@lru_cache(maxsize=64)
def _read(path: Path, _time: int) -> Evidence:
    return Evidence.from_json(read_json(path))
