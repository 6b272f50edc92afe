"""Rival theories of the fourth edition: what each predicts of every cell, as a distribution, and how it is scored.

    write_theories(make_theory_forecasts())            # `FOURTH_FORECASTS_FILE`, committed before the first run
    forecast = THEORIES["threshold"].time(cell)       # TimeForecast(median=..., among_seeds=..., doubt=..., never=...)
    forecast.median_interval(5)                        # central 95 % of the median of five seeds, infinity for never
    forecast.log_score([44_000, None], budget=184_320) # joint log density of seeds, None is one not bound in the budget
    rank_theories(...)                                 # theories by their mean log score, the best first

A time is lognormal around the median of its cell; the median itself is uncertain, and that doubt is shared by the seeds
of a cell, as is the chance that the cell never binds. So an interval judges the median of the seeds that it predicts,
and a score is of all seeds of a cell together. Where a question is if a seed is bound at the end, a theory gives that
probability, and its score is the log of it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from explorer.codec import Json
from explorer.contract import CONTRACT
from explorer.resources import FROZEN_FOLDER
from explorer.runs.files import read_json, write_json
from explorer.spec import DataSpec
from explorer.study.kappa import kappa, told_share
from research.fourth import EngineSweep, StudyCell, engine_sweeps

FOURTH_FORECASTS_FILE = "forecasts-fourth.json"
NEVER = math.inf
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
"""Nodes and weights of a standard normal variable; the weights sum to its density's norm."""
MIN_PROBABILITY = 0.02
"""Least probability that a theory gives to an outcome: none is sure of what it has not seen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeForecast:
    """The pairs until a seed is bound.

    Attributes:
        median: Of the cell, if it ever binds.
        among_seeds: Spread of the log time of seeds around the cell's median.
        doubt: Spread of the log of the cell's median: what the theory does not know of it.
        never: Probability that no seed of the cell ever binds.
    """

    median: float
    among_seeds: float
    doubt: float
    never: float = 0.0

    def share_bound(self, pairs: float) -> float:
        """Return the probability that a seed is bound within so many pairs."""
        from scipy.special import ndtr

        spread = math.hypot(self.among_seeds, self.doubt)
        return float((1 - self.never) * ndtr(math.log(pairs / self.median) / spread))

    def median_below(self, pairs: float, seeds: int) -> float:
        """Return the probability that the median of so many seeds, of two the later one, is earlier."""
        from scipy.special import ndtr
        from scipy.stats import binom

        centers = math.log(self.median) + self.doubt * NODES
        shares = ndtr((math.log(pairs) - centers) / self.among_seeds)
        needed = seeds // 2 + 1
        return float((1 - self.never) * _mean(binom.sf(needed - 1, seeds, shares)))

    def median_interval(self, seeds: int) -> tuple[float, float]:
        """Return the central 95 % of the median of so many seeds; infinity where never is that likely."""
        return self._quantile(0.025, seeds), self._quantile(0.975, seeds)

    def _quantile(self, share: float, seeds: int) -> float:
        from scipy.optimize import brentq

        reach = 8 * math.hypot(self.among_seeds, self.doubt)
        low, high = math.log(self.median) - reach, math.log(self.median) + reach
        if self.median_below(math.exp(high), seeds) <= share:
            return NEVER
        return math.exp(brentq(lambda at: self.median_below(math.exp(at), seeds) - share, low, high, xtol=1e-6))

    def log_score(self, times: Sequence[float | None], *, budget: float) -> float:
        """Return the joint log density of the log times of a cell's seeds; None is a seed not bound in the budget."""
        from scipy.special import log_ndtr, logsumexp

        centers = math.log(self.median) + self.doubt * NODES
        total = np.log(WEIGHTS / WEIGHTS.sum())
        for time in times:
            z = (math.log(budget if time is None else time) - centers) / self.among_seeds
            density = -z * z / 2 - math.log(self.among_seeds * math.sqrt(2 * math.pi))
            total = total + (log_ndtr(-z) if time is None else density)
        binds = math.log1p(-self.never) + float(logsumexp(total))
        if self.never and all(time is None for time in times):
            return float(np.logaddexp(binds, math.log(self.never)))
        return binds

    def as_numbers(self) -> dict[str, float]:
        """Return its parameters by name with four significant digits, as the committed forecasts have them."""
        return {name: float(f"{getattr(self, name):.4g}") for name in ("median", "among_seeds", "doubt", "never")}


def _mean(values: np.ndarray) -> float:
    return float(np.sum(WEIGHTS * values) / WEIGHTS.sum())


