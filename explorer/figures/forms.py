"""Binding and recognition of a report in the four forms of caption, side by side.

    forms_side_by_side(report).sentence    # "Binds, but not in captions longer than it has read: own captions ..."

Next to binding in a form stands the caption-only scorer: binding is evidence only if that one is at chance.
"""

from collections.abc import Mapping

from explorer.evaluation.duplicate_forms import same_forms, same_words
from explorer.evaluation.results import Estimate
from explorer.evaluation.run_report import Report
from explorer.evaluation.verdict import verdict
from explorer.figures.drawing import Drawing
from explorer.figures.style import Part, axis, chance_line, interval_bars, layout, number, numbers, role, share_axis

FORMS = ("canonical", "own", "complete", "bundle")
CHANCE = 0.5
SERIES = (  # key, name, mark, color, offset from the middle of the form
    ("binding_accuracy", "binding", "circle", "right", -0.2),
    ("recognition_accuracy", "recognition", "square-open", "other", 0.0),
    ("caption_only", "binding by captions only (control)", "x-thin-open", "quiet", 0.2),
)


def forms_side_by_side(report: Report) -> Drawing:
    """Draw binding, recognition and the caption-only control of a report by form, with intervals and chance."""
    asked = [form for form in FORMS if report.scores.of(form)]
    traces = [_trace(report, asked, *series) for series in SERIES]
    same = {form: twin for form, twin in same_forms(report.scores).items() if form in asked}
    words = [f"{form}<br>(as {same[form]})" if form in same else form for form in asked]
    x = axis("", tickvals=list(range(len(asked))), ticktext=words, range=[-0.5, max(len(asked), 1) - 0.5])
    x |= {"showgrid": False, "tickfont": {"color": role("text"), "size": 13}}
    # On a phone names stand upright, as slanted ones are cut or dropped at the edge, and the room below grows.
    x |= {"autotickangles": [0, 90], "automargin": True}
    look = layout(keep="forms", xaxis=x, yaxis=share_axis(chance=CHANCE), shapes=[chance_line(CHANCE)])
    return Drawing(
        figure={"data": [trace for trace in traces if trace["x"]], "layout": look},
        sentence=verdict(report).sentence + _same_sentence(same),
        columns=("form", "measure", "value", "low", "high", "n", "chance"),
        rows=tuple(
            (
                form,
                name,
                *numbers(found, "value", "low", "high"),
                found.n,
                number(found.chance),
            )
            for form in asked
            for key, name, *_ in SERIES
            if (found := _estimate(report, form, key))
        ),
    )


def _same_sentence(same: Mapping[str, str]) -> str:
    """Name the forms that repeat another, so that they are not taken for a second finding."""
    return "".join(f" The form {form} is {same_words(twin)}." for form, twin in same.items())


def _trace(report: Report, asked: list[str], key: str, name: str, mark: str, color: str, place: float) -> Part:
    known = [(i, found) for i, form in enumerate(asked) if (found := _estimate(report, form, key))]
    estimates = [found for _, found in known]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [round(i + place, 2) for i, _ in known],
        "y": [number(found.value) for found in estimates],
        "error_y": interval_bars(estimates, color=role(color), thickness=2, width=5),
        "marker": {"symbol": mark, "size": 8, "color": role(color), "line": {"width": 2, "color": role(color)}},
        "customdata": [found.n for found in estimates],
        "hovertemplate": "%{y:.1%} of %{customdata}",
    }


def _estimate(report: Report, form: str, key: str) -> Estimate | None:
    """Return an estimate by form and key, None if there is no number."""
    scores = report.scores
    found = scores.controls.get(key, {}).get(form) if key == "caption_only" else scores.of(form).get(key)
    return found if found and found.value is not None else None
