"""Figures of one model: its forms side by side, its breakdown, margins, cosines, a map of its embeddings.

    forms_side_by_side(report).sentence    # "The model binds, but not in captions longer than it has read: own ..."
    breakdown_chart(report.scores.breakdown, form="own")
    margin_histogram([0.08, 0.02, -0.03, math.nan])       # nan: no swapped caption; left out
    cosine_heatmap(cosines, captions, swapped)    # cosines (N, 2N): images x [right captions | swapped captions]
    projection_map(points, captions, explained=(0.31, 0.12), gap=0.8, thumbnails=uris)

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

from explorer.evaluation.results import CHANCE, EVERY_FORM, Estimate, Report, Row, same_forms, same_words
from explorer.evaluation.verdict import verdict
from explorer.figures.style import (
    Drawing,
    Part,
    Table,
    across,
    axis,
    box,
    chance_line,
    columns_of,
    drawing,
    interval_trace,
    interval_words,
    layout,
    line,
    note,
    number,
    plain,
    role,
    share_axis,
    trace,
)
from explorer.wording import percent

MEASURES = (  # key, name, mark, color, offset from the middle of the form
    ("binding_accuracy", "binding", "circle", "right", -0.2),
    ("recognition_accuracy", "recognition", "square-open", "other", 0.0),
    ("caption_only", "binding by captions only (control)", "x-thin-open", "quiet", 0.2),
)


def forms_side_by_side(report: Report) -> Drawing:
    """Draw binding, recognition and the caption-only control of a report by form, with intervals and chance."""
    asked = [form for form in EVERY_FORM if report.scores.of(form)]
    known = {
        (place, key): found
        for place, form in enumerate(asked)
        for key, *_ in MEASURES
        if (found := _estimate(report, form, key))
    }
    traces = [
        interval_trace(
            "markers",
            [round(place + offset, 2) for place, measured in known if measured == key],
            [found for (_, measured), found in known.items() if measured == key],
            role(color),
            name=name,
            marker={"symbol": mark, "size": 8, "line": {"width": 2, "color": role(color)}},
            hovertemplate="%{y:.1%} of %{customdata}",
        )
        for key, name, mark, color, offset in MEASURES
    ]
    for each in traces:
        each["error_y"] |= {"thickness": 2, "width": 5}
    twins = {form: twin for form, twin in same_forms(report.scores).items() if form in asked}
    names = [f"{form}<br>(as {twins[form]})" if form in twins else form for form in asked]
    x = axis("", tickvals=list(range(len(asked))), ticktext=names, range=[-0.5, max(len(asked), 1) - 0.5])
    x |= {"showgrid": False, "tickfont": {"color": role("text"), "size": 13}}
    # On a phone names stand upright, as slanted ones are cut or dropped at the edge, and the room below grows.
    x |= {"autotickangles": [0, 90], "automargin": True}
    look = layout(keep="forms", xaxis=x, yaxis=share_axis(chance=CHANCE), shapes=[chance_line(CHANCE)])
    # Forms that repeat another are named, so that they are not taken for a second finding.
    same = "".join(f" The form {form} is {same_words(twin)}." for form, twin in twins.items())
    measures = {key: name for key, name, *_ in MEASURES}
    table: Table = {
        "form": [asked[place] for place, _ in known],
        "measure": [measures[key] for _, key in known],
        **columns_of(list(known.values()), "value", "n", "chance"),
    }
    return drawing([each for each in traces if each["x"]], look, verdict(report).sentence + same, table)


def _estimate(report: Report, form: str, key: str) -> Estimate | None:
    """Return an estimate by form and key, None if there is no number."""
    scores = report.scores
    found = scores.controls.get(key, {}).get(form) if key == "caption_only" else scores.of(form).get(key)
    return found if found and found.value is not None else None


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
    groups = [row.group for row in shown]
    properties = [BY.get(row.by, row.by.replace("_", " ")) for row in shown]
    places: list[float] = []
    headings = []
    for before, row, words in zip([None, *(row.by for row in shown)], shown, properties, strict=False):
        is_first = row.by != before
        places.append((places[-1] if places else 0.0) + (2 if is_first else 1))
        if is_first:  # it has a free line above
            headings.append(
                note(f"<b>{plain(words)}</b>", 0, places[-1] - 1, xref="paper", xanchor="left", yanchor="middle")
            )
    dots = interval_trace(
        "markers", places, shown, role("right"), along="x", name="binding", showlegend=False,
        marker={"symbol": "circle", "size": 10}, hovertemplate="%{x:.1%} of %{customdata}<extra></extra>",
    )  # fmt: skip
    lines = max(places, default=1.0)
    # A group with two parts has two lines, so that a narrow plot keeps its width.
    names = [plain(group).replace(", ", "<br>") for group in groups]
    y = axis("", tickvals=places, ticktext=names, range=[lines + 0.7, 0.3])
    y |= {"automargin": True, "tickfont": {"color": role("text")}, "fixedrange": True, "showgrid": False, "ticks": ""}
    look = layout(
        keep="breakdown",
        xaxis=share_axis("binding accuracy", chance=CHANCE),
        yaxis=y,
        shapes=[chance_line(CHANCE, vertical=True)],
        annotations=headings,
        height=round(90 + 31 * lines),
        margin={"l": 20, "r": 14, "t": 8, "b": 60},
    )
    table: Table = {
        "form": [form for _ in shown],
        "by": properties,
        "group": groups,
        **columns_of(shown, "binding", "n"),
        "chance": [CHANCE for _ in shown],
    }
    named = {f"{by} {row.group}": row for by, row in zip(properties, shown, strict=True)}
    return drawing([dots] if shown else [], look, _breakdown_sentence(named, form), table)


def _breakdown_sentence(named: Mapping[str, Estimate], form: str) -> str:
    if not named:
        return f"There is no breakdown of binding in {form} captions."
    low, high = (pick(named, key=lambda name: named[name].value or 0.0) for pick in (min, max))
    if len(named) == 1:
        return f"Binding in {form} captions, {low}: {interval_words(named[low])}."
    return (
        f"Binding in {form} captions is lowest for {low}, {interval_words(named[low])}, and "
        f"highest for {high}, {interval_words(named[high])}; {len(named)} groups are drawn."
    )


NUM_BINS = 24


def margin_histogram(margins: Sequence[float]) -> Drawing:
    """Draw the distribution of margins; bins meet at zero, nan is left out."""
    known = np.array([float(margin) for margin in margins if math.isfinite(margin)])
    counts, edges = _bins(known)
    centers, reach = (edges[:-1] + edges[1:]) / 2, float(edges[-1])
    sides = (
        ((centers > 0) & (counts > 0), "right caption nearer", "right", {"shape": ""}),
        ((centers < 0) & (counts > 0), "swapped caption nearer", "swapped",
         {"shape": "/", "fgcolor": role("swapped"), "bgcolor": "rgba(0,0,0,0)", "size": 6}),
    )  # fmt: skip
    traces = [
        {
            "type": "bar",
            "name": name,
            "x": [number(x, 5) for x in centers[side]],
            "y": counts[side].tolist(),
            "width": number(edges[1] - edges[0], 6),
            "marker": {"color": role(color), "line": {"color": role(color), "width": 1}, "pattern": pattern},
            "hovertemplate": "margin about %{x:.3f}: %{y} images",
        }
        for side, name, color, pattern in sides
    ]
    look = layout(
        keep="margins",
        barmode="overlay",
        shapes=[across(0, 0, line={"color": role("text"), "width": 1.5})],
        xaxis=axis("margin: cosine to right minus swapped", range=[-1.05 * reach, 1.05 * reach], nticks=7),
        yaxis=axis("images", rangemode="tozero", tickformat="d"),
    )
    above = int((known > 0).sum())
    said = (
        f"The right caption is nearer than the swapped one for {above} of {known.size} images "
        f"({percent(above / known.size)}); the median margin is {np.median(known):.3f}."
        if known.size
        else "No image of this set has a swapped caption."
    )
    ends = list(map(number, edges))
    return drawing(traces, look, said, {"margin from": ends[:-1], "margin to": ends[1:], "images": counts.tolist()})


def _bins(known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and edges of bins that are symmetric about zero; a margin of zero counts as not preferring."""
    reach = float(np.abs(known).max()) * 1.02 if known.size and np.abs(known).max() > 0 else 0.1
    edges = np.linspace(-reach, reach, NUM_BINS + 1)
    edges[NUM_BINS // 2] = 0.0
    counts, _ = np.histogram(np.where(known == 0, -reach / NUM_BINS, known), edges)
    return counts, edges


EMBEDDED = (  # key, name, mark, color, columns of the table
    ("images", "image", "square", "other", "image"),
    ("captions", "right caption", "circle", "right", "caption"),
    ("swapped", "swapped caption", "diamond-open", "swapped", "swapped"),
)
DIGITS = 3


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
    if any(np.shape(points[key]) != (n, 2) for key, *_ in EMBEDDED):
        raise ValueError(f"Points ({n}, 2) of images, captions and swapped captions expected.")
    x, y = ({key: [number(cell, DIGITS) for cell in points[key][:, side]] for key, *_ in EMBEDDED} for side in (0, 1))
    traces = [
        trace(
            "markers", x[key], y[key], role(color), name=name, hoverinfo="none",
            marker={"symbol": mark, "size": 9, "line": {"width": 1.5, "color": role(color)}},
        )
        for key, name, mark, color, _ in EMBEDDED
    ]  # fmt: skip
    texts = {"captions": list(captions), "swapped": list(swapped or [None] * n), "thumbnails": list(thumbnails)}
    look = layout(
        keep="map",
        xaxis=axis(f"component 1 ({percent(explained[0])} of variance)", showticklabels=False),
        yaxis=axis(f"component 2 ({percent(explained[1])})", showticklabels=False, scaleanchor="x"),
        margin={"l": 30, "r": 10, "t": 30, "b": 36},
        meta=texts,
    )
    there = int(np.isfinite(points["swapped"]).all(axis=1).sum())
    said = (
        f"{n} images, their captions and {there} swapped one{'' if there == 1 else 's'} on two axes that hold "
        f"{percent(sum(explained[:2]))} of the variance; the centroids of images and captions are {gap:.2f} apart."
    )
    table: Table = {"pair": range(1, n + 1), "caption": captions}
    for key, *_, column in EMBEDDED:
        table |= {f"{column} x": x[key], f"{column} y": y[key]}
    return drawing(traces, look, said, table)


MOST_IMAGES = 16
BLOCKS = (("□", "right", "x", (0.0, 0.485)), ("◯", "swapped", "x2", (0.515, 1.0)))
"""Mark, name and color, axis and place of both heatmaps."""


def cosine_heatmap(
    cosines: np.ndarray,
    captions: Sequence[str],
    swapped: Sequence[str | None],
    chosen: int | None = None,
    most: int = MOST_IMAGES,
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
    first = first_shown(chosen, most)
    here = slice(first, min(total, first + most))
    captions, swapped, n = captions[here], swapped[here], len(captions[here])
    exists = np.array([text is not None for text in swapped], dtype=bool)
    right = cosines[here, here]
    wrong = np.where(exists[None, :], cosines[here, total + here.start : total + here.stop], np.nan)
    nearer = right.diagonal() > wrong.diagonal()  # false for nan
    # Numbers make names of categories differ: Plotly would join two equal captions.
    images, others = (
        [f"{place}: {plain(text)}" for place, text in enumerate(texts, start=first + 1)]
        for texts in (captions, [text or "no swapped caption" for text in swapped])
    )
    traces = [
        {
            "type": "heatmap", "name": name, "x": columns, "y": images, "xaxis": reference, "coloraxis": "coloraxis",
            "z": [[number(cell, DIGITS) for cell in row] for row in block.tolist()], "hoverongaps": False,
            "hovertemplate": "cosine %{z:.3f}<br>image %{y}<br>caption %{x}<extra></extra>",
        }
        for (_, name, reference, _), columns, block in zip(BLOCKS, (images, others), (right, wrong), strict=True)
        if n > 0
    ]  # fmt: skip
    shown = f"Images {first + 1} to {first + n} of {total}" if n < total else f"All {n} images"
    said = (
        f"{shown}: the right caption is nearer than the swapped one for {int(nearer.sum())} of the "
        f"{int(exists.sum())} that have a swapped caption."
    )
    table: Table = {
        "image": range(first + 1, first + n + 1),
        "caption": captions,
        "swapped caption": swapped,
        "cosine to caption": [number(cell, DIGITS) for cell in right.diagonal()],
        "cosine to swapped": [number(cell, DIGITS) for cell in wrong.diagonal()],
        "right one nearer": [("yes" if nearer[i] else "no") if exists[i] else None for i in range(n)],
    }
    look = _heatmap_layout(first, exists, nearer, chosen)
    return drawing(traces, look, said if total else "No image to compare.", table)


def first_shown(chosen: int | None, most: int = MOST_IMAGES) -> int:
    """Return the image in the first row if `chosen` is outlined."""
    return (chosen or 0) // most * most


def _heatmap_layout(first: int, exists: np.ndarray, nearer: np.ndarray, chosen: int | None) -> Part:
    n = len(exists)
    shapes = [shape for i in range(n) for shape in _outlines(i, bool(exists[i]))]
    if chosen is not None and 0 <= chosen - first < n:
        place = box(-0.5, n - 0.5, chosen - first - 0.5, chosen - first + 0.5)
        outline = {"type": "rect", "line": {"color": role("run-1"), "width": 2.5}, **place}
        shapes += [outline | {"xref": reference} for reference in ("x", "x2")]
    ticks = [f"{('✓' if nearer[i] else '✗') if exists[i] else '–'} {first + i + 1}" for i in range(n)]
    y = axis("image", autorange="reversed", tickvals=list(range(n)), ticktext=ticks, showgrid=False, ticks="")
    bare = {"showticklabels": False, "showgrid": False, "ticks": ""}
    x = [axis("", domain=list(place), anchor="y", **bare) for *_, place in BLOCKS]
    bar = {"thickness": 10, "outlinewidth": 0, "len": 1.0, "tickfont": {"color": role("quiet")}, "nticks": 5}
    corner = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    return layout(
        keep="heatmap",
        xaxis=x[0],
        xaxis2=x[1],
        yaxis=y,
        coloraxis={"colorscale": "Cividis", "colorbar": bar},
        shapes=shapes,
        annotations=[note(f"{mark} {name}", start, 1, name, **corner) for mark, name, _, (start, _) in BLOCKS],
        margin={"l": 56, "r": 8, "t": 26, "b": 8},
    )


def _outlines(i: int, exists: bool) -> list[Part]:
    """Return outlines of the cells of image i: dark inside a light halo, visible on every color of the scale."""
    place = box(i - 0.42, i + 0.42, i - 0.42, i + 0.42)
    cells = [("x", "rect", "solid"), *([("x2", "circle", "dot")] if exists else [])]
    return [
        {"type": kind, "xref": reference, "line": line(color, width, dash if color == "ink" else "solid"), **place}
        for reference, kind, dash in cells
        for color, width in (("halo", 2.6), ("ink", 1.2))
    ]
