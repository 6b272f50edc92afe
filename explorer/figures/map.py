"""Map of the embeddings of images and captions in two dimensions, with the modality gap.

    projection_map(points, captions, explained=(0.31, 0.12), gap=0.8, thumbnails=uris)

`points` maps "images", "captions" and "swapped" to (N, 2) arrays; a row of NaN in swapped is left out. Images are
squares, right captions filled circles, swapped captions hollow diamonds. The page shows the picture of the pair under
the pointer and lines to its captions; both are in the figure's `layout.meta`.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from explorer.figures.drawing import Drawing
from explorer.figures.style import Part, axis, layout, number, percent, plain, role

DIGITS = 3
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
        sentence=_sentence(points, explained, gap),
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


def _sentence(points: Mapping[str, np.ndarray], explained: Sequence[float], gap: float) -> str:
    n = len(points["images"])
    swapped = int(np.isfinite(points["swapped"]).all(axis=1).sum()) if n else 0
    return (
        f"{n} images, their captions and {swapped} swapped one{'' if swapped == 1 else 's'} on two axes that hold "
        f"{percent(sum(explained[:2]))} of the variance; the centroids of images and captions are {gap:.2f} apart."
    )
