"""The evidence of a sweep turns into a dose-response figure: a line a series, a ring a seed, means with intervals.

    dose_response(evidence, form="own")                            # the sweep's own metric
    dose_response(evidence, form="own", metric="recognition_accuracy")

Conditions stand at even distances in the order in which the sweep declares them. They are joined where they are doses,
that is where all of them are numbers. A form that was not asked gives an empty chart and says so.
"""

from collections.abc import Mapping, Sequence
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
    run_role,
    share_axis,
)

CHANCE = 0.5
APART = 0.14
"""Between the marks of two series at one dose, of the distance between doses."""
COLUMNS = ("series", "condition", "learning rate", "seeds", "mean", "low", "high", "chance", "points", "note")


def dose_response(evidence: Mapping[str, Any], form: str = "own", metric: str | None = None) -> Drawing:
    """Every seed, the mean and its interval of each condition in the captions of a form, and chance."""
    metric = metric or evidence["metric"]
    conditions = evidence["conditions"]
    places = {x: place for place, x in enumerate(dict.fromkeys(condition["x"] for condition in conditions))}
    series = list(dict.fromkeys(condition["series"] for condition in conditions))
    traces = []
    for position, name in enumerate(series):
        known = [each for each in conditions if each["series"] == name and _score(each, form, metric)]
        shift = APART * (position - (len(series) - 1) / 2)
        traces += _traces(known, form, metric, places, shift, position, name) if known else []
    return Drawing(
        figure={"data": traces, "layout": _layout(evidence, form, metric, places, len(series) > 1)},
        sentence=_sentence(evidence, form, metric),
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
