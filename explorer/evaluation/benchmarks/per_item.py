"""Parquet file with the scores of each item.

    write_items(Path("items.parquet"), source.items(), answers)

Columns: id, group, each picture and caption, a cosine for each pair of both (cosine_0_1 is of picture 0 with caption
1), the margin, the scores by our rule, the headline with a tie counted as wrong (strict), a flag for ties, and the
score of the mean picture. Numbers are NaN for a missing picture.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from explorer.evaluation.benchmarks.columns import Writer
from explorer.evaluation.benchmarks.index import blocks
from explorer.evaluation.benchmarks.items import Item
from explorer.evaluation.benchmarks.scoring import Answers, margins, scores, strict, ties

ROWS_AT_ONCE = 4096


def write_items(path: Path, items: Iterable[Item], answers: Answers) -> None:
    """Write all items in blocks."""
    beside = path.with_name("." + path.name)
    start = 0
    with Writer(beside) as writer:
        for block in blocks(items, ROWS_AT_ONCE):
            columns: dict[str, Any] = {**_words(block), **_numbers(answers, slice(start, start + len(block)))}
            writer.write(columns, {name: _type(values) for name, values in columns.items()})
            start += len(block)
    beside.replace(path)


def _words(block: Sequence[Item]) -> dict[str, Sequence[Any]]:
    pictures, captions = range(len(block[0].pictures)), range(2)
    return {
        "id": [item.id for item in block],
        "group": [item.group for item in block],
        **{f"image_{k}": [item.pictures[k].name for item in block] for k in pictures},
        **{f"caption_{k}": [item.captions[k] for item in block] for k in captions},
    }


def _numbers(answers: Answers, part: slice) -> dict[str, np.ndarray]:
    cosines, blind = answers.cosines[part], answers.blind[part]
    there = ~np.isnan(cosines).any(axis=(1, 2))
    _, headline = strict(cosines).popitem()
    return {
        **{f"cosine_{p}_{c}": cosines[:, p, c] for p in range(cosines.shape[1]) for c in range(2)},
        "margin": margins(cosines),
        **scores(cosines),
        "strict": np.where(there, headline.astype(np.float64), np.nan),
        "tie": ties(cosines),
        "mean_picture": scores(blind).popitem()[1],
    }


def _type(values: Any) -> str:
    return {"f": "double", "b": "bool"}[values.dtype.kind] if isinstance(values, np.ndarray) else "string"
