"""The dose-response figure of toy evidence: legal for Plotly, every seed in it, words that say the result."""

import json
import re
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import pytest

from explorer.codec import decode
from explorer.evaluation.results import Estimate, Position
from explorer.evaluation.sweep_evidence import Evidence, OwnPoint
from explorer.figures import dose
from explorer.figures.dose_table import COLUMNS
from explorer.figures.style import Drawing


def dose_response(document: dict[str, Any], *given: Any, runs: Sequence[dict[str, Any]] = (), **named: Any) -> Drawing:
    """The figure of toy evidence and of runs as JSON."""
    return dose.dose_response(Evidence.from_json(document), *given, runs=[own_point(run) for run in runs], **named)


def own_point(document: dict[str, Any]) -> OwnPoint:
    forms = {form: decode(dict[str, Estimate], found) for form, found in document["forms"].items()}
    return OwnPoint(**(document | {"forms": forms}))


def score(*values: float) -> dict[str, Any]:
    mean = sum(values) / len(values)
    ends = {"low": 0.1, "high": 0.9, "chance": 0.5}
    points = [{"seed": seed, "value": value, "n": 9, **ends} for seed, value in enumerate(values)]
    bounds = {"low": mean - 0.05, "high": mean + 0.05}
    return {"points": points, "mean": {"value": mean, "n": len(values), "chance": 0.5, **bounds}}


def condition(series: str, x: str, *values: float) -> dict[str, Any]:
    forms = {"own": {"binding_accuracy": score(*values)}} if values else {}
    about = {"series": series, "x": x, "label": f"{series}: {x}", "learning_rate": 0.002, "not_tested": None}
    budget = {"steps": 180, "batch_size": 256, "distinct_captions": 61.25}
    rates = {"hard_negatives": 0.5, "false_negatives": 0.012}
    rest = {"pairs": 46080, "spec": {}, "runs": [], "breakdown": [], "trend": None, "tuning": None}
    return {**about, **budget, **rest, "rates": rates, "controls": CONTROLS, "forms": forms}


CONTROLS: dict[str, Any] = {
    "caption_only": {"own": {"value": 0.8, "low": 0.75, "high": 0.85, "chance": 0.5}},
    "grey_boxes": {"own": {"value": 0.49, "low": 0.45, "high": 0.53, "chance": 0.5}},
}


def run(condition: str, value: float | None, **about: Any) -> dict[str, Any]:
    found = (
        {}
        if value is None
        else {"binding_accuracy": {"value": value, "low": 0.6, "high": 0.8, "n": 1000, "chance": 0.5}}
    )
    known = {"run": "mine-1", "condition": condition, "seed": 7, "steps": 90, "learning_rate": 0.004}
    return {**known, "forms": {"own": found}, **about}


def evidence(*conditions: dict[str, Any]) -> dict[str, Any]:
    change = {"start": "a: 0", "end": "a: 1", "form": "own", "word": "agrees", "direction": "falls", "sentence": ""}
    mean = {"n": 2, "low": None, "high": None, "chance": 0.5}
    ends = {"from": {"value": 0.9, **mean}, "to": {"value": 0.5, **mean}, "difference": {"value": -0.4, **mean}}
    about = {"name": "toy", "metric": "binding_accuracy", "axis": "the <b> dial", "tier": 1, "claim": "", "paper": ""}
    cost = {
        "seeds": 2,
        "edge_rates": 0,
        "runs": 4,
        "pairs": 1,
        "seconds": 1,
        "versions": None,
        "command": "",
        "date": "",
    }
    lists: dict[str, Any] = {name: [] for name in ("beside", "forms", "devices", "recipes", "no_points")}
    about |= {"preset": "web-like", "changes": {}, "interval": "", "command": "", "date": ""}
    return {**about, **cost, **lists, "conditions": list(conditions), "contrasts": [{**change, **ends}]}


TOY = evidence(
    condition("a", "0", 0.9, 0.92),
    condition("a", "1", 0.5, 0.52),
    condition("b", "0", 0.7),
    condition("b", "2"),
)


