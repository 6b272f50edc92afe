"""Folder of a benchmark run, with embeddings written during the run, so that an interrupted run can resume.

manifest.json                 question and model; only the same ones resume
pictures.npy, captions.npy    (distinct, D) float32, added in whole batches
missing.jsonl                 {"row", "name", "reason"} of unusable pictures
items.parquet, result.json    results
"""

import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from explorer.errors import NO_VALUE, BusyError, UserError, catch_write_errors, quote_value
from explorer.evaluation.benchmarks.reading import Item
from explorer.evaluation.benchmarks.scoring import ItemCosines, score_items

MAX_MISSING_NAMES = 20
MANIFEST_FILE, MISSING_FILE, RESULT_FILE, ITEMS_FILE = "manifest.json", "missing.jsonl", "result.json", "items.parquet"


class EmbeddingRows:
    """Rows of float32 in a .npy file of `count` rows, added `block` at a time (the last block is shorter).

    Batches are cut at the same rows as in an uninterrupted run, because another batch may round differently.
    """

    def __init__(self, path: Path, *, count: int, width: int, block: int) -> None:
        self._path = path
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": (count, width)})
        size = path.stat().st_size if path.exists() else 0
        whole = max(0, size - head.tell()) // (4 * width)
        self.done = count if whole >= count else whole // block * block
        with path.open("ab") as file:
            if size < head.tell():
                file.truncate(0)
                file.write(head.getvalue())
            file.truncate(head.tell() + self.done * 4 * width)

    def add(self, rows: np.ndarray) -> None:
        """Append rows (n, D) as float32."""
        with self._path.open("ab") as file:
            file.write(rows.astype("<f4").tobytes())
        self.done += len(rows)

    def all(self) -> np.ndarray:
        """Return (count, D), read from the disk on demand."""
        rows: np.ndarray = np.load(self._path, mmap_mode="r")
        return rows


class MissingPictures:
    """Reasons for missing pictures, one line per row; those of rows that are repeated are dropped.

    `first` holds the first names with their reasons, the file all.
    """

    def __init__(self, path: Path, *, done: int) -> None:
        self._path, self.first = path, dict[str, str]()
        records = [record for record in _read_records(path) if record["row"] < done] if path.exists() else []
        path.write_text("")
        for record in records:
            self.add(**record)

    def add(self, row: int, name: str, reason: str) -> None:
        """Note a row without a picture, in the file at once."""
        if len(self.first) < MAX_MISSING_NAMES:
            self.first.setdefault(name, reason)
        with self._path.open("a") as file:
            file.write(json.dumps({"row": row, "name": name, "reason": reason}) + "\n")


def _read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of missing.jsonl, without a torn one."""
    for line in path.read_bytes().splitlines():
        try:
            record = json.loads(line)
            yield {"row": int(record["row"]), "name": str(record["name"]), "reason": str(record["reason"])}
        except (ValueError, KeyError, TypeError):
            continue


def write_items(path: Path, items: Iterable[Item], scored: ItemCosines) -> None:
    """Write a row per item to a Parquet file: its captions, cosines, scores and tie."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    num_pictures, num_captions = scored.cosines.shape[1:]
    words = [
        {
            "id": item.id,
            "group": item.group,
            **{f"image_{k}": picture.name for k, picture in enumerate(item.pictures)},
            **{
                f"caption_{k}": caption
                for k, caption in enumerate((*item.captions, *[None] * num_captions)[:num_captions])
            },
        }
        for item in items
    ]
    outcome = score_items(scored.cosines, scored.index.right)
    strict = list(outcome.strict.values())[-1].astype(np.float64)
    numbers = {
        "right": scored.index.right,
        **{f"cosine_{p}_{c}": scored.cosines[:, p, c] for p in range(num_pictures) for c in range(num_captions)},
        "margin": outcome.margin,
        **outcome.scores,
        "strict": np.where(scored.has_pictures(), strict, np.nan),
        "tie": outcome.tie,
        "mean_picture": score_items(scored.of_mean_picture, scored.index.right).headline,
    }
    beside = path.with_name("." + path.name)
    texts = pa.Table.from_pylist(words, schema=pa.schema([(name, pa.string()) for name in words[0]]))
    pq.write_table(pa.table({name: texts[name] for name in texts.column_names} | numbers), beside)
    beside.replace(path)


@contextmanager
def open_folder(folder: Path, manifest: Mapping[str, Any], *, resume: bool) -> Iterator[Path]:
    """Create or resume the folder, locked against a second run; raise `UserError` if it holds something else."""
    file = folder / MANIFEST_FILE
    check_run_folder(folder, resume=resume)
    with catch_write_errors("--out", folder):
        if file.is_file():
            _check_same(file, manifest)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            write_run_json(file, manifest)
    with _lock(file, folder):
        yield folder


def check_run_folder(folder: Path, *, resume: bool) -> None:
    """Refuse a folder that holds something else, or a run that was not asked to resume; write nothing."""
    with catch_write_errors("--out", folder):
        if (folder / MANIFEST_FILE).is_file():
            if not resume:
                advice = "add --resume to continue it, or give a new one"
                raise UserError("--out", folder, f"holds a benchmark already; {advice}")
        elif folder.exists() and any(folder.iterdir()):
            raise UserError("--out", folder, "the folder is not empty; give a new one")


def write_run_json(path: Path, record: Mapping[str, Any]) -> None:
    """Write the record as JSON; a process that is killed meanwhile leaves the file as it was."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(record, indent=2, allow_nan=False) + "\n")
    os.replace(beside, path)


def _check_same(file: Path, manifest: Mapping[str, Any]) -> None:
    folder = file.parent
    try:
        before = dict(json.loads(file.read_text()))
    except (ValueError, TypeError):
        raise UserError("--out", folder, f"its {MANIFEST_FILE} is damaged; give a new folder") from None
    wanted = json.loads(json.dumps(manifest))
    for name in {**wanted, **before}:
        if before.get(name) != wanted.get(name):
            earlier, wanted_text = (quote_value(each.get(name), 60) for each in (before, wanted))
            words = f"{folder} was begun with {name} {earlier}, and this command has {wanted_text}"
            raise UserError("--resume", NO_VALUE, words)


@contextmanager
def _lock(file: Path, folder: Path) -> Iterator[None]:
    """Lock the folder against a second process; without such a lock on the system, the user is responsible."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with file.open("rb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError("--out", folder, "another benchmark is being run in it") from None
        yield
