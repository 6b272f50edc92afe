"""Results of the comparisons that `claims.toml` declares: a word for each direction, and an effect for each property.

    findings = assess_claims(rows.rows_by_sweep(FROZEN_FOLDER, SECOND_EDITION, "result"))  # one a stated direction
    findings[0].spared.value, findings[0].p_holm, findings[0].word
    all_effects({"density": rows, ...})[0]["bound"]["value"]  # share of seeds bound, a line per property and form
    assess_claims(rows_at_level(sweeps, 0.8))[0].word  # if a run bound at another level of the rule

Runs are paired if seed and evaluation scenes agree. A run that failed to train, or diverged, is not a seed of its
condition and is counted. Rows with another number of evaluation scenes are never pooled.

Holm's correction covers all stated directions of a claim: one that has not run or cannot be tested counts as p = 1, so
later runs can only lower what the others have. `claims` says when a direction cannot be tested, `_state` when effects.
Differences of accuracy are paired by seed in the second edition; those of the first are Welch's, as on its pages.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any, Literal

from explorer.codec import encode
from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.evaluation.results import EVERY_FORM, FOLLOWED_FORMS, Estimate, binding_step, is_above_level
from explorer.stats import adjust_holm
from research.claims import (
    CLAIMS,
    STUDY_PROPERTIES,
    Claim,
    ConditionRef,
    Direction,
    PropertyComparison,
    StudyProperty,
)
from research.rows import Row, condition_key, estimate_of
from research.seed_statistics import (
    SIGNIFICANCE,
    BindingTimes,
    binding_curve,
    log_rank_p,
    mean_difference,
    mean_over_seeds,
    share_bound,
    share_difference,
    spared_time,
)

BINDING_METRIC = "binding_accuracy"
SOON_SHARE = 0.25
"""Share of the budget: if every seed is bound by then, nothing can come sooner."""
CONTROL_SHARE = 0.5
"""Share of its seeds in which a control has to bind."""
RunKey = tuple[int, int, int]
"""Seed of the training, seed and number of the evaluation scenes: the key by which runs are paired."""
RowsBySweep = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, kw_only=True, slots=True)
class TimedCondition:
    """One condition in one form: its data points that were asked in it, and when each was bound."""

    ref: ConditionRef
    rows: Sequence[Row]
    times: BindingTimes
    num_failed: int

    @property
    def bound(self) -> Estimate:
        """The share of seeds that are bound, with Wilson's interval."""
        return share_bound(self.times)

    def final(self, name: str) -> dict[RunKey, float]:
        """Return the final value of a metric, such as "own.binding_accuracy", for each run that has one."""
        return {_run_key(row): value for row in self.rows if (value := row.get(f"{name}.value")) is not None}


def _timed_condition(ref: ConditionRef, form: str, sweeps: RowsBySweep) -> TimedCondition:
    """Return a condition in a form; without runs if it has none."""
    rows = [row for row in sweeps.get(ref.sweep, ()) if row["condition"] == ref.label and row["stage"] == "result"]
    points = [row for row in rows if row["is_point"]]
    scored = [row for row in points if estimate_of(row, f"{form}.{BINDING_METRIC}") is not None]
    times = BindingTimes(by_seed={_run_key(row): _time_bound(row, form) for row in scored})
    return TimedCondition(ref=ref, rows=scored, times=times, num_failed=len(rows) - len(points))


def _run_key(row: Row) -> RunKey:
    return int(row["seed"]), int(row.get("evaluation.seed") or 0), int(row.get("evaluation.count") or 0)


def _time_on_the_way(row: Row, form: str) -> float | None:
    """Return the time at which the run was bound, as a share of its steps, which equals that of its pairs."""
    step = row.get(f"bound.{form}.step")
    return None if step is None else float(step) / float(row["steps"])


def _time_bound(row: Row, form: str) -> float | None:
    """Return the time at which the run was bound, None if it was not.

    In a form that was not evaluated on the way, and in the first edition, its lower bound at the end decides:
    all that is known of the time then is that it lies within the budget.
    """
    if form in FOLLOWED_FORMS and f"bound.{form}.step" in row:
        return _time_on_the_way(row, form)
    low = row[f"{form}.{BINDING_METRIC}.low"]
    return 1.0 if low is not None and is_above_level(float(low)) else None


def _finals(start: TimedCondition, end: TimedCondition, name: str) -> list[tuple[float, float]]:
    """Return the final values of a metric of each run that both sides have, in the order of the runs."""
    one, other = start.final(name), end.final(name)
    return [(one[run], other[run]) for run in sorted(one.keys() & other.keys())]


