"""Winoground (Thrush et al., 2022): two pictures and two captions of the same words per item.

    examples.jsonl: {"id": 0, "image_0": "ex_0_img_0", "image_1": "ex_0_img_1", "caption_0": "...", "caption_1": "...",
                     "tag": "...", "secondary_tag": "...", "num_main_preds": 1, "collapsed_tag": "Object"}

PATH is the folder that holds examples.jsonl and images (or data/ with both), or that file, or the Hub's Parquet or
Arrow files with the same columns, which contain the pictures. The group of an item is its collapsed_tag.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from explorer.evaluation.benchmarks.hub_tables import open_tables, table_files
from explorer.evaluation.benchmarks.items import Item, Picture, Source
from explorer.evaluation.benchmarks.reading import (
    fault,
    find_file,
    first_folder,
    label,
    picture_name,
    record_of,
    text,
)

MOST_LETTERS_A_LINE = 100_000


def open_winoground(path: Path) -> Source:
    """Open the form that exists as a source."""
    if tables := table_files(path, split="test"):
        return open_tables(tables, numbers=("0", "1"), group=_group)
    file = find_file(path, ("examples.jsonl", "data/examples.jsonl"))
    return Source(files=(file,), images=first_folder(file.parent / "images", file.parent), items=lambda: _items(file))


def _items(file: Path) -> Iterator[Item]:
    for line, record in _records(file):
        where = f"line {line} of {label(file)}"
        yield Item(
            id=str(record.get("id", line - 1)),
            pictures=tuple(Picture(name=picture_name(record, f"image_{k}", where)) for k in "01"),
            captions=(text(record, "caption_0", where), text(record, "caption_1", where)),
            group=_group(record),
        )


def _records(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    line = 0
    try:
        with file.open(encoding="utf-8-sig") as lines:
            while words := lines.readline(MOST_LETTERS_A_LINE):
                line += 1
                if words.strip():
                    yield line, record_of(json.loads(words), f"line {line} of {label(file)}")
    except OSError as error:
        raise fault(label(file), f"cannot be read ({error.strerror})") from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise fault(label(file), f"line {line} is not JSON in UTF-8") from None


def _group(record: Mapping[str, Any]) -> str | None:
    tag = record.get("collapsed_tag")
    return tag if isinstance(tag, str) and tag else None
