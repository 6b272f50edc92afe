"""Curves of runs: their axes, intervals, looks, length, and differences with an interval only where there is one."""

import json

import pytest

from explorer.figures.curves import MOST_POINTS, loss_curves, share_curves, thinned
from tests.unit.figures.drawn import DRAWINGS, MEANS, PAIRED, UNPAIRED, curve, differences


def test_the_axis_has_room_for_all_planned_steps() -> None:
    assert DRAWINGS["binding"].figure["data"][0]["x"] == [2, 4]
    for name in ("binding", "loss before the first step"):
        assert DRAWINGS[name].figure["layout"]["xaxis"]["range"] == [0, 8.16]


def test_a_form_that_hides_under_canonical_is_named_beside_it() -> None:
    drawing = DRAWINGS["binding where own captions are the canonical ones"]
    (only,) = drawing.figure["data"]
    assert only["name"] == "friendly, canonical = own" and [row[1] for row in drawing.rows] == [
        "canonical", "canonical", "own", "own",
    ]  # fmt: skip
    assert len(share_curves([curve()]).figure["data"]) == 2, "where they differ, both are drawn"


def test_share_curves_show_interval_and_chance() -> None:
    figure = DRAWINGS["binding"].figure
    canonical, own = figure["data"]
    assert canonical["y"] == [0.6, 0.6] and canonical["error_y"]["array"] == [0.04, 0.04]
    assert canonical["marker"]["symbol"] == "circle" and own["marker"]["symbol"] == "circle-open"
    assert canonical["line"]["dash"] != own["line"]["dash"] and figure["layout"]["shapes"][0]["y0"] == 0.5


def test_runs_differ_by_more_than_color() -> None:
    traces = share_curves([curve("a"), curve("b"), curve("c")], forms=("own",)).figure["data"]
    looks = [(t["line"]["color"], t["line"]["dash"], t["marker"]["symbol"]) for t in traces]
    assert all(len(set(each)) == 3 for each in zip(*looks, strict=True))


def test_the_loss_stands_beside_that_of_a_model_that_knows_nothing() -> None:
    loss, nothing = loss_curves([curve()]).figure["data"]
    assert loss["y"] == [5.0, 2.5, 1.6667, 1.25] and nothing["y"] == [2.7726, 2.7726] and nothing["x"] == [1, 4]


def test_a_long_curve_keeps_its_ends_and_its_spikes() -> None:
    values: list[float | None] = [1.0] * 5000
    values[1234], values[3210], values[7] = 9.0, 0.0, None
    kept = thinned(values)
    assert len(kept) <= MOST_POINTS and kept == sorted(set(kept)) and {0, 1234, 3210, 4999} <= set(kept)
    assert len(json.dumps(loss_curves([curve(steps=5000)]).for_page())) < 40_000
    (canonical, _) = share_curves([curve(steps=5000)]).figure["data"]
    assert len(canonical["x"]) <= MOST_POINTS and canonical["x"][-1] == 5000


def test_each_other_run_is_a_curve_in_the_color_that_it_has_above() -> None:
    figure = differences(PAIRED, UNPAIRED, MEANS).figure
    data = figure["data"]
    assert [trace["name"] for trace in data] == ["minus &lt;b&gt;web&lt;/b&gt;", "minus salient"]
    assert [trace["line"]["color"] for trace in data] == ["role:run-1", "role:run-3"]
    assert data[0]["x"] == [0, 90] and data[0]["y"] == pytest.approx([0, 0.4]) and data[1]["y"] == [-0.25]
    assert data[0]["error_y"]["array"] == pytest.approx([0.04, 0.1]) and data[1]["error_y"]["array"] == [0.0]
    assert figure["layout"]["shapes"][0]["y0"] == 0
    assert figure["layout"]["yaxis"]["ticktext"] == ["−100", "−50", "0", "+50", "+100"]


def test_each_number_of_a_difference_stands_under_its_name() -> None:
    drawing = differences(PAIRED, MEANS)
    assert dict(zip(drawing.columns, drawing.rows[1], strict=True)) == {
        "run": "mine", "minus run": "<b>web</b>", "metric": "binding", "form": "own", "step": 90, "run at": 0.9,
        "other at": 0.5, "difference": 0.4, "low": 0.3, "high": 0.5, "n": 48, "scenes": "paired",
    }  # fmt: skip
    assert drawing.rows[2][8:11] == (None, None, 400)
