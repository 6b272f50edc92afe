"""The forest plot: a heading per property, a line per form with both intervals, hollow if nothing bound."""

import json
from dataclasses import replace

import plotly.graph_objects as go
import pytest

from explorer.codec import decode
from explorer.evaluation.results import Estimate
from explorer.figures.forest import COLUMNS, FORM_STYLES, Effect, forest
from explorer.study.evidence_store import load_claims
from explorer.study.properties import FORM_WORDS

NOTHING = {"value": None, "n": 0, "low": None, "high": None, "chance": None}


def effect(
    name: str, form: str, change: float = -0.3, state: str = "measured", edition: str | None = "second"
) -> Effect:
    estimate = {"value": change, "n": 5, "low": change - 0.1, "high": change + 0.1, "chance": 0.0}
    side = {"num_bound": 4, "bound": NOTHING | {"value": 0.8, "n": 5}, "final": NOTHING | {"value": 0.9, "n": 5}}
    return Effect.from_json({
        "name": name, "words": f"<b>{name}", "form": form, "state": state, "edition": edition,
        "sides": [side, side], "bound": estimate, "final": estimate | {"value": change / 2},
    })  # fmt: skip


UNRUN = replace(
    effect("later", "canonical", state="not yet run", edition=None), sides=(),
    bound=decode(Estimate, NOTHING), final=decode(Estimate, NOTHING),
)  # fmt: skip
EFFECTS = [
    effect("one", "canonical"),
    effect("one", "own", 0.2, "untestable here"),
    effect("two", "own", 0.3, "no headroom", "first"),
    UNRUN,
]


def test_lines_headings_and_marks() -> None:
    figure = json.loads(json.dumps(forest(EFFECTS).as_dict()))["figure"]
    canonical, own, *right = figure["data"]
    assert canonical["name"] == "two objects, a color each" and len(right) == 2 and right[0]["xaxis"] == "x2"
    # A heading of 1.1 rows per line above each property; the second has two lines.
    assert canonical["y"] == [1.6] and own["y"] == [2.6, 5.8]
    assert canonical["marker"]["symbol"] == ["circle"] and own["marker"]["symbol"] == ["square-open"] * 2
    assert own["text"] == ["one", "two"] and canonical["error_x"]["array"] == pytest.approx([0.1])
    head, headings = figure["layout"]["annotations"][:8], figure["layout"]["annotations"][8:]
    assert [note["text"] for note in headings] == [
        "<b>&lt;b&gt;one</b>", "<b>&lt;b&gt;two</b><br>(first edition, no headroom)",
        "<b>&lt;b&gt;later</b> (not yet run)",
    ]  # fmt: skip
    # Both axes stand above the lines too, with their numbers.
    assert [(note["xref"], note["text"]) for note in head] == [
        *(("x", text) for text in ("seeds bound, points", "-100", "0", "+100")),
        *(("x2", text) for text in ("final accuracy, points", "-50", "0", "+50")),
    ]
    assert all(figure["layout"]["yaxis"]["range"][1] < note["y"] < 0 for note in head)
    # No line of the grid and neither zero crosses a heading.
    layout = figure["layout"]
    assert not layout["xaxis"]["showgrid"] and not layout["xaxis2"]["showgrid"]
    assert [(each["xref"], each["path"]) for each in layout["shapes"]] == [
        ("x", "M-1.0,1.10L-1.0,3.10M-1.0,5.30L-1.0,6.30M1.0,1.10L1.0,3.10M1.0,5.30L1.0,6.30"),
        ("x", "M0.0,1.10L0.0,3.10M0.0,5.30L0.0,6.30"),
        ("x2", "M-0.5,1.10L-0.5,3.10M-0.5,5.30L-0.5,6.30M0.5,1.10L0.5,3.10M0.5,5.30L0.5,6.30"),
        ("x2", "M0.0,1.10L0.0,3.10M0.0,5.30L0.0,6.30"),
    ]


def test_it_is_legal_for_plotly() -> None:
    text = json.dumps(forest(EFFECTS).figure)
    for name in ("text", "quiet", "grid", "axis", "panel", "run-0", "run-2"):
        text = text.replace(f"role:{name}", "#123456")
    assert len(go.Figure(json.loads(text)).data) == 4


def test_sentence_and_table() -> None:
    drawing = forest(EFFECTS)
    assert drawing.sentence == (
        "Of 3 lines accuracy surely falls in 1 and rises in 2; in 2 the share of seeds bound could not show it, so its "
        "mark is hollow (1 untestable here, 1 no headroom). Properties not yet run: 1. Click a mark for its claim."
    )
    assert drawing.columns == COLUMNS and len(drawing.rows) == 4 and drawing.rows[3][3] == "not yet run"
    assert forest([UNRUN]).sentence == "Nothing of it has been run yet." and forest([UNRUN]).figure["data"] == []


def test_the_frozen_effects_can_be_drawn() -> None:
    found = load_claims()
    assert found is not None
    assert len(forest(tuple(map(Effect.from_json, found["effects"]))).rows) == len(found["effects"])
    assert {form: words for form, (words, _, _) in FORM_STYLES.items()} == FORM_WORDS
