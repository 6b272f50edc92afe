"""Every figure is legal for Plotly and plain JSON, stays small, says its result, and shows words as they are."""

import json
import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from explorer.evaluation.results import Report, read_report
from explorer.figures.curves import MOST_POINTS, Curve, binding_curves, loss_curves, recognition_curves, thinned
from explorer.figures.embedding_charts import cosine_heatmap, first_shown, projection_map
from explorer.figures.report_charts import breakdown_chart, forms_side_by_side, margin_histogram
from explorer.figures.style import ROLES, Drawing, percent

LINK = '<a href="https://example.org">a red bus</a>'


def estimate(value: float | None, *, n: int = 100, reach: float = 0.04) -> dict[str, Any]:
    known = value is not None
    return {
        "value": value,
        "n": n if known else 0,
        "low": value - reach if value is not None else None,
        "high": value + reach if value is not None else None,
        "chance": 0.5,
    }


def measured(binding: float | None, recognition: float = 0.9) -> dict[str, Any]:
    return {"binding_accuracy": estimate(binding), "recognition_accuracy": estimate(recognition)}


def curve(name: str = "friendly", steps: int = 4, every: int = 2) -> Curve:
    records = [
        {"step": step, "loss": 5.0 / step, "chance_loss": math.log(16), "elapsed_s": step / 2}
        | ({"evaluation": {"canonical": measured(0.6), "own": measured(0.7)}} if step % every == 0 else {})
        for step in range(1, steps + 1)
    ]
    return Curve(name=name, records=records, batch_size=16, steps=8)


def same_curve() -> Curve:
    """A run whose own captions are those of the canonical form."""
    return replace(curve(), records=[
        record | ({"evaluation": {"canonical": measured(0.6), "own": measured(0.6)}} if record["step"] > 1 else {})
        for record in curve().records
    ])  # fmt: skip


def report() -> dict[str, Any]:
    row = {"form": "own", "by": "kind", "group": LINK, **estimate(0.8)}
    return {
        "metrics": measured(0.7),
        "forms": {"own": measured(0.95), "complete": measured(0.52), "bundle": None},
        "controls": {"caption_only": {"own": estimate(0.5), "complete": estimate(0.5)}},
        "spec": {"data": {"caption_completeness": 0.5}},
        "breakdown": [row, {**row, "group": "size", **estimate(0.6)}, {**row, "form": "bundle"}],
    }


COSINES = np.array([[0.9, 0.1, 0.3, 0.2], [0.2, 0.8, 0.1, 0.85]])
POINTS = {key: np.array([[0.0, 1.0], [1.0, 0.0]]) for key in ("images", "captions", "swapped")}
DRAWINGS = {
    "loss": loss_curves([curve(LINK), curve()]),
    "loss in seconds": loss_curves([curve()], x="seconds"),
    "binding": binding_curves([curve(LINK), curve()], x="pairs"),
    "recognition": recognition_curves([curve()]),
    "the same captions": binding_curves([same_curve()]),
    "no run": binding_curves([]),
    "no step": loss_curves([Curve(name="new", records=[], batch_size=16, steps=8)]),
    "heatmap": cosine_heatmap(COSINES, [LINK, LINK], ["a blue bus", None], chosen=1),
    "margins": margin_histogram([0.2, 0.1, -0.1, math.nan, 0.0]),
    "no margin": margin_histogram([math.nan]),
    "forms": forms_side_by_side(read_report(report())),
    "breakdown": breakdown_chart(read_report(report()).scores.breakdown),
    "no breakdown": breakdown_chart([]),
    "map": projection_map(POINTS, [LINK, "a cup"], (0.4, 0.2), 0.5, ["data:image/png;base64,AA"] * 2),
}


def with_colors(node: Any) -> Any:
    """The figure as the page draws it in the light theme."""
    if isinstance(node, dict):
        return {key: with_colors(each) for key, each in node.items()}
    if isinstance(node, list):
        return [with_colors(each) for each in node]
    return ROLES[node.removeprefix("role:")][0] if isinstance(node, str) and node.startswith("role:") else node


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_is_legal_for_plotly_and_plain_json(name: str) -> None:
    drawn = DRAWINGS[name].as_dict()
    assert json.loads(json.dumps(drawn, allow_nan=False)) == drawn
    go.Figure(with_colors(drawn["figure"]))  # raises for a property or a value that Plotly does not know
    assert drawn["sentence"].endswith(".") and drawn["columns"]
    assert "uirevision" in drawn["figure"]["layout"], "zoom is kept"


@pytest.mark.parametrize("name", DRAWINGS)
def test_words_of_data_are_no_html_in_the_figure(name: str) -> None:
    figure = {**DRAWINGS[name].figure}
    figure["layout"] = {key: each for key, each in figure["layout"].items() if key != "meta"}  # the page: textContent
    assert "<a " not in json.dumps(figure)


