"""Curves of runs over their steps: loss, binding, recognition, and the difference between one run and others.

    curve = Curve(name="web-like, seed 0", records=folder.records(0), steps=300)
    loss_curves([curve])                   # with a dashed line for an untrained model
    share_curves([curve], "recognition_accuracy")      # fixed 0 to 100 %, with intervals and chance

    point = PairedPoint(step=90, one=0.9, other=0.5, difference=Estimate(...))
    pairing = Pairing(other="web-like, seed 0", points=[point], scenes="the 48 inspected scenes")
    difference_curves("friendly, seed 0", [pairing], metric="binding_accuracy", form="own", steps=180).sentence

Runs differ by color, dash and mark; forms of caption by filled and hollow marks. Axes are fixed so that nothing jumps
during a run. A curve sends at most `MOST_POINTS` points; each stretch of a longer loss keeps its lowest and highest,
so that no spike is lost. The axis of differences spans 100 points in both directions; a dashed line marks none.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from explorer.codec import decode
from explorer.evaluation.results import CHANCE, FOLLOWED_FORMS, Estimate, same_words
from explorer.figures.style import (
    RUN_DASHES,
    RUN_MARKS,
    Drawing,
    Part,
    Table,
    axis,
    chance_line,
    columns_of,
    drawing,
    interval_trace,
    interval_words,
    layout,
    number,
    role,
    run_role,
    share_axis,
    trace,
)
from explorer.wording import percent, signed

MOST_POINTS = 400
NO_RUN = "No run is chosen."
TICKS = (-1.0, -0.5, 0.0, 0.5, 1.0)
Record = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One run: name, records in order of step, and planned steps."""

    name: str
    records: Sequence[Record]
    steps: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PairedPoint:
    """Scores of two runs at a step, and the difference between them."""

    step: int
    one: float | None
    other: float | None
    difference: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairing:
    """Another run, the differences from it by step and their scenes, or the reason why there are none."""

    other: str
    points: tuple[PairedPoint, ...] = ()
    scenes: str = ""
    lacks: str = ""


def loss_curves(curves: Sequence[Curve]) -> Drawing:
    """Draw the loss of each run, and dashed the loss of an untrained model, which is ln(batch)."""
    kept = [[curve.records[i] for i in thinned(list(map(_loss, curve.records)))] for curve in curves]
    traces = [each for place, records in enumerate(kept) for each in _loss_traces(curves[place].name, records, place)]
    points = [(curve.name, record) for curve, records in zip(curves, kept, strict=True) for record in records]
    table: Table = {
        "run": [name for name, _ in points],
        "step": [record["step"] for _, record in points],
        "loss": [_loss(record) for _, record in points],
        "ln(batch)": [_chance_loss(record) for _, record in points],
    }
    look = layout(keep="loss-step", xaxis=_x_axis(curves), yaxis=axis("loss", rangemode="tozero"))
    return drawing(traces, look, _loss_sentence(curves), table)


