"""Effects of the properties in every form of caption: share of seeds bound at the budget, and final accuracy.

    found = effects({"density": rows, ...})         # rows of both editions, equal conditions pooled
    found[0].bound.value, found[0].final.value      # differences, each with a 95 % interval
    found[0].state                                  # "measured", "untestable here", "no headroom", "not yet run"

A property is untestable if neither its control nor its end binds in half of the seeds: then the share bound could not
show it, while final accuracy still may. A remedy has no headroom if its host binds in every seed without it, and within
a quarter of the budget where the time is known. A form with the scenes and captions of an earlier one
is left out.

The share bound has Newcombe's interval. Differences of accuracy are paired by seed in the second edition; those of the
first are Welch's, as on its pages.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from explorer.codec import encode
from explorer.evaluation.results import EVERY_FORM, Estimate
from explorer.study.claims import PROPERTIES, Edition, Property, PropertyComparison
from explorer.study.comparison import CONTROL_SHARE, METRIC, SOON, Side, Sweeps, binding_time, paired, side
from explorer.study.intervals import difference, mean_over_seeds, share_difference

State = Literal["measured", "untestable here", "no headroom", "not yet run"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """One property in one form; without frozen runs `edition` is None and there are no sides."""

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
        sides = [_side_record(each, self.form) for each in self.sides]
        return {**about, "form": self.form, "edition": self.edition, "state": self.state, "sides": sides, **rest}


def _side_record(of: Side, form: str) -> dict[str, Any]:
    values = _values(of, form)
    return {
        "ref": asdict(of.ref),
        "num_bound": of.times.num_bound,
        "bound": encode(of.bound),
        "final": encode(mean_over_seeds(values, chance=0.5, items=_items([of], form))),
        "points": sorted(values),
    }


def effects(sweeps: Sweeps) -> list[Effect]:
    """Return an effect per property and form that was asked, or one that was not run."""
    return [effect for each in PROPERTIES.values() for effect in property_effects(each, sweeps)]


def property_effects(of: Property, sweeps: Sweeps) -> list[Effect]:
    """Return the effects of the first comparison that has runs on both sides; its control may be missing."""
    for comparison in of.comparisons:
        found = [_effect(of, comparison, form, sweeps) for form in EVERY_FORM]
        known = [effect for effect in found if all(each.rows for each in effect.sides)]
        if known:
            return _distinct(known)
    empty = dict.fromkeys(("control", "bound", "final"), Estimate.unmeasured())
    return [Effect(of=of, form="canonical", edition=None, sides=(), state="not yet run", **empty)]


def _distinct(found: Sequence[Effect]) -> list[Effect]:
    """Leave out a form in which every run has the scores of an earlier form: its scenes and captions are the same."""
    scores = [[sorted(_values(each, effect.form)) for each in effect.sides] for effect in found]
    return [effect for place, effect in enumerate(found) if scores[place] not in scores[:place]]


def _effect(of: Property, comparison: PropertyComparison, form: str, sweeps: Sweeps) -> Effect:
    start, end, control = (side(ref, form, sweeps) for ref in (comparison.start, comparison.end, comparison.control))
    return Effect(
        of=of,
        form=form,
        edition=comparison.edition,
        sides=(start, end),
        control=control.bound,
        bound=share_difference(start.times, end.times),
        final=_change(comparison.edition, start, end, form),
        state=_state(of, control, start, end, form),
    )


def _state(of: Property, control: Side, start: Side, end: Side, form: str) -> State:
    is_late = any((time := binding_time(row, form)) is not None and time > SOON for row in start.rows)
    if of.is_remedy and start.bound.value == 1 and not is_late:
        return "no headroom"
    shares = (control.bound.value, end.bound.value)
    return "measured" if any(share is not None and share >= CONTROL_SHARE for share in shares) else "untestable here"


def _values(of: Side, form: str) -> list[float]:
    return [float(row[f"{form}.{METRIC}.value"]) for row in of.rows]


def _items(sides: Sequence[Side], form: str) -> int | None:
    """Return the fewest scenes behind one of the shares."""
    return min((int(row[f"{form}.{METRIC}.n"]) for each in sides for row in each.rows), default=None)


def _change(edition: Edition, start: Side, end: Side, form: str) -> Estimate:
    """Return the difference of final accuracy with the interval of the edition."""
    if edition == "second":
        return paired(start, end, f"{form}.{METRIC}")
    return difference(_values(start, form), _values(end, form), items=_items([start, end], form))