def test_an_empty_figure_keeps_its_axes() -> None:
    assert DRAWINGS["no step"].sentence == "new: no step yet."
    assert DRAWINGS["no step"].figure["layout"]["xaxis"]["range"] == [0, 8.16]
    assert DRAWINGS["no run"].rows == () and DRAWINGS["no run"].sentence == "No run is chosen."
    assert DRAWINGS["no breakdown"].figure["data"] == []


def test_a_table_row_has_a_cell_a_column() -> None:
    with pytest.raises(ValueError, match="one cell for each of the columns step, loss"):
        Drawing(figure={}, sentence="", columns=("step", "loss"), rows=((1,),))


def test_curves_are_placed_in_steps_pairs_and_seconds() -> None:
    assert binding_curves([curve()]).figure["data"][0]["x"] == [2, 4]
    assert binding_curves([curve()], x="pairs").figure["data"][0]["x"] == [32, 64]
    assert binding_curves([curve()], x="seconds").figure["data"][0]["x"] == [1.0, 2.0]
    assert binding_curves([curve()], x="pairs").figure["layout"]["xaxis"]["range"] == [0, 8 * 16 * 1.02]


def test_a_form_that_hides_under_canonical_is_named_beside_it() -> None:
    drawing = DRAWINGS["the same captions"]
    (only,) = drawing.figure["data"]
    assert only["name"] == "friendly, canonical = own"
    assert "own captions are the same captions as canonical" in drawing.sentence
    assert [row[1] for row in drawing.rows] == ["canonical"] * 3 + ["own"] * 3
    assert len(binding_curves([curve()]).figure["data"]) == 2, "where they differ, both are drawn"


def test_a_form_that_repeats_another_is_told_beside_the_bars() -> None:
    same = report() | {"forms": {"own": measured(0.7), "complete": measured(0.52), "bundle": None}}
    drawing = forms_side_by_side(read_report(same))
    assert drawing.figure["layout"]["xaxis"]["ticktext"] == ["canonical", "own<br>(as canonical)", "complete"]
    assert drawing.sentence.endswith(" The form own is the same captions as canonical.")
    assert "same captions" not in forms_side_by_side(read_report(report())).sentence


def test_binding_curves_show_interval_and_chance() -> None:
    drawing = binding_curves([curve()])
    canonical, own = drawing.figure["data"]
    assert canonical["y"] == [0.6, 0.6] and canonical["error_y"]["array"] == [0.04, 0.04]
    assert canonical["marker"]["symbol"] == "circle" and own["marker"]["symbol"] == "circle-open"
    assert canonical["line"]["dash"] != own["line"]["dash"]
    assert drawing.figure["layout"]["shapes"][0]["y0"] == 0.5
    assert drawing.rows[0] == ("friendly", "canonical", 2, 0.6, 0.56, 0.64, 100, 0.5)
    assert drawing.sentence == (
        "Binding, friendly at step 4 of 8: canonical captions 60 % (95 % interval 56 to 64 %, n 100), "
        "own captions 70 % (95 % interval 66 to 74 %, n 100)."
    )


def test_runs_differ_by_more_than_color() -> None:
    traces = binding_curves([curve("a"), curve("b"), curve("c")], forms=("own",)).figure["data"]
    looks = [(t["line"]["color"], t["line"]["dash"], t["marker"]["symbol"]) for t in traces]
    assert all(len(set(each)) == 3 for each in zip(*looks, strict=True))


def test_the_loss_stands_beside_that_of_a_model_that_knows_nothing() -> None:
    drawing = loss_curves([curve()])
    loss, nothing = drawing.figure["data"]
    assert loss["y"] == [5.0, 2.5, 1.6667, 1.25] and nothing["y"] == [2.7726, 2.7726] and nothing["x"] == [1, 4]
    assert drawing.sentence == "friendly: loss 1.25 at step 4 of 8. A model that knows nothing has 2.77."


def test_a_long_curve_keeps_its_ends_and_its_spikes() -> None:
    values: list[float | None] = [1.0] * 5000
    values[1234], values[3210], values[7] = 9.0, 0.0, None
    kept = thinned(values)
    assert len(kept) <= MOST_POINTS and kept == sorted(set(kept))
    assert {0, 1234, 3210, 4999} <= set(kept)
    assert len(json.dumps(loss_curves([curve(steps=5000)]).as_dict())) < 40_000


