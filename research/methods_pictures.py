"""The pictures of docs/study-methods.md and of claims as SVG, drawn when the evidence is frozen.

    forest_picture(document["effects"])        # a line per property and form, two panels of differences
    seeds_picture("Pilot", conditions, "own")  # a line per condition, time to binding and final accuracy
    time_picture(medians, law, outcomes)       # time by kappa, and what came of each forecast

A hollow mark says that the share bound could not show it, or that a seed was not bound.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from explorer.codec import Json
from explorer.wording import format_bare_percent
from research.claims import FORM_WORDS
from research.forecasts import ForecastOutcome, MedianTime
from research.frozen_law import Prediction
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

LABELS_WIDTH, PANEL_WIDTH, PANEL_GAP, LINE_HEIGHT, HEAD_HEIGHT, FOOT_HEIGHT = 440, 190, 54, 18, 36, 46
SIDE_TEXT_WIDTH, NUM_TICKS = 140, 5
BOUND_AXIS, FINAL_AXIS = (-1.0, 1.0), (-0.6, 0.6)
"""Ends of the axes of the differences."""
KAPPA_AXIS, PAIRS_AXIS = (math.log(0.01), math.log(0.7)), (math.log(5e3), math.log(4e6))
"""Ends of the logarithmic axes of the picture of times."""
PLOT_WIDTH, PLOT_HEIGHT, PLOT_MARGIN, PLOT_TOP = 320, 330, 76, 56


def forest_picture(effects: Sequence[Json]) -> str:
    """Draw the effects of all properties in the given order, each property with a heading."""
    lines = list(_lines(effects))
    first, second = LABELS_WIDTH, LABELS_WIDTH + PANEL_WIDTH + PANEL_GAP
    height, width = (
        HEAD_HEIGHT + LINE_HEIGHT * len(lines) + FOOT_HEIGHT,
        second + PANEL_WIDTH + PANEL_GAP + SIDE_TEXT_WIDTH,
    )
    parts = [
        *_panel("seeds bound, points", first, _points(BOUND_AXIS), len(lines)),
        *_panel("final accuracy, points", second, _points(FINAL_AXIS), len(lines)),
        svg_text(second + PANEL_WIDTH + 14, 18, "seeds bound; accuracy, %", weight="600"),
    ]
    for number, (heading, effect) in enumerate(lines):
        y = HEAD_HEIGHT + LINE_HEIGHT * number + LINE_HEIGHT / 2
        if effect is None:
            parts.append(svg_text(4, y + 4, str(heading), weight="600"))
            continue
        parts.append(svg_text(18, y + 4, _form(effect), color=QUIET_COLOR))
        is_hollow = effect["state"] != "measured"
        parts += _difference(effect["bound"], first, y, BOUND_AXIS, MEAN_COLOR, is_hollow=is_hollow, is_round=True)
        parts += _difference(effect["final"], second, y, FINAL_AXIS, OTHER_COLOR, is_hollow=False, is_round=False)
        parts.append(svg_text(second + PANEL_WIDTH + 14, y + 4, _numbers(effect), color=QUIET_COLOR))
    words = "Right of the dashed line more is bound. Bars: 95 % intervals. Hollow: the share could not show it."
    return svg_document("Effect of each property in each form of caption", words, width, height, parts)


def _lines(effects: Sequence[Json]) -> Iterator[tuple[str | None, Json | None]]:
    words = ""
    for effect in effects:
        if effect["words"] != words:
            words = effect["words"]
            yield words + (" (first edition)" if effect["edition"] == "first" else ""), None
        yield None, effect


def _form(effect: Json) -> str:
    if effect["edition"] is None:
        return "not yet run"
    note = "" if effect["state"] == "measured" else f" ({effect['state']})"
    return f"{FORM_WORDS[effect['form']]}{note}"


def _numbers(effect: Json) -> str:
    if effect["edition"] is None:
        return ""
    bound = " to ".join(f"{side['num_bound']} of {side['bound']['n']}" for side in effect["sides"])
    final = " to ".join(format_bare_percent(side["final"]["value"]) for side in effect["sides"])
    return f"{bound}; {final}"


def _points(ends: tuple[float, float]) -> list[tuple[str, bool]]:
    """Return the ticks of an axis of differences, and which one is dashed."""
    values = [round(100 * value) for value in np.linspace(*ends, NUM_TICKS).tolist()]
    return [(f"{value:+d}" if value else "0", not value) for value in values]


def _shares(chance: float | None = None) -> list[tuple[str, bool]]:
    """Return the ticks of an axis of shares; that of chance is dashed."""
    return [(f"{100 * share:.0f} %", share == chance) for share in np.linspace(0, 1, NUM_TICKS).tolist()]


def _panel(title: str, left: float, ticks: Sequence[tuple[str, bool]], rows: int) -> list[str]:
    """Draw the grid and the title of a panel; ticks are evenly spaced."""
    bottom = HEAD_HEIGHT + LINE_HEIGHT * rows
    parts = [svg_text(left, 18, title, weight="600")]
    for index, (words, is_dashed) in enumerate(ticks):
        x = left + index / (NUM_TICKS - 1) * PANEL_WIDTH
        parts.append(
            svg_line(
                x, HEAD_HEIGHT - 6, x, bottom, QUIET_COLOR if is_dashed else GRID_COLOR, dash="4 3" if is_dashed else ""
            )
        )
        parts.append(svg_text(x, bottom + 15, words, color=QUIET_COLOR, anchor="middle"))
    return parts


def _difference(
    difference: Json, left: float, y: float, ends: tuple[float, float], color: str, *, is_hollow: bool, is_round: bool
) -> list[str]:
    if difference["value"] is None:
        return []
    bar = []
    if difference["low"] is not None:
        bar.append(
            svg_line(_x(difference["low"], left, ends), y, _x(difference["high"], left, ends), y, color, width=2)
        )
    look = f'fill="{PAPER_COLOR if is_hollow else color}" stroke="{color}" stroke-width="1.5"'
    x = _x(difference["value"], left, ends)
    return [*bar, svg_circle(x, y, "4", look) if is_round else svg_square(x, y, 7, look)]


def _x(value: float, left: float, ends: tuple[float, float]) -> float:
    return left + along_axis(value, ends) * PANEL_WIDTH


def seeds_picture(title: str, conditions: Sequence[Json], form: str) -> str:
    """Draw every seed of the conditions of `claims.json`: when it was bound in `form`, and its final accuracies."""
    first, second = LABELS_WIDTH, LABELS_WIDTH + PANEL_WIDTH + PANEL_GAP
    height, width = HEAD_HEIGHT + 2 * LINE_HEIGHT * len(conditions) + FOOT_HEIGHT, second + PANEL_WIDTH + PANEL_GAP
    parts = [
        *_panel(f"bound after, % of pairs ({form})", first, _shares(), 2 * len(conditions)),
        *_panel("final accuracy", second, _shares(chance=0.5), 2 * len(conditions)),
    ]
    for number, condition in enumerate(conditions):
        y = HEAD_HEIGHT + 2 * LINE_HEIGHT * number + LINE_HEIGHT
        parts.append(svg_text(4, y + 4, condition["condition"]))
        parts += _times(condition, form, first, y)
        parts += _finals(condition, second, y)
    words = "A mark per seed. Hollow at the edge: not bound in the budget. Circle: canonical; square: own captions."
    return svg_document(title, words, width, height, parts)


def _times(condition: Json, form: str, left: float, y: float) -> list[str]:
    """Draw a circle at the share of the pairs at which each seed was bound; spread seeds of one time downwards."""
    parts = []
    for index, seed in enumerate(condition["seeds"]):
        pairs = seed["bound"][form]
        x = left + PANEL_WIDTH * (1.0 if pairs is None else pairs / condition["pairs"])
        cy = y + (index - (len(condition["seeds"]) - 1) / 2) * 3
        parts.append(
            svg_circle(x, cy, "3", f'fill="{PAPER_COLOR if pairs is None else MEAN_COLOR}" stroke="{MEAN_COLOR}"')
        )
    return parts


def _finals(condition: Json, left: float, y: float) -> list[str]:
    parts = []
    for seed in condition["seeds"]:
        for form in ("canonical", "own"):
            value = seed["final"].get(f"{form}.binding_accuracy")
            if value is None:
                continue
            x = left + PANEL_WIDTH * value
            if form == "canonical":
                parts.append(svg_circle(x, y - 4, "3", f'fill="none" stroke="{INK_COLOR}"'))
            else:
                parts.append(svg_square(x, y + 4, 5.2, f'fill="none" stroke="{OTHER_COLOR}"'))
    return parts


def time_picture(
    medians: Sequence[MedianTime], law: Mapping[float, Prediction], outcomes: Sequence[ForecastOutcome]
) -> str:
    """Draw every condition at its kappa and time with the law, and beside them the forecasts; both axes logarithmic.

    `law` predicts at the kappas that its line goes through, in rising order.
    """
    first, second = PLOT_MARGIN, PLOT_MARGIN + PLOT_WIDTH + 30
    parts = [*_axes("every condition that has run", first), *_axes("forecasts, and what came of them", second)]
    for left in (first, second):
        ends = [_point(at, prediction.low, left) for at, prediction in law.items()]
        ends += [_point(at, prediction.high, left) for at, prediction in reversed([*law.items()])]
        parts.append(f'<path d="M{" L".join(ends)}Z" fill="{MEAN_COLOR}" opacity="0.12"/>')
        parts.append(f'<path d="M{" L".join(_point(at, prediction.pairs, left) for at, prediction in law.items())}" '
                     f'fill="none" stroke="{MEAN_COLOR}" stroke-width="1.5"/>')  # fmt: skip
    for index, dot in enumerate(sorted(medians, key=lambda each: each.kappa)):
        parts.append(_dot(dot.pairs, _kappa_x(dot.kappa, first) + _sideways_shift(index), is_bound=dot.is_bound))
    for index, fate in enumerate(sorted(outcomes, key=lambda each: each.kappa)):
        x, (low, high) = (
            _kappa_x(fate.kappa, second) + _sideways_shift(index),
            (_pairs_y(fate.low), _pairs_y(fate.high)),
        )
        parts.append(svg_line(x, low, x, high, QUIET_COLOR if fate.word == "open" else GRID_COLOR, width=1.5))
        if fate.pairs is not None:
            parts.append(_dot(fate.pairs, x, is_bound=fate.is_bound))
            if fate.word == "outside":
                parts.append(svg_circle(x, _pairs_y(fate.pairs), "7", f'fill="none" stroke="{LATE_COLOR}"'))
    marks = "Disc: its median seed bound there. Triangle: it was not bound at this budget. Band, bars: 19 of 20 seeds."
    parts.append(svg_text(4, PLOT_TOP + PLOT_HEIGHT + 54, marks, color=QUIET_COLOR))
    words = "Right: a dark bar alone is a forecast not yet run; a ring marks an outcome outside of its forecast."
    return svg_document(
        "Pairs until binding, by kappa", words, second + PLOT_WIDTH + 16, PLOT_TOP + PLOT_HEIGHT + 76, parts
    )


def _sideways_shift(index: int) -> float:
    """Return by how much to move a mark, so that those of one kappa stand beside each other."""
    return ((index * 5) % 13 - 6) * 1.5


def _dot(pairs: float, x: float, *, is_bound: bool) -> str:
    y = _pairs_y(pairs)
    if is_bound:
        return svg_circle(x, y, "3.2", f'fill="{MEAN_COLOR}" stroke="{PAPER_COLOR}" stroke-width="0.7"')
    return svg_triangle(x, y, LATE_COLOR)


def _axes(title: str, left: float) -> list[str]:
    parts = [svg_text(left, 40, title, weight="600")]
    for kappa in (0.01, 0.03, 0.1, 0.3):
        x = _kappa_x(kappa, left)
        parts += [
            svg_line(x, PLOT_TOP, x, PLOT_TOP + PLOT_HEIGHT, GRID_COLOR),
            svg_text(x, PLOT_TOP + PLOT_HEIGHT + 16, f"{kappa:g}", color=QUIET_COLOR, anchor="middle"),
        ]
    for pairs, words in ((1e4, "10,000"), (1e5, "100,000"), (1e6, "1,000,000")):
        y = _pairs_y(pairs)
        parts += [svg_line(left, y, left + PLOT_WIDTH, y, GRID_COLOR)]
        parts += [svg_text(left - 6, y + 4, words, color=QUIET_COLOR, anchor="end")] if left == PLOT_MARGIN else []
    axis = "kappa = density / (objects × kinds²)"
    return [
        *parts,
        svg_text(left + PLOT_WIDTH / 2, PLOT_TOP + PLOT_HEIGHT + 34, axis, color=QUIET_COLOR, anchor="middle"),
    ]


def _point(kappa: float, pairs: float, left: float) -> str:
    return f"{_kappa_x(kappa, left):.1f} {_pairs_y(pairs):.1f}"


def _kappa_x(kappa: float, left: float) -> float:
    return left + along_axis(math.log(kappa), KAPPA_AXIS) * PLOT_WIDTH


def _pairs_y(pairs: float) -> float:
    return PLOT_TOP + (1 - along_axis(math.log(pairs), PAIRS_AXIS)) * PLOT_HEIGHT
