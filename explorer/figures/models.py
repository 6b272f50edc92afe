"""Figures of one model: what a report or a snapshot holds.

    margin_histogram([0.08, 0.02, -0.03, math.nan])  # nan: no swapped caption; left out

A margin is cos(image, right caption) minus cos(image, swapped caption). Next to binding in a form stands the
caption-only scorer: binding is evidence only if that one is at chance. What was not measured is left out of a drawing
and stays in its table; without any number a figure is empty and its sentence says so.

In the heatmaps, row i is the image of caption i. A square outline marks its right caption, a dashed circle the swapped
one; the row has a tick if the right one is nearer. In the map, images are squares, right captions filled circles,
swapped captions hollow diamonds. The page shows the picture of the pair under the pointer and lines to its captions;
both are in the figure's `layout.meta`.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from explorer.evaluation.results import (
    CHANCE,
    EVERY_FORM,
    BreakdownRow,
    Estimate,
    Report,
    same_form_sentence,
    same_forms,
)
from explorer.evaluation.verdict import judge_report
from explorer.figures import style
from explorer.figures.style import (
    INTERVAL_ENDS,
    Cell,
    Drawing,
    PlotlyPart,
    estimate_cells,
    make_drawing,
    rounded_number,
)
from explorer.sentences import Listed, Sentence
from explorer.wording import format_percent

MEASURES = (  # key, name, mark, color, offset from the middle of the form
    ("binding_accuracy", "binding", "circle", "right", -0.2),
    ("recognition_accuracy", "recognition", "square-open", "other", 0.0),
    ("caption_only", "binding by captions only (control)", "x-thin-open", "quiet", 0.2),
)


def forms_chart(report: Report) -> Drawing:
    """Draw binding, recognition and the caption-only control of a report by form, with intervals and chance."""
    scores = report.scores
    measured_forms = [form for form in EVERY_FORM if scores.of(form)]
    traces, rows = [], []
    for key, name, mark, color, offset in MEASURES:
        measured = (
            scores.controls.get(key, {})
            if key == "caption_only"
            else {f: scores.of(f).get(key) for f in measured_forms}
        )
        known = [
            (i, each)
            for i, form in enumerate(measured_forms)
            if (each := measured.get(form)) and each.value is not None
        ]
        rows += [(i, name, each) for i, each in known]
        one = style.interval_trace(
            "markers", [round(i + offset, 2) for i, _ in known], [each for _, each in known], color, name=name,
            marker={"symbol": mark, "size": 8, "line": {"width": 2, "color": f"role:{color}"}},
            hovertemplate="%{y:.1%} of %{customdata}",
        )  # fmt: skip
        one["error_y"] |= {"thickness": 2, "width": 5}
        if known:
            traces.append(one)
    rows.sort(key=lambda row: row[0])
    twins = {form: twin for form, twin in same_forms(scores).items() if form in measured_forms}
    names = [f"{form}<br>(as {twins[form]})" if form in twins else form for form in measured_forms]
    # On a phone names stand upright, as slanted ones are cut or dropped at the edge, and the room below grows.
    x = style.axis(
        "", tickvals=list(range(len(measured_forms))), ticktext=names, showgrid=False,
        range=[-0.5, max(len(measured_forms), 1) - 0.5],
        tickfont={"color": "role:text", "size": 13}, autotickangles=[0, 90], automargin=True,
    )  # fmt: skip
    y, shapes = style.share_axis(chance=CHANCE), [style.chance_line(CHANCE)]
    # Forms that repeat another are named, so that they are not taken for a second finding.
    english = "The form {form} is {same}."
    same = [
        Sentence("curve.same-form", english, form=form, same=same_form_sentence(twin)) for form, twin in twins.items()
    ]
    columns = ("form", "measure", "value", *INTERVAL_ENDS, "n", "chance")
    table = [[measured_forms[i], name, *estimate_cells(each, "n", "chance")] for i, name, each in rows]
    look = style.layout(keep="forms", xaxis=x, yaxis=y, shapes=shapes)
    return make_drawing(traces, look, Listed([judge_report(report).sentence, *same], " "), columns, table)


GROUP_NAMES = {
    "kind": "kind exchanged",
    "larger_object": "larger object named",
    "smaller_object_area": "smaller object's area",
    "pairs": "pairs in training",
    "alone_by_size": "asked alone, by size",
    "alone_by_naming": "asked alone, by naming",
}


def breakdown_chart(rows: Sequence[BreakdownRow], form: str = "own") -> Drawing:
    """Draw the binding accuracy of each group in the captions of a form, with 95 % intervals and chance."""
    groups = [row for row in rows if row.form == form and row.value is not None]
    english = "{property} {group}"
    named: dict[str, Estimate] = {
        Sentence("breakdown.group", english, property=_property_words(row), group=row.group): row for row in groups
    }
    properties = list(map(_property_words, groups))
    lines, positions, headings = 0.0, [], []
    for before, words in zip([None, *properties], properties, strict=False):
        if words != before:  # a heading stands on the free line above
            look = {"xref": "paper", "xanchor": "left", "yanchor": "middle"}
            headings.append(style.annotation(f"<b>{style.escape_text(words)}</b>", 0, lines + 1, **look))
        lines += 1 if words == before else 2
        positions.append(lines)
    dots = style.interval_trace(
        "markers", positions, groups, "right", along="x", name="binding", showlegend=False,
        marker={"symbol": "circle", "size": 10}, hovertemplate="%{x:.1%} of %{customdata}<extra></extra>",
    )  # fmt: skip
    lines = lines or 1.0
    # A group with two parts has two lines, so that a narrow plot keeps its width.
    names = [style.escape_text(row.group).replace(", ", "<br>") for row in groups]
    frame = style.layout(
        keep="breakdown",
        xaxis=style.share_axis("binding accuracy", chance=CHANCE),
        yaxis=style.axis(
            "", tickvals=positions, ticktext=names, range=[lines + 0.7, 0.3], automargin=True,
            tickfont={"color": "role:text"}, fixedrange=True, showgrid=False, ticks="",
        ),
        shapes=[style.chance_line(CHANCE, is_vertical=True)],
        annotations=headings,
        height=round(90 + 31 * lines),
        margin={"l": 20, "r": 14, "t": 8, "b": 60},
    )  # fmt: skip
    columns = ("form", "by", "group", "binding", *INTERVAL_ENDS, "n", "chance")
    table = [
        [form, by, row.group, *estimate_cells(row, "n"), CHANCE] for by, row in zip(properties, groups, strict=True)
    ]
    return make_drawing([dots] if groups else [], frame, _breakdown_sentence(named, form), columns, table)


def _property_words(row: BreakdownRow) -> str:
    return GROUP_NAMES.get(row.by, row.by.replace("_", " "))


def _breakdown_sentence(named: Mapping[str, Estimate], form: str) -> str:
    if not named:
        return Sentence("breakdown.none", "There is no breakdown of binding in {form} captions.", form=form)
    low, high = (pick(named, key=lambda name: named[name].value or 0.0) for pick in (min, max))
    if len(named) == 1:
        english = "Binding in {form} captions, {group}: {share}."
        return Sentence("breakdown.one", english, form=form, group=low, share=style.interval_words(named[low]))
    return Sentence(
        "breakdown.several",
        "Binding in {form} captions is lowest for {low}, {lowest}, and highest for {high}, {highest}; {n} groups are"
        " drawn.",
        form=form,
        low=low,
        lowest=style.interval_words(named[low]),
        high=high,
        highest=style.interval_words(named[high]),
        n=len(named),
    )


NUM_BINS = 24


def margin_histogram(margins: Sequence[float]) -> Drawing:
    """Draw the distribution of margins; bins meet at zero, nan is left out."""
    finite = np.array([float(margin) for margin in margins if math.isfinite(margin)])
    widest = float(np.abs(finite).max(initial=0.0)) * 1.02 or 0.1
    edges = np.linspace(-widest, widest, NUM_BINS + 1)
    edges[NUM_BINS // 2] = 0.0
    # A margin of zero counts as not preferring the right caption.
    counts, _ = np.histogram(np.where(finite == 0, -widest / NUM_BINS, finite), edges)
    centers = (edges[:-1] + edges[1:]) / 2
    hatched = {"shape": "/", "fgcolor": "role:swapped", "bgcolor": "rgba(0,0,0,0)", "size": 6}
    sides = (
        ((centers > 0) & (counts > 0), "right caption nearer", "role:right", {"shape": ""}),
        ((centers < 0) & (counts > 0), "swapped caption nearer", "role:swapped", hatched),
    )
    traces = [
        {
            "type": "bar", "name": name, "x": [rounded_number(x, 5) for x in centers[side]], "y": counts[side].tolist(),
            "width": rounded_number(edges[1] - edges[0], 6), "hovertemplate": "margin about %{x:.3f}: %{y} images",
            "marker": {"color": color, "line": {"color": color, "width": 1}, "pattern": pattern},
        }
        for side, name, color, pattern in sides
    ]  # fmt: skip
    look = style.layout(
        keep="margins",
        barmode="overlay",
        shapes=[style.full_height_shape(0, 0, line={"color": "role:text", "width": 1.5})],
        xaxis=style.axis("margin: cosine to right minus swapped", range=[-1.05 * widest, 1.05 * widest], nticks=7),
        yaxis=style.axis("images", rangemode="tozero", tickformat="d"),
    )
    above = int((finite > 0).sum())
    sentence: str = "No image of this set has a swapped caption."
    if finite.size:
        sentence = Sentence(
            "margins.sentence",
            "The right caption is nearer than the swapped one for {above} of {n} images ({share}); the median margin is"
            " {margin}.",
            above=above,
            n=finite.size,
            share=format_percent(above / finite.size),
            margin=f"{np.median(finite):.3f}",
        )
    ends = list(map(rounded_number, edges))
    rows = zip(ends[:-1], ends[1:], counts.tolist(), strict=True)
    return make_drawing(traces, look, sentence, ("margin from", "margin to", "images"), rows)


MAP_PARTS = (  # key, name, mark, color, columns of the table
    ("images", "image", "square", "other", "image"),
    ("captions", "right caption", "circle", "right", "caption"),
    ("swapped", "swapped caption", "diamond-open", "swapped", "swapped"),
)
COSINE_DIGITS = 3


def projection_map(
    points: Mapping[str, np.ndarray],
    captions: Sequence[str],
    explained: Sequence[float],
    gap: float,
    thumbnails: Sequence[str] = (),
    swapped: Sequence[str | None] | None = None,
) -> Drawing:
    """Draw images, captions and swapped captions on two axes.

    Args:
        points: (N, 2) arrays of "images", "captions" and "swapped"; a row of NaN in the last is left out.
        captions: (N,).
        explained: Shares of the variance that the axes explain.
        gap: Distance of the centroids of images and captions.
        thumbnails: (N,) data URIs.
        swapped: (N,) captions, None for an image without one.

    Raises:
        ValueError: If the number of points differs from the number of captions.
    """
    n = len(captions)
    if any(np.shape(points[key]) != (n, 2) for key, *_ in MAP_PARTS):
        raise ValueError(f"Points ({n}, 2) of images, captions and swapped captions expected.")
    traces: list[PlotlyPart] = []
    columns: dict[str, Sequence[Cell]] = {"pair": range(1, n + 1), "caption": captions}
    for key, name, mark, color, column in MAP_PARTS:
        x, y = ([rounded_number(cell, COSINE_DIGITS) for cell in points[key][:, side]] for side in (0, 1))
        marker = {"symbol": mark, "size": 9, "line": {"width": 1.5, "color": f"role:{color}"}}
        traces.append(style.scatter_trace("markers", x, y, color, name=name, hoverinfo="none", marker=marker))
        columns |= {f"{column} x": x, f"{column} y": y}
    first_axis = Sentence("map.first", "component 1 ({share} of variance)", share=format_percent(explained[0]))
    second_axis = Sentence("map.second", "component 2 ({share})", share=format_percent(explained[1]))
    look = style.layout(
        keep="map",
        xaxis=style.axis(first_axis, showticklabels=False),
        yaxis=style.axis(second_axis, showticklabels=False, scaleanchor="x"),
        margin={"l": 30, "r": 10, "t": 30, "b": 36},
        meta={"captions": list(captions), "swapped": list(swapped or [None] * n), "thumbnails": list(thumbnails)},
    )
    num_swapped = int(np.isfinite(points["swapped"]).all(axis=1).sum())
    swapped_words = "1 swapped one"
    if num_swapped != 1:
        swapped_words = Sentence("map.swapped", "{n} swapped ones", n=num_swapped)
    sentence = Sentence(
        "map.sentence",
        "{n} images, their captions and {swapped} on two axes that hold {share} of the variance; the centroids of"
        " images and captions are {gap} apart.",
        n=n,
        swapped=swapped_words,
        share=format_percent(sum(explained[:2])),
        gap=f"{gap:.2f}",
    )
    return make_drawing(traces, look, sentence, list(columns), zip(*columns.values(), strict=True))


MAX_HEATMAP_ROWS = 16
HEATMAP_BLOCKS = (("□", "right", "x", (0.0, 0.485)), ("◯", "swapped", "x2", (0.515, 1.0)))
"""Mark, name and color, axis and place of both heatmaps."""


def cosine_heatmap(
    cosines: np.ndarray,
    captions: Sequence[str],
    swapped: Sequence[str | None],
    chosen: int | None = None,
    most: int = MAX_HEATMAP_ROWS,
) -> Drawing:
    """Draw images down and captions across.

    Args:
        cosines: (N, 2N).
        captions: (N,).
        swapped: (N,), None for an image without a swapped caption, whose column has no numbers.
        chosen: Image whose row is outlined.
        most: Number of rows; of more images, the block with the chosen one is drawn.

    Raises:
        ValueError: If the shapes disagree.
    """
    total = len(captions)
    if cosines.shape != (total, 2 * total) or len(swapped) != total:
        raise ValueError(f"Cosines (N, 2N) for {total} captions expected, got {cosines.shape} and {len(swapped)}.")
    first = (chosen or 0) // most * most
    shown_rows = slice(first, min(total, first + most))
    captions, swapped, n = captions[shown_rows], swapped[shown_rows], len(captions[shown_rows])
    exists = np.array([text is not None for text in swapped], dtype=bool)
    right = cosines[shown_rows, shown_rows]
    wrong = np.where(exists[None, :], cosines[shown_rows, total + shown_rows.start : total + shown_rows.stop], np.nan)
    nearer = right.diagonal() > wrong.diagonal()  # false for nan
    # Numbers make names of categories differ: Plotly would join two equal captions.
    images, others = (
        [f"{index}: {style.escape_text(text)}" for index, text in enumerate(texts, start=first + 1)]
        for texts in (captions, [text or "no swapped caption" for text in swapped])
    )
    traces = [
        {
            "type": "heatmap", "name": name, "x": columns, "y": images, "xaxis": reference, "coloraxis": "coloraxis",
            "z": [[rounded_number(cell, COSINE_DIGITS) for cell in row] for row in block.tolist()],
            "hoverongaps": False,
            "hovertemplate": "cosine %{z:.3f}<br>image %{y}<br>caption %{x}<extra></extra>",
        }
        for (_, name, reference, _), columns, block in zip(
            HEATMAP_BLOCKS, (images, others), (right, wrong), strict=True
        )
        if n > 0
    ]  # fmt: skip
    sentence = _cosines_sentence(first, n, total, nearer, exists)
    columns = ("image", "caption", "swapped caption", "cosine to caption", "cosine to swapped", "right one nearer")
    own = [[rounded_number(cell, COSINE_DIGITS) for cell in block.diagonal()] for block in (right, wrong)]
    words = [("yes" if nearer[i] else "no") if exists[i] else None for i in range(n)]
    rows = zip(range(first + 1, first + n + 1), captions, swapped, *own, words, strict=True)
    look = _heatmap_layout(first, exists, nearer, chosen)
    return make_drawing(traces, look, sentence if total else "No image to compare.", columns, rows)


def _cosines_sentence(first: int, n: int, total: int, nearer: np.ndarray, exists: np.ndarray) -> str:
    which = Sentence("cosines.all", "All {n} images", n=n)
    if n < total:
        which = Sentence("cosines.some", "Images {first} to {last} of {n}", first=first + 1, last=first + n, n=total)
    return Sentence(
        "cosines.sentence",
        "{which}: the right caption is nearer than the swapped one for {nearer} of the {n} that have a swapped"
        " caption.",
        which=which,
        nearer=int(nearer.sum()),
        n=int(exists.sum()),
    )


def _heatmap_layout(first: int, exists: np.ndarray, nearer: np.ndarray, chosen: int | None) -> PlotlyPart:
    n = len(exists)
    shapes: list[PlotlyPart] = []
    for i in range(n):  # dark inside a light halo, visible on every color of the scale
        corners = style.corners(i - 0.42, i + 0.42, i - 0.42, i + 0.42)
        marks = [("x", "rect", "solid"), *([("x2", "circle", "dot")] if exists[i] else [])]
        for x, kind, dash in marks:
            for line in (style.line_style("halo", 2.6), style.line_style("ink", 1.2, dash)):
                shapes.append({"type": kind, "xref": x, "line": line, **corners})
    if chosen is not None and 0 <= chosen - first < n:
        corners = style.corners(-0.5, n - 0.5, chosen - first - 0.5, chosen - first + 0.5)
        outline = {"color": "role:run-1", "width": 2.5}
        shapes += [{"type": "rect", "line": outline, "xref": x, **corners} for x in ("x", "x2")]
    ticks = [f"{('✓' if nearer[i] else '✗') if exists[i] else '–'} {first + i + 1}" for i in range(n)]
    bare = {"showticklabels": False, "showgrid": False, "ticks": ""}
    left, right = (style.axis("", domain=list(domain), anchor="y", **bare) for *_, domain in HEATMAP_BLOCKS)
    bar = {"thickness": 10, "outlinewidth": 0, "len": 1.0, "tickfont": {"color": "role:quiet"}, "nticks": 5}
    corner = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    return style.layout(
        keep="heatmap",
        xaxis=left,
        xaxis2=right,
        yaxis=style.axis(
            "image", autorange="reversed", tickvals=list(range(n)), ticktext=ticks, showgrid=False, ticks=""
        ),
        coloraxis={"colorscale": "Cividis", "colorbar": bar},
        shapes=shapes,
        annotations=[
            style.annotation(f"{mark} {name}", start, 1, name, **corner) for mark, name, _, (start, _) in HEATMAP_BLOCKS
        ],
        margin={"l": 56, "r": 8, "t": 26, "b": 8},
    )