def end_log_score(probability: float, outcomes: Sequence[bool]) -> float:
    """Return the log probability of what the seeds of a cell were at the end: bound or not."""
    return sum(math.log(probability if is_bound else 1 - probability) for is_bound in outcomes)


# ---- What the theories read of a cell


@dataclass(frozen=True, kw_only=True)
class CellData:
    """Numbers of the data of a cell's last phase, and of what came before."""

    data: DataSpec
    before: tuple[DataSpec, ...]
    pairs: int
    dose: int

    @classmethod
    def of(cls, cell: StudyCell, seed: int) -> "CellData":
        """Read a cell; the dose is what its phases before the last have in pairs."""
        *before, last = cell.specs(seed)
        return cls(
            data=last.data,
            before=tuple(each.data for each in before),
            pairs=cell.pairs,
            dose=cell.all_pairs - cell.pairs,
        )

    @property
    def objects(self) -> int:
        return self.data.objects_in_image

    @property
    def kinds(self) -> int:
        return len(self.data.attribute_kinds)

    @property
    def named(self) -> float:
        """The mean number of objects that a caption names."""
        return self.objects * self.data.caption_completeness

    @cached_property
    def told(self) -> float:
        """The share told of a named object's values, with what tidy pairs add."""
        share = min(1.0, told_share(self.data))
        return share + self.data.tidy_share * (1 / len(self.data.tidy_kinds) - share)

    @property
    def size(self) -> float:
        """Objects times kinds squared, over those of two objects with one kind."""
        return self.objects * self.kinds**2 / 2

    @property
    def is_tidy(self) -> bool:
        """True for captions that tell enough to start binding from fresh weights in this budget."""
        return self.told > _threshold_share(self) + 0.1 and self.data.wrong_values == 0


def _threshold_share(cell: CellData) -> float:
    """Return the share told below which a rate of gain minus loss is not above zero: higher with more things named."""
    return float(np.interp(cell.named, [*THRESHOLD_SHARES], [*THRESHOLD_SHARES.values()]))


# ---- The theories


@dataclass(frozen=True, kw_only=True, slots=True)
class Theory:
    """A theory in one sentence, its number, its forecast of times, and of the probability to be bound at the end.

    A cell that begins with fresh weights is bound at its end if its time is within the budget, unless `keeps` says
    otherwise; `keeps` reads the phases before.
    """

    name: str
    words: str
    number: str
    time: Callable[[CellData], TimeForecast]
    keeps: Callable[[CellData, float], float]

    def end(self, cell: CellData) -> float:
        """Return the probability that a seed is bound at the end of its last phase."""
        fresh = self.time(cell).share_bound(cell.pairs)
        return min(1 - MIN_PROBABILITY, max(MIN_PROBABILITY, self.keeps(cell, fresh)))


# Where the numbers of the theories come from. All were committed before the first run of the fourth edition. They stay
# as they were, because the committed forecasts follow from them.
# - Those of kappa are the estimates of the law of torch's trainings, `assets/study/time-law.json`: exp(9.029), -0.917.
# - No file derives the others, here and in the functions below: spreads, doubts, chances of never, and what is kept.
#   Beside them one can read the medians of torch's trainings in `assets/study/line.json`. Two objects of one kind bind
#   after 11,520 to 15,360 pairs where all is told, after 34,560 where half is, and in no seed where a quarter is. Two
#   kinds told in full need 27,392 to 40,192 pairs, three 34,560.

KAPPA_PAIRS, KAPPA_POWER = 8_342, -0.917
"""Of "kappa": pairs = KAPPA_PAIRS x kappa^KAPPA_POWER."""
TOLD_PAIRS, SIZE_POWER = 13_000, 0.8
"""Of "steep", "information" and "signal to noise": pairs = TOLD_PAIRS x size^SIZE_POWER where captions tell all.

SIZE_POWER is also that of "threshold" and of the two theories that take its time.
"""
STEEP_POWER = -1.7
"""Of "steep": pairs = TOLD_PAIRS x size^SIZE_POWER x told^STEEP_POWER."""
THRESHOLD_PAIRS = 9_500
"""Of "threshold", "consolidation" and "two stable states".

They say: pairs = THRESHOLD_PAIRS x size^SIZE_POWER / (told - threshold).
With two things named and all told that is 13,014 x size^SIZE_POWER.
"""
THRESHOLD_SHARES = {1: 0.15, 1.5: 0.21, 2: 0.27, 3: 0.35, 4: 0.4}
"""Of the same three: the threshold by the things that a caption names, a share told below which nothing binds."""
CLEAN_PAIRS = 14_600
"""Of "clean captions": pairs = CLEAN_PAIRS x size where every caption tells one value of every thing that it names."""
NOISE_OF_BARE = 3
"""Of "signal to noise": pairs = TOLD_PAIRS x size^SIZE_POWER x (1 + NOISE_OF_BARE x bare) / told^2.

`bare` is the mean number of named things that are told nothing beside the one that is asked about.
"""
HARDENED_PAIRS = 60_000
"""Of "consolidation": pairs after which a model that has not bound never does."""
CONSTANT_PAIRS = 40_000
"""Of "constant": pairs until binding, whatever the data are."""
COMPANY_PAIRS = 13_500
"""Of "company": pairs = COMPANY_PAIRS x size^0.75 / told^power."""
COMPANY_POWERS = {1: 1.15, 1.5: 1.4, 2: 1.65, 3: 1.8, 4: 1.9}
"""Of the same: the power by the things that a caption names."""


