"""Dose-response figure of a sweep: a line per series, a ring per seed, means with intervals, and a reader's positions.

    dose_response(evidence, form="own")                            # the sweep's own metric
    dose_response(evidence, band=Position(label="your captions", value=0.6, low=0.5, high=0.7))
    dose_response(evidence, form="own", metric="recognition_accuracy", runs=placed(evidence, reports))
    mark(positions, band, places)      # Marks: shapes and labels of Plotly, and a sentence each

Conditions are evenly spaced: numeric doses in rising order and joined, others in the order in which the sweep declares
them. A reader's own runs are crosses. The text of each point is its condition's label, which a click sends. A form
that was not evaluated gives an empty chart and a sentence. Long runs with curves are drawn over their steps instead
(`dose_time`). If all shares lie above chance or near it, the empty part of the axis is left out.

A position says where captions stand on the axis. It says nothing of the height of a curve there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from explorer.evaluation.results import CHANCE, Position
from explorer.evaluation.sweep_evidence import Comparison, Condition, Evidence, OwnPoint, form_name
from explorer.figures.dose_table import table
from explorer.figures.dose_time import METRIC, over_time
from explorer.figures.style import (
    RUN_DASHES,
    RUN_MARKS,
    Drawing,
    Part,
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

STEP = 0.065
"""Distance between the labels of neighboring positions, as a share of the height of the plot."""


@dataclass(frozen=True, kw_only=True)
class Marks:
    """Shapes and labels to add to a layout, and what they say in words."""

    shapes: tuple[Part, ...] = ()
    labels: tuple[Part, ...] = ()
    sentences: tuple[str, ...] = ()


def mark(positions: Sequence[Position], band: Position | None, places: Mapping[str, int]) -> Marks:
    """Draw positions as thin lines and the band, if any, as a strip with a line in it.

    Args:
        positions: of published sets of captions.
        band: that of a reader's captions.
        places: the position on the axis of each dose.
    """
    ordered = sorted(positions, key=lambda each: each.value)
    thin = [_line(_place(each.value, places), "quiet", 1) for each in ordered]
    texts = [
        _label(f"{each.label} {each.value:.2f}", _place(each.value, places), places, "quiet", 0.02 + STEP * i)
        for i, each in enumerate(ordered)
    ]
    sentences = []
    if ordered:
        listed = ", ".join(f"{each.label} {each.value:.2f}" for each in ordered)
        sentences.append(f"Published captions stand at {listed}: positions on the axis, not predictions.")
    if band is not None:
        low, middle, high = (_place(end, places) for end in (band.low, band.value, band.high))
        strip = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": {"width": 0}}
        strip |= {"x0": low, "x1": max(high, low + 0.02), "fillcolor": role("run-4"), "opacity": 0.22}
        thin += [strip, _line(middle, "run-4", 2)]
        texts.append(_label(band.label, middle, places, "run-4", 0.98) | {"yanchor": "top"})
        sentences.append(_words(band, places))
    return Marks(shapes=tuple(thin), labels=tuple(texts), sentences=tuple(sentences))


def _line(place: float, name: str, width: int) -> Part:
    line = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": place, "x1": place}
    return line | {"line": {"color": role(name), "width": width, "dash": "dot"}}


def _label(words: str, place: float, places: Mapping[str, int], name: str, height: float) -> Part:
    """A label next to its line, on the side that has more room."""
    side = "right" if place > (len(places) - 1) / 2 else "left"
    label = {"x": place, "y": height, "yref": "paper", "xanchor": side, "yanchor": "bottom", "showarrow": False}
    label |= {"text": plain(words), "font": {"color": role(name), "size": 12}, "bgcolor": role("panel"), "borderpad": 1}
    return label | {"xshift": -5 if side == "right" else 5}


def _place(dose: float, places: Mapping[str, int]) -> float:
    """Return the position of a dose between those that were measured; beyond them, at the end."""
    doses = sorted((float(x), place) for x, place in places.items())
    if dose <= doses[0][0]:
        return doses[0][1] - 0.3 * (dose < doses[0][0])
    for (low, start), (high, end) in pairwise(doses):
        if dose <= high:
            return round(start + (end - start) * (dose - low) / (high - low), 3)
    return doses[-1][1] + 0.3


def _words(band: Position, places: Mapping[str, int]) -> str:
    """State the value of the band in the unit of the doses."""
    doses = sorted(map(float, places))
    beyond = "" if doses[0] <= band.value <= doses[-1] else ", outside of what was measured"
    interval = f"95 % interval {band.low:.2f} to {band.high:.2f}"
    return f"{band.label.capitalize()}: {band.value:.2f} ({interval}){beyond}."


APART, WIDEST = 0.14, 0.6
"""Distance between the marks of two series at one dose, and of all series, as shares of the distance between doses."""
TALL = 430
"""Height in px if names of conditions take room below the plot, or many series lie close."""
MANY = 4
"""Number of series from which a figure is tall."""
AIR, EMPTY = 0.07, 0.2
"""Space below the lowest share, and the smallest part of the axis that is left out."""
LONGEST_TITLE = 34
"""Characters of an axis title that fit on one line of a phone."""
FEW = 2
"""Comparisons that the sentence names; more are counted."""
Runs = Sequence[OwnPoint]


def dose_response(
    evidence: Evidence,
    form: str = "own",
    metric: str | None = None,
    runs: Runs = (),
    band: Position | None = None,
    positions: Sequence[Position] = (),
) -> Drawing:
    """Draw every seed, the mean and interval of each condition in the captions of a form, and chance.

    The runs of a reader are crosses. `band` is an estimate in the unit of the doses, with a label; it is drawn across
    the curves. `positions` are such estimates of published captions, thin lines with their labels.
    """
    metric = metric or evidence.metric
    if metric == METRIC and band is None and (long := over_time(evidence, form, runs)):
        return long
    conditions = evidence.conditions
    places = _places([condition.x for condition in conditions])
    series = list(dict.fromkeys(condition.series for condition in conditions))
    traces: list[Part] = []
    at: dict[str, float] = {}
    apart = min(APART, WIDEST / len(series)) if series else APART
    for position, name in enumerate(series):
        shift = apart * (position - (len(series) - 1) / 2)
        here = {each.label: round(places[each.x] + shift, 3) for each in conditions if each.series == name}
        known = [each for each in conditions if each.label in here and each.score(form, metric)]
        traces += _traces(known, form, metric, here, position, name, joined=_are_doses(places)) if known else []
        at |= here
    mine = [each for each in runs if each.score(form, metric)]
    traces += [_own(mine, form, metric, at)] if mine else []
    chance = _chance(evidence, form, metric)
    look = _layout(evidence, form, metric, places, len(series), chance, has_own=bool(mine))
    look["yaxis"]["range"] = [_floor(evidence, mine, metric, chance), 1.03]
    columns, rows = table(conditions, mine, form, metric)
    words = _sentence(evidence, form, metric)
    if _are_doses(places) and (positions or band is not None):
        marked = mark(positions, band, places)
        look = look | {"shapes": [*look["shapes"], *marked.shapes], "annotations": list(marked.labels)}
        words = " ".join([words, *marked.sentences])
    return Drawing(
        figure={"data": traces, "layout": look},
        sentence=words,
        columns=columns,
        rows=rows,
    )


def _traces(
    known: Sequence[Condition],
    form: str,
    metric: str,
    at: Mapping[str, float],
    position: int,
    name: str,
    *,
    joined: bool,
) -> list[Part]:
    """Return the means of one series with their intervals, then its seeds."""
    scores = [(each.label, found) for each in known if (found := each.score(form, metric))]
    # Beyond the last color, mark and dash distinguish a series from the first of that color.
    look = (position + position // len(RUN_MARKS)) % len(RUN_MARKS)
    color, mark = run_role(position), RUN_MARKS[look]
    means = [found.mean for _, found in scores]
    seeds = [(label, point) for label, found in scores for point in found.points]
    mean: Part = {
        "type": "scatter",
        "mode": "lines+markers" if joined else "markers",
        "name": plain(name or "mean"),
        "legendgroup": str(position),
        "x": [at[label] for label, _ in scores],
        "y": [number(each.value) for each in means],
        "error_y": interval_bars(means, color=color),
        "line": {"color": color, "dash": RUN_DASHES[look], "width": 1.5},
        "marker": {"symbol": mark, "size": 9, "color": color},
        "customdata": [each.n for each in means],
        "text": [plain(label) for label, _ in scores],
        "hovertemplate": "%{text}<br>%{y:.1%}, mean of %{customdata} seeds<extra></extra>",
    }
    rings: Part = {
        "type": "scatter",
        "mode": "markers",
        "name": "a seed",
        "legendgroup": str(position),
        "showlegend": False,
        "x": [at[label] for label, _ in seeds],
        "y": [number(point.estimate.value) for _, point in seeds],
        "marker": {"symbol": f"{mark}-open", "size": 6, "color": color},
        "customdata": [point.seed for _, point in seeds],
        "text": [plain(label) for label, _ in seeds],
        "hovertemplate": "%{text}<br>%{y:.1%}, seed %{customdata}<extra></extra>",
    }
    return [mean, rings]


def _own(runs: Runs, form: str, metric: str, at: Mapping[str, float]) -> Part:
    """Return crosses for the runs of a reader, each a little to the right of its condition."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "your runs",
        "x": [round(at[each.condition] + APART / 2, 3) for each in runs],
        "y": [number(each.forms[form][metric].value) for each in runs],
        "marker": {"symbol": "x", "size": 9, "color": role("text"), "line": {"width": 1, "color": role("panel")}},
        "customdata": [[plain(each.run), each.steps, each.seed] for each in runs],
        "text": [plain(each.condition) for each in runs],
        "hovertemplate": "%{text}<br>%{y:.1%}, your run %{customdata[0]}<br>%{customdata[1]} steps,"
        " seed %{customdata[2]}<extra></extra>",
    }


