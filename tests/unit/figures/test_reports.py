"""Figures of one model: what is drawn where, what is left out, and how it stays readable on a phone."""

import re

import numpy as np
import pytest

from explorer.evaluation.results import Report
from explorer.figures.reports import cosine_heatmap, first_shown, forms_side_by_side, projection_map
from tests.unit.figures.drawn import COSINES, DRAWINGS, LINK, POINTS


def test_forms_stand_side_by_side_with_the_control() -> None:
    figure = DRAWINGS["forms"].figure
    binding, recognition, control = figure["data"]
    assert figure["layout"]["xaxis"]["ticktext"] == ["canonical", "own", "complete"], "bundle was not asked"
    assert binding["x"] == [-0.2, 0.8, 1.8] and binding["y"] == [0.7, 0.95, 0.52]
    assert control["x"] == [1.2, 2.2] and recognition["y"] == [0.9, 0.9, 0.9]
    repeated = DRAWINGS["forms that repeat"].figure["layout"]["xaxis"]["ticktext"]
    assert repeated == ["canonical", "own<br>(as canonical)", "complete"]


def test_names_of_forms_never_slant_off_a_narrow_figure() -> None:
    axis = forms_side_by_side(Report()).figure["layout"]["xaxis"]
    assert axis["autotickangles"] == [0, 90] and axis["automargin"]


def test_the_breakdown_has_a_heading_above_the_lines_of_a_property() -> None:
    figure = DRAWINGS["breakdown"].figure
    assert figure["data"][0]["x"] == [0.8, 0.6] and figure["data"][0]["y"] == [2.0, 3.0]
    (heading,) = figure["layout"]["annotations"]
    assert (heading["text"], heading["y"]) == ("<b>kind exchanged</b>", 1.0)
    assert DRAWINGS["no breakdown"].figure["data"] == []


def test_margins_are_counted_on_their_side_of_zero() -> None:
    right, swapped = DRAWINGS["margins"].figure["data"]
    assert sum(right["y"]) == 2 and sum(swapped["y"]) == 2, "nan is left out; zero does not prefer the right caption"
    assert min(right["x"]) > 0 > max(swapped["x"]) and swapped["marker"]["pattern"]["shape"] == "/"


def test_the_map_leaves_out_what_does_not_exist() -> None:
    points = {**POINTS, "swapped": np.array([[0.5, 0.5], [np.nan, np.nan]])}
    drawing = projection_map(points, ["a", "b"], (0.4, 0.2), 0.5)
    assert drawing.figure["data"][2]["x"] == [0.5, None] and drawing.rows[1][-1] is None
    assert "and 1 swapped one on" in drawing.sentence
    assert len({trace["marker"]["symbol"] for trace in drawing.figure["data"]}) == 3
    with pytest.raises(ValueError, match="Points"):
        projection_map(points, ["a"], (0.4, 0.2), 0.5)


def test_the_heatmap_marks_both_diagonals_differently() -> None:
    drawing = DRAWINGS["heatmap"]
    right, swapped = drawing.figure["data"]
    assert right["z"] == [[0.9, 0.1], [0.2, 0.8]]
    assert swapped["z"] == [[0.3, None], [0.1, None]], "a swapped caption of None has no numbers"
    assert len(set(right["x"])) == 2, "captions that are the same stay two columns"
    kinds = [shape["type"] for shape in drawing.figure["layout"]["shapes"]]
    assert kinds.count("circle") == 2 and kinds.count("rect") == 4 + 2  # two outlines a cell, and the chosen row twice
    assert drawing.rows[0] == (1, LINK, "a blue bus", 0.9, 0.3, "yes") and drawing.rows[1][-1] is None


def test_the_heatmap_shows_the_images_around_the_chosen_one() -> None:
    drawing = cosine_heatmap(np.eye(3, 6), ["a", "b", "c"], ["x", "y", "z"], most=2)
    assert drawing.figure["data"][1]["z"] == [[0.0, 0.0], [0.0, 0.0]] and len(drawing.rows) == 2
    last = DRAWINGS["heatmap of some"]
    assert last.figure["data"][0]["z"] == [[1.0]] and last.figure["data"][0]["x"] == ["3: c"]
    assert last.rows[0][:3] == (3, "c", "z") and first_shown(2, most=2) == 2
    outline = last.figure["layout"]["shapes"][-1]
    assert (outline["y0"], outline["y1"]) == (-0.5, 0.5)
    with pytest.raises(ValueError, match=re.escape("got (2, 4) and 2")):
        cosine_heatmap(COSINES, ["a"], ["b", "c"])
