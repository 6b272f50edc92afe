"""Captions of a person's own file: their texts, or rows with the objects of the pictures.

    rows = read_caption_rows(content, "captions.csv", max_rows=100_000)
    rows[0].caption, rows[0].objects          # "a red bus", (PictureObject(noun="bus", area=676.0), ...) or None
    find_caption_file(Path("photos"))         # photos/metadata.jsonl, if that is an imagefolder with captions
    next(read_captions(Path("cc3m.tsv")))     # the texts alone, however many

    caption,objects,boxes
    a red bus and a car,"[""bus"", ""car""]","[[2, 35, 26, 26], [30, 4, 20, 20]]"

The file is any of `explorer.tables`, with a column caption or text. In JSON, as Hugging Face's imagefolder has them,
`objects` may also be a list of {"noun", "box" or "area"}, or {"bbox", "categories"}. A box is left, top, width, height.
Each fault is one `UserError` that names the line.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.tables import TableRow, file_label, read_table, read_upload, table_ending

MAX_FILE_BYTES, MAX_FILE_ROWS = CONTRACT.file_bytes.captions, 100_000
MAX_ROW_OBJECTS, LONGEST_NOUN = 100, 100
"""Objects of a row, and characters of the word of one: every ending of it is compared with the caption."""
CAPTION_KEYS = ("caption", "text")
IMAGE_KEYS = ("image", "image_id", "file_name")
NOUN_KEYS = ("noun", "name", "category", "label")
READ_COLUMNS = (*CAPTION_KEYS, *IMAGE_KEYS, "objects", "boxes")


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
        ending = table_ending(path.name)
        is_of_scenes = ending == ".parquet" and _is_of_scenes(path)
        return path if ending and not is_of_scenes else None
    lines, table = path / "metadata.jsonl", path / "metadata.csv"
    if os.path.isfile(lines):
        return None if _is_of_scenes(lines) else lines
    return table if os.path.isfile(table) else None


def _is_of_scenes(file: Path) -> bool:
    first = next(read_table(file, only=("mentioned",)), None)
    return first is not None and "mentioned" in first.fields


def read_captions(path: Path) -> Iterator[str]:
    """Yield the captions of a file, however large, without those that are empty."""
    for row in read_table(path, needed=("|".join(CAPTION_KEYS),), only=CAPTION_KEYS):
        caption = _first_value(_fields_of(row), CAPTION_KEYS)
        if isinstance(caption, str):
            yield caption.strip()


def read_caption_file(path: Path, *, otherwise: str = "") -> list[CaptionRow]:
    """Read the rows of a file that a user named; `otherwise` is the ending whose format an unknown one has."""
    rows = read_table(
        path,
        needed=("|".join(CAPTION_KEYS),),
        only=READ_COLUMNS,
        max_bytes=MAX_FILE_BYTES,
        otherwise=otherwise,
    )
    return _collect(rows, file_label(path), MAX_FILE_ROWS)


def read_caption_rows(content: bytes, name: str, *, max_rows: int) -> list[CaptionRow]:
    """Read the rows of a text that was sent as a file called `name`."""
    rows = read_upload(content, name, needed=("|".join(CAPTION_KEYS),), max_bytes=MAX_FILE_BYTES)
    return _collect(rows, quote_value(name, 100), max_rows)


def _collect(read: Iterable[TableRow], label: str, max_rows: int) -> list[CaptionRow]:
    rows: list[CaptionRow] = []
    for row in read:
        if len(rows) == max_rows:
            raise UserError(label, NO_VALUE, "has more than {most} rows, give a part of it", most=f"{max_rows:,}")
        rows.append(_make_row(row))
    if not rows:
        raise UserError(label, NO_VALUE, "holds no caption, give one a line below the header")
    return rows


def _make_row(row: TableRow) -> CaptionRow:
    fields = _fields_of(row)
    caption = _first_value(fields, CAPTION_KEYS, "")
    if not isinstance(caption, str):
        raise row.error("caption has to be text, not {given}", given=quote_value(caption))
    image = next((str(fields[name])[:200] for name in IMAGE_KEYS if isinstance(fields.get(name), str | int)), None)
    return CaptionRow(
        line=row.number, caption=" ".join(caption.split()), objects=_read_objects(fields, row), image=image
    )


def _fields_of(row: TableRow) -> dict[str, Any]:
    """Return the fields by names in lower case, without those that are blank."""
    return {
        name.lower(): value for name, value in row.fields.items() if not (isinstance(value, str) and not value.strip())
    }


def _read_objects(fields: Mapping[str, Any], row: TableRow) -> tuple[PictureObject, ...] | None:
    objects, boxes = (_parse_field(fields.get(name), name, row) for name in ("objects", "boxes"))
    if isinstance(objects, dict):  # Hugging Face's form, {"bbox": [...], "categories": [...]}
        boxes, objects = objects.get("bbox", boxes), _first_value(objects, ("categories", *NOUN_KEYS))
        if objects is None:
            raise row.error("objects name no categories, give a word for each")
    if objects is None:
        if boxes is not None:
            raise row.error("boxes without objects, say what is in each")
        return None
    if not isinstance(objects, list) or len(objects) > MAX_ROW_OBJECTS:
        raise row.error("objects have to be a list of at most {most}", most=MAX_ROW_OBJECTS)
    if boxes is not None and (not isinstance(boxes, list) or len(boxes) != len(objects)):
        raise row.error("boxes have to be a list as long as objects")
    return tuple(_read_object(each, boxes[index] if boxes else None, row) for index, each in enumerate(objects))


def _parse_field(value: Any, name: str, row: TableRow) -> Any:
    """Return a field, or the JSON in it if it is text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise row.error("{name} has to be JSON, not {given}", name=name, given=quote_value(value)) from None


def _read_object(value: Any, box: Any, row: TableRow) -> PictureObject:
    record = value if isinstance(value, dict) else {"noun": value}
    noun = _first_value(record, NOUN_KEYS)
    if not isinstance(noun, str) or not noun.strip():
        raise row.error("each object has to be a word, or have a noun, not {given}", given=quote_value(value))
    if len(noun) > LONGEST_NOUN:
        wanted = "the word of an object has at most {most} characters, not {found}"
        raise row.error(wanted, most=LONGEST_NOUN, found=len(noun))
    box = _first_value(record, ("box", "bbox"), box)
    is_box = isinstance(box, list) and len(box) == 4 and all(map(_is_number, box)) and min(box[2:]) > 0
    if box is not None and not is_box:
        raise row.error("a box is [left, top, width, height] in numbers, not {given}", given=quote_value(box))
    area = record.get("area", box and box[2] * box[3])
    if area is not None and (not _is_number(area) or area <= 0):
        raise row.error("an area has to be a number above 0, not {given}", given=quote_value(area))
    return PictureObject(noun=" ".join(noun.split()), area=None if area is None else float(area))


def _first_value(record: Mapping[str, Any], names: tuple[str, ...], otherwise: Any = None) -> Any:
    """Return the value of the first of these names that the record has."""
    return next((record[name] for name in names if name in record), otherwise)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
