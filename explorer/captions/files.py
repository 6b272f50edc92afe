"""Reader of a file of captions, CSV, JSON lines or text: rows with a caption and optional objects of its picture.

    rows = read_caption_rows(content, "captions.csv", most_rows=100_000)
    find_caption_file(Path("photos"))         # photos/metadata.jsonl, if that is an imagefolder with captions
    rows[0].caption, rows[0].objects          # "a red bus", (PictureObject(noun="bus", area=676.0), ...) or None

    caption,objects,boxes
    a red bus and a car,"[""bus"", ""car""]","[[2, 35, 26, 26], [30, 4, 20, 20]]"

In JSON lines, as Hugging Face's imagefolder has them, `objects` may also be a list of {"noun", "box" or "area"}, or
{"bbox", "categories"}. A box is left, top, width, height. A text file has a caption a line. Each fault is one
`UserError` that names the line.
"""

import csv
import gzip
import io
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.errors import NO_VALUE, UserError, quote_value

MAX_FILE_BYTES, MAX_FILE_ROWS = 10_000_000, 100_000
MAX_ROW_OBJECTS = 100
CAPTION_KEYS = ("caption", "text")
IMAGE_KEYS = ("image", "image_id", "file_name")
NOUN_KEYS = ("noun", "name", "category", "label")
CAPTION_FILE_ENDINGS = (".csv", ".jsonl", ".txt")
PACKED_ENDINGS = tuple(f"{ending}.gz" for ending in CAPTION_FILE_ENDINGS)
FileRecord = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureObject:
    """An object of a picture; area in any unit, None if it is unknown."""

    noun: str
    area: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptionRow:
    """A caption with its line; objects and image, the picture's name or number, are None if the file does not say."""

    line: int
    caption: str
    objects: tuple[PictureObject, ...] | None
    image: str | None = None


