"""Numbers and steps of the study in words, for its documents and pages.

brackets_text(estimate)                               # "-40 [-50, -30]"
factor_text(span)                                     # "0.54 [0.46, 0.62]" after a times sign
change_of_condition(each["start"], each["end"])  # "2 objects, objects named: 1 → 2"
"""

import math
from collections.abc import Sequence

from explorer.codec import Json, decode
from explorer.evaluation.results import FOLLOWED_FORMS, Estimate
from explorer.wording import format_points, format_signed_points
from research.claims import CLAIMS
from research.frozen_law import Interval
from research.sweeps import SECOND_EDITION, Condition

SEEN_MARK = " †"
CLEARER_LABELS = {"three named": "repaired", "the three named": "repaired", "too many": "two values each"}
"""Names in documents of conditions whose label misleads; rows keep the label."""


def brackets_text(estimate: Estimate) -> str:
    """Format a difference for a table: -40 [-50, -30]."""
    if estimate.value is None:
        return "-"
    value, *ends = (
        format_signed_points(each, minus="-")
        for each in (estimate.value, estimate.low, estimate.high)
        if each is not None
    )
    return f"{value} [{', '.join(ends)}]" if ends else value


def factor_text(span: Interval | None) -> str:
    """Format a factor as tables of documents have it, such as 0.54 [0.46, 0.62], after a times sign."""
    if span is None:
        return "-"
    return f"× {digits_text(span.value)} [{digits_text(span.low)}, {digits_text(span.high)}]"


def digits_text(value: float) -> str:
    """Format a factor with two decimals below 2 and two digits above."""
    return f"{value:.2f}" if value < 2 else f"{value:#.2g}".rstrip(".")


def times_text(times: Sequence[float]) -> str:
    """Format the pairs until each seed was bound in thousands, such as 14, 16, never."""
    return ", ".join(f"{time / 1000:.0f}" if math.isfinite(time) else "never" for time in times)


def change_words(estimate: Json) -> str:
    return format_points(decode(Estimate, estimate), minus="-")


def bound_words(seeds: Sequence[Json], form: str) -> str:
    """Return "3 of 5": the seeds of a condition that bind in a form, and their number."""
    return f"{sum(each['bound'][form] is not None for each in seeds)} of {len(seeds)}"


def change_of_condition(start: Json, end: Json) -> str:
    """Return how two places differ, with the name of the axis, such as "2 objects, objects named: 1 → 2"."""
    one, other = (_condition(each) for each in (start, end))
    axis = SECOND_EDITION[start["sweep"]].axis
    if one.series == other.series:
        return f"{one.series}{', ' if one.series else ''}{axis}: {one.x} → {other.x}"
    return " → ".join(f"{each.series}, {axis}: {each.x}" for each in (one, other))


def short_change_of_condition(start: Json, end: Json) -> str:
    """Return how two places differ under a head that names the axis, such as "2 objects: 1 → 2"."""
    one, other = (_condition(each) for each in (start, end))
    if one.series == other.series:
        series = CLEARER_LABELS.get(one.series, one.series)
        return f"{series}{series and ': '}{CLEARER_LABELS.get(one.x, one.x)} → {CLEARER_LABELS.get(other.x, other.x)}"
    return f"{one.label} → {other.label}"


def _condition(end: Json) -> Condition:
    (condition,) = SECOND_EDITION[end["sweep"]].select([end["label"]])
    return condition


def is_seen_before(finding: Json, repeats: Json) -> bool:
    """Return True if at least half of the runs repeat one that was known before the claims were stated."""
    ends = (finding["start"], finding["end"])
    repeated = sum(len(repeats["seeds"].get(end["sweep"], {}).get(end["label"], ())) for end in ends)
    num_runs = sum(side["bound"]["n"] for side in finding["sides"])
    return num_runs > 0 and repeated / num_runs >= 0.5


def seeds_bound(finding: Json) -> str:
    """Return "3 → 8 of 8": the seeds of a direction that bind before and after its step."""
    bound = [sum(run["time"] is not None for run in side["runs"]) for side in finding["sides"]]
    one, other = (side["bound"]["n"] for side in finding["sides"])
    return f"{bound[0]}{'' if one == other else f' of {one}'} → {bound[1]} of {other}"


def claim_reading(name: str, claims: Json) -> str | None:
    """Return the sentences on a claim; None if its outcomes are not those for which they were written."""
    reading, findings = CLAIMS[name].reading, [each for each in claims["findings"] if each["claim"] == name]
    if reading is None or tuple(each["word"] for each in findings) != reading.words:
        return None
    changes, spared = (
        [{what: change_words(change) for what, change in each[field].items()} for each in findings]
        for field in ("change", "spared_by_form")
    )
    conditions = [each for about in claims["sweeps"].values() for each in about["conditions"]]
    rates = {each["condition"]: each["rates"] for each in conditions}
    bound = {
        each["condition"]: {form: bound_words(each["seeds"], form) for form in FOLLOWED_FORMS} for each in conditions
    }
    ends = {
        each["condition"]: {form: _final_range(each["seeds"], form) for form in FOLLOWED_FORMS} for each in conditions
    }
    return reading.text.format(d=changes, s=spared, r=rates, b=bound, e=ends)


def _final_range(seeds: Sequence[Json], form: str) -> str:
    finals = [value for each in seeds if (value := each["final"].get(f"{form}.binding_accuracy")) is not None]
    return f"{100 * min(finals):.0f} to {100 * max(finals):.0f} %" if finals else "-"