def test_every_seed_and_mean_is_drawn() -> None:
    drawing = dose_response(TOY)
    figure = json.loads(json.dumps(drawing.as_dict()))["figure"]
    means, rings, others, _ = figure["data"]
    assert means["y"] == [0.91, 0.51] and rings["y"] == [0.9, 0.92, 0.5, 0.52] and others["y"] == [0.7]
    # Two series stand a little apart at one dose; ticks are the doses in their order.
    assert means["x"] == [-0.07, 0.93] and rings["x"] == [-0.07, -0.07, 0.93, 0.93] and others["x"] == [0.07]
    assert figure["layout"]["xaxis"]["ticktext"] == ["0", "1", "2"] and means["mode"] == "lines+markers"
    assert figure["layout"]["shapes"][0]["y0"] == 0.5
    assert figure["layout"]["xaxis"]["title"]["text"] == "the &lt;b&gt; dial"
    assert len(drawing.rows) == 4 and all(len(row) == len(COLUMNS) for row in drawing.rows)
    assert drawing.rows[3][-1] == "no point"
    assert means["text"] == ["a: 0", "a: 1"] and rings["text"] == ["a: 0", "a: 0", "a: 1", "a: 1"]


def test_the_table_holds_the_numbers_with_controls_and_rates() -> None:
    cells = dict(zip(COLUMNS, dose_response(TOY).rows[0], strict=True))
    assert cells == {
        "condition": "a: 0", "mean": 0.91, "low": 0.86, "high": 0.96, "chance": 0.5, "n (seeds)": 2,
        "seeds": "0.9, 0.92", "controls off chance": "caption only 0.8", "images with a hard negative": 0.5,
        "of them true": None, "distinct captions a batch": 61.2, "captions true of another image": 0.012,
        "steps": 180, "batch": 256, "learning rate": 0.002, "series": "a", "note": None,
    }  # fmt: skip
    at_chance = TOY | {"conditions": [TOY["conditions"][0] | {"controls": {"grey_boxes": CONTROLS["grey_boxes"]}}]}
    column = COLUMNS.index("controls off chance")
    assert dose_response(at_chance).rows[0][column] == "none"
    assert dose_response(TOY, "canonical").rows[0][column] == ""


def test_ones_own_runs_are_crosses_at_their_condition() -> None:
    drawing = dose_response(TOY, runs=[run("a: 1", 0.7, run="<b>"), run("b: 0", 0.8), run("a: 0", None)])
    mine = drawing.figure["data"][-1]
    assert (mine["name"], mine["marker"]["symbol"], mine["y"]) == ("your runs", "x", [0.7, 0.8])
    assert mine["x"] == [1.0, 0.14] and mine["customdata"] == [["&lt;b&gt;", 90, 7], ["mine-1", 90, 7]]
    assert mine["text"] == ["a: 1", "b: 0"] and drawing.figure["layout"]["showlegend"]
    cells = dict(zip(COLUMNS, drawing.rows[-1], strict=True))
    assert (cells["condition"], cells["mean"], cells["n (seeds)"], cells["steps"]) == ("b: 0 (your run)", 0.8, 1, 90)
    assert cells["note"] == "your run mine-1, seed 7; interval over 1000 scenes"
    assert len(drawing.rows) == 6 and drawing.sentence == dose_response(TOY).sentence


def test_it_is_legal_for_plotly() -> None:
    text = json.dumps(dose_response(TOY, runs=[run("a: 1", 0.7)]).figure)
    for name in ("text", "quiet", "grid", "axis", "panel", "run-0", "run-1"):
        text = text.replace(f"role:{name}", "#123456")
    assert len(go.Figure(json.loads(text)).data) > 2


def test_no_two_of_many_series_look_alike() -> None:
    figure = dose_response(evidence(*(condition(f"{i}", "1", 0.9) for i in range(9)))).figure
    looks = [(trace["marker"]["symbol"], trace["marker"]["color"]) for trace in figure["data"]]
    assert len(set(looks)) == 18


def test_names_are_not_joined() -> None:
    drawing = dose_response(evidence(condition("", "friendly", 0.9), condition("", "web-like", 0.5)))
    assert drawing.figure["data"][0]["mode"] == "markers" and not drawing.figure["layout"]["showlegend"]