def _from_fresh(_: CellData, fresh: float) -> float:
    """What came before plays no part: the last data decide as from fresh weights."""
    return fresh


def _kappa_time(cell: CellData) -> TimeForecast:
    value = kappa(cell.data) if not cell.data.tidy_share else cell.told / (cell.objects * cell.kinds)
    return TimeForecast(median=KAPPA_PAIRS * value**KAPPA_POWER, among_seeds=0.30, doubt=0.35)


def _steep_time(cell: CellData) -> TimeForecast:
    return TimeForecast(
        median=TOLD_PAIRS * cell.size**SIZE_POWER * cell.told**STEEP_POWER, among_seeds=0.30, doubt=0.40
    )


def _threshold_time(cell: CellData) -> TimeForecast:
    gap = cell.told - _threshold_share(cell)
    scale = THRESHOLD_PAIRS * cell.size**SIZE_POWER
    if gap <= 0.02:
        return TimeForecast(median=scale / 0.02, among_seeds=0.5, doubt=0.8, never=0.85)
    return TimeForecast(median=scale / gap, among_seeds=0.25 + 0.03 / gap, doubt=0.30 + 0.03 / gap)


def _clean_time(cell: CellData) -> TimeForecast:
    share, together = min(told_share(cell.data), 1.0), cell.data.told_together
    if together == "both-or-neither":
        whole = share
    elif together == "at-most-one":
        whole = 0.0
    else:
        low, rest = math.floor(cell.named), cell.named % 1
        whole = (1 - rest) * share**low + rest * share ** (low + 1)
    whole += cell.data.tidy_share * (1 - whole)
    if whole == 0:
        return TimeForecast(median=2_000_000, among_seeds=0.5, doubt=0.8, never=0.95)
    more = max(1.0, told_share(cell.data) * cell.kinds)
    return TimeForecast(median=CLEAN_PAIRS * cell.size / (whole * more), among_seeds=0.30, doubt=0.35)


def _information_time(cell: CellData) -> TimeForecast:
    """The time goes as one over the information of a pair on who has what, given the bag of its words."""
    share, together, several = min(told_share(cell.data), 1.0), cell.data.told_together, cell.named
    any_told = {"both-or-neither": share, "at-most-one": min(1.0, 2 * share)}.get(
        together, 1 - (1 - share) ** max(1.0, several)
    )
    return TimeForecast(median=TOLD_PAIRS * cell.size**SIZE_POWER / any_told, among_seeds=0.30, doubt=0.45)


def _signal_time(cell: CellData) -> TimeForecast:
    """Signal grows with the share told, noise with the bare names beside it: their ratio squared sets the time."""
    bare = (1 - cell.told) * max(0.0, cell.named - 1)
    ratio = cell.told / math.sqrt(1 + NOISE_OF_BARE * bare)
    return TimeForecast(median=TOLD_PAIRS * cell.size**SIZE_POWER / ratio**2, among_seeds=0.35, doubt=0.45)


def _consolidation_time(cell: CellData) -> TimeForecast:
    """As the threshold, but what has not bound in `HARDENED_PAIRS` never does: the bag of words has hardened."""
    before = _threshold_time(cell)
    late = 1 - before.share_bound(HARDENED_PAIRS)
    return TimeForecast(median=min(before.median, HARDENED_PAIRS), among_seeds=0.35, doubt=0.40, never=min(0.95, late))


