"""Every figure is legal for Plotly and plain JSON, shows words as they are, and is the one in `drawn.json`.

After an intended change `python -m tests.record figures` writes that file anew.
"""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.figures.curves import MAX_POINTS, loss_curves, share_curves, thin
from explorer.figures.models import cosine_heatmap, projection_map
from explorer.figures.style import COLOR_ROLES, Drawing, layout, make_drawing
from explorer.resources import asset_text
from explorer.views import board as board_view
from tests.unit.figures.drawn import (
    BAND,
    COSINES,
    DOSES,
    DRAWINGS,
    NAMES,
    POINTS,
    TOY,
    condition,
    curve,
    dose_response,
    evidence,
    score,
)

FILE = Path(__file__).with_name("drawn.json")
VARIABLE = re.compile(r"--([\w-]+): (#\w+);")


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_is_legal_for_plotly_in_both_themes_and_plain_json(name: str) -> None:
    drawn = DRAWINGS[name].for_page()
    assert json.loads(json.dumps(drawn, allow_nan=False)) == drawn
    for theme, color in (("light", COLOR_ROLES["text"][0]), ("dark", COLOR_ROLES["text"][1])):
        figure = DRAWINGS[name].plotly(theme)  # raises for a property, a value or a role that does not exist
        assert figure.layout.font.color == color and len(figure.data) == len(drawn["plotly"]["data"])
    shown = drawn["plotly"] | {"layout": drawn["plotly"]["layout"] | {"meta": None}}  # meta becomes textContent
    assert "<a " not in json.dumps(shown) and "<b>w" not in json.dumps(shown)


def drawing_outline(drawn: dict[str, Any]) -> dict[str, Any]:
    """A drawing, of whose layout only what is its own."""
    base = layout(keep="")
    own = {key: part for key, part in drawn["plotly"]["layout"].items() if base.get(key) != part}
    return {"layout": own, "traces": drawn["plotly"]["data"], "sentence": drawn["sentence"], **drawn["table"]}


def drawn_parts() -> dict[str, Any]:
    """What is drawn, as {"NAME: PART": content}."""
    texts = {name: drawing_outline(each.for_page()) for name, each in DRAWINGS.items()}
    return {f"{name}: {part}": content for name, each in texts.items() for part, content in each.items()}


def record() -> None:
    """Write drawn.json, a line for each part."""
    lines = (f"{json.dumps(name)}: {json.dumps(part, ensure_ascii=False)}" for name, part in drawn_parts().items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def test_figures_sentences_and_tables() -> None:
    assert json.loads(FILE.read_text(encoding="utf-8")) == json.loads(json.dumps(drawn_parts()))
    sentences = {name: each.for_page() for name, each in DRAWINGS.items()}
    assert all(each["sentence"].endswith(".") and each["table"]["columns"] for each in sentences.values())


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="one cell for each of the columns step, loss"):
        Drawing(figure={}, sentence="", columns=("step", "loss"), rows=((1,),))
    with pytest.raises(ValueError, match="no_such"):
        make_drawing([{"type": "scatter", "no_such": 1}], layout(keep="toy"), "", ["step"], []).plotly()
    with pytest.raises(ValueError, match="Points"):
        projection_map(POINTS, ["a"], (0.4, 0.2), 0.5)
    with pytest.raises(ValueError, match=re.escape("got (2, 4) and 2")):
        cosine_heatmap(COSINES, ["a"], ["b", "c"])


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("name", ["text", "quiet", "right", "swapped", "other", *(f"run-{i}" for i in range(6))])
def test_roles_stand_out_in_both_themes(name: str) -> None:
    light, dark = COLOR_ROLES[name]
    assert 1.05 / (luminance(light) + 0.05) >= 4.5
    assert (luminance(dark) + 0.05) / (luminance("#27272a") + 0.05) >= 4.5


def declared(sheet: str, selector: str) -> dict[str, str]:
    """The colors that a style sheet declares for a selector."""
    rules = re.findall(rf"^{re.escape(selector)} \{{(.*?)\}}", sheet, re.MULTILINE | re.DOTALL)
    return dict(VARIABLE.findall("".join(rules)))


