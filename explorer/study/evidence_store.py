"""The frozen files of the evidence as pages and commands read them.

    load_evidence("batch-size")  # Evidence of a sweep of the first edition, None if it was not run
    load_claims()  # the outcome of the second edition, None if nothing is frozen
    load_dots()      # every training of the fourth edition, see `research.dots`, None if nothing is frozen
    load_chains("loop")  # what repeats the trainings of one of its sweeps
    load_corpora()  # the figures of real captions, None if nothing is frozen
    load_document("naming-cliff")  # what is frozen of a claim, or of a sweep of either edition
    evidence_file("batch-size", "svg")  # its picture, None if there is none

The variable EXPLORER_STUDY names another folder than the shipped one. A file is read once: the returned objects are
shared and must not be changed. `research.rows` reads the runs behind the files.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from explorer.errors import DamagedFileError, UserError
from explorer.files import cache_by_file_time
from explorer.resources import FROZEN_FOLDER
from explorer.runs.files import read_json
from explorer.study.first_edition import EVIDENCE_ADAPTER, Evidence

CLAIMS_FILE, FIRST_EDITION_FILE = "claims.json", "first-edition.json"
FILE_NAME = re.compile("[a-z0-9-]{1,60}")
LINE_FILE, METHODS_FILE = "line.json", "methods.html"
DOTS_FILE, CHAINS_FOLDER, FOURTH_FILE, CELLS_FILE = "dots.json", "chains", "fourth.json", "cells.json"
CORPORA_FILE = "real-captions.json"
TORCH_CHAINS = "torch"
"""Name of the file of chains that torch trained, of the editions before the fourth."""
FileKind = Literal["json", "parquet", "svg", "png", "html"]
FREEZE = "python -m research freeze"
"""The command that writes the files of the fourth edition."""
_read_json = cache_by_file_time(64)(read_json)
_read_evidence = cache_by_file_time(64)(lambda path: EVIDENCE_ADAPTER.validate_json(path.read_bytes()))


def evidence_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that EXPLORER_STUDY names, else the shipped one."""
    named = environ.get("EXPLORER_STUDY")
    return Path(named) if named else FROZEN_FOLDER


def evidence_file(name: str, kind: FileKind, folder: Path | None = None) -> Path | None:
    """Return a frozen file of a sweep or of a claim, None if there is none; a name that could be a path has none."""
    path = (folder or evidence_folder()) / f"{name}.{kind}"
    return path if FILE_NAME.fullmatch(name) and path.is_file() else None


def load_first_edition() -> Mapping[str, Any]:
    """Return what is said of each sweep of the first edition that has run, by its name.

    These are words, which no command writes: they come with the package, also where EXPLORER_STUDY names results.
    """
    return _load_written("study", FIRST_EDITION_FILE, FROZEN_FOLDER) or {}


def load_evidence(name: str, folder: Path | None = None) -> Evidence | None:
    """Return the evidence of a sweep, None if there is none; raise `UserError` for an unknown name or a broken file."""
    return _load_sweep(name, _read_evidence, folder)


def _load_sweep(name: str, read: Callable[[str], Any], folder: Path | None) -> Any:
    advice = "its evidence cannot be read; take the file from the repository again"
    return _load(evidence_file(name, "json", folder), read, DamagedFileError("sweep", name, advice))


def load_claims() -> Mapping[str, Any] | None:
    """Return `claims.json`, None if there is none; raise `UserError` for a broken file."""
    return _load_written("claims", CLAIMS_FILE, None)


def load_line(folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return the numbers of the page of the evidence, see `research.page`; None if there are none."""
    return _load_written("line", LINE_FILE, folder)


def load_dots(folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return every training of the fourth edition, see `research.dots`; None if there is none."""
    return _load_written("dots", DOTS_FILE, folder, FREEZE)


def chain_names(dots: Mapping[str, Any] | None) -> list[str]:
    """Return the sweeps whose trainings can be repeated, those of torch last; `dots` as `load_dots` returns them."""
    return [*(each["name"] for each in dots["sweeps"]), TORCH_CHAINS] if dots else []


def load_chains(sweep: str, folder: Path | None = None) -> Mapping[str, Any]:
    """Return what repeats the trainings of a sweep of the fourth edition, or those of torch, see `research.dots`.

    Raises:
        UserError: No training of that sweep is frozen, or its file is broken.
    """
    begun = chain_names(load_dots(folder))
    if sweep not in begun:
        if not begun:
            raise UserError("sweep", sweep, "nothing of it is frozen here")
        raise UserError("sweep", sweep, "choose {choices}", choices=", ".join(begun))
    chains = _load_written("sweep", f"{CHAINS_FOLDER}/{sweep}.json", folder, FREEZE)
    if chains is None:
        raise UserError("sweep", sweep, "its evidence cannot be read; take the file from the repository again")
    return chains


def load_fourth(folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return what the page says of the fourth edition, see `research.fourth_page`; None if nothing is frozen."""
    return _load_written("fourth", FOURTH_FILE, folder, FREEZE)


def load_cell_document(folder: Path | None = None) -> Sequence[Mapping[str, Any]] | None:
    """Return the measured cells as their file has them, see `explorer.study.cells`; None if nothing is frozen."""
    written = _load_written("cells", CELLS_FILE, folder)
    return None if written is None else written["cells"]


def load_corpora(folder: Path | None = None) -> Mapping[str, Any] | None:
    """Return the frozen figures of real captions; None if there are none."""
    return _load_written("captions", CORPORA_FILE, folder, "python -m research captions DIR")


def _load_written(
    name: str, file: str, folder: Path | None, command: str = "python -m research write"
) -> Mapping[str, Any] | None:
    damaged = DamagedFileError(name, file, "cannot be read; `{command}` writes it again", command=command)
    document: Mapping[str, Any] | None = _load((folder or evidence_folder()) / file, _read_json, damaged)
    return document


def _load(path: Path | None, read: Callable[[str], Any], damaged: DamagedFileError) -> Any:
    try:
        return None if path is None else read(str(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise damaged from None


def load_document(name: str) -> Mapping[str, Any] | None:
    """Return what is frozen of a name, None if nothing was run; raise `UserError` for an unknown name.

    A sweep of the first edition is its file. A claim of the second has "findings", one per direction;
    where both have the name, the claim is "second_edition" of the sweep. A sweep of the second edition has its
    "conditions" with every seed, and "coverage", what has run of it.
    """
    claims, first_edition = load_claims() or {}, load_first_edition()
    known = [*first_edition, *claims.get("claims", ()), *(each["sweep"] for each in claims.get("coverage", ()))]
    if name not in known:
        raise UserError("sweep", name, "choose {choices}", choices=", ".join(dict.fromkeys(known)))
    first = _load_sweep(name, _read_json, None) if name in first_edition else None
    if name in claims.get("claims", {}):
        findings = [finding for finding in claims["findings"] if finding["claim"] == name]
        second = {"name": name, "claim": claims["claims"][name], "findings": findings}
        return second if first is None else {**first, "second_edition": second}
    if first is None and name in claims.get("sweeps", {}):
        covered = next((each for each in claims["coverage"] if each["sweep"] == name), None)
        return {"name": name, **claims["sweeps"][name], "coverage": covered}
    return first
