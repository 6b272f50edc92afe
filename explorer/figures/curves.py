"""Curves of runs over their steps: loss, binding, recognition, and the difference between one run and others.

    curve = Curve(name="web-like, seed 0", records=folder.records(0), batch_size=256, steps=300)
    loss_curves([curve])                   # with a dashed line for an untrained model
    binding_curves([curve], x="pairs")     # shares, fixed 0 to 100 %, with intervals and chance
    recognition_curves([curve])

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
from typing import Any, Literal

from explorer.codec import decode
from explorer.evaluation.results import CHANCE, FOLLOWED_FORMS, Estimate, same_words
from explorer.figures.style import (
    RUN_DASHES,
    RUN_MARKS,
    Cell,
    Drawing,
    Part,
    axis,
    chance_line,
    interval_bars,
    interval_words,
    layout,
    number,
    numbers,
    percent,
    plain,
    role,
    run_role,
    share_axis,
)

X = Literal["step", "pairs", "seconds"]
X_TITLES: dict[X, str] = {"step": "step", "pairs": "pairs seen", "seconds": "seconds"}
MOST_POINTS = 400
NO_RUN = "No run is chosen."


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One run: name, records in order of step, batch size in pairs, and planned steps."""

    name: str
    records: Sequence[Mapping[str, Any]]
    batch_size: int
    steps: int

    def at(self, record: Mapping[str, Any], x: X) -> float | None:
        """Return the place of a record on the axis x: in steps, pairs or seconds of training."""
        if x == "seconds":
            return number(record.get("elapsed_s"), 1)
        return int(record["step"]) * (self.batch_size if x == "pairs" else 1)


def loss_curves(curves: Sequence[Curve], x: X = "step") -> Drawing:
    """Draw the loss of each run, and dashed the loss of an untrained model, which is ln(batch)."""
    traces, rows = [], []
    for position, curve in enumerate(curves):
        kept = [curve.records[i] for i in thinned([_loss(record) for record in curve.records])]
        traces += _loss_traces(curve, kept, position, x)
        rows += [_loss_row(curve.name, record) for record in kept]
    y = axis("loss", rangemode="tozero")
    figure = {"data": traces, "layout": layout(keep=f"loss-{x}", xaxis=_x_axis(curves, x), yaxis=y)}
    return Drawing(
        figure=figure,
        sentence=_loss_sentence(curves),
        columns=("run", "step", "loss", "ln(batch)"),
        rows=tuple(rows),
    )


def binding_curves(curves: Sequence[Curve], forms: Sequence[str] = FOLLOWED_FORMS, x: X = "step") -> Drawing:
    """Draw the binding accuracy of each run and form over the run, with 95 % intervals and chance."""
    return _share_curves(curves, "binding_accuracy", "Binding", forms, x)


def recognition_curves(curves: Sequence[Curve], forms: Sequence[str] = FOLLOWED_FORMS, x: X = "step") -> Drawing:
    """Draw the recognition accuracy of each run and form over the run, with 95 % intervals and chance."""
    return _share_curves(curves, "recognition_accuracy", "Recognition", forms, x)