def find_caption_file(path: Path) -> Path | None:
    """Return the file of a user's own captions: `path`, or the metadata of an imagefolder that is not of `scenes`.

    None if it is neither; every line of `scenes` states which objects are mentioned.
    """
    if os.path.isfile(path):
        return path if path.name.lower().endswith((*CAPTION_FILE_ENDINGS, *PACKED_ENDINGS)) else None
    lines, table = path / "metadata.jsonl", path / "metadata.csv"
    if not os.path.isfile(lines):
        return table if os.path.isfile(table) else None
    try:
        with lines.open("rb") as file:
            first = json.loads(file.readline(MAX_FILE_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    return lines if isinstance(first, dict) and "caption" in first and "mentioned" not in first else None


def read_caption_file(path: Path, *, name: str = "") -> list[CaptionRow]:
    """Read the rows of a file that a user named on the command line; `name` is what it is read as, else its own."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UserError("file", path, "cannot be read ({problem})", problem=error.strerror) from None
    return read_caption_rows(content, name or path.name, most_rows=MAX_FILE_ROWS)


def read_caption_rows(content: bytes, name: str, *, most_rows: int) -> list[CaptionRow]:
    """Read the rows of a file called `name`, which ends in one of `CAPTION_FILE_ENDINGS` or `PACKED_ENDINGS`."""
    where, ending = quote_value(name, 80), name.lower()
    if not ending.endswith((*CAPTION_FILE_ENDINGS, *PACKED_ENDINGS)):
        raise UserError(
            where,
            NO_VALUE,
            "give a file that ends in {endings}",
            endings=" or ".join((*CAPTION_FILE_ENDINGS, *PACKED_ENDINGS)),
        )
    if ending.endswith(".gz"):
        content, ending = _unpack(content, where), ending.removesuffix(".gz")
    if len(content) > MAX_FILE_BYTES:
        raise UserError(where, NO_VALUE, "has more than {most} MB, give a part of it", most=MAX_FILE_BYTES // 1000000)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(where, NO_VALUE, "is not text in UTF-8, see line {line}", line=line) from None
    records = _read_csv if ending.endswith(".csv") else _read_text if ending.endswith(".txt") else _read_json_lines
    rows: list[CaptionRow] = []
    for line, record in records(text, where):
        if len(rows) == most_rows:
            raise UserError(where, NO_VALUE, "has more than {most} rows, give a part of it", most=f"{most_rows:,}")
        rows.append(_make_row(record, line, f"line {line} of {where}"))
    if not rows:
        raise UserError(where, NO_VALUE, "holds no caption, give one a line below the header")
    return rows


def _unpack(content: bytes, where: str) -> bytes:
    """Unpack at most `MAX_FILE_BYTES` and one of a gzip file."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            return file.read(MAX_FILE_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise UserError(where, NO_VALUE, "cannot be unpacked, it is damaged or no gzip file") from None


def _read_csv(text: str, where: str) -> Iterator[tuple[int, FileRecord]]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        if not any(name in header for name in CAPTION_KEYS) or len(set(header)) != len(header):
            columns = quote_value(", ".join(header), 80) or "none"
            raise UserError(
                where, NO_VALUE, "its columns are {columns}; needed is caption, each column once", columns=columns
            )
        for row in filter(None, rows):
            if len(row) != len(header):
                wrong = "{found} fields, and the header has {needed}"
                line = f"line {rows.line_num} of {where}"
                raise UserError(line, NO_VALUE, wrong, found=len(row), needed=len(header))
            yield rows.line_num, {key: value for key, value in zip(header, row, strict=True) if value.strip()}
    except csv.Error as error:
        raise UserError(
            where, NO_VALUE, "is not CSV, see line {line} ({problem})", line=rows.line_num, problem=error
        ) from None


def _read_text(text: str, _where: str) -> Iterator[tuple[int, FileRecord]]:
    for line, caption in enumerate(text.removesuffix("\n").split("\n") if text else (), start=1):
        yield line, {"caption": caption}


def _read_json_lines(text: str, where: str) -> Iterator[tuple[int, FileRecord]]:
    for line, words in enumerate(text.split("\n"), start=1):
        if not words.strip():
            continue
        try:
            record = json.loads(words)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            raise UserError(f"line {line} of {where}", NO_VALUE, "is no JSON object")
        yield line, record


def _make_row(record: FileRecord, line: int, where: str) -> CaptionRow:
    caption = _first_value(record, CAPTION_KEYS, "")
    if not isinstance(caption, str):
        raise UserError(where, NO_VALUE, "caption has to be text, not {given}", given=quote_value(caption))
    image = next((str(record[name])[:200] for name in IMAGE_KEYS if isinstance(record.get(name), str | int)), None)
    return CaptionRow(line=line, caption=" ".join(caption.split()), objects=_read_objects(record, where), image=image)


def _read_objects(record: FileRecord, where: str) -> tuple[PictureObject, ...] | None:
    objects, boxes = (_parse_field(record.get(name), name, where) for name in ("objects", "boxes"))
    if isinstance(objects, dict):  # Hugging Face's form, {"bbox": [...], "categories": [...]}
        boxes, objects = objects.get("bbox", boxes), _first_value(objects, ("categories", *NOUN_KEYS))
        if objects is None:
            raise UserError(where, NO_VALUE, "objects name no categories, give a word for each")
    if objects is None:
        if boxes is not None:
            raise UserError(where, NO_VALUE, "boxes without objects, say what is in each")
        return None
    if not isinstance(objects, list) or len(objects) > MAX_ROW_OBJECTS:
        raise UserError(where, NO_VALUE, "objects have to be a list of at most {most}", most=MAX_ROW_OBJECTS)
    if boxes is not None and (not isinstance(boxes, list) or len(boxes) != len(objects)):
        raise UserError(where, NO_VALUE, "boxes have to be a list as long as objects")
    return tuple(_read_object(each, boxes[place] if boxes else None, where) for place, each in enumerate(objects))


def _parse_field(value: Any, name: str, where: str) -> Any:
    """Return a field, or the JSON in it if it is text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise UserError(
            where, NO_VALUE, "{name} has to be JSON, not {given}", name=name, given=quote_value(value)
        ) from None


def _read_object(value: Any, box: Any, where: str) -> PictureObject:
    record = value if isinstance(value, dict) else {"noun": value}
    noun = _first_value(record, NOUN_KEYS)
    if not isinstance(noun, str) or not noun.strip():
        raise UserError(
            where, NO_VALUE, "each object has to be a word, or have a noun, not {given}", given=quote_value(value)
        )
    box = _first_value(record, ("box", "bbox"), box)
    is_box = isinstance(box, list) and len(box) == 4 and all(map(_is_number, box)) and min(box[2:]) > 0
    if box is not None and not is_box:
        raise UserError(
            where, NO_VALUE, "a box is [left, top, width, height] in numbers, not {given}", given=quote_value(box)
        )
    area = record.get("area", box and box[2] * box[3])
    if area is not None and (not _is_number(area) or area <= 0):
        raise UserError(where, NO_VALUE, "an area has to be a number above 0, not {given}", given=quote_value(area))
    return PictureObject(noun=" ".join(noun.split()), area=None if area is None else float(area))


def _first_value(record: FileRecord, names: tuple[str, ...], otherwise: Any = None) -> Any:
    """Return the value of the first of these names that the record has."""
    return next((record[name] for name in names if name in record), otherwise)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
