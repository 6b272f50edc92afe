"""Figures of the study: a sweep by dose, with a reader's captions on its axis.

    dose_response(evidence, band=Position(label="your captions", value=0.6, low=0.5, high=0.7))
    place_among_doses(evidence, 0.6)  # "between the measured 0.5, where binding accuracy was ..."

By dose, each seed is a ring, each condition a mean with its interval, each series a line. Conditions are evenly spaced:
numeric doses in rising order and joined, others in the order in which the sweep declares them. The text of each point
is its condition's label. Captions are of the form that the training had; where nothing was evaluated in it, the chart
is empty and the sentence says so. A position says where captions stand on the axis; it says nothing of the height of a
curve there.

The table has a row per condition; shares are fractions in every column. Controls are named if their interval excludes
chance, because then binding is no evidence. Columns without information are left out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from explorer.evaluation.results import CHANCE, Estimate, Position
from explorer.figures import style
from explorer.figures.style import Cell, Drawing, PlotlyPart, escape_text, make_drawing, rounded_number
from explorer.study.first_edition import Evidence, MeasuredCondition
from explorer.wording import format_decimal, format_fraction, format_percent

SERIES_GAP, WIDEST_SPREAD = 0.14, 0.6
"""Distance between the marks of two series at one dose, and of all series, as shares of the distance between doses."""
TALL_HEIGHT = 430
"""Height in px if names of conditions take room below the plot, or many series lie close."""
MANY_SERIES = 4
"""Number of series from which a figure is tall."""
AXIS_MARGIN, MIN_CUT = 0.07, 0.2
"""Space below the lowest share, and the smallest part of the axis that is left out."""
LONGEST_TITLE = 34
"""Characters of an axis title that fit on one line of a phone."""
CURVE_FORM, CURVE_CAPTIONS = "own", "training-like captions"
"""The form of the captions in which the curves are drawn, that of the training, and its words for a reader."""
MAX_NAMED_CONTRASTS = 2
"""Comparisons that the sentence names; more are counted."""
LABEL_STEP = 0.065
"""Distance between the labels of neighboring positions, as a share of the height of the plot."""
DOSE_MARGIN = {"l": 76, "r": 12, "t": 30, "b": 44}
"""Room for the title of the axis next to the word chance."""
FigureTable = tuple[Sequence[str], Sequence[Sequence[Cell]]]
"""Columns and rows."""
AxisPositions = Mapping[str, int]
"""Positions on the axis by dose."""


def dose_response(evidence: Evidence, *, band: Position | None = None, positions: Sequence[Position] = ()) -> Drawing:
    """Draw every seed, the mean and interval of each condition in captions like those of its training, and chance.

    Args:
        evidence: That of the sweep.
        band: Estimate of a reader's captions in the unit of the doses, drawn across the curves.
        positions: Such estimates of published captions, thin lines with their labels.
    """
    metric, conditions = evidence.metric, evidence.conditions
    doses = list(dict.fromkeys(each.x for each in conditions))
    are_numbers = _are_doses(doses)
    x_positions = {x: index for index, x in enumerate(sorted(doses, key=float) if are_numbers else doses)}
    series = list(dict.fromkeys(each.series for each in conditions))
    apart = min(SERIES_GAP, WIDEST_SPREAD / max(1, len(series)))
    traces: list[PlotlyPart] = []
    x_by_label: dict[str, float] = {}
    for position, name in enumerate(series):
        shift = apart * (position - (len(series) - 1) / 2)
        members = [each for each in conditions if each.series == name]
        x_by_label |= {each.label: round(x_positions[each.x] + shift, 3) for each in members}
        traces += _series_traces(
            members, metric, x_by_label, position, "lines+markers" if are_numbers else "markers", name or "mean"
        )
    look, sentence = _dose_layout(evidence, x_positions), _dose_sentence(evidence)
    if are_numbers:
        shapes, labels, sentences = _position_marks(positions, band, x_positions)
        if labels:
            look |= {"shapes": look["shapes"] + shapes, "annotations": labels}
        sentence = " ".join([sentence, *sentences])
    return make_drawing(traces, look, sentence, *_table(conditions, metric))


def _are_doses(doses: Iterable[str]) -> bool:
    return all(x.replace(".", "", 1).isdigit() for x in doses)


def _series_traces(
    conditions: Sequence[MeasuredCondition],
    metric: str,
    x_by_label: Mapping[str, float],
    position: int,
    mode: str,
    name: str,
) -> list[PlotlyPart]:
    """Return the means of one series with their intervals, then its seeds; nothing if none was measured."""
    scores = [(each.label, score) for each in conditions if (score := each.score(CURVE_FORM, metric))]
    if not scores:
        return []
    # Beyond the last color, mark and dash distinguish a series from the first of that color.
    look = position + position // len(style.RUN_MARKS)
    color, mark = style.run_role(position), style.run_mark(look)
    seeds = [(label, point) for label, score in scores for point in score.points]
    return [
        style.interval_trace(
            mode, [x_by_label[label] for label, _ in scores], [score.mean for _, score in scores], color, name=name,
            legendgroup=str(position), text=[escape_text(label) for label, _ in scores],
            line={"dash": style.run_dash(look), "width": 1.5}, marker={"symbol": mark, "size": 9},
            hovertemplate="%{text}<br>%{y:.1%}, mean of %{customdata} seeds<extra></extra>",
        ),
        style.scatter_trace(
            "markers", [x_by_label[label] for label, _ in seeds],
            [rounded_number(point.value) for _, point in seeds], color,
            name="a seed", legendgroup=str(position), showlegend=False, marker={"symbol": f"{mark}-open", "size": 6},
            customdata=[point.seed for _, point in seeds], text=[escape_text(label) for label, _ in seeds],
            hovertemplate="%{text}<br>%{y:.1%}, seed %{customdata}<extra></extra>",
        ),
    ]  # fmt: skip


def _dose_layout(evidence: Evidence, x_positions: AxisPositions) -> PlotlyPart:
    metric = evidence.metric
    scores = {
        (each.label, form): score
        for each in evidence.conditions
        for form in each.forms
        if (score := each.score(form, metric))
    }
    chances = [
        each.mean.chance for (_, form), each in scores.items() if form == CURVE_FORM and each.mean.chance is not None
    ]
    chance = chances[0] if chances else CHANCE
    # The same axis for every form, so that they can be compared, and never above chance.
    lows = [value for each in scores.values() for value in (each.mean.low, *(point.value for point in each.points))]
    floor = round(min([chance, *(low for low in lows if low is not None)]) - AXIS_MARGIN, 3)
    y = style.share_axis(f"{metric.replace('_', ' ')}, {CURVE_CAPTIONS}", chance=chance)
    y["range"] = [floor if floor > MIN_CUT else -0.03, 1.03]
    # A title too long for a phone breaks before its parenthesis.
    title, is_long = escape_text(evidence.axis), len(evidence.axis) > LONGEST_TITLE
    # A slanted name is dropped where it would leave the figure, an upright one is not.
    x = style.axis(
        title.replace(" (", "<br>(", 1) if is_long else title, range=[-0.5, len(x_positions) - 0.5], automargin=True,
        tickvals=list(x_positions.values()), ticktext=[escape_text(x) for x in x_positions], autotickangles=[0, 90],
    )  # fmt: skip
    x["title"]["standoff"] = 12
    num_series = len({each.series for each in evidence.conditions})
    is_tall = not _are_doses(x_positions) or num_series >= MANY_SERIES
    return style.layout(
        keep=f"dose-{evidence.name}-{metric}",
        xaxis=x,
        yaxis=y,
        shapes=[style.chance_line(chance)],
        margin=DOSE_MARGIN,
        showlegend=num_series > 1,
        **({"height": TALL_HEIGHT} if is_tall else {}),
    )


def _dose_sentence(evidence: Evidence) -> str:
    """State the verdicts of the comparisons, with the means of their ends if they are few."""
    metric = evidence.metric
    ends = sorted(
        (score.mean.value or 0.0, each.label)
        for each in evidence.conditions
        if (score := each.score(CURVE_FORM, metric))
    )
    if not ends:
        return f"Nothing was measured in {CURVE_CAPTIONS}."
    (low, first), (high, last) = ends[0], ends[-1]
    contrasts = [each for each in evidence.contrasts if each.form == CURVE_FORM]
    if len(contrasts) > MAX_NAMED_CONTRASTS:
        counted = ", ".join(f"{word} {count}" for word, count in Counter(each.word for each in contrasts).items())
        lowest, highest = f"{format_percent(low)} ({first})", f"{format_percent(high)} ({last})"
        return f"From {lowest} to {highest}; {len(contrasts)} comparisons in {CURVE_CAPTIONS}: {counted}."
    if contrasts:
        parts = [
            f"{each.start} to {each.end}, "
            f"{format_percent(each.of_start.value)} to {format_percent(each.of_end.value)}: {each.word}"
            for each in contrasts
        ]
        return f"In {CURVE_CAPTIONS}: {'; '.join(parts)}."
    name = metric.replace("_", " ").capitalize()
    return f"{name} in {CURVE_CAPTIONS} lies between {format_percent(low)} and {format_percent(high)}."


def _position_marks(
    positions: Sequence[Position], band: Position | None, x_positions: AxisPositions
) -> tuple[list[PlotlyPart], list[PlotlyPart], list[str]]:
    """Return lines for positions, and for the band a strip with a line in it: shapes, labels, and sentences."""

    def position_of(dose: float) -> float:
        """Return the position of a dose between those that were measured; beyond them, at the end."""
        doses = [float(x) for x in x_positions]
        beyond = 0.3 * ((dose > doses[-1]) - (dose < doses[0]))
        return round(float(np.interp(dose, doses, list(x_positions.values()))) + beyond, 3)

    def label(words: str, x: float, role: str, height: float, anchor: str) -> PlotlyPart:
        """Return a label next to its line, on the side that has more room."""
        side, shift = ("right", -5) if x > (len(x_positions) - 1) / 2 else ("left", 5)
        about = {"yref": "paper", "xanchor": side, "yanchor": anchor, "bgcolor": "role:panel", "borderpad": 1}
        return style.annotation(escape_text(words), x, height, role, xshift=shift, **about)

    shapes, labels, sentences, names = [], [], [], []
    for i, each in enumerate(sorted(positions, key=lambda each: each.value)):
        x = position_of(each.value)
        names.append(f"{each.label} {format_decimal(each.value, 2)}")
        shapes.append(style.full_height_shape(x, x, line=style.line_style("quiet", 1, "dot")))
        labels.append(label(names[-1], x, "quiet", 0.02 + LABEL_STEP * i, "bottom"))
    if names:
        sentences.append(f"Published captions stand at {', '.join(names)}: positions on the axis, not predictions.")
    if band is not None:
        low, middle, high = map(position_of, (band.low, band.value, band.high))
        strip = style.full_height_shape(low, max(high, low + 0.02), fillcolor="role:run-4", opacity=0.22)
        shapes += [strip, style.full_height_shape(middle, middle, line=style.line_style("run-4", 2, "dot"))]
        labels.append(label(band.label, middle, "run-4", 0.98, "top"))
        beyond = _beyond(band.value, list(x_positions))
        value = format_fraction(band.value, band.low, band.high, digits=2, lead="95 % interval")
        sentences.append(f"{band.label.capitalize()}: {value}{beyond and f', {beyond}'}.")
    return shapes, labels, sentences


def place_among_doses(evidence: Evidence, dose: float) -> str:
    """Say between which measured doses a dose lies, or how far outside, and what the nearest conditions reached.

    "below the lowest measured, 0.25, where binding accuracy was 61 % (1 kind), 53 % (2 kinds)", for example.
    """

    def reached_words(x: str) -> str:
        scores = [(each, each.score(CURVE_FORM, evidence.metric)) for each in evidence.conditions if each.x == x]
        means = [f"{format_percent(score.mean.value)} ({each.series or each.label})" for each, score in scores if score]
        return f"{x}, where {evidence.metric.replace('_', ' ')} was {', '.join(means)}"

    doses = sorted({each.x for each in evidence.conditions}, key=float)
    if beyond := _beyond(dose, doses):
        return beyond.rpartition(" ")[0] + f" {reached_words(doses[0 if dose < float(doses[0]) else -1])}"
    low = max((each for each in doses if float(each) <= dose), key=float)
    if float(low) == dose:
        return f"at the measured {reached_words(low)}"
    return f"between the measured {reached_words(low)}, and {reached_words(doses[doses.index(low) + 1])}"


def _beyond(dose: float, doses: Sequence[str]) -> str:
    """Say on which side of the rising doses a dose lies outside, "" if it does not."""
    if dose < float(doses[0]):
        return f"below the lowest measured, {doses[0]}"
    return f"above the highest measured, {doses[-1]}" if dose > float(doses[-1]) else ""


OPTIONAL_COLUMNS = ("images with a hard negative", "series", "note")
"""Columns that are left out if they say nothing."""


def _table(conditions: Sequence[MeasuredCondition], metric: str) -> FigureTable:
    """Return the columns with information, a row per condition."""
    rows = [_condition_row(each, metric) for each in conditions]
    idle = {name for name in OPTIONAL_COLUMNS if not any(row.get(name) for row in rows)}
    if "images with a hard negative" in idle:
        idle.add("of them true")
    names = [name for name in rows[0] if name not in idle] if rows else []
    return names, [[row.get(name) for name in names] for row in rows]


def _condition_row(condition: MeasuredCondition, metric: str) -> dict[str, Cell]:
    scores, rates = condition.score(CURVE_FORM, metric), condition.rates
    mean = scores.mean if scores else Estimate.of_nothing()
    controls = {name: forms[CURVE_FORM] for name, forms in condition.controls.items() if CURVE_FORM in forms}
    off = [f"{name.replace('_', ' ')} {_cell(each.value)}" for name, each in controls.items() if each.is_off_chance]
    return {
        "condition": condition.label,
        "mean": rounded_number(mean.value),
        "low": rounded_number(mean.low),
        "high": rounded_number(mean.high),
        "chance": rounded_number(mean.chance),
        "n (seeds)": mean.n,
        "seeds": ", ".join(_cell(point.value) for point in scores.points) if scores else "",
        "controls off chance": ", ".join(off) or ("none" if controls else ""),
        "images with a hard negative": rounded_number(rates.get("hard_negatives")),
        "of them true": rounded_number(rates.get("hard_negatives_true")),
        "distinct captions a batch": rounded_number(condition.distinct_captions, 1),
        "captions true of another image": rounded_number(rates.get("false_negatives")),
        "steps": condition.steps,
        "batch": condition.batch_size,
        "learning rate": condition.learning_rate,
        "series": condition.series,
        "note": condition.not_tested or (None if scores else "no point"),
    }


def _cell(share: float | None) -> str:
    """Return a share as a fraction, to three digits, for a cell that holds several."""
    value = rounded_number(share, 3)
    return "-" if value is None else f"{value:g}"
