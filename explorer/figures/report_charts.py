"""Charts of one report: its breakdown, its four forms of caption side by side, and the margins of its images.

    breakdown_chart(report.scores.breakdown, form="own")   # dots with intervals, one line per group
    forms_side_by_side(report).sentence    # "The model binds, but not in captions longer than it has read: own ..."
    margin_histogram([0.08, 0.02, -0.03, math.nan])       # nan: no swapped caption; left out

A margin is cos(image, right caption) minus cos(image, swapped caption). A form without rows gives an empty chart and a
sentence that says so. Next to binding in a form stands the caption-only scorer: binding is evidence only if that one
is at chance.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from explorer.evaluation.results import CHANCE, EVERY_FORM, Estimate, Report, Row, same_forms, same_words
from explorer.evaluation.verdict import verdict
from explorer.figures.style import (
    Drawing,
    Part,
    axis,
    chance_line,
    interval_bars,
    interval_words,
    layout,
    number,
    numbers,
    percent,
    plain,
    role,
    share_axis,
)

SERIES = (  # key, name, mark, color, offset from the middle of the form
    ("binding_accuracy", "binding", "circle", "right", -0.2),
    ("recognition_accuracy", "recognition", "square-open", "other", 0.0),
    ("caption_only", "binding by captions only (control)", "x-thin-open", "quiet", 0.2),
)


def forms_side_by_side(report: Report) -> Drawing:
    """Draw binding, recognition and the caption-only control of a report by form, with intervals and chance."""
    asked = [form for form in EVERY_FORM if report.scores.of(form)]
    traces = [_trace(report, asked, *series) for series in SERIES]
    same = {form: twin for form, twin in same_forms(report.scores).items() if form in asked}
    words = [f"{form}<br>(as {same[form]})" if form in same else form for form in asked]
    x = axis("", tickvals=list(range(len(asked))), ticktext=words, range=[-0.5, max(len(asked), 1) - 0.5])
    x |= {"showgrid": False, "tickfont": {"color": role("text"), "size": 13}}
    # On a phone names stand upright, as slanted ones are cut or dropped at the edge, and the room below grows.
    x |= {"autotickangles": [0, 90], "automargin": True}
    look = layout(keep="forms", xaxis=x, yaxis=share_axis(chance=CHANCE), shapes=[chance_line(CHANCE)])
    return Drawing(
        figure={"data": [trace for trace in traces if trace["x"]], "layout": look},
        sentence=verdict(report).sentence + _same_sentence(same),
        columns=("form", "measure", "value", "low", "high", "n", "chance"),
        rows=tuple(
            (
                form,
                name,
                *numbers(found, "value", "low", "high"),
                found.n,
                number(found.chance),
            )
            for form in asked
            for key, name, *_ in SERIES
            if (found := _estimate(report, form, key))
        ),
    )


def _same_sentence(same: Mapping[str, str]) -> str:
    """Name the forms that repeat another, so that they are not taken for a second finding."""
    return "".join(f" The form {form} is {same_words(twin)}." for form, twin in same.items())


def _trace(report: Report, asked: list[str], key: str, name: str, mark: str, color: str, place: float) -> Part:
    known = [(i, found) for i, form in enumerate(asked) if (found := _estimate(report, form, key))]
    estimates = [found for _, found in known]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [round(i + place, 2) for i, _ in known],
        "y": [number(found.value) for found in estimates],
        "error_y": interval_bars(estimates, color=role(color), thickness=2, width=5),
        "marker": {"symbol": mark, "size": 8, "color": role(color), "line": {"width": 2, "color": role(color)}},
        "customdata": [found.n for found in estimates],
        "hovertemplate": "%{y:.1%} of %{customdata}",
    }


def _estimate(report: Report, form: str, key: str) -> Estimate | None:
    """Return an estimate by form and key, None if there is no number."""
    scores = report.scores
    found = scores.controls.get(key, {}).get(form) if key == "caption_only" else scores.of(form).get(key)
    return found if found and found.value is not None else None


NUM_BINS = 24


def margin_histogram(margins: Sequence[float]) -> Drawing:
    """Draw the distribution of margins; bins meet at zero, nan is left out."""
    known = np.array([float(margin) for margin in margins if math.isfinite(margin)])
    counts, edges = _bins(known)
    centers = (edges[:-1] + edges[1:]) / 2
    sides = (
        ((centers > 0) & (counts > 0), "right caption nearer", "right", ""),
        ((centers < 0) & (counts > 0), "swapped caption nearer", "swapped", "/"),
    )
    traces = [
        {
            "type": "bar",
            "name": name,
            "x": [number(x, 5) for x in centers[side]],
            "y": counts[side].tolist(),
            "width": number(edges[1] - edges[0], 6),
            "marker": {
                "color": role(color),
                "line": {"color": role(color), "width": 1},
                "pattern": {"shape": hatch, "fgcolor": role(color), "bgcolor": "rgba(0,0,0,0)", "size": 6}
                if hatch
                else {"shape": ""},
            },
            "hovertemplate": "margin about %{x:.3f}: %{y} images",
        }
        for side, name, color, hatch in sides
    ]
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1}
    zero["line"] = {"color": role("text"), "width": 1.5}
    reach = float(edges[-1])
    look = layout(
        keep="margins",
        barmode="overlay",
        shapes=[zero],
        xaxis=axis("margin: cosine to right minus swapped", range=[-1.05 * reach, 1.05 * reach], nticks=7),
        yaxis=axis("images", rangemode="tozero", tickformat="d"),
    )
    rows = tuple((number(low), number(high), int(n)) for low, high, n in zip(edges, edges[1:], counts, strict=False))
    return Drawing(
        figure={"data": traces, "layout": look},
        sentence=_margins_in_words(known),
        columns=("margin from", "margin to", "images"),
        rows=rows,
    )


def _bins(known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and edges of bins that are symmetric about zero; a margin of zero counts as not preferring."""
    reach = float(np.abs(known).max()) * 1.02 if known.size and np.abs(known).max() > 0 else 0.1
    edges = np.linspace(-reach, reach, NUM_BINS + 1)
    edges[NUM_BINS // 2] = 0.0
    counts, _ = np.histogram(np.where(known == 0, -reach / NUM_BINS, known), edges)
    return counts, edges


def _margins_in_words(known: np.ndarray) -> str:
    if not known.size:
        return "No image of this set has a swapped caption."
    above = int((known > 0).sum())
    return (
        f"The right caption is nearer than the swapped one for {above} of {known.size} images "
        f"({percent(above / known.size)}); the median margin is {np.median(known):.3f}."
    )


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
    shown = [row for row in rows if row.form == form and row.value is not None]
    places = _places(shown)
    trace = {
        "type": "scatter",
        "mode": "markers",
        "name": "binding",
        "x": [number(row.value) for row in shown],
        "y": places,
        "error_x": interval_bars(shown, color=role("right")),
        "marker": {"symbol": "circle", "size": 10, "color": role("right")},
        "customdata": [row.n for row in shown],
        "hovertemplate": "%{x:.1%} of %{customdata}<extra></extra>",
        "showlegend": False,
    }
    return Drawing(
        figure={"data": [trace] if shown else [], "layout": _layout(shown, places)},
        sentence=_sentence(shown, form),
        columns=("form", "by", "group", "binding", "low", "high", "n", "chance"),
        rows=tuple((form, _by(row), row.group, *numbers(row, "value", "low", "high"), row.n, CHANCE) for row in shown),
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
    low, high = (pick(shown, key=lambda row: row.value or 0.0) for pick in (min, max))
    if len(shown) == 1:
        return f"Binding in {form} captions, {_by(low)} {low.group}: {interval_words(low)}."
    return (
        f"Binding in {form} captions is lowest for {_by(low)} {low.group}, {interval_words(low)}, and "
        f"highest for {_by(high)} {high.group}, {interval_words(high)}; {len(shown)} groups are drawn."
    )