def thinned(values: Sequence[float | None], most: int = MOST_POINTS) -> list[int]:
    """Return positions that keep the lowest and highest value of each stretch, and the first and last.

    At most `most`.
    """
    if len(values) <= most:
        return list(range(len(values)))
    edges = [round(i * len(values) / (most // 2 - 1)) for i in range(most // 2)]
    kept = {0, len(values) - 1}
    for start, end in pairwise(edges):
        known = [i for i in range(start, end) if values[i] is not None]
        if known:
            kept |= {min(known, key=lambda i: values[i] or 0.0), max(known, key=lambda i: values[i] or 0.0)}
    return sorted(kept)


def _loss(record: Mapping[str, Any]) -> float | None:
    return number(record.get("loss"))


def _loss_row(name: str, record: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (name, record["step"], _loss(record), number(record.get("chance_loss")))


def _loss_traces(curve: Curve, kept: Sequence[Mapping[str, Any]], position: int, x: X) -> list[Part]:
    at = [curve.at(record, x) for record in kept]
    chance = [number(record.get("chance_loss")) for record in kept]
    bends = [i for i in range(len(kept)) if i in (0, len(kept) - 1) or not chance[i - 1] == chance[i] == chance[i + 1]]
    line = {"color": run_role(position), "dash": RUN_DASHES[position % len(RUN_DASHES)], "width": 1.5}
    loss: Part = {
        "type": "scatter",
        "mode": "lines",
        "name": plain(curve.name),
        "x": at,
        "y": [_loss(record) for record in kept],
        "line": line,
        "hovertemplate": "%{y:.3f}",
    }
    nothing: Part = {
        "type": "scatter",
        "mode": "lines",
        "name": "ln(batch): knows nothing",
        "x": [at[i] for i in bends],
        "y": [chance[i] for i in bends],
        "line": {"color": role("quiet"), "dash": "dash", "width": 1.5},
        "hovertemplate": "%{y:.3f}",
        "legendgroup": "chance",
        "showlegend": position == 0,
    }
    return [loss, nothing]


def _loss_sentence(curves: Sequence[Curve]) -> str:
    if not curves:
        return NO_RUN
    last = [next((each for each in reversed(curve.records) if _loss(each) is not None), None) for curve in curves]
    parts = [
        f"{curve.name}: no step yet" if record is None else _loss_words(curve, record)
        for curve, record in zip(curves, last, strict=True)
    ]
    chance = {f"{record['chance_loss']:.2f}" for record in last if record and number(record.get("chance_loss"))}
    known = f". A model that knows nothing has {' or '.join(sorted(chance))}" if chance else ""
    return f"{'; '.join(parts)}{known}."


def _loss_words(curve: Curve, record: Mapping[str, Any]) -> str:
    return f"{curve.name}: loss {record['loss']:.2f} at step {record['step']} of {curve.steps}"


def _share_curves(curves: Sequence[Curve], metric: str, label: str, forms: Sequence[str], x: X) -> Drawing:
    traces, rows = [], []
    for position, curve in enumerate(curves):
        for form in forms:
            found = _evaluations(curve, form, metric)
            if not _repeats(curve, form, forms):
                traces.append(_share_trace(curve, form, found, position, x, hollow=form != forms[0]))
                traces[-1]["name"] += plain("".join(f" = {other}" for other in _repeated(curve, form, forms)))
            rows += [_share_row(curve.name, form, record, estimate) for record, estimate in found]
    chance = next((row[-1] for row in rows if isinstance(row[-1], float)), CHANCE)
    y = share_axis(chance=chance)
    look = layout(keep=f"{metric}-{x}", xaxis=_x_axis(curves, x), yaxis=y, shapes=[chance_line(chance)])
    return Drawing(
        figure={"data": traces, "layout": look},
        sentence=_share_sentence(curves, forms, metric, label),
        columns=("run", "form", "step", label.lower(), "low", "high", "n", "chance"),
        rows=tuple(rows),
    )


def _repeats(curve: Curve, form: str, forms: Sequence[str]) -> bool:
    """Return True if the form asks the same captions as the first, so that its curve would hide under that one."""
    evaluations = [found for record in curve.records if (found := record.get("evaluation"))]
    return form != forms[0] and any(evaluations) and all(e.get(form) == e.get(forms[0]) for e in evaluations)


def _repeated(curve: Curve, form: str, forms: Sequence[str]) -> list[str]:
    """Return the forms that only repeat the first one, to be named next to it."""
    return [other for other in forms if form == forms[0] and _repeats(curve, other, forms)]


def _evaluations(curve: Curve, form: str, metric: str) -> list[tuple[Mapping[str, Any], Estimate]]:
    """Return the records that measured the metric in the form, each with its estimate."""
    found = [(record, ((record.get("evaluation") or {}).get(form) or {}).get(metric)) for record in curve.records]
    known = [(record, decode(Estimate, each)) for record, each in found if each and each["value"] is not None]
    stride = math.ceil(len(known) / MOST_POINTS) or 1
    return known[::-1][::stride][::-1]  # from the end, so that the newest is always there


def _share_trace(curve: Curve, form: str, found: Sequence[Any], position: int, x: X, *, hollow: bool) -> Part:
    color = run_role(position)
    mark = RUN_MARKS[position % len(RUN_MARKS)] + ("-open" if hollow else "")
    estimates = [estimate for _, estimate in found]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": plain(f"{curve.name}, {form}"),
        "x": [curve.at(record, x) for record, _ in found],
        "y": [number(estimate.value) for estimate in estimates],
        "error_y": interval_bars(estimates, color=color),
        "line": {"color": color, "width": 1.5 if hollow else 2.5, "dash": _dash(position, hollow)},
        "marker": {"symbol": mark, "size": 8, "color": color, "line": {"width": 2, "color": color}},
        "customdata": [estimate.n for estimate in estimates],
        "hovertemplate": f"%{{y:.1%}} of %{{customdata}}<br>{X_TITLES[x]} %{{x}}",
    }


def _dash(position: int, hollow: bool) -> str:
    """Return a run's dash; if the run has a color of its own, its other forms take the next dash."""
    return RUN_DASHES[(position + hollow) % len(RUN_DASHES)]


def _share_row(name: str, form: str, record: Mapping[str, Any], estimate: Estimate) -> tuple[Cell, ...]:
    return (
        name,
        form,
        record["step"],
        *numbers(estimate, "value", "low", "high"),
        estimate.n,
        number(estimate.chance),
    )


def _share_sentence(curves: Sequence[Curve], forms: Sequence[str], metric: str, label: str) -> str:
    """State each run's newest numbers; with intervals only for a single run, so that it stays a sentence."""
    parts = []
    for curve in curves:
        last = {form: found[-1] for form in forms if (found := _evaluations(curve, form, metric))}
        if not last:
            parts.append(f"{curve.name}: not measured yet")
            continue
        step = max(record["step"] for record, _ in last.values())
        say = interval_words if len(curves) == 1 else _brief
        values = ", ".join(
            f"{form} captions are {same_words(forms[0])}"
            if _repeats(curve, form, forms)
            else f"{form} captions {say(estimate)}"
            for form, (_, estimate) in last.items()
        )
        parts.append(f"{curve.name} at step {step} of {curve.steps}: {values}")
    return f"{label}, {'; '.join(parts)}." if parts else NO_RUN


def _brief(estimate: Estimate) -> str:
    return f"{percent(estimate.value)} (n {estimate.n})"


def _x_axis(curves: Sequence[Curve], x: X) -> Part:
    """Make an axis from 0 to the end of the longest run, so that a curve grows into the plot.

    Seconds have no known end.
    """
    if x == "seconds":
        return axis(X_TITLES[x], rangemode="tozero")
    end = max((curve.steps * (curve.batch_size if x == "pairs" else 1) for curve in curves), default=1)
    return axis(X_TITLES[x], range=[0, end * 1.02])


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
        "x": [point.step for point in points],
        "y": [number(point.difference.value) for point in points],
        "error_y": interval_bars([point.difference for point in points], color=color),
        "line": {"color": color, "width": 2, "dash": RUN_DASHES[position % len(RUN_DASHES)]},
        "marker": {"symbol": RUN_MARKS[position % len(RUN_MARKS)], "size": 8, "color": color},
        "customdata": [[percent(point.one), percent(point.other), point.difference.n] for point in points],
        "hovertemplate": "%{y:+.1%} at step %{x}<br>%{customdata[0]} against %{customdata[1]}"
        ", %{customdata[2]} scenes<extra></extra>",
    }


def _sentence(pairing: Pairing) -> str:
    """State the last difference of one pair, with its interval if it has one."""
    if not pairing.points:
        return f"{pairing.other}: {pairing.lacks}"
    last = pairing.points[-1]
    found, interval = last.difference, "no interval"
    if found.low is not None:
        interval = f"95 % interval of pairs {_points(found.low)} to {_points(found.high)}"
    return f"{pairing.other}: {_points(found.value)} points at step {last.step} ({interval}, {pairing.scenes})"


def _points(difference: float | None, digits: int = 1) -> str:
    """Format a difference of shares in points, with its sign; zero has none."""
    text = f"{100 * (difference or 0.0):+.{digits}f}"
    return "0" if float(text) == 0 else text


def _row(name: str, pairing: Pairing, words: str, form: str, point: PairedPoint) -> tuple[Cell, ...]:
    difference = numbers(point.difference, "value", "low", "high")
    both = (number(point.one), number(point.other))
    return (point.step, *difference, point.difference.n, *both, name, pairing.other, words, form, pairing.scenes)
