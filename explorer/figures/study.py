"""Figures of the study: a sweep by dose or over time, with a reader's runs and captions, and the forest of all effects.

    dose_response(evidence, form="own", band=Position(label="your captions", value=0.6, low=0.5, high=0.7))
    forest_plot(decode(tuple[PropertyEffect, ...], load_claims()["effects"]))  # effects of `research.compare`

By dose, each seed is a ring, each condition a mean with its interval, each series a line. Conditions are evenly spaced:
numeric doses in rising order and joined, others in the order in which the sweep declares them. Long runs with curves
are drawn over their steps instead, a thin line per seed and a thick one for their mean; the last third, which the
verdicts on whether binding still comes use, is shaded. A reader's own runs are crosses. The text of each point is its
condition's label, which a click sends. A form that was not evaluated gives an empty chart and a sentence. A position
says where captions stand on the axis; it says nothing of the height of a curve there.

The table has a row per condition and per run of the reader; shares are fractions in every column. Controls are named
if their interval excludes chance, because then binding is no evidence. Columns without information are left out.

In the forest, a heading stands per property and below it a line per form. Left: difference in the share of seeds that
bind within the budget; right: difference in final accuracy; both with 95 % intervals. Right of the dashed line more is
bound. A mark of the left panel is hollow if that share could not show an effect. The "text" of a clicked point is the
name of its property.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from textwrap import wrap

import numpy as np

from explorer.evaluation.results import CHANCE, Estimate, Position
from explorer.figures import style
from explorer.figures.style import Cell, Drawing, PlotlyPart, escape_text, estimate_cells, make_drawing, rounded_number
from explorer.study.claims import FORM_WORDS
from explorer.study.evidence_store import Evidence, MeasuredCondition, OwnPoint, SeedCurve, form_name
from explorer.wording import decimal, fraction, percent, signed

BINDING_METRIC = "binding_accuracy"
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
MAX_NAMED_CONTRASTS = 2
"""Comparisons that the sentence names; more are counted."""
LABEL_STEP = 0.065
"""Distance between the labels of neighboring positions, as a share of the height of the plot."""
DOSE_MARGIN = {"l": 76, "r": 12, "t": 30, "b": 44}
"""Room for the title of the axis next to the word chance."""
OwnRuns = Sequence[OwnPoint]
FigureTable = tuple[Sequence[str], Sequence[Sequence[Cell]]]
"""Columns and rows."""
AxisPlaces = Mapping[str, int]
"""Positions on the axis by dose."""


def dose_response(
    evidence: Evidence,
    form: str = "own",
    metric: str | None = None,
    runs: OwnRuns = (),
    band: Position | None = None,
    positions: Sequence[Position] = (),
) -> Drawing:
    """Draw every seed, the mean and interval of each condition in the captions of a form, and chance.

    Args:
        evidence: That of the sweep.
        form: Form of caption.
        metric: The sweep's own if it is None.
        runs: Those of a reader.
        band: Estimate of a reader's captions in the unit of the doses, drawn across the curves.
        positions: Such estimates of published captions, thin lines with their labels.
    """
    metric, conditions = metric or evidence.metric, evidence.conditions
    own_runs = [each for each in runs if each.score(form, metric)]
    table = _table(conditions, own_runs, form, metric)
    if metric == BINDING_METRIC and band is None and any((each.curves or {}).get(form) for each in conditions):
        return _draw_over_time(evidence, form, own_runs, table)
    doses = list(dict.fromkeys(each.x for each in conditions))
    are_numbers = _are_doses(doses)
    places = {x: place for place, x in enumerate(sorted(doses, key=float) if are_numbers else doses)}
    series = list(dict.fromkeys(each.series for each in conditions))
    apart = min(SERIES_GAP, WIDEST_SPREAD / max(1, len(series)))
    traces: list[PlotlyPart] = []
    x_by_label: dict[str, float] = {}
    for position, name in enumerate(series):
        shift = apart * (position - (len(series) - 1) / 2)
        members = [each for each in conditions if each.series == name]
        x_by_label |= {each.label: round(places[each.x] + shift, 3) for each in members}
        traces += _series_traces(
            members, form, metric, x_by_label, position, "lines+markers" if are_numbers else "markers", name or "mean"
        )
    if own_runs:
        traces.append(
            _own_runs_trace(
                own_runs, form, metric, [round(x_by_label[each.condition] + SERIES_GAP / 2, 3) for each in own_runs]
            )
        )
    look, sentence = _dose_layout(evidence, form, metric, places, own_runs), _dose_sentence(evidence, form, metric)
    if are_numbers:
        shapes, labels, sentences = _position_marks(positions, band, places)
        if labels:
            look |= {"shapes": look["shapes"] + shapes, "annotations": labels}
        sentence = " ".join([sentence, *sentences])
    return make_drawing(traces, look, sentence, *table)


def _are_doses(doses: Iterable[str]) -> bool:
    return all(x.replace(".", "", 1).isdigit() for x in doses)


def _series_traces(
    conditions: Sequence[MeasuredCondition],
    form: str,
    metric: str,
    x_by_label: Mapping[str, float],
    position: int,
    mode: str,
    name: str,
) -> list[PlotlyPart]:
    """Return the means of one series with their intervals, then its seeds; nothing if none was measured."""
    scores = [(each.label, score) for each in conditions if (score := each.score(form, metric))]
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


def _own_runs_trace(runs: OwnRuns, form: str, metric: str, x: Sequence[float]) -> PlotlyPart:
    return style.scatter_trace(
        "markers", x, [rounded_number(each.forms[form][metric].value) for each in runs], "text", name="your runs",
        marker={"symbol": "x", "size": 9, "line": {"width": 1, "color": "role:panel"}},
        customdata=[[escape_text(each.run), each.steps, each.seed] for each in runs],
        text=[escape_text(each.condition) for each in runs],
        hovertemplate="%{text}<br>%{y:.1%}, your run %{customdata[0]}<br>%{customdata[1]} steps,"
        " seed %{customdata[2]}<extra></extra>",
    )  # fmt: skip


def _dose_layout(evidence: Evidence, form: str, metric: str, places: AxisPlaces, own_runs: OwnRuns) -> PlotlyPart:
    scores = {
        (each.label, f): score for each in evidence.conditions for f in each.forms if (score := each.score(f, metric))
    }
    chances = [each.mean.chance for (_, f), each in scores.items() if f == form and each.mean.chance is not None]
    chance = chances[0] if chances else CHANCE
    # The same axis for every form, so that they can be compared, and never above chance.
    lows = [value for each in scores.values() for value in (each.mean.low, *(point.value for point in each.points))]
    lows += [estimate.value for run in own_runs for f in run.forms if (estimate := run.score(f, metric))]
    floor = round(min([chance, *(low for low in lows if low is not None)]) - AXIS_MARGIN, 3)
    y = style.share_axis(f"{metric.replace('_', ' ')}, {form_name(form)} captions", chance=chance)
    y["range"] = [floor if floor > MIN_CUT else -0.03, 1.03]
    # A title too long for a phone breaks before its parenthesis.
    title, is_long = escape_text(evidence.axis), len(evidence.axis) > LONGEST_TITLE
    # A slanted name is dropped where it would leave the figure, an upright one is not.
    x = style.axis(
        title.replace(" (", "<br>(", 1) if is_long else title, range=[-0.5, len(places) - 0.5], automargin=True,
        tickvals=list(places.values()), ticktext=[escape_text(x) for x in places], autotickangles=[0, 90],
    )  # fmt: skip
    x["title"]["standoff"] = 12
    num_series = len({each.series for each in evidence.conditions})
    is_tall = not _are_doses(places) or num_series >= MANY_SERIES
    return style.layout(
        keep=f"dose-{evidence.name}-{metric}",
        xaxis=x,
        yaxis=y,
        shapes=[style.chance_line(chance)],
        margin=DOSE_MARGIN,
        showlegend=num_series > 1 or bool(own_runs),
        **({"height": TALL_HEIGHT} if is_tall else {}),
    )


def _dose_sentence(evidence: Evidence, form: str, metric: str) -> str:
    """State the verdicts of the comparisons of this form, with the means of their ends if they are few."""
    captions = f"{form_name(form)} captions"
    ends = sorted(
        (score.mean.value or 0.0, each.label) for each in evidence.conditions if (score := each.score(form, metric))
    )
    if not ends:
        return f"Nothing was measured in {captions}."
    (low, first), (high, last) = ends[0], ends[-1]
    contrasts = [each for each in evidence.contrasts if each.form == form and metric == evidence.metric]
    if len(contrasts) > MAX_NAMED_CONTRASTS:
        counted = ", ".join(f"{word} {count}" for word, count in Counter(each.word for each in contrasts).items())
        lowest, highest = f"{percent(low)} ({first})", f"{percent(high)} ({last})"
        return f"From {lowest} to {highest}; {len(contrasts)} comparisons in {captions}: {counted}."
    if contrasts:
        parts = [
            f"{each.start} to {each.end}, {percent(each.of_start.value)} to {percent(each.of_end.value)}: {each.word}"
            for each in contrasts
        ]
        return f"In {captions}: {'; '.join(parts)}."
    name = metric.replace("_", " ").capitalize()
    return f"{name} in {captions} lies between {percent(low)} and {percent(high)}."


def _position_marks(
    positions: Sequence[Position], band: Position | None, places: AxisPlaces
) -> tuple[list[PlotlyPart], list[PlotlyPart], list[str]]:
    """Return lines for positions, and for the band a strip with a line in it: shapes, labels, and sentences."""

    def place_of(dose: float) -> float:
        """Return the position of a dose between those that were measured; beyond them, at the end."""
        doses = [float(x) for x in places]
        beyond = 0.3 * ((dose > doses[-1]) - (dose < doses[0]))
        return round(float(np.interp(dose, doses, list(places.values()))) + beyond, 3)

    def label(words: str, place: float, role: str, height: float, anchor: str) -> PlotlyPart:
        """Return a label next to its line, on the side that has more room."""
        side, shift = ("right", -5) if place > (len(places) - 1) / 2 else ("left", 5)
        about = {"yref": "paper", "xanchor": side, "yanchor": anchor, "bgcolor": "role:panel", "borderpad": 1}
        return style.annotation(escape_text(words), place, height, role, xshift=shift, **about)

    shapes, labels, sentences, names = [], [], [], []
    for i, each in enumerate(sorted(positions, key=lambda each: each.value)):
        place = place_of(each.value)
        names.append(f"{each.label} {decimal(each.value, 2)}")
        shapes.append(style.full_height_shape(place, place, line=style.line_style("quiet", 1, "dot")))
        labels.append(label(names[-1], place, "quiet", 0.02 + LABEL_STEP * i, "bottom"))
    if names:
        sentences.append(f"Published captions stand at {', '.join(names)}: positions on the axis, not predictions.")
    if band is not None:
        low, middle, high = map(place_of, (band.low, band.value, band.high))
        strip = style.full_height_shape(low, max(high, low + 0.02), fillcolor="role:run-4", opacity=0.22)
        shapes += [strip, style.full_height_shape(middle, middle, line=style.line_style("run-4", 2, "dot"))]
        labels.append(label(band.label, middle, "run-4", 0.98, "top"))
        beyond = _beyond(band.value, list(places))
        value = fraction(band.value, band.low, band.high, digits=2, lead="95 % interval")
        sentences.append(f"{band.label.capitalize()}: {value}{beyond and f', {beyond}'}.")
    return shapes, labels, sentences


def place_among_doses(evidence: Evidence, dose: float, form: str = "own") -> str:
    """Say between which measured doses a dose lies, or how far outside, and what the nearest conditions reached.

    "below the lowest measured, 0.25, where binding accuracy was 61 % (1 kind), 53 % (2 kinds)", for example.
    """

    def reached_words(x: str) -> str:
        scores = [(each, each.score(form, evidence.metric)) for each in evidence.conditions if each.x == x]
        means = [f"{percent(score.mean.value)} ({each.series or each.label})" for each, score in scores if score]
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


def _draw_over_time(evidence: Evidence, form: str, own_runs: OwnRuns, table: FigureTable) -> Drawing:
    with_curves = [(each, lines) for each in evidence.conditions if (lines := (each.curves or {}).get(form))]
    traces = [
        each for place, (condition, lines) in enumerate(with_curves) for each in _time_traces(condition, lines, place)
    ]
    if own_runs:
        traces.append(_own_runs_trace(own_runs, form, BINDING_METRIC, [each.steps for each in own_runs]))
    last = max(step for _, lines in with_curves for each in lines for step in each.steps)
    third = style.full_height_shape(round(last * 2 / 3), last, fillcolor="role:quiet", opacity=0.1)
    look = style.layout(
        keep=f"dose-{evidence.name}-time",
        xaxis=style.axis("step", range=[0, round(last * 1.02)]),
        yaxis=style.share_axis(f"binding accuracy, {form_name(form)} captions", chance=CHANCE),
        shapes=[third, style.chance_line(CHANCE)],
        annotations=[style.annotation("last third", last, 0.01, yref="paper", xanchor="right", yanchor="bottom")],
        margin=DOSE_MARGIN,
    )
    parts = []
    for each, _ in with_curves:
        trend = (each.trend or {}).get(form)
        end = f"ends at {percent(trend.end.value)}, {trend.word}" if trend else "has no trend"
        parts.append(f"{each.series or each.label} {end}")
    return make_drawing(traces, look, f"In {form_name(form)} captions: {'; '.join(parts)}.", *table)


def _time_traces(condition: MeasuredCondition, lines: Sequence[SeedCurve], place: int) -> list[PlotlyPart]:
    """Return the seeds of a condition, then their mean at the steps that all of them have."""
    color, text = style.run_role(place), escape_text(condition.label)
    seeds = [
        style.scatter_trace(
            "lines", each.steps, each.values, color, name="a seed", line={"width": 1}, legendgroup=str(place),
            showlegend=False, opacity=0.4, text=[text] * len(each.steps),
            hovertemplate=f"%{{text}}, seed {each.seed}<br>step %{{x}}: %{{y:.1%}}<extra></extra>",
        )
        for each in lines
    ]  # fmt: skip
    by_step = [dict(zip(each.steps, each.values, strict=True)) for each in lines]
    steps = sorted(set.intersection(*map(set, by_step)))
    mean = style.scatter_trace(
        "lines", steps, [rounded_number(fmean(each[step] for each in by_step)) for step in steps], color,
        name=condition.series or condition.label, legendgroup=str(place), text=[text] * len(steps),
        line={"width": 2.5, "dash": style.run_dash(place)},
        hovertemplate=f"%{{text}}, mean of {len(lines)} seeds<br>step %{{x}}: %{{y:.1%}}<extra></extra>",
    )  # fmt: skip
    return [*seeds, mean]


OPTIONAL_COLUMNS = ("images with a hard negative", "series", "note")
"""Columns that are left out if they say nothing."""


def _table(conditions: Sequence[MeasuredCondition], runs: OwnRuns, form: str, metric: str) -> FigureTable:
    """Return the columns with information: a row per condition, then one per run of the reader."""
    rows = [
        *(_condition_row(each, form, metric) for each in conditions),
        *(_run_row(each, form, metric) for each in runs),
    ]
    idle = {name for name in OPTIONAL_COLUMNS if not any(row.get(name) for row in rows)}
    if "images with a hard negative" in idle:
        idle.add("of them true")
    names = [name for name in rows[0] if name not in idle] if rows else []
    return names, [[row.get(name) for name in names] for row in rows]


def _condition_row(condition: MeasuredCondition, form: str, metric: str) -> dict[str, Cell]:
    scores, rates = condition.score(form, metric), condition.rates
    mean = scores.mean if scores else Estimate.unmeasured()
    controls = {name: forms[form] for name, forms in condition.controls.items() if form in forms}
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


def _run_row(run: OwnPoint, form: str, metric: str) -> dict[str, Cell]:
    """Return the known cells of a reader's run, which is one seed: its interval is over scenes, as the note says."""
    estimate = run.forms[form][metric]
    return {
        "condition": f"{run.condition} (your run)",
        "mean": rounded_number(estimate.value),
        "low": rounded_number(estimate.low),
        "high": rounded_number(estimate.high),
        "n (seeds)": 1,
        "seeds": _cell(estimate.value),
        "controls off chance": "",
        "steps": run.steps,
        "learning rate": run.learning_rate,
        "series": "",
        "note": f"your run {run.run}, seed {run.seed}; interval over {estimate.n} scenes",
    }


