"""The dose-response figure of toy evidence: legal for Plotly, every seed in it, words that say the result."""

import json
from typing import Any

import plotly.graph_objects as go
import pytest

from explorer.figures.dose import COLUMNS, dose_response


def score(*values: float) -> dict[str, Any]:
    mean = sum(values) / len(values)
    points = [{"seed": seed, "value": value, "n": 9, "low": 0.1, "high": 0.9} for seed, value in enumerate(values)]
    bounds = {"low": mean - 0.05, "high": mean + 0.05}
    return {"points": points, "mean": {"value": mean, "n": len(values), "chance": 0.5, **bounds}}


def condition(series: str, x: str, *values: float) -> dict[str, Any]:
    forms = {"own": {"binding_accuracy": score(*values)}} if values else {}
    about = {"series": series, "x": x, "label": f"{series}: {x}", "learning_rate": 0.002, "not_tested": None}
    return {**about, "forms": forms}


def evidence(*conditions: dict[str, Any]) -> dict[str, Any]:
    change = {"start": "a: 0", "end": "a: 1", "form": "own", "word": "agrees"}
    ends = {"from": {"value": 0.9}, "to": {"value": 0.5}}
    about = {"name": "toy", "metric": "binding_accuracy", "axis": "the <b> dial"}
    return {**about, "conditions": list(conditions), "contrasts": [{**change, **ends}]}


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
    assert drawing.rows[3][-1] == "no point" and drawing.rows[0][-2] == "90 %, 92 %"


def test_it_is_legal_for_plotly() -> None:
    text = json.dumps(dose_response(TOY).figure)
    for name in ("text", "quiet", "grid", "axis", "panel", "run-0", "run-1"):
        text = text.replace(f"role:{name}", "#123456")
    assert len(go.Figure(json.loads(text)).data) > 2


def test_names_are_not_joined() -> None:
    drawing = dose_response(evidence(condition("", "friendly", 0.9), condition("", "web-like", 0.5)))
    assert drawing.figure["data"][0]["mode"] == "markers" and not drawing.figure["layout"]["showlegend"]


@pytest.mark.parametrize(
    ("form", "metric", "sentence"),
    [
        ("own", None, "In own captions: a: 0 to a: 1, 90 % to 50 %: agrees."),
        ("complete", None, "Nothing was measured in complete captions."),
        ("own", "recognition_accuracy", "Nothing was measured in own captions."),
    ],
)
def test_sentences(form: str, metric: str | None, sentence: str) -> None:
    assert dose_response(TOY, form, metric).sentence == sentence


def test_without_comparisons_it_says_the_range() -> None:
    words = dose_response(TOY | {"contrasts": []}).sentence
    assert words == "Binding accuracy in own captions lies between 51 % and 91 %."


DOSES = evidence(condition("a", "0.5", 0.9), condition("a", "1", 0.7), condition("a", "3", 0.5))


@pytest.mark.parametrize(
    ("value", "place", "beyond"),
    [(0.5, 0.0, False), (0.75, 0.5, False), (2.0, 1.5, False), (0.2, -0.3, True), (4.0, 2.3, True)],
)
def test_a_band_stands_between_the_doses(value: float, place: float, beyond: bool) -> None:
    band = {"value": value, "low": value - 0.1, "high": value + 0.1, "label": "your captions"}
    drawing = dose_response(DOSES, band=band)
    layout = drawing.figure["layout"]
    chance, strip, line = layout["shapes"]
    assert (line["x0"], line["x1"]) == (place, place) and strip["x0"] <= place <= strip["x1"] and chance["y0"] == 0.5
    assert layout["annotations"][0]["text"] == "your captions"
    assert f"Your captions: {value:.2f} (95 % interval" in drawing.sentence
    assert ("outside of what was measured" in drawing.sentence) is beyond


def test_a_band_has_no_place_among_names() -> None:
    band = {"value": 0.5, "low": 0.4, "high": 0.6, "label": "your captions"}
    names = evidence(condition("", "friendly", 0.9), condition("", "web-like", 0.5))
    assert dose_response(names, band=band) == dose_response(names)
