"""Reader of the Hugging Face Hub's Parquet or Arrow tables, row by row, and writer of a Parquet table.

rows(Path("test-00000-of-00001.parquet"))     # {"image_0": {"bytes": b"...", "path": "..."}, "caption_0": "..."}
with Writer(Path("items.parquet")) as writer: writer.write({"id": ["0"], "margin": [0.1]})
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from explorer.evaluation.benchmarks.items import Picture
from explorer.evaluation.benchmarks.reading import fault, label

ENDINGS = (".parquet", ".arrow")
ROWS_AT_ONCE = 16  # each may hold two photographs


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield each row of the file by column name."""
    import pyarrow as pa

    try:
        for batch in _batches(path):
            for start in range(0, batch.num_rows, ROWS_AT_ONCE):
                yield from batch.slice(start, ROWS_AT_ONCE).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise fault(label(path), f"is no {path.suffix[1:]} file, or is damaged ({str(error)[:80]})") from None


def picture(record: Mapping[str, Any], key: str, where: str) -> Picture:
    """Return the picture in a column of the Hub's feature Image: {"bytes", "path"}."""
    value = record.get(key)
    content = value.get("bytes") if isinstance(value, Mapping) else value
    if not isinstance(content, bytes):
        raise fault(where, f"{key} has to hold the bytes of a picture; the columns are {', '.join(record)[:200]}")
    name = value.get("path") if isinstance(value, Mapping) else None
    return Picture(name=f"{key} of {where}" if not isinstance(name, str) else name, content=content)


def _batches(path: Path) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.suffix == ".parquet":
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(batch_size=ROWS_AT_ONCE)
        return
    with pa.memory_map(str(path)) as mapped:
        try:  # the library datasets writes streams
            batches: Any = pa.ipc.open_stream(mapped)
        except pa.ArrowInvalid:
            mapped.seek(0)
            opened = pa.ipc.open_file(mapped)
            batches = (opened.get_batch(index) for index in range(opened.num_record_batches))
        yield from batches


class Writer:
    """A Parquet file that takes its columns from the first block of rows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None

    def __enter__(self) -> "Writer":
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
