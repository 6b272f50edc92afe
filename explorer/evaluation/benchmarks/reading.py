"""Readers of files from users, with one sentence for each possible fault.

read_json(path)                                  # UserError if it is not JSON or too large
text(record, "caption", "line 3 of pairs.csv")   # a caption; UserError if it is missing or empty
picture_name(record, "filename", where)          # a name that stays below its folder
find_file(path, ("test.json", "data/test.json")) # the file itself, or the first of them in the folder
"""

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from explorer.errors import NO_VALUE, UserError, shown
from explorer.evaluation.benchmarks.items import Picture

ENDINGS = (".parquet", ".arrow")
ROWS_AT_ONCE = 16  # each may hold two photographs


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield each row of the file by column name."""
    import pyarrow as pa

    try:
        for batch in _batches(path):
            for start in range(0, batch.num_rows, ROWS_AT_ONCE):
                yield from batch.slice(start, ROWS_AT_ONCE).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise fault(label(path), f"is no {path.suffix[1:]} file, or is damaged ({str(error)[:80]})") from None


def picture(record: Mapping[str, Any], key: str, where: str) -> Picture:
    """Return the picture in a column of the Hub's feature Image: {"bytes", "path"}."""
    value = record.get(key)
    content = value.get("bytes") if isinstance(value, Mapping) else value
    if not isinstance(content, bytes):
        raise fault(where, f"{key} has to hold the bytes of a picture; the columns are {', '.join(record)[:200]}")
    name = value.get("path") if isinstance(value, Mapping) else None
    return Picture(name=f"{key} of {where}" if not isinstance(name, str) else name, content=content)


def _batches(path: Path) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.suffix == ".parquet":
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(batch_size=ROWS_AT_ONCE)
        return
    with pa.memory_map(str(path)) as mapped:
        try:  # the library datasets writes streams
            batches: Any = pa.ipc.open_stream(mapped)
        except pa.ArrowInvalid:
            mapped.seek(0)
            opened = pa.ipc.open_file(mapped)
            batches = (opened.get_batch(index) for index in range(opened.num_record_batches))
        yield from batches


class Writer:
    """A Parquet file that takes its columns from the first block of rows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None

    def __enter__(self) -> "Writer":
        return self

    def write(self, columns: Mapping[str, Sequence[Any]], types: Mapping[str, str]) -> None:
        """Add rows, given column by column; `types` holds Arrow's names of the column types."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = pa.schema([(name, pa.type_for_alias(types[name])) for name in columns])
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, schema)
        self._writer.write_table(pa.table(dict(columns), schema=schema))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.close()


MOST_JSON_BYTES = 512 * 2**20
MOST_LETTERS = 10_000


def fault(where: str, what: str) -> UserError:
    """Make the error for a fault in a file."""
    return UserError(where, NO_VALUE, what)


def label(path: Path) -> str:
    """Name a file for a sentence."""
    return shown(str(path), 100)


def find_file(path: Path, names: Sequence[str]) -> Path:
    """Return `path` if it is a file, else the first of `names` in it."""
    found = find_files(path, names)
    return found[0]


def find_files(path: Path, names: Sequence[str]) -> list[Path]:
    """Return `path` if it is a file, else all of `names` in it; raise `UserError` if there is none."""
    # os.path says no to a name that is too long for a file, where pathlib raises.
    if os.path.isfile(path):
        return [path]
    if not os.path.isdir(path):
        raise UserError("PATH", label(path), "there is no such file or folder")
    found = [path / name for name in names if os.path.isfile(path / name)]
    if not found:
        raise UserError("PATH", label(path), f"the folder holds none of {', '.join(names)}")
    return found


def first_folder(*folders: Path) -> Path:
    """Return the first that exists, else the last."""
    return next((folder for folder in folders if os.path.isdir(folder)), folders[-1])


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    try:
        if path.stat().st_size > MOST_JSON_BYTES:
            raise fault(label(path), f"the file has more than {MOST_JSON_BYTES // 2**20} MB")
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise fault(label(path), f"cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, UserError):
            raise
        raise fault(label(path), "is not JSON in UTF-8, or is cut short") from None


def record_of(value: Any, where: str) -> Mapping[str, Any]:
    """Return `value` if it is an object with names."""
    if not isinstance(value, Mapping):
        raise fault(where, f"an object with fields is needed here, not {shown(value)}")
    return value


def text(record: Mapping[str, Any], key: str, where: str) -> str:
    """Return the text in a field."""
    value = _field(record, key, where)
    if not isinstance(value, str) or not value.strip():
        raise fault(where, f"{key} has to be text, not {shown(value) if value != '' else 'empty'}")
    if len(value) > MOST_LETTERS:
        raise fault(where, f"{key} has more than {MOST_LETTERS:,} letters")
    return value


def number(record: Mapping[str, Any], key: str, where: str) -> float:
    """Return the number in a field."""
    value = _field(record, key, where)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise fault(where, f"{key} has to be a number, not {shown(value)}")
    return float(value)


def picture_name(record: Mapping[str, Any], key: str, where: str) -> str:
    """Return the name of a picture in a field; it must stay below the folder of pictures."""
    name = text(record, key, where)
    parts = name.replace("\\", "/").split("/")
    if not parts[0] or ".." in parts or ":" in parts[0] or "\0" in name:
        raise fault(where, f"{key} {shown(name, 80)} has to be a name below the folder of images, without .. in it")
    return name


def _field(record: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in record:
        raise fault(where, f"there is no {key}; the fields here are {shown(', '.join(map(str, record)), 200)}")
    return record[key]
