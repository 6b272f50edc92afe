"""Reader of the frozen evidence, for the page and the endpoints.

    load("batch-size")                 # Evidence of a sweep, None if it was not run
    load_all()                         # {name: Evidence or None}, in the order of the table
    load_json("batch-size")            # the content of the file, to hand it on
    load_claims()                      # what the second edition found, None if nothing is frozen
    load_document("naming-cliff")      # what is frozen of a claim, or of a sweep of either edition
    file_of("batch-size", "svg")       # its picture, None if there is none

Files of the first edition are data; `freeze_evidence` writes the others. The variable EXPLORER_STUDY names another
folder than the shipped one. A file is read once: the returned objects are shared and must not be changed.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from explorer.errors import DamagedFileError, UserError
from explorer.evaluation.sweep_evidence import EVIDENCE, Evidence
from explorer.resources import ASSETS
from explorer.runs.files import read_json
from explorer.study.claims import CLAIMS
from explorer.study.editions import SECOND_EDITION
from explorer.study.table import SWEEPS, find

FROZEN = ASSETS / "study"
CLAIMS_FILE = "claims.json"
LINE_FILE = "line.json"
Kind = Literal["json", "parquet", "svg"]


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
    except (OSError, ValueError):
        raise _damaged(name) from None


def load_json(name: str, folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return the content of the file of a sweep, None if there is none; raise as `load` does."""
    path = file_of(name, "json", folder)
    try:
        return None if path is None else _read_json(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        raise _damaged(name) from None


def _damaged(name: str) -> DamagedFileError:
    return DamagedFileError("sweep", name, "its evidence cannot be read; take the file from the repository again")


def load_all(folder: Path | None = None) -> dict[str, Evidence | None]:
    """Return the evidence of every declared sweep."""
    return {name: load(name, folder) for name in SWEEPS}


def load_claims(folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return `claims.json`, None if there is none; raise `UserError` for a broken file."""
    return _made("claims", CLAIMS_FILE, folder)


def load_line(folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return the numbers of the page of the evidence, see `study.line`; None if there are none."""
    return _made("line", LINE_FILE, folder)


def _made(name: str, file: str, folder: Path | None) -> Mapping[str, Any] | None:
    path = (folder or evidence_folder()) / file
    try:
        return _read_json(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise DamagedFileError(name, file, "cannot be read; `study write` writes it again") from None


def load_document(name: str, folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return what is frozen of a name, None if nothing was run; raise `UserError` for an unknown name.

    A sweep of the first edition is its file. A claim of the second has "findings", one per direction;
    where both have the name, the claim is "second_edition" of the sweep. A sweep of the second edition has its
    "conditions" with every seed, and "coverage", what has run of it.
    """
    if not isinstance(name, str) or name not in (*SWEEPS, *CLAIMS, *SECOND_EDITION):
        listed = ", ".join(dict.fromkeys([*SWEEPS, *CLAIMS]))
        raise UserError("sweep", name, f"choose {listed}, or another sweep that `sweep --list` names")
    claims = load_claims(folder) or {}
    first = load_json(name, folder) if name in SWEEPS else None
    if name in claims.get("claims", {}):
        findings = [finding for finding in claims["findings"] if finding["claim"] == name]
        second = {"name": name, "claim": claims["claims"][name], "findings": findings}
        return second if first is None else {**first, "second_edition": second}
    if first is None and name in claims.get("sweeps", {}):
        covered = next((each for each in claims["coverage"] if each["sweep"] == name), None)
        return {"name": name, **claims["sweeps"][name], "coverage": covered}
    return first


def file_of(name: str, kind: Kind, folder: Path | None = None) -> Path | None:
    """Return one of a sweep's files, None if there is none; the name is looked up in the table and is never a path."""
    path = (folder or evidence_folder()) / f"{find(name).name}.{kind}"
    return path if path.is_file() else None


@lru_cache(maxsize=64)
def _read_json(path: Path, _time: int) -> Mapping[str, Any]:
    return read_json(path)


@lru_cache(maxsize=64)
def _read(path: Path, _time: int) -> Evidence:
    return EVIDENCE.validate_json(path.read_bytes())
