"""Forest plot of the study: effect of every property, in every form of caption, on seeds bound and on final accuracy.

    forest(tuple(map(Effect.from_json, load_claims()["effects"])))      # effects of `explorer.study.property_effects`

A heading per property, below it a line per form. Left: difference in the share of seeds that bind within the budget;
right: difference in final accuracy; both with 95 % intervals. Right of the dashed line more is bound. A mark of the
left panel is hollow if that share could not show an effect. The "text" of a clicked point is the name of its property.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from explorer.codec import decode
from explorer.evaluation.results import Estimate
from explorer.figures.style import Cell, Drawing, Part, axis, interval_bars, layout, number, numbers, plain, role

ROW, FRAME = 17, 96  # px
HEAD = 2.4
"""Rows above the first heading, in which the axes stand a second time."""
HEADING = 1.1
"""Height of a line of a heading in rows."""
LETTERS = 40
"""Most letters of a line of a heading, which a phone has room for."""
FORM_STYLES: dict[str, tuple[str, str, str]] = {
    "canonical": ("two objects, a color each", "circle", "run-0"),
    "own": ("as in its training", "square", "run-2"),
    "complete": ("every object named", "diamond", "run-1"),
    "bundle": ("every object, all values", "triangle-up", "run-3"),
}
"""Words, symbol and color of a form of caption."""
COLUMNS = (
    "property", "captions asked", "edition", "state", "seeds", "bound without", "bound with", "change", "low", "high",
    "accuracy without", "accuracy with", "change", "low", "high",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """Condition without or with a property: its seeds that are bound, their share, and the mean final accuracy."""

    num_bound: int
    bound: Estimate
    final: Estimate

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Side":
        """Parse a side of `claims.json`; further keys are ignored."""
        bound, final = (decode(Estimate, record[name]) for name in ("bound", "final"))
        return cls(num_bound=record["num_bound"], bound=bound, final=final)


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """Effect of a property in a form of caption: differences in the share of seeds bound and in final accuracy.

    `edition` is None and `sides` is empty if it has not been run.
    """

    name: str
    words: str
    form: str
    edition: str | None
    state: str
    sides: tuple[Side, ...]
    bound: Estimate
    final: Estimate

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Effect":
        """Parse an effect of `claims.json`; further keys are ignored."""
        return cls(
            **{name: record[name] for name in ("name", "words", "form", "edition", "state")},
            sides=tuple(map(Side.from_json, record["sides"])),
            bound=decode(Estimate, record["bound"]),
            final=decode(Estimate, record["final"]),
        )

    @property
    def differences(self) -> dict[str, Estimate]:
        """Both differences by the name of their panel."""
        return {"bound": self.bound, "final": self.final}

    @property
    def is_measured(self) -> bool:
        """Return True if the share of seeds bound could show an effect."""
        return self.state == "measured"


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """One of the two panels: its axis with the reach to both sides and the ticks, in shares."""

    x: str
    title: str
    reach: float
    ticks: tuple[float, ...]

    @property
    def words(self) -> list[str]:
        """Return the words of the ticks, in points."""
        return [f"{100 * tick:+.0f}" if tick else "0" for tick in self.ticks]

    def axis(self) -> Part:
        """Return the axis below the lines; its grid is drawn by `lines`."""
        ends = [-self.reach, self.reach]
        ticks = {"tickvals": list(self.ticks), "ticktext": self.words}
        return axis(self.title, range=ends, fixedrange=True, showgrid=False, **ticks)

    def head(self) -> list[Part]:
        """Return the title and the numbers of the axis above the lines: the figure is taller than a window."""
        places = [
            (self.title, 0.0, -1.7),
            *((word, tick, -0.6) for word, tick in zip(self.words, self.ticks, strict=True)),
        ]
        return [
            {
                "text": text, "showarrow": False, "xref": self.x, "x": x, "yref": "y", "y": y,
                "font": {"color": role("quiet"), "size": 12},
            }
            for text, x, y in places
        ]  # fmt: skip

    def lines(self, blocks: Sequence[tuple[float, float]]) -> list[Part]:
        """Return grid and dashed zero; the headings interrupt them, as both would run through the words."""
        grid = {"color": role("grid"), "width": 1, "dash": "solid"}
        zero = {"color": role("quiet"), "width": 1.5, "dash": "dash"}
        styles = [([tick for tick in self.ticks if tick], grid), ([0.0], zero)]
        return [
            {
                "type": "path", "layer": "below", "xref": self.x, "yref": "y", "line": line,
                "path": "".join(f"M{tick},{start:.2f}L{tick},{stop:.2f}" for tick in ticks for start, stop in blocks),
            }
            for ticks, line in styles
            if blocks
        ]  # fmt: skip


PANELS = (
    Panel(x="x", title="seeds bound, points", reach=1.08, ticks=(-1.0, 0.0, 1.0)),
    Panel(x="x2", title="final accuracy, points", reach=0.65, ticks=(-0.5, 0.0, 0.5)),
)
NOT_RUN = Side(num_bound=0, bound=Estimate.unmeasured(), final=Estimate.unmeasured())


def forest(effects: Sequence[Effect]) -> Drawing:
    """Draw the effects in the given order."""
    places, headings, end = _places(effects)
    blocks = [(min(of) - 0.5, max(of) + 0.5) for of in _lines_of(effects, places)]
    traces = [
        _trace(form, name, effects, places)
        for name in ("bound", "final")
        for form in FORM_STYLES
        if any(effect.form == form and effect.edition for effect in effects)
    ]
    return Drawing(
        figure={"data": traces, "layout": _layout(headings, blocks, end)},
        sentence=_sentence(effects),
        columns=COLUMNS,
        rows=tuple(_row(effect) for effect in effects),
    )


def _places(effects: Sequence[Effect]) -> tuple[list[float], list[tuple[str, float]], float]:
    """Return the line of each effect, the headings with theirs, and the end of the last line."""
    places, headings, at, before = [], [], 0.0, ""
    for effect in effects:
        if effect.name != before:
            before, of = effect.name, [each for each in effects if each.name == effect.name]
            lines = _heading(of)
            headings.append(("<br>".join(lines), at + HEADING * len(lines) / 2))
            at += HEADING * len(lines)
        if effect.edition is not None:
            places.append(at + 0.5)
            at += 1
        else:
            places.append(at)
    return places, headings, at


def _lines_of(effects: Sequence[Effect], places: Sequence[float]) -> list[list[float]]:
    """Return the lines of each property that has some."""
    found: dict[str, list[float]] = {}
    for effect, place in zip(effects, places, strict=True):
        if effect.edition is not None:
            found.setdefault(effect.name, []).append(place)
    return list(found.values())


def _heading(effects: Sequence[Effect]) -> list[str]:
    """Return the lines of a heading: the property in bold, then the edition and the state that its lines share."""
    states = {effect.state for effect in effects}
    note = ", ".join([*(["first edition"] if effects[0].edition == "first" else []), *_shared_state(states)])
    lines = [f"<b>{plain(line)}</b>" for line in wrap(effects[0].words, LETTERS)]
    if note and len(lines[-1]) + len(note) < LETTERS:
        return [*lines[:-1], f"{lines[-1]} ({plain(note)})"]
    return [*lines, f"({plain(note)})"] if note else lines


def _shared_state(states: set[str]) -> list[str]:
    return list(states) if len(states) == 1 and states != {"measured"} else []


def _trace(form: str, name: str, effects: Sequence[Effect], places: Sequence[float]) -> Part:
    words, symbol, color = FORM_STYLES[form]
    known = [
        (effect, place)
        for effect, place in zip(effects, places, strict=True)
        if effect.form == form and effect.differences[name].value is not None
    ]
    is_left = name == "bound"
    marks = [f"{symbol}-open" if is_left and not effect.is_measured else symbol for effect, _ in known]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": words,
        "legendgroup": form,
        "showlegend": is_left,
        "xaxis": "x" if is_left else "x2",
        "x": [number(effect.differences[name].value) for effect, _ in known],
        "y": [round(place, 2) for _, place in known],
        "error_x": interval_bars([effect.differences[name] for effect, _ in known], color=role(color)),
        "marker": {"symbol": marks, "size": 8, "color": role(color)},
        "text": [effect.name for effect, _ in known],
        "customdata": [_hover(effect, is_left=is_left) for effect, _ in known],
        "hovertemplate": "%{x:+.0%}: %{customdata}<extra></extra>",
    }


def _hover(effect: Effect, *, is_left: bool) -> str:
    if is_left:
        said = " → ".join(f"{side.num_bound} of {side.bound.n} seeds bound" for side in effect.sides)
    else:
        said = " → ".join(f"{100 * (side.final.value or 0.0):.1f} %" for side in effect.sides)
    state = f", {effect.state}" if is_left and not effect.is_measured else ""
    return plain(f"{said}{state}")


def _layout(headings: Sequence[tuple[str, float]], blocks: Sequence[tuple[float, float]], end: float) -> Part:
    return layout(
        keep="forest",
        xaxis=PANELS[0].axis() | {"domain": [0.0, 0.47]},
        xaxis2=PANELS[1].axis() | {"domain": [0.53, 1.0], "anchor": "y"},
        yaxis=axis("", range=[end + 0.3, -HEAD], visible=False, fixedrange=True),
        shapes=[shape for panel in PANELS for shape in panel.lines(blocks)],
        annotations=[
            *(note for panel in PANELS for note in panel.head()),
            *(
            {
                "text": text, "showarrow": False, "xref": "paper", "x": 0, "xanchor": "left", "y": round(place, 2),
                "yanchor": "middle", "font": {"color": role("text"), "size": 12}, "align": "left",
            }
            for text, place in headings
            ),
        ],
        height=round(FRAME + ROW * (end + HEAD)),
        margin={"l": 14, "r": 14, "t": 46, "b": 46},
    )  # fmt: skip


def _row(effect: Effect) -> tuple[Cell, ...]:
    sides = effect.sides or (NOT_RUN, NOT_RUN)
    return (
        effect.words,
        FORM_STYLES[effect.form][0] if effect.edition else "",
        effect.edition or "",
        effect.state,
        min(side.bound.n for side in sides),
        *(number(side.bound.value) for side in sides),
        *numbers(effect.bound, "value", "low", "high"),
        *(number(side.final.value) for side in sides),
        *numbers(effect.final, "value", "low", "high"),
    )


def _sentence(effects: Sequence[Effect]) -> str:
    """Count the lines whose accuracy surely falls or rises, and those whose seeds bound could not show it."""
    known = [effect for effect in effects if effect.edition is not None]
    if not known:
        return "Nothing of it has been run yet."
    told = [effect.final for effect in known]
    falls = sum(found.high is not None and found.high < 0 for found in told)
    rises = sum(found.low is not None and found.low > 0 for found in told)
    states = Counter(effect.state for effect in known if not effect.is_measured)
    why = f" ({', '.join(f'{count} {state}' for state, count in states.most_common())})" if states else ""
    unrun = sum(effect.edition is None for effect in effects)
    return (
        f"Of {len(known)} lines accuracy surely falls in {falls} and rises in {rises}; in {states.total()} the share "
        f"of seeds bound could not show it, so its mark is hollow{why}. Properties not yet run: {unrun}. Click a mark "
        "for its claim."
    )
