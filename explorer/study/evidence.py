"""Evidence of one sweep for the page and STUDY.md, from its rows.

    found = evidence(sweep, rows, about).conditions[0].score("own", "binding_accuracy")
    found.points, found.mean                      # the score of each seed; their mean, with n the number of seeds

Points are runs that finished and trained; the others are listed under "no_points". Every mean has a t interval over
seeds. A comparison with a control off chance or too few hard negatives is marked as saying nothing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from explorer.codec import decode
from explorer.evaluation.results import Estimate
from explorer.evaluation.sweep_evidence import (
    Comparison,
    Condition,
    ControlMean,
    Evidence,
    Group,
    LostRun,
    SeedCurve,
    SeedPoint,
    SeedScores,
    Trend,
    Tuning,
)
from explorer.study.directions import Word, compare, trend
from explorer.study.intervals import difference, mean_over_seeds, slope
from explorer.study.rows import Row, estimate_of, num_runs
from explorer.study.sweeps import BEFORE, FORMS, LEAST_RATE, START, Contrast, Sweep

INTERVAL = "95 % t interval over seeds"
NOT_SHARES = ("margin", "modality_gap")
ARRIVED = 0.95
"""Binding accuracy at which a fine-tuned model has arrived."""


def evidence(sweep: Sweep, rows: Sequence[Row], about: Mapping[str, str]) -> Evidence:
    """Return the evidence of a sweep; rows of another sweep's runs are shared ones, and cost nothing.

    `about` holds the command and the date.
    """
    results = [row for row in rows if row["stage"] == "result"]
    requested = [row for row in rows if row["sweep"] == sweep.name]
    points = [row for row in results if row["is_point"]]
    conditions = {c.label: _condition(sweep, c.label, results) for c in sweep.conditions if _of(results, c.label)}
    contrasts = [
        _contrast(sweep, contrast, form, points)
        for contrast in sweep.contrasts
        if {contrast.start, contrast.end} <= conditions.keys()
        for form in sweep.forms
    ]
    return Evidence(
        **{name: getattr(sweep, name) for name in ("name", "tier", "claim", "paper", "axis", "metric", "preset")},
        beside=tuple(sweep.beside),
        forms=tuple(sweep.forms),
        changes=_plain(sweep.changes),
        interval=INTERVAL,
        seeds=len({row["seed"] for row in results}),
        conditions=tuple(conditions.values()),
        contrasts=tuple(contrasts),
        no_points=tuple(_no_point(row) for row in rows if not row["is_point"]),
        edge_rates=sum(_is_at_edge(sweep, results, label) for label in conditions),
        runs=num_runs(requested),
        shared_runs=num_runs(rows) - num_runs(requested),
        pairs=sum({row["key"]: row["pairs"] for row in requested}.values()),
        seconds=round(sum({row["key"]: row["seconds"] or 0.0 for row in requested}.values())),
        devices=tuple(sorted({str(row["device"]) for row in points})),
        recipes=tuple(sorted({str(row["recipe"]) for row in points})),
        versions=json.loads(points[0]["versions"]) if points else None,
        command=about["command"],
        date=about["date"],
    )


def _of(rows: Iterable[Row], label: str) -> list[Row]:
    return [row for row in rows if row["condition"] == label]


def _plain(changes: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in changes.items()}


def _condition(sweep: Sweep, label: str, results: Sequence[Row]) -> Condition:
    """Return one condition of the sweep with every seed."""
    mine = _of(results, label)
    points = [row for row in mine if row["is_point"]]
    first = mine[0]
    return Condition(
        **{name: first[name] for name in ("x", "series", "steps", "batch_size", "pairs", "learning_rate")},
        label=label,
        spec=json.loads(first["spec"]),
        runs=tuple(row["run"] for row in mine),
        forms={form: _metrics(sweep, form, points) for form in (*FORMS, START) if _asks(form, points)},
        controls=_controls(points),
        rates={name[5:]: _mean(points, name) for name in first if name.startswith("rate.")},
        distinct_captions=_mean(points, "distinct_captions"),
        not_tested=_not_tested(points),
        breakdown=_breakdown(sweep, points),
        trend=_trend(points) if sweep.reads_trend else None,
        tuning=_tuning(sweep, points) if sweep.reads_tuning else None,
        curves=_curves(points) if sweep.reads_trend else None,
    )


def _asks(form: str, points: Sequence[Row]) -> bool:
    return any(estimate_of(row, f"{form}.binding_accuracy") for row in points)


def _mean(points: Sequence[Row], name: str) -> float | None:
    return _mean_of(row.get(name) for row in points)


def _mean_of(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _metrics(sweep: Sweep, form: str, points: Sequence[Row]) -> dict[str, SeedScores]:
    """Return {metric: scores} of one form."""
    found = {}
    for metric in (sweep.metric, *sweep.beside):
        known = [(row["seed"], estimate) for row in points if (estimate := estimate_of(row, f"{form}.{metric}"))]
        if known:
            estimates = [estimate for _, estimate in known]
            is_share = metric not in NOT_SHARES
            items = _items(estimates) if is_share else None
            mean = mean_over_seeds(_values(estimates), chance=estimates[0].chance, is_share=is_share, items=items)
            seeds = tuple(SeedPoint(seed=seed, estimate=estimate) for seed, estimate in known)
            found[metric] = SeedScores(points=seeds, mean=mean)
    return found


def _values(estimates: Iterable[Estimate]) -> list[float]:
    return [estimate.value for estimate in estimates if estimate.value is not None]


def _items(estimates: Iterable[Estimate]) -> int | None:
    """Return the fewest scenes behind one of the shares."""
    return min((estimate.n for estimate in estimates), default=None)


def _controls(points: Sequence[Row]) -> dict[str, dict[str, ControlMean]]:
    """Return {control: {form: mean value and interval of the runs, chance}}.

    The ends are means of the runs' own ends.
    """
    names = {name[8:-6] for row in points for name in row if name.startswith("control.") and name.endswith(".value")}
    found: dict[str, dict[str, ControlMean]] = {}
    for name in sorted(names):
        known = [estimate for row in points if (estimate := estimate_of(row, f"control.{name}"))]
        if known:
            control, _, form = name.rpartition(".")
            means = {
                part: _mean_of(getattr(each, part) for each in known) for part in ("value", "low", "high", "chance")
            }
            found.setdefault(control, {})[form] = ControlMean(**means)
    return found


def _not_tested(points: Sequence[Row]) -> str | None:
    """Return the reason why a condition with hard negatives tests none: too few captions have a swap."""
    wanted = [row for row in points if json.loads(row["spec"])["train"]["hard_negatives"] > 0]
    rate = _mean(wanted, "rate.hard_negatives")
    if rate is None or rate >= LEAST_RATE:
        return None
    return f"not tested: {rate:.0%} of the images got a hard negative, less than {LEAST_RATE:.0%}"


def _breakdown(sweep: Sweep, points: Sequence[Row]) -> tuple[Group, ...]:
    """Return the groups of the sweep's breakdown with means over seeds."""
    groups: dict[tuple[str, str], list[Estimate]] = {}
    for row in points if sweep.breakdown else ():
        for each in json.loads(row["breakdown"]):
            if each["by"] == sweep.breakdown and each["form"] in sweep.forms and each["value"] is not None:
                groups.setdefault((each["form"], each["group"]), []).append(decode(Estimate, each))
    return tuple(
        Group(form=form, group=group, estimate=mean_over_seeds(_values(of), chance=0.5, items=_items(of)))
        for (form, group), of in groups.items()
    )


