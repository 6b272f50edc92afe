"""Items of a benchmark with what a model answered, as one Parquet file.

write_items(folder / "items.parquet", items, answers)
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from explorer.evaluation.benchmarks.scoring import Answers, Item, blocks, margins, scores, strict, ties

ROWS_AT_ONCE = 4096


def write_items(path: Path, items: Iterable[Item], answers: Answers) -> None:
    """Write all items in blocks."""
    beside = path.with_name("." + path.name)
    start, places = 0, answers.cosines.shape[2]
    with _Writer(beside) as writer:
        for block in blocks(items, ROWS_AT_ONCE):
            columns: dict[str, Any] = {**_words(block, places), **_numbers(answers, slice(start, start + len(block)))}
            writer.write(columns, {name: _type(values) for name, values in columns.items()})
            start += len(block)
    beside.replace(path)


def _words(block: Sequence[Item], places: int) -> dict[str, Sequence[Any]]:
    return {
        "id": [item.id for item in block],
        "group": [item.group for item in block],
        **{f"image_{k}": [item.pictures[k].name for item in block] for k in range(len(block[0].pictures))},
        **{f"caption_{k}": [(*item.captions, *[None] * places)[k] for item in block] for k in range(places)},
    }


def _numbers(answers: Answers, part: slice) -> dict[str, np.ndarray]:
    cosines, blind, right = answers.cosines[part], answers.blind[part], answers.right[part]
    there = ~np.isnan(cosines[:, :, 0]).any(axis=1)
    _, headline = strict(cosines, right).popitem()
    pictures, places = cosines.shape[1:]
    return {
        "right": right,
        **{f"cosine_{p}_{c}": cosines[:, p, c] for p in range(pictures) for c in range(places)},
        "margin": margins(cosines, right),
        **scores(cosines, right),
        "strict": np.where(there, headline.astype(np.float64), np.nan),
        "tie": ties(cosines, right),
        "mean_picture": scores(blind, right).popitem()[1],
    }


def _type(values: Any) -> str:
    return {"f": "double", "b": "bool", "i": "int64"}[values.dtype.kind] if isinstance(values, np.ndarray) else "string"


class _Writer:
    """A Parquet file that takes its columns from the first block of rows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None

    def __enter__(self) -> "_Writer":
        return self

    def write(self, columns: Mapping[str, Sequence[Any]], types: Mapping[str, str]) -> None:
        """Add rows, given column by column; `types` holds Arrow's names of the column types."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = pa.schema([(name, pa.type_for_alias(types[name])) for name in columns])
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, schema)
        self._writer.write_table(pa.table(dict(columns), schema=schema))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.close()
