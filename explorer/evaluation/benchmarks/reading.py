"""Items of a benchmark from any file of a user, with one sentence for each possible fault.

    source = open_table((Path("items.json"),), columns, images=Path("val2017"))
    next(source.items())     # Item(pictures=(Picture(name="000000289393.jpg"),), captions=(..., ..., ...), right=2)

A `Source` reads its items again on each call, so that they are never in memory as a whole. `columns.py` says what a
column is.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.evaluation.benchmarks.columns import Columns, Picture, TableRecord
from explorer.tables import file_label, read_table

PICTURE_ENDINGS = ("", ".png", ".jpg", ".jpeg")  # of a name that has none of its own, as Winoground's
MAX_ITEM_CAPTIONS = 32


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


def get_files(path: Path, patterns: Sequence[str]) -> list[Path]:
    """Return `path` if it is a file, else all that fit the patterns in it; raise `UserError` if there is none."""
    # os.path says no to a name that is too long for a file, where pathlib raises.
    if os.path.isfile(path):
        return [path]
    if not os.path.isdir(path):
        raise UserError("PATH", path, "there is no such file or folder")
    files = [file for pattern in patterns for file in sorted(path.glob(pattern)) if file.is_file()]
    if not files:
        raise UserError("PATH", path, f"the folder holds none of {', '.join(patterns)}")
    return list(dict.fromkeys(files))


def first_existing_folder(*folders: Path) -> Path:
    """Return the first of the folders that exists, else the last."""
    return next((folder for folder in folders if os.path.isdir(folder)), folders[-1])


def in_blocks(things: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield lists of `size` elements, the last one shorter."""
    iterator = iter(things)
    while block := list(islice(iterator, size)):
        yield block


def find_picture(name: str, folder: str | Path) -> str | None:
    """Return the file of a picture below the folder, by its path or a shorter end of it; None if there is none."""
    parts = name.split("/")
    tails = ("/".join(parts[start:]) for start in range(len(parts)))
    paths = (os.path.join(folder, tail + ending) for tail in tails for ending in PICTURE_ENDINGS)
    return next((path for path in paths if os.path.isfile(path)), None)


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
            columns = self.columns
            rows = read_table(file, needed=columns.needed_columns())
            records = (TableRecord(file=file, row=row) for row in rows)
            for record in _merge_pairs(records, file) if columns.next_row else records:
                if not columns.keeps(record):
                    continue
                if columns.negative in record.fields and record.fields[columns.negative] is None:
                    self.skipped["have no negative caption"] += 1
                    continue
                own_id = record.fields.get("id")
                id = str(own_id if isinstance(own_id, str | int) else record.row.id)
                yield from _make_items(record, f"{file.stem}/{id}" if len(self.files) > 1 else id, columns)


def open_table(files: Sequence[Path], columns: Columns, *, images: Path, notes: tuple[str, ...] = ()) -> Source:
    """Return the source of these files; `at_least` is counted at once, for a note."""
    if columns.at_least:
        is_kept = [columns.keeps(TableRecord(file=file, row=row)) for file in files for row in read_table(file)]
        left_out = len(is_kept) - sum(is_kept)
        why = f"the authors count only those with {columns.at_least}"
        if left_out:
            notes += (f"{left_out} of {len(is_kept)} items are left out: {why}.",)
    return Source(files=tuple(files), images=images, columns=columns, notes=notes)


def _merge_pairs(records: Iterator[TableRecord], file: Path) -> Iterator[TableRecord]:
    """Make one record of every two; the fields of the second are those of its field "next"."""
    for pair in in_blocks(records, 2):
        if len(pair) == 1:
            raise pair[0].row.error(f"it has no second row to go with; {file_label(file)} holds two rows per item")
        first, second = pair[0].row, pair[1].row
        yield TableRecord(file=file, row=replace(first, fields={**first.fields, "next": second.fields}))


def _make_items(record: TableRecord, id: str, columns: Columns) -> Iterator[Item]:
    captions, right = _item_captions(record, columns)
    group = "_".join(record.texts(columns.group)) if columns.group else ""
    first = record.picture(columns.image, columns.box)
    if not columns.negative_image:
        yield Item(id=id, pictures=(first,), captions=captions, right=right, group=group or None)
        return
    if len(captions) != 2:
        raise record.row.error(f"an item of two pictures has two captions, not {len(captions)}")
    specs = record.first(columns.negative_image).split("+")
    for index, spec in enumerate(specs):
        of_row = f"{id}/{index}" if len(specs) > 1 else id
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
        raise record.row.error(f"an item needs a right and a wrong caption, {MAX_ITEM_CAPTIONS} at most: {counts}")
    return tuple(captions), right
