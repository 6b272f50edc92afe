"""The one reader of tables that people give: captions, pairs, benchmarks, the metadata of scenes.

    for row in read_table(Path("pairs.csv"), needed=("image", "caption|text")):
        row.fields["caption"], row.where        # "a red bus", "line 2 of pairs.csv"
    read_upload(content, "captions.jsonl", max_bytes=10_000_000)      # the same of a text that somebody sent

The ending of the name is the format: CSV and TSV with a header, JSON lines, JSON (a list or an object of records), text
with one caption a line, all of them also packed (`.csv.gz`), and the Hub's Parquet and Arrow. A record that is a list
has the fields "0", "1" and so on; a line of text has the field "text".

Rows are read a few at a time, so that a file of a million lines or of photographs is never in memory as a whole; only
JSON is. Each fault is one `UserError` whose field is the file or a place in it.
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from explorer.errors import NO_VALUE, UserError, quote_value

MAX_LINE_BYTES = 1_000_000
MAX_JSON_BYTES = 512 * 2**20
ROWS_AT_ONCE = 16
"""Rows of Parquet in memory: each may hold two photographs."""
PACKED = ".gz"


@dataclass(frozen=True, kw_only=True, slots=True)
class TableRow:
    """One record of a table.

    Attributes:
        where: Its place in words, the field of an error: "line 3 of pairs.csv".
        number: Its line, or its place among the records of JSON, Parquet and Arrow, from 1.
        id: Its key in JSON, its line in CSV, and else its place among the records, from 0.
        fields: Values by column; those of CSV are text.
    """

    where: str
    number: int
    id: str
    fields: Mapping[str, Any]

    def error(self, reason: object, **values: Any) -> UserError:
        """Return an error whose field is the place of this row; `values` fill the names in `reason`."""
        return UserError(self.where, NO_VALUE, reason, **values)


RawRow = tuple[str, int, str, Any]
"""The place in the file, the number, the id and the value of a record."""


def read_table(
    path: Path,
    *,
    needed: Sequence[str] = (),
    only: Sequence[str] = (),
    max_bytes: int | None = None,
    otherwise: str = "",
) -> Iterator[TableRow]:
    """Yield the rows of a file of this computer.

    Args:
        path: the file
        needed: columns that a header, or the first record, must have; `a|b` is one of two, in any case of letters
        only: columns of Parquet that are read, as far as it has them; without any, all
        max_bytes: size of a text, unpacked, that is refused beyond it
        otherwise: ending whose format is read where that of `path` tells none

    Raises:
        UserError: for a file that cannot be read, has no such column, or is damaged; it names the line.
    """
    label = file_label(path)
    try:
        file = path.open("rb")
    except OSError as error:
        raise UserError(label, NO_VALUE, "cannot be read ({problem})", problem=error.strerror) from None
    ending = table_ending(path.name) or otherwise
    with file:
        yield from _read_rows(file, _Wanted(label=label, ending=ending, needed=needed, only=only), FORMATS, max_bytes)


def read_upload(content: bytes, name: str, *, needed: Sequence[str] = (), max_bytes: int) -> Iterator[TableRow]:
    """Yield the rows of a text that was sent as a file called `name`; see `read_table`."""
    wanted = _Wanted(label=quote_value(name, 100), ending=table_ending(name), needed=needed)
    return _read_rows(io.BytesIO(content), wanted, TEXT_FORMATS, max_bytes)


def file_label(path: Path) -> str:
    """Return the name of a file in a sentence."""
    return quote_value(str(path), 100)


def table_ending(name: str) -> str:
    """Return the ending of a name that tells a format, such as ".csv" or ".csv.gz"; "" if it tells none."""
    plain = name.lower().removesuffix(PACKED)
    ending, packed = Path(plain).suffix, PACKED if name.lower().endswith(PACKED) else ""
    return ending + packed if ending in (TEXT_FORMATS if packed else FORMATS) else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    """Demands on a file, which errors call `label`, and its ending."""

    label: str
    ending: str
    needed: Sequence[str]
    only: Sequence[str] = ()

    def error(self, reason: str, **values: Any) -> UserError:
        return UserError(self.label, NO_VALUE, reason, **values)

    def check(self, columns: Sequence[str]) -> None:
        """Raise `UserError` if a column is missing or there twice; "mturk.caption" needs the column "mturk"."""
        there = {name.lower() for name in columns}
        found = quote_value(", ".join(columns), 120) or "none"
        for name in self.needed:
            if not any(each in there or each.split(".")[0] in there for each in name.lower().split("|")):
                raise self.error("its columns are {columns}; needed are {needed}", columns=found, needed=self.names)
        if len(set(columns)) != len(columns):
            raise self.error("its columns are {columns}; each has to be there once", columns=found)

    @property
    def names(self) -> str:
        """The needed columns in a sentence."""
        return ", ".join(self.needed).replace("|", " or ")


def _read_rows(
    file: BinaryIO, wanted: _Wanted, formats: Mapping[str, "Format"], max_bytes: int | None
) -> Iterator[TableRow]:
    """Yield the rows of an open file in the format that its ending names; a packed one is unpacked on the way.

    Raises `UserError` for a wrong ending, for more than `max_bytes` of text, for a row that is no object, and for a
    missing column, which the first row shows.
    """
    ending = wanted.ending.removesuffix(PACKED)
    if ending not in formats:
        raise wanted.error("give a file that ends in {endings}", endings=" or ".join(formats))
    is_packed, is_first = ending != wanted.ending, True
    if ending == ".json":
        max_bytes = min(max_bytes or MAX_JSON_BYTES, MAX_JSON_BYTES)
    try:
        if is_packed:
            file = cast(BinaryIO, gzip.GzipFile(fileobj=file))
        if max_bytes is not None and ending in TEXT_FORMATS:
            file = _read_whole(file, wanted, max_bytes)
        for place, number, id, value in formats[ending](file, wanted):
            where = f"{place} of {wanted.label}"
            if isinstance(value, list):
                value = {str(index): each for index, each in enumerate(value)}
            if not isinstance(value, Mapping):
                reason = "an object with fields is needed here, not {given}"
                raise UserError(where, NO_VALUE, reason, given=quote_value(value))
            if is_first:
                wanted.check(list(map(str, value)))
                is_first = False
            yield TableRow(where=where, number=number, id=id, fields=value)
    except (OSError, EOFError, zlib.error) as error:
        if is_packed:
            raise wanted.error("cannot be unpacked, it is damaged or no gzip file") from None
        raise wanted.error("cannot be read ({problem})", problem=getattr(error, "strerror", None) or error) from None


def _read_whole(file: BinaryIO, wanted: _Wanted, max_bytes: int) -> BinaryIO:
    """Return the content of `file`, which has at most so many bytes, as a file in memory."""
    content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise wanted.error("has more than {most} MB, give a part of it", most=max_bytes // 1_000_000)
    return io.BytesIO(content)


# ---- Formats


def _read_lines(file: BinaryIO, wanted: _Wanted) -> Iterator[str]:
    """Yield lines of bounded length, so that one without an end cannot fill the memory."""
    for number, line in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""), start=1):
        if len(line) > MAX_LINE_BYTES:
            raise wanted.error("line {line} has more than {most} bytes", line=number, most=f"{MAX_LINE_BYTES:,}")
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise wanted.error("is not text in UTF-8, see line {line}", line=number) from None
        # Some spreadsheets end lines with a carriage return alone.
        yield from io.StringIO(text, newline="") if "\r" in text[:-2] else (text,)


def _read_csv(file: BinaryIO, wanted: _Wanted) -> Iterator[RawRow]:
    separator = "\t" if wanted.ending.startswith(".tsv") else ","
    rows = csv.reader(_read_lines(file, wanted), strict=True, delimiter=separator)
    try:
        header = [name.strip() for name in next(rows, [])]
        if not any(header):
            raise wanted.error("its first line is empty; it has to name {needed}", needed=wanted.names or "its columns")
        wanted.check(header)
        for row in filter(None, rows):
            place = f"line {rows.line_num}"
            if len(row) != len(header):
                reason = "{found} fields, and the header has {needed}"
                raise UserError(f"{place} of {wanted.label}", NO_VALUE, reason, found=len(row), needed=len(header))
            yield place, rows.line_num, str(rows.line_num), dict(zip(header, row, strict=True))
    except csv.Error as error:
        reason = "is not CSV, see line {line} ({problem})"
        raise wanted.error(reason, line=rows.line_num, problem=error) from None


def _read_text(file: BinaryIO, wanted: _Wanted) -> Iterator[RawRow]:
    for number, line in enumerate(_read_lines(file, wanted), start=1):
        yield f"line {number}", number, str(number - 1), {"text": line.rstrip("\r\n")}


def _read_json_lines(file: BinaryIO, wanted: _Wanted) -> Iterator[RawRow]:
    for number, line in enumerate(_read_lines(file, wanted), start=1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                raise UserError(f"line {number} of {wanted.label}", NO_VALUE, "is not JSON") from None
            yield f"line {number}", number, str(number - 1), value


def _read_json(file: BinaryIO, wanted: _Wanted) -> Iterator[RawRow]:
    try:
        values = json.loads(file.read().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise wanted.error("is not JSON in UTF-8, or is cut short") from None
    if not isinstance(values, list | dict):
        raise wanted.error("a list or an object of records is needed, not {given}", given=quote_value(values))
    pairs = values.items() if isinstance(values, dict) else enumerate(values)
    for number, (key, value) in enumerate(pairs, start=1):
        yield f"item {quote_value(str(key), 40)}", number, str(key), value


def _read_hub(file: BinaryIO, wanted: _Wanted) -> Iterator[RawRow]:
    import pyarrow as pa

    number = 0
    try:
        for batch in _read_batches(file, wanted):
            for start in range(0, batch.num_rows, ROWS_AT_ONCE):
                for fields in batch.slice(start, ROWS_AT_ONCE).to_pylist():
                    yield f"row {number}", number + 1, str(number), fields
                    number += 1
    except (pa.ArrowException, OSError) as error:
        reason = "is no {format} file, or is damaged ({problem})"
        raise wanted.error(reason, format=wanted.ending[1:], problem=str(error)[:80]) from None


def _read_batches(file: BinaryIO, wanted: _Wanted) -> Iterator[Any]:
    """Yield the batches of rows of a Parquet or Arrow file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if wanted.ending == ".parquet":
        with pq.ParquetFile(file) as table:
            there = table.schema_arrow.names
            wanted.check(there)
            columns = [name for name in there if name in wanted.only] if wanted.only else None
            yield from table.iter_batches(batch_size=ROWS_AT_ONCE, columns=columns)
        return
    try:  # the library datasets writes streams
        batches: Any = pa.ipc.open_stream(file)
    except pa.ArrowInvalid:
        file.seek(0)
        opened = pa.ipc.open_file(file)
        batches = (opened.get_batch(index) for index in range(opened.num_record_batches))
    yield from batches


Format = Callable[[BinaryIO, _Wanted], Iterator[RawRow]]
TEXT_FORMATS: Mapping[str, Format] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".json": _read_json,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".txt": _read_text,
}
"""Readers by ending, of what may also be packed."""
FORMATS: Mapping[str, Format] = {**TEXT_FORMATS, ".parquet": _read_hub, ".arrow": _read_hub}