def _places(doses: Sequence[str]) -> dict[str, int]:
    """Return the position of each dose, from 0."""
    kinds = list(dict.fromkeys(doses))
    return {x: place for place, x in enumerate(sorted(kinds, key=float) if _are_doses(kinds) else kinds)}


def _are_doses(doses: Iterable[str]) -> bool:
    return all(x.replace(".", "", 1).isdigit() for x in doses)


def _chance(evidence: Evidence, form: str, metric: str) -> float:
    """Return the chance of a metric in a form, one half if it has none."""
    scores = (found for condition in evidence.conditions if (found := condition.score(form, metric)))
    return next((each.mean.chance for each in scores if each.mean.chance is not None), CHANCE)


def _floor(evidence: Evidence, runs: Runs, metric: str, chance: float) -> float:
    """Return the start of the axis: the same for every form, so that they can be compared, and never above chance."""
    found = [scores for each in evidence.conditions for form in each.forms if (scores := each.score(form, metric))]
    lows = [value for each in found for value in (each.mean.low, *(point.estimate.value for point in each.points))]
    lows += [estimate.value for run in runs for form in run.forms if (estimate := run.score(form, metric))]
    floor = min([chance, *(low for low in lows if low is not None)]) - AIR
    return round(floor, 3) if floor > EMPTY else -0.03


