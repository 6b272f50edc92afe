"""Histogram of the margins of images, cos(image, right caption) minus cos(image, swapped caption).

margin_histogram([0.08, 0.02, -0.03, math.nan])   # nan: no swapped caption; left out
"""

import math
from collections.abc import Sequence

import numpy as np

from explorer.figures.drawing import Drawing
from explorer.figures.style import axis, layout, number, percent, role

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
        xaxis=axis("margin (cosine to right minus to swapped)", range=[-1.05 * reach, 1.05 * reach], nticks=7),
        yaxis=axis("images", rangemode="tozero", tickformat="d"),
    )
    rows = tuple((number(low), number(high), int(n)) for low, high, n in zip(edges, edges[1:], counts, strict=False))
    return Drawing(
        figure={"data": traces, "layout": look},
        sentence=_sentence(known),
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


def _sentence(known: np.ndarray) -> str:
    if not known.size:
        return "No image of this set has a swapped caption."
    above = int((known > 0).sum())
    return (
        f"The right caption is nearer than the swapped one for {above} of {known.size} images "
        f"({percent(above / known.size)}); the median margin is {np.median(known):.3f}."
    )