def _company_time(cell: CellData) -> TimeForecast:
    """A power of the share told, steeper the more things are named; near its end seeds differ, and some never do."""
    power = float(np.interp(cell.named, [*COMPANY_POWERS], [*COMPANY_POWERS.values()]))
    end = _threshold_share(cell)
    never = 0.9 / (1 + math.exp((cell.told - end) / 0.035))
    among_seeds = 0.25 + 0.35 * math.exp(-max(0.0, cell.told - end) / 0.15)
    median = COMPANY_PAIRS * cell.size**0.75 * cell.told**-power
    return TimeForecast(median=median, among_seeds=among_seeds, doubt=0.30, never=never)


def _constant_time(_: CellData) -> TimeForecast:
    return TimeForecast(median=CONSTANT_PAIRS, among_seeds=0.9, doubt=0.3, never=0.15)


def _has_begun(cell: CellData) -> float:
    """Return the probability that the phases before have bound color, by the doses that torch's trainings needed."""
    if not cell.before:
        return 0.0
    first = cell.before[0]
    if told_share(first) * len(first.attribute_kinds) < 1:  # sparse captions first
        return 0.0
    is_told_all = told_share(first) == 1
    needed = 13_000.0 if len(first.attribute_kinds) == 1 else 45_000.0 if is_told_all else 120_000.0
    return 1 / (1 + (needed / max(cell.dose, 1)) ** 4)


def _two_states_keep(cell: CellData, fresh: float) -> float:
    """A model that has begun stays, unless nearly nothing is told or what is told is often wrong."""
    if cell.told > 0.6:
        return max(fresh, 0.97)
    is_loop = len(cell.before) > 2
    begun = 0.95 if is_loop and min(told_share(each) for each in cell.before) > 0.11 else _has_begun(cell)
    stays = 0.93 if cell.told > 0.1 else 0.25 if cell.told > 0.05 else 0.05
    if cell.data.wrong_values:
        stays *= 0.75
    return begun * stays + (1 - begun) * fresh


def _threshold_keep(cell: CellData, fresh: float) -> float:
    """Where the rate is below zero what was learned decays; a dose only shortens what is left to learn above it."""
    gap = cell.told - _threshold_share(cell)
    return max(fresh, _has_begun(cell)) if gap > 0 else _has_begun(cell) * math.exp(-cell.pairs / 100_000)


def _consolidation_keep(cell: CellData, fresh: float) -> float:
    """Whatever comes first hardens: a bag of words that came first is kept, and so is binding."""
    sparse_first = bool(cell.before) and _has_begun(cell) == 0
    return 0.3 * fresh if sparse_first else max(fresh, 0.9 * _has_begun(cell))


def _company_keep(cell: CellData, fresh: float) -> float:
    """As two states, but a dose of color only loses some of its seeds where other kinds are sparse too."""
    kept = _two_states_keep(cell, fresh)
    lost = 0.2 if cell.kinds > 1 and cell.before and len(cell.before[0].attribute_kinds) == 1 else 0.0
    return kept * (1 - lost)


def _half(_: CellData, fresh: float) -> float:  # noqa: ARG001
    return 0.5


THEORIES: dict[str, Theory] = {
    each.name: each
    for each in (
        Theory(
            name="kappa",
            words="Time is a power of density over objects times kinds squared.",
            number=f"{KAPPA_PAIRS:,} x kappa^{KAPPA_POWER}",
            time=_kappa_time,
            keeps=_from_fresh,
        ),
        Theory(
            name="steep",
            words="Time is a steep power of the share told, however many things are named.",
            number=f"{TOLD_PAIRS:,} x told^{STEEP_POWER}",
            time=_steep_time,
            keeps=_from_fresh,
        ),
        Theory(
            name="threshold",
            words="The rate is gain minus loss: below a share told, higher with more named, nothing binds.",
            number=f"{THRESHOLD_PAIRS:,} / (told - {THRESHOLD_SHARES[2]})",
            time=_threshold_time,
            keeps=_threshold_keep,
        ),
        Theory(
            name="clean captions",
            words="Only captions that tell every named thing teach binding.",
            number=f"{CLEAN_PAIRS:,} / share of such captions",
            time=_clean_time,
            keeps=_from_fresh,
        ),
        Theory(
            name="information",
            words="Time goes as one over the information of a pair on who has what.",
            number=f"{TOLD_PAIRS:,} / share of captions that tell any",
            time=_information_time,
            keeps=_from_fresh,
        ),
        Theory(
            name="signal to noise",
            words="Bare names beside a told one are noise; the ratio squared sets the time.",
            number=f"{TOLD_PAIRS:,} x (1 + {NOISE_OF_BARE} bare) / told^2",
            time=_signal_time,
            keeps=_from_fresh,
        ),
        Theory(
            name="consolidation",
            words=f"What comes first hardens: what has not bound in {HARDENED_PAIRS:,} pairs never does.",
            number=f"{HARDENED_PAIRS:,} pairs",
            time=_consolidation_time,
            keeps=_consolidation_keep,
        ),
        Theory(
            name="two stable states",
            words="Sparse captions keep what they cannot start; the order decides.",
            number="kept down to a tenth told",
            time=_threshold_time,
            keeps=_two_states_keep,
        ),
        Theory(
            name="constant",
            words="All data take the same time, and half of the seeds are bound at the end.",
            number=f"{CONSTANT_PAIRS:,} pairs",
            time=_constant_time,
            keeps=_half,
        ),
        Theory(
            name="company",
            words="A power of the share told, steeper the more things are named; seeds part "
            "near its end, and what has begun is kept.",
            number=f"{COMPANY_PAIRS:,} x told^-{COMPANY_POWERS[1]} to -{COMPANY_POWERS[4]}",
            time=_company_time,
            keeps=_company_keep,
        ),
    )
}
"""The rivals, written down before the first run."""


