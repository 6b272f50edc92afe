"""Forest plot of the study: effect of every stated direction on the share of seeds bound, and on accuracy.

    forest(findings)        # findings of `explorer.study.claim_findings.as_record`

One line per direction, grouped by claim. Left: difference in the share of seeds that bind within the budget; right:
difference in final accuracy in the form that the direction names, over pairs of seeds. Both have 95 % intervals. Right
of the dashed line the second condition binds more. A direction that says nothing is drawn hollow; one that was not run
is left out.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from explorer.figures.drawing import Drawing
from explorer.figures.style import axis, interval_bars, layout, number, plain, role

ROW_HEIGHT, FRAME_HEIGHT = 30, 110  # px
TICKS = (-1.0, -0.5, 0.0, 0.5, 1.0)
SAYS_NOTHING = ("untestable here", "no headroom")
COLUMNS = (
    "claim", "from", "to", "form", "bound before", "bound after", "seeds", "share bound", "low", "high",
    "final accuracy", "low", "high", "Holm p", "said", "found",
)  # fmt: skip
Finding = Mapping[str, Any]


def forest(findings: Sequence[Finding]) -> Drawing:
    """Draw the findings in the given order."""
    shown = [finding for finding in findings if finding["word"] != "not run"]
    places = _places(shown)
    bound = [finding["bound"] for finding in shown]
    final = [_final(finding) for finding in shown]
    traces = [
        _trace("share of seeds bound", shown, bound, places, "x", "circle", "run-0"),
        _trace("final accuracy", shown, final, places, "x2", "square", "run-2"),
    ]
    return Drawing(
        figure={"data": traces if shown else [], "layout": _layout(shown, places)},
        sentence=_sentence(shown, len(findings)),
        columns=COLUMNS,
        rows=tuple(_row(finding, estimate) for finding, estimate in zip(shown, final, strict=True)),
    )


def _final(finding: Finding) -> Mapping[str, Any]:
    """Return the change of the direction's final accuracy: its metric, or binding in its form."""
    name = finding["metric"] or f"{finding['form']}.binding_accuracy"
    missing: Mapping[str, Any] = {"value": None, "low": None, "high": None, "n": 0}
    return finding["change"].get(name, missing)


def _label(finding: Finding) -> str:
    return f"{plain(finding['start']['label'])}<br>→ {plain(finding['end']['label'])} ({finding['form']})"


def _places(shown: Sequence[Finding]) -> list[float]:
    """Return a line per finding, with a free one above each claim for its heading."""
    places, place = [], 0.0
    for before, finding in pairwise([{"claim": None}, *shown]):
        place += 2 if before["claim"] != finding["claim"] else 1
        places.append(place)
    return places


def _trace(
    name: str, shown: Sequence[Finding], estimates: Sequence[Mapping[str, Any]], places: Sequence[float],
    x: str, mark: str, color: str,
) -> dict[str, Any]:  # fmt: skip
    known = [i for i, estimate in enumerate(estimates) if estimate["value"] is not None]
    hollow = [shown[i]["word"] in SAYS_NOTHING for i in known]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "xaxis": x,
        "x": [number(estimates[i]["value"]) for i in known],
        "y": [places[i] for i in known],
        "error_x": interval_bars([estimates[i] for i in known], color=role(color)),
        "marker": {
            "symbol": [f"{mark}-open" if is_hollow else mark for is_hollow in hollow],
            "size": 9,
            "color": role(color),
        },
        "customdata": [shown[i]["word"] for i in known],
        "hovertemplate": "%{x:+.1%}, %{customdata}<extra></extra>",
    }


def _layout(shown: Sequence[Finding], places: Sequence[float]) -> dict[str, Any]:
    lines = max(places, default=1.0)
    y = axis("", tickvals=list(places), ticktext=[_label(finding) for finding in shown], range=[lines + 0.7, 0.3])
    y |= {"automargin": True, "tickfont": {"color": role("text")}, "fixedrange": True, "showgrid": False, "ticks": ""}
    ticks = {"tickvals": list(TICKS), "ticktext": [f"{100 * tick:+.0f}" if tick else "0" for tick in TICKS]}
    firsts = [
        (finding["claim"], place - 1)
        for before, finding, place in zip([None, *(each["claim"] for each in shown)], shown, places, strict=False)
        if finding["claim"] != before
    ]
    return layout(
        keep="forest",
        xaxis=axis("seeds bound, points", range=[-1.05, 1.05], domain=[0.0, 0.47], fixedrange=True, **ticks),
        xaxis2=axis("final accuracy, points", range=[-0.6, 0.6], domain=[0.53, 1.0], anchor="y", fixedrange=True,
                    tickvals=[-0.5, -0.25, 0.0, 0.25, 0.5], ticktext=["-50", "-25", "0", "+25", "+50"]),
        yaxis=y,
        shapes=[_zero("x"), _zero("x2")],
        annotations=[_heading(claim, place) for claim, place in firsts],
        height=round(FRAME_HEIGHT + ROW_HEIGHT * lines),
        margin={"l": 20, "r": 14, "t": 34, "b": 52},
    )  # fmt: skip


def _zero(x: str) -> dict[str, Any]:
    line = {"color": role("quiet"), "width": 1.5, "dash": "dash"}
    return {"type": "line", "xref": x, "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _heading(claim: str, place: float) -> dict[str, Any]:
    where = {"xref": "paper", "x": 0, "xanchor": "left", "y": place, "yanchor": "middle"}
    text = f"<b>{plain(claim.replace('-', ' '))}</b>"
    return {"text": text, "showarrow": False, "font": {"color": role("quiet"), "size": 12}, **where}


def _row(finding: Finding, final: Mapping[str, Any]) -> tuple[Any, ...]:
    start, end = finding["sides"]
    return (
        finding["claim"],
        finding["start"]["label"],
        finding["end"]["label"],
        finding["form"],
        number(start["bound"]["value"]),
        number(end["bound"]["value"]),
        min(start["bound"]["n"], end["bound"]["n"]),
        *(number(finding["bound"][part]) for part in ("value", "low", "high")),
        *(number(final[part]) for part in ("value", "low", "high")),
        number(finding["p_holm"]),
        finding["expected"],
        finding["word"],
    )


def _sentence(shown: Sequence[Finding], stated: int) -> str:
    """Count the directions that agree with their statement, and those that say nothing."""
    if not shown:
        return f"None of {stated} stated directions has been run yet."
    as_stated = sum(finding["word"] in ("as stated", "none seen") for finding in shown)
    reverse = sum(finding["word"] == "the reverse" for finding in shown)
    nothing = sum(finding["word"] in SAYS_NOTHING for finding in shown)
    return (
        f"Of {stated} stated directions {len(shown)} have been run: {as_stated} came out as stated, "
        f"{reverse} the other way, and {nothing} could not show either."
    )
