"""The columns of a table that make an item, and the cells that a text which names columns finds in a record.

    columns = parse_columns("image=filename,caption=caption+caption2,negative=negative_caption,group=type")
    record.texts(columns.caption)        # ["a red bus", "a bus that is red"]

A column is named by its header, by its place in a record that is a list ("0"), or by a path into nested objects
("mturk.caption"). `a+b` are several columns, `a|b` is the first that exists, and a text with braces is a template:
"val2017/{id:012}.jpg". `{file}` is the name of the file without its ending. A column may hold a list of captions.
"""

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.tables import TableRow, file_label, read_table

MAX_CAPTION_LETTERS = 10_000
MAX_DIGITS = 9
"""Digits of a number: as many as an edge of a box in pixels can have."""
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
class TableRecord:
    """A row of a file, whose cells are asked for by texts that name columns; see the module.

    A cell that is not as it has to be raises `UserError`.
    """

    file: Path
    row: TableRow

    @property
    def fields(self) -> Mapping[str, Any]:
        """Values of the row by column; those of CSV are text."""
        return self.row.fields

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
        if isinstance(value, bool) or not digits.isdecimal() or len(digits) > MAX_DIGITS or int(digits) >= count:
            raise self.row.error(f"{name} has to be a number from 0 to {count - 1}, not {quote_value(value)}")
        return int(digits)

    def number(self, name: str) -> float:
        """Return the number in a column; a CSV has it as text."""
        value = self._value(name)
        if isinstance(value, str):
            with suppress(ValueError):
                value = float(value)
        is_number = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
        if isinstance(value, bool) or not is_number:
            raise self.row.error(f"{name} has to be a number, not {quote_value(value)}")
        if abs(value) >= 10**MAX_DIGITS:
            raise self.row.error(f"{name} has to be a number of at most {MAX_DIGITS} digits, not {quote_value(value)}")
        return float(value)

    def picture(self, spec: str, box: str) -> Picture:
        """Return the picture in a column: a name, bytes, or the Hub's feature Image, {"bytes", "path"}."""
        chosen = self.first(spec)
        value = self._value(chosen)
        path, content = (value.get("path"), value.get("bytes")) if isinstance(value, Mapping) else (None, value)
        edges = self._edges(box) if box else None
        if isinstance(content, bytes):
            name = path if isinstance(path, str) else f"{chosen} of {self.row.where}"
            return Picture(name=name, content=content, box=edges)
        if isinstance(value, Mapping | list):
            raise self.row.error(f"{chosen} has to hold the name or the bytes of a picture")
        return Picture(name=self._picture_name(value, chosen), box=edges)

    def _edges(self, box: str) -> tuple[float, float, float, float]:
        x, y, width, height = map(self.number, box.split("+"))
        if width <= 0 or height <= 0:
            raise self.row.error(f"the box is {width:g} wide and {height:g} high, and has to be larger than nothing")
        return x, y, x + width, y + height

    def _text(self, value: Any, name: str) -> str:
        """Return `value` if it is text that is neither empty nor endless."""
        if not isinstance(value, str) or not value.strip():
            raise self.row.error(f"{name} has to be text, not {quote_value(value) if value != '' else 'empty'}")
        if len(value) > MAX_CAPTION_LETTERS:
            raise self.row.error(f"{name} has more than {MAX_CAPTION_LETTERS:,} letters")
        return value

    def _picture_name(self, value: Any, column: str) -> str:
        """Return a name, which must stay below the folder of pictures. Of an address the scheme is cut off."""
        name = self._text(value, column).removeprefix("https://").removeprefix("http://")
        parts = name.replace("\\", "/").split("/")
        if not parts[0] or ".." in parts or ":" in parts[0] or "\0" in name:
            problem = f"{column} {quote_value(name, 80)} has to be a name below the folder of images, without .. in it"
            raise self.row.error(problem)
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
                raise self.row.error(f"there is no {name}; the fields here are {quote_value(there, 200)}")
            value = value[part]
        return value

    def _fill(self, hole: re.Match[str]) -> str:
        """Return the value for a hole of a template, padded with zeros to the width after its colon."""
        own_name = hole[1] == "file" and not self._has("file")
        value = self.file.stem if own_name else self._value(hole[1])
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.row.error(f"{hole[1]} has to be text or a number, not {quote_value(value)}")
        return str(value).zfill(int(hole[2] or 0))


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


def check_columns(path: Path, columns: str | None) -> Columns:
    """Parse `--columns`; without it, raise `UserError` with the columns that the file has."""
    if columns is None:
        names = quote_value(", ".join(next((row.fields for row in read_table(path)), {})), 200)
        raise UserError(
            "--columns", NO_VALUE, f"say which column is which, as in {COLUMNS_EXAMPLE}; {file_label(path)} has {names}"
        )
    return parse_columns(columns)