def _paired_difference(start: TimedCondition, end: TimedCondition, name: str) -> Estimate:
    gaps = [after - before for before, after in _finals(start, end, name)]
    return mean_over_seeds(gaps, chance=0.0, is_share=False)


# ---- Claims

DirectionWord = Literal["as stated", "the reverse", "sooner", "later", "higher", "lower", "none seen", "neither binds",
               "not decided", "untestable here", "no headroom", "control not run", "not run"]  # fmt: skip
NEGLIGIBLE = 0.1
"""Share of the budget, or accuracy: where a change is surely smaller, none is seen."""
FINAL_METRICS = tuple(
    f"{form}.{metric}"
    for form in EVERY_FORM
    for metric in ("binding_accuracy", "parts_accuracy", "single_object_accuracy")
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Result of the runs for one direction; `p` is None if it was not tested, `blocked` says why it could not be."""

    claim: str
    direction: Direction
    start: TimedCondition
    end: TimedCondition
    control: Estimate
    bound: Estimate
    spared_by_form: Mapping[str, Estimate]
    final: Mapping[str, Estimate]
    p: float | None
    p_holm: float | None
    blocked: DirectionWord | None

    @property
    def spared(self) -> Estimate:
        """The share of the budget that binding comes sooner by, in the form of the direction; below 0, later."""
        return self.spared_by_form[self.direction.form]

    @property
    def word(self) -> DirectionWord:
        """The outcome: why it could not be tested, else which way it went, decided by the Holm p value."""
        if self.blocked:
            return self.blocked
        direction = self.direction
        change = self.spared if direction.metric is None else self.final[direction.metric]
        if direction.metric is None and not self.start.times.num_bound + self.end.times.num_bound:
            return "neither binds"  # two times that are both censored are equal, whatever they would have been
        if change.value is None or change.low is None or change.high is None:
            return "not decided"
        if self.p_holm is None or self.p_holm >= SIGNIFICANCE:
            return "none seen" if direction.expected == "no difference" and self._is_same(change) else "not decided"
        names: tuple[DirectionWord, DirectionWord] = (
            ("sooner", "later") if direction.metric is None else ("higher", "lower")
        )
        measured = names[0] if change.value > 0 else names[1]
        if direction.expected in ("ours", "no difference"):
            return measured
        return "as stated" if measured == direction.expected else "the reverse"

    def _is_same(self, change: Estimate) -> bool:
        """Return True if neither the time nor the final accuracy of the form surely changes by `NEGLIGIBLE`.

        Few seeds cannot exclude that some of many would differ, as the interval of the shares says.
        """
        estimates = [change, self.final[f"{self.direction.form}.{BINDING_METRIC}"]]
        return all((each.low or 0.0) > -NEGLIGIBLE and (each.high or 0.0) < NEGLIGIBLE for each in estimates)


def assess_claims(sweeps: RowsBySweep) -> list[Finding]:
    """Return the findings of every claim in the order of `CLAIMS`, see `assess_claim`."""
    return [finding for claim in CLAIMS.values() for finding in assess_claim(claim, sweeps)]


def assess_claim(claim: Claim, sweeps: RowsBySweep) -> list[Finding]:
    """Return the findings of one claim, corrected for the number of its stated directions.

    Raises:
        UserError: Runs of one condition were scored on different numbers of scenes.
    """
    findings = [_assess_direction(claim, direction, sweeps) for direction in claim.directions]
    adjusted = adjust_holm([1.0 if finding.p is None else finding.p for finding in findings])
    return [
        finding if finding.p is None else replace(finding, p_holm=p)
        for finding, p in zip(findings, adjusted, strict=True)
    ]


def _assess_direction(claim: Claim, direction: Direction, sweeps: RowsBySweep) -> Finding:
    """Compare the two conditions of a direction: how many bound, how much sooner, and their scores at the end.

    It has no p value if something blocks the comparison, such as a control that did not bind.
    Raises `UserError` if one condition was scored on different numbers of scenes.
    """
    refs = (direction.start, direction.end)
    start, end, control = (_timed_condition(ref, direction.form, sweeps) for ref in (*refs, direction.control))
    for side in (start, end):
        counts = sorted({count for _, _, count in side.times.by_seed})
        if len(counts) > 1:
            advice = f"{side.ref.label} was scored on {counts} scenes; keep rows of one"
            raise UserError("sweep", side.ref.sweep, advice)
    blocked = _why_blocked(direction, start, end, control.bound)
    return Finding(
        claim=claim.name,
        direction=direction,
        start=start,
        end=end,
        control=control.bound,
        bound=share_difference(start.times, end.times),
        spared_by_form={
            form: spared_time(*(_timed_condition(ref, form, sweeps).times for ref in refs)) for form in FOLLOWED_FORMS
        },
        final={name: _paired_difference(start, end, name) for name in FINAL_METRICS},
        p=None if blocked else _p_value(direction, start, end),
        p_holm=None,
        blocked=blocked,
    )


def _p_value(direction: Direction, start: TimedCondition, end: TimedCondition) -> float | None:
    if direction.metric is None:
        return log_rank_p(start.times, end.times)
    from scipy.stats import ttest_rel

    finals = _finals(start, end, direction.metric)
    if len(finals) < 2:
        return None
    before, after = zip(*finals, strict=True)
    p = float(ttest_rel(after, before).pvalue)
    return p if p == p else None


def _why_blocked(
    direction: Direction, start: TimedCondition, end: TimedCondition, control: Estimate
) -> DirectionWord | None:
    if not start.times.num_seeds or not end.times.num_seeds:
        return "not run"
    if control.value is None:
        return "control not run"
    if control.value < CONTROL_SHARE:
        return "untestable here"
    times = start.times.by_seed.values()
    is_soon = all(time is not None and time <= SOON_SHARE for time in times)
    return "no headroom" if direction.expected == "sooner" and is_soon else None


def finding_record(finding: Finding) -> dict[str, Any]:
    """Convert the finding to plain JSON, every seed with its time and its final accuracies."""
    return {
        "claim": finding.claim,
        **asdict(finding.direction),
        "sides": [_side_record(each) for each in (finding.start, finding.end)],
        "control_bound": encode(finding.control),
        "bound": encode(finding.bound),
        "spared": encode(finding.spared),
        "spared_by_form": encode(finding.spared_by_form),
        "change": {name: encode(change) for name, change in finding.final.items() if change.value is not None},
        "p": finding.p,
        "p_holm": finding.p_holm,
        "word": finding.word,
        "sentence": finding_sentence(finding),
    }


def _side_record(side: TimedCondition) -> dict[str, Any]:
    final = {name: side.final(name) for name in FINAL_METRICS}
    runs = [
        {"seed": run[0], "time": time, "final": {name: by_run[run] for name, by_run in final.items() if run in by_run}}
        for run, time in side.times.by_seed.items()
    ]
    return {
        **asdict(side.ref),
        "runs": runs,
        "bound": encode(side.bound),
        "curve": binding_curve(side.times),
        "failed": side.num_failed,
    }


def finding_sentence(finding: Finding) -> str:
    """Return the finding in words: both shares, the change with its interval, the correction, and the word last."""
    direction, ends = finding.direction, (finding.start, finding.end)
    head = f"{direction.start.label} -> {direction.end.label} ({direction.form})"
    if finding.word == "not run":
        return f"{head}: not run yet."
    sides = "; ".join(f"{each.times.num_bound} of {each.times.num_seeds} seeds bound" for each in ends)
    if direction.metric is None:
        change = f"{_points(finding.bound)} of seeds bound, {_points(finding.spared)} of the budget spared"
    else:
        change = f"{direction.metric} changes by {_points(finding.final[direction.metric])}"
    p = "" if finding.p_holm is None else f", Holm p {finding.p_holm:.3g}"
    finals = [list(each.final(f"canonical.{BINDING_METRIC}").values()) for each in ends]
    medians = " -> ".join(f"{median(values):.2f}" if values else "-" for values in finals)
    outcome = f"Said: {direction.expected}. Found: {finding.word}."
    return f"{head}: {sides}; {change}{p}; final canonical {medians}. {outcome}"


def _points(estimate: Estimate) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "an unknown share"
    return f"{100 * estimate.value:+.0f} points ({100 * estimate.low:+.0f} to {100 * estimate.high:+.0f})"


# ---- Effects of properties

EffectState = Literal["measured", "untestable here", "no headroom", "not yet run"]


def all_effects(sweeps: RowsBySweep) -> list[dict[str, Any]]:
    """Return the effects of every property in the order of `STUDY_PROPERTIES`, see `property_effects`."""
    return [effect for each in STUDY_PROPERTIES.values() for effect in property_effects(each, sweeps)]


def property_effects(study_property: StudyProperty, sweeps: RowsBySweep) -> list[dict[str, Any]]:
    """Return the effects in each form of the first comparison that has runs on both sides, as plain JSON.

    Its control may be missing. Without a comparison `edition` is None and there are no sides. A form is left out in
    which every run has the scores of an earlier form: its scenes and captions are the same.
    """
    about = {name: getattr(study_property, name) for name in ("name", "words", "page", "claim", "is_remedy")}
    for comparison in study_property.comparisons:
        effects = [_effect(study_property, comparison, form, sweeps) for form in EVERY_FORM]
        complete = [about | each for each in effects if all(side["points"] for side in each["sides"])]
        points = [[side["points"] for side in each["sides"]] for each in complete]
        if complete:
            return [each for index, each in enumerate(complete) if points[index] not in points[:index]]
    unmeasured = dict.fromkeys(("control", "bound", "final"), encode(Estimate.of_nothing()))
    return [about | {"form": "canonical", "edition": None, "state": "not yet run", "sides": []} | unmeasured]


def _effect(
    study_property: StudyProperty, comparison: PropertyComparison, form: str, sweeps: RowsBySweep
) -> dict[str, Any]:
    start, end, control = (
        _timed_condition(ref, form, sweeps) for ref in (comparison.start, comparison.end, comparison.control)
    )
    if comparison.edition == "second":
        final = _paired_difference(start, end, f"{form}.{BINDING_METRIC}")
    else:
        final = mean_difference(
            _final_values(start, form), _final_values(end, form), items=_num_items([start, end], form)
        )
    return {
        "form": form,
        "edition": comparison.edition,
        "state": _state(study_property, control, start, end, form),
        "sides": [_effect_side(each, form) for each in (start, end)],
        "control": encode(control.bound),
        "bound": encode(share_difference(start.times, end.times)),
        "final": encode(final),
    }


def _effect_side(condition: TimedCondition, form: str) -> dict[str, Any]:
    values = _final_values(condition, form)
    return {
        "ref": asdict(condition.ref),
        "num_bound": condition.times.num_bound,
        "bound": encode(condition.bound),
        "final": encode(mean_over_seeds(values, chance=0.5, items=_num_items([condition], form))),
        "points": sorted(values),
    }


def _final_values(condition: TimedCondition, form: str) -> list[float]:
    return list(condition.final(f"{form}.{BINDING_METRIC}").values())


def _num_items(sides: Sequence[TimedCondition], form: str) -> int | None:
    return min((int(row[f"{form}.{BINDING_METRIC}.n"]) for each in sides for row in each.rows), default=None)


def _state(
    study_property: StudyProperty, control: TimedCondition, start: TimedCondition, end: TimedCondition, form: str
) -> EffectState:
    """Return what the share bound can show.

    A remedy has no headroom if its host binds in every seed without it, within a quarter of the budget where that is
    known. Else nothing shows if neither control nor end binds in half of the seeds; final accuracy still may.
    """
    is_late = any((time := _time_on_the_way(row, form)) is not None and time > SOON_SHARE for row in start.rows)
    if study_property.is_remedy and start.bound.value == 1 and not is_late:
        return "no headroom"
    shares = (control.bound.value, end.bound.value)
    return "measured" if any(share is not None and share >= CONTROL_SHARE for share in shares) else "untestable here"


# ---- Robustness

OTHER_LEVELS = (0.6, 0.7, 0.8, 0.9)
"""Levels next to the rule's own."""


def rows_at_level(
    sweeps: RowsBySweep, level: float = CONTRACT.binding.level, ending: str = ".low"
) -> dict[str, list[Row]]:
    """Return the rows with the times at which the runs would be bound at another level.

    `ending` ends the name of the columns of `curve` that have to exceed it: ".low" for the bound, "" for the accuracy.
    """
    return {name: [row | _steps_at(row, level, ending) for row in rows] for name, rows in sweeps.items()}


def _steps_at(row: Row, level: float, ending: str) -> Row:
    evaluations = json.loads(row["curve"])
    return {
        f"bound.{form}.step": binding_step(
            [(each["step"], each[form + ending]) for each in evaluations if each.get(form + ending) is not None],
            has_ended=row["status"] == "finished",
            level=level,
        )
        for form in FOLLOWED_FORMS
    }


def count_repeated_runs(sweeps: RowsBySweep, first_edition: RowsBySweep) -> dict[str, Any]:
    """Count the runs that repeat one of the first edition, and per condition their seeds.

    Returns:
        `runs`: their number; `of`: the number of all result runs; `seeds`: {sweep: {condition: [seed, ...]}}.
    """
    first_runs = {_identity(row) for rows in first_edition.values() for row in rows if _is_result(row)}
    runs, seeds = set(), dict[str, dict[str, list[int]]]()
    for name, rows in sweeps.items():
        for row in filter(_is_result, rows):
            runs.add(_identity(row))
            if _identity(row) in first_runs:
                seeds.setdefault(name, {}).setdefault(row["condition"], []).append(int(row["seed"]))
    return {"runs": len(runs & first_runs), "of": len(runs), "seeds": seeds}


def _identity(row: Row) -> tuple[str, int]:
    return condition_key(row)[0], int(row["seed"])


def _is_result(row: Row) -> bool:
    return row["stage"] == "result" and bool(row["is_point"])
