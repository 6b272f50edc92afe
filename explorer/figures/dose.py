"""The evidence of a sweep turns into a dose-response figure: a line a series, a ring a seed, means with intervals.

    dose_response(evidence, form="own")                            # the sweep's own metric
    dose_response(evidence, form="own", metric="recognition_accuracy")
    dose_response(evidence, band={"value": 0.6, "low": 0.5, "high": 0.7, "label": "your captions"})

Conditions stand at even distances in the order in which the sweep declares them. They are joined where they are doses,
that is where all of them are numbers. A form that was not asked gives an empty chart and says so.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from explorer.figures.drawing import Cell, Drawing
from explorer.figures.theme import (
    RUN_DASHES,
    RUN_MARKS,
    axis,
    chance_line,
    interval_bars,
    layout,
    number,
    percent,
    plain,
    role,
    run_role,
    share_axis,
)

CHANCE = 0.5
APART = 0.14
"""Between the marks of two series at one dose, of the distance between doses."""
COLUMNS = ("series", "condition", "learning rate", "seeds", "mean", "low", "high", "chance", "points", "note")


def dose_response(
    evidence: Mapping[str, Any],
    form: str = "own",
    metric: str | None = None,
    band: Mapping[str, Any] | None = None,
) -> Drawing:
    """Every seed, the mean and its interval of each condition in the captions of a form, and chance.

    `band` is an estimate in the unit of the doses, with a label: it is drawn across the curves where it lies.
    """
    metric = metric or evidence["metric"]
    conditions = evidence["conditions"]
    places = {x: place for place, x in enumerate(dict.fromkeys(condition["x"] for condition in conditions))}
    series = list(dict.fromkeys(condition["series"] for condition in conditions))
    traces = []
    for position, name in enumerate(series):
        known = [each for each in conditions if each["series"] == name and _score(each, form, metric)]
        shift = APART * (position - (len(series) - 1) / 2)
        traces += _traces(known, form, metric, places, shift, position, name) if known else []
    look = _layout(evidence, form, metric, places, len(series) > 1)
    words = _sentence(evidence, form, metric)
    if band is not None and _are_doses(places):
        look = look | _band(band, places, look["shapes"])
        words += f" {_band_words(band, places)}"
    return Drawing(
        figure={"data": traces, "layout": look},
        sentence=words,
        columns=COLUMNS,
        rows=tuple(_row(condition, form, metric) for condition in conditions),
    )


def _score(condition: Mapping[str, Any], form: str, metric: str) -> Mapping[str, Any] | None:
    """{"points", "mean"}, None where the form or the metric was not measured."""
    found: Mapping[str, Any] | None = condition["forms"].get(form, {}).get(metric)
    return found


def _traces(
    known: Sequence[Mapping[str, Any]],
    form: str,
    metric: str,
    places: Mapping[str, int],
    shift: float,
    position: int,
    name: str,
) -> list[dict[str, Any]]:
    """The means of one series with their intervals, then its seeds."""
    scores = [found for condition in known if (found := _score(condition, form, metric))]
    at = [round(places[condition["x"]] + shift, 3) for condition in known]
    color, mark = run_role(position), RUN_MARKS[position % len(RUN_MARKS)]
    means = [score["mean"] for score in scores]
    seeds = [(x, point) for x, score in zip(at, scores, strict=True) for point in score["points"]]
    mean: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines+markers" if _are_doses(places) else "markers",
        "name": plain(name or "mean"),
        "legendgroup": str(position),
        "x": at,
        "y": [number(each["value"]) for each in means],
        "error_y": interval_bars(means, color=color),
        "line": {"color": color, "dash": RUN_DASHES[position % len(RUN_DASHES)], "width": 1.5},
        "marker": {"symbol": mark, "size": 9, "color": color},
        "customdata": [each["n"] for each in means],
        "hovertemplate": "%{y:.1%}, mean of %{customdata} seeds<extra></extra>",
    }
    rings: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "name": "a seed",
        "legendgroup": str(position),
        "showlegend": False,
        "x": [x for x, _ in seeds],
        "y": [number(point["value"]) for _, point in seeds],
        "marker": {"symbol": f"{mark}-open", "size": 6, "color": color},
        "customdata": [point["seed"] for _, point in seeds],
        "hovertemplate": "%{y:.1%}, seed %{customdata}<extra></extra>",
    }
    return [mean, rings]


def _are_doses(places: Mapping[str, int]) -> bool:
    return all(x.replace(".", "", 1).isdigit() for x in places)


def _layout(
    evidence: Mapping[str, Any], form: str, metric: str, places: Mapping[str, int], has_series: bool
) -> dict[str, Any]:
    scores = [found for condition in evidence["conditions"] if (found := _score(condition, form, metric))]
    chance = next((score["mean"]["chance"] for score in scores if score["mean"]["chance"] is not None), CHANCE)
    ticks = {"tickvals": list(places.values()), "ticktext": [plain(x) for x in places]}
    x = axis(plain(evidence["axis"]), range=[-0.5, len(places) - 0.5], automargin=True, **ticks)
    y = share_axis(metric.replace("_", " "), chance=chance)
    keep = f"dose-{evidence['name']}-{metric}"
    return layout(keep=keep, xaxis=x, yaxis=y, shapes=[chance_line(chance)], showlegend=has_series)


def _band(band: Mapping[str, Any], places: Mapping[str, int], shapes: Sequence[Any]) -> dict[str, Any]:
    """The interval as a strip, the value as a line in it, and its label above."""
    low, middle, high = (_place(band[name], places) for name in ("low", "value", "high"))
    strip = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": {"width": 0}}
    strip |= {"x0": low, "x1": max(high, low + 0.02), "fillcolor": role("run-4"), "opacity": 0.22}
    line = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": middle, "x1": middle}
    line["line"] = {"color": role("run-4"), "width": 2, "dash": "dot"}
    side = "right" if middle > (len(places) - 1) / 2 else "left"
    label = {"x": middle, "y": 0.98, "yref": "paper", "xanchor": side, "yanchor": "top", "showarrow": False}
    label |= {"text": plain(band["label"]), "font": {"color": role("run-4"), "size": 12}}
    label["xshift"] = -5 if side == "right" else 5
    return {"shapes": [*shapes, strip, line], "annotations": [label]}


def _place(dose: float, places: Mapping[str, int]) -> float:
    """Where a dose stands between those that were measured; beyond them, at the end."""
    doses = sorted((float(x), place) for x, place in places.items())
    if dose <= doses[0][0]:
        return doses[0][1] - 0.3 * (dose < doses[0][0])
    for (low, start), (high, end) in pairwise(doses):
        if dose <= high:
            return round(start + (end - start) * (dose - low) / (high - low), 3)
    return doses[-1][1] + 0.3


def _band_words(band: Mapping[str, Any], places: Mapping[str, int]) -> str:
    """Where the band lies, in the unit of the doses."""
    doses = sorted(map(float, places))
    beyond = "" if doses[0] <= band["value"] <= doses[-1] else ", outside of what was measured"
    interval = f"95 % interval {band['low']:.2f} to {band['high']:.2f}"
    return f"{band['label'].capitalize()}: {band['value']:.2f} ({interval}){beyond}."


def _row(condition: Mapping[str, Any], form: str, metric: str) -> tuple[Cell, ...]:
    found = _score(condition, form, metric)
    mean = found["mean"] if found else {"value": None, "low": None, "high": None, "chance": None, "n": 0}
    points = ", ".join(percent(point["value"]) for point in found["points"]) if found else ""
    note = condition["not_tested"] or (None if found else "no point")
    numbers = [number(mean[part]) for part in ("value", "low", "high", "chance")]
    head = (condition["series"], condition["label"], condition["learning_rate"], mean["n"])
    return (*head, *numbers, points, note)


def _sentence(evidence: Mapping[str, Any], form: str, metric: str) -> str:
    """What the comparisons of this form came to, with the means of their ends where there are few."""
    scores = [found for condition in evidence["conditions"] if (found := _score(condition, form, metric))]
    if not scores:
        return f"Nothing was measured in {form} captions."
    contrasts = [each for each in evidence["contrasts"] if each["form"] == form and metric == evidence["metric"]]
    if contrasts:
        parts = [f"{each['start']} to {each['end']}, {_ends(each)}: {each['word']}" for each in contrasts]
        return f"In {form} captions: {'; '.join(parts)}."
    means = [score["mean"]["value"] for score in scores]
    name = metric.replace("_", " ").capitalize()
    return f"{name} in {form} captions lies between {percent(min(means))} and {percent(max(means))}."


def _ends(contrast: Mapping[str, Any]) -> str:
    return f"{percent(contrast['from']['value'])} to {percent(contrast['to']['value'])}"
