"""The forest plot: every direction that was run with both intervals, hollow where it says nothing, all in the table."""

import json
from typing import Any

import plotly.graph_objects as go
import pytest

from explorer.figures.forest import COLUMNS, forest


def finding(claim: str, end: str, word: str = "as stated", *, change: float = 0.3, metric: str | None = None) -> Any:
    estimate = {"value": change, "n": 8, "low": change - 0.1, "high": change + 0.1, "chance": 0.0}
    side = {"bound": {"value": 0.5, "n": 8, "low": 0.2, "high": 0.8, "chance": None}}
    return {
        "claim": claim, "start": {"sweep": "s", "label": "<b>none"}, "end": {"sweep": "s", "label": end},
        "form": "own", "expected": "sooner", "metric": metric, "sides": [side, side], "bound": estimate,
        "change": {"own.binding_accuracy": estimate | {"value": change / 2}, "complete.parts_accuracy": estimate},
        "p_holm": 0.01, "word": word,
    }  # fmt: skip


FINDINGS = [
    finding("hard-negatives", "made"),
    finding("hard-negatives", "checked", "untestable here", change=-0.2),
    finding("salience", "named", metric="complete.parts_accuracy"),
    finding("salience", "never", "not run"),
]


def test_lines_groups_and_marks() -> None:
    figure = json.loads(json.dumps(forest(FINDINGS).as_dict()))["figure"]
    bound, final = figure["data"]
    assert bound["x"] == [0.3, -0.2, 0.3] and final["x"] == [0.15, -0.1, 0.3]
    # A free line above each claim.
    assert bound["y"] == final["y"] == [2.0, 3.0, 5.0]
    assert [note["y"] for note in figure["layout"]["annotations"]] == [1.0, 4.0]
    assert bound["marker"]["symbol"] == ["circle", "circle-open", "circle"]
    assert bound["error_x"]["array"] == pytest.approx([0.1, 0.1, 0.1]) and bound["xaxis"] != final["xaxis"]
    assert figure["layout"]["yaxis"]["ticktext"][0] == "&lt;b&gt;none<br>→ made (own)"


def test_it_is_legal_for_plotly() -> None:
    text = json.dumps(forest(FINDINGS).figure)
    for name in ("text", "quiet", "grid", "axis", "panel", "run-0", "run-2"):
        text = text.replace(f"role:{name}", "#123456")
    assert len(go.Figure(json.loads(text)).data) == 2


def test_sentence_and_table() -> None:
    drawing = forest(FINDINGS)
    assert drawing.sentence == (
        "Of 4 stated directions 3 have been run: 2 came out as stated, 0 the other way, and 1 could not show either."
    )
    assert drawing.columns == COLUMNS and len(drawing.rows) == 3 and drawing.rows[1][-1] == "untestable here"
    nothing = forest(FINDINGS[3:])
    assert nothing.sentence == "None of 1 stated directions has been run yet." and nothing.figure["data"] == []