def test_right_and_wrong_have_one_color_each_on_the_page_in_figures_and_on_a_board() -> None:
    roles = {"wb-right": "right", "wb-wrong": "swapped", "wb-ghost": "run-1"}
    roles |= {f"figure-{role}": role for role in ("other", "run-3", "run-4", "run-5")}
    board = Path(board_view.__file__).with_name("board.html.j2").read_text(encoding="utf-8")
    on_board = re.findall(r":root \{ (.*?) \}", board)
    for theme, selector in enumerate((":root", ".dark")):
        page = declared(asset_text("css/shell.css"), selector) | declared(asset_text("css/figures.css"), selector)
        assert {name: COLOR_ROLES[role][theme] for name, role in roles.items()}.items() <= page.items()
        assert {f"wb-{name}": color for name, color in VARIABLE.findall(on_board[theme])}.items() <= page.items()
    assert COLOR_ROLES["run-0"] == COLOR_ROLES["right"] and COLOR_ROLES["run-2"] == COLOR_ROLES["other"]


def test_runs_and_many_series_differ_by_more_than_color() -> None:
    traces = share_curves([curve("a"), curve("b"), curve("c")], forms=("own",)).figure["data"]
    looks = [(t["line"]["color"], t["line"]["dash"], t["marker"]["symbol"]) for t in traces]
    assert all(len(set(each)) == 3 for each in zip(*looks, strict=True))
    figure = dose_response(evidence(*(condition(f"{i}", "1", 0.9) for i in range(9)))).figure
    assert len({(trace["marker"]["symbol"], trace["marker"]["color"]) for trace in figure["data"]}) == 18


def test_a_long_curve_keeps_its_ends_and_its_spikes() -> None:
    values: list[float | None] = [1.0] * 5000
    values[1234], values[3210], values[7] = 9.0, 0.0, None
    kept = thin(values)
    assert len(kept) <= MAX_POINTS and kept == sorted(set(kept)) and {0, 1234, 3210, 4999} <= set(kept)
    assert len(json.dumps(loss_curves([curve(steps=2000)]).for_page())) < 40_000
    (canonical, _) = share_curves([curve(steps=2000)]).figure["data"]
    assert len(canonical["x"]) <= MAX_POINTS and canonical["x"][-1] == 2000


def test_doses_rise_and_stay_apart() -> None:
    doses = dose_response(evidence(*(condition(f"{i}", x, 0.9) for i in range(7) for x in ("10", "2", "0.5")))).figure
    assert doses["layout"]["xaxis"]["ticktext"] == ["0.5", "2", "10"] and doses["layout"]["height"] > 400
    ends = [trace["x"][-1] for trace in doses["data"] if "lines" in trace["mode"]]
    assert len(set(ends)) == 7 and max(map(abs, ends)) < 0.5


def test_the_axis_begins_below_the_lowest_share_of_any_form_and_metric_shown() -> None:
    first, *others = TOY["conditions"]
    low = first["forms"]["own"]["binding_accuracy"] | score(0.12)
    of_canonical = first | {"forms": first["forms"] | {"canonical": {"binding_accuracy": low}}}
    whole = dose_response(TOY | {"conditions": [of_canonical, *others]})
    ends = [drawn.figure["layout"]["yaxis"]["range"][0] for drawn in (dose_response(TOY), whole)]
    assert ends == [0.39, -0.03], "its own form lies higher, another one does not"


@pytest.mark.parametrize(
    ("value", "place", "beyond"),
    [(0.5, 0.0, ""), (0.75, 0.5, ""), (2.0, 1.5, ""), (0.2, -0.3, "below the lowest measured, 0.5"),
     (4.0, 2.3, "above the highest measured, 3")],
)  # fmt: skip
def test_a_band_stands_between_the_doses(value: float, place: float, beyond: str) -> None:
    drawn = dose_response(DOSES, band=replace(BAND, value=value, low=value - 0.1, high=value + 0.1))
    chance, strip, line = drawn.figure["layout"]["shapes"]
    assert (line["x0"], line["x1"]) == (place, place) and strip["x0"] <= place <= strip["x1"] and chance["y0"] == 0.5
    assert beyond in drawn.sentence and ("measured" in drawn.sentence) is bool(beyond)
    assert dose_response(NAMES, band=BAND) == dose_response(NAMES), "a band has no place among names"
