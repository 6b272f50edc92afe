"""Figures of runs over their steps: curves of losses and shares, and differences between runs.

    curve = RunCurve(name="web-like, seed 0", records=folder.records(0), steps=300)
    share_curves([curve], "recognition_accuracy").sentence

Runs differ by color, dash and mark; forms of caption by filled and hollow marks. Axes are fixed so that nothing jumps
during a run. A curve sends at most `MAX_POINTS` points; each stretch of a longer loss keeps its lowest and highest,
so that no spike is lost. The axis of differences spans 100 points in both directions; a dashed line marks none.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from explorer.codec import decode
from explorer.evaluation.results import CHANCE, FOLLOWED_FORMS, Estimate, same_form_sentence
from explorer.figures import style
from explorer.figures.style import (
    INTERVAL_ENDS,
    Cell,
    Drawing,
    PlotlyPart,
    estimate_cells,
    make_drawing,
    rounded_number,
)
from explorer.sentences import Listed, Sentence
from explorer.wording import format_percent, format_signed

MAX_POINTS = 400
NO_RUN = "No run is chosen."
DIFFERENCE_TICKS = (-1.0, -0.5, 0.0, 0.5, 1.0)
MetricsRecord = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RunCurve:
    """One run: name, records in order of step, and planned steps."""

    name: str
    records: Sequence[MetricsRecord]
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


def loss_curves(curves: Sequence[RunCurve]) -> Drawing:
    """Draw the loss of each run, and dashed the loss of an untrained model, which is ln(batch)."""
    traces: list[PlotlyPart] = []
    rows: list[list[Cell]] = []
    parts: list[str] = []
    chances = set()
    for index, curve in enumerate(curves):
        losses = [rounded_number(record.get("loss")) for record in curve.records]
        shown = thin(losses)
        points = [
            (curve.records[i]["step"], losses[i], rounded_number(curve.records[i].get("chance_loss"))) for i in shown
        ]
        rows += ([curve.name, *point] for point in points)
        ends = (0, len(points) - 1)
        bends = [
            (step, chance)
            for i, (step, _, chance) in enumerate(points)
            if i in ends or not points[i - 1][2] == chance == points[i + 1][2]
        ]
        look: PlotlyPart = {"line": {"dash": style.run_dash(index), "width": 1.5}, "hovertemplate": "%{y:.3f}"}
        steps, drawn = [step for step, *_ in points], [loss for _, loss, _ in points]
        traces += [
            style.scatter_trace("lines", steps, drawn, style.run_role(index), name=curve.name, **look),
            style.scatter_trace(
                "lines", [step for step, _ in bends], [chance for _, chance in bends], "quiet",
                name="ln(batch): knows nothing", legendgroup="chance", showlegend=index == 0,
                **look | {"line": {"dash": "dash", "width": 1.5}},
            ),
        ]  # fmt: skip
        last = next((i for i in reversed(range(len(losses))) if losses[i] is not None), None)
        if last is None:
            parts.append(Sentence("curve.no-step", "{run}: no step yet", run=curve.name))
            continue
        last_record = curve.records[last]
        parts.append(
            Sentence(
                "curve.loss",
                "{run}: loss {loss} at step {step} of {steps}",
                run=curve.name,
                loss=f"{last_record['loss']:.2f}",
                step=last_record["step"],
                steps=curve.steps,
            )
        )
        if rounded_number(last_record.get("chance_loss")):
            chances.add(f"{last_record['chance_loss']:.2f}")
    frame = style.layout(keep="loss-step", xaxis=_x_axis(curves), yaxis=style.axis("loss", rangemode="tozero"))
    sentence: str = Sentence("figure.parts", "{parts}.", parts=Listed(parts, "; ")) if curves else NO_RUN
    if chances:
        english = "{said} A model that knows nothing has {chance}."
        sentence = Sentence("curve.chance", english, said=sentence, chance=" or ".join(sorted(chances)))
    return make_drawing(traces, frame, sentence, ("run", "step", "loss", "ln(batch)"), rows)


def thin(values: Sequence[float | None]) -> list[int]:
    """Return at most `MAX_POINTS` positions: the first, the last, and the lowest and highest value of each stretch."""
    if len(values) <= MAX_POINTS:
        return list(range(len(values)))
    edges = [round(i * len(values) / (MAX_POINTS // 2 - 1)) for i in range(MAX_POINTS // 2)]
    kept = {0, len(values) - 1}
    for start, end in pairwise(edges):
        if known := [(value, i) for i, value in enumerate(values[start:end], start=start) if value is not None]:
            kept |= {min(known)[1], max(known, key=lambda each: each[0])[1]}
    return sorted(kept)


def share_curves(
    curves: Sequence[RunCurve], metric: str = "binding_accuracy", forms: Sequence[str] = FOLLOWED_FORMS
) -> Drawing:
    """Draw an accuracy of each run and form over the run, with 95 % intervals and chance."""
    name = metric.removesuffix("_accuracy")
    traces, parts = [], []
    points: list[tuple[str, str, int, Estimate]] = []
    for index, curve in enumerate(curves):
        measured = {form: _estimates_by_step(curve, form, metric) for form in forms}
        twins = [form for form in forms if _repeats_first_form(curve, form, forms)]
        for form, shares in measured.items():
            points += [(curve.name, form, step, each) for step, each in shares]
            if form not in twins:
                is_hollow = form != forms[0]
                words = " = ".join([f"{curve.name}, {form}", *(() if is_hollow else twins)])
                traces.append(_share_trace(shares, index, words, is_hollow=is_hollow))
        parts.append(_share_words(curve, measured, twins, has_intervals=len(curves) == 1))
    chance = next((rounded_number(each.chance) for *_, each in points if each.chance is not None), None) or CHANCE
    columns = ("run", "form", "step", name, *INTERVAL_ENDS, "n", "chance")
    rows = [[run, form, step, *estimate_cells(each, "n", "chance")] for run, form, step, each in points]
    look = style.layout(
        keep=f"{metric}-step", xaxis=_x_axis(curves), yaxis=style.share_axis(chance=chance),
        shapes=[style.chance_line(chance)],
    )  # fmt: skip
    english = "{metric}, {parts}."
    said = Sentence("curve.shares", english, metric=name.capitalize(), parts=Listed(parts, "; ")) if parts else NO_RUN
    return make_drawing(traces, look, said, columns, rows)


def _repeats_first_form(curve: RunCurve, form: str, forms: Sequence[str]) -> bool:
    """Return True if the form asks the same captions as the first, so that its curve would hide under that one."""
    evaluations = [evaluation for record in curve.records if (evaluation := record.get("evaluation"))]
    return form != forms[0] and any(evaluations) and all(e.get(form) == e.get(forms[0]) for e in evaluations)


def _estimates_by_step(curve: RunCurve, form: str, metric: str) -> list[tuple[int, Estimate]]:
    """Return the steps at which the metric was measured in the form, each with its estimate."""
    estimates = [
        (record["step"], ((record.get("evaluation") or {}).get(form) or {}).get(metric)) for record in curve.records
    ]
    measured = [(step, decode(Estimate, each)) for step, each in estimates if each and each["value"] is not None]
    stride = math.ceil(len(measured) / MAX_POINTS) or 1
    return measured[::-1][::stride][::-1]  # from the end, so that the newest is always there


def _share_trace(measured: Sequence[tuple[int, Estimate]], index: int, words: str, *, is_hollow: bool) -> PlotlyPart:
    color, mark = style.run_role(index), style.run_mark(index)
    return style.interval_trace(
        "lines+markers", [step for step, _ in measured], [each for _, each in measured], color, name=words,
        # The other forms of a run have its color, so they take the next dash.
        line={"width": 1.5 if is_hollow else 2.5, "dash": style.run_dash(index + is_hollow)},
        marker={
            "symbol": f"{mark}-open" if is_hollow else mark, "size": 8, "line": {"width": 2, "color": f"role:{color}"},
        },
        hovertemplate="%{y:.1%} of %{customdata}<br>step %{x}",
    )  # fmt: skip


def _share_words(
    curve: RunCurve,
    measured: Mapping[str, Sequence[tuple[int, Estimate]]],
    twins: Sequence[str],
    *,
    has_intervals: bool,
) -> str:
    """State a run's newest numbers; with intervals only for a single run, so that it stays a sentence."""
    last = {form: shares[-1] for form, shares in measured.items() if shares}
    if not last:
        return Sentence("curve.not-measured", "{run}: not measured yet", run=curve.name)
    form_words = {
        form: style.interval_words(each)
        if has_intervals
        else Sentence("curve.share", "{share} (n {n})", share=format_percent(each.value), n=each.n)
        for form, (_, each) in last.items()
    }
    first = next(iter(measured))
    form_words |= {
        form: Sentence("curve.same", "are {same}", same=same_form_sentence(first)) for form in last if form in twins
    }
    english = "{form} captions {share}"
    values = [Sentence("curve.form", english, form=form, share=words) for form, words in form_words.items()]
    return Sentence(
        "curve.run",
        "{run} at step {step} of {steps}: {values}",
        run=curve.name,
        step=max(step for step, _ in last.values()),
        steps=curve.steps,
        values=Listed(values),
    )


