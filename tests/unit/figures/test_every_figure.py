"""Every figure is legal for Plotly and plain JSON, shows words as they are, and says and tabulates its result.

Sentences and tables are in `said.json`. After an intended change write them anew, and read what changed:

    WRITE_SAID=1 python -m pytest -p no:xdist tests/unit/figures/test_every_figure.py
"""

import json
import os
from pathlib import Path

import pytest

from explorer.figures.style import ROLES, Drawing, drawing, layout
from tests.unit.figures.drawn import DRAWINGS

SAID = Path(__file__).with_name("said.json")


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_is_legal_for_plotly_in_both_themes_and_plain_json(name: str) -> None:
    drawn = DRAWINGS[name].for_page()
    assert json.loads(json.dumps(drawn, allow_nan=False)) == drawn
    assert "uirevision" in drawn["plotly"]["layout"], "zoom is kept"
    for theme, color in (("light", ROLES["text"][0]), ("dark", ROLES["text"][1])):
        figure = DRAWINGS[name].plotly(theme)  # raises for a property or a value that Plotly does not know
        assert figure.layout.font.color == color and len(figure.data) == len(drawn["plotly"]["data"])
        assert "role:" not in json.dumps(figure.to_plotly_json()["layout"] | {"meta": None})


@pytest.mark.parametrize("name", DRAWINGS)
def test_words_of_data_are_no_html_in_the_figure(name: str) -> None:
    figure = {**DRAWINGS[name].figure}
    figure["layout"] = {key: each for key, each in figure["layout"].items() if key != "meta"}  # the page: textContent
    assert "<a " not in json.dumps(figure) and "<b>w" not in json.dumps(figure)


def test_sentences_and_tables() -> None:
    found = {
        name: {"sentence": each.sentence, "columns": list(each.columns), "rows": [list(row) for row in each.rows]}
        for name, each in DRAWINGS.items()
    }
    if os.environ.get("WRITE_SAID"):
        lines = (f"{json.dumps(name)}: {json.dumps(each, ensure_ascii=False)}" for name, each in found.items())
        SAID.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    assert found == json.loads(SAID.read_text(encoding="utf-8"))
    assert all(each["sentence"].endswith(".") and each["columns"] for each in found.values())


def test_a_table_has_a_cell_in_each_row_and_column() -> None:
    with pytest.raises(ValueError, match="one cell for each of the columns step, loss"):
        Drawing(figure={}, sentence="", columns=("step", "loss"), rows=((1,),))
    with pytest.raises(ValueError, match="zip"):
        drawing([], layout(keep="toy"), "", {"step": [1, 2], "loss": [0.5]})


def test_plotly_refuses_what_it_does_not_know() -> None:
    bad = drawing([{"type": "scatter", "no_such": 1}], layout(keep="toy"), "", {"step": []})
    with pytest.raises(ValueError, match="no_such"):
        bad.plotly()


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("name", ["text", "quiet", "right", "swapped", "other", *(f"run-{i}" for i in range(6))])
def test_roles_stand_out_in_both_themes(name: str) -> None:
    light, dark = ROLES[name]
    assert 1.05 / (luminance(light) + 0.05) >= 4.5
    assert (luminance(dark) + 0.05) / (luminance("#27272a") + 0.05) >= 4.5
