"""Readers of files from users, with one sentence for each possible fault.

for record in records(path):                     # CSV, JSON, JSON lines, Parquet or Arrow
    record.where, record.id, record.fields       # "line 3 of pairs.csv", "3", {"image": "bus.jpg", ...}
text(record.fields, "caption", record.where)     # a caption; UserError if it is missing or empty
picture_name(name, "filename", where)            # a name that stays below its folder
find_files(path, ("test.json", "data/test.json"))
"""

import contextlib
import csv
import gzip
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from explorer.errors import NO_VALUE, UserError, quote_value

CSV = (".csv", ".tsv")
TABLES = (".parquet", ".arrow")
ROWS_AT_ONCE = 16  # each may hold two photographs
CAPTIONS = ("caption", "text", "TEXT")
"""Columns in which training captions stand, the first that exists."""
MOST_JSON_BYTES = 512 * 2**20
MOST_LETTERS = 10_000
MOST_LETTERS_A_LINE = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One record of a file; a record that is a list has the fields "0", "1" and so on."""

    where: str
    id: str
    fields: Mapping[str, Any]


def records(path: Path, *, needed: Sequence[str] = ()) -> Iterator[Record]:
    """Yield the records of a file, whose ending names its format; `needed` columns are checked in the head of a CSV."""
    kind = _kind(path)
    if kind in CSV:
        yield from _csv(path, needed)
    elif kind in _READERS:
        yield from _READERS[kind](path)
    else:
        raise UserError("PATH", label(path), f"the name of the file has to end in {', '.join((*CSV, *_READERS))}")


def captions_of(path: Path) -> Iterator[str]:
    """Yield the captions of a file, however large: a line of text each, or the column caption, text or TEXT."""
    if _kind(path) == ".txt":
        try:
            with _opened(path) as file:
                yield from (line.strip() for line in _lines(file, path) if line.strip())
        except (OSError, EOFError) as error:
            raise fault(label(path), f"cannot be read ({error})") from None
        except UnicodeDecodeError:
            raise fault(label(path), "is not text in UTF-8") from None
        return
    for record in records(path):
        name = next((name for name in CAPTIONS if name in record.fields), None)
        if name is None:
            columns = quote_value(", ".join(map(str, record.fields)), 120)
            raise fault(record.where, f"there is none of the columns {', '.join(CAPTIONS)}; the columns are {columns}")
        if isinstance(value := record.fields[name], str) and value.strip():
            yield value


def fault(where: str, what: str) -> UserError:
    """Make the error for a fault in a file."""
    return UserError(where, NO_VALUE, what)


def label(path: Path) -> str:
    """Name a file for a sentence."""
    return quote_value(str(path), 100)


def find_files(path: Path, patterns: Sequence[str]) -> list[Path]:
    """Return `path` if it is a file, else all that fit the patterns in it; raise `UserError` if there is none."""
    # os.path says no to a name that is too long for a file, where pathlib raises.
    if os.path.isfile(path):
        return [path]
    if not os.path.isdir(path):
        raise UserError("PATH", label(path), "there is no such file or folder")
    found = [file for pattern in patterns for file in sorted(path.glob(pattern)) if file.is_file()]
    if not found:
        raise UserError("PATH", label(path), f"the folder holds none of {', '.join(patterns)}")
    return list(dict.fromkeys(found))


def first_folder(*folders: Path) -> Path:
    """Return the first that exists, else the last."""
    return next((folder for folder in folders if os.path.isdir(folder)), folders[-1])


def field(record: Mapping[str, Any], key: str, where: str) -> Any:
    """Return a field; dots lead into nested objects, as in "mturk.caption"."""
    value: Any = record
    for part in [key] if key in record else key.split("."):
        if not isinstance(value, Mapping) or part not in value:
            fields = value if isinstance(value, Mapping) else record
            raise fault(
                where, f"there is no {key}; the fields here are {quote_value(', '.join(map(str, fields)), 200)}"
            )
        value = value[part]
    return value


def checked_text(value: Any, key: str, where: str) -> str:
    """Return `value` if it is text that is neither empty nor endless."""
    if not isinstance(value, str) or not value.strip():
        raise fault(where, f"{key} has to be text, not {quote_value(value) if value != '' else 'empty'}")
    if len(value) > MOST_LETTERS:
        raise fault(where, f"{key} has more than {MOST_LETTERS:,} letters")
    return value


def number(record: Mapping[str, Any], key: str, where: str) -> float:
    """Return the number in a field; a CSV has it as text."""
    value = field(record, key, where)
    if isinstance(value, str) and isinstance(record, _Row):
        with contextlib.suppress(ValueError):
            value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise fault(where, f"{key} has to be a number, not {quote_value(value)}")
    return float(value)


def picture_name(value: Any, key: str, where: str) -> str:
    """Return the name of a picture; it must stay below the folder of pictures. Of an address the scheme is cut off."""
    name = checked_text(value, key, where)
    for scheme in ("https://", "http://"):
        name = name.removeprefix(scheme)
    parts = name.replace("\\", "/").split("/")
    if not parts[0] or ".." in parts or ":" in parts[0] or "\0" in name:
        raise fault(
            where, f"{key} {quote_value(name, 80)} has to be a name below the folder of images, without .. in it"
        )
    return name


def _kind(path: Path) -> str:
    """Return the ending that names the format, without that of a packed file."""
    name = path.name.lower()
    return Path(name.removesuffix(".gz")).suffix


def _opened(path: Path) -> TextIO:
    packed = path.name.lower().endswith(".gz")
    return (
        gzip.open(path, "rt", encoding="utf-8-sig", newline="")
        if packed
        else path.open(encoding="utf-8-sig", newline="")
    )


class _Row(dict[str, Any]):
    """A row of a CSV, in which every field is text."""


def _csv(path: Path, needed: Sequence[str]) -> Iterator[Record]:
    try:
        with _opened(path) as file:
            yield from _csv_rows(file, path, needed)
    except (OSError, EOFError) as error:
        raise fault(label(path), f"cannot be read ({error})") from None
    except UnicodeDecodeError:
        raise fault(label(path), "is not text in UTF-8") from None
    except csv.Error as error:
        raise fault(label(path), f"is not CSV ({error})") from None


def _csv_rows(file: TextIO, path: Path, needed: Sequence[str]) -> Iterator[Record]:
    csv.field_size_limit(4 * MOST_LETTERS)
    delimiter = "\t" if _kind(path) == ".tsv" else ","
    rows = csv.reader(_lines(file, path), strict=True, delimiter=delimiter)
    header = [name.strip() for name in next(rows, [])]
    _check_header(header, path, needed)
    for row in rows:
        where = f"line {rows.line_num} of {label(path)}"
        if not row:
            continue
        if len(row) != len(header):
            raise fault(where, f"{len(row)} fields, and the header has {len(header)}")
        yield Record(where=where, id=str(rows.line_num), fields=_Row(zip(header, row, strict=True)))


def _lines(file: TextIO, path: Path) -> Iterator[str]:
    """Yield lines of bounded length, so that one without an end cannot fill the memory."""
    while line := file.readline(MOST_LETTERS_A_LINE):
        if len(line) == MOST_LETTERS_A_LINE:
            raise fault(label(path), f"a line has {MOST_LETTERS_A_LINE:,} letters or more")
        yield line


def _check_header(header: list[str], path: Path, needed: Sequence[str]) -> None:
    names = ", ".join(needed) or "your columns"
    if not any(header):
        raise fault(label(path), f"the first line is empty; it has to name the columns {names}")
    missing = [name for name in needed if name not in header and name.split(".")[0] not in header]
    if missing or len(set(header)) != len(header):
        columns = quote_value(", ".join(header), 120)
        raise fault(label(path), f"the columns are {columns}; needed are {names}, each once and with commas between")


def _json_lines(path: Path) -> Iterator[Record]:
    line = 0
    try:
        with _opened(path) as file:
            for words in _lines(file, path):
                line += 1
                if words.strip():
                    where = f"line {line} of {label(path)}"
                    yield Record(where=where, id=str(line - 1), fields=_fields(json.loads(words), where))
    except OSError as error:
        raise fault(label(path), f"cannot be read ({error.strerror})") from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise fault(label(path), f"line {line} is not JSON in UTF-8") from None


def _json(path: Path) -> Iterator[Record]:
    values = _read_json(path)
    if not isinstance(values, list | dict):
        raise fault(label(path), f"a list of items or an object of items is needed, not {quote_value(values)}")
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        where = f"item {quote_value(str(key), 40)} of {label(path)}"
        yield Record(where=where, id=str(key), fields=_fields(value, where))


def _read_json(path: Path) -> Any:
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


def _fields(value: Any, where: str) -> Mapping[str, Any]:
    if isinstance(value, list):
        return {str(place): each for place, each in enumerate(value)}
    if not isinstance(value, Mapping):
        raise fault(where, f"an object with fields is needed here, not {quote_value(value)}")
    return value


def _table(path: Path) -> Iterator[Record]:
    import pyarrow as pa

    row = 0
    try:
        for batch in _batches(path):
            for start in range(0, batch.num_rows, ROWS_AT_ONCE):
                for fields in batch.slice(start, ROWS_AT_ONCE).to_pylist():
                    yield Record(where=f"row {row} of {label(path)}", id=str(row), fields=fields)
                    row += 1
    except (pa.ArrowException, OSError) as error:
        raise fault(label(path), f"is no {path.suffix[1:]} file, or is damaged ({str(error)[:80]})") from None


def _batches(path: Path) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.suffix.lower() == ".parquet":
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


_READERS: dict[str, Callable[[Path], Iterator[Record]]] = {
    ".json": _json,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _table,
    ".arrow": _table,
}
