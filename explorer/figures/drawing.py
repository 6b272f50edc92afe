"""The result type of every figure: a Plotly figure, the sentence that states its result, and its table.

    >>> Drawing(figure={"data": [], "layout": {}}, sentence="Nothing yet.", columns=("step",), rows=()).as_dict()
    {'figure': {'data': [], 'layout': {}}, 'sentence': 'Nothing yet.', 'columns': ['step'], 'rows': []}

Sentence and table are plain text. Plotly reads text inside the figure as a small subset of HTML, so names and captions
are escaped with `style.plain`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Cell = str | int | float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """A figure of lists, numbers and words only, the sentence that states its result, and its table.

    Each row has one cell per column, None for a missing number. Raises ValueError if a row is longer or shorter.
    """

    figure: Mapping[str, Any]
    sentence: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"Every row needs one cell for each of the columns {', '.join(self.columns)}.")

    def as_dict(self) -> dict[str, Any]:
        """Return {"figure", "sentence", "columns", "rows"}, ready for JSON."""
        return {
            "figure": dict(self.figure),
            "sentence": self.sentence,
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
        }