def thinned(values: Sequence[float | None], most: int = MOST_POINTS) -> list[int]:
    """Return at most `most` positions: the first, the last, and the lowest and highest value of each stretch."""
    if len(values) <= most:
        return list(range(len(values)))
    edges = [round(i * len(values) / (most // 2 - 1)) for i in range(most // 2)]
    kept = {0, len(values) - 1}
    for start, end in pairwise(edges):
        known = [i for i in range(start, end) if values[i] is not None]
        if known:
            kept |= {min(known, key=lambda i: values[i] or 0.0), max(known, key=lambda i: values[i] or 0.0)}
    return sorted(kept)


def _loss(record: Record) -> float | None:
    return number(record.get("loss"))


def _chance_loss(record: Record) -> float | None:
    return number(record.get("chance_loss"))


def _loss_traces(name: str, records: Sequence[Record], position: int) -> list[Part]:
    at, chance = [record["step"] for record in records], list(map(_chance_loss, records))
    last = len(records) - 1
    bends = [i for i in range(len(records)) if i in (0, last) or not chance[i - 1] == chance[i] == chance[i + 1]]
    dash, hover = RUN_DASHES[position % len(RUN_DASHES)], "%{y:.3f}"
    return [
        trace(
            "lines", at, list(map(_loss, records)), run_role(position), name=name,
            line={"dash": dash, "width": 1.5}, hovertemplate=hover,
        ),
        trace(
            "lines", [at[i] for i in bends], [chance[i] for i in bends], role("quiet"), name="ln(batch): knows nothing",
            line={"dash": "dash", "width": 1.5}, hovertemplate=hover, legendgroup="chance", showlegend=position == 0,
        ),
    ]  # fmt: skip


def _loss_sentence(curves: Sequence[Curve]) -> str:
    if not curves:
        return NO_RUN
    parts, chances = [], set()
    for curve in curves:
        last = next((record for record in reversed(curve.records) if _loss(record) is not None), None)
        if last is None:
            parts.append(f"{curve.name}: no step yet")
            continue
        parts.append(f"{curve.name}: loss {last['loss']:.2f} at step {last['step']} of {curve.steps}")
        if _chance_loss(last):
            chances.add(f"{last['chance_loss']:.2f}")
    known = f". A model that knows nothing has {' or '.join(sorted(chances))}" if chances else ""
    return f"{'; '.join(parts)}{known}."


def share_curves(
    curves: Sequence[Curve], metric: str = "binding_accuracy", forms: Sequence[str] = FOLLOWED_FORMS
) -> Drawing:
    """Draw an accuracy of each run and form over the run, with 95 % intervals and chance."""
    name = metric.removesuffix("_accuracy")
    found = [(curve, form, _evaluations(curve, form, metric)) for curve in curves for form in forms]
    traces = [
        _share_trace(curve, form, measured, place // len(forms), forms)
        for place, (curve, form, measured) in enumerate(found)
        if not _repeats(curve, form, forms)
    ]
    points = [(curve, form, record, each) for curve, form, measured in found for record, each in measured]
    estimates = [each for *_, each in points]
    chance = next((number(each.chance) for each in estimates if each.chance is not None), None) or CHANCE
    table: Table = {
        "run": [curve.name for curve, *_ in points],
        "form": [form for _, form, *_ in points],
        "step": [record["step"] for *_, record, _ in points],
        **columns_of(estimates, name, "n", "chance"),
    }
    y = share_axis(chance=chance)
    look = layout(keep=f"{metric}-step", xaxis=_x_axis(curves), yaxis=y, shapes=[chance_line(chance)])
    return drawing(traces, look, _share_sentence(curves, forms, metric, name.capitalize()), table)


def _repeats(curve: Curve, form: str, forms: Sequence[str]) -> bool:
    """Return True if the form asks the same captions as the first, so that its curve would hide under that one."""
    evaluations = [found for record in curve.records if (found := record.get("evaluation"))]
    return form != forms[0] and any(evaluations) and all(e.get(form) == e.get(forms[0]) for e in evaluations)


def _evaluations(curve: Curve, form: str, metric: str) -> list[tuple[Record, Estimate]]:
    """Return the records that measured the metric in the form, each with its estimate."""
    found = [(record, ((record.get("evaluation") or {}).get(form) or {}).get(metric)) for record in curve.records]
    known = [(record, decode(Estimate, each)) for record, each in found if each and each["value"] is not None]
    stride = math.ceil(len(known) / MOST_POINTS) or 1
    return known[::-1][::stride][::-1]  # from the end, so that the newest is always there


def _share_trace(
    curve: Curve, form: str, measured: Sequence[tuple[Record, Estimate]], position: int, forms: Sequence[str]
) -> Part:
    """Return a curve; that of the first form is filled and names the forms that repeat it."""
    color, hollow = run_role(position), form != forms[0]
    twins = [] if hollow else [other for other in forms if _repeats(curve, other, forms)]
    mark = RUN_MARKS[position % len(RUN_MARKS)]
    # The other forms of a run have its color, so they take the next dash.
    line = {"width": 1.5 if hollow else 2.5, "dash": RUN_DASHES[(position + hollow) % len(RUN_DASHES)]}
    return interval_trace(
        "lines+markers",
        [record["step"] for record, _ in measured],
        [each for _, each in measured],
        color,
        name=" = ".join([f"{curve.name}, {form}", *twins]),
        line=line,
        marker={"symbol": f"{mark}-open" if hollow else mark, "size": 8, "line": {"width": 2, "color": color}},
        hovertemplate="%{y:.1%} of %{customdata}<br>step %{x}",
    )


def _share_sentence(curves: Sequence[Curve], forms: Sequence[str], metric: str, name: str) -> str:
    """State each run's newest numbers; with intervals only for a single run, so that it stays a sentence."""
    parts = []
    for curve in curves:
        last = {form: found[-1] for form in forms if (found := _evaluations(curve, form, metric))}
        if not last:
            parts.append(f"{curve.name}: not measured yet")
            continue
        said = {
            form: interval_words(each) if len(curves) == 1 else f"{percent(each.value)} (n {each.n})"
            for form, (_, each) in last.items()
        }
        said |= {form: f"are {same_words(forms[0])}" for form in last if _repeats(curve, form, forms)}
        step = max(record["step"] for record, _ in last.values())
        values = ", ".join(f"{form} captions {words}" for form, words in said.items())
        parts.append(f"{curve.name} at step {step} of {curve.steps}: {values}")
    return f"{name}, {'; '.join(parts)}." if parts else NO_RUN


def _x_axis(curves: Sequence[Curve]) -> Part:
    """Return an axis from 0 to the end of the longest run, so that a curve grows into the plot."""
    return axis("step", range=[0, 1.02 * max((curve.steps for curve in curves), default=1)])


def difference_curves(name: str, pairings: Sequence[Pairing], *, metric: str, form: str, steps: int) -> Drawing:
    """Draw the run `name` minus each other run, over the steps at which both were evaluated."""
    words = metric.removesuffix("_accuracy")
    traces = [_difference_trace(each, position) for position, each in enumerate(pairings, start=1) if each.points]
    ticks = [signed(100 * tick) for tick in TICKS]
    look = layout(
        keep=f"difference-{metric}-{form}",
        xaxis=axis("step", range=[0, steps * 1.02]),
        yaxis=axis(
            "points of difference", range=[-1.06, 1.06], tickvals=list(TICKS), ticktext=ticks, fixedrange=True
        ),
        shapes=[chance_line(0.0)],
    )  # fmt: skip
    points = [(each, point) for each in pairings for point in each.points]
    table: Table = {
        "run": [name for _ in points],
        "minus run": [each.other for each, _ in points],
        "metric": [words for _ in points],
        "form": [form for _ in points],
        "step": [point.step for _, point in points],
        "run at": [number(point.one) for _, point in points],
        "other at": [number(point.other) for _, point in points],
        **columns_of([point.difference for _, point in points], "difference", "n"),
        "scenes": [each.scenes for each, _ in points],
    }
    said = "; ".join(map(_difference_sentence, pairings))
    return drawing(traces, look, f"{words.capitalize()} in {form} captions, {name} minus others: {said}.", table)


def _difference_trace(pairing: Pairing, position: int) -> Part:
    """Return a curve with the color and mark of its run in the figures above."""
    points = pairing.points
    return interval_trace(
        "lines+markers",
        [point.step for point in points],
        [point.difference for point in points],
        run_role(position),
        name=f"minus {pairing.other}",
        showlegend=True,
        line={"width": 2, "dash": RUN_DASHES[position % len(RUN_DASHES)]},
        marker={"symbol": RUN_MARKS[position % len(RUN_MARKS)], "size": 8},
        customdata=[[percent(point.one), percent(point.other), point.difference.n] for point in points],
        hovertemplate="%{y:+.1%} at step %{x}<br>%{customdata[0]} against %{customdata[1]}"
        ", %{customdata[2]} scenes<extra></extra>",
    )


def _difference_sentence(pairing: Pairing) -> str:
    """State the last difference of one pair, with its interval if it has one."""
    if not pairing.points:
        return f"{pairing.other}: {pairing.lacks}"
    last = pairing.points[-1]
    value, low, high = (
        None if end is None else signed(100 * end, 1)
        for end in (last.difference.value, last.difference.low, last.difference.high)
    )
    interval = "no interval" if low is None else f"95 % interval of pairs {low} to {high}"
    return f"{pairing.other}: {value} points at step {last.step} ({interval}, {pairing.scenes})"
