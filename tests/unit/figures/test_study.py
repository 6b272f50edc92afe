"""Figures of the study: every seed and interval in its place, a reader's runs and captions, the lines of the forest."""

from dataclasses import replace

import pytest

from explorer.codec import decode
from explorer.figures.study import FORM_STYLES, Effect, forest
from explorer.study.claims import FORM_WORDS
from explorer.study.evidence_store import load_claims
from tests.unit.figures.drawn import (
    BAND,
    CONTROLS,
    DOSES,
    DRAWINGS,
    EFFECTS,
    LONG,
    NAMES,
    TOY,
    condition,
    dose_response,
    evidence,
    run,
    score,
)


def test_every_seed_and_mean_is_drawn() -> None:
    figure = dose_response(TOY).figure
    means, rings, others, _ = figure["data"]
    assert means["y"] == [0.91, 0.51] and rings["y"] == [0.9, 0.92, 0.5, 0.52] and others["y"] == [0.7]
    # Two series stand a little apart at one dose; ticks are the doses in their order.
    assert means["x"] == [-0.07, 0.93] and rings["x"] == [-0.07, -0.07, 0.93, 0.93] and others["x"] == [0.07]
    assert means["text"] == ["a: 0", "a: 1"] and rings["text"] == ["a: 0", "a: 0", "a: 1", "a: 1"]
    layout = figure["layout"]
    assert layout["xaxis"]["ticktext"] == ["0", "1", "2"] and means["mode"] == "lines+markers"
    assert layout["shapes"][0]["y0"] == 0.5 and layout["xaxis"]["title"]["text"] == "the &lt;b&gt; dial"


def test_the_table_holds_the_numbers_with_controls_and_rates() -> None:
    drawing = dose_response(TOY)
    assert dict(zip(drawing.columns, drawing.rows[0], strict=True)) == {
        "condition": "a: 0", "mean": 0.91, "low": 0.86, "high": 0.96, "chance": 0.5, "n (seeds)": 2,
        "seeds": "0.9, 0.92", "controls off chance": "caption only 0.8", "images with a hard negative": 0.5,
        "of them true": None, "distinct captions a batch": 61.2, "captions true of another image": 0.012,
        "steps": 180, "batch": 256, "learning rate": 0.002, "series": "a", "note": None,
    }  # fmt: skip
    assert drawing.rows[3][-1] == "no point"
    at_chance = TOY | {"conditions": [TOY["conditions"][0] | {"controls": {"grey_boxes": CONTROLS["grey_boxes"]}}]}
    column = drawing.columns.index("controls off chance")
    assert dose_response(at_chance).rows[0][column] == "none" and dose_response(TOY, "canonical").rows[0][column] == ""


def test_columns_that_say_nothing_are_left_out() -> None:
    quiet = condition("", "1", 0.9) | {"rates": {"hard_negatives": 0.0, "hard_negatives_true": 0.0}}
    left = {*dose_response(TOY).columns} - {*dose_response(evidence(quiet)).columns}
    assert left == {"images with a hard negative", "of them true", "series", "note"}


def test_ones_own_runs_are_crosses_at_their_condition() -> None:
    drawing = dose_response(TOY, runs=[run("a: 1", 0.7, run="<b>"), run("b: 0", 0.8), run("a: 0", None)])
    mine = drawing.figure["data"][-1]
    assert (mine["name"], mine["marker"]["symbol"], mine["y"]) == ("your runs", "x", [0.7, 0.8])
    assert mine["x"] == [1.0, 0.14] and mine["customdata"] == [["&lt;b&gt;", 90, 7], ["mine-1", 90, 7]]
    assert mine["text"] == ["a: 1", "b: 0"] and drawing.figure["layout"]["showlegend"]
    assert len(drawing.rows) == 6 and drawing.sentence == dose_response(TOY).sentence


def test_no_two_of_many_series_look_alike() -> None:
    figure = dose_response(evidence(*(condition(f"{i}", "1", 0.9) for i in range(9)))).figure
    assert len({(trace["marker"]["symbol"], trace["marker"]["color"]) for trace in figure["data"]}) == 18


def test_doses_rise_and_stay_apart_and_names_get_room() -> None:
    doses = dose_response(evidence(*(condition(f"{i}", x, 0.9) for i in range(7) for x in ("10", "2", "0.5")))).figure
    assert doses["layout"]["xaxis"]["ticktext"] == ["0.5", "2", "10"] and doses["layout"]["height"] > 400
    assert "height" not in dose_response(TOY).figure["layout"], "few series take no more room"
    places = [trace["x"] for trace in doses["data"] if "lines" in trace["mode"]]
    assert len({x[-1] for x in places}) == 7 and max(abs(x[-1]) for x in places) < 0.5
    assert sorted(places[0], reverse=True) == places[0]
    names = dose_response(NAMES).figure
    assert names["layout"]["xaxis"]["ticktext"] == ["web-like", "friendly"] and names["layout"]["height"] > 400
    assert names["data"][0]["mode"] == "markers" and not names["layout"]["showlegend"], "names are not joined"


def test_the_axis_begins_below_the_lowest_share_of_any_form_and_metric_shown() -> None:
    first, *others = TOY["conditions"]
    low = first["forms"]["own"]["binding_accuracy"] | score(0.12)
    of_canonical = first | {"forms": first["forms"] | {"canonical": {"binding_accuracy": low}}}
    assert dose_response(TOY).figure["layout"]["yaxis"]["range"] == [0.39, 1.03]
    whole = dose_response(TOY | {"conditions": [of_canonical, *others]})
    assert whole.figure["layout"]["yaxis"]["range"] == [-0.03, 1.03], "its own form lies higher, another one does not"
    assert dose_response(TOY, runs=[run("a: 1", 0.33)]).figure["layout"]["yaxis"]["range"] == [0.26, 1.03]


