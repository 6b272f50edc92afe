"""Two conditions of the study compared in one form of caption, for claims, effects and robustness.

    findings = read_claims(rows_by_sweep(FROZEN, SECOND_EDITION, "result"))       # a finding per stated direction
    findings[0].spared.value, findings[0].p_holm, findings[0].word
    effects({"density": rows, ...})[0].bound.value            # share of seeds bound, a line per property and form
    words_by_level(sweeps)                                    # the words if a run bound at another level of the rule
    by_ratio(findings)[0].is_decided                          # the other way to decide: lognormal times of one spread

Runs are paired if seed and evaluation scenes agree. A run that failed to train, or diverged, is not a seed of its
condition and is counted. Rows with another number of evaluation scenes are never pooled.

A run is bound by the rule of `binding_step` in a form that was evaluated during its training. In the other forms, and
in the first edition, it is bound if the lower Wilson bound of its final accuracy lies above the rule's level; all that
is known of its time is then that it lies within the budget.

Holm's correction covers all stated directions of a claim: one that has not run or cannot be tested counts as p = 1, so
later runs can only lower what the others have. A property is untestable if neither its control nor its end binds in
half of the seeds: then the share bound could not show it, while final accuracy still may. A remedy has no headroom if
its host binds in every seed without it, and within a quarter of the budget where the time is known. A form with the
scenes and captions of an earlier one is left out. Differences of accuracy are paired by seed in the second edition;
those of the first are Welch's, as on its pages.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any, Literal, get_args

import numpy as np

from explorer.codec import encode
from explorer.errors import UserError
from explorer.evaluation.results import BINDING_LEVEL, EVERY_FORM, Estimate, binding_step
from explorer.stats import holm
from explorer.study.claims import (
    CLAIMS,
    PROPERTIES,
    Claim,
    ConditionRef,
    Direction,
    Edition,
    Form,
    Property,
    PropertyComparison,
)
from explorer.study.intervals import (
    Times,
    curve,
    difference,
    log_rank,
    mean_over_seeds,
    share_bound,
    share_difference,
    spared_time,
)
from explorer.study.rows import TIMED, Row, condition_key, estimate_of
from explorer.study.time_model import Likelihood, Span, grouped

METRIC = "binding_accuracy"
SOON = 0.25
"""Share of the budget: if every seed is bound by then, nothing can come sooner."""
CONTROL_SHARE = 0.5
"""Share of its seeds in which a control has to bind."""
Run = tuple[int, int, int]
"""Seed of the training, seed and number of the evaluation scenes: the key by which runs are paired."""
Sweeps = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One condition in one form: its data points that were asked in it, and when each was bound."""

    ref: ConditionRef
    rows: Sequence[Row]
    times: Times
    num_failed: int

    @property
    def bound(self) -> Estimate:
        return share_bound(self.times)

    def final(self, name: str) -> dict[Run, float]:
        """Return the final value of a metric, such as "own.binding_accuracy", for each run that has one."""
        found = ((run_of(row), estimate_of(row, name)) for row in self.rows)
        return {run: each.value for run, each in found if each is not None and each.value is not None}


def side(ref: ConditionRef, form: str, sweeps: Sweeps) -> Side:
    """Return a condition in a form; without runs if it has none."""
    rows = [row for row in sweeps.get(ref.sweep, ()) if row["condition"] == ref.label and row["stage"] == "result"]
    points = [row for row in rows if row["is_point"]]
    asked = [row for row in points if estimate_of(row, f"{form}.{METRIC}") is not None]
    times = Times(by_seed={run_of(row): bound_time(row, form) for row in asked})
    return Side(ref=ref, rows=asked, times=times, num_failed=len(rows) - len(points))


def run_of(row: Row) -> Run:
    return int(row["seed"]), int(row.get("evaluation.seed") or 0), int(row.get("evaluation.count") or 0)


def binding_time(row: Row, form: str) -> float | None:
    """Return the time at which the run was bound, as a share of its steps, which equals that of its pairs."""
    step = row.get(f"bound.{form}.step")
    return None if step is None else float(step) / float(row["steps"])


