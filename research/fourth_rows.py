"""Cells of the fourth edition from its frozen rows: how many seeds have run, when they bound, how they end.

    rows = Rows.read(FROZEN_FOLDER)
    rows.cell("map", "named 1, told 1").forms["own"].median     # 13056.0, None until every seed has run
    rows.compare(("map", "named 1, told 1"), ("map", "named 1, told 0.5"), "time")["agreed"]  # "better": bound sooner

A cell is *whole* once every seed that its sweep asks for has run. What judges (a median, a comparison) comes of whole
cells alone. A comparison of two cells stands only if the canonical pair and the single object say the same.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

import numpy as np

from research.engine_results import EngineResult, binding_scores
from research.engine_rows import frozen_results
from research.fourth import JudgingPart, engine_sweeps, get_engine_sweep
from research.fourth_cells import CellKey
from research.seed_statistics import SIGNIFICANCE

ComparisonWord = Literal["better", "worse", "same"]
"""One cell beside another: it is bound sooner, or binds higher at the end; the contrary; no difference is shown."""
FORMS = ("own", "canonical", "single")
AGREEING = ("canonical", "single")
"""The forms that must say the same of two cells."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FormNumbers:
    """The ends and times of the seeds of a cell in one form of caption.

    Attributes:
        bound: Seeds that were bound in their last phase, by the usual rule.
        bound_at_end: Seeds that are bound at the end.
        median: Pairs until the middle seed is bound; None if it is not, or if the cell is not whole.
        end: Binding of the middle seed at the end; None if the cell is not whole, or nothing is asked in this form.
        is_kept: Whether most seeds are bound at the end; None if the cell is not whole.
    """

    bound: int
    bound_at_end: int
    median: float | None
    end: float | None
    is_kept: bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CellNumbers:
    """A cell: how many of its seeds have run, the pairs of each of its phases, and its numbers by form.

    `read` is the share of training captions in a form, 0 for one that it never read.
    """

    sweep: str
    label: str
    seeds: int
    ran: int
    phases: tuple[int, ...]
    read: Mapping[str, float]
    forms: Mapping[str, FormNumbers]

    @property
    def is_whole(self) -> bool:
        return self.ran >= self.seeds


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """The results of the sweeps, and the cells and comparisons that follow from them."""

    results: Mapping[str, Sequence[EngineResult]]

    @classmethod
    def read(cls, folder: Path) -> "Rows":
        """Read what is frozen of every sweep."""
        return cls(results={name: frozen_results(name, folder) for name in engine_sweeps()})

    def of_cell(self, sweep: str, label: str) -> list[EngineResult]:
        """Return the results of a cell by seed."""
        own = [each for each in self.results.get(sweep, ()) if each.condition == label]
        return sorted(own, key=lambda each: each.seed)

    def cell(self, sweep: str, label: str) -> CellNumbers:
        declared, own = get_engine_sweep(sweep), self.of_cell(sweep, label)
        is_whole = len(own) >= declared.seeds
        read = own[0].read if own else {}
        return CellNumbers(
            sweep=sweep,
            label=label,
            seeds=declared.seeds,
            ran=len(own),
            phases=tuple(phase.pairs for phase in declared.cell(label).phases),
            read={form: read[form] for form in FORMS if form in read},
            forms={form: _form_numbers(own, form, is_whole) for form in FORMS},
        )

    def compare(self, one: CellKey, other: CellKey, judges: JudgingPart) -> dict[str, ComparisonWord | None]:
        """Compare one cell with another in the forms that must agree; `agreed` is what both say, else None.

        "time" asks which is bound sooner, "end" which binds higher at the end.
        """
        if not all(self.cell(*each).is_whole for each in (one, other)):
            return dict.fromkeys((*AGREEING, "agreed"))
        sides = [self.of_cell(*each) for each in (one, other)]
        found: dict[str, ComparisonWord | None] = {
            form: compare_seeds(*([_measure(each, form, judges) for each in side] for side in sides))
            for form in AGREEING
        }
        said = set(found.values())
        return {**found, "agreed": said.pop() if len(said) == 1 else None}


def _form_numbers(results: Sequence[EngineResult], form: str, is_whole: bool) -> FormNumbers:
    times = [each.time(form) for each in results]
    bound_at_end = sum(each.is_bound_at_end(form) for each in results)
    ends = [float(end.value) for each in results if (end := each.end(form))]
    middle = median(times) if is_whole else math.inf
    return FormNumbers(
        bound=sum(map(math.isfinite, times)),
        bound_at_end=bound_at_end,
        median=None if math.isinf(middle) else middle,
        end=median(ends) if is_whole and ends else None,
        is_kept=bound_at_end > len(results) / 2 if is_whole else None,
    )


def _measure(result: EngineResult, form: str, judges: JudgingPart) -> float:
    """Return what is smaller for a better seed: its time, infinity for never; or minus its binding at the end."""
    return result.time(form) if judges == "time" else -result.end_share(form)


def compare_seeds(one: Sequence[float], other: Sequence[float]) -> ComparisonWord:
    """Compare the seeds of two cells, of which smaller is better, by the exact rank-sum test; ties share their rank."""
    from scipy.stats import permutation_test, rankdata

    ranks = rankdata([*one, *other])
    groups = ranks[: len(one)], ranks[len(one) :]
    if np.ptp(ranks) == 0:
        return "same"
    test = permutation_test(
        groups,
        lambda first, _, axis: np.sum(first, axis=axis),
        vectorized=True,
        n_resamples=math.inf,
        rng=np.random.default_rng(0),
    )
    if test.pvalue > SIGNIFICANCE:
        return "same"
    return "better" if groups[0].mean() < groups[1].mean() else "worse"


def is_unbound_at_some_test(result: EngineResult) -> bool:
    """Return True if a result was not bound at some test of its last phase, in canonical captions."""
    return not all(binding.is_bound for _, binding in binding_scores(result.curve, "canonical"))
