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
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from explorer.evaluation.results import BINDING_LEVEL, EVERY_FORM, Estimate
from explorer.study.claim_findings import SOON, binding_time
from explorer.study.claims import PROPERTIES, ConditionRef, Edition, Property, PropertyComparison
from explorer.study.intervals import Times, difference, mean_over_seeds, share_bound, share_difference
from explorer.study.rows import Row, estimate_of

TIMED = ("canonical", "own")
METRIC = "binding_accuracy"
CONTROL_SHARE = 0.5
"""Share of its seeds in which a control has to bind."""
State = Literal["measured", "untestable here", "no headroom", "not yet run"]
Sweeps = Mapping[str, Sequence[Row]]


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
        rest = {name: getattr(self, name).to_json() for name in ("control", "bound", "final")}
        sides = [asdict(side) | {"bound": side.bound.to_json(), "final": side.final.to_json()} for side in self.sides]
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