def _cell(share: float | None) -> str:
    """Return a share as a fraction, to three digits, for a cell that holds several."""
    value = rounded_number(share, 3)
    return "-" if value is None else f"{value:g}"


ROW_HEIGHT, FRAME_HEIGHT = 17, 96  # px
HEAD_ROWS = 2.4
"""Rows above the first heading, in which the axes stand a second time."""
HEADING_ROWS = 1.1
"""Height of a line of a heading in rows."""
MAX_HEADING_LETTERS = 40
"""Most letters of a line of a heading, which a phone has room for."""
FORM_LOOKS = {
    "canonical": ("circle", "run-0"), "own": ("square", "run-2"), "complete": ("diamond", "run-1"),
    "bundle": ("triangle-up", "run-3"),
}  # fmt: skip
"""Symbol and color of a form of caption."""
FOREST_COLUMNS = (
    "property", "captions asked", "edition", "state", "seeds", "bound without", "bound with", "change", "low", "high",
    "accuracy without", "accuracy with", "change", "low", "high",
)  # fmt: skip
FOREST_PANELS = (
    ("bound", "x", "seeds bound, points", 1.08, (-1.0, 0.0, 1.0)),
    ("final", "x2", "final accuracy, points", 0.65, (-0.5, 0.0, 0.5)),
)
"""Name, axis, title, reach to both sides, and ticks of both panels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EffectSide:
    """Condition without or with a property: its seeds that are bound, their share, and the mean final accuracy."""

    num_bound: int
    bound: Estimate
    final: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class PropertyEffect:
    """Effect of a property in a form of caption: differences in the share of seeds bound and in final accuracy.

    `edition` is None and `sides` is empty if it has not been run. It is measured if its share of seeds bound could show
    an effect.
    """

    name: str
    words: str
    form: str
    edition: str | None
    state: str
    sides: tuple[EffectSide, ...]
    bound: Estimate
    final: Estimate

    @property
    def is_measured(self) -> bool:
        """Return True if the share of seeds bound could show an effect."""
        return self.state == "measured"


UNMEASURED_SIDE = EffectSide(num_bound=0, bound=Estimate.unmeasured(), final=Estimate.unmeasured())


def forest_plot(effects: Sequence[PropertyEffect]) -> Drawing:
    """Draw the effects in the given order."""
    places, headings, blocks, end = _forest_lines(effects)
    traces = [
        _form_trace(form, panel, effects, places)
        for panel, *_ in FOREST_PANELS
        for form in FORM_LOOKS
        if any(effect.form == form and effect.edition for effect in effects)
    ]
    look = _forest_layout(headings, blocks, end)
    return make_drawing(traces, look, _forest_sentence(effects), FOREST_COLUMNS, map(_effect_row, effects))


def _forest_lines(
    effects: Sequence[PropertyEffect],
) -> tuple[list[float], list[tuple[str, float]], list[tuple[float, float]], float]:
    """Return the line of each effect, the headings with theirs, the ends of each block of lines, and the last end."""
    places, headings, blocks, at = [], [], [], 0.0
    for name in dict.fromkeys(effect.name for effect in effects):
        property_effects = [effect for effect in effects if effect.name == name]
        lines = _heading(property_effects)
        headings.append(("<br>".join(lines), at + HEADING_ROWS * len(lines) / 2))
        at += HEADING_ROWS * len(lines)
        start = at
        for effect in property_effects:
            is_line = effect.edition is not None
            places.append(at + 0.5 * is_line)
            at += is_line
        blocks += [(start, at)] * (at > start)
    return places, headings, blocks, at


def _heading(effects: Sequence[PropertyEffect]) -> list[str]:
    """Return the lines of a heading: the property in bold, then the edition and the state that its lines share."""
    states = {effect.state for effect in effects}
    shared = list(states) if len(states) == 1 and states != {"measured"} else []
    note = ", ".join([*(["first edition"] if effects[0].edition == "first" else []), *shared])
    lines = [f"<b>{escape_text(line)}</b>" for line in wrap(effects[0].words, MAX_HEADING_LETTERS)]
    if note and len(lines[-1]) + len(note) < MAX_HEADING_LETTERS:
        return [*lines[:-1], f"{lines[-1]} ({escape_text(note)})"]
    return [*lines, f"({escape_text(note)})"] if note else lines


def _form_trace(form: str, panel: str, effects: Sequence[PropertyEffect], places: Sequence[float]) -> PlotlyPart:
    """Return the differences of one panel in a form of caption."""
    symbol, color = FORM_LOOKS[form]
    is_left = panel == "bound"
    measured = [
        (effect, round(place, 2), difference)
        for effect, place in zip(effects, places, strict=True)
        if effect.form == form and (difference := getattr(effect, panel)).value is not None
    ]
    symbols = [f"{symbol}-open" if is_left and not effect.is_measured else symbol for effect, *_ in measured]
    return style.interval_trace(
        "markers", [place for _, place, _ in measured], [difference for *_, difference in measured], color, along="x",
        name=FORM_WORDS[form], legendgroup=form, showlegend=is_left, xaxis="x" if is_left else "x2",
        marker={"symbol": symbols, "size": 8}, text=[effect.name for effect, *_ in measured],
        customdata=[_hover(effect, is_left=is_left) for effect, *_ in measured],
        hovertemplate="%{x:+.0%}: %{customdata}<extra></extra>",
    )  # fmt: skip


def _hover(effect: PropertyEffect, *, is_left: bool) -> str:
    if not is_left:
        return " → ".join(f"{100 * (side.final.value or 0.0):.1f} %" for side in effect.sides)
    counts = " → ".join(f"{side.num_bound} of {side.bound.n} seeds bound" for side in effect.sides)
    return escape_text(counts if effect.is_measured else f"{counts}, {effect.state}")


def _forest_layout(
    headings: Sequence[tuple[str, float]], blocks: Sequence[tuple[float, float]], end: float
) -> PlotlyPart:
    axes, shapes, notes = [], [], []
    for _, x, title, reach, ticks in FOREST_PANELS:
        words = [signed(100 * tick) for tick in ticks]
        # Grid and dashed zero are shapes: the headings interrupt them, as both would run through the words.
        axis_look = {"tickvals": list(ticks), "ticktext": words, "fixedrange": True, "showgrid": False}
        axes.append(style.axis(title, range=[-reach, reach], **axis_look))
        low, zero, high = ticks
        for at, look in (((low, high), style.line_style("grid", 1)), ((zero,), style.CHANCE_LINE)):
            # One line each: gradio_client takes the field "path" of a shape for a file, and fetches it.
            shapes += [
                {"type": "line", "layer": "below", "xref": x, "yref": "y", "line": look,
                 "x0": tick, "x1": tick, "y0": round(start, 2), "y1": round(stop, 2)}
                for tick in at for start, stop in blocks
            ]  # fmt: skip
        # Title and numbers stand above the lines too: the figure is taller than a window.
        above = [(title, 0.0, -1.7), *((word, tick, -0.6) for word, tick in zip(words, ticks, strict=True))]
        notes += [style.annotation(*each, xref=x, yref="y") for each in above]
    left_aligned = {"xref": "paper", "xanchor": "left", "yanchor": "middle", "align": "left"}
    notes += [style.annotation(text, 0, round(place, 2), "text", **left_aligned) for text, place in headings]
    return style.layout(
        keep="forest",
        xaxis=axes[0] | {"domain": [0.0, 0.47]},
        xaxis2=axes[1] | {"domain": [0.53, 1.0], "anchor": "y"},
        yaxis=style.axis("", range=[end + 0.3, -HEAD_ROWS], visible=False, fixedrange=True),
        shapes=shapes,
        annotations=notes,
        height=round(FRAME_HEIGHT + ROW_HEIGHT * (end + HEAD_ROWS)),
        margin={"l": 14, "r": 14, "t": 46, "b": 46},
    )


def _effect_row(effect: PropertyEffect) -> list[Cell]:
    sides = effect.sides or (UNMEASURED_SIDE, UNMEASURED_SIDE)
    form_words = FORM_WORDS[effect.form] if effect.edition else ""
    row: list[Cell] = [
        effect.words,
        form_words,
        effect.edition or "",
        effect.state,
        min(side.bound.n for side in sides),
    ]
    for panel, *_ in FOREST_PANELS:
        row += [
            *(rounded_number(getattr(side, panel).value) for side in sides),
            *estimate_cells(getattr(effect, panel)),
        ]
    return row


def _forest_sentence(effects: Sequence[PropertyEffect]) -> str:
    """Count the lines whose accuracy surely falls or rises, and those whose seeds bound could not show it."""
    measured = [effect for effect in effects if effect.edition is not None]
    if not measured:
        return "Nothing of it has been run yet."
    falls = sum(effect.final.high is not None and effect.final.high < 0 for effect in measured)
    rises = sum(effect.final.low is not None and effect.final.low > 0 for effect in measured)
    states = Counter(effect.state for effect in measured if not effect.is_measured)
    why = f" ({', '.join(f'{count} {state}' for state, count in states.most_common())})" if states else ""
    return (
        f"Of {len(measured)} lines accuracy surely falls in {falls} and rises in {rises}; in {states.total()} the "
        f"share of seeds bound could not show it, so its mark is hollow{why}. Properties not yet run: "
        f"{len(effects) - len(measured)}. Click a mark for its claim."
    )