def _trend(points: Sequence[Row]) -> dict[str, Trend]:
    """Return by form the end of the runs, and the slope over the last third, in binding per third."""
    found = {}
    for form in ("canonical", "own"):
        known = [estimate for row in points if (estimate := estimate_of(row, f"{form}.binding_accuracy"))]
        if known:
            rise = slope([_last_third(row, form) for row in points])
            end = mean_over_seeds(_values(known), chance=0.5, items=_items(known))
            found[form] = Trend(word=trend(end, rise, 1.0), slope=rise, end=end)
    return found


def _curves(points: Sequence[Row]) -> dict[str, tuple[SeedCurve, ...]]:
    """Return by form the quick evaluations of every seed."""
    found: dict[str, tuple[SeedCurve, ...]] = {}
    for row in points:
        curve = json.loads(row["curve"])
        for form in ("canonical", "own"):
            known = [each for each in curve if each.get(form) is not None]
            if known:
                steps, values = zip(*((each["step"], round(each[form], 4)) for each in known), strict=True)
                found[form] = (*found.get(form, ()), SeedCurve(seed=row["seed"], steps=steps, values=values))
    return found


def _last_third(row: Row, form: str) -> list[tuple[float, float]]:
    """Return (time, binding) of the last third of a run, whose length is 1."""
    third = row["steps"] / 3
    curve = json.loads(row["curve"])
    return [(each["step"] / third, each[form]) for each in curve if each["step"] >= 2 * third and form in each]