# ---- Their forecasts, and what came of them


def _cell_forecasts(sweep: EngineSweep, cell: StudyCell) -> dict[str, dict[str, float]]:
    """Return what each theory predicts of a cell, as plain numbers."""
    data = CellData.of(cell, sweep.first_seed)
    if sweep.judges == "end":
        return {name: {"bound": round(theory.end(data), 3)} for name, theory in THEORIES.items()}
    return {name: theory.time(data).as_numbers() for name, theory in THEORIES.items()}


def make_theory_forecasts() -> dict[str, Any]:
    """Return what every theory predicts of every cell, to be committed before the first run."""
    return {
        "engine": CONTRACT.engine_version,
        "theories": {name: {"words": each.words, "number": each.number} for name, each in THEORIES.items()},
        "sweeps": {
            name: {
                "experiment": sweep.experiment,
                "judges": sweep.judges,
                "form": sweep.form,
                "seeds": sweep.seeds,
                "cells": {
                    each.label: {"pairs": each.pairs, "forecasts": _cell_forecasts(sweep, each)} for each in sweep.cells
                },
            }
            for name, sweep in engine_sweeps().items()
        },
    }


def write_theories(forecasts: Json) -> Path:
    """Write what `make_theory_forecasts` made into the folder of the evidence; return the path of the file."""
    write_json(FROZEN_FOLDER / FOURTH_FORECASTS_FILE, forecasts)
    return FROZEN_FOLDER / FOURTH_FORECASTS_FILE


def committed_forecasts() -> Json:
    """Return what was committed before the first run, as `make_theory_forecasts` made it."""
    return read_json(FROZEN_FOLDER / FOURTH_FORECASTS_FILE)


@dataclass(frozen=True, kw_only=True, slots=True)
class TheoryScore:
    """The score of a theory: its mean log score a seed, and how many medians of seeds lay inside its interval.

    A median that was not bound in the budget is inside if the interval reaches beyond it.
    """

    log_score: float
    inside: int
    judged: int
    seeds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedOutcomes:
    """The seeds of one cell: pairs until each was bound, None for one that was not, or if each was bound at the end."""

    forecasts: Mapping[str, Mapping[str, float]]
    budget: int
    times: tuple[float | None, ...] = ()
    ends: tuple[bool, ...] = ()


def score_theory(name: str, outcomes: Sequence[SeedOutcomes]) -> TheoryScore:
    """Score the committed forecasts of a theory on cells; at least one is needed."""
    total, inside, judged, seeds = 0.0, 0, 0, 0
    for each in outcomes:
        numbers = each.forecasts[name]
        if each.ends:
            total, seeds = total + end_log_score(numbers["bound"], each.ends), seeds + len(each.ends)
            continue
        forecast = TimeForecast(**numbers)
        total, seeds = total + forecast.log_score(each.times, budget=each.budget), seeds + len(each.times)
        low, high = forecast.median_interval(len(each.times))
        middle = sorted(math.inf if time is None else time for time in each.times)[len(each.times) // 2]
        judged += 1
        inside += low <= middle <= high if math.isfinite(middle) else high > each.budget
    return TheoryScore(log_score=total / seeds, inside=inside, judged=judged, seeds=seeds)


def rank_theories(outcomes: Sequence[SeedOutcomes]) -> dict[str, TheoryScore]:
    """Return the scores of all theories, the best log score first."""
    scores = {name: score_theory(name, outcomes) for name in THEORIES}
    return dict(sorted(scores.items(), key=lambda each: -each[1].log_score))
