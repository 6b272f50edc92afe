"""Estimates in the unit of the doses, drawn across a dose-response figure: a reader's captions and published ones.

    mark(positions, band, places)      # Marks: shapes and labels of Plotly, and a sentence each

A position says where captions stand on the axis. It says nothing of the height of a curve there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from explorer.figures.style import Part, plain, role

STEP = 0.065
"""Distance between the labels of neighboring positions, as a share of the height of the plot."""
Estimate = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Marks:
    """Shapes and labels to add to a layout, and what they say in words."""

    shapes: tuple[Part, ...] = ()
    labels: tuple[Part, ...] = ()
    sentences: tuple[str, ...] = ()


def mark(positions: Sequence[Estimate], band: Estimate | None, places: Mapping[str, int]) -> Marks:
    """Draw positions as thin lines and the band, if any, as a strip with a line in it.

    Args:
        positions: value, low, high and label of each published set of captions.
        band: the same of a reader's captions.
        places: the position on the axis of each dose.
    """
    ordered = sorted(positions, key=lambda each: float(each["value"]))
    thin = [_line(_place(each["value"], places), "quiet", 1) for each in ordered]
    texts = [
        _label(f"{each['label']} {each['value']:.2f}", _place(each["value"], places), places, "quiet", 0.02 + STEP * i)
        for i, each in enumerate(ordered)
    ]
    sentences = []
    if ordered:
        listed = ", ".join(f"{each['label']} {each['value']:.2f}" for each in ordered)
        sentences.append(f"Published captions stand at {listed}: positions on the axis, not predictions.")
    if band is not None:
        low, middle, high = (_place(band[name], places) for name in ("low", "value", "high"))
        strip = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": {"width": 0}}
        strip |= {"x0": low, "x1": max(high, low + 0.02), "fillcolor": role("run-4"), "opacity": 0.22}
        thin += [strip, _line(middle, "run-4", 2)]
        texts.append(_label(band["label"], middle, places, "run-4", 0.98) | {"yanchor": "top"})
        sentences.append(_words(band, places))
    return Marks(shapes=tuple(thin), labels=tuple(texts), sentences=tuple(sentences))


def _line(place: float, name: str, width: int) -> Part:
    line = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": place, "x1": place}
    return line | {"line": {"color": role(name), "width": width, "dash": "dot"}}


def _label(words: str, place: float, places: Mapping[str, int], name: str, height: float) -> Part:
    """A label next to its line, on the side that has more room."""
    side = "right" if place > (len(places) - 1) / 2 else "left"
    label = {"x": place, "y": height, "yref": "paper", "xanchor": side, "yanchor": "bottom", "showarrow": False}
    label |= {"text": plain(words), "font": {"color": role(name), "size": 12}, "bgcolor": role("panel"), "borderpad": 1}
    return label | {"xshift": -5 if side == "right" else 5}


def _place(dose: float, places: Mapping[str, int]) -> float:
    """Return the position of a dose between those that were measured; beyond them, at the end."""
    doses = sorted((float(x), place) for x, place in places.items())
    if dose <= doses[0][0]:
        return doses[0][1] - 0.3 * (dose < doses[0][0])
    for (low, start), (high, end) in pairwise(doses):
        if dose <= high:
            return round(start + (end - start) * (dose - low) / (high - low), 3)
    return doses[-1][1] + 0.3


def _words(band: Estimate, places: Mapping[str, int]) -> str:
    """State the value of the band in the unit of the doses."""
    doses = sorted(map(float, places))
    beyond = "" if doses[0] <= band["value"] <= doses[-1] else ", outside of what was measured"
    interval = f"95 % interval {band['low']:.2f} to {band['high']:.2f}"
    return f"{band['label'].capitalize()}: {band['value']:.2f} ({interval}){beyond}."