def _tuning(sweep: Sweep, points: Sequence[Row]) -> Tuning:
    """Return the time until runs arrive, by seed and as a mean of those that do, and the start model's scores."""
    arrivals = tuple((row["seed"], _pairs_until(row, ARRIVED)) for row in points)
    mean = mean_over_seeds([pairs for _, pairs in arrivals if pairs is not None], chance=None, is_share=False)
    return Tuning(binding=ARRIVED, arrivals=arrivals, mean=mean, before=_metrics(sweep, BEFORE, points))


def _pairs_until(row: Row, binding: float) -> int | None:
    """Return the pairs seen at the first quick evaluation of this canonical binding; None if none has it."""
    steps = [each["step"] for each in json.loads(row["curve"]) if each["canonical"] >= binding]
    return min(steps) * row["batch_size"] if steps else None


def _contrast(sweep: Sweep, contrast: Contrast, form: str, points: Sequence[Row]) -> Comparison:
    """Return a comparison in one form: means, difference, and the verdict on the stated direction."""
    ends = [_of(points, label) for label in (contrast.start, contrast.end)]
    known = [[estimate for row in rows if (estimate := estimate_of(row, f"{form}.{sweep.metric}"))] for rows in ends]
    start, end = map(_values, known)
    items = _items(estimate for estimates in known for estimate in estimates)
    change = difference(start, end, items=items)
    of_start, of_end = (mean_over_seeds(values, chance=0.5, items=items) for values in (start, end))
    blocked = _blocked(ends, form, start, end)
    finding = compare(contrast.direction, change, of_end, start=of_start, blocked=blocked)
    return Comparison(
        start=contrast.start,
        end=contrast.end,
        direction=contrast.direction,
        form=form,
        of_start=of_start,
        of_end=of_end,
        difference=change,
        word=finding.word,
        sentence=finding.sentence,
    )


def _blocked(
    ends: Sequence[Sequence[Row]], form: str, start: Sequence[float], end: Sequence[float]
) -> tuple[Word, str] | None:
    """Return the reason why a comparison says nothing in this form, None if it says something."""
    if not start or not end:
        return "not tested", f"There is no score in {form} captions at one of the ends."
    untested = next((reason for rows in ends if (reason := _not_tested(rows))), None)
    if untested is not None:
        return "not tested", f"{untested[0].upper()}{untested[1:]}."
    for rows in ends:
        leak = _controls(rows).get("caption_only", {}).get(form)
        if leak and leak.is_above_chance:
            words = f"A scorer that reads {form} captions only gets {leak.value:.0%} at one of the ends."
            return "no evidence", words
    return None


def _no_point(row: Row) -> LostRun:
    names = ("condition", "stage", "seed", "learning_rate", "run", "status", "reason")
    return LostRun(**{name: row[name] for name in names})


def _is_at_edge(sweep: Sweep, results: Sequence[Row], label: str) -> bool:
    """Return True if the chosen learning rate is the lowest or highest that was tried."""
    factor = _of(results, label)[0]["factor"]
    factors = next(sweep.factors_of(condition) for condition in sweep.conditions if condition.label == label)
    return len(factors) > 2 and factor in (min(factors), max(factors))
