"""The pictures of STUDY.md as SVG: the map as strips of seeds, the loop, and what follows a dose of tidy captions.

    map_picture(cells)              # a strip of seeds for each cell of data, times on one logarithmic axis
    loop_picture({title: ways})     # each model as the share told is lowered and raised again, by how it is asked
    order_picture(lines)            # binding of each training on a kind of captions, by the pairs read

A triangle is a training that had not bound when its budget ended; it stands at the budget. A circle was trained by
torch, a square by the engine of the page, whose trainings anybody can repeat to the last bit.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.contract import CONTRACT
from research.fourth_facts import LoopPhase
from research.svg import (
    GRID_COLOR,
    INK_COLOR,
    LATE_COLOR,
    MEAN_COLOR,
    OTHER_COLOR,
    PAPER_COLOR,
    QUIET_COLOR,
    along_axis,
    svg_circle,
    svg_document,
    svg_line,
    svg_square,
    svg_text,
    svg_triangle,
)

TIME_AXIS = (math.log(8e3), math.log(240e3))
"""Ends of the logarithmic axis of pairs."""
TIME_TICKS = ((1e4, "10,000"), (3e4, "30,000"), (1e5, "100,000"))
NAMES_WIDTH, STRIP_WIDTH, STRIP_GAP, STRIP_HEIGHT, TOP, FOOT = 150, 200, 26, 62, 62, 64
SHARE_AXIS = (math.log(1.0), math.log(0.09))
"""Ends of the axis of the share told, which falls to the right."""
CURVES_LEFT, CURVES_WIDTH, CURVES_HEIGHT, CURVES_GAP = 64, 760, 260, 44


@dataclass(frozen=True, kw_only=True, slots=True)
class Strip:
    """The seeds of a cell: pairs until each bound, infinity for one not bound within `budget` pairs."""

    row: str
    column: str
    times: Sequence[float]
    budget: float
    is_engine: bool


def map_picture(strips: Sequence[Strip]) -> str:
    """Draw a table of cells: a row for each share told, a column for how many are named, a mark for each seed."""
    rows, columns = (list(dict.fromkeys(getattr(each, name) for each in strips)) for name in ("row", "column"))
    parts = []
    for number, column in enumerate(columns):
        left = _column_left(number)
        parts.append(svg_text(left, TOP - 34, column, weight="600"))
        for pairs, words in TIME_TICKS:
            x = _time_x(pairs, left)
            parts.append(svg_line(x, TOP - 14, x, TOP + STRIP_HEIGHT * len(rows), GRID_COLOR))
            parts.append(svg_text(x, TOP - 18, words, color=QUIET_COLOR, anchor="middle"))
    for number, row in enumerate(rows):
        y = TOP + STRIP_HEIGHT * number
        parts.append(svg_line(4, y, _column_left(len(columns)) - STRIP_GAP, y, GRID_COLOR))
        parts.append(svg_text(4, y + STRIP_HEIGHT / 2 + 4, row, weight="600"))
        for strip in (each for each in strips if each.row == row):
            middle = y + STRIP_HEIGHT * (0.72 if strip.is_engine else 0.3)
            parts += _seeds(strip, _column_left(columns.index(strip.column)), middle)
    words = "Each mark is a model. A triangle had not bound when its budget ended."
    if any(each.is_engine for each in strips):
        words += " Circles were trained by torch, squares by the page's engine."
    axis = "Pairs of picture and caption read until the model binds, asked in captions of its own form."
    width, height = _column_left(len(columns)), TOP + STRIP_HEIGHT * len(rows) + FOOT
    parts.append(svg_text(4, height - 30, axis, color=QUIET_COLOR))
    return svg_document("Pairs until binding, by the share told and the things named", words, width, height, parts)


def _column_left(number: int) -> float:
    return NAMES_WIDTH + number * (STRIP_WIDTH + STRIP_GAP)


def _time_x(pairs: float, left: float) -> float:
    return left + along_axis(math.log(pairs), TIME_AXIS) * STRIP_WIDTH


def _seeds(strip: Strip, left: float, y: float) -> list[str]:
    """Draw the marks of a strip; those that would cover each other stand one above the other."""
    marks, last, height = [], -math.inf, 0
    for time in sorted(strip.times):
        x = _time_x(min(time, strip.budget), left)
        height = height + 1 if x - last < 6 else 0
        last = x
        marks.append(_mark(x, y + 6 - 4 * (height % 5), is_bound=math.isfinite(time), is_engine=strip.is_engine))
    return marks


def _mark(x: float, y: float, *, is_bound: bool, is_engine: bool) -> str:
    color = OTHER_COLOR if is_engine else MEAN_COLOR
    edge = f'stroke="{PAPER_COLOR}" stroke-width="0.7"'
    if not is_bound:
        return svg_triangle(x, y, color)
    look = f'fill="{color}" {edge}'
    return svg_square(x, y, 6, look) if is_engine else svg_circle(x, y, "3.4", look)


# ---- The loop


def loop_picture(panels: Mapping[str, Mapping[int, Sequence[LoopPhase]]]) -> str:
    """Draw the ways of the models by how they are asked, down to the least share told and up; hollow is not bound."""
    width = _panel_width(len(panels))
    parts = _accuracy_axis()
    for number, (title, ways) in enumerate(panels.items()):
        left = CURVES_LEFT + number * (width + CURVES_GAP)
        parts.append(svg_text(left, TOP - 40, title, weight="600"))
        parts.append(svg_text(left, TOP - 18, "on the way down", color=MEAN_COLOR))
        parts.append(svg_text(left + 130, TOP - 18, "on the way up again", color=OTHER_COLOR))
        for share in (1.0, 0.5, 0.25, 0.1):
            x = _share_x(share, left, width)
            parts += [
                svg_line(x, TOP, x, TOP + CURVES_HEIGHT, GRID_COLOR),
                svg_text(x, TOP + CURVES_HEIGHT + 18, f"{100 * share:g} %", color=QUIET_COLOR, anchor="middle"),
            ]
        for way in ways.values():
            lowest = min(range(len(way)), key=lambda index: way[index].share)
            for steps, color in ((way[: lowest + 1], MEAN_COLOR), (way[lowest:], OTHER_COLOR)):
                points = [(_share_x(at.share, left, width), _accuracy_y(at.binding.value)) for at in steps]
                path = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
                parts.append(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="1.3" opacity="0.7"/>')
                parts += [
                    f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" stroke="{color}" '
                    f'fill="{color if at.binding.is_bound else PAPER_COLOR}" stroke-width="1.3"/>'
                    for (x, y), at in zip(points, steps, strict=True)
                ]
    axis = "Share of the named things whose color is told; each model goes from 100 % down to 10 % and up again."
    parts.append(svg_text(CURVES_LEFT, TOP + CURVES_HEIGHT + 38, axis, color=QUIET_COLOR))
    words = "Accuracy at the end of each phase, a line for each model. A full mark is bound, a hollow one is not."
    title = "One model, told less and less, and more again"
    return svg_document(title, words, CURVES_LEFT + CURVES_WIDTH + 24, TOP + CURVES_HEIGHT + FOOT, parts)


def _panel_width(panels: int) -> float:
    return (CURVES_WIDTH - CURVES_GAP * (panels - 1)) / panels


def _share_x(share: float, left: float, width: float) -> float:
    low, high = SHARE_AXIS
    return left + width * (math.log(share) - low) / (high - low)


def _accuracy_y(value: float) -> float:
    low = CONTRACT.min_axis_share
    return TOP + CURVES_HEIGHT * (1 - (max(value, low) - low) / (1 - low))


def _accuracy_axis() -> list[str]:
    """Draw the axis of binding accuracy, with the coin toss and the level of binding."""
    parts = []
    for value, words in (
        (0.5, "50 %"),
        (CONTRACT.binding.level, f"{100 * CONTRACT.binding.level:g} %"),
        (1.0, "100 %"),
    ):
        y = _accuracy_y(value)
        dash = "4 3" if value < 1 else ""
        parts.append(
            svg_line(
                CURVES_LEFT, y, CURVES_LEFT + CURVES_WIDTH, y, GRID_COLOR if value == 1 else QUIET_COLOR, dash=dash
            )
        )
        parts.append(svg_text(CURVES_LEFT - 8, y + 4, words, color=QUIET_COLOR, anchor="end"))
    parts.append(svg_text(CURVES_LEFT - 8, _accuracy_y(0.5) + 18, "coin toss", color=QUIET_COLOR, anchor="end"))
    return parts


# ---- Order


@dataclass(frozen=True, kw_only=True, slots=True)
class Curves:
    """The seeds of a cell by (pairs read, binding accuracy), with the words that stand beside them."""

    words: str
    curves: Sequence[Sequence[tuple[int, float]]]
    is_fresh: bool


def order_picture(panels: Mapping[str, Sequence[Curves]]) -> str:
    """Draw a panel for each kind of captions: from fresh weights, and after captions of another kind."""
    width = _panel_width(len(panels))
    most = max(at for lines in panels.values() for each in lines for curve in each.curves for at, _ in curve)
    parts = _accuracy_axis()
    for number, (title, lines) in enumerate(panels.items()):
        left = CURVES_LEFT + number * (width + CURVES_GAP)
        parts.append(svg_text(left, TOP - 34, title, weight="600"))
        for each in lines:
            color = LATE_COLOR if each.is_fresh else MEAN_COLOR
            parts.append(svg_text(left, TOP - (6 if each.is_fresh else 19), each.words, color=color))
            for curve in each.curves:
                points = (f"{left + width * at / most:.1f} {_accuracy_y(value):.1f}" for at, value in curve)
                parts.append(
                    f'<path d="M{" L".join(points)}" fill="none" stroke="{color}" stroke-width="1.4" opacity="0.8"/>'
                )
        for pairs in (0, 50_000, 100_000, 150_000):
            if pairs <= most:
                x = left + width * pairs / most
                parts.append(svg_text(x, TOP + CURVES_HEIGHT + 18, f"{pairs:,}", color=QUIET_COLOR, anchor="middle"))
    axis = "Pairs read of the kind that the panel names."
    parts.append(svg_text(CURVES_LEFT, TOP + CURVES_HEIGHT + 38, axis, color=INK_COLOR))
    words = "A line is a model, asked about two things on the way."
    height = TOP + CURVES_HEIGHT + FOOT
    return svg_document(
        "What captions do, from fresh weights and after others",
        words,
        CURVES_LEFT + CURVES_WIDTH + 24,
        height,
        parts,
    )