def _title(words: str) -> str:
    """Break an axis title before its parenthesis if it is too long for a phone."""
    head, bracket, rest = words.partition(" (")
    return f"{plain(head)}<br>({plain(rest)}" if bracket and len(words) > LONGEST_TITLE else plain(words)


def _layout(
    evidence: Evidence,
    form: str,
    metric: str,
    places: Mapping[str, int],
    num_series: int,
    chance: float,
    *,
    has_own: bool,
) -> Part:
    ticks = {"tickvals": list(places.values()), "ticktext": [plain(x) for x in places]}
    x = axis(_title(evidence.axis), range=[-0.5, len(places) - 0.5], automargin=True, **ticks)
    # A slanted name is dropped where it would leave the figure, an upright one is not.
    x |= {"autotickangles": [0, 90], "title": x["title"] | {"standoff": 12}}
    # Room for the title next to the word chance.
    y = share_axis(f"{metric.replace('_', ' ')}, {form_name(form)} captions", chance=chance)
    shown = num_series > 1 or has_own
    parts: Part = {"margin": {"l": 76, "r": 12, "t": 30, "b": 44}, "showlegend": shown}
    if not _are_doses(places) or num_series >= MANY:
        parts["height"] = TALL
    return layout(
        keep=f"dose-{evidence.name}-{metric}", xaxis=x, yaxis=y, shapes=[chance_line(chance)], **parts
    )  # fmt: skip


def _sentence(evidence: Evidence, form: str, metric: str) -> str:
    """State the verdicts of the comparisons of this form, with the means of their ends if they are few."""
    scores = [found for condition in evidence.conditions if (found := condition.score(form, metric))]
    if not scores:
        return f"Nothing was measured in {form_name(form)} captions."
    contrasts = [each for each in evidence.contrasts if each.form == form and metric == evidence.metric]
    if len(contrasts) > FEW:
        words = [each.word for each in contrasts]
        counted = ", ".join(f"{word} {words.count(word)}" for word in dict.fromkeys(words))
        known = [(each.score(form, metric), each.label) for each in evidence.conditions]
        ends = sorted((found.mean.value or 0.0, label) for found, label in known if found)
        low, high = (f"{percent(mean)} ({label})" for mean, label in (ends[0], ends[-1]))
        return f"From {low} to {high}; {len(contrasts)} comparisons in {form_name(form)} captions: {counted}."
    if contrasts:
        parts = [f"{each.start} to {each.end}, {_ends(each)}: {each.word}" for each in contrasts]
        return f"In {form_name(form)} captions: {'; '.join(parts)}."
    means = [each.mean.value or 0.0 for each in scores]
    name = metric.replace("_", " ").capitalize()
    return f"{name} in {form_name(form)} captions lies between {percent(min(means))} and {percent(max(means))}."


def _ends(contrast: Comparison) -> str:
    return f"{percent(contrast.of_start.value)} to {percent(contrast.of_end.value)}"
