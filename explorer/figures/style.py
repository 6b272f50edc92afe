"""Common style of all figures: role names for colors, a layout that fits 340 pixels, the wording of numbers; `Drawing`.

A figure names a role ("role:right"), and the page looks the color up in `ROLES` for its light or dark theme, so one
figure serves both and nothing is sent again if the theme changes. Right and swapped never differ only by color:
right is blue, filled and solid; swapped is orange, hollow, a diamond, hatched or dashed.

    >>> percent(0.8125), percent(None)
    ('81 %', 'not measured')
    >>> Drawing(figure={"data": [], "layout": {}}, sentence="Nothing yet.", columns=("step",), rows=()).as_dict()
    {'figure': {'data': [], 'layout': {}}, 'sentence': 'Nothing yet.', 'columns': ['step'], 'rows': []}

A `Drawing` is the result of every figure: a Plotly figure, the sentence that states its result, and its table. Sentence
and table are plain text. Plotly reads text inside the figure as a small subset of HTML, so names and captions are
escaped with `plain`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from explorer.evaluation.results import Estimate, hundredths

Cell = str | int | float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """A figure of lists, numbers and words only, the sentence that states its result, and its table.

    Each row has one cell per column, None for a missing number. Raises ValueError if a row is longer or shorter.
    """

    figure: Mapping[str, Any]
    sentence: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"Every row needs one cell for each of the columns {', '.join(self.columns)}.")

    def as_dict(self) -> dict[str, Any]:
        """Return {"figure", "sentence", "columns", "rows"}, ready for JSON."""
        return {
            "figure": dict(self.figure),
            "sentence": self.sentence,
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
        }


Part = dict[str, Any]
"""A part of a Plotly figure as plain JSON: a trace, an axis, a shape."""
# role: (light, dark)
ROLES: dict[str, tuple[str, str]] = {
    "text": ("#18181b", "#f4f4f5"),
    "quiet": ("#52525b", "#b4b4bd"),
    "grid": ("#e4e4e7", "#3f3f46"),
    "axis": ("#a1a1aa", "#71717a"),
    "panel": ("#ffffff", "#27272a"),
    "right": ("#0b63b5", "#6cb6ff"),
    "swapped": ("#b45309", "#ffa94d"),
    "other": ("#0f766e", "#5eead4"),
    "halo": ("#ffffff", "#ffffff"),
    "ink": ("#18181b", "#18181b"),
    "run-0": ("#0b63b5", "#6cb6ff"),
    "run-1": ("#9d174d", "#f9a8d4"),
    "run-2": ("#0f766e", "#5eead4"),
    "run-3": ("#854d0e", "#fde047"),
    "run-4": ("#5b21b6", "#c4b5fd"),
    "run-5": ("#44403c", "#d6d3d1"),
}
RUN_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
RUN_MARKS = ("circle", "square", "triangle-up", "pentagon", "hexagon", "star")
QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
DIGITS = 4  # a share to a hundredth of a percent: finer than any pixel, short in JSON


def role(name: str) -> str:
    """Return the placeholder of a color in a figure. Raises KeyError for a role that is not in ROLES."""
    ROLES[name]
    return f"role:{name}"


def run_role(position: int) -> str:
    """Return the color of the run at this position of a list of runs; after six they repeat."""
    return role(f"run-{position % len(RUN_DASHES)}")


def plain(text: str) -> str:
    """Escape text for Plotly, which would read <b>, <a href=...> and &lt; as HTML."""
    return escape(text, quote=False)


def layout(*, keep: str, **parts: Any) -> Part:
    """Return a layout of the theme and the parts; zoom is kept between drawings of the same `keep`."""
    base: Part = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": role("text"), "size": 12},
        "margin": {"l": 54, "r": 12, "t": 30, "b": 44},
        "hovermode": "closest",
        "showlegend": True,
        "hoverlabel": {"bgcolor": role("panel"), "bordercolor": role("axis"), "font": {"color": role("text")}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom", "font": {"size": 12}},
        "uirevision": keep,
        "autosize": True,
        "template": {},
    }
    return base | parts


def axis(title: str, **parts: Any) -> Part:
    """Return an axis with its title and the parts added."""
    base = {
        "title": {"text": title, "standoff": 6, "font": {"size": 12, "color": role("quiet")}},
        "gridcolor": role("grid"),
        "linecolor": role("axis"),
        "tickcolor": role("axis"),
        "tickfont": {"color": role("quiet")},
        "zeroline": False,
    }
    return base | parts


def share_axis(title: str = "", *, chance: float) -> Part:
    """Return an axis of shares from 0 to 100 % with a margin at the ends, and chance among the ticks."""
    others = [tick for tick in QUARTERS if abs(tick - chance) > 0.06]  # a label needs room
    ticks = sorted([*others, chance])
    words = [f"{percent(tick)}<br>chance" if tick == chance else percent(tick) for tick in ticks]
    return axis(title, range=[-0.03, 1.03], tickvals=ticks, ticktext=words, fixedrange=True)


def chance_line(chance: float, *, vertical: bool = False) -> Part:
    """Return the shape of a dashed gray line at chance, across the whole plot; its label is a tick of `share_axis`."""
    along, across = ("y", "x") if vertical else ("x", "y")
    line = {"color": role("quiet"), "width": 1.5, "dash": "dash"}
    ends = {f"{along}ref": "paper", f"{along}0": 0, f"{along}1": 1, f"{across}0": chance, f"{across}1": chance}
    return {"type": "line", "layer": "between", "line": line, **ends}


def number(value: float | None, digits: int = DIGITS) -> float | None:
    """Return the number rounded for a figure, None if it is not finite."""
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), digits)


def percent(value: float | None) -> str:
    """Format a share, rounded to a percent but never up to 100 or down to 0."""
    if value is None or not math.isfinite(value):
        return "not measured"
    return f"{hundredths(value)} %"


def interval_bars(estimates: Sequence[Estimate], **parts: Any) -> Part:
    """Return Plotly's error bars of the estimates; 0 for an unknown interval."""
    above = [_reach(each.high, each.value) for each in estimates]
    below = [_reach(each.value, each.low) for each in estimates]
    base = {"type": "data", "symmetric": False, "array": above, "arrayminus": below, "thickness": 1.3, "width": 3}
    return base | parts


def _reach(high: float | None, low: float | None) -> float:
    return 0.0 if high is None or low is None else round(max(0.0, high - low), DIGITS)


def interval_words(estimate: Estimate) -> str:
    """Return "81 % (95 % interval 79 to 83 %, n 1000)", shorter if less is known."""
    if estimate.value is None:
        return "not measured"
    if estimate.low is None:
        return f"{percent(estimate.value)} (n {estimate.n})"
    low = percent(estimate.low).removesuffix(" %")
    return f"{percent(estimate.value)} (95 % interval {low} to {percent(estimate.high)}, n {estimate.n})"


def numbers(estimate: Estimate, *parts: str) -> tuple[float | None, ...]:
    """Return the named parts of an estimate, rounded for a table."""
    return tuple(number(getattr(estimate, part)) for part in parts)