def bound_time(row: Row, form: str) -> float | None:
    """Return the time at which the run was bound, the whole budget if only that is known; None if it was not."""
    if form in TIMED and f"bound.{form}.step" in row:
        return binding_time(row, form)
    low = row[f"{form}.{METRIC}.low"]
    return 1.0 if low is not None and float(low) > BINDING_LEVEL else None


def paired(start: Side, end: Side, name: str) -> Estimate:
    """Return the mean difference of a metric over the runs of both, with a paired t interval."""
    one, other = start.final(name), end.final(name)
    gaps = [other[run] - one[run] for run in sorted(one.keys() & other.keys())]
    return mean_over_seeds(gaps, chance=0.0, is_share=False)


# ---- Claims

Word = Literal["as stated", "the reverse", "sooner", "later", "higher", "lower", "none seen", "neither binds",
               "not decided", "untestable here", "no headroom", "control not run", "not run"]  # fmt: skip
SIGNIFICANCE = 0.05
"""Holm p below which a direction is decided."""
SAME = 0.1
"""Share of the budget, or accuracy: where a change is surely smaller, none is seen."""
FINAL = tuple(
    f"{form}.{metric}"
    for form in ("canonical", "own", "complete", "bundle")
    for metric in ("binding_accuracy", "parts_accuracy", "single_object_accuracy")
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Result of the runs for one direction; `p` is None if it was not tested."""

    claim: str
    direction: Direction
    start: Side
    end: Side
    control: Estimate
    bound: Estimate
    spared: Estimate
    spared_by_form: Mapping[str, Estimate]
    final: Mapping[str, Estimate]
    p: float | None
    p_holm: float | None
    word: Word


def read_claims(sweeps: Sweeps) -> list[Finding]:
    return [finding for claim in CLAIMS.values() for finding in read_claim(claim, sweeps)]


def read_claim(claim: Claim, sweeps: Sweeps) -> list[Finding]:
    """Return the findings of one claim, corrected for the number of its stated directions."""
    found = [_read(claim, direction, sweeps) for direction in claim.directions]
    adjusted = holm([1.0 if finding.p is None else finding.p for finding in found])
    corrected = [
        replace(finding, p_holm=None if finding.p is None else p) for finding, p in zip(found, adjusted, strict=True)
    ]
    return [replace(finding, word=_word(finding)) for finding in corrected]


def _read(claim: Claim, direction: Direction, sweeps: Sweeps) -> Finding:
    ends, control = (direction.start, direction.end), side(direction.control, direction.form, sweeps)
    start, end = (_of_one_count(side(ref, direction.form, sweeps)) for ref in ends)
    blocked = _blocked(direction, start, end, control.bound)
    spared = {form: spared_time(*(side(ref, form, sweeps).times for ref in ends)) for form in get_args(Form)}
    return Finding(
        claim=claim.name,
        direction=direction,
        start=start,
        end=end,
        control=control.bound,
        bound=share_difference(start.times, end.times),
        spared=spared[direction.form],
        spared_by_form=spared,
        final={name: paired(start, end, name) for name in FINAL},
        p=None if blocked else _p_value(direction, start, end),
        p_holm=None,
        word=blocked or "not decided",
    )


def _of_one_count(found: Side) -> Side:
    """Return the side; raise `UserError` if its runs were scored on different numbers of scenes."""
    counts = sorted({count for _, _, count in found.times.by_seed})
    if len(counts) > 1:
        raise UserError("sweep", found.ref.sweep, f"{found.ref.label} was scored on {counts} scenes; keep rows of one")
    return found


def _p_value(direction: Direction, start: Side, end: Side) -> float | None:
    if direction.metric is None:
        return log_rank(start.times, end.times)
    from scipy.stats import ttest_rel

    one, other = start.final(direction.metric), end.final(direction.metric)
    runs = sorted(one.keys() & other.keys())
    if len(runs) < 2:
        return None
    p = float(ttest_rel([other[run] for run in runs], [one[run] for run in runs]).pvalue)
    return p if p == p else None


def _blocked(direction: Direction, start: Side, end: Side, control: Estimate) -> Word | None:
    if not start.times.num_seeds or not end.times.num_seeds:
        return "not run"
    if control.value is None:
        return "control not run"
    if control.value < CONTROL_SHARE:
        return "untestable here"
    times = start.times.by_seed.values()
    is_soon = all(time is not None and time <= SOON for time in times)
    return "no headroom" if direction.expected == "sooner" and is_soon else None


def _word(finding: Finding) -> Word:
    if finding.word != "not decided":
        return finding.word
    direction = finding.direction
    change = finding.spared if direction.metric is None else finding.final[direction.metric]
    if direction.metric is None and not finding.start.times.num_bound + finding.end.times.num_bound:
        return "neither binds"  # two times that are both censored are equal, whatever they would have been
    if change.value is None or change.low is None or change.high is None:
        return "not decided"
    if finding.p_holm is None or finding.p_holm >= SIGNIFICANCE:
        return "none seen" if direction.expected == "no difference" and _is_same(finding, change) else "not decided"
    names: tuple[Word, Word] = ("sooner", "later") if direction.metric is None else ("higher", "lower")
    measured = names[0] if change.value > 0 else names[1]
    if direction.expected in ("ours", "no difference"):
        return measured
    return "as stated" if measured == direction.expected else "the reverse"


def _is_same(finding: Finding, change: Estimate) -> bool:
    """Return True if neither the time nor the final accuracy of the form surely changes by `SAME`.

    Few seeds cannot exclude that some of many would differ, as the interval of the shares says.
    """
    final = finding.final[f"{finding.direction.form}.binding_accuracy"]
    known = [each for each in (change, final) if each.low is not None and each.high is not None]
    return all((each.low or 0.0) > -SAME and (each.high or 0.0) < SAME for each in known)


def as_record(finding: Finding) -> dict[str, Any]:
    """Convert the finding to plain JSON, every seed with its time and its final accuracies."""
    direction = finding.direction
    return {
        "claim": finding.claim,
        **asdict(direction),
        "sides": [_side_record(each) for each in (finding.start, finding.end)],
        "control_bound": encode(finding.control),
        "bound": encode(finding.bound),
        "spared": encode(finding.spared),
        "spared_by_form": encode(finding.spared_by_form),
        "change": {name: encode(change) for name, change in finding.final.items() if change.value is not None},
        "p": finding.p,
        "p_holm": finding.p_holm,
        "word": finding.word,
        "sentence": sentence(finding),
    }


def _side_record(found: Side) -> dict[str, Any]:
    final = {name: found.final(name) for name in FINAL}
    runs = [
        {"seed": run[0], "time": time, "final": {name: of[run] for name, of in final.items() if run in of}}
        for run, time in found.times.by_seed.items()
    ]
    return {
        **asdict(found.ref),
        "runs": runs,
        "bound": encode(found.bound),
        "curve": [asdict(point) for point in curve(found.times)],
        "failed": found.num_failed,
    }


def sentence(finding: Finding) -> str:
    """Return the finding in words: both shares, the change with its interval, the correction, and the word last."""
    direction, start, end = finding.direction, finding.start, finding.end
    head = f"{direction.start.label} -> {direction.end.label} ({direction.form})"
    if finding.word == "not run":
        return f"{head}: not run yet."
    sides = "; ".join(f"{each.times.num_bound} of {each.times.num_seeds} seeds bound" for each in (start, end))
    if direction.metric is None:
        change = f"{_points(finding.bound)} of seeds bound, {_points(finding.spared)} of the budget spared"
    else:
        change = f"{direction.metric} changes by {_points(finding.final[direction.metric])}"
    p = "" if finding.p_holm is None else f", Holm p {finding.p_holm:.3g}"
    said = f"Said: {direction.expected}. Found: {finding.word}."
    return f"{head}: {sides}; {change}{p}; final canonical {_medians(finding)}. {said}"


def _points(estimate: Estimate) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "an unknown share"
    return f"{100 * estimate.value:+.0f} points ({100 * estimate.low:+.0f} to {100 * estimate.high:+.0f})"


def _medians(finding: Finding) -> str:
    sides = [list(each.final("canonical.binding_accuracy").values()) for each in (finding.start, finding.end)]
    return " -> ".join(f"{median(values):.2f}" if values else "-" for values in sides)


# ---- Effects of properties

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
        about = {name: getattr(self.of, name) for name in ("name", "words", "page", "claim", "is_remedy")}
        rest = {name: encode(getattr(self, name)) for name in ("control", "bound", "final")}
        sides = [_effect_side(each, self.form) for each in self.sides]
        return {**about, "form": self.form, "edition": self.edition, "state": self.state, "sides": sides, **rest}


def _effect_side(of: Side, form: str) -> dict[str, Any]:
    values = _values(of, form)
    return {
        "ref": asdict(of.ref),
        "num_bound": of.times.num_bound,
        "bound": encode(of.bound),
        "final": encode(mean_over_seeds(values, chance=0.5, items=_items([of], form))),
        "points": sorted(values),
    }


def effects(sweeps: Sweeps) -> list[Effect]:
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
    return list(of.final(f"{form}.{METRIC}").values())


def _items(sides: Sequence[Side], form: str) -> int | None:
    return min((int(row[f"{form}.{METRIC}.n"]) for each in sides for row in each.rows), default=None)


def _change(edition: Edition, start: Side, end: Side, form: str) -> Estimate:
    if edition == "second":
        return paired(start, end, f"{form}.{METRIC}")
    return difference(_values(start, form), _values(end, form), items=_items([start, end], form))


# ---- Robustness

LEVELS = (0.6, 0.7, 0.8, 0.9)
"""Levels next to the rule's own."""


def words_by_level(sweeps: Sweeps, levels: Sequence[float] = LEVELS) -> list[list[str]]:
    return [[finding.word for finding in read_claims(at_level(sweeps, level))] for level in levels]


def words_by_accuracy(sweeps: Sweeps) -> list[str]:
    """Return the words of all directions if the accuracy has to lie above the level, and not its lower bound."""
    return [finding.word for finding in read_claims(at_level(sweeps, BINDING_LEVEL, of=""))]


def at_level(sweeps: Sweeps, level: float, of: str = ".low") -> dict[str, list[Row]]:
    """Return the rows with the times at which the runs would be bound at another level.

    `of` ends the name of the columns of `curve` that have to exceed it: ".low" for the bound, "" for the accuracy.
    """
    return {name: [_moved(row, level, of) for row in rows] for name, rows in sweeps.items()}


def _moved(row: Row, level: float, of: str) -> Row:
    curve = json.loads(row["curve"])
    steps = {
        f"bound.{form}.step": binding_step(
            [(each["step"], each[form + of]) for each in curve if each.get(form + of) is not None],
            has_ended=row["status"] == "finished",
            level=level,
        )
        for form in TIMED
    }
    return row | steps


def seen_before(sweeps: Sweeps, first_edition: Sweeps) -> dict[str, Any]:
    """Count the runs that repeat one of the first edition, and per condition their seeds.

    Returns:
        `runs`: their number; `of`: the number of all result runs; `seeds`: {sweep: {condition: [seed, ...]}}.
    """
    known = {_identity(row) for rows in first_edition.values() for row in _results(rows)}
    again = {name: [row for row in _results(rows) if _identity(row) in known] for name, rows in sweeps.items()}
    runs = {_identity(row) for rows in sweeps.values() for row in _results(rows)}
    seeds = {
        name: {label: [int(row["seed"]) for row in of] for label, of in grouped(rows, _condition).items()}
        for name, rows in again.items()
        if rows
    }
    return {"runs": len(runs & known), "of": len(runs), "seeds": seeds}


def _condition(row: Row) -> str:
    return str(row["condition"])


def share_seen(seen: Mapping[str, Any], places: Iterable[Mapping[str, str]], num_seeds: int) -> float:
    """Return the share of the runs of a direction that repeat one of the first edition."""
    count = sum(len(seen["seeds"].get(each["sweep"], {}).get(each["label"], ())) for each in places)
    return count / num_seeds if num_seeds else 0.0


def _identity(row: Row) -> tuple[str, int]:
    return condition_key(row)[0], int(row["seed"])


def _results(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["stage"] == "result" and row["is_point"]]


def searches(rows: Iterable[Row]) -> list[dict[str, Any]]:
    columns = {"condition": "condition", "factor": "factor", "loss": "loss", "canonical": f"canonical.{METRIC}.value"}
    return [{name: row[column] for name, column in columns.items()} for row in rows if row["loss"] is not None]


# ---- Time ratios


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratio:
    """Time after a step over the time before; `span` is None unless both sides have a bound seed."""

    span: Span | None
    p: float | None
    p_holm: float | None = None

    @property
    def is_decided(self) -> bool:
        return self.p_holm is not None and self.p_holm < SIGNIFICANCE


def pooled_sigma(conditions: Iterable[Times]) -> float:
    """Return the spread of log time among the seeds of a condition, over all with a bound seed and more than one seed.

    Unbound seeds are censored. The maximum of the likelihood is widened for the mean that each condition takes.
    """
    known = [times for times in conditions if times.num_bound and times.num_seeds > 1]
    times = [time for each in known for time in each.by_seed.values()]
    places = np.repeat(np.arange(len(known)), [each.num_seeds for each in known])
    best = _likelihood(times, np.eye(len(known))[places]).best()
    return math.exp(float(best[-1])) * math.sqrt(len(times) / (len(times) - len(known)))


def _likelihood(times: Sequence[float | None], design: np.ndarray) -> Likelihood:
    return Likelihood(
        design=design,
        log_times=np.log([1.0 if time is None else time for time in times]),
        is_bound=np.array([time is not None for time in times]),
    )


def time_ratio(start: Times, end: Times, sigma: float) -> Ratio:
    """Return the ratio of two lognormal times of known spread; its p value is that of the likelihood ratio.

    Raises:
        ValueError: A side has no seeds.
    """
    from scipy.stats import chi2

    if not start.num_seeds or not end.num_seeds:
        raise ValueError("Both sides need a seed.")
    if not start.num_bound + end.num_bound:
        return Ratio(span=None, p=None)
    both = Times(by_seed=dict(enumerate([*start.by_seed.values(), *end.by_seed.values()])))
    (one, at), (other, there), (common, _) = (_best(times, sigma) for times in (start, end, both))
    p = float(chi2.sf(max(0.0, 2 * (one + other - common)), 1))
    if at is None or there is None:
        return Ratio(span=None, p=p)
    return Ratio(span=Span.of_log(there[0] - at[0], math.hypot(at[1], there[1])), p=p)


def _best(times: Times, sigma: float) -> tuple[float, tuple[float, float] | None]:
    """Return the greatest log likelihood, and mean log time with its error; None if no seed is bound.

    Without a bound seed the later the mean the likelier, up to a likelihood of 1.
    """
    if not times.num_bound:
        return 0.0, None
    likelihood = _likelihood(list(times.by_seed.values()), np.ones((times.num_seeds, 1)))
    best = likelihood.best(np.array([0.0, math.log(sigma)]), held=1)
    return -likelihood.value(best), (float(best[0]), 1 / math.sqrt(float(likelihood.hessian(best)[0, 0])))


def by_ratio(findings: Sequence[Finding]) -> list[Ratio | None]:
    """Return the ratio of every direction on time that was tested, corrected like the exact tests; else None."""
    sides = {(each.direction.form, side.ref): side.times for each in findings for side in (each.start, each.end)}
    sigma = {
        form: pooled_sigma(times for (of, _), times in sides.items() if of == form)
        for form in {each.direction.form for each in findings if each.p is not None}
    }
    found = [
        time_ratio(each.start.times, each.end.times, sigma[each.direction.form])
        if each.p is not None and each.direction.metric is None
        else None
        for each in findings
    ]
    places = grouped(range(len(findings)), lambda place: findings[place].claim).values()
    tested = [[1.0 if (ratio := found[place]) is None or ratio.p is None else ratio.p for place in of] for of in places]
    for of, values in zip(places, tested, strict=True):
        for place, p_holm in zip(of, holm(values), strict=True):
            if (ratio := found[place]) is not None and ratio.p is not None:
                found[place] = replace(ratio, p_holm=p_holm)
    return found
