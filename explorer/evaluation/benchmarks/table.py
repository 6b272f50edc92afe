"""Columns of any table as items of a benchmark.

    columns = parse_columns("image=filename,caption=caption+caption2,negative=negative_caption,group=type")
    source = open_table((Path("items.json"),), columns, images=Path("val2017"))
    next(source.items())     # Item(pictures=(Picture(name="000000289393.jpg"),), captions=(..., ..., ...), right=2)

A column is named by its header, by its place in a record that is a list ("0"), or by a path into nested objects
("mturk.caption"). `a+b` are several columns, `a|b` is the first that exists, and a text with braces is a template:
"val2017/{id:012}.jpg". `{file}` is the name of the file without its ending. A column may hold a list of captions.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.evaluation.benchmarks.index import Item, Picture, Source, blocks
from explorer.evaluation.benchmarks.reading import (
    Record,
    checked_text,
    fault,
    field,
    label,
    number,
    picture_name,
    records,
)

MOST_CAPTIONS = 32
EXAMPLE = "--columns image=COLUMN,caption=COLUMN,negative=COLUMN"
_HOLE = re.compile(r"\{([^{}:]+)(?::(\d{1,3}))?\}")


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

    @property
    def pictures(self) -> int:
        """Number of pictures per item."""
        return 2 if self.negative_image else 1

    def needed(self) -> tuple[str, ...]:
        """Return the plain columns that a CSV must have; alternatives and templates are checked row by row."""
        specs = (self.image, self.caption, self.negative, self.negative_image, self.options, self.answer, self.group)
        names = (name for spec in specs for name in spec.split("+"))
        return tuple(dict.fromkeys(name for name in names if name and not set("{|?") & set(name)))


CHOICES = tuple(each.name for each in fields(Columns) if each.name not in ("box", "at_least", "next_row"))


def parse_columns(text: str) -> Columns:
    """Parse the option `--columns`; raise `UserError` if a part is unknown or missing."""
    chosen: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, column = (piece.strip() for piece in part.partition("="))
        if not equals or not column or name not in CHOICES or name in chosen:
            choices = ", ".join(CHOICES)
            reason = f"{quote_value(part)} is not one of {choices}, each once with = and a column, as in {EXAMPLE}"
            raise UserError("--columns", text, reason)
        chosen[name] = column
    has_pair = "caption" in chosen and "negative" in chosen
    if "image" not in chosen or has_pair == ("options" in chosen):
        raise UserError("--columns", text, "image is needed, and either caption and negative, or options")
    if "answer" in chosen and "options" not in chosen:
        raise UserError("--columns", text, "answer is the number of the right one of options, which are missing")
    if "negative_image" in chosen and ((has_pair and "+" in chosen["caption"] + chosen["negative"]) or not has_pair):
        raise UserError("--columns", text, "with negative_image there is one caption and one negative")
    return replace(Columns(), **chosen)


def open_table(files: Sequence[Path], columns: Columns, *, images: Path, notes: tuple[str, ...] = ()) -> Source:
    """Open files of the same columns as a source."""
    files = tuple(files)
    if columns.at_least:
        kept = [_is_kept(record, columns) for file in files for record in records(file)]
        left_out = len(kept) - sum(kept)
        words = f"{left_out} of {len(kept)} items are left out: the authors count only those with {columns.at_least}."
        notes += (words,) * bool(left_out)
    skipped: Counter[str] = Counter()

    def items() -> Iterator[Item]:
        skipped.clear()
        for file in files:
            yield from _items(file, columns, skipped, several=len(files) > 1)

    return Source(files=files, images=images, items=items, notes=notes, columns=repr(columns), skipped=skipped)


def column_names(path: Path) -> list[str]:
    """Return the columns of the first record, for a sentence."""
    return list(next((record.fields for record in records(path)), {}))


def _items(file: Path, columns: Columns, skipped: Counter[str], *, several: bool) -> Iterator[Item]:
    for record in _merged(records(file, needed=columns.needed()), file, columns):
        if not _is_kept(record, columns):
            continue
        if columns.negative in record.fields and record.fields[columns.negative] is None:
            skipped["have no negative caption"] += 1
            continue
        given = record.fields.get("id")
        id = str(given if isinstance(given, str | int) else record.id)
        yield from _items_of(record, f"{file.stem}/{id}" if several else id, columns, file)


def _merged(found: Iterator[Record], file: Path, columns: Columns) -> Iterator[Record]:
    if not columns.next_row:
        yield from found
        return
    for pair in blocks(found, 2):
        if len(pair) == 1:
            raise fault(pair[0].where, f"it has no second row to go with; {label(file)} holds two rows per item")
        yield Record(where=pair[0].where, id=pair[0].id, fields={**pair[0].fields, "next": pair[1].fields})


def _is_kept(record: Record, columns: Columns) -> bool:
    if not columns.at_least:
        return True
    column, _, least = columns.at_least.partition(">=")
    return number(record.fields, column.strip(), record.where) >= float(least)


def _items_of(record: Record, id: str, columns: Columns, file: Path) -> Iterator[Item]:
    found = _Cells(record=record, file=file)
    captions, right = _captions(found, columns)
    group = "_".join(found.texts(columns.group)) if columns.group else ""
    first = found.picture(columns.image, columns.box)
    if not columns.negative_image:
        yield Item(id=id, pictures=(first,), captions=captions, right=right, group=group or None)
        return
    if len(captions) != 2:
        raise fault(record.where, f"an item of two pictures has two captions, not {len(captions)}")
    specs = found.first(columns.negative_image).split("+")
    for place, spec in enumerate(specs):
        of_row = f"{id}/{place}" if len(specs) > 1 else id
        pictures = (first, found.picture(spec, columns.box))
        yield Item(id=of_row, pictures=pictures, captions=captions, group=group or None)


def _captions(found: "_Cells", columns: Columns) -> tuple[tuple[str, ...], int]:
    """Return the captions of an item, right ones first, and the number of right ones."""
    if columns.options:
        options = found.texts(columns.options)
        answer = found.whole(columns.answer, len(options)) if columns.answer else 0
        captions, right = [options[answer], *options[:answer], *options[answer + 1 :]], 1
    else:
        true, wrong = found.texts(columns.caption), found.texts(columns.negative)
        captions, right = true + wrong, len(true)
    if not 1 <= right < len(captions) <= MOST_CAPTIONS:
        counts = f"{right} right and {len(captions) - right} wrong captions"
        raise fault(found.record.where, f"an item needs a right and a wrong caption, {MOST_CAPTIONS} at most: {counts}")
    return tuple(captions), right


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cells:
    """Cells of one record by the texts that name columns."""

    record: Record
    file: Path

    def first(self, spec: str) -> str:
        """Return the first of alternatives whose columns exist, else the last."""
        choices = spec.split("|")
        return next((each for each in choices if all(map(self._has, each.split("+")))), choices[-1])

    def texts(self, spec: str) -> list[str]:
        """Return the texts of one or more columns; one with "?" at its end may be missing or empty."""
        found: list[str] = []
        for name in self.first(spec).split("+"):
            plain = name.removesuffix("?")
            if name != plain and not (self._has(plain) and self._value(plain)):
                continue
            value = self._value(plain)
            values = value if isinstance(value, list) else [value]
            found += [checked_text(each, plain, self.record.where) for each in values]
        return [text.strip() for text in found] if spec.endswith("?") else found

    def whole(self, spec: str, count: int) -> int:
        """Return the number in a column, from 0 to `count` - 1."""
        value = self._value(spec)
        digits = str(value).removesuffix(".0")
        if isinstance(value, bool) or not digits.isdecimal() or int(digits) >= count:
            raise fault(self.record.where, f"{spec} has to be a number from 0 to {count - 1}, not {quote_value(value)}")
        return int(digits)

    def picture(self, spec: str, box: str) -> Picture:
        """Return the picture in a column: a name, bytes, or the Hub's feature Image, {"bytes", "path"}."""
        chosen, where = self.first(spec), self.record.where
        value = self._value(chosen)
        content = value.get("bytes") if isinstance(value, Mapping) else value
        edges = self._box(box) if box else None
        if isinstance(content, bytes):
            path = value.get("path") if isinstance(value, Mapping) else None
            name = path if isinstance(path, str) else f"{chosen} of {where}"
            return Picture(name=name, content=content, box=edges)
        if isinstance(value, Mapping | list):
            raise fault(where, f"{chosen} has to hold the name or the bytes of a picture")
        return Picture(name=picture_name(value, chosen, where), box=edges)

    def _box(self, spec: str) -> tuple[float, float, float, float]:
        x, y, width, height = (number(self.record.fields, name, self.record.where) for name in spec.split("+"))
        if width <= 0 or height <= 0:
            words = f"the box is {width:g} wide and {height:g} high, and has to be larger than nothing"
            raise fault(self.record.where, words)
        return x, y, x + width, y + height

    def _has(self, name: str) -> bool:
        if "{" in name:
            return all(hole[0] == "file" or self._has(hole[0]) for hole in _HOLE.findall(name))
        try:
            self._value(name.removesuffix("?"))
        except UserError:
            return False
        return True

    def _value(self, name: str) -> Any:
        if "{" in name:
            return _HOLE.sub(self._filled, name)
        return field(self.record.fields, name, self.record.where)

    def _filled(self, hole: re.Match[str]) -> str:
        """Return the value for a hole of a template, padded with zeros to the width after its colon."""
        own_name = hole[1] == "file" and not self._has("file")
        value = self.file.stem if own_name else self._value(hole[1])
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise fault(self.record.where, f"{hole[1]} has to be text or a number, not {quote_value(value)}")
        return str(value).zfill(int(hole[2] or 0))


def check_columns(path: Path, columns: str | None) -> Columns:
    """Parse `--columns`; without it, raise `UserError` with the columns that the file has."""
    if columns is None:
        names = quote_value(", ".join(column_names(path)), 200)
        raise UserError("--columns", NO_VALUE, f"say which column is which, as in {EXAMPLE}; {label(path)} has {names}")
    return parse_columns(columns)
