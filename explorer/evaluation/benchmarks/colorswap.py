"""ColorSwap (Burapacheep et al., 2024): two pictures and two captions that exchange their color words.

    test.json: [{"id": 0, "caption_1": "...", "caption_2": "...", "image_1": "images/img_0_1.png",
                 "image_2": "images/img_0_2.png", "image_source": "midjourney", "caption_source": "human"}, ...]

PATH is the folder that holds test.json (or data/ with it), that file or train.json, or the Hub's Parquet or Arrow
files; only those of the test split are read. The group of an item is its image_source.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from explorer.evaluation.benchmarks.hub_tables import open_tables, table_files
from explorer.evaluation.benchmarks.items import Item, Picture, Source
from explorer.evaluation.benchmarks.reading import (
    fault,
    find_file,
    label,
    picture_name,
    read_json,
    record_of,
    text,
)


def open_colorswap(path: Path) -> Source:
    """Open the form that exists as a source."""
    if tables := table_files(path, split="test"):
        return open_tables(tables, numbers=("1", "2"), group=_group)
    file = find_file(path, ("test.json", "data/test.json"))
    return Source(files=(file,), images=file.parent, items=lambda: _items(file))


def _items(file: Path) -> Iterator[Item]:
    values = read_json(file)
    if not isinstance(values, list):
        raise fault(label(file), "a list of items is needed")
    for index, value in enumerate(values):
        where = f"item {index} of {label(file)}"
        record = record_of(value, where)
        yield Item(
            id=str(record.get("id", index)),
            pictures=tuple(Picture(name=picture_name(record, f"image_{k}", where)) for k in "12"),
            captions=(text(record, "caption_1", where), text(record, "caption_2", where)),
            group=_group(record),
        )


def _group(record: Mapping[str, Any]) -> str | None:
    source = record.get("image_source")
    return source if isinstance(source, str) and source else None
