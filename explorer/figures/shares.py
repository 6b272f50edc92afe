"""Chart of shares with intervals as dots, one line each with its own chance mark.

    shares_chart("biases", [ShareRow(label="larger", estimate=estimate)])

A line may belong to a series, for example a model: series differ by color and by mark. Missing values are left out of
the drawing and stay in the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.evaluation.results import Estimate
from explorer.figures.style import (
    QUARTERS,
    RUN_MARKS,
    Drawing,
    Part,
    axis,
    interval_bars,
    interval_words,
    layout,
    number,
    numbers,
    percent,
    plain,
    role,
    run_role,
)

ROW_HEIGHT, FRAME_HEIGHT = 30, 96  # px
COLUMNS = ("series", "measure", "value", "low", "high", "chance", "n")


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareRow:
    """A line of the chart; `series` is for example a model."""

    label: str
    estimate: Estimate
    series: str = ""


def shares_chart(name: str, rows: Sequence[ShareRow], sentence: str = "") -> Drawing:
    """Draw `rows` with label, estimate and optional series; a missing sentence is generated."""
    labels = list(dict.fromkeys(row.label for row in rows))
    series = list(dict.fromkeys(row.series for row in rows))
    known = [row for row in rows if row.estimate.value is not None]
    traces = [_trace([row for row in known if row.series == each], labels, series, each) for each in series]
    return Drawing(
        figure={"data": [trace for trace in traces if trace["x"]], "layout": _layout(name, known, labels, len(series))},
        sentence=sentence or _sentence(known),
        columns=COLUMNS,
        rows=tuple(
            (row.series, row.label, *numbers(row.estimate, "value", "low", "high", "chance"), row.estimate.n)
            for row in rows
        ),
    )


def chart_height(rows: int) -> int:
    """Return the height in pixels for so many labels."""
    return FRAME_HEIGHT + ROW_HEIGHT * max(1, rows)


def _trace(rows: Sequence[ShareRow], labels: Sequence[str], series: Sequence[str], name: str) -> Part:
    position = series.index(name)
    color, mark = run_role(position), RUN_MARKS[position % len(RUN_MARKS)]
    shift = 0.6 * ((position + 0.5) / len(series) - 0.5)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": plain(name or "share"),
        "showlegend": len(series) > 1,
        "x": [number(row.estimate.value) for row in rows],
        "y": [round(labels.index(row.label) + shift, 3) for row in rows],
        "error_x": interval_bars([row.estimate for row in rows], color=color),
        "marker": {"symbol": mark, "size": 10, "color": color},
        "customdata": [row.estimate.n for row in rows],
        "hovertemplate": "%{x:.1%} of %{customdata}<extra></extra>",
    }


def _layout(name: str, known: Sequence[ShareRow], labels: Sequence[str], num_series: int) -> Part:
    chances = {row.label: row.estimate.chance for row in known if row.estimate.chance is not None}
    marks = [_chance(labels.index(label), chance) for label, chance in chances.items()]
    y = axis("", tickvals=list(range(len(labels))), ticktext=[plain(label) for label in labels], ticks="")
    y |= {"range": [max(len(labels), 1) - 0.5, -0.5], "automargin": True, "fixedrange": True, "showgrid": False}
    y["tickfont"] = {"color": role("text")}
    ticks = {"tickvals": list(QUARTERS), "ticktext": [percent(tick) for tick in QUARTERS]}
    return layout(
        keep=f"shares-{name}",
        xaxis=axis("dashed: chance", range=[-0.03, 1.03], fixedrange=True, **ticks),
        yaxis=y,
        shapes=marks,
        height=chart_height(len(labels)) + 22 * (num_series > 1),
        margin={"l": 20, "r": 16, "t": 30 if num_series > 1 else 8, "b": 52},
    )


def _chance(place: int, chance: float) -> Part:
    line = {"color": role("quiet"), "width": 1.5, "dash": "dash"}
    return {"type": "line", "x0": chance, "x1": chance, "y0": place - 0.5, "y1": place + 0.5, "line": line}


def _sentence(known: Sequence[ShareRow]) -> str:
    """State every share if they are few, else the extremes."""
    if not known:
        return "Nothing was measured."
    named = known if len(known) < 5 else [pick(known, key=lambda row: row.estimate.value or 0.0) for pick in (min, max)]
    words = [f"{_of(row)}{row.label}: {interval_words(row.estimate)}" for row in named]
    return f"{'; '.join(words)}." if len(known) < 5 else f"From {words[0]}, to {words[1]}."


def _of(row: ShareRow) -> str:
    return f"{row.series}, " if row.series else ""
