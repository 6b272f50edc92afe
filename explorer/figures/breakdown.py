"""Chart of a report's breakdown: dots with intervals, one line per group.

    breakdown_chart(report.scores.breakdown, form="own")

A form without rows gives an empty chart and a sentence that says so.
"""

from collections.abc import Sequence

from explorer.evaluation.results import Row
from explorer.figures.drawing import Drawing
from explorer.figures.style import (
    Part,
    axis,
    chance_line,
    interval_bars,
    interval_words,
    layout,
    number,
    numbers,
    plain,
    role,
    share_axis,
)

CHANCE = 0.5
ROW_HEIGHT, FRAME_HEIGHT = 31, 90  # px
BY = {
    "kind": "kind exchanged",
    "larger_object": "larger object named",
    "smaller_object_area": "smaller object's area",
    "pairs": "pairs in training",
    "alone_by_size": "asked alone, by size",
    "alone_by_naming": "asked alone, by naming",
}


def breakdown_chart(rows: Sequence[Row], form: str = "own") -> Drawing:
    """Draw the binding accuracy of each group in the captions of a form, with 95 % intervals and chance."""
    shown = [row for row in rows if row.form == form and row.estimate.value is not None]
    places = _places(shown)
    trace = {
        "type": "scatter",
        "mode": "markers",
        "name": "binding",
        "x": [number(row.estimate.value) for row in shown],
        "y": places,
        "error_x": interval_bars([row.estimate for row in shown], color=role("right")),
        "marker": {"symbol": "circle", "size": 10, "color": role("right")},
        "customdata": [row.estimate.n for row in shown],
        "hovertemplate": "%{x:.1%} of %{customdata}<extra></extra>",
        "showlegend": False,
    }
    return Drawing(
        figure={"data": [trace] if shown else [], "layout": _layout(shown, places)},
        sentence=_sentence(shown, form),
        columns=("form", "by", "group", "binding", "low", "high", "n", "chance"),
        rows=tuple(
            (form, _by(row), row.group, *numbers(row.estimate, "value", "low", "high"), row.estimate.n, CHANCE)
            for row in shown
        ),
    )


def _by(row: Row) -> str:
    return BY.get(row.by, row.by.replace("_", " "))


def _label(row: Row) -> str:
    """Break a group with two parts into two lines, so that a narrow plot keeps its width."""
    return plain(row.group).replace(", ", "<br>")


def _places(shown: Sequence[Row]) -> list[float]:
    """Return a line per row, with a free one above each property for its heading."""
    places, place = [], 0.0
    for before, row in zip([None, *(row.by for row in shown)], shown, strict=False):
        place += 2 if before != row.by else 1
        places.append(place)
    return places


def _layout(shown: Sequence[Row], places: list[float]) -> Part:
    lines = max(places, default=1.0)
    headings = [
        _heading(_by(row), place - 1)
        for before, row, place in zip([None, *(row.by for row in shown)], shown, places, strict=False)
        if row.by != before
    ]
    y = axis("", tickvals=places, ticktext=[_label(row) for row in shown], range=[lines + 0.7, 0.3])
    y |= {"automargin": True, "tickfont": {"color": role("text")}, "fixedrange": True, "showgrid": False, "ticks": ""}
    return layout(
        keep="breakdown",
        xaxis=share_axis("binding accuracy", chance=CHANCE),
        yaxis=y,
        shapes=[chance_line(CHANCE, vertical=True)],
        annotations=headings,
        height=round(FRAME_HEIGHT + ROW_HEIGHT * lines),
        margin={"l": 20, "r": 14, "t": 8, "b": 60},
    )


def _heading(text: str, place: float) -> Part:
    where = {"xref": "paper", "x": 0, "xanchor": "left", "y": place, "yanchor": "middle"}
    return {"text": f"<b>{plain(text)}</b>", "showarrow": False, "font": {"color": role("quiet"), "size": 12}, **where}


def _sentence(shown: Sequence[Row], form: str) -> str:
    if not shown:
        return f"There is no breakdown of binding in {form} captions."
    low, high = (pick(shown, key=lambda row: row.estimate.value or 0.0) for pick in (min, max))
    if len(shown) == 1:
        return f"Binding in {form} captions, {_by(low)} {low.group}: {interval_words(low.estimate)}."
    return (
        f"Binding in {form} captions is lowest for {_by(low)} {low.group}, {interval_words(low.estimate)}, and "
        f"highest for {_by(high)} {high.group}, {interval_words(high.estimate)}; {len(shown)} groups are drawn."
    )
