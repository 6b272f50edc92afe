"""Charts of the embeddings of images and captions: two heatmaps of their cosines, and a map in two dimensions.

    cosine_heatmap(cosines, captions, swapped)    # cosines (N, 2N): images x [right captions | swapped captions]
    projection_map(points, captions, explained=(0.31, 0.12), gap=0.8, thumbnails=uris)

In the heatmaps, row i is the image of caption i. A square outline marks its right caption, a dashed circle the swapped
one; the row has a tick if the right one is nearer. A swapped caption of None has no column of numbers. The first `most`
images are drawn, and the table has one row for each of those.

In the map, `points` has "images", "captions" and "swapped" as (N, 2) arrays; a row of NaN in swapped is left out.
Images are squares, right captions filled circles, swapped captions hollow diamonds. The page shows the picture of the
pair under the pointer and lines to its captions; both are in the figure's `layout.meta`.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from explorer.figures.style import Drawing, Part, axis, layout, number, percent, plain, role

SERIES = (  # key, name, mark, color
    ("images", "image", "square", "other"),
    ("captions", "right caption", "circle", "right"),
    ("swapped", "swapped caption", "diamond-open", "swapped"),
)


def projection_map(
    points: Mapping[str, np.ndarray],
    captions: Sequence[str],
    explained: Sequence[float],
    gap: float,
    thumbnails: Sequence[str] = (),
    swapped: Sequence[str | None] | None = None,
) -> Drawing:
    """Draw images, captions and swapped captions (N, 2) on two axes that explain these shares of the variance.

    Raises ValueError if the number of points differs from the number of captions.
    """
    if any(np.shape(points[key]) != (len(captions), 2) for key, *_ in SERIES):
        raise ValueError(f"Points ({len(captions)}, 2) of images, captions and swapped captions expected.")
    traces = [_trace(points[key], name, mark, color) for key, name, mark, color in SERIES]
    look = layout(
        keep="map",
        xaxis=axis(f"component 1 ({percent(explained[0])} of variance)", showticklabels=False),
        yaxis=axis(f"component 2 ({percent(explained[1])})", showticklabels=False, scaleanchor="x"),
        margin={"l": 30, "r": 10, "t": 30, "b": 36},
        meta={
            "captions": list(captions),
            "swapped": list(swapped or [None] * len(captions)),
            "thumbnails": list(thumbnails),
        },
    )
    rows = tuple(
        (i + 1, caption, *(number(cell, DIGITS) for key, *_ in SERIES for cell in points[key][i]))
        for i, caption in enumerate(captions)
    )
    return Drawing(
        figure={"data": traces, "layout": look},
        sentence=_map_in_words(points, explained, gap),
        columns=("pair", "caption", "image x", "image y", "caption x", "caption y", "swapped x", "swapped y"),
        rows=rows,
    )


def _trace(places: np.ndarray, name: str, mark: str, color: str) -> Part:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": plain(name),
        "x": [number(x, DIGITS) for x in places[:, 0]],
        "y": [number(y, DIGITS) for y in places[:, 1]],
        "marker": {"symbol": mark, "size": 9, "color": role(color), "line": {"width": 1.5, "color": role(color)}},
        "hoverinfo": "none",
    }


def _map_in_words(points: Mapping[str, np.ndarray], explained: Sequence[float], gap: float) -> str:
    n = len(points["images"])
    swapped = int(np.isfinite(points["swapped"]).all(axis=1).sum()) if n else 0
    return (
        f"{n} images, their captions and {swapped} swapped one{'' if swapped == 1 else 's'} on two axes that hold "
        f"{percent(sum(explained[:2]))} of the variance; the centroids of images and captions are {gap:.2f} apart."
    )


MOST_IMAGES = 16
DIGITS = 3
BLOCKS = (("right", "right", (0.0, 0.485)), ("swapped", "swapped", (0.515, 1.0)))


def cosine_heatmap(
    cosines: np.ndarray,
    captions: Sequence[str],
    swapped: Sequence[str | None],
    chosen: int | None = None,
    most: int = MOST_IMAGES,
) -> Drawing:
    """Draw images down and captions across; `chosen` outlines the row of one image.

    cosines (N, 2N), captions and swapped (N,). Of more than `most` images, the block with the chosen one is drawn.
    Raises ValueError if the shapes disagree.
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
    names = [_numbered(captions, first), _numbered([text or "no swapped caption" for text in swapped], first)]
    traces = [_block(block, names[0], names[side], side) for side, block in enumerate((right, wrong)) if n > 0]
    return Drawing(
        figure={"data": traces, "layout": _layout(first, exists, nearer, chosen)},
        sentence=_sentence(nearer, exists, first, total),
        columns=("image", "caption", "swapped caption", "cosine to caption", "cosine to swapped", "right one nearer"),
        rows=tuple(
            (first + i + 1, captions[i], swapped[i], number(right[i, i], DIGITS), number(wrong[i, i], DIGITS), word)
            for i, word in enumerate(_words(nearer, exists))
        ),
    )


