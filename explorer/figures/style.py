"""Style shared by all figures: colors by role, a layout that fits 340 pixels, one builder of traces; `Drawing`.

A figure names a role ("role:right"), and the page looks the color up in `COLOR_ROLES` for its light or dark theme, so
one figure serves both and nothing is sent again if the theme changes. Right and swapped never differ only by color:
right is blue, filled and solid; swapped is orange, hollow, a diamond, hatched or dashed.

    >>> nothing = make_drawing([], layout(keep="loss"), "Nothing yet.", ["step", "loss"], [])
    >>> nothing.columns, nothing.rows
    (('step', 'loss'), ())

    nothing.for_page()      # what the page draws
    nothing.plotly("dark")  # the same as a `plotly.graph_objects.Figure`, for a notebook

A `Drawing` is the result of every figure: a Plotly figure, the sentence that states its result, and its table. Sentence
and table are plain text. Plotly reads text inside the figure as a small subset of HTML, so names and captions are
escaped with `escape_text`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from explorer.evaluation.results import Estimate
from explorer.wording import format_percent, format_share

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Cell = str | int | float | None
PlotlyPart = dict[str, Any]
"""A part of a Plotly figure as plain JSON: a trace, an axis, a shape."""
Theme = Literal["light", "dark"]
COLOR_ROLES = {  # light, dark
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
SHARE_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
FIGURE_DIGITS = 4  # a share to a hundredth of a percent: finer than any pixel, short in JSON


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

    def for_page(self) -> dict[str, Any]:
        """Return {"plotly", "sentence", "table": {"columns", "rows"}}, ready for JSON; colors are roles."""
        table = {"columns": list(self.columns), "rows": [list(row) for row in self.rows]}
        return {"plotly": dict(self.figure), "sentence": self.sentence, "table": table}

    def plotly(self, theme: Theme = "light") -> "Figure":
        """Return the figure as an object of Plotly in the colors of a theme; raise ValueError if Plotly refuses it."""
        from plotly.graph_objects import Figure

        return Figure(_with_theme_colors(self.figure, theme))


def _with_theme_colors(node: Any, theme: Theme) -> Any:
    """Return a part of a figure with the colors of a theme in place of their roles."""
    if isinstance(node, Mapping):
        return {key: _with_theme_colors(each, theme) for key, each in node.items()}
    if isinstance(node, list | tuple):
        return [_with_theme_colors(each, theme) for each in node]
    if isinstance(node, str) and node.startswith("role:"):
        light, dark = COLOR_ROLES[node.removeprefix("role:")]
        return dark if theme == "dark" else light
    return node


def make_drawing(
    traces: Sequence[PlotlyPart],
    figure_layout: PlotlyPart,
    sentence: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
) -> Drawing:
    """Return the drawing of these traces in a layout, with its sentence and the table."""
    figure = {"data": list(traces), "layout": figure_layout}
    return Drawing(figure=figure, sentence=sentence, columns=tuple(columns), rows=tuple(map(tuple, rows)))


INTERVAL_ENDS = ("low", "high")


def estimate_cells(estimate: Estimate, *parts: str) -> list[Cell]:
    """Return the value of an estimate, both ends of its interval, and further parts, as cells of a table."""
    numbers = (getattr(estimate, part) for part in ("value", *INTERVAL_ENDS, *parts))
    return [each if isinstance(each, int) else rounded_number(each) for each in numbers]


def scatter_trace(
    mode: str, x: Sequence[Cell], y: Sequence[Cell], color: str, *, name: str, line: PlotlyPart | None = None,
    marker: PlotlyPart | None = None, **parts: Any,
) -> PlotlyPart:  # fmt: skip
    """Return a trace of points; line and marker, if any, get the color of the role unless they name another."""
    looks = {"line": line, "marker": marker}
    drawn = {kind: {"color": f"role:{color}"} | look for kind, look in looks.items() if look is not None}
    return {"type": "scatter", "mode": mode, "name": escape_text(name), "x": list(x), "y": list(y), **drawn, **parts}


def interval_trace(
    mode: str, positions: Sequence[Cell], estimates: Sequence[Estimate], color: str, *, along: str = "y", **parts: Any
) -> PlotlyPart:
    """Return a trace of estimates with their intervals along an axis, at positions of the other; customdata is n."""

    def reach(high: float | None, low: float | None) -> float:
        return 0.0 if high is None or low is None else round(max(0.0, high - low), FIGURE_DIGITS)

    values = [rounded_number(each.value) for each in estimates]
    ends = {
        "array": [reach(each.high, each.value) for each in estimates],
        "arrayminus": [reach(each.value, each.low) for each in estimates],
    }
    look = {"type": "data", "symmetric": False, "thickness": 1.3, "width": 3, "color": f"role:{color}"}
    interval_parts = {f"error_{along}": ends | look, "customdata": [each.n for each in estimates]}
    x, y = (positions, values) if along == "y" else (values, positions)
    return scatter_trace(mode, x, y, color, **interval_parts | parts)


def layout(*, keep: str, **parts: Any) -> PlotlyPart:
    """Return a layout of the theme and the parts; zoom is kept between drawings of the same `keep`."""
    base: PlotlyPart = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "role:text", "size": 12},
        "margin": {"l": 54, "r": 12, "t": 30, "b": 44},
        "hovermode": "closest",
        "showlegend": True,
        "hoverlabel": {"bgcolor": "role:panel", "bordercolor": "role:axis", "font": {"color": "role:text"}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom", "font": {"size": 12}},
        "uirevision": keep,
        "autosize": True,
        "template": {},
    }
    return base | parts


def axis(title: str, **parts: Any) -> PlotlyPart:
    base = {
        "title": {"text": title, "standoff": 6, "font": {"size": 12, "color": "role:quiet"}},
        "gridcolor": "role:grid",
        "linecolor": "role:axis",
        "tickcolor": "role:axis",
        "tickfont": {"color": "role:quiet"},
        "zeroline": False,
    }
    return base | parts


def step_axis(steps: int) -> PlotlyPart:
    """Return an axis from 0 to all planned steps, so that a curve grows into the plot."""
    return axis("step", range=[0, 1.02 * steps])


def share_axis(title: str = "", *, chance: float) -> PlotlyPart:
    """Return an axis of shares from 0 to 100 % with a margin at the ends, and chance among the ticks."""
    others = [tick for tick in SHARE_TICKS if abs(tick - chance) > 0.06]  # a label needs room
    ticks = sorted([*others, chance])
    words = [f"{format_percent(tick)}<br>chance" if tick == chance else format_percent(tick) for tick in ticks]
    return axis(title, range=[-0.03, 1.03], tickvals=ticks, ticktext=words, fixedrange=True)


def line_style(role: str, width: float, dash: str = "solid") -> PlotlyPart:
    """Return the style of a line: a color by its role, the width in px, and a dash of Plotly."""
    return {"color": f"role:{role}", "width": width, "dash": dash}


CHANCE_LINE = line_style("quiet", 1.5, "dash")


def chance_line(chance: float, *, is_vertical: bool = False) -> PlotlyPart:
    """Return the shape of a dashed gray line at chance, across the whole plot; its label is a tick of `share_axis`."""
    along, across = ("y", "x") if is_vertical else ("x", "y")
    ends = {f"{along}ref": "paper", f"{along}0": 0, f"{along}1": 1, f"{across}0": chance, f"{across}1": chance}
    return {"type": "line", "layer": "between", "line": CHANCE_LINE, **ends}


def full_height_shape(start: float, stop: float, **parts: Any) -> PlotlyPart:
    """Return a shape from the bottom to the top of the plot: a line if both ends are one, else a strip behind all."""
    strip = {"type": "rect", "layer": "below", "line": {"width": 0}}
    return ({"type": "line"} if start == stop else strip) | {"yref": "paper", **corners(start, stop, 0, 1)} | parts


def corners(x0: float, x1: float, y0: float, y1: float) -> PlotlyPart:
    """Return the sides of a shape in the units of the axes, under Plotly's names."""
    return {"x0": x0, "x1": x1, "y0": y0, "y1": y1}


