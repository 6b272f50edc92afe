"""Curves of the difference between one run and others at the same steps, with paired intervals if known.

    point = {"step": 90, "one": 0.9, "other": 0.5, "value": 0.4, "low": 0.2, "high": 0.5, "n": 48}
    pairing = Pairing(other="web-like, seed 0", points=[point], scenes="the 48 inspected scenes")
    difference_curves("friendly, seed 0", [pairing], metric="binding_accuracy", form="own", steps=180).sentence

The axis spans 100 points in both directions; a dashed line marks no difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from explorer.evaluation.results import Estimate
from explorer.figures.drawing import Cell, Drawing
from explorer.figures.style import (
    RUN_DASHES,
    RUN_MARKS,
    Part,
    axis,
    chance_line,
    interval_bars,
    layout,
    number,
    percent,
    plain,
    run_role,
)

COLUMNS = (
    "run",
    "minus run",
    "metric",
    "form",
    "step",
    "run at",
    "other at",
    "difference",
    "low",
    "high",
    "n",
    "scenes",
)
TICKS = (-1.0, -0.5, 0.0, 0.5, 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairing:
    """Another run, the differences from it by step and their scenes, or the reason why there are none.

    A point is {"step", "one", "other", "value", "low", "high", "n"}; low and high are None without an interval.
    """

    other: str
    points: Sequence[Mapping[str, Any]] = ()
    scenes: str = ""
    lacks: str = ""


def difference_curves(name: str, pairings: Sequence[Pairing], *, metric: str, form: str, steps: int) -> Drawing:
    """Draw the run `name` minus each other run, over the steps at which both were evaluated."""
    words = metric.removesuffix("_accuracy")
    traces = [_trace(pairing, position) for position, pairing in enumerate(pairings, start=1) if pairing.points]
    ticks = [_points(tick, digits=0) for tick in TICKS]
    y = axis("points of difference", range=[-1.06, 1.06], tickvals=list(TICKS), ticktext=ticks, fixedrange=True)
    x = axis("step", range=[0, steps * 1.02])
    look = layout(keep=f"difference-{metric}-{form}", xaxis=x, yaxis=y, shapes=[chance_line(0.0)])
    said = "; ".join(map(_sentence, pairings))
    return Drawing(
        figure={"data": traces, "layout": look},
        sentence=f"{words.capitalize()} in {form} captions, {name} minus others: {said}.",
        columns=COLUMNS,
        rows=tuple(_row(name, pairing, words, form, point) for pairing in pairings for point in pairing.points),
    )


def _trace(pairing: Pairing, position: int) -> Part:
    """Return a curve with the color and mark of its run in the figures above."""
    color, points = run_role(position), pairing.points
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": plain(f"minus {pairing.other}"),
        "showlegend": True,
        "x": [point["step"] for point in points],
        "y": [number(point["value"]) for point in points],
        "error_y": interval_bars([_estimate(point) for point in points], color=color),
        "line": {"color": color, "width": 2, "dash": RUN_DASHES[position % len(RUN_DASHES)]},
        "marker": {"symbol": RUN_MARKS[position % len(RUN_MARKS)], "size": 8, "color": color},
        "customdata": [[percent(point["one"]), percent(point["other"]), point["n"]] for point in points],
        "hovertemplate": "%{y:+.1%} at step %{x}<br>%{customdata[0]} against %{customdata[1]}"
        ", %{customdata[2]} scenes<extra></extra>",
    }


def _estimate(point: Mapping[str, Any]) -> Estimate:
    return Estimate(**{part: point[part] for part in ("value", "n", "low", "high")}, chance=0.0)


def _sentence(pairing: Pairing) -> str:
    """State the last difference of one pair, with its interval if it has one."""
    if not pairing.points:
        return f"{pairing.other}: {pairing.lacks}"
    last = pairing.points[-1]
    interval = "no interval"
    if last["low"] is not None:
        interval = f"95 % interval of pairs {_points(last['low'])} to {_points(last['high'])}"
    return f"{pairing.other}: {_points(last['value'])} points at step {last['step']} ({interval}, {pairing.scenes})"


def _points(difference: float, digits: int = 1) -> str:
    """Format a difference of shares in points, with its sign; zero has none."""
    text = f"{100 * difference:+.{digits}f}"
    return "0" if float(text) == 0 else text


def _row(name: str, pairing: Pairing, words: str, form: str, point: Mapping[str, Any]) -> tuple[Cell, ...]:
    difference = [number(point[part]) for part in ("value", "low", "high")]
    both = [number(point[part]) for part in ("one", "other")]
    return (point["step"], *difference, point["n"], *both, name, pairing.other, words, form, pairing.scenes)