def first_shown(chosen: int | None, most: int = MOST_IMAGES) -> int:
    """Return the image in the first row if `chosen` is outlined."""
    return (chosen or 0) // most * most


def _words(nearer: np.ndarray, exists: np.ndarray) -> list[str | None]:
    """Return per image if the right caption is the nearer one, for the table; None without a swapped one."""
    return [("yes" if near else "no") if there else None for near, there in zip(nearer, exists, strict=True)]


def _numbered(texts: Sequence[str], first: int) -> list[str]:
    """Number the names of categories: Plotly would join two equal captions."""
    return [f"{position}: {plain(text)}" for position, text in enumerate(texts, start=first + 1)]


def _block(values: np.ndarray, images: list[str], captions: list[str], position: int) -> Part:
    return {
        "type": "heatmap",
        "name": BLOCKS[position][0],
        "x": captions,
        "y": images,
        "z": [[number(cell, DIGITS) for cell in row] for row in values.tolist()],
        "xaxis": "x2" if position else "x",
        "coloraxis": "coloraxis",
        "hoverongaps": False,
        "hovertemplate": "cosine %{z:.3f}<br>image %{y}<br>caption %{x}<extra></extra>",
    }


def _layout(first: int, exists: np.ndarray, nearer: np.ndarray, chosen: int | None) -> Part:
    n = len(exists)
    shapes = [shape for i in range(n) for shape in _marks(i, bool(exists[i]))]
    if chosen is not None and 0 <= chosen - first < n:
        shapes += [_row_outline(chosen - first, n, reference) for reference in ("x", "x2")]
    ticks = [f"{('✓' if nearer[i] else '✗') if exists[i] else '–'} {first + i + 1}" for i in range(n)]
    y = axis("image", autorange="reversed", tickvals=list(range(n)), ticktext=ticks, showgrid=False, ticks="")
    x = {"showticklabels": False, "showgrid": False, "ticks": ""}
    bar = {"thickness": 10, "outlinewidth": 0, "len": 1.0, "tickfont": {"color": role("quiet")}, "nticks": 5}
    return layout(
        keep="heatmap",
        xaxis=axis("", domain=list(BLOCKS[0][2]), anchor="y", **x),
        xaxis2=axis("", domain=list(BLOCKS[1][2]), anchor="y", **x),
        yaxis=y,
        coloraxis={"colorscale": "Cividis", "colorbar": bar},
        shapes=shapes,
        annotations=[_heading(*block) for block in BLOCKS],
        margin={"l": 56, "r": 8, "t": 26, "b": 8},
    )


def _heading(text: str, color: str, domain: tuple[float, float]) -> Part:
    mark = "□" if color == "right" else "◯"
    where = {"xref": "paper", "yref": "paper", "x": domain[0], "y": 1, "xanchor": "left", "yanchor": "bottom"}
    return {"text": f"{mark} {text}", "showarrow": False, "font": {"color": role(color), "size": 12}, **where}


def _marks(i: int, exists: bool) -> list[Part]:
    """Return outlines of the cells of image i: dark inside a light halo, visible on every color of the scale."""
    cells = [("x", "rect", "solid")] + [("x2", "circle", "dot")] * exists
    return [
        {
            "type": kind,
            "xref": reference,
            "x0": i - 0.42,
            "x1": i + 0.42,
            "y0": i - 0.42,
            "y1": i + 0.42,
            "line": {"color": role(color), "width": width, "dash": dash if color == "ink" else "solid"},
        }
        for reference, kind, dash in cells
        for color, width in (("halo", 2.6), ("ink", 1.2))
    ]


def _row_outline(i: int, n: int, reference: str) -> Part:
    line = {"color": role("run-1"), "width": 2.5}
    return {"type": "rect", "xref": reference, "x0": -0.5, "x1": n - 0.5, "y0": i - 0.5, "y1": i + 0.5, "line": line}


def _sentence(nearer: np.ndarray, exists: np.ndarray, first: int, total: int) -> str:
    n = len(exists)
    if not total:
        return "No image to compare."
    shown = f"Images {first + 1} to {first + n} of {total}" if n < total else f"All {n} images"
    return (
        f"{shown}: the right caption is nearer than the swapped one for {int(nearer.sum())} of the "
        f"{int(exists.sum())} that have a swapped caption."
    )
