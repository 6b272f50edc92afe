"""Findings on the stated claims from the rows of their sweeps: estimates with intervals first, a word second.

    findings = read_claims(read_sweeps(Path("sweeps")))
    findings[0].spared.value, findings[0].p_holm, findings[0].word

Rows with another number of evaluation scenes are never pooled. Holm's correction covers all stated directions of a
claim: one that has not run or cannot be tested counts as p = 1, so later runs can only lower what the others have.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Literal, get_args

from explorer.codec import encode
from explorer.errors import UserError
from explorer.evaluation.results import Estimate
from explorer.stats import holm
from explorer.study.claims import CLAIMS, Claim, Direction, Form
from explorer.study.comparison import CONTROL_SHARE, SOON, Side, Sweeps, paired, side
from explorer.study.intervals import curve, log_rank, share_difference, spared_time
from explorer.study.rows import Row, read_rows
from explorer.study.sweeps import SECOND_EDITION

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


def read_sweeps(folder: Path, stage: str = "result") -> dict[str, list[Row]]:
    """Return the rows of that stage of the second edition's sweeps in the folder, by name."""
    paths = {name: folder / f"{name}.parquet" for name in SECOND_EDITION}
    found = {name: read_rows(path)[0] for name, path in paths.items() if path.is_file()}
    return {name: [row for row in rows if row["stage"] == stage] for name, rows in found.items()}


def read_claims(sweeps: Sweeps) -> list[Finding]:
    """Return a finding per stated direction, in the order of the table."""
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
    """Return the reason why a direction says nothing, None if it says something."""
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
        {
            "seed": run[0],
            "time": time,
            "final": {name: values[run] for name, values in final.items() if run in values},
        }
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