@pytest.mark.parametrize(
    ("form", "metric", "sentence"),
    [
        ("own", None, "In training-like captions: a: 0 to a: 1, 90 % to 50 %: agrees."),
        ("complete", None, "Nothing was measured in complete captions."),
        ("own", "recognition_accuracy", "Nothing was measured in training-like captions."),
    ],
)
def test_sentences(form: str, metric: str | None, sentence: str) -> None:
    assert dose_response(TOY, form, metric).sentence == sentence


def test_more_than_two_comparisons_are_counted() -> None:
    (each,) = TOY["contrasts"]
    words = ("agrees", "disagrees", "agrees")
    found = dose_response(TOY | {"contrasts": [each | {"word": word} for word in words]})
    words = "From 51 % (a: 1) to 91 % (a: 0); 3 comparisons in training-like captions: agrees 2, disagrees 1."
    assert found.sentence == words


def test_doses_rise_and_stay_apart_and_names_get_room() -> None:
    doses = dose_response(evidence(*(condition(f"{i}", x, 0.9) for i in range(7) for x in ("10", "2", "0.5"))))
    assert doses.figure["layout"]["xaxis"]["ticktext"] == ["0.5", "2", "10"] and doses.figure["layout"]["height"] > 400
    assert "height" not in dose_response(TOY).figure["layout"], "few series take no more room"
    places = [trace["x"] for trace in doses.figure["data"] if "lines" in trace["mode"]]
    assert (
        max(abs(x[-1]) for x in places) < 0.5
        and len({x[-1] for x in places}) == 7
        and sorted(places[0], reverse=True) == places[0]
    )
    names = dose_response(evidence(condition("", "web-like", 0.5), condition("", "friendly", 0.9)))
    assert names.figure["layout"]["xaxis"]["ticktext"] == ["web-like", "friendly"]
    assert names.figure["layout"]["height"] > 400


def test_the_axis_begins_below_the_lowest_share_of_any_form_and_metric_shown() -> None:
    low = TOY["conditions"][0]["forms"]["own"]["binding_accuracy"] | score(0.12)
    of_canonical = TOY["conditions"][0] | {
        "forms": TOY["conditions"][0]["forms"] | {"canonical": {"binding_accuracy": low}}
    }
    assert dose_response(TOY).figure["layout"]["yaxis"]["range"] == [0.39, 1.03]
    whole = dose_response(TOY | {"conditions": [of_canonical, *TOY["conditions"][1:]]})
    assert whole.figure["layout"]["yaxis"]["range"] == [-0.03, 1.03], "its own form lies higher, another one does not"
    mine = [run("a: 1", 0.33)]
    assert dose_response(TOY, runs=mine).figure["layout"]["yaxis"]["range"] == [0.26, 1.03]


def test_a_long_title_breaks_before_its_parenthesis() -> None:
    titles = {"the dial (a share)": "the dial (a share)"}
    titles["hard negatives <b> (share of images that ask)"] = "hard negatives &lt;b&gt;<br>(share of images that ask)"
    for title, drawn in titles.items():
        assert dose_response(TOY | {"axis": title}).figure["layout"]["xaxis"]["title"]["text"] == drawn


def test_columns_that_say_nothing_are_left_out() -> None:
    quiet = condition("", "1", 0.9) | {"rates": {"hard_negatives": 0.0, "hard_negatives_true": 0.0}}
    columns = dose_response(evidence(quiet)).columns
    assert not {"images with a hard negative", "of them true", "series", "note"} & set(columns)
    assert {*columns} < {*COLUMNS} and len(dose_response(evidence(quiet)).rows[0]) == len(columns)


def long_run(series: str, *ends: float) -> dict[str, Any]:
    lines = [
        {"seed": seed, "steps": [100, 200, 300][: 3 - seed % 2], "values": [0.5, 0.5, end][: 3 - seed % 2]}
        for seed, end in enumerate(ends)
    ]
    end = {"value": ends[0], "n": len(ends), "low": None, "high": None, "chance": 0.5}
    trend = {"own": {"word": "flat", "end": end, "slope": end}}
    return condition(series, "8", *ends) | {"curves": {"own": lines}, "trend": trend}


