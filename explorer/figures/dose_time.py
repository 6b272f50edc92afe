"""Figure of long runs over their steps: a thin line per seed, a thick one for their mean.

    over_time(evidence, "own", runs)        # a Drawing; None if the evidence has no curve in that form

It is drawn for claims on whether binding still comes. The last third, which the verdicts use, is shaded. A click sends
the label of a condition, as in the figure by dose, and the table is that of the doses.
"""

from collections.abc import Sequence
from statistics import fmean

from explorer.evaluation.results import CHANCE
from explorer.evaluation.sweep_evidence import Condition, Evidence, OwnPoint, SeedCurve, form_name
from explorer.figures.dose_table import table
from explorer.figures.style import (
    RUN_DASHES,
    Drawing,
    Part,
    axis,
    chance_line,
    layout,
    number,
    percent,
    plain,
    role,
    run_role,
    share_axis,
)

METRIC = "binding_accuracy"


def over_time(evidence: Evidence, form: str, runs: Sequence[OwnPoint] = ()) -> Drawing | None:
    """Draw binding in the captions of a form, from the first quick evaluation to the last."""
    known = [(each, lines) for each in evidence.conditions if (lines := (each.curves or {}).get(form))]
    if not known:
        return None
    traces = [trace for place, (each, lines) in enumerate(known) for trace in _traces(each, lines, place)]
    mine = [each for each in runs if each.score(form, METRIC)]
    traces += [_own(mine, form)] if mine else []
    columns, rows = table(evidence.conditions, mine, form, METRIC)
    last = max(step for _, lines in known for line in lines for step in line.steps)
    return Drawing(
        figure={"data": traces, "layout": _layout(evidence, form, last)},
        sentence=_sentence([each for each, _ in known], form),
        columns=columns,
        rows=rows,
    )


def _traces(condition: Condition, lines: Sequence[SeedCurve], place: int) -> list[Part]:
    """Return the seeds of a condition, then their mean at the steps that all of them have."""
    name, color = plain(condition.series or condition.label), run_role(place)
    base = {"type": "scatter", "mode": "lines", "legendgroup": str(place)}
    seeds = [
        {
            **base,
            "name": "a seed",
            "showlegend": False,
            "x": list(line.steps),
            "y": list(line.values),
            "opacity": 0.4,
            "line": {"color": color, "width": 1},
            "text": [plain(condition.label)] * len(line.steps),
            "hovertemplate": f"%{{text}}, seed {line.seed}<br>step %{{x}}: %{{y:.1%}}<extra></extra>",
        }
        for line in lines
    ]
    by_step = [dict(zip(line.steps, line.values, strict=True)) for line in lines]
    steps = sorted(set.intersection(*(set(each) for each in by_step)))
    mean = {
        **base,
        "name": name,
        "x": steps,
        "y": [number(fmean(each[step] for each in by_step)) for step in steps],
        "line": {"color": color, "width": 2.5, "dash": RUN_DASHES[place % len(RUN_DASHES)]},
        "text": [plain(condition.label)] * len(steps),
        "hovertemplate": f"%{{text}}, mean of {len(lines)} seeds<br>step %{{x}}: %{{y:.1%}}<extra></extra>",
    }
    return [*seeds, mean]


def _own(runs: Sequence[OwnPoint], form: str) -> Part:
    """Return crosses for the runs of a reader at their last step."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "your runs",
        "x": [each.steps for each in runs],
        "y": [number(each.forms[form][METRIC].value) for each in runs],
        "marker": {"symbol": "x", "size": 9, "color": role("text"), "line": {"width": 1, "color": role("panel")}},
        "customdata": [[plain(each.run), each.seed] for each in runs],
        "text": [plain(each.condition) for each in runs],
        "hovertemplate": "%{text}<br>%{y:.1%}, your run %{customdata[0]}<br>%{x} steps,"
        " seed %{customdata[1]}<extra></extra>",
    }


def _layout(evidence: Evidence, form: str, last: int) -> Part:
    third: Part = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": {"width": 0}}
    third |= {"x0": round(last * 2 / 3), "x1": last, "fillcolor": role("quiet"), "opacity": 0.1}
    label = {"x": last, "y": 0.01, "yref": "paper", "xanchor": "right", "yanchor": "bottom", "showarrow": False}
    label |= {"text": "last third", "font": {"color": role("quiet"), "size": 12}}
    return layout(
        keep=f"dose-{evidence.name}-time",
        xaxis=axis("step", range=[0, round(last * 1.02)]),
        yaxis=share_axis(f"binding accuracy, {form_name(form)} captions", chance=CHANCE),
        shapes=[third, chance_line(CHANCE)],
        annotations=[label],
        margin={"l": 76, "r": 12, "t": 30, "b": 44},
    )


def _sentence(known: Sequence[Condition], form: str) -> str:
    """State the end of each condition, and the trend of its last third."""
    parts = []
    for each in known:
        found = (each.trend or {}).get(form)
        end = f" ends at {percent(found.end.value)}, {found.word}" if found else " has no trend"
        parts.append(f"{each.series or each.label}{end}")
    return f"In {form_name(form)} captions: {'; '.join(parts)}."
