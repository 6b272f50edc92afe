"""A user's CSV: a picture, its caption, and a wrong caption per line.

    image,caption,negative_caption,group
    bus.jpg,a red bus and a blue car,a blue bus and a red car,color

Source: open_pairs(Path("pairs.csv")).items() -> Item(id="2", pictures=(Picture(name="bus.jpg"),), group="color"); the
id is the number of the line. `group` is optional. Pictures are searched next to the file.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from explorer.errors import shown
from explorer.evaluation.benchmarks.items import Item, Picture, Source
from explorer.evaluation.benchmarks.reading import MOST_LETTERS, fault, find_file, label, picture_name, text

MOST_LETTERS_A_LINE = 1_000_000
NEEDED = ("image", "caption", "negative_caption")


def open_pairs(path: Path) -> Source:
    """Open a CSV file, or pairs.csv in a folder, as a source."""
    file = find_file(path, ("pairs.csv",))
    return Source(files=(file,), images=file.parent, items=lambda: _items(file))


def _items(path: Path) -> Iterator[Item]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _rows(file, path)
    except OSError as error:
        raise fault(label(path), f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise fault(label(path), "is not text in UTF-8") from None
    except csv.Error as error:
        raise fault(label(path), f"is not CSV ({error})") from None


def _rows(file: TextIO, path: Path) -> Iterator[Item]:
    csv.field_size_limit(4 * MOST_LETTERS)
    rows = csv.reader(_lines(file, path), strict=True)
    header = [name.strip() for name in next(rows, [])]
    _check_header(header, path)
    for row in rows:
        where = f"line {rows.line_num} of {label(path)}"
        if not row:
            continue
        if len(row) != len(header):
            raise fault(where, f"{len(row)} fields, and the header has {len(header)}")
        yield _item(dict(zip(header, row, strict=True)), str(rows.line_num), where)


def _lines(file: TextIO, path: Path) -> Iterator[str]:
    """Yield lines of bounded length, so that one without an end cannot fill the memory."""
    while line := file.readline(MOST_LETTERS_A_LINE):
        if len(line) == MOST_LETTERS_A_LINE:
            raise fault(label(path), f"a line has {MOST_LETTERS_A_LINE:,} letters or more")
        yield line


def _item(record: Mapping[str, str], id: str, where: str) -> Item:
    return Item(
        id=id,
        pictures=(Picture(name=picture_name(record, "image", where)),),
        captions=(text(record, "caption", where), text(record, "negative_caption", where)),
        group=record.get("group", "").strip() or None,
    )


def _check_header(header: list[str], path: Path) -> None:
    if not any(header):
        raise fault(label(path), f"the first line is empty; it has to name the columns {', '.join(NEEDED)}")
    missing = [name for name in NEEDED if name not in header]
    if missing or len(set(header)) != len(header):
        raise fault(
            label(path),
            f"the columns are {shown(', '.join(header), 120)}; needed are {', '.join(NEEDED)}"
            " and, if you like, group, each once and with commas between",
        )