def test_the_heatmap_marks_both_diagonals_differently() -> None:
    drawing = DRAWINGS["heatmap"]
    right, swapped = drawing.figure["data"]
    assert right["z"] == [[0.9, 0.1], [0.2, 0.8]]
    assert swapped["z"] == [[0.3, None], [0.1, None]], "a swapped caption of None has no numbers"
    assert len(set(right["x"])) == 2, "captions that are the same stay two columns"
    kinds = [shape["type"] for shape in drawing.figure["layout"]["shapes"]]
    assert kinds.count("circle") == 2 and kinds.count("rect") == 4 + 2  # two outlines a cell, and the chosen row twice
    assert drawing.rows[0] == (1, LINK, "a blue bus", 0.9, 0.3, "yes") and drawing.rows[1][-1] is None
    assert drawing.sentence.endswith("for 1 of the 1 that have a swapped caption.")


def test_the_heatmap_shows_the_images_around_the_chosen_one() -> None:
    drawing = cosine_heatmap(np.eye(3, 6), ["a", "b", "c"], ["x", "y", "z"], most=2)
    assert drawing.figure["data"][1]["z"] == [[0.0, 0.0], [0.0, 0.0]] and len(drawing.rows) == 2
    assert drawing.sentence.startswith("Images 1 to 2 of 3: the right caption is nearer")
    last = cosine_heatmap(np.eye(3, 6), ["a", "b", "c"], ["x", "y", "z"], chosen=2, most=2)
    assert last.figure["data"][0]["z"] == [[1.0]] and last.figure["data"][0]["x"] == ["3: c"]
    assert last.rows[0][:3] == (3, "c", "z") and first_shown(2, most=2) == 2
    outline = last.figure["layout"]["shapes"][-1]
    assert (outline["y0"], outline["y1"]) == (-0.5, 0.5)
    with pytest.raises(ValueError, match=re.escape("got (2, 4) and 2")):
        cosine_heatmap(COSINES, ["a"], ["b", "c"])


def test_margins_are_counted_on_their_side_of_zero() -> None:
    drawing = DRAWINGS["margins"]
    right, swapped = drawing.figure["data"]
    assert sum(right["y"]) == 2 and sum(swapped["y"]) == 2, "nan is left out; zero does not prefer the right caption"
    assert min(right["x"]) > 0 > max(swapped["x"]) and swapped["marker"]["pattern"]["shape"] == "/"
    assert drawing.sentence.startswith("The right caption is nearer than the swapped one for 2 of 4 images (50 %)")


def test_forms_stand_side_by_side_with_the_control() -> None:
    drawing = DRAWINGS["forms"]
    binding, recognition, control = drawing.figure["data"]
    assert drawing.figure["layout"]["xaxis"]["ticktext"] == ["canonical", "own", "complete"], "bundle was not asked"
    assert binding["x"] == [-0.2, 0.8, 1.8] and binding["y"] == [0.7, 0.95, 0.52]
    assert control["x"] == [1.2, 2.2] and recognition["y"] == [0.9, 0.9, 0.9]
    assert ("own", "binding by captions only (control)", 0.5, 0.46, 0.54, 100, 0.5) in drawing.rows
    assert drawing.sentence.startswith("The model binds, but not in captions longer than it has read")


def test_the_breakdown_of_one_form() -> None:
    drawing = DRAWINGS["breakdown"]
    assert drawing.figure["data"][0]["x"] == [0.8, 0.6] and drawing.figure["data"][0]["y"] == [2.0, 3.0]
    assert [row[2] for row in drawing.rows] == [LINK, "size"]


def test_the_map_leaves_out_what_does_not_exist() -> None:
    points = {**POINTS, "swapped": np.array([[0.5, 0.5], [np.nan, np.nan]])}
    drawing = projection_map(points, ["a", "b"], (0.4, 0.2), 0.5)
    assert drawing.figure["data"][2]["x"] == [0.5, None] and drawing.rows[1][-1] is None
    assert "and 1 swapped one on" in drawing.sentence and "60 % of the variance" in drawing.sentence
    assert len({trace["marker"]["symbol"] for trace in drawing.figure["data"]}) == 3
    with pytest.raises(ValueError, match="Points"):
        projection_map(points, ["a"], (0.4, 0.2), 0.5)


@pytest.mark.parametrize(
    ("value", "words"), [(1.0, "100 %"), (0.997, "99.7 %"), (0.9998, "99.98 %"), (0.0, "0 %"), (0.004, "0.4 %")]
)
def test_no_share_is_rounded_to_all_or_nothing(value: float, words: str) -> None:
    assert percent(value) == words


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("name", ["text", "quiet", "right", "swapped", "other", *(f"run-{i}" for i in range(6))])
def test_roles_stand_out_in_both_themes(name: str) -> None:
    light, dark = ROLES[name]
    assert 1.05 / (luminance(light) + 0.05) >= 4.5
    assert (luminance(dark) + 0.05) / (luminance("#27272a") + 0.05) >= 4.5


def test_names_of_forms_never_slant_off_a_narrow_figure() -> None:
    axis = forms_side_by_side(Report()).figure["layout"]["xaxis"]
    assert axis["autotickangles"] == [0, 90] and axis["automargin"]
