"""Folder of a benchmark run, with embeddings written during the run, so that an interrupted run can resume.

    manifest.json                 question and model; only the same ones resume
    pictures.f32, captions.f32    (distinct, D) float32, little endian, added in whole batches
    missing.jsonl                 {"row", "name", "reason"} of unusable pictures
    items.parquet, result.json    results

with opened(folder, manifest, resume=True) as folder:
    rows = Rows(folder / "pictures.f32", count=1000, width=512, block=64)
    rows.done                     # rows that exist; a torn batch is cut off
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from explorer.errors import NO_VALUE, BusyError, UserError, quote_value
from explorer.evaluation.benchmarks.reading import label

MOST_NAMES = 20
MANIFEST, MISSING, RESULT, ITEMS = "manifest.json", "missing.jsonl", "result.json", "items.parquet"


class Rows:
    """Rows of float32 in a file, up to `count`, added `block` at a time (the last block is shorter).

    Batches are cut at the same rows as in an uninterrupted run, because another batch may round differently.
    """

    def __init__(self, path: Path, *, count: int, width: int, block: int) -> None:
        self._path, self._shape = path, (count, width)
        row = 4 * width
        whole = (path.stat().st_size if path.exists() else 0) // row
        self.done = count if whole >= count else whole // block * block
        with path.open("ab") as file:
            file.truncate(self.done * row)

    def add(self, rows: np.ndarray) -> None:
        """Write further rows (n, D)."""
        with self._path.open("ab") as file:
            file.write(rows.astype("<f4").tobytes())
        self.done += len(rows)

    def all(self) -> np.ndarray:
        """Return (count, D), read from the disk on demand."""
        return np.memmap(self._path, dtype="<f4", mode="r", shape=self._shape)


class Reasons:
    """Reasons for missing pictures, one line per row; those of rows that are repeated are dropped.

    `first` holds the first names with their reasons, the file all.
    """

    def __init__(self, path: Path, *, done: int) -> None:
        self._path = path
        self.first: dict[str, str] = {}
        path.touch()
        beside = path.with_name(f".{path.name}")
        with path.open("rb") as lines, beside.open("w") as kept:
            for record in filter(None, map(_record, lines)):
                if record["row"] < done:
                    self._note(kept, record)
        beside.replace(path)

    def add(self, row: int, name: str, reason: str) -> None:
        """Add one reason."""
        with self._path.open("a") as file:
            self._note(file, {"row": row, "name": name, "reason": reason})

    def _note(self, file: TextIO, record: dict[str, Any]) -> None:
        if len(self.first) < MOST_NAMES:
            self.first.setdefault(record["name"], record["reason"])
        file.write(json.dumps(record) + "\n")


@contextmanager
def opened(folder: Path, manifest: Mapping[str, Any], *, resume: bool) -> Iterator[Path]:
    """Create or resume the folder, locked against a second run; raise `UserError` if it holds something else."""
    file = folder / MANIFEST
    check_folder(folder, resume=resume)
    try:
        if file.is_file():
            _check_same(file, manifest)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            write_json(file, manifest)
    except OSError as error:
        raise UserError("--out", label(folder), f"cannot be written ({error.strerror})") from None
    with _locked(file, folder):
        yield folder


def check_folder(folder: Path, *, resume: bool) -> None:
    """Refuse a folder that holds something else, or a run that was not asked to resume; write nothing."""
    try:
        if (folder / MANIFEST).is_file():
            if not resume:
                advice = "add --resume to continue it, or give a new one"
                raise UserError("--out", label(folder), f"holds a benchmark already; {advice}")
        elif folder.exists() and any(folder.iterdir()):
            raise UserError("--out", label(folder), "the folder is not empty; give a new one")
    except OSError as error:
        raise UserError("--out", label(folder), f"cannot be written ({error.strerror})") from None


def write_json(path: Path, record: Mapping[str, Any]) -> None:
    """Replace the file atomically."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(record, indent=2, allow_nan=False) + "\n")
    os.replace(beside, path)


def _check_same(file: Path, manifest: Mapping[str, Any]) -> None:
    folder = label(file.parent)
    try:
        before = dict(json.loads(file.read_text()))
    except (ValueError, TypeError):
        raise UserError("--out", folder, f"its {MANIFEST} is damaged; give a new folder") from None
    wanted = json.loads(json.dumps(manifest))
    for name in {**wanted, **before}:
        if before.get(name) != wanted.get(name):
            raise UserError(
                "--resume",
                NO_VALUE,
                f"{folder} was begun with {name} {quote_value(before.get(name), 60)}, and this command "
                f"has {quote_value(wanted.get(name), 60)}",
            )


@contextmanager
def _locked(file: Path, folder: Path) -> Iterator[None]:
    """Lock the folder against a second process; without such a lock on the system, the user is responsible."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with file.open("rb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError("--out", label(folder), "another benchmark is being run in it") from None
        yield


def _record(line: bytes) -> dict[str, Any] | None:
    """Parse a line of missing.jsonl; None if it is torn."""
    try:
        record = json.loads(line)
        return {"row": int(record["row"]), "name": str(record["name"]), "reason": str(record["reason"])}
    except (ValueError, KeyError, TypeError):
        return None
