"""Time ratios: the other way to decide a direction, with one spread of log time for all conditions.

    sigma = pooled_sigma([side.times for side in ...])
    found = time_ratio(start, end, sigma)             # Ratio(ratio=0.52, low=0.37, high=0.74, p=0.0003)
    by_ratio(findings)[0].is_decided

Exact tests assume nothing of the times, and five seeds against five can hardly pass them. A ratio assumes lognormal
times of one spread, and decides more often. Both are shown.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.stats import Z, holm
from explorer.study.claim_findings import SIGNIFICANCE, Finding
from explorer.study.intervals import Times
from explorer.study.time_model import Likelihood, Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratio:
    """Time after a step over the time before; `span` is None unless both sides have a bound seed."""

    span: Span | None
    p: float | None
    p_holm: float | None = None

    @property
    def is_decided(self) -> bool:
        """Return True if the corrected p value lies below the level of the study."""
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
    change, error = there[0] - at[0], math.hypot(at[1], there[1])
    ends = [math.exp(change + sign * Z * error) for sign in (-1, 1)]
    return Ratio(span=Span(value=math.exp(change), low=ends[0], high=ends[1]), p=p)


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
    corrected: dict[int, float] = {}
    for claim in dict.fromkeys(each.claim for each in findings):
        places = [place for place, each in enumerate(findings) if each.claim == claim]
        values = [1.0 if (ratio := found[place]) is None or ratio.p is None else ratio.p for place in places]
        corrected |= dict(zip(places, holm(values), strict=True))
    return [
        None
        if ratio is None
        else Ratio(span=ratio.span, p=ratio.p, p_holm=None if ratio.p is None else corrected[place])
        for place, ratio in enumerate(found)
    ]