def annotation(text: str, x: float, y: float, role: str = "quiet", **parts: Any) -> PlotlyPart:
    """Return a text in the plot; `text` is escaped already, as it may have line breaks."""
    return {"text": text, "x": x, "y": y, "showarrow": False, "font": {"color": f"role:{role}", "size": 12}, **parts}


def run_role(position: int) -> str:
    """Return the color of the run at this position of a list of runs; after six they repeat, as dashes and marks do."""
    return f"run-{position % len(RUN_DASHES)}"


def run_dash(position: int) -> str:
    return RUN_DASHES[position % len(RUN_DASHES)]


def run_mark(position: int) -> str:
    return RUN_MARKS[position % len(RUN_MARKS)]


def escape_text(text: str) -> str:
    """Escape text for Plotly, which would read <b>, <a href=...> and &lt; as HTML."""
    escaped = escape(text, quote=False)
    return text if text == escaped else escaped  # a sentence stays one


def rounded_number(value: float | None, digits: int = FIGURE_DIGITS) -> float | None:
    """Return the number rounded for a figure, None if it is not finite."""
    return None if value is None or not math.isfinite(value) else round(float(value), digits)


def interval_words(estimate: Estimate) -> str:
    """Return "81 % (95 % interval 79 to 83 %, n 1000)", shorter if less is known."""
    return format_share(estimate, lead="95 % interval", n=estimate.n)
