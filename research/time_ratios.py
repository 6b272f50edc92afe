"""Ratios of times before and after a step in the data: the other way to decide a comparison of `claims.toml`.

    findings = compare.assess_claims(rows.rows_by_sweep(FROZEN_FOLDER, SECOND_EDITION, "result"))
    time_ratios(findings)[0].span  # Interval(value=2.2, low=1.9, high=2.6) of the first direction, None if untested

Times are lognormal with one spread for all conditions, those of unbound seeds are censored. It decides more than the
exact tests of `compare`, and assumes more.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from explorer.stats import adjust_holm
from research.compare import Finding
from research.frozen_law import Interval
from research.grouping import group_by
from research.seed_statistics import SIGNIFICANCE, BindingTimes
from research.time_model import Likelihood


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeRatio:
    """Time after a step over the time before; `span` is None unless both sides have a bound seed."""

    span: Interval | None
    p: float | None
    p_holm: float | None = None

    @property
    def is_decided(self) -> bool:
        """True if the corrected p value is below `SIGNIFICANCE`."""
        return self.p_holm is not None and self.p_holm < SIGNIFICANCE


def pooled_sigma(conditions: Iterable[BindingTimes]) -> float:
    """Return the spread of log time among the seeds of a condition, over all with a bound seed and more than one seed.

    Unbound seeds are censored. The maximum of the likelihood is widened for the mean that each condition takes.
    """
    informative = [times for times in conditions if times.num_bound and times.num_seeds > 1]
    condition_of = np.repeat(np.arange(len(informative)), [each.num_seeds for each in informative])
    best = _likelihood(informative, np.eye(len(informative))[condition_of]).maximize()
    return math.exp(float(best[-1])) * math.sqrt(len(condition_of) / (len(condition_of) - len(informative)))


def _likelihood(conditions: Sequence[BindingTimes], design: np.ndarray) -> Likelihood:
    return Likelihood(
        design=design,
        log_times=np.log([time for each in conditions for time in each.durations]),
        is_bound=np.array([time is not None for each in conditions for time in each.by_seed.values()]),
    )


def time_ratio(start: BindingTimes, end: BindingTimes, sigma: float) -> TimeRatio:
    """Return the ratio of two lognormal times of known spread; its p value is that of the likelihood ratio.

    Raises:
        ValueError: A side has no seeds.
    """
    from scipy.stats import chi2

    if not start.num_seeds or not end.num_seeds:
        raise ValueError("Both sides need a seed.")
    if not start.num_bound + end.num_bound:
        return TimeRatio(span=None, p=None)
    (one, start_mean), (other, end_mean), (common, _) = (
        _best_mean(conditions, sigma) for conditions in ([start], [end], [start, end])
    )
    p = float(chi2.sf(max(0.0, 2 * (one + other - common)), 1))
    if start_mean is None or end_mean is None:
        return TimeRatio(span=None, p=p)
    return TimeRatio(span=Interval.from_log(end_mean[0] - start_mean[0], math.hypot(start_mean[1], end_mean[1])), p=p)


def _best_mean(conditions: Sequence[BindingTimes], sigma: float) -> tuple[float, tuple[float, float] | None]:
    """Return the greatest log likelihood, and mean log time with its error; None if no seed is bound.

    If no seed is bound, a later mean is always likelier, and the likelihood tends to 1.
    """
    if not any(each.num_bound for each in conditions):
        return 0.0, None
    likelihood = _likelihood(conditions, np.ones((sum(each.num_seeds for each in conditions), 1)))
    best = likelihood.maximize(np.array([0.0, math.log(sigma)]), held=1)
    return -likelihood.value(best), (float(best[0]), 1 / math.sqrt(float(likelihood.hessian(best)[0, 0])))


def time_ratios(findings: Sequence[Finding]) -> list[TimeRatio | None]:
    """Return the ratio of every direction on time that was tested, corrected like the exact tests; else None."""
    sides = {(each.direction.form, side.ref): side.times for each in findings for side in (each.start, each.end)}
    sigma = {
        form: pooled_sigma(times for (sides_form, _), times in sides.items() if sides_form == form)
        for form in {each.direction.form for each in findings if each.p is not None}
    }
    ratios = [
        time_ratio(each.start.times, each.end.times, sigma[each.direction.form])
        if each.p is not None and each.direction.metric is None
        else None
        for each in findings
    ]
    adjusted = dict[int, float]()
    for indices in group_by(range(len(findings)), lambda index: findings[index].claim).values():
        tested = [1.0 if (ratio := ratios[index]) is None or ratio.p is None else ratio.p for index in indices]
        adjusted |= zip(indices, adjust_holm(tested), strict=True)
    return [
        ratio if ratio is None or ratio.p is None else replace(ratio, p_holm=adjusted[index])
        for index, ratio in enumerate(ratios)
    ]
