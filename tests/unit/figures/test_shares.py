"""Shares as dots: every one drawn with its interval and its own chance, legal for Plotly, all of them in the table."""

import json

import plotly.graph_objects as go

from explorer.evaluation.results import Estimate
from explorer.figures.shares import COLUMNS, ShareRow, chart_height, shares_chart


def row(label: str, value: float | None, chance: float, series: str = "") -> ShareRow:
    ends = (None, None) if value is None else (value - 0.1, value + 0.1)
    n = 0 if value is None else 9
    estimate = Estimate(value=value, n=n, low=ends[0], high=ends[1], chance=chance)
    return ShareRow(label=label, series=series, estimate=estimate)


ROWS = [row("<b>", 0.7, 0.5, "a"), row("wide", 0.6, 0.56, "a"), row("<b>", 0.4, 0.5, "b"), row("wide", None, 0.56, "b")]


def test_dots_intervals_and_chance_marks() -> None:
    drawing = shares_chart("toy", ROWS)
    figure = json.loads(json.dumps(drawing.as_dict()))["figure"]
    first, second = figure["data"]
    assert first["x"] == [0.7, 0.6] and second["x"] == [0.4] and first["showlegend"]
    # Two series stand apart on one line.
    assert first["y"] == [-0.15, 0.85] and second["y"] == [0.15]
    assert first["error_x"]["array"] == [0.1, 0.1] and first["marker"] != second["marker"]
    assert [(mark["x0"], mark["y0"]) for mark in figure["layout"]["shapes"]] == [(0.5, -0.5), (0.56, 0.5)]
    assert figure["layout"]["yaxis"]["ticktext"] == ["&lt;b&gt;", "wide"]
    assert len(drawing.rows) == 4 and drawing.columns == COLUMNS and drawing.rows[3][2] is None


def test_it_is_legal_for_plotly() -> None:
    text = json.dumps(shares_chart("toy", ROWS).figure)
    for name in ("text", "quiet", "grid", "axis", "panel", "run-0", "run-1"):
        text = text.replace(f"role:{name}", "#123456")
    assert len(go.Figure(json.loads(text)).data) == 2


def test_sentences() -> None:
    assert shares_chart("toy", []).sentence == "Nothing was measured." and shares_chart("toy", []).figure["data"] == []
    one = shares_chart("toy", ROWS[:1])
    assert one.sentence == "a, <b>: 70 % (95 % interval 60 to 80 %, n 9)." and not one.figure["data"][0]["showlegend"]
    many = shares_chart("toy", [row(str(place), place / 10, 0.5) for place in range(2, 8)])
    assert many.sentence.startswith("From 2: 20 %") and ", to 7: 70 %" in many.sentence
    assert shares_chart("toy", ROWS, "Said.").sentence == "Said."
    assert chart_height(4) - chart_height(3) == chart_height(3) - chart_height(2) > 0 and chart_height(
        0
    ) == chart_height(1)
