"""Effects of the properties in every form of caption: share of seeds bound at the budget, and final accuracy.

    found = effects({"density": rows, ...})         # rows of both editions, equal conditions pooled
    found[0].bound.value, found[0].final.value      # differences, each with a 95 % interval
    found[0].state                                  # "measured", "untestable here", "no headroom", "not yet run"

A property is untestable if neither its control nor its end binds in half of the seeds: then the share bound could not
show it, while final accuracy still may. A remedy has no headroom if its host binds in every seed without it, and within
a quarter of the budget where the time is known. A form with the scenes and captions of an earlier one
is left out.

A run is bound by the rule of `binding_step` in a form that was evaluated during its training. In the other forms, and
in the first edition, it is bound if the lower Wilson bound of its final accuracy lies above the rule's level. The share
has Newcombe's interval. Differences of accuracy are paired by seed in the second edition; those of the first are
Welch's, as on its pages.

    forest_picture(document["effects"])               # SVG: a line per property and form, two panels of differences
    seeds_picture("Pilot", conditions)                # SVG: a line per condition, time to binding and final accuracy

Colors work on white and on dark pages. A hollow mark says that the share bound could not show it, or that a seed was
not bound.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Literal

from explorer.codec import encode
from explorer.evaluation.results import BINDING_LEVEL, EVERY_FORM, Estimate, hundredths
from explorer.study.claim_findings import SOON, binding_time
from explorer.study.claims import ConditionRef
from explorer.study.intervals import Times, difference, mean_over_seeds, share_bound, share_difference
from explorer.study.properties import FORM_WORDS, PROPERTIES, Edition, Property, PropertyComparison
from explorer.study.rows import Row, estimate_of
from explorer.study.svg import GRID, INK, MEAN, PAPER, QUIET, line, text

TIMED = ("canonical", "own")
METRIC = "binding_accuracy"
CONTROL_SHARE = 0.5
"""Share of its seeds in which a control has to bind."""
State = Literal["measured", "untestable here", "no headroom", "not yet run"]
Sweeps = Mapping[str, Sequence[Row]]
LABELS, PANEL, GAP, ROW, HEAD, FOOT = 440, 190, 54, 18, 36, 46
SIDE_TEXT = 140
OTHER = "#0f766e"
BOUND, FINAL = (-1.0, 1.0), (-0.6, 0.6)
"""Ends of the axes of the differences."""
Found = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One condition in one form: seeds that are bound, their share, and the mean final accuracy."""

    ref: ConditionRef
    num_bound: int
    bound: Estimate
    final: Estimate
    points: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """One property in one form; without frozen runs `edition` is None and the sides are empty."""

    of: Property
    form: str
    edition: Edition | None
    sides: tuple[Side, ...]
    control: Estimate
    bound: Estimate
    final: Estimate
    state: State

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON; the property by its name, words, page and claim."""
        about = {name: getattr(self.of, name) for name in ("name", "words", "page", "claim", "is_remedy")}
        rest = {name: encode(getattr(self, name)) for name in ("control", "bound", "final")}
        sides = [asdict(side) | {"bound": encode(side.bound), "final": encode(side.final)} for side in self.sides]
        return {**about, "form": self.form, "edition": self.edition, "state": self.state, "sides": sides, **rest}


def effects(sweeps: Sweeps) -> list[Effect]:
    """Return an effect per property and form that was asked, or one that was not run."""
    return [effect for each in PROPERTIES.values() for effect in property_effects(each, sweeps)]


def property_effects(of: Property, sweeps: Sweeps) -> list[Effect]:
    """Return the effects of the first comparison that has runs on both sides; its control may be missing."""
    for comparison in of.comparisons:
        found = [_effect(of, comparison, form, sweeps) for form in EVERY_FORM]
        known = [effect for effect in found if all(side.bound.n for side in effect.sides)]
        if known:
            return _distinct(known)
    empty = dict.fromkeys(("control", "bound", "final"), Estimate.unmeasured())
    return [Effect(of=of, form="canonical", edition=None, sides=(), state="not yet run", **empty)]


def _distinct(found: Sequence[Effect]) -> list[Effect]:
    """Leave out a form in which every run has the scores of an earlier form: its scenes and captions are the same."""
    scores = [[side.points for side in effect.sides] for effect in found]
    return [effect for place, effect in enumerate(found) if scores[place] not in scores[:place]]


def _effect(of: Property, comparison: PropertyComparison, form: str, sweeps: Sweeps) -> Effect:
    rows = [_points(ref, form, sweeps) for ref in (comparison.start, comparison.end)]
    times = [_times(found, form) for found in rows]
    start, end = (
        _side(ref, found, when, form)
        for ref, found, when in zip((comparison.start, comparison.end), rows, times, strict=True)
    )
    control = share_bound(_times(_points(comparison.control, form, sweeps), form))
    return Effect(
        of=of,
        form=form,
        edition=comparison.edition,
        sides=(start, end),
        control=control,
        bound=share_difference(times[0], times[1]),
        final=_change(comparison.edition, rows[0], rows[1], form),
        state=_state(of, control, start, end, is_late=any(_is_late(row, form) for row in rows[0])),
    )


def _is_late(row: Row, form: str) -> bool:
    """Return True if the run is known to bind after the first quarter of its budget."""
    time = binding_time(row, form)
    return time is not None and time > SOON


def _state(of: Property, control: Estimate, start: Side, end: Side, *, is_late: bool) -> State:
    if of.is_remedy and start.bound.value == 1 and not is_late:
        return "no headroom"
    shares = (control.value, end.bound.value)
    return "measured" if any(share is not None and share >= CONTROL_SHARE for share in shares) else "untestable here"


def _points(ref: ConditionRef, form: str, sweeps: Sweeps) -> list[Row]:
    rows = (row for row in sweeps.get(ref.sweep, ()) if row["condition"] == ref.label)
    return [row for row in rows if _is_asked(row, form)]


def _is_asked(row: Row, form: str) -> bool:
    return row["stage"] == "result" and bool(row["is_point"]) and estimate_of(row, f"{form}.{METRIC}") is not None


def _times(rows: Sequence[Row], form: str) -> Times:
    """Return if each seed is bound, as a time of 1 or None: only the share is read."""
    return Times(by_seed={int(row["seed"]): 1.0 if is_bound(row, form) else None for row in rows})


def is_bound(row: Row, form: str) -> bool:
    """Return True if the run is bound in that form at its budget; see the module."""
    step = f"bound.{form}.step"
    if form in TIMED and step in row:
        return row[step] is not None
    low = row[f"{form}.{METRIC}.low"]
    return low is not None and float(low) > BINDING_LEVEL


def _side(ref: ConditionRef, rows: Sequence[Row], times: Times, form: str) -> Side:
    values = [float(row[f"{form}.{METRIC}.value"]) for row in rows]
    final = mean_over_seeds(values, chance=0.5, items=_items(rows, form))
    return Side(ref=ref, num_bound=times.num_bound, bound=share_bound(times), final=final, points=tuple(sorted(values)))


def _items(rows: Sequence[Row], form: str) -> int | None:
    """Return the fewest scenes behind one of the shares."""
    return min((int(row[f"{form}.{METRIC}.n"]) for row in rows), default=None)


def _change(edition: Edition, start: Sequence[Row], end: Sequence[Row], form: str) -> Estimate:
    """Return the difference of final accuracy with the interval of the edition."""
    one, other = ({_run(row): float(row[f"{form}.{METRIC}.value"]) for row in rows} for rows in (start, end))
    if edition == "first":
        return difference(list(one.values()), list(other.values()), items=_items([*start, *end], form))
    gaps = [other[run] - one[run] for run in sorted(one.keys() & other.keys())]
    return mean_over_seeds(gaps, chance=0.0, is_share=False)


def _run(row: Row) -> tuple[int, int, int]:
    return int(row["seed"]), int(row.get("evaluation.seed") or 0), int(row.get("evaluation.count") or 0)


def forest_picture(effects: Sequence[Found]) -> str:
    """Draw the effects of all properties in the given order, each property with a heading."""
    lines = list(_lines(effects))
    first, second = LABELS, LABELS + PANEL + GAP
    height, width = HEAD + ROW * len(lines) + FOOT, second + PANEL + GAP + SIDE_TEXT
    parts = [
        *_panel("seeds bound, points", first, BOUND, len(lines)),
        *_panel("final accuracy, points", second, FINAL, len(lines)),
        text(second + PANEL + 14, 18, "seeds bound; accuracy, %", weight="600"),
    ]
    for number, (heading, effect) in enumerate(lines):
        y = HEAD + ROW * number + ROW / 2
        if effect is None:
            parts.append(text(4, y + 4, str(heading), weight="600"))
            continue
        parts.append(text(18, y + 4, _form(effect), color=QUIET))
        hollow = effect["state"] != "measured"
        parts += _difference(effect["bound"], first, y, BOUND, MEAN, hollow=hollow, round_mark=True)
        parts += _difference(effect["final"], second, y, FINAL, OTHER, hollow=False, round_mark=False)
        parts.append(text(second + PANEL + 14, y + 4, _numbers(effect), color=QUIET))
    words = "Right of the dashed line more is bound. Bars: 95 % intervals. Hollow: the share could not show it."
    return _svg("Effect of each property in each form of caption", words, width, height, parts)


def _lines(effects: Sequence[Found]) -> Iterator[tuple[str | None, Found | None]]:
    words = ""
    for effect in effects:
        if effect["words"] != words:
            words = effect["words"]
            yield words + (" (first edition)" if effect["edition"] == "first" else ""), None
        yield None, effect


def _form(effect: Found) -> str:
    if effect["edition"] is None:
        return "not yet run"
    note = "" if effect["state"] == "measured" else f" ({effect['state']})"
    return f"{FORM_WORDS[effect['form']]}{note}"


def _numbers(effect: Found) -> str:
    """Return "5 of 5 to 1 of 5; 99.6 to 71"."""
    if effect["edition"] is None:
        return ""
    bound = " to ".join(f"{side['num_bound']} of {side['bound']['n']}" for side in effect["sides"])
    final = " to ".join(hundredths(side["final"]["value"]) for side in effect["sides"])
    return f"{bound}; {final}"


def _panel(title: str, left: float, ends: tuple[float, float], rows: int) -> list[str]:
    low, high = ends
    parts = [text(left, 18, title, weight="600")]
    for share in (-1.0, -0.5, 0.0, 0.5, 1.0):
        x = left + (share + 1) / 2 * PANEL
        value = round(100 * (low + (share + 1) / 2 * (high - low)))
        is_zero = value == 0
        bottom = HEAD + ROW * rows
        parts.append(line(x, HEAD - 6, x, bottom, QUIET if is_zero else GRID, dash="4 3" if is_zero else ""))
        parts.append(text(x, bottom + 15, f"{value:+d}" if value else "0", color=QUIET, anchor="middle"))
    return parts


def _difference(
    found: Found, left: float, y: float, ends: tuple[float, float], color: str, *, hollow: bool, round_mark: bool
) -> list[str]:
    """Draw a difference on its interval, cut at the ends of the axis."""
    if found["value"] is None:
        return []
    parts = []
    if found["low"] is not None:
        parts.append(line(_x(found["low"], left, ends), y, _x(found["high"], left, ends), y, color, width=2))
    x, look = _x(found["value"], left, ends), f'fill="{PAPER if hollow else color}" stroke="{color}" stroke-width="1.5"'
    if round_mark:
        return [*parts, f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" {look}/>']
    return [*parts, f'<rect x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7" {look}/>']


def _x(value: float, left: float, ends: tuple[float, float]) -> float:
    low, high = ends
    return left + (min(max(value, low), high) - low) / (high - low) * PANEL


def seeds_picture(title: str, conditions: Sequence[Found], form: str) -> str:
    """Draw every seed of the conditions of `claims.json`: when it was bound in `form`, and its final accuracies."""
    first, second = LABELS, LABELS + PANEL + GAP
    height, width = HEAD + 2 * ROW * len(conditions) + FOOT, second + PANEL + GAP
    parts = [
        *_shares(f"bound after, % of pairs ({form})", first, 2 * len(conditions)),
        *_shares("final accuracy", second, 2 * len(conditions), chance=0.5),
    ]
    for number, condition in enumerate(conditions):
        y = HEAD + 2 * ROW * number + ROW
        parts.append(text(4, y + 4, condition["condition"]))
        parts += _time_text(condition, form, first, y)
        parts += _finals(condition, second, y)
    words = "A mark per seed. Hollow at the edge: not bound in the budget. Circle: canonical; square: own captions."
    return _svg(title, words, width, height, parts)


def _shares(title: str, left: float, rows: int, *, chance: float | None = None) -> list[str]:
    bottom = HEAD + ROW * rows
    parts = [text(left, 18, title, weight="600")]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, is_chance = left + tick * PANEL, tick == chance
        parts.append(line(x, HEAD - 6, x, bottom, QUIET if is_chance else GRID, dash="4 3" if is_chance else ""))
        parts.append(text(x, bottom + 15, f"{100 * tick:.0f} %", color=QUIET, anchor="middle"))
    return parts


def _time_text(condition: Found, form: str, left: float, y: float) -> list[str]:
    """Draw a circle at the share of the pairs at which each seed was bound; spread seeds of one time downwards."""
    parts = []
    for place, seed in enumerate(condition["seeds"]):
        pairs = seed["bound"][form]
        x = left + PANEL * (1.0 if pairs is None else pairs / condition["pairs"])
        fill = PAPER if pairs is None else MEAN
        cy = y + (place - (len(condition["seeds"]) - 1) / 2) * 3
        parts.append(f'<circle cx="{x:.1f}" cy="{cy:.1f}" r="3" fill="{fill}" stroke="{MEAN}"/>')
    return parts


def _finals(condition: Found, left: float, y: float) -> list[str]:
    parts = []
    for seed in condition["seeds"]:
        for form, dy, is_round in (("canonical", -4, True), ("own", 4, False)):
            value = seed["final"].get(f"{form}.binding_accuracy")
            if value is None:
                continue
            x = left + PANEL * value
            look = f'fill="none" stroke="{INK if is_round else OTHER}"'
            mark = f'<circle cx="{x:.1f}" cy="{y + dy:.1f}" r="3" {look}/>'
            square = f'<rect x="{x - 2.6:.1f}" y="{y + dy - 2.6:.1f}" width="5.2" height="5.2" {look}/>'
            parts.append(mark if is_round else square)
    return parts


def _svg(title: str, words: str, width: int, height: int, parts: Sequence[str]) -> str:
    body = "\n".join([f'<rect width="{width}" height="{height}" fill="{PAPER}"/>', *parts])
    foot = text(4, height - 8, words, color=QUIET)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" font-family="system-ui, sans-serif" font-size="12">\n'
        f"<title>{escape(title)}</title>\n<desc>{escape(words)}</desc>\n{body}\n{foot}\n</svg>\n"
    )
