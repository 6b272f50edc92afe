"""Differences of runs: legal for Plotly, signed, with an interval only where there is one, and words where not."""

import json
import re
from typing import Any

import plotly.graph_objects as go
import pytest

from explorer.evaluation.results import Estimate
from explorer.figures.curves import COLUMNS, PairedPoint, Pairing, difference_curves


def point(step: int, one: float, other: float, reach: float | None = None, n: int = 48) -> PairedPoint:
    value = one - other
    low, high = (None, None) if reach is None else (value - reach, value + reach)
    found = Estimate(value=value, n=n, low=low, high=high, chance=0.0)
    return PairedPoint(step=step, one=one, other=other, difference=found)


PAIRED = Pairing(other="<b>web</b>", points=(point(0, 0.5, 0.5, 0.04), point(90, 0.9, 0.5, 0.1)), scenes="paired")
MEANS = Pairing(other="salient", points=(point(90, 0.5, 0.75, n=400),), scenes="means on the same scenes")
NONE = Pairing(other="other", lacks="no step at which both were evaluated")


def drawn(*pairings: Pairing) -> Any:
    return difference_curves("mine", pairings, metric="binding_accuracy", form="own", steps=180)


def test_each_other_run_is_a_curve_in_the_color_that_it_has_above() -> None:
    data = drawn(PAIRED, NONE, MEANS).figure["data"]
    assert [trace["name"] for trace in data] == ["minus &lt;b&gt;web&lt;/b&gt;", "minus salient"]
    assert [trace["line"]["color"] for trace in data] == ["role:run-1", "role:run-3"]
    assert data[0]["x"] == [0, 90] and data[0]["y"] == pytest.approx([0, 0.4]) and data[1]["y"] == [-0.25]
    assert data[0]["error_y"]["array"] == pytest.approx([0.04, 0.1]) and data[1]["error_y"]["array"] == [0.0]


def test_the_sentence_says_the_interval_or_that_there_is_none() -> None:
    assert drawn(PAIRED, MEANS, NONE).sentence == (
        "Binding in own captions, mine minus others:"
        " <b>web</b>: +40.0 points at step 90 (95 % interval of pairs +30.0 to +50.0, paired);"
        " salient: -25.0 points at step 90 (no interval, means on the same scenes);"
        " other: no step at which both were evaluated."
    )
    same = Pairing(other="twin", points=(point(9, 0.7, 0.7),), scenes="means on the same scenes")
    assert "twin: 0 points at step 9" in drawn(same).sentence


def test_the_table_holds_both_runs() -> None:
    drawing = drawn(PAIRED, MEANS)
    assert drawing.columns == COLUMNS
    assert drawing.rows[1] == (90, 0.4, 0.3, 0.5, 48, 0.9, 0.5, "mine", "<b>web</b>", "binding", "own", "paired")
    assert drawing.rows[2][2:5] == (None, None, 400)


def test_it_is_legal_for_plotly_and_without_a_pair_empty() -> None:
    text = re.sub("role:[a-z0-9-]+", "#123456", json.dumps(drawn(PAIRED, MEANS).figure))
    figure = go.Figure(json.loads(text))
    assert len(figure.data) == 2 and figure.layout.shapes[0].y0 == 0
    assert list(figure.layout.yaxis.ticktext) == ["-100", "-50", "0", "+50", "+100"]
    assert drawn(NONE).figure["data"] == []