def test_a_long_title_breaks_before_its_parenthesis() -> None:
    titles = {"the dial (a share)": "the dial (a share)"}
    titles["hard negatives <b> (share of images that ask)"] = "hard negatives &lt;b&gt;<br>(share of images that ask)"
    for title, drawn in titles.items():
        assert dose_response(TOY | {"axis": title}).figure["layout"]["xaxis"]["title"]["text"] == drawn


def test_long_runs_are_drawn_over_their_steps() -> None:
    drawing = dose_response(LONG, runs=[run("other: 8", 0.75)])
    first, second, mean, *_, mine = drawing.figure["data"]
    assert first["y"] == [0.5, 0.5, 0.6] and second["x"] == [100, 200] and not first["showlegend"]
    assert mean["x"] == [100, 200] and mean["name"] == "web &lt;b&gt;", "the mean is of steps that every seed has"
    assert set(mean["text"]) == {"web &lt;b&gt;: 8"} and mine["x"] == [90] and mine["y"] == [0.75]
    (third, chance) = drawing.figure["layout"]["shapes"]
    assert (third["x0"], third["x1"], chance["y0"]) == (200, 300, 0.5)
    assert len(drawing.rows) == 3 and dose_response(LONG, "complete").figure["data"] == []


@pytest.mark.parametrize(
    ("value", "place", "beyond"),
    [(0.5, 0.0, ""), (0.75, 0.5, ""), (2.0, 1.5, ""), (0.2, -0.3, "below the lowest measured, 0.5"),
     (4.0, 2.3, "above the highest measured, 3")],
)  # fmt: skip
def test_a_band_stands_between_the_doses(value: float, place: float, beyond: str) -> None:
    drawing = dose_response(DOSES, band=replace(BAND, value=value, low=value - 0.1, high=value + 0.1))
    chance, strip, line = drawing.figure["layout"]["shapes"]
    assert (line["x0"], line["x1"]) == (place, place) and strip["x0"] <= place <= strip["x1"] and chance["y0"] == 0.5
    assert drawing.figure["layout"]["annotations"][0]["text"] == "your captions"
    assert beyond in drawing.sentence and ("measured" in drawing.sentence) is bool(beyond)
    assert dose_response(NAMES, band=BAND) == dose_response(NAMES), "a band has no place among names"


def test_published_captions_are_thin_lines_below_the_band() -> None:
    layout = DRAWINGS["dose with captions"].figure["layout"]
    chance, *lines, _, band = layout["shapes"]
    assert [line["x0"] for line in lines] == [0.5, 1.5] and chance["y0"] == 0.5 and band["x0"] == 0.5
    labels = layout["annotations"]
    assert [label["text"] for label in labels] == ["short &lt;b&gt; 0.75", "long 2.00", "your captions"]
    assert labels[0]["y"] < labels[1]["y"] and [label["xanchor"] for label in labels[:2]] == ["left", "right"]


def test_lines_headings_and_marks_of_the_forest() -> None:
    figure = forest(EFFECTS).figure
    canonical, own, *right = figure["data"]
    assert canonical["name"] == "two objects, a color each" and len(right) == 2 and right[0]["xaxis"] == "x2"
    # A heading of 1.1 rows per line above each property; the second has two lines.
    assert canonical["y"] == [1.6] and own["y"] == [2.6, 5.8] and own["text"] == ["one", "two"]
    assert canonical["marker"]["symbol"] == ["circle"] and own["marker"]["symbol"] == ["square-open"] * 2
    assert canonical["error_x"]["array"] == pytest.approx([0.1])
    layout = figure["layout"]
    head, headings = layout["annotations"][:8], layout["annotations"][8:]
    assert [note["text"] for note in headings] == [
        "<b>&lt;b&gt;one</b>", "<b>&lt;b&gt;two</b><br>(first edition, no headroom)",
        "<b>&lt;b&gt;later</b> (not yet run)",
    ]  # fmt: skip
    # Both axes stand above the lines too, with their numbers.
    assert [(note["xref"], note["text"]) for note in head] == [
        *(("x", text) for text in ("seeds bound, points", "−100", "0", "+100")),
        *(("x2", text) for text in ("final accuracy, points", "−50", "0", "+50")),
    ]
    assert all(layout["yaxis"]["range"][1] < note["y"] < 0 for note in head)
    # No line of the grid and neither zero crosses a heading.
    assert not layout["xaxis"]["showgrid"] and not layout["xaxis2"]["showgrid"]
    assert [(each["xref"], each["path"]) for each in layout["shapes"]] == [
        ("x", "M-1.0,1.10L-1.0,3.10M-1.0,5.30L-1.0,6.30M1.0,1.10L1.0,3.10M1.0,5.30L1.0,6.30"),
        ("x", "M0.0,1.10L0.0,3.10M0.0,5.30L0.0,6.30"),
        ("x2", "M-0.5,1.10L-0.5,3.10M-0.5,5.30L-0.5,6.30M0.5,1.10L0.5,3.10M0.5,5.30L0.5,6.30"),
        ("x2", "M0.0,1.10L0.0,3.10M0.0,5.30L0.0,6.30"),
    ]


def test_the_frozen_effects_can_be_drawn() -> None:
    found = load_claims()
    assert found is not None
    drawing = forest(decode(tuple[Effect, ...], found["effects"]))
    assert len(drawing.rows) == len(found["effects"]) and drawing.plotly().layout.height > 900
    assert {form: words for form, (words, _, _) in FORM_STYLES.items()} == FORM_WORDS
