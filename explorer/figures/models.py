"""Figures of models: curves of runs over their steps, differences between runs, and what one report or snapshot holds.

    curve = RunCurve(name="web-like, seed 0", records=folder.records(0), steps=300)
    share_curves([curve], "recognition_accuracy").sentence
    margin_histogram([0.08, 0.02, -0.03, math.nan])  # nan: no swapped caption; left out

Runs differ by color, dash and mark; forms of caption by filled and hollow marks. Axes are fixed so that nothing jumps
during a run. A curve sends at most `MAX_POINTS` points; each stretch of a longer loss keeps its lowest and highest,
so that no spike is lost. The axis of differences spans 100 points in both directions; a dashed line marks none.

A margin is cos(image, right caption) minus cos(image, swapped caption). Next to binding in a form stands the
caption-only scorer: binding is evidence only if that one is at chance. What was not measured is left out of a drawing
and stays in its table; without any number a figure is empty and its sentence says so.

In the heatmaps, row i is the image of caption i. A square outline marks its right caption, a dashed circle the swapped
one; the row has a tick if the right one is nearer. In the map, images are squares, right captions filled circles,
swapped captions hollow diamonds. The page shows the picture of the pair under the pointer and lines to its captions;
both are in the figure's `layout.meta`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from explorer.codec import decode
from explorer.evaluation.results import (
    CHANCE,
    EVERY_FORM,
    FOLLOWED_FORMS,
    BreakdownRow,
    Estimate,
    Report,
    same_form_sentence,
    same_forms,
)
from explorer.evaluation.verdict import judge_report
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


def _share_trace(measured: Sequence[tuple[int, Estimate]], place: int, words: str, *, is_hollow: bool) -> PlotlyPart:
    color, mark = style.run_role(place), style.run_mark(place)
    return style.interval_trace(
        "lines+markers", [step for step, _ in measured], [each for _, each in measured], color, name=words,
        # The other forms of a run have its color, so they take the next dash.
        line={"width": 1.5 if is_hollow else 2.5, "dash": style.run_dash(place + is_hollow)},
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
            *(name, each.other, words, form, point.step),
            *(
                rounded_number(point.one),
                rounded_number(point.other),
                *estimate_cells(point.difference, "n"),
                each.scenes,
            ),
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


MEASURES = (  # key, name, mark, color, offset from the middle of the form
    ("binding_accuracy", "binding", "circle", "right", -0.2),
    ("recognition_accuracy", "recognition", "square-open", "other", 0.0),
    ("caption_only", "binding by captions only (control)", "x-thin-open", "quiet", 0.2),
)


def forms_chart(report: Report) -> Drawing:
    """Draw binding, recognition and the caption-only control of a report by form, with intervals and chance."""
    scores = report.scores
    measured_forms = [form for form in EVERY_FORM if scores.of(form)]
    traces, rows = [], []
    for key, name, mark, color, offset in MEASURES:
        measured = (
            scores.controls.get(key, {})
            if key == "caption_only"
            else {f: scores.of(f).get(key) for f in measured_forms}
        )
        known = [
            (i, each)
            for i, form in enumerate(measured_forms)
            if (each := measured.get(form)) and each.value is not None
        ]
        rows += [(i, name, each) for i, each in known]
        one = style.interval_trace(
            "markers", [round(i + offset, 2) for i, _ in known], [each for _, each in known], color, name=name,
            marker={"symbol": mark, "size": 8, "line": {"width": 2, "color": f"role:{color}"}},
            hovertemplate="%{y:.1%} of %{customdata}",
        )  # fmt: skip
        one["error_y"] |= {"thickness": 2, "width": 5}
        traces += [one] * bool(known)
    rows.sort(key=lambda row: row[0])
    twins = {form: twin for form, twin in same_forms(scores).items() if form in measured_forms}
    names = [f"{form}<br>(as {twins[form]})" if form in twins else form for form in measured_forms]
    # On a phone names stand upright, as slanted ones are cut or dropped at the edge, and the room below grows.
    x = style.axis(
        "", tickvals=list(range(len(measured_forms))), ticktext=names, showgrid=False,
        range=[-0.5, max(len(measured_forms), 1) - 0.5],
        tickfont={"color": "role:text", "size": 13}, autotickangles=[0, 90], automargin=True,
    )  # fmt: skip
    y, shapes = style.share_axis(chance=CHANCE), [style.chance_line(CHANCE)]
    # Forms that repeat another are named, so that they are not taken for a second finding.
    english = "The form {form} is {same}."
    same = [
        Sentence("curve.same-form", english, form=form, same=same_form_sentence(twin)) for form, twin in twins.items()
    ]
    columns = ("form", "measure", "value", *INTERVAL_ENDS, "n", "chance")
    table = [[measured_forms[i], name, *estimate_cells(each, "n", "chance")] for i, name, each in rows]
    look = style.layout(keep="forms", xaxis=x, yaxis=y, shapes=shapes)
    return make_drawing(traces, look, Listed([judge_report(report).sentence, *same], " "), columns, table)


GROUP_NAMES = {
    "kind": "kind exchanged",
    "larger_object": "larger object named",
    "smaller_object_area": "smaller object's area",
    "pairs": "pairs in training",
    "alone_by_size": "asked alone, by size",
    "alone_by_naming": "asked alone, by naming",
}


def breakdown_chart(rows: Sequence[BreakdownRow], form: str = "own") -> Drawing:
    """Draw the binding accuracy of each group in the captions of a form, with 95 % intervals and chance."""
    groups = [row for row in rows if row.form == form and row.value is not None]
    english = "{property} {group}"
    named: dict[str, Estimate] = {
        Sentence("breakdown.group", english, property=_property_words(row), group=row.group): row for row in groups
    }
    properties = list(map(_property_words, groups))
    lines, places, headings = 0.0, [], []
    for before, words in zip([None, *properties], properties, strict=False):
        if words != before:  # a heading stands on the free line above
            look = {"xref": "paper", "xanchor": "left", "yanchor": "middle"}
            headings.append(style.annotation(f"<b>{style.escape_text(words)}</b>", 0, lines + 1, **look))
        lines += 1 if words == before else 2
        places.append(lines)
    dots = style.interval_trace(
        "markers", places, groups, "right", along="x", name="binding", showlegend=False,
        marker={"symbol": "circle", "size": 10}, hovertemplate="%{x:.1%} of %{customdata}<extra></extra>",
    )  # fmt: skip
    lines = lines or 1.0
    # A group with two parts has two lines, so that a narrow plot keeps its width.
    names = [style.escape_text(row.group).replace(", ", "<br>") for row in groups]
    frame = style.layout(
        keep="breakdown",
        xaxis=style.share_axis("binding accuracy", chance=CHANCE),
        yaxis=style.axis(
            "", tickvals=places, ticktext=names, range=[lines + 0.7, 0.3], automargin=True,
            tickfont={"color": "role:text"}, fixedrange=True, showgrid=False, ticks="",
        ),
        shapes=[style.chance_line(CHANCE, is_vertical=True)],
        annotations=headings,
        height=round(90 + 31 * lines),
        margin={"l": 20, "r": 14, "t": 8, "b": 60},
    )  # fmt: skip
    columns = ("form", "by", "group", "binding", *INTERVAL_ENDS, "n", "chance")
    table = [
        [form, by, row.group, *estimate_cells(row, "n"), CHANCE] for by, row in zip(properties, groups, strict=True)
    ]
    return make_drawing([dots] if groups else [], frame, _breakdown_sentence(named, form), columns, table)


def _property_words(row: BreakdownRow) -> str:
    return GROUP_NAMES.get(row.by, row.by.replace("_", " "))


def _breakdown_sentence(named: Mapping[str, Estimate], form: str) -> str:
    if not named:
        return Sentence("breakdown.none", "There is no breakdown of binding in {form} captions.", form=form)
    low, high = (pick(named, key=lambda name: named[name].value or 0.0) for pick in (min, max))
    if len(named) == 1:
        english = "Binding in {form} captions, {group}: {share}."
        return Sentence("breakdown.one", english, form=form, group=low, share=style.interval_words(named[low]))
    return Sentence(
        "breakdown.several",
        "Binding in {form} captions is lowest for {low}, {lowest}, and highest for {high}, {highest}; {n} groups are"
        " drawn.",
        form=form,
        low=low,
        lowest=style.interval_words(named[low]),
        high=high,
        highest=style.interval_words(named[high]),
        n=len(named),
    )


NUM_BINS = 24


def margin_histogram(margins: Sequence[float]) -> Drawing:
    """Draw the distribution of margins; bins meet at zero, nan is left out."""
    finite = np.array([float(margin) for margin in margins if math.isfinite(margin)])
    widest = float(np.abs(finite).max(initial=0.0)) * 1.02 or 0.1
    edges = np.linspace(-widest, widest, NUM_BINS + 1)
    edges[NUM_BINS // 2] = 0.0
    # A margin of zero counts as not preferring the right caption.
    counts, _ = np.histogram(np.where(finite == 0, -widest / NUM_BINS, finite), edges)
    centers = (edges[:-1] + edges[1:]) / 2
    hatched = {"shape": "/", "fgcolor": "role:swapped", "bgcolor": "rgba(0,0,0,0)", "size": 6}
    sides = (
        ((centers > 0) & (counts > 0), "right caption nearer", "role:right", {"shape": ""}),
        ((centers < 0) & (counts > 0), "swapped caption nearer", "role:swapped", hatched),
    )
    traces = [
        {
            "type": "bar", "name": name, "x": [rounded_number(x, 5) for x in centers[side]], "y": counts[side].tolist(),
            "width": rounded_number(edges[1] - edges[0], 6), "hovertemplate": "margin about %{x:.3f}: %{y} images",
            "marker": {"color": color, "line": {"color": color, "width": 1}, "pattern": pattern},
        }
        for side, name, color, pattern in sides
    ]  # fmt: skip
    look = style.layout(
        keep="margins",
        barmode="overlay",
        shapes=[style.full_height_shape(0, 0, line={"color": "role:text", "width": 1.5})],
        xaxis=style.axis("margin: cosine to right minus swapped", range=[-1.05 * widest, 1.05 * widest], nticks=7),
        yaxis=style.axis("images", rangemode="tozero", tickformat="d"),
    )
    above = int((finite > 0).sum())
    sentence: str = "No image of this set has a swapped caption."
    if finite.size:
        sentence = Sentence(
            "margins.sentence",
            "The right caption is nearer than the swapped one for {above} of {n} images ({share}); the median margin is"
            " {margin}.",
            above=above,
            n=finite.size,
            share=format_percent(above / finite.size),
            margin=f"{np.median(finite):.3f}",
        )
    ends = list(map(rounded_number, edges))
    rows = zip(ends[:-1], ends[1:], counts.tolist(), strict=True)
    return make_drawing(traces, look, sentence, ("margin from", "margin to", "images"), rows)


MAP_PARTS = (  # key, name, mark, color, columns of the table
    ("images", "image", "square", "other", "image"),
    ("captions", "right caption", "circle", "right", "caption"),
    ("swapped", "swapped caption", "diamond-open", "swapped", "swapped"),
)
COSINE_DIGITS = 3


def projection_map(
    points: Mapping[str, np.ndarray],
    captions: Sequence[str],
    explained: Sequence[float],
    gap: float,
    thumbnails: Sequence[str] = (),
    swapped: Sequence[str | None] | None = None,
) -> Drawing:
    """Draw images, captions and swapped captions on two axes.

    Args:
        points: (N, 2) arrays of "images", "captions" and "swapped"; a row of NaN in the last is left out.
        captions: (N,).
        explained: Shares of the variance that the axes explain.
        gap: Distance of the centroids of images and captions.
        thumbnails: (N,) data URIs.
        swapped: (N,) captions, None for an image without one.

    Raises:
        ValueError: If the number of points differs from the number of captions.
    """
    n = len(captions)
    if any(np.shape(points[key]) != (n, 2) for key, *_ in MAP_PARTS):
        raise ValueError(f"Points ({n}, 2) of images, captions and swapped captions expected.")
    traces: list[PlotlyPart] = []
    columns: dict[str, Sequence[Cell]] = {"pair": range(1, n + 1), "caption": captions}
    for key, name, mark, color, column in MAP_PARTS:
        x, y = ([rounded_number(cell, COSINE_DIGITS) for cell in points[key][:, side]] for side in (0, 1))
        marker = {"symbol": mark, "size": 9, "line": {"width": 1.5, "color": f"role:{color}"}}
        traces.append(style.scatter_trace("markers", x, y, color, name=name, hoverinfo="none", marker=marker))
        columns |= {f"{column} x": x, f"{column} y": y}
    first_axis = Sentence("map.first", "component 1 ({share} of variance)", share=format_percent(explained[0]))
    second_axis = Sentence("map.second", "component 2 ({share})", share=format_percent(explained[1]))
    look = style.layout(
        keep="map",
        xaxis=style.axis(first_axis, showticklabels=False),
        yaxis=style.axis(second_axis, showticklabels=False, scaleanchor="x"),
        margin={"l": 30, "r": 10, "t": 30, "b": 36},
        meta={"captions": list(captions), "swapped": list(swapped or [None] * n), "thumbnails": list(thumbnails)},
    )
    num_swapped = int(np.isfinite(points["swapped"]).all(axis=1).sum())
    swapped_words = "1 swapped one"
    if num_swapped != 1:
        swapped_words = Sentence("map.swapped", "{n} swapped ones", n=num_swapped)
    sentence = Sentence(
        "map.sentence",
        "{n} images, their captions and {swapped} on two axes that hold {share} of the variance; the centroids of"
        " images and captions are {gap} apart.",
        n=n,
        swapped=swapped_words,
        share=format_percent(sum(explained[:2])),
        gap=f"{gap:.2f}",
    )
    return make_drawing(traces, look, sentence, list(columns), zip(*columns.values(), strict=True))


MAX_HEATMAP_ROWS = 16
HEATMAP_BLOCKS = (("□", "right", "x", (0.0, 0.485)), ("◯", "swapped", "x2", (0.515, 1.0)))
"""Mark, name and color, axis and place of both heatmaps."""


def cosine_heatmap(
    cosines: np.ndarray,
    captions: Sequence[str],
    swapped: Sequence[str | None],
    chosen: int | None = None,
    most: int = MAX_HEATMAP_ROWS,
) -> Drawing:
    """Draw images down and captions across.

    Args:
        cosines: (N, 2N).
        captions: (N,).
        swapped: (N,), None for an image without a swapped caption, whose column has no numbers.
        chosen: Image whose row is outlined.
        most: Number of rows; of more images, the block with the chosen one is drawn.

    Raises:
        ValueError: If the shapes disagree.
    """
    total = len(captions)
    if cosines.shape != (total, 2 * total) or len(swapped) != total:
        raise ValueError(f"Cosines (N, 2N) for {total} captions expected, got {cosines.shape} and {len(swapped)}.")
    first = (chosen or 0) // most * most
    shown_rows = slice(first, min(total, first + most))
    captions, swapped, n = captions[shown_rows], swapped[shown_rows], len(captions[shown_rows])
    exists = np.array([text is not None for text in swapped], dtype=bool)
    right = cosines[shown_rows, shown_rows]
    wrong = np.where(exists[None, :], cosines[shown_rows, total + shown_rows.start : total + shown_rows.stop], np.nan)
    nearer = right.diagonal() > wrong.diagonal()  # false for nan
    # Numbers make names of categories differ: Plotly would join two equal captions.
    images, others = (
        [f"{index}: {style.escape_text(text)}" for index, text in enumerate(texts, start=first + 1)]
        for texts in (captions, [text or "no swapped caption" for text in swapped])
    )
    traces = [
        {
            "type": "heatmap", "name": name, "x": columns, "y": images, "xaxis": reference, "coloraxis": "coloraxis",
            "z": [[rounded_number(cell, COSINE_DIGITS) for cell in row] for row in block.tolist()],
            "hoverongaps": False,
            "hovertemplate": "cosine %{z:.3f}<br>image %{y}<br>caption %{x}<extra></extra>",
        }
        for (_, name, reference, _), columns, block in zip(
            HEATMAP_BLOCKS, (images, others), (right, wrong), strict=True
        )
        if n > 0
    ]  # fmt: skip
    sentence = _cosines_sentence(first, n, total, nearer, exists)
    columns = ("image", "caption", "swapped caption", "cosine to caption", "cosine to swapped", "right one nearer")
    own = [[rounded_number(cell, COSINE_DIGITS) for cell in block.diagonal()] for block in (right, wrong)]
    words = [("yes" if nearer[i] else "no") if exists[i] else None for i in range(n)]
    rows = zip(range(first + 1, first + n + 1), captions, swapped, *own, words, strict=True)
    look = _heatmap_layout(first, exists, nearer, chosen)
    return make_drawing(traces, look, sentence if total else "No image to compare.", columns, rows)


def _cosines_sentence(first: int, n: int, total: int, nearer: np.ndarray, exists: np.ndarray) -> str:
    which = Sentence("cosines.all", "All {n} images", n=n)
    if n < total:
        which = Sentence("cosines.some", "Images {first} to {last} of {n}", first=first + 1, last=first + n, n=total)
    return Sentence(
        "cosines.sentence",
        "{which}: the right caption is nearer than the swapped one for {nearer} of the {n} that have a swapped"
        " caption.",
        which=which,
        nearer=int(nearer.sum()),
        n=int(exists.sum()),
    )


def _heatmap_layout(first: int, exists: np.ndarray, nearer: np.ndarray, chosen: int | None) -> PlotlyPart:
    n = len(exists)
    shapes: list[PlotlyPart] = []
    for i in range(n):  # dark inside a light halo, visible on every color of the scale
        place = style.corners(i - 0.42, i + 0.42, i - 0.42, i + 0.42)
        for x, kind, dash in (("x", "rect", "solid"), ("x2", "circle", "dot"))[: 1 + exists[i]]:
            for line in (style.line_style("halo", 2.6), style.line_style("ink", 1.2, dash)):
                shapes.append({"type": kind, "xref": x, "line": line, **place})
    if chosen is not None and 0 <= chosen - first < n:
        place = style.corners(-0.5, n - 0.5, chosen - first - 0.5, chosen - first + 0.5)
        outline = {"color": "role:run-1", "width": 2.5}
        shapes += [{"type": "rect", "line": outline, "xref": x, **place} for x in ("x", "x2")]
    ticks = [f"{('✓' if nearer[i] else '✗') if exists[i] else '–'} {first + i + 1}" for i in range(n)]
    bare = {"showticklabels": False, "showgrid": False, "ticks": ""}
    left, right = (style.axis("", domain=list(place), anchor="y", **bare) for *_, place in HEATMAP_BLOCKS)
    bar = {"thickness": 10, "outlinewidth": 0, "len": 1.0, "tickfont": {"color": "role:quiet"}, "nticks": 5}
    corner = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    return style.layout(
        keep="heatmap",
        xaxis=left,
        xaxis2=right,
        yaxis=style.axis(
            "image", autorange="reversed", tickvals=list(range(n)), ticktext=ticks, showgrid=False, ticks=""
        ),
        coloraxis={"colorscale": "Cividis", "colorbar": bar},
        shapes=shapes,
        annotations=[
            style.annotation(f"{mark} {name}", start, 1, name, **corner) for mark, name, _, (start, _) in HEATMAP_BLOCKS
        ],
        margin={"l": 56, "r": 8, "t": 26, "b": 8},
    )