def test_long_runs_are_drawn_over_their_steps() -> None:
    found = evidence(long_run("web <b>", 0.6, 0.7), long_run("other", 0.8)) | {"contrasts": []}
    drawing = dose_response(found, runs=[run("other: 8", 0.75)])
    first, second, mean, *_, mine = drawing.figure["data"]
    assert first["y"] == [0.5, 0.5, 0.6] and second["x"] == [100, 200] and not first["showlegend"]
    assert mean["x"] == [100, 200] and mean["name"] == "web &lt;b&gt;", "the mean is of steps that every seed has"
    assert set(mean["text"]) == {"web &lt;b&gt;: 8"} and mine["x"] == [90] and mine["y"] == [0.75]
    (third, chance) = drawing.figure["layout"]["shapes"]
    assert (third["x0"], third["x1"], chance["y0"]) == (200, 300, 0.5)
    assert drawing.sentence == "In training-like captions: web <b> ends at 60 %, flat; other ends at 80 %, flat."
    assert len(drawing.rows) == 3 and dose_response(found, "complete").figure["data"] == []
    assert go.Figure(json.loads(re.sub(r"role:[\w-]+", "#123456", json.dumps(drawing.figure))))


def test_without_comparisons_it_says_the_range() -> None:
    words = dose_response(TOY | {"contrasts": []}).sentence
    assert words == "Binding accuracy in training-like captions lies between 51 % and 91 %."


DOSES = evidence(condition("a", "0.5", 0.9), condition("a", "1", 0.7), condition("a", "3", 0.5))


@pytest.mark.parametrize(
    ("value", "place", "beyond"),
    [(0.5, 0.0, False), (0.75, 0.5, False), (2.0, 1.5, False), (0.2, -0.3, True), (4.0, 2.3, True)],
)
def test_a_band_stands_between_the_doses(value: float, place: float, beyond: bool) -> None:
    band = Position(label="your captions", value=value, low=value - 0.1, high=value + 0.1)
    drawing = dose_response(DOSES, band=band)
    layout = drawing.figure["layout"]
    chance, strip, line = layout["shapes"]
    assert (line["x0"], line["x1"]) == (place, place) and strip["x0"] <= place <= strip["x1"] and chance["y0"] == 0.5
    assert layout["annotations"][0]["text"] == "your captions"
    assert f"Your captions: {value:.2f} (95 % interval" in drawing.sentence
    assert ("outside of what was measured" in drawing.sentence) is beyond


def test_published_captions_are_thin_lines_below_the_band() -> None:
    corpora = [
        Position(label="long", value=2.0, low=1.9, high=2.1),
        Position(label="short <b>", value=0.75, low=0.7, high=0.8),
    ]
    drawing = dose_response(DOSES, positions=corpora)
    chance, *lines = drawing.figure["layout"]["shapes"]
    assert [line["x0"] for line in lines] == [0.5, 1.5] and chance["y0"] == 0.5
    labels = drawing.figure["layout"]["annotations"]
    assert [label["text"] for label in labels] == ["short &lt;b&gt; 0.75", "long 2.00"]
    assert labels[0]["y"] < labels[1]["y"] and [label["xanchor"] for label in labels] == ["left", "right"]
    assert "stand at short <b> 0.75, long 2.00: positions on the axis, not predictions." in drawing.sentence
    band = Position(label="your captions", value=1.0, low=0.9, high=1.1)
    both = dose_response(DOSES, band=band, positions=corpora)
    assert len(both.figure["layout"]["shapes"]) == 5 and both.sentence.startswith(drawing.sentence)
    assert go.Figure(json.loads(re.sub(r"role:[\w-]+", "#123456", json.dumps(both.figure))))


def test_a_band_has_no_place_among_names() -> None:
    band = Position(label="your captions", value=0.5, low=0.4, high=0.6)
    names = evidence(condition("", "friendly", 0.9), condition("", "web-like", 0.5))
    assert dose_response(names, band=band) == dose_response(names)
