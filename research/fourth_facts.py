"""Facts of the fourth edition from its rows so far, for STUDY.md and its pictures.

    fourth = fourth_facts()
    fourth.is_whole("map", "named 1, told 0.5")          # True once every seed of the cell has run
    fourth.times("map", "named 1, told 0.5", "own")   # [39424.0, 43520.0, inf]: pairs until each seed was bound
    fourth.ways()                                     # of the loop, by seed: [LoopPhase(share=1.0, ...), ...]

A sentence may read a cell only once it is whole, as a few seeds of an outcome with two ends mislead. Rows of this
edition are never pooled with those that torch trained.
"""

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median
from typing import Literal

from explorer.resources import FROZEN_FOLDER
from explorer.spec import DataSpec
from research.engine_results import EngineResult, Score, read_results
from research.forecasts import ForecastOutcome, MedianTime, forecast_outcome, load_forecasts, load_predictions
from research.fourth import StudyCell, engine_sweeps, get_engine_sweep
from research.fourth_cells import LOOP, TORCH_SWEEP, WEB_LOW_RATE, CellKey
from research.fourth_rows import Rows, is_unbound_at_some_test
from research.frozen_law import Interval
from research.torch_results import TorchResult, read_torch_results, time_ratio_of_engines

OPEN_FORECASTS = ("open-forecasts-of-kinds", "open-forecasts-of-repairs")
"""Sweeps of the forecasts that the third edition left open. A label is the sweep of that edition, and its condition."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoopPhase:
    """A phase of the loop: the share told, and binding at its end."""

    share: float
    binding: Score


@dataclass(frozen=True, kw_only=True)
class FourthFacts:
    """The frozen results of each sweep, and those of torch beside it; a cell that a sweep lacks is a `UserError`.

    `web_losses` are the last training losses of the cell `WEB_LOW_RATE`.
    """

    rows: Rows
    by_torch: Sequence[TorchResult] = ()
    web_losses: Sequence[float] = ()

    def is_whole(self, sweep: str, cell: str) -> bool:
        """Return True if every seed of a cell has run."""
        return self.rows.cell(sweep, cell).is_whole

    def whole_rows(self, table: Mapping[str, Sequence[CellKey]]) -> dict[str, Sequence[CellKey]]:
        """Return the rows of a table of which every cell is whole."""
        return {words: cells for words, cells in table.items() if all(self.is_whole(*each) for each in cells)}

    def times(self, sweep: str, cell: str, form: str) -> list[float]:
        """Return the pairs after which each seed was bound, in order; infinity for one that was not in its budget."""
        return sorted(each.time(form) for each in self.rows.of_cell(sweep, cell))

    def num_bound_at_end(self, sweep: str, cell: str, form: str) -> int:
        """Return how many seeds of a cell are bound at their end."""
        return self.rows.cell(sweep, cell).forms[form].bound_at_end

    def num_seeds(self, sweep: str, cell: str) -> int:
        """Return how many seeds of a cell have run."""
        return self.rows.cell(sweep, cell).ran

    def bound_at_end(self, sweep: str, cell: str, form: str) -> str:
        """Return how many seeds of a cell are bound at their end, and how many have run: "5 of 5"."""
        return f"{self.num_bound_at_end(sweep, cell, form)} of {self.num_seeds(sweep, cell)}"

    def num_bound_at_start(self, sweep: str, cell: str, form: str) -> int:
        """Return how many seeds of a cell were bound before its last phase."""
        starts = (each.start(form) for each in self.rows.of_cell(sweep, cell))
        return sum(start is not None and start.is_bound for start in starts)

    def kept(self, sweep: str, cell: str) -> str:
        """Return how many seeds of a cell were bound at every test of its last phase, asked about two: "5 of 5"."""
        results = self.rows.of_cell(sweep, cell)
        return f"{sum(not is_unbound_at_some_test(each) for each in results)} of {len(results)}"

    def right(
        self, sweep: str, cell: str, form: str, *, score: str = "binding_accuracy", is_start: bool = False
    ) -> str:
        """Format a mean score of the seeds of a cell before or after its last phase, in percent: "94"."""
        at = 0 if is_start else -1
        return f"{100 * fmean(each.curve[at].forms[form][score].value for each in self.rows.of_cell(sweep, cell)):.0f}"

    def lowest(self, sweep: str, cell: str) -> str:
        """Format the range of the seeds' lowest accuracies in their last phase, about two, in percent: "55 to 73"."""
        lows = [
            min(binding.value for _, binding in each.curve_by_pairs("canonical"))
            for each in self.rows.of_cell(sweep, cell)
        ]
        return f"{100 * min(lows):.0f} to {100 * max(lows):.0f}"

    def count_bound(self, cells: Sequence[CellKey], *, is_start: bool = False) -> str:
        """Return how many seeds of cells are bound about two, before their last phase or at its end: "12 of 20"."""
        count = self.num_bound_at_start if is_start else self.num_bound_at_end
        return (
            f"{sum(count(*each, form='canonical') for each in cells)} of {sum(self.num_seeds(*each) for each in cells)}"
        )

    def when(self, sweep: str, cell: str, form: str) -> str:
        """Return the pairs until the middle seed of a cell was bound, to the thousand: "45,000", or "over 184,320"."""
        time = self.middle(sweep, cell, form)
        return f"{round(time, -3):,.0f}" if math.isfinite(time) else f"over {self.last_pairs(sweep, cell)}"

    def when_each(self, sweep: str, cell: str, form: str) -> str:
        """Return the pairs until the first and the last seed were bound: "13,000 to 18,000", or "13,000 to never".

        The whole budget is not rounded: "100,000 to 184,320".
        """
        times, budget = self.times(sweep, cell, form), self.last_pairs(sweep, cell)

        def words(time: float) -> str:
            if not math.isfinite(time):
                return "never"
            return budget if f"{time:,.0f}" == budget else f"{round(time, -3):,.0f}"

        return f"{words(times[0])} to {words(times[-1])}"

    def between_tests(self, sweep: str, cell: str) -> str:
        """Return the least and the greatest pairs between two tests of a cell, to the thousand: "3,000 to 10,000"."""
        tests = [pairs for pairs, _ in self.rows.of_cell(sweep, cell)[0].curve_by_pairs("canonical")]
        gaps = [later - sooner for sooner, later in pairwise(tests)]
        return f"{round(min(gaps), -3):,} to {round(max(gaps), -3):,}"

    def middle(self, sweep: str, cell: str, form: str) -> float:
        """Return the pairs after which the middle seed of a cell was bound, infinity if it was not or none has run."""
        return median(self.times(sweep, cell, form) or [math.inf])

    def ratio(self, start: CellKey, end: CellKey, form: str) -> float:
        """Return the time of the middle seed of `end` over that of `start`."""
        return self.middle(*end, form) / self.middle(*start, form)

    def soonest(self, cells: Sequence[CellKey], form: Literal["canonical", "single"]) -> CellKey | None:
        """Return the cell that was bound sooner than each of the others, None if the test decides for none."""
        return next(
            (
                one
                for one in cells
                if all(self.rows.compare(one, other, "time")[form] == "better" for other in cells if other != one)
            ),
            None,
        )

    @property
    def loop_pairs(self) -> str:
        """The pairs of a phase of the loop: "46,080"."""
        return f"{get_engine_sweep(LOOP).cells[0].pairs:,}"

    def dose(self, sweep: str, cell: str) -> str:
        """Return the pairs of the first phase of a cell: "46,080"."""
        return f"{get_engine_sweep(sweep).cell(cell).phases[0].pairs:,}"

    def last_pairs(self, sweep: str, cell: str) -> str:
        """Return the pairs of the last phase of a cell: "184,320"."""
        return f"{get_engine_sweep(sweep).cell(cell).pairs:,}"

    def curves(self, sweep: str, cell: str) -> list[list[tuple[int, float]]]:
        """Return (pairs read in the last phase, canonical binding accuracy) at each evaluation of each seed."""
        return [
            [(pairs, binding.value) for pairs, binding in result.curve_by_pairs("canonical")]
            for result in self.rows.of_cell(sweep, cell)
        ]

    def ways(self, form: str = "canonical") -> dict[int, list[LoopPhase]]:
        """Return the loop in a form of caption, of each seed whose every phase has run."""
        cells = [cell.label for cell in get_engine_sweep(LOOP).cells]
        ends = {(result.condition, result.seed): result for result in self.rows.results.get(LOOP, ())}
        seeds = sorted({seed for _, seed in ends})
        return {
            seed: [_loop_phase(ends[cell, seed], form) for cell in cells]
            for seed in seeds
            if all((cell, seed) in ends for cell in cells)
        }

    @property
    def loop_lost(self) -> int:
        """The number of models that were not bound at the end of some phase of the loop."""
        return sum(not all(phase.binding.is_bound for phase in way) for way in self.ways().values())

    def loop_bound(self, stop: int, form: str = "canonical") -> str:
        """Return how many models were bound at the end of a phase of the loop: "2 of 3"."""
        ends = [way[stop].binding.is_bound for way in self.ways(form).values()]
        return f"{sum(ends)} of {len(ends)}"

    @property
    def loop_least(self) -> str:
        """The least accuracy in the canonical captions at the end of any phase, as a text in percent."""
        return f"{min(100 * phase.binding.value for way in self.ways().values() for phase in way):.1f}"

    @property
    def num_rows(self) -> int:
        """The number of rows that are frozen."""
        return sum(map(len, self.rows.results.values()))

    @property
    def num_trainings(self) -> int:
        """The number of trainings whose results these are: some sweeps ask for the same one."""
        return len({result.digest for results in self.rows.results.values() for result in results})

    @property
    def num_asked(self) -> int:
        """The number of rows that the sweeps ask for."""
        return sum(each.num_trainings for each in engine_sweeps().values())

    @property
    def engine_ratio(self) -> Interval | None:
        """The engine's times over torch's, with the interval; None until both sides have trained every cell."""
        cells = get_engine_sweep(TORCH_SWEEP).cells
        engine = self.rows.results.get(TORCH_SWEEP, ())
        is_whole = len(self.by_torch) == len(engine) == len(cells) * get_engine_sweep(TORCH_SWEEP).seeds
        return time_ratio_of_engines(engine, self.by_torch) if is_whole else None

    def torch_times(self, cell: str) -> list[float]:
        """Return the pairs after which each seed of a cell was bound by torch, in own captions; infinity for never."""
        times = [each.bound["own"] for each in self.by_torch if each.condition == cell]
        return sorted(math.inf if time is None else time for time in times)

    def closed_forecasts(self) -> list[ForecastOutcome]:
        """Return what came of the forecasts that the third edition left open, of the cells that are whole."""
        return [self._closed_forecast(name, cell) for name, cell in self._forecast_cells()]

    def _forecast_cells(self) -> list[tuple[str, StudyCell]]:
        cells = [(name, cell) for name in OPEN_FORECASTS for cell in get_engine_sweep(name).cells]
        return [(name, cell) for name, cell in cells if self.is_whole(name, cell.label)]

    def _closed_forecast(self, name: str, cell: StudyCell) -> ForecastOutcome:
        sweep, condition = cell.label.split(", ", 1)
        about = load_forecasts()["sweeps"][sweep]["conditions"][condition]
        times = self.times(name, cell.label, "own")
        time = times[len(times) // 2]  # the later one of two, as the editions before judge
        is_bound = math.isfinite(time)
        found = MedianTime(kappa=about["kappa"], pairs=time if is_bound else cell.pairs, is_bound=is_bound)
        return forecast_outcome(sweep, condition, load_predictions("law", sweep)[condition], found, about)

    def count_closed(self, *words: str) -> int:
        """Count the closed forecasts whose outcome is one of the words, such as "inside"; all without a word."""
        return sum(not words or each.word in words for each in self.closed_forecasts())

    def count_closed_on(self, fitted_data: Container[DataSpec], word: str) -> int:
        """Count the closed forecasts with this outcome that are of such data."""
        return sum(
            self._closed_forecast(name, cell).word == word
            for name, cell in self._forecast_cells()
            if cell.phases[-1].spec(0).data in fitted_data
        )


def _loop_phase(result: EngineResult, form: str) -> LoopPhase:
    end = result.end(form)
    assert end is not None, "every phase of the loop is asked in every form"
    return LoopPhase(share=result.phases[-1].spec.data.attribute_density, binding=end)


def fourth_facts(folder: Path = FROZEN_FOLDER) -> FourthFacts:
    """Return what is frozen in a folder."""
    rows, (sweep, label) = Rows.read(folder), WEB_LOW_RATE
    is_whole = rows.cell(sweep, label).is_whole
    web = [each for each in read_results(folder / "fourth", sweep) if each.condition == label] if is_whole else []
    return FourthFacts(
        rows=rows,
        by_torch=read_torch_results(folder / "fourth", TORCH_SWEEP),
        web_losses=[each.phases[-1].loss for each in web],
    )