def _x_axis(curves: Sequence[RunCurve]) -> PlotlyPart:
    return style.step_axis(max((curve.steps for curve in curves), default=1))


def difference_curves(name: str, pairings: Sequence[Pairing], *, metric: str, form: str, steps: int) -> Drawing:
    """Draw the run `name` minus each other run, over the steps at which both were evaluated."""
    words = metric.removesuffix("_accuracy")
    # Each curve has the color and mark of its run in the figures above.
    traces = [
        style.interval_trace(
            "lines+markers", [point.step for point in each.points], [point.difference for point in each.points],
            style.run_role(index), name=Sentence("curve.minus", "minus {run}", run=each.other), showlegend=True,
            line={"width": 2, "dash": style.run_dash(index)}, marker={"symbol": style.run_mark(index), "size": 8},
            customdata=[
                [format_percent(point.one), format_percent(point.other), point.difference.n] for point in each.points
            ],
            hovertemplate="%{y:+.1%} at step %{x}<br>%{customdata[0]} against %{customdata[1]}"
            ", %{customdata[2]} scenes<extra></extra>",
        )
        for index, each in enumerate(pairings, start=1)
        if each.points
    ]  # fmt: skip
    look = style.layout(
        keep=f"difference-{metric}-{form}",
        xaxis=style.step_axis(steps),
        yaxis=style.axis(
            "points of difference", range=[-1.06, 1.06], tickvals=list(DIFFERENCE_TICKS),
            ticktext=[format_signed(100 * tick) for tick in DIFFERENCE_TICKS], fixedrange=True,
        ),
        shapes=[style.chance_line(0.0)],
    )  # fmt: skip
    columns = (
        "run",
        "minus run",
        "metric",
        "form",
        "step",
        "run at",
        "other at",
        "difference",
        *INTERVAL_ENDS,
        "n",
        "scenes",
    )
    rows = [
        [
            name,
            each.other,
            words,
            form,
            point.step,
            rounded_number(point.one),
            rounded_number(point.other),
            *estimate_cells(point.difference, "n"),
            each.scenes,
        ]
        for each in pairings
        for point in each.points
    ]
    sentence = _difference_sentence(name, pairings, words, form)
    return make_drawing(traces, look, sentence, columns, rows)


def _difference_sentence(name: str, pairings: Sequence[Pairing], metric: str, form: str) -> str:
    parts = [
        Sentence(
            "compare.other",
            "{run}: {difference}",
            run=each.other,
            difference=_last_difference(each) if each.points else each.lacks,
        )
        for each in pairings
    ]
    return Sentence(
        "compare.sentence",
        "{metric} in {form} captions, {run} minus others: {parts}.",
        metric=metric.capitalize(),
        form=form,
        run=name,
        parts=Listed(parts, "; "),
    )


def _last_difference(pairing: Pairing) -> str:
    last = pairing.points[-1]
    difference = last.difference
    value, low, high = (
        None if end is None else format_signed(100 * end, 1)
        for end in (difference.value, difference.low, difference.high)
    )
    interval = "no interval"
    if low is not None:
        interval = Sentence("compare.interval", "95 % interval of pairs {low} to {high}", low=low, high=high)
    english = "{value} points at step {step} ({known})"
    known = Listed([interval, pairing.scenes])
    return Sentence("compare.difference", english, value=value, step=last.step, known=known)
