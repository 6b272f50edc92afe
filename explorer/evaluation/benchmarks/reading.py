"""Items of a benchmark from the columns of any file of a user, with one sentence for each possible fault.

    columns = parse_columns("image=filename,caption=caption+caption2,negative=negative_caption,group=type")
    source = open_table((Path("items.json"),), columns, images=Path("val2017"))
    next(source.items())     # Item(pictures=(Picture(name="000000289393.jpg"),), captions=(..., ..., ...), right=2)

A `Source` reads its items again on each call, and rows of tables a few at a time, so that a file of a million lines or
of photographs is never in memory as a whole. Uploads of captions are another thing:
`explorer.captions.files` reads them whole, up to 10 MB, with the objects of their pictures, for a person who waits.

A column is named by its header, by its place in a record that is a list ("0"), or by a path into nested objects
("mturk.caption"). `a+b` are several columns, `a|b` is the first that exists, and a text with braces is a template:
"val2017/{id:012}.jpg". `{file}` is the name of the file without its ending. A column may hold a list of captions.
"""

import csv
import gzip
import json
import math
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any, TextIO, cast

from explorer.errors import NO_VALUE, UserError, quote_value

CSV_ENDINGS = (".csv", ".tsv")
RawRecord = tuple[str, str, Any]
"""The place in the file, the id and the value of one record."""
TABLE_ROWS_AT_ONCE = 16  # each may hold two photographs
CAPTION_COLUMNS = ("caption", "text", "TEXT")
"""Columns in which training captions stand, the first that exists."""
PICTURE_ENDINGS = ("", ".png", ".jpg", ".jpeg")  # of a name that has none of its own, as Winoground's
MAX_JSON_BYTES = 512 * 2**20
MAX_CAPTION_LETTERS = 10_000
MAX_LINE_LETTERS = 1_000_000
MAX_ITEM_CAPTIONS = 32
COLUMNS_EXAMPLE = "--columns image=COLUMN,caption=COLUMN,negative=COLUMN"
_HOLE = re.compile(r"\{([^{}:]+)(?::(\d{1,3}))?\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture by its name below the folder of images, or by the bytes of its file; `box` is the part to crop.

    The box is left, top, right, bottom in pixels.
    """

    name: str
    content: bytes | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """Captions and their pictures: with one picture the first `right` captions are true of it and all others wrong.

    With two pictures, caption i is of picture i.
    """

    id: str
    pictures: tuple[Picture, ...]
    captions: tuple[str, ...]
    right: int = 1
    group: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TableRecord:
    """One record of a file, whose cells are asked for by texts that name columns; see the module.

    A record that is a list has the fields "0", "1" and so on. A cell that is not as it has to be raises `UserError`.
    """

    file: Path
    where: str
    id: str
    fields: Mapping[str, Any]

    def first(self, spec: str) -> str:
        """Return the first of alternatives whose columns exist, else the last."""
        choices = spec.split("|")
        return next((each for each in choices if all(map(self._has, each.split("+")))), choices[-1])

    def texts(self, spec: str) -> list[str]:
        """Return the texts of one or more columns; one with "?" at its end may be missing or empty."""
        texts: list[str] = []
        for name in self.first(spec).split("+"):
            plain = name.removesuffix("?")
            if name != plain and not (self._has(plain) and self._value(plain)):
                continue
            value = self._value(plain)
            texts += [self._text(each, plain) for each in (value if isinstance(value, list) else [value])]
        return [text.strip() for text in texts] if spec.endswith("?") else texts

    def whole(self, name: str, count: int) -> int:
        """Return the number in a column, from 0 to `count` - 1."""
        value = self._value(name)
        digits = str(value).removesuffix(".0")
        if isinstance(value, bool) or not digits.isdecimal() or int(digits) >= count:
            raise place_error(self.where, f"{name} has to be a number from 0 to {count - 1}, not {quote_value(value)}")
        return int(digits)

    def number(self, name: str) -> float:
        """Return the number in a column; a CSV has it as text."""
        value = self._value(name)
        if isinstance(value, str) and _format_ending(self.file) in CSV_ENDINGS:
            with suppress(ValueError):
                value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise place_error(self.where, f"{name} has to be a number, not {quote_value(value)}")
        return float(value)

    def picture(self, spec: str, box: str) -> Picture:
        """Return the picture in a column: a name, bytes, or the Hub's feature Image, {"bytes", "path"}."""
        chosen = self.first(spec)
        value = self._value(chosen)
        path, content = (value.get("path"), value.get("bytes")) if isinstance(value, Mapping) else (None, value)
        edges = self._edges(box) if box else None
        if isinstance(content, bytes):
            name = path if isinstance(path, str) else f"{chosen} of {self.where}"
            return Picture(name=name, content=content, box=edges)
        if isinstance(value, Mapping | list):
            raise place_error(self.where, f"{chosen} has to hold the name or the bytes of a picture")
        return Picture(name=self._picture_name(value, chosen), box=edges)

    def _edges(self, box: str) -> tuple[float, float, float, float]:
        x, y, width, height = map(self.number, box.split("+"))
        if width <= 0 or height <= 0:
            raise place_error(
                self.where, f"the box is {width:g} wide and {height:g} high, and has to be larger than nothing"
            )
        return x, y, x + width, y + height

    def _text(self, value: Any, name: str) -> str:
        """Return `value` if it is text that is neither empty nor endless."""
        if not isinstance(value, str) or not value.strip():
            raise place_error(
                self.where, f"{name} has to be text, not {quote_value(value) if value != '' else 'empty'}"
            )
        if len(value) > MAX_CAPTION_LETTERS:
            raise place_error(self.where, f"{name} has more than {MAX_CAPTION_LETTERS:,} letters")
        return value

    def _picture_name(self, value: Any, column: str) -> str:
        """Return a name, which must stay below the folder of pictures. Of an address the scheme is cut off."""
        name = self._text(value, column).removeprefix("https://").removeprefix("http://")
        parts = name.replace("\\", "/").split("/")
        if not parts[0] or ".." in parts or ":" in parts[0] or "\0" in name:
            problem = f"{column} {quote_value(name, 80)} has to be a name below the folder of images, without .. in it"
            raise place_error(self.where, problem)
        return name

    def _has(self, name: str) -> bool:
        try:
            self._value(name.removesuffix("?"))
        except UserError:
            return False
        return True

    def _value(self, name: str) -> Any:
        """Return the filled template, or the field; dots lead into nested objects, as in "mturk.caption"."""
        if "{" in name:
            return _HOLE.sub(self._fill, name)
        value: Any = self.fields
        for part in [name] if name in self.fields else name.split("."):
            if not isinstance(value, Mapping) or part not in value:
                there = ", ".join(map(str, value if isinstance(value, Mapping) else self.fields))
                raise place_error(self.where, f"there is no {name}; the fields here are {quote_value(there, 200)}")
            value = value[part]
        return value

    def _fill(self, hole: re.Match[str]) -> str:
        """Return the value for a hole of a template, padded with zeros to the width after its colon."""
        own_name = hole[1] == "file" and not self._has("file")
        value = self.file.stem if own_name else self._value(hole[1])
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise place_error(self.where, f"{hole[1]} has to be text or a number, not {quote_value(value)}")
        return str(value).zfill(int(hole[2] or 0))


def read_records(path: Path, *, needed: Sequence[str] = ()) -> Iterator[TableRecord]:
    """Yield the records of a file, whose ending names its format; `needed` columns are checked in the head of a CSV."""
    kind = _format_ending(path)
    if kind not in READERS:
        raise UserError("PATH", file_label(path), f"the name of the file has to end in {', '.join(READERS)}")
    with _user_errors(path):
        for where, id, value in _read_csv(path, needed) if kind in CSV_ENDINGS else READERS[kind](path):
            where = f"{where} of {file_label(path)}"
            if isinstance(value, list):
                value = {str(place): each for place, each in enumerate(value)}
            if not isinstance(value, Mapping):
                raise place_error(where, f"an object with fields is needed here, not {quote_value(value)}")
            yield TableRecord(file=path, where=where, id=id, fields=value)


def read_captions(path: Path) -> Iterator[str]:
    """Yield the captions of a file, however large: a line of text each, or the column caption, text or TEXT."""
    if _format_ending(path) == ".txt":
        with _user_errors(path), _open_text(path) as file:
            yield from (line.strip() for line in _bounded_lines(file, path) if line.strip())
        return
    for record in read_records(path):
        name = next((name for name in CAPTION_COLUMNS if name in record.fields), None)
        if name is None:
            columns = quote_value(", ".join(map(str, record.fields)), 120)
            raise place_error(
                record.where, f"there is none of the columns {', '.join(CAPTION_COLUMNS)}; the columns are {columns}"
            )
        if isinstance(value := record.fields[name], str) and value.strip():
            yield value


@contextmanager
def _user_errors(path: Path) -> Iterator[None]:
    """Turn the errors of a file that cannot be read into one sentence."""
    try:
        yield
    except UnicodeDecodeError:
        raise place_error(file_label(path), "is not text in UTF-8") from None
    except (OSError, EOFError, zlib.error) as error:
        raise place_error(file_label(path), f"cannot be read ({error})") from None
    except csv.Error as error:
        raise place_error(file_label(path), f"is not CSV ({error})") from None


def place_error(where: str, what: str) -> UserError:
    return UserError(where, NO_VALUE, what)


def file_label(path: Path) -> str:
    return quote_value(str(path), 100)


def find_files(path: Path, patterns: Sequence[str]) -> list[Path]:
    """Return `path` if it is a file, else all that fit the patterns in it; raise `UserError` if there is none."""
    # os.path says no to a name that is too long for a file, where pathlib raises.
    if os.path.isfile(path):
        return [path]
    if not os.path.isdir(path):
        raise UserError("PATH", file_label(path), "there is no such file or folder")
    files = [file for pattern in patterns for file in sorted(path.glob(pattern)) if file.is_file()]
    if not files:
        raise UserError("PATH", file_label(path), f"the folder holds none of {', '.join(patterns)}")
    return list(dict.fromkeys(files))


def first_existing_folder(*folders: Path) -> Path:
    """Return the first of the folders that exists, else the last."""
    return next((folder for folder in folders if os.path.isdir(folder)), folders[-1])


def _format_ending(path: Path) -> str:
    """Return the ending that names the format, without that of a packed file."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


def _open_text(path: Path) -> TextIO:
    open_it = gzip.open if path.name.lower().endswith(".gz") else open
    return cast(TextIO, open_it(path, "rt", encoding="utf-8-sig", newline=""))


def _read_csv(path: Path, needed: Sequence[str] = ()) -> Iterator[RawRecord]:
    csv.field_size_limit(4 * MAX_CAPTION_LETTERS)
    with _open_text(path) as file:
        rows = csv.reader(
            _bounded_lines(file, path), strict=True, delimiter="\t" if _format_ending(path) == ".tsv" else ","
        )
        header = [name.strip() for name in next(rows, [])]
        names = ", ".join(needed) or "your columns"
        if not any(header):
            raise place_error(file_label(path), f"the first line is empty; it has to name the columns {names}")
        missing = [name for name in needed if name not in header and name.split(".")[0] not in header]
        if missing or len(set(header)) != len(header):
            columns = quote_value(", ".join(header), 120)
            raise place_error(
                file_label(path), f"the columns are {columns}; needed are {names}, each once and with commas between"
            )
        for row in filter(None, rows):
            where = f"line {rows.line_num}"
            if len(row) != len(header):
                raise place_error(
                    f"{where} of {file_label(path)}", f"{len(row)} fields, and the header has {len(header)}"
                )
            yield where, str(rows.line_num), dict(zip(header, row, strict=True))


def _bounded_lines(file: TextIO, path: Path) -> Iterator[str]:
    """Yield lines of bounded length, so that one without an end cannot fill the memory."""
    while line := file.readline(MAX_LINE_LETTERS):
        if len(line) == MAX_LINE_LETTERS:
            raise place_error(file_label(path), f"a line has {MAX_LINE_LETTERS:,} letters or more")
        yield line


def _read_json_lines(path: Path) -> Iterator[RawRecord]:
    with _open_text(path) as file:
        for number, line in enumerate(_bounded_lines(file, path), start=1):
            if line.strip():
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError):
                    raise place_error(file_label(path), f"line {number} is not JSON in UTF-8") from None
                yield f"line {number}", str(number - 1), value


def _read_json(path: Path) -> Iterator[RawRecord]:
    if path.stat().st_size > MAX_JSON_BYTES:
        raise place_error(file_label(path), f"the file has more than {MAX_JSON_BYTES // 2**20} MB")
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError):
        raise place_error(file_label(path), "is not JSON in UTF-8, or is cut short") from None
    if not isinstance(values, list | dict):
        raise place_error(
            file_label(path), f"a list of items or an object of items is needed, not {quote_value(values)}"
        )
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        yield f"item {quote_value(str(key), 40)}", str(key), value


def _read_table(path: Path) -> Iterator[RawRecord]:
    import pyarrow as pa

    row = 0
    try:
        for batch in _read_batches(path):
            for start in range(0, batch.num_rows, TABLE_ROWS_AT_ONCE):
                for fields in batch.slice(start, TABLE_ROWS_AT_ONCE).to_pylist():
                    yield f"row {row}", str(row), fields
                    row += 1
    except (pa.ArrowException, OSError) as error:
        raise place_error(
            file_label(path), f"is no {path.suffix[1:]} file, or is damaged ({str(error)[:80]})"
        ) from None


def _read_batches(path: Path) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.suffix.lower() == ".parquet":
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(batch_size=TABLE_ROWS_AT_ONCE)
        return
    with pa.memory_map(str(path)) as mapped:
        try:  # the library datasets writes streams
            batches: Any = pa.ipc.open_stream(mapped)
        except pa.ArrowInvalid:
            mapped.seek(0)
            opened = pa.ipc.open_file(mapped)
            batches = (opened.get_batch(index) for index in range(opened.num_record_batches))
        yield from batches


READERS: Mapping[str, Callable[[Path], Iterator[RawRecord]]] = {
    **dict.fromkeys(CSV_ENDINGS, _read_csv),
    ".json": _read_json,
    **dict.fromkeys((".jsonl", ".ndjson"), _read_json_lines),
    **dict.fromkeys((".parquet", ".arrow"), _read_table),
}


def in_blocks(things: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield lists of `size` elements, the last one shorter."""
    iterator = iter(things)
    while block := list(islice(iterator, size)):
        yield block


def find_picture(name: str, folder: str | Path) -> str | None:
    """Return the file of a picture below the folder, by its path or a shorter end of it; None if there is none."""
    parts = name.split("/")
    tails = ("/".join(parts[start:]) for start in range(len(parts)))
    places = (os.path.join(folder, tail + ending) for tail in tails for ending in PICTURE_ENDINGS)
    return next((place for place in places if os.path.isfile(place)), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """Columns of each part of an item; see the module.

    Attributes:
        image: The picture: a name below the folder of pictures, or the bytes of a file.
        caption: Captions that are true of it.
        negative: Captions that are wrong.
        negative_image: The picture that `negative` is true of. Several columns give an item each.
        options: All captions of a choice instead of `caption` and `negative`.
        answer: The number of the right option, from 0; without it the first is right.
        group: The subset of the item. Several columns are joined by "_".
        box: Left, top, width and height of the part of the picture to look at, in pixels.
        at_least: A column of numbers and the smallest that is kept, with ">=" between.
        next_row: Every two rows are one item; "next.COLUMN" is a column of the second.
    """

    image: str = ""
    caption: str = ""
    negative: str = ""
    negative_image: str = ""
    options: str = ""
    answer: str = ""
    group: str = ""
    box: str = ""
    at_least: str = ""
    next_row: bool = False

    def needed_columns(self) -> tuple[str, ...]:
        """Return the plain columns that a CSV must have; alternatives and templates are checked row by row."""
        specs = (self.image, self.caption, self.negative, self.negative_image, self.options, self.answer, self.group)
        names = (name for spec in specs for name in spec.split("+"))
        return tuple(dict.fromkeys(name for name in names if name and not set("{|?") & set(name)))

    def keeps(self, record: TableRecord) -> bool:
        """Return True if the record reaches the least number that `at_least` asks for."""
        column, _, least = self.at_least.partition(">=")
        return not column or record.number(column.strip()) >= float(least)


COLUMN_KEYS = tuple(each.name for each in fields(Columns) if each.name not in ("box", "at_least", "next_row"))


def parse_columns(text: str) -> Columns:
    """Parse the option `--columns`; raise `UserError` if a part is unknown or missing."""
    chosen: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, column = (piece.strip() for piece in part.partition("="))
        if not equals or not column or name not in COLUMN_KEYS or name in chosen:
            choices = ", ".join(COLUMN_KEYS)
            reason = f"is not one of {choices}, each once with = and a column, as in {COLUMNS_EXAMPLE}"
            raise UserError("--columns", text, f"{quote_value(part)} {reason}")
        chosen[name] = column
    has_pair = "caption" in chosen and "negative" in chosen
    if "image" not in chosen or has_pair == ("options" in chosen):
        raise UserError("--columns", text, "image is needed, and either caption and negative, or options")
    if "answer" in chosen and "options" not in chosen:
        raise UserError("--columns", text, "answer is the number of the right one of options, which are missing")
    if "negative_image" in chosen and ((has_pair and "+" in chosen["caption"] + chosen["negative"]) or not has_pair):
        raise UserError("--columns", text, "with negative_image there is one caption and one negative")
    return replace(Columns(), **chosen)


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The files, the folder of the pictures, and the columns.

    `notes` list what is missing or left out; `skipped` counts the items that the last reading left out, by reason.
    """

    files: tuple[Path, ...]
    images: Path
    columns: Columns
    notes: tuple[str, ...] = ()
    skipped: Counter[str] = field(default_factory=Counter)

    def all_notes(self) -> list[str]:
        """Return the notes, with the items that the last reading left out."""
        return [*self.notes, *(f"{count} items {reason} and are left out." for reason, count in self.skipped.items())]

    def items(self) -> Iterator[Item]:
        """Read the items of all files."""
        self.skipped.clear()
        for file in self.files:
            records, columns = read_records(file, needed=self.columns.needed_columns()), self.columns
            for record in _merge_pairs(records, file) if columns.next_row else records:
                if not columns.keeps(record):
                    continue
                if columns.negative in record.fields and record.fields[columns.negative] is None:
                    self.skipped["have no negative caption"] += 1
                    continue
                own_id = record.fields.get("id")
                id = str(own_id if isinstance(own_id, str | int) else record.id)
                yield from _make_items(record, f"{file.stem}/{id}" if len(self.files) > 1 else id, columns)


def open_table(files: Sequence[Path], columns: Columns, *, images: Path, notes: tuple[str, ...] = ()) -> Source:
    """Return the source of these files; `at_least` is counted at once, for a note."""
    if columns.at_least:
        is_kept = [columns.keeps(record) for file in files for record in read_records(file)]
        left_out = len(is_kept) - sum(is_kept)
        why = f"the authors count only those with {columns.at_least}"
        notes += (f"{left_out} of {len(is_kept)} items are left out: {why}.",) * bool(left_out)
    return Source(files=tuple(files), images=images, columns=columns, notes=notes)


def _merge_pairs(records: Iterator[TableRecord], file: Path) -> Iterator[TableRecord]:
    """Make one record of every two; the fields of the second are those of its field "next"."""
    for pair in in_blocks(records, 2):
        if len(pair) == 1:
            raise place_error(
                pair[0].where, f"it has no second row to go with; {file_label(file)} holds two rows per item"
            )
        yield replace(pair[0], fields={**pair[0].fields, "next": pair[1].fields})


def _make_items(record: TableRecord, id: str, columns: Columns) -> Iterator[Item]:
    captions, right = _item_captions(record, columns)
    group = "_".join(record.texts(columns.group)) if columns.group else ""
    first = record.picture(columns.image, columns.box)
    if not columns.negative_image:
        yield Item(id=id, pictures=(first,), captions=captions, right=right, group=group or None)
        return
    if len(captions) != 2:
        raise place_error(record.where, f"an item of two pictures has two captions, not {len(captions)}")
    specs = record.first(columns.negative_image).split("+")
    for place, spec in enumerate(specs):
        of_row = f"{id}/{place}" if len(specs) > 1 else id
        pictures = (first, record.picture(spec, columns.box))
        yield Item(id=of_row, pictures=pictures, captions=captions, group=group or None)


def _item_captions(record: TableRecord, columns: Columns) -> tuple[tuple[str, ...], int]:
    """Return the captions of an item, the right ones first, and how many are right."""
    if columns.options:
        options = record.texts(columns.options)
        answer = record.whole(columns.answer, len(options)) if columns.answer else 0
        captions, right = [options[answer], *options[:answer], *options[answer + 1 :]], 1
    else:
        true, wrong = record.texts(columns.caption), record.texts(columns.negative)
        captions, right = true + wrong, len(true)
    if not 1 <= right < len(captions) <= MAX_ITEM_CAPTIONS:
        counts = f"{right} right and {len(captions) - right} wrong captions"
        raise place_error(
            record.where, f"an item needs a right and a wrong caption, {MAX_ITEM_CAPTIONS} at most: {counts}"
        )
    return tuple(captions), right


def check_columns(path: Path, columns: str | None) -> Columns:
    """Parse `--columns`; without it, raise `UserError` with the columns that the file has."""
    if columns is None:
        names = quote_value(", ".join(next((record.fields for record in read_records(path)), {})), 200)
        raise UserError(
            "--columns", NO_VALUE, f"say which column is which, as in {COLUMNS_EXAMPLE}; {file_label(path)} has {names}"
        )
    return parse_columns(columns)
