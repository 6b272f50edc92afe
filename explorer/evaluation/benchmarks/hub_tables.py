"""The Hub's tables of two pictures and two captions per row, as for Winoground and ColorSwap.

table_files(Path("winoground"), split="test")    # its Parquet or Arrow files, none if it has another form
open_tables(files, numbers=("0", "1"), group=...)  # columns image_0, image_1, caption_0, caption_1
"""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from explorer.evaluation.benchmarks.items import Item, Source
from explorer.evaluation.benchmarks.reading import ENDINGS, label, picture, rows, text

Group = Callable[[Mapping[str, Any]], str | None]


def table_files(path: Path, *, split: str) -> tuple[Path, ...]:
    """Return `path` if it is a table, else the tables in it or in its data/.

    If their names contain splits, only those of `split`.
    """
    if os.path.isfile(path):
        return (path,) if path.suffix in ENDINGS else ()
    for folder in (path, path / "data", path / split):
        found = [file for ending in ENDINGS for file in sorted(folder.glob(f"*{ending}")) if file.is_file()]
        if found:
            return tuple([file for file in found if split in file.stem] or found)
    return ()


def open_tables(files: tuple[Path, ...], *, numbers: tuple[str, str], group: Group) -> Source:
    """Open the tables as a source; no folder of images is needed."""
    return Source(files=files, images=files[0].parent, items=lambda: _items(files, numbers, group))


def _items(files: tuple[Path, ...], numbers: tuple[str, str], group: Group) -> Iterator[Item]:
    index = 0
    for file in files:
        for row, record in enumerate(rows(file)):
            where = f"row {row} of {label(file)}"
            first, second = (text(record, f"caption_{k}", where) for k in numbers)
            yield Item(
                id=str(record.get("id", index)),
                pictures=tuple(picture(record, f"image_{k}", where) for k in numbers),
                captions=(first, second),
                group=group(record),
            )
            index += 1
